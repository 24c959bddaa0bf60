//! The picks that are compared.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dates::Day;
use crate::error::Result;
use crate::formats::rows;
use crate::grade::Record;
use crate::pick_columns::{self, Reader};
use crate::replay::Replay;

/// A pick, with what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bet {
    #[serde(alias = "game_date")]
    pub date: Day,
    pub player_lookup: String,
    pub player: Option<String>,
    pub game_id: String,
    pub recommendation: String,
    /// Points.
    pub line: f64,
    /// Points, signed.
    pub edge: f64,
    pub source_model_id: String,
    pub rank: u64,
    pub outcome: String,
}

/// A bet without its price: on what, and which side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct Key {
    pub game_id: String,
    pub player_lookup: String,
    pub recommendation: String,
}

impl Bet {
    pub(super) fn key(&self) -> Key {
        Key {
            game_id: self.game_id.clone(),
            player_lookup: self.player_lookup.clone(),
            recommendation: self.recommendation.clone(),
        }
    }

    pub(super) fn is_of(&self, other: &Bet) -> bool {
        self.game_id == other.game_id && self.player_lookup == other.player_lookup
    }
}

#[derive(Deserialize)]
struct Row {
    version: String,
    #[serde(flatten)]
    bet: Bet,
}

/// Every pick of a replay with the id of the version that picked it, in order of date and rank.
pub(crate) async fn read(replay: &Replay) -> Result<Vec<(String, Bet)>> {
    let columns = pick_columns::list(Reader::Comparison);
    let picks = format!("SELECT version, {columns} FROM picks ORDER BY game_date, rank, version");
    let picks: Vec<Row> = rows(&replay.engine.query(&picks).await?)?;
    Ok(picks.into_iter().map(|row| (row.version, row.bet)).collect())
}

pub(super) fn record<'a>(picks: impl IntoIterator<Item = &'a Bet>) -> Record {
    picks.into_iter().map(|bet| Record::of(&bet.outcome, 1)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bet_has_the_columns_that_are_read_for_it() {
        let named = |name: &str| if name == "game_date" { "date".to_owned() } else { name.to_owned() };
        assert_eq!(pick_columns::fields::<Bet>(), pick_columns::names(Reader::Comparison).map(named).collect());
    }
}
