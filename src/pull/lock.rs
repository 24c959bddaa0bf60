//! One pull at a time into a snapshot.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use chrono::{DateTime, Utc};

use super::disk;
use crate::error::{PullError, Result, one_line};
use crate::snapshot::manifest;

const FILE_NAME: &str = ".pull.lock";

/// The right to write a snapshot, held until dropped. The operating system takes it back from a process that ends, however
/// it ends: a file that is left says nothing, only a lock on it does.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock of the folder `target`, which must be there, and writes into it who has it since when.
    ///
    /// # Errors
    /// Another pull has it, or the folder cannot be written to.
    pub fn take(target: &Path, now: DateTime<Utc>) -> Result<Lock> {
        let path = target.join(FILE_NAME);
        let failed = |error: std::io::Error| disk::failed(&path, error);
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(PullError::Locked { path: target.to_owned(), owner: owner(file) }.into());
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let lock = Lock { file };
        let (user, host) = (user(), host());
        lock.say(&format!("{user}process {}{host} since {}", std::process::id(), manifest::text(&now)))
            .map_err(failed)?;
        Ok(lock)
    }

    fn say(&self, text: &str) -> std::io::Result<()> {
        let mut file = &self.file;
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(text.as_bytes())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Nobody has it any more; what is left in the file would not matter either.
        let _ = self.say("");
        // By name, and not by closing it: a process that is being started has a copy of the descriptor until it runs.
        let _ = self.file.unlock();
    }
}

fn owner(mut file: File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => one_line(&text),
        _ => "its owner cannot be read".to_owned(),
    }
}

fn user() -> String {
    of_environment(&["USER", "USERNAME"]).map(|name| format!("{name}, ")).unwrap_or_default()
}

/// The machine, since a folder may be one of the network.
fn host() -> String {
    let known = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|name| name.trim().to_owned());
    let known = known.filter(|name| !name.is_empty()).or_else(|| of_environment(&["HOSTNAME", "COMPUTERNAME"]));
    known.map(|name| format!(" on {name}")).unwrap_or_default()
}

fn of_environment(names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| std::env::var(name).ok()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_had_by_one_and_says_by_whom() {
        let folder = tempfile::tempdir().unwrap();
        let now = "2026-02-11T15:00:00Z".parse().unwrap();
        let held = Lock::take(folder.path(), now).unwrap();
        let message = Lock::take(folder.path(), now).unwrap_err().to_string();
        let owner = format!("process {}{} since 2026-02-11T15:00:00Z); wait for it to end", std::process::id(), host());
        assert!(message.contains("another pull is at work here (") && message.ends_with(&owner), "{message}");
        drop(held);
        assert_eq!(std::fs::read_to_string(folder.path().join(FILE_NAME)).unwrap(), "");
        Lock::take(folder.path(), now).unwrap();
    }

    #[test]
    fn a_copy_of_the_descriptor_does_not_hold_it() {
        let folder = tempfile::tempdir().unwrap();
        let now = "2026-02-11T15:00:00Z".parse().unwrap();
        let held = Lock::take(folder.path(), now).unwrap();
        let _copy = held.file.try_clone().unwrap();
        drop(held);
        Lock::take(folder.path(), now).unwrap();
    }

    #[test]
    fn what_a_dead_owner_left_is_no_obstacle() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE_NAME), "anna, process 1 since 2020-01-01T00:00:00Z").unwrap();
        Lock::take(folder.path(), "2026-02-11T15:00:00Z".parse().unwrap()).unwrap();
    }
}
