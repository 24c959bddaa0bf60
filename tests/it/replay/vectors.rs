//! Exactness: every slate and every pick of the vectors, field for field.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use reslate::document::{Document, documents};
use reslate::replay::{Dates, Replay};
use reslate::snapshot::{Snapshot, Source};
use reslate::version::{SHIPPED, Version, shipped};
use serde_json::Value;

use crate::support::league::{self, expected, request, run};

/// Keys that the vectors leave out: ours, the clock's, words, and what is filled in after grading.
const OF_SLATE: [&str; 4] = ["schema_version", "generated_at", "health_gate_reason", "picks"];
const OF_PICK: [&str; 3] = ["angles", "actual", "result"];

/// Doubles are equal to within this.
const TOLERANCE: f64 = 1e-9;

/// The first version of which league-c has documents, and the first that league-a has not what it reads.
const OF_LEAGUE_C: &str = "v323";
const NOT_OF_LEAGUE_A: &str = "v355";

/// The versions in `queries/versions` that can be replayed on league-a, and those of them whose defects are mended.
fn versions() -> Vec<Version> {
    let of_league_a = SHIPPED.iter().take_while(|id| **id != NOT_OF_LEAGUE_A);
    let mut versions: Vec<Version> = of_league_a.map(|id| shipped(id).unwrap()).collect();
    versions.extend(["v296", "v298"].map(|id| {
        let mut intended = shipped(id).unwrap();
        intended.id = format!("{id}_intended");
        intended.defects.clear();
        intended
    }));
    versions
}

/// Versions that read the signal health of the slate's own date.
fn same_date() -> [Version; 2] {
    ["v279", "v296"].map(|id| {
        let mut version = shipped(id).unwrap();
        version.id = format!("{id}_same_date");
        version.set("health", "same-date").unwrap();
        version
    })
}

#[test]
fn every_version_decides_league_a_as_production_did() {
    let folder = league::folder("league-a");
    compare(&folder, &Snapshot::open(&folder).unwrap(), &versions());
}

#[test]
fn composite_versions_read_the_health_of_the_same_date() {
    let folder = league::folder("league-a");
    let health = Source::File(folder.join("expected/monitoring/signal_health_daily.parquet"));
    let snapshot = Snapshot::open(&folder).unwrap().with_table("signal_health_daily", health).unwrap();
    compare(&folder, &snapshot, &same_date());
}

/// The later versions.
fn later() -> Vec<Version> {
    let later = SHIPPED.iter().skip_while(|id| **id != OF_LEAGUE_C);
    later.map(|id| shipped(id).unwrap()).collect()
}

#[test]
fn every_later_version_decides_league_c_as_production_did() {
    let folder = league::folder("league-c");
    compare(&folder, &Snapshot::open(&folder).unwrap(), &later());
}

/// The names in a league's folder of documents.
fn expected_folders(league: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(league::folder(league).join("expected")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_expected_document_of_league_c_is_compared() {
    assert_eq!(expected_folders("league-c"), later().into_iter().map(|version| version.id).collect());
}

#[test]
fn every_expected_document_of_league_a_is_compared() {
    let there = expected_folders("league-a");
    // The monitoring tables are compared where those are tested.
    let compared = versions().into_iter().chain(same_date()).map(|version| version.id);
    assert_eq!(there, compared.chain(["monitoring".to_owned()]).collect::<BTreeSet<_>>());
}

#[test]
#[ignore = "needs the real seasons, which are not part of the project: ../shared/vectors"]
fn a_real_season_is_decided_as_production_did() {
    let folder = league::folder("season-2025-26");
    let snapshot = Snapshot::open(&folder).unwrap();
    for id in ["v307", "v314"] {
        compare(&folder, &snapshot, &[shipped(id).unwrap()]);
    }
}

#[test]
fn a_difference_is_found_and_named() {
    let expected = serde_json::json!({"picks": [{"rank": 1, "edge": 5.0}, {"rank": 2, "edge": 0.1 + 0.2}]});
    let mut actual = serde_json::json!({"picks": [{"rank": 1.0, "edge": 5}, {"rank": 2, "edge": 0.3}]});
    assert_eq!(difference("", &expected, &actual, &[]), None);
    actual["picks"][1]["edge"] = serde_json::json!(0.300_001);
    let found = difference("", &expected, &actual, &[]).unwrap();
    assert_eq!(found, "/picks/1/edge: expected 0.30000000000000004, found 0.300001");
    actual["picks"][1]["edge"] = Value::Null;
    assert!(difference("", &expected, &actual, &[]).is_some());
    actual["extra"] = Value::Null;
    assert_eq!(difference("", &expected, &actual, &["picks"]).unwrap(), "/extra: not expected, found null");
    let fewer = serde_json::json!({"picks": []});
    assert_eq!(difference("", &expected, &fewer, &[]).unwrap(), "/picks: expected 2 elements, found 0");
}

/// Replays every slate of `snapshot` by `versions` at once and holds the documents of each against the expected ones of
/// the folder `expected/ID`.
pub fn compare(folder: &Path, snapshot: &Snapshot, versions: &[Version]) {
    let all = Dates::Range { from: None, to: None };
    let (documents, unaccounted) = run(async {
        let replay = Replay::open(snapshot, request(all, versions)).await.unwrap();
        let documents = documents(&replay, snapshot).await.unwrap();
        (documents, unaccounted_slates(&replay).await)
    });
    assert_eq!(unaccounted, 0, "slates on which rejected + passed is not the number of candidates");
    let slates_each = documents.len() / versions.len();
    for (version, documents) in versions.iter().zip(documents.chunks(slates_each)) {
        let id = &version.id;
        let (mut slates, mut picks) = expected(folder, id);
        assert!(!slates.is_empty());
        slates.iter_mut().for_each(|slate| repeat_affinities(folder, slate));
        for slate in &slates {
            let date = slate["date"].as_str().unwrap();
            let document = documents.iter().find(|document| document.date.0.to_string() == date);
            let document = document.unwrap_or_else(|| panic!("{id} has no slate on {date}"));
            let picks = picks.remove(date).unwrap_or_default();
            if let Some(found) = differs(slate, &picks, document) {
                panic!("{id} on {date}: {found}");
            }
        }
        assert!(picks.is_empty(), "{id}: picks on dates without a slate: {:?}", picks.keys());
    }
}

/// The cells of model-direction affinity are those of the first version that has them as they are; where the documents of
/// later ones leave them out, they are the same.
fn repeat_affinities(folder: &Path, slate: &mut Value) {
    const STATED_BY: &str = "v343";
    let date = slate["date"].clone();
    let Some(affinity) = slate.get_mut("model_direction_affinity").and_then(Value::as_object_mut) else { return };
    if affinity.contains_key("affinities") {
        return;
    }
    let (stated, _) = expected(folder, STATED_BY);
    let same = stated.iter().find(|slate| slate["date"] == date).unwrap();
    affinity.insert("affinities".to_owned(), same["model_direction_affinity"]["affinities"].clone());
}

/// On how many slates the funnel does not account for every candidate.
async fn unaccounted_slates(replay: &Replay) -> usize {
    let sql = "SELECT s.game_date FROM slate_decisions AS s LEFT JOIN ( \
                   SELECT version, game_date, sum(candidates) AS candidates FROM slate_funnels GROUP BY version, game_date \
               ) AS f ON f.version = s.version AND f.game_date = s.game_date \
               WHERE coalesce(f.candidates, 0) <> s.total_predictions";
    replay.engine.query(sql).await.unwrap().iter().map(|batch| batch.num_rows()).sum()
}

/// The first difference between a document and what is expected of it.
fn differs(slate: &Value, picks: &[Value], document: &Document) -> Option<String> {
    let actual = serde_json::to_value(document).unwrap();
    let found = difference("", slate, &actual, &OF_SLATE).or_else(|| order("", slate, &actual, &OF_SLATE));
    if found.is_some() {
        return found;
    }
    let actual = actual["picks"].as_array().unwrap();
    if actual.len() != picks.len() {
        return Some(format!("/picks: expected {}, found {}", picks.len(), actual.len()));
    }
    picks.iter().zip(actual).enumerate().find_map(|(at, (expected, actual))| {
        let mut expected = expected.clone();
        // The table of picks says the slate in a column.
        expected.as_object_mut().unwrap().shift_remove("date");
        let path = format!("/picks/{at}");
        difference(&path, &expected, actual, &OF_PICK).or_else(|| order(&path, &expected, actual, &OF_PICK))
    })
}

/// The first difference between two JSON trees; of objects, keys of the outermost that are `left_out` are not looked at.
pub fn difference(path: &str, expected: &Value, actual: &Value, left_out: &[&str]) -> Option<String> {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            let keys: BTreeSet<&String> = expected.keys().chain(actual.keys()).collect();
            keys.into_iter().filter(|key| !left_out.contains(&key.as_str())).find_map(|key| {
                let path = format!("{path}/{key}");
                match (expected.get(key), actual.get(key)) {
                    (Some(expected), Some(actual)) => difference(&path, expected, actual, &[]),
                    (Some(expected), None) => Some(format!("{path}: expected {expected}, not there")),
                    (None, actual) => Some(format!("{path}: not expected, found {}", actual.unwrap_or(&Value::Null))),
                }
            })
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() != actual.len() => {
            Some(format!("{path}: expected {} elements, found {}", expected.len(), actual.len()))
        }
        (Value::Array(expected), Value::Array(actual)) => {
            let pairs = expected.iter().zip(actual).enumerate();
            pairs.into_iter().find_map(|(at, (e, a))| difference(&format!("{path}/{at}"), e, a, &[]))
        }
        (Value::Number(e), Value::Number(a)) if (e.as_f64().unwrap() - a.as_f64().unwrap()).abs() <= TOLERANCE => None,
        _ if expected == actual => None,
        _ => Some(format!("{path}: expected {expected}, found {actual}")),
    }
}

/// Whether the keys of two objects come in the same order.
fn order(path: &str, expected: &Value, actual: &Value, left_out: &[&str]) -> Option<String> {
    let keys = |value: &Value| -> Vec<String> {
        let keys = value.as_object().unwrap().keys().filter(|key| !left_out.contains(&key.as_str()));
        keys.cloned().collect()
    };
    let (expected, actual) = (keys(expected), keys(actual));
    (expected != actual).then(|| format!("{path}: expected keys in order {expected:?}, found {actual:?}"))
}
