//! Rows into record batches: columns are given by name and put in the contract's order.

use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringViewArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::error::ArrowError;

use crate::snapshot::contract::{self, Kind, Table};

/// A number with one decimal place, in units of 0.1 (points, lines, minutes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tenths(pub i64);

impl Tenths {
    /// The nearest tenth.
    pub fn of(x: f64) -> Self {
        Tenths((x * 10.0).round() as i64)
    }
}

/// The columns of one table, collected one by one.
pub struct Columns {
    table: &'static Table,
    arrays: Vec<Option<ArrayRef>>,
}

impl Columns {
    pub fn of(table: &str) -> Result<Self, ArrowError> {
        let table = contract::table(table).ok_or_else(|| ArrowError::SchemaError(format!("no table named {table}")))?;
        Ok(Columns { table, arrays: vec![None; table.columns.len()] })
    }

    pub fn text<S: AsRef<str>>(self, name: &str, values: impl Iterator<Item = Option<S>>) -> Result<Self, ArrowError> {
        self.put(name, Arc::new(values.collect::<StringViewArray>()))
    }

    pub fn integer(self, name: &str, values: impl Iterator<Item = Option<i64>>) -> Result<Self, ArrowError> {
        self.put(name, Arc::new(values.collect::<Int64Array>()))
    }

    pub fn double(self, name: &str, values: impl Iterator<Item = Option<f64>>) -> Result<Self, ArrowError> {
        self.put(name, Arc::new(values.collect::<Float64Array>()))
    }

    pub fn boolean(self, name: &str, values: impl Iterator<Item = Option<bool>>) -> Result<Self, ArrowError> {
        self.put(name, Arc::new(values.collect::<BooleanArray>()))
    }

    pub fn date(self, name: &str, values: impl Iterator<Item = NaiveDate>) -> Result<Self, ArrowError> {
        self.put(name, Arc::new(values.map(|date| Some(date.to_epoch_days())).collect::<Date32Array>()))
    }

    pub fn timestamp(
        self,
        name: &str,
        values: impl Iterator<Item = Option<NaiveDateTime>>,
    ) -> Result<Self, ArrowError> {
        let micros = values.map(|value| value.map(|time| time.and_utc().timestamp_micros()));
        self.put(name, Arc::new(micros.collect::<TimestampMicrosecondArray>()))
    }

    /// A column of one decimal place.
    pub fn tenths(self, name: &str, values: impl Iterator<Item = Option<Tenths>>) -> Result<Self, ArrowError> {
        self.decimal(name, values.map(|value| value.map(|tenths| tenths.0)))
    }

    /// `values` in units of the column's last decimal place.
    pub fn decimal(self, name: &str, values: impl Iterator<Item = Option<i64>>) -> Result<Self, ArrowError> {
        let Some(Kind::Decimal(precision, scale)) = self.table.column(name).map(|column| column.kind) else {
            return Err(ArrowError::SchemaError(format!("{}.{name} is no decimal", self.table.name)));
        };
        let array = values.map(|value| value.map(i128::from)).collect::<Decimal128Array>();
        let array = array.with_precision_and_scale(precision, scale)?;
        array.validate_decimal_precision(precision)?;
        self.put(name, Arc::new(array))
    }

    /// The batch; an error when a column of the contract was not given.
    pub fn finish(self) -> Result<RecordBatch, ArrowError> {
        let mut arrays = Vec::with_capacity(self.arrays.len());
        for (column, array) in self.table.columns.iter().zip(self.arrays) {
            arrays.push(array.ok_or_else(|| {
                ArrowError::SchemaError(format!("{}.{} was not generated", self.table.name, column.name))
            })?);
        }
        RecordBatch::try_new(self.table.schema(), arrays)
    }

    fn put(mut self, name: &str, array: ArrayRef) -> Result<Self, ArrowError> {
        let Some(index) = self.table.columns.iter().position(|column| column.name == name) else {
            return Err(ArrowError::SchemaError(format!("{} has no column {name}", self.table.name)));
        };
        self.arrays[index] = Some(array);
        Ok(self)
    }
}
