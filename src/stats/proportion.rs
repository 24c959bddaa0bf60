//! Proportions: how sure a hit rate is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF as _, Normal};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
