//! On the demo snapshot and, where it is there, the real season of the shared vectors: the program from process start to its
//! last byte (one slate, the whole season, comparing versions, pulling), and deciding the season by one and by all versions.

#[path = "program.rs"]
mod program;
#[path = "snapshots.rs"]
mod snapshots;

use std::path::Path;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use program::reslate;
use reslate::error::Result;
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::Snapshot;
use reslate::version::{SHIPPED, shipped};
use snapshots::snapshots;

fn whole_program(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("program");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for (name, folder) in snapshots() {
        for (what, arguments) in [
            ("one slate", &["replay", "2026-02-11"][..]),
            ("freeze a slate", &["freeze", "2026-02-11", "--out", "/dev/null"]),
            ("the season", &["replay", "--from", "2025-10-21"]),
            ("compare v307 v314", &["compare", "v307", "v314"]),
            ("compare v279 v318", &["compare", "v279", "v318"]),
            ("compare as-deployed v318", &["compare", "as-deployed", "v318"]),
        ] {
            group.bench_function(format!("{name}, {what}"), |bencher| {
                bencher.iter(|| reslate(folder.as_deref(), arguments));
            });
        }
    }
    group.finish();
}

/// Pulls a season of exports into an empty folder, and again when there is nothing new.
fn pulls(criterion: &mut Criterion) {
    let Ok(folder) = tempfile::tempdir() else { return };
    let demo = folder.path().join("demo");
    reslate(None, &["demo", "write", &demo.to_string_lossy()]);
    // The month files alone are exports like any others.
    if std::fs::remove_file(demo.join("manifest.json")).is_err() {
        return;
    }
    let mut group = criterion.benchmark_group("pull");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for (name, source) in snapshots() {
        let source = source.unwrap_or_else(|| demo.clone());
        let source = source.to_string_lossy();
        let into = |target: &Path| reslate(Some(target), &["pull", &source]);
        group.bench_function(format!("{name}, a season"), |bencher| {
            bencher.iter_batched_ref(
                tempfile::tempdir,
                |dir| dir.as_ref().map(|dir| into(dir.path())).is_ok(),
                BatchSize::PerIteration,
            );
        });
        let pulled = folder.path().join(name).join("snapshot");
        into(&pulled);
        group.bench_function(format!("{name}, nothing new"), |bencher| bencher.iter(|| into(&pulled)));
    }
    group.finish();
}

/// Opens the snapshot and decides every slate of it by `ids`, as far as `relation` needs.
async fn decide(folder: Option<&Path>, ids: &[&str], relation: &str) -> Result<()> {
    let snapshot = folder.map_or_else(Snapshot::demo, Snapshot::open)?;
    let versions = ids.iter().map(|id| shipped(id)).collect::<Result<Vec<_>>>()?;
    let mut request = Request::new(Dates::Range { from: None, to: None }, shipped("v307")?);
    request.versions = versions;
    Replay::open(&snapshot, request).await?.compute(&[relation]).await
}

fn versions(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let Ok(runtime) = runtime else { return };
    let mut group = criterion.benchmark_group("versions");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for (name, folder) in snapshots() {
        // Those that every snapshot can be replayed by, up to v318.
        let thirteen: Vec<&str> = SHIPPED.iter().copied().take_while(|id| *id != "v323").collect();
        for (what, ids) in [("v307", &["v307"][..]), ("all thirteen", &thirteen)] {
            for relation in ["picks", "decisions"] {
                group.bench_function(format!("{name}, {relation} of {what}"), |bencher| {
                    bencher.iter(|| assert!(runtime.block_on(decide(folder.as_deref(), ids, relation)).is_ok()));
                });
            }
        }
    }
    group.finish();
}

criterion_group!(benches, whole_program, pulls, versions);
criterion_main!(benches);
