//! On the demo snapshot and, where it is there, the real season of the shared vectors: the program from process start to its
//! last byte (one slate, the whole season, comparing two versions, pulling), and deciding the season by one and by all versions.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use reslate::error::Result;
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::Snapshot;
use reslate::version::{SHIPPED, shipped};

fn reslate(snapshot: Option<&Path>, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reslate"));
    command.args(arguments).env_remove("RESLATE_SNAPSHOT").stdout(Stdio::null()).stderr(Stdio::null());
    if let Some(folder) = snapshot {
        command.env("RESLATE_SNAPSHOT", folder);
    }
    assert!(command.status().is_ok_and(|status| status.success()), "reslate {arguments:?} failed");
}

/// The snapshots there are, by name.
fn snapshots() -> Vec<(&'static str, Option<PathBuf>)> {
    let season = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/season-2025-26");
    let real = season.is_dir().then_some(("season-2025-26", Some(season)));
    std::iter::once(("demo", None)).chain(real).collect()
}

fn program(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("program");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for (name, folder) in snapshots() {
        for (what, arguments) in [
            ("one slate", &["replay", "2026-02-11"][..]),
            ("the season", &["replay", "--from", "2025-10-21"]),
            ("compare v307 v314", &["compare", "v307", "v314"]),
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

/// Opens the snapshot and decides every slate of it by `ids`.
async fn decide(folder: Option<&Path>, ids: &[&str]) -> Result<()> {
    let snapshot = folder.map_or_else(Snapshot::demo, Snapshot::open)?;
    let versions = ids.iter().map(|id| shipped(id)).collect::<Result<Vec<_>>>()?;
    let mut request = Request::new(Dates::Range { from: None, to: None }, shipped("v307")?);
    request.versions = versions;
    Replay::open(&snapshot, request).await?.compute(&["decisions"]).await
}

fn versions(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let Ok(runtime) = runtime else { return };
    let mut group = criterion.benchmark_group("versions");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for (name, folder) in snapshots() {
        for (what, ids) in [("v307", &["v307"][..]), ("all thirteen", SHIPPED)] {
            group.bench_function(format!("{name}, {what}"), |bencher| {
                bencher.iter(|| runtime.block_on(decide(folder.as_deref(), ids)).is_ok());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, program, pulls, versions);
criterion_main!(benches);
