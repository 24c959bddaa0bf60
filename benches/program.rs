//! Running the program.

use std::path::Path;
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
