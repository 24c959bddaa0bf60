//! Sums of integers that do not go on from the other end of their range.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::common::utils::take_function_args;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

/// The engine's own function of integers, whose place it takes.
pub const SUM: &str = "sum";

/// Wide enough for the sum of any number of integers.
const WIDE: DataType = DataType::Decimal128(38, 0);

/// `sum(x)` of 64-bit integers: an error where the sum is none; NULL when there is no value. It is not registered.
pub fn checked_sum() -> AggregateUDF {
    AggregateUDF::from(CheckedSum { signature: Signature::any(1, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CheckedSum {
    signature: Signature,
}

impl AggregateUDFImpl for CheckedSum {
    fn name(&self) -> &str {
        SUM
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        let [kind] = take_function_args(SUM, arguments)?;
        Ok(kind.clone())
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Sum { kind: args.return_field.data_type().clone(), sum: 0, count: 0 }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let field = |part: &str, kind| Arc::new(Field::new(format!("{}_{part}", args.name), kind, true));
        Ok(vec![field("sum", WIDE), field("count", DataType::Int64)])
    }
}

#[derive(Debug)]
struct Sum {
    kind: DataType,
    sum: i128,
    /// Values in it.
    count: i64,
}

impl Sum {
    fn add(&mut self, values: &ArrayRef, sign: i128) -> Result<()> {
        let wide = cast(values, &WIDE)?;
        self.sum += sign * wide.as_primitive::<Decimal128Type>().iter().flatten().sum::<i128>();
        self.count += sign as i64 * (values.len() - values.null_count()) as i64;
        Ok(())
    }
}

impl Accumulator for Sum {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(&values[0], 1)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(&values[0], -1)
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let overflow = || DataFusionError::Execution(format!("Arithmetic overflow: the sum is {}", self.sum));
        match self.kind {
            _ if self.count == 0 => ScalarValue::try_from(&self.kind),
            DataType::UInt64 => Ok(ScalarValue::UInt64(Some(self.sum.try_into().map_err(|_| overflow())?))),
            _ => Ok(ScalarValue::Int64(Some(self.sum.try_into().map_err(|_| overflow())?))),
        }
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Decimal128(Some(self.sum), 38, 0), ScalarValue::Int64(Some(self.count))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.sum += states[0].as_primitive::<Decimal128Type>().iter().flatten().sum::<i128>();
        self.count += states[1].as_primitive::<Int64Type>().iter().flatten().sum::<i64>();
        Ok(())
    }
}
