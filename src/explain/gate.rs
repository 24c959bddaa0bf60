//! The slates that a version's health gate closes, and why.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::datum::Rows;
use crate::error::Result;
use crate::replay::Replay;

const CLOSED: &str = "SELECT decided.version, decided.game_date, params.champion, slate_health.hit_rate_7d, \
    params.health_gate FROM slate_versions AS decided JOIN params ON params.version = decided.version \
    JOIN slate_health ON slate_health.feature_set = params.feature_set AND slate_health.game_date = decided.game_date \
    LEFT ANTI JOIN open_slates ON open_slates.version = decided.version AND open_slates.game_date = decided.game_date";

/// By version and date, why the gate closes the slate: nobody is a candidate on it (specification: versions, "Health gate").
pub struct Closed(BTreeMap<(String, NaiveDate), String>);

impl Closed {
    /// The slates of `replay` that are closed.
    ///
    /// # Errors
    /// Data that breaks the contract.
    pub async fn of(replay: &Replay) -> Result<Closed> {
        replay.compute(&["open_slates", "slate_health"]).await?;
        let mut closed = BTreeMap::new();
        for row in Rows::new(&replay.engine.query(CLOSED).await?)?.iter() {
            if let Some(date) = row.get("game_date")?.date() {
                let [rate, gate] = [row.get("hit_rate_7d")?, row.get("health_gate")?];
                let why = format!(
                    "no candidate: the health gate closes the slate, {} hit {rate} % in the last days, below health_gate {gate}",
                    row.text("champion")?
                );
                closed.insert((row.text("version")?, date), why);
            }
        }
        Ok(Closed(closed))
    }

    /// Why the slate of a date is closed; none where it is open.
    pub fn why(&self, version: &str, date: NaiveDate) -> Option<&str> {
        self.0.get(&(version.to_owned(), date)).map(String::as_str)
    }
}
