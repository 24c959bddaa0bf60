//! The search on candidates of which it is known what there is to find.

use std::sync::atomic::AtomicBool;

use chrono::{Days, NaiveDate};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::axis::Axis;
use super::book::Book;
use super::counts::Counts;
use super::grid::Grid;
use super::measure::{Measure, Objective};
use super::plan::{Evaluator, Plan};
use super::report::{Facts, Tuned, report};
use super::search::{Found, Search};
use crate::grade::Odds;
use crate::stats::{Bootstrap, StationaryDraws};
use crate::version::shipped;

const SLATES: usize = 120;
/// At -110 a bettor who wins so often neither gains nor loses.
const FAIR: f64 = 110.0 / 210.0;
const GRID: [&str; 2] = ["min_edge=3:7:1", "under_max_edge=5:9:1"];

/// What a search finds among candidates that pass each threshold from some step on, and win with the probability that
/// `chance` gives for their steps.
fn searched(seed: u64, chance: impl Fn(&[u32]) -> f64) -> Tuned {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut candidates = Vec::new();
    for slate in 0..SLATES {
        for _ in 0..12 {
            let passes = vec![rng.random_range(0..5_u32), rng.random_range(0..5_u32)];
            let outcome = if rng.random_bool(chance(&passes)) { "WIN" } else { "LOSS" };
            candidates.push((slate, passes, Counts::of(outcome)));
        }
    }
    let grid =
        Grid::new(GRID.map(|axis| Axis::parse(axis, crate::version::catalogue::catalogue()).unwrap()).to_vec(), None)
            .unwrap();
    let v314 = shipped("v314").unwrap();
    let plan = Plan::new(&grid, &v314, Evaluator::Auto).unwrap();
    let book = Book::new(SLATES, 2, candidates);
    let own: Vec<Option<usize>> = grid.axes.iter().map(|axis| axis.place_of(&v314)).collect();
    let cell = own.iter().enumerate().map(|(axis, own)| own.unwrap() as u64 * grid.stride(axis)).sum();
    let steps = plan.steps_of(&grid, cell);
    let incumbent: Vec<Counts> = (0..SLATES).map(|slate| book.picks(slate, &steps)).collect();
    let bootstrap = Bootstrap { draws: 200, seed };
    let draws = StationaryDraws::new(SLATES, 1.0, bootstrap);
    let stop = AtomicBool::new(false);
    let search = Search {
        grid: &grid,
        plan: &plan,
        measure: Measure { objective: Objective::Units, odds: Odds::STANDARD, min_picks: 30 },
        own: &own,
        incumbent: &incumbent,
        folds: &[],
        draws: Some(&draws),
        stop: &stop,
    };
    let mut found = Found::nothing(&search);
    search.run(&plan.policies, &[book], &mut found, |_| {});
    let first: NaiveDate = "2025-10-21".parse().unwrap();
    let slates: Vec<NaiveDate> = (0..SLATES as u64).map(|day| first + Days::new(day)).collect();
    let facts = Facts {
        version: &v314,
        slates: &slates,
        left_out: Vec::new(),
        evaluator: Evaluator::Auto,
        sample: None,
        walk: None,
        bootstrap,
        top: 3,
    };
    report(&search, &found, facts)
}

#[test]
fn a_planted_edge_is_found() {
    // Strict to loose: min_edge 7, 6, 5, 4, 3 and under_max_edge 5 to 9. Winners are those that pass at 6 and at 7.
    let tuned = searched(5, |passes| if passes[0] <= 1 && passes[1] <= 2 { 0.8 } else { 0.25 });
    let best = &tuned.top[0];
    let settings: Vec<String> = best.settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(settings, ["min_edge=6", "under_max_edge=7"]);
    let luck = tuned.luck.clone().unwrap();
    assert!(luck.reality_check < 0.05 && luck.spa.unwrap().consistent < 0.05, "{luck:?}");
    assert!(best.p_adjusted.unwrap() < 0.05);
    assert!(best.neighbours.unwrap().mean < best.outcome.figure.unwrap());
    assert!(!tuned.cautions.iter().any(|caution| caution.contains("lies at an end")));
}

/// On candidates that are worth nothing, the reality check's p is as often below any bound as the bound says.
#[test]
fn noise_is_called_noise() {
    const RUNS: usize = 200;
    let mut p: Vec<f64> = (0..RUNS as u64).map(|seed| searched(seed, |_| FAIR).luck.unwrap().reality_check).collect();
    p.sort_by(f64::total_cmp);
    let distance = p.iter().enumerate().map(|(at, p)| {
        let (below, upto) = (at as f64 / RUNS as f64, (at + 1) as f64 / RUNS as f64);
        (p - below).abs().max((p - upto).abs())
    });
    let distance = distance.fold(0.0, f64::max);
    // Kolmogorov-Smirnov, 1 %.
    assert!(distance < 1.63 / (RUNS as f64).sqrt(), "{distance}");
}
