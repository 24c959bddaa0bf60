//! The engine: a DataFusion session over a snapshot's tables, the inputs of a run and the relations of `queries/`.

mod about;
mod advice;
mod bounds;
mod compact;
mod definitions;
mod generated;
mod history;
mod inputs;
mod kept;
mod lineage;
mod located;
mod memory;
mod overflow;
mod past;
mod planner;
pub mod profile;
mod relations;
mod rows;
mod rules;
mod seasons;
mod sets;
pub mod slates;
pub mod store;
mod udf;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Date32Type, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};

use chrono::NaiveDate;

use generated::Generated;
use history::Spans;
use overflow::CheckedIntegers;
use relations::Relations;
use rules::Rules;
use seasons::Question;
use sets::Sets;
use tokio::sync::Mutex;

pub use generated::Amiss;

pub use about::{About, all as about, stated_names};
pub use lineage::{Lineage, Made};
pub use slates::{AsOf, Slate};

use crate::dates::DateRange;
use crate::error::{Error, QueryError, Result};
use crate::queries;
use crate::snapshot::breach::Ledgers;
use crate::snapshot::provider::Read;
use crate::snapshot::{Snapshot, SnapshotTable, TABLES, TableFiles, contract, numbered};
use crate::version::{Combo, SHIPPED, Version, shipped};

/// The tables whose dates are the slates'.
pub(crate) const SLATE_TABLES: [&str; 2] = ["player_prop_predictions", "player_game_summary"];

/// The columns of a relation of the pipeline, which are the same for every snapshot and slate. A column with a field for each
/// signal or filter has those of all shipped versions here; otherwise it has those that the versions of the question list.
///
/// # Errors
/// No such relation.
pub async fn columns_of(relation: &str) -> Result<SchemaRef> {
    columns_by(relation, &shipped_versions()?).await
}

/// The columns of a relation as a question by these versions has them.
///
/// # Errors
/// No such relation.
pub async fn columns_by(relation: &str, versions: &[Version]) -> Result<SchemaRef> {
    let engine = Engine::without_data(versions)?;
    engine.compute(&[relation]).await?;
    Ok(Arc::clone(engine.table(relation).await?.schema().inner()))
}

/// The SELECT of a relation as the definitions of versions make it that are asked together; none for what is no relation of a file.
pub fn sql_by(relation: &str, versions: &[Version]) -> Option<String> {
    let generated =
        Generated::of(&versions.iter().collect::<Vec<_>>()).ok().and_then(|generated| generated.sql(relation));
    generated.or_else(|| queries::in_use().relation(relation).map(str::to_owned))
}

/// The columns of every relation of the pipeline that a file states, as [`columns_of`] has them.
///
/// # Errors
/// A query that does not plan.
pub async fn columns_of_all() -> Result<BTreeMap<&'static str, SchemaRef>> {
    let engine = Engine::without_data(&shipped_versions()?)?;
    engine.compute(&queries::in_use().names().collect::<Vec<_>>()).await?;
    let mut columns = BTreeMap::new();
    for name in queries::in_use().names() {
        columns.insert(name, Arc::clone(engine.table(name).await?.schema().inner()));
    }
    Ok(columns)
}

fn shipped_versions() -> Result<Vec<Version>> {
    SHIPPED.iter().map(|id| shipped(id)).collect()
}

/// The relations that read `relation`, themselves or through others.
///
/// # Errors
/// A query that cannot be parsed.
pub fn readers_of(relation: &str) -> Result<BTreeSet<&'static str>> {
    let definitions = definitions::Definitions::of_files();
    definitions.dependents(&SessionContext::new(), definitions.names(), &[relation])
}

/// Rows a batch. Large, and joins are not split among partitions: a join that gathers its left side keeps the buffers of
/// the strings of every batch, and with them those that each batch had gathered before, so over a chain of joins many
/// small batches grow out of all bounds.
const BATCH_ROWS: usize = 65_536;

/// A session over one snapshot: what is asked of it, and what is computed so far.
///
/// Its life is a round of three. It is *asked* about slates by versions, which states the relations that all others are made
/// of. What is wanted is *computed*: each relation once, with those that it reads, and kept. Then it is *read*, by any query.
/// Asked anew, it forgets what depends on what changed, and nothing else.
///
/// ```
/// use reslate::{Engine, Result, Snapshot, shipped, slates_on};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let mut engine = Engine::open(&Snapshot::demo()?, None)?;
/// let dates = engine.slate_dates().await?;
/// let slates = slates_on(&dates[dates.len() - 1..], None, None)?;
///
/// engine.ask(&slates, &[shipped("v307")?])?;
/// engine.compute(&["decisions"]).await?;
/// let candidates = engine.query("SELECT player_lookup, edge, first_filter FROM decisions").await?;
/// assert!(candidates.iter().any(|batch| batch.num_rows() > 0));
///
/// // Bids are made before any version decides, so that another version finds them there.
/// engine.ask(&slates, &[shipped("v314")?])?;
/// assert!(engine.is_computed("slates")? && !engine.is_computed("decisions")?);
/// engine.compute(&["decisions"]).await?;
/// # Ok(())
/// # }
/// ```
///
/// [`Replay`](crate::replay::Replay) does this for slates that a snapshot has, and refuses data that cannot be decided by.
pub struct Engine {
    context: SessionContext,
    relations: Relations,
    sets: Sets,
    /// What the versions asked make of the pipeline's SQL.
    generated: Option<Generated>,
    /// Versions that are going to be asked later.
    expected: Vec<Version>,
    /// The input relations as they are stated.
    stated: BTreeMap<&'static str, RecordBatch>,
    /// What is kept of the tables that were read, with their files.
    kept: BTreeMap<&'static str, (TableFiles, Arc<Read>)>,
    /// The snapshot's feature store.
    store: Option<TableFiles>,
    /// The snapshot's record of how models performed.
    performance: Option<TableFiles>,
    seen: View,
    rules: Rules,
    ledgers: Ledgers,
    question: Question,
    /// What answers questions about several seasons, once there was one.
    worker: Mutex<Option<Box<Engine>>>,
    /// The relations that were defined anew, each with its SELECT.
    redefined: Vec<(String, String)>,
}

/// How the tables of a snapshot are seen.
pub(crate) type View = Arc<dyn Fn(SnapshotTable) -> Arc<dyn TableProvider> + Send + Sync>;

/// How queries run, in so many partitions each.
fn config(partitions: Option<NonZeroUsize>) -> SessionConfig {
    SessionConfig::new()
        .with_information_schema(true)
        .with_target_partitions(partitions.map_or(1, NonZeroUsize::get))
        .with_repartition_joins(false)
        .with_round_robin_repartition(false)
        .with_batch_size(BATCH_ROWS)
}

impl Engine {
    /// A session over `snapshot` whose queries run in `partitions` each. One is the default: a slate's rows are few, and
    /// relations run side by side. Results do not depend on it.
    pub fn open(snapshot: &Snapshot, partitions: Option<NonZeroUsize>) -> Result<Engine> {
        Engine::within(snapshot, partitions, None)
    }

    /// The same, whose queries take at most so many bytes of memory, as far as the engine counts it: what they sort, gather
    /// and join, and the rows of answers.
    pub fn within(snapshot: &Snapshot, partitions: Option<NonZeroUsize>, memory: Option<u64>) -> Result<Engine> {
        Engine::over(|table| snapshot.table(table).cloned(), partitions, memory)
    }

    /// A session without a table's rows and without slates, asked by `versions`: queries are only planned in it.
    fn without_data(versions: &[Version]) -> Result<Engine> {
        let mut engine = Engine::over(|_| None, None, None)?;
        engine.ask(&[], versions)?;
        Ok(engine)
    }

    /// A session over other tables, each of which `seen` makes of the snapshot's.
    pub(crate) fn seen_through(snapshot: &Snapshot, seen: View) -> Result<Engine> {
        let (config, runtime) = (config(None), memory::runtime(None)?);
        Engine::of_tables(|table| snapshot.table(table).cloned(), seen, Rules::Needed, config, runtime)
    }

    fn over(
        files: impl Fn(&str) -> Option<TableFiles>,
        partitions: Option<NonZeroUsize>,
        memory: Option<u64>,
    ) -> Result<Engine> {
        let (config, runtime) = (config(partitions), memory::runtime(memory)?);
        Engine::of_tables(files, Arc::new(|table| Arc::new(table)), Rules::Needed, config, runtime)
    }

    fn of_tables(
        files: impl Fn(&str) -> Option<TableFiles>,
        seen: View,
        rules: Rules,
        config: SessionConfig,
        runtime: Arc<RuntimeEnv>,
    ) -> Result<Engine> {
        let state = SessionStateBuilder::new_with_default_features().with_config(config).with_runtime_env(runtime);
        let context = SessionContext::new_with_state(rules.given_to(state).build());
        udf::register(&context);
        let (mut ledgers, mut kept) = (Ledgers::default(), BTreeMap::new());
        for table in TABLES {
            let found = files(table.name);
            let registered = SnapshotTable::new(table, found.clone());
            if let Some(files) = found {
                ledgers.add(table, files.ledger());
                kept.insert(table.name, (files, registered.kept()));
            }
            context.register_table(table.name, seen(registered))?;
        }
        Ok(Engine {
            context,
            relations: Relations::of_files(),
            sets: Sets::default(),
            generated: None,
            expected: Vec::new(),
            stated: BTreeMap::new(),
            question: Question::default(),
            worker: Mutex::default(),
            redefined: Vec::new(),
            rules,
            kept,
            store: files(numbered::TABLE),
            performance: files(store::PERFORMANCE.0),
            seen,
            ledgers,
        })
    }

    /// What in the rows that were read so far breaks the contract.
    pub fn ledgers(&self) -> &Ledgers {
        &self.ledgers
    }

    /// The dates on which games were predicted or played, ascending.
    pub async fn slate_dates(&self) -> Result<Vec<NaiveDate>> {
        self.slate_dates_of(DateRange::default()).await
    }

    /// Those of a range; of the tables the files without such a date are not read.
    pub async fn slate_dates_of(&self, range: DateRange) -> Result<Vec<NaiveDate>> {
        let from = range.from.map(|date| format!(" AND game_date >= DATE '{date}'")).unwrap_or_default();
        let to = range.to.map(|date| format!(" AND game_date <= DATE '{date}'")).unwrap_or_default();
        let of = |table: &str| format!("SELECT game_date FROM {table} WHERE game_date IS NOT NULL{from}{to}");
        let [predictions, games] = SLATE_TABLES.map(of);
        let dates = format!("SELECT DISTINCT game_date FROM ({predictions} UNION ALL {games}) ORDER BY game_date");
        let batches = self.context.sql(&dates).await?.collect().await?;
        let days = batches.iter().flat_map(|batch| batch.column(0).as_primitive::<Date32Type>().values().to_vec());
        Ok(days.filter_map(Date32Type::to_naive_date_opt).collect())
    }

    /// The snapshot's own combo registry in its order, which replaces every version's; none where it has none.
    pub async fn combo_registry(&self, snapshot: &Snapshot) -> Result<Option<Vec<Combo>>> {
        if snapshot.table("signal_combo_registry").is_none() {
            return Ok(None);
        }
        let query = "SELECT combo_id, signals, classification, status, direction_filter, hit_rate, score_weight \
                     FROM signal_combo_registry ORDER BY ordinal NULLS LAST, combo_id";
        relations::combos(&self.context.sql(query).await?.collect().await?).map(Some)
    }

    /// States what is asked for: the slates, and the versions as rows of `params`.
    ///
    /// May be called again: what was computed and does not depend on what changed is kept, the rest forgotten. By other
    /// versions over the same slates all is kept that no version states (predictions, outcomes), and what is made of the
    /// choices that versions share (candidates, features, consensus), unless one of these versions makes a choice of a
    /// kind that is not stated yet; then that kind is stated anew, and what is made of it is computed again.
    ///
    /// # Errors
    /// A version whose parameters are not of their kinds, or that names a column which the snapshot does not have; what was
    /// asked before then stays.
    pub fn ask(&mut self, slates: &[Slate], versions: &[Version]) -> Result<()> {
        let generated = Generated::of(&versions.iter().chain(&self.expected).collect::<Vec<_>>())?;
        for version in versions {
            store::ensure_there(self.store.as_ref(), version, slates.iter().map(|slate| slate.game_date))?;
            if !slates.is_empty() {
                store::ensure_performance(|_| self.performance.clone(), version)?;
            }
        }
        let mut relations = inputs::relations(slates, versions, &generated, &mut self.sets)?;
        let spans = Spans::of(slates, &self.sets);
        let dates = spans.whole();
        self.kept.values().for_each(|(files, kept)| kept.keep_only(files, dates));
        self.relations.look_at(spans);
        if self.generated.as_ref() != Some(&generated) {
            self.widen_store(generated.store_columns())?;
            let sql = |name: &'static str| Some((name, generated.sql(name)?));
            self.relations.define(&self.context, generated::RELATIONS.into_iter().filter_map(sql).collect())?;
            self.generated = Some(generated);
        }
        relations.retain(|(name, rows)| self.stated.get(name) != Some(rows));
        let changed: Vec<_> = relations.iter().map(|(name, rows)| (*name, rows)).collect();
        self.relations.state(&self.context, &changed)?;
        self.stated.extend(relations);
        self.question = Question { slates: slates.to_vec(), versions: versions.to_vec() };
        Ok(())
    }

    /// Lets columns be named that no file of the feature store has.
    fn widen_store<'c>(&mut self, columns: impl Iterator<Item = &'c str>) -> Result<()> {
        let Some(named) = contract::table(numbered::TABLE) else { return Ok(()) };
        let there = self.store.as_ref().map_or(named, TableFiles::table);
        let wider = there.with_numbered(columns);
        if !std::ptr::eq(wider, there) {
            let files = self.store.take().map(|files| files.having(wider)).transpose()?;
            self.context.deregister_table(wider.name)?;
            let registered = SnapshotTable::new(wider, files.clone());
            if let Some(files) = &files {
                self.kept.insert(wider.name, (files.clone(), registered.kept()));
            }
            self.context.register_table(wider.name, (self.seen)(registered))?;
            self.store = files;
        }
        Ok(())
    }

    /// Says which versions are going to be asked later over the same slates. What they list and the choices that they make are
    /// stated from the next question on, so that nothing is planned or computed twice for their sake.
    ///
    /// # Errors
    /// As for [`Engine::ask`].
    pub fn expect(&mut self, versions: &[Version]) -> Result<()> {
        self.expected = versions.to_vec();
        self.sets.expect(versions)
    }

    /// The dates of the snapshot at which the question looks.
    pub(crate) fn looked_at(&self) -> DateRange {
        self.relations.looked_at()
    }

    /// Forgets what was computed of any table, since their rows are others now. Plans are kept, but those of several seasons.
    ///
    /// # Errors
    /// A query that cannot be parsed.
    pub(crate) fn forget(&mut self) -> Result<()> {
        self.worker = Mutex::default();
        let tables: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        self.relations.forget(&self.context, &tables)
    }

    /// Computes the pipeline's `wanted` relations and all they are made of; [`Engine::table`] then reads them.
    ///
    /// # Errors
    /// A query that does not plan or calls a volatile function, or data that breaks the contract.
    pub async fn compute(&self, wanted: &[&str]) -> Result<()> {
        if self.question.seasons().len() > 1 {
            Box::pin(self.compute_by_season(wanted)).await?;
        }
        self.relations.compute(&self.context, wanted).await
    }

    /// Whether a relation was computed since what it depends on was stated.
    ///
    /// # Errors
    /// None for a name that can be one of a relation.
    pub fn is_computed(&self, relation: &str) -> Result<bool> {
        self.relations.is_computed(&self.context, relation)
    }

    /// Defines a relation of the pipeline by another SELECT than its file's, to try a change without rebuilding. To be
    /// called after [`Engine::ask`] and before the relation is computed; what the SELECT reads is computed at once.
    ///
    /// # Errors
    /// No such relation, one that is computed already, or a SELECT that does not plan, reads the relation itself or
    /// calls a volatile function.
    pub async fn redefine(&mut self, relation: &str, sql: &str) -> Result<()> {
        self.relations.redefine(&self.context, relation, sql).await?;
        self.redefined.push((relation.to_owned(), sql.to_owned()));
        self.worker = Mutex::default();
        Ok(())
    }

    /// A relation or table by name.
    pub async fn table(&self, name: &str) -> Result<DataFrame> {
        Ok(self.context.table(name).await?)
    }

    /// Runs a query of the program's own over computed relations, and over what they are made of.
    ///
    /// # Errors
    /// The query does not run.
    pub async fn query(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        if self.question.seasons().len() > 1 {
            // Of what was computed season by season only the relations stayed that were wanted.
            self.compute(&self.relations_in(sql)?).await?;
        }
        Ok(self.context.sql(sql).await?.collect().await?)
    }

    /// Runs a query of `check` over computed relations.
    ///
    /// # Errors
    /// There is no such query, or it does not run.
    pub async fn check(&self, name: &str) -> Result<Vec<RecordBatch>> {
        let (file, sql) = queries::in_use().check(name)?;
        let failed = |error| located::in_file(&self.context, &file, sql, error);
        self.context.sql(sql).await.map_err(failed)?.collect().await.map_err(failed)
    }

    /// What may go amiss with the definitions of the versions' own; `verdicts` has a column of each.
    pub fn amiss(&self) -> Vec<Amiss> {
        self.generated.as_ref().map(Generated::amiss).unwrap_or_default()
    }

    /// A query for `columns` of every candidate of every version that was asked and of which `condition` holds; both may name
    /// the columns and thresholds that definitions name, and tags that signals look at. None before a question.
    pub fn over_facts(&self, columns: &str, condition: &str) -> Option<String> {
        let (with, facts) = self.generated.as_ref()?.facts()?;
        Some(format!("{with}\nSELECT {columns}\n{facts}\nWHERE {condition}"))
    }

    /// The pipeline's relations that a user's query names.
    ///
    /// # Errors
    /// The query cannot be parsed.
    pub fn relations_in(&self, sql: &str) -> Result<Vec<&'static str>> {
        Ok(self.named_in(sql)?.1)
    }

    /// All names of tables in a query, and the pipeline's relations among them.
    fn named_in(&self, sql: &str) -> Result<(BTreeSet<String>, Vec<&'static str>)> {
        bounds::ensure_can_be_followed(sql)?;
        let refused = |error| advice::of_query(error, &BTreeSet::new(), &known_names());
        let named = definitions::named_in(&self.context, sql).map_err(refused)?;
        let relations = queries::in_use().names().filter(|name| named.contains(*name)).collect();
        Ok((named, relations))
    }

    /// Runs a user's query: any SELECT over the snapshot's tables and the pipeline's relations, which are computed as far
    /// as it names them. Without rows its columns are there all the same.
    ///
    /// # Errors
    /// The query does not plan, is too deep, or would write or define anything; an integer leaves its range; or it takes
    /// more memory than it may.
    pub async fn user_query(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        let known = known_names();
        let (named, wanted) = self.named_in(sql)?;
        let context = self.checking();
        let refused = |error| match memory::exhausted(&context, &error) {
            Some(reason) => Error::Query(QueryError::OfUser { reason: reason.into() }),
            None => advice::of_query(error, &named, &known),
        };
        let read_only = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
        self.compute(&wanted).await?;
        let frame = context.sql_with_options(sql, read_only).await.map_err(refused)?;
        let schema = Arc::clone(frame.schema().inner());
        let batches = memory::collect(frame).await.map_err(refused)?;
        Ok(if batches.is_empty() { vec![RecordBatch::new_empty(schema)] } else { batches })
    }

    /// The session as a user's query has it: planned by all rules, and an integer that leaves its range is an error.
    fn checking(&self) -> SessionContext {
        let state = SessionStateBuilder::new_from_existing(self.context.state());
        let state = Rules::All.given_to(state);
        SessionContext::new_with_state(state.with_analyzer_rule(Arc::new(CheckedIntegers::new())).build())
    }
}

/// The names that a user's query may read from.
fn known_names() -> Vec<String> {
    TABLES.iter().map(|table| table.name).chain(queries::in_use().names()).map(str::to_owned).collect()
}
