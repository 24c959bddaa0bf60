//! Every check of the doctor on a planted fault, and the same snapshot without it; the configuration view.

use std::collections::BTreeSet;

use jsonschema_valid::Config;
use jsonschema_valid::schemas::Draft;
use reslate::export::TABLE;
use serde_json::{Value, json};

use crate::support::schema::{conforms, schema, without_date_formats};
use crate::support::{Data, reslate, text};

/// Two slates with everything in sync.
fn clean() -> Data {
    let mut data = Data::sound();
    for table in [
        "ml_feature_store_v2",
        "signal_health_daily",
        "pick_signal_tags",
        "signal_combo_registry",
        "signal_best_bets_picks",
        "current_subset_picks",
        "subset_performance",
        "model_performance_daily",
    ] {
        data.drop_table(table);
    }
    for name in ["catboost_v9_33f_train20251102-20260131", "catboost_v12_train20251102-20260131"] {
        data.push("model_registry", json!({ "model_id": name, "training_end_date": "2026-01-31" }));
    }
    // As production's families have it: a deployment name that equals the run-time name.
    data.rows("model_registry")[1]["model_id"] = json!("catboost_v12");
    data
}

/// The same on one more date.
fn add_slate(data: &mut Data, date: &str) {
    let game = format!("{}_BKN_NYK", date.replace('-', ""));
    for table in ["player_game_summary", "player_prop_predictions", "prediction_accuracy"] {
        let rows: Vec<Value> =
            data.rows(table).iter().filter(|row| row["game_date"] == "2026-02-10").cloned().collect();
        for mut row in rows {
            row["game_date"] = json!(date);
            row["game_id"] = json!(game);
            for (column, hour) in [("created_at", "15:00:00"), ("graded_at", "23:30:00")] {
                if row.get(column).is_some() {
                    row[column] = json!(format!("{date}T{hour}"));
                }
            }
            data.push(table, row);
        }
    }
}

/// With an empty optional table that the clean snapshot does not have.
fn with_table(mut data: Data, table: &'static str, rows: Vec<Value>) -> Data {
    data.add_table(table);
    rows.into_iter().for_each(|row| data.push(table, row));
    data
}

fn diagnosed(data: &Data, more: &[&str]) -> Value {
    let folder = data.folder();
    let fixed = ["doctor", "--snapshot", text(folder.path()), "--format", "json"];
    let ran = reslate(&[&fixed[..], more].concat());
    let diagnosis: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
    let found = !diagnosis["findings"].as_array().unwrap().is_empty();
    assert_eq!(ran.code, i32::from(found), "{}", ran.stderr);
    diagnosis
}

const BY_V314: &[&str] = &["--version", "v314"];

/// The findings of a check: what each is about, and what it says.
fn found(data: &Data, check: &str, more: &[&str]) -> Vec<(String, String)> {
    let diagnosis = diagnosed(data, more);
    let findings = diagnosis["findings"].as_array().unwrap().iter().filter(|finding| finding["check"] == check);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    findings
        .map(|finding| {
            assert!(!text(&finding["advice"]).is_empty());
            (text(&finding["subject"]), text(&finding["message"]))
        })
        .collect()
}

fn subjects(data: &Data, check: &str, more: &[&str]) -> Vec<String> {
    found(data, check, more).into_iter().map(|(subject, _)| subject).collect()
}

#[test]
fn a_snapshot_in_order_has_no_finding() {
    let diagnosis = diagnosed(&clean(), BY_V314);
    assert_eq!(diagnosis["findings"], json!([]));
    let statuses: BTreeSet<&str> =
        diagnosis["checks"].as_array().unwrap().iter().map(|check| check["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, BTreeSet::from(["ok", "untold"]));
    let folder = clean().folder();
    let ran = reslate(&["doctor", "--snapshot", text(folder.path()), "--version", "v314"]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.stderr.contains("health_leak: nobody can tell, the snapshot has no signal_health_daily"),
        "{}",
        ran.stderr
    );
}

#[test]
fn tables_that_end_early_or_are_empty_are_stale() {
    let mut data = clean();
    ["2026-02-12", "2026-02-13"].iter().for_each(|date| add_slate(&mut data, date));
    let health = |date: &str| json!({ "game_date": date, "signal_tag": "high_edge" });
    let data = with_table(data, "signal_health_daily", vec![health("2026-02-10"), health("2026-02-11")]);
    let data = with_table(data, "pick_signal_tags", Vec::new());
    let stale = found(&data, "stale_table", BY_V314);
    let expected = [
        ("signal_health_daily", "ends on 2026-02-11, 2 slates before the end of 2026-02-13"),
        ("pick_signal_tags", "is there and has no row"),
    ];
    assert_eq!(stale, expected.map(|(table, message)| (table.to_owned(), message.to_owned())));
    let current = with_table(clean(), "signal_health_daily", vec![health("2026-02-10"), health("2026-02-11")]);
    assert!(found(&current, "stale_table", BY_V314).is_empty());
}

#[test]
fn a_table_may_lack_the_newest_slate_only_until_the_day_after_it() {
    let health = json!({ "game_date": "2026-02-10", "signal_tag": "high_edge" });
    let data = with_table(clean(), "signal_health_daily", vec![health]);
    let stale = |pulled: &str| {
        let folder = data.pulled(pulled);
        let ran = reslate(&["doctor", "--snapshot", text(folder.path()), "--version", "v314"]);
        ran.stdout.contains("stale_table: signal_health_daily ends on 2026-02-10, 1 slate before the end of 2026-02-11")
    };
    assert!(!stale("2026-02-12T06:00:00Z"));
    assert!(stale("2026-02-13T06:00:00Z"));
}

#[test]
fn a_table_of_picks_is_stale_only_for_slates_with_picks() {
    let pick = json!({
        "player_lookup": "al_one_bkn", "game_id": "20260210_BKN_NYK", "game_date": "2026-02-10",
        "system_id": "catboost_v9", "algorithm_version": "v314_consolidated",
    });
    let mut data = clean();
    ["2026-02-12", "2026-02-13"].iter().for_each(|date| add_slate(&mut data, date));
    let data = with_table(data, "signal_best_bets_picks", vec![pick]);
    let stale = found(&data, "stale_table", BY_V314);
    assert_eq!(stale[0].1, "ends on 2026-02-10, 3 slates with picks before the end of 2026-02-13");
    // v307 picks nothing there.
    assert!(found(&data, "stale_table", &["--version", "v307"]).is_empty());
}

#[test]
fn a_signal_that_the_version_has_for_the_first_weeks_alone_is_not_silent_after_them() {
    let mut data = clean();
    ["2026-02-12", "2026-02-13"].iter().for_each(|date| add_slate(&mut data, date));
    let silent = |weeks: &str| {
        let setting = format!("rest_advantage_2d.max_weeks={weeks}");
        subjects(
            &data,
            "silent_signal",
            &["--version", "v314", "--set", "rest_advantage_2d.min_edge=15", "--set", &setting],
        )
    };
    let is_silent = |weeks: &str| silent(weeks).contains(&"rest_advantage_2d".to_owned());
    assert_eq!((is_silent("off"), is_silent("15"), is_silent("16")), (true, false, true));
}

#[test]
fn models_are_of_the_families_of_the_version_that_is_asked() {
    let mut data = clean();
    data.push_like("player_prop_predictions", 0, json!({ "system_id": "catboost_v12_noveg_train1102_0205" }));
    let of = |version: &str| subjects(&data, "unclassified_model", &["--version", version]);
    assert_eq!(of("v307"), ["catboost_v12_noveg_train1102_0205"]);
    assert!(of("v307q").is_empty() && of("v314").is_empty());
}

#[test]
fn a_slate_that_a_table_skipped_is_a_gap() {
    let mut data = clean();
    add_slate(&mut data, "2026-02-12");
    let feature = |date: &str| json!({ "game_date": date, "player_lookup": "al_one_bkn" });
    let whole = ["2026-02-10", "2026-02-11", "2026-02-12"].map(feature).to_vec();
    let data = with_table(data, "ml_feature_store_v2", whole);
    assert!(found(&data, "table_gap", BY_V314).is_empty());
    let mut data = data;
    data.rows("ml_feature_store_v2").remove(1);
    let gap = ("ml_feature_store_v2".to_owned(), "has no row of 1 slate, the last on 2026-02-11".to_owned());
    assert_eq!(found(&data, "table_gap", BY_V314), [gap]);
}

#[test]
fn models_of_no_family_and_models_without_gradings() {
    let mut data = clean();
    data.push_like("player_prop_predictions", 0, json!({ "system_id": "ensemble_v1", "game_date": "2026-02-11" }));
    data.push_like("player_prop_predictions", 4, json!({ "system_id": "catboost_v9_q43_train1102_0131" }));
    assert_eq!(subjects(&data, "unclassified_model", BY_V314), ["ensemble_v1"]);
    let never = ("catboost_v9_q43_train1102_0131".to_owned(), "predicts and was never graded".to_owned());
    assert_eq!(found(&data, "ungraded_model", BY_V314), [never]);
}

#[test]
fn a_registry_that_is_empty_or_does_not_match() {
    let mut data = clean();
    data.rows("model_registry")[1]["model_id"] = json!("xgboost_v2_trial");
    assert_eq!(subjects(&data, "unmatched_registry", BY_V314), ["xgboost_v2_trial", "catboost_v12"]);
    data.rows("model_registry").clear();
    assert_eq!(subjects(&data, "empty_registry", BY_V314), ["model_registry"]);
    assert!(found(&data, "unmatched_registry", BY_V314).is_empty());
    data.drop_table("model_registry");
    let diagnosis = diagnosed(&data, BY_V314);
    let untold = |check: &str| {
        let checks = diagnosis["checks"].as_array().unwrap();
        checks.iter().find(|row| row["check"] == check).unwrap()["untold"].clone()
    };
    assert_eq!(untold("empty_registry"), "the snapshot has no model_registry");
}

#[test]
fn signals_that_have_not_fired_for_three_days() {
    let mut data = clean();
    assert!(found(&data, "silent_signal", BY_V314).is_empty());
    ["2026-02-12", "2026-02-13"].iter().for_each(|date| add_slate(&mut data, date));
    let silent = subjects(&data, "silent_signal", BY_V314);
    assert!(silent.contains(&"bench_under".to_owned()) && !silent.contains(&"high_edge".to_owned()), "{silent:?}");
}

/// With eight gradings of a player that all missed.
fn with_a_losing_player() -> Data {
    let mut data = clean();
    for day in 1..=8 {
        let date = format!("2026-01-{day:02}");
        let game = format!("202601{day:02}_BKN_NYK");
        let changes =
            json!({ "system_id": "catboost_v9", "game_date": date, "game_id": game, "prediction_correct": false });
        data.push_like("prediction_accuracy", 1, changes);
    }
    data
}

#[test]
fn a_blacklist_that_is_empty_although_players_qualify() {
    let by_v298 = ["--version", "v298"];
    assert!(found(&clean(), "empty_blacklist", &by_v298).is_empty());
    let data = with_a_losing_player();
    let empty = found(&data, "empty_blacklist", &by_v298);
    assert_eq!(empty[0].0, "v298");
    assert!(empty[0].1.contains("on 2 slates, though players qualify (up to 1 on one)"), "{empty:?}");
    assert!(found(&data, "empty_blacklist", BY_V314).is_empty());
    // A recorded decision that says it was empty.
    let record = |count: u64| {
        json!({
            "player_lookup": "al_one_bkn", "game_id": "20260210_BKN_NYK", "game_date": "2026-02-10",
            "system_id": "catboost_v9", "algorithm_version": "v314_consolidated",
            "signal_regimes_snapshot": format!("{{\"player_blacklist\":{{\"count\":{count}}}}}"),
        })
    };
    let data = with_table(data, "signal_best_bets_picks", vec![record(0)]);
    assert_eq!(subjects(&data, "empty_blacklist", BY_V314), ["signal_best_bets_picks"]);
    let data = with_table(with_a_losing_player(), "signal_best_bets_picks", vec![record(1)]);
    assert!(found(&data, "empty_blacklist", BY_V314).is_empty());
}

#[test]
fn decisions_that_read_the_health_of_their_own_date() {
    let health = json!({
        "game_date": "2026-02-10", "signal_tag": "high_edge", "regime": "HOT", "computed_at": "2026-02-11T06:00:00",
    });
    let pick = |created_at: &str| {
        json!({
            "player_lookup": "al_one_bkn", "game_id": "20260210_BKN_NYK", "game_date": "2026-02-10",
            "system_id": "catboost_v9", "algorithm_version": "v296_remove_consensus_signals", "created_at": created_at,
        })
    };
    let data = |created_at: &str| {
        let data = with_table(clean(), "signal_health_daily", vec![health.clone()]);
        with_table(data, "signal_best_bets_picks", vec![pick(created_at)])
    };
    let by_v296 = ["--version", "v296"];
    assert!(found(&data("2026-02-10T15:00:00"), "health_leak", &by_v296).is_empty());
    let leak = found(&data("2026-02-11T09:00:00"), "health_leak", &by_v296);
    assert_eq!(leak.len(), 1);
    assert!(
        leak[0].1.contains("picks of 1 slate that were written when the health row of their own date was there"),
        "{leak:?}"
    );
    // Two versions of a slate are one slate.
    let mut two = data("2026-02-11T09:00:00");
    two.push_like(TABLE, 0, json!({ "algorithm_version": "v298_something" }));
    two.push_like(TABLE, 0, json!({ "algorithm_version": "v297_unused" }));
    let named = ["v295", "v297"].map(|id| reslate::version::shipped(id).unwrap().algorithm_version);
    two.set(TABLE, 1, json!({ "algorithm_version": named[0] }));
    two.set(TABLE, 2, json!({ "algorithm_version": named[1] }));
    assert!(found(&two, "health_leak", &by_v296)[0].1.contains("picks of 1 slate that"));
    // Nobody can tell where a row does not say when it was written.
    for table in ["signal_health_daily", TABLE] {
        let mut untold = data("2026-02-11T09:00:00");
        untold.set(table, 0, json!({ "computed_at": null, "created_at": null }));
        let diagnosis = diagnosed(&untold, &by_v296);
        let checks = diagnosis["checks"].as_array().unwrap();
        let leak = checks.iter().find(|check| check["check"] == "health_leak").unwrap();
        assert_eq!(leak["status"], "untold", "{table}");
    }
    // A version of one's own that scores by signal health is looked at, too.
    let mine = tempfile::tempdir().unwrap();
    let path = mine.path().join("mine.toml");
    std::fs::write(&path, "extends = \"v296\"\nalgorithm_version = \"mine_1\"\n").unwrap();
    let mut own = data("2026-02-11T09:00:00");
    own.set(TABLE, 0, json!({ "algorithm_version": "mine_1" }));
    assert!(found(&own, "health_leak", &by_v296).is_empty());
    assert_eq!(found(&own, "health_leak", &["--version", text(&path)]).len(), 1);
    let same_date = ["--version", "v296", "--health", "same-date"];
    assert_eq!(subjects(&data("2026-02-10T15:00:00"), "health_leak", &same_date), ["v296"]);
}

#[test]
fn gradings_that_are_counted_twice() {
    let mut data = clean();
    data.set("prediction_accuracy", 0, json!({ "prediction_correct": false }));
    data.push_like("prediction_accuracy", 0, json!({ "graded_at": "2026-02-11T08:00:00" }));
    let twice = found(&data, "duplicate_gradings", BY_V314);
    let message = "1 of 9 decided gradings are counted again, which moves the hit rate from 87.50 % to 77.78 % (-9.72 points); most \
                   that of catboost_v12, 75.00 % to 60.00 %";
    assert_eq!(twice, [("prediction_accuracy".to_owned(), message.to_owned())]);
}

#[test]
fn best_bets_that_two_stores_disagree_on() {
    let subset = |player: &str, version: &str, computed: &str| {
        json!({
            "game_date": "2026-02-10", "subset_id": "best_bets", "player_lookup": player, "version_id": version,
            "computed_at": computed,
        })
    };
    let pick = |player: &str| {
        json!({
            "player_lookup": player, "game_id": "20260210_BKN_NYK", "game_date": "2026-02-10",
            "system_id": "catboost_v9", "algorithm_version": "v314_consolidated",
        })
    };
    let data = |picks: Vec<Value>| {
        // An earlier version_id had another player.
        let subsets = vec![
            subset("cy_three_nyk", "v_1", "2026-02-10T12:00:00"),
            subset("al_one_bkn", "v_2", "2026-02-10T14:00:00"),
        ];
        with_table(with_table(clean(), "current_subset_picks", subsets), "signal_best_bets_picks", picks)
    };
    assert!(found(&data(vec![pick("al_one_bkn")]), "different_stores", BY_V314).is_empty());
    let differ = found(&data(vec![pick("bo_two_nyk")]), "different_stores", BY_V314);
    assert!(differ[0].1.contains("on 1 slate: 1 player only in the subset, 1 only in the picks"), "{differ:?}");
}

#[test]
fn confidences_on_both_scales() {
    let mut data = clean();
    data.set("player_prop_predictions", 0, json!({ "confidence_score": 87.5 }));
    let mixed = found(&data, "mixed_confidences", BY_V314);
    assert!(mixed[0].1.contains("7 confidences are of 0-1 and 1 of 0-100"), "{mixed:?}");
}

#[test]
fn slates_with_candidates_and_no_picks_and_the_filter_that_explains_them() {
    let none = found(&clean(), "no_picks", &["--version", "v307"]);
    assert_eq!(none[0].0, "anti_pattern");
    assert!(
        none[0].1.contains("explains 2 slates with candidates and no picks by v307: it alone blocks 4"),
        "{none:?}"
    );
}

#[test]
fn every_finding_is_a_line_that_says_what_to_do() {
    let ran = reslate(&["doctor", "--from", "2026-02-01", "--to", "2026-02-14"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    // Which filter explains slates without picks has a test of its own.
    let shown: Vec<&str> = ran.stdout.lines().filter(|line| !line.starts_with("no_picks")).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn the_configuration_has_six_sections() {
    let ran = reslate(&["config", "--version", "v314", "--from", "2026-02-01", "--to", "2026-02-14"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn rows_and_documents_conform_to_their_schemas() {
    let range = ["--from", "2026-02-09", "--to", "2026-02-11"];
    for name in ["doctor", "config"] {
        let written = |format: &str| reslate(&[&[name, "--format", format][..], &range].concat()).stdout;
        let checked = |name: &str, value: &Value| {
            conforms(&Config::from_schema(&without_date_formats(schema(&[name])), Some(Draft::Draft7)).unwrap(), value);
        };
        checked(name, &serde_json::from_str(&written("json")).unwrap());
        let lines = written("ndjson");
        assert!(lines.lines().count() > 2, "{name}");
        lines.lines().for_each(|line| checked(&format!("{name}-rows"), &serde_json::from_str(line).unwrap()));
        assert!(written("csv").starts_with("schema_version,"), "{name}");
    }
}
