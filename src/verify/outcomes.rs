//! Recorded outcomes against what the player scored.

use serde::Deserialize;

use super::report::{Cause, DifferenceKind, Finding, Outcomes, Reason};
use crate::dates::Day;
use crate::error::Result;
use crate::export::Differing;
use crate::formats::rows;
use crate::replay::Replay;

#[derive(Deserialize)]
struct Outcome {
    game_date: Day,
    player_lookup: String,
    game_id: String,
    algorithm_version: Option<String>,
    recommendation: Option<String>,
    line_value: Option<f64>,
    recorded_points: Option<i64>,
    recorded_correct: Option<bool>,
    actual_points: Option<i64>,
    correct: Option<bool>,
    attached_system_id: Option<String>,
    attached_recommendation: Option<String>,
    attached_line_value: Option<f64>,
    attached_is_same_bet: Option<bool>,
}

#[derive(Deserialize)]
struct Counted {
    verdict: String,
    rows: u64,
}

/// How the recorded outcomes did, and the wrong ones; the relation recorded_outcomes is computed.
pub async fn check(replay: &Replay) -> Result<(Outcomes, Vec<Finding>)> {
    let counts = "SELECT verdict, count(*) AS rows FROM recorded_outcomes GROUP BY verdict";
    let mut outcomes = Outcomes::default();
    for Counted { verdict, rows } in rows::<Counted>(&replay.engine.query(counts).await?)? {
        match verdict.as_str() {
            "right" => outcomes.right = rows,
            "wrong" => outcomes.wrong = rows,
            "half_filled" => outcomes.half_filled = rows,
            "unfilled" => outcomes.unfilled = rows,
            _ => outcomes.unknown = rows,
        }
    }
    let wrong = "SELECT * FROM recorded_outcomes WHERE verdict = 'wrong' \
                 ORDER BY game_date, player_lookup, game_id, algorithm_version";
    let wrong: Vec<Outcome> = rows(&replay.engine.query(wrong).await?)?;
    Ok((outcomes, wrong.into_iter().map(Outcome::finding).collect()))
}

impl Outcome {
    fn finding(self) -> Finding {
        let reason = self.attached_system_id.as_ref().map(|system| {
            let attached = bet(&self.attached_recommendation, self.attached_line_value);
            if self.attached_is_same_bet == Some(true) {
                Reason::new(
                    Cause::SupersededOutcome,
                    format!("it is that of an earlier grading of {system}'s {attached}"),
                )
            } else {
                Reason::new(Cause::OtherOutcome, format!("it is that of {system}'s {attached}"))
            }
        });
        let own = bet(&self.recommendation, self.line_value);
        let points = self.actual_points.map_or("nobody knows how many".to_owned(), |points| points.to_string());
        let trace = if reason.is_some() {
            Vec::new()
        } else {
            vec![
                format!("the row bets {own}, and the player scored {points}"),
                "no grading of the player in this game has the recorded outcome".to_owned(),
            ]
        };
        let columns = [
            ("actual_points", self.recorded_points.into(), self.actual_points.into()),
            ("prediction_correct", self.recorded_correct.into(), self.correct.into()),
        ];
        let columns =
            columns.into_iter().filter(|(_, recorded, actual): &(_, serde_json::Value, _)| recorded != actual);
        Finding {
            date: self.game_date,
            algorithm_version: self.algorithm_version,
            version: None,
            player_lookup: self.player_lookup,
            game_id: self.game_id,
            kind: DifferenceKind::Outcome,
            reasons: reason.into_iter().collect(),
            columns: columns
                .map(|(column, recorded, would_write)| Differing { column: column.to_owned(), recorded, would_write })
                .collect(),
            trace,
        }
    }
}

/// A bet in words, such as `OVER 20.5`.
fn bet(side: &Option<String>, line: Option<f64>) -> String {
    let line = line.map_or("no line".to_owned(), |line| line.to_string());
    format!("{} {line}", side.as_deref().unwrap_or("no side"))
}
