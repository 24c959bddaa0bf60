//! The monitoring tables recomputed from the snapshot: what production's should have said (specification: monitoring,
//! "pick_signal_tags", "signal_health_daily", "model_performance_daily").
//!
//! The tables are the relations of `queries/monitor/`, all dates at once.

pub mod config;
pub mod doctor;
pub mod models;

use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Date32Type, FieldRef, Schema, SchemaRef};

use crate::count::counted_as;
use crate::engine::{Engine, store};
use crate::error::Result;
use crate::replay::{self, Dates, Replay};
use crate::snapshot::calendar::Season;
use crate::snapshot::{Snapshot, rows};
use crate::version::Version;

/// A table that production's monitoring writes, a row set a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// pick_signal_tags: every candidate of the champion with its signals.
    Tags,
    /// signal_health_daily: how the candidates with each signal did up to a date, its games included; on every date with a
    /// tagged candidate, graded or not.
    SignalHealth,
    /// model_performance_daily: how each model did up to a date, its games included.
    ModelPerformance,
}

/// Whether what production counted wrongly is counted so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fidelity {
    /// Regraded duplicates count twice for a signal, pushes, voids and ungraded rows are losses of a model.
    AsShipped,
    /// The latest grading counts, and what was not decided is left out.
    AsIntended,
}

/// What is asked of a monitoring table.
#[derive(Debug, Clone)]
pub struct MonitorRequest {
    pub table: Table,
    pub dates: Dates,
    pub fidelity: Fidelity,
    /// Whose signals and combos are tagged, on the champion's candidates; model performance does not depend on it.
    pub version: Version,
    /// Only the dates of which the snapshot's own table has no row: the backfill.
    pub is_backfill: bool,
}

/// Rows of a monitoring table.
#[derive(Debug)]
pub struct Monitored {
    /// As the source has them, with the columns of [`Table::schema`]. In order of date, then of the rest of the grain.
    pub rows: RecordBatch,
    /// What a reader of the rows should know, a sentence each.
    pub notes: Vec<String>,
}

impl Table {
    pub const ALL: [Table; 3] = [Table::Tags, Table::SignalHealth, Table::ModelPerformance];

    /// The source's table of which the rows are.
    pub fn source(self) -> &'static str {
        match self {
            Table::Tags => "pick_signal_tags",
            Table::SignalHealth => "signal_health_daily",
            Table::ModelPerformance => "model_performance_daily",
        }
    }

    fn relation(self) -> &'static str {
        match self {
            Table::Tags => "monitor_tags",
            Table::SignalHealth => "monitor_signal_health",
            Table::ModelPerformance => "monitor_model_performance",
        }
    }

    fn order(self) -> &'static str {
        match self {
            Table::Tags => "game_date, player_lookup, game_id",
            Table::SignalHealth => "game_date, signal_tag",
            Table::ModelPerformance => "game_date, model_id",
        }
    }

    /// The columns of its rows: those of the source's table that are computed.
    ///
    /// # Errors
    /// None: every table is one of the contract.
    pub fn schema(self) -> Result<SchemaRef> {
        let source = rows::schema(self.source())?;
        Ok(Arc::new(source.project(&self.computed(&source))?))
    }

    fn computed(self, source: &Schema) -> Vec<usize> {
        let is_computed = |column: &FieldRef| !self.left_out().contains(&column.name().as_str());
        source.fields().iter().enumerate().filter(|(_, column)| is_computed(column)).map(|(at, _)| at).collect()
    }

    /// The columns of the source's table that are not computed: the best bets of a model are those of whatever versions decided.
    fn left_out(self) -> &'static [&'static str] {
        match self {
            Table::ModelPerformance => &store::PERFORMANCE.1,
            Table::Tags | Table::SignalHealth => &[],
        }
    }

    /// The optional tables that it reads, and what is without them.
    fn needs(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Table::Tags | Table::SignalHealth => &[("ml_feature_store_v2", "book_disagreement cannot qualify")],
            Table::ModelPerformance => &[("model_registry", "days_since_training is NULL")],
        }
    }
}

impl Fidelity {
    /// Its name in the relations and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Fidelity::AsShipped => "as-shipped",
            Fidelity::AsIntended => "as-intended",
        }
    }
}

impl fmt::Display for Fidelity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Computes a monitoring table on the dates asked for.
///
/// # Errors
/// No slate in the range, or data that breaks the contract.
pub async fn monitor(snapshot: &Snapshot, request: &MonitorRequest) -> Result<Monitored> {
    let engine = Engine::open(snapshot, None)?;
    let known = engine.slate_dates().await?;
    let slates = replay::wanted(&known, request.dates)?;
    let mut version = request.version.clone();
    version.set("candidates", "champion")?;
    let looked_at = looked_at(request.table, &known, &slates);
    let replay = Replay::on(snapshot, engine, &looked_at, replay::Request::new(request.dates, version)).await?;
    replay.ensure_chosen_champions_predicted().await?;
    match request.table {
        // It reads gradings alone.
        Table::ModelPerformance => replay.engine.compute(&[request.table.relation()]).await?,
        Table::Tags | Table::SignalHealth => replay.compute(&[request.table.relation()]).await?,
    }
    let last_graded = last_graded(&replay.engine).await?;
    let batches = replay.engine.query(&select(request, &slates, last_graded)).await?;
    let rows = rows::as_source_has(&batches, request.table.source(), snapshot.pulled_at())?;
    let rows = rows.project(&request.table.computed(rows.schema_ref()))?;
    Ok(Monitored { rows, notes: notes(snapshot, request, &slates, last_graded) })
}

/// The slates from which the rows of `slates` are made: a signal's health is counted from its season's start.
fn looked_at(table: Table, known: &[NaiveDate], slates: &[NaiveDate]) -> Vec<NaiveDate> {
    let (Table::SignalHealth, [first, ..]) = (table, slates) else {
        return slates.to_vec();
    };
    let last = slates.last();
    let counts = |date: &&NaiveDate| Season::of(**date) >= Season::of(*first) && last.is_some_and(|last| *date <= last);
    known.iter().filter(counts).copied().collect()
}

async fn last_graded(engine: &Engine) -> Result<Option<NaiveDate>> {
    let batches = engine.query("SELECT max(game_date) FROM prediction_accuracy").await?;
    let days = batches.first().and_then(|batch| batch.column(0).as_primitive::<Date32Type>().iter().next().flatten());
    Ok(days.and_then(Date32Type::to_naive_date_opt))
}

fn select(request: &MonitorRequest, slates: &[NaiveDate], last_graded: Option<NaiveDate>) -> String {
    let table = request.table;
    let mut conditions = Vec::new();
    if let (Some(first), Some(last)) = (slates.first(), slates.last()) {
        conditions.push(format!("game_date BETWEEN DATE '{first}' AND DATE '{last}'"));
    }
    if table != Table::Tags {
        conditions.push(format!("fidelity = '{}'", request.fidelity));
    }
    if request.is_backfill {
        let source = table.source();
        conditions.push(format!("game_date NOT IN (SELECT game_date FROM {source} WHERE game_date IS NOT NULL)"));
        if let (Table::SignalHealth, Some(last)) = (table, last_graded) {
            conditions.push(format!("game_date <= DATE '{last}'"));
        }
    }
    format!("SELECT * FROM {} WHERE {} ORDER BY {}", table.relation(), conditions.join(" AND "), table.order())
}

fn notes(
    snapshot: &Snapshot,
    request: &MonitorRequest,
    slates: &[NaiveDate],
    last_graded: Option<NaiveDate>,
) -> Vec<String> {
    let missing = snapshot.missing_tables();
    let needs = request.table.needs().iter().filter(|(table, _)| missing.contains(table));
    let mut notes: Vec<String> =
        needs.map(|(table, effect)| format!("the snapshot has no {table}: {effect}")).collect();
    let source = request.table.source();
    if request.is_backfill && missing.contains(&source) {
        notes.push(format!("the snapshot has no {source}, so every date is filled"));
    }
    let ungraded = slates.iter().filter(|date| last_graded.is_none_or(|last| **date > last)).count();
    if request.table == Table::SignalHealth && ungraded > 0 {
        let those = counted_as(ungraded, "slate has", "slates have");
        let then = if request.is_backfill { "no row to fill" } else { "a row without their own results" };
        notes.push(format!("{those} no gradings yet, and so {then}"));
    }
    notes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::engine::Lineage;

    #[tokio::test]
    async fn every_table_that_a_snapshot_need_not_have_is_listed() {
        for table in Table::ALL {
            let lineage = Lineage::of(table.relation()).await.unwrap();
            let listed: BTreeSet<&str> = table.needs().iter().map(|(name, _)| *name).collect();
            assert_eq!(lineage.optional_tables(), listed, "{table:?}");
        }
    }
}
