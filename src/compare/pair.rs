//! Two sides of a comparison: what they share, what they do not, and whether it matters.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::diverge::{Change, Difference};
use super::picks::{Bet, record};
use super::{CompareRequest, Contender};
use crate::audit::Tally;
use crate::count::count;
use crate::grade::{Odds, Record};
use crate::stats::{ENOUGH, Estimate, SlatePair, paired, slates_to_see};

/// A version against the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// The first.
    pub a: String,
    pub b: String,
    /// Both picked them, on the same side; graded at b's line.
    pub kept: Tally,
    /// Only b picked them.
    pub added: Tally,
    /// Only a picked them.
    pub removed: Tally,
    /// Both picked the player in the game, on different sides.
    pub flipped: Flipped,
    /// In units over all slates, b minus a.
    pub units: Option<Estimate>,
    /// In percentage points, b minus a; none when either decided nothing.
    pub hit_rate: Option<Estimate>,
    /// How many slates like these it would take to see a difference of this size in units with a chance of 80 % at 5 %.
    pub slates_to_see: Option<u64>,
    /// Why the numbers say less than they seem to.
    pub cautions: Vec<String>,
    /// The steps at which the two part, by how many picks.
    pub steps: Vec<StepCount>,
    /// Every pick that differs.
    pub differences: Vec<Difference>,
}

/// Picks on the same player and game, on different sides.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flipped {
    pub as_a: Tally,
    pub as_b: Tally,
}

/// Picks that part at the same steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepCount {
    /// In words, from a to b; several where they turn the pick together and none does alone.
    pub steps: Vec<String>,
    /// Whether the picks were traced to these steps; else they are all in which the versions differ.
    pub traced: bool,
    pub added: Tally,
    pub removed: Tally,
    pub flipped: u64,
}

impl Pair {
    pub(super) fn of(
        sides: [(&Contender, &BTreeMap<NaiveDate, Vec<Bet>>); 2],
        slates: &[NaiveDate],
        differences: Vec<Difference>,
        request: &CompareRequest,
    ) -> Pair {
        let odds = request.odds;
        let of = |change: Change| differences.iter().filter(move |difference| difference.change == change);
        let tally = |bets: Vec<&Bet>| Tally::at(record(bets), odds);
        let [(a, a_picks), (b, b_picks)] = sides;
        let keys: BTreeSet<_> = a_picks.values().flatten().map(Bet::key).collect();
        let kept = b_picks.values().flatten().filter(|bet| keys.contains(&bet.key())).collect();
        let by_slate = |picks: &BTreeMap<NaiveDate, Vec<Bet>>, date| picks.get(date).map(record).unwrap_or_default();
        let pairs: Vec<SlatePair> =
            slates.iter().map(|date| slate_pair([by_slate(a_picks, date), by_slate(b_picks, date)], odds)).collect();
        let (units, hit_rate) = paired(&pairs, request.bootstrap);
        Pair {
            a: a.name.clone(),
            b: b.name.clone(),
            kept: tally(kept),
            added: tally(of(Change::Added).filter_map(|difference| difference.b.as_ref()).collect()),
            removed: tally(of(Change::Removed).filter_map(|difference| difference.a.as_ref()).collect()),
            flipped: Flipped {
                as_a: tally(of(Change::Flipped).filter_map(|difference| difference.a.as_ref()).collect()),
                as_b: tally(of(Change::Flipped).filter_map(|difference| difference.b.as_ref()).collect()),
            },
            units,
            hit_rate,
            slates_to_see: slates_to_see(&pairs),
            cautions: cautions(&pairs),
            steps: by_steps(&differences, odds),
            differences,
        }
    }
}

pub(super) fn slate_pair(records: [Record; 2], odds: Odds) -> SlatePair {
    SlatePair {
        units: records.map(|record| record.units_at(odds)),
        wins: records.map(|record| record.wins),
        decided: records.map(|record| record.decided()),
    }
}

fn cautions(pairs: &[SlatePair]) -> Vec<String> {
    let mut cautions = Vec::new();
    let decided = [0, 1].map(|side| pairs.iter().map(|pair| pair.decided[side]).sum::<u64>());
    let fewer = decided[0].min(decided[1]);
    if fewer < ENOUGH {
        cautions.push(format!("hit rate: too few to say, a version decided {fewer} picks ({ENOUGH} wanted)"));
    }
    let apart = pairs.iter().filter(|pair| pair.units[0] != pair.units[1]).count();
    if u64::try_from(apart).is_ok_and(|apart| apart < ENOUGH) {
        cautions.push(format!("units: too few to say, they part on {apart} slates ({ENOUGH} wanted)"));
    }
    cautions
}

/// The differences by their steps, most picks first.
fn by_steps(differences: &[Difference], odds: Odds) -> Vec<StepCount> {
    let mut groups = BTreeMap::<(&[String], bool), Vec<&Difference>>::new();
    for difference in differences {
        groups.entry((&difference.steps, difference.traced)).or_default().push(difference);
    }
    let step = |((steps, traced), differences): ((&[String], bool), Vec<&Difference>)| {
        let of = |change: Change| differences.iter().filter(move |difference| difference.change == change);
        StepCount {
            steps: steps.to_vec(),
            traced,
            added: Tally::at(record(of(Change::Added).filter_map(|difference| difference.b.as_ref())), odds),
            removed: Tally::at(record(of(Change::Removed).filter_map(|difference| difference.a.as_ref())), odds),
            flipped: count(of(Change::Flipped).count()),
        }
    };
    let mut counts: Vec<StepCount> = groups.into_iter().map(step).collect();
    counts.sort_by_key(|step| std::cmp::Reverse(step.added.count + step.removed.count + step.flipped));
    counts
}
