//! The Parquet form of a frozen decision: one row, in which a table is a list of structs.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch, StringArray, StructArray};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Deserialize;

use super::json::batch_of;
use super::rows::{CANDIDATES, input, inputs};
use super::{Frozen, Head, damaged, ensure_known_form, not_frozen};
use crate::error::Result;
use crate::formats;
use crate::snapshot::write;

const DECISION: &str = "decision";

/// The bytes of the file.
pub fn bytes(frozen: &Frozen) -> Result<Vec<u8>> {
    let head = formats::batch(std::slice::from_ref(&frozen.head))?;
    let mut fields: Vec<Field> = head.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
    let mut columns: Vec<ArrayRef> = head.columns().to_vec();
    fields.push(Field::new(DECISION, DataType::Utf8, true));
    columns.push(Arc::new(StringArray::from(vec![frozen.decision.as_str()])));
    let tables = frozen.tables.iter().map(|(table, batch)| (table.name, batch));
    for (name, batch) in std::iter::once((CANDIDATES.name, &frozen.candidates)).chain(tables) {
        let rows = StructArray::from(batch.clone());
        let item = Arc::new(Field::new_list_field(rows.data_type().clone(), true));
        let list = ListArray::try_new(item, OffsetBuffer::from_lengths([rows.len()]), Arc::new(rows), None)?;
        fields.push(Field::new(name, list.data_type().clone(), true));
        columns.push(Arc::new(list));
    }
    write::parquet(&RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// What every layout has.
#[derive(Deserialize)]
struct Format {
    format: String,
    format_version: u32,
}

/// Reads a frozen decision from its Parquet form.
pub fn read(path: &Path, bytes: &[u8]) -> Result<Frozen> {
    let file = ParquetRecordBatchReaderBuilder::try_new(Bytes::copy_from_slice(bytes))
        .map_err(|error| damaged(path, error))?;
    let schema = Arc::clone(file.schema());
    if schema.field_with_name("format").is_err() || schema.field_with_name("format_version").is_err() {
        return Err(not_frozen(path, "it is another Parquet file"));
    }
    let batches = file.build().map_err(|error| damaged(path, error))?;
    let batches = batches.collect::<Result<Vec<_>, _>>().map_err(|error| damaged(path, error))?;
    let record = concat_batches(&schema, &batches).map_err(|error| damaged(path, error))?;
    let Some(Format { format, format_version }) = head_of(path, &record, &["format", "format_version"])? else {
        return Err(not_frozen(path, "it has not one row"));
    };
    ensure_known_form(path, &format, format_version)?;
    let names: Vec<String> = formats::columns_of::<Head>()?.fields().iter().map(|field| field.name().clone()).collect();
    let head: Option<Head> = head_of(path, &record, &names.iter().map(String::as_str).collect::<Vec<_>>())?;
    let head = head.ok_or_else(|| damaged(path, "it says nothing of itself"))?;
    let column = |name: &str| record.column_by_name(name);
    let decision = column(DECISION).and_then(|column| column.as_string_opt::<i32>()).filter(|texts| texts.is_valid(0));
    let decision = decision.ok_or_else(|| damaged(path, "it has no decision"))?.value(0).to_owned();
    let rows = |name: &str| column(name).ok_or_else(|| damaged(path, format!("it has no {name}")));
    let candidates = batch_of(path, rows(CANDIDATES.name)?.as_ref(), CANDIDATES)?;
    let known = |name: &str| names.iter().any(|own| own == name) || [DECISION, CANDIDATES.name].contains(&name);
    let schema = record.schema();
    if let Some(other) = schema.fields().iter().find(|field| !known(field.name()) && input(field.name()).is_none()) {
        return Err(damaged(path, format!("'{}' is no table that decisions read", other.name())));
    }
    let mut tables = Vec::new();
    for table in inputs() {
        if let Some(rows) = column(table.name) {
            let batch = batch_of(path, rows.as_ref(), table)?;
            let schema = batch.schema();
            let names = schema.fields().iter().map(|field| field.name().as_str());
            tables.push((table.with_numbered(names), batch));
        }
    }
    let frozen = Frozen { head, decision, candidates, tables };
    if frozen.checksum().ok().as_ref() != Some(&frozen.head.checksum) {
        return Err(damaged(path, "its checksum is not that of its contents"));
    }
    Ok(frozen)
}

/// These columns of the one row; none where there is not one.
fn head_of<T: serde::de::DeserializeOwned>(path: &Path, record: &RecordBatch, names: &[&str]) -> Result<Option<T>> {
    let schema = record.schema();
    let places: Vec<usize> = names.iter().filter_map(|name| schema.index_of(name).ok()).collect();
    let batch = record.project(&places)?;
    let heads: Vec<T> = formats::rows(&[batch]).map_err(|error| damaged(path, error))?;
    let mut heads = heads.into_iter();
    Ok(heads.next().filter(|_| heads.next().is_none()))
}
