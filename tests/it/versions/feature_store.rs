//! Columns of the feature store that definitions name: read, pulled, kept, shown and blamed where a version names them, and of
//! no matter to any other.

use std::fs;
use std::path::PathBuf;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::compute::{cast, concat_batches};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use reslate::engine;
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::Snapshot;
use reslate::version::{SHIPPED, Version, from_file, shipped};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::league::run;
use crate::support::pulled::{Pulled, manifest, table, two_months};
use crate::support::{Data, Run, reslate, text};

const STORE: &str = "ml_feature_store_v2";
const FREED: &str = "feature_47_value";
const STREAK: &str = "feature_3_value";
const DATE: &str = "2026-02-11";

/// Blocks those for whom much usage is freed, and tags those of a long streak.
const FREED_USAGE: &str = r#"
extends = "v318"
signals_with = ["streaky"]
filters_with = ["freed_usage"]

[signal.streaky]
when = "is_over AND feature_3_value >= min_games"
parameters.min_games = 2

[filter.freed_usage]
about = "OVERs on players for whom usage is freed"
value = "feature_47_value"
blocks = "from"
threshold = 20
"#;

struct Files(TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Files {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Files(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn version(&self, name: &str) -> Version {
        from_file(&self.path(name)).unwrap()
    }
}

/// Two slates of two players each, and a row of the feature store for three of the players.
fn data() -> Data {
    let mut data = Data::sound();
    for column in [FREED, STREAK] {
        data.add_column(STORE, column, DataType::Float64);
    }
    for (date, player, freed, streak) in [
        ("2026-02-10", "al_one_bkn", json!(19.999), json!(2.0)),
        (DATE, "al_one_lal", json!(20.0), json!(1.5)),
        (DATE, "bo_two_bos", json!(null), json!(3.0)),
        // Of other days and nobody's.
        ("2026-02-12", "bo_two_bos", json!(99.0), json!(99.0)),
        (DATE, "nobody", json!(99.0), json!(99.0)),
    ] {
        data.push(STORE, json!({"game_date": date, "player_lookup": player, FREED: freed, STREAK: streak}));
    }
    data
}

async fn decided(snapshot: &Snapshot, versions: Vec<Version>) -> RecordBatch {
    let mut request = Request::new(Dates::Range { from: None, to: None }, versions[0].clone());
    request.versions = versions;
    let replay = Replay::open(snapshot, request).await.unwrap();
    replay.compute(&["decisions"]).await.unwrap();
    let sql = "SELECT * FROM decisions ORDER BY version, game_date, player_lookup";
    let batches = replay.engine.query(sql).await.unwrap();
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

fn decisions(data: &Data, versions: Vec<Version>) -> RecordBatch {
    let folder = data.folder();
    run(async { decided(&Snapshot::open(folder.path()).unwrap(), versions).await })
}

fn doubles(rows: &RecordBatch, column: &str) -> Vec<Option<f64>> {
    rows.column_by_name(column).unwrap().as_primitive::<Float64Type>().iter().collect()
}

fn texts(rows: &RecordBatch, column: &str) -> Vec<String> {
    let texts = cast(rows.column_by_name(column).unwrap(), &DataType::Utf8).unwrap();
    texts.as_string::<i32>().iter().map(|text| text.unwrap_or("NULL").to_owned()).collect()
}

/// By candidate whether it has a tag.
fn tagged(rows: &RecordBatch, tag: &str) -> Vec<bool> {
    let tags = rows.column_by_name("signal_tags").unwrap().as_list::<i32>();
    let has = |row: usize| {
        cast(&tags.value(row), &DataType::Utf8).unwrap().as_string::<i32>().iter().any(|of| of == Some(tag))
    };
    (0..rows.num_rows()).map(has).collect()
}

fn by(data: &Data, files: &Files, arguments: &[&str]) -> Run {
    let folder = data.folder();
    let run = reslate(
        &[arguments, &["--version", text(&files.path("idea.toml")), "--snapshot", text(folder.path())]].concat(),
    );
    let anonymous = |said: &str| said.replace(text(files.0.path()), "FILES").replace(text(folder.path()), "DIR");
    Run { stdout: anonymous(&run.stdout), stderr: anonymous(&run.stderr), ..run }
}

#[test]
fn the_value_of_the_players_row_of_the_date_decides() {
    let files = Files::new(&[("idea.toml", FREED_USAGE)]);
    let rows = decisions(&data(), vec![files.version("idea.toml")]);
    assert_eq!(texts(&rows, "player_lookup"), ["al_one_bkn", "bo_two_nyk", "al_one_lal", "bo_two_bos"]);
    assert_eq!(doubles(&rows, FREED), [Some(19.999), None, Some(20.0), None]);
    assert_eq!(doubles(&rows, STREAK), [Some(2.0), None, Some(1.5), Some(3.0)]);
    assert_eq!(texts(&rows, "first_filter"), ["NULL", "NULL", "freed_usage", "NULL"]);
    assert_eq!(tagged(&rows, "streaky"), [true, false, false, true]);
}

#[test]
fn of_several_rows_the_largest_value_counts_and_nan_is_no_value() {
    let files = Files::new(&[("idea.toml", FREED_USAGE)]);
    let mut data = data();
    data.push(STORE, json!({"game_date": DATE, "player_lookup": "bo_two_bos", FREED: 4.0, STREAK: "NaN"}));
    data.push(STORE, json!({"game_date": DATE, "player_lookup": "al_one_lal", FREED: "NaN", STREAK: -1.0}));
    let rows = decisions(&data, vec![files.version("idea.toml")]);
    assert_eq!(doubles(&rows, FREED)[2..], [Some(20.0), Some(4.0)]);
    assert_eq!(doubles(&rows, STREAK)[2..], [Some(1.5), Some(3.0)]);
    let folder = data.folder();
    let checked = reslate(&["check", "--snapshot", text(folder.path())]);
    assert!(!checked.stdout.contains("does not fit"), "{}", checked.stdout);
    assert!(
        checked.stdout.contains("2 cases of (game_date, player_lookup) with more than one row"),
        "{}",
        checked.stdout
    );
}

#[test]
fn other_versions_in_the_question_read_nothing_of_it_and_stay_as_they_are() {
    let files = Files::new(&[
        ("idea.toml", FREED_USAGE),
        ("unlisted.toml", &FREED_USAGE.replace("signals_with", "#").replace("filters_with", "#")),
    ]);
    let [v318, unlisted] = [shipped("v318").unwrap(), files.version("unlisted.toml")];
    let without = {
        let mut data = data();
        data.drop_column(STORE, FREED);
        data.drop_column(STORE, STREAK);
        data.rows(STORE).iter_mut().for_each(|row| {
            row.as_object_mut().unwrap().retain(|name, _| name != FREED && name != STREAK);
        });
        data
    };
    // Definitions that nobody lists need no column.
    let alone = decisions(&without, vec![v318.clone(), unlisted.clone()]);
    let together = decisions(&data(), vec![v318.clone(), unlisted.clone(), files.version("idea.toml")]);
    assert!(alone.column_by_name(FREED).is_none());
    for version in ["v318", "unlisted"] {
        for column in ["player_lookup", "selected", "first_filter", "rank", "composite_score"] {
            let of = |rows: &RecordBatch| -> Vec<String> {
                texts(rows, "version")
                    .into_iter()
                    .zip(texts(rows, column))
                    .filter(|(id, _)| id == version)
                    .map(|(_, of)| of)
                    .collect()
            };
            assert_eq!(of(&together), of(&alone), "{version} {column}");
        }
    }
    for relation in ["signals", "decisions"] {
        assert!(!engine::sql_by(relation, std::slice::from_ref(&v318)).unwrap().contains("JOIN store_features"));
        assert!(!engine::sql_by(relation, std::slice::from_ref(&unlisted)).unwrap().contains("JOIN store_features"));
        assert!(
            engine::sql_by(relation, std::slice::from_ref(&files.version("idea.toml")))
                .unwrap()
                .contains("JOIN store_features")
        );
    }
}

#[test]
fn two_versions_may_define_a_name_with_and_without_the_column() {
    let plain = FREED_USAGE.replace("feature_47_value", "4 * abs_edge").replace("feature_3_value", "abs_edge");
    let files = Files::new(&[("idea.toml", FREED_USAGE), ("plain.toml", &plain)]);
    let versions = ["idea.toml", "plain.toml"].map(|name| files.version(name));
    let together = decisions(&data(), versions.to_vec());
    for version in versions {
        let alone = decisions(&data(), vec![version.clone()]);
        let of = |rows: &RecordBatch, column: &str| -> Vec<String> {
            texts(rows, "version")
                .into_iter()
                .zip(texts(rows, column))
                .filter(|(id, _)| *id == version.id)
                .map(|(_, of)| of)
                .collect()
        };
        for column in ["first_filter", "selected", "composite_score"] {
            assert_eq!(of(&together, column), of(&alone, column), "{} {column}", version.id);
        }
        let tags = tagged(&together, "streaky").into_iter().zip(texts(&together, "version"));
        let tags: Vec<bool> = tags.filter(|(_, id)| *id == version.id).map(|(tag, _)| tag).collect();
        assert_eq!(tags, tagged(&alone, "streaky"), "{}", version.id);
    }
}

#[test]
fn a_version_that_names_a_column_which_is_not_there_is_refused() {
    let files = Files::new(&[("idea.toml", FREED_USAGE)]);
    let refused = |data: &Data, arguments: &[&str]| {
        let run = by(data, &files, arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        run.stderr
    };
    let without = |column: &str| {
        let mut data = data();
        data.drop_column(STORE, column);
        data.rows(STORE).iter_mut().for_each(|row| drop(row.as_object_mut().unwrap().remove(column)));
        data
    };
    let mut no_table = data();
    no_table.drop_table(STORE);
    insta::assert_snapshot!(refused(&without(FREED), &["replay", DATE]), @"error: version idea: freed_usage names ml_feature_store_v2.feature_47_value, which the snapshot does not have; pull the table with it, or leave freed_usage out");
    insta::assert_snapshot!(refused(&without(STREAK), &["explain", DATE]), @"error: version idea: streaky names ml_feature_store_v2.feature_3_value, which the snapshot does not have; pull the table with it, or leave streaky out");
    insta::assert_snapshot!(refused(&no_table, &["filters"]), @"error: version idea: streaky names ml_feature_store_v2.feature_3_value, which the snapshot does not have; pull the table with it, or leave streaky out");
    let folder = without(FREED).folder();
    let compared = reslate(&["compare", "v318", text(&files.path("idea.toml")), "--snapshot", text(folder.path())]);
    assert_eq!(compared.code, 2, "{}", compared.stdout);
    assert!(compared.stderr.contains("freed_usage names ml_feature_store_v2.feature_47_value"), "{}", compared.stderr);
}

#[test]
fn a_name_is_numbered_as_the_columns_are() {
    let refused = |name: &str| {
        let files = Files::new(&[("idea.toml", &FREED_USAGE.replace("feature_47_value", name))]);
        let refused = by(&data(), &files, &["replay", DATE]);
        assert_eq!(refused.code, 2);
        refused.stderr
    };
    for name in ["feature_047_value", "feature_1000_value", "feature_47"] {
        let said = refused(name);
        assert!(
            said.contains(&format!(
                "FILES/idea.toml, line 12: filter freed_usage: value: there is no column or parameter '{name}'"
            )),
            "{said}"
        );
    }
    let said = refused("feature_47_value || 'x'");
    assert!(said.contains("must be a number, and is a text"), "{said}");
}

/// The export of two months of games, whose February alone has the columns.
fn two_months_of_which_one_has_it() -> Pulled {
    let mut data = two_months();
    let mut january = Data::empty();
    for column in [FREED, STREAK] {
        data.add_column(STORE, column, DataType::Float64);
    }
    data.push(STORE, json!({"game_date": DATE, "player_lookup": "al_one_lal", FREED: 20.0, STREAK: 2.0}));
    january.push(STORE, json!({"game_date": "2026-01-20", "player_lookup": "al_one_bkn", "feature_50_value": 1.0}));
    let export = Pulled::new(data.folder());
    fs::create_dir(export.file(STORE)).unwrap();
    fs::rename(export.file(&format!("{STORE}.parquet")), export.file(&format!("{STORE}/february.parquet"))).unwrap();
    fs::write(export.file(&format!("{STORE}/january.parquet")), january.parquet(STORE)).unwrap();
    export
}

#[test]
fn only_the_months_that_a_version_decides_need_the_column() {
    let files = Files::new(&[("idea.toml", FREED_USAGE)]);
    let pulled = two_months_of_which_one_has_it();
    pulled.report(&[]);
    let idea = files.path("idea.toml");
    let replay = |dates: &[&str]| {
        reslate(&[&["replay"], dates, &["--version", text(&idea), "--snapshot", text(pulled.snapshot.path())]].concat())
    };
    let february = replay(&["--from", "2026-02-01"]);
    assert_eq!(february.code, 0, "{}", february.stderr);
    let january = replay(&["--from", "2026-01-01"]);
    assert_eq!(january.code, 2);
    let file = &manifest(pulled.snapshot.path()).unwrap().tables[STORE].files[0].path;
    assert!(january.stderr.contains(&format!("which {file} does not have")), "{}", january.stderr);
}

#[test]
fn they_are_explained_with_their_names_and_values() {
    let files = Files::new(&[("idea.toml", FREED_USAGE)]);
    let run = by(&data(), &files, &["explain", DATE, "al_one_lal", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let explained: Value = serde_json::from_str(&run.stdout).unwrap();
    let candidate = &explained["games"][0]["candidate"];
    let of = |list: &str, key: &str, name: &str| {
        candidate[list].as_array().unwrap().iter().find(|of| of[key] == name).unwrap().clone()
    };
    assert_eq!(of("signals", "signal", "streaky")["inputs"], json!([{"name": STREAK, "value": 1.5, "missing": null}]));
    assert_eq!(
        of("features", "name", FREED),
        json!({
            "name": FREED, "value": 20.0, "unit": null, "missing": null,
            "source": "the player's row of ml_feature_store_v2 of 2026-02-11",
        })
    );
    let filter = of("filters", "filter", "freed_usage");
    assert_eq!((&filter["value"], &filter["verdict"]), (&json!(20.0), &json!("blocks")));
    let shown = by(&data(), &files, &["explain", DATE, "al_one_lal"]);
    assert!(shown.stdout.contains("feature_3_value 1.5"), "{}", shown.stdout);
}

#[test]
fn a_frozen_decision_keeps_them() {
    // Of the second, nobody has a value of a column that is there.
    let unvalued = FREED_USAGE.replace("feature_47_value", "feature_999_value");
    for (name, idea) in [("valued", FREED_USAGE), ("unvalued", unvalued.as_str())] {
        let files = Files::new(&[("idea.toml", idea)]);
        let mut data = data();
        data.add_column(STORE, "feature_999_value", DataType::Float64);
        for form in ["json", "parquet"] {
            let frozen = files.path(&format!("frozen.{form}"));
            let freeze = by(&data, &files, &["freeze", DATE, "--out", text(&frozen)]);
            assert_eq!(freeze.code, 0, "{name} {form}: {}", freeze.stderr);
            let whole = by(&data, &files, &["replay", DATE, "--format", "json"]);
            let thawed = reslate(&["replay", "--frozen", text(&frozen), "--format", "json"]);
            assert_eq!(thawed.code, 0, "{name} {form}: {}\n{}", thawed.stdout, thawed.stderr);
            let picks = |run: &Run| serde_json::from_str::<Value>(&run.stdout).unwrap()["picks"].clone();
            assert_eq!(picks(&thawed), picks(&whole), "{name} {form}");
        }
    }
}

#[test]
fn a_changed_value_is_blamed_for_the_pick_that_it_changes() {
    let files = Files::new(&[("idea.toml", FREED_USAGE)]);
    let (before, mut after) = (data(), data());
    after.set(STORE, 1, json!({FREED: 3.0}));
    let [a, b] = [before, after].map(|data| data.folder());
    let diff = |version: &str| {
        let arguments = ["snapshot", "diff", text(a.path()), text(b.path()), "--version", version, "--format", "json"];
        let run = reslate(&arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
        serde_json::from_str::<Value>(&run.stdout).unwrap()
    };
    let found = diff(text(&files.path("idea.toml")));
    let pick = &found["decisions"][0]["picks"][0];
    assert_eq!((&pick["change"], &pick["why"]), (&json!("added"), &json!("was blocked by freed_usage")));
    assert_eq!(pick["causes"], json!(["ml_feature_store_v2 2026-02-11 changed: feature_47_value 20.0 -> 3.0"]));
    assert_eq!(found["rows"].as_array().unwrap().len(), 1);
    assert_eq!(diff("v318")["decisions"], json!([]));
}

#[test]
fn a_pull_takes_in_the_columns_that_the_source_has() {
    let with_columns = || {
        let mut data = two_months();
        for column in [FREED, STREAK] {
            data.add_column(STORE, column, DataType::Float64);
        }
        data.push(STORE, json!({"game_date": "2026-01-20", "player_lookup": "al_one_bkn", STREAK: 2.0}));
        data.push(STORE, json!({"game_date": DATE, "player_lookup": "al_one_lal", FREED: 20.0}));
        data
    };
    let csv = "player_lookup,feature_47_value,game_date,feature_3_value,other\nal_one_bkn,,2026-01-20,2.0,x\n\
               al_one_lal,20,2026-02-11,nan,x\n";
    let json_lines = "{\"player_lookup\":\"al_one_bkn\",\"game_date\":\"2026-01-20\",\"feature_3_value\":2.0}\n\
                      {\"player_lookup\":\"al_one_lal\",\"game_date\":\"2026-02-11\",\"feature_47_value\":\"20\"}\n";
    for (ending, bytes) in [("parquet", None), ("csv", Some(csv)), ("ndjson", Some(json_lines))] {
        let pulled = Pulled::new(with_columns().folder());
        if let Some(bytes) = bytes {
            pulled.put(STORE, &format!("{STORE}.{ending}"), bytes);
        }
        let report = pulled.report(&[]);
        assert_eq!(table(&report, STORE)["notes"], json!([]), "{ending}");
        let columns = &manifest(pulled.snapshot.path()).unwrap().tables[STORE].columns;
        assert_eq!(columns[columns.len() - 2..], [STREAK, FREED], "{ending}");
        let sql = format!("SELECT player_lookup, {FREED}, {STREAK} FROM {STORE} ORDER BY game_date");
        let read = reslate(&["sql", &sql, "--snapshot", text(pulled.snapshot.path()), "--format", "csv"]);
        let lines: Vec<&str> = read.stdout.lines().skip(1).collect();
        assert_eq!(lines, ["1,al_one_bkn,,2.0", "1,al_one_lal,20.0,"], "{ending}: {}", read.stderr);
        let again = pulled.report(&[]);
        assert_eq!((&again["unchanged"], &table(&again, STORE)["parts_read"]), (&json!(true), &json!(0)), "{ending}");
        let checked = reslate(&["check", "--snapshot", text(pulled.snapshot.path())]);
        let notes = if bytes.is_none() {
            "0 errors, 0 notes"
        } else {
            "2 optional columns missing, taken as NULL: feature_50_value, feature_50_source\n\n0 errors, 1 note"
        };
        assert!(checked.stdout.contains(notes), "{ending}: {}", checked.stdout);
    }
}

#[test]
fn columns_that_are_gone_from_the_source_are_kept() {
    let mut data = two_months();
    data.push(STORE, json!({"game_date": DATE, "player_lookup": "al_one_lal", "feature_50_value": 1.0}));
    let export = data.folder();
    data.add_column(STORE, FREED, DataType::Float64);
    data.set(STORE, 0, json!({FREED: 20.0}));
    let pulled = Pulled::new(data.folder());
    pulled.report(&[]);
    fs::copy(export.path().join(format!("{STORE}.parquet")), pulled.file(&format!("{STORE}.parquet"))).unwrap();
    let report = pulled.report(&[]);
    assert_eq!(table(&report, STORE)["gone"][0]["columns"], json!([FREED]));
    let sql = format!("SELECT {FREED} FROM {STORE}");
    let read = reslate(&["sql", &sql, "--snapshot", text(pulled.snapshot.path()), "--format", "csv"]);
    assert!(read.stdout.ends_with("\n1,20.0\n"), "{}", read.stdout);
}

#[test]
fn a_snapshot_that_was_pulled_without_them_gets_them_by_the_next_pull() {
    let mut data = two_months();
    data.add_column(STORE, FREED, DataType::Float64);
    data.push(STORE, json!({"game_date": "2026-01-20", "player_lookup": "al_one_bkn", FREED: 2.0}));
    let pulled = Pulled::new(data.folder());
    pulled.report(&[]);
    // As a program that left them behind has written it.
    let path = pulled.snapshot.path().join("manifest.json");
    let mut written: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    written["format_version"] = json!(5);
    written["tables"][STORE]["columns"].as_array_mut().unwrap().retain(|name| name != FREED);
    fs::write(&path, serde_json::to_vec(&written).unwrap()).unwrap();
    let report = pulled.report(&[]);
    assert_eq!(table(&report, STORE)["parts_read"], 1);
    assert!(manifest(pulled.snapshot.path()).unwrap().tables[STORE].columns.contains(&FREED.to_owned()));
    assert_eq!(table(&pulled.report(&[]), STORE)["parts_read"], 0);
}

#[test]
fn the_sql_of_what_is_named_can_be_read() {
    let files = Files::new(&[("idea.toml", FREED_USAGE)]);
    let idea = files.path("idea.toml");
    let shown = |relation: &str| reslate(&["relations", "show", relation, "--version", text(&idea)]).stdout;
    assert!(shown("store_features").contains("max(feature_row.\"feature_3_value\") AS \"feature_3_value\",\n"));
    assert!(shown("signals").contains("        store_features.\"feature_3_value\",\n"));
    assert!(
        shown("signals")
            .contains("    LEFT JOIN store_features\n        ON store_features.game_date = known.game_date\n")
    );
    for id in SHIPPED.iter() {
        assert!(engine::sql_by("store_features", &[shipped(id).unwrap()]).is_some(), "{id}");
    }
}
