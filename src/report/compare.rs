//! The page of a comparison: how each version went, what differs and where, and how much of it may be chance.

use chrono::NaiveDate;
use serde::Serialize;

use super::{break_even, running};
use crate::audit::Tally;
use crate::compare::{
    Bet, Change, CompareRequest, Compared, ContenderResult, Difference, Flipped, LeftOut, Pair, StepCount,
};
use crate::dates::Day;
use crate::formats::SCHEMA_VERSION;
use crate::grade::Record;
use crate::report::PageSource;
use crate::snapshot::Snapshot;
use crate::stats::{Estimate, Histogram, draws};

/// Versions over the same slates, each against the first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparePage {
    pub schema_version: u32,
    pub source: PageSource,
    pub from: Day,
    pub to: Day,
    /// American odds.
    pub odds: String,
    /// The hit rate at which nothing is won or lost, in percent.
    pub break_even: f64,
    pub draws: u64,
    pub seed: u64,
    pub left_out: Vec<LeftOut>,
    /// What in the rows that were read breaks the contract, and so may not have counted.
    pub warnings: Vec<String>,
    pub versions: Vec<ContenderResult>,
    /// The compared slates.
    pub dates: Vec<Day>,
    /// By version, in their order.
    pub curves: Vec<Curve>,
    pub pairs: Vec<PairPage>,
}

/// How a version went, a value a slate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    pub picks: Vec<u64>,
    /// Units after the slate.
    pub total: Vec<f64>,
}

/// A version against the first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairPage {
    pub a: String,
    pub b: String,
    pub kept: Tally,
    pub added: Tally,
    pub removed: Tally,
    pub flipped: Flipped,
    /// In units over all slates, b minus a.
    pub units: Option<Distribution>,
    /// In percentage points, b minus a.
    pub hit_rate: Option<Distribution>,
    pub slates_to_see: Option<u64>,
    pub cautions: Vec<String>,
    pub steps: Vec<StepCount>,
    pub differences: Differences,
}

/// A difference as it was, and as it might as well have been.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Distribution {
    #[serde(flatten)]
    pub estimate: Estimate,
    pub draws: Histogram,
}

/// The picks that differ, a value each; those of `a` are null for added picks, those of `b` for removed ones.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Differences {
    pub change: Vec<Change>,
    pub date: Vec<Day>,
    pub player: Vec<String>,
    /// The place in `steps` of where they part.
    pub step: Vec<usize>,
    pub a: Bets,
    pub b: Bets,
}

/// Bets, a value each.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Bets {
    pub side: Vec<Option<String>>,
    pub line: Vec<Option<f64>>,
    pub edge: Vec<Option<f64>>,
    pub model: Vec<Option<String>>,
    pub outcome: Vec<Option<String>>,
}

/// How many bins the draws are shown in.
const BINS: usize = 60;

/// The page of a comparison.
pub fn compare(compared: Compared, request: &CompareRequest, snapshot: &Snapshot) -> ComparePage {
    let odds = request.odds;
    let curve = |records: &Vec<Record>| Curve {
        picks: records.iter().map(|record| record.total()).collect(),
        total: running(records, odds).0,
    };
    let curves = compared.records.iter().map(curve).collect();
    let drawn: Vec<_> =
        (1..compared.records.len()).map(|other| draws(&compared.slate_pairs(other, odds), request.bootstrap)).collect();
    let dates = compared.slates.iter().copied().map(Day).collect();
    let comparison = compared.comparison;
    let pair = |(pair, draws): (Pair, crate::stats::Draws)| PairPage {
        units: distribution(pair.units, &draws.units),
        hit_rate: distribution(pair.hit_rate, &draws.hit_rates),
        differences: Differences::of(&pair.differences, &pair.steps),
        a: pair.a,
        b: pair.b,
        kept: pair.kept,
        added: pair.added,
        removed: pair.removed,
        flipped: pair.flipped,
        slates_to_see: pair.slates_to_see,
        cautions: pair.cautions,
        steps: pair.steps,
    };
    ComparePage {
        schema_version: SCHEMA_VERSION,
        source: PageSource::of(snapshot),
        from: comparison.from,
        to: comparison.to,
        odds: comparison.odds,
        break_even: break_even(odds),
        draws: request.bootstrap.draws as u64,
        seed: request.bootstrap.seed,
        left_out: comparison.left_out,
        warnings: comparison.warnings,
        versions: comparison.versions,
        dates,
        curves,
        pairs: comparison.pairs.into_iter().zip(drawn).map(pair).collect(),
    }
}

fn distribution(estimate: Option<Estimate>, draws: &[f64]) -> Option<Distribution> {
    Some(Distribution { estimate: estimate?, draws: Histogram::of(draws, BINS)? })
}

impl Differences {
    fn of(differences: &[Difference], steps: &[StepCount]) -> Differences {
        let either = |difference: &Difference| difference.b.clone().or_else(|| difference.a.clone());
        let date = |difference: &Difference| either(difference).map_or(NaiveDate::MIN, |bet| bet.date.0);
        let player = |difference: &Difference| {
            either(difference).map(|bet| bet.player.unwrap_or(bet.player_lookup)).unwrap_or_default()
        };
        let step = |difference: &Difference| {
            let is_its = |step: &StepCount| step.steps == difference.steps && step.traced == difference.traced;
            steps.iter().position(is_its).unwrap_or(steps.len())
        };
        Differences {
            change: differences.iter().map(|difference| difference.change).collect(),
            date: differences.iter().map(|difference| Day(date(difference))).collect(),
            player: differences.iter().map(player).collect(),
            step: differences.iter().map(step).collect(),
            a: Bets::of(differences.iter().map(|difference| difference.a.as_ref())),
            b: Bets::of(differences.iter().map(|difference| difference.b.as_ref())),
        }
    }
}

impl Bets {
    fn of<'a>(bets: impl Iterator<Item = Option<&'a Bet>> + Clone) -> Bets {
        Bets {
            side: bets.clone().map(|bet| bet.map(|bet| bet.recommendation.clone())).collect(),
            line: bets.clone().map(|bet| bet.map(|bet| bet.line)).collect(),
            edge: bets.clone().map(|bet| bet.map(|bet| bet.edge)).collect(),
            model: bets.clone().map(|bet| bet.map(|bet| bet.source_model_id.clone())).collect(),
            outcome: bets.map(|bet| bet.map(|bet| bet.outcome.clone())).collect(),
        }
    }
}
