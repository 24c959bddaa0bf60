//! Planning and running the query of a relation.

use std::sync::Arc;
use std::time::Instant;

use datafusion::arrow::compute::concat_batches;
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::datasource::source_as_provider;
use datafusion::error::Result as EngineResult;
use datafusion::execution::TaskContext;
use datafusion::execution::context::SessionState;
use datafusion::logical_expr::{EmptyRelation, LogicalPlan};
use datafusion::optimizer::Optimizer;
use datafusion::optimizer::propagate_empty_relation::PropagateEmptyRelation;
use datafusion::physical_plan::collect;
use datafusion::prelude::SessionContext;

use super::compact::compact;
use super::history::{self, Asked, History};
use super::kept::{Kept, Promise};
use super::located::{bad_query, in_query};
use super::profile::{self, Step};
use super::seasons::Slates;
use crate::error::Result;

/// A session as one question has it: what all its relations are planned and run by.
pub struct Planner {
    asked: Asked,
    context: SessionContext,
    state: SessionState,
    task: Arc<TaskContext>,
}

impl Planner {
    pub fn of(context: &SessionContext, asked: &Asked) -> Planner {
        let (asked, context) = (Arc::clone(asked), context.clone());
        Planner { state: context.state(), task: context.task_ctx(), asked, context }
    }

    /// `sql` planned as the definition of `name`.
    pub async fn checked(&self, name: &str, sql: &str) -> Result<LogicalPlan> {
        let start = Instant::now();
        let plan =
            self.state.create_logical_plan(sql).await.map_err(|error| in_query(&self.context, name, sql, error))?;
        if calls_volatile(&plan)? {
            return Err(bad_query(name, "calls a volatile function; a replay has no clock and no chance"));
        }
        Slates::stated_in(name, sql)?;
        let plan = history::within(plan, History::stated_in(name, sql)?, &self.asked)?;
        profile::add(name, Step { planning: start.elapsed(), ..Step::default() });
        Ok(plan)
    }

    /// Computes the rows that were promised of a relation, as one batch.
    pub async fn computed(&self, name: &str, sql: &str, promise: &Promise) -> Result<()> {
        let failed = |error| in_query(&self.context, name, sql, error);
        let start = Instant::now();
        let Some(plan) = promise.relation().plan(|query| self.state.optimize(query)).map_err(failed)? else {
            return Ok(());
        };
        let optimizing = start.elapsed();
        let mut reads_nothing = false;
        for relation in read_by(&plan).map_err(failed)? {
            if let Some(relation) = relation.downcast_ref::<Kept>() {
                relation.rows().await.map_err(failed)?;
                reads_nothing |= relation.is_empty();
            }
        }
        let start = Instant::now();
        let plan = if reads_nothing { Arc::new(self.without_empty(&plan).map_err(failed)?) } else { plan };
        let plan = self.state.query_planner().create_physical_plan(&plan, &self.state).await.map_err(failed)?;
        let planning = optimizing + start.elapsed();
        let (start, schema) = (Instant::now(), plan.schema());
        let batches = collect(plan, Arc::clone(&self.task)).await.map_err(failed)?;
        let rows = compact(&concat_batches(&schema, &batches)?)?;
        let made = Some((rows.num_rows(), rows.get_array_memory_size()));
        profile::add(name, Step { planning, running: start.elapsed(), made });
        promise.keep(&rows)
    }

    /// A plan without what would be made of relations that have no rows: it need neither be planned further nor read its tables.
    fn without_empty(&self, plan: &LogicalPlan) -> EngineResult<LogicalPlan> {
        let emptied = plan.clone().transform_down_with_subqueries(|node| {
            if let LogicalPlan::TableScan(scan) = &node
                && source_as_provider(&scan.source)?.downcast_ref::<Kept>().is_some_and(Kept::is_empty)
            {
                let schema = Arc::clone(&scan.projected_schema);
                let empty = EmptyRelation { produce_one_row: false, schema };
                return Ok(Transformed::yes(LogicalPlan::EmptyRelation(empty)));
            }
            Ok(Transformed::no(node))
        })?;
        let propagating = Optimizer::with_rules(vec![Arc::new(PropagateEmptyRelation::new())]);
        propagating.optimize(emptied.data, &self.state, |_, _| ())
    }
}

/// The tables and kept relations that a plan scans.
fn read_by(plan: &LogicalPlan) -> EngineResult<Vec<Arc<dyn TableProvider>>> {
    let mut read = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            read.push(source_as_provider(&scan.source)?);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(read)
}

/// Whether a plan calls now(), random() or the like.
fn calls_volatile(plan: &LogicalPlan) -> Result<bool> {
    let mut volatile = false;
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expression| {
            volatile |= expression.is_volatile();
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(volatile)
}
