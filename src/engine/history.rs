//! How far back relations look: which dates of the snapshot's tables the slates of a question need, and reading no others.
//!
//! A relation that reads a table says at the head of its file which dates it looks at (`History:`); one that says nothing looks
//! at all. What it says may be more than it needs, never less: rows of other dates make no difference to it.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use chrono::{Days, NaiveDate, Weekday};
use datafusion::arrow::datatypes::{Date32Type, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::Transformed;
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::{Expr, LogicalPlan, TableProviderFilterPushDown, TableType, col, lit};
use datafusion::physical_plan::ExecutionPlan;

use super::about;
use super::located::bad_query;
use super::sets::Sets;
use super::slates::Slate;
use crate::dates::DateRange;
use crate::error::Result;
use crate::snapshot::TABLES;
use crate::snapshot::provider::DATE;

/// Which dates a relation looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// The slates' own.
    Slates,
    /// From as many days before the first slate as any version looks for lines (`reach`) up to the last.
    Lines,
    /// From as many days before the first slate as health, directions and affinities are counted up to the last.
    Days,
    /// From opening night, or where statistics start earlier from there, up to the last slate.
    Season,
    /// From the start of production's record of the season up to the last slate.
    Record,
    /// Every one.
    Everything,
}

impl History {
    const STATED: [(&str, History); 5] = [
        ("the slates", History::Slates),
        ("lines", History::Lines),
        ("days", History::Days),
        ("the season", History::Season),
        ("the record", History::Record),
    ];

    /// What the head of the query of `relation` states.
    ///
    /// # Errors
    /// What it states is none of them.
    pub fn stated_in(relation: &str, sql: &str) -> Result<History> {
        about::one_of(&History::STATED, about::history(sql), History::Everything)
            .map_err(|reason| bad_query(relation, format!("History: {reason}")))
    }
}

/// The dates that the slates of a question need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spans {
    slates: DateRange,
    lines: DateRange,
    days: DateRange,
    season: DateRange,
    record: DateRange,
}

impl Spans {
    /// Those of slates that versions of these choices decide.
    pub fn of(slates: &[Slate], sets: &Sets) -> Spans {
        let dates = || slates.iter().map(|slate| slate.game_date);
        let (Some(first), Some(last)) = (dates().min(), dates().max()) else { return Spans::none() };
        let until_last = |from: NaiveDate| DateRange { from: Some(from), to: Some(last) };
        let before = |date: NaiveDate, days: i64| {
            let days = Days::new(u64::try_from(days).unwrap_or_default());
            date.checked_sub_days(days).unwrap_or(NaiveDate::MIN)
        };
        let openings = slates.iter().flat_map(|slate| [slate.season.opening_night(), slate.season.stats_since()]);
        let season = openings.chain(sets.stats_since()).min().unwrap_or(first);
        let week = first.week(Weekday::Mon).first_day();
        let record = slates.iter().map(|slate| slate.record_season_start()).min().unwrap_or(first).min(week);
        Spans {
            slates: until_last(first),
            lines: until_last(before(first, sets.line_days())),
            days: until_last(before(first, sets.days())),
            season: until_last(season.min(first)),
            record: until_last(record),
        }
    }

    /// No date.
    fn none() -> Spans {
        let none = DateRange { from: Some(NaiveDate::MAX), to: Some(NaiveDate::MIN) };
        Spans { slates: none, lines: none, days: none, season: none, record: none }
    }

    pub fn dates(&self, history: History) -> DateRange {
        match history {
            History::Slates => self.slates,
            History::Lines => self.lines,
            History::Days => self.days,
            History::Season => self.season,
            History::Record => self.record,
            History::Everything => DateRange::default(),
        }
    }

    /// From the earliest of them to the last.
    pub fn whole(&self) -> DateRange {
        [self.lines, self.days, self.season, self.record].into_iter().fold(self.slates, DateRange::joined)
    }
}

/// The spans of the question that a session is asked, which change while its plans stay.
pub type Asked = Arc<RwLock<Spans>>;

/// A table as a relation looks at it: its rows of some dates, and maybe others.
struct Within {
    table: Arc<dyn TableProvider>,
    history: History,
    asked: Asked,
}

/// `plan` with the tables that it scans as a relation of this history looks at them.
pub fn within(plan: LogicalPlan, history: History, asked: &Asked) -> EngineResult<LogicalPlan> {
    if history == History::Everything {
        return Ok(plan);
    }
    let within = |node: LogicalPlan| match node {
        LogicalPlan::TableScan(mut scan) if is_dated(scan.table_name.table()) => {
            let table = source_as_provider(&scan.source)?;
            scan.source = provider_as_source(Arc::new(Within { table, history, asked: Arc::clone(asked) }));
            Ok(Transformed::yes(LogicalPlan::TableScan(scan)))
        }
        other => Ok(Transformed::no(other)),
    };
    Ok(plan.transform_down_with_subqueries(within)?.data)
}

fn is_dated(name: &str) -> bool {
    TABLES.iter().any(|table| table.name == name && table.is_dated())
}

impl fmt::Debug for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Within").field("table", &self.table).field("history", &self.history).finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for Within {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn table_type(&self) -> TableType {
        self.table.table_type()
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> EngineResult<Vec<TableProviderFilterPushDown>> {
        self.table.supports_filters_pushdown(filters)
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        let dates = self.asked.read().unwrap_or_else(PoisonError::into_inner).dates(self.history);
        let date = |date: NaiveDate| lit(ScalarValue::Date32(Some(Date32Type::from_naive_date(date))));
        let from = dates.from.map(|from| col(DATE).gt_eq(date(from)));
        let to = dates.to.map(|to| col(DATE).lt_eq(date(to)));
        let filters: Vec<Expr> = filters.iter().cloned().chain(from).chain(to).collect();
        self.table.scan(state, projection, &filters, limit).await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use datafusion::arrow::array::{Array as _, AsArray as _, BooleanArray, RecordBatch};
    use datafusion::arrow::compute::filter_record_batch;
    use datafusion::datasource::memory::MemorySourceConfig;
    use datafusion::physical_plan::collect_partitioned;

    use super::*;
    use crate::engine::rules::Rules;
    use crate::engine::slates::slates_on;
    use crate::engine::{Engine, config, memory};
    use crate::snapshot::provider::dates_left;
    use crate::snapshot::{Origin, Snapshot};
    use crate::version::shipped;
    use crate::{demo, formats, queries};

    /// A table of which a relation has no rows but those of the dates it looks at, without the first `cut` of them.
    #[derive(Debug)]
    struct Exactly {
        table: Arc<dyn TableProvider>,
        cut: u64,
    }

    #[async_trait]
    impl TableProvider for Exactly {
        fn schema(&self) -> SchemaRef {
            self.table.schema()
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
            let left = dates_left(filters);
            let Some(from) = left.from else { return self.table.scan(state, projection, filters, limit).await };
            let left = DateRange { from: from.checked_add_days(Days::new(self.cut)), ..left };
            let plan = self.table.scan(state, None, filters, limit).await?;
            let partitions = collect_partitioned(plan, state.task_ctx()).await?;
            let kept = |batch: &RecordBatch| {
                let dates = batch.column_by_name(DATE).unwrap().as_primitive::<Date32Type>();
                let is_kept = |at: usize| {
                    dates.is_valid(at) && left.contains(Date32Type::to_naive_date_opt(dates.value(at)).unwrap())
                };
                let is_kept: BooleanArray = (0..dates.len()).map(|at| Some(is_kept(at))).collect();
                filter_record_batch(batch, &is_kept).unwrap()
            };
            let partitions: Vec<Vec<RecordBatch>> =
                partitions.iter().map(|batches| batches.iter().map(kept).collect()).collect();
            let plan: Arc<dyn ExecutionPlan> =
                MemorySourceConfig::try_new_exec(&partitions, self.schema(), projection.cloned())?;
            Ok(plan)
        }
    }

    /// The rows of every relation, in an order of their own, of slates in the middle of a season.
    async fn rows(cut: Option<u64>) -> BTreeMap<&'static str, Vec<String>> {
        let tables = demo::generate(7, 1).unwrap();
        let tables: Vec<_> = tables.into_iter().map(|table| (table.table, table.batch)).collect();
        let snapshot = Snapshot::of_rows(Origin::Demo, None, &tables).unwrap();
        let files = |table: &str| snapshot.table(table).cloned();
        let seen = Arc::new(move |table| match cut {
            Some(cut) => Arc::new(Exactly { table: Arc::new(table), cut }) as Arc<dyn TableProvider>,
            None => Arc::new(table),
        });
        let runtime = memory::runtime(None).unwrap();
        let mut engine = Engine::of_tables(files, seen, Rules::Needed, config(None), runtime).unwrap();
        let dates = engine.slate_dates().await.unwrap();
        let first = dates.iter().position(|date| date.to_string().starts_with("2026-01")).unwrap();
        engine.ask(&slates_on(&dates[first..first + 5], None, None).unwrap(), &[shipped("v330").unwrap()]).unwrap();
        let names: Vec<&str> = queries::in_use().names().collect();
        engine.compute(&names).await.unwrap();
        let mut rows = BTreeMap::new();
        for name in names {
            let batch = engine.relations.rows(name).await.unwrap();
            let text = String::from_utf8(formats::ndjson(&[batch]).unwrap()).unwrap();
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            rows.insert(name, lines);
        }
        rows
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn rows_that_a_relation_does_not_look_at_change_nothing() {
        let (all, within) = (rows(None).await, rows(Some(0)).await);
        for (name, rows) in &all {
            assert_eq!(rows, &within[name], "{name}");
        }
        // The first dates that they look at do: of each history some relation has other rows without them.
        let later = rows(Some(10)).await;
        for (_, history) in History::STATED {
            let stated = all.keys().filter(|name| {
                History::stated_in(name, queries::in_use().relation(name).unwrap_or_default()).unwrap() == history
            });
            let differs = |name: &&&'static str| all[**name] != later[**name];
            assert!(stated.clone().count() > 0 && stated.clone().any(|name| differs(&name)), "{history:?}");
        }
    }
}
