//! Where two versions part: for every pick that differs the step that makes the difference, proved by deciding again.
//!
//! A step is proved when taking over it alone from the version that has the pick gives the pick to the one that lacks it.
//! Where no single step does, the steps are those each of which, given up, would cost the other version its pick; they
//! are proved together. What is left parts at all steps at once, which is true by what steps are.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::contender::Contender;
use super::picks::{Bet, Key};
use crate::error::Result;
use crate::export::rows;
use crate::replay::{Replay, Request};
use crate::snapshot::Snapshot;
use crate::version::steps::{Step, steps_between, with_step};
use crate::version::{Span, Version};

/// How a pick differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    Added,
    Removed,
    Flipped,
}

/// A pick that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    pub change: Change,
    /// The first version's pick.
    pub a: Option<Bet>,
    pub b: Option<Bet>,
    /// In words, from a to b: the step, or the steps that turn the pick together where none does alone.
    pub steps: Vec<String>,
    /// Whether the pick was traced to these steps; else they are all in which the versions differ.
    pub traced: bool,
}

impl Difference {
    /// The pick that one side has and the other is to be given.
    fn wanted(&self) -> Option<&Bet> {
        match self.change {
            Change::Removed => self.a.as_ref(),
            Change::Added | Change::Flipped => self.b.as_ref(),
        }
    }

    /// Which side lacks it: 0 for a.
    fn lacks(&self) -> usize {
        usize::from(self.change == Change::Removed)
    }
}

/// Picks by date, of two sides.
type Sides<'a> = [(&'a Contender, &'a BTreeMap<NaiveDate, Vec<Bet>>); 2];

/// Every pick that differs between two sides, with its steps; in order of date and rank. `request` says how slates are
/// seen.
pub(super) async fn differences(snapshot: &Snapshot, request: &Request, sides: Sides<'_>) -> Result<Vec<Difference>> {
    let mut differences = without_steps(sides[0].1, sides[1].1);
    let mut groups = BTreeMap::<[&str; 2], (Vec<NaiveDate>, [&Version; 2])>::new();
    for date in differences.iter().filter_map(|difference| difference.wanted()).map(|bet| bet.date.0) {
        if let (Some(a), Some(b)) = (sides[0].0.on(date), sides[1].0.on(date)) {
            let (dates, _) = groups.entry([&a.id, &b.id]).or_insert_with(|| (Vec::new(), [a, b]));
            if dates.last() != Some(&date) {
                dates.push(date);
            }
        }
    }
    for (mut dates, versions) in groups.into_values() {
        dates.sort_unstable();
        dates.dedup();
        let wanted = |difference: &&mut Difference| {
            difference.wanted().is_some_and(|bet| dates.binary_search(&bet.date.0).is_ok())
        };
        let own: Vec<&mut Difference> = differences.iter_mut().filter(wanted).collect();
        Divergence { snapshot, request, versions, dates: &dates }.explain(own).await?;
    }
    Ok(differences)
}

fn without_steps(a: &BTreeMap<NaiveDate, Vec<Bet>>, b: &BTreeMap<NaiveDate, Vec<Bet>>) -> Vec<Difference> {
    let mut differences = Vec::new();
    let dates: BTreeSet<&NaiveDate> = a.keys().chain(b.keys()).collect();
    for date in dates {
        let of = |picks: &BTreeMap<NaiveDate, Vec<Bet>>| picks.get(date).cloned().unwrap_or_default();
        let (a, b) = (of(a), of(b));
        for bet in &b {
            let change = match a.iter().find(|other| other.is_of(bet)) {
                None => (Change::Added, None),
                Some(other) if other.recommendation == bet.recommendation => continue,
                Some(other) => (Change::Flipped, Some(other.clone())),
            };
            differences.push(Difference {
                change: change.0,
                a: change.1,
                b: Some(bet.clone()),
                steps: Vec::new(),
                traced: true,
            });
        }
        for bet in a.iter().filter(|bet| !b.iter().any(|other| other.is_of(bet))) {
            let a = Some(bet.clone());
            differences.push(Difference { change: Change::Removed, a, b: None, steps: Vec::new(), traced: true });
        }
    }
    differences
}

/// Two versions on the slates on which their picks differ.
struct Divergence<'a> {
    snapshot: &'a Snapshot,
    request: &'a Request,
    versions: [&'a Version; 2],
    dates: &'a [NaiveDate],
}

impl Divergence<'_> {
    async fn explain(&self, differences: Vec<&mut Difference>) -> Result<()> {
        let [a, b] = self.versions;
        let steps: Vec<Step> = steps_between(a, b).into_iter().filter(|step| step.kind.turns_picks()).collect();
        // One of the two with one step of the other: what it picks shows what that step alone does.
        let hybrids: Vec<Version> = [(a, b), (b, a)]
            .into_iter()
            .flat_map(|(base, from)| steps.iter().map(move |step| with_step(base, step, from)))
            .collect();
        let picked = self.decide(&hybrids).await?;
        let (of_a, of_b) = picked.split_at(steps.len());
        let mut together = BTreeMap::<(usize, Vec<usize>), Vec<&mut Difference>>::new();
        for difference in differences {
            let Some(key) = difference.wanted().map(Bet::key) else {
                continue;
            };
            let (lacking, having) = if difference.lacks() == 0 { (of_a, of_b) } else { (of_b, of_a) };
            let enough = (0..steps.len()).find(|at| lacking[*at].contains(&key));
            match enough {
                Some(at) => difference.steps = words(&steps, &[at]),
                None => {
                    let needed = (0..steps.len()).filter(|at| !having[*at].contains(&key)).collect();
                    together.entry((difference.lacks(), needed)).or_default().push(difference);
                }
            }
        }
        self.prove_together(&steps, together).await
    }

    /// Proves the steps of each group together, and names all steps where they do not suffice.
    async fn prove_together(
        &self,
        steps: &[Step],
        groups: BTreeMap<(usize, Vec<usize>), Vec<&mut Difference>>,
    ) -> Result<()> {
        let all: Vec<usize> = (0..steps.len()).collect();
        let hybrids: Vec<Version> = groups
            .keys()
            .map(|(lacks, needed)| {
                let (base, from) = (self.versions[*lacks], self.versions[1 - lacks]);
                needed.iter().fold(base.clone(), |version, at| with_step(&version, &steps[*at], from))
            })
            .collect();
        let picked = self.decide(&hybrids).await?;
        for (((_, needed), differences), picked) in groups.into_iter().zip(picked) {
            for difference in differences {
                let proved = difference.wanted().is_some_and(|bet| picked.contains(&bet.key()));
                difference.steps = words(steps, if proved { &needed } else { &all });
                difference.traced = proved;
            }
        }
        Ok(())
    }

    /// What each version picks on the slates.
    async fn decide(&self, versions: &[Version]) -> Result<Vec<BTreeSet<Key>>> {
        if versions.is_empty() {
            return Ok(Vec::new());
        }
        let named = |(at, version): (usize, &Version)| Version {
            id: at.to_string(),
            decides: Span::default(),
            ..version.clone()
        };
        let versions: Vec<Version> = versions.iter().enumerate().map(named).collect();
        let mut picked = vec![BTreeSet::new(); versions.len()];
        let request = Request { versions, ..self.request.clone() };
        let replay = Replay::of_slates(self.snapshot, self.dates, request).await?;
        replay.compute(&["picks"]).await?;
        let picks = "SELECT version, player_lookup, game_id, recommendation FROM picks";
        for Picked { version, key } in rows(&replay.engine.query(picks).await?)? {
            if let Some(of_version) = version.parse().ok().and_then(|at: usize| picked.get_mut(at)) {
                of_version.insert(key);
            }
        }
        Ok(picked)
    }
}

#[derive(Deserialize)]
struct Picked {
    version: String,
    #[serde(flatten)]
    key: Key,
}

fn words(steps: &[Step], at: &[usize]) -> Vec<String> {
    at.iter().map(|at| steps[*at].to_string()).collect()
}
