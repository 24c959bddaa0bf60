//! One value of a relation, whatever its type: what a trace shows.

use std::borrow::Cow;
use std::fmt;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, UInt64Type};
use datafusion::arrow::util::display::array_value_to_string;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::error::Result;
use crate::version::Value;

/// A value: null where it is absent, numbers as numbers, dates as YYYY-MM-DD.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    Absent,
    Boolean(bool),
    Integer(i64),
    /// Exact; with the digits of its column, or as few as it needs where the column has more than `SHOWN_DIGITS`.
    Decimal(Decimal),
    Double(f64),
    Date(NaiveDate),
    Text(String),
    Texts(Vec<String>),
}

/// How many digits after the point people are shown.
const SHOWN_DIGITS: u32 = 4;

impl Datum {
    /// The value in `row` of a column of a type that a relation has; of any other type its text.
    pub fn read(column: &dyn Array, row: usize) -> Result<Datum> {
        if column.is_null(row) {
            return Ok(Datum::Absent);
        }
        Ok(match column.data_type() {
            DataType::Boolean => Datum::Boolean(column.as_boolean().value(row)),
            DataType::Int64 => Datum::Integer(column.as_primitive::<Int64Type>().value(row)),
            DataType::UInt64 => {
                let count = column.as_primitive::<UInt64Type>().value(row);
                Datum::Integer(i64::try_from(count).unwrap_or(i64::MAX))
            }
            DataType::Float64 => Datum::Double(column.as_primitive::<Float64Type>().value(row)),
            DataType::Decimal128(_, scale) => {
                let unscaled = column.as_primitive::<Decimal128Type>().value(row);
                let scale = u32::try_from(*scale).unwrap_or_default();
                match Decimal::try_from_i128_with_scale(unscaled, scale) {
                    Ok(value) => Datum::Decimal(if scale > SHOWN_DIGITS { value.normalize() } else { value }),
                    Err(_) => Datum::Text(array_value_to_string(column, row)?),
                }
            }
            DataType::Date32 => {
                let date = Date32Type::to_naive_date_opt(column.as_primitive::<Date32Type>().value(row));
                date.map_or(Datum::Absent, Datum::Date)
            }
            DataType::List(item) if item.data_type() == &DataType::Utf8View => {
                let items = column.as_list::<i32>().value(row);
                Datum::Texts(items.as_string_view().iter().flatten().map(str::to_owned).collect())
            }
            _ => Datum::Text(array_value_to_string(column, row)?),
        })
    }

    pub fn is_absent(&self) -> bool {
        *self == Datum::Absent
    }

    /// A number as a decimal; of a double all the digits that tell it from its neighbours. None for other values.
    pub fn number(&self) -> Option<Decimal> {
        match self {
            Datum::Integer(value) => Some(Decimal::from(*value)),
            Datum::Decimal(value) => Some(*value),
            Datum::Double(value) => shortest(*value),
            _ => None,
        }
    }

    /// For people, beside what it is compared with: with all its digits where it would else read like one of `others`
    /// without being it.
    pub fn beside<'o>(&self, others: impl IntoIterator<Item = &'o Datum>) -> String {
        let Some(own) = self.number() else { return self.to_string() };
        let misleads = |other: Decimal| own != other && reads(own) == reads(other);
        match others.into_iter().filter_map(Datum::number).any(misleads) {
            true => own.normalize().to_string(),
            false => self.to_string(),
        }
    }

    /// A text; none for other values.
    pub fn text(&self) -> Option<&str> {
        match self {
            Datum::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn date(&self) -> Option<NaiveDate> {
        match self {
            Datum::Date(date) => Some(*date),
            _ => None,
        }
    }

    pub fn integer(&self) -> Option<i64> {
        match self {
            Datum::Integer(value) => Some(*value),
            _ => None,
        }
    }

    pub fn double(&self) -> Option<f64> {
        match self {
            Datum::Double(value) => Some(*value),
            other => other.number().and_then(|value| value.to_f64()),
        }
    }

    pub fn is_true(&self) -> bool {
        *self == Datum::Boolean(true)
    }
}

/// The shortest decimal that is nearest to no other double; none where no decimal has so many digits.
fn shortest(value: f64) -> Option<Decimal> {
    value.to_string().parse().ok()
}

/// A number as people are shown it.
fn reads(value: Decimal) -> Decimal {
    value.round_dp(SHOWN_DIGITS).normalize()
}

impl From<Value> for Datum {
    fn from(value: Value) -> Self {
        match value {
            Value::Number(number) => Datum::Decimal(number),
            Value::Integer(number) => Datum::Integer(number),
            Value::Date(date) => Datum::Date(date),
            Value::Text(text) => Datum::Text(text),
            off_or_range => Datum::Text(off_or_range.to_string()),
        }
    }
}

impl fmt::Display for Datum {
    /// For people: at most `SHOWN_DIGITS` digits after the point.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Datum::Absent => f.write_str("absent"),
            Datum::Boolean(true) => f.write_str("yes"),
            Datum::Boolean(false) => f.write_str("no"),
            Datum::Integer(value) => value.fmt(f),
            Datum::Decimal(value) if value.scale() > SHOWN_DIGITS => reads(*value).fmt(f),
            Datum::Decimal(value) => value.fmt(f),
            Datum::Double(value) => match shortest(*value) {
                Some(value) => reads(value).fmt(f),
                None => value.fmt(f),
            },
            Datum::Date(date) => date.fmt(f),
            Datum::Text(text) => f.write_str(text),
            Datum::Texts(texts) if texts.is_empty() => f.write_str("none"),
            Datum::Texts(texts) => f.write_str(&texts.join(", ")),
        }
    }
}

impl Serialize for Datum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Datum::Absent => serializer.serialize_none(),
            Datum::Boolean(value) => serializer.serialize_bool(*value),
            Datum::Integer(value) => serializer.serialize_i64(*value),
            Datum::Decimal(value) => match value.to_f64() {
                Some(double) => serializer.serialize_f64(double),
                None => serializer.serialize_str(&value.to_string()),
            },
            Datum::Double(value) => serializer.serialize_f64(*value),
            Datum::Date(date) => serializer.serialize_str(&date.to_string()),
            Datum::Text(text) => serializer.serialize_str(text),
            Datum::Texts(texts) => texts.serialize(serializer),
        }
    }
}

impl JsonSchema for Datum {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Datum".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["null", "boolean", "number", "string", "array"],
            "items": { "type": "string" }
        })
    }
}

/// The rows of a relation, read by column name.
pub struct Rows {
    batch: Option<RecordBatch>,
}

impl Rows {
    pub fn new(batches: &[RecordBatch]) -> Result<Rows> {
        let batch = batches.first().map(|first| concat_batches(&first.schema(), batches)).transpose()?;
        Ok(Rows { batch })
    }

    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        let rows = |batch: &RecordBatch| batch.num_rows();
        self.batch.iter().flat_map(move |batch| (0..rows(batch)).map(move |at| Row { batch, at }))
    }
}

/// One row of a relation.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    batch: &'a RecordBatch,
    at: usize,
}

impl Row<'_> {
    /// The value of a column; absent, too, when the relation has no such column.
    pub fn get(&self, column: &str) -> Result<Datum> {
        self.batch.column_by_name(column).map_or(Ok(Datum::Absent), |column| Datum::read(column, self.at))
    }

    /// The value of a field of a struct column, or of a field of that.
    pub fn field(&self, column: &str, path: &[&str]) -> Result<Datum> {
        let Some(mut values) = self.batch.column_by_name(column) else {
            return Ok(Datum::Absent);
        };
        for name in path {
            match values.as_struct_opt().and_then(|parts| parts.column_by_name(name)) {
                Some(part) => values = part,
                None => return Ok(Datum::Absent),
            }
        }
        Datum::read(values, self.at)
    }

    /// The text of a column, empty where it is absent.
    pub fn text(&self, column: &str) -> Result<String> {
        Ok(self.get(column)?.text().unwrap_or_default().to_owned())
    }

    /// The texts of a list column.
    pub fn texts(&self, column: &str) -> Result<Vec<String>> {
        match self.get(column)? {
            Datum::Texts(texts) => Ok(texts),
            _ => Ok(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Decimal128Array, Float64Array};

    use super::*;

    fn decimal(unscaled: i128, scale: i8) -> Datum {
        let column = Decimal128Array::from(vec![unscaled]).with_precision_and_scale(18, scale).unwrap();
        Datum::read(&column, 0).unwrap()
    }

    #[test]
    fn values_keep_their_digits_and_people_see_few() {
        assert_eq!(decimal(50, 1).to_string(), "5.0");
        assert_eq!(decimal(5_000_000, 6).to_string(), "5");
        assert_eq!(decimal(31_380_851_064, 9).to_string(), "31.3809");
        assert_eq!(serde_json::to_string(&decimal(31_380_851_064, 9)).unwrap(), "31.380851064");
        assert_eq!(Datum::Double(0.423_580_246_913_58).to_string(), "0.4236");
        assert_eq!(Datum::Double(f64::NAN).to_string(), "NaN");
    }

    #[test]
    fn doubles_next_to_each_other_are_two_numbers() {
        let (below, six) = (Datum::Double(33.8 - 27.8), Datum::Double(6.0));
        assert_eq!(below.number(), "5.9999999999999964".parse().ok());
        assert_eq!(below.double(), Some(33.8 - 27.8));
        assert!(below.number() < six.number());
        assert_eq!(Datum::Double(1e300).number(), None);
    }

    #[test]
    fn all_digits_are_shown_where_a_value_would_read_like_the_threshold_beside_it() {
        let threshold = Datum::Decimal(Decimal::new(60, 1));
        let beside = |value: f64| Datum::Double(value).beside([&threshold]);
        assert_eq!((beside(33.8 - 27.8).as_str(), beside(6.0).as_str()), ("5.9999999999999964", "6"));
        assert_eq!((beside(33.8 - 27.7).as_str(), Datum::Absent.beside([&threshold]).as_str()), ("6.1", "absent"));
        assert_eq!(decimal(6_000_000_001, 9).beside([&threshold]), "6.000000001");
        assert_eq!(decimal(6_000_000_001, 9).beside([&Datum::Absent]), "6");
    }

    #[test]
    fn what_is_null_or_no_column_is_absent() {
        let values: ArrayRef = Arc::new(Float64Array::from(vec![None, Some(1.5)]));
        let batch = RecordBatch::try_from_iter([("value", values)]).unwrap();
        let rows = Rows::new(&[batch]).unwrap();
        let read: Vec<Datum> = rows.iter().map(|row| row.get("value").unwrap()).collect();
        assert_eq!(read, [Datum::Absent, Datum::Double(1.5)]);
        assert!(rows.iter().all(|row| row.get("other").unwrap().is_absent()));
    }
}
