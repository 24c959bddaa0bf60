//! The relations of `queries/`: one SELECT a file, ordered by the tables each names.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::Float64Type;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{LogicalPlan, TableType};
use datafusion::physical_plan::collect;
use datafusion::prelude::{DataFrame, SessionContext};

use super::compact::compact;
use super::definitions::{Definitions, named_in, path};
use super::pending::Pending;
use crate::error::{Error, Result, one_line};
use crate::version::Combo;

/// What only a question's versions state. Other versions may follow over the same slates, so what does not depend on them
/// is kept for those that do.
const OF_VERSIONS: &[&str] = &["params", "slate_versions"];

/// Computes `wanted` and every relation they are made of. A relation that is wanted, that more than one other reads, that
/// other versions could read again, or that can be had before what its reader waits for is computed once and kept; any
/// other becomes part of its reader's plan.
///
/// Kept relations are computed side by side: each is planned at once, and its scans wait for the rows they read.
///
/// # Errors
/// A query that does not plan or run; nothing of this call is then left in the session.
pub async fn compute(context: &SessionContext, definitions: &Definitions, wanted: &[&str]) -> Result<()> {
    let graph = Graph::of(context, definitions, wanted)?;
    let mut added = Vec::new();
    let done = compute_each(context, definitions, &graph, &mut added).await;
    if done.is_err() {
        for name in added {
            context.deregister_table(name)?;
        }
    }
    done
}

async fn compute_each(
    context: &SessionContext,
    definitions: &Definitions,
    graph: &Graph,
    added: &mut Vec<&'static str>,
) -> Result<()> {
    let mut tasks = Vec::new();
    for (name, is_kept) in &graph.order {
        if context.table_exist(*name)? && (!is_kept || !is_view(context, name).await?) {
            continue;
        }
        let frame = checked(context, name, definitions.sql(name)).await?;
        added.push(*name);
        context.deregister_table(*name)?;
        if *is_kept {
            let (relation, rows) = Pending::new(frame.schema().as_arrow());
            context.register_table(*name, Arc::new(relation))?;
            let (context, name) = (context.clone(), *name);
            tasks.push(SpawnedTask::spawn(async move { rows.fill(computed(&context, name, frame).await?) }));
        } else {
            context.register_table(*name, frame.into_view())?;
        }
    }
    // In order, so that the error of a relation is told rather than that its readers waited in vain.
    for task in tasks {
        task.join().await.map_err(|error| Error::Engine(error.to_string()))??;
    }
    Ok(())
}

/// Whether a relation was only made part of its reader's plan: one with more readers now is to be computed after all.
async fn is_view(context: &SessionContext, name: &str) -> Result<bool> {
    Ok(context.table_provider(name).await?.table_type() == TableType::View)
}

/// Forgets every computed relation that reads any of `inputs`, itself or through others.
///
/// # Errors
/// A query that cannot be parsed.
pub fn forget_readers(context: &SessionContext, definitions: &Definitions, inputs: &[&str]) -> Result<()> {
    let mut computed = Vec::new();
    for name in definitions.names() {
        if context.table_exist(name)? {
            computed.push(name);
        }
    }
    for name in definitions.dependents(context, computed, inputs)? {
        context.deregister_table(name)?;
    }
    Ok(())
}

/// Defines `name`, a relation that is not computed yet, as what `sql` selects.
pub async fn redefine(context: &SessionContext, definitions: &mut Definitions, name: &str, sql: &str) -> Result<()> {
    let Some(name) = definitions.name(name).filter(|name| !context.table_exist(*name).unwrap_or_default()) else {
        let reason =
            if definitions.name(name).is_some() { "is computed already" } else { "is no relation of the pipeline" };
        return Err(bad_query(name, reason.to_owned()));
    };
    let reads = named_in(context, sql).map_err(|error| in_query(name, error))?;
    if reads.contains(name) {
        return Err(bad_query(name, "reads itself".to_owned()));
    }
    compute(context, definitions, &reads.iter().map(String::as_str).collect::<Vec<_>>()).await?;
    checked(context, name, sql).await?;
    definitions.redefine(name, sql);
    Ok(())
}

/// The relations needed, each after those it reads, and whether it is to be kept.
struct Graph {
    order: Vec<(&'static str, bool)>,
}

impl Graph {
    fn of(context: &SessionContext, definitions: &Definitions, wanted: &[&str]) -> Result<Graph> {
        let mut walk =
            Walk { context, definitions, order: Vec::new(), readers: BTreeMap::new(), depths: BTreeMap::new() };
        for name in wanted {
            walk.add(name, &mut Vec::new())?;
        }
        let Walk { order, readers, depths, .. } = walk;
        let of_versions = definitions.dependents(context, order.iter().copied(), OF_VERSIONS)?;
        let is_kept = |name: &'static str| {
            let outlives = |reader| of_versions.contains(reader) && !of_versions.contains(name);
            let waits = |reader: &&str| depths[reader] > depths[name] + 1;
            wanted.contains(&name)
                || readers[name].len() > 1
                || readers[name].iter().any(|reader| outlives(reader) || waits(reader))
        };
        Ok(Graph { order: order.into_iter().map(|name| (name, is_kept(name))).collect() })
    }
}

/// Finds the relations that others are made of, who reads each, and how long a chain of others each is the end of.
struct Walk<'a> {
    context: &'a SessionContext,
    definitions: &'a Definitions,
    order: Vec<&'static str>,
    readers: BTreeMap<&'static str, Vec<&'static str>>,
    depths: BTreeMap<&'static str, usize>,
}

impl Walk<'_> {
    fn add(&mut self, wanted: &str, path: &mut Vec<&'static str>) -> Result<()> {
        let Some(name) = self.definitions.name(wanted) else {
            return Ok(());
        };
        if path.contains(&name) {
            return Err(bad_query(name, format!("reads itself: {}", path.join(" -> "))));
        }
        if self.readers.contains_key(name) {
            return Ok(());
        }
        self.readers.insert(name, Vec::new());
        path.push(name);
        let mut depth = 0;
        for read in self.definitions.reads(self.context, name)? {
            self.add(read, path)?;
            if let Some(readers) = self.readers.get_mut(read) {
                readers.push(name);
                depth = depth.max(self.depths[read] + 1);
            }
        }
        path.pop();
        self.depths.insert(name, depth);
        self.order.push(name);
        Ok(())
    }
}

/// `sql` planned as the definition of `name`.
async fn checked(context: &SessionContext, name: &str, sql: &str) -> Result<DataFrame> {
    let frame = context.sql(sql).await.map_err(|error| in_query(name, error))?;
    if calls_volatile(frame.logical_plan())? {
        return Err(bad_query(name, "calls a volatile function; a replay has no clock and no chance".to_owned()));
    }
    Ok(frame)
}

/// The rows of a relation, as one batch.
async fn computed(context: &SessionContext, name: &str, frame: DataFrame) -> Result<RecordBatch> {
    let plan = frame.create_physical_plan().await.map_err(|error| in_query(name, error))?;
    let schema = plan.schema();
    let batches = collect(plan, context.task_ctx()).await.map_err(|error| in_query(name, error))?;
    compact(&concat_batches(&schema, &batches)?)
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

/// An error of a query; a reslate error that travelled through the engine stays what it is.
fn in_query(name: &str, error: DataFusionError) -> Error {
    match Error::from(error) {
        Error::Engine(reason) => bad_query(name, reason),
        other => other,
    }
}

fn bad_query(name: &str, reason: String) -> Error {
    Error::BadQuery { relation: path(name), reason: one_line(&reason) }
}

/// Rows of signal_combo_registry as combos.
pub fn combos(batches: &[RecordBatch]) -> Result<Vec<Combo>> {
    let mut combos = Vec::new();
    for batch in batches {
        let text = |at: usize, row: usize| {
            let column = batch.column(at).as_string_view();
            column.is_valid(row).then(|| column.value(row).to_owned())
        };
        let double = |at: usize, row: usize| {
            let column = batch.column(at).as_primitive::<Float64Type>();
            column.is_valid(row).then(|| column.value(row))
        };
        let signals = batch.column(1).as_list::<i32>();
        for row in 0..batch.num_rows() {
            let id = text(0, row).unwrap_or_default();
            let listed = signals.is_valid(row).then(|| signals.value(row));
            let of_list = listed.map(|list| list.as_string_view().iter().flatten().map(str::to_owned).collect());
            combos.push(Combo {
                signals: of_list.unwrap_or_else(|| id.split('+').map(str::to_owned).collect()),
                class: text(2, row).unwrap_or_default(),
                status: text(3, row).unwrap_or_default(),
                direction: text(4, row),
                hit_rate: double(5, row),
                score_weight: double(6, row),
                id,
            });
        }
    }
    Ok(combos)
}
