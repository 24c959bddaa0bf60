//! No look-ahead: what is dated or written later changes nothing in a slate's decision, and a query that looks ahead is
//! found out.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use datafusion::arrow::array::{
    ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Date32Type, Field, Schema, TimeUnit};
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use reslate::document::{documents, ndjson};
use reslate::engine::AsOf;
use reslate::formats;
use reslate::queries;
use reslate::replay::{Dates, Replay};
use reslate::snapshot::Snapshot;
use reslate::version::{Version, shipped};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::support::league::{self, in_memory, read_whole, run};
use crate::support::mutation::{Change, Later, Mutation, dates_of, each_once};

/// How many slates of the league are looked at.
const SLATES: usize = 50;
const SEED: u64 = 20_260_211;

/// A table whose later rows are changed, and since when its rows are later.
#[derive(Debug, Clone, Copy)]
enum Turn {
    /// Rows dated on the slate's date or after.
    DatedFrom(&'static str),
    /// Rows dated after the slate's date: the slate decides about its own predictions.
    DatedAfter(&'static str),
    /// Rows whose time of writing, a column, is after the time from which the slate is seen.
    Written(&'static str, &'static str),
    /// Rows dated on the day from which the slate is seen, or after.
    KnownFrom(&'static str),
}

const BY_DATE: [Turn; 7] = [
    Turn::DatedFrom("prediction_accuracy"),
    Turn::DatedFrom("player_game_summary"),
    Turn::DatedFrom("signal_health_daily"),
    Turn::DatedFrom("subset_performance"),
    Turn::DatedAfter("player_prop_predictions"),
    Turn::DatedAfter("ml_feature_store_v2"),
    Turn::DatedAfter("current_subset_picks"),
];
const BY_KNOWN_TIME: [Turn; 5] = [
    Turn::Written("player_prop_predictions", "created_at"),
    Turn::Written("prediction_accuracy", "graded_at"),
    Turn::Written("signal_health_daily", "computed_at"),
    Turn::KnownFrom("player_game_summary"),
    Turn::KnownFrom("subset_performance"),
];

/// Relations defined otherwise than in `queries/`, in this order.
type Redefined = Vec<(&'static str, String)>;

#[test]
fn nothing_dated_later_changes_a_decision() {
    let league = League::open();
    let slates = league.sample();
    let (found, changed) = run(league.differences(slates, &BY_DATE, Vec::new()));
    assert!(found.is_empty(), "{} differences, the first: {}", found.len(), found[0]);
    assert!(changed >= SLATES * BY_DATE.len() * 9 / 10, "only {changed} snapshots had later rows");
}

#[test]
fn nothing_written_later_changes_a_decision_as_of_then() {
    let league = League::open();
    let slates = league.sample_with_times();
    let (found, changed) = run(league.differences(slates, &BY_KNOWN_TIME, Vec::new()));
    assert!(found.is_empty(), "{} differences, the first: {}", found.len(), found[0]);
    assert!(changed >= SLATES * BY_KNOWN_TIME.len() * 9 / 10, "only {changed} snapshots had later rows");
}

#[test]
fn a_query_that_looks_past_the_slates_date_is_found_out() {
    let league = League::open();
    let leaks: [(Turn, Redefined); 6] = [
        (
            Turn::DatedFrom("prediction_accuracy"),
            vec![same_day("graded_days", "seen.ends_before"), same_day("slate_health", "lookbacks.known_before")],
        ),
        (
            Turn::DatedFrom("prediction_accuracy"),
            vec![same_day("graded_players", "seen.ends_before"), same_day("player_records", "lookbacks.known_before")],
        ),
        (
            Turn::DatedFrom("player_game_summary"),
            vec![same_day("player_games", "seasons.ends_before"), same_day("stats_rows", "lookbacks.known_before")],
        ),
        (
            Turn::DatedFrom("player_game_summary"),
            vec![same_day("player_games", "seasons.ends_before"), same_day("matchups", "stats_rows.known_before")],
        ),
        (Turn::DatedFrom("signal_health_daily"), vec![same_day("signal_health", "slates.known_before")]),
        (Turn::DatedFrom("subset_performance"), vec![same_day("best_bets_records", "slates.known_before")]),
    ];
    for (turn, redefined) in leaks {
        let names: Vec<&str> = redefined.iter().map(|(name, _)| *name).collect();
        assert!(league.finds(league.sample(), turn, redefined), "the leak of {names:?} is not found");
    }
}

#[test]
fn a_query_that_looks_past_the_as_of_time_is_found_out() {
    let league = League::open();
    let leaks: [(Turn, Redefined); 3] = [
        (BY_KNOWN_TIME[0], vec![leaky("slate_predictions", "slates.as_of IS NULL", "TRUE")]),
        (BY_KNOWN_TIME[1], vec![leaky("graded_days", "grading.graded_at <= seen.as_of", "TRUE")]),
        (BY_KNOWN_TIME[2], vec![leaky("signal_health", "health_row.computed_at <= slates.as_of", "TRUE")]),
    ];
    for (turn, redefined) in leaks {
        let name = redefined[0].0;
        assert!(league.finds(league.sample_with_times(), turn, redefined), "the leak of {name} is not found");
    }
}

/// A relation of the pipeline that also looks at the date at which it ends.
fn same_day(relation: &'static str, end: &str) -> (&'static str, String) {
    leaky(relation, &format!("< {end}"), &format!("<= {end}"))
}

/// A relation of the pipeline with a part of its SELECT replaced.
fn leaky(relation: &'static str, from: &str, to: &str) -> (&'static str, String) {
    let sql = queries::in_use().relation(relation).unwrap();
    assert!(sql.contains(from), "{relation} has no '{from}'");
    (relation, sql.replace(from, to))
}

/// A slate, and from when it is seen.
type Seen = (NaiveDate, Option<NaiveDateTime>);

/// The league with every table that a decision reads.
#[derive(Clone)]
struct League {
    snapshot: Snapshot,
    tables: Arc<BTreeMap<&'static str, RecordBatch>>,
    slates: Vec<NaiveDate>,
}

impl League {
    fn open() -> League {
        let folder = league::folder("league-a");
        let mut tables = BTreeMap::new();
        for turn in BY_DATE {
            let path = match turn.table() {
                "subset_performance" => continue,
                "signal_health_daily" => "expected/monitoring/signal_health_daily.parquet".to_owned(),
                table => format!("{table}.parquet"),
            };
            tables.insert(turn.table(), read_whole(&folder.join(path)));
        }
        let mut slates = dates_of(&tables["player_prop_predictions"]);
        slates.sort_unstable();
        slates.dedup();
        tables.insert("subset_performance", best_bets(&slates));
        let health = with_computed_at(&tables["signal_health_daily"]);
        tables.insert("signal_health_daily", health);
        let mut snapshot = Snapshot::open(&folder).unwrap();
        for table in ["signal_health_daily", "subset_performance"] {
            snapshot = snapshot.with_table(table, in_memory(table, &tables[table], usize::MAX)).unwrap();
        }
        League { snapshot, tables: Arc::new(tables), slates }
    }

    /// Slates drawn by lot.
    fn sample(&self) -> Vec<Seen> {
        let mut slates = self.slates.clone();
        slates.shuffle(&mut ChaCha8Rng::seed_from_u64(SEED));
        slates.into_iter().take(SLATES).map(|date| (date, None)).collect()
    }

    /// The same slates, seen from some time of their day, and every fifth from up to three days before.
    fn sample_with_times(&self) -> Vec<Seen> {
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        let mut seen = Vec::new();
        for (at, (date, _)) in self.sample().into_iter().enumerate() {
            let days = if at % 5 == 4 { rng.random_range(1..=3) } else { 0 };
            let time = NaiveTime::from_num_seconds_from_midnight_opt(rng.random_range(7 * 3600..17 * 3600), 0).unwrap();
            seen.push((date, Some((date - TimeDelta::days(days)).and_time(time))));
        }
        seen
    }

    /// What changes in the decisions about `slates` when each turn's later rows are changed, and how many snapshots were
    /// changed at all.
    async fn differences(
        self,
        slates: Vec<Seen>,
        turns: &'static [Turn],
        redefined: Redefined,
    ) -> (Vec<String>, usize) {
        let at_once = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let (permits, redefined) = (Arc::new(Semaphore::new(at_once)), Arc::new(redefined));
        let mut tasks = JoinSet::new();
        for (at, seen) in slates.into_iter().enumerate() {
            let (league, permits, redefined) = (self.clone(), Arc::clone(&permits), Arc::clone(&redefined));
            tasks.spawn(async move {
                let _permit = permits.acquire().await.unwrap();
                let before = decide(&league.snapshot, seen, &redefined).await;
                let (mut found, mut changed) = (Vec::new(), 0);
                for (turn_at, turn) in turns.iter().enumerate() {
                    let Some((change, snapshot)) = league.changed(*turn, seen, at + turn_at) else {
                        continue;
                    };
                    changed += 1;
                    let after = decide(&snapshot, seen, &redefined).await;
                    found
                        .extend(first_difference(&before, &after).map(|difference| {
                            format!("{seen:?} with later rows of {turn:?} {change:?}: {difference}")
                        }));
                }
                (found, changed)
            });
        }
        let (mut all_found, mut all_changed) = (Vec::new(), 0);
        for (found, changed) in tasks.join_all().await {
            all_found.extend(found);
            all_changed += changed;
        }
        (all_found, all_changed)
    }

    /// Whether a turn changes the decision about any of `slates`, looked at one after the other until one is found.
    fn finds(&self, slates: Vec<Seen>, turn: Turn, redefined: Redefined) -> bool {
        run(async {
            for (at, seen) in slates.into_iter().enumerate() {
                let Some((_, snapshot)) = self.changed(turn, seen, at) else {
                    continue;
                };
                let before = decide(&self.snapshot, seen, &redefined).await;
                if first_difference(&before, &decide(&snapshot, seen, &redefined).await).is_some() {
                    return true;
                }
            }
            false
        })
    }

    /// The snapshot with the rows of the turn's table that are later than `seen` changed in one of the ways; none when
    /// there are no such rows.
    fn changed(&self, turn: Turn, (date, as_of): Seen, at: usize) -> Option<(Change, Snapshot)> {
        let table = turn.table();
        let known_before = as_of.map_or(date, |moment| moment.date().min(date));
        let later = match turn {
            Turn::DatedFrom(_) => Later::DatedFrom(date),
            Turn::DatedAfter(_) => Later::DatedFrom(date + TimeDelta::days(1)),
            Turn::Written(_, column) => Later::Written { column, after: as_of?, slate: date },
            Turn::KnownFrom(_) => Later::DatedFrom(known_before),
        };
        let change = Change::ALL[at % Change::ALL.len()];
        let rng = ChaCha8Rng::seed_from_u64(SEED + u64::try_from(at).unwrap());
        let rows = Mutation { rows: &self.tables[table], later, change, rng }.apply()?;
        let rows = if table == "player_game_summary" { each_once(&rows) } else { rows };
        let snapshot = self.snapshot.clone().with_table(table, in_memory(table, &rows, usize::MAX)).unwrap();
        Some((change, snapshot))
    }
}

impl Turn {
    fn table(self) -> &'static str {
        match self {
            Turn::DatedFrom(table) | Turn::DatedAfter(table) | Turn::Written(table, _) | Turn::KnownFrom(table) => {
                table
            }
        }
    }
}

/// The signal health of the vectors with the time of writing that it lacks: noon (UTC) of the day after.
fn with_computed_at(health: &RecordBatch) -> RecordBatch {
    assert!(health.column_by_name("computed_at").is_none(), "the vectors say when signal health was written");
    let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
    let written = dates_of(health).into_iter().map(|date| (date + TimeDelta::days(1)).and_time(noon));
    let written =
        TimestampMicrosecondArray::from_iter_values(written.map(|moment| moment.and_utc().timestamp_micros()));
    let mut fields = health.schema().fields().to_vec();
    fields.push(Arc::new(Field::new("computed_at", DataType::Timestamp(TimeUnit::Microsecond, None), true)));
    let mut columns = health.columns().to_vec();
    columns.push(Arc::new(written));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// A record of the best_bets subset, which the vectors do not have.
fn best_bets(dates: &[NaiveDate]) -> RecordBatch {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let graded: Vec<i64> = dates.iter().map(|_| rng.random_range(0..6)).collect();
    let wins: Vec<i64> = graded.iter().map(|n| rng.random_range(0..=*n)).collect();
    let days = dates.iter().map(|date| Date32Type::from_naive_date(*date));
    let fields = vec![
        Field::new("subset_id", DataType::Utf8, false),
        Field::new("game_date", DataType::Date32, false),
        Field::new("wins", DataType::Int64, true),
        Field::new("graded_picks", DataType::Int64, true),
    ];
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec!["best_bets"; dates.len()])),
        Arc::new(Date32Array::from_iter_values(days)),
        Arc::new(Int64Array::from(wins)),
        Arc::new(Int64Array::from(graded)),
    ];
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// Versions that between them read every table: one that writes every section, one that ranks by signal health.
fn versions() -> [Version; 2] {
    let mut composite = shipped("v296").unwrap();
    composite.defects.clear();
    composite.set("health", "as-of").unwrap();
    [shipped("v318").unwrap(), composite]
}

/// A slate's decision, a line each: the documents, then the decisions relation without what came of them.
async fn decide(snapshot: &Snapshot, (date, as_of): Seen, redefined: &Redefined) -> Vec<String> {
    let mut request = league::request(Dates::On(date), &versions());
    request.as_of = as_of.map(AsOf::At);
    request.partitions = NonZeroUsize::new(1);
    let mut replay = Replay::open(snapshot, request).await.unwrap();
    for (relation, sql) in redefined {
        replay.engine.redefine(relation, sql).await.unwrap();
    }
    let documents = ndjson(&documents(&replay, snapshot).await.unwrap()).unwrap();
    let decided = "SELECT * EXCEPT (actual_points, outcome, units) FROM decisions \
                   ORDER BY version, rank NULLS LAST, player_lookup, game_id";
    let decisions = formats::ndjson(&replay.engine.query(decided).await.unwrap()).unwrap();
    documents.lines().chain(std::str::from_utf8(&decisions).unwrap().lines()).map(str::to_owned).collect()
}

/// The first line that differs, around where it does.
fn first_difference(before: &[String], after: &[String]) -> Option<String> {
    if before == after {
        return None;
    }
    let none = String::new();
    let longest = before.len().max(after.len());
    (0..longest).find_map(|at| {
        let (before, after) = (before.get(at).unwrap_or(&none), after.get(at).unwrap_or(&none));
        let place = before.bytes().zip(after.bytes()).take_while(|(before, after)| before == after).count();
        let around = |line: &str| -> String { line.chars().skip(place.saturating_sub(60)).take(140).collect() };
        (before != after).then(|| format!("line {at}: {} became {}", around(before), around(after)))
    })
}
