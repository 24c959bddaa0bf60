//! A relation whose rows are kept: there, still being computed, or to be computed again.

use std::sync::{Arc, OnceLock};

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
    /// How its rows are made; none of a relation that is stated.
    query: Option<Query>,
}

/// What is known of a relation's rows.
#[derive(Debug, Clone)]
enum Rows {
    None,
    Awaited,
    There(Arc<MemTable>),
}

/// A query and, once it was needed, its optimized plan.
#[derive(Debug)]
struct Query {
    planned: LogicalPlan,
    optimized: OnceLock<LogicalPlan>,
}

impl Kept {
    /// A relation of these rows.
    ///
    /// # Errors
    /// They cannot be scanned.
    pub fn stated(rows: &RecordBatch) -> Result<Kept> {
        let relation = Kept { schema: rows.schema(), rows: watch::Sender::new(Rows::None), query: None };
        relation.fill(rows)?;
        Ok(relation)
    }

    /// A relation to be computed, of columns each of which may hold NULLs: what the planner knows of that can change while
    /// it optimizes.
    pub fn of(query: LogicalPlan) -> Kept {
        let nullable = |field: &Arc<Field>| field.as_ref().clone().with_nullable(true);
        let columns = query.schema().as_arrow().fields().iter().map(nullable).collect::<Vec<_>>();
        let query = Query { planned: query, optimized: OnceLock::new() };
        Kept { schema: Arc::new(Schema::new(columns)), rows: watch::Sender::new(Rows::None), query: Some(query) }
    }

    /// The plan that makes its rows, which `optimize` makes of its query the first time; none where it is stated.
    ///
    /// # Errors
    /// Those of `optimize`.
    pub fn plan(
        &self,
        optimize: impl FnOnce(&LogicalPlan) -> EngineResult<LogicalPlan>,
    ) -> EngineResult<Option<&LogicalPlan>> {
        let Some(Query { planned, optimized }) = &self.query else { return Ok(None) };
        Ok(Some(match optimized.get() {
            Some(plan) => plan,
            None => {
                let plan = optimize(planned)?;
                optimized.get_or_init(|| plan)
            }
        }))
    }

    pub fn is_there(&self) -> bool {
        matches!(*self.rows.borrow(), Rows::There(_))
    }

    /// Lets scans wait for rows, until the promise is kept or dropped.
    pub fn promise(self: &Arc<Self>) -> Promise {
        self.rows.send_replace(Rows::Awaited);
        Promise(Arc::clone(self))
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
        let rows = rows.clone().with_schema(Arc::clone(&self.schema))?;
        let table = MemTable::try_new(Arc::clone(&self.schema), parts(&rows))?;
        self.rows.send_replace(Rows::There(Arc::new(table)));
        Ok(())
    }
}

/// That a relation's rows will come. Dropped without them, it fails the scans that wait.
pub struct Promise(Arc<Kept>);

impl Promise {
    pub fn relation(&self) -> &Kept {
        &self.0
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.0.rows.send_if_modified(|rows| {
            let is_broken = matches!(rows, Rows::Awaited);
            if is_broken {
                *rows = Rows::None;
            }
            is_broken
        });
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
        let mut rows = self.rows.subscribe();
        let known = rows.wait_for(|rows| !matches!(rows, Rows::Awaited)).await.map(|rows| rows.clone());
        match known {
            Ok(Rows::There(table)) => table.scan(state, projection, filters, limit).await,
            _ => Err(DataFusionError::from(Error::Engine("a relation it reads was not computed".to_owned()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{ArrayRef, Int64Array};
    use datafusion::arrow::compute::concat_batches;

    use super::*;

    #[test]
    fn parts_have_every_row_once_and_in_order() {
        for count in [0, 1, ROWS_A_PART - 1, 2 * ROWS_A_PART, 3 * ROWS_A_PART + 5, 100 * ROWS_A_PART + 1] {
            let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..count as i64));
            let rows = RecordBatch::try_from_iter([("number", numbers)]).unwrap();
            let parts = parts(&rows);
            assert!((1..=MOST_PARTS).contains(&parts.len()));
            assert_eq!(concat_batches(&rows.schema(), parts.iter().flatten()).unwrap(), rows);
        }
    }
}
