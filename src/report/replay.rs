//! The page of a replay: how it went, what each filter and signal did, and every pick with its trace.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{PageSource, break_even, running};
use crate::audit::{self, FilterRow, SignalRow, Tally};
use crate::card::{Dimension, Group, groups};
use crate::dates::Day;
use crate::engine::Slate;
use crate::error::Result;
use crate::explain::{self, Traces};
use crate::formats::{SCHEMA_VERSION, rows};
use crate::grade::{Odds, Record};
use crate::replay::Replay;
use crate::snapshot::Snapshot;
use crate::stats::longest_losing_run;
use crate::summary::{SlateLine, Summary, summarize};

/// A replay of many slates by one version, or by each date's own.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReplayPage {
    pub schema_version: u32,
    pub source: PageSource,
    /// The version's id, or `as-deployed`.
    pub version: String,
    pub from: Day,
    pub to: Day,
    /// Only what had been written by then counted, in words; null: everything in the snapshot.
    pub as_of: Option<String>,
    /// American odds.
    pub odds: String,
    /// The hit rate at which nothing is won or lost, in percent.
    pub break_even: f64,
    pub slates_without_picks: u64,
    /// Passed every filter, but refused by a cap.
    pub beyond_cap: u64,
    /// What those are called.
    pub beyond: &'static str,
    pub picks: Tally,
    /// Units per unit staked, in percent; null when nothing was decided.
    pub roi: Option<f64>,
    /// Losses in a row, by date and rank; a push does not end a run.
    pub longest_losing_run: u64,
    pub slates: Slates,
    pub candidates: Tally,
    /// Those that passed every filter.
    pub passed: Tally,
    /// In the version's order.
    pub funnel: Vec<FunnelBar>,
    /// In the version's order.
    pub signals: Vec<SignalBar>,
    pub groups: Vec<GroupsBy>,
    pub traces: Traces,
    pub warnings: Vec<String>,
}

/// The slates in order, a value each.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Slates {
    pub date: Vec<String>,
    pub candidates: Vec<u64>,
    pub picks: Vec<u64>,
    pub wins: Vec<u64>,
    pub losses: Vec<u64>,
    pub pushes: Vec<u64>,
    pub voids: Vec<u64>,
    pub ungraded: Vec<u64>,
    pub units: Vec<f64>,
    /// Units after the slate.
    pub total: Vec<f64>,
    /// How far the total is then below its highest point so far, zero at the start included.
    pub drawdown: Vec<f64>,
}

impl Slates {
    /// Of the slates in order.
    fn of(slates: &[SlateLine], odds: Odds) -> Slates {
        let records: Vec<Record> = slates.iter().map(|slate| slate.record).collect();
        let (total, drawdown) = running(&records, odds);
        let count = |of: fn(&Record) -> u64| records.iter().map(of).collect::<Vec<_>>();
        Slates {
            date: slates.iter().map(|slate| slate.game_date.clone()).collect(),
            candidates: slates.iter().map(|slate| slate.candidates).collect(),
            picks: slates.iter().map(|slate| slate.picks).collect(),
            wins: count(|record| record.wins),
            losses: count(|record| record.losses),
            pushes: count(|record| record.pushes),
            voids: count(|record| record.voids),
            ungraded: count(|record| record.ungraded),
            units: records.iter().map(|record| record.units_at(odds)).collect(),
            total,
            drawdown,
        }
    }
}

/// How a replay by one version went, in the words of [`ReplayPage`]: what its page can show before the rest of it is there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReplayOutline {
    pub slates_without_picks: u64,
    pub picks: Tally,
    pub roi: Option<f64>,
    pub longest_losing_run: u64,
    pub slates: Slates,
}

/// The outline of a replay by one version. Only the picks are decided for it, not what became of every candidate.
///
/// # Errors
/// Data that breaks the contract.
pub async fn outline(replay: &Replay) -> Result<ReplayOutline> {
    let odds = Odds::STANDARD;
    replay.compute(&["picks", "slate_candidates"]).await?;
    let slates = "SELECT CAST(s.game_date AS VARCHAR) AS game_date, coalesce(c.candidates, 0) AS candidates, \
                  count(k.game_id) AS picks, \
                  count(*) FILTER (WHERE k.outcome = 'WIN') AS wins, \
                  count(*) FILTER (WHERE k.outcome = 'LOSS') AS losses, \
                  count(*) FILTER (WHERE k.outcome = 'PUSH') AS pushes, \
                  count(*) FILTER (WHERE k.outcome = 'VOID') AS voids, \
                  count(*) FILTER (WHERE k.outcome = 'UNGRADED') AS ungraded \
                  FROM slates AS s CROSS JOIN params AS p \
                  LEFT JOIN slate_candidates AS c ON c.candidate_set = p.candidate_set AND c.game_date = s.game_date \
                  LEFT JOIN picks AS k ON k.game_date = s.game_date \
                  GROUP BY s.game_date, c.candidates ORDER BY 1";
    let slates: Vec<SlateLine> = rows(&replay.engine.query(slates).await?)?;
    let outcomes = "SELECT outcome FROM picks ORDER BY game_date, rank";
    let outcomes: Vec<Outcome> = rows(&replay.engine.query(outcomes).await?)?;
    let record: Record = slates.iter().map(|slate| slate.record).sum();
    Ok(ReplayOutline {
        slates_without_picks: slates.iter().filter(|slate| slate.picks == 0).count() as u64,
        picks: record.into(),
        roi: record.roi_at(odds),
        longest_losing_run: longest_losing_run(outcomes.iter().map(|row| row.outcome.as_str())),
        slates: Slates::of(&slates, odds),
    })
}

#[derive(Deserialize)]
struct Outcome {
    outcome: String,
}

/// A filter with what it is and what it blocked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FunnelBar {
    pub about: String,
    /// Which values it blocks, such as `below 5 points`; null where several versions decide.
    pub rule: Option<String>,
    #[serde(flatten)]
    pub blocked: FilterRow,
}

/// A signal with what it is and where it fired.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignalBar {
    pub about: String,
    #[serde(flatten)]
    pub row: SignalRow,
}

/// Candidates and picks by a dimension of the report card.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupsBy {
    pub by: Dimension,
    pub groups: Vec<Group>,
}

/// The page of a replay.
///
/// # Errors
/// Data that breaks the contract.
pub async fn replay(replay: &Replay, snapshot: &Snapshot) -> Result<ReplayPage> {
    let odds = Odds::STANDARD;
    let Summary { slates, beyond_cap, beyond, record, warnings, picks, .. } = summarize(replay, snapshot).await?;
    let filters = audit::filters(replay).await?;
    let signals = audit::signals(replay).await?;
    let mut by = Vec::new();
    for dimension in Dimension::ALL {
        by.push(GroupsBy { by: dimension, groups: groups(replay, dimension).await? });
    }
    let traces = explain::of_picks(replay, snapshot).await?;
    let (abouts_of_filters, abouts_of_signals) = abouts(&traces);
    let bar = |blocked: FilterRow| FunnelBar {
        about: abouts_of_filters.get(&blocked.filter).cloned().unwrap_or_default(),
        rule: rule(&traces, &blocked.filter),
        blocked,
    };
    let signal =
        |row: SignalRow| SignalBar { about: abouts_of_signals.get(&row.signal).cloned().unwrap_or_default(), row };
    Ok(ReplayPage {
        schema_version: SCHEMA_VERSION,
        source: PageSource::of(snapshot),
        version: replay.decided_by().to_owned(),
        from: filters.from,
        to: filters.to,
        as_of: as_of(&replay.slates),
        odds: odds.to_string(),
        break_even: break_even(odds),
        slates_without_picks: slates.iter().filter(|slate| slate.picks == 0).count() as u64,
        beyond_cap,
        beyond,
        picks: record.into(),
        roi: record.roi_at(odds),
        longest_losing_run: longest_losing_run(picks.iter().map(|pick| pick.outcome.as_str())),
        candidates: filters.candidates,
        passed: filters.passed,
        funnel: filters.filters.into_iter().map(bar).collect(),
        signals: signals.signals.into_iter().map(signal).collect(),
        slates: Slates::of(&slates, odds),
        groups: by,
        traces,
        warnings: [warnings, replay.engine.ledgers().said()].concat(),
    })
}

/// By filter and by signal what it is, which no version changes.
fn abouts(traces: &Traces) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let versions = || traces.versions.iter();
    let filters =
        versions().flat_map(|version| &version.filters).map(|filter| (filter.filter.clone(), filter.about.clone()));
    let signals =
        versions().flat_map(|version| &version.signals).map(|signal| (signal.signal.clone(), signal.about.clone()));
    (filters.collect(), signals.collect())
}

/// How the only version has set a filter.
fn rule(traces: &Traces, filter: &str) -> Option<String> {
    let [only] = traces.versions.as_slice() else { return None };
    let facts = only.filters.iter().find(|facts| facts.filter == filter)?;
    Some(facts.inert.clone().unwrap_or_else(|| facts.rule.clone()))
}

/// From when the slates were seen: all from one moment, or each from the same time of day on its date.
fn as_of(slates: &[Slate]) -> Option<String> {
    let (first, last) = (slates.first()?.as_of?, slates.last()?.as_of?);
    let text = if first == last { first.format("%Y-%m-%d %H:%M UTC") } else { first.format("%H:%M UTC on its date") };
    Some(text.to_string())
}
