//! The monitoring tables of a season, all three at once, on the demo snapshot and, where it is there, the real
//! season of the shared vectors.

use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use reslate::error::Result;
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::Snapshot;
use reslate::version::shipped;

async fn tables(folder: Option<&Path>) -> Result<()> {
    let snapshot = folder.map_or_else(Snapshot::demo, Snapshot::open)?;
    let mut version = shipped("v307")?;
    version.set("candidates", "champion")?;
    let replay = Replay::open(&snapshot, Request::new(Dates::Range { from: None, to: None }, version)).await?;
    replay.compute(&["monitor_tags", "monitor_signal_health", "monitor_model_performance"]).await
}

fn season(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let Ok(runtime) = runtime else { return };
    let mut group = criterion.benchmark_group("monitor");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/season-2025-26");
    for (name, folder) in [("demo", None), ("season-2025-26", Some(real.as_path()))] {
        if folder.is_none_or(Path::is_dir) {
            group.bench_function(format!("{name}, all three tables"), |bencher| {
                bencher.iter(|| runtime.block_on(tables(folder)).is_ok());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, season);
criterion_main!(benches);
