//! What a pull says to exports, sources, options and targets that are none: a line, and the snapshot stays as it was.

use std::fs;
use std::path::Path;

use crate::support::pulled::{Pulled, two_months};
use crate::support::untidy;
use crate::support::{Data, Run, command, reslate, text};

const REGISTRY: &str = "model_registry";

/// What a pull says of a table's export in this one file; the snapshot from before stays.
fn said_of(table: &str, name: &str, bytes: &[u8]) -> String {
    let pulled = Pulled::two_months();
    pulled.report(&[]);
    pulled.put(table, name, bytes);
    pulled.refused(&[])
}

#[test]
fn bad_csv() {
    let said = |bytes: &[u8]| said_of(REGISTRY, "model_registry.csv", bytes);
    insta::assert_snapshot!(said(b""), @"EXPORT/model_registry.csv: not a readable CSV export (it is empty, without so much as a heading); export it again");
    insta::assert_snapshot!(said(b"model,enabled\nm1,true\n"), @"EXPORT/model_registry.csv: required column model_registry.model_id is missing ('model' is there); export the table with it");
    insta::assert_snapshot!(said(b"model_id;enabled\nm1;true\n"), @"EXPORT/model_registry.csv: not a readable CSV export (its fields are separated by ';', not by commas); export it again");
    insta::assert_snapshot!(said(b"m1,true\nm2,true\n"), @"EXPORT/model_registry.csv: not a readable CSV export (its first line has no column of model_registry; write a heading); export it again");
    insta::assert_snapshot!(said(b"model_id,enabled,model_id\nm1,true,m2\n"), @"EXPORT/model_registry.csv: column model_registry.model_id is there twice; export the table with it once");
    insta::assert_snapshot!(said(b"model_id,enabled\nm1,true\nm2"), @"EXPORT/model_registry.csv: not a readable CSV export (incorrect number of fields for line 3, expected 2 got 1); export it again");
    insta::assert_snapshot!(said(b"model_id,enabled\nm\xff1,true\n"), @"EXPORT/model_registry.csv: not a readable CSV export (Encountered invalid UTF-8 data for line 2 and field 1); export it again");
    let packed = untidy::gzip("model_id,enabled\nm1,true\n".repeat(99).as_bytes());
    let said = |bytes: &[u8]| said_of(REGISTRY, "model_registry.csv.gz", bytes);
    insta::assert_snapshot!(said(&packed[..packed.len() / 2]), @"EXPORT/model_registry.csv.gz: not a readable CSV export (incomplete deflate stream); export it again");
    insta::assert_snapshot!(said(b"model_id\nm1\n"), @"EXPORT/model_registry.csv.gz: not a readable gzip export (invalid gzip header); export it again");
    insta::assert_snapshot!(said(b""), @"EXPORT/model_registry.csv.gz: not a readable gzip export (unexpected end of file); export it again");
}

#[test]
fn bad_json() {
    let said = |bytes: &[u8]| said_of(REGISTRY, "model_registry.json", bytes);
    insta::assert_snapshot!(said(b"[{\"model_id\": \"m1\"}]"), @"EXPORT/model_registry.json: not a readable NDJSON export (it is one array; write an object a line, as `jq -c '.[]'` does); export it again");
    insta::assert_snapshot!(said(b"{\"model_id\": \"m1\"}\n{\"model_id\": \"m"), @"EXPORT/model_registry.json: not a readable NDJSON export (Truncated record whilst reading string); export it again");
    insta::assert_snapshot!(said(b"{\"model_id\": {\"name\": \"m1\"}}\n"), @r#"EXPORT/model_registry.json: not a readable NDJSON export (whilst decoding field 'model_id': expected string got {"name": "m1"}); export it again"#);
    insta::assert_snapshot!(said(b"{\"model\": \"m1\"}\n"), @"EXPORT/model_registry.json: required column model_registry.model_id is missing; export the table with it");
    insta::assert_snapshot!(said(b"PAR1"), @"EXPORT/model_registry.json: not a readable NDJSON export (Encountered unexpected 'P' whilst parsing value); export it again");
}

#[test]
fn bad_parquet() {
    let sound = two_months().parquet(REGISTRY);
    let said = |bytes: &[u8]| said_of(REGISTRY, "model_registry.parquet", bytes);
    insta::assert_snapshot!(said(b""), @"EXPORT/model_registry.parquet: not a readable Parquet file (Parquet file too small. Size is 0 but need 8); fetch it again, or put it aside and pull again");
    insta::assert_snapshot!(said(&sound[..sound.len() - 9]), @"EXPORT/model_registry.parquet: not a readable Parquet file (Invalid Parquet file. Corrupt footer); fetch it again, or put it aside and pull again");
    let mut corrupt = sound;
    corrupt[8..40].fill(0xff);
    let message = said(&corrupt);
    assert!(message.starts_with("EXPORT/model_registry.parquet: not a readable Parquet file ("), "{message}");
}

#[test]
fn sources_that_are_none() {
    let pulled = Pulled::two_months();
    let target = tempfile::tempdir().unwrap();
    let said = |source: &str| {
        let run = reslate(&["pull", source, "--snapshot", text(&target.path().join("new"))]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        assert!(!target.path().join("new").exists(), "{source} left a folder");
        pulled.anonymous(&run.stderr)
    };
    insta::assert_snapshot!(said("s3://key:secret@bucket/exports"), @"error: source 's3://': takes no credentials in the URL; give them by the environment (`reslate pull --help` says how)");
    insta::assert_snapshot!(said("gs://bucket/exports?signature=secret"), @"error: source 'gs://': takes no query; a signed URL begins with https://");
    insta::assert_snapshot!(said("https://?signature=secret"), @"error: source 'https://': names no place; write BUCKET/FOLDER after it");
    insta::assert_snapshot!(said("http://anna:secret@exports.example/nba"), @"error: source 'http://': would send the user and the password unencrypted; write https://");
    insta::assert_snapshot!(said("bigquery://anna:secret@nba-prod"), @"error: source 'bigquery://nba-prod': has no name of a project; write bigquery://PROJECT or bigquery://PROJECT.DATASET");
    insta::assert_snapshot!(said("ftp://host/exports"), @"error: source 'ftp://': is no kind of source; give a folder with exports of the tables, or the URL of one");
    insta::assert_snapshot!(said("/no/such/folder"), @"error: /no/such/folder: cannot be read (No such file or directory (os error 2))");
    insta::assert_snapshot!(said(text(&pulled.file("model_registry.parquet"))), @"error: EXPORT/model_registry.parquet: cannot be read (it is a file; give the folder that has it)");
    fs::rename(pulled.file("prediction_accuracy.parquet"), pulled.file("predictions_accuracy.parquet")).unwrap();
    insta::assert_snapshot!(said(text(pulled.export.path())), @"error: EXPORT: no export of prediction_accuracy; expected prediction_accuracy.parquet, .csv[.gz] or .json[l][.gz], shards prediction_accuracy-000000000000.*, or a folder prediction_accuracy/ ('predictions_accuracy' is there)");
    fs::create_dir_all(pulled.file("model_registry/2026")).unwrap();
    fs::write(pulled.file("model_registry/2026/part.csv"), "model_id\n").unwrap();
    fs::write(pulled.file("model_registry/part.csv"), "model_id\n").unwrap();
    insta::assert_snapshot!(said(text(pulled.export.path())), @"error: EXPORT: cannot be read (model_registry has a folder in it, model_registry/2026; its files must lie in it directly)");
    fs::remove_dir_all(pulled.file("model_registry")).unwrap();
    fs::write(pulled.file("model_registry.csv"), "model_id\n").unwrap();
    insta::assert_snapshot!(said(text(pulled.export.path())), @"error: EXPORT: model_registry is there twice (model_registry.csv, model_registry.parquet); keep one of them");
    fs::write(pulled.file("manifest.json"), "{}").unwrap();
    insta::assert_snapshot!(said(text(pulled.export.path())), @"error: source 'EXPORT': is a snapshot already; read it with --snapshot");
}

#[test]
fn options_that_are_none() {
    let pulled = Pulled::two_months();
    let said = |arguments: &[&str]| pulled.refused(arguments);
    insta::assert_snapshot!(said(&["--tables", "model_registr"]), @"invalid value 'model_registr' for '--tables <TABLES>': no table of the contract; did you mean 'model_registry'?");
    insta::assert_snapshot!(said(&["--tables", ""]), @"invalid value '' for '--tables <TABLES>': no table of the contract");
    insta::assert_snapshot!(said(&["--season", "2025"]), @"invalid value '2025' for '--season <SEASON>': not a season; write it as 2025-26");
    insta::assert_snapshot!(said(&["--season", "2025-26", "--from", "2026-01-01"]), @"the argument '--season <SEASON>' cannot be used with '--from <DATE>'");
    insta::assert_snapshot!(said(&["--from", "yesterday"]), @"invalid value 'yesterday' for '--from <DATE>': not a date; write YYYY-MM-DD");
    insta::assert_snapshot!(said(&["--from", "2026-02-02", "--to", "2026-02-01"]), @"the range is the wrong way round: --from 2026-02-02 is after --to 2026-02-01; swap them");
    insta::assert_snapshot!(said(&["--refresh", "a while"]), @"invalid value 'a while' for '--refresh <TIME>': not a length of time; write it as 30d");
    insta::assert_snapshot!(said(&["--jobs", "0"]), @"invalid value '0' for '--jobs <N>': number would be zero for non-zero type");
    insta::assert_snapshot!(said(&["--format", "csv"]), @"invalid value 'csv' for '--format <FORMAT>' [possible values: table, json]");
    let run = command(&["pull", text(pulled.export.path())]).output().unwrap();
    insta::assert_snapshot!(Run::from(run).stderr, @"error: no folder to write the snapshot to; give one with --snapshot DIR");
}

#[test]
fn columns_and_keys_that_are_there_twice() {
    let pulled = Pulled::two_months();
    pulled.put("model_registry", "model_registry.csv", "model_id,enabled,model_id\nm1,true,m2\n");
    insta::assert_snapshot!(pulled.refused(&[]), @"EXPORT/model_registry.csv: column model_registry.model_id is there twice; export the table with it once");
    fs::remove_file(pulled.file("model_registry.csv")).unwrap();
    let rows = "{\"model_id\": \"m1\", \"x\": {\"model_id\": 1}}\n{\"model_id\": \"m2\", \"enabled\": true, \"model_id\": \"m3\"}\n";
    pulled.put("model_registry", "model_registry.ndjson", rows);
    insta::assert_snapshot!(pulled.refused(&[]), @"EXPORT/model_registry.ndjson: not a readable NDJSON export (row 2 has the key 'model_id' twice); export it again");
}

#[test]
fn targets_that_are_none() {
    let pulled = Pulled::two_months();
    let said = |target: &Path| {
        let run = reslate(&["pull", text(pulled.export.path()), "--snapshot", text(target)]);
        assert_eq!(run.code, 2);
        pulled.anonymous(&run.stderr).replace(text(target), "TARGET")
    };
    insta::assert_snapshot!(said(pulled.export.path()), @"error: EXPORT: it is the source; give a folder for the snapshot alone with --snapshot DIR");
    insta::assert_snapshot!(said(&pulled.file("model_registry.parquet")), @"error: EXPORT/model_registry.parquet: it is a file; give a folder for the snapshot alone with --snapshot DIR");
    insta::assert_snapshot!(said(&pulled.file("model_registry.parquet/inside")), @"error: EXPORT/model_registry.parquet/inside: cannot be written (Not a directory (os error 20)); the snapshot is still whole");
    insta::assert_snapshot!(said(two_months().folder().path()), @"error: TARGET: it has exports in it (current_subset_picks.parquet); give a folder for the snapshot alone with --snapshot DIR");
    let made = Data::sound().pulled("2026-02-12T12:00:00Z");
    insta::assert_snapshot!(said(made.path()), @"error: TARGET: its player_prop_predictions was made and not pulled; pull into another folder");
    let other = Pulled::two_months();
    other.report(&[]);
    let message = said(other.snapshot.path());
    assert!(message.starts_with("error: TARGET: its player_prop_predictions is from "), "{message}");
    fs::write(other.snapshot.path().join("manifest.json"), "{\"format_version\": 99}").unwrap();
    insta::assert_snapshot!(said(other.snapshot.path()), @"error: TARGET/manifest.json: format version 99 is newer than this program reads (6); update reslate");
}
