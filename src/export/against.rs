//! What would be recorded against what is recorded.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use datafusion::arrow::array::RecordBatch;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::TABLE;
use crate::count::count;
use crate::dates::Day;
use crate::error::{Error, Result};
use crate::formats::{self, SCHEMA_VERSION};
use crate::replay::Replay;

/// Columns that are not compared: who wrote them when, what is known only later, and what is in our words.
pub const NOT_COMPARED: [&str; 5] =
    ["created_at", "actual_points", "prediction_correct", "pick_angles", "signal_regimes_snapshot"];

/// Rows that would be written against the recorded ones of the same versions (`reslate export --dry-run --format json`).
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Against {
    pub schema_version: u32,
    /// Slates that were asked for.
    pub asked: u64,
    /// In order of date; only slates with a row on either side.
    pub slates: Vec<SlateAgainst>,
    /// In order of date and player.
    pub differences: Vec<Difference>,
    /// Recorded rows of these dates by other versions, which are left alone.
    pub of_other_versions: u64,
}

/// A slate's rows, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlateAgainst {
    pub date: Day,
    pub would_write: u64,
    pub recorded: u64,
    pub same: u64,
    pub different: u64,
    pub new: u64,
    pub only_recorded: u64,
    /// Recorded rows of a pick beyond the first; each is counted above, too.
    pub repeated: u64,
}

/// A column of a row that is recorded with another value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    pub date: Day,
    pub player_lookup: String,
    #[serde(flatten)]
    pub differing: Differing,
}

/// A column that has two values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Differing {
    pub column: String,
    pub recorded: Value,
    pub would_write: Value,
}

/// A row of signal_best_bets_picks; a column that is NULL is not there.
pub type Row = Map<String, Value>;

/// Which pick a row is of: its grain but for the version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PickKey {
    pub date: NaiveDate,
    pub player_lookup: String,
    pub game_id: String,
}

/// The rows of each pick of a version.
type Rows = BTreeMap<(PickKey, Option<String>), Vec<Row>>;

impl Against {
    /// Whether every recorded row would be written as it is, and once.
    pub fn agrees(&self) -> bool {
        self.slates.iter().all(|slate| slate.different == 0 && slate.only_recorded == 0 && slate.repeated == 0)
    }
}

impl PickKey {
    /// The pick that a row is of.
    ///
    /// # Errors
    /// A row without one of the key's columns.
    pub fn of(row: &Row) -> Result<PickKey> {
        let part =
            |name: &str| text_of(row, name).ok_or_else(|| Error::Engine(format!("{TABLE}.{name} is missing").into()));
        let date = part("game_date")?;
        let date = date.parse().map_err(|_| Error::Engine(format!("{TABLE}.game_date is {date}").into()))?;
        Ok(PickKey { date, player_lookup: part("player_lookup")?, game_id: part("game_id")? })
    }
}

/// A column that is a text; none where it is NULL.
pub fn text_of(row: &Row, column: &str) -> Option<String> {
    row.get(column).and_then(Value::as_str).map(str::to_owned)
}

/// The columns in which two rows differ, but for those that never count and those of `left_out`.
pub fn differing(recorded: &Row, would_write: &Row, left_out: &[&str]) -> Vec<Differing> {
    let columns: BTreeSet<&String> = recorded.keys().chain(would_write.keys()).collect();
    let value = |row: &Row, column: &String| row.get(column).cloned().unwrap_or(Value::Null);
    columns
        .into_iter()
        .filter(|column| !NOT_COMPARED.contains(&column.as_str()) && !left_out.contains(&column.as_str()))
        .filter(|column| value(recorded, column) != value(would_write, column))
        .map(|column| Differing {
            column: column.clone(),
            recorded: value(recorded, column),
            would_write: value(would_write, column),
        })
        .collect()
}

/// Whether two rows have the same columns, likewise.
pub fn agree(row: &Row, other: &Row, left_out: &[&str]) -> bool {
    let counts = |column: &str| !NOT_COMPARED.contains(&column) && !left_out.contains(&column);
    let counted = |row: &Row| row.keys().filter(|column| counts(column)).count();
    let same = |(column, value): (&String, &Value)| !counts(column) || other.get(column) == Some(value);
    row.iter().all(same) && counted(row) == counted(other)
}

/// Holds `rows` against what the snapshot of `replay` has recorded on the replay's slates.
///
/// # Errors
/// Recorded rows that break the contract.
pub async fn against(replay: &Replay, rows: &RecordBatch) -> Result<Against> {
    let dates: BTreeSet<NaiveDate> = replay.slates.iter().map(|slate| slate.game_date).collect();
    let versions: BTreeSet<&str> = replay.versions.iter().map(|version| version.algorithm_version.as_str()).collect();
    let recorded = format!("SELECT * FROM {TABLE} WHERE game_date IN (SELECT game_date FROM slates)");
    let mut recorded = by_key(&replay.engine.query(&recorded).await?)?;
    let all = rows_of(recorded.values());
    recorded.retain(|(_, version), _| version.as_ref().is_some_and(|version| versions.contains(version.as_str())));
    let of_other_versions = count(all - rows_of(recorded.values()));
    let would_write = by_key(std::slice::from_ref(rows))?;
    let mut slates = Vec::new();
    let mut differences = Vec::new();
    for date in &dates {
        let ours: Rows = of_date(&would_write, *date);
        let theirs: Rows = of_date(&recorded, *date);
        if ours.is_empty() && theirs.is_empty() {
            continue;
        }
        let mut slate = SlateAgainst {
            date: Day(*date),
            would_write: count(rows_of(ours.values())),
            recorded: count(rows_of(theirs.values())),
            same: 0,
            different: 0,
            new: count(rows_of(ours.iter().filter(|(key, _)| !theirs.contains_key(*key)).map(|(_, rows)| rows))),
            only_recorded: 0,
            repeated: count(rows_of(theirs.values()) - theirs.len()),
        };
        for (key, rows) in &theirs {
            let Some(own) = ours.get(key).and_then(|own| own.first()) else {
                slate.only_recorded += count(rows.len());
                continue;
            };
            for row in rows {
                let found = differing(row, own, &[]);
                *(if found.is_empty() { &mut slate.same } else { &mut slate.different }) += 1;
                differences.extend(found.into_iter().map(|differing| Difference {
                    date: Day(*date),
                    player_lookup: key.0.player_lookup.clone(),
                    differing,
                }));
            }
        }
        slates.push(slate);
    }
    Ok(Against { schema_version: SCHEMA_VERSION, asked: count(dates.len()), slates, differences, of_other_versions })
}

fn of_date(rows: &Rows, date: NaiveDate) -> Rows {
    rows.iter().filter(|((key, _), _)| key.date == date).map(|(key, rows)| (key.clone(), rows.clone())).collect()
}

fn rows_of<'a>(picks: impl Iterator<Item = &'a Vec<Row>>) -> usize {
    picks.map(Vec::len).sum()
}

fn by_key(batches: &[RecordBatch]) -> Result<Rows> {
    let mut by_key = Rows::new();
    for row in formats::rows::<Row>(batches)? {
        by_key.entry((PickKey::of(&row)?, text_of(&row, "algorithm_version"))).or_default().push(row);
    }
    // Whatever the order of the rows in their files.
    by_key.values_mut().for_each(|rows| rows.sort_by_cached_key(|row| Value::Object(row.clone()).to_string()));
    Ok(by_key)
}
