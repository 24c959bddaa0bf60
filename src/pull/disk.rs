//! What a pull does to the disk, one operation at a time.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{Error, PullError, Result};

/// The operations that change a snapshot. They are behind a trait so that each of them can be made to fail.
pub trait Disk: Send + Sync {
    /// Makes a folder and those above it, unless they are there.
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    /// Writes a file, in place of one that is there.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Makes what was written to a file, or which files are in a folder, survive a loss of power.
    fn sync(&self, path: &Path) -> io::Result<()>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The disk of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalDisk;

impl Disk for LocalDisk {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        File::create(path)?.write_all(bytes)
    }

    #[cfg(unix)]
    fn sync(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    /// A folder cannot be opened here, and a file only for writing.
    #[cfg(not(unix))]
    fn sync(&self, path: &Path) -> io::Result<()> {
        if path.is_dir() { Ok(()) } else { File::options().write(true).open(path)?.sync_all() }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

/// How the name of a file that is not complete yet starts.
pub const UNFINISHED: &str = ".unfinished-";

/// Puts a file in its place, whole or not at all: written beside it, synced, renamed. Its folder is not synced yet.
///
/// # Errors
/// The file cannot be written; what was there is there still.
pub fn publish(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<()> {
    let unfinished = beside(path);
    let publish = || {
        disk.write(&unfinished, bytes)?;
        disk.sync(&unfinished)?;
        disk.rename(&unfinished, path)
    };
    publish().map_err(|error| {
        // A full disk should not stay full of what is of no use; if this fails too, the next pull does it.
        let _ = disk.remove(&unfinished);
        failed(path, error)
    })
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{UNFINISHED}{name}"))
}

/// That `path` cannot be written.
pub fn failed(path: &Path, error: io::Error) -> Error {
    Error::Pull(PullError::Target { path: path.to_owned(), reason: error.into() })
}
