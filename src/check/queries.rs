//! What takes a query to find: rows of the same grain, and what the systems predict.
//!
//! The queries are in `queries/check/`; each row one returns is a finding (columns count, message, example).

use std::collections::BTreeSet;

use chrono::NaiveDate;
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::prelude::{DataFrame, col, lit};

use super::report::{Finding, Kind};
use super::scan::counted;
use crate::engine::Engine;
use crate::engine::slates::slates_on;
use crate::error::{Error, Result};
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

/// The grains of which the table has more than one row; of predictions, more than one active row; of a table without a
/// grain, rows that are the same in every column.
///
/// # Errors
/// A value that does not fit (scan first).
pub async fn duplicates(engine: &Engine, table: &'static Table) -> Result<Vec<Finding>> {
    let mut rows = engine.table(table.name).await?;
    if table.grain.is_empty() {
        return same_rows(table, rows).await;
    }
    let active_only = table.column("is_active").is_some();
    if active_only {
        rows = rows.filter(col("is_active"))?;
    }
    // NULLs in a required column are a finding of their own.
    for name in table.grain.iter().filter(|name| table.column(name).is_some_and(|column| column.required)) {
        rows = rows.filter(col(*name).is_not_null())?;
    }
    let grain = || table.grain.iter().map(|name| col(*name)).collect::<Vec<_>>();
    let ascending = grain().into_iter().map(|column| column.sort(true, false)).collect();
    let repeated =
        rows.aggregate(grain(), vec![count(lit(1_i64)).alias("rows")])?.filter(col("rows").gt(lit(1_i64)))?;
    let batches = repeated.sort(ascending)?.collect().await?;
    let groups: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let Some(first) = batches.iter().find(|batch| batch.num_rows() > 0) else {
        return Ok(Vec::new());
    };
    let names = table.grain.join(", ");
    let message = if active_only {
        format!(
            "{} of ({names}) with more than one active row; the latest created_at counts",
            counted(groups, "prediction")
        )
    } else {
        format!("{} of ({names}) with more than one row", counted(groups, "case"))
    };
    Ok(vec![Finding::of(table, Kind::DuplicateGrain, groups, message).with_example(example(table, first)?)])
}

async fn same_rows(table: &'static Table, rows: DataFrame) -> Result<Vec<Finding>> {
    let columns = table.columns.iter().map(|column| col(column.name)).collect();
    let repeated =
        rows.aggregate(columns, vec![count(lit(1_i64)).alias("rows")])?.filter(col("rows").gt(lit(1_i64)))?;
    let counted_rows = repeated.aggregate(vec![], vec![count(lit(1_i64)), sum(col("rows"))])?.collect().await?;
    let number = |at: usize| {
        let number =
            counted_rows.first().map(|batch| batch.column(at).as_primitive::<Int64Type>().values().first().copied());
        usize::try_from(number.flatten().unwrap_or_default()).unwrap_or_default()
    };
    let (cases, rows) = (number(0), number(1));
    if cases == 0 {
        return Ok(Vec::new());
    }
    let message = format!(
        "{} there more than once, the same in every column ({} too many); records that count rows count them all",
        counted(cases, "row"),
        rows - cases
    );
    Ok(vec![Finding::of(table, Kind::DuplicateRow, cases, message)])
}

/// The first row of a batch of grains with their number of rows, as text.
fn example(table: &Table, batch: &RecordBatch) -> Result<String> {
    let values =
        (0..table.grain.len()).map(|at| array_value_to_string(batch.column(at), 0)).collect::<Result<Vec<_>, _>>()?;
    let rows = batch.column(table.grain.len()).as_primitive::<Int64Type>().value(0);
    Ok(format!("{} ({rows} rows)", values.join(", ")))
}
