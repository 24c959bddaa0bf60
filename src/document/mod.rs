//! The decision document: what production wrote of a slate, one JSON a slate, with production's keys in production's
//! order (specification: selection, "Decision document"; versions, "Document sections").

mod build;
mod ordered;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use build::documents;

use crate::dates::Day;
use crate::error::{Error, Reason, Result};

/// A slate's decision: its picks, and what was known about the champion, the players and the signals.
///
/// A slate without candidates has none of the sections that may be absent, unless its version writes filter_summary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct Document {
    /// Raised when the machine formats change in a way that a reader notices.
    pub schema_version: u32,
    /// The slate's date.
    pub date: Day,
    /// The season's name, such as "2025-26"; absent where the version does not write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub season: Option<String>,
    /// When the snapshot was pulled (RFC 3339, UTC); null for a plain folder, which does not say.
    pub generated_at: Option<String>,
    /// The fewest qualifying signals of a pick, model_health included; 0 where the filter is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_signal_count: Option<i64>,
    /// The production record of the best_bets subset before the slate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Record>,
    /// How the champion had done in the days before.
    pub model_health: ModelHealth,
    /// The health row that the version's health mode reads, by signal; empty in mode live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal_health: Option<BTreeMap<String, SignalHealth>>,
    /// Players on whom the champion kept losing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub player_blacklist: Option<PlayerBlacklist>,
    /// The champion's hit rates by side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction_health: Option<DirectionHealth>,
    /// How groups of models had done by side and size of edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_direction_affinity: Option<ModelDirectionAffinity>,
    /// Whether the health gate closed the slate, which then has no candidates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_gate_active: Option<bool>,
    /// Why it did, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_gate_reason: Option<String>,
    /// How many candidates each filter removed first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter_summary: Option<FilterSummary>,
    /// How many candidates had how large an edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge_distribution: Option<EdgeDistribution>,
    /// game_ids whose candidates production left out, since the game had begun; empty, since a replay decides before the games.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_games_filtered: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_pick_count: Option<u64>,
    /// Whether there is exactly one pick, which then has the warning of that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_conviction_day: Option<bool>,
    /// By rank.
    pub picks: Vec<DocumentPick>,
    pub total_picks: u64,
    /// The version's signals in its order, without model_health; empty when there was no candidate to look at.
    pub signals_evaluated: Vec<String>,
    /// What in the rows that were read breaks the contract, and so may not have counted; production's documents have no such key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Wins and losses since three dates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Since the latest November 1st.
    pub season: Tally,
    /// Since the 1st of the slate's month.
    pub month: Tally,
    /// Since Monday.
    pub week: Tally,
}

/// Wins and losses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    pub wins: i64,
    pub losses: i64,
    /// Hit rate in percent, to one digit; 0 when nothing is graded.
    pub pct: f64,
}

/// The champion's recent hit rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelHealth {
    /// unknown, blocked, watch or healthy.
    pub status: String,
    /// In percent; null when nothing was graded.
    pub hit_rate_7d: Option<f64>,
    /// Gradings that the rate is of.
    pub graded_count: i64,
}

/// The health row of a signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalHealth {
    /// In percent.
    pub hr_7d: Option<f64>,
    /// In percent.
    pub hr_season: Option<f64>,
    /// HOT, NORMAL or COLD.
    pub regime: Option<String>,
    /// HEALTHY, WATCH or DEGRADING.
    pub status: Option<String>,
    pub is_model_dependent: Option<bool>,
}

/// Players on whom the champion's hit rate is below the threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlayerBlacklist {
    /// Players blacklisted.
    pub count: i64,
    /// Players with enough picks to be judged.
    pub evaluated: i64,
    /// In percent; a player below it is blacklisted; null when the filter is off.
    pub hr_threshold: Option<f64>,
    /// Picks from which on a player is judged.
    pub min_picks: i64,
    /// player_lookup of the worst ten at most, worst first.
    pub players: Vec<String>,
}

/// The champion's hit rate by side, in percent; null when nothing was graded, or nothing was right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectionHealth {
    pub over_hr_14d: Option<f64>,
    pub under_hr_14d: Option<f64>,
    /// Gradings that the rate is of.
    pub over_n: i64,
    pub under_n: i64,
}

/// How groups of models had done by side and size of edge in the days before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelDirectionAffinity {
    /// Whether nothing can be blocked by it.
    pub observation_mode: bool,
    /// Cells with enough gradings.
    pub combos_evaluated: u64,
    pub combos_blocked: u64,
    /// The cells below the threshold, by group, side and band.
    pub blocked_list: Vec<LosingCell>,
    /// Those below 45 %, whatever the threshold.
    pub would_block_at_45: Vec<LosingCell>,
    /// By group of models, side, and band of |edge| in points: 3_5, 5_7 or 7_plus.
    pub affinities: BTreeMap<String, BTreeMap<String, BTreeMap<String, AffinityCell>>>,
}

/// A group of models with a side and size of edge on which it had been losing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LosingCell {
    pub group: String,
    pub direction: String,
    pub edge_band: String,
    /// In percent.
    pub hit_rate: f64,
    pub total_picks: i64,
}

/// How a group of models did on a side with edges of a size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AffinityCell {
    /// Wins in percent of all picks.
    pub hit_rate: f64,
    /// Gradings, those without a result too.
    pub total_picks: i64,
    pub wins: i64,
    pub losses: i64,
}

/// The funnel: `passed_filters` and the counts of `rejected` add up to `total_candidates`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterSummary {
    pub total_candidates: u64,
    pub passed_filters: u64,
    /// By production's name of the filter that removed a candidate first, in the order of the filters; empty when there
    /// was no candidate.
    #[serde(with = "ordered")]
    #[schemars(with = "BTreeMap<String, u64>")]
    pub rejected: Vec<(String, u64)>,
}

/// Candidates by the size of their |edge|, in points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EdgeDistribution {
    pub total_predictions: u64,
    pub edge_3_plus: u64,
    pub edge_5_plus: u64,
    pub edge_7_plus: u64,
    /// The largest |edge|, to one digit; null without candidates.
    pub max_edge: Option<f64>,
}

/// The side of the line that is bet on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Side {
    Over,
    Under,
}

/// A pick of a slate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Pick", extend("additionalProperties" = false))]
pub struct DocumentPick {
    /// From 1.
    pub rank: u64,
    /// Full name; null for a player without an earlier game this season.
    pub player: Option<String>,
    pub player_lookup: String,
    /// YYYYMMDD_AWAY_HOME.
    pub game_id: String,
    /// Of the player's latest game; null without one.
    pub team: Option<String>,
    pub opponent: String,
    /// Predicted points.
    pub prediction: f64,
    /// The sportsbook's line, in points.
    pub line: f64,
    pub direction: Side,
    /// prediction - line, in points.
    pub edge: f64,
    /// As the model gave it: on 0-1 or on 0-100.
    pub confidence: Option<f64>,
    /// Qualifying signals in the version's order.
    pub signals: Vec<String>,
    pub signal_count: u64,
    /// What ranks the picks: points of edge, or production's composite points.
    pub composite_score: Option<f64>,
    pub matched_combo_id: Option<String>,
    pub combo_classification: Option<String>,
    /// The matched combo's historical hit rate, in percent.
    pub combo_hit_rate: Option<f64>,
    pub warnings: Vec<String>,
    /// Reasons in words, at most five.
    pub angles: Vec<String>,
    /// Models in the majority.
    pub model_agreement: i64,
    /// Their system_ids, ascending.
    pub agreeing_models: Vec<String>,
    /// Feature sets in the majority.
    pub feature_diversity: i64,
    /// Points of composite score; 0 when the pick is not on the majority's side.
    pub consensus_bonus: f64,
    pub quantile_under_consensus: bool,
    /// Production's subsets that hold the player, by subset_id; empty unless a subset version was given.
    pub qualifying_subsets: Vec<QualifyingSubset>,
    pub qualifying_subset_count: u64,
    pub algorithm_version: String,
    /// Absent where the version takes the champion's predictions only.
    #[serde(flatten)]
    pub attribution: Option<Attribution>,
    /// Absent where the version does not write it.
    #[serde(flatten)]
    pub market: Option<Market>,
    /// Points scored; production fills it in after grading, so it is null.
    pub actual: Option<i64>,
    /// Production fills it in after grading, so it is null.
    pub result: Option<String>,
}

/// Which model a pick came from, and who else bid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Attribution {
    /// system_id of the model with the largest |edge|.
    pub source_model: String,
    pub source_model_family: Option<String>,
    /// Models whose |edge| was large enough to count.
    pub n_models_eligible: i64,
    /// The champion's edge in points; null when it was absent or too small to count.
    pub champion_edge: Option<f64>,
    /// Whether some of these models said OVER and some UNDER.
    pub direction_conflict: bool,
}

/// What is bet on, and where the pick is recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Market {
    /// PTS: points.
    pub stat: String,
    /// The system_id of the row in signal_best_bets_picks: that of the source model.
    pub system_id: String,
    /// When the game starts; null, since the schedule is no part of a snapshot.
    pub game_time: Option<String>,
}

/// A production subset that holds a player.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QualifyingSubset {
    pub subset_id: String,
    pub system_id: Option<String>,
}

impl Document {
    /// The document as indented JSON that ends with a line break.
    pub fn json(&self) -> Result<String> {
        indented(self)
    }
}

/// Documents as an indented JSON array that ends with a line break.
pub fn json_array(documents: &[Document]) -> Result<String> {
    indented(documents)
}

/// One document a line.
pub fn ndjson(documents: &[Document]) -> Result<String> {
    let mut lines = String::new();
    for document in documents {
        lines += &serde_json::to_string(document).map_err(unwritable)?;
        lines.push('\n');
    }
    Ok(lines)
}

fn indented(value: &(impl Serialize + ?Sized)) -> Result<String> {
    let mut text = serde_json::to_string_pretty(value).map_err(unwritable)?;
    text.push('\n');
    Ok(text)
}

fn unwritable(error: serde_json::Error) -> Error {
    Error::Engine(Reason::because(format!("a decision document cannot be written: {error}"), error))
}
