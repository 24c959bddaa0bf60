//! A relation whose rows are still being computed.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use tokio::sync::watch;

use crate::error::{Error, Result};

/// A relation by its schema: it can be planned with at once, and a scan waits for its rows.
#[derive(Debug)]
pub struct Pending {
    schema: SchemaRef,
    rows: watch::Receiver<Option<Arc<MemTable>>>,
}

/// Where the rows of a [`Pending`] relation come from. Dropped without rows, it fails the scans that wait.
pub struct Rows {
    schema: SchemaRef,
    rows: watch::Sender<Option<Arc<MemTable>>>,
}

impl Pending {
    /// A relation with these columns, each of which may hold NULLs: what the planner knows of that can change while it
    /// optimizes.
    pub fn new(columns: &Schema) -> (Pending, Rows) {
        let nullable = |field: &Arc<Field>| field.as_ref().clone().with_nullable(true);
        let schema = Arc::new(Schema::new(columns.fields().iter().map(nullable).collect::<Vec<_>>()));
        let (sender, receiver) = watch::channel(None);
        (Pending { schema: Arc::clone(&schema), rows: receiver }, Rows { schema, rows: sender })
    }
}

impl Rows {
    /// Hands over the rows.
    ///
    /// # Errors
    /// They are not of the relation's schema.
    pub fn fill(self, rows: RecordBatch) -> Result<()> {
        let rows = rows.with_schema(Arc::clone(&self.schema))?;
        let table = MemTable::try_new(self.schema, parts(&rows))?;
        self.rows.send_replace(Some(Arc::new(table)));
        Ok(())
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
impl TableProvider for Pending {
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
        let mut rows = self.rows.clone();
        let table = match rows.wait_for(Option::is_some).await {
            Ok(table) => table.clone(),
            Err(_) => None,
        };
        let failed = || DataFusionError::from(Error::Engine("a relation it reads failed".to_owned()));
        table.ok_or_else(failed)?.scan(state, projection, filters, limit).await
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
