//! Rows that differ between two snapshots, table by table.

use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;

use super::change::{RowChange, TableDiff};
use super::pair::{Bounds, Pair, session};
use crate::count::counted_as;
use crate::error::Result;
use crate::snapshot::contract::Table;
use crate::snapshot::{Snapshot, SnapshotTable, TABLES, TableFiles};

/// What a comparison of rows found.
pub struct Compared {
    pub tables: Vec<TableDiff>,
    pub rows: Vec<RowChange>,
    pub notes: Vec<String>,
}

/// Compares the rows within `bounds`, and all of undated tables. Only rows from `since` on are counted: those before are
/// there for the decisions that rest on them.
pub async fn compare(sides: [&Snapshot; 2], bounds: Bounds, since: Option<NaiveDate>) -> Result<Compared> {
    let mut compared = Compared { tables: Vec::new(), rows: Vec::new(), notes: Vec::new() };
    for table in TABLES {
        let files = sides.map(|side| side.table(table.name));
        if let [None, None] = files {
            continue;
        }
        let (table, files) = alike(table, files)?;
        let files = [files[0].as_ref(), files[1].as_ref()];
        let pair = Pair::open(table, files, bounds)?;
        let counted = Pair::open(table, files, Bounds { from: bounds.from.max(since), ..bounds })?;
        let mut diff = counted.counts().await?;
        match files {
            [Some(_), Some(_)] if is_same(sides, table) => {}
            [Some(a), Some(b)] => {
                let columns = in_either(table, a, b)?;
                let mut rows = pair.changes(&columns).await?;
                compared.notes.extend(lopsided(table, a, b, &rows)?);
                rows.extend(pair.repeated(&columns).await?);
                diff.history = counted.history(&columns).await?;
                rows.iter().filter(|row| row.is_since(since)).for_each(|row| diff.count(row.change));
                compared.rows.extend(rows);
            }
            [a, _] => {
                let (has, lacks) = if a.is_some() { ("A", "B") } else { ("B", "A") };
                compared.notes.push(format!(
                    "{}: only {has} has it, so its rows are not compared; {lacks} decides without it",
                    table.name
                ));
            }
        }
        compared.tables.push(diff);
    }
    Ok(compared)
}

/// The table with every column that either side has of it, and the files of both as of that table.
fn alike(table: &'static Table, files: [Option<&TableFiles>; 2]) -> Result<(&'static Table, [Option<TableFiles>; 2])> {
    let columns = files.iter().flatten().flat_map(|files| files.table().columns).map(|column| column.name);
    let table = table.with_numbered(columns);
    let [a, b] = files.map(|files| files.map(|files| files.clone().having(table)).transpose());
    Ok((table, [a?, b?]))
}

/// The rows of a table from a date on, with the columns that it has.
pub async fn since(files: &TableFiles, first: NaiveDate) -> Result<RecordBatch> {
    let context = session();
    let table = files.table();
    context.register_table("rows", Arc::new(SnapshotTable::new(table, Some(files.clone()))))?;
    let absent = files.missing_columns()?;
    let present: Vec<&str> =
        table.columns.iter().map(|column| column.name).filter(|name| !absent.contains(name)).collect();
    let dates = if table.is_dated() { format!(" WHERE game_date >= DATE '{first}'") } else { String::new() };
    let frame = context.sql(&format!("SELECT {} FROM rows{dates}", present.join(", "))).await?;
    let schema = Arc::clone(frame.schema().inner());
    Ok(concat_batches(&schema, &frame.collect().await?)?)
}

/// Whether both manifests say that the table's files are the same.
fn is_same(sides: [&Snapshot; 2], table: &Table) -> bool {
    let files = sides.map(|side| {
        let entry = side.manifest()?.tables.get(table.name)?;
        Some(entry.files.iter().map(|file| file.sha256.as_str()).collect::<Vec<_>>())
    });
    files[0].is_some() && files[0] == files[1]
}

/// The columns that either has. What a file does not have is NULL in its every row, as decisions take it.
fn in_either(table: &'static Table, a: &TableFiles, b: &TableFiles) -> Result<Vec<&'static str>> {
    let mut has = vec![false; table.columns.len()];
    for file in a.files().iter().chain(b.files()) {
        for (has, column) in has.iter_mut().zip(file.columns()?) {
            *has |= !column.is_missing();
        }
    }
    Ok(table.columns.iter().zip(has).filter(|(_, has)| *has).map(|(column, _)| column.name).collect())
}

/// That only one of the two has a column in all of its files, and in how many of the rows that differ it makes a difference.
fn lopsided(table: &Table, a: &TableFiles, b: &TableFiles, rows: &[RowChange]) -> Result<Vec<String>> {
    let (a, b) = (a.missing_columns()?, b.missing_columns()?);
    let only = |name: &str, lacks: &[&'static str], other: &[&'static str]| {
        let columns = lacks.iter().filter(|column| !other.contains(column));
        let said: Vec<String> = columns
            .map(|column| {
                let differ = rows.iter().filter(|row| row.fields.iter().any(|field| field.field == *column)).count();
                format!("{column} ({} by it)", counted_as(differ, "row differs", "rows differ"))
            })
            .collect();
        (!said.is_empty()).then(|| format!("{}: only {name} has {} in every file", table.name, said.join(", ")))
    };
    Ok(only("B", &a, &b).into_iter().chain(only("A", &b, &a)).collect())
}
