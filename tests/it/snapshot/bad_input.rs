//! What the program says to bad input: one line that says what is wrong, where, and what to do; exit code 2, and nothing
//! written.

use std::fs::{self, File};
use std::path::Path;

use datafusion::arrow::datatypes::{DataType, TimeUnit};
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
    insta::assert_snapshot!(refused(Path::new("/no/such/folder"), &["check"]), @"DIR: no such folder; give the folder of a snapshot");
}

#[test]
fn a_folder_with_neither_manifest_nor_tables() {
    insta::assert_snapshot!(refused(tempfile::tempdir().unwrap().path(), &["check"]), @"DIR: neither a manifest.json nor TABLE.parquet files; a snapshot has at least player_prop_predictions.parquet, prediction_accuracy.parquet, player_game_summary.parquet");
}

#[test]
fn a_required_table_is_missing() {
    let mut data = Data::sound();
    data.drop_table(GRADINGS);
    insta::assert_snapshot!(unopened(&data), @"DIR: required table prediction_accuracy is missing; pull it, or point --snapshot at a folder that has it");
}

#[test]
fn a_required_table_has_another_name() {
    let mut data = Data::sound();
    data.drop_table(GRADINGS);
    let folder = data.folder();
    fs::write(folder.path().join("predictions_accuracy.parquet"), "").unwrap();
    insta::assert_snapshot!(refused(folder.path(), &["check"]), @"DIR: required table prediction_accuracy is missing; 'predictions_accuracy' is there: rename it if that is the one, or pull the table");
}

#[test]
fn a_required_column_is_missing() {
    let mut data = Data::sound();
    data.drop_column(GAMES, "team_abbr");
    insta::assert_snapshot!(unopened(&data), @"DIR/player_game_summary.parquet: required column player_game_summary.team_abbr is missing; export the table with it");
}

#[test]
fn a_required_column_has_another_name() {
    let mut data = Data::sound();
    data.rename_column(GAMES, "team_abbr", "team_abbrev");
    insta::assert_snapshot!(unopened(&data), @"DIR/player_game_summary.parquet: required column player_game_summary.team_abbr is missing ('team_abbrev' is there); export the table with it");
}

#[test]
fn a_column_of_a_wrong_type() {
    let mut data = Data::sound();
    data.retype(PREDICTIONS, "predicted_points", DataType::Utf8);
    data.set_all(PREDICTIONS, json!({"predicted_points": "26.1"}));
    insta::assert_snapshot!(unopened(&data), @"DIR/player_prop_predictions.parquet: column player_prop_predictions.predicted_points is STRING, expected NUMERIC(5,1); export it with the source's type");
}

#[test]
fn a_column_that_is_there_twice() {
    let mut data = Data::sound();
    data.add_column(GAMES, "points", DataType::Int64);
    insta::assert_snapshot!(unopened(&data), @"DIR/player_game_summary.parquet: column player_game_summary.points is there twice; export the table with it once");
}

#[test]
fn instants_and_numbers_that_no_calendar_and_no_ruler_has() {
    let mut data = Data::sound();
    data.retype(PREDICTIONS, "created_at", DataType::Timestamp(TimeUnit::Second, None));
    data.set(PREDICTIONS, 1, json!({"created_at": i64::MAX}));
    insta::assert_snapshot!(query(&data, "SELECT max(created_at) FROM player_prop_predictions"), @"DIR/player_prop_predictions.parquet: player_prop_predictions.created_at, row 2: 9223372036854775807 does not fit TIMESTAMP; run `reslate check` for every such value");
    let mut data = Data::sound();
    data.retype(GAMES, "game_date", DataType::Timestamp(TimeUnit::Millisecond, None));
    data.set(GAMES, 3, json!({"game_date": (1_i64 << 32) * 86_400_000}));
    insta::assert_snapshot!(query(&data, "SELECT max(game_date) FROM player_game_summary"), @"DIR/player_game_summary.parquet: player_game_summary.game_date, row 4: 371085174374400000 does not fit DATE; run `reslate check` for every such value");
    let mut data = Data::sound();
    data.retype(GAMES, "minutes_played", DataType::Float64);
    data.set(GAMES, 0, json!({"minutes_played": "inf"}));
    insta::assert_snapshot!(query(&data, "SELECT max(minutes_played) FROM player_game_summary"), @"DIR/player_game_summary.parquet: player_game_summary.minutes_played, row 1: inf does not fit NUMERIC(5,1); run `reslate check` for every such value");
}

#[test]
fn a_text_that_is_too_long() {
    let mut data = Data::sound();
    data.set(GAMES, 2, json!({"player_full_name": "x".repeat((1 << 20) + 1)}));
    insta::assert_snapshot!(query(&data, "SELECT max(player_full_name) FROM player_game_summary"), @"DIR/player_game_summary.parquet: player_game_summary.player_full_name, row 3: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx... (1048577 bytes) does not fit STRING; run `reslate check` for every such value");
}

#[test]
fn an_encrypted_file() {
    insta::assert_snapshot!(with_file("subset_performance.parquet", include_bytes!("../../fixtures/parquet/encrypted.parquet")), @"DIR/subset_performance.parquet: not a readable Parquet file (it is encrypted); fetch it again, or put it aside and pull again");
    // Its footer can be read, and says so of them.
    let folder = Data::sound().folder();
    let columns = include_bytes!("../../fixtures/parquet/encrypted_columns.parquet");
    fs::write(folder.path().join("subset_performance.parquet"), columns).unwrap();
    insta::assert_snapshot!(refused(folder.path(), &["sql", "SELECT sum(wins) FROM subset_performance"]), @"DIR/subset_performance.parquet: not a readable Parquet file (columns of it are encrypted); fetch it again, or put it aside and pull again");
}

#[test]
fn a_value_that_does_not_fit() {
    let mut data = Data::sound();
    data.retype(PREDICTIONS, "predicted_points", DataType::Float64);
    data.set(PREDICTIONS, 2, json!({"predicted_points": 5.64}));
    insta::assert_snapshot!(query(&data, "SELECT sum(predicted_points) FROM player_prop_predictions"), @"DIR/player_prop_predictions.parquet: player_prop_predictions.predicted_points, row 3: 5.64 does not fit NUMERIC(5,1); run `reslate check` for every such value");
}

#[test]
fn a_nan() {
    let mut data = Data::sound();
    data.set(PREDICTIONS, 2, json!({"feature_quality_score": "NaN"}));
    insta::assert_snapshot!(query(&data, "SELECT sum(feature_quality_score) FROM player_prop_predictions"), @"DIR/player_prop_predictions.parquet: player_prop_predictions.feature_quality_score, row 3: NaN does not fit FLOAT64; run `reslate check` for every such value");
}

#[test]
fn game_ids_of_another_form() {
    let mut data = Data::sound();
    data.set_all(PREDICTIONS, json!({"game_id": "0022500771"}));
    insta::assert_snapshot!(query(&data, "SELECT count(*) FROM decisions"), @"player_prop_predictions.game_id, date 2026-02-10: '0022500771' is not YYYYMMDD_AWAY_HOME; run `reslate check` for every such value");
}

#[test]
fn a_truncated_file() {
    let bytes = Data::sound().parquet(GAMES);
    insta::assert_snapshot!(with_file("player_game_summary.parquet", &bytes[..bytes.len() / 2]), @"DIR/player_game_summary.parquet: not a readable Parquet file (Invalid Parquet file. Corrupt footer); fetch it again, or put it aside and pull again");
}

#[test]
fn a_foreign_file() {
    insta::assert_snapshot!(with_file("player_game_summary.parquet", b"player,points\nal_one,24\n"), @"DIR/player_game_summary.parquet: not a readable Parquet file (Invalid Parquet file. Corrupt footer); fetch it again, or put it aside and pull again");
}

#[test]
fn an_empty_file() {
    insta::assert_snapshot!(with_file("player_game_summary.parquet", b""), @"DIR/player_game_summary.parquet: not a readable Parquet file (Parquet file too small. Size is 0 but need 8); fetch it again, or put it aside and pull again");
}

#[test]
fn a_folder_in_place_of_a_file() {
    let mut data = Data::sound();
    data.drop_table(GAMES);
    let folder = data.folder();
    fs::create_dir(folder.path().join("player_game_summary.parquet")).unwrap();
    insta::assert_snapshot!(refused(folder.path(), &["check"]), @"DIR/player_game_summary.parquet: not a readable Parquet file (Is a directory (os error 21)); fetch it again, or put it aside and pull again");
}

#[test]
fn a_manifest_that_is_none() {
    insta::assert_snapshot!(with_manifest(|text| text[..text.len() / 2].to_owned()), @"DIR/manifest.json: not a manifest (EOF while parsing a string at line 176 column 12); put back a copy of it, or pull into another folder");
    insta::assert_snapshot!(with_manifest(|_| "[]".to_owned()), @"DIR/manifest.json: not a manifest (invalid length 0, expected struct Format with 1 element at line 1 column 2); put back a copy of it, or pull into another folder");
    insta::assert_snapshot!(with_manifest(|text| text.replace("2026-02-12T12:00:00Z", "yesterday")), @"DIR/manifest.json: not a manifest (input contains invalid characters at line 5 column 26); put back a copy of it, or pull into another folder");
}

#[test]
fn a_manifest_with_keys_of_a_newer_format() {
    let newer = |text: String| text.replace("\"format_version\": 1", "\"format_version\": 7, \"later\": true");
    insta::assert_snapshot!(with_manifest(newer), @"DIR/manifest.json: format version 7 is newer than this program reads (6); update reslate");
}

#[test]
fn a_manifest_that_names_a_missing_file() {
    let folder = Data::sound().pulled("2026-02-12T12:00:00Z");
    fs::remove_file(folder.path().join("player_game_summary/2026-02.parquet")).unwrap();
    insta::assert_snapshot!(refused(folder.path(), &["check"]), @"DIR/manifest.json: player_game_summary/2026-02.parquet is missing; pull again, or take the snapshot again from where it was made");
}

#[test]
fn a_manifest_of_other_rows() {
    let folder = Data::sound().pulled("2026-02-12T12:00:00Z");
    let mut other = Data::sound();
    other.push_like(GAMES, 0, json!({}));
    fs::write(folder.path().join("player_game_summary/2026-02.parquet"), other.parquet(GAMES)).unwrap();
    insta::assert_snapshot!(refused(folder.path(), &["check"]), @"DIR/player_game_summary/2026-02.parquet: has other bytes than the manifest says; it was not pulled: take the snapshot again from where it was made");
}

#[test]
fn a_snapshot_without_predictions() {
    insta::assert_snapshot!(query(&Data::empty(), "SELECT 1"), @"the snapshot has no predictions at all, so there is no slate to replay; pull predictions first");
}

#[test]
fn columns_that_are_not_there() {
    let data = Data::sound();
    insta::assert_snapshot!(query(&data, "SELECT edge FROM prediction_accuracy"), @"query: prediction_accuracy has no column 'edge'; it is computed: predicted_points - line_value");
    insta::assert_snapshot!(query(&data, "SELECT g.edge FROM prediction_accuracy AS g"), @"query: prediction_accuracy has no column 'edge'; it is computed: predicted_points - line_value");
    insta::assert_snapshot!(query(&data, "SELECT is_correct FROM prediction_accuracy"), @"query: prediction_accuracy has no column 'is_correct'; it is called prediction_correct today");
    insta::assert_snapshot!(query(&data, "SELECT line_valu FROM prediction_accuracy"), @"query: no column 'line_valu'; did you mean 'line_value'?");
    insta::assert_snapshot!(query(&data, "SELECT xyz FROM subset_performance"), @"query: no column 'xyz'; there are subset_id, game_date, wins, graded_picks");
}

#[test]
fn queries_that_are_none() {
    let data = Data::sound();
    insta::assert_snapshot!(query(&data, "SELECT 1 FROM decision"), @"query: no table or relation 'decision'; did you mean 'decisions'?");
    insta::assert_snapshot!(query(&data, "SELEC 1"), @"query: Expected: an SQL statement, found: SELEC at Line: 1, Column: 1");
    insta::assert_snapshot!(query(&data, ""), @"query: No SQL statements were provided in the query string");
    insta::assert_snapshot!(query(&data, "SELECT abss(1)"), @"query: Invalid function 'abss'. Did you mean 'abs'?");
}

#[test]
fn queries_that_write() {
    let data = Data::sound();
    insta::assert_snapshot!(query(&data, "DROP TABLE prediction_accuracy"), @"query: the snapshot is read-only, so only SELECT is allowed (DDL not supported: DropTable)");
    insta::assert_snapshot!(query(&data, "INSERT INTO model_registry SELECT * FROM model_registry"), @"query: the snapshot is read-only, so only SELECT is allowed (DML not supported: Insert Into)");
    let elsewhere = tempfile::tempdir().unwrap();
    let target = elsewhere.path().join("copy.csv");
    insta::assert_snapshot!(query(&data, &format!("COPY model_registry TO '{}'", target.display())), @"query: the snapshot is read-only, so only SELECT is allowed (DML not supported: COPY)");
    assert!(!target.exists());
}

#[test]
fn unknown_versions_and_parameters() {
    insta::assert_snapshot!(query_with(&["--version", "v3077"]), @"unknown version 'v3077'; did you mean 'v307'? (`reslate versions` lists them)");
    insta::assert_snapshot!(query_with(&["--version", "v31"]), @"'v31' matches several versions: v314, v316, v318; give one of them");
    insta::assert_snapshot!(query_with(&["--set", "min_edg=5"]), @"unknown parameter 'min_edg'; did you mean 'min_edge'? (`reslate versions show v307` lists them)");
    insta::assert_snapshot!(query_with(&["--set", "min_edge"]), @"--set 'min_edge': must be NAME=VALUE, such as min_edge=4.5 or cap=off");
}

#[test]
fn values_that_a_parameter_cannot_have() {
    insta::assert_snapshot!(query_with(&["--set", "min_edge=-5"]), @"min_edge=-5: is out of range, 0 to 100");
    insta::assert_snapshot!(query_with(&["--set", "min_edge=five"]), @"min_edge=five: must be a number or off");
    insta::assert_snapshot!(query_with(&["--set", "cap=2.5"]), @"cap=2.5: must be a whole number");
    insta::assert_snapshot!(query_with(&["--set", "health_days=off"]), @"health_days=off: cannot be switched off");
}

#[test]
fn dates_that_are_none_or_not_there() {
    insta::assert_snapshot!(query_with(&["--from", "yesterday"]), @"invalid value 'yesterday' for '--from <DATE>': not a date; write YYYY-MM-DD");
    insta::assert_snapshot!(query_with(&["--to", "2026-02-30"]), @"invalid value '2026-02-30' for '--to <DATE>': not a date; write YYYY-MM-DD");
    insta::assert_snapshot!(query_with(&["--from", "2026-02-11", "--to", "2026-02-10"]), @"the range is the wrong way round: --from 2026-02-11 is after --to 2026-02-10; swap them");
    insta::assert_snapshot!(query_with(&["--from", "2026-03-01"]), @"no slate from 2026-03-01 to 2026-03-01; the snapshot's last slate is 2026-02-11");
    insta::assert_snapshot!(query_with(&["--as-of", "noon"]), @"invalid value 'noon' for '--as-of <TIMESTAMP|HH:MM>': must be a time of day (14:30) or a timestamp (2026-02-11T14:30), UTC");
    insta::assert_snapshot!(query_with(&["--subset-version", "%Q"]), @"--subset-version '%Q': must be a strftime pattern of the slate's date, such as v_%Y%m%d_120000");
}

#[test]
fn command_lines_that_are_none() {
    insta::assert_snapshot!(refusal(&reslate(&["chekc"])), @"unrecognized subcommand 'chekc'; tip: some similar subcommands exist: 'schema', 'check'");
    insta::assert_snapshot!(refusal(&reslate(&["check", "--strickt"])), @"unexpected argument '--strickt' found; tip: a similar argument exists: '--strict'");
    insta::assert_snapshot!(refusal(&reslate(&["check", "--format", "xml"])), @"invalid value 'xml' for '--format <FORMAT>' [possible values: table, json]");
    insta::assert_snapshot!(refusal(&reslate(&["sql"])), @"the following required arguments were not provided: <QUERY>");
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
        insta::allow_duplicates! { insta::assert_snapshot!(message, @"DIR/model_registry.parquet/out.json: cannot be written (DIR/model_registry.parquet is no folder); give another --out"); }
    }
    let run = reslate(&[&["check"], &snapshot[..], &["--out", text(folder.path())]].concat());
    insta::assert_snapshot!(refusal(&run).replace(text(folder.path()), "DIR"), @"DIR: cannot be written (it is a folder); give another --out");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before, "a temporary file was left");
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs /dev/full of Linux")]
fn a_full_disk_behind_standard_output() {
    let folder = Data::sound().folder();
    for arguments in [&["check"][..], &["check", "--format", "json"], &["sql", "SELECT 1"]] {
        let mut command = command(&[arguments, &["--snapshot", text(folder.path())]].concat());
        let run: Run = command.stdout(File::create("/dev/full").unwrap()).output().unwrap().into();
        insta::allow_duplicates! { insta::assert_snapshot!(refusal(&run), @"standard output: cannot be written (No space left on device (os error 28)); give another --out"); }
    }
}
