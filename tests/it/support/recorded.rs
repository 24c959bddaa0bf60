//! Recorded picks as an export writes them, on a few slates of the demo, and what a verification of them finds.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::json::ReaderBuilder;
use reslate::engine::AsOf;
use reslate::export::{TABLE, record};
use reslate::formats;
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::{Snapshot, Source, contract};
use reslate::verify::{self, Cause, DifferenceKind, Finding, Verification, verify};
use reslate::version::{Version, shipped};
use serde_json::{Map, Value, json};

use super::league::{in_memory, run};

pub type Row = Map<String, Value>;

pub const FROM: &str = "2026-02-03";
pub const TO: &str = "2026-02-09";

pub fn dates() -> Dates {
    Dates::Range { from: FROM.parse().ok(), to: TO.parse().ok() }
}

/// The demo with the predictions that these slates need, and what it has not: signal health as monitoring recomputes it.
pub static DEMO: LazyLock<Snapshot> = LazyLock::new(|| {
    let demo = Snapshot::demo().unwrap();
    let request = reslate::monitor::MonitorRequest {
        table: reslate::monitor::Table::SignalHealth,
        dates: Dates::Range { from: "2026-01-25".parse().ok(), to: TO.parse().ok() },
        fidelity: reslate::monitor::Fidelity::AsShipped,
        version: shipped("v296").unwrap(),
        is_backfill: false,
    };
    let health = run(reslate::monitor::monitor(&demo, &request)).unwrap().rows;
    let demo = demo.with_table("signal_health_daily", in_memory("signal_health_daily", &health, usize::MAX)).unwrap();
    let predictions = formats::rows(&[predictions(&demo)]).unwrap();
    demo.with_table(PREDICTIONS, table(PREDICTIONS, &predictions)).unwrap()
});

pub const PREDICTIONS: &str = "player_prop_predictions";

pub fn predictions(snapshot: &Snapshot) -> RecordBatch {
    let sql = "SELECT * FROM player_prop_predictions WHERE game_date BETWEEN '2026-01-19' AND '2026-02-09'";
    let batches = run(reslate::engine::Engine::open(snapshot, None).unwrap().query(sql)).unwrap();
    datafusion::arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap()
}

pub fn version(id: &str, change: impl FnOnce(&mut Version)) -> Version {
    let mut version = shipped(id).unwrap();
    change(&mut version);
    version
}

/// What an export by a version writes, at 22:30 of each slate.
pub fn exported(snapshot: &Snapshot, version: Version, as_of: Option<AsOf>) -> Vec<Row> {
    exported_on(snapshot, version, as_of, dates())
}

pub fn exported_on(snapshot: &Snapshot, version: Version, as_of: Option<AsOf>, dates: Dates) -> Vec<Row> {
    let batch = run(async {
        let request = Request { as_of, ..Request::new(dates, version) };
        let replay = Replay::open(snapshot, request).await.unwrap();
        record(&replay, snapshot).await.unwrap().rows
    });
    let mut rows: Vec<Row> = formats::rows(&[batch]).unwrap();
    for row in &mut rows {
        let written = format!("{}T22:30:00", row["game_date"].as_str().unwrap());
        row.insert("created_at".to_owned(), json!(written));
    }
    rows
}

pub fn of(id: &str) -> Vec<Row> {
    exported(&DEMO, shipped(id).unwrap(), None)
}

/// Rows as a table in memory.
pub fn table(name: &str, rows: &[Row]) -> Source {
    let schema = contract::table(name).unwrap().schema();
    let mut decoder = ReaderBuilder::new(Arc::clone(&schema)).build_decoder().unwrap();
    decoder.serialize(rows).unwrap();
    let batch = decoder.flush().unwrap().unwrap_or_else(|| RecordBatch::new_empty(schema));
    in_memory(name, &batch, usize::MAX)
}

pub fn verified_on(snapshot: &Snapshot, rows: &[Row]) -> Verification {
    verified_in(snapshot, rows, dates())
}

pub fn verified_in(snapshot: &Snapshot, rows: &[Row], dates: Dates) -> Verification {
    let recorded = snapshot.clone().with_table(TABLE, table(TABLE, rows)).unwrap();
    run(verify(&recorded, &verify::VerifyRequest { dates, versions: Vec::new(), subset_version: None })).unwrap()
}

pub fn verified(rows: &[Row]) -> Verification {
    verified_on(&DEMO, rows)
}

pub fn key(row: &Row) -> (String, String) {
    (row["game_date"].as_str().unwrap().to_owned(), row["player_lookup"].as_str().unwrap().to_owned())
}

pub fn causes(finding: &Finding) -> Vec<Cause> {
    finding.reasons.iter().map(|reason| reason.cause).collect()
}

/// The findings about a pick.
pub fn about<'a>(verification: &'a Verification, row: &Row) -> Vec<&'a Finding> {
    let (date, player) = key(row);
    let is_about = |finding: &&Finding| finding.date.0.to_string() == date && finding.player_lookup == player;
    verification.findings.iter().filter(is_about).collect()
}

/// What is wrong with the pick of a row: all of its findings, and their causes together.
pub fn found(verification: &Verification, row: &Row) -> (Vec<DifferenceKind>, BTreeSet<Cause>) {
    let findings = about(verification, row);
    (
        findings.iter().map(|finding| finding.kind).collect(),
        findings.iter().flat_map(|finding| causes(finding)).collect(),
    )
}

/// Whether two exports write a pick otherwise.
pub fn differ(row: &Row, other: &Row) -> bool {
    let skipped = ["created_at", "signal_regimes_snapshot", "pick_angles", "algorithm_version"];
    let names: BTreeSet<&String> = row.keys().chain(other.keys()).collect();
    names.iter().any(|name| !skipped.contains(&name.as_str()) && row.get(*name) != other.get(*name))
}

/// The same pick of another export.
pub fn same_pick<'a>(rows: &'a [Row], row: &Row) -> Option<&'a Row> {
    rows.iter().find(|other| key(other) == key(row))
}

/// A row that two exports write otherwise, and how the second writes it.
pub fn changed(rows: &[Row], others: &[Row]) -> (usize, Row) {
    let pair = rows.iter().enumerate().find_map(|(at, row)| {
        let other = same_pick(others, row)?;
        differ(row, other).then(|| (at, other.clone()))
    });
    pair.expect("the exports differ in a row that both have")
}

/// A row of `both` that neither `rows` nor either of the singles has as it is.
pub fn needing_both(rows: &[Row], singles: [&[Row]; 2], both: &[Row]) -> Option<Row> {
    let is_new = |rows: &[Row], row: &Row| same_pick(rows, row).is_none_or(|other| differ(other, row));
    both.iter().find(|row| is_new(rows, row) && singles.iter().all(|rows| is_new(rows, row))).cloned()
}

/// Puts another export's row in the place of one, as a run of the same version would have written it.
pub fn replace(rows: &mut [Row], at: usize, mut other: Row) {
    other.insert("signal_regimes_snapshot".to_owned(), rows[at]["signal_regimes_snapshot"].clone());
    rows[at] = other;
}
