//! What the doctor says, as data.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dates::Day;

/// What the checks found (`reslate doctor --format json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Diagnosis {
    pub schema_version: u32,
    /// The version whose signals, blacklist and filters are looked at, or as-deployed.
    pub version: String,
    pub from: Day,
    pub to: Day,
    pub slates: u64,
    /// Every check, in order.
    pub checks: Vec<Checked>,
    /// In the order of the checks.
    pub findings: Vec<Finding>,
}

/// A check and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Checked {
    pub check: Check,
    pub about: String,
    pub status: Status,
    /// Why nobody can tell, where nobody can.
    pub untold: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    Found,
    /// The snapshot lacks what it takes to tell.
    Untold,
}

/// Something that a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    pub check: Check,
    /// What it is about: a table, a model, a signal, a filter.
    pub subject: String,
    /// How many slates, rows or models it is about.
    pub count: u64,
    pub message: String,
    /// What to do.
    pub advice: String,
}

/// A check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    StaleTable,
    TableGap,
    UnclassifiedModel,
    EmptyRegistry,
    UnmatchedRegistry,
    UngradedModel,
    SilentSignal,
    EmptyBlacklist,
    HealthLeak,
    DuplicateGradings,
    DifferentStores,
    MixedConfidences,
    NoPicks,
}

impl Check {
    pub const ALL: [Check; 13] = [
        Check::StaleTable,
        Check::TableGap,
        Check::UnclassifiedModel,
        Check::EmptyRegistry,
        Check::UnmatchedRegistry,
        Check::UngradedModel,
        Check::SilentSignal,
        Check::EmptyBlacklist,
        Check::HealthLeak,
        Check::DuplicateGradings,
        Check::DifferentStores,
        Check::MixedConfidences,
        Check::NoPicks,
    ];

    /// What the configuration view lists as its sync section.
    pub const OF_SYNC: [Check; 6] = [
        Check::StaleTable,
        Check::UnclassifiedModel,
        Check::EmptyRegistry,
        Check::UnmatchedRegistry,
        Check::UngradedModel,
        Check::SilentSignal,
    ];

    /// Its name in the machine formats.
    pub fn name(self) -> &'static str {
        match self {
            Check::StaleTable => "stale_table",
            Check::TableGap => "table_gap",
            Check::UnclassifiedModel => "unclassified_model",
            Check::EmptyRegistry => "empty_registry",
            Check::UnmatchedRegistry => "unmatched_registry",
            Check::UngradedModel => "ungraded_model",
            Check::SilentSignal => "silent_signal",
            Check::EmptyBlacklist => "empty_blacklist",
            Check::HealthLeak => "health_leak",
            Check::DuplicateGradings => "duplicate_gradings",
            Check::DifferentStores => "different_stores",
            Check::MixedConfidences => "mixed_confidences",
            Check::NoPicks => "no_picks",
        }
    }

    /// What it looks for.
    pub fn about(self) -> &'static str {
        match self {
            Check::StaleTable => "tables that end before the newest slate that was played",
            Check::TableGap => "slates that were played and of which a table has no row",
            Check::UnclassifiedModel => "models of the last 3 slates that are of no family, so never candidates",
            Check::EmptyRegistry => "a model registry without a row",
            Check::UnmatchedRegistry => "registry rows of no graded model, and graded models of no registry row",
            Check::UngradedModel => "models of the last 3 slates without gradings in 7 days",
            Check::SilentSignal => "signals of the version that have not fired in 3 days or more",
            Check::EmptyBlacklist => "an empty blacklist although players qualify",
            Check::HealthLeak => "decisions that read the health row of their own date, which holds their results",
            Check::DuplicateGradings => "gradings that are counted twice",
            Check::DifferentStores => "best bets that the two stores of them do not both have",
            Check::MixedConfidences => "confidences on both scales, 0-1 and 0-100",
            Check::NoPicks => "slates with candidates and no picks",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Finding {
    pub fn new(check: Check, subject: &str, count: u64, message: String, advice: impl Into<String>) -> Finding {
        Finding { check, subject: subject.to_owned(), count, message, advice: advice.into() }
    }
}
