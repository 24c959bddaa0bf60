//! `reslate replay`: what a version picked, and what each filter removed.

mod frozen;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;

use chrono::NaiveDate;
use comfy_table::Color;
use datafusion::arrow::array::RecordBatch;
use indicatif::ProgressBar;
use serde::Deserialize;

use super::output::{Cell, Format, Grid, Out, Output, note};
use super::select::{Policy, Range, date};
use super::style::{self, paint};
use super::{Exit, Location};
use crate::error::{Error, Result};
use crate::formats::RowFormat;
use crate::replay::{Dates, Replay};
use crate::snapshot::Snapshot;
use crate::summary::{Summary, SummaryPick, summarize};
use crate::text::visible;
use crate::{document, formats};

/// Decide any slate again, exactly as a version decided it
///
/// Without a date the newest slate is replayed; with --from and --to every slate between them, both included.
///
/// json and ndjson write production's decision documents, csv and parquet the decisions relation, a row per candidate.
///
/// --frozen decides by the rows of a frozen decision alone (see `reslate freeze`) and says in what the result differs from
/// what was frozen (exit code 1). By another version than the frozen one a difference is no error: it is what is asked for.
/// What came of the bets is in no frozen decision, so every outcome is UNGRADED.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate replay 2026-02-11
  reslate replay 2026-02-11 --version v314 --set min_edge=4.5
  reslate replay --from 2026-01-01 --to 2026-01-31 --version v314
  reslate replay 2026-02-11 --as-of 14:30          with what had been written by then
  reslate replay 2026-02-11 --format json          production's decision document
  reslate replay --from 2025-10-21 --out season.parquet
  reslate replay --frozen 2026-02-11.parquet       without a snapshot, from what was frozen
  reslate replay --frozen 2026-02-11.parquet --version v318")]
pub struct Args {
    /// The slate's date
    #[arg(value_parser = date, value_name = "DATE", conflicts_with_all = ["from", "to"])]
    date: Option<NaiveDate>,
    /// Decide by this frozen decision, and compare with it
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["date", "from", "to", "as_of", "subset_version"]
    )]
    frozen: Option<PathBuf>,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    policy: Policy,
    #[command(flatten)]
    output: Output<Format>,
}

pub async fn run(args: Args, location: &Location) -> Result<Exit> {
    let (format, out) = (args.output.format()?, args.output.out);
    if let Some(file) = &args.frozen {
        location.ensure_not_given("--frozen has the rows")?;
        return frozen::run(file, &args.policy, location, format, &out).await;
    }
    let snapshot = location.open()?;
    let dates = match args.date {
        Some(date) => Dates::On(date),
        None if args.range.is_given() => args.range.dates(),
        None => Dates::Newest,
    };
    let replay = args.policy.replay(&snapshot, dates).await?;
    write(&replay, &snapshot, matches!(dates, Dates::Range { .. }), format, &out).await?;
    replay.warnings().await?.iter().for_each(note);
    if args.policy.as_of().is_some() {
        note_slates_too_early(&replay).await?;
    }
    Ok(Exit::Done)
}

/// Decides and writes the result.
async fn write(replay: &Replay, snapshot: &Snapshot, is_range: bool, format: Format, out: &Out) -> Result<()> {
    let progress = progress(replay.slates.len());
    match format {
        Format::Table => {
            let summary = summarize(replay, snapshot).await?;
            progress.finish_and_clear();
            let text = if is_range { range(replay, &summary) } else { slate(replay, &summary) };
            out.text(&text)
        }
        Format::Json | Format::Ndjson => {
            let mut documents = document::documents(replay, snapshot).await?;
            let warnings = [replay.engine.ledgers().said(), replay.warnings().await?].concat();
            documents.iter_mut().for_each(|document| document.warnings.clone_from(&warnings));
            progress.finish_and_clear();
            let text = match (format, documents.as_slice()) {
                (Format::Ndjson, _) => document::ndjson(&documents)?,
                (_, [only]) if !is_range => only.json()?,
                _ => document::json_array(&documents)?,
            };
            out.bytes(text.as_bytes(), false)
        }
        Format::Csv => decisions(replay, RowFormat::Csv, out, progress).await,
        Format::Parquet => decisions(replay, RowFormat::Parquet, out, progress).await,
    }
}

/// Writes the decisions while they come, season by season.
async fn decisions(replay: &Replay, format: RowFormat, out: &Out, progress: ProgressBar) -> Result<()> {
    let (sender, receiver) = sync_channel::<Result<RecordBatch>>(1);
    let to = out.clone();
    let writing = tokio::task::spawn_blocking(move || {
        let mut batches = receiver.into_iter();
        let Some(first) = batches.next().transpose()? else { return Ok(false) };
        progress.finish_and_clear();
        let schema = first.schema();
        to.rows(format, &schema, std::iter::once(Ok(first)).chain(batches)).map(|()| true)
    });
    let is_gone = || Error::BrokenPipe;
    let decided = replay.decisions_by_season(|rows| sender.send(Ok(rows)).map_err(|_| is_gone())).await;
    if let Err(error) = decided {
        // Whoever writes ends with it, unless what it says is that writing ended.
        let _ended = sender.send(Err(error));
    }
    drop(sender);
    match writing.await.map_err(Error::Task)?? {
        true => Ok(()),
        false if format == RowFormat::Parquet => out.bytes(&formats::parquet(&[])?, true),
        false => out.bytes(&formats::csv(&[])?, false),
    }
}

/// Says on which slates nothing had been predicted by the time that was asked for, so that none of it is taken for a
/// decision.
async fn note_slates_too_early(replay: &Replay) -> Result<()> {
    let early = "SELECT CAST(game_date AS VARCHAR) AS game_date FROM slates \
                 WHERE game_date NOT IN (SELECT game_date FROM slate_predictions) ORDER BY game_date";
    let early: Vec<Early> = formats::rows(&replay.engine.query(early).await?)?;
    if let Some(first) = early.first() {
        let more = if early.len() > 1 { format!(" and {} more slates", early.len() - 1) } else { String::new() };
        note(format!("nothing had been predicted for {}{more} by then; take a later --as-of", first.game_date));
    }
    Ok(())
}

#[derive(Deserialize)]
struct Early {
    game_date: String,
}

/// A spinner on standard error while many slates are decided; all of them are one computation, so there is no fraction.
pub fn progress(slates: usize) -> ProgressBar {
    if slates < 2 || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let spinner = ProgressBar::new_spinner().with_message(format!("replaying {slates} slates"));
    spinner.enable_steady_tick(std::time::Duration::from_millis(100));
    spinner
}

fn slate(replay: &Replay, summary: &Summary) -> String {
    let slate = &replay.slates[0];
    let mut text = format!(
        "{} {}, season {}, decided by {}\n\n",
        paint(style::HEADING, "Slate"),
        slate.game_date,
        slate.season.name(),
        decided_by(replay)
    );
    text += &picks(&summary.picks);
    text += &totals(summary);
    text
}

/// The version by both its names, or each date's own by their ids.
fn decided_by(replay: &Replay) -> String {
    match replay.versions.as_slice() {
        [only] => {
            let changes = only.changes();
            let with = if changes.is_empty() { String::new() } else { format!(" with {}", changes.join(", ")) };
            visible(format_args!("{} ({}){with}", only.id, only.algorithm_version))
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|version| version.id.as_str()).collect();
            visible(format_args!("each date's own version ({})", ids.join(", ")))
        }
    }
}

fn range(replay: &Replay, summary: &Summary) -> String {
    let (first, last) = (&replay.slates[0], &replay.slates[replay.slates.len() - 1]);
    let mut text = format!(
        "{} {} to {}, {} slates, decided by {}\n\n",
        paint(style::HEADING, "Slates"),
        first.game_date,
        last.game_date,
        replay.slates.len(),
        decided_by(replay)
    );
    let mut grid = Grid::new(&["DATE", ">CANDIDATES", ">PICKS", ">W-L-P", ">HIT RATE", ">UNITS"]);
    for slate in &summary.slates {
        let record = slate.record;
        let decided = record.decided() > 0;
        grid.row([
            slate.game_date.clone(),
            slate.candidates.to_string(),
            slate.picks.to_string(),
            format!("{}-{}-{}", record.wins, record.losses, record.pushes),
            record.hit_rate().map_or("-".to_owned(), |rate| format!("{rate:.1} % of {}", record.decided())),
            if decided { format!("{:+.2}", record.units()) } else { "-".to_owned() },
        ]);
    }
    text += &grid.render(0);
    text.push('\n');
    text += &totals(summary);
    text
}

fn picks(picks: &[SummaryPick]) -> String {
    if picks.is_empty() {
        return "No picks.\n\n".to_owned();
    }
    let mut grid = Grid::new(&[">#", "PLAYER", "GAME", "SIDE", ">LINE", ">EDGE", "MODEL", "SIGNALS", "OUTCOME"]);
    for pick in picks {
        let signals: Vec<&str> =
            pick.signal_tags.iter().map(String::as_str).filter(|tag| *tag != "model_health").collect();
        let game = match (&pick.team, &pick.opponent) {
            (Some(team), Some(opponent)) => format!("{team} v {opponent}"),
            _ => "-".to_owned(),
        };
        let outcome = match pick.actual_points {
            Some(points) => format!("{} ({points})", pick.outcome),
            None => pick.outcome.clone(),
        };
        let outcome = match pick.outcome.as_str() {
            "WIN" => Cell::new(outcome).fg(Color::Green),
            "LOSS" => Cell::new(outcome).fg(Color::Red),
            _ => Cell::new(outcome),
        };
        grid.row([
            Cell::new(pick.rank),
            Cell::new(pick.player.as_ref().unwrap_or(&pick.player_lookup)),
            Cell::new(game),
            Cell::new(&pick.recommendation),
            Cell::new(format!("{:.1}", pick.line)),
            Cell::new(format!("{:+.1}", pick.edge)),
            Cell::new(&pick.source_model_id),
            Cell::new(signals.join(" ")),
            outcome,
        ]);
    }
    format!("{}\n", grid.render(0))
}

fn totals(summary: &Summary) -> String {
    let mut text = format!("{}\n", paint(style::HEADING, "Funnel"));
    let mut grid = Grid::new(&["", ">"]);
    grid.row(["candidates".to_owned(), summary.candidates.to_string()]);
    for step in summary.funnel.iter().filter(|step| step.removed > 0) {
        grid.row([step.filter.clone(), format!("-{}", step.removed)]);
    }
    if summary.beyond_cap > 0 {
        grid.row([summary.beyond.to_owned(), format!("-{}", summary.beyond_cap)]);
    }
    grid.row(["picks".to_owned(), summary.picks.len().to_string()]);
    text.extend(grid.render(2).lines().skip(1).map(|line| format!("{line}\n")));
    let idle: Vec<&str> =
        summary.funnel.iter().filter(|step| step.removed == 0).map(|step| step.filter.as_str()).collect();
    if !idle.is_empty() {
        text += &paint(style::FAINT, format!("  removed nothing first: {}", idle.join(", ")));
        text.push('\n');
    }
    if !summary.picks.is_empty() {
        text += &format!("\n{} {}\n", paint(style::HEADING, "Record"), visible(summary.record));
    }
    if !summary.warnings.is_empty() {
        text += &format!("\n{}\n", paint(style::NOTE, "Warnings"));
        text.extend(summary.warnings.iter().map(|warning| format!("  {}\n", visible(warning))));
    }
    text
}
