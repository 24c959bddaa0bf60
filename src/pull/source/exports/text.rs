//! Reading exports that are text: CSV with a heading, and JSON with an object a line.
//!
//! Every value is first taken as the text it is, then parsed as its column's type (see [`super::parse`]), so that no
//! reader's guess stands between an export and the contract.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

use bytesize::ByteSize;
use datafusion::arrow::array::{Array as _, ArrayRef, RecordBatch, StringBuilder};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json;
use flate2::bufread::MultiGzDecoder;
use serde::de::IgnoredAny;

use super::keys_once::{JSON, KeysOnce};
use super::parse::parse;
use super::records::{Bounds, Records, Stop};
use crate::error::{Error, PullError, Reason, Result, SnapshotError, one_line};
use crate::pull::source::interface::{Names, PartColumns};
use crate::snapshot::columns::{Column, ReadBatch, as_contract, find_by_name, former_name};
use crate::snapshot::contract::{self, Kind, Table};
use crate::snapshot::guard::guarded;
use crate::snapshot::object::StoredFile;

const BATCH_ROWS: usize = 8192;
/// A batch of more is handed on with fewer rows.
const BATCH_BYTES: usize = 8 << 20;
const BUFFER: usize = 256 << 10;

/// The largest record that is read; those that no reader has room for end in an error.
const MOST_RECORD: ByteSize = ByteSize::mib(64);
/// As many as a table of BigQuery may have.
const MOST_COLUMNS: usize = 10_000;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

const CSV: &str = "CSV";

/// Reads a CSV file with a heading, its columns in whatever order. A field without a value is NULL; a list is a JSON array.
///
/// # Errors
/// The file cannot be read, is no CSV, has no heading or a record that is too large, or a required column is missing; or `each`
/// fails.
pub fn read_csv(
    table: &'static Table,
    file: &StoredFile,
    gzip: bool,
    each: &mut dyn FnMut(ReadBatch) -> Result<()>,
) -> Result<PartColumns> {
    let bad = |reason: String| {
        Error::Pull(PullError::BadExport { file: file.label().to_owned(), format: CSV, reason: reason.into() })
    };
    let mut bytes = LastByte { inner: open(file, gzip)?, last: None };
    let mut records = Records::new(BufReader::with_capacity(BUFFER, &mut bytes), bounds());
    let names = names_in(&mut records, bad)?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if let Some(reason) = no_heading(table, &names) {
        return Err(bad(reason));
    }
    let columns = find_by_name(table, &names, file.label())?;
    let mut positions: Vec<usize> = columns.iter().flat_map(Column::positions).collect();
    positions.sort_unstable();
    let all: Vec<usize> = (0..columns.len()).collect();
    let mut row = 0;
    while let Some((texts, rows)) = guarded(bad, || texts(&mut records, names.len(), &positions, bad))? {
        let array = |at: usize| Arc::clone(&texts[positions.partition_point(|other| *other < at)]);
        let values = columns.iter().map(|column| column.values(array)).collect();
        each(guarded(bad, || as_contract(table, &all, values, rows, row, parse))?)?;
        row += rows;
    }
    let looks_cut_off = bytes.last.is_some_and(|last| last != b'\n');
    Ok(PartColumns { looks_cut_off, ..PartColumns::of_schema(table, &columns, &names) })
}

/// The names of the columns of a CSV file.
///
/// # Errors
/// The file cannot be read, or has no heading.
pub fn heading(file: &StoredFile, gzip: bool) -> Result<Vec<String>> {
    let bad = |reason: String| {
        Error::Pull(PullError::BadExport { file: file.label().to_owned(), format: CSV, reason: reason.into() })
    };
    names_in(&mut Records::new(BufReader::with_capacity(BUFFER, open(file, gzip)?), bounds()), bad)
}

fn bounds() -> Bounds {
    Bounds { bytes: usize::try_from(MOST_RECORD.as_u64()).unwrap_or(usize::MAX), fields: MOST_COLUMNS }
}

/// The names in the first record, which is the heading.
fn names_in(records: &mut Records<impl BufRead>, bad: impl Fn(String) -> Error + Copy) -> Result<Vec<String>> {
    let heading = match records.next() {
        Ok(heading) => heading.texts().map_err(|_| bad("its heading is not UTF-8".to_owned()))?,
        Err(Stop::End) => return Err(bad("it is empty, without so much as a heading".to_owned())),
        Err(stop) => return Err(stopped(stop, 1, bad)),
    };
    Ok(heading.into_iter().map(|name| name.trim().to_owned()).collect())
}

/// The next rows of a file whose records have so many fields, a column for each of those at `positions`, and how many rows
/// there are; none at the end.
fn texts(
    records: &mut Records<impl BufRead>,
    fields: usize,
    positions: &[usize],
    bad: impl Fn(String) -> Error + Copy,
) -> Result<Option<(Vec<ArrayRef>, usize)>> {
    let mut columns: Vec<StringBuilder> = positions.iter().map(|_| StringBuilder::new()).collect();
    let (mut rows, mut held) = (0, 0);
    while rows < BATCH_ROWS && held < BATCH_BYTES {
        let line = records.count() + 1;
        let record = match records.next() {
            Ok(record) => record,
            Err(Stop::End) => break,
            Err(stop) => return Err(stopped(stop, line, bad)),
        };
        if record.len() != fields {
            let got = record.len();
            return Err(bad(format!("incorrect number of fields for line {line}, expected {fields} got {got}")));
        }
        let invalid = |field| bad(format!("Encountered invalid UTF-8 data for line {line} and field {field}"));
        let texts = record.texts().map_err(invalid)?;
        for (column, at) in columns.iter_mut().zip(positions) {
            column.append_option(Some(texts[*at]).filter(|text| !text.is_empty()));
        }
        rows += 1;
        held += record.bytes();
    }
    let columns = columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef).collect();
    Ok((rows > 0).then_some((columns, rows)))
}

/// Why a file's `line`th record could not be read.
fn stopped(stop: Stop, line: usize, bad: impl Fn(String) -> Error) -> Error {
    match stop {
        Stop::End => bad("it ends too soon".to_owned()),
        Stop::TooManyBytes => bad(format!("line {line} is larger than {MOST_RECORD}; a quote may be open")),
        Stop::TooManyFields => bad(format!("line {line} has more than {MOST_COLUMNS} fields")),
        Stop::Failed(error) => of_io(error, bad),
    }
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

/// Reads a file with a JSON object a line. A key that an object does not have is NULL; numbers may be texts, as BigQuery writes
/// them. A column that no object has a value of is empty.
///
/// # Errors
/// The file cannot be read, is no NDJSON, or a required column is missing; or `each` fails.
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
    let mut objects = Objects::open(file, gzip, Arc::new(Schema::new(fields.collect::<Vec<_>>())))?;
    let bad = |reason: String| {
        Error::Pull(PullError::BadExport { file: file.label().to_owned(), format: JSON, reason: reason.into() })
    };
    while let Some(batch) = guarded(bad, || objects.next())? {
        for (has, column) in has.iter_mut().zip(batch.columns()) {
            *has |= column.null_count() < column.len();
        }
        let values = columns.iter().map(|column| column.values(|at| Arc::clone(batch.column(at)))).collect();
        each(guarded(bad, || as_contract(table, &all, values, batch.num_rows(), rows, parse))?)?;
        rows += batch.num_rows();
    }
    let is_present = |at: &usize| columns[*at].positions().any(|at| has[at]);
    let missing = all.iter().find(|at| table.columns[**at].required && !is_present(at) && rows > 0);
    if let Some(at) = missing {
        let (file, column, hint) = (file.label().to_owned(), table.columns[*at].name, String::new());
        return Err(SnapshotError::MissingColumn { file, table: table.name, column, hint }.into());
    }
    let renamed = formers.iter().enumerate().filter(|(nth, _)| has[count + nth]);
    Ok(PartColumns {
        empty: all.iter().copied().filter(|at| !is_present(at)).collect(),
        renamed: renamed.map(|(_, (_, spec, name))| (*name, spec.name)).collect(),
        present: all.into_iter().filter(|at| is_present(at) || (rows == 0 && table.columns[*at].required)).collect(),
        ..PartColumns::default()
    })
}

/// The keys of the objects of an NDJSON file, up to where it is none.
///
/// # Errors
/// The file cannot be read.
pub fn keys(file: &StoredFile, gzip: bool, of: Names) -> Result<BTreeSet<String>> {
    /// As many objects as tell at a glance which keys there are.
    const FIRST: usize = 100;
    let most = if of == Names::OfFirstRows { FIRST } else { usize::MAX };
    let reader = BufReader::with_capacity(BUFFER, open(file, gzip)?);
    let mut keys = BTreeSet::new();
    let objects = serde_json::Deserializer::from_reader(reader).into_iter::<BTreeMap<String, IgnoredAny>>();
    for object in objects.take(most) {
        match object {
            Ok(object) => keys.extend(object.into_keys()),
            Err(error) if error.is_io() => {
                return Err(of_io(error.into(), |reason| {
                    let file = file.label().to_owned();
                    Error::Pull(PullError::BadExport { file, format: JSON, reason: reason.into() })
                }));
            }
            // That is for its reader to say.
            Err(_) => break,
        }
    }
    Ok(keys)
}

/// The objects of a file, in batches that are held in memory as they are read.
struct Objects<'a> {
    file: &'a StoredFile,
    reader: BufReader<KeysOnce<Box<dyn Read>>>,
    decoder: json::reader::Decoder,
    /// Bytes since an object ended.
    open: u64,
    /// Objects of batches before.
    rows: usize,
}

impl Objects<'_> {
    fn open(file: &StoredFile, gzip: bool, schema: SchemaRef) -> Result<Objects<'_>> {
        let bad = |error: ArrowError| of_arrow(file.label(), JSON, error);
        let keys = schema.fields().iter().map(|field| field.name().clone()).collect();
        let mut reader = BufReader::with_capacity(BUFFER, KeysOnce::new(open(file, gzip)?, keys, file.label()));
        let start = reader.fill_buf().map_err(|error| bad(error.into()))?;
        if start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
            let reason = "it is one array; write an object a line, as `jq -c '.[]'` does".to_owned();
            return Err(
                PullError::BadExport { file: file.label().to_owned(), format: JSON, reason: reason.into() }.into()
            );
        }
        let builder = json::ReaderBuilder::new(schema).with_batch_size(BATCH_ROWS).with_coerce_primitive(true);
        let decoder = builder.build_decoder().map_err(bad)?;
        Ok(Objects { file, reader, decoder, open: 0, rows: 0 })
    }

    /// The next batch; none at the end.
    fn next(&mut self) -> Result<Option<RecordBatch>> {
        let bad = |error: ArrowError| of_arrow(self.file.label(), JSON, error);
        let mut held = 0;
        loop {
            let bytes = self.reader.fill_buf().map_err(|error| bad(error.into()))?;
            let is_full = held >= BATCH_BYTES;
            // A batch can end where an object does, which is mostly the end of a line.
            let line = bytes.iter().position(|byte| *byte == b'\n').filter(|_| is_full);
            let bytes = &bytes[..line.map_or(bytes.len(), |line| line + 1)];
            if bytes.is_empty() {
                break;
            }
            let before = self.decoder.len();
            let (given, taken) = (bytes.len(), self.decoder.decode(bytes).map_err(bad)?);
            self.reader.consume(taken);
            held += taken;
            self.open = if self.decoder.len() > before { 0 } else { self.open + taken as u64 };
            if self.open > MOST_RECORD.as_u64() {
                let reason = format!("object {} is larger than {MOST_RECORD}", self.rows + self.decoder.len());
                return Err(Error::Pull(PullError::BadExport {
                    file: self.file.label().to_owned(),
                    format: JSON,
                    reason: reason.into(),
                }));
            }
            if taken < given || (is_full && !self.decoder.has_partial_record()) {
                break;
            }
        }
        let batch = self.decoder.flush().map_err(bad)?;
        self.rows += batch.as_ref().map_or(0, RecordBatch::num_rows);
        Ok(batch)
    }
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
        ArrowError::IoError(_, error) => of_io(error, |reason| {
            Error::Pull(PullError::BadExport { file: file.to_owned(), format, reason: reason.into() })
        }),
        other => {
            let text = one_line(&other.to_string());
            let reason = text.split_once(" error: ").map_or(text.as_str(), |(_, reason)| reason).to_owned();
            Error::Pull(PullError::BadExport { file: file.to_owned(), format, reason: Reason::because(reason, other) })
        }
    }
}

fn of_io(error: io::Error, bad: impl Fn(String) -> Error) -> Error {
    match error.downcast::<Error>() {
        Ok(own) => own,
        Err(other) => bad(one_line(&other.to_string())),
    }
}
