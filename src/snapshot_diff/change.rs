//! What became of rows between two snapshots, and how much of it there is in a table.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dates::Day;

/// Columns in which any two rows differ.
const OF_THE_ROW: [&str; 7] =
    ["prediction_id", "prediction_version", "superseded_by", "created_at", "graded_at", "computed_at", "evaluated_at"];

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RowChangeKind {
    /// Another prediction of the same grain is the active one.
    Superseded,
    /// No prediction of the grain is active any more; its rows are still there.
    Withdrawn,
    /// A later grading counts.
    Regraded,
    /// The row has other values.
    Changed,
    /// The row is there more often or less often, the same in every column.
    Repeated,
    New,
    Gone,
}

/// What became of a pick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PickChangeKind {
    Added,
    Removed,
    /// On the other side.
    Flipped,
    /// On the same side, by another line, edge or source model.
    Repriced,
    /// The same but for its outcome.
    Outcome,
}

/// How a table differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableDiff {
    pub table: String,
    /// Rows of the compared dates; null where the snapshot does not have the table.
    pub rows_a: Option<u64>,
    pub rows_b: Option<u64>,
    pub new: u64,
    pub gone: u64,
    pub superseded: u64,
    pub withdrawn: u64,
    pub regraded: u64,
    pub changed: u64,
    pub repeated: u64,
    /// Rows that do not count any more (superseded, graded again) and that only one of the two has.
    pub history: u64,
}

/// A row that counts and is another one, or that only one of the two has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowChange {
    pub table: String,
    pub change: RowChangeKind,
    /// Null for an undated table.
    pub date: Option<Day>,
    pub system_id: Option<String>,
    pub player_lookup: Option<String>,
    pub game_id: Option<String>,
    /// The rest of what identifies the row, such as a signal's tag.
    pub key: Option<String>,
    /// The values that differ; empty for a row that only one has.
    pub fields: Vec<FieldChange>,
}

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldChange {
    pub field: String,
    pub old: Option<String>,
    pub new: Option<String>,
}

impl RowChange {
    /// Whether it is of a date from `first` on, or of none.
    pub fn is_since(&self, first: Option<NaiveDate>) -> bool {
        self.date.zip(first).is_none_or(|(date, first)| date.0 >= first)
    }

    /// The values that differ, in words.
    pub fn said(&self) -> String {
        said(self.fields.iter())
    }

    /// The same without what every other row has of its own (its id, when it was written), where there is more to say.
    pub fn in_short(&self) -> String {
        let telling = said(self.fields.iter().filter(|field| !OF_THE_ROW.contains(&field.field.as_str())));
        if telling.is_empty() { self.said() } else { telling }
    }
}

fn said<'f>(fields: impl Iterator<Item = &'f FieldChange>) -> String {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    let said = |field: &FieldChange| format!("{} {} -> {}", field.field, or_none(&field.old), or_none(&field.new));
    fields.map(said).collect::<Vec<_>>().join(", ")
}

impl std::fmt::Display for RowChangeKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            RowChangeKind::Superseded => "superseded",
            RowChangeKind::Withdrawn => "withdrawn",
            RowChangeKind::Regraded => "regraded",
            RowChangeKind::Changed => "changed",
            RowChangeKind::Repeated => "repeated",
            RowChangeKind::New => "new",
            RowChangeKind::Gone => "gone",
        })
    }
}

impl TableDiff {
    /// Every count, with what it is of.
    pub fn counts(&self) -> [(&'static str, u64); 8] {
        [
            ("new", self.new),
            ("gone", self.gone),
            ("superseded", self.superseded),
            ("withdrawn", self.withdrawn),
            ("regraded", self.regraded),
            ("changed", self.changed),
            ("repeated", self.repeated),
            ("history", self.history),
        ]
    }

    /// Counts one more.
    pub fn count(&mut self, change: RowChangeKind) {
        *match change {
            RowChangeKind::Superseded => &mut self.superseded,
            RowChangeKind::Withdrawn => &mut self.withdrawn,
            RowChangeKind::Regraded => &mut self.regraded,
            RowChangeKind::Changed => &mut self.changed,
            RowChangeKind::Repeated => &mut self.repeated,
            RowChangeKind::New => &mut self.new,
            RowChangeKind::Gone => &mut self.gone,
        } += 1;
    }

    /// Whether nothing of the table differs.
    pub fn is_same(&self) -> bool {
        self.rows_a == self.rows_b && self.counts().iter().all(|(_, count)| *count == 0)
    }
}
