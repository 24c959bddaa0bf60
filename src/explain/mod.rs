//! Why a candidate was or was not picked, and how close the others came: the trace of the decisions.
//!
//! Everything is read from the relations that decide (`decisions`, `bids`, and `non_bids` for who could not bid), so a
//! trace cannot say anything but what the replay did. Only the outcome was not known to the decision; it stands apart,
//! under `afterwards`.

mod candidate;
mod conditions;
mod datum;
mod features;
mod filters;
mod findings;
mod gate;
mod players;
mod signals;
mod slate;
mod traces;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

pub use candidate::{Bid, Candidate, Combo, Game, NonBid};
pub use conditions::Condition;
use conditions::Conditions;
pub(crate) use conditions::as_written;
pub use datum::Datum;
pub(crate) use features::Missing;
pub use features::{Feature, FeatureFacts};
pub use filters::{Filter, Verdict, rule, symbol};
pub use signals::{Input, Signal, Threshold};
pub use slate::{CapStep, NearMiss, Step};
pub use traces::{BidColumns, Column, FilterFacts, SignalFacts, Traces, VersionFacts, of_picks};

use crate::count::count;
use crate::engine::Slate;
use crate::error::{Error, Result};
use crate::formats::SCHEMA_VERSION;
use crate::replay::Replay;
use crate::snapshot::Snapshot;
use crate::snapshot::breach::Breach;
use crate::version::{Cap, Version};
use datum::{Row, Rows};
use gate::Closed;
use players::Player;
use slate::Judged;

/// The trace of a player on a date: `reslate explain DATE PLAYER --format json`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Explanation {
    pub schema_version: u32,
    pub decided: Decided,
    pub player_lookup: String,
    /// The full name, where the snapshot says.
    pub player: Option<String>,
    /// A game each; a player has two on a date only where a game was moved.
    pub games: Vec<Game>,
    /// Why nobody is a candidate on the slate, where the version's health gate closes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
    /// What in the rows that were read breaks the contract, and so may not have counted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// The funnel of a slate and its near misses: `reslate explain DATE --format json`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SlateExplanation {
    pub schema_version: u32,
    pub decided: Decided,
    pub candidates: u64,
    /// Candidates that no filter blocks. The `blocked_first` of the funnel and these add up to the candidates.
    pub passed: u64,
    /// Those of them that no cap refuses.
    pub picks: u64,
    /// The most picks of a slate.
    pub cap: Option<i64>,
    /// The version's caps. What they refuse and the picks add up to the candidates that passed.
    pub caps: Vec<CapStep>,
    /// The version's filters in its order.
    pub funnel: Vec<Step>,
    /// In words: why there is no pick, or none of a side, and what hangs on the combo registry's order.
    pub findings: Vec<String>,
    /// Candidates that exactly one filter blocks. Closest first, by the margin's share of the threshold, so that filters
    /// of different units compare; those without a margin (anti_pattern) last, by edge.
    pub near_misses: Vec<NearMiss>,
    /// What the snapshot does not have, and which features that takes away.
    pub missing: Vec<String>,
    /// What in the rows that were read breaks the contract, and so may not have counted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// What `reslate explain --format json` writes: the trace of a player where one is given, else the slate's.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Explained {
    Player(Explanation),
    Slate(SlateExplanation),
}

/// Which decision is explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Decided {
    /// YYYY-MM-DD.
    pub date: String,
    pub version: String,
    pub algorithm_version: String,
    /// The best-bets model.
    pub champion: String,
    /// Only what had been written by then counted (UTC); null: everything the snapshot holds.
    pub as_of: Option<String>,
}

/// What came of a candidate: not known to the decision.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Afterwards {
    pub actual_points: Option<i64>,
    /// WIN, LOSS, PUSH, VOID or UNGRADED, against the candidate's own line and side.
    pub outcome: String,
    /// Of stake, at odds of -110; null when ungraded.
    pub units: Option<f64>,
}

/// The bids by every choice of candidates, with their weights where the version weighs models.
const BIDS: &str = "SELECT c.candidate_set, b.*, w.weight, \
                    coalesce(w.weighted_edge, CAST(b.abs_edge AS DOUBLE)) AS weighted_edge \
                    FROM candidate_sets AS c JOIN bids AS b ON b.bid_set = c.bid_set LEFT JOIN weighted_bids AS w \
                    ON w.candidate_set = c.candidate_set AND w.player_lookup = b.player_lookup \
                    AND w.game_id = b.game_id AND w.system_id = b.system_id";

/// The trace of the player whom `wanted` names, whole or in part, on the replay's date.
///
/// # Errors
/// No player of the date matches, or several do; data that breaks the contract.
pub async fn player(replay: &Replay, snapshot: &Snapshot, wanted: &str) -> Result<Explanation> {
    let (slate, version) = only_slate(replay)?;
    replay.compute(&["bids", "weighted_bids", "non_bids"]).await?;
    let decisions = Rows::new(&replay.decisions().await?)?;
    let (bids, non_bids) = (Rows::new(&replay.engine.query(BIDS).await?)?, relation(replay, "non_bids").await?);
    let mut players: Vec<Player> = Vec::new();
    for row in decisions.iter() {
        let name = row.get("player")?.text().map(str::to_owned);
        players.push(Player { player_lookup: row.text("player_lookup")?, name });
    }
    let closed = Closed::of(replay).await?;
    let closed = closed.why(&version.id, slate.game_date).map(str::to_owned);
    // Of a closed slate no decision names them.
    for row in bids.iter().filter(|_| closed.is_some()) {
        players.push(Player { player_lookup: row.text("player_lookup")?, name: None });
    }
    for row in non_bids.iter() {
        // A row that is of nobody breaks the contract, which is said as a warning.
        if let Some(player) = row.get("player_lookup")?.text() {
            players.push(Player { player_lookup: player.to_owned(), name: None });
        }
    }
    // Of one player the entry with a name sorts behind that without: the last of the same lookup is the one to keep.
    players.sort();
    players.reverse();
    players.dedup_by(|later, kept| later.player_lookup == kept.player_lookup);
    players.reverse();
    let player = players::find(wanted, slate.game_date, &players)?;
    let relations = candidate::Relations { decisions: &decisions, bids: &bids, non_bids: &non_bids };
    let mut games =
        candidate::games(&player.player_lookup, &relations, version, &Missing::of(snapshot, &replay.versions).await?)?;
    let mut conditions = Conditions::of(replay, version, &player.player_lookup).await?;
    for game in &mut games {
        let signals = game.candidate.iter_mut().flat_map(|candidate| &mut candidate.signals);
        signals.for_each(|signal| signal.conditions = conditions.take(&game.game_id, &signal.signal));
    }
    Ok(Explanation {
        schema_version: SCHEMA_VERSION,
        decided: decided(slate, version),
        player_lookup: player.player_lookup.clone(),
        player: player.name.clone(),
        games,
        closed,
        warnings: [replay.engine.ledgers().said(), replay.warnings().await?].concat(),
    })
}

/// The funnel and the near misses of the replay's date.
///
/// # Errors
/// Data that breaks the contract.
pub async fn slate(replay: &Replay, snapshot: &Snapshot) -> Result<SlateExplanation> {
    only_slate(replay)?;
    let mut slates = slates(replay, snapshot).await?;
    slates.pop().ok_or_else(|| Error::Engine("the replay has no slate".into()))
}

/// The funnel and the near misses of every slate of the replay by every version of it, in the order of the versions and
/// their slates.
///
/// # Errors
/// Data that breaks the contract.
pub async fn slates(replay: &Replay, snapshot: &Snapshot) -> Result<Vec<SlateExplanation>> {
    let decisions = Rows::new(&replay.decisions().await?)?;
    let missing = Missing::of(snapshot, &replay.versions).await?.by_cause();
    let about = AboutRows { missing, breaches: replay.engine.ledgers().breaches(), amiss: replay.amiss().await? };
    let closed = Closed::of(replay).await?;
    let mut rows: BTreeMap<(String, NaiveDate), Vec<Row<'_>>> = BTreeMap::new();
    for row in decisions.iter() {
        if let Some(date) = row.get("game_date")?.date() {
            rows.entry((row.text("version")?, date)).or_default().push(row);
        }
    }
    let mut explained = Vec::new();
    for version in &replay.versions {
        for slate in &replay.slates {
            let of_slate = rows.remove(&(version.id.clone(), slate.game_date)).unwrap_or_default();
            let mut explanation = of_candidates(&slate::candidates(&of_slate, version)?, slate, version, &about);
            if let Some(why) = closed.why(&version.id, slate.game_date) {
                explanation.findings = vec![why.to_owned()];
            }
            explained.push(explanation);
        }
    }
    Ok(explained)
}

/// What is to be said of the rows whichever slate they decide.
struct AboutRows {
    missing: Vec<String>,
    breaches: Vec<Breach>,
    /// With the version each.
    amiss: Vec<(String, String)>,
}

impl AboutRows {
    fn warnings(&self, version: &str) -> Vec<String> {
        let amiss = self.amiss.iter().filter(|(of, _)| of == version).map(|(of, said)| format!("{of}: {said}"));
        self.breaches.iter().map(Breach::to_string).chain(amiss).collect()
    }
}

fn of_candidates(candidates: &[Judged], slate: &Slate, version: &Version, about: &AboutRows) -> SlateExplanation {
    let passed = candidates.iter().filter(|candidate| candidate.failing.is_empty()).count();
    SlateExplanation {
        schema_version: SCHEMA_VERSION,
        decided: decided(slate, version),
        candidates: count(candidates.len()),
        passed: count(passed),
        picks: count(candidates.iter().filter(|candidate| candidate.selected).count()),
        cap: version.cap(Cap::Slate),
        caps: slate::caps(candidates, version),
        funnel: slate::funnel(candidates, version),
        findings: findings::of(candidates, version, &about.breaches),
        near_misses: slate::near_misses(candidates),
        missing: about.missing.clone(),
        warnings: about.warnings(&version.id),
    }
}

/// The one slate of a replay, and the one version.
fn only_slate(replay: &Replay) -> Result<(&Slate, &Version)> {
    match (replay.slates.as_slice(), replay.versions.as_slice()) {
        ([slate], [version]) => Ok((slate, version)),
        _ => Err(Error::Engine("a trace is of one slate and one version".into())),
    }
}

fn decided(slate: &Slate, version: &Version) -> Decided {
    Decided {
        date: slate.game_date.to_string(),
        version: version.id.clone(),
        algorithm_version: version.algorithm_version.clone(),
        champion: version.champion(),
        as_of: slate.as_of.map(|moment| moment.and_utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
    }
}

fn afterwards(row: Row<'_>) -> Result<Afterwards> {
    Ok(Afterwards {
        actual_points: row.get("actual_points")?.integer(),
        outcome: row.text("outcome")?,
        units: row.get("units")?.double(),
    })
}

/// A computed relation whole.
async fn relation(replay: &Replay, name: &str) -> Result<Rows> {
    Rows::new(&replay.engine.table(name).await?.collect().await?)
}
