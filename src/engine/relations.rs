//! The relations of `queries/`: one SELECT a file, ordered by the tables each names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::Float64Type;
use datafusion::catalog::TableProvider;
use datafusion::common::runtime::SpawnedTask;
use datafusion::datasource::ViewTable;
use datafusion::prelude::SessionContext;

use super::bounds;
use super::definitions::{Definitions, named_in};
use super::history::{Asked, Spans};
use super::kept::Kept;
use super::located::{bad_query, in_query, unknown_name};
use super::planner::Planner;
use super::seasons::Slates;
use crate::dates::DateRange;
use crate::error::{Error, QueryError, Result};
use crate::queries;
use crate::snapshot::TABLES;
use crate::version::Combo;

/// What only a question's versions state. Other versions may follow over the same slates, so what does not depend on them
/// is kept for those that do.
const OF_VERSIONS: &[&str] = &["params", "slate_versions"];

/// The relations of a session: what they are defined as, and those of which rows are kept.
///
/// A relation is planned and optimized once; asked for anew, it is only computed again.
pub struct Relations {
    /// Which dates the question needs.
    asked: Asked,
    definitions: Definitions,
    kept: Mutex<BTreeMap<&'static str, Arc<Kept>>>,
    /// What was defined anew after it was planned, and may be again: it is kept, so that it is planned without its readers.
    revised: BTreeSet<&'static str>,
}

impl Relations {
    /// Those of the files, none of them computed.
    pub fn of_files() -> Relations {
        Relations {
            asked: Asked::default(),
            definitions: Definitions::of_files(),
            kept: Mutex::default(),
            revised: BTreeSet::new(),
        }
    }

    /// Sets the rows of an input relation and forgets the rows of every relation that reads it, itself or through others.
    ///
    /// # Errors
    /// A query that cannot be parsed.
    pub fn state(&self, context: &SessionContext, stated: &[(&'static str, &RecordBatch)]) -> Result<()> {
        let names: Vec<&str> = stated.iter().map(|(name, _)| *name).collect();
        self.forget(context, &names)?;
        let mut kept = self.kept();
        for (name, rows) in stated {
            match kept.get(name) {
                Some(relation) if relation.has_columns_of(rows) => relation.fill(rows)?,
                there => {
                    if there.is_some() {
                        // Other columns: whatever reads them is planned anew.
                        context.deregister_table(*name)?;
                        for reader in self.definitions.dependents(context, self.definitions.names(), &[*name])? {
                            context.deregister_table(reader)?;
                            kept.remove(reader);
                        }
                    }
                    let relation = Arc::new(Kept::stated(rows)?);
                    context.register_table(*name, Arc::clone(&relation) as Arc<dyn TableProvider>)?;
                    kept.insert(*name, relation);
                }
            }
        }
        Ok(())
    }

    /// Forgets the rows of every relation that reads any of `inputs`, itself or through others.
    ///
    /// # Errors
    /// A query that cannot be parsed.
    pub fn forget(&self, context: &SessionContext, inputs: &[&str]) -> Result<()> {
        let readers = self.definitions.dependents(context, self.definitions.names(), inputs)?;
        for (_, relation) in self.kept().iter().filter(|(name, _)| readers.contains(*name)) {
            relation.forget();
        }
        Ok(())
    }

    /// Defines relations as what `sql` selects from now on, and forgets the plans and rows of what reads them.
    ///
    /// # Errors
    /// A query that cannot be parsed.
    pub fn define(&mut self, context: &SessionContext, relations: Vec<(&'static str, String)>) -> Result<()> {
        for (name, sql) in relations {
            if self.definitions.sql(name) == sql {
                continue;
            }
            if let Some(relation) = self.relation(name) {
                self.revised.insert(name);
                relation.revise();
                let readers = self.definitions.dependents(context, self.definitions.names(), &[name])?;
                let kept = self.kept();
                kept.iter().filter(|(name, _)| readers.contains(*name)).for_each(|(_, relation)| relation.forget());
            } else {
                if context.table_exist(name)? {
                    self.revised.insert(name);
                }
                self.drop_plans(context, name)?;
            }
            self.definitions.redefine(name, &sql);
        }
        Ok(())
    }

    /// Lets go of what a relation and its readers are planned as.
    fn drop_plans(&self, context: &SessionContext, name: &'static str) -> Result<()> {
        let readers = self.definitions.dependents(context, self.definitions.names(), &[name])?;
        for planned in readers.into_iter().chain([name]) {
            context.deregister_table(planned)?;
            self.kept().remove(planned);
        }
        Ok(())
    }

    /// Whether reading a relation computes no other: its rows are kept, or those of all that it is made of.
    ///
    /// # Errors
    /// A query that cannot be parsed.
    pub fn is_computed(&self, context: &SessionContext, name: &str) -> Result<bool> {
        if let Some(relation) = self.relation(name) {
            return Ok(relation.is_there());
        }
        if !context.table_exist(name)? {
            return Ok(false);
        }
        for read in self.definitions.reads(context, name)? {
            if !self.is_computed(context, read)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Computes `wanted` and every relation they are made of. A relation that is wanted, that more than one other reads,
    /// that other versions could read again, or that can be had before what its reader waits for is computed once and
    /// kept; any other becomes part of its reader's plan.
    ///
    /// Kept relations are computed side by side: each is planned at once, and its scans wait for the rows they read. The
    /// future may be dropped on the way; what was not computed by then is to be computed again.
    ///
    /// # Errors
    /// A query that does not plan or run; what was not computed is then as if it had not been asked for.
    pub async fn compute(&self, context: &SessionContext, wanted: &[&str]) -> Result<()> {
        let graph = Graph::up_to(context, &self.definitions, wanted, |name| self.is_there(name))?;
        let planner = Arc::new(Planner::of(context, &self.asked));
        let mut tasks = Vec::new();
        for (name, is_kept) in graph.order {
            let is_kept = is_kept || self.revised.contains(name);
            if self.relation(name).is_some_and(|relation| relation.is_there()) {
                continue;
            }
            let mut planned = None;
            if let Some(relation) = self.relation(name).filter(|relation| relation.is_revised()) {
                let plan = planner.checked(name, self.definitions.sql(name)).await?;
                if !relation.replan(&plan) {
                    // Its readers come after it.
                    self.drop_plans(context, name)?;
                    planned = Some(plan);
                }
            }
            let relation = match self.relation(name) {
                Some(relation) => relation,
                None if !is_kept && context.table_exist(name)? => continue,
                None => {
                    let plan = match planned {
                        Some(plan) => plan,
                        None => planner.checked(name, self.definitions.sql(name)).await?,
                    };
                    context.deregister_table(name)?;
                    if !is_kept {
                        context.register_table(name, Arc::new(ViewTable::new(plan, None)))?;
                        continue;
                    }
                    let relation = Arc::new(Kept::of(plan));
                    context.register_table(name, Arc::clone(&relation) as Arc<dyn TableProvider>)?;
                    self.kept().insert(name, Arc::clone(&relation));
                    relation
                }
            };
            let (planner, promise) = (Arc::clone(&planner), relation.promise());
            let sql = self.definitions.sql(name).to_owned();
            tasks.push(SpawnedTask::spawn(async move { planner.computed(name, &sql, &promise).await }));
        }
        // In order, so that the error of a relation is told rather than that its readers waited in vain.
        for task in tasks {
            task.join().await.map_err(Error::Task)??;
        }
        Ok(())
    }

    /// Defines `name`, a relation that is not computed yet, as what `sql` selects.
    ///
    /// # Errors
    /// No such relation, one that is computed already, or a SELECT that does not plan, reads the relation itself or calls a
    /// volatile function.
    pub async fn redefine(&mut self, context: &SessionContext, name: &str, sql: &str) -> Result<()> {
        let Some(known) = self.definitions.name(name) else {
            return Err(bad_query(name, "is no relation of the pipeline"));
        };
        bounds::ensure_can_be_followed(sql)?;
        let reads = named_in(context, sql).map_err(|error| in_query(context, known, sql, error))?;
        if reads.contains(known) {
            return Err(bad_query(known, "reads itself"));
        }
        if self.is_computed(context, known)? {
            return Err(bad_query(known, "is computed already"));
        }
        let relations: Vec<&str> = reads.iter().filter_map(|read| self.definitions.name(read)).collect();
        self.compute(context, &relations).await?;
        Planner::of(context, &self.asked).checked(known, sql).await?;
        // What reads it is planned with it.
        self.drop_plans(context, known)?;
        self.definitions.redefine(known, sql);
        Ok(())
    }

    /// Has tables be read as far as these dates go.
    pub fn look_at(&self, spans: Spans) {
        *self.asked.write().unwrap_or_else(PoisonError::into_inner) = spans;
    }

    /// From the first date that the question needs to the last.
    pub fn looked_at(&self) -> DateRange {
        self.asked.read().unwrap_or_else(PoisonError::into_inner).whole()
    }

    pub(super) fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    /// Those of `wanted` whose rows of a season are made of the slates of that season alone, and of the others those that they
    /// are made of and that are.
    ///
    /// # Errors
    /// A query that cannot be parsed.
    pub fn by_season(&self, context: &SessionContext, wanted: &[&str]) -> Result<Vec<&'static str>> {
        let graph = Graph::up_to(context, &self.definitions, wanted, |name| self.is_there(name))?;
        let of_slates = self.definitions.dependents(context, graph.names(), &[SLATES])?;
        let (mut together, mut themselves, mut by_season) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for name in graph.names() {
            let slates = Slates::stated_in(name, self.definitions.sql(name))?;
            let reads: Vec<&str> = self.definitions.reads(context, name)?.collect();
            let of_together = reads.iter().any(|read| together.contains(read));
            if slates == Slates::Together || of_together {
                together.insert(name);
            } else if slates == Slates::TogetherItself {
                themselves.insert(name);
            }
        }
        let is_whole = |name: &str| together.contains(name) || themselves.contains(name);
        let (mut met, mut next) = (BTreeSet::new(), wanted.to_vec());
        while let Some(name) = next.pop() {
            let Some(name) = self.definitions.name(name) else { continue };
            if !of_slates.contains(name) || self.is_there(name) || !met.insert(name) {
                continue;
            }
            if is_whole(name) {
                next.extend(self.definitions.reads(context, name)?.filter_map(|read| self.definitions.name(read)));
            } else {
                by_season.insert(name);
            }
        }
        Ok(by_season.into_iter().collect())
    }

    /// The rows of a relation that was computed.
    ///
    /// # Errors
    /// It was not.
    pub async fn rows(&self, name: &str) -> Result<RecordBatch> {
        match self.relation(name) {
            Some(relation) => Ok(relation.rows().await?),
            None => Err(Error::Engine(format!("{name} was not computed").into())),
        }
    }

    /// Sets the rows of relations that were computed elsewhere.
    ///
    /// # Errors
    /// They cannot be scanned.
    pub fn fill(&self, context: &SessionContext, relations: Vec<(&'static str, RecordBatch)>) -> Result<()> {
        let mut others = Vec::new();
        for (name, rows) in relations {
            match self.relation(name).filter(|relation| relation.has_columns_of(&rows)) {
                Some(relation) => relation.fill(&rows)?,
                None => others.push((name, rows)),
            }
        }
        // What reads one of them is planned anew, but not they themselves.
        let names: Vec<&str> = others.iter().map(|(name, _)| *name).collect();
        let filled: BTreeSet<&str> = names.iter().copied().collect();
        for reader in self.definitions.dependents(context, self.definitions.names(), &names)? {
            if filled.contains(reader) || !self.is_there(reader) {
                context.deregister_table(reader)?;
                self.kept().remove(reader);
            }
        }
        for (name, rows) in others {
            let relation = Arc::new(Kept::computed_elsewhere(&rows)?);
            context.deregister_table(name)?;
            context.register_table(name, Arc::clone(&relation) as Arc<dyn TableProvider>)?;
            self.kept().insert(name, relation);
        }
        Ok(())
    }

    fn is_there(&self, name: &str) -> bool {
        self.relation(name).is_some_and(|relation| relation.is_there())
    }

    fn relation(&self, name: &str) -> Option<Arc<Kept>> {
        self.kept().get(name).map(Arc::clone)
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<&'static str, Arc<Kept>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The relations needed, each after those it reads, and whether it is to be kept.
pub(super) struct Graph {
    pub(super) order: Vec<(&'static str, bool)>,
}

impl Graph {
    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.order.iter().map(|(name, _)| *name)
    }

    pub(super) fn of(context: &SessionContext, definitions: &Definitions, wanted: &[&str]) -> Result<Graph> {
        Graph::up_to(context, definitions, wanted, |_| false)
    }

    /// The same without what relations read whose rows are there.
    fn up_to(
        context: &SessionContext,
        definitions: &Definitions,
        wanted: &[&str],
        is_there: impl Fn(&str) -> bool,
    ) -> Result<Graph> {
        let (readers, depths) = (BTreeMap::new(), BTreeMap::new());
        let mut walk = Walk { context, definitions, is_there: &is_there, order: Vec::new(), readers, depths };
        for name in wanted {
            if definitions.name(name).is_none() && !context.table_exist(*name)? {
                let file = queries::in_use().place();
                let reason = format!("has no relation {name}, which this command reads").into();
                return Err(QueryError::BadFile { file, reason }.into());
            }
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

/// The relation of the slates that are asked for.
const SLATES: &str = "slates";

/// Finds the relations that others are made of, who reads each, and how long a chain of others each is the end of.
struct Walk<'a> {
    context: &'a SessionContext,
    definitions: &'a Definitions,
    is_there: &'a dyn Fn(&str) -> bool,
    order: Vec<&'static str>,
    readers: BTreeMap<&'static str, Vec<&'static str>>,
    depths: BTreeMap<&'static str, usize>,
}

impl Walk<'_> {
    fn add(&mut self, wanted: &str, path: &mut Vec<&'static str>) -> Result<()> {
        let Some(name) = self.definitions.name(wanted) else {
            return Ok(());
        };
        if let Some(start) = path.iter().position(|reader| *reader == name) {
            let circle: Vec<&str> = path[start..].iter().copied().chain([name]).collect();
            return Err(bad_query(name, format!("reads itself: {}", circle.join(" -> "))));
        }
        if self.readers.contains_key(name) {
            return Ok(());
        }
        self.readers.insert(name, Vec::new());
        path.push(name);
        let mut depth = 0;
        let reads = self.definitions.reads(self.context, name)?;
        for read in reads.filter(|_| !(self.is_there)(name)) {
            if self.definitions.name(read).is_none() && !self.context.table_exist(read)? {
                let known = TABLES.iter().map(|table| table.name).chain(self.definitions.names());
                return Err(unknown_name(name, self.definitions.sql(name), read, &known.collect::<Vec<_>>()));
            }
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
