//! Recorded picks that were written by an export, damaged in every way there is a cause for: each is found again.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use chrono::NaiveDate;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::json::ReaderBuilder;
use jsonschema_valid::Config;
use jsonschema_valid::schemas::Draft;
use reslate::engine::AsOf;
use reslate::export;
use reslate::record::{TABLE, record};
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::{Snapshot, contract};
use reslate::verify::{self, Cause, Finding, Kind, Verification, verify};
use reslate::version::{Version, shipped};
use serde_json::{Map, Value, json};

use crate::league::{in_memory, run};
use crate::schema::{conforms, schema, without_date_formats};
use crate::support::{Data, reslate, text};

type Row = Map<String, Value>;

const FROM: &str = "2026-02-01";
const TO: &str = "2026-02-14";

fn dates() -> Dates {
    Dates::Range { from: FROM.parse().ok(), to: TO.parse().ok() }
}

/// The demo with what it has not: signal health as monitoring recomputes it.
static DEMO: LazyLock<Snapshot> = LazyLock::new(|| {
    let demo = Snapshot::demo().unwrap();
    let request = reslate::monitor::Request {
        table: reslate::monitor::Table::SignalHealth,
        dates: dates(),
        fidelity: reslate::monitor::Fidelity::AsShipped,
        version: shipped("v296").unwrap(),
        is_backfill: false,
    };
    let health = run(reslate::monitor::monitor(&demo, &request)).unwrap().rows;
    demo.with_table("signal_health_daily", in_memory("signal_health_daily", &health, usize::MAX)).unwrap()
});

fn version(id: &str, change: impl FnOnce(&mut Version)) -> Version {
    let mut version = shipped(id).unwrap();
    change(&mut version);
    version
}

/// What an export of February by a version writes, at 15:00 of each slate.
fn exported(snapshot: &Snapshot, version: Version, as_of: Option<AsOf>) -> Vec<Row> {
    let batch = run(async {
        let request = Request { as_of, ..Request::new(dates(), version) };
        let replay = Replay::open(snapshot, request).await.unwrap();
        record(&replay, snapshot).await.unwrap().rows
    });
    let mut rows: Vec<Row> = export::rows(&[batch]).unwrap();
    for row in &mut rows {
        let written = format!("{}T15:00:00", row["game_date"].as_str().unwrap());
        row.insert("created_at".to_owned(), json!(written));
    }
    rows
}

fn of(id: &str) -> Vec<Row> {
    exported(&DEMO, shipped(id).unwrap(), None)
}

/// The rows as a table in memory.
fn batch(rows: &[Row]) -> RecordBatch {
    let schema = std::sync::Arc::new(reslate::snapshot::contract::table(TABLE).unwrap().schema().as_ref().clone());
    let mut decoder = ReaderBuilder::new(schema).build_decoder().unwrap();
    decoder.serialize(rows).unwrap();
    decoder.flush().unwrap().unwrap_or_else(|| RecordBatch::new_empty(contract::table(TABLE).unwrap().schema()))
}

fn verified_on(snapshot: &Snapshot, rows: &[Row]) -> Verification {
    let recorded = snapshot.clone().with_table(TABLE, in_memory(TABLE, &batch(rows), usize::MAX)).unwrap();
    let request = verify::Request { dates: dates(), versions: Vec::new(), subset_version: None };
    run(verify(&recorded, &request)).unwrap()
}

fn verified(rows: &[Row]) -> Verification {
    verified_on(&DEMO, rows)
}

fn is_of(row: &Row, date: &str, player: &str) -> bool {
    row["game_date"] == date && row["player_lookup"] == player
}

fn key(row: &Row) -> (String, String) {
    (row["game_date"].as_str().unwrap().to_owned(), row["player_lookup"].as_str().unwrap().to_owned())
}

fn causes(finding: &Finding) -> Vec<Cause> {
    finding.reasons.iter().map(|reason| reason.cause).collect()
}

/// The findings about a pick.
fn about<'a>(verification: &'a Verification, row: &Row) -> Vec<&'a Finding> {
    let (date, player) = key(row);
    let is_about = |finding: &&Finding| finding.date.0.to_string() == date && finding.player_lookup == player;
    verification.findings.iter().filter(is_about).collect()
}

/// What is wrong with the pick of a row: all of its findings, and their causes together.
fn found(verification: &Verification, row: &Row) -> (Vec<Kind>, BTreeSet<Cause>) {
    let findings = about(verification, row);
    (findings.iter().map(|finding| finding.kind).collect(), findings.iter().flat_map(|finding| causes(finding)).collect())
}

/// A row that two exports write otherwise, and how the second writes it.
fn changed(rows: &[Row], others: &[Row]) -> (usize, Row) {
    let skipped = ["created_at", "signal_regimes_snapshot", "pick_angles", "algorithm_version"];
    let differs = |row: &Row, other: &Row| {
        row.iter().any(|(name, value)| !skipped.contains(&name.as_str()) && other.get(name) != Some(value))
    };
    let pair = rows.iter().enumerate().find_map(|(at, row)| {
        let other = others.iter().find(|other| key(other) == key(row))?;
        differs(row, other).then(|| (at, other.clone()))
    });
    pair.expect("the exports differ in a row that both have")
}

#[test]
fn what_an_export_wrote_verifies_whole() {
    for id in ["v279", "v296", "v298", "v307", "v307q", "v314", "v318"] {
        let rows = of(id);
        assert!(!rows.is_empty(), "{id}");
        let verification = verified(&rows);
        assert_eq!(verification.findings, [], "{id}");
        assert_eq!((verification.verified, verification.unexplained), (Some(100.0), 0), "{id}");
        assert_eq!(verification.matched, rows.len() as u64);
        assert_eq!(verification.outcomes.unfilled, rows.len() as u64);
        assert_eq!(verification.decided_by.as_deref(), Some(id));
    }
}

#[test]
fn what_was_recorded_as_deployed_verifies_whole() {
    let range = ["--from", "2026-02-14", "--to", "2026-02-24"];
    let out = tempfile::tempdir().unwrap();
    let ran =
        reslate(&[&["export", "--version", "as-deployed", "--out", text(out.path())], &range[..]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let rows = crate::league::read_whole(&out.path().join("signal_best_bets_picks.parquet"));
    let snapshot = Snapshot::demo().unwrap().with_table(TABLE, in_memory(TABLE, &rows, usize::MAX)).unwrap();
    let dates = Dates::Range { from: range[1].parse().ok(), to: range[3].parse().ok() };
    let request = verify::Request { dates, versions: Vec::new(), subset_version: None };
    let verification = run(verify(&snapshot, &request)).unwrap();
    assert_eq!((verification.findings.as_slice(), verification.verified), (&[][..], Some(100.0)));
    assert_eq!(verification.decided_by.as_deref(), Some("as-deployed"));
}

/// A change of one row that no cause stands for.
fn break_row(row: &mut Row) {
    row.insert("line_value".to_owned(), json!(3.5));
    row.insert("combo_hit_rate".to_owned(), json!(1.25));
}

#[test]
fn a_row_that_a_later_backfill_wrote() {
    let mut rows = of("v314");
    break_row(&mut rows[3]);
    rows[3].insert("created_at".to_owned(), json!("2026-03-01T09:00:00"));
    let verification = verified(&rows);
    assert_eq!(found(&verification, &rows[3]), (vec![Kind::Differs], BTreeSet::from([Cause::OtherWriter])));
    assert_eq!((verification.findings.len(), verification.explained_share), (1, Some(100.0)));
    assert!(verification.findings[0].reasons[0].detail.contains("2026-03-01 09:00:00, after the slate"));
}

#[test]
fn a_pick_that_two_writers_recorded() {
    let mut rows = of("v314");
    let mut again = rows[3].clone();
    again.insert("created_at".to_owned(), json!("2026-02-01T16:30:00"));
    rows.push(again);
    let verification = verified(&rows);
    assert_eq!(found(&verification, &rows[3]), (vec![Kind::Extra], BTreeSet::from([Cause::OtherWriter])));
}

#[test]
fn late_rows_tell_nothing_where_all_are_late() {
    let mut rows = of("v314");
    rows.iter_mut().for_each(|row| {
        row.insert("created_at".to_owned(), json!("2026-04-20T09:00:00"));
    });
    break_row(&mut rows[3]);
    let verification = verified(&rows);
    assert_eq!(found(&verification, &rows[3]), (vec![Kind::Differs], BTreeSet::new()));
    assert!(verification.notes.iter().any(|note| note.contains("tells nothing about who wrote it")));
}

/// Damages that replace one row of an export by the row of another: the version, how the other is made, and the cause.
fn replacing() -> Vec<(&'static str, Version, Cause)> {
    vec![
        ("v314", version("v314", |v| v.set("champion", "catboost_v12").unwrap()), Cause::Champion),
        ("v296", version("v296", |v| v.set("health", "same-date").unwrap()), Cause::HealthMode),
        ("v296", version("v296", |v| v.set("health", "as-of").unwrap()), Cause::HealthMode),
        ("v279", version("v279", |v| v.combos.reverse()), Cause::RegistryOrder),
        ("v307", shipped("v307q").unwrap(), Cause::SameName),
    ]
}

#[test]
fn each_row_of_another_world_gets_its_cause() {
    for (id, other, cause) in replacing() {
        let mut rows = of(id);
        let others = exported(&DEMO, other, None);
        if cause == Cause::SameName {
            // Both write the same row, or none: what one picks alone is extra.
            continue;
        }
        let (at, other) = changed(&rows, &others);
        let regimes = rows[at]["signal_regimes_snapshot"].clone();
        rows[at] = other;
        rows[at].insert("signal_regimes_snapshot".to_owned(), regimes);
        let verification = verified(&rows);
        assert_eq!(found(&verification, &rows[at]), (vec![Kind::Differs], BTreeSet::from([cause])), "{id}");
        assert_eq!((verification.findings.len(), verification.unexplained), (1, 0), "{id}");
    }
}
