//! Writing a snapshot: month files sorted as the layout says, each whole or not there, the manifest last
//! (specification: snapshot, "On disk").

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use datafusion::arrow::compute::{SortColumn, SortOptions, cast, lexsort_to_indices, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Date32Type, Field, Schema};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use std::sync::Arc;

use super::calendar::Season;
use super::contract::Table;
use super::manifest::{self, FileEntry, Manifest, TableEntry};
use crate::count::count;
use crate::dates::Day;
use crate::error::{Error, FileError, Result};

/// The zstd level for files that are written once and carried along.
const SMALLEST: i32 = 19;

/// Where a snapshot comes from.
#[derive(Debug, Clone)]
pub struct Provenance {
    pub source: String,
    pub pulled_at: DateTime<Utc>,
}

/// Writes a snapshot of `tables` (each with the contract's schema) into the folder `path`, and returns its manifest.
///
/// # Errors
/// The folder cannot be made or written to; nothing is half-written then, and without a manifest nothing is a snapshot.
pub fn write_snapshot(path: &Path, tables: &[(&Table, RecordBatch)], provenance: &Provenance) -> Result<Manifest> {
    let mut entries = BTreeMap::new();
    let mut seasons = BTreeMap::new();
    for (table, batch) in tables {
        let sorted = sort(table, batch)?;
        let dates = dates_of(&sorted);
        for date in &dates {
            let season = Season::of(*date);
            seasons.insert(season.name(), Day(season.opening_night()));
        }
        let mut files = Vec::new();
        for (name, start, rows) in months(&dates, sorted.num_rows()) {
            let bytes = parquet(&sorted.slice(start, rows))?;
            let relative = format!("{}/{name}.parquet", table.name);
            write_whole(&path.join(&relative), &bytes)?;
            files.push(FileEntry { path: relative, rows: count(rows), sha256: manifest::sha256(&bytes), repeated: 0 });
        }
        let entry = TableEntry {
            columns: table.columns.iter().map(|column| column.name.to_owned()).collect(),
            rows: count(sorted.num_rows()),
            min_date: dates.first().copied().map(Day),
            max_date: dates.last().copied().map(Day),
            files,
            pulled: None,
        };
        entries.insert(table.name.to_owned(), entry);
    }
    let manifest = Manifest {
        format_version: manifest::PLAIN_FORMAT_VERSION,
        id: Manifest::id_of(&entries),
        source: provenance.source.clone(),
        pulled_at: provenance.pulled_at,
        seasons,
        tables: entries,
    };
    write_whole(&path.join(manifest::FILE_NAME), manifest.text()?.as_bytes())?;
    Ok(manifest)
}

/// Writes a file whole: under a temporary name beside it, then renamed. A symbolic link stays one and its file is written;
/// a device or a pipe is written to as it is.
///
/// # Errors
/// The file cannot be written, or is there and read-only.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    write_whole_by(path, |file| {
        file.write_all(bytes)
            .map_err(|error| Error::File(FileError::Output { path: path.to_owned(), reason: error.into() }))
    })
}

/// Writes a file whole, likewise, as `write` does it.
///
/// # Errors
/// Those of [`write_whole`] and of `write`; nothing is changed then.
pub fn write_whole_by(path: &Path, write: impl FnOnce(&mut BufWriter<fs::File>) -> Result<()>) -> Result<()> {
    let failed = |error: std::io::Error| Error::File(FileError::Output { path: path.to_owned(), reason: error.into() });
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let before = fs::metadata(&target).ok();
    if let Some(there) = &before {
        if there.is_dir() {
            return Err(FileError::Output { path: path.to_owned(), reason: "it is a folder".into() }.into());
        }
        if there.permissions().readonly() {
            return Err(FileError::Output { path: path.to_owned(), reason: "it is read-only".into() }.into());
        }
        if !there.is_file() {
            let mut opened = BufWriter::new(fs::OpenOptions::new().write(true).open(&target).map_err(failed)?);
            write(&mut opened)?;
            return opened.flush().map_err(failed);
        }
    }
    let path = target.as_path();
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_file() {
        return Err(Error::File(FileError::Output {
            path: path.to_owned(),
            reason: format!("{} is no folder", folder.display()).into(),
        }));
    }
    fs::create_dir_all(folder).map_err(failed)?;
    let file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let mut buffered = BufWriter::new(file.reopen().map_err(failed)?);
    write(&mut buffered)?;
    buffered.flush().map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    match before {
        Some(there) => file.as_file().set_permissions(there.permissions()).map_err(failed)?,
        None => make_readable_by_all(&file).map_err(failed)?,
    }
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Temporary files are private to their owner; what is left of them should be as readable as any new file.
#[cfg(unix)]
fn make_readable_by_all(file: &tempfile::NamedTempFile) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable_by_all(_file: &tempfile::NamedTempFile) -> std::io::Result<()> {
    Ok(())
}

fn sort(table: &Table, batch: &RecordBatch) -> Result<RecordBatch> {
    let key = |name: &str| {
        let values = batch.column_by_name(name).map(Arc::clone);
        values.map(|values| SortColumn { values, options: Some(SortOptions::default()) })
    };
    let keys: Vec<SortColumn> = table.sort_columns().into_iter().filter_map(key).collect();
    if keys.is_empty() || batch.num_rows() < 2 {
        return Ok(batch.clone());
    }
    let indices: UInt32Array = lexsort_to_indices(&keys, None)?;
    Ok(take_record_batch(batch, &indices)?)
}

/// The dates of a sorted batch; none for an undated table.
fn dates_of(batch: &RecordBatch) -> Vec<NaiveDate> {
    let Some(column) = batch.column_by_name("game_date") else {
        return Vec::new();
    };
    column.as_primitive::<Date32Type>().iter().flatten().filter_map(Date32Type::to_naive_date_opt).collect()
}

/// The stretches of rows that make a file each: (name, first row, rows).
fn months(dates: &[NaiveDate], rows: usize) -> Vec<(String, usize, usize)> {
    if dates.is_empty() {
        return vec![("all".to_owned(), 0, rows)];
    }
    let month = |date: &NaiveDate| (date.year(), date.month());
    let mut start = 0;
    dates
        .chunk_by(|a, b| month(a) == month(b))
        .map(|chunk| {
            let first = start;
            start += chunk.len();
            (chunk[0].format("%Y-%m").to_string(), first, chunk.len())
        })
        .collect()
}

/// A batch as a Parquet file, as small as zstd makes it, with plain strings so that every reader knows them.
pub fn parquet(batch: &RecordBatch) -> Result<Vec<u8>> {
    parquet_at(batch, SMALLEST)
}

/// A batch as a Parquet file by a zstd level, likewise.
pub fn parquet_at(batch: &RecordBatch, level: i32) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    write_parquet(&mut bytes, &batch.schema(), [Ok(batch.clone())], level)?;
    Ok(bytes)
}

/// Writes batches of a schema as a Parquet file by a zstd level, likewise, one after the other.
///
/// # Errors
/// A batch that is one, or that is not of the schema; or `to` cannot be written to.
pub fn write_parquet(
    to: impl Write + Send,
    schema: &Schema,
    batches: impl IntoIterator<Item = Result<RecordBatch>>,
    level: i32,
) -> Result<()> {
    let level = ZstdLevel::try_new(level)?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
    let failed = Error::Parquet;
    let schema = Arc::new(with_plain_fields(schema));
    let mut writer = ArrowWriter::try_new(to, Arc::clone(&schema), Some(properties)).map_err(failed)?;
    for batch in batches {
        writer.write(&with_plain_strings(&batch?)?.with_schema(Arc::clone(&schema))?).map_err(failed)?;
    }
    writer.close().map_err(failed)?;
    Ok(())
}

/// A batch with its string views as plain strings, which own what they hold and nothing besides.
pub fn with_plain_strings(batch: &RecordBatch) -> Result<RecordBatch> {
    let schema = Arc::new(with_plain_fields(&batch.schema()));
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(batch.num_columns());
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        let kind = field.data_type();
        columns.push(if kind == column.data_type() { Arc::clone(column) } else { cast(column, kind)? });
    }
    Ok(RecordBatch::try_new(schema, columns)?)
}

fn with_plain_fields(schema: &Schema) -> Schema {
    let plain = |field: &Arc<Field>| Field::new(field.name(), plain(field.data_type()), field.is_nullable());
    Schema::new_with_metadata(schema.fields().iter().map(plain).collect::<Vec<_>>(), schema.metadata().clone())
}

fn plain(kind: &DataType) -> DataType {
    match kind {
        DataType::Utf8View => DataType::Utf8,
        DataType::List(field) => {
            DataType::List(Arc::new(field.as_ref().clone().with_data_type(plain(field.data_type()))))
        }
        DataType::Struct(fields) => {
            DataType::Struct(fields.iter().map(|f| f.as_ref().clone().with_data_type(plain(f.data_type()))).collect())
        }
        other => other.clone(),
    }
}
