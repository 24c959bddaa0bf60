//! The subsets that were picked every day, and how they did.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::calendar;
use super::columns::Tenths;
use super::grading::Grading;
use super::predictions::{Prediction, Recommendation};
use super::slates::Slates;
use super::systems::{CHAMPION, SYSTEMS};

/// The sources of lines that a pick may rest on.
const REAL_SOURCES: [&str; 3] = ["ACTUAL_PROP", "ODDS_API", "BETTINGPROS"];
/// Differences to the line: of a high edge, and from which on a system counts for the consensus.
const HIGH_EDGE: Tenths = Tenths(50);
const CONSENSUS_EDGE: Tenths = Tenths(30);
const CONSENSUS_SYSTEMS: usize = 3;
/// Best bets are not drawn from differences as large as this: those rarely held.
const BEST_BETS_BELOW: Tenths = Tenths(80);
/// The most a subset holds.
const HIGH_EDGE_SIZE: usize = 8;
const GREEN_LIGHT_SIZE: usize = 6;
const TOP_SIZE: usize = 3;
const BEST_BETS_SIZE: usize = 5;
const CONSENSUS_SIZE: usize = 6;
/// The system that consensus picks are filed under.
const CROSS_MODEL: &str = "cross_model";
const BEST_BETS: &str = "best_bets";
/// When the subsets are picked, in minutes after midnight: version `v_YYYYMMDD_120000`.
const PICKED_AT: i64 = 720;
const VERSION_TIME: &str = "120000";

/// A pick of a subset.
#[derive(Debug, Clone)]
pub struct SubsetPick {
    pub date: NaiveDate,
    pub subset: &'static str,
    pub system: &'static str,
    /// Index into the season's quotes.
    pub quote: usize,
    /// From 1.
    pub rank: i64,
}

impl SubsetPick {
    pub fn version(&self) -> String {
        format!("v_{}_{VERSION_TIME}", calendar::compact(self.date))
    }

    pub fn picked_at(&self) -> NaiveDateTime {
        self.date.and_time(NaiveTime::MIN) + TimeDelta::minutes(PICKED_AT)
    }
}

/// A subset's results on a date.
#[derive(Debug, Clone)]
pub struct SubsetResult {
    pub subset: &'static str,
    pub date: NaiveDate,
    pub wins: i64,
    pub graded: i64,
}

/// The rows from which one slate's subsets are picked.
#[derive(Default)]
struct Slate {
    /// The champion's quotes with the size of the edge and the side, largest edge first once sorted.
    champion: Vec<(Tenths, usize, Recommendation)>,
    /// By quote, how many systems are far over and far under the line.
    sides: BTreeMap<usize, [usize; 2]>,
}

/// The subset picks of a season, by date and subset.
pub fn picks(slates: &Slates, predictions: &[Prediction]) -> Vec<SubsetPick> {
    let mut by_date: BTreeMap<NaiveDate, Slate> = BTreeMap::new();
    for row in predictions {
        let real = REAL_SOURCES.contains(&slates.quotes[row.quote].source);
        let Some(edge) = row.edge().filter(|_| row.active && row.recommendation.takes_side() && real) else {
            continue;
        };
        let slate = by_date.entry(slates.game(row.quote).date).or_default();
        let size = Tenths(edge.0.abs());
        if SYSTEMS[row.system].id == CHAMPION {
            slate.champion.push((size, row.quote, row.recommendation));
        }
        if size >= CONSENSUS_EDGE {
            let side = usize::from(row.recommendation == Recommendation::Under);
            slate.sides.entry(row.quote).or_default()[side] += 1;
        }
    }
    by_date.into_iter().flat_map(|(date, slate)| slate.picks(date)).collect()
}

impl Slate {
    fn picks(mut self, date: NaiveDate) -> Vec<SubsetPick> {
        self.champion.sort_by_key(|(edge, quote, _)| (std::cmp::Reverse(*edge), *quote));
        let mut picks = Vec::new();
        let mut add = |subset, system, quotes: Vec<usize>, size| {
            let ranked = (1..).zip(quotes.into_iter().take(size));
            picks.extend(ranked.map(|(rank, quote)| SubsetPick { date, subset, system, quote, rank }));
        };
        let champion = |wanted: &dyn Fn(Tenths, usize, Recommendation) -> bool| -> Vec<usize> {
            let rows = self.champion.iter().filter(|(edge, quote, side)| wanted(*edge, *quote, *side));
            rows.map(|(_, quote, _)| *quote).collect()
        };
        let agree = |quote: usize, side: Recommendation| {
            let counts = self.sides.get(&quote).copied().unwrap_or_default();
            counts[usize::from(side == Recommendation::Over)] == 0
        };
        let high = |edge: Tenths| edge >= HIGH_EDGE;
        add(BEST_BETS, CHAMPION, champion(&|edge, _, _| high(edge) && edge < BEST_BETS_BELOW), BEST_BETS_SIZE);
        add("green_light", CHAMPION, champion(&|_, quote, side| agree(quote, side)), GREEN_LIGHT_SIZE);
        add("high_edge_all", CHAMPION, champion(&|edge, _, _| high(edge)), HIGH_EDGE_SIZE);
        add("top_3", CHAMPION, champion(&|_, _, _| true), TOP_SIZE);
        let consensus = self.sides.iter().filter(|(_, counts)| counts.iter().any(|n| *n >= CONSENSUS_SYSTEMS));
        add("xm_consensus_3plus", CROSS_MODEL, consensus.map(|(quote, _)| *quote).collect(), CONSENSUS_SIZE);
        picks
    }
}

/// How the champion's subsets did on every date with a graded pick, by subset and date.
pub fn results(picks: &[SubsetPick], predictions: &[Prediction], gradings: &[Grading]) -> Vec<SubsetResult> {
    let mut outcome = BTreeMap::new();
    for grading in gradings {
        let prediction = &predictions[grading.prediction];
        if SYSTEMS[prediction.system].id == CHAMPION {
            outcome.insert(prediction.quote, grading.correct);
        }
    }
    let mut results: BTreeMap<(&str, NaiveDate), SubsetResult> = BTreeMap::new();
    for pick in picks.iter().filter(|pick| pick.system == CHAMPION) {
        if let Some(Some(correct)) = outcome.get(&pick.quote) {
            let empty = SubsetResult { subset: pick.subset, date: pick.date, wins: 0, graded: 0 };
            let result = results.entry((pick.subset, pick.date)).or_insert(empty);
            result.wins += i64::from(*correct);
            result.graded += 1;
        }
    }
    results.into_values().collect()
}
