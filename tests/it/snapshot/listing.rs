//! `reslate snapshots`: what is listed of every place, whatever is there.

use std::fs;
use std::path::Path;

use jsonschema_valid::Config;
use jsonschema_valid::schemas::Draft;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::schema::{conforms, schema, without_date_formats};
use crate::support::{Data, Run, command, reslate, text};

const GAMES: &str = "player_game_summary";

/// A folder with a pulled snapshot, a plain one, one that misses a file, and a folder that is none.
fn several() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |from: TempDir, name: &str| fs::rename(from.keep(), folder.path().join(name)).unwrap();
    put(Data::sound().pulled("2026-02-12T12:00:00Z"), "a-pulled");
    let mut plain = Data::sound();
    plain.drop_table("model_registry");
    put(plain.folder(), "b-plain");
    let damaged = Data::sound().pulled("2026-02-11T12:00:00Z");
    fs::remove_file(damaged.path().join(GAMES).join("2026-02.parquet")).unwrap();
    put(damaged, "c-damaged");
    fs::create_dir(folder.path().join("d-empty")).unwrap();
    fs::create_dir(folder.path().join(".hidden")).unwrap();
    fs::write(folder.path().join("notes.txt"), "").unwrap();
    folder
}

/// What is printed of a place in the folder, which is called by its relative name.
fn snapshots(folder: &Path, place: &str, arguments: &[&str]) -> Run {
    command(&[&["snapshots", place], arguments].concat()).current_dir(folder).output().unwrap().into()
}

fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"[0-9a-f]{12}\b", "[id 12 chars]");
    settings.add_filter(r" +[0-9.]+ (B|KiB|MiB)\b", " SIZE");
    settings
}

#[test]
fn every_folder_of_a_folder_is_listed() {
    let folder = several();
    let run = snapshots(folder.path(), ".", &[]);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    settings().bind(|| insta::assert_snapshot!(run.stdout));
}

#[test]
fn one_snapshot_is_listed_with_its_tables() {
    let folder = several();
    let run = snapshots(folder.path(), "a-pulled", &[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    settings().bind(|| insta::assert_snapshot!(run.stdout));
}

#[test]
fn without_a_folder_it_is_the_one_that_would_be_read() {
    let demo = reslate(&["snapshots", "--format", "json"]);
    let value: Value = serde_json::from_str(&demo.stdout).unwrap();
    assert_eq!((demo.code, demo.stderr.as_str()), (0, ""));
    let listed = &value["snapshots"][0];
    assert_eq!(
        (&listed["state"], &listed["first"], &listed["last"]),
        (&json!("demo"), &json!("2025-10-21"), &json!("2026-04-12"))
    );
    let folder = Data::sound().folder();
    let by_option = reslate(&["snapshots", "--snapshot", text(folder.path()), "--format", "json"]);
    let by_variable: Run =
        command(&["snapshots", "--format", "json"]).env("RESLATE_SNAPSHOT", folder.path()).output().unwrap().into();
    assert_eq!(by_option.stdout, by_variable.stdout);
    let listed: Value = serde_json::from_str(&by_option.stdout).unwrap();
    let listed = &listed["snapshots"][0];
    assert_eq!((&listed["state"], &listed["id"], &listed["rows"]), (&json!("plain"), &Value::Null, &json!(20)));
    assert_eq!((&listed["first"], &listed["last"]), (&json!("2026-02-10"), &json!("2026-02-11")));
    let size: u64 = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    assert_eq!(listed["bytes"], json!(size));
}

#[test]
fn what_is_no_snapshot_is_listed_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let run = reslate(&["snapshots", text(folder.path()), "--format", "json"]);
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    let value: Value = serde_json::from_str(&run.stdout).unwrap();
    let listed = &value["snapshots"][0];
    assert_eq!(listed["state"], "none");
    let expected = "DIR: neither a manifest.json nor TABLE.parquet files; a snapshot has at least player_prop_predictions.parquet, prediction_accuracy.parquet, player_game_summary.parquet";
    assert_eq!(listed["reason"].as_str().unwrap().replace(text(folder.path()), "DIR"), expected);
    let both = several();
    let run = reslate(&["snapshots", text(&both.path().join("a-pulled")), text(folder.path()), "--format", "json"]);
    assert_eq!(run.code, 0, "one of them is there: {}", run.stdout);
}

#[test]
fn a_folder_that_is_not_there_is_an_error_after_the_others() {
    let error = "error: /no/such/folder: no such folder; give the folder of a snapshot\n";
    let run = reslate(&["snapshots", "/no/such/folder"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (2, "", error));
    let others = several();
    let run = reslate(&["snapshots", "/no/such/folder", text(&others.path().join("a-pulled"))]);
    assert_eq!((run.code, run.stderr.as_str()), (2, error));
    assert!(run.stdout.contains("a-pulled"), "{}", run.stdout);
}

#[test]
fn a_damaged_one_is_listed_with_what_its_manifest_says() {
    let folder = several();
    let run = snapshots(folder.path(), "c-damaged", &["--format", "json"]);
    assert_eq!(run.code, 1);
    let value: Value = serde_json::from_str(&run.stdout).unwrap();
    let listed = &value["snapshots"][0];
    assert_eq!(listed["state"], "damaged");
    let reason = listed["reason"].as_str().unwrap();
    assert!(reason.contains("player_game_summary/2026-02.parquet is missing"), "{reason}");
    assert_eq!((&listed["pulled_at"], &listed["rows"]), (&json!("2026-02-11T12:00:00Z"), &json!(20)));
    fs::write(folder.path().join("c-damaged/manifest.json"), "{").unwrap();
    let value: Value =
        serde_json::from_str(&snapshots(folder.path(), "c-damaged", &["--format", "json"]).stdout).unwrap();
    let listed = &value["snapshots"][0];
    assert_eq!((&listed["state"], &listed["id"]), (&json!("damaged"), &Value::Null));
    assert!(listed["reason"].as_str().unwrap().contains("not a manifest"));
}

#[test]
fn machine_formats_have_a_row_a_table_and_conform_to_their_schemas() {
    let folder = several();
    let csv = snapshots(folder.path(), ".", &["--format", "csv"]).stdout;
    assert_eq!(
        csv.lines().next().unwrap(),
        "schema_version,place,state,reason,id,source,pulled_at,table,rows,first,last,files,bytes"
    );
    let of = |name: &str| csv.lines().filter(|line| line.contains(name)).count();
    assert_eq!([of("./a-pulled,"), of("./b-plain,"), of("./c-damaged,"), of("./d-empty,")], [12, 11, 12, 1]);
    let ndjson = snapshots(folder.path(), ".", &["--format", "ndjson"]).stdout;
    let rows = without_date_formats(schema(&["snapshots-rows"]));
    let rows = Config::from_schema(&rows, Some(Draft::Draft7)).unwrap();
    assert_eq!(ndjson.lines().count(), csv.lines().count() - 1);
    ndjson.lines().for_each(|line| conforms(&rows, &serde_json::from_str(line).unwrap()));
    let whole = without_date_formats(schema(&["snapshots"]));
    let whole = Config::from_schema(&whole, Some(Draft::Draft7)).unwrap();
    let json = snapshots(folder.path(), ".", &["--format", "json"]).stdout;
    conforms(&whole, &serde_json::from_str(&json).unwrap());
    let out = folder.path().join("out.parquet");
    assert_eq!(snapshots(folder.path(), "a-pulled", &["--out", text(&out)]).code, 0);
    assert!(fs::read(out).unwrap().starts_with(b"PAR1"));
}
