//! `reslate snapshot diff`: every kind of change is found, with the decision that it changes.

use std::fs;

use jsonschema_valid::Config;
use jsonschema_valid::schemas::Draft;
use serde_json::{Value, json};

use crate::support::league;
use crate::support::schema::{conforms, schema, without_date_formats};
use crate::support::{Data, Run, command, reslate, text};

const PREDICTIONS: &str = "player_prop_predictions";
const GRADINGS: &str = "prediction_accuracy";
const GAMES: &str = "player_game_summary";
const REGISTRY: &str = "signal_combo_registry";

/// The first player of the slate of 2026-02-11, of whom the changes are.
const PLAYER: &str = "al_one_lal";
const GAME: &str = "20260211_LAL_BOS";
const VERSION: [&str; 2] = ["--version", "v314"];

/// Two slates of two players each, all of whom v314 picks.
fn data() -> Data {
    let mut data = Data::sound();
    data.drop_table(REGISTRY);
    data
}

/// The places of a table's rows of the player in the game.
fn of_player(data: &mut Data, table: &str) -> Vec<usize> {
    let rows = data.rows(table);
    (0..rows.len()).filter(|at| rows[*at]["player_lookup"] == PLAYER && rows[*at]["game_id"] == GAME).collect()
}

fn run(a: &Data, b: &Data, arguments: &[&str]) -> Run {
    let (a, b) = (a.pulled("2026-02-12T12:00:00Z"), b.pulled("2026-02-13T12:00:00Z"));
    let run = reslate(&[&["snapshot", "diff", text(a.path()), text(b.path())], arguments].concat());
    let anonymous = |said: &str| said.replace(text(a.path()), "FOLDER_A").replace(text(b.path()), "FOLDER_B");
    Run { stdout: anonymous(&run.stdout), stderr: anonymous(&run.stderr), ..run }
}

fn diff(a: &Data, b: &Data, arguments: &[&str]) -> Value {
    let (found, notes) = diff_with_notes(a, b, arguments);
    assert_eq!(notes, "");
    found
}

/// The same with what is said beside it.
fn diff_with_notes(a: &Data, b: &Data, arguments: &[&str]) -> (Value, String) {
    let run = run(a, b, &[&VERSION[..], arguments, &["--format", "json"]].concat());
    assert_eq!(run.code, 0, "{}", run.stdout);
    (serde_json::from_str(&run.stdout).unwrap(), run.stderr)
}

/// What differs, a line a row and a pick: the tables' counts that are not 0, then the changed picks and their causes.
fn said(found: &Value) -> String {
    let mut lines = Vec::new();
    for table in found["tables"].as_array().unwrap() {
        let counts = ["new", "gone", "superseded", "withdrawn", "regraded", "changed", "repeated", "history"];
        let counts: Vec<String> =
            counts.iter().filter(|name| table[**name] != 0).map(|name| format!("{name} {}", table[*name])).collect();
        if !counts.is_empty() {
            lines.push(format!("{}: {}", table["table"].as_str().unwrap(), counts.join(", ")));
        }
    }
    for slate in found["decisions"].as_array().unwrap() {
        for pick in slate["picks"].as_array().unwrap() {
            let bet = |side: &str| match &pick[side] {
                Value::Null => "-".to_owned(),
                bet => format!(
                    "{} {} {} {}",
                    bet["recommendation"].as_str().unwrap(),
                    bet["line"],
                    bet["edge"],
                    bet["outcome"].as_str().unwrap()
                ),
            };
            let player = pick["b"]["player_lookup"].as_str().or(pick["a"]["player_lookup"].as_str()).unwrap();
            let why = pick["why"].as_str().map(|why| format!(" ({why})")).unwrap_or_default();
            let (change, date) = (pick["change"].as_str().unwrap(), slate["date"].as_str().unwrap());
            lines.push(format!("{change} {date} {player}: {} -> {}{why}", bet("a"), bet("b")));
            lines.extend(
                pick["causes"].as_array().unwrap().iter().map(|cause| format!("  {}", cause.as_str().unwrap())),
            );
        }
    }
    lines.join("\n")
}

fn changed(change: impl FnOnce(&mut Data)) -> String {
    let mut later = data();
    change(&mut later);
    said(&diff(&data(), &later, &[]))
}

/// Puts another prediction of every system in the place of the player's.
fn supersede(data: &mut Data, changes: &Value) {
    for at in of_player(data, PREDICTIONS) {
        let id = format!("later-{at}");
        data.push_like(PREDICTIONS, at, changes.clone());
        let last = data.rows(PREDICTIONS).len() - 1;
        data.set(
            PREDICTIONS,
            last,
            json!({"prediction_id": id, "prediction_version": 2, "created_at": "2026-02-11T18:00:00"}),
        );
        data.set(PREDICTIONS, at, json!({"is_active": false, "superseded_by": id}));
    }
}

#[test]
fn a_snapshot_does_not_differ_from_itself() {
    let found = diff(&data(), &data(), &[]);
    assert_eq!(said(&found), "");
    assert_eq!((&found["slates"], &found["rows"], &found["notes"]), (&json!(2), &json!([]), &json!([])));
    assert_eq!(
        found["picks"],
        json!({"kept": 4, "repriced": 0, "added": 0, "removed": 0, "flipped": 0, "outcomes": 0})
    );
    let run = run(&data(), &data(), &["--version", "v314", "--fail-on-change"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("The same rows in every table"), "{}", run.stdout);
}

#[test]
fn rows_that_are_there_twice_are_no_sameness() {
    let mut twice = data();
    for at in 0..twice.rows(GRADINGS).len() {
        twice.push_like(GRADINGS, at, json!({}));
    }
    let (found, notes) = diff_with_notes(&data(), &twice, &[]);
    assert_eq!(said(&found), "prediction_accuracy: repeated 8");
    assert!(notes.starts_with("note: B: prediction_accuracy: 8 cases of "), "{notes}");
    let row = &found["rows"][0];
    assert_eq!((&row["change"], &row["date"]), (&json!("repeated"), &json!("2026-02-10")));
    assert_eq!(row["fields"], json!([{"field": "copies", "old": "0", "new": "1"}]));
    let shown = run(&data(), &twice, &VERSION);
    assert!(!shown.stdout.contains("The same rows"), "{}", shown.stdout);
    let (found, notes) = diff_with_notes(&twice, &data(), &[]);
    assert_eq!(said(&found), "prediction_accuracy: repeated 8");
    assert!(notes.starts_with("note: A: prediction_accuracy: 8 cases of "), "{notes}");
}

#[test]
fn a_column_that_only_one_has_is_compared_with_nothing_and_is_a_cause() {
    let mut without = data();
    without.drop_column(PREDICTIONS, "current_points_line");
    let found = diff(&data(), &without, &["--from", "2026-02-11"]);
    insta::assert_snapshot!(said(&found), @r"
    player_prop_predictions: changed 4
    removed 2026-02-11 al_one_lal: OVER 20.5 5.6 WIN -> - (no candidate any more)
      player_prop_predictions 2026-02-11 catboost_v9 changed: current_points_line 20.5 -> none
    removed 2026-02-11 bo_two_bos: OVER 20.5 5.6 WIN -> - (no candidate any more)
      player_prop_predictions 2026-02-11 catboost_v9 changed: current_points_line 20.5 -> none
    ");
    let note = "player_prop_predictions: only A has current_points_line (8 rows differ by it) in every file";
    assert_eq!(found["notes"][0], note);
}

#[test]
fn a_league_does_not_differ_from_itself() {
    let folder = league::folder("league-a");
    for version in ["v314", "as-deployed"] {
        let run =
            reslate(&["snapshot", "diff", text(&folder), text(&folder), "--version", version, "--format", "json"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let found: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(said(&found), "");
        assert_eq!(found["slates"], 166);
        assert!(found["picks"]["kept"].as_u64().unwrap() > 100);
    }
}

#[test]
fn a_superseded_prediction_takes_a_pick_away() {
    insta::assert_snapshot!(changed(|data| supersede(data, &json!({"predicted_points": 22.0}))), @r"
    player_prop_predictions: superseded 2
    removed 2026-02-11 al_one_lal: OVER 20.5 5.6 WIN -> - (blocked by edge_floor)
      player_prop_predictions 2026-02-11 catboost_v9 superseded: predicted_points 26.1 -> 22.0
    ");
}

#[test]
fn a_superseded_prediction_turns_a_pick_or_prices_it_otherwise() {
    insta::assert_snapshot!(changed(|data| {
        supersede(data, &json!({"predicted_points": 14.5, "recommendation": "UNDER"}));
    }), @r"
    player_prop_predictions: superseded 2
    flipped 2026-02-11 al_one_lal: OVER 20.5 5.6 WIN -> UNDER 20.5 -6.0 LOSS
      player_prop_predictions 2026-02-11 catboost_v9 superseded: predicted_points 26.1 -> 14.5, recommendation OVER -> UNDER
    ");
    insta::assert_snapshot!(changed(|data| supersede(data, &json!({"current_points_line": 20.0}))), @r"
    player_prop_predictions: superseded 2
    repriced 2026-02-11 al_one_lal: OVER 20.5 5.6 WIN -> OVER 20.0 6.1 WIN
      player_prop_predictions 2026-02-11 catboost_v9 superseded: current_points_line 20.5 -> 20.0
    ");
}

#[test]
fn a_prediction_that_is_gone_or_withdrawn_takes_the_candidate_away() {
    insta::assert_snapshot!(changed(|data| {
        data.rows(PREDICTIONS).retain(|row| row["player_lookup"] != PLAYER);
    }), @r"
    player_prop_predictions: gone 2
    removed 2026-02-11 al_one_lal: OVER 20.5 5.6 WIN -> - (no candidate any more)
      player_prop_predictions 2026-02-11 catboost_v9 gone
    ");
    insta::assert_snapshot!(changed(|data| {
        of_player(data, PREDICTIONS).into_iter().for_each(|at| data.set(PREDICTIONS, at, json!({"is_active": false})));
    }), @r"
    player_prop_predictions: withdrawn 2
    removed 2026-02-11 al_one_lal: OVER 20.5 5.6 WIN -> - (no candidate any more)
      player_prop_predictions 2026-02-11 catboost_v9 withdrawn
    ");
}

#[test]
fn a_prediction_that_is_new_makes_a_pick() {
    let mut earlier = data();
    earlier.rows(PREDICTIONS).retain(|row| row["player_lookup"] != PLAYER);
    insta::assert_snapshot!(said(&diff(&earlier, &data(), &[])), @r"
    player_prop_predictions: new 2
    added 2026-02-11 al_one_lal: - -> OVER 20.5 5.6 WIN (was no candidate)
      player_prop_predictions 2026-02-11 catboost_v9 new
    ");
}

#[test]
fn a_grading_that_is_another_changes_the_outcome_alone() {
    insta::assert_snapshot!(changed(|data| {
        for at in of_player(data, GRADINGS) {
            data.push_like(GRADINGS, at, json!({"actual_points": 19, "prediction_correct": false, "graded_at": "2026-02-12T09:00:00"}));
        }
    }), @r"
    prediction_accuracy: regraded 2
    outcome 2026-02-11 al_one_lal: OVER 20.5 5.6 WIN -> OVER 20.5 5.6 LOSS
      prediction_accuracy 2026-02-11 catboost_v12 regraded: actual_points 24 -> 19, prediction_correct true -> false
      prediction_accuracy 2026-02-11 catboost_v9 regraded: actual_points 24 -> 19, prediction_correct true -> false
    ");
    insta::assert_snapshot!(changed(|data| {
        of_player(data, GRADINGS).into_iter().for_each(|at| data.set(GRADINGS, at, json!({"is_voided": true})));
    }), @r"
    prediction_accuracy: changed 2
    outcome 2026-02-11 al_one_lal: OVER 20.5 5.6 WIN -> OVER 20.5 5.6 VOID
      prediction_accuracy 2026-02-11 catboost_v12 changed: is_voided false -> true
      prediction_accuracy 2026-02-11 catboost_v9 changed: is_voided false -> true
    ");
}

/// Earlier gradings of the champion on the player, some of them right.
fn earlier_gradings(data: &mut Data, right: usize) {
    let row = of_player(data, GRADINGS)
        .into_iter()
        .find(|at| data.rows(GRADINGS)[*at]["system_id"] == "catboost_v9")
        .unwrap();
    for game in 1..=8 {
        let (date, is_right) = (format!("2026-01-0{game}"), game <= right);
        let game_id = format!("{}_LAL_DEN", date.replace('-', ""));
        let graded_at = if is_right { format!("{date}T23:00:00") } else { format!("{date}T23:30:00") };
        data.push_like(
            GRADINGS,
            row,
            json!({"game_date": date, "game_id": game_id, "prediction_correct": is_right, "graded_at": graded_at}),
        );
    }
}

#[test]
fn earlier_gradings_blacklist_a_player() {
    let (mut earlier, mut later) = (data(), data());
    earlier_gradings(&mut earlier, 4);
    earlier_gradings(&mut later, 3);
    insta::assert_snapshot!(said(&diff(&earlier, &later, &[])), @r"
    prediction_accuracy: regraded 1
    removed 2026-02-11 al_one_lal: OVER 20.5 5.6 WIN -> - (blocked by player_blacklist)
      prediction_accuracy 2026-01-04 catboost_v9 regraded: prediction_correct true -> false
    ");
}

#[test]
fn one_more_earlier_game_makes_a_matchup_familiar() {
    let with_games = |games: usize| {
        let mut data = data();
        let row = of_player(&mut data, GAMES)[0];
        for game in 1..=games {
            let date = format!("2026-01-1{game}");
            let game_id = format!("{}_LAL_BOS", date.replace('-', ""));
            data.push_like(GAMES, row, json!({"game_date": date, "game_id": game_id}));
        }
        data
    };
    insta::assert_snapshot!(said(&diff(&with_games(5), &with_games(6), &[])), @r"
    player_game_summary: new 1
    removed 2026-02-11 al_one_lal: OVER 20.5 5.6 WIN -> - (blocked by familiar_matchup)
      player_game_summary 2026-01-16 new
    ");
}

#[test]
fn an_earlier_line_that_is_another_makes_a_line_jump() {
    let with_line = |line: f64| {
        let mut data = data();
        for at in of_player(&mut data, PREDICTIONS) {
            data.set(PREDICTIONS, at, json!({"predicted_points": 14.5, "recommendation": "UNDER"}));
            data.push_like(
                PREDICTIONS,
                at,
                json!({"prediction_id": format!("before-{at}"), "game_date": "2026-02-05", "game_id": "20260205_LAL_DEN", "current_points_line": line}),
            );
        }
        data
    };
    insta::assert_snapshot!(said(&diff(&with_line(19.0), &with_line(18.0), &[])), @r"
    player_prop_predictions: changed 2
    removed 2026-02-11 al_one_lal: UNDER 20.5 -6.0 LOSS -> - (blocked by line_jumped_under)
      player_prop_predictions 2026-02-05 catboost_v9 changed: current_points_line 19.0 -> 18.0
    ");
}

#[test]
fn rows_before_the_first_slate_that_is_asked_for_count_as_causes_alone() {
    let (mut earlier, mut later) = (data(), data());
    earlier_gradings(&mut earlier, 4);
    earlier_gradings(&mut later, 3);
    let asked = ["--from", "2026-02-11"];
    insta::assert_snapshot!(said(&diff(&earlier, &later, &asked)), @r"
    removed 2026-02-11 al_one_lal: OVER 20.5 5.6 WIN -> - (blocked by player_blacklist)
      prediction_accuracy 2026-01-04 catboost_v9 regraded: prediction_correct true -> false
    ");
    let found = diff(&earlier, &later, &asked);
    assert_eq!((&found["from"], &found["rows"]), (&json!("2026-02-11"), &json!([])));
    assert_eq!(found["notes"], json!(["1 row before 2026-02-11 differs too; later decisions may rest on it"]));
}

#[test]
fn another_combo_registry_changes_decisions_of_every_slate() {
    let with_class = |class: &str| {
        let mut data = Data::sound();
        data.push(REGISTRY, json!({"combo_id": "high_edge", "signals": ["high_edge"], "cardinality": 1, "classification": class, "status": "WATCH", "ordinal": 1}));
        data
    };
    insta::assert_snapshot!(said(&diff(&with_class("SYNERGISTIC"), &with_class("ANTI_PATTERN"), &["--from", "2026-02-11"])), @r"
    signal_combo_registry: changed 1
    removed 2026-02-11 al_one_lal: OVER 20.5 5.6 WIN -> - (blocked by anti_pattern)
      signal_combo_registry high_edge changed: classification SYNERGISTIC -> ANTI_PATTERN
    removed 2026-02-11 bo_two_bos: OVER 20.5 5.6 WIN -> - (blocked by anti_pattern)
      signal_combo_registry high_edge changed: classification SYNERGISTIC -> ANTI_PATTERN
    ");
}

#[test]
fn rows_that_no_longer_count_are_counted() {
    let mut earlier = data();
    supersede(&mut earlier, &json!({"predicted_points": 27.0}));
    let mut later = data();
    supersede(&mut later, &json!({"predicted_points": 27.0}));
    let superseded = of_player(&mut later, PREDICTIONS)[0];
    later.rows(PREDICTIONS).remove(superseded);
    insta::assert_snapshot!(said(&diff(&earlier, &later, &[])), @"player_prop_predictions: history 1");
}

#[test]
fn what_is_new_one_way_is_gone_the_other_way() {
    let mut later = data();
    supersede(&mut later, &json!({"predicted_points": 22.0}));
    later.rows(GRADINGS).remove(0);
    later.rows(GAMES).remove(1);
    later.push(
        "subset_performance",
        json!({"subset_id": "best_bets", "game_date": "2026-02-10", "wins": 1, "graded_picks": 2}),
    );
    let (there, back) = (diff(&data(), &later, &[]), diff(&later, &data(), &[]));
    for (a, b) in there["tables"].as_array().unwrap().iter().zip(back["tables"].as_array().unwrap()) {
        for (one, other) in [
            ("new", "gone"),
            ("gone", "new"),
            ("rows_a", "rows_b"),
            ("superseded", "superseded"),
            ("changed", "changed"),
            ("history", "history"),
        ] {
            assert_eq!(a[one], b[other], "{} {one}", a["table"]);
        }
    }
    let (there, back) = (&there["picks"], &back["picks"]);
    assert_eq!((&there["added"], &there["removed"]), (&back["removed"], &back["added"]));
    assert_eq!(there["removed"], 1);
}

#[test]
fn different_ranges_are_compared_where_they_overlap() {
    let later = {
        let mut later = data();
        for table in [PREDICTIONS, GRADINGS, GAMES] {
            later.rows(table).retain(|row| row["game_date"] == "2026-02-11");
            for at in 0..later.rows(table).len() {
                later.push_like(table, at, json!({"game_date": "2026-02-12", "game_id": "20260212_LAL_BOS"}));
            }
        }
        let rows = later.rows(PREDICTIONS).len();
        (0..rows).for_each(|at| later.set(PREDICTIONS, at, json!({"prediction_id": null})));
        later
    };
    let mut earlier = data();
    let rows = earlier.rows(PREDICTIONS).len();
    (0..rows).for_each(|at| earlier.set(PREDICTIONS, at, json!({"prediction_id": null})));
    let found = diff(&earlier, &later, &[]);
    assert_eq!(said(&found), "");
    assert_eq!(
        (&found["from"], &found["to"], &found["slates"]),
        (&json!("2026-02-11"), &json!("2026-02-11"), &json!(1))
    );
    let notes: Vec<&str> = found["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap()).collect();
    insta::assert_snapshot!(notes.join("\n"), @r"
    A has slates from 2026-02-10 to 2026-02-11, B from 2026-02-11 to 2026-02-12: compared from 2026-02-11 to 2026-02-11
    slates are decided by what both have from 2026-02-11 on, so less is known of each than there was
    ");
    later_is_apart(&earlier);
}

/// A snapshot of other slates cannot be compared.
fn later_is_apart(earlier: &Data) {
    let mut apart = Data::empty();
    apart.push(GAMES, json!({"player_lookup": PLAYER, "game_id": "20260301_LAL_BOS", "game_date": "2026-03-01", "team_abbr": "LAL", "opponent_team_abbr": "BOS"}));
    let run = run(earlier, &apart, &[]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    insta::assert_snapshot!(run.stderr, @"error: the snapshots have no slate in common: FOLDER_A has 2026-02-10 to 2026-02-11, FOLDER_B has 2026-03-01 to 2026-03-01; give two of the same season");
}

#[test]
fn tables_and_columns_that_only_one_has_are_said() {
    let mut earlier = data();
    earlier.drop_table("model_registry");
    earlier.drop_column(GRADINGS, "team_abbr");
    let (a, b) = (earlier.folder(), data().folder());
    let run = reslate(&["snapshot", "diff", text(a.path()), text(b.path()), "--format", "json"]);
    let found: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(said(&found), "prediction_accuracy: changed 8");
    let notes: Vec<&str> = found["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap()).collect();
    insta::assert_snapshot!(notes.join("\n"), @r"
    prediction_accuracy: only B has team_abbr (8 rows differ by it) in every file
    model_registry: only B has it, so its rows are not compared; A decides without it
    ");
    let registry = found["tables"].as_array().unwrap().iter().find(|table| table["table"] == "model_registry").unwrap();
    assert_eq!((&registry["rows_a"], &registry["rows_b"]), (&Value::Null, &json!(0)));
}

/// A superseded prediction and a regraded game.
fn two_changes() -> Data {
    let mut later = data();
    supersede(&mut later, &json!({"predicted_points": 22.0}));
    for at in 0..2 {
        later.push_like(
            GRADINGS,
            at,
            json!({"actual_points": 19, "prediction_correct": false, "graded_at": "2026-02-12T09:00:00"}),
        );
    }
    later
}

#[test]
fn people_see_tables_then_rows_then_decisions() {
    let run = run(&data(), &two_changes(), &VERSION);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"(FOLDER_[AB]) [0-9a-f]{12}", "$1 ID");
    settings.bind(|| insta::assert_snapshot!(run.stdout));
}

#[test]
fn a_changed_decision_is_exit_code_1_where_that_is_asked_for() {
    let failing = [&VERSION[..], &["--fail-on-change"]].concat();
    assert_eq!(run(&data(), &two_changes(), &failing).code, 1);
    assert_eq!(run(&data(), &two_changes(), &VERSION).code, 0);
    // Neither of these slates has a pick by v307, so none changes.
    assert_eq!(run(&data(), &two_changes(), &["--fail-on-change"]).code, 0);
}

#[test]
fn machine_formats_have_every_row_and_pick_and_conform_to_their_schemas() {
    let (a, b) = (data(), two_changes());
    let output = |format: &str| run(&a, &b, &[&VERSION[..], &["--format", format]].concat()).stdout;
    let csv = output("csv");
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"(FOLDER_[AB]) [0-9a-f]{12}", "$1 ID");
    settings.bind(|| insta::assert_snapshot!(csv));
    let ndjson = output("ndjson");
    assert_eq!(ndjson.lines().count(), csv.lines().count() - 1);
    let rows = without_date_formats(schema(&["snapshot-diff-rows"]));
    let rows = Config::from_schema(&rows, Some(Draft::Draft7)).unwrap();
    ndjson.lines().for_each(|line| conforms(&rows, &serde_json::from_str(line).unwrap()));
    let whole = without_date_formats(schema(&["snapshot-diff"]));
    let whole = Config::from_schema(&whole, Some(Draft::Draft7)).unwrap();
    conforms(&whole, &serde_json::from_str(&output("json")).unwrap());
}

#[test]
fn the_help_of_snapshot_diff() {
    let run: Run = command(&["snapshot", "diff", "--help"]).env("COLUMNS", "100").output().unwrap().into();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(run.stdout.split("Changes to the version:").next().unwrap());
}

#[test]
fn bad_input_is_refused_in_a_line() {
    let folder = data().pulled("2026-02-12T12:00:00Z");
    let at = text(folder.path());
    let refused = |arguments: &[&str]| {
        let run = reslate(&[&["snapshot", "diff"], arguments].concat());
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.lines().count()), (2, "", 1), "{}", run.stderr);
        run.stderr.trim_end().strip_prefix("error: ").unwrap().replace(at, "DIR")
    };
    insta::assert_snapshot!(refused(&[at]), @"the following required arguments were not provided: <B>");
    insta::assert_snapshot!(refused(&[at, "/no/such/folder"]), @"/no/such/folder: no such folder; give the folder of a snapshot");
    insta::assert_snapshot!(refused(&[at, at, "--from", "2026-02-12", "--to", "2026-02-10"]), @"the range is the wrong way round: --from 2026-02-12 is after --to 2026-02-10; swap them");
    insta::assert_snapshot!(refused(&[at, at, "--from", "2026-03-01"]), @"no slate from 2026-03-01 on; the snapshots have slates in common from 2026-02-10 to 2026-02-11");
    insta::assert_snapshot!(refused(&[at, at, "--version", "v999"]), @"unknown version 'v999' (`reslate versions` lists them)");
    insta::assert_snapshot!(refused(&[at, at, "--snapshot", "/somewhere"]), @"--snapshot '/somewhere': is not read, A and B are; leave it out");
    let empty = Data::empty().folder();
    insta::assert_snapshot!(refused(&[at, text(empty.path())]), @"the snapshot has no predictions at all, so there is no slate to replay; pull predictions first");
    fs::write(folder.path().join(format!("{GAMES}/2026-02.parquet")), b"PAR1").unwrap();
    assert!(refused(&[at, at]).contains("has other bytes than the manifest says"));
}
