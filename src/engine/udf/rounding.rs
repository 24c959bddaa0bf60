//! Percentages as production computed them.

use std::sync::Arc;

use datafusion::arrow::array::{AsArray, Float64Array};
use datafusion::arrow::datatypes::{DataType, Int64Type};
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
}
