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

use super::breach::{self, Tallies};
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
pub struct Read(Mutex<OfFiles>);

/// What was read of each file.
#[derive(Default)]
struct OfFiles {
    /// What is kept.
    kept: BTreeMap<FileAt, Columns>,
    /// The columns that were looked through for what breaks the contract, which is counted once.
    looked_through: BTreeSet<(FileAt, usize)>,
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

    /// The same table, which keeps what it reads where another one of the same files does.
    pub fn sharing(self, read: Arc<Read>) -> Self {
        SnapshotTable { read, ..self }
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
        let OfFiles { kept, looked_through, told_apart } = &mut *read_before;
        let verifying = verifying(&wanted);
        // One column, such as the dates, is wanted at once; rows are told apart as soon as they are read.
        let keys = if projection.len() > 1 { self.keys.as_slice() } else { &[] };
        let columns: BTreeSet<usize> = projection.iter().chain(keys).copied().collect();
        let has = |kept: &BTreeMap<FileAt, Columns>, file: FileAt, column: &usize| {
            kept.get(&file).is_some_and(|columns| columns.contains_key(column))
        };
        let missing = wanted.iter().flat_map(|(at, file)| {
            let missing = columns.iter().copied().filter(|column| !has(kept, *at, column));
            let (again, new): (Vec<usize>, Vec<usize>) =
                missing.partition(|column| looked_through.contains(&(*at, *column)));
            [(*at, *file, again, false), (*at, *file, new, true)]
        });
        let read = read_columns(self.table, missing.collect()).await;
        // That a file is another than it was comes before what reading it said.
        if let Some(verifying) = verifying {
            verifying.await.map_err(|error| Error::Engine(Reason::of(error)))??;
        }
        let (read, tallies) = read?;
        files.ledger().enter(tallies);
        for (file, columns) in read {
            looked_through.extend(columns.keys().map(|column| (file, *column)));
            kept.entry(file).or_default().extend(columns);
        }
        let has_keys = |at: &FileAt| self.keys.iter().all(|key| has(kept, *at, key));
        let with_keys = wanted.iter().map(|(at, _)| *at).filter(|at| has_keys(at) && !told_apart.contains(at));
        let with_keys: Vec<FileAt> = with_keys.collect();
        told_apart.extend(&with_keys);
        if !with_keys.is_empty() {
            let keys = with_keys.iter().map(|file| self.keys.iter().map(|at| kept[file][at].clone()).collect());
            let keys: Vec<Vec<Vec<ArrayRef>>> = keys.collect();
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
/// What in the rows breaks the contract is counted on the way, where it is to be.
async fn read_columns(
    table: &'static Table,
    wanted: Vec<(FileAt, &TableFile, Vec<usize>, bool)>,
) -> Result<(Vec<(FileAt, Columns)>, Tallies)> {
    const TASKS_A_FILE: usize = 2;
    let mut tasks = Vec::new();
    for (at, file, columns, is_counted) in wanted {
        let share = columns.len().div_ceil(TASKS_A_FILE).max(1);
        for part in columns.chunks(share) {
            let (file, part) = (file.clone(), part.to_vec());
            tasks.push(tokio::task::spawn_blocking(move || {
                let (batches, tallies) = read_file(table, &file, &part)?;
                let column = |at: usize| batches.iter().map(|batch| Arc::clone(batch.column(at))).collect::<Vec<_>>();
                let columns: Columns = part.iter().enumerate().map(|(at, name)| (*name, column(at))).collect();
                Ok::<_, Error>((at, columns, if is_counted { tallies } else { Tallies::default() }))
            }));
        }
    }
    let (mut read, mut tallies) = (Vec::new(), Tallies::default());
    for task in tasks {
        let (at, columns, of_file) = task.await.map_err(Error::Task)??;
        tallies.absorb(of_file);
        read.push((at, columns));
    }
    Ok((read, tallies))
}

/// Columns batch by batch, those of a batch together; `files` are the columns of each.
fn batches(files: &[Vec<Vec<ArrayRef>>]) -> impl Iterator<Item = Vec<ArrayRef>> + '_ {
    files.iter().flat_map(|columns| {
        let parts = columns.first().map_or(0, Vec::len);
        (0..parts).map(move |part| columns.iter().map(|column| Arc::clone(&column[part])).collect())
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
