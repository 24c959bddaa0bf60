//! Rows that differ between two snapshots, table by table.

use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{Date32Type, Int64Type};
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::prelude::{SessionConfig, SessionContext};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::snapshot::contract::{Kind, Table};
use crate::snapshot::manifest::Day;
use crate::snapshot::{Snapshot, SnapshotTable, TABLES, TableFiles};

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RowChangeKind {
    /// Another prediction of the same grain is the active one.
    Superseded,
    /// No prediction of the grain is active any more; its rows are still there.
    Withdrawn,
    /// A later grading counts.
    Regraded,
    /// The row has other values.
    Changed,
    /// The row is there more often or less often, the same in every column.
    Repeated,
    New,
    Gone,
}

/// How a table differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableDiff {
    pub table: String,
    /// Rows of the compared dates; null where the snapshot does not have the table.
    pub rows_a: Option<u64>,
    pub rows_b: Option<u64>,
    pub new: u64,
    pub gone: u64,
    pub superseded: u64,
    pub withdrawn: u64,
    pub regraded: u64,
    pub changed: u64,
    pub repeated: u64,
    /// Rows that do not count any more (superseded, graded again) and that only one of the two has.
    pub history: u64,
}

/// A row that counts and is another one, or that only one of the two has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowChange {
    pub table: String,
    pub change: RowChangeKind,
    /// Null for an undated table.
    pub date: Option<Day>,
    pub system_id: Option<String>,
    pub player_lookup: Option<String>,
    pub game_id: Option<String>,
    /// The rest of what identifies the row, such as a signal's tag.
    pub key: Option<String>,
    /// The values that differ; empty for a row that only one has.
    pub fields: Vec<FieldChange>,
}

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldChange {
    pub field: String,
    pub old: Option<String>,
    pub new: Option<String>,
}

impl RowChange {
    /// Whether it is of a date from `first` on, or of none.
    pub fn is_since(&self, first: Option<NaiveDate>) -> bool {
        self.date.zip(first).is_none_or(|(date, first)| date.0 >= first)
    }

    /// The values that differ, in words.
    pub fn said(&self) -> String {
        said(self.fields.iter())
    }

    /// The same without what every other row has of its own (its id, when it was written), where there is more to say.
    pub fn in_short(&self) -> String {
        let telling = said(self.fields.iter().filter(|field| !OF_THE_ROW.contains(&field.field.as_str())));
        if telling.is_empty() { self.said() } else { telling }
    }
}

fn said<'f>(fields: impl Iterator<Item = &'f FieldChange>) -> String {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    let said = |field: &FieldChange| format!("{} {} -> {}", field.field, or_none(&field.old), or_none(&field.new));
    fields.map(said).collect::<Vec<_>>().join(", ")
}

impl std::fmt::Display for RowChangeKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            RowChangeKind::Superseded => "superseded",
            RowChangeKind::Withdrawn => "withdrawn",
            RowChangeKind::Regraded => "regraded",
            RowChangeKind::Changed => "changed",
            RowChangeKind::Repeated => "repeated",
            RowChangeKind::New => "new",
            RowChangeKind::Gone => "gone",
        })
    }
}

/// What a comparison of rows found.
pub struct Compared {
    pub tables: Vec<TableDiff>,
    pub rows: Vec<RowChange>,
    pub notes: Vec<String>,
}

/// Which rows of dated tables are compared, both ends in; an open end is that of both snapshots.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bounds {
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
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
        let pair = Pair::open(table, files, bounds)?;
        let counted = Pair::open(table, files, Bounds { from: bounds.from.max(since), ..bounds })?;
        let mut diff = counted.counts().await?;
        match files {
            [Some(_), Some(_)] if is_same(sides, table) => {}
            [Some(a), Some(b)] => {
                let columns = in_either(table, a, b);
                let mut rows = pair.changes(&columns).await?;
                compared.notes.extend(lopsided(table, a, b, &rows));
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

/// The rows of a table from a date on, with the columns that it has.
pub async fn since(files: &TableFiles, first: NaiveDate) -> Result<RecordBatch> {
    let context = session();
    let table = files.table();
    context.register_table("rows", Arc::new(SnapshotTable::new(table, Some(files.clone()))))?;
    let absent = files.absent_columns();
    let present: Vec<&str> =
        table.columns.iter().map(|column| column.name).filter(|name| !absent.contains(name)).collect();
    let dates = if table.is_dated() { format!(" WHERE game_date >= DATE '{first}'") } else { String::new() };
    let frame = context.sql(&format!("SELECT {} FROM rows{dates}", present.join(", "))).await?;
    let schema = Arc::clone(frame.schema().inner());
    Ok(concat_batches(&schema, &frame.collect().await?)?)
}

fn session() -> SessionContext {
    const BATCH_ROWS: usize = 65_536;
    let config = SessionConfig::new()
        .with_target_partitions(1)
        .with_repartition_joins(false)
        .with_round_robin_repartition(false)
        .with_batch_size(BATCH_ROWS);
    SessionContext::new_with_config(config)
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
fn in_either(table: &'static Table, a: &TableFiles, b: &TableFiles) -> Vec<&'static str> {
    let has = |files: &TableFiles, at: usize| files.files().iter().any(|file| !file.columns()[at].is_absent());
    let at = (0..table.columns.len()).filter(|at| has(a, *at) || has(b, *at));
    at.map(|at| table.columns[at].name).collect()
}

/// That only one of the two has a column in all of its files, and in how many of the rows that differ it makes a difference.
fn lopsided(table: &Table, a: &TableFiles, b: &TableFiles, rows: &[RowChange]) -> Vec<String> {
    let (a, b) = (a.absent_columns(), b.absent_columns());
    let only = |name: &str, lacks: &[&'static str], other: &[&'static str]| {
        let columns = lacks.iter().filter(|column| !other.contains(column));
        let said: Vec<String> = columns
            .map(|column| {
                let differ = rows.iter().filter(|row| row.fields.iter().any(|field| field.field == *column)).count();
                format!("{column} ({differ} {} by it)", if differ == 1 { "row differs" } else { "rows differ" })
            })
            .collect();
        (!said.is_empty()).then(|| format!("{}: only {name} has {} in every file", table.name, said.join(", ")))
    };
    only("B", &a, &b).into_iter().chain(only("A", &b, &a)).collect()
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
/// Columns in which any two rows differ.
const OF_THE_ROW: [&str; 7] =
    ["prediction_id", "prediction_version", "superseded_by", "created_at", "graded_at", "computed_at", "evaluated_at"];
/// How many rows of an identity are the same as another one.
const COPIES: &str = "copies";
/// Columns that a prediction keeps when another takes its place.
const OF_ACTIVITY: [&str; 2] = ["is_active", "superseded_by"];
const PREDICTIONS: &str = "player_prop_predictions";

/// A table of both snapshots, as `a` and `b`.
struct Pair {
    context: SessionContext,
    table: &'static Table,
    has: [bool; 2],
    /// A condition on the dates, with its WHERE.
    dates: String,
}

impl Pair {
    fn open(table: &'static Table, files: [Option<&TableFiles>; 2], bounds: Bounds) -> Result<Pair> {
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

    async fn counts(&self) -> Result<TableDiff> {
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

    /// The rows that count and differ, in the order of their date and identity.
    async fn changes(&self, columns: &[&'static str]) -> Result<Vec<RowChange>> {
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
        let date = if columns.contains(&"game_date") { "coalesce(a.game_date, b.game_date), " } else { "" };
        let order = key.iter().map(|name| format!("\"key.{name}\"")).collect::<Vec<_>>().join(", ");
        let sql = format!(
            "SELECT {} FROM ({}) AS a FULL JOIN ({}) AS b ON {} WHERE {} ORDER BY {date}{order}",
            select.join(", "),
            self.counting("a", columns),
            self.counting("b", columns),
            self.is_same_identity(),
            differs.join(" OR "),
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
    async fn repeated(&self, columns: &[&'static str]) -> Result<Vec<RowChange>> {
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
        let order = key.iter().map(|name| format!("\"key.{name}\"")).collect::<Vec<_>>().join(", ");
        let sql = format!(
            "SELECT {} FROM ({}) AS a FULL JOIN ({}) AS b ON {} WHERE a.more IS DISTINCT FROM b.more ORDER BY {order}",
            select.join(", "),
            side("a"),
            side("b"),
            self.is_same_identity(),
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
    async fn history(&self, columns: &[&'static str]) -> Result<u64> {
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

impl TableDiff {
    /// Every count, with what it is of.
    pub fn counts(&self) -> [(&'static str, u64); 8] {
        [
            ("new", self.new),
            ("gone", self.gone),
            ("superseded", self.superseded),
            ("withdrawn", self.withdrawn),
            ("regraded", self.regraded),
            ("changed", self.changed),
            ("repeated", self.repeated),
            ("history", self.history),
        ]
    }

    fn count(&mut self, change: RowChangeKind) {
        *match change {
            RowChangeKind::Superseded => &mut self.superseded,
            RowChangeKind::Withdrawn => &mut self.withdrawn,
            RowChangeKind::Regraded => &mut self.regraded,
            RowChangeKind::Changed => &mut self.changed,
            RowChangeKind::Repeated => &mut self.repeated,
            RowChangeKind::New => &mut self.new,
            RowChangeKind::Gone => &mut self.gone,
        } += 1;
    }

    /// Whether nothing of the table differs.
    pub fn is_same(&self) -> bool {
        self.rows_a == self.rows_b && self.counts().iter().all(|(_, count)| *count == 0)
    }
}
