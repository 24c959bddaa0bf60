//! A relation whose rows are kept: there, still being computed, or to be computed again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::{Expr, LogicalPlan, TableType};
use datafusion::physical_plan::ExecutionPlan;
use tokio::sync::watch;

use crate::error::{Error, Result};

/// A relation whose rows may change while the plans that read it stay: it can be planned with at once, and a scan waits for
/// rows that are awaited.
#[derive(Debug)]
pub struct Kept {
    schema: SchemaRef,
    rows: watch::Sender<Rows>,
    /// How often its rows were promised.
    promises: AtomicU64,
    making: Mutex<Making>,
}

/// How a relation's rows are made.
#[derive(Debug, Clone)]
enum Making {
    /// They are stated.
    Stated,
    By(Arc<Query>),
    /// By a query that is another one now, and is to be planned.
    Revised,
}

/// What is known of a relation's rows.
#[derive(Debug, Clone)]
enum Rows {
    None,
    /// By the promise of this number.
    Awaited(u64),
    There(Arc<There>),
}

/// Rows, as they are and as they are scanned.
#[derive(Debug)]
struct There {
    rows: RecordBatch,
    table: MemTable,
}

/// A query and, once it was needed, its optimized plan.
#[derive(Debug)]
struct Query {
    planned: LogicalPlan,
    optimized: OnceLock<Arc<LogicalPlan>>,
}

impl Query {
    fn new(planned: LogicalPlan) -> Query {
        Query { planned, optimized: OnceLock::new() }
    }

    /// The columns of its rows, each of which may hold NULLs: what the planner knows of that can change while it optimizes.
    fn schema(&self) -> SchemaRef {
        let nullable = |field: &Arc<Field>| field.as_ref().clone().with_nullable(true);
        let columns = self.planned.schema().as_arrow().fields().iter().map(nullable).collect::<Vec<_>>();
        Arc::new(Schema::new(columns))
    }
}

impl Kept {
    /// A relation of these rows.
    ///
    /// # Errors
    /// They cannot be scanned.
    pub fn stated(rows: &RecordBatch) -> Result<Kept> {
        let relation = Kept::new(rows.schema(), Making::Stated);
        relation.fill(rows)?;
        Ok(relation)
    }

    /// A relation to be computed.
    pub fn of(query: LogicalPlan) -> Kept {
        let query = Query::new(query);
        Kept::new(query.schema(), Making::By(Arc::new(query)))
    }

    fn new(schema: SchemaRef, making: Making) -> Kept {
        Kept { schema, rows: watch::Sender::new(Rows::None), promises: AtomicU64::new(0), making: Mutex::new(making) }
    }

    /// A relation whose rows were computed elsewhere, to be planned where they are not.
    ///
    /// # Errors
    /// They cannot be scanned.
    pub fn computed_elsewhere(rows: &RecordBatch) -> Result<Kept> {
        let relation = Kept::new(rows.schema(), Making::Revised);
        relation.fill(rows)?;
        Ok(relation)
    }

    /// Lets go of the rows and of the query that made them, which is another one now. What reads the relation stays planned.
    pub fn revise(&self) {
        *self.making() = Making::Revised;
        self.forget();
    }

    /// Whether its query is to be planned anew.
    pub fn is_revised(&self) -> bool {
        matches!(*self.making(), Making::Revised)
    }

    /// Makes its rows by another query from now on; whether that has the same columns, without which nothing is changed.
    pub fn replan(&self, query: &LogicalPlan) -> bool {
        let query = Query::new(query.clone());
        let is_alike = query.schema() == self.schema;
        if is_alike {
            *self.making() = Making::By(Arc::new(query));
        }
        is_alike
    }

    fn making(&self) -> MutexGuard<'_, Making> {
        self.making.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The plan that makes its rows, which `optimize` makes of its query the first time; none where it is stated.
    ///
    /// # Errors
    /// Those of `optimize`.
    pub fn plan(
        &self,
        optimize: impl FnOnce(&LogicalPlan) -> EngineResult<LogicalPlan>,
    ) -> EngineResult<Option<Arc<LogicalPlan>>> {
        let making = self.making().clone();
        let Making::By(query) = making else { return Ok(None) };
        if let Some(plan) = query.optimized.get() {
            return Ok(Some(Arc::clone(plan)));
        }
        let plan = Arc::new(optimize(&query.planned)?);
        Ok(Some(Arc::clone(query.optimized.get_or_init(|| plan))))
    }

    pub fn is_there(&self) -> bool {
        matches!(*self.rows.borrow(), Rows::There(_))
    }

    /// Whether its rows are there, and none.
    pub fn is_empty(&self) -> bool {
        matches!(&*self.rows.borrow(), Rows::There(there) if there.rows.num_rows() == 0)
    }

    /// Lets scans wait for rows, until the promise is kept or dropped. A promise before it counts no more: who made it may
    /// have been told to stop and not have noticed yet.
    pub fn promise(self: &Arc<Self>) -> Promise {
        let number = self.promises.fetch_add(1, Ordering::Relaxed);
        self.rows.send_replace(Rows::Awaited(number));
        Promise { of: Arc::clone(self), number }
    }

    /// Whether these rows are of its columns.
    pub fn has_columns_of(&self, rows: &RecordBatch) -> bool {
        self.schema.fields() == rows.schema().fields()
    }

    /// Lets go of the rows.
    pub fn forget(&self) {
        self.rows.send_replace(Rows::None);
    }

    /// Sets the rows.
    ///
    /// # Errors
    /// They are not of the relation's schema.
    pub fn fill(&self, rows: &RecordBatch) -> Result<()> {
        self.rows.send_replace(self.filled(rows)?);
        Ok(())
    }

    /// The rows, which are waited for while they are awaited.
    ///
    /// # Errors
    /// There are none and none will come.
    pub async fn rows(&self) -> EngineResult<RecordBatch> {
        Ok(self.there().await?.rows.clone())
    }

    async fn there(&self) -> EngineResult<Arc<There>> {
        let mut rows = self.rows.subscribe();
        let known = rows.wait_for(|rows| !matches!(rows, Rows::Awaited(_))).await.map(|rows| rows.clone());
        match known {
            Ok(Rows::There(there)) => Ok(there),
            _ => Err(DataFusionError::from(Error::Engine("a relation it reads was not computed".into()))),
        }
    }

    fn filled(&self, rows: &RecordBatch) -> Result<Rows> {
        let rows = rows.clone().with_schema(Arc::clone(&self.schema))?;
        let table = MemTable::try_new(Arc::clone(&self.schema), parts(&rows))?;
        Ok(Rows::There(Arc::new(There { rows, table })))
    }
}

/// That a relation's rows will come. Dropped without them, it fails the scans that wait.
pub struct Promise {
    of: Arc<Kept>,
    number: u64,
}

impl Promise {
    pub fn relation(&self) -> &Kept {
        &self.of
    }

    /// Sets the rows, unless they are no longer awaited: forgotten, or promised anew.
    ///
    /// # Errors
    /// They are not of the relation's schema.
    pub fn keep(&self, rows: &RecordBatch) -> Result<()> {
        let filled = self.of.filled(rows)?;
        self.settle(filled);
        Ok(())
    }

    fn settle(&self, settled: Rows) {
        self.of.rows.send_if_modified(|rows| {
            let is_awaited = matches!(rows, Rows::Awaited(number) if *number == self.number);
            if is_awaited {
                *rows = settled;
            }
            is_awaited
        });
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.settle(Rows::None);
    }
}

/// A part of many rows is worth a task of its own; more tasks than these find no core.
const ROWS_A_PART: usize = 8192;
const MOST_PARTS: usize = 4;

/// The rows in parts that their readers go through side by side: whatever joins or filters a relation does so part by
/// part, and what needs all rows at once gathers them.
fn parts(rows: &RecordBatch) -> Vec<Vec<RecordBatch>> {
    let parts = (rows.num_rows() / ROWS_A_PART).clamp(1, MOST_PARTS);
    let each = rows.num_rows().div_ceil(parts);
    (0..parts)
        .map(|part| {
            let start = part * each;
            vec![rows.slice(start, each.min(rows.num_rows() - start))]
        })
        .collect()
}

#[async_trait]
impl TableProvider for Kept {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
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
        self.there().await?.table.scan(state, projection, filters, limit).await
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{ArrayRef, Int64Array};
    use datafusion::arrow::compute::concat_batches;
    use datafusion::logical_expr::LogicalPlanBuilder;

    use super::*;

    fn rows(numbers: impl IntoIterator<Item = i64>) -> RecordBatch {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(numbers));
        RecordBatch::try_from_iter([("number", numbers)]).unwrap()
    }

    #[test]
    fn an_overtaken_promise_does_nothing() {
        let relation = Arc::new(Kept::stated(&rows([1])).unwrap());
        let overtaken = relation.promise();
        relation.forget();
        overtaken.keep(&rows([2])).unwrap();
        assert!(!relation.is_there(), "rows of another question were kept");
        let promise = relation.promise();
        overtaken.keep(&rows([2])).unwrap();
        drop(overtaken);
        assert!(matches!(*relation.rows.borrow(), Rows::Awaited(_)), "the newer promise was broken by the older one");
        promise.keep(&rows([3])).unwrap();
        drop(promise);
        assert!(relation.is_there());
    }

    #[test]
    fn a_promise_dropped_lets_nobody_wait() {
        let relation = Arc::new(Kept::stated(&rows([1])).unwrap());
        drop(relation.promise());
        assert!(matches!(*relation.rows.borrow(), Rows::None));
    }

    #[test]
    fn another_query_of_the_same_columns_takes_the_place_of_one() {
        let plan = |name: &str, number: i64| {
            let value = datafusion::prelude::lit(number).alias(name);
            LogicalPlanBuilder::empty(true).project([value]).unwrap().build().unwrap()
        };
        let relation = Arc::new(Kept::of(plan("number", 1)));
        relation.promise().keep(&rows([1])).unwrap();
        relation.revise();
        assert!(relation.is_revised() && !relation.is_there());
        assert!(!relation.replan(&plan("digit", 2)) && relation.is_revised());
        assert!(relation.replan(&plan("number", 2)) && !relation.is_revised());
        let made = relation.plan(|plan| Ok(plan.clone())).unwrap().unwrap();
        assert_eq!(*made, plan("number", 2));
    }

    #[test]
    fn parts_have_every_row_once_and_in_order() {
        for count in [0, 1, ROWS_A_PART - 1, 2 * ROWS_A_PART, 3 * ROWS_A_PART + 5, 100 * ROWS_A_PART + 1] {
            let rows = rows(0..count as i64);
            let parts = parts(&rows);
            assert!((1..=MOST_PARTS).contains(&parts.len()));
            assert_eq!(concat_batches(&rows.schema(), parts.iter().flatten()).unwrap(), rows);
        }
    }
}
