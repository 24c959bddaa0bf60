//! What the versions from v323 on say and refuse: closed slates, and what a snapshot does not have.

use std::fs;

use serde_json::{Value, json};

use crate::support::league::folder;
use crate::support::{Data, Run, reslate, text};

/// A run on a league of the vectors.
fn on(league: &str, arguments: &[&str]) -> Run {
    let folder = folder(league);
    reslate(&[arguments, &["--snapshot", text(&folder)]].concat())
}

#[test]
fn a_closed_slate_is_told() {
    let said = |arguments: &[&str]| on("league-c", arguments);
    let slate = said(&["explain", "--version", "v343", "2026-02-08"]);
    let finding: Vec<&str> = slate.stdout.lines().skip(1).take(3).collect();
    insta::assert_snapshot!(finding.join("\n"), @r"
    0 candidates, 0 blocked, 0 picks
    - no candidate: the health gate closes the slate, catboost_v12 hit 51.8 % in the last days, below
      health_gate 52.4
    ");
    let player = said(&["explain", "--version", "v343", "2026-02-08", "torplayer04"]);
    insta::assert_snapshot!(player.stdout, @r"
    torplayer04, 2026-02-08, v343 (v343_affinity_blocking_active)
    no candidate: the health gate closes the slate, catboost_v12 hit 51.8 % in the last days, below
    health_gate 52.4
    ");
    let replay = said(&["replay", "--version", "v343", "2026-02-08"]);
    let warning = replay.stdout.lines().find(|line| line.contains("health gate")).unwrap();
    insta::assert_snapshot!(warning, @"  1 slate closed by the health gate, from 2026-02-08 on: the champion's hit rate was below health_gate, so there are no candidates");
    assert_eq!((slate.code, player.code, replay.code), (0, 0, 0));
}

#[test]
fn what_the_snapshot_has_not_is_refused_by_name() {
    let refused = |version: &str| {
        let run = on("league-a", &["replay", "--version", version, "2026-02-08"]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""));
        run.stderr
    };
    insta::assert_snapshot!(refused("v355"), @"error: version v355: med_usage_under names ml_feature_store_v2.feature_47_value, which the snapshot does not have; pull the table with it, or leave med_usage_under out");
    // League-c without the recorded performance.
    let league = folder("league-c");
    let without = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(&league).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if name.ends_with(".parquet") && name != "model_performance_daily.parquet" {
            fs::copy(entry.path(), without.path().join(name)).unwrap();
        }
    }
    let replay = |settings: &[&str]| {
        let arguments = ["replay", "--version", "v365b", "2026-02-08", "--format", "json"];
        reslate(&[&arguments, settings, &["--snapshot", text(without.path())]].concat())
    };
    let run = replay(&[]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    insta::assert_snapshot!(run.stderr, @"error: version v365b: weighs models by model_performance_daily.best_bets_n_21d, which the snapshot does not have; pull the table with it, or weigh them by their gradings: --set source_weight=gradings");
    let by_gradings: Value = serde_json::from_str(&replay(&["--set", "source_weight=gradings"]).stdout).unwrap();
    let v365: Value = serde_json::from_str(
        &on("league-c", &["replay", "--version", "v365", "2026-02-08", "--format", "json"]).stdout,
    )
    .unwrap();
    assert!(v365["picks"].as_array().is_some_and(|picks| !picks.is_empty()));
    assert_eq!(by_gradings["picks"], v365["picks"]);
}

#[test]
fn a_stand_in_decides_as_deployed_and_is_said() {
    let arguments = ["replay", "--version", "as-deployed", "--from", "2026-02-26", "--format", "json"];
    let run = on("league-a", &arguments);
    let notes: Vec<&str> = run.stderr.lines().filter(|line| line.contains("in place of")).collect();
    insta::assert_snapshot!(notes.join("\n"), @r"
    note: v352 decides 2026-02-27 in place of v365: med_usage_under names ml_feature_store_v2.feature_47_value, which the snapshot does not have
    note: v352 decides from 2026-02-28 in place of v374: fast_pace_over names ml_feature_store_v2.feature_18_value, which the snapshot does not have
    ");
    let documents: Vec<Value> = serde_json::from_str(&run.stdout).unwrap();
    let v352 = on("league-a", &["replay", "--version", "v352", "--from", "2026-02-26", "--format", "json"]);
    let v352: Vec<Value> = serde_json::from_str(&v352.stdout).unwrap();
    assert_ne!(documents[0], v352[0], "2026-02-26 is of v348");
    assert_eq!(documents[1..], v352[1..]);
}

#[test]
fn a_frozen_decision_has_what_a_later_version_reads() {
    let out = tempfile::tempdir().unwrap();
    for (version, date) in
        [("v330", "2026-01-05"), ("v355", "2026-02-08"), ("v365", "2026-02-08"), ("v374", "2026-02-08")]
    {
        let file = out.path().join(format!("{version}.parquet"));
        let frozen = on("league-c", &["freeze", "--version", version, date, "--out", text(&file)]);
        assert_eq!(frozen.code, 0, "{version}: {}", frozen.stderr);
        let thawed = reslate(&["replay", "--frozen", text(&file), "--format", "json"]);
        let replayed = on("league-c", &["replay", "--version", version, date, "--format", "json"]);
        assert_eq!(thawed.code, 0, "{version}: {}", thawed.stderr);
        let picks = |run: &Run| serde_json::from_str::<Value>(&run.stdout).unwrap()["picks"].clone();
        assert_eq!(picks(&thawed), picks(&replayed), "{version}");
    }
}

#[test]
fn a_document_of_theirs_has_the_health_of_the_versions_own_signals_alone() {
    let mut data = Data::sound();
    for (tag, hit_rate) in
        [("high_edge", 60.0), ("model_health", 52.4), ("minutes_surge", 70.0), ("volatile_under", 40.0)]
    {
        let row = json!({
            "game_date": "2026-02-11", "signal_tag": tag, "hr_7d": hit_rate, "hr_season": 55.0, "regime": "NORMAL",
            "status": "HEALTHY", "is_model_dependent": false,
        });
        data.push("signal_health_daily", row);
    }
    let folder = data.folder();
    let health = |version: &str| -> Vec<String> {
        let arguments = ["replay", "2026-02-11", "--version", version, "--set", "health=same-date", "--format", "json"];
        let run = reslate(&[&arguments[..], &["--snapshot", text(folder.path())]].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        document["signal_health"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(health("v318"), ["high_edge", "minutes_surge", "model_health", "volatile_under"]);
    assert_eq!(health("v323"), ["high_edge", "model_health", "volatile_under"]);
    assert_eq!(health("v326"), ["high_edge", "model_health"]);
}
