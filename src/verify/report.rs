//! What a verification says, as data.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dates::Day;
use crate::export::Differing;

/// Recorded picks against the replay of the version that each row names (`reslate verify --format json`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    pub schema_version: u32,
    pub from: Day,
    pub to: Day,
    /// Slates that were asked for.
    pub slates: u64,
    /// Whether the snapshot has recorded picks at all: without the table nothing can be told.
    pub has_records: bool,
    /// Recorded rows on these slates.
    pub recorded: u64,
    /// Recorded rows of dates without a slate, which cannot be verified.
    pub off_slates: u64,
    /// The versions that the rows name, known ones first.
    pub versions: Vec<NamedVersion>,
    /// The version by which slates without a row are decided, or as-deployed: what most recorded slates name. After the
    /// last recorded slate it is the version that this one names.
    pub decided_by: Option<String>,
    /// Recorded rows that the replay would write as they are.
    pub matched: u64,
    /// Recorded rows that the replay picks, but would write otherwise.
    pub differing: u64,
    /// Picks of the replay that are not recorded.
    pub missing: u64,
    /// Recorded rows that the replay does not pick.
    pub extra: u64,
    /// Percent of all these that match; null where there is none.
    pub verified: Option<f64>,
    pub outcomes: Outcomes,
    /// How many findings each cause explains, alone or with another one; most first.
    pub causes: Vec<CauseCount>,
    pub explained: u64,
    /// Those of slates of which nothing is recorded (nothing_recorded) among them.
    pub unexplained: u64,
    /// Percent of the findings that are explained; null where there is none.
    pub explained_share: Option<f64>,
    /// What cannot be told, and what is worth knowing, a sentence each.
    pub notes: Vec<String>,
    /// In order of date, version, player and kind.
    pub findings: Vec<Finding>,
}

/// A version that recorded rows name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedVersion {
    /// As recorded; null where a row names none.
    pub algorithm_version: Option<String>,
    /// The version that was replayed for it; null for an unknown one, whose rows cannot be verified.
    pub version: Option<String>,
    pub rows: u64,
    pub slates: u64,
}

/// Recorded outcomes against what the player scored, on the row's own line and side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcomes {
    pub right: u64,
    pub wrong: u64,
    /// Nothing is recorded.
    pub unfilled: u64,
    /// The points are recorded without what became of the bet, or that without the points; each right as far as it
    /// goes.
    pub half_filled: u64,
    /// Something is recorded, but the snapshot does not know what the player scored.
    pub unknown: u64,
}

/// What is wrong with a pick or a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Kind")]
pub enum DifferenceKind {
    /// The replay picks it, and it is not recorded.
    Missing,
    /// It is recorded, and the replay does not pick it.
    Extra,
    /// Columns of the row are recorded with other values than the replay would write.
    Differs,
    /// The recorded outcome is not that of the row's line and side.
    Outcome,
}

impl fmt::Display for DifferenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DifferenceKind::Missing => "missing",
            DifferenceKind::Extra => "extra",
            DifferenceKind::Differs => "differs",
            DifferenceKind::Outcome => "outcome",
        })
    }
}

/// Why a record is not what the replay gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Another writer, or a later backfill: the row was written after its slate, or with other values a second time.
    OtherWriter,
    /// The same row is there again.
    RecordedTwice,
    /// Another best-bets model decided.
    Champion,
    /// Another version of the same name decided.
    SameName,
    /// The decision read signal health in another mode.
    HealthMode,
    /// Parts worked that returned nothing as the version was shipped.
    AsIntended,
    /// The combo registry was in another order.
    RegistryOrder,
    /// A tie that production left open: among models, or among equal scores.
    Tie,
    /// Rows that were superseded since, or came late: as of the time of writing the decision was this.
    AsOf,
    /// A row of an earlier run, left behind when a later one picked nothing.
    StaleRow,
    /// The outcome is that of another model's grading.
    OtherOutcome,
    /// The outcome is that of an earlier grading of the same bet.
    SupersededOutcome,
    /// Nothing is recorded of the slate. That says what happened, not why: it explains nothing.
    NothingRecorded,
}

impl Cause {
    /// In words, as the summary lists it.
    pub fn title(self) -> &'static str {
        match self {
            Cause::OtherWriter => "another writer or a later backfill",
            Cause::RecordedTwice => "recorded twice",
            Cause::Champion => "another best-bets model",
            Cause::SameName => "another version of the same name",
            Cause::HealthMode => "another health mode",
            Cause::AsIntended => "parts working as intended",
            Cause::RegistryOrder => "another order of the combo registry",
            Cause::Tie => "a tie",
            Cause::AsOf => "superseded or late rows",
            Cause::StaleRow => "a stale row that a re-export without picks left behind",
            Cause::OtherOutcome => "an outcome from another model's row",
            Cause::SupersededOutcome => "an outcome from a superseded grading",
            Cause::NothingRecorded => "nothing is recorded of the slate",
        }
    }

    /// Its name in the machine formats.
    pub fn name(self) -> &'static str {
        match self {
            Cause::OtherWriter => "other_writer",
            Cause::RecordedTwice => "recorded_twice",
            Cause::Champion => "champion",
            Cause::SameName => "same_name",
            Cause::HealthMode => "health_mode",
            Cause::AsIntended => "as_intended",
            Cause::RegistryOrder => "registry_order",
            Cause::Tie => "tie",
            Cause::AsOf => "as_of",
            Cause::StaleRow => "stale_row",
            Cause::OtherOutcome => "other_outcome",
            Cause::SupersededOutcome => "superseded_outcome",
            Cause::NothingRecorded => "nothing_recorded",
        }
    }

    /// Whether it says why the record differs.
    pub fn explains(self) -> bool {
        self != Cause::NothingRecorded
    }
}

/// A cause of a finding, with what it is here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    pub cause: Cause,
    /// Such as `champion catboost_v9 -> catboost_v12`.
    pub detail: String,
}

impl Reason {
    pub fn new(cause: Cause, detail: impl Into<String>) -> Reason {
        Reason { cause, detail: detail.into() }
    }
}

/// How many findings have a cause, alone or with others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CauseCount {
    pub cause: Cause,
    pub count: u64,
}

/// Something in which the record and the replay differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    pub date: Day,
    pub algorithm_version: Option<String>,
    /// The version that was replayed; null where the row's is unknown and only its outcome was checked.
    pub version: Option<String>,
    pub player_lookup: String,
    pub game_id: String,
    pub kind: DifferenceKind,
    /// Its most likely cause, several where it takes them together; empty: unexplained.
    pub reasons: Vec<Reason>,
    /// The columns that differ; of a missing pick or an extra row none.
    pub columns: Vec<Differing>,
    /// Of an unexplained one: what the replay says of it, and what was tried.
    pub trace: Vec<String>,
}

impl Finding {
    pub fn is_explained(&self) -> bool {
        !self.reasons.is_empty() && self.reasons.iter().all(|reason| reason.cause.explains())
    }

    /// Whether it is missing since nothing is recorded of its slate.
    pub fn is_unrecorded(&self) -> bool {
        self.reasons.iter().any(|reason| reason.cause == Cause::NothingRecorded)
    }
}
