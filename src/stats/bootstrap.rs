//! The paired bootstrap over slates.
//!
//! Picks of one slate share its games and its models, so slates, not picks, are drawn; and both versions are drawn on the
//! same slates, so that a good night counts for both.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::proportion::{Interval, z};

/// How two versions did on one slate.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SlatePair {
    /// Units of the first and of the second version.
    pub units: [f64; 2],
    pub wins: [u64; 2],
    /// Picks that won or lost.
    pub decided: [u64; 2],
}

/// How often to draw, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bootstrap {
    pub draws: usize,
    pub seed: u64,
}

/// A difference, second version minus first: as it was, and as it might as well have been.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    pub difference: f64,
    /// Percentile interval, 95 %.
    pub interval: Interval,
    /// Two-sided: twice the smaller share of draws at or beyond no difference; at least 2 / (draws + 1).
    pub p: f64,
    /// The same, adjusted where several are asked at once (Holm).
    pub p_adjusted: Option<f64>,
}

const LEVEL: f64 = 0.95;
/// Sums of units closer than this are equal: a win pays no round number.
pub(super) const ROUNDING: f64 = 1e-9;
/// The chance of seeing a difference that is there which `slates_to_see` asks for.
const POWER: f64 = 0.80;

/// Differences, second version minus first, one a draw.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draws {
    /// All slates together.
    pub units: Vec<f64>,
    /// In percentage points; draws in which a version decided nothing are left out.
    pub hit_rates: Vec<f64>,
}

/// The differences under resampling of `slates`; none without slates.
pub fn draws(slates: &[SlatePair], bootstrap: Bootstrap) -> Draws {
    let mut draws = Draws::default();
    if slates.is_empty() {
        return draws;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(bootstrap.seed);
    for _ in 0..bootstrap.draws {
        let mut drawn = SlatePair::default();
        for _ in 0..slates.len() {
            drawn.add(&slates[rng.random_range(0..slates.len())]);
        }
        draws.units.push(drawn.units[1] - drawn.units[0]);
        draws.hit_rates.extend(drawn.rate_difference());
    }
    draws
}

/// The differences in units (all slates together) and in hit rate (percentage points) by the [`draws`] of `slates`.
/// The hit rates' is none when a version decided nothing.
pub fn paired(slates: &[SlatePair], bootstrap: Bootstrap) -> (Option<Estimate>, Option<Estimate>) {
    let Draws { units, hit_rates } = draws(slates, bootstrap);
    let mut observed = SlatePair::default();
    slates.iter().for_each(|slate| observed.add(slate));
    let of_units = estimate(observed.units[1] - observed.units[0], units);
    (of_units, observed.rate_difference().and_then(|difference| estimate(difference, hit_rates)))
}

/// How many slates like these it would take to see a mean difference in units of this size with a chance of 80 % at the
/// 5 % level; none when there is no difference or no spread to judge it by.
pub fn slates_to_see(slates: &[SlatePair]) -> Option<u64> {
    let differences: Vec<f64> = slates.iter().map(|slate| slate.units[1] - slate.units[0]).collect();
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let variance = differences.iter().map(|difference| (difference - mean).powi(2)).sum::<f64>() / (n - 1.0);
    if differences.len() < 2 || mean.abs() < ROUNDING || variance < ROUNDING {
        return None;
    }
    let needed = (z(LEVEL) + z(2.0 * POWER - 1.0)).powi(2) * variance / (mean * mean);
    Some(needed.ceil() as u64)
}

impl SlatePair {
    fn add(&mut self, other: &SlatePair) {
        for side in 0..2 {
            self.units[side] += other.units[side];
            self.wins[side] += other.wins[side];
            self.decided[side] += other.decided[side];
        }
    }

    fn rate_difference(&self) -> Option<f64> {
        let rate =
            |side: usize| (self.decided[side] > 0).then(|| 100.0 * self.wins[side] as f64 / self.decided[side] as f64);
        Some(rate(1)? - rate(0)?)
    }
}

fn estimate(difference: f64, mut draws: Vec<f64>) -> Option<Estimate> {
    if draws.is_empty() {
        return None;
    }
    draws.sort_by(f64::total_cmp);
    let at_most = share(draws.partition_point(|drawn| *drawn <= ROUNDING), draws.len());
    let at_least = share(draws.len() - draws.partition_point(|drawn| *drawn < -ROUNDING), draws.len());
    let tail = (1.0 - LEVEL) / 2.0;
    let interval = Interval { low: quantile(&draws, tail), high: quantile(&draws, 1.0 - tail) };
    Some(Estimate { difference, interval, p: (2.0 * at_most.min(at_least)).min(1.0), p_adjusted: None })
}

/// A share of draws as a p-value: what was observed counts as one more draw, so that no finite number of draws gives 0.
pub(super) fn share(count: usize, draws: usize) -> f64 {
    (count + 1) as f64 / (draws + 1) as f64
}

/// The quantile of sorted values, linear between neighbours (type 7 of Hyndman and Fan, numpy's default).
fn quantile(sorted: &[f64], at: f64) -> f64 {
    let place = at * (sorted.len() - 1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * (place - place.floor())
}

#[cfg(test)]
mod tests {
    use super::super::proportion::wilson;
    use super::*;
    use crate::grade::Odds;

    /// Made once by SciPy; how is said in `tests/fixtures/statistics.py`.
    #[derive(Deserialize)]
    struct Peer {
        wilson: Vec<Wilson>,
        slates: Vec<Slate>,
        bootstrap: Estimates,
    }

    #[derive(Deserialize)]
    struct Wilson {
        wins: u64,
        decided: u64,
        low: f64,
        high: f64,
    }

    #[derive(Deserialize)]
    struct Slate {
        wins: [u64; 2],
        losses: [u64; 2],
    }

    #[derive(Deserialize)]
    struct Estimates {
        units: PeerEstimate,
        hit_rate: PeerEstimate,
    }

    #[derive(Deserialize)]
    struct PeerEstimate {
        difference: f64,
        low: f64,
        high: f64,
        standard_error: f64,
        p: f64,
    }

    fn peer() -> Peer {
        serde_json::from_str(include_str!("../../tests/fixtures/statistics.json")).unwrap()
    }

    fn pair(slate: &Slate) -> SlatePair {
        let units = |side: usize| slate.wins[side] as f64 * Odds::STANDARD.win_pays() - slate.losses[side] as f64;
        let decided = |side: usize| slate.wins[side] + slate.losses[side];
        SlatePair { units: [units(0), units(1)], wins: slate.wins, decided: [decided(0), decided(1)] }
    }

    #[test]
    fn intervals_are_those_of_a_peer() {
        for expected in peer().wilson {
            let interval = wilson(expected.wins, expected.decided, 0.95).unwrap();
            assert!((interval.low - expected.low).abs() < 1e-9, "{interval:?}");
            assert!((interval.high - expected.high).abs() < 1e-9, "{interval:?}");
        }
    }

    #[test]
    fn the_bootstrap_agrees_with_a_peer_within_its_own_noise() {
        let peer = peer();
        let slates: Vec<SlatePair> = peer.slates.iter().map(pair).collect();
        let (units, rate) = paired(&slates, Bootstrap { draws: 100_000, seed: 42 });
        for (own, peer) in [(units.unwrap(), peer.bootstrap.units), (rate.unwrap(), peer.bootstrap.hit_rate)] {
            assert!((own.difference - peer.difference).abs() < 1e-9);
            // A 2.5 % quantile of 100,000 draws is known to about a hundredth of the standard error, twice over here.
            let noise = 0.04 * peer.standard_error;
            assert!((own.interval.low - peer.low).abs() < noise, "{own:?}, {}", peer.low);
            assert!((own.interval.high - peer.high).abs() < noise, "{own:?}, {}", peer.high);
            assert!((own.p - peer.p).abs() < 0.01, "{own:?}, {}", peer.p);
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_slates() {
        let slates: Vec<SlatePair> = peer().slates.iter().map(pair).collect();
        let of = |seed| paired(&slates, Bootstrap { draws: 500, seed });
        assert_eq!(of(42), of(42));
        assert_ne!(of(42), of(43));
    }

    #[test]
    fn equal_versions_do_not_differ() {
        let slate = SlatePair { units: [1.5, 1.5], wins: [3, 3], decided: [4, 4] };
        let (units, rate) = paired(&[slate; 10], Bootstrap { draws: 100, seed: 42 });
        let same = Estimate { difference: 0.0, interval: Interval { low: 0.0, high: 0.0 }, p: 1.0, p_adjusted: None };
        assert_eq!((units, rate), (Some(same), Some(same)));
        assert_eq!(slates_to_see(&[slate; 10]), None);
    }

    #[test]
    fn no_number_of_draws_proves_a_difference() {
        let slate = SlatePair { units: [0.0, 1.0], wins: [1, 1], decided: [2, 1] };
        let (units, _) = paired(&[slate; 10], Bootstrap { draws: 99, seed: 42 });
        assert!((units.unwrap().p - 0.02).abs() < 1e-12);
    }

    #[test]
    fn nothing_decided_has_no_rate() {
        let idle = SlatePair { units: [0.0, 1.0], wins: [0, 1], decided: [0, 2] };
        let (units, rate) = paired(&[idle; 4], Bootstrap { draws: 50, seed: 42 });
        assert!(units.is_some() && rate.is_none());
        assert_eq!(paired(&[], Bootstrap { draws: 50, seed: 42 }), (None, None));
    }

    #[test]
    fn a_small_difference_takes_many_slates() {
        let slate = |difference: f64| SlatePair { units: [0.0, difference], ..SlatePair::default() };
        // Mean 0.5, standard deviation 1: (1.959964 + 0.841621)^2 / 0.25 = 31.4.
        let slates = [slate(-0.5), slate(1.5), slate(0.5 - 0.5_f64.sqrt()), slate(0.5 + 0.5_f64.sqrt())];
        assert_eq!(slates_to_see(&slates), Some(32));
    }
}
