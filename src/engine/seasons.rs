//! A question about slates of several seasons, answered season by season: memory and work are then those of the largest one,
//! however many there are.
//!
//! What is wanted of each season is computed in a session of its own, which lets go of a season before it turns to the next;
//! what is made of all slates together is computed of the rows that came of them. Answers are the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray as _, Int64Array, RecordBatch};
use datafusion::arrow::compute::kernels::numeric::add;
use datafusion::arrow::compute::{concat_batches, max};
use datafusion::arrow::datatypes::Int64Type;

use super::about;
use super::compact::compact;
use super::located::bad_query;
use super::{Engine, Slate};
use crate::error::Result;
use crate::version::Version;

/// The column that numbers candidates, from 1 on, through all slates of a question; and the relation that has every number.
const CANDIDATE: &str = "candidate";
const NUMBERED: &str = "winning_bids";

/// Of which slates the rows of a relation are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slates {
    /// Those of a season of the slates of that season.
    BySeason,
    /// All of them together.
    Together,
    /// The same; but what reads it looks at the rows of its own season alone, or at none that others add.
    TogetherItself,
}

impl Slates {
    const STATED: [(&str, Slates); 2] =
        [("together", Slates::Together), ("together, for itself", Slates::TogetherItself)];

    /// What the head of the query of `relation` states.
    ///
    /// # Errors
    /// What it states is none of them.
    pub fn stated_in(relation: &str, sql: &str) -> Result<Slates> {
        about::one_of(&Slates::STATED, about::slates(sql), Slates::BySeason)
            .map_err(|reason| bad_query(relation, format!("Slates: {reason}")))
    }
}

/// What a session is asked.
#[derive(Debug, Clone, Default)]
pub struct Question {
    pub slates: Vec<Slate>,
    pub versions: Vec<Version>,
}

impl Question {
    /// Its slates season by season, in order of date.
    pub fn seasons(&self) -> Vec<&[Slate]> {
        self.slates.chunk_by(|a, b| a.season == b.season).collect()
    }
}

/// The rows of relations that seasons brought so far.
struct Gathered {
    rows: BTreeMap<&'static str, Vec<RecordBatch>>,
    /// The greatest number of a candidate among them.
    candidates: i64,
}

impl Engine {
    /// Computes those of the `wanted` relations, and of what they are made of, that are made of the slates of a season alone.
    ///
    /// # Errors
    /// As of [`Engine::compute`].
    pub(super) async fn compute_by_season(&self, wanted: &[&str]) -> Result<()> {
        let relations = self.relations.by_season(&self.context, wanted)?;
        if relations.is_empty() {
            return Ok(());
        }
        let mut gathered = Gathered { rows: BTreeMap::new(), candidates: 0 };
        let mut worker = self.worker.lock().await;
        let worker = self.working(&mut worker)?;
        for slates in self.question.seasons() {
            worker.turn_to(slates, &self.question.versions).await?;
            worker.gather(&relations, &mut gathered).await?;
        }
        worker.ask(&[], &self.question.versions)?;
        let whole = gathered.rows.into_iter().map(|(name, rows)| Ok((name, concat_batches(&rows[0].schema(), &rows)?)));
        self.relations.fill(&self.context, whole.collect::<Result<_>>()?)
    }

    /// Computes relations that are made of the slates of a season alone, and hands the rows that a query has of them to `each`,
    /// season by season: no more than one is in memory. Of the relations themselves nothing stays.
    ///
    /// # Errors
    /// As of [`Engine::compute`], a query that does not run, or what `each` fails by.
    pub(crate) async fn each_season(
        &self,
        relations: &[&str],
        query: &str,
        mut each: impl AsyncFnMut(&Engine, Vec<RecordBatch>) -> Result<()>,
    ) -> Result<()> {
        let seasons = self.question.seasons();
        if seasons.len() < 2 {
            self.compute(relations).await?;
            let rows = self.query(query).await?;
            return each(self, rows).await;
        }
        let mut worker = self.worker.lock().await;
        let worker = self.working(&mut worker)?;
        for slates in seasons {
            worker.turn_to(slates, &self.question.versions).await?;
            worker.relations.compute(&worker.context, relations).await?;
            let rows = worker.query(query).await?;
            each(worker, rows).await?;
        }
        worker.ask(&[], &self.question.versions)
    }

    fn working<'w>(&self, worker: &'w mut Option<Box<Engine>>) -> Result<&'w mut Engine> {
        Ok(match worker {
            Some(worker) => worker,
            none => none.insert(Box::new(self.alike()?)),
        })
    }

    /// Asks about the slates of a season.
    async fn turn_to(&mut self, slates: &[Slate], versions: &[Version]) -> Result<()> {
        self.ask(slates, versions)?;
        for (relation, sql) in std::mem::take(&mut self.redefined) {
            self.relations.redefine(&self.context, &relation, &sql).await?;
        }
        Ok(())
    }

    /// A session over the same tables that was asked nothing.
    fn alike(&self) -> Result<Engine> {
        let files = |table: &str| self.kept.get(table).map(|(files, _)| files.clone());
        let (config, runtime) = (self.context.copied_config(), self.context.runtime_env());
        let mut engine = Engine::of_tables(files, Arc::clone(&self.seen), self.rules, config, runtime)?;
        engine.expect(&self.expected)?;
        engine.redefined.clone_from(&self.redefined);
        Ok(engine)
    }

    /// Computes relations and adds their rows to those that are there, candidates numbered after theirs.
    async fn gather(&mut self, relations: &[&'static str], gathered: &mut Gathered) -> Result<()> {
        self.relations.compute(&self.context, &[relations, &[NUMBERED]].concat()).await?;
        for name in relations {
            let rows = numbered_after(self.relations.rows(name).await?, gathered.candidates)?;
            gathered.rows.entry(name).or_default().push(compact(&rows)?);
        }
        let numbers = self.relations.rows(NUMBERED).await?;
        let last = numbers.column_by_name(CANDIDATE).and_then(|numbers| max(numbers.as_primitive::<Int64Type>()));
        gathered.candidates += last.unwrap_or_default();
        Ok(())
    }
}

/// Rows with the numbers of their candidates raised.
fn numbered_after(rows: RecordBatch, before: i64) -> Result<RecordBatch> {
    let Ok(at) = rows.schema().index_of(CANDIDATE) else { return Ok(rows) };
    let mut columns: Vec<ArrayRef> = rows.columns().to_vec();
    columns[at] = add(&columns[at], &Int64Array::new_scalar(before))?;
    Ok(RecordBatch::try_new(rows.schema(), columns)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::engine::rules::Rules;
    use crate::engine::slates::slates_on;
    use crate::engine::{config, memory};
    use crate::snapshot::{Origin, Snapshot};
    use crate::version::shipped;
    use crate::{demo, formats, queries};

    /// The end of one season and the start of the next, and versions that between them read every relation.
    async fn asked(rules: Rules) -> Engine {
        let tables = demo::generate(7, 2).unwrap();
        let rows: Vec<_> = tables.into_iter().map(|table| (table.table, table.batch)).collect();
        let snapshot = Snapshot::of_rows(Origin::Demo, None, &rows).unwrap();
        let files = |table: &str| snapshot.table(table).cloned();
        let seen = Arc::new(|table| Arc::new(table) as Arc<_>);
        let mut engine = Engine::of_tables(files, seen, rules, config(None), memory::runtime(None).unwrap()).unwrap();
        let dates = engine.slate_dates().await.unwrap();
        let second = dates.iter().position(|date| date.to_string().starts_with("2025-10")).unwrap();
        let slates = slates_on(&dates[second - 30..second + 30], None, None).unwrap();
        let mut dated = shipped("v314").unwrap();
        dated.set("health", "same-date").unwrap();
        dated.set("candidates", "champion").unwrap();
        let mut weighing = shipped("v318").unwrap();
        weighing.set("source_weight", "gradings").unwrap();
        engine.ask(&slates, &[dated, shipped("v330").unwrap(), weighing]).unwrap();
        engine
    }

    /// The rows of a relation, each as a line, in an order of their own.
    async fn lines(engine: &Engine, name: &str) -> Vec<String> {
        let rows = engine.relations.rows(name).await.unwrap();
        let text = String::from_utf8(formats::ndjson(&[rows]).unwrap()).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }

    async fn ensure_same(a: &Engine, b: &Engine, names: &[&str]) {
        let (mut with_rows, mut differ) = (BTreeSet::new(), Vec::new());
        for name in names {
            let (a, b) = (lines(a, name).await, lines(b, name).await);
            if a != b {
                differ.push(*name);
            }
            if !a.is_empty() {
                with_rows.insert(*name);
            }
        }
        assert!(differ.is_empty(), "{differ:?}");
        for name in ["decisions", "candidate_affinities", "model_records", "monitor_signal_health"] {
            assert!(with_rows.contains(name), "{name} has no rows");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn relations_are_the_same_season_by_season() {
        let names: Vec<&str> = queries::in_use().names().collect();
        let (by_season, whole) = (asked(Rules::Needed).await, asked(Rules::Needed).await);
        assert_eq!(by_season.question.seasons().len(), 2);
        by_season.compute(&names).await.unwrap();
        whole.relations.compute(&whole.context, &names).await.unwrap();
        ensure_same(&by_season, &whole, &names).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn relations_are_the_same_by_all_rules() {
        let names: Vec<&str> = queries::in_use().names().collect();
        let (needed, all) = (asked(Rules::Needed).await, asked(Rules::All).await);
        for engine in [&needed, &all] {
            engine.compute(&names).await.unwrap();
        }
        ensure_same(&needed, &all, &names).await;
    }
}
