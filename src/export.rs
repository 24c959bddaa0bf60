//! Rows in machine formats.
//!
//! JSON and NDJSON write decimals as numbers. CSV has one column a value: a struct's fields as `column.field`, a list's
//! values joined by `|`. Every format carries [`SCHEMA_VERSION`]: as a key of documents, a column of CSV, metadata of
//! Parquet.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringBuilder, StructArray};
use datafusion::arrow::compute::{cast, concat_batches};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::arrow::{csv as arrow_csv, json as arrow_json};

use crate::error::{Error, Result};
use crate::snapshot::write;

/// Raised when a machine format changes in a way that a reader notices.
pub const SCHEMA_VERSION: u32 = 1;

/// Under which name the schema version travels.
pub const SCHEMA_VERSION_KEY: &str = "schema_version";

/// Rows as a table of text.
pub fn pretty(rows: &[RecordBatch]) -> Result<String> {
    let table = datafusion::arrow::util::pretty::pretty_format_batches(rows)?;
    Ok(format!("{table}\n"))
}

/// Rows as a JSON array of objects.
pub fn json(rows: &[RecordBatch]) -> Result<Vec<u8>> {
    let mut writer = arrow_json::ArrayWriter::new(Vec::new());
    writer.write_batches(&rows.iter().collect::<Vec<_>>())?;
    writer.finish()?;
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

/// Rows as a JSON object a line.
pub fn ndjson(rows: &[RecordBatch]) -> Result<Vec<u8>> {
    let mut writer = arrow_json::LineDelimitedWriter::new(Vec::new());
    writer.write_batches(&rows.iter().collect::<Vec<_>>())?;
    writer.finish()?;
    Ok(writer.into_inner())
}

/// Rows as CSV with a heading.
pub fn csv(rows: &[RecordBatch]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = arrow_csv::WriterBuilder::new().with_header(true).build(&mut bytes);
    for batch in rows {
        writer.write(&flat(batch)?)?;
    }
    drop(writer);
    Ok(bytes)
}

/// Rows as a Parquet file with the schema version in its metadata.
pub fn parquet(rows: &[RecordBatch]) -> Result<Vec<u8>> {
    let Some(first) = rows.first() else {
        return Err(Error::Engine("the query has no columns to write".to_owned()));
    };
    let metadata = [(SCHEMA_VERSION_KEY.to_owned(), SCHEMA_VERSION.to_string())];
    let schema = Arc::new(first.schema().as_ref().clone().with_metadata(metadata.into_iter().collect()));
    let whole = concat_batches(&first.schema(), rows)?.with_schema(schema)?;
    write::parquet(&whole)
}

/// A batch whose columns are plain values, led by the schema version.
fn flat(batch: &RecordBatch) -> Result<RecordBatch> {
    let version = Int64Array::from(vec![i64::from(SCHEMA_VERSION); batch.num_rows()]);
    let mut fields = vec![Field::new(SCHEMA_VERSION_KEY, DataType::Int64, false)];
    let mut columns: Vec<ArrayRef> = vec![Arc::new(version)];
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        flatten(field.name(), column, &mut fields, &mut columns)?;
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

fn flatten(name: &str, column: &ArrayRef, fields: &mut Vec<Field>, columns: &mut Vec<ArrayRef>) -> Result<()> {
    match column.data_type() {
        DataType::Struct(parts) => {
            let values: &StructArray = column.as_struct();
            for (part, values) in parts.iter().zip(values.columns()) {
                let part: &FieldRef = part;
                flatten(&format!("{name}.{}", part.name()), values, fields, columns)?;
            }
        }
        DataType::List(_) => {
            fields.push(Field::new(name, DataType::Utf8, true));
            columns.push(joined(column)?);
        }
        DataType::Utf8View => {
            fields.push(Field::new(name, DataType::Utf8, true));
            columns.push(cast(column, &DataType::Utf8)?);
        }
        kind => {
            fields.push(Field::new(name, kind.clone(), true));
            columns.push(Arc::clone(column));
        }
    }
    Ok(())
}

fn joined(column: &ArrayRef) -> Result<ArrayRef> {
    let lists = column.as_list::<i32>();
    let options = FormatOptions::default();
    let values = ArrayFormatter::try_new(lists.values().as_ref(), &options)?;
    let mut texts = StringBuilder::new();
    for row in 0..lists.len() {
        let offsets = lists.value_offsets();
        let range =
            usize::try_from(offsets[row]).unwrap_or_default()..usize::try_from(offsets[row + 1]).unwrap_or_default();
        let text = range.map(|at| values.value(at).to_string()).collect::<Vec<_>>().join("|");
        texts.append_option(lists.is_valid(row).then_some(text));
    }
    Ok(Arc::new(texts.finish()))
}

/// Values as a JSON object a line, led by the schema version, NULLs written.
///
/// # Errors
/// A value that is no object.
pub fn lines<T: serde::Serialize>(values: &[T]) -> Result<String> {
    #[derive(serde::Serialize)]
    struct Line<'a, T> {
        schema_version: u32,
        #[serde(flatten)]
        value: &'a T,
    }
    let line = |value| serde_json::to_string(&Line { schema_version: SCHEMA_VERSION, value }).map(|line| line + "\n");
    values.iter().map(line).collect::<Result<_, _>>().map_err(|error| Error::Engine(error.to_string()))
}

/// Values of a type as rows, a column a field; their types are those that the values have.
///
/// # Errors
/// Values that are no objects, or whose fields have no common type.
pub fn batch<T: serde::Serialize>(values: &[T]) -> Result<RecordBatch> {
    let unfit = |error: serde_json::Error| Error::Engine(error.to_string());
    let objects = values.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>().map_err(unfit)?;
    let schema = Arc::new(arrow_json::reader::infer_json_schema_from_iterator(objects.iter().map(Ok))?);
    let mut decoder = arrow_json::ReaderBuilder::new(Arc::clone(&schema)).build_decoder()?;
    decoder.serialize(&objects)?;
    Ok(decoder.flush()?.unwrap_or_else(|| RecordBatch::new_empty(schema)))
}

/// Rows as values of a type whose fields are named like the columns; a NULL is a missing field.
pub fn rows<T: serde::de::DeserializeOwned>(batches: &[RecordBatch]) -> Result<Vec<T>> {
    if batches.iter().all(|batch| batch.num_rows() == 0) {
        return Ok(Vec::new());
    }
    serde_json::from_slice(&json(batches)?).map_err(|error| Error::Engine(error.to_string()))
}

/// A value as indented JSON with a line break at its end.
pub fn pretty_json(value: &impl serde::Serialize) -> Result<String> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Error::Engine(error.to_string()))?;
    Ok(text + "\n")
}
