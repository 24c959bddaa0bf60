//! One table of a snapshot: its files, the columns found in them, and reading them as the contract has them.

use std::error::Error as StdError;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::{Buf as _, Bytes};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use datafusion::parquet::file::reader::{ChunkReader, Length};

use super::breach::Ledger;
use super::cast::Casting;
use super::columns::{Column, ReadBatch, as_contract, find_columns};
use super::contract::Table;
use super::footer;
use super::guard::decoding;
use super::manifest::{self, FileEntry, TableEntry};
use super::month::Month;
use super::object::StoredFile;
use crate::dates::DateRange;
use crate::error::{Error, FileError, Reason, Result, SnapshotError, one_line};
use crate::file;

/// Rows per batch: large, since whole columns are wanted.
const BATCH_ROWS: usize = 65_536;

/// Where a file's bytes are.
#[derive(Debug, Clone)]
pub enum Source {
    File(PathBuf),
    Memory { name: String, bytes: Bytes },
    Stored(StoredFile),
}

impl Source {
    pub fn label(&self) -> String {
        match self {
            Source::File(path) => path.display().to_string(),
            Source::Memory { name, .. } => name.clone(),
            Source::Stored(file) => file.label().to_owned(),
        }
    }

    /// The source's bytes, all of them.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn bytes(&self) -> Result<Bytes> {
        match self {
            Source::File(path) => match file::read(path) {
                Ok(bytes) => Ok(bytes.into()),
                Err(error) => Err(FileError::Input { path: path.clone(), reason: error.into() }.into()),
            },
            Source::Memory { bytes, .. } => Ok(bytes.clone()),
            Source::Stored(file) => file.range(0..file.size()),
        }
    }

    /// The SHA-256 of the source's bytes, in lower-case hexadecimal.
    ///
    /// # Errors
    /// The file cannot be read.
    fn sha256(&self) -> Result<String> {
        match self {
            Source::File(path) => manifest::sha256_of_file(path)
                .map_err(|error| Error::File(FileError::Input { path: path.clone(), reason: error.into() })),
            Source::Memory { bytes, .. } => Ok(manifest::sha256(bytes)),
            Source::Stored(file) => file.sha256(),
        }
    }

    /// `error`, where it is of the decoder and the file's footer says that columns are encrypted: that.
    fn or_encrypted(&self, error: Error) -> Error {
        match error {
            Error::Snapshot(SnapshotError::BadParquet { file, reason }) if self.has_encrypted_columns() => {
                Error::Snapshot(SnapshotError::BadParquet {
                    file,
                    reason: Reason::because("columns of it are encrypted", reason),
                })
            }
            other => other,
        }
    }

    fn has_encrypted_columns(&self) -> bool {
        let Ok(reader) = self.open(None) else { return false };
        let before_end = |length: u64| reader.len().checked_sub(length);
        let end = before_end(END).and_then(|start| reader.get_bytes(start, END as usize).ok());
        let length = end.and_then(|end| Some(u32::from_le_bytes(end.get(..4)?.try_into().ok()?)));
        let start = length.and_then(|length| Some((before_end(u64::from(length) + END)?, length)));
        let footer = start.and_then(|(start, length)| reader.get_bytes(start, length as usize).ok());
        footer.is_some_and(|footer| footer::has_encrypted_columns(&footer))
    }

    /// Opens it for reading mostly in `span`; none: the footer.
    fn open(&self, span: Option<Range<u64>>) -> Result<Reader> {
        match self {
            Source::File(path) => match file::open(path) {
                Ok(file) => Ok(Reader::File(file)),
                Err(error) => Err(FileError::Input { path: path.clone(), reason: error.into() }.into()),
            },
            Source::Memory { bytes, .. } => Ok(Reader::Memory(bytes.clone())),
            Source::Stored(file) => {
                let span = span.unwrap_or(file.size().saturating_sub(FOOTER)..file.size());
                let bytes = file.range(span.clone())?;
                Ok(Reader::Stored { file: file.clone(), start: span.start, bytes })
            }
        }
    }
}

/// How much of a stored file's end is fetched at once: most footers are smaller.
const FOOTER: u64 = 64 << 10;

/// The length of a footer and what marks a file, at its end.
const END: u64 = 8;

/// An opened source, which reads only the byte ranges it is asked for.
#[derive(Debug)]
enum Reader {
    File(File),
    Memory(Bytes),
    /// With the bytes from `start` on that were fetched in one go.
    Stored {
        file: StoredFile,
        start: u64,
        bytes: Bytes,
    },
}

/// The part of `bytes`, which start at `start`, that begins at `from` and has `length` bytes.
fn fetched(start: u64, bytes: &Bytes, from: u64, length: usize) -> Option<Bytes> {
    let from = usize::try_from(from.checked_sub(start)?).ok()?;
    let end = from.checked_add(length).filter(|end| *end <= bytes.len())?;
    Some(bytes.slice(from..end))
}

impl Length for Reader {
    fn len(&self) -> u64 {
        match self {
            Reader::File(file) => Length::len(file),
            Reader::Memory(bytes) => Length::len(bytes),
            Reader::Stored { file, .. } => file.size(),
        }
    }
}

impl ChunkReader for Reader {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(match self {
            Reader::File(file) => Box::new(file.get_read(start)?),
            Reader::Memory(bytes) => Box::new(bytes.get_read(start)?),
            Reader::Stored { file, start: fetched_from, bytes } => {
                let behind = usize::try_from(start.saturating_sub(*fetched_from)).unwrap_or(usize::MAX);
                let rest = bytes.len().saturating_sub(behind);
                match fetched(*fetched_from, bytes, start, rest).filter(|rest| !rest.is_empty()) {
                    Some(rest) => Box::new(rest.reader()),
                    None => Box::new(file.range(start..file.size()).map_err(travelling)?.reader()),
                }
            }
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        match self {
            Reader::File(file) => file.get_bytes(start, length),
            Reader::Memory(bytes) => bytes.get_bytes(start, length),
            Reader::Stored { file, start: fetched_from, bytes } => match fetched(*fetched_from, bytes, start, length) {
                Some(found) => Ok(found),
                None => {
                    let end = start.saturating_add(length as u64);
                    if end > file.size() {
                        return Err(ParquetError::EOF(format!("needs bytes {start} to {end} of {}", file.size())));
                    }
                    file.range(start..end).map_err(travelling)
                }
            },
        }
    }
}

/// An error of ours on its way through the decoder; [`bad_parquet`] takes it out again.
fn travelling(error: Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}

/// A file of a table. That of a manifest is opened when something of it is wanted, any other at once.
#[derive(Debug, Clone)]
pub struct TableFile {
    table: &'static Table,
    source: Source,
    casting: Casting,
    seal: Option<Arc<Seal>>,
    opened: OnceLock<Arc<Opened>>,
}

/// What a file's footer says.
#[derive(Debug)]
struct Opened {
    metadata: ArrowReaderMetadata,
    columns: Vec<Column>,
}

/// What a file is to be by its manifest.
#[derive(Debug)]
pub struct Seal {
    rows: u64,
    sha256: String,
    /// What brings the file back where it is another.
    remedy: &'static str,
    /// Whether its bytes were found to be these.
    is_verified: Mutex<bool>,
}

impl Seal {
    /// That of the file `entry` of the table `of`.
    pub fn of(entry: &FileEntry, of: &TableEntry) -> Seal {
        let FileEntry { rows, sha256, .. } = entry;
        Seal { rows: *rows, sha256: sha256.clone(), remedy: of.remedy(false), is_verified: Mutex::new(false) }
    }

    /// Makes sure that the file is the one that was sealed, unless that is known. Whoever asks meanwhile waits.
    fn verify(&self, source: &Source) -> Result<()> {
        let mut is_verified = self.is_verified.lock().unwrap_or_else(PoisonError::into_inner);
        if !*is_verified && source.sha256()? != self.sha256 {
            return Err(SnapshotError::Altered { file: source.label(), remedy: self.remedy }.into());
        }
        *is_verified = true;
        Ok(())
    }
}

/// A table of a snapshot.
#[derive(Debug, Clone)]
pub struct TableFiles {
    table: &'static Table,
    casting: Casting,
    files: Vec<TableFile>,
    ledger: Ledger,
}

impl TableFiles {
    pub fn new(table: &'static Table) -> Self {
        TableFiles::casting(table, Casting::EXACT)
    }

    /// Those whose breaches are entered in `ledger`.
    pub fn with_ledger(table: &'static Table, ledger: Ledger) -> Self {
        TableFiles { ledger, ..TableFiles::new(table) }
    }

    /// Of files whose columns become the contract's in a way of their own.
    pub fn casting(table: &'static Table, casting: Casting) -> Self {
        TableFiles { table, casting, files: Vec::new(), ledger: Ledger::default() }
    }

    /// Reads the footer of one more file of the table.
    ///
    /// # Errors
    /// The file is no Parquet file, has another number of rows than `expected_rows`, lacks a required column or has
    /// one of a type that cannot be the contract's.
    pub fn add(&mut self, source: Source, expected_rows: Option<u64>) -> Result<()> {
        let file = TableFile { table: self.table, source, casting: self.casting, seal: None, opened: OnceLock::new() };
        file.opened()?;
        if let Some(said) = expected_rows {
            file.ensure_rows(said)?;
        }
        self.files.push(file);
        Ok(())
    }

    /// Adds a file that a manifest describes. It is opened when it is first wanted, and its bytes are verified when it is first
    /// read ([`TableFile::verify`]), or at once where it cannot be opened.
    pub fn add_sealed(&mut self, source: Source, seal: Seal) {
        let seal = Some(Arc::new(seal));
        self.files.push(TableFile { table: self.table, source, casting: self.casting, seal, opened: OnceLock::new() });
    }

    /// The same files with those numbered columns of `names` that the table does not have.
    ///
    /// # Errors
    /// One of them is twice in a file that is open, or of a type that cannot be a double.
    pub fn with_numbered<'n>(self, names: impl Iterator<Item = &'n str>) -> Result<TableFiles> {
        let table = self.table.with_numbered(names);
        self.having(table)
    }

    /// The same with the numbered columns that any of them has.
    ///
    /// # Errors
    /// As of [`TableFiles::with_numbered`], or a file cannot be opened.
    pub fn with_own_numbered(self) -> Result<TableFiles> {
        let names = self.files.iter().map(TableFile::names).collect::<Result<Vec<_>>>()?;
        let table = self.table.with_numbered(names.into_iter().flatten());
        self.having(table)
    }

    /// The same files as those of `table`, which has further columns.
    ///
    /// # Errors
    /// As of [`TableFiles::with_numbered`].
    pub fn having(mut self, table: &'static Table) -> Result<TableFiles> {
        if !std::ptr::eq(table, self.table) {
            self.files = self.files.into_iter().map(|file| file.having(table)).collect::<Result<_>>()?;
            self.table = table;
        }
        Ok(self)
    }

    pub fn table(&self) -> &'static Table {
        self.table
    }

    /// What in the rows that were read so far breaks the contract, by whomever of those that have these files.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    pub fn files(&self) -> &[TableFile] {
        &self.files
    }

    /// The files that may have rows of these dates.
    pub fn of_dates(&self, dates: DateRange) -> impl Iterator<Item = &TableFile> {
        self.files.iter().filter(move |file| file.dates().overlap(dates).is_some())
    }

    pub fn rows(&self) -> usize {
        self.files.iter().map(TableFile::rows).sum()
    }

    /// The table's optional columns that some file does not have, numbered ones where another file has them.
    ///
    /// # Errors
    /// A file cannot be opened.
    pub fn missing_columns(&self) -> Result<Vec<&'static str>> {
        self.missing_columns_of(DateRange::default())
    }

    /// The same of the files that may have rows of some dates.
    ///
    /// # Errors
    /// One of them cannot be opened.
    pub fn missing_columns_of(&self, dates: DateRange) -> Result<Vec<&'static str>> {
        let mut is_missing = vec![false; self.table.columns.len()];
        for file in self.of_dates(dates) {
            for (is_missing, column) in is_missing.iter_mut().zip(file.columns()?) {
                *is_missing |= column.is_missing();
            }
        }
        Ok(self
            .table
            .columns
            .iter()
            .zip(is_missing)
            .filter(|(_, missing)| *missing)
            .map(|(spec, _)| spec.name)
            .collect())
    }

    /// Columns taken under a former name: (former, present).
    ///
    /// # Errors
    /// A file cannot be opened.
    pub fn renamed_columns(&self) -> Result<Vec<(&'static str, &'static str)>> {
        let mut renamed = Vec::new();
        for file in &self.files {
            for (column, spec) in file.columns()?.iter().zip(self.table.columns) {
                if let Some(from) = column.former_name()
                    && !renamed.contains(&(from, spec.name))
                {
                    renamed.push((from, spec.name));
                }
            }
        }
        Ok(renamed)
    }
}

impl TableFile {
    /// Its footer, which is read the first time.
    ///
    /// # Errors
    /// The file is no Parquet file, is not the one that was sealed, lacks a required column or has one of a type that cannot be
    /// the contract's.
    fn opened(&self) -> Result<&Opened> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened);
        }
        let opened = self.open().map_err(|error| self.source.or_encrypted(error));
        if opened.is_err() {
            self.verify()?;
        }
        let opened = Arc::new(opened?);
        Ok(self.opened.get_or_init(|| opened))
    }

    fn open(&self) -> Result<Opened> {
        let label = self.label();
        let reader = self.source.open(None)?;
        let metadata = decoding(&label, || {
            ArrowReaderMetadata::load(&reader, ArrowReaderOptions::new())
                .and_then(with_string_views)
                .map_err(|error| bad_parquet(&label, error))
        })?;
        agreeing_rows(metadata.metadata())
            .map_err(|reason| SnapshotError::BadParquet { file: label.clone(), reason: reason.into() })?;
        let opened = self.found_in(metadata)?;
        if let Some(seal) = &self.seal {
            ensure_rows(&label, &opened.metadata, seal.rows)?;
        }
        Ok(opened)
    }

    fn found_in(&self, metadata: ArrowReaderMetadata) -> Result<Opened> {
        let columns = find_columns(self.table, metadata.schema(), self.casting.takes, &self.label())?;
        Ok(Opened { metadata, columns })
    }

    fn ensure_rows(&self, said: u64) -> Result<()> {
        ensure_rows(&self.label(), &self.opened()?.metadata, said)
    }

    /// The same file as one of `table`, which has further columns.
    fn having(self, table: &'static Table) -> Result<TableFile> {
        let file = TableFile { table, opened: OnceLock::new(), ..self.clone() };
        if let Some(opened) = self.opened.get() {
            let found = file.found_in(opened.metadata.clone())?;
            return Ok(TableFile { opened: OnceLock::from(Arc::new(found)), ..file });
        }
        Ok(file)
    }

    /// The dates of which it may have rows: those of its month, if a manifest says that it has one.
    pub fn dates(&self) -> DateRange {
        let month = self.seal.as_ref().and_then(|_| Month::of_file(&self.name()));
        month.map_or(DateRange::default(), Month::dates)
    }

    pub fn label(&self) -> String {
        self.source.label()
    }

    /// The file's name within the snapshot, which says nothing of the machine.
    pub fn name(&self) -> String {
        let label = self.label();
        let parts: Vec<&str> = label.split(['/', std::path::MAIN_SEPARATOR]).collect();
        match parts.as_slice() {
            [.., folder, file] if *folder == self.table.name => format!("{folder}/{file}"),
            [.., file] => (*file).to_owned(),
            [] => String::new(),
        }
    }

    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Its rows, as its manifest says or else its footer.
    pub fn rows(&self) -> usize {
        let of_footer = || self.opened.get().map(|opened| opened.metadata.metadata().file_metadata().num_rows());
        let rows = self.seal.as_ref().map(|seal| seal.rows).or_else(|| of_footer()?.try_into().ok());
        rows.and_then(|rows| usize::try_from(rows).ok()).unwrap_or_default()
    }

    /// Makes sure that its bytes are those that its manifest says, once; a file without a manifest has nothing to be held
    /// against.
    ///
    /// # Errors
    /// They are others, or it cannot be read.
    pub fn verify(&self) -> Result<()> {
        self.seal.as_ref().map_or(Ok(()), |seal| seal.verify(&self.source))
    }

    /// Whether nothing is left to verify.
    pub fn is_verified(&self) -> bool {
        self.seal.as_ref().is_none_or(|seal| seal.is_verified.try_lock().is_ok_and(|is_verified| *is_verified))
    }

    /// The rows of each batch that [`TableFile::read`] hands out.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn batch_rows(&self) -> Result<Vec<usize>> {
        let groups = self.opened()?.metadata.metadata().row_groups().iter();
        let rows = groups.map(|group| usize::try_from(group.num_rows()).unwrap_or_default());
        Ok(rows
            .flat_map(|rows| (0..rows.div_ceil(BATCH_ROWS)).map(move |at| BATCH_ROWS.min(rows - at * BATCH_ROWS)))
            .collect())
    }

    /// Reads the contract columns at `projection` and hands each batch to `each`.
    ///
    /// # Errors
    /// The file cannot be read or decoded, or `each` fails.
    pub fn read(
        &self,
        table: &'static Table,
        projection: &[usize],
        each: impl FnMut(ReadBatch) -> Result<()>,
    ) -> Result<()> {
        self.decode(table, projection, each).map_err(|error| self.source.or_encrypted(error))
    }

    fn decode(
        &self,
        table: &'static Table,
        projection: &[usize],
        mut each: impl FnMut(ReadBatch) -> Result<()>,
    ) -> Result<()> {
        let label = self.label();
        let Opened { metadata, columns } = self.opened()?;
        let positions: Vec<usize> = projection.iter().flat_map(|at| columns[*at].positions()).collect();
        let descriptor = metadata.metadata().file_metadata().schema_descr();
        let mask = ProjectionMask::roots(descriptor, positions.iter().copied());
        let mut row = 0;
        for group in 0..metadata.metadata().num_row_groups() {
            let source = self.source.open(self.span(metadata.metadata().row_group(group), &mask))?;
            let mut reader = decoding(&label, || {
                ParquetRecordBatchReaderBuilder::new_with_metadata(source, metadata.clone())
                    .with_projection(mask.clone())
                    .with_row_groups(vec![group])
                    .with_batch_size(BATCH_ROWS)
                    .build()
                    .map_err(|error| bad_parquet(&label, error))
            })?;
            while let Some(read) = decoding(&label, || match reader.next() {
                Some(Ok(batch)) => self.as_contract(table, columns, projection, &positions, &batch, row).map(Some),
                Some(Err(error)) => Err(bad_parquet(&label, ParquetError::from(error))),
                None => Ok(None),
            })? {
                row += read.batch.num_rows();
                each(read)?;
            }
        }
        Ok(())
    }

    /// Where the wanted columns of a row group lie in the file.
    fn span(&self, group: &RowGroupMetaData, mask: &ProjectionMask) -> Option<Range<u64>> {
        let chunks = group.columns().iter().enumerate();
        // Offsets below zero make `byte_range` panic; the decoder reports them.
        let sound = |offset: i64| offset >= 0;
        chunks
            .filter(|(leaf, chunk)| {
                let offsets =
                    [chunk.data_page_offset(), chunk.dictionary_page_offset().unwrap_or(0), chunk.compressed_size()];
                mask.leaf_included(*leaf) && offsets.into_iter().all(sound)
            })
            .map(|(_, chunk)| chunk.byte_range())
            .map(|(start, length)| start..start.saturating_add(length))
            .reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))
            .filter(|span| match &self.source {
                Source::Stored(file) => span.end <= file.size(),
                Source::File(_) | Source::Memory { .. } => true,
            })
    }

    /// The contract columns that the file has, under their name today or a former one.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn columns(&self) -> Result<&[Column]> {
        Ok(&self.opened()?.columns)
    }

    /// The names of its columns, whether they are of the contract or not.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn names(&self) -> Result<impl Iterator<Item = &str>> {
        Ok(self.opened()?.metadata.schema().fields().iter().map(|field| field.name().as_str()))
    }

    fn as_contract(
        &self,
        table: &'static Table,
        columns: &[Column],
        projection: &[usize],
        positions: &[usize],
        batch: &RecordBatch,
        first_row: usize,
    ) -> Result<ReadBatch> {
        // The reader returns the roots in the file's order, whatever the order of the projection.
        let mut in_file_order = positions.to_vec();
        in_file_order.sort_unstable();
        let array = |at: usize| Arc::clone(batch.column(in_file_order.partition_point(|other| *other < at)));
        let values = projection.iter().map(|at| columns[*at].values(array)).collect();
        as_contract(table, projection, values, batch.num_rows(), first_row, self.casting.cast)
    }
}

/// Refuses a file of another number of rows than was said of it.
fn ensure_rows(label: &str, metadata: &ArrowReaderMetadata, said: u64) -> Result<()> {
    let found = metadata.metadata().file_metadata().num_rows();
    if i64::try_from(said) == Ok(found) {
        return Ok(());
    }
    Err(SnapshotError::OtherRows { file: label.to_owned(), found, said }.into())
}

/// Strings are read as views, which is how the engine wants them.
fn with_string_views(metadata: ArrowReaderMetadata) -> Result<ArrowReaderMetadata, ParquetError> {
    let as_view = |field: &Arc<Field>| match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        _ => Arc::clone(field),
    };
    let fields: Fields = metadata.schema().fields().iter().map(as_view).collect();
    let schema = Arc::new(Schema::new_with_metadata(fields, metadata.schema().metadata().clone()));
    ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), ArrowReaderOptions::new().with_schema(schema))
}

fn bad_parquet(label: &str, error: ParquetError) -> Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<Error>() {
            Ok(own) => *own,
            Err(other) => Error::Snapshot(SnapshotError::BadParquet { file: label.to_owned(), reason: plain(other) }),
        },
        other => Error::Snapshot(SnapshotError::BadParquet { file: label.to_owned(), reason: plain(other) }),
    }
}

/// What a decoder says, without the names of its errors.
fn plain(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Reason {
    let error = error.into();
    const NAMES: [&str; 5] = ["Parquet argument error: ", "Parquet error: ", "Arrow: ", "EOF: ", "External: "];
    let line = one_line(&error.to_string());
    let mut rest = line.as_str();
    while let Some(inner) = NAMES.iter().find_map(|name| rest.strip_prefix(name)) {
        rest = inner;
    }
    let words = match rest {
        encrypted if encrypted.contains("encrypted footer") => "it is encrypted",
        altered if altered.contains("CRC checksum mismatch") => "the checksum of a page is not that of its bytes",
        other => other,
    };
    Reason::because(words, error)
}

/// Whether the footer's counts of rows agree with one another, which a reader of counts alone would rely on.
fn agreeing_rows(metadata: &ParquetMetaData) -> Result<(), String> {
    let mut rows = 0_i64;
    for group in metadata.row_groups() {
        let count = group.num_rows();
        let flat = group.columns().iter().filter(|chunk| chunk.column_descr().max_rep_level() == 0);
        if count < 0 || flat.into_iter().any(|chunk| chunk.num_values() != count) {
            return Err(format!("a row group of {count} rows has columns of other lengths"));
        }
        rows = rows.saturating_add(count);
    }
    let said = metadata.file_metadata().num_rows();
    if rows == said { Ok(()) } else { Err(format!("{rows} rows where the footer says {said}")) }
}
