//! What the machine formats hold conforms to the schemas that the program prints.

use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use jsonschema_valid::Config;
use jsonschema_valid::schemas::Draft;
use reslate::document::{Document, documents, json_array, ndjson};
use reslate::formats;
use reslate::replay::{Dates, Replay};
use reslate::snapshot::Snapshot;
use reslate::version::{Version, shipped};
use serde_json::{Map, Value};

use crate::support::league::{self, request, run};
use crate::support::pulled::Pulled;
use crate::support::schema::{conforms, schema, without_date_formats};

#[test]
fn documents_conform_to_the_schema_of_replay() {
    let schema = without_date_formats(schema(&["replay"]));
    assert_eq!(schema["properties"]["schema_version"]["type"], "integer");
    let folder = league::folder("league-a");
    let snapshot = Snapshot::open(&folder).unwrap();
    // Between them: every section, no attribution, no candidates.
    let mut empty = shipped("v318").unwrap();
    empty.id = "v318_without_candidates".to_owned();
    empty.families.iter_mut().for_each(|family| family.candidate = false);
    let mut emptier = Version { document: Vec::new(), ..empty.clone() };
    emptier.id = "v307_without_candidates".to_owned();
    let versions = [shipped("v318").unwrap(), shipped("v279").unwrap(), empty, emptier];
    let documents = of_2026_02(&snapshot, &versions);
    assert!(documents.iter().any(|document| document.picks.iter().any(|pick| pick.attribution.is_some())));
    assert!(documents.iter().any(|document| document.picks.iter().any(|pick| pick.attribution.is_none())));
    let schema = Config::from_schema(&schema, Some(Draft::Draft7)).unwrap();
    schema.validate_schema().map_err(|errors| errors.map(|error| error.to_string()).collect::<Vec<_>>()).unwrap();
    for document in &documents {
        let value: Value = serde_json::from_str(&document.json().unwrap()).unwrap();
        conforms(&schema, &value);
        assert_eq!(&serde_json::from_value::<Document>(value).unwrap(), document);
    }
    let array: Vec<Value> = serde_json::from_str(&json_array(&documents).unwrap()).unwrap();
    let text = ndjson(&documents).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(array, lines);
}

#[test]
fn a_slate_without_candidates_has_the_sections_that_its_version_writes() {
    let folder = league::folder("league-a");
    let snapshot = Snapshot::open(&folder).unwrap();
    let without = |id: &str| {
        let mut version = shipped(id).unwrap();
        version.families.iter_mut().for_each(|family| family.candidate = false);
        let document = serde_json::to_value(&of_2026_02(&snapshot, &[version])[0]).unwrap();
        document.as_object().unwrap().clone()
    };
    let early = without("v307");
    let keys: Vec<&String> = early.keys().collect();
    let expected =
        ["schema_version", "date", "generated_at", "model_health", "picks", "total_picks", "signals_evaluated"];
    assert_eq!(keys, expected);
    assert_eq!(early["signals_evaluated"], Value::Array(Vec::new()));
    let late = without("v318");
    assert_eq!(late["season"], "2025-26");
    assert_eq!(late["filter_summary"]["rejected"], Value::Object(Map::new()));
    assert_eq!(late["edge_distribution"]["max_edge"], Value::Null);
    assert_eq!(late["signals_evaluated"], Value::Array(Vec::new()));
    assert!(late.contains_key("record") && late.contains_key("player_blacklist"));
}

#[test]
fn rows_conform_to_the_schema_of_decisions() {
    let schema = without_date_formats(schema(&["decisions"]));
    let folder = league::folder("league-a");
    let snapshot = Snapshot::open(&folder).unwrap();
    let rows = run(async {
        let dates = Dates::On("2026-02-11".parse().unwrap());
        let replay = Replay::open(&snapshot, request(dates, &[shipped("v318").unwrap()])).await.unwrap();
        replay.decisions().await.unwrap()
    });
    let config = Config::from_schema(&schema, Some(Draft::Draft7)).unwrap();
    assert!(config.validate_schema().is_ok());
    let lines = formats::ndjson(&rows).unwrap();
    let lines = std::str::from_utf8(&lines).unwrap();
    assert!(lines.lines().count() > 10);
    for line in lines.lines() {
        conforms(&config, &serde_json::from_str(line).unwrap());
    }
    let mut names = Vec::new();
    flat_names("", &schema, &mut names);
    let csv = formats::csv(&rows).unwrap();
    let heading = std::str::from_utf8(&csv).unwrap().lines().next().unwrap();
    let heading: Vec<&str> = heading.split(',').collect();
    // It has a column for each signal, filter and value of the feature store of the version, not of every version.
    let v318 = shipped("v318").unwrap();
    let is_missing = |name: &str| match name.split('.').collect::<Vec<_>>()[..] {
        ["signal_confidence", signal] => !v318.signals.iter().any(|of| of == signal),
        ["filters", filter, _] => !v318.filters.iter().any(|of| of == filter),
        [column] => column.starts_with("feature_") && column.ends_with("_value"),
        _ => false,
    };
    names.retain(|name| !is_missing(name));
    assert_eq!(heading, names);
    let parquet = bytes::Bytes::from(formats::parquet(&rows).unwrap());
    let file = ParquetRecordBatchReaderBuilder::try_new(parquet).unwrap();
    let columns: Vec<&String> = file.schema().fields().iter().map(|field| field.name()).collect();
    let known = schema["properties"].as_object().unwrap().keys().skip(1);
    assert_eq!(columns, known.filter(|name| !is_missing(name)).collect::<Vec<_>>());
    assert_eq!(file.schema().metadata()["schema_version"], formats::SCHEMA_VERSION.to_string());
}

#[test]
fn the_report_of_a_pull_conforms_to_its_schema() {
    let schema = without_date_formats(schema(&["pull"]));
    let config = Config::from_schema(&schema, Some(Draft::Draft7)).unwrap();
    let pulled = Pulled::two_months();
    for arguments in [&["--dry-run"][..], &["--from", "2026-02-01"], &[]] {
        let report = pulled.report(arguments);
        assert_eq!(report["schema_version"], formats::SCHEMA_VERSION);
        conforms(&config, &report);
    }
}

#[test]
fn without_a_command_every_schema_is_printed() {
    let all = schema(&[]);
    for (name, one) in all.as_object().unwrap() {
        assert_eq!(one, &schema(&[name]), "{name}");
        assert!(Config::from_schema(one, Some(Draft::Draft7)).unwrap().validate_schema().is_ok(), "{name}");
    }
    assert!(all.get("replay").is_some() && all.get("decisions").is_some());
}

#[test]
fn what_does_not_conform_is_refused() {
    let schema = without_date_formats(schema(&["replay"]));
    let config = Config::from_schema(&schema, Some(Draft::Draft7)).unwrap();
    let mut document = serde_json::json!({
        "schema_version": 1, "date": "2026-02-11", "generated_at": null,
        "model_health": {"status": "unknown", "hit_rate_7d": null, "graded_count": 0},
        "picks": [], "total_picks": 0, "signals_evaluated": [],
    });
    conforms(&config, &document);
    document["extra"] = Value::Null;
    assert!(config.validate(&document).is_err());
    document.as_object_mut().unwrap().shift_remove("extra");
    let whole = document.clone();
    document.as_object_mut().unwrap().shift_remove("generated_at");
    assert!(config.validate(&document).is_err());
    for (key, wrong) in [("date", "11.2.2026"), ("total_picks", "none")] {
        let mut document = whole.clone();
        document[key] = Value::from(wrong);
        assert!(config.validate(&document).is_err(), "{key}");
    }
}

fn of_2026_02(snapshot: &Snapshot, versions: &[Version]) -> Vec<Document> {
    run(async {
        let dates = Dates::Range { from: "2026-02-01".parse().ok(), to: "2026-02-07".parse().ok() };
        let replay = Replay::open(snapshot, request(dates, versions)).await.unwrap();
        documents(&replay, snapshot).await.unwrap()
    })
}

/// The columns of CSV: a nested value's fields each.
fn flat_names(prefix: &str, schema: &Value, names: &mut Vec<String>) {
    for (name, schema) in schema["properties"].as_object().unwrap() {
        match schema.get("properties") {
            Some(_) => flat_names(&format!("{prefix}{name}."), schema, names),
            None => names.push(format!("{prefix}{name}")),
        }
    }
}
