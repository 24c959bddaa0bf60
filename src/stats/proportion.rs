//! Proportions: how sure a hit rate is, and how likely a count is by chance.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF as _, DiscreteCDF as _, Hypergeometric, Normal};

/// Fewer decided picks than this are too few to say anything about a rate.
pub const ENOUGH: u64 = 30;

/// An interval, in the unit of what it is of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// The two-sided normal quantile that leaves `level` (0-1) inside.
pub(super) fn z(level: f64) -> f64 {
    Normal::standard().inverse_cdf(0.5 + level / 2.0)
}

/// Wilson's interval of a hit rate at `level` (0-1), in percent; none when nothing was decided.
///
/// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
pub fn wilson(wins: u64, decided: u64, level: f64) -> Option<Interval> {
    if decided == 0 {
        return None;
    }
    let (n, z2) = (decided as f64, z(level).powi(2));
    let rate = wins as f64 / n;
    let centre = (rate + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = (z2 * (rate * (1.0 - rate) / n + z2 / (4.0 * n * n))).sqrt() / (1.0 + z2 / n);
    // At 0 and 100 % the bound is exact; rounding must not push it past.
    let low = if wins == 0 { 0.0 } else { 100.0 * (centre - half) };
    let high = if wins == decided { 100.0 } else { 100.0 * (centre + half) };
    Some(Interval { low, high })
}

/// The probability of at most `wins` wins among `drawn` decided candidates drawn at random, without replacement, from
/// `decided` of which `all_wins` won: the exact permutation test of "these are losers". None when the counts cannot be.
pub fn at_most_by_chance(wins: u64, drawn: u64, all_wins: u64, decided: u64) -> Option<f64> {
    Hypergeometric::new(decided, all_wins, drawn).ok().map(|chance| chance.cdf(wins).clamp(0.0, 1.0))
}

/// The probability of at least `wins` wins, drawn likewise.
pub fn at_least_by_chance(wins: u64, drawn: u64, all_wins: u64, decided: u64) -> Option<f64> {
    match wins.checked_sub(1) {
        None => Some(1.0),
        Some(fewer) => {
            let chance = Hypergeometric::new(decided, all_wins, drawn).ok()?;
            Some(chance.sf(fewer).clamp(0.0, 1.0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 5e-5, "{actual} is not {expected}");
    }

    #[test]
    fn wilson_gives_the_published_intervals() {
        // Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
        for (wins, decided, low, high) in
            [(81, 263, 25.53, 36.62), (15, 148, 6.24, 16.05), (0, 20, 0.0, 16.11), (1, 29, 0.61, 17.18)]
        {
            let interval = wilson(wins, decided, 0.95).unwrap();
            assert!((interval.low - low).abs() < 0.005, "{wins}/{decided}: {interval:?}");
            assert!((interval.high - high).abs() < 0.005, "{wins}/{decided}: {interval:?}");
        }
        assert_eq!(wilson(0, 0, 0.95), None);
        assert!((wilson(20, 20, 0.95).unwrap().high - 100.0).abs() < f64::EPSILON);
    }

    #[test]
    fn chance_is_hypergeometric() {
        // A lady tasting tea: 4 of 8 cups, drawn 4.
        close(at_most_by_chance(3, 4, 4, 8).unwrap(), 1.0 - 1.0 / 70.0);
        close(at_most_by_chance(0, 4, 4, 8).unwrap(), 1.0 / 70.0);
        close(at_most_by_chance(4, 4, 4, 8).unwrap(), 1.0);
        assert_eq!(at_most_by_chance(0, 9, 4, 8), None);
        close(at_least_by_chance(4, 4, 4, 8).unwrap(), 1.0 / 70.0);
        close(at_least_by_chance(0, 4, 4, 8).unwrap(), 1.0);
    }
}
