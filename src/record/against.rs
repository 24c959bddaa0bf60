//! What would be recorded against what is recorded.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use datafusion::arrow::array::RecordBatch;
use serde_json::{Map, Value};

use super::TABLE;
use crate::error::{Error, Result};
use crate::export;
use crate::replay::Replay;

/// Columns that are not compared: who wrote them when, what is known only later, and what is in our words.
const NOT_COMPARED: [&str; 5] =
    ["created_at", "actual_points", "prediction_correct", "pick_angles", "signal_regimes_snapshot"];

/// Rows that would be written against the recorded ones of the same versions.
#[derive(Debug)]
pub struct Against {
    /// In order of date; only slates with a row on either side.
    pub slates: Vec<SlateAgainst>,
    /// In order of date and player.
    pub differences: Vec<Difference>,
    /// Recorded rows of these dates by other versions, which are left alone.
    pub of_other_versions: usize,
}

/// A slate's rows, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlateAgainst {
    pub date: String,
    pub would_write: usize,
    pub recorded: usize,
    pub same: usize,
    pub different: usize,
    pub new: usize,
    pub only_recorded: usize,
}

/// A column of a row that is recorded with another value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub date: String,
    pub player_lookup: String,
    pub column: String,
    pub recorded: Value,
    pub would_write: Value,
}

/// Date, player, game and algorithm_version.
type Key = [String; 4];
type Rows = BTreeMap<Key, Map<String, Value>>;

/// Holds `rows` against what the snapshot of `replay` has recorded on the replay's slates.
///
/// # Errors
/// Recorded rows that break the contract.
pub async fn against(replay: &Replay, rows: &RecordBatch) -> Result<Against> {
    let dates: BTreeSet<NaiveDate> = replay.slates.iter().map(|slate| slate.game_date).collect();
    let versions: BTreeSet<&str> = replay.versions.iter().map(|version| version.algorithm_version.as_str()).collect();
    let recorded = format!("SELECT * FROM {TABLE} WHERE game_date IN (SELECT game_date FROM slates)");
    let mut recorded = by_key(&replay.engine.query(&recorded).await?)?;
    let all = recorded.len();
    recorded.retain(|[_, _, _, version], _| versions.contains(version.as_str()));
    let of_other_versions = all - recorded.len();
    let would_write = by_key(std::slice::from_ref(rows))?;
    let mut slates = Vec::new();
    let mut differences = Vec::new();
    for date in dates.iter().map(NaiveDate::to_string) {
        let of_date = |rows: &Rows| rows.keys().filter(|key| key[0] == date).cloned().collect::<BTreeSet<Key>>();
        let (ours, theirs) = (of_date(&would_write), of_date(&recorded));
        if ours.is_empty() && theirs.is_empty() {
            continue;
        }
        let mut different = 0;
        for key in ours.intersection(&theirs) {
            let found = differing(key, &recorded[key], &would_write[key]);
            different += usize::from(!found.is_empty());
            differences.extend(found);
        }
        let shared = ours.intersection(&theirs).count();
        slates.push(SlateAgainst {
            date,
            would_write: ours.len(),
            recorded: theirs.len(),
            same: shared - different,
            different,
            new: ours.len() - shared,
            only_recorded: theirs.len() - shared,
        });
    }
    Ok(Against { slates, differences, of_other_versions })
}

fn by_key(batches: &[RecordBatch]) -> Result<Rows> {
    let rows: Vec<Map<String, Value>> = export::rows(batches)?;
    let part = |row: &Map<String, Value>, name: &str| match row.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        None => Ok(String::new()),
        Some(other) => Err(Error::Engine(format!("{TABLE}.{name} is {other}"))),
    };
    let keyed = rows.into_iter().map(|row| {
        let key = ["game_date", "player_lookup", "game_id", "algorithm_version"].map(|name| part(&row, name));
        let [date, player, game, version] = key;
        Ok(([date?, player?, game?, version?], row))
    });
    keyed.collect()
}

fn differing(key: &Key, recorded: &Map<String, Value>, would_write: &Map<String, Value>) -> Vec<Difference> {
    let columns: BTreeSet<&String> = recorded.keys().chain(would_write.keys()).collect();
    let value = |row: &Map<String, Value>, column: &String| row.get(column).cloned().unwrap_or(Value::Null);
    columns
        .into_iter()
        .filter(|column| !NOT_COMPARED.contains(&column.as_str()))
        .filter(|column| value(recorded, column) != value(would_write, column))
        .map(|column| Difference {
            date: key[0].clone(),
            player_lookup: key[1].clone(),
            column: column.clone(),
            recorded: value(recorded, column),
            would_write: value(would_write, column),
        })
        .collect()
}
