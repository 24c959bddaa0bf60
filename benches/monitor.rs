//! The monitoring tables of a season, all three at once, and the verification of a season's recorded picks, on the demo
//! snapshot and, where it is there, the real season of the shared vectors.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use datafusion::arrow::array::{AsArray, BooleanArray, Decimal128Array, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{Date32Type, Decimal128Type};
use reslate::error::Result;
use reslate::export::{TABLE, record};
use reslate::formats::parquet;
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

/// What is recorded.
#[derive(Clone, Copy)]
enum Recorded {
    Sound,
    /// By another best-bets model, which every row then gives away.
    OfOtherModel,
    /// With a row of every slate deleted, which nothing explains.
    WithDeleted,
    /// With a score of every slate that nothing explains, so that everything is tried.
    WithUnexplained,
}

/// The snapshot with a season of v314 recorded.
async fn recorded(folder: Option<&Path>, what: Recorded) -> Result<Snapshot> {
    let snapshot = open(folder)?;
    let mut version = shipped("v314")?;
    if let Recorded::OfOtherModel = what {
        version.set("champion", "catboost_v12")?;
    }
    let replay = Replay::open(&snapshot, Request::new(SEASON, version)).await?;
    let rows = damaged(record(&replay, &snapshot).await?.rows, what)?;
    let source = Source::Memory { name: format!("{TABLE}.parquet"), bytes: parquet(&[rows])?.into() };
    snapshot.with_table(TABLE, source)
}

/// Rows in order of date and rank, the first of each slate damaged.
fn damaged(rows: RecordBatch, what: Recorded) -> Result<RecordBatch> {
    let dates = rows.column_by_name("game_date").map(|dates| dates.as_primitive::<Date32Type>().values().to_vec());
    let dates = dates.unwrap_or_default();
    let is_first: Vec<bool> = (0..dates.len()).map(|at| at == 0 || dates[at] != dates[at - 1]).collect();
    match what {
        Recorded::Sound | Recorded::OfOtherModel => Ok(rows),
        Recorded::WithDeleted => {
            let kept: BooleanArray = is_first.iter().map(|first| Some(!first)).collect();
            Ok(filter_record_batch(&rows, &kept)?)
        }
        Recorded::WithUnexplained => {
            let at = rows.schema().index_of("composite_score")?;
            let scores = rows.column(at).as_primitive::<Decimal128Type>();
            let changed: Decimal128Array = scores
                .iter()
                .zip(&is_first)
                .map(|(score, first)| score.map(|s| if *first { s + 12_345 } else { s }))
                .collect();
            let mut columns = rows.columns().to_vec();
            columns[at] = Arc::new(changed.with_precision_and_scale(scores.precision(), scores.scale())?);
            Ok(RecordBatch::try_new(rows.schema(), columns)?)
        }
    }
}

async fn verified(snapshot: &Snapshot) -> Result<Verification> {
    verify(snapshot, &verify::VerifyRequest { dates: SEASON, versions: Vec::new(), subset_version: None }).await
}

/// What a benchmark measures must not fail: a failure would be measured as a fast one.
#[allow(clippy::panic, reason = "a benchmark has nobody to return an error to")]
fn or_panic<T>(result: Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
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
            bencher.iter(|| or_panic(runtime.block_on(tables(folder))));
        });
        for (title, what, is_explained) in [
            ("verify", Recorded::Sound, Some(true)),
            ("verify, every row of another model", Recorded::OfOtherModel, None),
            ("verify, a deleted row on every slate", Recorded::WithDeleted, Some(false)),
            ("verify, an unexplained row on every slate", Recorded::WithUnexplained, Some(false)),
        ] {
            let snapshot = or_panic(runtime.block_on(recorded(folder, what)));
            let found = or_panic(runtime.block_on(verified(&snapshot)));
            assert!(is_explained.is_none_or(|explained| (found.unexplained == 0) == explained), "{name}, {title}");
            group.bench_function(format!("{name}, {title}"), |bencher| {
                bencher.iter(|| or_panic(runtime.block_on(verified(&snapshot))));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, season);
criterion_main!(benches);
