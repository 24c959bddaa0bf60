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
        let table = MemTable::try_new(self.schema, vec![vec![rows]])?;
        self.rows.send_replace(Some(Arc::new(table)));
        Ok(())
    }
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
