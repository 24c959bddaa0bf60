//! Versions that choose the source model by how the models did, and what no version can do.

use std::fs;

use chrono::NaiveDate;
use datafusion::arrow::array::{ArrayRef, Date32Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::Date32Type;
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use reslate::engine::AsOf;
use reslate::formats;
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::Snapshot;
use reslate::version::{Version, shipped};
use serde_json::{Map, Value};

use crate::support::league::{self, in_memory, read_whole, replayable, run};
use crate::support::mutation::{Change, Later, Mutation, dates_of};
use crate::support::{reslate, text};

const SEED: u64 = 20_260_211;
/// How many slates of the league are looked at.
const SLATES: usize = 16;
const MODES: [&str; 2] = ["trust", "shrunk"];

fn weighted(mode: &str) -> Version {
    let mut version = shipped("v314").unwrap();
    version.set("source_weight", mode).unwrap();
    version.id = format!("v314_{mode}");
    version
}

/// A registry that trains every family now and then.
fn registry(dates: &[NaiveDate]) -> RecordBatch {
    let names = ["catboost_v9_33f", "catboost_v12", "catboost_v9_q43_train", "catboost_v12_noveg_q45_train"];
    let rows: Vec<(String, NaiveDate)> = dates
        .iter()
        .step_by(9)
        .enumerate()
        .map(|(at, date)| (format!("{}_{date}", names[at % names.len()]), *date))
        .collect();
    let ids: ArrayRef = std::sync::Arc::new(StringArray::from_iter_values(rows.iter().map(|(id, _)| id)));
    let ends: ArrayRef = std::sync::Arc::new(Date32Array::from_iter_values(
        rows.iter().map(|(_, date)| Date32Type::from_naive_date(*date)),
    ));
    RecordBatch::try_from_iter([("model_id", ids), ("training_end_date", ends)]).unwrap()
}

/// A slate's weights and candidates, a line each.
async fn chosen(snapshot: &Snapshot, date: NaiveDate, as_of: Option<AsOf>) -> Vec<Vec<u8>> {
    let versions = MODES.map(weighted).to_vec();
    let request = Request { versions, as_of, ..Request::new(Dates::On(date), weighted(MODES[0])) };
    let replay = Replay::open(snapshot, request).await.unwrap();
    replay.compute(&["source_weights", "candidates"]).await.unwrap();
    let mut lines = Vec::new();
    for sql in [
        "SELECT * FROM source_weights ORDER BY candidate_set, system_id, recommendation",
        "SELECT * FROM candidates ORDER BY candidate, candidate_set",
    ] {
        lines.push(formats::ndjson(&replay.engine.query(sql).await.unwrap()).unwrap());
    }
    lines
}

#[test]
fn nothing_dated_or_written_later_changes_a_weight() {
    let folder = league::folder("league-a");
    let gradings = read_whole(&folder.join("prediction_accuracy.parquet"));
    let mut dates = dates_of(&read_whole(&folder.join("player_prop_predictions.parquet")));
    dates.sort_unstable();
    dates.dedup();
    let registry = in_memory("model_registry", &registry(&dates), usize::MAX);
    let snapshot = Snapshot::open(&folder).unwrap().with_table("model_registry", registry).unwrap();
    let mut sample = dates.clone();
    sample.shuffle(&mut ChaCha8Rng::seed_from_u64(SEED));
    let (mut changed, mut moved) = (0, 0);
    for (at, date) in sample.into_iter().take(SLATES).enumerate() {
        // Every other slate as of a time, with the rows changed that were written after it.
        let moment = date.and_hms_opt(15, 0, 0).unwrap();
        let (as_of, later) = if at % 2 == 0 {
            (None, Later::DatedFrom(date))
        } else {
            (Some(AsOf::At(moment)), Later::Written { column: "graded_at", after: moment, slate: date })
        };
        let change = Change::ALL[at % Change::ALL.len()];
        let rng = ChaCha8Rng::seed_from_u64(SEED + u64::try_from(at).unwrap());
        let Some(rows) = (Mutation { rows: &gradings, later, change, rng }).apply() else { continue };
        changed += 1;
        let other = snapshot.clone().with_table("prediction_accuracy", in_memory("g", &rows, usize::MAX)).unwrap();
        let (before, after) = run(async { (chosen(&snapshot, date, as_of).await, chosen(&other, date, as_of).await) });
        assert!(before == after, "{date}: {change:?} rows");
        // While earlier ones do change them.
        let none = in_memory("g", &gradings.slice(0, 0), usize::MAX);
        let none = snapshot.clone().with_table("prediction_accuracy", none).unwrap();
        moved += usize::from(run(chosen(&none, date, as_of))[0] != before[0]);
    }
    assert!(changed >= SLATES / 2 && moved >= SLATES / 2, "{changed} snapshots changed, {moved} moved");
}

#[test]
fn no_strategy_beats_perfect_hindsight() {
    let snapshot = Snapshot::demo().unwrap();
    let mut versions: Vec<Version> = replayable(&snapshot);
    versions.extend(MODES.map(weighted));
    let all = versions.len();
    let rows: Vec<Map<String, Value>> = run(async {
        let dates = Dates::Range { from: "2026-01-01".parse().ok(), to: "2026-02-28".parse().ok() };
        let replay =
            Replay::open(&snapshot, Request { versions, ..Request::new(dates, weighted("trust")) }).await.unwrap();
        replay.compute(&["graded_decisions", "bids", "outcomes"]).await.unwrap();
        // With hindsight every player of a slate is bet on whom any model has on the side that wins, and nobody else.
        let sql = "SELECT d.version, d.game_date, d.units, d.wins, h.winners FROM (
                SELECT version, game_date,
                    sum(CASE outcome WHEN 'WIN' THEN 100.0 / 110.0 WHEN 'LOSS' THEN -1.0 ELSE 0.0 END) AS units,
                    count(*) FILTER (WHERE outcome = 'WIN') AS wins
                FROM graded_decisions WHERE selected GROUP BY version, game_date
            ) AS d
            JOIN (
                SELECT b.game_date, count(DISTINCT b.player_lookup) AS winners
                FROM bids AS b JOIN outcomes AS o ON o.player_lookup = b.player_lookup AND o.game_id = b.game_id
                WHERE NOT o.is_voided AND o.actual_points <> b.line
                    AND (o.actual_points > b.line) = (b.recommendation = 'OVER')
                GROUP BY b.game_date
            ) AS h ON h.game_date = d.game_date";
        formats::rows(&replay.engine.query(sql).await.unwrap()).unwrap()
    });
    assert!(rows.len() > 40 * all / 2, "{} slates of versions", rows.len());
    for row in rows {
        let number = |name: &str| row[name].as_f64().unwrap();
        assert!(number("wins") <= number("winners"), "{row:?}");
        assert!(number("units") <= number("winners") * 100.0 / 110.0 + 1e-9, "{row:?}");
    }
}

fn file(lines: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my-weighted.toml");
    fs::write(&path, format!("extends = \"v314\"\n[parameters]\n{lines}\n")).unwrap();
    let path = text(&path).to_owned();
    (folder, path)
}

#[test]
fn a_weighted_version_is_compared_like_any_other() {
    let (_folder, path) = file("source_weight = \"shrunk\"");
    let range = ["--from", "2026-02-01", "--to", "2026-02-14", "--format", "json"];
    let ran = reslate(&[&["compare", "v314", &path][..], &range].concat());
    assert!(ran.code < 2, "{}", ran.stderr);
    let comparison: Value = serde_json::from_str(&ran.stdout).unwrap();
    let steps = comparison["pairs"][0]["steps"].as_array().unwrap();
    assert!(!steps.is_empty());
    assert!(
        steps
            .iter()
            .all(|step| step["steps"] == serde_json::json!(["weight of the models: source_weight off -> shrunk"])),
        "{steps:?}"
    );
    let diff = reslate(&["versions", "diff", "v314", &path]).stdout;
    assert!(diff.contains("source_weight") && diff.contains("shrunk"), "{diff}");
    let shown = reslate(&["versions", "show", &path]).stdout;
    let line = shown.lines().find(|line| line.trim_start().starts_with("source_weight ")).unwrap();
    assert!(line.contains("shrunk") && line.contains("my-weighted.toml"), "{line}");
}

#[test]
fn a_trace_shows_the_weights() {
    let shown = |more: &[&str]| {
        let candidates = "SELECT player_lookup FROM candidates ORDER BY candidate LIMIT 1";
        let player =
            reslate(&["sql", candidates, "--from", "2026-02-11", "--to", "2026-02-11", "--format", "csv"]).stdout;
        let player = player.lines().last().unwrap().split(',').next_back().unwrap().to_owned();
        reslate(&[&["explain", "2026-02-11", &player, "--version", "v314"][..], more].concat()).stdout
    };
    assert!(shown(&["--set", "source_weight=trust"]).contains("WEIGHT"));
    assert!(!shown(&[]).contains("WEIGHT"));
}

#[test]
fn weights_that_cannot_be_are_refused_and_idle_ones_are_said() {
    let (_folder, path) = file("source_weight = \"luck\"");
    let ran = reslate(&["versions", "show", &path]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("must be one of trust, shrunk"), "{}", ran.stderr);
    let replay = |settings: &[&str]| reslate(&[&["replay", "2026-02-11", "--version", "v314"][..], settings].concat());
    let ran = replay(&["--set", "source_weight=shrunk", "--set", "source_weight_one_rate=50"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("must be above source_weight_zero_rate, 52.4"), "{}", ran.stderr);
    let ran = replay(&["--set", "source_weight_days=7"]);
    assert!(ran.stderr.contains("source_weight_days has no effect: source_weight is off in v314"), "{}", ran.stderr);
    let ran = reslate(&["replay", "2026-02-11", "--version", "v298", "--set", "source_weight=trust"]);
    assert!(ran.stderr.contains("source_weight has no effect: only the champion bids in v298"), "{}", ran.stderr);
}
