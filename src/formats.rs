//! Rows in machine formats.
//!
//! JSON and NDJSON write decimals as numbers. CSV has one column a value: a struct's fields as `column.field`, a list's
//! values joined by `|`. Every format carries [`SCHEMA_VERSION`]: as a key of documents, a column of CSV, metadata of
//! Parquet.

use std::io::Write;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, RecordBatch, RecordBatchOptions, StringArray, StringBuilder, StructArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::arrow::{csv as arrow_csv, json as arrow_json};
use schemars::JsonSchema;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::snapshot::write;
use crate::text::visible;

/// Raised when a machine format changes in a way that a reader notices.
pub const SCHEMA_VERSION: u32 = 1;

/// Under which name the schema version travels.
pub const SCHEMA_VERSION_KEY: &str = "schema_version";

/// Rows as a table of text, a line a row.
///
/// # Errors
/// A column of a type that has no text.
pub fn pretty(rows: &[RecordBatch]) -> Result<String> {
    let rows = rows.iter().map(visible_rows).collect::<Result<Vec<_>>>()?;
    let table = datafusion::arrow::util::pretty::pretty_format_batches(&rows)?;
    Ok(format!("{table}\n"))
}

/// Rows as text that people can read: names and values made visible.
fn visible_rows(rows: &RecordBatch) -> Result<RecordBatch> {
    let options = FormatOptions::default().with_display_error(true);
    let texts = |column: &ArrayRef| -> Result<ArrayRef> {
        let values = ArrayFormatter::try_new(column.as_ref(), &options)?;
        Ok(Arc::new(StringArray::from_iter_values((0..column.len()).map(|row| visible(values.value(row))))))
    };
    let schema = rows.schema();
    let fields = schema.fields().iter().map(|field| Field::new(visible(field.name()), DataType::Utf8, false));
    let columns = rows.columns().iter().map(texts).collect::<Result<Vec<_>>>()?;
    let count = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    Ok(RecordBatch::try_new_with_options(Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns, &count)?)
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

/// A format of one row after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFormat {
    Ndjson,
    Csv,
    Parquet,
}

/// The zstd level for rows: what higher ones save is little, and takes long.
const LEVEL: i32 = 3;

/// Writes batches of a schema one after the other. Only Parquet has a place for the schema's metadata.
///
/// # Errors
/// A batch that is one, or that is not of the schema; or `to` cannot be written to.
pub fn write_rows(
    format: RowFormat,
    schema: &Schema,
    batches: impl IntoIterator<Item = Result<RecordBatch>>,
    to: &mut (impl Write + Send),
) -> Result<()> {
    match format {
        RowFormat::Ndjson => {
            let mut writer = arrow_json::LineDelimitedWriter::new(to);
            for batch in batches {
                writer.write(&batch?)?;
            }
            Ok(writer.finish()?)
        }
        RowFormat::Csv => {
            let mut writer = arrow_csv::WriterBuilder::new().with_header(true).build(to);
            writer.write(&flat(&RecordBatch::new_empty(Arc::new(schema.clone())))?)?;
            for batch in batches {
                writer.write(&flat(&batch?)?)?;
            }
            Ok(())
        }
        RowFormat::Parquet => {
            let mut metadata = schema.metadata().clone();
            metadata.insert(SCHEMA_VERSION_KEY.to_owned(), SCHEMA_VERSION.to_string());
            write::write_parquet(to, &schema.clone().with_metadata(metadata), batches, LEVEL)
        }
    }
}

/// Rows as a JSON object a line.
pub fn ndjson(rows: &[RecordBatch]) -> Result<Vec<u8>> {
    in_memory(RowFormat::Ndjson, rows)
}

/// Rows as CSV with a heading.
pub fn csv(rows: &[RecordBatch]) -> Result<Vec<u8>> {
    in_memory(RowFormat::Csv, rows)
}

/// Rows as a Parquet file with the schema version in its metadata.
pub fn parquet(rows: &[RecordBatch]) -> Result<Vec<u8>> {
    in_memory(RowFormat::Parquet, rows)
}

fn in_memory(format: RowFormat, rows: &[RecordBatch]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match (rows.first(), format) {
        (Some(first), _) => write_rows(format, &first.schema(), rows.iter().cloned().map(Ok), &mut bytes)?,
        (None, RowFormat::Parquet) => return Err(Error::Engine("the query has no columns to write".into())),
        (None, RowFormat::Ndjson | RowFormat::Csv) => {}
    }
    Ok(bytes)
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
    values.iter().map(line).collect::<Result<_, _>>().map_err(Error::Json)
}

/// Values of a type as rows, a column a field, with the types that the type states ([`columns_of`]), whatever the values.
///
/// # Errors
/// As for [`columns_of`].
pub fn batch<T: serde::Serialize + JsonSchema>(values: &[T]) -> Result<RecordBatch> {
    let schema = columns_of::<T>()?;
    let mut decoder = arrow_json::ReaderBuilder::new(Arc::clone(&schema)).build_decoder()?;
    decoder.serialize(values)?;
    Ok(decoder.flush()?.unwrap_or_else(|| RecordBatch::new_empty(schema)))
}

/// The columns of a type's values as rows: a property of its JSON schema each, in its order.
///
/// # Errors
/// A type that is no struct of numbers, texts, booleans and choices.
pub fn columns_of<T: JsonSchema>() -> Result<SchemaRef> {
    let schema = serde_json::to_value(schemars::schema_for!(T)).map_err(Error::Json)?;
    let field = |(name, property): (&String, &Value)| {
        let kind = kind_of(property, &schema["$defs"]);
        let kind =
            kind.ok_or_else(|| Error::Engine(format!("{} is no row: {name} has no type", T::schema_name()).into()))?;
        Ok(Field::new(name, kind, true))
    };
    let properties = schema["properties"].as_object();
    let fields = properties.into_iter().flatten().map(field).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(Schema::new(fields)))
}

/// The type of a property's values beside null; none where they have no one type.
fn kind_of(property: &Value, definitions: &Value) -> Option<DataType> {
    if let Some(name) = property["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        return kind_of(&definitions[name], definitions);
    }
    if let Some(choices) = property["anyOf"].as_array().or(property["oneOf"].as_array()) {
        let mut kinds: Vec<DataType> = choices.iter().filter_map(|choice| kind_of(choice, definitions)).collect();
        kinds.dedup();
        return if let [only] = kinds.as_slice() { Some(only.clone()) } else { None };
    }
    let names = match &property["type"] {
        Value::Array(names) => names.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect(),
        name => name.as_str().into_iter().collect::<Vec<_>>(),
    };
    match names.as_slice() {
        ["integer"] => Some(DataType::Int64),
        ["number"] => Some(DataType::Float64),
        ["string"] => Some(DataType::Utf8),
        ["boolean"] => Some(DataType::Boolean),
        _ => None,
    }
}

/// Rows as values of a type whose fields are named like the columns; a NULL is a missing field.
pub fn rows<T: serde::de::DeserializeOwned>(batches: &[RecordBatch]) -> Result<Vec<T>> {
    if batches.iter().all(|batch| batch.num_rows() == 0) {
        return Ok(Vec::new());
    }
    serde_json::from_slice(&json(batches)?).map_err(Error::Json)
}

/// A value as indented JSON with a line break at its end.
pub fn pretty_json(value: &impl serde::Serialize) -> Result<String> {
    let text = serde_json::to_string_pretty(value).map_err(Error::Json)?;
    Ok(text + "\n")
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Serialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    enum Side {
        /// With a description, which makes it a schema of its own.
        Over,
        Under,
    }

    #[derive(Serialize, JsonSchema)]
    struct Row {
        name: String,
        side: Side,
        other: Option<Side>,
        count: u64,
        rate: Option<f64>,
        is_sound: bool,
    }

    #[test]
    fn columns_have_the_types_of_the_row_whatever_the_values() {
        use DataType::{Boolean, Float64, Int64, Utf8};
        let expected = [Utf8, Utf8, Utf8, Int64, Float64, Boolean];
        let kinds = |batch: &RecordBatch| -> Vec<DataType> {
            batch.schema().fields().iter().map(|field| field.data_type().clone()).collect()
        };
        let none = batch::<Row>(&[]).unwrap();
        assert_eq!((none.num_rows(), kinds(&none)), (0, expected.to_vec()));
        let csv = String::from_utf8(super::csv(&[none]).unwrap()).unwrap();
        assert_eq!(csv, "schema_version,name,side,other,count,rate,is_sound\n");
        let row = Row { name: "a".to_owned(), side: Side::Over, other: None, count: 3, rate: None, is_sound: true };
        let one = batch(&[row, Row { side: Side::Under, ..ROW }]).unwrap();
        assert_eq!((one.num_rows(), kinds(&one)), (2, expected.to_vec()));
        let csv = String::from_utf8(super::csv(&[one]).unwrap()).unwrap();
        assert_eq!(csv.lines().nth(1), Some("1,a,over,,3,,true"));
    }

    const ROW: Row = Row {
        name: String::new(),
        side: Side::Over,
        other: Some(Side::Under),
        count: 0,
        rate: Some(0.5),
        is_sound: false,
    };

    #[test]
    fn a_number_is_read_back_to_its_last_bit() {
        use datafusion::arrow::array::{ArrayRef, Float64Array};

        #[derive(Deserialize)]
        struct Double {
            value: f64,
        }
        // Some of them are off by a bit where a reader takes the short way.
        let values: Vec<f64> = (0..3000).map(|at| f64::from(at) * 1.7 / 3.0 + 1e-7).collect();
        let column: ArrayRef = Arc::new(Float64Array::from(values.clone()));
        let read: Vec<Double> = rows(&[RecordBatch::try_from_iter([("value", column)]).unwrap()]).unwrap();
        assert_eq!(read.iter().map(|double| double.value).collect::<Vec<_>>(), values);
    }

    #[test]
    fn a_type_with_parts_is_no_row() {
        #[derive(JsonSchema)]
        #[expect(dead_code, reason = "only its schema is looked at")]
        struct Nested {
            rows: Vec<u64>,
        }
        assert!(columns_of::<Nested>().unwrap_err().to_string().contains("rows has no type"));
    }
}
