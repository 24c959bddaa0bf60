//! Reading exports that are text: CSV with a heading, and JSON with an object a line.
//!
//! Every value is first taken as the text it is, then parsed as its column's type (see [`super::parse`]), so that no
//! reader's guess stands between an export and the contract.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

use datafusion::arrow::array::Array as _;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::{csv, json};
use flate2::bufread::MultiGzDecoder;

use super::keys_once::KeysOnce;
use super::parse::parse;
use crate::error::{Error, Reason, Result, one_line};
use crate::pull::source::interface::PartColumns;
use crate::snapshot::columns::{Column, ReadBatch, as_contract, find_by_name, former_name};
use crate::snapshot::contract::{self, Kind, Table};
use crate::snapshot::object::StoredFile;

const BATCH_ROWS: usize = 8192;
const BUFFER: usize = 256 << 10;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

const CSV: &str = "CSV";
pub(super) const JSON: &str = "NDJSON";

/// Reads a CSV file with a heading, its columns in whatever order. A field without a value is NULL; a list is a JSON array.
///
/// # Errors
/// The file cannot be read, is no CSV, has no heading or lacks a required column; or `each` fails.
pub fn read_csv(
    table: &'static Table,
    file: &StoredFile,
    gzip: bool,
    each: &mut dyn FnMut(ReadBatch) -> Result<()>,
) -> Result<PartColumns> {
    let bad = |error: ArrowError| of_arrow(file.label(), CSV, error);
    let format = csv::reader::Format::default().with_header(true);
    let mut start = open(file, gzip)?;
    if at_end(&mut start).map_err(|error| bad(error.into()))? {
        let reason = "it is empty, without so much as a heading".to_owned();
        return Err(Error::BadExport { file: file.label().to_owned(), format: CSV, reason: reason.into() });
    }
    let (heading, _) = format.infer_schema(start, Some(0)).map_err(bad)?;
    let names: Vec<&str> = heading.fields().iter().map(|field| field.name().trim()).collect();
    if let Some(reason) = no_heading(table, &names) {
        return Err(Error::BadExport { file: file.label().to_owned(), format: CSV, reason: reason.into() });
    }
    let columns = find_by_name(table, &names, file.label())?;
    let schema =
        Arc::new(Schema::new(names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect::<Vec<_>>()));
    let mut positions: Vec<usize> = columns.iter().flat_map(Column::positions).collect();
    positions.sort_unstable();
    let mut bytes = LastByte { inner: open(file, gzip)?, last: None };
    let reader = csv::ReaderBuilder::new(schema)
        .with_format(format)
        .with_projection(positions.clone())
        .with_batch_size(BATCH_ROWS)
        .build_buffered(BufReader::with_capacity(BUFFER, &mut bytes))
        .map_err(bad)?;
    let all: Vec<usize> = (0..columns.len()).collect();
    let mut row = 0;
    for batch in reader {
        let batch = batch.map_err(bad)?;
        let array = |at: usize| Arc::clone(batch.column(positions.partition_point(|other| *other < at)));
        let values = columns.iter().map(|column| column.values(array)).collect();
        let rows = batch.num_rows();
        each(as_contract(table, &all, values, rows, row, parse)?)?;
        row += rows;
    }
    let looks_cut_off = bytes.last.is_some_and(|last| last != b'\n');
    Ok(PartColumns { looks_cut_off, ..PartColumns::of_schema(table, &columns, &names) })
}

/// Why the first line of a file is no heading of the table, where it has not a single column of it.
fn no_heading(table: &Table, names: &[&str]) -> Option<String> {
    if names
        .iter()
        .any(|name| table.columns.iter().any(|spec| spec.name == *name || former_name(table, spec) == Some(*name)))
    {
        return None;
    }
    let other = [';', '\t', '|'].into_iter().find(|other| names.iter().any(|name| name.contains(*other)));
    Some(match other {
        Some(other) => format!("its fields are separated by {other:?}, not by commas"),
        None => format!("its first line has no column of {}; write a heading", table.name),
    })
}

/// Reads a file with a JSON object a line. A key that an object lacks is NULL; numbers may be texts, as BigQuery writes
/// them. A column that no object has a value of is absent.
///
/// # Errors
/// The file cannot be read, is no NDJSON or lacks a required column; or `each` fails.
pub fn read_json(
    table: &'static Table,
    file: &StoredFile,
    gzip: bool,
    each: &mut dyn FnMut(ReadBatch) -> Result<()>,
) -> Result<PartColumns> {
    let own = table.columns.iter().map(|spec| text_field(spec.name, spec.kind));
    let formers: Vec<(usize, &contract::Column, &str)> =
        table.columns.iter().enumerate().filter_map(|(at, spec)| Some((at, spec, former_name(table, spec)?))).collect();
    let fields = own.chain(formers.iter().map(|(_, spec, name)| text_field(name, spec.kind)));
    let count = table.columns.len();
    let mut columns: Vec<Column> = (0..count).map(|at| Column { present: Some(at), former: None }).collect();
    formers.iter().enumerate().for_each(|(nth, (at, _, name))| columns[*at].former = Some((count + nth, name)));
    let all: Vec<usize> = (0..count).collect();
    let mut rows = 0;
    let mut has = vec![false; count + formers.len()];
    for batch in objects(file, gzip, Arc::new(Schema::new(fields.collect::<Vec<_>>())))? {
        let batch = batch.map_err(|error| of_arrow(file.label(), JSON, error))?;
        for (has, column) in has.iter_mut().zip(batch.columns()) {
            *has |= column.null_count() < column.len();
        }
        let values = columns.iter().map(|column| column.values(|at| Arc::clone(batch.column(at)))).collect();
        each(as_contract(table, &all, values, batch.num_rows(), rows, parse)?)?;
        rows += batch.num_rows();
    }
    let is_present = |at: &usize| columns[*at].positions().any(|at| has[at]);
    let lacking = all.iter().find(|at| table.columns[**at].required && !is_present(at) && rows > 0);
    if let Some(at) = lacking {
        let (file, column, hint) = (file.label().to_owned(), table.columns[*at].name, String::new());
        return Err(Error::MissingColumn { file, table: table.name, column, hint });
    }
    let renamed = formers.iter().enumerate().filter(|(nth, _)| has[count + nth]);
    Ok(PartColumns {
        silent: all.iter().copied().filter(|at| !is_present(at)).collect(),
        renamed: renamed.map(|(_, (_, spec, name))| (*name, spec.name)).collect(),
        present: all.into_iter().filter(|at| is_present(at) || (rows == 0 && table.columns[*at].required)).collect(),
        ..PartColumns::default()
    })
}

type Objects = json::Reader<BufReader<KeysOnce<Box<dyn Read>>>>;

fn objects(file: &StoredFile, gzip: bool, schema: SchemaRef) -> Result<Objects> {
    let bad = |error: ArrowError| of_arrow(file.label(), JSON, error);
    let keys = schema.fields().iter().map(|field| field.name().clone()).collect();
    let mut reader = BufReader::with_capacity(BUFFER, KeysOnce::new(open(file, gzip)?, keys, file.label()));
    let start = reader.fill_buf().map_err(|error| bad(error.into()))?;
    if start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        let reason = "it is one array; write an object a line, as `jq -c '.[]'` does".to_owned();
        return Err(Error::BadExport { file: file.label().to_owned(), format: JSON, reason: reason.into() });
    }
    let builder = json::ReaderBuilder::new(schema).with_batch_size(BATCH_ROWS).with_coerce_primitive(true);
    builder.build(reader).map_err(bad)
}

fn text_field(name: &str, kind: Kind) -> Field {
    let kind = if kind == Kind::TextList { DataType::new_list(DataType::Utf8, true) } else { DataType::Utf8 };
    Field::new(name, kind, true)
}

/// A file's text from its start, unpacked, without a byte order mark.
fn open(file: &StoredFile, gzip: bool) -> Result<Box<dyn Read>> {
    let packed = BufReader::with_capacity(BUFFER, file.reader());
    let mut reader: BufReader<Box<dyn Read>> = match gzip {
        true => BufReader::new(Box::new(MultiGzDecoder::new(packed))),
        false => BufReader::new(Box::new(packed)),
    };
    let start =
        reader.fill_buf().map_err(|error| of_arrow(file.label(), if gzip { "gzip" } else { "text" }, error.into()))?;
    if start.starts_with(BYTE_ORDER_MARK) {
        reader.consume(BYTE_ORDER_MARK.len());
    }
    Ok(Box::new(reader))
}

fn at_end(reader: &mut Box<dyn Read>) -> io::Result<bool> {
    let mut byte = [0];
    let count = reader.read(&mut byte)?;
    let rest = std::mem::replace(reader, Box::new(io::empty()));
    *reader = Box::new(io::Cursor::new(byte[..count].to_vec()).chain(rest));
    Ok(count == 0)
}

/// Notes the last byte that was read.
struct LastByte<R> {
    inner: R,
    last: Option<u8>,
}

impl<R: Read> Read for LastByte<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.last = into[..count].last().copied().or(self.last);
        Ok(count)
    }
}

/// What a reader says of a file; an error of ours that travelled through it is taken out again.
fn of_arrow(file: &str, format: &'static str, error: ArrowError) -> Error {
    match error {
        ArrowError::IoError(_, error) => match error.downcast::<Error>() {
            Ok(own) => own,
            Err(other) => Error::BadExport { file: file.to_owned(), format, reason: other.into() },
        },
        other => {
            let text = one_line(&other.to_string());
            let reason = text.split_once(" error: ").map_or(text.as_str(), |(_, reason)| reason).to_owned();
            Error::BadExport { file: file.to_owned(), format, reason: Reason::because(reason, other) }
        }
    }
}
