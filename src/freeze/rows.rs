//! The rows of a frozen decision: those of the source's tables that it could see, and its candidates.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, new_null_array};
use datafusion::arrow::compute::{CastOptions, cast_with_options, concat_batches};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::error::{Error, Result};
use crate::pick_columns;
use crate::queries;
use crate::replay::Replay;
use crate::snapshot::contract::{self, Kind, Repeats, Table};
use crate::snapshot::{Snapshot, TABLES, TableFiles, write};

/// The tables that a decision reads, each through the relation `frozen_TABLE`, in the order of the contract: the program's own,
/// whichever queries are in use, so that a frozen decision is the same form always.
pub fn inputs() -> impl Iterator<Item = &'static Table> {
    TABLES.iter().filter(|table| queries::shipped_names().any(|name| name.strip_prefix("frozen_") == Some(table.name)))
}

/// Every candidate of a decision and what became of it, as `queries/decisions/decisions.sql` explains the columns.
pub const CANDIDATES: &Table = &Table {
    name: "candidates",
    required: true,
    grain: &["player_lookup", "game_id"],
    repeats: Repeats::Never,
    columns: pick_columns::FROZEN,
};

/// The input of this name.
pub fn input(name: &str) -> Option<&'static Table> {
    inputs().find(|table| table.name == name)
}

/// The inputs that the snapshot has, with the rows that the decision could see, in a total order.
pub async fn gather(replay: &Replay, snapshot: &Snapshot) -> Result<Vec<(&'static Table, RecordBatch)>> {
    let present: Vec<&'static Table> = inputs().filter_map(|table| Some(snapshot.table(table.name)?.table())).collect();
    let relations: Vec<String> = present.iter().map(|table| format!("frozen_{}", table.name)).collect();
    replay.compute(&relations.iter().map(String::as_str).collect::<Vec<_>>()).await?;
    let mut tables = Vec::with_capacity(present.len());
    for (table, relation) in present.into_iter().zip(&relations) {
        let absent = absent_of(snapshot, table.name)?;
        let rows = replay.engine.query(&format!("SELECT * FROM {relation} ORDER BY {}", total_order(table))).await?;
        tables.push((table, as_table(table, &absent, &rows)?));
    }
    Ok(tables)
}

/// The candidates of the one slate of a replay whose decisions are computed.
pub async fn candidates(replay: &Replay) -> Result<RecordBatch> {
    let sql = format!("SELECT {} FROM decisions ORDER BY player_lookup, game_id", columns(CANDIDATES).join(", "));
    as_table(CANDIDATES, &[], &replay.engine.query(&sql).await?)
}

/// The optional columns of the inputs that the snapshot does not have, as TABLE.COLUMN.
///
/// # Errors
/// A file cannot be opened.
pub fn absent_columns(snapshot: &Snapshot) -> Result<Vec<String>> {
    let mut absent = Vec::new();
    for table in inputs() {
        absent.extend(absent_of(snapshot, table.name)?.into_iter().map(|column| format!("{}.{column}", table.name)));
    }
    Ok(absent)
}

/// Those of a table. Numbered columns are there or not named at all.
fn absent_of(snapshot: &Snapshot, table: &str) -> Result<Vec<&'static str>> {
    let absent = snapshot.table(table).map(TableFiles::missing_columns).transpose()?.unwrap_or_default();
    let is_named = |name: &&'static str| contract::table(table).is_some_and(|named| named.column(name).is_some());
    Ok(absent.into_iter().filter(is_named).collect())
}

fn columns(table: &Table) -> Vec<&'static str> {
    table.columns.iter().map(|column| column.name).collect()
}

/// The sort key of the table, and then every other column that has an order.
fn total_order(table: &'static Table) -> String {
    let mut order = table.sort_columns();
    let rest = table.columns.iter().filter(|column| column.kind != Kind::TextList).map(|column| column.name);
    for name in rest {
        if !order.contains(&name) {
            order.push(name);
        }
    }
    order.iter().map(|name| format!("{name} NULLS LAST")).collect::<Vec<_>>().join(", ")
}

/// The schema of a table in a file, without the columns that the snapshot did not have.
pub fn schema(table: &'static Table, absent: &[&str]) -> SchemaRef {
    let kind = |kind: Kind| match kind {
        Kind::Text => DataType::Utf8,
        Kind::TextList => DataType::new_list(DataType::Utf8, true),
        other => other.arrow(),
    };
    let present = table.columns.iter().filter(|column| !absent.contains(&column.name));
    Arc::new(Schema::new(present.map(|column| Field::new(column.name, kind(column.kind), true)).collect::<Vec<_>>()))
}

/// Batches as one, with the columns of a table.
fn as_table(table: &'static Table, absent: &[&str], batches: &[RecordBatch]) -> Result<RecordBatch> {
    let schema = schema(table, absent);
    let Some(first) = batches.first() else {
        return Ok(RecordBatch::new_empty(schema));
    };
    let rows = write::with_plain_strings(&concat_batches(&first.schema(), batches)?)?;
    let exact = CastOptions { safe: false, ..CastOptions::default() };
    let column = |field: &Arc<Field>| -> Result<ArrayRef> {
        match rows.column_by_name(field.name()) {
            Some(values) => Ok(cast_with_options(values, field.data_type(), &exact)?),
            None => Ok(new_null_array(field.data_type(), rows.num_rows())),
        }
    };
    let columns = schema.fields().iter().map(column).collect::<Result<Vec<_>>>()?;
    RecordBatch::try_new(schema, columns).map_err(Error::from)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The tables that a relation reads, itself or through others.
    fn read_by(relation: &str, seen: &mut BTreeSet<String>) -> BTreeSet<&'static str> {
        let code = queries::in_use().relation(relation).unwrap().lines().filter(|line| !line.starts_with("--"));
        let code = code.collect::<Vec<_>>().join("\n");
        let words: BTreeSet<&str> = code.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let mut tables: BTreeSet<_> =
            TABLES.iter().map(|table| table.name).filter(|name| words.contains(name)).collect();
        for name in queries::in_use().names().filter(|name| words.contains(name)) {
            if seen.insert(name.to_owned()) {
                tables.extend(read_by(name, seen));
            }
        }
        tables
    }

    #[test]
    fn every_table_that_a_decision_reads_is_frozen() {
        let mut seen = BTreeSet::new();
        let relations = ["decisions", "slate_decisions", "slate_funnels", "missing_inputs"];
        let mut read: BTreeSet<&str> = relations.into_iter().flat_map(|name| read_by(name, &mut seen)).collect();
        // Only versions that weigh their models read it, and those are not frozen.
        assert!(read.remove("model_registry"));
        // The registry is read before the relations are: it takes the place of the version's.
        let names = || inputs().map(|table| table.name);
        assert_eq!(read, names().filter(|name| *name != "signal_combo_registry").collect());
        for name in names() {
            let relation = format!("frozen_{name}");
            assert!(read_by(&relation, &mut BTreeSet::new()).contains(name), "{relation}");
        }
    }
}
