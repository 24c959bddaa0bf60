//! Relations as the specification (docs/specification/) has them: given rows, expected rows (`tests/queries/*.slt`).
//!
//! A file is a list of cases. `replay DATE[..DATE] [VERSION] [NAME=VALUE ...] [as-of=TIME]` begins one, without any rows;
//! `again ...` keeps the rows and asks for something else. INSERT gives rows to the snapshot's tables, where [`LEFT_OUT`]
//! says what a row has in a column that the INSERT leaves out. A SELECT reads the relations made of them; numbers are
//! compared to nine digits after the point and shown without zeros at their end.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionConfig, SessionContext, lit};
use reslate::error::{Error, Result};
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::contract::Table;
use reslate::snapshot::{Snapshot, TABLES};
use reslate::version::shipped;
use sqllogictest::{AsyncDB, DBOutput, DefaultColumnType, Runner, parse_with_name};

use crate::support::league::{in_memory, run};

/// Columns that an INSERT may leave out, and what they are then. Besides, a prediction is of the game LAL at BOS on the
/// slate's date, a row's date is that of its game, and a player's opponent is the other team of the game.
const LEFT_OUT: &[(&str, &[(&str, &str)])] = &[
    ("player_prop_predictions", &[("system_id", "catboost_v9"), ("line_source", "ODDS_API"), ("is_active", "true")]),
    ("prediction_accuracy", &[("system_id", "catboost_v9"), ("line_source", "ODDS_API"), ("is_voided", "false")]),
    ("player_game_summary", &[("team_abbr", "BOS"), ("minutes_played", "30")]),
];

macro_rules! specified {
    ($($name:ident: $file:literal,)*) => {
        $(
            #[test]
            fn $name() {
                follows($file);
            }
        )*

        #[test]
        fn every_file_of_cases_is_run() {
            let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let run = [$($file),*].map(|file| format!("{file}.slt"));
            assert_eq!(files.collect::<BTreeSet<_>>(), BTreeSet::from(run));
        }
    };
}

specified! {
    the_active_prediction_is_the_one_specified: "predictions",
    candidates_are_the_largest_edges: "candidates",
    the_consensus_is_that_of_the_models_that_vote: "consensus",
    features_are_read_one_game_early: "features",
    a_slates_health_is_that_of_the_days_before: "slate_health",
    players_are_judged_by_the_seasons_gradings: "player_records",
    signals_qualify_from_their_thresholds_on: "signals",
    filters_block_from_their_thresholds_on: "verdicts",
    combos_match_in_the_registrys_order: "combos",
    passing_candidates_are_ranked_by_score: "rankings",
    the_latest_grading_decides_the_outcome: "outcomes",
    monitoring_tables_are_those_specified: "monitor",
    models_are_weighed_by_the_days_before: "source_weights",
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/queries")
}

/// Runs the cases of a file and reports all that fail.
fn follows(file: &str) {
    let name = format!("{file}.slt");
    let records = parse_with_name(&fs::read_to_string(folder().join(&name)).unwrap(), name).unwrap();
    let failures = run(async {
        let mut runner = Runner::new(|| async { Case::begin("replay 2026-02-11") });
        runner.with_column_validator(|actual, expected| actual.is_empty() || actual == expected);
        let mut failures = Vec::new();
        for record in records {
            if let Err(failure) = runner.run_async(record).await {
                failures.push(failure.display(false).to_string());
            }
        }
        failures
    });
    assert!(failures.is_empty(), "{} failures\n\n{}", failures.len(), failures.join("\n\n"));
}

/// What is given, and the replay of it as soon as something is asked.
struct Case {
    request: Request,
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
            Some("again") => (self.request, self.replay) = (request(text)?, None),
            Some("SELECT") => return Ok(output(&self.replay().await?.user_query(text).await?)),
            _ => {
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
        let request = request(text)?;
        let given = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
        for table in TABLES {
            let of_table = LEFT_OUT.iter().filter(|(name, _)| *name == table.name).flat_map(|(_, columns)| *columns);
            let mut left_out: HashMap<_, _> = of_table.map(|(name, value)| ((*name).to_owned(), lit(*value))).collect();
            if table.name == "player_prop_predictions" {
                left_out.insert("game_id".to_owned(), lit(game_of(request.dates)));
            }
            let empty = MemTable::try_new(table.schema(), vec![Vec::new()])?.with_column_defaults(left_out);
            given.register_table(table.name, Arc::new(empty))?;
        }
        Ok(Case { request, given, replay: None })
    }

    async fn replay(&mut self) -> Result<&Replay> {
        if self.replay.is_none() {
            self.replay = Some(Replay::open(&self.snapshot().await?, self.request.clone()).await?);
        }
        Ok(self.replay.as_ref().unwrap())
    }

    /// A snapshot of the rows given; a table of which none are given is empty, or missing where the demo has none.
    async fn snapshot(&self) -> Result<Snapshot> {
        let mut snapshot = Snapshot::demo()?;
        for table in TABLES {
            let rows = self.given.sql(&with_derived_columns(table)).await?.collect().await?;
            let rows = concat_batches(&table.schema(), &rows)?;
            if rows.num_rows() > 0 || snapshot.table(table.name).is_some() {
                snapshot = snapshot.with_table(table.name, in_memory(table.name, &rows, usize::MAX))?;
            }
        }
        Ok(snapshot)
    }
}

/// `replay` or `again`, the dates, and any of a version, its parameters and an as-of time.
fn request(text: &str) -> Result<Request> {
    let mut words = text.split_whitespace().skip(1);
    let dates = words.next().unwrap();
    let (from, to) = dates.split_once("..").unwrap_or((dates, dates));
    let dates = Dates::Range { from: Some(from.parse().unwrap()), to: Some(to.parse().unwrap()) };
    let (mut version, mut as_of) = (shipped("v307")?, None);
    for word in words {
        match word.split_once('=') {
            Some(("as-of", time)) => as_of = Some(time.parse()?),
            Some((name, value)) => version.set(name, value)?,
            None => version = shipped(word)?,
        }
    }
    Ok(Request { as_of, ..Request::new(dates, version) })
}

/// LAL at BOS on the last of the dates.
fn game_of(dates: Dates) -> String {
    match dates {
        Dates::Range { to: Some(date), .. } => format!("{}_LAL_BOS", date.format("%Y%m%d")),
        other => panic!("{other:?} is no slate"),
    }
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

fn output(batches: &[RecordBatch]) -> DBOutput<DefaultColumnType> {
    let kind = |column: &ArrayRef| match column.data_type() {
        DataType::Utf8 | DataType::Utf8View => DefaultColumnType::Text,
        kind if kind.is_integer() => DefaultColumnType::Integer,
        kind if kind.is_numeric() => DefaultColumnType::FloatingPoint,
        _ => DefaultColumnType::Any,
    };
    let types = batches.first().map(|batch| batch.columns().iter().map(kind).collect()).unwrap_or_default();
    let values = |batch: &RecordBatch, row| batch.columns().iter().map(|column| shown(column, row)).collect();
    let rows = batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| values(batch, row))).collect();
    DBOutput::Rows { types, rows }
}

fn shown(column: &ArrayRef, row: usize) -> String {
    match column.data_type() {
        _ if column.is_null(row) => "NULL".to_owned(),
        DataType::Float64 => without_zeros(&format!("{:.9}", column.as_primitive::<Float64Type>().value(row))),
        DataType::Decimal128(..) => without_zeros(&array_value_to_string(column, row).unwrap()),
        _ => array_value_to_string(column, row).unwrap(),
    }
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
