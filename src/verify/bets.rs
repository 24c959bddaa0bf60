//! What rows bet on, and what models predicted.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::rows::{list, texts};
use crate::error::Result;
use crate::export::{PickKey, Row, text_of};
use crate::formats::rows;
use crate::replay::Replay;

/// On what a row bets.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Bet {
    player_lookup: String,
    game_id: String,
    side: String,
    /// Predicted points and the line, in tenths.
    tenths: [i64; 2],
}

/// Everything that any model predicted of some picks, superseded or not.
pub struct Predicted(BTreeSet<Bet>);

#[derive(Deserialize)]
struct Prediction {
    player_lookup: String,
    game_id: String,
    recommendation: Option<String>,
    predicted_points: Option<f64>,
    line: Option<f64>,
}

/// How far a recorded number may be from what it is rounded from.
const ROUNDING: f64 = 0.0501;

impl Predicted {
    /// # Errors
    /// Data that breaks the contract.
    pub async fn of(replay: &Replay, keys: &BTreeSet<&PickKey>) -> Result<Predicted> {
        if keys.is_empty() {
            return Ok(Predicted(BTreeSet::new()));
        }
        let sql = format!(
            "SELECT DISTINCT player_lookup, game_id, recommendation, predicted_points, current_points_line AS line \
             FROM player_prop_predictions WHERE game_date IN ({}) AND player_lookup IN ({})",
            list(&keys.iter().map(|key| key.date).collect()),
            texts(&keys.iter().map(|key| key.player_lookup.as_str()).collect())
        );
        let found: Vec<Prediction> = rows(&replay.engine.query(&sql).await?)?;
        let bet = |row: Prediction| Bet {
            player_lookup: row.player_lookup,
            game_id: row.game_id,
            side: row.recommendation.unwrap_or_default(),
            tenths: [row.predicted_points, row.line].map(tenths),
        };
        Ok(Predicted(found.into_iter().map(bet).collect()))
    }

    /// Whether a row bets on what was predicted.
    pub fn has(&self, row: &Row) -> bool {
        self.0.contains(&Bet::of(row))
    }

    /// Why no version can have written a row, whatever it read: it bets on what no model predicted, or contradicts
    /// itself. None where one may have.
    pub fn contradicts(&self, row: &Row) -> Option<String> {
        let number = |name: &str| row.get(name).and_then(Value::as_f64);
        if !self.has(row) {
            return Some(format!("it bets {}, which no model predicted", words(row)));
        }
        if let (Some(edge), Some(points), Some(line)) =
            (number("edge"), number("predicted_points"), number("line_value"))
            && (edge - (points - line)).abs() > 2.0 * ROUNDING
        {
            return Some(format!("its edge is {edge}, and {points} - {line} is another"));
        }
        let tags = row.get("signal_tags").and_then(Value::as_array);
        if let (Some(tags), Some(count)) = (tags, row.get("signal_count").and_then(Value::as_u64))
            && u64::try_from(tags.len()) != Ok(count)
        {
            return Some(format!("it counts {count} signals, and has {}", tags.len()));
        }
        None
    }
}

impl Bet {
    fn of(row: &Row) -> Bet {
        let text = |name: &str| text_of(row, name).unwrap_or_default();
        let number = |name: &str| row.get(name).and_then(Value::as_f64);
        Bet {
            player_lookup: text("player_lookup"),
            game_id: text("game_id"),
            side: text("recommendation"),
            tenths: ["predicted_points", "line_value"].map(number).map(tenths),
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "points of a game, of at most six digits")]
fn tenths(points: Option<f64>) -> i64 {
    (points.unwrap_or_default() * 10.0).round() as i64
}

/// A row's bet in words.
fn words(row: &Row) -> String {
    let value = |name: &str| row.get(name).map_or("nothing".to_owned(), Value::to_string);
    let side = text_of(row, "recommendation").unwrap_or_else(|| "no side".to_owned());
    format!("{side} {} at {} points", value("line_value"), value("predicted_points"))
}
