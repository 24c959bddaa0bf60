//! One side of a comparison: a version, or each date's own.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::picks::{Bet, record};
use crate::audit::Tally;
use crate::count::count;
use crate::grade::Odds;
use crate::stats::{ENOUGH, longest_losing_run, max_drawdown};
use crate::version::Version;

/// What is compared: one version, or several that decide on different dates.
#[derive(Debug, Clone)]
pub struct Contender {
    pub name: String,
    versions: Vec<Version>,
}

impl Contender {
    /// Several versions get ids of their own, so that one of them may be compared with all.
    pub fn new(name: &str, mut versions: Vec<Version>) -> Contender {
        match versions.as_mut_slice() {
            [only] => name.clone_into(&mut only.id),
            several => several.iter_mut().for_each(|version| version.id = format!("{name}/{}", version.id)),
        }
        Contender { name: name.to_owned(), versions }
    }

    pub(super) fn versions(&self) -> impl Iterator<Item = &Version> {
        self.versions.iter()
    }

    /// The same with its versions as a replay decides by them, which may have the snapshot's own combo registry.
    pub(super) fn as_decided(&self, decided: &[Version]) -> Contender {
        let as_decided =
            |version: &Version| decided.iter().find(|other| other.id == version.id).unwrap_or(version).clone();
        Contender { name: self.name.clone(), versions: self.versions.iter().map(as_decided).collect() }
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.versions.iter().any(|version| version.id == id)
    }

    /// The version that decides on a date.
    pub(super) fn on(&self, date: NaiveDate) -> Option<&Version> {
        self.versions.iter().find(|version| version.decides.contains(date))
    }
}

/// How one side did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContenderResult {
    pub version: String,
    pub slates: u64,
    pub slates_without_picks: u64,
    pub candidates: u64,
    pub picks: Tally,
    /// Units per unit staked, in percent; none when nothing was decided.
    pub roi: Option<f64>,
    /// Units a slate, slates without picks included.
    pub units_per_slate: f64,
    /// Losses in a row, by date and rank; a push does not end a run.
    pub longest_losing_run: u64,
    /// The largest fall of the running total, slate by slate, in units.
    pub max_drawdown: f64,
    /// Whether too few picks were decided to say anything of the hit rate.
    pub too_few: bool,
}

impl ContenderResult {
    pub(super) fn of(
        contender: &Contender,
        candidates: u64,
        slates: &[NaiveDate],
        picks: &BTreeMap<NaiveDate, Vec<Bet>>,
        odds: Odds,
    ) -> ContenderResult {
        let record_of = |date: &NaiveDate| picks.get(date).map(record).unwrap_or_default();
        let whole = record(picks.values().flatten());
        let without = slates.iter().filter(|date| picks.get(date).is_none_or(Vec::is_empty)).count();
        ContenderResult {
            version: contender.name.clone(),
            slates: count(slates.len()),
            slates_without_picks: count(without),
            candidates,
            picks: Tally::at(whole, odds),
            roi: whole.roi_at(odds),
            units_per_slate: whole.units_at(odds) / slates.len().max(1) as f64,
            longest_losing_run: longest_losing_run(picks.values().flatten().map(|bet| bet.outcome.as_str())),
            max_drawdown: max_drawdown(slates.iter().map(|date| record_of(date).units_at(odds))),
            too_few: whole.decided() < ENOUGH,
        }
    }
}
