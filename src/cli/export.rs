//! `reslate export`: what production records of its decisions, written from a replay.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use super::output::{Format, Grid, Output, note};
use super::select::{Policy, Range, date};
use super::style::{self, paint};
use super::{Exit, Location};
use crate::dates::Day;
use crate::error::{Error, RequestError, Result};
use crate::export::{Against, Difference, Record, TABLE, against, record};
use crate::file;
use crate::formats;
use crate::replay::{Dates, Replay};
use crate::snapshot::write::write_whole;

/// Write what production records: the rows of signal_best_bets_picks and a document a slate
///
/// To the folder of --out go signal_best_bets_picks.parquet (or .ndjson), which loads into BigQuery as it is (Parquet with
/// --parquet_enable_list_inference), v1/signal-best-bets/DATE.json for every slate, and latest.json, the newest of them; where
/// the folder has a latest.json of a newer slate that one stays, and rows that it has are replaced, which is said. Without a date the newest slate is exported. created_at is the time of the pull.
///
/// With --dry-run nothing is written: what would be is held against the snapshot's own signal_best_bets_picks, column by
/// column but for created_at, pick_angles, signal_regimes_snapshot and what is filled in after the games. Exit code 1 when
/// a recorded row differs, or would not be written.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate export 2026-02-11 --version v314 --out picks
  reslate export --from 2026-02-01 --to 2026-02-28 --version as-deployed --format ndjson --out picks
  reslate export 2026-02-11 --version v314 --dry-run
  reslate export --from 2026-02-01 --version v314 --dry-run --format json")]
pub struct Args {
    /// The slate's date
    #[arg(value_parser = date, value_name = "DATE", conflicts_with_all = ["from", "to"])]
    date: Option<NaiveDate>,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    policy: Policy,
    /// How the rows are written, parquet or ndjson [default: parquet]; of a dry run how the result is [default: table]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The folder to write to
    #[arg(long, value_name = "DIR", required_unless_present = "dry_run", conflicts_with = "dry_run")]
    out: Option<PathBuf>,
    /// Write nothing; show what would be written against what is recorded
    #[arg(long)]
    dry_run: bool,
}

/// A recorded column that would be written otherwise, as a row.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AgainstRow {
    date: Day,
    player_lookup: String,
    column: String,
    /// As JSON.
    recorded: String,
    would_write: String,
}

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    let dates = match args.date {
        Some(date) => Dates::On(date),
        None if args.range.is_given() => args.range.dates(),
        None => Dates::Newest,
    };
    let row_format = args.out.as_ref().map(|_| RowFormat::of(args.format)).transpose()?;
    let snapshot = snapshot.open()?;
    let replay = Replay::open(&snapshot, args.policy.request(&snapshot, dates)?).await?;
    let recorded = record(&replay, &snapshot).await?;
    if let (Some(folder), Some(format)) = (&args.out, row_format) {
        write(folder, format, &recorded)?;
        return Ok(Exit::Done);
    }
    if snapshot.table(TABLE).is_none() {
        note(format!("the snapshot has no {TABLE}, so nobody can tell what is recorded"));
    }
    let against = against(&replay, &recorded.rows).await?;
    let output = Output::to_stdout(args.format.unwrap_or_default());
    output.result(&against, print, |against| against.differences.iter().map(row).collect())?;
    Ok(if against.agrees() { Exit::Done } else { Exit::Differs })
}

/// How rows are written for the source to load.
#[derive(Clone, Copy)]
enum RowFormat {
    Parquet,
    Ndjson,
}

impl RowFormat {
    fn of(format: Option<Format>) -> Result<RowFormat> {
        match format {
            None | Some(Format::Parquet) => Ok(RowFormat::Parquet),
            Some(Format::Ndjson) => Ok(RowFormat::Ndjson),
            Some(_) => Err(Error::Request(RequestError::BadArgument {
                what: "--out",
                value: "with another --format".to_owned(),
                reason: "rows are written as parquet or ndjson; other formats are those of --dry-run".to_owned(),
            })),
        }
    }
}

fn row(difference: &Difference) -> AgainstRow {
    AgainstRow {
        date: difference.date,
        player_lookup: difference.player_lookup.clone(),
        column: difference.differing.column.clone(),
        recorded: difference.differing.recorded.to_string(),
        would_write: difference.differing.would_write.to_string(),
    }
}

fn write(folder: &Path, format: RowFormat, recorded: &Record) -> Result<()> {
    let rows = std::slice::from_ref(&recorded.rows);
    let (ending, bytes) = match format {
        RowFormat::Parquet => ("parquet", formats::parquet(rows)?),
        RowFormat::Ndjson => ("ndjson", formats::ndjson(rows)?),
    };
    let documents = folder.join("v1/signal-best-bets");
    for document in &recorded.documents {
        write_whole(&documents.join(format!("{}.json", document.date.0)), document.json()?.as_bytes())?;
    }
    if let Some(newest) = recorded.documents.iter().max_by_key(|document| document.date.0) {
        let latest = documents.join("latest.json");
        match date_of(&latest) {
            Some(date) if date > newest.date.0 => {
                note(format!("{} is of {date} and stays: nothing newer was exported", latest.display()));
            }
            _ => write_whole(&latest, newest.json()?.as_bytes())?,
        }
    }
    // Last, so that rows are only there once their documents are.
    let path = folder.join(format!("{TABLE}.{ending}"));
    if file::read(&path).is_ok_and(|before| before != bytes) {
        note(format!("{} was there already; its rows are replaced", path.display()));
    }
    write_whole(&path, &bytes)?;
    let (picks, slates) = (recorded.rows.num_rows(), recorded.documents.len());
    note(format!(
        "{}: {picks} picks of {slates} slates; their documents are in {}",
        path.display(),
        documents.display()
    ));
    Ok(())
}

/// The date of a document that is there already; none where there is none that says.
fn date_of(document: &Path) -> Option<NaiveDate> {
    let document: serde_json::Value = serde_json::from_slice(&file::read(document).ok()?).ok()?;
    document.get("date")?.as_str()?.parse().ok()
}

fn print(against: &Against) -> String {
    let heading = paint(style::HEADING, "What would be written");
    let mut text = format!("{heading} of {} slates against {TABLE}\n\n", against.asked);
    if against.slates.is_empty() {
        text += "No picks on either side.\n";
    } else {
        let mut grid = Grid::new(&[
            "DATE",
            ">WOULD WRITE",
            ">RECORDED",
            ">SAME",
            ">DIFFERENT",
            ">NEW",
            ">ONLY RECORDED",
            ">AGAIN",
        ]);
        for slate in &against.slates {
            let counts = [
                slate.would_write,
                slate.recorded,
                slate.same,
                slate.different,
                slate.new,
                slate.only_recorded,
                slate.repeated,
            ];
            grid.row(std::iter::once(slate.date.0.to_string()).chain(counts.map(|count| count.to_string())));
        }
        text += &grid.render(0);
    }
    if !against.differences.is_empty() {
        text += &format!("\n{}\n", paint(style::HEADING, "Differences"));
        let mut grid = Grid::new(&["DATE", "PLAYER", "COLUMN", "RECORDED", "WOULD WRITE"]);
        for difference in &against.differences {
            grid.row([
                difference.date.0.to_string(),
                difference.player_lookup.clone(),
                difference.differing.column.clone(),
                difference.differing.recorded.to_string(),
                difference.differing.would_write.to_string(),
            ]);
        }
        text += &grid.render(2);
    }
    if against.of_other_versions > 0 {
        text += &format!("\n{} recorded rows of these slates are of other versions.\n", against.of_other_versions);
    }
    text
}
