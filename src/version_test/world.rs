//! The snapshot as it would be had all that a slate may not know come otherwise (specification: snapshot, "What comes
//! afterwards").
//!
//! Which rows that is depends on their tables and dates alone, and not on what a version looks at: whatever reads the
//! snapshot's tables reads other values there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::NaiveDate;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, UInt32Array};
use datafusion::arrow::compute::kernels::cmp::not_distinct;
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::compute::{concat_batches, nullif, take};
use datafusion::arrow::datatypes::{Date32Type, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::{ExecutionPlan, collect_partitioned};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tokio::sync::Mutex as AsyncMutex;

use crate::snapshot::provider::DATE;
use crate::snapshot::{SnapshotTable, Table};

/// The tables of which a slate's own rows are what it is decided by. Of every other one its own rows come afterwards.
const OF_THE_SLATE: [&str; 3] = ["player_prop_predictions", "ml_feature_store_v2", "current_subset_picks"];

/// What says whose a row is stays as it is: it is the same player's game that came otherwise.
pub const KEYS: [&str; 9] = [
    "game_date",
    "player_lookup",
    "game_id",
    "system_id",
    "prediction_id",
    "signal_tag",
    "subset_id",
    "version_id",
    "model_id",
];

/// One of so many rows is not there at all, so that what only counts them is seen, too.
const GONE: u32 = 5;

/// How often a value is drawn that is to be another one.
const DRAWS: usize = 4;

const SEED: u64 = 20_260_211;

/// Of which dates rows come otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dated {
    /// All that the slate may not know.
    Afterwards,
    /// The slate's own date alone.
    OnTheSlate,
    /// Later dates alone.
    Later,
}

/// What comes otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The slate that is not to notice.
    pub slate: NaiveDate,
    pub dated: Dated,
    /// Of one table only; none: of all.
    pub table: Option<&'static str>,
    /// Of one column only; then no row is gone.
    pub column: Option<String>,
}

impl Change {
    /// Of all tables.
    pub fn of_everything(slate: NaiveDate) -> Change {
        Change { slate, dated: Dated::Afterwards, table: None, column: None }
    }

    /// From which date on and before which one the rows of a table come otherwise; none where they do not.
    fn span(&self, table: &str) -> Option<[NaiveDate; 2]> {
        if self.table.is_some_and(|only| only != table) {
            return None;
        }
        let next = self.slate.succ_opt().unwrap_or(NaiveDate::MAX);
        let first = if OF_THE_SLATE.contains(&table) { next } else { self.slate };
        Some(match self.dated {
            Dated::Afterwards => [first, NaiveDate::MAX],
            Dated::OnTheSlate => [first, next],
            Dated::Later => [next, NaiveDate::MAX],
        })
    }
}

/// What was read of a table that came otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Met {
    /// Rows of the table that came otherwise.
    pub rows: usize,
    pub columns: BTreeSet<String>,
}

/// Tables that can come otherwise, all at once. Nothing does until it is said what.
#[derive(Debug, Default)]
pub struct World(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    change: Option<Change>,
    met: BTreeMap<&'static str, Met>,
}

impl World {
    /// Says what comes otherwise from now on; none: nothing.
    pub fn change(&self, change: Option<Change>) {
        *self.state() = State { change, met: BTreeMap::new() };
    }

    /// What was read since then of tables of which something came otherwise.
    pub fn met(&self) -> BTreeMap<&'static str, Met> {
        self.state().met.clone()
    }

    /// The table as it is in this world.
    pub fn table(self: &Arc<Self>, table: SnapshotTable) -> Arc<dyn TableProvider> {
        Arc::new(WorldTable { table, world: Arc::clone(self), known: AsyncMutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A table of the snapshot, and beside each column that was read how it could have come.
struct WorldTable {
    table: SnapshotTable,
    world: Arc<World>,
    known: AsyncMutex<Known>,
}

#[derive(Default)]
struct Known {
    rows: Option<Arc<Rows>>,
    columns: BTreeMap<usize, Column>,
}

/// The rows of a table by date.
struct Rows {
    /// Their places in the table.
    order: UInt32Array,
    /// In that order, as days since 1970.
    dates: Vec<i32>,
    /// Places in that order of the rows that are not gone where rows come otherwise.
    staying: UInt32Array,
    /// Their dates.
    staying_dates: Vec<i32>,
}

/// A column, its rows by date.
struct Column {
    as_it_is: ArrayRef,
    /// Every row otherwise.
    otherwise: ArrayRef,
    /// The same without the rows that are gone.
    staying: ArrayRef,
}

impl WorldTable {
    fn contract(&self) -> &'static Table {
        self.table.contract()
    }

    /// The columns at `wanted` as they are in this world, by date whatever comes otherwise.
    async fn seen(&self, state: &dyn Session, wanted: &[usize]) -> EngineResult<Vec<RecordBatch>> {
        let schema = self.table.schema();
        let change = self.world.state().change.clone();
        let span = change.as_ref().and_then(|change| change.span(self.contract().name));
        let [from, before] = span.unwrap_or([NaiveDate::MAX; 2]);
        let mut known = self.known.lock().await;
        let rows = self.rows(state, &mut known).await?;
        for at in wanted {
            if !known.columns.contains_key(at) {
                let column = self.column(state, *at, &rows).await?;
                known.columns.insert(*at, column);
            }
        }
        let place = |dates: &[i32], date: NaiveDate| {
            let date = Date32Type::from_naive_date(date);
            dates.partition_point(|other| *other < date)
        };
        let [start, end] = [from, before].map(|date| place(&rows.dates, date));
        let [first, last] = [from, before].map(|date| place(&rows.staying_dates, date));
        self.note(change.as_ref(), end - start, wanted);
        let only = change.and_then(|change| change.column);
        let otherwise = |at: usize| {
            let column = &known.columns[&at];
            match &only {
                None => column.staying.slice(first, last - first),
                Some(only) if only == schema.field(at).name() => column.otherwise.slice(start, end - start),
                Some(_) => column.as_it_is.slice(start, end - start),
            }
        };
        let as_it_is = |from: usize, to: usize| {
            wanted.iter().map(|at| known.columns[at].as_it_is.slice(from, to - from)).collect::<Vec<_>>()
        };
        let all = rows.dates.len();
        let parts = [
            (start, as_it_is(0, start)),
            (if only.is_some() { end - start } else { last - first }, wanted.iter().map(|at| otherwise(*at)).collect()),
            (all - end, as_it_is(end, all)),
        ];
        let schema = Arc::new(schema.project(wanted)?);
        let batch = |(rows, columns): (usize, Vec<ArrayRef>)| {
            let options = RecordBatchOptions::new().with_row_count(Some(rows));
            RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)
        };
        Ok(parts.into_iter().filter(|(rows, _)| *rows > 0).map(batch).collect::<Result<_, _>>()?)
    }

    /// Notes what was read of rows that came otherwise.
    fn note(&self, change: Option<&Change>, rows: usize, wanted: &[usize]) {
        let mut state = self.world.state();
        if rows > 0 && state.change.as_ref() == change {
            let met = state.met.entry(self.contract().name).or_default();
            met.rows = rows;
            met.columns.extend(wanted.iter().map(|at| self.table.schema().field(*at).name().clone()));
        }
    }

    async fn rows(&self, state: &dyn Session, known: &mut Known) -> EngineResult<Arc<Rows>> {
        if let Some(rows) = &known.rows {
            return Ok(Arc::clone(rows));
        }
        let at = self.table.schema().index_of(DATE)?;
        let dates = self.read(state, at).await?;
        let dates = dates.as_primitive::<Date32Type>();
        // A row without a date is of no slate.
        let day = |row: &u32| usize::try_from(*row).ok().filter(|row| dates.is_valid(*row)).map(|row| dates.value(row));
        let mut order: Vec<u32> = (0..).take(dates.len()).collect();
        order.sort_by_key(day);
        let dates: Vec<i32> = order.iter().map(|row| day(row).unwrap_or(i32::MIN)).collect();
        let mut rng = self.rng(DATE);
        let stays = |_: &(u32, i32)| rng.random_range(0..GONE) > 0;
        let (staying, staying_dates): (Vec<u32>, Vec<i32>) = (0..).zip(dates.iter().copied()).filter(stays).unzip();
        let rows = Arc::new(Rows { order: order.into(), dates, staying: staying.into(), staying_dates });
        known.rows = Some(Arc::clone(&rows));
        Ok(rows)
    }

    async fn column(&self, state: &dyn Session, at: usize, rows: &Rows) -> EngineResult<Column> {
        let schema = self.table.schema();
        let name = schema.field(at).name();
        let as_it_is = take(&self.read(state, at).await?, &rows.order, None)?;
        let is_required = self.contract().column(name).is_some_and(|column| column.required);
        let otherwise = if KEYS.contains(&name.as_str()) {
            Arc::clone(&as_it_is)
        } else {
            otherwise(&as_it_is, is_required, &mut self.rng(name))?
        };
        let staying = take(&otherwise, &rows.staying, None)?;
        Ok(Column { as_it_is, otherwise, staying })
    }

    /// A column as the snapshot has it.
    async fn read(&self, state: &dyn Session, at: usize) -> EngineResult<ArrayRef> {
        let plan = self.table.scan(state, Some(&vec![at]), &[], None).await?;
        let schema = plan.schema();
        let partitions = collect_partitioned(plan, state.task_ctx()).await?;
        Ok(Arc::clone(concat_batches(&schema, partitions.iter().flatten())?.column(0)))
    }

    /// Chance that is the same for a column of a table, whatever is read before.
    fn rng(&self, column: &str) -> ChaCha8Rng {
        let bytes = self.contract().name.bytes().chain(column.bytes());
        let seed = bytes.fold(SEED, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
        ChaCha8Rng::seed_from_u64(seed)
    }
}

/// The values of a column each otherwise: another one of the column's, and of a column that may have none where all are the
/// same, none. What is true is false, and what is false or unknown, true.
fn otherwise(values: &ArrayRef, is_required: bool, rng: &mut ChaCha8Rng) -> EngineResult<ArrayRef> {
    if let Some(flags) = values.as_boolean_opt() {
        return Ok(Arc::new(flags.iter().map(|flag| Some(!flag.unwrap_or(false))).collect::<BooleanArray>()));
    }
    let mut drawn = draw(values, rng)?;
    if values.data_type().is_nested() {
        return Ok(drawn);
    }
    for _ in 1..DRAWS {
        drawn = zip(&not_distinct(values, &drawn)?, &draw(values, rng)?, &drawn)?;
    }
    Ok(if is_required { drawn } else { nullif(&drawn, &not_distinct(values, &drawn)?)? })
}

/// As many values of a column, each drawn among all.
fn draw(values: &ArrayRef, rng: &mut ChaCha8Rng) -> EngineResult<ArrayRef> {
    let rows = u32::try_from(values.len()).map_err(|error| DataFusionError::External(error.into()))?;
    let places: UInt32Array = (0..rows).map(|_| rng.random_range(0..rows)).collect();
    Ok(take(values, &places, None)?)
}

impl fmt::Debug for WorldTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorldTable").field("table", &self.table).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for WorldTable {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        if !self.contract().is_dated() {
            return self.table.scan(state, projection, filters, limit).await;
        }
        let all = || (0..self.table.schema().fields().len()).collect();
        let wanted: Vec<usize> = projection.cloned().unwrap_or_else(all);
        let batches = self.seen(state, &wanted).await?;
        let schema = Arc::new(self.table.schema().project(&wanted)?);
        let plan: Arc<dyn ExecutionPlan> = MemorySourceConfig::try_new_exec(&[batches], schema, None)?;
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Float64Array, Int64Array, StringViewArray};

    use super::*;
    use crate::snapshot::TABLES;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn what_a_slate_is_decided_by_are_tables_of_the_contract() {
        let dated = TABLES.iter().filter(|table| table.is_dated()).map(|table| table.name).collect::<Vec<_>>();
        assert!(OF_THE_SLATE.iter().all(|name| dated.contains(name)));
        for key in KEYS {
            assert!(TABLES.iter().any(|table| table.column(key).is_some()), "{key}");
        }
    }

    #[test]
    fn a_slates_own_results_come_afterwards_and_its_own_predictions_do_not() {
        let slate = date("2026-02-11");
        let change = |dated| Change { dated, ..Change::of_everything(slate) };
        let span = |dated, table| change(dated).span(table).unwrap();
        let (own, next, end) = (slate, date("2026-02-12"), NaiveDate::MAX);
        assert_eq!(span(Dated::Afterwards, "prediction_accuracy"), [own, end]);
        assert_eq!(span(Dated::Afterwards, "player_prop_predictions"), [next, end]);
        assert_eq!(span(Dated::OnTheSlate, "signal_health_daily"), [own, next]);
        assert_eq!(span(Dated::OnTheSlate, "ml_feature_store_v2"), [next, next]);
        assert_eq!(span(Dated::Later, "signal_health_daily"), [next, end]);
        let only = Change { table: Some("prediction_accuracy"), ..change(Dated::Afterwards) };
        assert!(only.span("player_game_summary").is_none() && only.span("prediction_accuracy").is_some());
    }

    #[test]
    fn every_value_is_another_one() {
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        let mut other = |values: ArrayRef, is_required| otherwise(&values, is_required, &mut rng).unwrap();
        let numbers: ArrayRef =
            Arc::new(Float64Array::from_iter((0..1000).map(|at| (at % 7 > 0).then(|| f64::from(at)))));
        let texts: ArrayRef = Arc::new(StringViewArray::from_iter_values((0..1000).map(|at| format!("{}", at % 3))));
        for values in [numbers, texts] {
            let others = other(Arc::clone(&values), false);
            let same = not_distinct(&values, &others).unwrap();
            assert!((0..values.len()).all(|row| !same.value(row) || others.is_null(row)));
            assert!(others.null_count() < 300, "{}", others.null_count());
        }
        let same: ArrayRef = Arc::new(Int64Array::from(vec![5; 10]));
        assert_eq!(other(Arc::clone(&same), false).null_count(), 10);
        assert_eq!(&other(Arc::clone(&same), true), &same);
        let flags: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]));
        let others = other(flags, false);
        assert_eq!(others.as_boolean().iter().collect::<Vec<_>>(), [Some(false), Some(true), Some(true)]);
    }
}
