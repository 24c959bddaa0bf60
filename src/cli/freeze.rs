//! `reslate freeze`: one slate's decision with everything it rests on, in one file.

use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use chrono::NaiveDate;
use clap::ValueEnum as _;
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::compute::{max, min};
use datafusion::arrow::datatypes::Date32Type;

use super::output::{Format, Grid, Output};
use super::select::{Policy, date};
use super::style::{self, paint};
use super::{Exit, Location};
use crate::error::{Error, RequestError, Result};
use crate::freeze::{Form, Frozen, freeze, proved};
use crate::replay::Dates;
use crate::snapshot::write::write_whole;
use crate::text::visible;

/// Freeze the decision about a slate: everything it rests on and the decision itself, in one file
///
/// The file has the predictions, gradings, games, lines, signal health and combo registry that the decision could see (and
/// no row that it could not), the version resolved, which snapshot and which reslate decided, the decision document, and
/// every candidate with what became of it. `reslate replay --frozen FILE` decides again by it alone, years later, and says
/// in what the result differs. The file is written only once that was tried.
///
/// A .json file is an object for reading, with a line a row; any other is Parquet, whose types are exact and which is
/// smaller: one row, in which each table is a column (DuckDB: SELECT unnest(prediction_accuracy, recursive := true) FROM
/// 'FILE'). Both have a format number and a checksum.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate freeze 2026-02-11 --out 2026-02-11.parquet
  reslate freeze 2026-02-11 --version v314 --out 2026-02-11.json
  reslate freeze 2026-02-11 --version as-deployed --as-of 14:30 --out 2026-02-11.parquet
  reslate replay --frozen 2026-02-11.parquet       the same decision, without the snapshot")]
pub struct Args {
    /// The slate's date
    #[arg(value_parser = date, value_name = "DATE")]
    date: NaiveDate,
    /// The file to write, whole or not at all
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// How the file is written [default: by the ending of --out, else parquet]
    #[arg(long, value_enum)]
    format: Option<Form>,
    #[command(flatten)]
    policy: Policy,
}

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    let form = form(&args)?;
    let snapshot = snapshot.open()?;
    let request = args.policy.request(&snapshot, Dates::On(args.date))?;
    let frozen = freeze(&snapshot, request).await?;
    args.policy.note_stand_in(&snapshot, (args.date, args.date))?;
    let bytes = proved(&frozen, form, &args.out).await?;
    write_whole(&args.out, &bytes)?;
    Output::to_stdout(Format::Table).out.text(&said(&frozen, &args.out, bytes.len()))?;
    Ok(Exit::Done)
}

/// The form asked for, else that of the ending.
fn form(args: &Args) -> Result<Form> {
    let ending = args.out.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    match (args.format, Form::from_str(ending, false)) {
        (Some(form), _) => Ok(form),
        (None, Ok(form)) => Ok(form),
        (None, Err(_)) if Format::from_str(ending, false).is_err() => Ok(Form::Parquet),
        (None, Err(_)) => Err(Error::Request(RequestError::BadArgument {
            what: "--out",
            value: args.out.display().to_string(),
            reason: "a frozen decision is written as parquet or json; say which with --format".to_owned(),
        })),
    }
}

fn said(frozen: &Frozen, out: &Path, bytes: usize) -> String {
    let head = frozen.head();
    let mut text = format!(
        "{} {}, decided by {}: {} of {} candidates picked\n\n",
        paint(style::HEADING, "Frozen"),
        head.date,
        visible(&head.version),
        frozen.picks(),
        frozen.candidates().num_rows()
    );
    let mut grid = Grid::new(&["TABLE", ">ROWS", "FIRST", "LAST"]);
    for (table, batch) in frozen.tables() {
        let [first, last] = dates(batch).unwrap_or_else(|| ["-".to_owned(), "-".to_owned()]);
        grid.row([table.name.to_owned(), batch.num_rows().to_string(), first, last]);
    }
    text += &grid.render(2);
    let size = ByteSize(bytes as u64).display().iec().to_string();
    let checksum = head.checksum.get(..DIGITS).unwrap_or_default();
    text + &format!("\n{}\n", visible(format_args!("{}, {size}, checksum {checksum}", out.display())))
}

/// How much of a checksum is shown.
const DIGITS: usize = 12;

/// The first and last date of a table's rows; none where it has no dates or no rows.
fn dates(batch: &RecordBatch) -> Option<[String; 2]> {
    let dates = batch.column_by_name("game_date")?.as_primitive::<Date32Type>();
    let day = |days: i32| Date32Type::to_naive_date_opt(days).map(|date| date.to_string());
    Some([day(min(dates)?)?, day(max(dates)?)?])
}
