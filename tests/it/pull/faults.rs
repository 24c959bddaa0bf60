//! Pulls that are stopped: at every single operation on the disk, by a full disk, by a source that changes, by each other.
//! Each time the snapshot from before is whole, and the next pull ends where an undisturbed one does.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use reslate::error::{Error, PullError, Result, SnapshotError};
use reslate::pull::disk::{Disk, LocalDisk};
use reslate::pull::{PullReport, pull};
use reslate::snapshot::Snapshot;
use serde_json::json;
use tempfile::TempDir;

use crate::support::league::run;
use crate::support::pulled::{MONDAY, manifest, request, two_months};
use crate::support::{Run, command, reslate, text};

const GRADINGS: &str = "prediction_accuracy";
const TUESDAY: &str = "2026-02-17T12:00:00Z";

fn pull_with(source: &Path, target: &Path, now: &str, disk: impl Disk + 'static) -> Result<PullReport> {
    run(async { pull(request(source, target, now, disk)).await })
}

/// What happens at the operation that is not done any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It fails, having written half of what it should; so does every one after it that writes.
    DiskIsFull,
    /// The process is killed.
    Kill,
    /// The power goes: what was not synced is lost.
    PowerCut,
}

/// A disk on which `left` operations go well.
struct Failing {
    left: AtomicUsize,
    end: End,
    /// What a loss of power would undo: files of unsynced contents, and renames in folders that were not synced.
    unsynced: Mutex<Unsynced>,
}

#[derive(Default)]
struct Unsynced {
    written: Vec<PathBuf>,
    renamed: Vec<(PathBuf, PathBuf, Option<Vec<u8>>)>,
}

impl Failing {
    fn after(operations: usize, end: End) -> Failing {
        Failing { left: AtomicUsize::new(operations), end, unsynced: Mutex::default() }
    }

    /// Whether the next operation goes well; if the process is to end here, it does.
    fn goes_well(&self) -> bool {
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_ok() || self.end == End::DiskIsFull {
            return left.is_ok();
        }
        if self.end == End::PowerCut {
            let unsynced = self.unsynced.lock().unwrap();
            unsynced.written.iter().for_each(|path| fs::write(path, "").unwrap());
            for (from, to, before) in unsynced.renamed.iter().rev() {
                // The manifest's rename may well have reached the disk; then everything it names must have, too.
                if to.ends_with("manifest.json") {
                    continue;
                }
                fs::rename(to, from).unwrap();
                before.iter().for_each(|bytes| fs::write(to, bytes).unwrap());
            }
        }
        // Nothing is run or written after this.
        std::process::abort();
    }
}

impl Disk for Failing {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        if self.goes_well() { LocalDisk.create_folder(path) } else { Err(io::ErrorKind::StorageFull.into()) }
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if self.goes_well() {
            self.unsynced.lock().unwrap().written.push(path.to_owned());
            return LocalDisk.write(path, bytes);
        }
        LocalDisk.write(path, &bytes[..bytes.len() / 2])?;
        Err(io::ErrorKind::StorageFull.into())
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        if !self.goes_well() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let mut unsynced = self.unsynced.lock().unwrap();
        unsynced.written.retain(|written| written != path);
        unsynced.renamed.retain(|(_, to, _)| to.parent() != Some(path));
        LocalDisk.sync(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        if !self.goes_well() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let mut unsynced = self.unsynced.lock().unwrap();
        unsynced.written.iter_mut().filter(|path| *path == from).for_each(|path| *path = to.to_owned());
        unsynced.renamed.push((from.to_owned(), to.to_owned(), fs::read(to).ok()));
        LocalDisk.rename(from, to)
    }

    /// There is always room to remove something.
    fn remove(&self, path: &Path) -> io::Result<()> {
        if self.end == End::DiskIsFull || self.goes_well() { LocalDisk.remove(path) } else { Ok(()) }
    }
}

/// A snapshot of Monday, and an export that has changed since: a grading, and a table more.
pub struct Scene {
    pub export: TempDir,
    pub monday: TempDir,
    /// What an undisturbed pull on Tuesday makes of it: the manifest's id, and every file that it names.
    tuesday: (String, BTreeMap<String, Vec<u8>>),
}

impl Scene {
    pub fn new() -> Scene {
        let mut data = two_months();
        let export = data.folder();
        let registry = export.path().join("model_registry.parquet");
        fs::rename(&registry, export.path().join("aside")).unwrap();
        let monday = tempfile::tempdir().unwrap();
        pull_with(export.path(), monday.path(), MONDAY, LocalDisk).unwrap();
        fs::rename(export.path().join("aside"), registry).unwrap();
        data.set(GRADINGS, 0, json!({"actual_points": 31}));
        fs::write(export.path().join("prediction_accuracy.parquet"), data.parquet(GRADINGS)).unwrap();
        let undisturbed = copy(monday.path());
        pull_with(export.path(), undisturbed.path(), TUESDAY, LocalDisk).unwrap();
        let tuesday = contents(undisturbed.path());
        Scene { export, monday, tuesday }
    }

    /// The snapshot is Monday's or Tuesday's, whole; which of them?
    pub fn is_tuesday(&self, target: &Path) -> bool {
        Snapshot::open(target).unwrap();
        let now = contents(target);
        assert!(now == self.tuesday || now == contents(self.monday.path()), "neither one nor the other");
        now == self.tuesday
    }

    /// The next pull ends where an undisturbed one does, and nothing is left lying about after one more.
    pub fn is_completed_by_the_next_pull(&self, target: &Path) {
        for _ in 0..2 {
            pull_with(self.export.path(), target, TUESDAY, LocalDisk).unwrap();
            assert!(contents(target) == self.tuesday);
        }
        let named = self.tuesday.1.keys().cloned().chain([".pull.lock", "manifest.json"].map(str::to_owned));
        assert_eq!(files(target), named.collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>());
    }
}

/// Every file of a folder, by its path in it.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_str().unwrap().to_owned();
        if entry.is_dir() {
            found.extend(files(&entry).into_iter().map(|file| format!("{name}/{file}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}

pub fn copy(folder: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in files(folder) {
        let to = copy.path().join(&file);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(folder.join(&file), to).unwrap();
    }
    copy
}

/// The id of a snapshot and the bytes of every file that its manifest names.
fn contents(folder: &Path) -> (String, BTreeMap<String, Vec<u8>>) {
    let manifest = manifest(folder).unwrap();
    let files = manifest.tables.values().flat_map(|table| &table.files);
    let files = files.map(|file| (file.path.clone(), fs::read(folder.join(&file.path)).unwrap())).collect();
    (manifest.id, files)
}

#[test]
fn a_full_disk_leaves_the_snapshot_as_it_was() {
    let scene = Scene::new();
    let mut reached_the_end = false;
    for operations in 0..1000 {
        let target = copy(scene.monday.path());
        let outcome =
            pull_with(scene.export.path(), target.path(), TUESDAY, Failing::after(operations, End::DiskIsFull));
        match outcome {
            Err(Error::Pull(PullError::Target { .. })) => {
                let left = files(target.path()).into_iter().find(|file| file.contains(".unfinished-"));
                assert_eq!(left, None, "after {operations} operations");
            }
            Err(error) => panic!("after {operations} operations: {error}"),
            Ok(_) => {
                assert!(operations > 10, "a pull does more to the disk than this");
                reached_the_end = true;
            }
        }
        assert!(scene.is_tuesday(target.path()) || !reached_the_end);
        scene.is_completed_by_the_next_pull(target.path());
        if reached_the_end {
            return;
        }
    }
    panic!("no pull was long enough");
}

/// What a child process is told: where, and after how many operations it ends how.
const CHILD: &str = "RESLATE_TEST_FAULT";

/// Pulls as the parent process says.
fn pull_as_told(told: &str) {
    let told: Vec<&str> = told.split('|').collect();
    let end = if told[3] == "PowerCut" { End::PowerCut } else { End::Kill };
    let disk = Failing::after(told[2].parse().unwrap(), end);
    pull_with(Path::new(told[0]), Path::new(told[1]), TUESDAY, disk).unwrap();
}

/// Pulls in a process that ends after so many operations; whether it came to its own end. The process is these tests'
/// program, in which one test does as it is told.
fn child(scene: &Scene, target: &Path, operations: usize, end: End) -> bool {
    let told = format!("{}|{}|{operations}|{end:?}", text(scene.export.path()), text(target));
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "pull::faults::a_first_pull_that_is_killed_is_no_snapshot"])
        .env(CHILD, told)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    status.success()
}

fn ended_at_every_operation(end: End) {
    let scene = Scene::new();
    let mut was_tuesday = false;
    for operations in 0..1000 {
        let target = copy(scene.monday.path());
        let is_done = child(&scene, target.path(), operations, end);
        let is_tuesday = scene.is_tuesday(target.path());
        assert!(is_tuesday || !was_tuesday, "Monday again after {operations} operations");
        assert!(is_tuesday || !is_done);
        was_tuesday = is_tuesday;
        scene.is_completed_by_the_next_pull(target.path());
        if is_done {
            assert!(operations > 10, "a pull does more to the disk than this");
            return;
        }
    }
    panic!("no pull was long enough");
}

#[test]
fn a_pull_that_is_killed_leaves_the_snapshot_whole_and_the_next_one_completes_it() {
    ended_at_every_operation(End::Kill);
}

#[test]
fn a_loss_of_power_loses_nothing_that_a_manifest_names() {
    ended_at_every_operation(End::PowerCut);
}

#[test]
fn a_first_pull_that_is_killed_is_no_snapshot() {
    if let Ok(told) = std::env::var(CHILD) {
        return pull_as_told(&told);
    }
    let scene = Scene::new();
    for operations in [0, 1, 5, 20] {
        let target = tempfile::tempdir().unwrap();
        assert!(!child(&scene, target.path(), operations, End::Kill));
        let opened = Snapshot::open(target.path()).map(|_| ()).unwrap_err();
        assert!(
            matches!(opened, Error::Snapshot(SnapshotError::NotASnapshot { .. })),
            "after {operations} operations: {opened}"
        );
        scene.is_completed_by_the_next_pull(target.path());
    }
}

/// A disk that does something to the source as soon as the first table is written.
struct Meddling {
    done: AtomicUsize,
    meddle: Box<dyn Fn() + Send + Sync>,
}

impl Disk for Meddling {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        LocalDisk.create_folder(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if self.done.fetch_add(1, Ordering::SeqCst) == 0 {
            (self.meddle)();
        }
        LocalDisk.write(path, bytes)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        LocalDisk.sync(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        LocalDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        LocalDisk.remove(path)
    }
}

#[test]
fn a_source_that_changes_while_it_is_read_is_not_taken() {
    for is_removed in [false, true] {
        let data = two_months();
        let export = data.folder();
        let target = tempfile::tempdir().unwrap();
        // The smallest table comes last.
        let sizes = fs::read_dir(export.path()).unwrap().map(|entry| entry.unwrap());
        let last = sizes.min_by_key(|entry| entry.metadata().unwrap().len()).unwrap().path();
        let meddled = last.clone();
        let meddle = move || match is_removed {
            true => fs::remove_file(&meddled).unwrap(),
            false => fs::write(&meddled, "PAR1").unwrap(),
        };
        let disk = Meddling { done: AtomicUsize::new(0), meddle: Box::new(meddle) };
        let error = pull_with(export.path(), target.path(), MONDAY, disk).unwrap_err();
        let name = last.file_name().unwrap().to_str().unwrap();
        let expected = format!("{name}: changed while it was read; pull again when the export is done");
        assert!(error.to_string().ends_with(&expected), "{error}");
        assert!(manifest(target.path()).is_none());
    }
}

#[test]
fn of_two_pulls_at_once_one_does_it_and_the_other_says_who_does() {
    let scene = Scene::new();
    let target = copy(scene.monday.path());
    let lock = fs::File::options().write(true).open(target.path().join(".pull.lock")).unwrap();
    lock.lock().unwrap();
    fs::write(target.path().join(".pull.lock"), "anna, process 7 since 2026-02-17T11:59:00Z").unwrap();
    let arguments = ["pull", text(scene.export.path()), "--snapshot", text(target.path())];
    let run = reslate(&arguments);
    let owner = "another pull is at work here (anna, process 7 since 2026-02-17T11:59:00Z); wait for it to end";
    assert_eq!((run.code, run.stderr), (2, format!("error: {}: {owner}\n", text(target.path()))));
    assert!(!scene.is_tuesday(target.path()));
    let dry = reslate(&[&arguments[..], &["--dry-run"]].concat());
    assert_eq!(dry.code, 0, "to look is always allowed: {}", dry.stderr);
    drop(lock);
    let both = [(); 4].map(|()| command(&arguments).stdout(Stdio::null()).spawn().unwrap());
    let codes = both.map(|mut child| child.wait().unwrap().code().unwrap());
    assert!(codes.contains(&0) && codes.iter().all(|code| [0, 2].contains(code)), "{codes:?}");
    assert!(scene.is_tuesday(target.path()));
}

#[test]
fn a_clock_that_goes_backwards_changes_nothing_but_what_it_says() {
    let scene = Scene::new();
    let target = copy(scene.monday.path());
    let long_ago = "2001-01-01T00:00:00Z";
    let report = pull_with(scene.export.path(), target.path(), long_ago, LocalDisk).unwrap();
    assert!(scene.is_tuesday(target.path()));
    let note = "the clock is behind: by it, the pull before was still to come (2026-02-16T12:00:00Z)";
    assert!(report.notes.iter().any(|said| said == note), "{:?}", report.notes);
    let pulled_at: DateTime<Utc> = long_ago.parse().unwrap();
    assert_eq!(manifest(target.path()).unwrap().pulled_at, pulled_at);
    let again = pull_with(scene.export.path(), target.path(), TUESDAY, LocalDisk).unwrap();
    assert!(again.unchanged && again.tables.iter().all(|table| table.parts_read == 0));
}

#[test]
#[cfg(unix)]
fn the_program_reports_a_full_disk_in_a_line() {
    let scene = Scene::new();
    let target = copy(scene.monday.path());
    // No file may grow beyond 512 bytes.
    let limited = "trap '' XFSZ; ulimit -f 1; exec \"$0\" pull \"$1\" --snapshot \"$2\"";
    let output = Command::new("sh")
        .args(["-c", limited, env!("CARGO_BIN_EXE_reslate"), text(scene.export.path()), text(target.path())])
        .env_remove("RESLATE_SNAPSHOT")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.ends_with("cannot be written (File too large (os error 27)); the snapshot is still whole\n"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(!scene.is_tuesday(target.path()));
    scene.is_completed_by_the_next_pull(target.path());
}

/// The command run by root without the capabilities that put root above permissions.
#[cfg(unix)]
fn bound_by_permissions(command: &Command) -> Command {
    let mut bound = Command::new("setpriv");
    bound.args(["--bounding-set=-dac_override,-dac_read_search", "--"]);
    bound.arg(command.get_program()).args(command.get_args());
    bound.env_remove("RESLATE_SNAPSHOT");
    bound
}

#[test]
#[cfg(unix)]
fn a_target_that_is_read_only_is_left_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::new();
    let target = copy(scene.monday.path());
    let set = |mode: u32| fs::set_permissions(target.path(), fs::Permissions::from_mode(mode)).unwrap();
    fs::remove_file(target.path().join(".pull.lock")).unwrap();
    set(0o555);
    let probe = target.path().join("probe");
    let is_above_permissions = fs::write(&probe, "").is_ok();
    let mut command = command(&["pull", text(scene.export.path()), "--snapshot", text(target.path())]);
    if is_above_permissions {
        fs::remove_file(probe).unwrap();
        command = bound_by_permissions(&command);
    }
    let run = Run::from(command.output().unwrap());
    set(0o755);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains(".pull.lock: cannot be written (Permission denied"), "{}", run.stderr);
    assert!(!scene.is_tuesday(target.path()));
}
