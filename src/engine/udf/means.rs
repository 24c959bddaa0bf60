//! Means and standard deviations of a window's rows, computed afresh from the rows.
//!
//! The engine's own sliding AVG and STDDEV add and take away, so they drift: a standard deviation of exactly 10.0 comes
//! out as 9.999999999999998 and a signal is lost (specification: selection, "Arithmetic").

use std::collections::VecDeque;
use std::mem::size_of_val;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Decimal128Array};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Float64Type, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, ScalarUDF, Signature, Volatility};

use super::Function;

/// Fractional digits of the mean of a decimal column.
const MEAN_SCALE: i8 = 9;
const MEAN_PRECISION: u8 = 38;

/// `decimal_mean(sum, n)`: sum / n with 9 fractional digits, rounded half away from zero; NULL when n is 0.
pub fn decimal_mean() -> ScalarUDF {
    let return_type = |_: &[DataType]| Ok(DataType::Decimal128(MEAN_PRECISION, MEAN_SCALE));
    Function::any("decimal_mean", 2, return_type, |arguments| {
        let DataType::Decimal128(_, scale) = arguments[0].data_type() else {
            let message = format!("decimal_mean takes a decimal sum, not {}", arguments[0].data_type());
            return Err(DataFusionError::Plan(message));
        };
        let (sums, counts) = (arguments[0].as_primitive::<Decimal128Type>(), arguments[1].as_primitive::<Int64Type>());
        let means = sums.iter().zip(counts).map(|(sum, n)| mean_of(sum?, *scale, n?));
        let means = means.collect::<Decimal128Array>().with_precision_and_scale(MEAN_PRECISION, MEAN_SCALE)?;
        Ok(Arc::new(means))
    })
}

/// `sum` (of `scale` fractional digits) over `n`, in units of 10^-9.
fn mean_of(sum: i128, scale: i8, n: i64) -> Option<i128> {
    let widening = 10_i128.checked_pow(u32::try_from(MEAN_SCALE - scale).ok()?)?;
    let (numerator, n) = (sum.checked_mul(widening)?, i128::from(n));
    if n == 0 {
        return None;
    }
    let half = n.abs() / 2 + n.abs() % 2;
    let (quotient, rest) = (numerator / n, numerator % n);
    Some(if rest.abs() >= half { quotient + numerator.signum() * n.signum() } else { quotient })
}

/// `double_mean(x)`: the mean of the window's non-NULL doubles; NULL when there is none.
pub fn double_mean() -> AggregateUDF {
    AggregateUDF::from(Afresh::new("double_mean", |rows| {
        (!rows.is_empty()).then(|| rows.iter().sum::<f64>() / rows.len() as f64)
    }))
}

/// `double_sum(x)`: the sum of the window's non-NULL doubles in their order; NULL when there is none.
pub fn double_sum() -> AggregateUDF {
    AggregateUDF::from(Afresh::new("double_sum", |rows| (!rows.is_empty()).then(|| rows.iter().sum::<f64>())))
}

/// `double_stddev(x)`: the sample standard deviation (n - 1) of the window's non-NULL doubles; NULL below two.
pub fn double_stddev() -> AggregateUDF {
    AggregateUDF::from(Afresh::new("double_stddev", |rows| {
        let mean = rows.iter().sum::<f64>() / rows.len() as f64;
        let squares: f64 = rows.iter().map(|value| (value - mean) * (value - mean)).sum();
        (rows.len() > 1).then(|| (squares / (rows.len() - 1) as f64).sqrt())
    }))
}

type Statistic = fn(&VecDeque<f64>) -> Option<f64>;

/// An aggregate that keeps its rows and computes from all of them.
#[derive(Debug)]
struct Afresh {
    name: &'static str,
    signature: Signature,
    statistic: Statistic,
}

impl Afresh {
    fn new(name: &'static str, statistic: Statistic) -> Self {
        Afresh { name, signature: Signature::exact(vec![DataType::Float64], Volatility::Immutable), statistic }
    }
}

impl PartialEq for Afresh {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Afresh {}

impl std::hash::Hash for Afresh {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl AggregateUDFImpl for Afresh {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn accumulator(&self, _args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Rows { rows: VecDeque::new(), statistic: self.statistic }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}_rows", args.name), DataType::new_list(DataType::Float64, true), true))])
    }
}

#[derive(Debug)]
struct Rows {
    rows: VecDeque<f64>,
    statistic: Statistic,
}

impl Accumulator for Rows {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.rows.extend(values[0].as_primitive::<Float64Type>().iter().flatten());
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.rows.drain(..values[0].len() - values[0].null_count());
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64((self.statistic)(&self.rows)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.rows.capacity() * size_of::<f64>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let rows: Vec<ScalarValue> = self.rows.iter().map(|value| ScalarValue::from(*value)).collect();
        Ok(vec![ScalarValue::List(ScalarValue::new_list_nullable(&rows, &DataType::Float64))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for rows in states[0].as_list::<i32>().iter().flatten() {
            self.update_batch(&[rows])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn statistic(function: &AggregateUDF, rows: &[f64]) -> Option<f64> {
        let afresh = (function.inner().as_ref() as &dyn std::any::Any).downcast_ref::<Afresh>().unwrap();
        (afresh.statistic)(&rows.iter().copied().collect())
    }

    #[test]
    fn a_mean_is_rounded_half_away_from_zero_in_the_ninth_digit() {
        assert_eq!(mean_of(100, 1, 3), Some(3_333_333_333));
        assert_eq!(mean_of(200, 1, 3), Some(6_666_666_667));
        assert_eq!(mean_of(-200, 1, 3), Some(-6_666_666_667));
        assert_eq!(mean_of(1, 9, 2), Some(1));
        assert_eq!(mean_of(-1, 9, 2), Some(-1));
        assert_eq!(mean_of(1, 9, 3), Some(0));
        assert_eq!(mean_of(10, 1, 0), None);
    }

    #[test]
    fn a_standard_deviation_of_exactly_ten_is_ten() {
        assert_eq!(statistic(&double_stddev(), &[10.0, 20.0, 30.0]), Some(10.0));
        assert_eq!(statistic(&double_stddev(), &[5.0]), None);
        assert_eq!(statistic(&double_mean(), &[]), None);
    }

    proptest! {
        #[test]
        fn a_sliding_window_is_the_same_as_its_rows_alone(values in prop::collection::vec(0.0..60.0_f64, 5..60)) {
            let array: ArrayRef = Arc::new(datafusion::arrow::array::Float64Array::from(values.clone()));
            let stddev = double_stddev();
            let afresh = (stddev.inner().as_ref() as &dyn std::any::Any).downcast_ref::<Afresh>().unwrap();
            let mut sliding = Rows { rows: VecDeque::new(), statistic: afresh.statistic };
            for end in 0..values.len() {
                sliding.update_batch(&[array.slice(end, 1)]).unwrap();
                if end >= 5 {
                    sliding.retract_batch(&[array.slice(end - 5, 1)]).unwrap();
                }
                let alone = statistic(&stddev, &values[end.saturating_sub(4)..=end]);
                prop_assert_eq!(sliding.evaluate().unwrap(), ScalarValue::Float64(alone));
            }
        }
    }
}
