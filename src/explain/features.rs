//! The features of a candidate: which there are, the row each was read from, and why one is absent.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::datum::{Datum, Row};
use crate::engine::{Lineage, store};
use crate::error::Result;
use crate::snapshot::{Snapshot, TABLES, numbered};
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
    /// The row of the player and the slate's date in the feature store.
    Store,
}

/// (column of `decisions`, unit, origin)
type Known = (&'static str, &'static str, Origin);

/// Every feature, in the order in which they are shown (specification: selection, "Features", "Slate health", "Consensus").
const FEATURES: &[Known] = &[
    ("prev_minutes", "minutes", Origin::LatestGame),
    ("starter_flag", "", Origin::LatestGame),
    ("rest_days", "days", Origin::LatestGame),
    ("is_home", "", Origin::LatestGame),
    ("minutes_avg_last_3", "minutes", Origin::EarlierGames),
    ("minutes_avg_season", "minutes", Origin::EarlierGames),
    ("minutes_surge", "minutes", Origin::EarlierGames),
    ("minutes_deficit", "minutes", Origin::EarlierGames),
    ("three_pct_last_3", "0-1", Origin::EarlierGames),
    ("three_pct_season", "0-1", Origin::EarlierGames),
    ("three_pct_std", "0-1", Origin::EarlierGames),
    ("three_pa_per_game", "attempts", Origin::EarlierGames),
    ("fg_pct_last_3", "0-1", Origin::EarlierGames),
    ("fg_pct_season", "0-1", Origin::EarlierGames),
    ("fg_pct_std", "0-1", Origin::EarlierGames),
    ("points_avg_season", "points", Origin::EarlierGames),
    ("points_std_last_5", "points", Origin::EarlierGames),
    ("usage_avg_season", "percent", Origin::EarlierGames),
    ("fta_season", "attempts", Origin::EarlierGames),
    ("ft_rate_season", "per attempt", Origin::EarlierGames),
    ("unassisted_fg_season", "makes", Origin::EarlierGames),
    ("neg_pm_streak", "games", Origin::EarlierGames),
    ("neg_pm_1", "", Origin::EarlierGames),
    ("neg_pm_2", "", Origin::EarlierGames),
    ("neg_pm_3", "", Origin::EarlierGames),
    ("under_streak", "games", Origin::Gradings),
    ("prev_over_1", "", Origin::Gradings),
    ("prev_over_2", "", Origin::Gradings),
    ("prev_over_3", "", Origin::Gradings),
    ("prev_over_4", "", Origin::Gradings),
    ("prev_over_5", "", Origin::Gradings),
    ("prev_correct_1", "", Origin::Gradings),
    ("prev_correct_2", "", Origin::Gradings),
    ("prev_correct_3", "", Origin::Gradings),
    ("prev_correct_4", "", Origin::Gradings),
    ("prev_correct_5", "", Origin::Gradings),
    ("previous_line", "points", Origin::PreviousLine),
    ("prop_line_delta", "points", Origin::PreviousLine),
    ("multi_book_line_std", "points", Origin::Books),
    ("games_vs_opponent", "games", Origin::Opponent),
    ("v12_recommendation", "", Origin::V12),
    ("v12_abs_edge", "points", Origin::V12),
    ("champion_graded", "gradings", Origin::Record),
    ("champion_hit_rate", "percent", Origin::Record),
    ("model_health_status", "", Origin::ModelHealth),
    ("hit_rate_7d", "percent", Origin::ModelHealth),
    ("consensus_majority", "", Origin::Votes),
    ("model_agreement_count", "models", Origin::Votes),
    ("feature_set_diversity", "", Origin::Votes),
    ("avg_edge_agreeing", "points", Origin::Votes),
    ("quantile_consensus_under", "", Origin::Votes),
    ("consensus_bonus", "points of score", Origin::Votes),
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

/// What every feature is, those that only the definitions of some of `versions` name last.
pub fn facts(missing: &Missing, versions: &[Version]) -> Vec<FeatureFacts> {
    let facts = |(name, unit, _): &Known| FeatureFacts {
        name: (*name).to_owned(),
        unit: (!unit.is_empty()).then(|| (*unit).to_owned()),
        missing: missing.of_column(name),
    };
    let named = store::named_by(versions);
    let mut named: Vec<String> = named.into_iter().collect();
    for feature in versions.iter().flat_map(Version::features) {
        if !named.contains(&feature.name) {
            named.push(feature.name.clone());
        }
    }
    let named = named.into_iter().map(|name| FeatureFacts { missing: missing.of_column(&name), unit: None, name });
    FEATURES.iter().map(facts).chain(named).collect()
}

/// Every feature of a row of `decisions`, those that only the version's definitions name last.
pub fn of(row: Row<'_>, version: &Version, missing: &Missing) -> Result<Vec<Feature>> {
    let sources = Sources { row, version };
    let named = store::named(version).map(|(name, _)| (name, "", Origin::Store));
    let of_past = version.features().into_iter().map(|feature| -> Result<Feature> {
        Ok(Feature {
            name: feature.name.clone(),
            value: row.get(&feature.name)?,
            unit: None,
            source: feature.described(),
            missing: missing.of_column(&feature.name),
        })
    });
    FEATURES
        .iter()
        .copied()
        .chain(named)
        .map(|(name, unit, origin)| {
            Ok(Feature {
                name: name.to_owned(),
                value: row.get(name)?,
                unit: (!unit.is_empty()).then(|| unit.to_owned()),
                source: sources.describe(origin)?,
                missing: missing.of_column(name),
            })
        })
        .chain(of_past)
        .collect()
}

/// What of the snapshot is missing, by the columns of `decisions` that are made of it.
#[derive(Debug, Default)]
pub struct Missing(BTreeMap<String, String>);

impl Missing {
    /// What `snapshot` does not have of all that decisions of some versions are made of.
    ///
    /// # Errors
    /// A query that does not plan.
    pub async fn of(snapshot: &Snapshot, versions: &[Version]) -> Result<Missing> {
        let mut is_whole = true;
        for table in TABLES {
            is_whole &= match snapshot.table(table.name) {
                Some(files) => files.missing_columns()?.is_empty(),
                None => false,
            };
        }
        if is_whole {
            return Ok(Missing::default());
        }
        let lineage = Lineage::by("decisions", versions).await?;
        let missing = lineage.columns().map(|(name, made)| {
            let found = made.optional().find_map(|(table, column)| missing(snapshot, table, column).transpose());
            Ok(found.transpose()?.map(|found| (name.to_owned(), found)))
        });
        Ok(Missing(missing.filter_map(Result::transpose).collect::<Result<_>>()?))
    }

    /// What is missing of that which the column called `name` is made of.
    pub fn of_column(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }

    /// Everything that features need and the snapshot does not have, each once with the features it takes away.
    pub fn by_cause(&self) -> Vec<String> {
        let mut found: Vec<(String, Vec<&str>)> = Vec::new();
        for (name, ..) in FEATURES {
            let Some(what) = self.of_column(name) else {
                continue;
            };
            match found.iter_mut().find(|(other, _)| *other == what) {
                Some((_, names)) => names.push(name),
                None => found.push((what, vec![name])),
            }
        }
        found.into_iter().map(|(what, names)| format!("{what}: {} cannot be known", names.join(", "))).collect()
    }
}

fn missing(snapshot: &Snapshot, table: &str, column: &str) -> Result<Option<String>> {
    Ok(match snapshot.table(table) {
        None => Some(format!("the snapshot has no table {table}")),
        Some(files) if files.missing_columns()?.contains(&column) => {
            Some(format!("the snapshot has no column {table}.{column}"))
        }
        Some(_) => None,
    })
}

/// What stands for the rows of a player without one.
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
                date => format!("the latest game, {date} {}", row.text("stats_game_id")?),
            },
            Origin::EarlierGames => match row.get("stats_game_date")? {
                Datum::Absent => NO_GAME.to_owned(),
                date => format!("games of the season {until} {date}"),
            },
            Origin::Gradings => match row.get("streak_game_date")? {
                Datum::Absent => format!("no run of gradings of {champion} before the slate"),
                date => format!("gradings of {champion} on the player {until} {date}, latest first"),
            },
            Origin::PreviousLine => match row.get("previous_line_date")? {
                Datum::Absent => {
                    let days = self.version.parameter("line_move_days");
                    format!("no line of {champion} in the {days} days before")
                }
                date => format!("prediction of {champion} on {date}"),
            },
            Origin::Store => format!("the player's row of {} of {slate}", numbered::TABLE),
            Origin::Books => format!("the sportsbooks' lines of {slate}"),
            Origin::Opponent => match row.get("opponent")? {
                Datum::Absent => "no opponent known".to_owned(),
                opponent => format!("games against {opponent} this season"),
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
                format!("gradings of {champion} on the player this season, edge {edge} or more")
            }
            Origin::ModelHealth => {
                let days = self.version.parameter("health_days");
                format!("gradings of {champion} in the {days} days before")
            }
            Origin::Votes => {
                let edge = self.version.parameter("consensus_edge");
                format!("votes of the slate's models on the player, edge {edge} or more")
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pick_columns::COLUMNS;

    #[tokio::test]
    async fn every_column_of_decisions_is_a_feature_or_told_otherwise() {
        let lineage = Lineage::of("decisions").await.unwrap();
        let is_shown = |name: &str| FEATURES.iter().any(|(feature, ..)| *feature == name);
        assert!(FEATURES.iter().all(|(name, ..)| lineage.made(name).is_some_and(|made| *made != Default::default())));
        let is_told = |name: &str| COLUMNS.iter().any(|column| column.name == name);
        let columns = lineage.columns().map(|(name, _)| name);
        let missing: Vec<&str> = columns.filter(|name| !is_shown(name) && !is_told(name)).collect();
        assert_eq!(missing, [] as [&str; 0]);
    }
}
