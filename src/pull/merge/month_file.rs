//! A month's rows as the bytes of its file: the same rows give the same bytes, in whatever order they come.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{AsArray, RecordBatch, UInt32Array};
use datafusion::arrow::compute::{concat_batches, max, min, take_record_batch};
use datafusion::arrow::datatypes::{Date32Type, SchemaRef};
use datafusion::arrow::row::{RowConverter, SortField};

use crate::error::Result;
use crate::snapshot::contract::Table;
use crate::snapshot::manifest::{self, FileEntry};
use crate::snapshot::month::Month;
use crate::snapshot::write::parquet_at;

/// The zstd level of month files: near the fastest, and not much larger than the smallest.
const LEVEL: i32 = 3;
/// Digits of a file's SHA-256 in its name.
const HASH_DIGITS: usize = 12;

/// A file of a table, and the first and last date in it where it was written now.
pub struct MonthFile {
    pub entry: FileEntry,
    pub dates: Option<(NaiveDate, NaiveDate)>,
}

/// A file to be written.
pub struct Encoded {
    pub file: MonthFile,
    pub bytes: Vec<u8>,
}

/// The file of a month with these rows (in the contract's columns, of which only `columns` are written):
/// `TABLE/YYYY-MM.HASH.parquet`.
///
/// The name has a hash of the contents, so a file is never changed: a month that changes lies in another file, and the
/// snapshot before it stays whole until a manifest names the new one.
///
/// # Errors
/// Only where the engine fails.
pub fn encode(table: &Table, month: Month, rows: &[RecordBatch], columns: &BTreeSet<usize>) -> Result<Encoded> {
    let schema: SchemaRef = rows.first().map_or_else(|| table.schema(), RecordBatch::schema);
    let (rows, repeated) = sorted(table, &concat_batches(&schema, rows)?)?;
    let dates = rows.column_by_name("game_date").and_then(|days| {
        let days = days.as_primitive::<Date32Type>();
        let ends = (min(days)?, max(days)?);
        Some((Date32Type::to_naive_date_opt(ends.0)?, Date32Type::to_naive_date_opt(ends.1)?))
    });
    let written: Vec<usize> = columns.iter().copied().collect();
    let bytes = parquet_at(&rows.project(&written)?, LEVEL)?;
    let sha256 = manifest::sha256(&bytes);
    let path = format!("{}/{month}.{}.parquet", table.name, &sha256[..HASH_DIGITS]);
    let entry = FileEntry { path, rows: rows.num_rows() as u64, sha256, repeated };
    Ok(Encoded { file: MonthFile { entry, dates }, bytes })
}

/// The rows in the order of the layout, rows that are equal in it by the rest of their columns; and how many are the same as
/// the one before in all of them.
fn sorted(table: &Table, rows: &RecordBatch) -> Result<(RecordBatch, u64)> {
    let mut order = table.sort_columns();
    order.extend(
        table.columns.iter().map(|column| column.name).filter(|name| !order.contains(name)).collect::<Vec<_>>(),
    );
    let columns: Vec<_> = order.iter().filter_map(|name| rows.column_by_name(name)).map(Arc::clone).collect();
    let fields = columns.iter().map(|column| SortField::new(column.data_type().clone()));
    let keys = RowConverter::new(fields.collect())?.convert_columns(&columns)?;
    let mut indices: Vec<u32> = (0..u32::try_from(rows.num_rows()).unwrap_or(u32::MAX)).collect();
    indices.sort_unstable_by(|a, b| keys.row(*a as usize).cmp(&keys.row(*b as usize)));
    let repeated = indices.windows(2).filter(|pair| keys.row(pair[0] as usize) == keys.row(pair[1] as usize)).count();
    Ok((take_record_batch(rows, &UInt32Array::from(indices))?, repeated as u64))
}
