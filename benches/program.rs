//! Running the program, and the snapshots to run it on.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs the program on a snapshot; none: the demo.
pub fn reslate(snapshot: Option<&Path>, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reslate"));
    command.args(arguments).env_remove("RESLATE_SNAPSHOT").stdout(Stdio::null()).stderr(Stdio::null());
    if let Some(folder) = snapshot {
        command.env("RESLATE_SNAPSHOT", folder);
    }
    assert!(command.status().is_ok_and(|status| status.success()), "reslate {arguments:?} failed");
}

/// The snapshots there are, by name.
pub fn snapshots() -> Vec<(&'static str, Option<PathBuf>)> {
    let season = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/season-2025-26");
    let real = season.is_dir().then_some(("season-2025-26", Some(season)));
    std::iter::once(("demo", None)).chain(real).collect()
}
