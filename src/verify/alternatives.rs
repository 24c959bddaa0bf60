//! The alternatives by which a difference is explained: the version that a row names with one thing otherwise, or two.
//!
//! An alternative is a version as it may have decided, seen from when it may have decided. What it picks is replayed,
//! and so proves or refutes what it stands for.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::moments::{Moment, Times};
use super::report::{Cause, Reason};
use super::rows::{Wanted, replayed};
use crate::dates::DateRange;
use crate::definition::Beside;
use crate::engine::Slate;
use crate::engine::slates::slates_on;
use crate::error::Result;
use crate::export::{PickKey, Row};
use crate::replay::Replay;
use crate::snapshot::Snapshot;
use crate::version::catalogue::catalogue;
use crate::version::{Combo, Version};

/// Slates times versions of a question: more are asked one after the other, so that memory stays bounded.
const AT_ONCE: usize = 8_000;

/// A version as it may have decided.
#[derive(Debug, Clone)]
pub struct Alternative {
    /// What is otherwise: one cause, or two.
    pub reasons: Vec<Reason>,
    /// The id of the version that the rows name.
    pub base: String,
    version: Version,
    /// Which of a slate's times it is seen from; none: everything that the snapshot holds counts.
    round: Option<usize>,
}

/// What the alternatives of a version are made of.
pub struct Material<'a> {
    /// The version, as it decides.
    pub base: &'a Version,
    /// The other versions of its name.
    pub same_name: Vec<Version>,
    /// Other best-bets models.
    pub champions: BTreeSet<String>,
    pub has_health: bool,
    /// Combos that rows are recorded with, which an order of the registry may have put first.
    pub combos: BTreeSet<String>,
    /// How many times a slate may have been decided at.
    pub rounds: usize,
}

#[derive(Clone)]
enum Change {
    Version(Box<Version>),
    Parameter(&'static str, String),
    Intended,
    Combos(Vec<Combo>),
    AsOf(usize),
}

impl Alternative {
    /// Another version as it is.
    pub fn of(version: &Version, base: &str, reason: Reason) -> Alternative {
        Alternative { reasons: vec![reason], base: base.to_owned(), version: version.clone(), round: None }
    }

    /// When it is seen from on a date; none: there is no such time, or it is not asked for.
    pub fn time(&self, date: NaiveDate, times: &Times) -> Option<Moment> {
        times.get(date, self.round?)
    }

    /// The version as it may have decided.
    pub fn version(&self) -> &Version {
        &self.version
    }

    pub fn is_seen_earlier(&self) -> bool {
        self.round.is_some()
    }

    /// Whether it holds for a slate as a whole; ties are matters of each candidate.
    pub fn is_of_slates(&self) -> bool {
        self.reasons.iter().any(|reason| reason.cause != Cause::Tie)
    }

    fn with(&self, change: &(Reason, Change)) -> Alternative {
        let (reason, change) = change;
        let mut alternative = self.clone();
        alternative.reasons.push(reason.clone());
        match change {
            Change::Version(version) => {
                alternative.version = Version {
                    combos: alternative.version.combos.clone(),
                    decides: alternative.version.decides,
                    ..(**version).clone()
                };
            }
            Change::Parameter(name, value) => {
                // The value is one of the parameter's choices, or a system_id.
                let parsed =
                    catalogue().parameters.get(*name).and_then(|known| crate::version::Value::parse(known, value).ok());
                if let Some(value) = parsed {
                    alternative.version.parameters.insert((*name).to_owned(), value);
                }
            }
            Change::Intended => alternative.version.defects.clear(),
            Change::Combos(combos) => alternative.version.combos.clone_from(combos),
            Change::AsOf(round) => alternative.round = Some(*round),
        }
        alternative
    }

    fn differs_from(&self, other: &Alternative) -> bool {
        self.round != other.round || !self.version.states_the_same(&other.version)
    }
}

impl Material<'_> {
    /// The alternatives with one thing otherwise.
    pub fn singles(&self) -> Vec<Alternative> {
        let base = self.as_it_is();
        let single = |change| base.with(change);
        self.changes().iter().map(single).filter(|alternative| alternative.differs_from(&base)).collect()
    }

    /// The alternatives with two things otherwise.
    pub fn pairs(&self) -> Vec<Alternative> {
        let base = self.as_it_is();
        let changes: Vec<_> =
            self.changes().into_iter().filter(|change| base.with(change).differs_from(&base)).collect();
        let mut pairs = Vec::new();
        for (at, first) in changes.iter().enumerate() {
            let one = base.with(first);
            for second in changes[at + 1..].iter().filter(|second| second.0.cause != first.0.cause) {
                let both = one.with(second);
                if both.differs_from(&one) && both.differs_from(&base.with(second)) {
                    pairs.push(both);
                }
            }
        }
        pairs
    }

    fn as_it_is(&self) -> Alternative {
        Alternative { reasons: Vec::new(), base: self.base.id.clone(), version: self.base.clone(), round: None }
    }

    /// What may have been otherwise, another version first: the rest then changes that one.
    fn changes(&self) -> Vec<(Reason, Change)> {
        let base = self.base;
        let mut changes = Vec::new();
        for other in &self.same_name {
            let detail = format!("{} -> {}", base.id, other.id);
            changes.push((Reason::new(Cause::SameName, detail), Change::Version(Box::new(other.clone()))));
        }
        let mut parameter = |cause, name: &'static str, value: &str| {
            let detail = format!("{name} {} -> {value}", base.text(name));
            changes.push((Reason::new(cause, detail), Change::Parameter(name, value.to_owned())));
        };
        self.champions.iter().for_each(|champion| parameter(Cause::Champion, "champion", champion));
        let choices =
            |name: &str| catalogue().parameters.get(name).map(|known| known.choices.as_slice()).unwrap_or_default();
        if base.looks_at(Beside::SignalHealth) && self.has_health {
            choices("health").iter().for_each(|mode| parameter(Cause::HealthMode, "health", mode));
        }
        if base.takes_all_families() {
            choices("tie").iter().for_each(|rule| parameter(Cause::Tie, "tie", rule));
        }
        if !base.defects.is_empty() {
            let names: Vec<&str> = base.defects.iter().map(|defect| defect.name()).collect();
            let detail = format!("{} working", names.join(", "));
            changes.push((Reason::new(Cause::AsIntended, detail), Change::Intended));
        }
        let reversed = Change::Combos(base.combos.iter().rev().cloned().collect());
        changes.push((Reason::new(Cause::RegistryOrder, "in the opposite order"), reversed));
        for combo in &self.combos {
            if let Some(at) = base.combos.iter().position(|entry| entry.id == *combo) {
                let mut combos = base.combos.clone();
                combos[..=at].rotate_right(1);
                let reason = Reason::new(Cause::RegistryOrder, format!("{combo} before the others"));
                changes.push((reason, Change::Combos(combos)));
            }
        }
        for round in 0..self.rounds {
            changes.push((Reason::new(Cause::AsOf, "as of its time of writing"), Change::AsOf(round)));
        }
        changes
    }
}

/// What a question about alternatives is about.
pub struct Question<'a> {
    pub snapshot: &'a Snapshot,
    pub subset_version: Option<&'a str>,
    pub times: &'a Times,
    /// The slates that are asked for.
    pub dates: &'a BTreeSet<NaiveDate>,
    /// What is looked at of them.
    pub wanted: &'a Wanted,
}

/// What an alternative picks.
pub type Picks = BTreeMap<PickKey, Row>;

impl Question<'_> {
    /// What each alternative picks, in the order of the alternatives; those that are seen from the same time are asked
    /// for at once.
    ///
    /// # Errors
    /// Data that breaks the contract.
    pub async fn ask(&self, replay: &mut Replay, alternatives: &[Alternative]) -> Result<Vec<Picks>> {
        let mut picked = vec![Picks::new(); alternatives.len()];
        let rounds: BTreeSet<Option<usize>> = alternatives.iter().map(|alternative| alternative.round).collect();
        for round in rounds {
            let slates = self.slates(replay, round)?;
            let of_round: Vec<usize> = (0..alternatives.len()).filter(|at| alternatives[*at].round == round).collect();
            for chunk in of_round.chunks((AT_ONCE / slates.len().max(1)).max(1)) {
                if slates.is_empty() {
                    continue;
                }
                let named = |at: &usize| Version {
                    id: at.to_string(),
                    decides: DateRange::default(),
                    ..alternatives[*at].version.clone()
                };
                replay.engine.ask(&slates, &chunk.iter().map(named).collect::<Vec<_>>())?;
                let found = replayed(replay, self.snapshot, self.subset_version.is_some(), Some(self.wanted)).await?;
                for (version, row) in found {
                    if let Some(rows) = version.parse().ok().and_then(|at: usize| picked.get_mut(at)) {
                        rows.insert(PickKey::of(&row)?, row);
                    }
                }
            }
        }
        Ok(picked)
    }

    /// The slates of a round, each seen from its time then.
    fn slates(&self, replay: &Replay, round: Option<usize>) -> Result<Vec<Slate>> {
        let Some(round) = round else { return Ok(slates_among(replay, self.dates)) };
        let dates: Vec<NaiveDate> = self.dates.iter().copied().collect();
        let mut slates = slates_on(&dates, None, self.subset_version)?;
        slates.retain(|slate| self.times.get(slate.game_date, round).is_some());
        for (vantage, slate) in (1..).zip(&mut slates) {
            let Some(moment) = self.times.get(slate.game_date, round) else { continue };
            slate.as_of = Some(moment.at);
            if moment.has_other_past {
                (slate.past_as_of, slate.vantage) = (slate.as_of, vantage);
            }
        }
        Ok(slates)
    }
}

/// The slates of a replay on `dates`; where that is a good part of them all of them, since what is computed of those is
/// there already.
pub fn slates_among(replay: &Replay, dates: &BTreeSet<NaiveDate>) -> Vec<Slate> {
    if dates.len() * 4 >= replay.slates.len() {
        return replay.slates.clone();
    }
    replay.slates.iter().filter(|slate| dates.contains(&slate.game_date)).cloned().collect()
}
