//! The tables of the loopback server: rows in BigQuery's types, their partitions, and conditions on them.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{Datelike, NaiveDate};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::{cast, filter_record_batch};
use datafusion::arrow::datatypes::{DataType, Date32Type, Field, Schema, TimeUnit};
use datafusion::arrow::ipc::writer::StreamWriter;
use serde_json::{Value, json};

/// A table, or a view, which has rows only where a query gives them.
pub struct Table {
    pub rows: RecordBatch,
    pub is_view: bool,
    /// The column it is partitioned by, of which a request must have a condition.
    pub partition_column: Option<&'static str>,
    /// When the rows of each partition last changed.
    partitions: BTreeMap<String, (u64, String, i64)>,
    pub modified: i64,
    /// Rows on their way into a partition.
    pub buffered: u64,
}

impl Table {
    pub fn new(rows: &RecordBatch, partition_column: Option<&'static str>) -> Table {
        let mut table = Table {
            rows: as_stored(rows),
            is_view: false,
            partition_column,
            partitions: BTreeMap::new(),
            modified: 0,
            buffered: 0,
        };
        table.put(rows, 1_000);
        table
    }

    /// Replaces the rows at a moment; partitions whose rows are as before are not touched.
    pub fn put(&mut self, rows: &RecordBatch, now: i64) {
        let rows = as_stored(rows);
        self.modified = now;
        let mut days: BTreeMap<String, Vec<bool>> = BTreeMap::new();
        if let Some(column) = self.partition_column {
            let dates = rows.column_by_name(column).unwrap().as_primitive::<Date32Type>();
            for row in 0..rows.num_rows() {
                let date = dates.is_valid(row).then(|| Date32Type::to_naive_date_opt(dates.value(row)).unwrap());
                let id = date.map_or("__NULL__".to_owned(), |date| date.format("%Y%m%d").to_string());
                days.entry(id).or_insert_with(|| vec![false; rows.num_rows()])[row] = true;
            }
        }
        let partitions = days.into_iter().map(|(id, mask)| {
            let rows = filter_record_batch(&rows, &BooleanArray::from(mask)).unwrap();
            let contents = format!("{rows:?}");
            let before = self.partitions.get(&id).filter(|(_, before, _)| *before == contents);
            let modified = before.map_or(now, |(.., modified)| *modified);
            (id, (rows.num_rows() as u64, contents, modified))
        });
        self.partitions = partitions.collect();
        self.rows = rows;
    }

    /// Rows of INFORMATION_SCHEMA.PARTITIONS: table, partition, rows, bytes, time of the last change.
    pub fn partition_rows(&self, name: &str) -> Vec<[Value; 5]> {
        let row = |(id, (rows, _, modified)): (&String, &(u64, String, i64))| {
            [
                json!(name),
                json!(id),
                json!(rows.to_string()),
                json!((rows * 100).to_string()),
                json!(modified.to_string()),
            ]
        };
        let mut rows: Vec<_> = self.partitions.iter().map(row).collect();
        if self.buffered > 0 {
            let buffered = self.buffered.to_string();
            rows.push([json!(name), json!("__UNPARTITIONED__"), json!(buffered), json!("0"), json!("0")]);
        }
        rows
    }

    /// The resource that tables.get returns.
    pub fn resource(&self, project: &str, dataset: &str, name: &str) -> Value {
        let field = |field: &Arc<Field>| {
            let (kind, mode) = bigquery_type(field.data_type());
            json!({"name": field.name(), "type": kind, "mode": mode})
        };
        let fields: Vec<Value> = self.rows.schema().fields().iter().map(field).collect();
        let mut resource = json!({
            "kind": "bigquery#table",
            "tableReference": {"projectId": project, "datasetId": dataset, "tableId": name},
            "schema": {"fields": fields},
            "type": if self.is_view { "VIEW" } else { "TABLE" },
            "numRows": self.rows.num_rows().to_string(),
            "numBytes": (self.rows.num_rows() * 100).to_string(),
            "lastModifiedTime": self.modified.to_string(),
        });
        if let Some(column) = self.partition_column {
            resource["timePartitioning"] = json!({"type": "DAY", "field": column});
            resource["requirePartitionFilter"] = json!(true);
        }
        if self.buffered > 0 {
            resource["streamingBuffer"] = json!({
                "estimatedRows": self.buffered.to_string(), "estimatedBytes": "1", "oldestEntryTime": "1",
            });
        }
        resource
    }

    /// The rows that keep a condition, of these columns.
    ///
    /// # Errors
    /// What BigQuery says of a condition that it does not understand, or that does not bound the partitions.
    pub fn select(&self, columns: &[String], condition: &str) -> Result<RecordBatch, String> {
        if let Some(column) = self.partition_column.filter(|column| !condition.contains(column)) {
            return Err(format!(
                "Cannot query over table without a filter over column(s) '{column}' that can be used for partition \
                 elimination"
            ));
        }
        let mut mask = vec![true; self.rows.num_rows()];
        for part in condition.split(" AND ").filter(|part| !part.is_empty()) {
            let (name, test) = part.split_once(' ').unwrap();
            let column = self.rows.column_by_name(name).ok_or_else(|| format!("Unrecognized name: {name}"))?;
            let keeps = test_of(test, column)?;
            mask.iter_mut().enumerate().for_each(|(row, kept)| *kept &= keeps(row));
        }
        let kept = filter_record_batch(&self.rows, &BooleanArray::from(mask)).unwrap();
        if columns.is_empty() {
            return Ok(kept);
        }
        let schema = kept.schema();
        let positions = columns.iter().map(|name| schema.index_of(name).map_err(|_| format!("no field {name}")));
        Ok(kept.project(&positions.collect::<Result<Vec<_>, _>>()?).unwrap())
    }
}

type Test<'a> = Box<dyn Fn(usize) -> bool + 'a>;

fn test_of<'a>(test: &str, column: &'a ArrayRef) -> Result<Test<'a>, String> {
    match test {
        "IS NULL" => return Ok(Box::new(|row| column.is_null(row))),
        "IS NOT NULL" => return Ok(Box::new(|row| column.is_valid(row))),
        _ => {}
    }
    let bad = || format!("Syntax error: {test}");
    let (operator, literal) = test.split_once(" DATE '").ok_or_else(bad)?;
    let date: NaiveDate = literal.trim_end_matches('\'').parse().map_err(|_| bad())?;
    assert!((1..=9999).contains(&date.year()), "BigQuery's dates end there");
    let day = Date32Type::from_naive_date(date);
    let days = column.as_primitive::<Date32Type>();
    match operator {
        ">=" => Ok(Box::new(move |row| days.is_valid(row) && days.value(row) >= day)),
        "<=" => Ok(Box::new(move |row| days.is_valid(row) && days.value(row) <= day)),
        _ => Err(bad()),
    }
}

fn bigquery_type(kind: &DataType) -> (&'static str, &'static str) {
    let mode = if matches!(kind, DataType::List(_)) { "REPEATED" } else { "NULLABLE" };
    let kind = match kind {
        DataType::Utf8 | DataType::List(_) => "STRING",
        DataType::Int64 => "INTEGER",
        DataType::Float64 => "FLOAT",
        DataType::Boolean => "BOOLEAN",
        DataType::Date32 => "DATE",
        DataType::Timestamp(..) => "TIMESTAMP",
        DataType::Decimal128(..) => "NUMERIC",
        DataType::Decimal256(..) => "BIGNUMERIC",
        other => panic!("{other}"),
    };
    (kind, mode)
}

/// Rows in the types in which BigQuery hands them out: NUMERIC with 38 digits, 9 of them after the point, BIGNUMERIC
/// (confidence) with 76 and 38, moments with their zone; the columns in the opposite order, and one more of no table.
fn as_stored(rows: &RecordBatch) -> RecordBatch {
    let schema = rows.schema();
    let stored = |field: &Arc<Field>| match field.data_type() {
        DataType::Decimal128(..) if field.name() == "confidence_score" => DataType::Decimal256(76, 38),
        DataType::Decimal128(..) => DataType::Decimal128(38, 9),
        DataType::Timestamp(..) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        other => other.clone(),
    };
    let columns = schema.fields().iter().zip(rows.columns()).rev();
    let mut columns: Vec<(String, ArrayRef)> =
        columns.map(|(field, column)| (field.name().clone(), cast(column, &stored(field)).unwrap())).collect();
    if !columns.iter().any(|(name, _)| name == "pipeline_run") {
        let run: ArrayRef = Arc::new(datafusion::arrow::array::StringArray::from(vec!["x"; rows.num_rows()]));
        columns.push(("pipeline_run".to_owned(), run));
    }
    let fields = columns.iter().map(|(name, column)| Field::new(name, column.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    RecordBatch::try_new(schema, columns.into_iter().map(|(_, column)| column).collect()).unwrap()
}

/// The schema of rows as an Arrow message, and the rows as another.
pub fn messages(rows: &RecordBatch) -> (Bytes, Bytes) {
    let mut writer = StreamWriter::try_new(Vec::new(), &rows.schema()).unwrap();
    let schema = writer.get_ref().len();
    writer.write(rows).unwrap();
    let bytes = Bytes::from(writer.get_ref().clone());
    (bytes.slice(..schema), bytes.slice(schema..))
}
