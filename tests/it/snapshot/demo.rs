//! The demo snapshot inside the program: it is what `demo write` writes, and it has something of everything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use reslate::formats::rows;
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::Snapshot;
use reslate::version::{SHIPPED, shipped};
use serde::Deserialize;

use crate::support::league::run;
use crate::support::{reslate, text};

/// How many candidates of the season a signal or a filter has to show itself on.
const FEWEST: u64 = 20;
/// The most that the program carries along, in bytes.
const LARGEST: usize = 4_000_000;

/// Versions with settings, and the signals and filters that show themselves there only; none named: all others.
type Deciding = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);
const VERSIONS: [Deciding; 7] = [
    ("v296", &[], &[]),
    ("v307", &[], &[]),
    ("v307q", &[], &[]),
    ("v307", &[("champion", "catboost_v12")], &["confidence_floor"]),
    ("v279", &[], &["dual_agree", "model_consensus_v9_v12", "rel_edge_cap"]),
    ("v352", &[], &[]),
    ("v352", &[("affinity_block_below", "50")], &["model_direction_affinity"]),
];

/// The last version that reads nothing which the demo does not have.
const LAST: &str = "v352";

#[test]
fn every_signal_qualifies_and_every_filter_blocks_first_on_some_candidates() {
    let mut most = Counts::new();
    for (id, settings, only) in VERSIONS {
        let counts = season(id, settings).into_iter();
        for (name, count) in counts.filter(|(name, _)| only.is_empty() || only.contains(&name.as_str())) {
            let most = most.entry(name).or_default();
            *most = count.max(*most);
        }
    }
    let last = SHIPPED.iter().position(|id| *id == LAST).unwrap();
    let decide = SHIPPED[..=last].iter().map(|id| shipped(id).unwrap());
    let listed: BTreeSet<String> = decide.flat_map(|version| [version.signals, version.filters].concat()).collect();
    for name in &listed {
        let count = most.get(name).copied().unwrap_or_default();
        assert!(count >= FEWEST, "{name} is on {count} candidates at most");
    }
}

#[test]
fn writing_the_demo_gives_the_bytes_inside_the_program() {
    let inside = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/demo"));
    let size: usize = inside.values().map(Vec::len).sum();
    assert!(size <= LARGEST, "{size} bytes");
    let (first, second) = (written(&[]), written(&[]));
    for (name, bytes) in &inside {
        assert!(
            first.get(name) == Some(bytes),
            "{name} is not what `reslate demo write` writes; write data/demo again"
        );
    }
    assert_eq!(first.keys().collect::<Vec<_>>(), inside.keys().collect::<Vec<_>>());
    assert!(first == second, "writing twice gives other bytes");
}

#[test]
fn another_seed_gives_other_bytes() {
    let (one, other) = (written(&[]), written(&["--seed", "3"]));
    let same = one.iter().filter(|(name, bytes)| other.get(*name) == Some(bytes)).map(|(name, _)| name.as_str());
    // Which models there are is no matter of chance.
    assert_eq!(same.collect::<Vec<_>>(), ["model_registry/all.parquet"]);
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
}

type Counts = BTreeMap<String, u64>;

#[derive(Deserialize)]
struct Count {
    name: String,
    candidates: u64,
}

/// Of a replay of the whole season: on how many candidates each signal qualifies, and how many each filter blocks first.
fn season(id: &str, settings: &[(&str, &str)]) -> Counts {
    let mut version = shipped(id).unwrap();
    settings.iter().for_each(|(name, value)| version.set(name, value).unwrap());
    run(async {
        let request = Request::new(Dates::Range { from: None, to: None }, version);
        let replay = Replay::open(&Snapshot::demo().unwrap(), request).await.unwrap();
        assert!((160..=170).contains(&replay.slates.len()), "{} slates", replay.slates.len());
        replay.compute(&["verdicts"]).await.unwrap();
        let counts = "SELECT name, count(*) AS candidates FROM ( \
                          SELECT unnest(signal_tags) AS name FROM verdicts \
                          UNION ALL SELECT first_filter FROM verdicts WHERE first_filter IS NOT NULL \
                      ) GROUP BY name";
        let counts: Vec<Count> = rows(&replay.engine.query(counts).await.unwrap()).unwrap();
        counts.into_iter().map(|count| (count.name, count.candidates)).collect()
    })
}

#[test]
fn only_another_demo_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let demo = folder.path().join("demo");
    for _ in 0..2 {
        assert_eq!(reslate(&["demo", "write", text(&demo)]).code, 0);
    }
    fs::remove_file(demo.join("manifest.json")).unwrap();
    let refused = reslate(&["demo", "write", text(&demo)]);
    let said = format!("error: DIR '{}': has something else in it; give a new or an empty folder\n", demo.display());
    assert_eq!((refused.code, refused.stderr), (2, said));
}

/// The files that `reslate demo write` writes, by name.
fn written(arguments: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let run = reslate(&[&["demo", "write", text(folder.path())], arguments].concat());
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    files(folder.path())
}

/// The files of a snapshot by name; a table's lie in a folder of theirs.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            files.extend(self::files(&entry.path()).into_iter().map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
        } else {
            files.insert(name, fs::read(entry.path()).unwrap());
        }
    }
    files
}
