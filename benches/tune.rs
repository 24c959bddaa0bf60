//! Tuning, on the demo snapshot and, where it is there, the real season of the shared vectors: the program from process start
//! to its last byte, over cells that are counted and over cells that the pipeline decides.

#[path = "program.rs"]
mod program;
#[path = "snapshots.rs"]
mod snapshots;

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use program::reslate;
use snapshots::snapshots;

/// 8,192 cells of four thresholds.
const FOUR: &[&str] = &[
    "--param",
    "min_edge=3:6.75:0.25",
    "--param",
    "under_max_edge=5:8.5:0.5",
    "--param",
    "bench_line=8:15:1",
    "--param",
    "line_jump=1:4.5:0.5",
];
/// 1,000,000 cells of the same.
const MILLION: &[&str] = &[
    "--param",
    "min_edge=3:7.9:0.1",
    "--param",
    "under_max_edge=5:8.9:0.1",
    "--param",
    "bench_line=8:20:0.5",
    "--param",
    "line_jump=1:5.75:0.25",
];
/// 64 cells of a signal's threshold, each decided by the pipeline.
const DECIDED: &[&str] = &["--param", "volatile_under.min_std=6:12.3:0.1"];

fn tune(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tune");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for (name, folder) in snapshots() {
        for (what, grid, options) in [
            ("8192 cells", FOUR, &["--luck", "off"][..]),
            ("8192 cells with luck", FOUR, &["--luck", "on"]),
            ("8192 cells walking forward", FOUR, &["--luck", "off", "--train", "60d", "--test", "10d"]),
            ("1000000 cells", MILLION, &["--luck", "off"]),
            ("64 cells decided by the pipeline", DECIDED, &["--luck", "off"]),
        ] {
            let arguments = [&["tune", "--version", "v314", "--from", "2025-10-21"][..], grid, options].concat();
            group.bench_function(format!("{name}, {what}"), |bencher| {
                bencher.iter(|| reslate(folder.as_deref(), &arguments));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, tune);
criterion_main!(benches);
