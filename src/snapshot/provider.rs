//! A table of a snapshot as the engine scans it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use super::breach::{self, Tallies};
use super::columns::projected_schema;
use super::contract::Table;
use super::table::{TableFile, TableFiles};
use crate::error::{Error, Reason, Result, SnapshotError};

/// A table of a snapshot for the engine: reads the wanted columns when scanned, cast to the contract.
///
/// Columns that were read are kept, since many relations read the same ones. A table that is missing is scanned as empty;
/// that it is missing is said elsewhere (`Snapshot::missing_tables`).
pub struct SnapshotTable {
    table: &'static Table,
    files: Option<TableFiles>,
    /// The columns that tell whether a row is there more than once.
    keys: Vec<usize>,
    columns: Mutex<BTreeMap<usize, Chunks>>,
}

/// A column of a table: per file, per batch. Batches are cut at the same rows whichever columns are read.
type Chunks = Vec<Vec<ArrayRef>>;

impl SnapshotTable {
    /// The table with what `files` have of it; without files an empty one.
    pub fn new(table: &'static Table, files: Option<TableFiles>) -> Self {
        let table = files.as_ref().map_or(table, TableFiles::table);
        let names = table.distinct_in().iter().chain(table.column("is_active").map(|column| &column.name));
        let at = |name: &&str| table.columns.iter().position(|column| column.name == *name);
        SnapshotTable { table, files, keys: names.filter_map(at).collect(), columns: Mutex::new(BTreeMap::new()) }
    }

    /// The contract of the table.
    pub fn contract(&self) -> &'static Table {
        self.table
    }

    /// The columns at `projection` as batches, one partition a file.
    async fn read(&self, projection: &[usize]) -> Result<Vec<Vec<RecordBatch>>> {
        let Some(files) = &self.files else {
            return Ok(Vec::new());
        };
        let mut columns = self.columns.lock().await;
        let verifying = verifying(files);
        // One column, such as the dates, is wanted at once; rows are told apart as soon as they are read.
        let keys = if projection.len() > 1 { self.keys.as_slice() } else { &[] };
        let wanted: BTreeSet<usize> = projection.iter().chain(keys).copied().collect();
        let missing: Vec<usize> = wanted.into_iter().filter(|at| !columns.contains_key(at)).collect();
        let read = read_columns(self.table, files, &missing).await;
        // That a file is another than it was comes before what reading it said.
        if let Some(verifying) = verifying {
            verifying.await.map_err(|error| Error::Engine(Reason::of(error)))??;
        }
        let (read, tallies) = read?;
        files.ledger().enter(tallies);
        let had_all = self.keys.iter().all(|at| columns.contains_key(at));
        columns.extend(read);
        if !had_all && self.keys.iter().all(|at| columns.contains_key(at)) {
            let keys: Vec<Chunks> = self.keys.iter().map(|at| columns[at].clone()).collect();
            let table = self.table;
            let pending = files.ledger().begin();
            tokio::task::spawn_blocking(move || pending.enter(breach::repeats(table, batches(&keys))));
        }
        let schema = projected_schema(self.table, projection);
        let batch = |file: usize, part: usize, rows: usize| {
            let arrays = projection.iter().map(|at| Arc::clone(&columns[at][file][part])).collect();
            let options = RecordBatchOptions::new().with_row_count(Some(rows));
            RecordBatch::try_new_with_options(Arc::clone(&schema), arrays, &options)
        };
        let partition = |(file, rows): (usize, Vec<usize>)| {
            let parts = rows.into_iter().enumerate().map(|(part, rows)| batch(file, part, rows));
            parts.collect::<Result<Vec<_>, _>>()
        };
        let cuts = files.files().iter().map(TableFile::batch_rows).enumerate();
        Ok(cuts.map(partition).collect::<Result<Vec<_>, _>>()?)
    }
}

/// Verifies the files that were not verified yet, beside what is read of them.
fn verifying(files: &TableFiles) -> Option<JoinHandle<Result<()>>> {
    let unverified: Vec<TableFile> = files.files().iter().filter(|file| !file.is_verified()).cloned().collect();
    let is_needed = !unverified.is_empty();
    is_needed.then(|| tokio::task::spawn_blocking(move || unverified.iter().try_for_each(TableFile::verify)))
}

/// Reads `columns`, in as many tasks as there are files and halves of the columns, to use both cores on a single file.
/// What in the rows breaks the contract is counted on the way.
async fn read_columns(
    table: &'static Table,
    files: &TableFiles,
    columns: &[usize],
) -> Result<(BTreeMap<usize, Chunks>, Tallies)> {
    const TASKS_A_FILE: usize = 2;
    let share = columns.len().div_ceil(TASKS_A_FILE).max(1);
    let mut tasks = Vec::new();
    for file in files.files() {
        for part in columns.chunks(share) {
            let (file, part) = (file.clone(), part.to_vec());
            tasks.push(tokio::task::spawn_blocking(move || {
                let (batches, tallies) = read_file(table, &file, &part)?;
                let column = |at: usize| batches.iter().map(|batch| Arc::clone(batch.column(at))).collect::<Vec<_>>();
                let columns: Vec<_> = part.iter().enumerate().map(|(at, name)| (*name, column(at))).collect();
                Ok::<_, Error>((columns, tallies))
            }));
        }
    }
    let mut read: BTreeMap<usize, Chunks> = columns.iter().map(|at| (*at, Vec::new())).collect();
    let mut tallies = Tallies::default();
    for task in tasks {
        let (columns, of_file) = task.await.map_err(Error::Task)??;
        tallies.absorb(of_file);
        for (at, chunks) in columns {
            read.entry(at).or_default().push(chunks);
        }
    }
    Ok((read, tallies))
}

/// Columns batch by batch, those of a batch together.
fn batches(columns: &[Chunks]) -> impl Iterator<Item = Vec<ArrayRef>> + '_ {
    let files = columns.first().map_or(0, Vec::len);
    let parts = |file: usize| (0..columns[0][file].len()).map(move |part| (file, part));
    let of_batch =
        |(file, part): (usize, usize)| columns.iter().map(|column| Arc::clone(&column[file][part])).collect();
    (0..files).flat_map(parts).map(of_batch)
}

/// Reads a file's columns; an error names the first value that does not fit the contract.
fn read_file(table: &'static Table, file: &TableFile, projection: &[usize]) -> Result<(Vec<RecordBatch>, Tallies)> {
    let (mut batches, mut tallies) = (Vec::new(), Tallies::default());
    file.read(table, projection, |read| {
        tallies.take(table, || file.name(table), &read);
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

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        let projection = projection.cloned().unwrap_or_else(|| (0..self.table.columns.len()).collect());
        let partitions = self.read(&projection).await.map_err(DataFusionError::from)?;
        let partitions = if partitions.is_empty() { vec![Vec::new()] } else { partitions };
        let schema = projected_schema(self.table, &projection);
        let plan: Arc<dyn ExecutionPlan> = MemorySourceConfig::try_new_exec(&partitions, schema, None)?;
        Ok(plan)
    }
}
