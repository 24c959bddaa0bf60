//! `reslate check`: every kind of finding, on snapshots that are sound but for one thing.

use std::fs;
use std::path::Path;

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use serde_json::{Value, json};

use reslate::snapshot::Manifest;

use crate::support::pulled::Pulled;
use crate::support::{Data, league, reslate, text};

const PREDICTIONS: &str = "player_prop_predictions";
const GRADINGS: &str = "prediction_accuracy";
const GAMES: &str = "player_game_summary";

/// The report on a snapshot, and the exit code.
fn report(folder: &Path) -> (Value, i32) {
    let run = reslate(&["check", "--snapshot", text(folder), "--format", "json"]);
    assert_eq!(run.stderr, "");
    (serde_json::from_str(&run.stdout).unwrap(), run.code)
}

/// A line per finding: severity, table, kind, count, message, example; the folder's path is left out.
fn findings(folder: &Path) -> String {
    let (report, code) = report(folder);
    let lines: Vec<String> = report["findings"].as_array().unwrap().iter().map(line).collect();
    assert_eq!(code, i32::from(report["errors"] != 0));
    lines.join("\n").replace(text(folder), "DIR")
}

fn line(finding: &Value) -> String {
    let text = |key: &str| finding[key].as_str().unwrap_or("-").to_owned();
    let (severity, table, kind, message, example) =
        (text("severity"), text("table"), text("kind"), text("message"), text("example"));
    format!("{severity} {table} {kind} {}: {message} | {example}", finding["count"])
}

fn of(data: &Data) -> String {
    findings(data.folder().path())
}

#[test]
fn a_sound_snapshot_has_nothing_to_report() {
    let folder = Data::sound().folder();
    let (report, code) = report(folder.path());
    assert_eq!((code, &report["findings"], &report["snapshot_id"]), (0, &json!([]), &Value::Null));
    let predictions = &report["tables"][0];
    assert_eq!(
        predictions,
        &json!({
            "table": PREDICTIONS, "required": true, "present": true, "files": 1, "rows": 8, "first": "2026-02-10",
            "last": "2026-02-11", "days_behind": 0, "errors": 0, "notes": 0,
        })
    );
    let strict = reslate(&["check", "--snapshot", text(folder.path()), "--strict"]);
    assert_eq!(strict.code, 0, "{}", strict.stdout);
}

#[test]
fn required_tables_that_are_empty_are_worth_a_note() {
    insta::assert_snapshot!(of(&Data::empty()), @r"
    note player_prop_predictions empty_table 1: required, and without a row | -
    note prediction_accuracy empty_table 1: required, and without a row | -
    note player_game_summary empty_table 1: required, and without a row | -
    ");
}

#[test]
fn rows_that_are_the_same_in_every_column_are_told_of_a_table_without_a_grain() {
    let mut data = Data::sound();
    data.push_like(GRADINGS, 0, json!({}));
    data.push_like(GRADINGS, 0, json!({}));
    data.push_like(GRADINGS, 1, json!({"graded_at": "2026-02-13T12:00:00Z"}));
    insta::assert_snapshot!(of(&data), @"note prediction_accuracy duplicate_row 1: 1 case of (player_lookup, game_id, system_id, recommendation, line_value, actual_points, graded_at) with more than one row; records that count rows count them all | al_one_bkn, 20260210_BKN_NYK, catboost_v12, OVER, 20.5, 24, 2026-02-10T23:30:00 (3 rows)");
}

#[test]
fn a_column_that_some_files_do_not_have_is_told_with_the_first_of_them() {
    let data = Data::sound();
    let folder = data.pulled("2026-02-13T12:00:00Z");
    let path = folder.path().join("manifest.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let mut other = Data::sound();
    other.set_all(GAMES, json!({"game_date": "2026-03-01"}));
    other.drop_column(GAMES, "points");
    let bytes = other.pulled_parquet(GAMES);
    fs::write(folder.path().join(GAMES).join("2026-03.parquet"), &bytes).unwrap();
    let file = json!({"path": format!("{GAMES}/2026-03.parquet"), "rows": 4, "sha256": reslate::snapshot::manifest::sha256(&bytes)});
    manifest["tables"][GAMES]["files"].as_array_mut().unwrap().push(file);
    manifest["tables"][GAMES]["rows"] = json!(8);
    let mut manifest: Manifest = serde_json::from_value(manifest).unwrap();
    manifest.id = Manifest::id_of(&manifest.tables);
    fs::write(&path, manifest.text().unwrap()).unwrap();
    let found = findings(folder.path());
    let line = "note player_game_summary missing_column 1: 1 optional column missing in 1 of 2 files, taken as NULL there: points";
    assert!(found.contains(line), "{found}");
    assert!(found.contains("player_game_summary/2026-03.parquet"), "{found}");
}

#[test]
fn values_that_do_not_fit_are_all_reported_with_the_first_row() {
    let mut data = Data::sound();
    data.retype(PREDICTIONS, "predicted_points", DataType::Float64);
    data.retype(GRADINGS, "line_value", DataType::Float64);
    data.set(PREDICTIONS, 0, json!({"predicted_points": 5.600000000000001}));
    data.set(PREDICTIONS, 2, json!({"predicted_points": 5.64}));
    data.set(PREDICTIONS, 5, json!({"predicted_points": 12345.6}));
    data.set(GRADINGS, 1, json!({"line_value": 20.25}));
    insta::assert_snapshot!(of(&data), @r"
    error player_prop_predictions misfit 2: predicted_points: 2 values do not fit NUMERIC(5,1) | DIR/player_prop_predictions.parquet, row 3: 5.64
    error prediction_accuracy misfit 1: line_value: 1 value does not fit NUMERIC(5,1) | DIR/prediction_accuracy.parquet, row 2: 20.25
    note player_prop_predictions not_checked 1: not searched for duplicates and the like, because not every value could be read | -
    note prediction_accuracy not_checked 1: not searched for duplicates and the like, because not every value could be read | -
    ");
}

#[test]
fn nan_and_infinity_do_not_fit() {
    let mut data = Data::sound();
    data.set(PREDICTIONS, 1, json!({"feature_quality_score": "NaN"}));
    data.set(PREDICTIONS, 2, json!({"feature_quality_score": "-inf"}));
    insta::assert_snapshot!(of(&data), @r"
    error player_prop_predictions misfit 2: feature_quality_score: 2 values do not fit FLOAT64 | DIR/player_prop_predictions.parquet, row 2: NaN
    note player_prop_predictions not_checked 1: not searched for duplicates and the like, because not every value could be read | -
    ");
}

#[test]
fn types_of_real_exports_that_hold_the_same_values_fit() {
    let mut data = Data::sound();
    data.retype(PREDICTIONS, "predicted_points", DataType::Float64);
    data.retype(PREDICTIONS, "created_at", DataType::Timestamp(TimeUnit::Nanosecond, None));
    data.retype(PREDICTIONS, "system_id", DataType::LargeUtf8);
    data.retype(GRADINGS, "actual_points", DataType::Float64);
    assert_eq!(of(&data), "");
}

#[test]
fn nulls_in_required_columns() {
    let mut data = Data::sound();
    data.set(GRADINGS, 3, json!({"system_id": null}));
    data.set(GRADINGS, 4, json!({"system_id": null}));
    data.set(GAMES, 0, json!({"team_abbr": null}));
    insta::assert_snapshot!(of(&data), @r"
    error prediction_accuracy missing_value 2: system_id: 2 NULLs in a required column | DIR/prediction_accuracy.parquet, row 4
    error player_game_summary missing_value 1: team_abbr: 1 NULL in a required column | DIR/player_game_summary.parquet, row 1
    ");
}

#[test]
fn a_value_that_does_not_fit_is_no_null() {
    let mut data = Data::sound();
    data.retype(PREDICTIONS, "predicted_points", DataType::Float64);
    data.set(PREDICTIONS, 2, json!({"predicted_points": 5.64}));
    data.set(PREDICTIONS, 3, json!({"predicted_points": null}));
    insta::assert_snapshot!(of(&data), @r"
    error player_prop_predictions misfit 1: predicted_points: 1 value does not fit NUMERIC(5,1) | DIR/player_prop_predictions.parquet, row 3: 5.64
    error player_prop_predictions missing_value 1: predicted_points: 1 NULL in a required column | DIR/player_prop_predictions.parquet, row 4
    note player_prop_predictions not_checked 1: not searched for duplicates and the like, because not every value could be read | -
    ");
}

#[test]
fn a_second_active_prediction_of_a_grain() {
    let mut data = Data::sound();
    data.push_like(PREDICTIONS, 0, json!({"prediction_id": "later", "created_at": "2026-02-10T16:00:00"}));
    insta::assert_snapshot!(of(&data), @"error player_prop_predictions duplicate_grain 1: 1 prediction of (system_id, player_lookup, game_id) with more than one active row; the latest created_at counts | catboost_v12, al_one_bkn, 20260210_BKN_NYK (2 rows)");
}

#[test]
fn superseded_predictions_are_no_duplicates() {
    let mut data = Data::sound();
    data.push_like(PREDICTIONS, 0, json!({"prediction_id": "earlier", "is_active": false}));
    data.push_like(GRADINGS, 0, json!({"graded_at": "2026-02-12T09:00:00"}));
    assert_eq!(of(&data), "");
}

#[test]
fn several_rows_of_other_grains() {
    let mut data = Data::sound();
    data.push_like(GAMES, 0, json!({"points": 25}));
    data.push_like(GAMES, 0, json!({"points": 26}));
    data.push_like(GAMES, 1, json!({}));
    for _ in 0..2 {
        data.push("model_registry", json!({"model_id": "catboost_v9"}));
    }
    insta::assert_snapshot!(of(&data), @r"
    error player_game_summary duplicate_grain 2: 2 cases of (player_lookup, game_id) with more than one row | al_one_bkn, 20260210_BKN_NYK (3 rows)
    error model_registry duplicate_grain 1: 1 case of (model_id) with more than one row; every row counts | catboost_v9 (2 rows)
    ");
}

#[test]
fn game_ids_of_another_form_or_date() {
    let mut data = Data::sound();
    data.set(GAMES, 0, json!({"game_id": "0022500771"}));
    data.set(GAMES, 2, json!({"game_id": "20260210_LAL_BOS"}));
    insta::assert_snapshot!(of(&data), @r"
    error player_game_summary malformed_game_id 1: game_id: 1 value is not YYYYMMDD_AWAY_HOME | DIR/player_game_summary.parquet, row 1: '0022500771'
    note player_game_summary other_date 1: game_id: 1 game of another date than the row's game_date | DIR/player_game_summary.parquet, row 3: 20260210_LAL_BOS on 2026-02-11
    ");
}

#[test]
fn former_names_and_missing_columns() {
    let mut data = Data::sound();
    data.rename_column(GRADINGS, "prediction_correct", "is_correct");
    data.drop_column(GAMES, "starter_flag");
    data.drop_column(GAMES, "usage_rate");
    insta::assert_snapshot!(of(&data), @r"
    note prediction_accuracy renamed_column 1: is_correct is taken as prediction_correct, its name today | -
    note player_game_summary missing_column 2: 2 optional columns missing, taken as NULL: usage_rate, starter_flag | -
    ");
}

#[test]
fn missing_tables_are_not_empty_ones() {
    let mut data = Data::sound();
    data.drop_table("signal_health_daily");
    insta::assert_snapshot!(of(&data), @"note signal_health_daily missing_table 1: optional table missing; what needs it does without | -");
    let (report, _) = report(data.folder().path());
    let table = report["tables"].as_array().unwrap().iter().find(|table| table["table"] == "signal_health_daily");
    assert_eq!(table.unwrap()["present"], false);
}

#[test]
fn systems_of_no_family() {
    let mut data = Data::sound();
    data.push_like(PREDICTIONS, 0, json!({"system_id": "moving_average"}));
    data.push_like(PREDICTIONS, 4, json!({"system_id": "moving_average"}));
    insta::assert_snapshot!(of(&data), @"note player_prop_predictions unclassified_system 2: moving_average is of no model family of v307, so its predictions are never candidates | 2026-02-10 to 2026-02-11");
}

#[test]
fn confidences_on_both_scales_within_a_system() {
    let mut data = Data::sound();
    data.set(PREDICTIONS, 7, json!({"confidence_score": 91.0}));
    insta::assert_snapshot!(of(&data), @"note player_prop_predictions confidence_scales 4: catboost_v9 has confidences on both scales: 3 of 0-1 and 1 of 0-100 | 0-1 from 2026-02-10 to 2026-02-11, 0-100 from 2026-02-11 to 2026-02-11");
}

#[test]
fn systems_on_different_scales() {
    let mut data = Data::sound();
    for row in [0, 2, 4, 6] {
        data.set(PREDICTIONS, row, json!({"confidence_score": 91.0}));
    }
    insta::assert_snapshot!(of(&data), @"note player_prop_predictions confidence_scales 4: catboost_v12 has confidences of 0-100 where others have 0-1 | 0-1: catboost_v9");
    data.set_all(PREDICTIONS, json!({"confidence_score": 91.0}));
    assert_eq!(of(&data), "");
}

#[test]
fn recommendations_without_a_line() {
    let mut data = Data::sound();
    data.set(PREDICTIONS, 6, json!({"current_points_line": null}));
    data.push_like(
        PREDICTIONS,
        0,
        json!({"system_id": "catboost_v9_q43_x", "recommendation": "NO_LINE", "current_points_line": null}),
    );
    data.push_like(PREDICTIONS, 1, json!({"current_points_line": null, "is_active": false}));
    insta::assert_snapshot!(of(&data), @"note player_prop_predictions recommended_without_line 1: recommend OVER or UNDER without a line, so they are never candidates | 2026-02-11 catboost_v12 bo_two_bos 20260211_LAL_BOS OVER");
}

#[test]
fn dates_with_games_but_without_predictions_or_gradings() {
    let mut data = Data::sound();
    data.rows(PREDICTIONS).retain(|row| row["game_date"] != "2026-02-10");
    data.rows(GRADINGS).clear();
    insta::assert_snapshot!(of(&data), @r"
    note player_prop_predictions unpredicted 1: 1 date with games but no predictions | 2026-02-10
    note prediction_accuracy empty_table 1: required, and without a row | -
    ");
    let early = data.pulled("2026-02-13T12:00:00Z");
    assert!(!findings(early.path()).contains("ungraded"), "two days after the game");
    let late = data.pulled("2026-02-14T12:00:00Z");
    insta::assert_snapshot!(findings(late.path()), @r"
    note player_prop_predictions unpredicted 1: 1 date with games but no predictions | 2026-02-10
    note prediction_accuracy empty_table 1: required, and without a row | -
    note prediction_accuracy ungraded 1: 1 date with predictions and games but, 3 days later, no gradings | 2026-02-11
    ");
}

#[test]
fn tables_that_end_before_the_newest_slate() {
    let mut data = Data::sound();
    for (date, game) in [("2026-02-14", "20260214_LAL_BOS"), ("2026-02-16", "20260216_LAL_BOS")] {
        data.push_like(PREDICTIONS, 4, json!({"game_date": date, "game_id": game}));
    }
    insta::assert_snapshot!(of(&data), @r"
    note prediction_accuracy stale 2: ends on 2026-02-11, 5 days (2 slates) before the newest slate 2026-02-16 | -
    note player_game_summary stale 2: ends on 2026-02-11, 5 days (2 slates) before the newest slate 2026-02-16 | -
    ");
}

#[test]
fn seasons_whose_opening_night_is_assumed() {
    let mut data = Data::sound();
    for table in [PREDICTIONS, GRADINGS, GAMES] {
        for row in data.rows(table) {
            let date = row["game_date"].as_str().unwrap().replace("2026", "2020");
            let game = row["game_id"].as_str().unwrap().replace("2026", "2020");
            row["game_date"] = json!(date);
            row["game_id"] = json!(game);
        }
    }
    insta::assert_snapshot!(of(&data), @"note - unknown_opening_night 1: the opening night of 2019-20 is not known; 2019-10-22 is assumed, from which its statistics count | -");
}

#[test]
fn files_that_are_not_the_manifests() {
    let data = Data::sound();
    let folder = data.pulled("2026-02-12T12:00:00Z");
    assert_eq!(findings(folder.path()), "");
    let file = folder.path().join(GAMES).join("2026-02.parquet");
    let mut other = data;
    other.set(GAMES, 0, json!({"points": 25}));
    fs::write(&file, other.parquet(GAMES)).unwrap();
    insta::assert_snapshot!(findings(folder.path()), @r"
    error player_game_summary altered 1: 1 file changed since the pull: its SHA-256 is not the manifest's | DIR/player_game_summary/2026-02.parquet
    note player_game_summary not_checked 1: not searched for duplicates and the like, because not every value could be read | -
    ");
}

#[test]
fn a_manifest_that_was_edited() {
    let folder = Data::sound().pulled("2026-02-12T12:00:00Z");
    let path = folder.path().join("manifest.json");
    let mut manifest: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    manifest["id"] = json!("0000");
    fs::write(&path, manifest.to_string()).unwrap();
    let run = reslate(&["check", "--snapshot", text(folder.path())]);
    assert_eq!(run.code, 2);
    insta::assert_snapshot!(run.stderr.replace(text(folder.path()), "DIR"), @"error: DIR/manifest.json: not a manifest (its id is not that of the tables it lists; it was edited after the pull); put back a copy of it, or pull into another folder");
    insta::assert_snapshot!(deep(folder.path()), @r"
    error - altered 1: the manifest is not as it was written: its id is not that of the tables it lists; it was edited after the pull; put back a copy of it | -
    note - not_checked 1: only the files were checked, because the snapshot cannot be opened (DIR/manifest.json: not a manifest (its id is not that of the tables it lists; it was edited after the pull); put back a copy of it, or pull into another folder) | -
    ");
}

#[test]
fn data_that_cannot_be_decoded() {
    let folder = Data::sound().folder();
    let path = folder.path().join(format!("{GAMES}.parquet"));
    let mut bytes = fs::read(&path).unwrap();
    // Behind the magic number: the first page of the first column.
    bytes[4..64].fill(0xff);
    fs::write(&path, bytes).unwrap();
    let found = findings(folder.path());
    assert!(found.starts_with("error player_game_summary unreadable 1: 1 file cannot be read whole | DIR"), "{found}");
    assert!(found.contains("note player_game_summary not_checked"), "{found}");
}

#[test]
fn notes_count_as_errors_with_strict() {
    let mut data = Data::sound();
    data.drop_table("model_registry");
    let folder = data.folder();
    let at = ["--snapshot", text(folder.path())];
    assert_eq!(reslate(&[&["check"], &at[..]].concat()).code, 0);
    let strict = reslate(&[&["check", "--strict"], &at[..]].concat());
    assert_eq!(strict.code, 1);
    assert!(strict.stdout.ends_with("0 errors, 1 note (counted as errors)\n"), "{}", strict.stdout);
}

#[test]
fn the_table_lists_tables_then_findings_then_counts() {
    let mut data = Data::sound();
    data.set(GAMES, 0, json!({"team_abbr": null}));
    data.drop_table("model_registry");
    let folder = data.folder();
    let run = reslate(&["check", "--snapshot", text(folder.path())]);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    insta::assert_snapshot!(run.stdout.replace(text(folder.path()), "DIR"), @r"
    DIR, newest slate 2026-02-11

    table                       rows  first       last        days behind  errors  notes
    player_prop_predictions        8  2026-02-10  2026-02-11            0       0      0
    prediction_accuracy            8  2026-02-10  2026-02-11            0       0      0
    player_game_summary            4  2026-02-10  2026-02-11            0       1      0
    ml_feature_store_v2            0  -           -                     -       0      0
    signal_health_daily            0  -           -                     -       0      0
    pick_signal_tags               0  -           -                     -       0      0
    signal_combo_registry          0  -           -                     -       0      0
    signal_best_bets_picks         0  -           -                     -       0      0
    current_subset_picks           0  -           -                     -       0      0
    subset_performance             0  -           -                     -       0      0
    model_registry           missing  -           -                     -       0      1
    model_performance_daily        0  -           -                     -       0      0

    error: player_game_summary: team_abbr: 1 NULL in a required column (DIR/player_game_summary.parquet, row 1)
    note: model_registry: optional table missing; what needs it does without

    1 error, 1 note
    ");
}

#[test]
fn the_report_goes_to_a_file_in_the_form_of_its_ending() {
    let folder = Data::sound().folder();
    let out = folder.path().join("report.json");
    let run = reslate(&["check", "--snapshot", text(folder.path()), "--out", text(&out)]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    let report: Value = serde_json::from_str(&fs::read_to_string(out).unwrap()).unwrap();
    assert_eq!((&report["schema_version"], &report["errors"]), (&json!(1), &json!(0)));
}

fn has_no_errors(league: &str) {
    let (report, code) = report(&league::folder(league));
    assert_eq!((code, &report["errors"]), (0, &json!(0)), "{league}: {report:#}");
}

#[test]
fn the_vectors_have_no_errors() {
    has_no_errors("league-a");
}

#[test]
#[ignore = "needs the real seasons, which are not part of the project: ../shared/vectors"]
fn real_seasons_have_no_errors() {
    for season in ["season-2025-26", "season-2024-25"] {
        has_no_errors(season);
    }
}

#[test]
fn the_demo_has_no_errors() {
    let folder = tempfile::tempdir().unwrap();
    let written = reslate(&["demo", "write", text(folder.path()), "--seed", "2"]);
    assert_eq!(written.code, 0, "{}", written.stderr);
    let (report, code) = report(folder.path());
    assert_eq!((code, &report["errors"]), (0, &json!(0)), "{report:#}");
}

/// The findings of `check --deep`, as [`findings`] has them.
fn deep(folder: &Path) -> String {
    let run = reslate(&["check", "--deep", "--snapshot", text(folder), "--format", "json"]);
    assert_eq!(run.stderr, "");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(run.code, i32::from(report["errors"] != 0));
    let lines: Vec<String> = report["findings"].as_array().unwrap().iter().map(line).collect();
    lines.join("\n").replace(text(folder), "DIR")
}

#[test]
fn deep_every_file_is_held_against_the_manifest() {
    let folder = Data::sound().pulled("2026-02-12T12:00:00Z");
    assert_eq!(deep(folder.path()), "");
    let file = |table: &str| folder.path().join(table).join("2026-02.parquet");
    fs::remove_file(file(GAMES)).unwrap();
    let mut bytes = fs::read(file(GRADINGS)).unwrap();
    bytes[40] ^= 1;
    fs::write(file(GRADINGS), bytes).unwrap();
    fs::copy(file(PREDICTIONS), folder.path().join(PREDICTIONS).join("2026-02.copy.parquet")).unwrap();
    fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"SHA-256 [0-9a-f]{12}\)", "SHA-256 ...)");
    settings.bind(|| insta::assert_snapshot!(deep(folder.path()), @r"
    error prediction_accuracy altered 1: prediction_accuracy/2026-02.parquet has other bytes than the manifest says (SHA-256 ...); it was not pulled: take the snapshot again from where it was made | -
    error player_game_summary missing_file 1: player_game_summary/2026-02.parquet is missing; it was not pulled: take the snapshot again from where it was made | -
    note player_prop_predictions unnamed_file 1: 1 file that the manifest does not name, so no part of the snapshot; what a pull superseded goes with a later one | DIR/player_prop_predictions/2026-02.copy.parquet
    note - unnamed_file 1: 1 file that the manifest does not name, so no part of the snapshot; what a pull superseded goes with a later one | DIR/notes.txt
    note - not_checked 1: only the files were checked, because the snapshot cannot be opened (DIR/manifest.json: player_game_summary/2026-02.parquet is missing; pull again, or take the snapshot again from where it was made) | -
    "));
}

#[test]
fn deep_what_a_pull_took_comes_back_as_the_report_says() {
    let pulled = Pulled::two_months();
    pulled.report(&[]);
    let folder = pulled.snapshot.path();
    assert_eq!(deep(folder), "");
    let files = |table: &str| -> Vec<std::path::PathBuf> {
        fs::read_dir(folder.join(table)).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let (missing, altered) = (files(GAMES).remove(0), files(GRADINGS).remove(0));
    fs::remove_file(&missing).unwrap();
    fs::write(&altered, b"PAR1").unwrap();
    let found = deep(folder);
    assert!(found.contains("is missing; pull again, which brings back what the source still has of it"), "{found}");
    assert!(
        found.contains("; put it aside and pull again, which brings back what the source still has of it"),
        "{found}"
    );
    fs::rename(altered, pulled.export.path().join("aside")).unwrap();
    pulled.report(&[]);
    assert_eq!(deep(folder), "");
}

#[test]
fn deep_a_plain_folder_has_nothing_to_be_held_against() {
    let folder = Data::sound().folder();
    insta::assert_snapshot!(deep(folder.path()), @"note - not_checked 1: a plain folder has no checksums, so its files were not verified; pull a snapshot from it | -");
    assert_eq!(reslate(&["check", "--deep"]).code, 0);
    let run = reslate(&["check", "--deep", "--snapshot", "/no/such/folder"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (2, "error: /no/such/folder: no such folder; give the folder of a snapshot\n")
    );
}
