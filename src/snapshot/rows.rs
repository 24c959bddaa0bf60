//! Rows exactly as the source's tables have them, so that they load into them as they are.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{ArrayRef, RecordBatch, TimestampMicrosecondArray, new_null_array};
use datafusion::arrow::compute::{CastOptions, cast_with_options, concat_batches};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::contract::{self, Column, Kind, Table};
use crate::error::{Error, RequestError, Result};

/// Columns that say when a row was computed, which is when its snapshot was pulled; there is no other clock.
const STAMPS: [&str; 3] = ["computed_at", "created_at", "evaluated_at"];

/// The schema of rows that are loaded into the source's table `name`: required columns never NULL, timestamps with their
/// time zone, without which a Parquet reader takes them for local times.
///
/// # Errors
/// No such table.
pub fn schema(name: &str) -> Result<SchemaRef> {
    Ok(schema_of(table(name)?))
}

fn table(name: &str) -> Result<&'static Table> {
    contract::table(name).ok_or_else(|| Error::Engine(format!("{name} is no table of the source").into()))
}

fn schema_of(table: &Table) -> SchemaRef {
    let kind = |kind: Kind| match kind {
        Kind::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into())),
        other => other.arrow(),
    };
    let field = |column: &Column| Field::new(column.name, kind(column.kind), !column.required);
    Arc::new(Schema::new(table.columns.iter().map(field).collect::<Vec<_>>()))
}

/// `batches` as one, with the columns of the source's table `name` in their order; one that they lack is NULL, or the time of the
/// pull.
///
/// # Errors
/// A value that its column cannot hold, or a NULL in a required one.
pub fn as_source_has(batches: &[RecordBatch], name: &str, pulled_at: Option<DateTime<Utc>>) -> Result<RecordBatch> {
    let table = table(name)?;
    let schema = schema_of(table);
    let Some(first) = batches.first() else {
        return Ok(RecordBatch::new_empty(schema));
    };
    let rows = concat_batches(&first.schema(), batches)?;
    let stamp = pulled_at.map(|moment| moment.timestamp_micros());
    let column = |(column, field): (&Column, &Arc<Field>)| -> Result<ArrayRef> {
        let exact = CastOptions { safe: false, ..CastOptions::default() };
        match rows.column_by_name(column.name) {
            Some(values) => cast_with_options(values, field.data_type(), &exact).map_err(|error| {
                Error::Request(RequestError::DoesNotFit {
                    table: table.name,
                    column: column.name,
                    expected: column.kind.to_string(),
                    reason: error.into(),
                })
            }),
            None if STAMPS.contains(&column.name) => {
                let stamps = TimestampMicrosecondArray::from(vec![stamp; rows.num_rows()]);
                Ok(Arc::new(stamps.with_timezone("+00:00")))
            }
            None => Ok(new_null_array(field.data_type(), rows.num_rows())),
        }
    };
    let columns = table.columns.iter().zip(schema.fields()).map(column).collect::<Result<Vec<_>>>()?;
    Ok(RecordBatch::try_new(schema, columns)?)
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Float64Array, StringArray};

    use super::*;

    fn tagged(rate: f64) -> Result<RecordBatch> {
        let column = |name: &str| (name.to_owned(), Arc::new(StringArray::from(vec!["2026-02-11"])) as ArrayRef, true);
        let rate = ("model_health_hr_7d".to_owned(), Arc::new(Float64Array::from(vec![rate])) as ArrayRef, true);
        let columns = ["game_date", "player_lookup", "system_id"].map(column).into_iter().chain([rate]);
        as_source_has(&[RecordBatch::try_from_iter_with_nullable(columns).unwrap()], "pick_signal_tags", None)
    }

    #[test]
    fn columns_that_are_not_there_are_null_and_decimals_are_exact() {
        let rows = tagged(58.300_000_000_000_004).unwrap();
        assert_eq!(rows.schema(), schema("pick_signal_tags").unwrap());
        assert_eq!(rows.column_by_name("evaluated_at").unwrap().null_count(), 1);
        let rate = rows.column_by_name("model_health_hr_7d").unwrap();
        assert_eq!(datafusion::arrow::util::display::array_value_to_string(rate, 0).unwrap(), "58.3");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let error = tagged(12_345.6).unwrap_err().to_string();
        assert!(
            error.starts_with("pick_signal_tags.model_health_hr_7d: a value does not fit NUMERIC(5,1) ("),
            "{error}"
        );
        assert!(schema("picks").is_err());
    }
}
