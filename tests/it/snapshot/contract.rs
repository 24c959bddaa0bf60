//! Rows that break the contract and can be read all the same: counted, said by whatever decides with them, and found by `check`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Data, Run, reslate, text};

const PREDICTIONS: &str = "player_prop_predictions";
const GRADINGS: &str = "prediction_accuracy";
const GAMES: &str = "player_game_summary";

/// The commands that decide, each with where its JSON has the warnings.
fn deciding(page: &Path) -> [(Vec<&str>, &'static str); 7] {
    [
        (vec!["replay", "2026-02-11", "--format", "json"], "/warnings"),
        (vec!["explain", "2026-02-11", "--format", "json"], "/warnings"),
        (vec!["explain", "2026-02-11", "al_one_lal", "--format", "json"], "/warnings"),
        (vec!["compare", "v307", "v314", "--format", "json"], "/warnings"),
        (vec!["tune", "--param", "min_edge=4:5:1", "--min-picks", "0", "--format", "json"], "/warnings"),
        (vec!["report", "--from", "2026-02-10", "--out", text(page)], ""),
        (vec!["report", "compare", "v307", "v314", "--out", text(page)], ""),
    ]
}

fn on(folder: &Path, arguments: &[&str]) -> Run {
    reslate(&[arguments, &["--snapshot", text(folder)]].concat())
}

/// What every deciding command says of `data`, which is the same everywhere, and with which exit code.
fn said(data: &Data) -> (String, i32) {
    let folder = data.folder();
    let elsewhere = tempfile::tempdir().unwrap();
    let page = elsewhere.path().join("page.html");
    let mut same: Option<(Vec<String>, i32)> = None;
    for (arguments, place) in deciding(&page) {
        let run = on(folder.path(), &arguments);
        assert!(run.code < 2, "{arguments:?}: {}", run.stderr);
        let lines: Vec<String> = run
            .stderr
            .lines()
            .filter_map(|line| line.strip_prefix("note: "))
            .filter(|line| line.starts_with("p"))
            .map(str::to_owned)
            .collect();
        assert_eq!(*same.get_or_insert((lines.clone(), run.code)), (lines.clone(), run.code), "{arguments:?}");
        if place.is_empty() {
            let html = fs::read_to_string(&page).unwrap();
            assert!(lines.iter().all(|line| html.contains(&line.replace('"', "\\\""))), "{arguments:?}: {lines:?}");
        } else {
            let document: Value = serde_json::from_str(&run.stdout).unwrap();
            let warnings = document.pointer(place).cloned().unwrap_or(json!([]));
            assert_eq!(warnings, json!(lines), "{arguments:?}");
        }
    }
    let (lines, code) = same.unwrap();
    (lines.join("\n"), code)
}

/// The findings of `check` of a kind that breaks the contract.
fn errors(data: &Data) -> Vec<(String, String)> {
    let folder = data.folder();
    let run = on(folder.path(), &["check", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let found = report["findings"].as_array().unwrap().iter();
    found.map(|one| (one["severity"].as_str().unwrap().to_owned(), one["kind"].as_str().unwrap().to_owned())).collect()
}

fn error(kind: &str) -> Vec<(String, String)> {
    vec![("error".to_owned(), kind.to_owned())]
}

#[test]
fn sound_rows_are_worth_no_word() {
    assert_eq!(said(&Data::sound()), (String::new(), 0));
}

#[test]
fn recommendations_that_are_no_word() {
    let mut data = Data::sound();
    data.set(PREDICTIONS, 4, json!({"recommendation": "over"}));
    data.set(PREDICTIONS, 5, json!({"recommendation": "OVER "}));
    let (said, code) = said(&data);
    insta::assert_snapshot!(said, @"player_prop_predictions: recommendation: 2 values are none of OVER, UNDER, PASS, HOLD, NO_LINE, so the rows count for nothing (player_prop_predictions.parquet, row 5: 'over')");
    assert_eq!(code, 1);
    assert_eq!(errors(&data), error("unknown_word"));
}

#[test]
fn what_has_such_rows_says_so_too() {
    let mut data = Data::sound();
    data.set(PREDICTIONS, 4, json!({"recommendation": "over"}));
    let folder = data.folder();
    let elsewhere = tempfile::tempdir().unwrap();
    let place = |name: &str| elsewhere.path().join(name);
    let (cells, page, frozen) = (place("cells.parquet"), place("page.html"), place("frozen.json"));
    let breach = "recommendation: 1 value is none of OVER, UNDER, PASS, HOLD, NO_LINE, so the rows count for nothing";
    // A search, whose page is made without the snapshot.
    let search = ["tune", "--param", "min_edge=4:5:1", "--min-picks", "0", "--out", text(&cells)];
    assert_eq!(on(folder.path(), &search).code, 1);
    assert_eq!(reslate(&["report", "tune", text(&cells), "--out", text(&page)]).code, 0);
    assert!(fs::read_to_string(&page).unwrap().contains(breach));
    // A frozen decision.
    assert_eq!(on(folder.path(), &["freeze", "2026-02-11", "--out", text(&frozen)]).code, 1);
    let run = reslate(&["replay", "--frozen", text(&frozen), "--format", "json"]);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let warnings: Vec<&str> =
        document["warnings"].as_array().unwrap().iter().map(|said| said.as_str().unwrap()).collect();
    assert!(warnings.len() == 1 && warnings[0].contains(breach), "{warnings:?}");
    assert_eq!((run.code, run.stderr.contains(&format!("note: {}\n", warnings[0]))), (1, true), "{}", run.stderr);
    // Snapshots beside one another.
    let sound = Data::sound().folder();
    for (places, side) in [([&folder, &sound], "A"), ([&sound, &folder], "B")] {
        let [a, b] = places.map(|folder| text(folder.path()));
        let run = reslate(&["snapshot", "diff", a, b, "--format", "json"]);
        let found: Value = serde_json::from_str(&run.stdout).unwrap();
        let said =
            format!("{side}: player_prop_predictions: {breach} (player_prop_predictions.parquet, row 5: 'over')");
        assert_eq!(found["warnings"], json!([said]));
        assert_eq!((run.code, run.stderr), (1, format!("note: {said}\n")));
    }
}

#[test]
fn nulls_in_required_columns() {
    for column in ["is_active", "recommendation", "predicted_points", "system_id"] {
        let mut data = Data::sound();
        data.set(PREDICTIONS, 5, json!({column: null}));
        let (said, code) = said(&data);
        let expected = format!(
            "player_prop_predictions: {column}: 1 NULL in a required column (player_prop_predictions.parquet, row 6)"
        );
        assert_eq!((said, code), (expected, 1));
        assert_eq!(errors(&data), error("missing_value"), "{column}");
    }
}

#[test]
fn a_prediction_of_nobody_is_said() {
    let mut data = Data::sound();
    data.set(PREDICTIONS, 6, json!({"player_lookup": null}));
    let (said, code) = said(&data);
    assert_eq!((said.contains("player_lookup: 1 NULL in a required column"), code), (true, 1), "{said}");
    assert_eq!(errors(&data), error("missing_value"));
}

#[test]
fn box_scores_that_are_there_twice_decide_nothing() {
    let mut data = Data::sound();
    data.push_like(GAMES, 0, json!({}));
    let folder = data.folder();
    let elsewhere = tempfile::tempdir().unwrap();
    let page = elsewhere.path().join("page.html");
    for (arguments, _) in deciding(&page) {
        let run = on(folder.path(), &arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        let said = run.stderr.lines().last().unwrap();
        insta::allow_duplicates! { insta::assert_snapshot!(said, @"error: player_game_summary: 1 case of (player_lookup, game_id) with more than one row (al_one_bkn, 20260210_BKN_NYK (2 rows)), each of which would count; export the table without them and pull again"); }
    }
    assert_eq!(errors(&data), error("duplicate_grain"));
    // What only looks at rows shows them.
    let run = on(folder.path(), &["sql", "SELECT count(*) AS n FROM player_game_summary", "--format", "csv"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "schema_version,n\n1,5\n"), "{}", run.stderr);
}

#[test]
fn what_may_repeat_is_said_with_what_then_counts() {
    let mut data = Data::sound();
    data.push_like(PREDICTIONS, 4, json!({"prediction_id": "later", "created_at": "2026-02-11T16:00:00"}));
    data.push_like(GRADINGS, 0, json!({}));
    // Regraded, or superseded: as it should be.
    data.push_like(GRADINGS, 1, json!({"graded_at": "2026-02-12T09:00:00"}));
    data.push_like(PREDICTIONS, 5, json!({"prediction_id": "earlier", "is_active": false}));
    let (said, code) = said(&data);
    insta::assert_snapshot!(said, @r"
    player_prop_predictions: 1 prediction of (system_id, player_lookup, game_id) with more than one active row; the latest created_at counts (catboost_v12, al_one_lal, 20260211_LAL_BOS (2 rows))
    prediction_accuracy: 1 case of (player_lookup, game_id, system_id, recommendation, line_value, actual_points, graded_at) with more than one row; records that count rows count them all (al_one_bkn, 20260210_BKN_NYK, catboost_v12, OVER, 20.5, 24, 2026-02-10T23:30:00 (2 rows))
    ");
    assert_eq!(code, 0);
    assert_eq!(
        errors(&data),
        [error("duplicate_grain"), vec![("note".to_owned(), "duplicate_row".to_owned())]].concat()
    );
}

#[test]
fn explain_does_not_say_that_no_model_bid_where_predictions_were_left_out() {
    let explain = |changes: Value, player: &[&str]| {
        let mut data = Data::sound();
        (4..8).for_each(|row| data.set(PREDICTIONS, row, changes.clone()));
        let run = on(data.folder().path(), &[&["explain", "2026-02-11"], player].concat());
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert!(!run.stdout.contains("no model"), "{}", run.stdout);
        run.stdout
    };
    for (changes, reason) in [
        (json!({"is_active": null}), "is_active is NULL"),
        (json!({"recommendation": "over"}), "recommends over, which is no word for it"),
        (json!({"recommendation": null}), "recommendation is NULL"),
    ] {
        let of_slate = explain(changes.clone(), &[]);
        assert!(of_slate.contains("no candidate, but predictions of the snapshot were left out"), "{of_slate}");
        let of_player = explain(changes, &["al_one_lal"]);
        assert!(
            of_player.contains("no candidate, but 2 predictions were left out since they break the contract"),
            "{of_player}"
        );
        assert!(of_player.contains(reason), "{of_player}");
    }
}

#[test]
fn values_that_were_lost_at_the_pull_are_said_where_their_table_is_read() {
    let mut export = Data::sound();
    export.retype(GAMES, "points", datafusion::arrow::datatypes::DataType::Utf8);
    export.set_all(GAMES, json!({"points": "24"}));
    export.set(GAMES, 0, json!({"points": "many"}));
    let pulled = crate::support::pulled::Pulled::new(export.folder());
    pulled.report(&[]);
    let run = on(pulled.snapshot.path(), &["replay", "2026-02-11"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let line = "note: player_game_summary: 1 value did not fit when they were pulled, so they are NULL, or their row is not there (";
    assert!(run.stderr.starts_with(line), "{}", run.stderr);
}
