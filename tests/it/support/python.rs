//! Virtual environments of Python that the tests make for themselves.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The Python of a virtual environment with the requirements (a file `WHAT/requirements.txt`); made by the first who
/// asks, while others wait. None without Python, or where the packages cannot be had; that is said on standard error.
pub fn environment(requirements: &Path) -> Option<PathBuf> {
    let made = make(requirements);
    made.map_err(|reason| eprintln!("not tested, without {}: {reason}", requirements.display())).ok()
}

fn make(requirements: &Path) -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(requirements.parent().unwrap().file_name().unwrap());
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let complete = folder.join("complete");
    let wanted = fs::read_to_string(requirements).unwrap();
    fs::create_dir_all(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let lock = File::create(folder.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    if fs::read_to_string(&complete).is_ok_and(|made_for| made_for == wanted) {
        return Ok(python);
    }
    let _ = fs::remove_dir_all(&folder);
    let system = ["python3", "python"].into_iter().find(|name| Command::new(name).arg("--version").output().is_ok());
    let system = system.ok_or("Python is not there")?;
    done(Command::new(system).args(["-m", "venv"]).arg(&folder))?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--retries", "1"];
    done(Command::new(&python).args(install).arg("--requirement").arg(requirements))?;
    fs::write(complete, wanted).unwrap();
    Ok(python)
}

fn done(command: &mut Command) -> Result<(), String> {
    let Output { status, stderr, .. } = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&stderr);
    if status.success() { Ok(()) } else { Err(said.lines().last().unwrap_or("it cannot be installed").to_owned()) }
}
