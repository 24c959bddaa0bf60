//! Asking one engine again gives what a fresh one gives, and computes anew no more than it must.

use reslate::document::{documents, ndjson};
use reslate::formats;
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::Snapshot;
use reslate::version::{Version, shipped};

use crate::support::league::{deployed, replayable, run};

/// Relations of which some are to be kept when other versions are asked for.
const WATCHED: [&str; 4] = ["predictions", "candidates", "consensus", "features"];

/// A shipped version with settings of its own.
fn version(id: &str, settings: &[&str]) -> Version {
    let mut version = shipped(id).unwrap();
    version.id = [&[id], settings].concat().join(" ");
    for setting in settings {
        let (name, value) = setting.split_once('=').unwrap();
        version.set(name, value).unwrap();
    }
    version
}

async fn open(versions: Vec<Version>) -> Replay {
    let dates = Dates::Range { from: "2026-02-09".parse().ok(), to: "2026-02-22".parse().ok() };
    let request = Request { versions, ..Request::new(dates, shipped("v307").unwrap()) };
    Replay::open(&Snapshot::demo().unwrap(), request).await.unwrap()
}

/// Everything that is decided: the documents as NDJSON and the decisions as CSV.
async fn decided(replay: &Replay) -> [Vec<u8>; 2] {
    let documents = documents(replay, &Snapshot::demo().unwrap()).await.unwrap();
    let decisions = replay.decisions().await.unwrap();
    [ndjson(&documents).unwrap().into_bytes(), formats::csv(&decisions).unwrap()]
}

#[test]
fn a_later_question_is_answered_as_by_a_fresh_engine() {
    // Each asks for something else than those before: thresholds, choices already made, choices of every kind, dates.
    let snapshot = Snapshot::demo().unwrap();
    let mut later: Vec<Vec<Version>> = replayable(&snapshot).into_iter().map(|version| vec![version]).collect();
    later.extend([
        vec![version("v314", &["min_edge=4"]), version("v318", &["cap=2"]), version("v279", &["health=as-of"])],
        vec![version("v307", &["line_move_days=2"]), version("v307", &[])],
        vec![version("v314", &["champion=catboost_v12"])],
        vec![version("v296", &["consensus_edge=1", "windows=fixed"]), version("v296", &["tie=system_id_desc"])],
        vec![version("v298", &["candidates=all", "attribution_edge=3"])],
        deployed(&snapshot),
        vec![version("v314", &[])],
    ]);
    run(async {
        let mut replay = open(vec![version("v314", &[])]).await;
        let first = decided(&replay).await;
        for versions in later {
            let ids = versions.iter().map(|version| version.id.clone()).collect::<Vec<_>>();
            replay.ask(versions.clone()).unwrap();
            let again = decided(&replay).await;
            assert!(again.iter().all(|bytes| bytes.len() > 1_000), "{ids:?}");
            assert!(again == decided(&open(versions).await).await, "{ids:?}");
        }
        assert!(first == decided(&replay).await);
    });
}

#[test]
fn what_other_versions_share_is_kept() {
    run(async {
        let mut replay = open(vec![version("v314", &[]), version("v279", &[])]).await;
        replay.compute(&["decisions"]).await.unwrap();
        let kept = |replay: &Replay| WATCHED.map(|name| replay.engine.is_computed(name).unwrap());
        // Thresholds alone.
        replay.ask(vec![version("v314", &["min_edge=6", "cap=3", "minutes_surge.min_surge=2"])]).unwrap();
        assert_eq!(kept(&replay), [true; 4]);
        assert!(!replay.engine.is_computed("decisions").unwrap());
        // The choices of v318 are those of v314.
        replay.compute(&["decisions"]).await.unwrap();
        replay.ask(vec![version("v318", &[]), version("v279", &["cap=1"])]).unwrap();
        assert_eq!(kept(&replay), [true; 4]);
        // How far lines are looked back for is a choice of features only.
        replay.compute(&["decisions"]).await.unwrap();
        replay.ask(vec![version("v314", &["line_move_days=7"])]).unwrap();
        assert_eq!(kept(&replay), [true, true, true, false]);
        // Features are made of what is asked about: other candidates take them along.
        replay.compute(&["decisions"]).await.unwrap();
        replay.ask(vec![version("v314", &["line_move_days=7", "tie=champion_first"])]).unwrap();
        assert_eq!(kept(&replay), [true, false, true, false]);
    });
}
