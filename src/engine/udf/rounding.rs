//! Percentages and rounding as production computed them.

use std::sync::Arc;

use datafusion::arrow::array::{AsArray, Float64Array};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::logical_expr::ScalarUDF;

use super::Function;

/// `hit_rate(wins, n)`: `ROUND(100.0 * wins / n, 1)` in percent, double precision, half away from zero; NULL when n is 0
/// (specification: selection, "Arithmetic").
pub fn hit_rate() -> ScalarUDF {
    let arguments = vec![DataType::Int64, DataType::Int64];
    Function::exact(
        "hit_rate",
        arguments,
        |_| Ok(DataType::Float64),
        |arguments| {
            let (wins, n) = (arguments[0].as_primitive::<Int64Type>(), arguments[1].as_primitive::<Int64Type>());
            Ok(Arc::new(wins.iter().zip(n).map(|(wins, n)| rate(wins?, n?)).collect::<Float64Array>()))
        },
    )
}

/// The hit rate of `wins` of `n` in percent, to one digit; none of none.
pub fn rate(wins: i64, n: i64) -> Option<f64> {
    (n != 0).then(|| (100.0 * wins as f64 / n as f64 * 10.0).round() / 10.0)
}

/// `round_half_even(x, digits)`: to nearest, ties to even, on the exact value of the double
/// (specification: versions, "Composite score"; monitoring, "Rounding").
pub fn round_half_even() -> ScalarUDF {
    let arguments = vec![DataType::Float64, DataType::Int64];
    Function::exact(
        "round_half_even",
        arguments,
        |_| Ok(DataType::Float64),
        |arguments| {
            let (values, digits) =
                (arguments[0].as_primitive::<Float64Type>(), arguments[1].as_primitive::<Int64Type>());
            let rounded =
                values.iter().zip(digits).map(|(value, digits)| nearest(value?, usize::try_from(digits?).ok()?));
            Ok(Arc::new(rounded.collect::<Float64Array>()))
        },
    )
}

fn nearest(value: f64, digits: usize) -> Option<f64> {
    // Formatting with a precision is exact on the double's value, with ties to even.
    format!("{value:.digits$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hit_rates_are_rounded_half_away_from_zero() {
        assert_eq!(rate(9, 16), Some(56.3));
        assert_eq!(rate(2, 3), Some(66.7));
        assert_eq!(rate(0, 0), None);
        assert_eq!(rate(0, 5), Some(0.0));
    }

    #[test]
    fn ties_go_to_the_even_digit_and_only_exact_halves_are_ties() {
        assert_eq!(nearest(56.25, 1), Some(56.2));
        assert_eq!(nearest(56.75, 1), Some(56.8));
        assert_eq!(nearest(0.35, 1), Some(0.3));
        assert_eq!(nearest(2.5, 0), Some(2.0));
        assert_eq!(nearest(-0.125, 2), Some(-0.12));
    }
}
