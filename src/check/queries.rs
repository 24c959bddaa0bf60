//! What takes a query to find: rows of the same grain, and what the systems predict.
//!
//! The queries are in `queries/check/`; each row one returns is a finding (columns count, message, example).

use std::collections::BTreeSet;

use chrono::NaiveDate;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::array_value_to_string;

use super::report::{Finding, Kind};
use crate::engine::Engine;
use crate::engine::slates::slates_on;
use crate::error::{Error, Result};
use crate::snapshot::TableFiles;
use crate::snapshot::breach::BreachKind;
use crate::snapshot::contract::Table;
use crate::version;

/// A query that finds something about the predictions.
struct Query {
    name: &'static str,
    kind: Kind,
}

const OF_PREDICTIONS: &[Query] = &[
    Query { name: "confidence_scales", kind: Kind::ConfidenceScales },
    Query { name: "confidence_scale_of_systems", kind: Kind::ConfidenceScales },
    Query { name: "unclassified_systems", kind: Kind::UnclassifiedSystem },
    Query { name: "recommended_without_line", kind: Kind::RecommendedWithoutLine },
];

/// The version whose list of model families classifies systems.
const CLASSIFYING: &str = "v307";

/// What the queries about predictions find.
///
/// # Errors
/// A value that does not fit (scan first), or a query that does not run.
pub async fn of_predictions(engine: &mut Engine, table: &Table, slates: &BTreeSet<NaiveDate>) -> Result<Vec<Finding>> {
    let dates: Vec<NaiveDate> = slates.iter().copied().collect();
    engine.ask(&slates_on(&dates, None, None)?, &[version::shipped(CLASSIFYING)?])?;
    engine.compute(&["system_families"]).await?;
    let mut findings = Vec::new();
    for query in OF_PREDICTIONS {
        let rows = engine.check(query.name).await?;
        for batch in &rows {
            for row in 0..batch.num_rows() {
                findings.push(finding(table, query, batch, row)?);
            }
        }
    }
    Ok(findings)
}

fn finding(table: &Table, query: &Query, batch: &RecordBatch, row: usize) -> Result<Finding> {
    let cell = |at: usize| Ok::<_, Error>(array_value_to_string(batch.column(at), row)?);
    let count = cell(0)?.parse().unwrap_or_default();
    Ok(Finding::of(table, query.kind, count, cell(1)?).with_example(cell(2)?))
}

/// The rows of a table that are there more than once.
///
/// # Errors
/// A value that does not fit (scan first).
pub async fn duplicates(engine: &Engine, files: &TableFiles) -> Result<Vec<Finding>> {
    let table = files.table();
    // They are counted as those columns are read.
    let rows = engine.table(table.name).await?;
    if !table.distinct_in().is_empty() {
        let columns = table.columns.iter().map(|column| column.name);
        rows.select_columns(&columns.collect::<Vec<_>>())?.limit(0, Some(1))?.collect().await?;
    }
    let repeated = files.ledger().breaches(table).into_iter().filter(|breach| breach.kind == BreachKind::Repeated);
    Ok(repeated.map(|breach| Finding::of_breach(table, breach)).collect())
}
