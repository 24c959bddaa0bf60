//! How bad it got on the way.

/// The most losses in a row among outcomes in order; pushes, voids and ungraded picks neither break nor lengthen a run.
pub fn longest_losing_run<'a>(outcomes: impl IntoIterator<Item = &'a str>) -> u64 {
    let (mut run, mut longest) = (0, 0);
    for outcome in outcomes {
        match outcome {
            "LOSS" => run += 1,
            "WIN" => run = 0,
            _ => {}
        }
        longest = longest.max(run);
    }
    longest
}

/// The largest fall of the running total of `units` from its highest point so far, zero at the start included.
pub fn max_drawdown(units: impl IntoIterator<Item = f64>) -> f64 {
    let (mut total, mut peak, mut deepest) = (0.0_f64, 0.0_f64, 0.0_f64);
    for units in units {
        total += units;
        peak = peak.max(total);
        deepest = deepest.max(peak - total);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_does_not_end_a_losing_run() {
        assert_eq!(longest_losing_run(["LOSS", "LOSS", "PUSH", "LOSS", "WIN", "LOSS", "VOID"]), 3);
        assert_eq!(longest_losing_run([]), 0);
    }

    #[test]
    fn a_drawdown_is_measured_from_the_peak_before() {
        assert!((max_drawdown([-1.0, 3.0, -2.0, 1.0, -4.0, 5.0]) - 5.0).abs() < 1e-12);
        assert!((max_drawdown([1.0, 2.0]) - 0.0).abs() < 1e-12);
        assert!((max_drawdown([-1.5]) - 1.5).abs() < 1e-12);
    }
}
