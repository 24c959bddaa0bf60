//! A pull that is killed (SIGKILL) at moments that nobody chose: by time, and by how much it has written.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::pull::faults::{Scene, copy};
use crate::support::{command, text};

const MOMENTS: usize = 25;
/// Names a seed to repeat a run with.
const SEED: &str = "RESLATE_TEST_SEED";

/// When a pull is killed.
#[derive(Debug)]
enum Moment {
    After(Duration),
    /// So many bytes more than before are in the folder.
    Written(u64),
}

/// Bytes of all files of a folder, which may change meanwhile.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// Pulls in a process of its own, which is killed at `moment`; whether it was done by then.
fn is_done(scene: &Scene, target: &Path, moment: &Moment) -> bool {
    let before = size(target);
    let mut command = command(&["pull", text(scene.export.path()), "--snapshot", text(target)]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{moment:?}: {status}");
            return true;
        }
        let is_here = match moment {
            Moment::After(time) => start.elapsed() >= *time,
            Moment::Written(bytes) => size(target) >= before + bytes,
        };
        if is_here {
            break;
        }
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

#[test]
fn a_pull_that_is_killed_at_a_random_moment_leaves_the_snapshot_whole_and_the_next_one_completes_it() {
    let seed = std::env::var(SEED).map_or_else(|_| rand::random(), |seed| seed.parse().unwrap());
    eprintln!("{SEED}={seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let scene = Scene::new();
    // The quickest of some: one that the machine held up would have most of the others done before their moment.
    let undisturbed = || {
        let whole = copy(scene.monday.path());
        let (before, start) = (size(whole.path()), Instant::now());
        assert!(is_done(&scene, whole.path(), &Moment::After(Duration::MAX)));
        (start.elapsed(), size(whole.path()) - before)
    };
    let (longest, most) = [undisturbed(), undisturbed(), undisturbed()].into_iter().min().unwrap();
    let mut killed = 0;
    for at in 0..MOMENTS {
        let moment = match at % 2 {
            0 => Moment::After(longest.mul_f64(random.random_range(0.0..1.0))),
            _ => Moment::Written(random.random_range(0..=most)),
        };
        let target = copy(scene.monday.path());
        let is_done = is_done(&scene, target.path(), &moment);
        killed += usize::from(!is_done);
        assert!(scene.is_tuesday(target.path()) || !is_done, "{moment:?}, {SEED}={seed}");
        scene.is_completed_by_the_next_pull(target.path());
    }
    assert!(killed > MOMENTS / 2, "only {killed} pulls were killed, {SEED}={seed}");
}
