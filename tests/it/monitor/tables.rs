//! The monitoring tables: exact, in the source's schema, and only the dates that are missing where that is asked.

use std::fs;
use std::path::Path;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::arrow::json::WriterBuilder;
use datafusion::arrow::json::writer::LineDelimited;
use jsonschema_valid::Config;
use jsonschema_valid::schemas::Draft;
use reslate::formats;
use reslate::monitor::{Fidelity, MonitorRequest, Table, monitor};
use reslate::replay::Dates;
use reslate::snapshot::contract::Column;
use reslate::snapshot::{Snapshot, Source, contract};
use reslate::version::shipped;
use serde_json::{Value, json};

use crate::replay::vectors::difference;
use crate::support::league::{self, read_whole, run};
use crate::support::recorded::table;
use crate::support::schema::{conforms, schema, without_date_formats};
use crate::support::{Data, reslate, text};

const ALL: Dates = Dates::Range { from: None, to: None };

fn request(table: Table) -> MonitorRequest {
    let version = shipped("v307").unwrap();
    MonitorRequest { table, dates: ALL, fidelity: Fidelity::AsShipped, version, is_backfill: false }
}

/// Rows as objects with their NULLs, in the order of `keys`.
fn objects(rows: &RecordBatch, keys: &[&str]) -> Vec<Value> {
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(Vec::new());
    writer.write(rows).unwrap();
    writer.finish().unwrap();
    let text = String::from_utf8(writer.into_inner()).unwrap();
    let mut objects: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    objects.sort_by_key(|row| keys.iter().map(|key| row[key].as_str().unwrap().to_owned()).collect::<Vec<_>>());
    objects
}

/// Every row and column of the expected tables. `left_out` are the clock's columns, and those that the vectors lack.
fn exact(table: Table, keys: &[&str], left_out: &[&str]) {
    let folder = league::folder("league-a");
    let expected = folder.join(format!("expected/monitoring/{}.parquet", table.source()));
    let expected = objects(&read_whole(&expected), keys);
    let actual = run(monitor(&Snapshot::open(&folder).unwrap(), &request(table))).unwrap();
    let actual = objects(&actual.rows, keys);
    assert_eq!(actual.len(), expected.len());
    assert!(expected.len() > 900);
    for (expected, actual) in expected.iter().zip(&actual) {
        if let Some(found) = difference("", expected, actual, left_out) {
            panic!("{expected}: {found}");
        }
    }
}

#[test]
fn tags_are_those_of_production() {
    exact(Table::Tags, &["game_date", "player_lookup", "game_id"], &["evaluated_at", "version_id"]);
}

#[test]
fn signal_health_is_that_of_production() {
    exact(Table::SignalHealth, &["game_date", "signal_tag"], &["computed_at"]);
}

#[test]
fn model_performance_is_that_of_production() {
    let left_out = ["computed_at", "action_reason", "days_since_training"];
    exact(Table::ModelPerformance, &["game_date", "model_id"], &left_out);
}

#[test]
fn a_range_has_the_same_rows_as_the_season() {
    let folder = league::folder("league-a");
    let snapshot = Snapshot::open(&folder).unwrap();
    for table in Table::ALL {
        let season = run(monitor(&snapshot, &request(table))).unwrap().rows;
        let day = "2026-02-11";
        let one = MonitorRequest { dates: Dates::On(day.parse().unwrap()), ..request(table) };
        let one = objects(&run(monitor(&snapshot, &one)).unwrap().rows, &["game_date"]);
        let of_season = objects(&season, &["game_date"]).into_iter().filter(|row| row["game_date"] == day);
        assert!(!one.is_empty());
        assert_eq!(one, of_season.collect::<Vec<_>>(), "{}", table.source());
    }
}

#[test]
fn intended_tables_count_each_grading_once_and_only_what_was_decided() {
    let folder = league::folder("league-a");
    let snapshot = Snapshot::open(&folder).unwrap();
    for (table, count) in [(Table::SignalHealth, "picks_season"), (Table::ModelPerformance, "daily_picks")] {
        let total = |fidelity| {
            let rows = run(monitor(&snapshot, &MonitorRequest { fidelity, ..request(table) })).unwrap().rows;
            objects(&rows, &["game_date"]).iter().map(|row| row[count].as_i64().unwrap()).sum::<i64>()
        };
        let [shipped, intended] = [Fidelity::AsShipped, Fidelity::AsIntended].map(total);
        assert!(intended < shipped && intended > 0, "{intended} of {shipped}");
    }
}

#[test]
fn rows_have_the_sources_schema() {
    for table in Table::ALL {
        let rows = run(monitor(&Snapshot::demo().unwrap(), &request(table))).unwrap().rows;
        let source = contract::table(table.source()).unwrap();
        // What is not computed is not there.
        let is_computed = |column: &&Column| !column.name.starts_with("best_bets_");
        let computed: Vec<&Column> = source.columns.iter().filter(is_computed).collect();
        assert!(rows.num_rows() > 100);
        assert_eq!(rows.schema(), table.schema().unwrap());
        assert_eq!(rows.num_columns(), computed.len());
        for (field, column) in rows.schema().fields().iter().zip(computed) {
            assert_eq!((field.name().as_str(), field.is_nullable()), (column.name, !column.required));
            let kind = match field.data_type() {
                DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, None),
                other => other.clone(),
            };
            assert_eq!(kind, column.kind.arrow(), "{}", column.name);
        }
    }
}

#[test]
fn timestamps_are_the_pulls_in_utc() {
    let folder = Data::sound().pulled("2026-02-12T10:00:00Z");
    let rows = run(monitor(&Snapshot::open(folder.path()).unwrap(), &request(Table::SignalHealth))).unwrap().rows;
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into()));
    assert_eq!(rows.column_by_name("computed_at").unwrap().data_type(), &utc);
    let rows = objects(&rows, &["game_date", "signal_tag"]);
    assert_eq!(rows[0]["computed_at"], "2026-02-12T10:00:00Z");
}

#[test]
fn rows_and_documents_conform_to_their_schemas() {
    let folder = Data::sound().folder();
    let snapshot = ["--snapshot", text(folder.path())];
    for name in ["tags", "signal-health", "model-performance"] {
        let checked = |format: &str, schema_of: &str| {
            let ran = reslate(&[&["monitor", name, "--format", format], &snapshot[..]].concat());
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            let schema = without_date_formats(schema(&[schema_of]));
            let config = Config::from_schema(&schema, Some(Draft::Draft7)).unwrap();
            let lines: Vec<&str> = if format == "json" { vec![&ran.stdout] } else { ran.stdout.lines().collect() };
            assert!(!lines.is_empty());
            for line in lines {
                conforms(&config, &serde_json::from_str(line).unwrap());
            }
        };
        checked("json", &format!("monitor-{name}"));
        checked("ndjson", &format!("monitor-{name}-rows"));
    }
}

/// The two slates of [`Data::sound`] with a health row of the first.
fn half_monitored() -> Data {
    let mut data = Data::sound();
    data.push("signal_health_daily", json!({ "game_date": "2026-02-10", "signal_tag": "high_edge" }));
    data
}

#[test]
fn a_backfill_has_the_missing_dates_alone() {
    let snapshot = half_monitored().folder();
    let out = tempfile::tempdir().unwrap();
    let fill = |format: &[&str]| {
        let fixed = ["monitor", "signal-health", "--snapshot", text(snapshot.path()), "--fill", text(out.path())];
        reslate(&[&fixed[..], format].concat())
    };
    let ran = fill(&[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
    let filled = read_whole(&out.path().join("signal_health_daily.parquet"));
    let rows = objects(&filled, &["signal_tag"]);
    assert!(!rows.is_empty() && rows.iter().all(|row| row["game_date"] == "2026-02-11"));
    assert_eq!(fill(&["--format", "ndjson"]).code, 0);
    let lines = fs::read_to_string(out.path().join("signal_health_daily.ndjson")).unwrap();
    assert_eq!(lines.lines().count(), rows.len());
    let refused = fill(&["--format", "csv"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("parquet or ndjson"), "{}", refused.stderr);
    // What was written is read as that table.
    let source = Source::File(out.path().join("signal_health_daily.parquet"));
    let again = Snapshot::open(snapshot.path()).unwrap().with_table("signal_health_daily", source).unwrap();
    let nothing = MonitorRequest {
        is_backfill: true,
        dates: Dates::On("2026-02-11".parse().unwrap()),
        ..request(Table::SignalHealth)
    };
    assert_eq!(run(monitor(&again, &nothing)).unwrap().rows.num_rows(), 0);
}

#[test]
fn a_backfill_of_a_missing_table_or_of_an_ungraded_slate_says_so() {
    let mut data = half_monitored();
    data.drop_table("signal_health_daily");
    data.rows("prediction_accuracy").retain(|row| row["game_date"] == "2026-02-10");
    let folder = data.folder();
    let snapshot = Snapshot::open(folder.path()).unwrap();
    let filled =
        run(monitor(&snapshot, &MonitorRequest { is_backfill: true, ..request(Table::SignalHealth) })).unwrap();
    let rows = objects(&filled.rows, &["game_date"]);
    assert!(rows.iter().all(|row| row["game_date"] == "2026-02-10"));
    let notes = [
        "the snapshot has no signal_health_daily, so every date is filled",
        "1 slate has no gradings yet, and so no row to fill",
    ];
    assert_eq!(filled.notes, notes);
    let shown = run(monitor(&snapshot, &request(Table::SignalHealth))).unwrap();
    assert_eq!(shown.notes, ["1 slate has no gradings yet, and so a row without their own results"]);
}

#[test]
fn without_a_registry_nobody_knows_the_days_since_training() {
    let mut data = Data::sound();
    data.drop_table("model_registry");
    let folder = data.folder();
    let snapshot = Snapshot::open(folder.path()).unwrap();
    let monitored = run(monitor(&snapshot, &request(Table::ModelPerformance))).unwrap();
    assert_eq!(monitored.notes, ["the snapshot has no model_registry: days_since_training is NULL"]);
    assert!(objects(&monitored.rows, &["game_date"]).iter().all(|row| row["days_since_training"].is_null()));
}

#[test]
fn health_as_of_a_slate_holds_no_result_of_its_date_or_later() {
    let read = |data: &Data| {
        let folder = data.folder();
        let health = run(monitor(&Snapshot::open(folder.path()).unwrap(), &request(Table::SignalHealth))).unwrap().rows;
        fs::write(folder.path().join("signal_health_daily.parquet"), formats::parquet(&[health]).unwrap()).unwrap();
        let path: &Path = folder.path();
        let sql = "SELECT health_rows FROM signal_health WHERE game_date = DATE '2026-02-11'";
        let of = |health: &str| {
            let ran = reslate(&[
                "sql",
                sql,
                "--health",
                health,
                "--snapshot",
                text(path),
                "--from",
                "2026-02-11",
                "--format",
                "csv",
            ]);
            assert_eq!(ran.code, 0, "{}", ran.stderr);
            ran.stdout
        };
        (of("as-of"), of("same-date"))
    };
    let before = read(&Data::sound());
    let mut other = Data::sound();
    for row in other.rows("prediction_accuracy") {
        if row["game_date"] == "2026-02-11" {
            row["prediction_correct"] = json!(false);
        }
    }
    let after = read(&other);
    assert!(before.0.contains("high_edge"), "{}", before.0);
    assert_eq!(before.0, after.0);
    assert_ne!(before.1, after.1);
}

#[test]
fn health_before_a_date_holds_no_result_of_it_or_later() {
    let (first, date) = ("2026-01-25", "2026-02-05");
    let demo = Snapshot::demo().unwrap();
    let health = |snapshot: &Snapshot| {
        let dates = Dates::Range { from: first.parse().ok(), to: "2026-02-09".parse().ok() };
        let rows = run(monitor(snapshot, &MonitorRequest { dates, ..request(Table::SignalHealth) })).unwrap().rows;
        objects(&rows, &["game_date", "signal_tag"])
    };
    let sql = "SELECT * FROM prediction_accuracy";
    let gradings = run(reslate::engine::Engine::open(&demo, None).unwrap().query(sql)).unwrap();
    let mut gradings: Vec<serde_json::Map<String, Value>> = formats::rows(&gradings).unwrap();
    for row in gradings.iter_mut().filter(|row| row["game_date"].as_str().unwrap() >= date) {
        row.insert("prediction_correct".to_owned(), json!(false));
    }
    let other = demo.clone().with_table("prediction_accuracy", table("prediction_accuracy", &gradings)).unwrap();
    let (before, after) = (health(&demo), health(&other));
    // What is read as of a date are rows of dates before it.
    let earlier = |rows: &[Value]| {
        rows.iter().filter(|row| row["game_date"].as_str().unwrap() < date).cloned().collect::<Vec<_>>()
    };
    assert!(earlier(&before).len() > 50);
    assert_eq!(earlier(&before), earlier(&after));
    assert_ne!(before, after);
}

#[test]
fn nothing_to_fill_leaves_no_earlier_backfill_behind() {
    let folder = half_monitored().folder();
    let out = tempfile::tempdir().unwrap();
    let fill = |to: &str| {
        let fixed = ["monitor", "signal-health", "--snapshot", text(folder.path()), "--fill", text(out.path())];
        reslate(&[&fixed[..], &["--from", "2026-02-10", "--to", to]].concat())
    };
    assert_eq!(fill("2026-02-11").code, 0);
    let path = out.path().join("signal_health_daily.parquet");
    assert!(path.is_file());
    let ran = fill("2026-02-10");
    assert!(ran.stderr.contains("nothing to fill") && ran.stderr.contains("removed"), "{}", ran.stderr);
    assert!(!path.exists());
    assert_eq!(fill("2026-02-10").code, 0);
}

#[test]
fn a_backfill_that_cannot_be_written_is_said_of_its_own_option() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let ran = reslate(&["monitor", "signal-health", "--from", "2026-02-11", "--fill", text(file.path())]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--fill") && !ran.stderr.contains("--out"), "{}", ran.stderr);
}

#[test]
fn a_model_that_predicts_nothing_and_a_version_where_none_is_taken_are_refused() {
    let ran = reslate(&["monitor", "tags", "--model-id", "catboost_v99"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("predicted nothing in this snapshot"), "{}", ran.stderr);
    let ran = reslate(&["monitor", "model-performance", "--version", "v314"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("the same for every algorithm version"), "{}", ran.stderr);
}

#[test]
fn options_without_effect_are_refused() {
    let ran = reslate(&["monitor", "model-performance", "--model-id", "catboost_v12"]);
    assert_eq!(ran.code, 2);
    let ran = reslate(&["monitor", "tags", "--version", "as-deployed"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("is another version on each date"), "{}", ran.stderr);
}

#[test]
fn models_are_listed_with_the_unmatched_first() {
    let ran = reslate(&["models"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout);
    let list = reslate(&["models", "--format", "json"]).stdout;
    let list: Value = serde_json::from_str(&list).unwrap();
    conforms(&Config::from_schema(&without_date_formats(schema(&["models"])), Some(Draft::Draft7)).unwrap(), &list);
    let matched: Vec<bool> =
        list["models"].as_array().unwrap().iter().map(|model| model["is_matched"] == true).collect();
    assert!(matched.is_sorted() && !matched[0] && matched.contains(&true));
}

#[test]
fn without_a_registry_no_model_is_matched_and_that_is_said() {
    let mut data = Data::sound();
    data.drop_table("model_registry");
    let folder = data.folder();
    let ran = reslate(&["models", "--format", "csv", "--snapshot", text(folder.path())]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (0, 3), "{}", ran.stderr);
    assert!(ran.stderr.contains("the snapshot has no model_registry"), "{}", ran.stderr);
}
