//! The monitoring tables of a season, all three at once, and the verification of a season's recorded picks, on the demo
//! snapshot and, where it is there, the real season of the shared vectors.

use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use reslate::error::Result;
use reslate::export::parquet;
use reslate::record::{TABLE, record};
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::{Snapshot, Source};
use reslate::verify::{self, Verification, verify};
use reslate::version::shipped;

const SEASON: Dates = Dates::Range { from: None, to: None };

fn open(folder: Option<&Path>) -> Result<Snapshot> {
    folder.map_or_else(Snapshot::demo, Snapshot::open)
}

async fn tables(folder: Option<&Path>) -> Result<()> {
    let snapshot = open(folder)?;
    let mut version = shipped("v307")?;
    version.set("candidates", "champion")?;
    let replay = Replay::open(&snapshot, Request::new(SEASON, version)).await?;
    replay.compute(&["monitor_tags", "monitor_signal_health", "monitor_model_performance"]).await
}

/// The snapshot with a season of v314 recorded; `champion`: by that best-bets model, which every row then gives away.
async fn recorded(folder: Option<&Path>, champion: &str) -> Result<Snapshot> {
    let snapshot = open(folder)?;
    let mut version = shipped("v314")?;
    version.set("champion", champion)?;
    let replay = Replay::open(&snapshot, Request::new(SEASON, version)).await?;
    let rows = record(&replay, &snapshot).await?.rows;
    let source = Source::Memory { name: format!("{TABLE}.parquet"), bytes: parquet(&[rows])?.into() };
    snapshot.with_table(TABLE, source)
}

async fn verified(snapshot: &Snapshot) -> Result<Verification> {
    verify(snapshot, &verify::Request { dates: SEASON, versions: Vec::new(), subset_version: None }).await
}

fn season(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let Ok(runtime) = runtime else { return };
    let mut group = criterion.benchmark_group("monitor");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/season-2025-26");
    for (name, folder) in [("demo", None), ("season-2025-26", Some(real.as_path()))] {
        if folder.is_some_and(|folder| !folder.is_dir()) {
            continue;
        }
        group.bench_function(format!("{name}, all three tables"), |bencher| {
            bencher.iter(|| runtime.block_on(tables(folder)).is_ok());
        });
        for (what, champion) in [("verify", "catboost_v9"), ("verify, every row explained", "catboost_v12")] {
            let Ok(snapshot) = runtime.block_on(recorded(folder, champion)) else { continue };
            group.bench_function(format!("{name}, {what}"), |bencher| {
                bencher.iter(|| runtime.block_on(verified(&snapshot)).is_ok());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, season);
criterion_main!(benches);
