//! The functions that definitions may call besides those of the engine.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::cast::{as_float64_array, as_int64_array};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, create_udf,
};

/// `round_half_even(x, digits)`: to nearest, ties to even, on the exact value of the double
/// (specification: versions, "Composite score"; monitoring, "Rounding").
pub fn round_half_even() -> ScalarUDF {
    let body = |arguments: &[ColumnarValue]| {
        let arrays = ColumnarValue::values_to_arrays(arguments)?;
        let (values, digits) = (as_float64_array(&arrays[0])?, as_int64_array(&arrays[1])?);
        let rounded = values.iter().zip(digits).map(|(value, digits)| nearest(value?, usize::try_from(digits?).ok()?));
        Ok(ColumnarValue::Array(Arc::new(rounded.collect::<Float64Array>()) as ArrayRef))
    };
    let arguments = vec![DataType::Float64, DataType::Int64];
    create_udf("round_half_even", arguments, DataType::Float64, Volatility::Immutable, Arc::new(body))
}

/// `finite(x)`: the number, NULL where it is infinite or none; what is no double is as it is. A zero has no sign.
pub fn finite() -> ScalarUDF {
    ScalarUDF::from(Finite { signature: Signature::any(1, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Finite {
    signature: Signature,
}

impl ScalarUDFImpl for Finite {
    fn name(&self) -> &'static str {
        "finite"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        Ok(arguments[0].clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let values = args.args[0].to_array(args.number_rows)?;
        let Some(doubles) = values.as_primitive_opt::<Float64Type>() else { return Ok(args.args[0].clone()) };
        let finite = doubles.iter().map(|value| value.filter(|value| value.is_finite()).map(|value| value + 0.0));
        Ok(ColumnarValue::Array(Arc::new(finite.collect::<Float64Array>())))
    }
}

fn nearest(value: f64, digits: usize) -> Option<f64> {
    // Formatting with a precision is exact on the double's value, with ties to even.
    format!("{value:.digits$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_even_digit_and_only_exact_halves_are_ties() {
        assert_eq!(nearest(56.25, 1), Some(56.2));
        assert_eq!(nearest(56.75, 1), Some(56.8));
        assert_eq!(nearest(0.35, 1), Some(0.3));
        assert_eq!(nearest(2.5, 0), Some(2.0));
        assert_eq!(nearest(-0.125, 2), Some(-0.12));
    }
}
