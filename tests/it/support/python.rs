//! Virtual environments of Python that the tests make for themselves.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The Python of a virtual environment with the requirements (a file `WHAT/requirements.txt`); made by the first who
/// asks, while others wait.
pub fn environment(requirements: &Path) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(requirements.parent().unwrap().file_name().unwrap());
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let complete = folder.join("complete");
    let wanted = fs::read_to_string(requirements).unwrap();
    fs::create_dir_all(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let lock = File::create(folder.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    if fs::read_to_string(&complete).is_ok_and(|made_for| made_for == wanted) {
        return python;
    }
    let _ = fs::remove_dir_all(&folder);
    let system = ["python3", "python"].into_iter().find(|name| Command::new(name).arg("--version").output().is_ok());
    let system = system.expect("Python is there");
    run(Command::new(system).args(["-m", "venv"]).arg(&folder));
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--retries", "1"];
    run(Command::new(&python).args(install).arg("--requirement").arg(requirements));
    fs::write(complete, wanted).unwrap();
    python
}

fn run(command: &mut Command) {
    let ran = command.stdin(Stdio::null()).output().unwrap();
    assert!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ran.stderr));
}
