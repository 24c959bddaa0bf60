//! The program from process start to its last byte, on the demo snapshot and, where it is there, the real season of the
//! shared vectors: one slate, and the whole season.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

fn reslate(snapshot: Option<&Path>, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reslate"));
    command.args(arguments).env_remove("RESLATE_SNAPSHOT").stdout(Stdio::null()).stderr(Stdio::null());
    if let Some(folder) = snapshot {
        command.env("RESLATE_SNAPSHOT", folder);
    }
    assert!(command.status().is_ok_and(|status| status.success()), "reslate {arguments:?} failed");
}

fn replay(criterion: &mut Criterion) {
    let season = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/season-2025-26");
    let snapshots: [(&str, Option<PathBuf>); 2] = [("demo", None), ("season-2025-26", Some(season))];
    let mut group = criterion.benchmark_group("replay");
    group.sample_size(20).measurement_time(Duration::from_secs(10));
    for (name, folder) in snapshots {
        if folder.as_ref().is_some_and(|folder| !folder.is_dir()) {
            continue;
        }
        group.bench_function(format!("{name}, one slate"), |bencher| {
            bencher.iter(|| reslate(folder.as_deref(), &["replay", "2026-02-11"]));
        });
        group.bench_function(format!("{name}, the season"), |bencher| {
            bencher.iter(|| reslate(folder.as_deref(), &["replay", "--from", "2025-10-21"]));
        });
    }
    group.finish();
}

criterion_group!(benches, replay);
criterion_main!(benches);
