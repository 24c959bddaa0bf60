//! What production records of its decisions, written from a replay.

use std::fs;
use std::path::Path;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Decimal128Type};
use reslate::document::{Document, DocumentPick};
use reslate::export::{TABLE, against, record};
use reslate::formats;
use reslate::replay::{Dates, Replay};
use reslate::snapshot::{Snapshot, contract};
use reslate::version::shipped;
use serde_json::{Map, Value, json};

use crate::support::league::{self, in_memory, read_whole, request, run};
use crate::support::{Data, reslate, text};

const DATES: (&str, &str) = ("2026-02-01", "2026-02-14");

fn february() -> Dates {
    Dates::Range { from: DATES.0.parse().ok(), to: DATES.1.parse().ok() }
}

fn objects(rows: &RecordBatch) -> Vec<Map<String, Value>> {
    formats::rows(std::slice::from_ref(rows)).unwrap()
}

#[test]
fn rows_of_every_version_say_what_the_documents_say_and_fit_their_columns() {
    let folder = league::folder("league-a");
    let snapshot = Snapshot::open(&folder).unwrap();
    // v307q has the name of v307, by which rows and documents are told apart; so has v343b that of v343.
    let versions: Vec<_> = league::replayable(&snapshot)
        .into_iter()
        .filter(|version| !["v307q", "v343b"].contains(&version.id.as_str()))
        .collect();
    let recorded = run(async {
        let replay = Replay::open(&snapshot, request(february(), &versions)).await.unwrap();
        record(&replay, &snapshot).await.unwrap()
    });
    let source = contract::table(TABLE).unwrap();
    for (field, column) in recorded.rows.schema().fields().iter().zip(source.columns) {
        assert_eq!(field.name(), column.name);
        if let DataType::Decimal128(precision, _) = field.data_type() {
            let limit = 10_i128.pow(u32::from(*precision));
            let values = recorded.rows.column_by_name(column.name).unwrap().as_primitive::<Decimal128Type>();
            assert!(values.iter().flatten().all(|value| value.abs() < limit), "{}", column.name);
        }
    }
    let rows = objects(&recorded.rows);
    let picks: Vec<_> = recorded
        .documents
        .iter()
        .flat_map(|document| document.picks.iter().map(move |pick| (document, pick)))
        .collect();
    assert_eq!(rows.len(), picks.len());
    assert!(rows.len() > 100);
    let (mut percent, mut champions) = (0, 0);
    for row in &rows {
        let of_row = |&&(document, pick): &&(&Document, &DocumentPick)| {
            row["game_date"] == json!(document.date)
                && row["player_lookup"] == json!(pick.player_lookup)
                && row["game_id"] == json!(pick.game_id)
                && row["rank"] == json!(pick.rank)
                && row["algorithm_version"] == json!(pick.algorithm_version)
                && row["composite_score"].as_f64() == pick.composite_score
        };
        let (_, pick) = picks.iter().find(of_row).unwrap_or_else(|| panic!("no pick is {row:?}"));
        // Versions that write what is bet on record the source model, the others the champion.
        let recorded_as = pick.market.as_ref().map_or("catboost_v9", |market| market.system_id.as_str());
        assert_eq!(row["system_id"], recorded_as);
        assert_eq!(row["edge"], json!(pick.edge));
        let confidence = pick.confidence.map(|confidence| confidence.min(9.999));
        percent += i32::from(confidence == Some(9.999));
        assert_eq!(row.get("confidence_score").and_then(Value::as_f64), confidence);
        assert_eq!(row["signal_tags"], json!(pick.signals));
        let subsets: Value = serde_json::from_str(row["qualifying_subsets"].as_str().unwrap()).unwrap();
        assert_eq!(subsets, json!(pick.qualifying_subsets));
        let attribution = pick.attribution.as_ref().map(|attribution| attribution.source_model.clone());
        champions += i32::from(attribution.is_none());
        assert_eq!(row.get("source_model_id").and_then(Value::as_str), attribution.as_deref());
        let regimes: Value = serde_json::from_str(row["signal_regimes_snapshot"].as_str().unwrap()).unwrap();
        assert!(regimes["parameters"]["attribution_edge"].is_number() && regimes["combo_registry"].is_array());
        assert!(row.get("actual_points").is_none() && row.get("prediction_correct").is_none());
    }
    assert!(percent > 0 && champions > 0, "{percent} confidences of 0-100, {champions} champion's picks");
}

#[test]
fn what_was_exported_is_read_back_as_recorded() {
    let folder = league::folder("league-a");
    let snapshot = Snapshot::open(&folder).unwrap();
    let versions = [shipped("v314").unwrap()];
    run(async {
        let replay = Replay::open(&snapshot, request(february(), &versions)).await.unwrap();
        let rows = record(&replay, &snapshot).await.unwrap().rows;
        let nothing = against(&replay, &rows).await.unwrap();
        assert_eq!(nothing.slates.iter().map(|slate| slate.new).sum::<u64>(), rows.num_rows() as u64);
        let recorded = snapshot.clone().with_table(TABLE, in_memory(TABLE, &rows, usize::MAX)).unwrap();
        let replay = Replay::open(&recorded, request(february(), &versions)).await.unwrap();
        let all = against(&replay, &record(&replay, &recorded).await.unwrap().rows).await.unwrap();
        assert_eq!(all.differences, []);
        assert_eq!(all.slates.iter().map(|slate| slate.same).sum::<u64>(), rows.num_rows() as u64);
    });
}

fn exported(snapshot: &Path, out: &Path, more: &[&str]) {
    let fixed = ["export", "--snapshot", text(snapshot), "--version", "v314", "--out", text(out)];
    let ran = reslate(&[&fixed[..], more].concat());
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
}

#[test]
fn documents_are_those_of_replay_and_latest_is_the_newest() {
    let snapshot = Data::sound().folder();
    let out = tempfile::tempdir().unwrap();
    exported(snapshot.path(), out.path(), &["--from", "2026-02-10"]);
    let documents = out.path().join("v1/signal-best-bets");
    let read = |name: &str| fs::read_to_string(documents.join(name)).unwrap();
    for date in ["2026-02-10", "2026-02-11"] {
        let arguments = ["replay", date, "--version", "v314", "--format", "json", "--snapshot", text(snapshot.path())];
        assert_eq!(read(&format!("{date}.json")), reslate(&arguments).stdout);
    }
    assert_eq!(read("latest.json"), read("2026-02-11.json"));
    let rows = objects(&read_whole(&out.path().join("signal_best_bets_picks.parquet")));
    assert_eq!(rows.len(), 4);
    exported(snapshot.path(), out.path(), &["2026-02-10", "--format", "ndjson"]);
    let lines = fs::read_to_string(out.path().join("signal_best_bets_picks.ndjson")).unwrap();
    let lines: Vec<Map<String, Value>> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, rows[..2]);
    // Only a newer slate becomes the latest.
    assert_eq!(read("latest.json"), read("2026-02-11.json"));
}

#[test]
fn what_is_there_already_is_replaced_and_said_to_be() {
    let snapshot = Data::sound().folder();
    let out = tempfile::tempdir().unwrap();
    let export = |date: &str| {
        let fixed =
            ["export", date, "--snapshot", text(snapshot.path()), "--version", "v314", "--out", text(out.path())];
        reslate(&fixed).stderr
    };
    assert!(!export("2026-02-11").contains("already"));
    let said = export("2026-02-10");
    assert!(said.contains("was there already; its rows are replaced"), "{said}");
    assert!(said.contains("latest.json is of 2026-02-11 and stays"), "{said}");
    assert!(!export("2026-02-10").contains("already"));
}

#[test]
fn a_dry_run_counts_rows_that_are_there_twice() {
    let mut data = Data::sound();
    let snapshot = data.folder();
    let out = tempfile::tempdir().unwrap();
    exported(snapshot.path(), out.path(), &["2026-02-10"]);
    let rows = objects(&read_whole(&out.path().join("signal_best_bets_picks.parquet")));
    let mut other = rows[0].clone();
    other["edge"] = json!(9.9);
    for row in rows.iter().chain([&rows[0], &other]) {
        data.push(TABLE, Value::Object(row.clone()));
    }
    let snapshot = data.folder();
    let fixed = ["export", "2026-02-10", "--version", "v314", "--dry-run", "--format", "json", "--snapshot"];
    let ran = reslate(&[&fixed[..], &[text(snapshot.path())]].concat());
    assert_eq!(ran.code, 1);
    let against: Value = serde_json::from_str(&ran.stdout).unwrap();
    let slate = &against["slates"][0];
    let counts = ["would_write", "recorded", "same", "different", "repeated"].map(|name| slate[name].as_u64().unwrap());
    assert_eq!(counts, [2, 4, 3, 1, 2]);
    assert_eq!(against["differences"][0]["column"], "edge");
}

#[test]
fn the_regimes_name_every_blacklisted_player_and_what_did_not_work() {
    let folder = league::folder("league-a");
    let snapshot = Snapshot::open(&folder).unwrap();
    let regimes = |id: &str| {
        let versions = [shipped(id).unwrap()];
        let rows = run(async {
            let mut versions = versions;
            versions[0].set("blacklist_hit_rate", "101").unwrap_or_default();
            let replay = Replay::open(&snapshot, request(february(), &versions)).await.unwrap();
            record(&replay, &snapshot).await.unwrap().rows
        });
        let rows = objects(&rows);
        let last = rows.last().unwrap()["signal_regimes_snapshot"].as_str().unwrap().to_owned();
        serde_json::from_str::<Value>(&last).unwrap()
    };
    let intended = regimes("v314");
    let listed = intended["player_blacklist"]["players"].as_array().unwrap().len() as u64;
    assert_eq!(intended["player_blacklist"]["count"], listed);
    assert_eq!((intended["fidelity"].clone(), intended["defects"].clone()), (json!("as-intended"), json!([])));
    let shipped = regimes("v298");
    assert_eq!(shipped["fidelity"], "as-shipped");
    assert!(shipped["defects"].as_array().unwrap().contains(&json!("player_blacklist")));
}

#[test]
fn a_dry_run_shows_what_differs_and_writes_nothing() {
    let mut data = Data::sound();
    let snapshot = data.folder();
    let out = tempfile::tempdir().unwrap();
    exported(snapshot.path(), out.path(), &["--from", "2026-02-10"]);
    let mut rows = objects(&read_whole(&out.path().join("signal_best_bets_picks.parquet")));
    rows[0]["edge"] = json!(9.9);
    let mut stale = rows[1].clone();
    stale["player_lookup"] = json!("cy_three");
    rows.remove(2);
    rows.push(stale);
    let mut other = rows[1].clone();
    other["algorithm_version"] = json!("v279_qualifying_subsets");
    rows.push(other);
    rows.into_iter().for_each(|row| data.push(TABLE, Value::Object(row)));
    let snapshot = data.folder();
    let arguments =
        ["export", "--snapshot", text(snapshot.path()), "--version", "v314", "--from", "2026-02-10", "--dry-run"];
    let ran = reslate(&arguments);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn what_is_recorded_is_not_known_without_the_table() {
    let mut data = Data::sound();
    data.drop_table(TABLE);
    let snapshot = data.folder();
    let ran = reslate(&["export", "--snapshot", text(snapshot.path()), "--version", "v314", "--dry-run"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stderr.contains("so nobody can tell what is recorded"), "{}", ran.stderr);
}

#[test]
fn somewhere_to_write_to_must_be_given() {
    assert_eq!(reslate(&["export", "2026-02-11"]).code, 2);
    assert_eq!(reslate(&["export", "2026-02-11", "--dry-run", "--out", "x"]).code, 2);
}

#[test]
fn an_edge_that_its_column_cannot_hold_is_an_error_and_nothing_is_written() {
    let mut data = Data::sound();
    data.set_all("player_prop_predictions", json!({ "predicted_points": 126.1 }));
    let snapshot = data.folder();
    let out = tempfile::tempdir().unwrap();
    let path = text(out.path());
    let ran = reslate(&["export", "--snapshot", text(snapshot.path()), "--version", "v314", "--out", path]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("composite_score"), "{}", ran.stderr);
    assert_eq!(fs::read_dir(out.path()).unwrap().count(), 0);
}
