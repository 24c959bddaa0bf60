//! A table of two snapshots side by side: the rows that count in each, and those in which they differ, by SQL.

use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{Date32Type, Int64Type};
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::change::{FieldChange, RowChange, RowChangeKind, TableDiff};
use crate::dates::Day;
use crate::error::Result;
use crate::snapshot::contract::{Kind, Table};
use crate::snapshot::{SnapshotTable, TableFiles};

/// Which rows of dated tables are compared, both ends in; an open end is that of both snapshots.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bounds {
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
}

pub fn session() -> SessionContext {
    const BATCH_ROWS: usize = 65_536;
    let config = SessionConfig::new()
        .with_target_partitions(1)
        .with_repartition_joins(false)
        .with_round_robin_repartition(false)
        .with_batch_size(BATCH_ROWS);
    SessionContext::new_with_config(config)
}

/// What identifies a row that counts. Where the contract has no grain, several rows are of one, of which the latest counts.
fn identity(table: &Table) -> &'static [&'static str] {
    match table.name {
        "prediction_accuracy" => &["system_id", "player_lookup", "game_id"],
        "current_subset_picks" => &["game_date", "subset_id", "player_lookup", "system_id", "game_id", "version_id"],
        _ => table.grain,
    }
}

/// Columns that say when a row was written.
const WRITTEN: [&str; 4] = ["created_at", "graded_at", "computed_at", "evaluated_at"];
/// How many rows of an identity are the same as another one.
const COPIES: &str = "copies";
/// Columns that a prediction keeps when another takes its place.
const OF_ACTIVITY: [&str; 2] = ["is_active", "superseded_by"];
const PREDICTIONS: &str = "player_prop_predictions";

/// A table of both snapshots, as `a` and `b`.
pub struct Pair {
    context: SessionContext,
    table: &'static Table,
    has: [bool; 2],
    /// A condition on the dates, with its WHERE.
    dates: String,
}

impl Pair {
    pub fn open(table: &'static Table, files: [Option<&TableFiles>; 2], bounds: Bounds) -> Result<Pair> {
        let context = session();
        for (name, files) in ["a", "b"].into_iter().zip(files) {
            context.register_table(name, Arc::new(SnapshotTable::new(table, files.cloned())))?;
        }
        let from = bounds.from.map(|date| format!("game_date >= DATE '{date}'"));
        let to = bounds.to.map(|date| format!("game_date <= DATE '{date}'"));
        let conditions: Vec<String> = from.into_iter().chain(to).filter(|_| table.is_dated()).collect();
        let dates = if conditions.is_empty() { String::new() } else { format!("WHERE {}", conditions.join(" AND ")) };
        Ok(Pair { context, table, has: files.map(|files| files.is_some()), dates })
    }

    async fn query(&self, sql: &str) -> Result<RecordBatch> {
        let frame = self.context.sql(sql).await?;
        let schema = Arc::clone(frame.schema().inner());
        Ok(concat_batches(&schema, &frame.collect().await?)?)
    }

    async fn count(&self, sql: &str) -> Result<u64> {
        let counted = self.query(&format!("SELECT count(*) FROM ({sql})")).await?;
        Ok(u64::try_from(counted.column(0).as_primitive::<Int64Type>().value(0)).unwrap_or_default())
    }

    pub async fn counts(&self) -> Result<TableDiff> {
        let mut rows = [None, None];
        for ((name, has), rows) in ["a", "b"].into_iter().zip(self.has).zip(&mut rows) {
            if has {
                *rows = Some(self.count(&format!("SELECT * FROM {name} {}", self.dates)).await?);
            }
        }
        Ok(TableDiff {
            table: self.table.name.to_owned(),
            rows_a: rows[0],
            rows_b: rows[1],
            new: 0,
            gone: 0,
            superseded: 0,
            withdrawn: 0,
            regraded: 0,
            changed: 0,
            repeated: 0,
            history: 0,
        })
    }

    /// The rows of a side with their place among those of their identity: 1 counts, the others are history.
    fn placed(&self, side: &str, columns: &[&str]) -> String {
        let written = columns.iter().filter(|name| WRITTEN.contains(name));
        let others = columns.iter().filter(|name| !WRITTEN.contains(name) && self.has_order(name));
        let latest: Vec<String> = written.chain(others).map(|name| format!("{name} DESC NULLS LAST")).collect();
        let active = if self.table.name == PREDICTIONS { "is_active DESC, " } else { "" };
        format!(
            "SELECT {}, row_number() OVER (PARTITION BY {} ORDER BY {active}{}) AS place FROM {side} {}",
            columns.join(", "),
            identity(self.table).join(", "),
            latest.join(", "),
            self.dates
        )
    }

    /// Lists have no order.
    fn has_order(&self, name: &str) -> bool {
        self.table.column(name).is_some_and(|column| column.kind != Kind::TextList)
    }

    /// Those of [`Pair::placed`] that count.
    fn counting(&self, side: &str, columns: &[&str]) -> String {
        let active = if self.table.name == PREDICTIONS { " AND is_active" } else { "" };
        format!("SELECT * FROM ({}) WHERE place = 1{active}", self.placed(side, columns))
    }

    /// The condition that rows of `a` and `b` are of the same identity.
    fn is_same_identity(&self) -> String {
        let same = |name: &&'static str| match self.table.column(name) {
            // NULLs are equal; all that may be NULL are texts.
            Some(column) if !column.required => format!("coalesce(a.{name}, '') = coalesce(b.{name}, '')"),
            _ => format!("a.{name} = b.{name}"),
        };
        identity(self.table).iter().map(same).collect::<Vec<_>>().join(" AND ")
    }

    /// The order of joined rows: by their date, then by their identity.
    fn order(columns: &[&str], key: &[&str]) -> String {
        let date = columns.contains(&"game_date").then(|| "coalesce(a.game_date, b.game_date)".to_owned());
        date.into_iter().chain(key.iter().map(|name| format!("\"key.{name}\""))).collect::<Vec<_>>().join(", ")
    }

    /// The rows that count and differ, in the order of their date and identity.
    pub async fn changes(&self, columns: &[&'static str]) -> Result<Vec<RowChange>> {
        let key = identity(self.table);
        let value = |side: &str, name: &str| match self.has_order(name) {
            true => format!("{side}.{name}"),
            false => format!("array_to_string({side}.{name}, '|')"),
        };
        let values: Vec<&str> = columns.iter().copied().filter(|name| !key.contains(name)).collect();
        let differs = values.iter().map(|name| format!("({} IS DISTINCT FROM {})", value("a", name), value("b", name)));
        let differs: Vec<String> =
            ["a.place IS NULL", "b.place IS NULL"].map(str::to_owned).into_iter().chain(differs).collect();
        let mut select = vec!["a.place IS NOT NULL AS in_a".to_owned(), "b.place IS NOT NULL AS in_b".to_owned()];
        select.extend(key.iter().map(|name| format!("coalesce(a.{name}, b.{name}) AS \"key.{name}\"")));
        for side in ["a", "b"] {
            select.extend(values.iter().map(|name| format!("{} AS \"{side}.{name}\"", value(side, name))));
        }
        let sql = format!(
            "SELECT {} FROM ({}) AS a FULL JOIN ({}) AS b ON {} WHERE {} ORDER BY {}",
            select.join(", "),
            self.counting("a", columns),
            self.counting("b", columns),
            self.is_same_identity(),
            differs.join(" OR "),
            Self::order(columns, key),
        );
        let found = self.query(&sql).await?;
        let still_there = self.still_there(columns).await?;
        let mut rows = Vec::with_capacity(found.num_rows());
        for row in 0..found.num_rows() {
            rows.push(self.row(&found, row, &values, &still_there)?);
        }
        Ok(rows)
    }

    /// The identities of which one has more rows that are the same in every column; how many more rows than different ones
    /// each has is their field `copies`.
    pub async fn repeated(&self, columns: &[&'static str]) -> Result<Vec<RowChange>> {
        let key = identity(self.table);
        let plain = |name: &&'static str| match self.has_order(name) {
            true => (*name).to_owned(),
            false => format!("array_to_string({name}, '|') AS {name}"),
        };
        let plain = columns.iter().map(plain).collect::<Vec<_>>().join(", ");
        let date = columns.iter().copied().filter(|name| *name == "game_date" && !key.contains(name));
        let said: Vec<&str> = key.iter().copied().chain(date.clone()).collect();
        let side = |name: &str| {
            let rows = format!("SELECT {plain} FROM {name} {}", self.dates);
            let distinct = format!(
                "SELECT {}, count(*) AS times FROM ({rows}) GROUP BY {}",
                columns.join(", "),
                columns.join(", ")
            );
            let said = said.join(", ");
            format!("SELECT {said}, sum(times - 1) AS more FROM ({distinct}) WHERE times > 1 GROUP BY {said}")
        };
        let mut select = vec!["true AS in_a".to_owned(), "true AS in_b".to_owned()];
        select.extend(key.iter().map(|name| format!("coalesce(a.{name}, b.{name}) AS \"key.{name}\"")));
        select.extend(date.map(|name| format!("coalesce(a.{name}, b.{name}) AS \"b.{name}\"")));
        select.extend(["a", "b"].map(|side| format!("coalesce({side}.more, 0) AS \"{side}.{COPIES}\"")));
        let sql = format!(
            "SELECT {} FROM ({}) AS a FULL JOIN ({}) AS b ON {} WHERE a.more IS DISTINCT FROM b.more ORDER BY {}",
            select.join(", "),
            side("a"),
            side("b"),
            self.is_same_identity(),
            Self::order(columns, key),
        );
        let found = self.query(&sql).await?;
        let row = |row| Ok(RowChange { change: RowChangeKind::Repeated, ..self.row(&found, row, &[COPIES], &[])? });
        (0..found.num_rows()).map(row).collect()
    }

    /// The identities of which `b` has rows, none of which counts, as texts.
    async fn still_there(&self, columns: &[&str]) -> Result<Vec<String>> {
        if self.table.name != PREDICTIONS {
            return Ok(Vec::new());
        }
        let key = identity(self.table).join(", ");
        let sql =
            format!("SELECT DISTINCT {key} FROM ({}) WHERE place = 1 AND NOT is_active", self.placed("b", columns));
        let found = self.query(&sql).await?;
        (0..found.num_rows()).map(|row| whole_key(&found, 0..found.num_columns(), row)).collect()
    }

    fn row(&self, found: &RecordBatch, row: usize, values: &[&str], still_there: &[String]) -> Result<RowChange> {
        let key = identity(self.table);
        let text = |name: &str| -> Result<Option<String>> {
            let column = found.column_by_name(name).filter(|column| column.is_valid(row));
            Ok(column.map(|column| array_value_to_string(column, row)).transpose()?)
        };
        let is = |name: &str| found.column_by_name(name).is_some_and(|column| column.as_boolean().value(row));
        let either = |name: &str| -> Result<Option<String>> {
            Ok(text(&format!("key.{name}"))?.or(text(&format!("b.{name}"))?).or(text(&format!("a.{name}"))?))
        };
        let mut fields = Vec::new();
        if is("in_a") && is("in_b") {
            for name in values {
                let (old, new) = (text(&format!("a.{name}"))?, text(&format!("b.{name}"))?);
                if old != new {
                    fields.push(FieldChange { field: (*name).to_owned(), old, new });
                }
            }
        }
        // A column that only one of the two has says nothing of which row it is.
        let is_another = |field: &FieldChange| field.old.is_some() && field.new.is_some();
        let other_row =
            |names: &[&str]| fields.iter().any(|field| names.contains(&field.field.as_str()) && is_another(field));
        let change = match (is("in_a"), is("in_b")) {
            (true, false) => {
                let key = whole_key(found, 2..2 + key.len(), row)?;
                if still_there.contains(&key) { RowChangeKind::Withdrawn } else { RowChangeKind::Gone }
            }
            (false, _) => RowChangeKind::New,
            _ if self.table.name == PREDICTIONS
                && other_row(&["prediction_id", "created_at", "prediction_version"]) =>
            {
                RowChangeKind::Superseded
            }
            _ if self.table.name == "prediction_accuracy" && other_row(&["graded_at"]) => RowChangeKind::Regraded,
            _ => RowChangeKind::Changed,
        };
        const SAID: [&str; 4] = ["game_date", "system_id", "player_lookup", "game_id"];
        let rest = key.iter().filter(|name| !SAID.contains(name)).map(|name| either(name));
        let rest = rest.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let date = ["key.game_date", "b.game_date", "a.game_date"].iter().find_map(|name| {
            let dates = found.column_by_name(name)?.as_primitive_opt::<Date32Type>()?;
            dates.is_valid(row).then(|| Date32Type::to_naive_date_opt(dates.value(row)))?
        });
        Ok(RowChange {
            table: self.table.name.to_owned(),
            change,
            date: date.map(Day),
            system_id: either("system_id")?,
            player_lookup: either("player_lookup")?,
            game_id: either("game_id")?,
            key: (!rest.is_empty()).then_some(rest),
            fields,
        })
    }

    /// How many rows that do not count only one of the two has, whichever was active.
    pub async fn history(&self, columns: &[&'static str]) -> Result<u64> {
        let compared: Vec<String> = columns
            .iter()
            .filter(|name| !OF_ACTIVITY.contains(name))
            .map(|name| if self.has_order(name) { (*name).to_owned() } else { format!("array_to_string({name}, '|')") })
            .collect();
        let compared = compared.join(", ");
        let active = if self.table.name == PREDICTIONS { " OR NOT is_active" } else { "" };
        let mut count = 0;
        for (side, other) in [("a", "b"), ("b", "a")] {
            let rest = format!("SELECT {compared} FROM ({}) WHERE place > 1{active}", self.placed(side, columns));
            count += self.count(&format!("{rest} EXCEPT SELECT {compared} FROM {other} {}", self.dates)).await?;
        }
        Ok(count)
    }
}

/// The values of these columns of a row, as one text.
fn whole_key(rows: &RecordBatch, columns: std::ops::Range<usize>, row: usize) -> Result<String> {
    let texts = columns.map(|at| Ok(array_value_to_string(rows.column(at), row)?)).collect::<Result<Vec<_>>>()?;
    Ok(texts.join("\u{1f}"))
}
