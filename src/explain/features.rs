//! The features of a candidate: which there are, the row each was read from, and why one is absent.

use schemars::JsonSchema;
use serde::Serialize;

use super::datum::{Datum, Row};
use crate::error::Result;
use crate::snapshot::Snapshot;
use crate::version::{Defect, Version};

/// A feature with its value and where that came from.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Feature {
    /// A column of `decisions`.
    pub name: String,
    /// Null: absent, it can qualify no signal.
    pub value: Datum,
    pub unit: Option<String>,
    /// The row or rows it was read from.
    pub source: String,
    /// What of the snapshot is missing, so that the feature is absent or counts as 0 for every player.
    pub missing: Option<String>,
}

/// The rows a feature is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The player's latest game before the slate.
    LatestGame,
    /// The games that end there, or one earlier as production read them.
    EarlierGames,
    /// The champion's gradings that end with the latest one, or one earlier.
    Gradings,
    PreviousLine,
    Books,
    Opponent,
    V12,
    Record,
    ModelHealth,
    Votes,
}

/// (column of `decisions`, unit, origin, table and column of the snapshot it needs besides the required ones)
type Known = (&'static str, &'static str, Origin, Option<(&'static str, &'static str)>);

const fn game(column: &'static str) -> Option<(&'static str, &'static str)> {
    Some(("player_game_summary", column))
}

const GRADED: Option<(&str, &str)> = Some(("prediction_accuracy", "actual_points"));
const CORRECT: Option<(&str, &str)> = Some(("prediction_accuracy", "prediction_correct"));

/// Every feature, in the order in which they are shown (specification: selection, "Features", "Slate health", "Consensus").
const FEATURES: &[Known] = &[
    ("prev_minutes", "minutes", Origin::LatestGame, game("minutes_played")),
    ("starter_flag", "", Origin::LatestGame, game("starter_flag")),
    ("rest_days", "days", Origin::LatestGame, None),
    ("is_home", "", Origin::LatestGame, None),
    ("minutes_avg_last_3", "minutes", Origin::EarlierGames, game("minutes_played")),
    ("minutes_avg_season", "minutes", Origin::EarlierGames, game("minutes_played")),
    ("minutes_surge", "minutes", Origin::EarlierGames, game("minutes_played")),
    ("minutes_deficit", "minutes", Origin::EarlierGames, game("minutes_played")),
    ("three_pct_last_3", "0-1", Origin::EarlierGames, game("three_pt_makes")),
    ("three_pct_season", "0-1", Origin::EarlierGames, game("three_pt_makes")),
    ("three_pct_std", "0-1", Origin::EarlierGames, game("three_pt_makes")),
    ("three_pa_per_game", "attempts", Origin::EarlierGames, game("three_pt_attempts")),
    ("fg_pct_last_3", "0-1", Origin::EarlierGames, game("fg_makes")),
    ("fg_pct_season", "0-1", Origin::EarlierGames, game("fg_makes")),
    ("fg_pct_std", "0-1", Origin::EarlierGames, game("fg_makes")),
    ("points_avg_season", "points", Origin::EarlierGames, game("points")),
    ("points_std_last_5", "points", Origin::EarlierGames, game("points")),
    ("usage_avg_season", "percent", Origin::EarlierGames, game("usage_rate")),
    ("fta_season", "attempts", Origin::EarlierGames, game("ft_attempts")),
    ("unassisted_fg_season", "makes", Origin::EarlierGames, game("unassisted_fg_makes")),
    ("neg_pm_streak", "games", Origin::EarlierGames, game("plus_minus")),
    ("neg_pm_1", "", Origin::EarlierGames, game("plus_minus")),
    ("neg_pm_2", "", Origin::EarlierGames, game("plus_minus")),
    ("neg_pm_3", "", Origin::EarlierGames, game("plus_minus")),
    ("under_streak", "games", Origin::Gradings, GRADED),
    ("prev_over_1", "", Origin::Gradings, GRADED),
    ("prev_over_2", "", Origin::Gradings, GRADED),
    ("prev_over_3", "", Origin::Gradings, GRADED),
    ("prev_over_4", "", Origin::Gradings, GRADED),
    ("prev_over_5", "", Origin::Gradings, GRADED),
    ("prev_correct_1", "", Origin::Gradings, CORRECT),
    ("prev_correct_2", "", Origin::Gradings, CORRECT),
    ("prev_correct_3", "", Origin::Gradings, CORRECT),
    ("prev_correct_4", "", Origin::Gradings, CORRECT),
    ("prev_correct_5", "", Origin::Gradings, CORRECT),
    ("previous_line", "points", Origin::PreviousLine, Some(("player_prop_predictions", "current_points_line"))),
    ("prop_line_delta", "points", Origin::PreviousLine, Some(("player_prop_predictions", "current_points_line"))),
    ("multi_book_line_std", "points", Origin::Books, Some(("ml_feature_store_v2", "feature_50_value"))),
    ("games_vs_opponent", "games", Origin::Opponent, game("minutes_played")),
    ("v12_recommendation", "", Origin::V12, None),
    ("v12_abs_edge", "points", Origin::V12, None),
    ("champion_graded", "gradings", Origin::Record, Some(("prediction_accuracy", "is_voided"))),
    ("champion_hit_rate", "percent", Origin::Record, CORRECT),
    ("model_health_status", "", Origin::ModelHealth, CORRECT),
    ("hit_rate_7d", "percent", Origin::ModelHealth, CORRECT),
    ("consensus_majority", "", Origin::Votes, None),
    ("model_agreement_count", "models", Origin::Votes, None),
    ("feature_set_diversity", "", Origin::Votes, None),
    ("avg_edge_agreeing", "points", Origin::Votes, None),
    ("quantile_consensus_under", "", Origin::Votes, None),
    ("consensus_bonus", "points of score", Origin::Votes, None),
];

/// What a feature is, whatever the candidate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeatureFacts {
    /// A column of `decisions`.
    pub name: String,
    pub unit: Option<String>,
    /// What of the snapshot is missing, so that the feature is absent or counts as 0 for every player.
    pub missing: Option<String>,
}

/// What every feature is.
pub fn facts(snapshot: &Snapshot) -> Vec<FeatureFacts> {
    let facts = |(name, unit, _, needs): &Known| FeatureFacts {
        name: (*name).to_owned(),
        unit: (!unit.is_empty()).then(|| (*unit).to_owned()),
        missing: needs.and_then(|(table, column)| missing(snapshot, table, column)),
    };
    FEATURES.iter().map(facts).collect()
}

/// Every feature of a row of `decisions`.
pub fn of(row: Row<'_>, version: &Version, snapshot: &Snapshot) -> Result<Vec<Feature>> {
    let sources = Sources { row, version };
    FEATURES
        .iter()
        .map(|(name, unit, origin, needs)| {
            Ok(Feature {
                name: (*name).to_owned(),
                value: row.get(name)?,
                unit: (!unit.is_empty()).then(|| (*unit).to_owned()),
                source: sources.describe(*origin)?,
                missing: needs.and_then(|(table, column)| missing(snapshot, table, column)),
            })
        })
        .collect()
}

/// What of the snapshot the feature called `name` needs and does not have.
pub fn missing_for(name: &str, snapshot: &Snapshot) -> Option<String> {
    let (.., needs) = FEATURES.iter().find(|(feature, ..)| *feature == name)?;
    needs.and_then(|(table, column)| missing(snapshot, table, column))
}

/// Everything that features need and the snapshot does not have, each once with the features it takes away.
pub fn all_missing(snapshot: &Snapshot) -> Vec<String> {
    let mut found: Vec<(String, Vec<&str>)> = Vec::new();
    for (name, _, _, needs) in FEATURES {
        let Some(what) = needs.and_then(|(table, column)| missing(snapshot, table, column)) else {
            continue;
        };
        match found.iter_mut().find(|(other, _)| *other == what) {
            Some((_, names)) => names.push(name),
            None => found.push((what, vec![name])),
        }
    }
    found.into_iter().map(|(what, names)| format!("{what}: {} cannot be known", names.join(", "))).collect()
}

fn missing(snapshot: &Snapshot, table: &str, column: &str) -> Option<String> {
    match snapshot.table(table) {
        None => Some(format!("the snapshot has no table {table}")),
        Some(files) if files.absent_columns().contains(&column) => {
            Some(format!("the snapshot has no column {table}.{column}"))
        }
        Some(_) => None,
    }
}

const NO_GAME: &str = "no game of the season before the slate";

struct Sources<'a> {
    row: Row<'a>,
    version: &'a Version,
}

impl Sources<'_> {
    /// The row or rows of `origin` in words.
    fn describe(&self, origin: Origin) -> Result<String> {
        let row = self.row;
        let (slate, champion) = (row.get("game_date")?, self.version.champion());
        // As production did, windows leave out the latest row; `windows=fixed` has it in them.
        let until = if self.version.text("windows") == "fixed" { "up to" } else { "before" };
        Ok(match origin {
            Origin::LatestGame => match row.get("stats_game_date")? {
                Datum::Absent => NO_GAME.to_owned(),
                date => format!("his latest game, {date} {}", row.text("stats_game_id")?),
            },
            Origin::EarlierGames => match row.get("stats_game_date")? {
                Datum::Absent => NO_GAME.to_owned(),
                date => format!("his games of the season {until} {date}"),
            },
            Origin::Gradings => match row.get("streak_game_date")? {
                Datum::Absent => format!("no run of gradings of {champion} before the slate"),
                date => format!("gradings of {champion} on him {until} {date}, latest first"),
            },
            Origin::PreviousLine => match row.get("previous_line_date")? {
                Datum::Absent => {
                    let days = self.version.parameter("line_move_days");
                    format!("no line of {champion} in the {days} days before")
                }
                date => format!("prediction of {champion} on {date}"),
            },
            Origin::Books => format!("the sportsbooks' lines of {slate}"),
            Origin::Opponent => match row.get("opponent")? {
                Datum::Absent => "no opponent known".to_owned(),
                opponent => format!("his games against {opponent} this season"),
            },
            Origin::V12 => match row.get("v12_system_id")? {
                Datum::Absent => "no V12 prediction on the slate".to_owned(),
                system => format!("prediction of {system}"),
            },
            Origin::Record if !self.version.works(Defect::PlayerBlacklist) => {
                "returned nothing in this version as shipped".to_owned()
            }
            Origin::Record => {
                let edge = self.version.parameter("blacklist_min_edge");
                format!("gradings of {champion} on him this season, edge {edge} or more")
            }
            Origin::ModelHealth => {
                let days = self.version.parameter("health_days");
                format!("gradings of {champion} in the {days} days before")
            }
            Origin::Votes => {
                let edge = self.version.parameter("consensus_edge");
                format!("votes of the slate's models on him, edge {edge} or more")
            }
        })
    }
}
