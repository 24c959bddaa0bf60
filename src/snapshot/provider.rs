//! A table of a snapshot as the engine scans it.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::NaiveDate;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Date32Type, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Column, ScalarValue};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::contract::Table;
use super::table::{TableFiles, projected_schema};
use crate::error::{Error, Result};

/// A table of a snapshot for the engine: reads the wanted columns when scanned, cast to the contract.
///
/// A table that the snapshot lacks is scanned as empty; that it is missing is said elsewhere
/// (`Snapshot::missing_tables`).
pub struct SnapshotTable {
    table: &'static Table,
    files: Option<TableFiles>,
}

impl SnapshotTable {
    pub fn new(table: &'static Table, files: Option<TableFiles>) -> Self {
        SnapshotTable { table, files }
    }

    /// The wanted columns as batches, one partition a file; an error names the first value that does not fit.
    async fn load(&self, projection: Vec<usize>, dates: RangeInclusive<NaiveDate>) -> Result<Vec<Vec<RecordBatch>>> {
        let Some(files) = &self.files else {
            return Ok(Vec::new());
        };
        let table = self.table;
        let mut tasks = Vec::new();
        for file in files.files() {
            let (file, projection, dates) = (file.clone(), projection.clone(), dates.clone());
            tasks.push(tokio::task::spawn_blocking(move || {
                let mut batches = Vec::new();
                file.read(table, &projection, Some(&dates), |read| {
                    if let Some((column, row, value)) = read.misfits.into_iter().next() {
                        return Err(Error::Misfit {
                            file: file.label(),
                            table: table.name,
                            column: column.name,
                            row,
                            value,
                            expected: column.kind.to_string(),
                        });
                    }
                    batches.push(read.batch);
                    Ok(())
                })?;
                Ok::<_, Error>(batches)
            }));
        }
        let mut partitions = Vec::with_capacity(tasks.len());
        for task in tasks {
            partitions.push(task.await.map_err(|error| Error::Engine(error.to_string()))??);
        }
        Ok(partitions)
    }
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

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> EngineResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        let projection = projection.cloned().unwrap_or_else(|| (0..self.table.columns.len()).collect());
        let schema = projected_schema(self.table, &projection);
        let partitions = self.load(projection, dates_wanted(filters)).await.map_err(DataFusionError::from)?;
        let partitions = if partitions.is_empty() { vec![Vec::new()] } else { partitions };
        let plan: Arc<dyn ExecutionPlan> = MemorySourceConfig::try_new_exec(&partitions, schema, None)?;
        Ok(plan)
    }
}

/// The dates that conjunctive comparisons of `game_date` with a literal leave; row groups outside need no reading.
fn dates_wanted(filters: &[Expr]) -> RangeInclusive<NaiveDate> {
    let mut wanted = NaiveDate::MIN..=NaiveDate::MAX;
    for filter in filters {
        let Expr::BinaryExpr(BinaryExpr { left, op, right }) = filter else {
            continue;
        };
        let (op, date) = match (date_column(left), date_literal(right), date_literal(left), date_column(right)) {
            (true, Some(date), _, _) => (Some(*op), date),
            (_, _, Some(date), true) => (op.swap(), date),
            _ => continue,
        };
        wanted = match op {
            Some(Operator::Eq) => date.max(*wanted.start())..=date.min(*wanted.end()),
            Some(Operator::Lt | Operator::LtEq) => *wanted.start()..=date.min(*wanted.end()),
            Some(Operator::Gt | Operator::GtEq) => date.max(*wanted.start())..=*wanted.end(),
            _ => wanted,
        };
    }
    wanted
}

fn date_column(expr: &Expr) -> bool {
    matches!(expr, Expr::Column(Column { name, .. }) if name == "game_date")
}

fn date_literal(expr: &Expr) -> Option<NaiveDate> {
    match expr {
        Expr::Literal(ScalarValue::Date32(Some(days)), _) => Date32Type::to_naive_date_opt(*days),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::{col, lit};

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn literal(text: &str) -> Expr {
        lit(ScalarValue::Date32(Some(Date32Type::from_naive_date(day(text)))))
    }

    #[test]
    fn comparisons_with_literals_narrow_the_dates_from_both_sides() {
        let filters = [col("game_date").gt_eq(literal("2026-01-01")), literal("2026-02-01").gt(col("game_date"))];
        assert_eq!(dates_wanted(&filters), day("2026-01-01")..=day("2026-02-01"));
    }

    #[test]
    fn other_filters_narrow_nothing() {
        let filters = [col("game_date").not_eq(literal("2026-01-01")), col("team_abbr").eq(lit("BKN"))];
        assert_eq!(dates_wanted(&filters), NaiveDate::MIN..=NaiveDate::MAX);
    }
}
