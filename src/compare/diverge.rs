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
use crate::dates::DateRange;
use crate::error::Result;
use crate::formats::rows;
use crate::replay::Replay;
use crate::version::Version;
use crate::version::steps::{Step, steps_between, with_step};

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
pub(super) type Sides<'a> = [(&'a Contender, &'a BTreeMap<NaiveDate, Vec<Bet>>); 2];

/// Every pick that differs between two sides, with its steps, in order of date and rank; for several pairs of sides.
/// `replay` is asked anew: by the versions that prove the steps.
pub(super) async fn differences(replay: &mut Replay, pairs: &[Sides<'_>]) -> Result<Vec<Vec<Difference>>> {
    let mut differences: Vec<Vec<Difference>> = pairs.iter().map(|[(_, a), (_, b)]| without_steps(a, b)).collect();
    let mut divergences = Vec::new();
    for (sides, differences) in pairs.iter().zip(&mut differences) {
        divergences.extend(Divergence::all_of(sides, differences));
    }
    explain(replay, divergences).await?;
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

/// The versions that may have to show where two sides part, which is known before anything is decided.
pub(super) fn hybrids(a: &Contender, b: &Contender) -> Vec<Version> {
    let pairs = a.versions().flat_map(|a| b.versions().map(move |b| [a, b]));
    let of_pair = |[a, b]: [&Version; 2]| {
        let both = a.decides.overlap(b.decides)?;
        Some(with_one_step([a, b], &turning_steps(a, b), both))
    };
    pairs.filter_map(of_pair).flatten().collect()
}

/// The steps between two versions that can turn a pick.
fn turning_steps(a: &Version, b: &Version) -> Vec<Step> {
    steps_between(a, b).into_iter().filter(|step| step.kind.turns_picks()).collect()
}

/// Each of two versions with one step of the other, those of the first first.
fn with_one_step([a, b]: [&Version; 2], steps: &[Step], span: DateRange) -> Vec<Version> {
    let of = |base, from| steps.iter().map(move |step| deciding(with_step(base, step, from), span));
    of(a, b).chain(of(b, a)).collect()
}

/// Two versions and the picks in which they differ.
struct Divergence<'a> {
    versions: [&'a Version; 2],
    steps: Vec<Step>,
    differences: Vec<&'a mut Difference>,
}

impl<'a> Divergence<'a> {
    /// The differences of two sides by the versions that decide on their dates.
    fn all_of(sides: &Sides<'a>, differences: &'a mut [Difference]) -> Vec<Divergence<'a>> {
        let mut groups = BTreeMap::<[&str; 2], Divergence<'_>>::new();
        for difference in differences {
            let Some(date) = difference.wanted().map(|bet| bet.date.0) else { continue };
            let (Some(a), Some(b)) = (sides[0].0.on(date), sides[1].0.on(date)) else { continue };
            let group = groups.entry([&a.id, &b.id]);
            let group = group.or_insert_with(|| Divergence {
                versions: [a, b],
                steps: turning_steps(a, b),
                differences: Vec::new(),
            });
            group.differences.push(difference);
        }
        groups.into_values().collect()
    }

    /// What each hybrid of the two picks shows what its step alone does.
    fn hybrids(&self) -> Vec<Version> {
        with_one_step(self.versions, &self.steps, span(&self.differences))
    }

    /// Names the step of each difference that one alone turns, given what the two pick with one step of the other each.
    /// The rest is to be proved.
    fn trace(self, picked: &[BTreeSet<Key>]) -> Vec<Together<'a>> {
        let Divergence { versions, steps, differences } = self;
        let (of_a, of_b) = picked.split_at(steps.len());
        let mut together = BTreeMap::<(usize, Vec<usize>), Vec<&mut Difference>>::new();
        for difference in differences {
            let Some(key) = difference.wanted().map(Bet::key) else { continue };
            let (lacking, having) = if difference.lacks() == 0 { (of_a, of_b) } else { (of_b, of_a) };
            match (0..steps.len()).find(|at| lacking[*at].contains(&key)) {
                Some(at) => difference.steps = words(&steps, &[at]),
                None => {
                    let needed = (0..steps.len()).filter(|at| !having[*at].contains(&key)).collect();
                    together.entry((difference.lacks(), needed)).or_default().push(difference);
                }
            }
        }
        let all: Vec<usize> = (0..steps.len()).collect();
        let group = |((lacks, needed), differences): ((usize, Vec<usize>), Vec<&'a mut Difference>)| {
            let (base, from) = (versions[lacks], versions[1 - lacks]);
            let version = needed.iter().fold(base.clone(), |version, at| with_step(&version, &steps[*at], from));
            Together {
                version: deciding(version, span(&differences)),
                steps: words(&steps, &needed),
                all_steps: words(&steps, &all),
                differences,
            }
        };
        together.into_iter().map(group).collect()
    }
}

/// Differences that several steps are to turn together, and the version that has taken them over.
struct Together<'a> {
    version: Version,
    steps: Vec<String>,
    all_steps: Vec<String>,
    differences: Vec<&'a mut Difference>,
}

impl Together<'_> {
    /// Names the steps where they suffice, all of them where they do not.
    fn prove(self, picked: &BTreeSet<Key>) {
        for difference in self.differences {
            difference.traced = difference.wanted().is_some_and(|bet| picked.contains(&bet.key()));
            difference.steps.clone_from(if difference.traced { &self.steps } else { &self.all_steps });
        }
    }
}

async fn explain(replay: &mut Replay, divergences: Vec<Divergence<'_>>) -> Result<()> {
    let hybrids = divergences.iter().flat_map(Divergence::hybrids).collect();
    let picked = decide(replay, hybrids).await?;
    let mut rest = picked.as_slice();
    let mut together = Vec::new();
    for divergence in divergences {
        let (own, others) = rest.split_at(2 * divergence.steps.len());
        together.extend(divergence.trace(own));
        rest = others;
    }
    let picked = decide(replay, together.iter().map(|group| group.version.clone()).collect()).await?;
    together.into_iter().zip(picked).for_each(|(group, picked)| group.prove(&picked));
    Ok(())
}

/// What each version picks on the slates that it decides.
async fn decide(replay: &mut Replay, mut versions: Vec<Version>) -> Result<Vec<BTreeSet<Key>>> {
    let mut picked = vec![BTreeSet::new(); versions.len()];
    if versions.is_empty() {
        return Ok(picked);
    }
    versions.iter_mut().enumerate().for_each(|(at, version)| version.id = at.to_string());
    replay.ask(versions)?;
    replay.compute(&["picks"]).await?;
    let picks = "SELECT version, player_lookup, game_id, recommendation FROM picks";
    for Picked { version, key } in rows(&replay.engine.query(picks).await?)? {
        if let Some(of_version) = version.parse().ok().and_then(|at: usize| picked.get_mut(at)) {
            of_version.insert(key);
        }
    }
    Ok(picked)
}

fn deciding(version: Version, decides: DateRange) -> Version {
    Version { decides, ..version }
}

/// The dates from the first to the last of the differences.
fn span(differences: &[&mut Difference]) -> DateRange {
    let dates = || differences.iter().filter_map(|difference| difference.wanted()).map(|bet| bet.date.0);
    DateRange { from: dates().min(), to: dates().max() }
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
