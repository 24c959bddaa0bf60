//! Which decisions are other ones over two snapshots, and why.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::causes::{Causes, Evidence, Looked};
use super::change::{PickChangeKind, RowChange};
use super::{DiffRequest, PickCounts};
use crate::compare::{Bet, bets_of};
use crate::dates::Day;
use crate::error::Result;
use crate::formats;
use crate::replay::{Dates, Replay, Request};
use crate::snapshot::Snapshot;
use crate::version::{Cap, Version};

/// A pick that is another one, or that only one of the decisions has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PickChange {
    pub change: PickChangeKind,
    /// As it was over the earlier snapshot.
    pub a: Option<Bet>,
    pub b: Option<Bet>,
    /// What decided about the candidate where it is no pick, in words.
    pub why: Option<String>,
    /// The rows that made the difference, where that can be told.
    pub causes: Vec<String>,
}

/// A slate whose decision is another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlateDiff {
    pub date: Day,
    /// The version that decided.
    pub version: String,
    pub picks: Vec<PickChange>,
}

/// What a comparison of decisions found.
pub struct Decided {
    pub version: String,
    pub picks: PickCounts,
    pub slates: Vec<SlateDiff>,
}

/// A candidate by its version, date, player and game.
type Key = (String, NaiveDate, String, String);

/// A bet by the same.
fn key(version: &str, bet: &Bet) -> Key {
    (version.to_owned(), bet.date.0, bet.player_lookup.clone(), bet.game_id.clone())
}

/// Decides the slates of `dates` over both snapshots and compares the picks.
pub async fn compare(
    [a, b]: [&Snapshot; 2],
    dates: &[NaiveDate],
    request: &DiffRequest,
    rows: &[RowChange],
) -> Result<Decided> {
    let replayed_by = || Request {
        dates: Dates::Range { from: None, to: None },
        versions: request.versions.clone(),
        as_of: request.as_of,
        subset_version: None,
        partitions: None,
        memory: None,
    };
    let a = Replay::of_slates(a, dates, replayed_by()).await?;
    let b = Replay::of_slates(b, dates, replayed_by()).await?;
    let [a_picks, b_picks] = [picks(&a).await?, picks(&b).await?];
    let mut counts = PickCounts::default();
    let mut changes = Vec::new();
    for key in a_picks.keys().chain(b_picks.keys()).collect::<BTreeSet<_>>() {
        let (before, after) = (a_picks.get(key), b_picks.get(key));
        counts.count(before, after);
        if let Some(change) = change(before, after) {
            changes.push((key.clone(), change));
        }
    }
    let dates: BTreeSet<NaiveDate> = changes.iter().map(|(key, _)| key.1).collect();
    let looked = Looked::of_decisions(&b.versions).await?;
    let [of_a, of_b] = [evidence(&a, &dates, &looked).await?, evidence(&b, &dates, &looked).await?];
    let causes = Causes::of(rows, &looked);
    let mut slates: Vec<SlateDiff> = Vec::new();
    changes.sort_by(|(a, _), (b, _)| (a.1, &a.0, &a.2).cmp(&(b.1, &b.0, &b.2)));
    for (key, change) in changes {
        let Some(version) = b.versions.iter().find(|version| version.id == key.0) else { continue };
        let sides = [of_a.get(&key), of_b.get(&key)];
        let [before, after] = [a_picks.get(&key).cloned(), b_picks.get(&key).cloned()];
        let outcome_differs = before.as_ref().zip(after.as_ref()).is_some_and(|(a, b)| a.outcome != b.outcome);
        let causes = causes.of_pick(version, (key.1, &key.2, &key.3), change, outcome_differs, sides);
        let pick = PickChange { change, a: before, b: after, why: why(change, sides), causes };
        match slates.last_mut().filter(|slate| (slate.date.0, &slate.version) == (key.1, &key.0)) {
            Some(slate) => slate.picks.push(pick),
            None => slates.push(SlateDiff { date: Day(key.1), version: key.0, picks: vec![pick] }),
        }
    }
    let version = named(&request.versions, b.decided_by());
    Ok(Decided { version, picks: counts, slates })
}

/// What decided, in a word.
fn named(requested: &[Version], decided_by: &str) -> String {
    match requested {
        [only] => only.id.clone(),
        _ => decided_by.to_owned(),
    }
}

async fn picks(replay: &Replay) -> Result<BTreeMap<Key, Bet>> {
    replay.compute(&["picks"]).await?;
    Ok(bets_of(replay).await?.into_iter().map(|(version, bet)| (key(&version, &bet), bet)).collect())
}

fn is_another(a: &Bet, b: &Bet) -> bool {
    (a.line, a.edge, &a.source_model_id) != (b.line, b.edge, &b.source_model_id)
}

fn change(before: Option<&Bet>, after: Option<&Bet>) -> Option<PickChangeKind> {
    match (before, after) {
        (None, None) => None,
        (None, Some(_)) => Some(PickChangeKind::Added),
        (Some(_), None) => Some(PickChangeKind::Removed),
        (Some(a), Some(b)) if a.recommendation != b.recommendation => Some(PickChangeKind::Flipped),
        (Some(a), Some(b)) if is_another(a, b) => Some(PickChangeKind::Repriced),
        (Some(a), Some(b)) if a.outcome != b.outcome => Some(PickChangeKind::Outcome),
        (Some(_), Some(_)) => None,
    }
}

impl PickCounts {
    fn count(&mut self, before: Option<&Bet>, after: Option<&Bet>) {
        match (before, after) {
            (None, None) => {}
            (None, Some(_)) => self.added += 1,
            (Some(_), None) => self.removed += 1,
            (Some(a), Some(b)) => {
                match a.recommendation == b.recommendation {
                    true => self.kept += 1,
                    false => self.flipped += 1,
                }
                self.repriced += u64::from(a.recommendation == b.recommendation && is_another(a, b));
                self.outcomes += u64::from(a.outcome != b.outcome);
            }
        }
    }
}

/// The candidates of these dates with what their decisions looked at.
async fn evidence(replay: &Replay, dates: &BTreeSet<NaiveDate>, looked: &Looked) -> Result<BTreeMap<Key, Evidence>> {
    if dates.is_empty() {
        return Ok(BTreeMap::new());
    }
    replay.compute(&["decisions"]).await?;
    let columns: Vec<&str> = looked.columns().collect();
    let dates: Vec<String> = dates.iter().map(|date| format!("DATE '{date}'")).collect();
    let sql = format!(
        "SELECT version, game_date, player_lookup, game_id, first_filter, capped_by, rank, selected, {} FROM decisions \
         WHERE game_date IN ({})",
        columns.join(", "),
        dates.join(", ")
    );
    let rows: Vec<Evidence> = formats::rows(&replay.engine.query(&sql).await?)?;
    let keyed = |evidence: Evidence| {
        let text = |name: &str| evidence.get(name).and_then(Value::as_str).map(str::to_owned);
        let date = text("game_date")?.parse().ok()?;
        Some(((text("version")?, date, text("player_lookup")?, text("game_id")?), evidence))
    };
    Ok(rows.into_iter().filter_map(keyed).collect())
}

/// What decided about a candidate that is a pick of one of the two only.
fn why(change: PickChangeKind, [a, b]: [Option<&Evidence>; 2]) -> Option<String> {
    let (is_now, side) = match change {
        PickChangeKind::Removed => (true, b),
        PickChangeKind::Added => (false, a),
        _ => return None,
    };
    let Some(side) = side else {
        return Some(if is_now { "no candidate any more" } else { "was no candidate" }.to_owned());
    };
    let blocked = side.get("first_filter").and_then(Value::as_str);
    let capped = side.get("capped_by").and_then(Value::as_str).filter(|cap| *cap != Cap::Slate.name());
    let why = match (blocked, capped) {
        (Some(filter), _) => format!("blocked by {filter}"),
        (None, Some(cap)) => format!("left out by the cap of its {cap}"),
        (None, None) => "beyond the cap".to_owned(),
    };
    Some(if is_now { why } else { format!("was {why}") })
}
