//! A table of a snapshot as the engine scans it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::NaiveDate;
use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{Date32Type, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use super::breach::{self, OfFiles, Tallies};
use super::columns::projected_schema;
use super::contract::Table;
use super::table::{TableFile, TableFiles};
use crate::dates::DateRange;
use crate::error::{Error, Reason, Result, SnapshotError};

/// A table of a snapshot for the engine: reads the wanted columns when scanned, cast to the contract, of the files that may have
/// rows of the dates that the scan's filters leave.
///
/// Columns that were read are kept, since many relations read the same ones. A table that is missing is scanned as empty;
/// that it is missing is said elsewhere (`Snapshot::missing_tables`).
pub struct SnapshotTable {
    table: &'static Table,
    files: Option<TableFiles>,
    /// The columns that tell whether a row is there more than once.
    keys: Vec<usize>,
    read: Arc<Read>,
}

/// What was read of a table.
#[derive(Default)]
pub struct Read(Mutex<FilesRead>);

/// What was read of each file.
#[derive(Default)]
struct FilesRead {
    /// What is kept.
    kept: BTreeMap<FileAt, Columns>,
    /// The files whose rows were told apart.
    told_apart: BTreeSet<FileAt>,
}

/// The position of a file among those of its table.
type FileAt = usize;

/// The columns of a file by position, each batch by batch. Batches are cut at the same rows whichever columns are read.
type Columns = BTreeMap<usize, Vec<ArrayRef>>;

impl SnapshotTable {
    /// The table with what `files` have of it; without files an empty one.
    pub fn new(table: &'static Table, files: Option<TableFiles>) -> Self {
        let table = files.as_ref().map_or(table, TableFiles::table);
        let names = table.distinct_in().iter().chain(table.column("is_active").map(|column| &column.name));
        let at = |name: &&str| table.columns.iter().position(|column| column.name == *name);
        SnapshotTable { table, files, keys: names.filter_map(at).collect(), read: Arc::default() }
    }

    /// The contract of the table.
    pub fn contract(&self) -> &'static Table {
        self.table
    }

    /// What is kept of it, to let go of.
    pub fn kept(&self) -> Arc<Read> {
        Arc::clone(&self.read)
    }

    /// The columns at `projection` of the files that may have rows of `dates`, as batches, one partition a file.
    async fn read(&self, projection: &[usize], dates: DateRange) -> Result<Vec<Vec<RecordBatch>>> {
        let Some(files) = &self.files else {
            return Ok(Vec::new());
        };
        let wanted: Vec<(FileAt, &TableFile)> =
            files.files().iter().enumerate().filter(|(_, file)| file.dates().overlap(dates).is_some()).collect();
        let mut read_before = self.read.0.lock().await;
        let FilesRead { kept, told_apart } = &mut *read_before;
        let verifying = verifying(&wanted);
        // One column, such as the dates, is wanted at once; rows are told apart as soon as they are read.
        let keys = if projection.len() > 1 { self.keys.as_slice() } else { &[] };
        let columns: BTreeSet<usize> = projection.iter().chain(keys).copied().collect();
        let has = |kept: &BTreeMap<FileAt, Columns>, file: FileAt, column: &usize| {
            kept.get(&file).is_some_and(|columns| columns.contains_key(column))
        };
        let missing = wanted.iter().map(|(at, file)| {
            (*at, *file, columns.iter().copied().filter(|column| !has(kept, *at, column)).collect::<Vec<_>>())
        });
        let read = read_columns(self.table, missing.collect()).await;
        // That a file is another than it was comes before what reading it said.
        if let Some(verifying) = verifying {
            verifying.await.map_err(|error| Error::Engine(Reason::of(error)))??;
        }
        let (read, tallies) = read?;
        files.ledger().enter(tallies);
        for (file, columns) in read {
            kept.entry(file).or_default().extend(columns);
        }
        let has_keys = |at: &FileAt| self.keys.iter().all(|key| has(kept, *at, key));
        let is_new = |at: &FileAt| has_keys(at) && !told_apart.contains(at);
        if wanted.iter().any(|(at, _)| is_new(at)) {
            // A row may be repeated in another file.
            let with_keys = kept.keys().filter(|at| has_keys(at));
            let of_file = |at: &FileAt| (*at, self.keys.iter().map(|key| kept[at][key].clone()).collect());
            let keys: Vec<(FileAt, Vec<Vec<ArrayRef>>)> = with_keys.map(of_file).collect();
            told_apart.extend(keys.iter().map(|(at, _)| *at));
            let table = self.table;
            let pending = files.ledger().begin();
            tokio::task::spawn_blocking(move || pending.enter(breach::repeats(table, batches(&keys))));
        }
        let schema = projected_schema(self.table, projection);
        let partition = |(at, file): &(FileAt, &TableFile)| {
            let batch = |(part, rows): (usize, usize)| {
                let arrays = projection.iter().map(|column| Arc::clone(&kept[at][column][part])).collect();
                let options = RecordBatchOptions::new().with_row_count(Some(rows));
                Ok(RecordBatch::try_new_with_options(Arc::clone(&schema), arrays, &options)?)
            };
            file.batch_rows()?.into_iter().enumerate().map(batch).collect::<Result<Vec<_>>>()
        };
        wanted.iter().map(partition).collect()
    }
}

impl Read {
    /// Lets go of what is of files without a date of `dates`.
    pub fn keep_only(&self, files: &TableFiles, dates: DateRange) {
        // Whoever reads meanwhile keeps it; the next time it goes.
        if let Ok(mut read) = self.0.try_lock() {
            read.kept.retain(|at, _| files.files()[*at].dates().overlap(dates).is_some());
        }
    }
}

/// Verifies the files that were not verified yet, beside what is read of them.
fn verifying(files: &[(FileAt, &TableFile)]) -> Option<JoinHandle<Result<()>>> {
    let unverified: Vec<TableFile> =
        files.iter().filter(|(_, file)| !file.is_verified()).map(|(_, file)| (*file).clone()).collect();
    let is_needed = !unverified.is_empty();
    is_needed.then(|| tokio::task::spawn_blocking(move || unverified.iter().try_for_each(TableFile::verify)))
}

/// Reads columns of files, in as many tasks as there are files and halves of the columns, to use both cores on a single file.
/// What in the rows breaks the contract is counted on the way.
async fn read_columns(
    table: &'static Table,
    wanted: Vec<(FileAt, &TableFile, Vec<usize>)>,
) -> Result<(Vec<(FileAt, Columns)>, OfFiles)> {
    const TASKS_A_FILE: usize = 2;
    let mut tasks = Vec::new();
    for (at, file, columns) in wanted {
        let share = columns.len().div_ceil(TASKS_A_FILE).max(1);
        for part in columns.chunks(share) {
            let (file, part) = (file.clone(), part.to_vec());
            tasks.push(tokio::task::spawn_blocking(move || {
                let (batches, tallies) = read_file(table, &file, &part)?;
                let column = |at: usize| batches.iter().map(|batch| Arc::clone(batch.column(at))).collect::<Vec<_>>();
                let columns: Columns = part.iter().enumerate().map(|(at, name)| (*name, column(at))).collect();
                Ok::<_, Error>((at, columns, tallies))
            }));
        }
    }
    let (mut read, mut tallies) = (Vec::new(), OfFiles::new());
    for task in tasks {
        let (at, columns, of_file) = task.await.map_err(Error::Task)??;
        tallies.entry(at).or_default().absorb(of_file);
        read.push((at, columns));
    }
    Ok((read, tallies))
}

/// Columns batch by batch, those of a batch together, each with its file.
fn batches(files: &[(FileAt, Vec<Vec<ArrayRef>>)]) -> impl Iterator<Item = (FileAt, Vec<ArrayRef>)> + '_ {
    files.iter().flat_map(|(at, columns)| {
        let parts = columns.first().map_or(0, Vec::len);
        (0..parts).map(move |part| (*at, columns.iter().map(|column| Arc::clone(&column[part])).collect()))
    })
}

/// Reads a file's columns; an error names the first value that does not fit the contract.
fn read_file(table: &'static Table, file: &TableFile, projection: &[usize]) -> Result<(Vec<RecordBatch>, Tallies)> {
    let (mut batches, mut tallies) = (Vec::new(), Tallies::default());
    file.read(table, projection, |read| {
        tallies.take(table, || file.name(), &read);
        if let Some((column, row, value)) = read.misfits.into_iter().next() {
            return Err(Error::Snapshot(SnapshotError::Misfit {
                file: file.label(),
                table: table.name,
                column: column.name,
                row,
                value,
                expected: column.kind.to_string(),
            }));
        }
        batches.push(read.batch);
        Ok(())
    })?;
    Ok((batches, tallies))
}

/// The dates that filters leave.
pub fn dates_left(filters: &[Expr]) -> DateRange {
    let mut left = DateRange::default();
    for (operator, date) in filters.iter().filter_map(bound) {
        if operator != Operator::LtEq {
            left.from = left.from.max(Some(date));
        }
        if operator != Operator::GtEq {
            left.to = Some(left.to.map_or(date, |to| to.min(date)));
        }
    }
    left
}

/// What a filter says of the date alone: from one on (>=), up to one (<=), or on one (=).
fn bound(filter: &Expr) -> Option<(Operator, NaiveDate)> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = filter else { return None };
    let (Expr::Column(column), Expr::Literal(ScalarValue::Date32(Some(days)), _)) = (left.as_ref(), right.as_ref())
    else {
        return None;
    };
    let is_bound = column.name == DATE && [Operator::GtEq, Operator::LtEq, Operator::Eq].contains(op);
    Some((*op, Date32Type::to_naive_date_opt(*days)?)).filter(|_| is_bound)
}

/// The column of the date by whose month a table's rows are in files.
pub const DATE: &str = "game_date";

impl fmt::Debug for SnapshotTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotTable").field("table", &self.table.name).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for SnapshotTable {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Comparisons of the date with a date leave files out; rows are not filtered.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> EngineResult<Vec<TableProviderFilterPushDown>> {
        let support = |filter: &&Expr| match bound(filter) {
            Some(_) => TableProviderFilterPushDown::Inexact,
            None => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(support).collect())
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        let projection = projection.cloned().unwrap_or_else(|| (0..self.table.columns.len()).collect());
        let partitions = self.read(&projection, dates_left(filters)).await.map_err(DataFusionError::from)?;
        let partitions = if partitions.is_empty() { vec![Vec::new()] } else { partitions };
        let schema = projected_schema(self.table, &projection);
        let plan: Arc<dyn ExecutionPlan> = MemorySourceConfig::try_new_exec(&partitions, schema, None)?;
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{AsArray as _, BooleanArray, StringViewArray};
    use datafusion::arrow::compute::concat_batches;

    use super::super::breach::BreachKind::{Repeated, UnknownWord};
    use super::super::contract;
    use super::super::manifest::{FileEntry, TableEntry, sha256};
    use super::super::table::{Seal, Source};
    use super::super::write;
    use super::*;
    use crate::demo;

    /// Two rows of each of two months, each twice and with a word that the column does not have.
    fn untidy() -> TableFiles {
        let table = contract::table("player_prop_predictions").unwrap();
        let batch = demo::generate(7, 1).unwrap().into_iter().find(|made| made.table.name == table.name).unwrap().batch;
        let dates = batch.column_by_name(DATE).unwrap().clone();
        let mut files = TableFiles::new(table);
        for month in ["2026-01", "2026-02"] {
            let date = Date32Type::from_naive_date(format!("{month}-05").parse().unwrap());
            let dates = dates.as_primitive::<Date32Type>();
            let first = dates.values().iter().position(|other| *other >= date).unwrap();
            let rows = batch.slice(first, 2);
            let rows = concat_batches(&rows.schema(), [&rows, &rows]).unwrap();
            let mut columns = rows.columns().to_vec();
            columns[rows.schema().index_of("recommendation").unwrap()] =
                Arc::new(StringViewArray::from_iter_values(["over"; 4]));
            columns[rows.schema().index_of("is_active").unwrap()] = Arc::new(BooleanArray::from(vec![true; 4]));
            let bytes = write::parquet_at(&RecordBatch::try_new(rows.schema(), columns).unwrap(), 1).unwrap();
            let path = format!("{}/{month}.parquet", table.name);
            let entry = FileEntry { path: path.clone(), rows: 4, sha256: sha256(&bytes), repeated: 0 };
            let of = TableEntry {
                columns: Vec::new(),
                rows: 4,
                min_date: None,
                max_date: None,
                files: Vec::new(),
                pulled: None,
            };
            files.add_sealed(Source::Memory { name: path, bytes: bytes.into() }, Seal::of(&entry, &of));
        }
        files
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_breaks_the_contract_is_counted_once_whichever_dates_are_read_first() {
        let files = untidy();
        let all: Vec<usize> = (0..files.table().columns.len()).collect();
        let month =
            |first: &str, last: &str| DateRange { from: Some(first.parse().unwrap()), to: Some(last.parse().unwrap()) };
        let counts = |files: &TableFiles| {
            let breaches = files.ledger().breaches(files.table());
            breaches.iter().map(|breach| (breach.kind, breach.count)).collect::<Vec<_>>()
        };
        let table = SnapshotTable::new(files.table(), Some(files.clone()));
        let read = table.read(&all, month("2026-02-01", "2026-02-28")).await.unwrap();
        assert_eq!(read.iter().flatten().map(RecordBatch::num_rows).sum::<usize>(), 4);
        assert_eq!(counts(&files), [(UnknownWord, 4), (Repeated, 2)]);
        table.read(&all, month("2026-01-01", "2026-01-31")).await.unwrap();
        assert_eq!(counts(&files), [(UnknownWord, 8), (Repeated, 4)]);
        // What was let go of is read again, by this session and by another one.
        table.kept().keep_only(&files, month("2026-03-01", "2026-03-31"));
        table.read(&all, DateRange::default()).await.unwrap();
        let other = SnapshotTable::new(files.table(), Some(files.clone()));
        other.read(&all, month("2026-01-01", "2026-01-31")).await.unwrap();
        assert_eq!(counts(&files), [(UnknownWord, 8), (Repeated, 4)]);
    }
}
