//! The conditions of a version's signals taken apart: each part of a conjunction on each candidate of a player.

use schemars::JsonSchema;
use serde::Serialize;

use super::datum::{Datum, Rows};
use crate::definition::{Conjunct, FEATURE, SET};
use crate::error::Result;
use crate::replay::Replay;
use crate::sql;
use crate::version::Version;

/// A part of a signal's condition on a candidate.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Condition {
    /// As it may be written, such as `rest_days >= min_rest`.
    pub condition: String,
    /// Null: something that it looks at is absent, so that it does not hold.
    pub holds: Option<bool>,
    /// What is compared; null where nothing is, or it is absent.
    pub value: Datum,
    /// With what; null where nothing is compared, or the threshold is off.
    pub threshold: Datum,
    /// How far the value is from the threshold; null where there is nothing to measure.
    pub margin: Datum,
}

/// The conditions of a player's candidates, by game and signal.
pub struct Conditions(Vec<(String, String, Vec<Condition>)>);

impl Conditions {
    /// Of the candidates of `player` that a replay by `version` decided.
    ///
    /// # Errors
    /// Data that breaks the contract.
    pub async fn of(replay: &Replay, version: &Version, player: &str) -> Result<Conditions> {
        let known = version.signals.iter().filter_map(|name| Some((name, version.catalogue.signals.get(name)?)));
        let parts: Vec<(&String, Vec<Conjunct>)> =
            known.map(|(name, signal)| (name, signal.when.conjuncts(&signal.tags))).collect();
        let mut columns = Vec::new();
        for (at, (_, conjuncts)) in parts.iter().enumerate() {
            for (part, conjunct) in conjuncts.iter().enumerate() {
                columns.push(format!("CAST(({}) AS BOOLEAN) AS \"holds {at} {part}\"", conjunct.sql));
                if let Some([value, _, threshold]) = &conjunct.comparison {
                    columns.push(format!("{value} AS \"value {at} {part}\", {threshold} AS \"threshold {at} {part}\""));
                }
            }
        }
        let columns = format!("game_id, {}", columns.join(", "));
        let condition = format!("version = {} AND player_lookup = {}", sql::text(&version.id), sql::text(player));
        let Some(sql) = replay.engine.over_facts(&columns, &condition) else { return Ok(Conditions(Vec::new())) };
        let rows = Rows::new(&replay.engine.query(&sql).await?)?;
        let mut found = Vec::new();
        for row in rows.iter() {
            let game = row.text("game_id")?;
            for (at, (name, conjuncts)) in parts.iter().enumerate() {
                let mut conditions = Vec::new();
                for (part, conjunct) in conjuncts.iter().enumerate() {
                    let get = |what: &str| match conjunct.comparison {
                        Some(_) => row.get(&format!("{what} {at} {part}")),
                        None => Ok(Datum::Absent),
                    };
                    let (value, threshold) = (get("value")?, get("threshold")?);
                    let margin =
                        value.number().zip(threshold.number()).map(|(value, threshold)| (value - threshold).abs());
                    let holds = row.get(&format!("holds {at} {part}"))?;
                    conditions.push(Condition {
                        condition: as_written(&conjunct.text, name),
                        holds: (!holds.is_absent()).then(|| holds.is_true()),
                        value,
                        threshold,
                        margin: margin.map_or(Datum::Absent, Datum::Decimal),
                    });
                }
                found.push((game.clone(), (*name).clone(), conditions));
            }
        }
        Ok(Conditions(found))
    }

    /// Those of a signal in a game.
    pub fn take(&mut self, game: &str, signal: &str) -> Vec<Condition> {
        let found = self.0.iter_mut().find(|(of_game, of_signal, _)| of_game == game && of_signal == signal);
        found.map(|(_, _, conditions)| std::mem::take(conditions)).unwrap_or_default()
    }
}

/// A condition without quotes, with the parameters of the definition called `name` by their short names.
pub fn as_written(sql: &str, name: &str) -> String {
    let prefixes = [format!("{SET}{name}."), SET.to_owned(), FEATURE.to_owned()];
    prefixes.iter().fold(sql.to_owned(), |sql, prefix| sql.replace(&format!("\"{prefix}"), "\"")).replace('"', "")
}
