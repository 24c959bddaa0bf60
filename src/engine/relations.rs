//! The relations of `queries/`: one SELECT a file, ordered by the tables each names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::Float64Type;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::collect;
use datafusion::prelude::{DataFrame, SessionContext};
use include_dir::{Dir, File, include_dir};

use super::compact::compact;
use super::pending::Pending;
use crate::error::{Error, Result, one_line};
use crate::version::Combo;

static QUERIES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/queries");
const DIALECT: datafusion::config::Dialect = datafusion::config::Dialect::Generic;

/// The folders of relations on top of the pipeline, which are known by their plain names.
const FOLDERS: [&str; 2] = ["monitor", "record"];

/// The names of the relations: the pipeline's, then those on top of it, ascending each.
pub fn names() -> impl Iterator<Item = &'static str> {
    files().filter_map(name_of)
}

/// The SELECT that defines a relation; none for a name that is none.
pub fn definition(name: &str) -> Option<&'static str> {
    file(name)?.contents_utf8()
}

/// Where in `queries/` a relation is defined, without the file's ending.
pub fn path(name: &str) -> String {
    file(name).map_or_else(|| name.to_owned(), |file| file.path().with_extension("").display().to_string())
}

fn files() -> impl Iterator<Item = &'static File<'static>> {
    let on_top = FOLDERS.iter().filter_map(|folder| QUERIES.get_dir(folder));
    std::iter::once(&QUERIES).chain(on_top).flat_map(Dir::files)
}

fn file(name: &str) -> Option<&'static File<'static>> {
    files().find(|file| name_of(file) == Some(name))
}

fn name_of(file: &'static File<'static>) -> Option<&'static str> {
    let path = file.path();
    (path.extension()? == "sql").then(|| path.file_stem()?.to_str())?
}

/// The tables and relations that a query names.
pub fn named_in(context: &SessionContext, sql: &str) -> Result<BTreeSet<String>, DataFusionError> {
    let state = context.state();
    let statement = state.sql_to_statement(sql, &DIALECT)?;
    let references = state.resolve_table_references(&statement)?;
    Ok(references.iter().map(|reference| reference.table().to_owned()).collect())
}

/// Computes `wanted` and every relation they are made of. A relation that is wanted, or that more than one other reads,
/// is computed once and kept; one with a single reader becomes part of its reader's plan.
///
/// Kept relations are computed side by side: each is planned at once, and its scans wait for the rows they read.
///
/// # Errors
/// A query that does not plan or run; nothing of this call is then left in the session.
pub async fn compute(context: &SessionContext, wanted: &[&str]) -> Result<()> {
    let graph = Graph::of(context, wanted)?;
    let mut added = Vec::new();
    let done = compute_each(context, wanted, &graph, &mut added).await;
    if done.is_err() {
        for name in added {
            context.deregister_table(name)?;
        }
    }
    done
}

async fn compute_each(
    context: &SessionContext,
    wanted: &[&str],
    graph: &Graph,
    added: &mut Vec<&'static str>,
) -> Result<()> {
    let mut tasks = Vec::new();
    for name in graph.order.iter().copied() {
        if context.table_exist(name)? {
            continue;
        }
        let frame = plan(context, name).await?;
        added.push(name);
        if wanted.contains(&name) || graph.readers[name] > 1 {
            let (relation, rows) = Pending::new(frame.schema().as_arrow());
            context.register_table(name, Arc::new(relation))?;
            let context = context.clone();
            tasks.push(SpawnedTask::spawn(async move { rows.fill(computed(&context, name, frame).await?) }));
        } else {
            context.register_table(name, frame.into_view())?;
        }
    }
    // In order, so that the error of a relation is told rather than that its readers waited in vain.
    for task in tasks {
        task.join().await.map_err(|error| Error::Engine(error.to_string()))??;
    }
    Ok(())
}

/// Registers `name`, a relation not computed yet, as what `sql` selects.
pub async fn redefine(context: &SessionContext, name: &str, sql: &str) -> Result<()> {
    let known = names().any(|other| other == name);
    if !known || context.table_exist(name)? {
        let reason = if known { "is computed already" } else { "is no relation of the pipeline" };
        return Err(bad_query(name, reason.to_owned()));
    }
    let reads = named_in(context, sql).map_err(|error| in_query(name, error))?;
    if reads.contains(name) {
        return Err(bad_query(name, "reads itself".to_owned()));
    }
    compute(context, &reads.iter().map(String::as_str).collect::<Vec<_>>()).await?;
    let frame = checked(context, name, sql).await?;
    context.register_table(name, frame.into_view())?;
    Ok(())
}

/// The relations needed, each after those it reads, and how many read each.
#[derive(Default)]
struct Graph {
    order: Vec<&'static str>,
    readers: BTreeMap<&'static str, usize>,
}

impl Graph {
    fn of(context: &SessionContext, wanted: &[&str]) -> Result<Graph> {
        let mut graph = Graph::default();
        for name in wanted {
            graph.add(context, name, &mut Vec::new())?;
        }
        Ok(graph)
    }

    fn add(&mut self, context: &SessionContext, wanted: &str, path: &mut Vec<&'static str>) -> Result<()> {
        let Some(name) = names().find(|name| *name == wanted) else {
            return Ok(());
        };
        if path.contains(&name) {
            return Err(bad_query(name, format!("reads itself: {}", path.join(" -> "))));
        }
        if self.readers.contains_key(name) {
            return Ok(());
        }
        self.readers.insert(name, 0);
        path.push(name);
        let sql = definition(name).unwrap_or_default();
        for read in named_in(context, sql).map_err(|error| bad_query(name, error.to_string()))? {
            self.add(context, &read, path)?;
            if let Some(readers) = self.readers.get_mut(read.as_str()) {
                *readers += 1;
            }
        }
        path.pop();
        self.order.push(name);
        Ok(())
    }
}

async fn plan(context: &SessionContext, name: &str) -> Result<DataFrame> {
    checked(context, name, definition(name).unwrap_or_default()).await
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
