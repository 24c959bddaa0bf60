//! Cases of relations: given rows, expected rows (`tests/queries/*.slt`).
//!
//! A file is a list of cases. `replay DATE[..DATE] [VERSION] [NAME=VALUE ...] [as-of=TIME]` begins one, without any rows;
//! `again ...` keeps the rows and asks for something else. INSERT gives rows to the snapshot's tables, where `LEFT_OUT`
//! says what a row has in a column that the INSERT leaves out. A SELECT reads the relations made of them; numbers are
//! compared to nine digits after the point and shown without zeros at their end.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::NaiveDate;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, new_null_array};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Field, Float64Type};
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionConfig, SessionContext, lit};
use schemars::JsonSchema;
use serde::Serialize;
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Record, Runner, parse_with_name};

use crate::engine::store::named_by;
use crate::error::{Error, FileError, QueryError, RequestError, Result, one_line};
use crate::replay::{Dates, Replay, Request};
use crate::snapshot::contract::Table;
use crate::snapshot::write::parquet_at;
use crate::snapshot::{Snapshot, Source, TABLES};
use crate::version::shipped;

/// Columns that an INSERT may leave out, and what they are then. Besides, a prediction is of the game LAL at BOS on the
/// slate's date, a row's date is that of its game, and a player's opponent is the other team of the game.
const LEFT_OUT: &[(&str, &[(&str, &str)])] = &[
    ("player_prop_predictions", &[("system_id", "catboost_v9"), ("line_source", "ODDS_API"), ("is_active", "true")]),
    ("prediction_accuracy", &[("system_id", "catboost_v9"), ("line_source", "ODDS_API"), ("is_voided", "false")]),
    ("player_game_summary", &[("team_abbr", "BOS"), ("minutes_played", "30")]),
];

/// What a file begins with, as long as it states nothing else.
const UNLESS_STATED: &str = "replay 2026-02-11";

/// The cases of a file.
pub struct CaseFile {
    name: String,
    cases: Vec<Vec<Record<DefaultColumnType>>>,
}

/// How the cases of a file ended.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Tested {
    pub file: String,
    /// How many cases were run.
    pub cases: usize,
    /// How many queries they make.
    pub queries: usize,
    pub failures: Vec<Failure>,
}

/// A query of a case that gives something else than is expected, or a statement that fails.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Failure {
    pub line: u32,
    /// What was asked, expected and found.
    pub what: String,
}

/// The files of cases in a folder, by name.
///
/// # Errors
/// No such folder, or one without cases, or a file that states none.
pub fn in_folder(folder: &Path) -> Result<Vec<CaseFile>> {
    let failed =
        |error: std::io::Error| Error::File(FileError::Input { path: folder.to_path_buf(), reason: error.into() });
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "slt"));
    paths.sort_unstable();
    if paths.is_empty() {
        let reason = "has no cases of relations, NAME.slt".into();
        return Err(QueryError::BadFile { file: folder.display().to_string(), reason }.into());
    }
    paths.iter().map(|path| CaseFile::read(path)).collect()
}

impl CaseFile {
    /// The cases of a file.
    ///
    /// # Errors
    /// It cannot be read, is no list of cases, or has a record of another kind than statements and queries.
    pub fn read(path: &Path) -> Result<CaseFile> {
        let name = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|error| FileError::Input { path: path.to_path_buf(), reason: error.into() })?;
        let records = parse_with_name(&text, name.as_str()).map_err(|error| QueryError::BadFile {
            file: format!("{name}, line {}", error.location().line()),
            reason: one_line(&error.kind().to_string()).into(),
        })?;
        let mut cases: Vec<Vec<Record<DefaultColumnType>>> = Vec::new();
        for record in records {
            let begins = match &record {
                Record::Statement { sql, .. } => sql.starts_with("replay"),
                Record::Query { .. } => false,
                Record::Comment(_) | Record::Newline | Record::Injected(_) => continue,
                // One of these runs a command of the shell.
                other => {
                    let reason = format!("only statements and queries are run, not: {}", one_line(&other.to_string()));
                    return Err(QueryError::BadFile { file: name, reason: reason.into() }.into());
                }
            };
            match cases.last_mut() {
                Some(case) if !begins => case.push(record),
                _ => cases.push(vec![record]),
            }
        }
        Ok(CaseFile { name, cases })
    }

    /// The cases with a query that names one of `relations`; none if there is no such case.
    pub fn naming(self, relations: &BTreeSet<&str>) -> Option<CaseFile> {
        let names = |record: &Record<DefaultColumnType>| match record {
            Record::Query { sql, .. } => sql
                .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
                .any(|word| relations.contains(word)),
            _ => false,
        };
        let cases: Vec<_> = self.cases.into_iter().filter(|case| case.iter().any(names)).collect();
        (!cases.is_empty()).then_some(CaseFile { name: self.name, cases })
    }

    /// Runs the cases, also those after one that fails.
    pub async fn run(self) -> Tested {
        let mut tested = Tested { file: self.name, cases: self.cases.len(), queries: 0, failures: Vec::new() };
        let mut runner = Runner::new(|| async { Case::begin(UNLESS_STATED) });
        runner.with_column_validator(|actual, expected| actual.is_empty() || actual == expected);
        for record in self.cases.into_iter().flatten() {
            tested.queries += usize::from(matches!(record, Record::Query { .. }));
            if let Err(failure) = runner.run_async(record).await {
                let (line, what) = (failure.location().line(), failure.kind().display(false).to_string());
                tested.failures.push(Failure { line, what });
            }
        }
        tested
    }
}

/// What is given, and the replay of it as soon as something is asked.
struct Case {
    request: Request,
    /// The contract's, with the numbered columns that the version asked or an INSERT names.
    tables: Vec<&'static Table>,
    given: SessionContext,
    replay: Option<Replay>,
}

#[async_trait]
impl AsyncDB for Case {
    type Error = Error;
    type ColumnType = DefaultColumnType;

    async fn run(&mut self, text: &str) -> Result<DBOutput<DefaultColumnType>> {
        match text.split_whitespace().next() {
            Some("replay") => *self = Case::begin(text)?,
            Some("again") => {
                (self.request, self.replay) = (request(text)?.0, None);
                self.widen(&named_by(&self.request.versions)).await?;
            }
            Some("SELECT") => return output(&self.replay().await?.user_query(text).await?),
            _ => {
                let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').map(str::to_owned);
                self.widen(&words.collect()).await?;
                self.given.sql(text).await?.collect().await?;
                self.replay = None;
            }
        }
        Ok(DBOutput::StatementComplete(0))
    }

    async fn shutdown(&mut self) {}
}

impl Case {
    fn begin(text: &str) -> Result<Case> {
        let (request, date) = request(text)?;
        let given = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
        let named = named_by(&request.versions);
        let wide = |table: &'static Table| table.with_numbered(named.iter().map(String::as_str));
        let tables: Vec<&'static Table> = TABLES.iter().map(wide).collect();
        for table in &tables {
            let of_table = LEFT_OUT.iter().filter(|(name, _)| *name == table.name).flat_map(|(_, columns)| *columns);
            let mut left_out: HashMap<_, _> = of_table.map(|(name, value)| ((*name).to_owned(), lit(*value))).collect();
            if table.name == "player_prop_predictions" {
                left_out.insert("game_id".to_owned(), lit(format!("{}_LAL_BOS", date.format("%Y%m%d"))));
            }
            let empty = MemTable::try_new(table.schema(), vec![Vec::new()])?.with_column_defaults(left_out);
            given.register_table(table.name, Arc::new(empty))?;
        }
        Ok(Case { request, tables, given, replay: None })
    }

    /// Has columns of these names in the table that has numbered columns; rows that were given before have none of them.
    async fn widen(&mut self, names: &BTreeSet<String>) -> Result<()> {
        for table in &mut self.tables {
            let wider = table.with_numbered(names.iter().map(String::as_str));
            if std::ptr::eq(wider, *table) {
                continue;
            }
            let rows = self.given.table(table.name).await?.collect().await?;
            let rows = rows.iter().map(|batch| with_columns_of(wider, batch)).collect::<Result<Vec<_>>>()?;
            self.given.deregister_table(table.name)?;
            self.given.register_table(table.name, Arc::new(MemTable::try_new(wider.schema(), vec![rows])?))?;
            *table = wider;
        }
        Ok(())
    }

    async fn replay(&mut self) -> Result<&Replay> {
        let replay = match self.replay.take() {
            Some(replay) => replay,
            None => Replay::open(&self.snapshot().await?, self.request.clone()).await?,
        };
        Ok(self.replay.insert(replay))
    }

    /// A snapshot of the rows given; a table of which none are given is empty, or missing where the demo has none.
    async fn snapshot(&self) -> Result<Snapshot> {
        /// They are read once.
        const FASTEST: i32 = 1;
        let mut snapshot = Snapshot::demo()?;
        for table in self.tables.iter().copied() {
            let rows = self.given.sql(&with_derived_columns(table)).await?.collect().await?;
            let rows = concat_batches(&table.schema(), &rows)?;
            if rows.num_rows() > 0 || snapshot.table(table.name).is_some() {
                let name = format!("{}.parquet", table.name);
                let source = Source::Memory { name, bytes: parquet_at(&rows, FASTEST)?.into() };
                snapshot = snapshot.with_table(table.name, source)?;
            }
        }
        Ok(snapshot)
    }
}

/// `replay` or `again`, the dates, and any of a version, its parameters and an as-of time. Second the last of the dates.
fn request(text: &str) -> Result<(Request, NaiveDate)> {
    let mut words = text.split_whitespace().skip(1);
    let dates = words.next().unwrap_or_default();
    let (from, to) = dates.split_once("..").unwrap_or((dates, dates));
    let date = |text: &str| {
        let reason = "a case begins with `replay DATE` or `replay DATE..DATE`".to_owned();
        text.parse()
            .map_err(|_| Error::Request(RequestError::BadArgument { what: "date", value: one_line(text), reason }))
    };
    let (from, to) = (date(from)?, date(to)?);
    let (mut version, mut as_of) = (shipped("v307")?, None);
    for word in words {
        match word.split_once('=') {
            Some(("as-of", time)) => as_of = Some(time.parse()?),
            Some((name, value)) => version.set(name, value)?,
            None => version = shipped(word)?,
        }
    }
    Ok((Request { as_of, ..Request::new(Dates::Range { from: Some(from), to: Some(to) }, version) }, to))
}

/// A batch with the columns of a table, NULL where it has none.
fn with_columns_of(table: &Table, batch: &RecordBatch) -> Result<RecordBatch> {
    let column = |field: &Arc<Field>| match batch.column_by_name(field.name()) {
        Some(values) => Arc::clone(values),
        None => new_null_array(field.data_type(), batch.num_rows()),
    };
    let schema = table.schema();
    Ok(RecordBatch::try_new(Arc::clone(&schema), schema.fields().iter().map(column).collect())?)
}

/// A query for a table's rows with the date and the opponent that follow from their game.
fn with_derived_columns(table: &Table) -> String {
    let has_game = table.column("game_id").is_some();
    let column = |name| match name {
        "game_date" if has_game => {
            "coalesce(game_date, CAST(concat_ws('-', substr(game_id, 1, 4), substr(game_id, 5, 2), \
             substr(game_id, 7, 2)) AS DATE)) AS game_date"
        }
        "opponent_team_abbr" => {
            "coalesce(opponent_team_abbr, CASE team_abbr WHEN split_part(game_id, '_', 3) \
             THEN split_part(game_id, '_', 2) ELSE split_part(game_id, '_', 3) END) AS opponent_team_abbr"
        }
        _ => name,
    };
    let columns: Vec<&str> = table.columns.iter().map(|spec| column(spec.name)).collect();
    format!("SELECT {} FROM {}", columns.join(", "), table.name)
}

fn output(batches: &[RecordBatch]) -> Result<DBOutput<DefaultColumnType>> {
    let kind = |column: &ArrayRef| match column.data_type() {
        DataType::Utf8 | DataType::Utf8View => DefaultColumnType::Text,
        kind if kind.is_integer() => DefaultColumnType::Integer,
        kind if kind.is_numeric() => DefaultColumnType::FloatingPoint,
        _ => DefaultColumnType::Any,
    };
    let types = batches.first().map(|batch| batch.columns().iter().map(kind).collect()).unwrap_or_default();
    let values = |batch: &RecordBatch, row| batch.columns().iter().map(|column| shown(column, row)).collect();
    let rows = batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| values(batch, row)));
    Ok(DBOutput::Rows { types, rows: rows.collect::<Result<_>>()? })
}

fn shown(column: &ArrayRef, row: usize) -> Result<String> {
    Ok(match column.data_type() {
        _ if column.is_null(row) => "NULL".to_owned(),
        DataType::Float64 => without_zeros(&format!("{:.9}", column.as_primitive::<Float64Type>().value(row))),
        DataType::Decimal128(..) => without_zeros(&array_value_to_string(column, row)?),
        _ => array_value_to_string(column, row)?,
    })
}

fn without_zeros(number: &str) -> String {
    let Some((whole, digits)) = number.split_once('.') else {
        return number.to_owned();
    };
    match (whole, digits.trim_end_matches('0')) {
        ("-0", "") => "0".to_owned(),
        (whole, "") => whole.to_owned(),
        (whole, digits) => format!("{whole}.{digits}"),
    }
}
