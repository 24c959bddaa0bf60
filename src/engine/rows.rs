//! Relations built row by row, and the values of parameters in them.

use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Field, Schema};
use datafusion::common::ScalarValue;
use rust_decimal::Decimal;

use super::udf::shared_text;
use crate::error::{Error, Reason, Result};
use crate::version::Value;
use crate::version::catalogue::{Parameter, ParameterKind};

/// How the relations hold a decimal parameter.
const PRECISION: u8 = 18;
const SCALE: i8 = 6;

/// A relation built row by row.
pub struct Rows {
    schema: Arc<Schema>,
    rows: Vec<Vec<ScalarValue>>,
}

impl Rows {
    pub fn new(columns: Vec<(impl Into<String>, DataType)>) -> Rows {
        let fields: Vec<Field> = columns.into_iter().map(|(name, kind)| Field::new(name, kind, true)).collect();
        Rows { schema: Arc::new(Schema::new(fields)), rows: Vec::new() }
    }

    pub fn push(&mut self, row: Vec<ScalarValue>) {
        self.rows.push(row);
    }

    pub fn finish(&self) -> Result<RecordBatch> {
        if self.rows.is_empty() {
            return Ok(RecordBatch::new_empty(Arc::clone(&self.schema)));
        }
        let columns = (0..self.schema.fields().len()).map(|at| self.column(at)).collect::<Result<Vec<_>>>()?;
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }

    fn column(&self, at: usize) -> Result<ArrayRef> {
        let values = self.rows.iter().map(|row| row[at].clone());
        if *self.schema.field(at).data_type() != shared_text() {
            return Ok(ScalarValue::iter_to_array(values)?);
        }
        // Rows with the same text share it.
        let texts = ScalarValue::iter_to_array(values)?;
        Ok(cast(&cast(&texts, &DataType::Utf8)?, &shared_text())?)
    }
}

pub fn column_type(parameter: &Parameter) -> DataType {
    match parameter.kind {
        ParameterKind::Decimal | ParameterKind::Range => DataType::Decimal128(PRECISION, SCALE),
        ParameterKind::Double => DataType::Float64,
        ParameterKind::Integer => DataType::Int64,
        ParameterKind::Choice | ParameterKind::Text => DataType::Utf8View,
        ParameterKind::Date => DataType::Date32,
    }
}

pub fn scalar(parameter: &Parameter, value: &Value) -> Result<ScalarValue> {
    Ok(match (parameter.kind, value) {
        (ParameterKind::Decimal, Value::Number(value)) => decimal(*value),
        (ParameterKind::Double, Value::Number(value)) => {
            // Through text, so that 52.4 becomes the double nearest to it.
            let double = value.to_string().parse::<f64>().map_err(|error| Error::Engine(Reason::of(error)))?;
            ScalarValue::Float64(Some(double))
        }
        (ParameterKind::Integer, Value::Integer(value)) => integer(*value),
        (ParameterKind::Choice | ParameterKind::Text, Value::Text(value)) => text(value),
        (ParameterKind::Date, Value::Date(value)) => date(*value),
        _ => null(parameter)?,
    })
}

pub fn null(parameter: &Parameter) -> Result<ScalarValue> {
    Ok(ScalarValue::try_from(&column_type(parameter))?)
}

pub fn decimal(value: Decimal) -> ScalarValue {
    let mut scaled = value;
    scaled.rescale(SCALE.unsigned_abs().into());
    ScalarValue::Decimal128(Some(scaled.mantissa()), PRECISION, SCALE)
}

pub fn integer(value: i64) -> ScalarValue {
    ScalarValue::Int64(Some(value))
}

pub fn text(value: &str) -> ScalarValue {
    ScalarValue::Utf8View(Some(value.to_owned()))
}

pub fn shared(value: String) -> ScalarValue {
    ScalarValue::Dictionary(Box::new(DataType::Int32), Box::new(ScalarValue::Utf8(Some(value))))
}

pub fn date(value: NaiveDate) -> ScalarValue {
    ScalarValue::Date32(Some(Date32Type::from_naive_date(value)))
}
