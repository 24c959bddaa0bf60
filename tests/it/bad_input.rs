//! What the program says to bad input: one line that says what is wrong, where, and what to do; exit code 2, and nothing
//! written.

use std::fs::{self, File};
use std::path::Path;

use datafusion::arrow::datatypes::DataType;
use serde_json::json;

use crate::support::{Data, Run, command, reslate, text};

const PREDICTIONS: &str = "player_prop_predictions";
const GRADINGS: &str = "prediction_accuracy";
const GAMES: &str = "player_game_summary";

/// The message of a refusal.
fn refusal(run: &Run) -> String {
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    let lines: Vec<&str> = run.stderr.lines().filter(|line| !line.starts_with("note: demo snapshot")).collect();
    assert_eq!(lines.len(), 1, "{}", run.stderr);
    lines[0].strip_prefix("error: ").unwrap().to_owned()
}

/// The message of a refusal by a command on the snapshot in `folder`, with its path as DIR; nothing is written to --out.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let elsewhere = tempfile::tempdir().unwrap();
    let out = elsewhere.path().join("out");
    let run = reslate(&[arguments, &["--snapshot", text(folder), "--out", text(&out)]].concat());
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0, "something was left of {}", out.display());
    refusal(&run).replace(text(folder), "DIR")
}

/// The message of `check` on `data`: it cannot be opened.
fn unopened(data: &Data) -> String {
    refused(data.folder().path(), &["check"])
}

/// The message of `check` on a sound snapshot in which one file has other bytes.
fn with_file(name: &str, bytes: &[u8]) -> String {
    let folder = Data::sound().folder();
    fs::write(folder.path().join(name), bytes).unwrap();
    refused(folder.path(), &["check"])
}

/// The message of `check` on a sound snapshot whose manifest is changed.
fn with_manifest(change: impl FnOnce(String) -> String) -> String {
    let folder = Data::sound().pulled("2026-02-12T12:00:00Z");
    let path = folder.path().join("manifest.json");
    fs::write(&path, change(fs::read_to_string(&path).unwrap())).unwrap();
    refused(folder.path(), &["check"])
}

/// The message of a query on `data`.
fn query(data: &Data, sql: &str) -> String {
    refused(data.folder().path(), &["sql", sql])
}

/// The message of a query with these arguments on a sound snapshot.
fn query_with(arguments: &[&str]) -> String {
    refused(Data::sound().folder().path(), &[&["sql", "SELECT game_date FROM slates"], arguments].concat())
}

#[test]
fn no_such_folder() {
    insta::assert_snapshot!(refused(Path::new("/no/such/folder"), &["check"]), @"");
}

#[test]
fn a_folder_with_neither_manifest_nor_tables() {
    insta::assert_snapshot!(refused(tempfile::tempdir().unwrap().path(), &["check"]), @"");
}

#[test]
fn a_required_table_is_missing() {
    let mut data = Data::sound();
    data.drop_table(GRADINGS);
    insta::assert_snapshot!(unopened(&data), @"");
}

#[test]
fn a_required_table_has_another_name() {
    let mut data = Data::sound();
    data.drop_table(GRADINGS);
    let folder = data.folder();
    fs::write(folder.path().join("predictions_accuracy.parquet"), "").unwrap();
    insta::assert_snapshot!(refused(folder.path(), &["check"]), @"");
}

#[test]
fn a_required_column_is_missing() {
    let mut data = Data::sound();
    data.drop_column(GAMES, "team_abbr");
    insta::assert_snapshot!(unopened(&data), @"");
}

#[test]
fn a_required_column_has_another_name() {
    let mut data = Data::sound();
    data.rename_column(GAMES, "team_abbr", "team_abbrev");
    insta::assert_snapshot!(unopened(&data), @"");
}

#[test]
fn a_column_of_a_wrong_type() {
    let mut data = Data::sound();
    data.retype(PREDICTIONS, "predicted_points", DataType::Utf8);
    data.set_all(PREDICTIONS, json!({"predicted_points": "26.1"}));
    insta::assert_snapshot!(unopened(&data), @"");
}

#[test]
fn a_value_that_does_not_fit() {
    let mut data = Data::sound();
    data.retype(PREDICTIONS, "predicted_points", DataType::Float64);
    data.set(PREDICTIONS, 2, json!({"predicted_points": 5.64}));
    insta::assert_snapshot!(query(&data, "SELECT sum(predicted_points) FROM player_prop_predictions"), @"");
}

#[test]
fn a_nan() {
    let mut data = Data::sound();
    data.set(PREDICTIONS, 2, json!({"feature_quality_score": "NaN"}));
    insta::assert_snapshot!(query(&data, "SELECT sum(feature_quality_score) FROM player_prop_predictions"), @"");
}

#[test]
fn game_ids_of_another_form() {
    let mut data = Data::sound();
    data.set_all(PREDICTIONS, json!({"game_id": "0022500771"}));
    insta::assert_snapshot!(query(&data, "SELECT count(*) FROM decisions"), @"");
}

#[test]
fn a_truncated_file() {
    let bytes = Data::sound().parquet(GAMES);
    insta::assert_snapshot!(with_file("player_game_summary.parquet", &bytes[..bytes.len() / 2]), @"");
}

#[test]
fn a_foreign_file() {
    insta::assert_snapshot!(with_file("player_game_summary.parquet", b"player,points\nal_one,24\n"), @"");
}

#[test]
fn an_empty_file() {
    insta::assert_snapshot!(with_file("player_game_summary.parquet", b""), @"");
}

#[test]
fn a_folder_in_place_of_a_file() {
    let mut data = Data::sound();
    data.drop_table(GAMES);
    let folder = data.folder();
    fs::create_dir(folder.path().join("player_game_summary.parquet")).unwrap();
    insta::assert_snapshot!(refused(folder.path(), &["check"]), @"");
}

#[test]
fn a_manifest_that_is_none() {
    insta::assert_snapshot!(with_manifest(|text| text[..text.len() / 2].to_owned()), @"");
    insta::assert_snapshot!(with_manifest(|_| "[]".to_owned()), @"");
    insta::assert_snapshot!(with_manifest(|text| text.replace("2026-02-12T12:00:00Z", "yesterday")), @"");
}

#[test]
fn a_manifest_with_keys_of_a_newer_format() {
    let newer = |text: String| text.replace("\"format_version\": 1", "\"format_version\": 2, \"later\": true");
    insta::assert_snapshot!(with_manifest(newer), @"");
}

#[test]
fn a_manifest_that_names_a_missing_file() {
    let folder = Data::sound().pulled("2026-02-12T12:00:00Z");
    fs::remove_file(folder.path().join("player_game_summary/2026-02.parquet")).unwrap();
    insta::assert_snapshot!(refused(folder.path(), &["check"]), @"");
}

#[test]
fn a_manifest_of_other_rows() {
    let folder = Data::sound().pulled("2026-02-12T12:00:00Z");
    let mut other = Data::sound();
    other.push_like(GAMES, 0, json!({}));
    fs::write(folder.path().join("player_game_summary/2026-02.parquet"), other.parquet(GAMES)).unwrap();
    insta::assert_snapshot!(refused(folder.path(), &["check"]), @"");
}

#[test]
fn a_snapshot_without_predictions() {
    insta::assert_snapshot!(query(&Data::empty(), "SELECT 1"), @"");
}

#[test]
fn columns_that_are_not_there() {
    let data = Data::sound();
    insta::assert_snapshot!(query(&data, "SELECT edge FROM prediction_accuracy"), @"");
    insta::assert_snapshot!(query(&data, "SELECT g.edge FROM prediction_accuracy AS g"), @"");
    insta::assert_snapshot!(query(&data, "SELECT is_correct FROM prediction_accuracy"), @"");
    insta::assert_snapshot!(query(&data, "SELECT line_valu FROM prediction_accuracy"), @"");
    insta::assert_snapshot!(query(&data, "SELECT xyz FROM subset_performance"), @"");
}

#[test]
fn queries_that_are_none() {
    let data = Data::sound();
    insta::assert_snapshot!(query(&data, "SELECT 1 FROM decision"), @"");
    insta::assert_snapshot!(query(&data, "SELEC 1"), @"");
    insta::assert_snapshot!(query(&data, ""), @"");
    insta::assert_snapshot!(query(&data, "SELECT abss(1)"), @"");
}

#[test]
fn queries_that_write() {
    let data = Data::sound();
    insta::assert_snapshot!(query(&data, "DROP TABLE prediction_accuracy"), @"");
    insta::assert_snapshot!(query(&data, "INSERT INTO model_registry SELECT * FROM model_registry"), @"");
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("copy.csv");
    insta::assert_snapshot!(query(&data, &format!("COPY model_registry TO '{}'", target.display())), @"");
    assert!(!target.exists());
}

#[test]
fn unknown_versions_and_parameters() {
    insta::assert_snapshot!(query_with(&["--version", "v3077"]), @"");
    insta::assert_snapshot!(query_with(&["--version", "v31"]), @"");
    insta::assert_snapshot!(query_with(&["--set", "min_edg=5"]), @"");
    insta::assert_snapshot!(query_with(&["--set", "min_edge"]), @"");
}

#[test]
fn values_that_a_parameter_cannot_have() {
    insta::assert_snapshot!(query_with(&["--set", "min_edge=-5"]), @"");
    insta::assert_snapshot!(query_with(&["--set", "min_edge=five"]), @"");
    insta::assert_snapshot!(query_with(&["--set", "cap=2.5"]), @"");
    insta::assert_snapshot!(query_with(&["--set", "health_days=off"]), @"");
}

#[test]
fn dates_that_are_none_or_not_there() {
    insta::assert_snapshot!(query_with(&["--from", "yesterday"]), @"");
    insta::assert_snapshot!(query_with(&["--to", "2026-02-30"]), @"");
    insta::assert_snapshot!(query_with(&["--from", "2026-02-11", "--to", "2026-02-10"]), @"");
    insta::assert_snapshot!(query_with(&["--from", "2026-03-01"]), @"");
    insta::assert_snapshot!(query_with(&["--as-of", "noon"]), @"");
    insta::assert_snapshot!(query_with(&["--subset-version", "%Q"]), @"");
}

#[test]
fn command_lines_that_are_none() {
    insta::assert_snapshot!(refusal(&reslate(&["chekc"])), @"");
    insta::assert_snapshot!(refusal(&reslate(&["check", "--strickt"])), @"");
    insta::assert_snapshot!(refusal(&reslate(&["check", "--format", "xml"])), @"");
    insta::assert_snapshot!(refusal(&reslate(&["sql"])), @"");
}

#[test]
fn an_output_that_cannot_be_written() {
    let folder = Data::sound().folder();
    let below_a_file = folder.path().join("model_registry.parquet").join("out.json");
    let before = fs::read_dir(folder.path()).unwrap().count();
    let snapshot = ["--snapshot", text(folder.path())];
    for command in [&["check"][..], &["sql", "SELECT 1"]] {
        let run = reslate(&[command, &snapshot, &["--out", text(&below_a_file)]].concat());
        let message = refusal(&run).replace(text(folder.path()), "DIR");
        insta::allow_duplicates! { insta::assert_snapshot!(message, @""); }
    }
    let run = reslate(&[&["check"], &snapshot[..], &["--out", text(folder.path())]].concat());
    insta::assert_snapshot!(refusal(&run).replace(text(folder.path()), "DIR"), @"");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before, "a temporary file was left");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output() {
    let folder = Data::sound().folder();
    for arguments in [&["check"][..], &["check", "--format", "json"], &["sql", "SELECT 1"]] {
        let mut command = command(&[arguments, &["--snapshot", text(folder.path())]].concat());
        let run: Run = command.stdout(File::create("/dev/full").unwrap()).output().unwrap().into();
        insta::allow_duplicates! { insta::assert_snapshot!(refusal(&run), @""); }
    }
}
