//! `reslate pull`: a snapshot from the source tables or their exports.

use std::io::IsTerminal as _;
use std::num::NonZeroUsize;
use std::time::{Duration, SystemTime};

use bytesize::ByteSize;
use chrono::{DateTime, Days, NaiveDate, SubsecRound as _, Utc};
use comfy_table::Color;

use super::memory::Memory;
use super::output::{Cell, Grid, Output, Report};
use super::select::date;
use super::style::{ERROR, FAINT, GOOD, HEADING, NOTE, paint};
use super::{Exit, Location};
use crate::count::{counted, either};
use crate::dates::{DateRange, Day};
use crate::error::{Result, did_you_mean};
use crate::pull::disk::LocalDisk;
use crate::pull::{self, Gone, Mapping, Outcome, Progress, PullReport, Request, TableReport, Twin};
use crate::snapshot::TABLES;
use crate::snapshot::calendar::Season;
use crate::snapshot::contract::{self, Table};
use crate::snapshot::manifest;
use crate::snapshot::month::Month;
use crate::text::visible;

/// Pull a snapshot from the source tables or their exports
///
/// SOURCE is a folder, here, in a bucket or on a web server, with an export of each table: TABLE.parquet, shards
/// (TABLE-000000000000.parquet) or a folder of its own (TABLE/ANYTHING.parquet), as Parquet, CSV with a heading (.csv) or an
/// object a line (.json, .jsonl, .ndjson), the latter two also gzipped (.gz). --snapshot says where the snapshot is to be.
///
/// Or it is bigquery://PROJECT, whose tables lie in nba_analytics (player_game_summary) and nba_predictions (all others),
/// or bigquery://PROJECT.DATASET, where all lie in one; --map says where a table lies instead. Credentials are the
/// application default ones (gcloud auth application-default login, GOOGLE_APPLICATION_CREDENTIALS, or those of the
/// machine). They need the roles BigQuery Data Viewer, BigQuery Job User and BigQuery Read Session User.
///
/// Columns are found by name, and values cast to the contract only where that is exact; what does not fit is counted and
/// shown with its file and row, and is NULL in the snapshot (--strict stops there instead). Only what is new or has changed
/// since the last pull is read. A pull that fails or is killed leaves the snapshot as it was, and the next one goes on. A
/// server that is busy or out of reach is asked again, for some minutes.
///
/// Where rows of a date, a column or a table are gone from the source, the snapshot keeps its own month or table as it was,
/// whatever else is new in it: an export that is cut short must not take the past with it. This and values that did not fit
/// are said by every pull until they are mended or, with --accept-gone, let go. A month's file that is damaged, or was taken
/// away, is written anew from what the source has.
///
/// Exit codes: 0 done, 1 done but values did not fit, rows, columns or tables are gone from the source, a file is there
/// twice, a required table is empty or there is no row of the dates that were asked for, 2 error.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Sources, and where their credentials come from; they are never shown or kept:
  FOLDER
      of this machine
  s3://BUCKET/FOLDER
      AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile with keys (AWS_PROFILE) or the role of
      the machine; AWS_REGION; AWS_ENDPOINT_URL where it is not Amazon's
  gs://BUCKET/FOLDER
      `gcloud auth application-default login`, or a service account's key file that is named by
      GOOGLE_APPLICATION_CREDENTIALS, or a token (GOOGLE_OAUTH_ACCESS_TOKEN)
  az://CONTAINER@ACCOUNT/FOLDER, also abfss://
      AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_SAS_TOKEN, AZURE_STORAGE_CONNECTION_STRING, a service
      principal (AZURE_CLIENT_ID and the like), or AZURE_USE_AZURE_CLI=true after `az login`
  https://HOST/FOLDER
      https://USER:PASSWORD@HOST/FOLDER, or the query of a signed URL, which every request has then.
      The server has to serve ranges of files. One that does not list them by WebDAV is asked for
      TABLE.parquet, .csv, .json and the like, but not for shards and folders. A URL of one such
      file is that file alone; name its table by --tables
  A public bucket: AWS_SKIP_SIGNATURE=true, GOOGLE_SKIP_SIGNATURE=true or AZURE_SKIP_SIGNATURE=true

Examples:
  reslate pull ~/exports --snapshot ~/snapshots/nba
  reslate pull gs://my-bucket/exports --snapshot ~/snapshots/nba
  AWS_PROFILE=nba reslate pull s3://my-bucket/exports --snapshot ~/snapshots/nba
  reslate pull 'https://acc.blob.core.windows.net/box/exports?sv=...&sig=...' --snapshot ~/nba
  reslate pull ~/exports --snapshot ~/snapshots/nba --dry-run
  reslate pull ~/exports --snapshot ~/snapshots/nba --season 2025-26 --strict
  reslate pull ~/exports --snapshot ~/snapshots/nba --tables prediction_accuracy --from 2026-02-01
  reslate pull ~/exports --snapshot ~/snapshots/nba --accept-gone
  reslate pull bigquery://nba-prod --snapshot ~/snapshots/nba --season 2025-26 --dry-run
  reslate pull bigquery://nba-prod.mirror --snapshot ~/snapshots/nba --map model_registry=ml.models

Environment, for bigquery:// only:
  CLOUDSDK_AUTH_ACCESS_TOKEN     An access token, in place of the application default credentials
  BIGQUERY_EMULATOR_HOST         Host of an emulator, which is asked without credentials
  BIGQUERY_STORAGE_EMULATOR_HOST Host of its Storage API (gRPC), where that is another")]
pub struct Args {
    /// Folder with the exports, its URL, or bigquery://PROJECT[.DATASET]
    source: String,
    /// Where a table lies in BigQuery, if not in its usual place; once for each such table
    #[arg(long, value_name = "TABLE=DATASET.NAME")]
    map: Vec<Mapping>,
    /// First date, included; what the snapshot has of other dates stays
    #[arg(long, value_name = "DATE", value_parser = date, conflicts_with = "season")]
    from: Option<NaiveDate>,
    /// Last date, included
    #[arg(long, value_name = "DATE", value_parser = date, conflicts_with = "season")]
    to: Option<NaiveDate>,
    /// The dates of a season, such as 2025-26
    #[arg(long, value_parser = season)]
    season: Option<Season>,
    /// Only these tables; what the snapshot has of others stays [default: all that SOURCE has]
    #[arg(long, value_delimiter = ',', value_parser = table)]
    tables: Option<Vec<&'static Table>>,
    /// Say what would be read, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Stop at the first value that does not fit the contract
    #[arg(long)]
    strict: bool,
    /// Let go of rows, columns and tables that the source does not have any more, instead of keeping the snapshot's; with
    /// --tables or dates, only of theirs
    #[arg(long)]
    accept_gone: bool,
    /// SOURCE is the one that the snapshot was pulled from, which lies at another place now
    #[arg(long)]
    moved: bool,
    /// Without etags, as in a folder: files that reach into this time before the snapshot's newest date are compared by
    /// their contents, and months of BigQuery read again; older ones count as unchanged by their time and size
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = time)]
    refresh: Duration,
    /// Tables at once [default: one a core]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    memory: Memory,
    #[command(flatten)]
    output: Output<Report>,
}

fn season(text: &str) -> Result<Season, String> {
    let year = text.split_once('-').and_then(|(year, _)| year.parse().ok());
    let season = year.map(|year| Season { year }).filter(|season| season.name() == text);
    season.ok_or_else(|| "not a season; write it as 2025-26".to_owned())
}

fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| "not a length of time; write it as 30d".to_owned())
}

fn table(text: &str) -> Result<&'static Table, String> {
    let names = TABLES.iter().map(|table| table.name);
    contract::table(text).ok_or_else(|| format!("no table of the contract{}", did_you_mean(text, names)))
}

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    args.output.format()?;
    let target = snapshot.target()?.to_owned();
    let dates = args.dates()?;
    let source = pull::open(&args.source, &args.map, args.tables.as_deref())?;
    let bar = Bar::new(!args.dry_run);
    let advance = bar.clone();
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let request = Request {
        source,
        target,
        tables: args.tables,
        dates,
        refresh: Days::new(args.refresh.as_secs().div_ceil(24 * 60 * 60)),
        strict: args.strict,
        accept_gone: args.accept_gone,
        moved: args.moved,
        jobs: args.jobs.unwrap_or(cores),
        memory: args.memory.bytes()?,
        now: DateTime::<Utc>::from(SystemTime::now()).trunc_subsecs(0),
        disk: Box::new(LocalDisk),
        progress: Box::new(move |progress| advance.at(progress)),
    };
    let outcome = if args.dry_run { pull::dry_run(request).await } else { pull::pull(request).await };
    bar.clear();
    let report = outcome?;
    args.output.report(&report, render)?;
    Ok(if report.has_findings() { Exit::Differs } else { Exit::Done })
}

impl Args {
    fn dates(&self) -> Result<DateRange> {
        let dates = match self.season {
            Some(season) => DateRange { from: Some(season.first_day()), to: Some(season.last_day()) },
            None => DateRange { from: self.from, to: self.to },
        };
        dates.ensure_from_before_to()?;
        Ok(dates)
    }
}

/// What a pull is at, and how much of the source has been read, on a terminal.
#[derive(Clone)]
struct Bar(indicatif::ProgressBar);

const LISTING: &str = "{spinner} looking for what is new";
const READING: &str = "{spinner} pulling {bytes} of {total_bytes} {wide_bar} {elapsed}";
/// How often a terminal is told that it goes on.
const TICK: Duration = Duration::from_millis(120);

impl Bar {
    fn new(is_wanted: bool) -> Bar {
        if !is_wanted || !std::io::stderr().is_terminal() {
            return Bar(indicatif::ProgressBar::hidden());
        }
        let bar = Bar(indicatif::ProgressBar::new(0));
        bar.show(LISTING);
        bar.0.enable_steady_tick(TICK);
        bar
    }

    fn show(&self, template: &str) {
        if let Ok(style) = indicatif::ProgressStyle::with_template(template) {
            self.0.set_style(style);
        }
    }

    fn at(&self, progress: Progress) {
        match progress {
            Progress::ToRead(bytes) => {
                self.show(READING);
                self.0.set_length(bytes);
            }
            Progress::Read(bytes) => self.0.inc(bytes),
        }
    }

    fn clear(&self) {
        self.0.finish_and_clear();
    }
}

fn render(report: &PullReport) -> String {
    let done = if report.dry_run { "Would pull" } else { "Pulled" };
    let from = visible(format_args!("{} into {}", report.source, report.snapshot));
    let mut text = format!("{} {from}\n\n", paint(HEADING, done));
    text.push_str(&tables(report));
    let mut lines = Vec::new();
    for table in &report.tables {
        lines.extend(findings(report, table));
    }
    lines.extend(report.tables_kept.iter().map(|name| {
        let became = match (report.dry_run, report.accept_gone) {
            (true, true) => "the snapshot would keep what it has of other dates",
            (false, true) => "the snapshot keeps what it has of other dates",
            (_, false) if contract::table(name).is_some_and(|table| table.required) => "the snapshot keeps what it has",
            (true, false) => "the snapshot would keep what it has (--accept-gone lets it go)",
            (false, false) => "the snapshot keeps what it has (--accept-gone lets it go)",
        };
        format!("{} {name} is not in the source any more; {became}\n", paint(ERROR, "gone:"))
    }));
    lines.extend(report.unread.iter().map(|unread| format!("{} {unread}\n", paint(ERROR, "unread:"))));
    lines.extend(
        report
            .tables_empty
            .iter()
            .map(|name| format!("{} {name} is required, and there is no row of it\n", paint(ERROR, "empty:"))),
    );
    if report.dates_empty {
        let none = "neither the source nor the snapshot has a row of these dates";
        lines.push(format!("{} {none}\n", paint(ERROR, "empty:")));
    }
    lines.extend(report.notes.iter().map(|note| format!("{} {}\n", paint(NOTE, "note:"), visible(note))));
    if !lines.is_empty() {
        text.push('\n');
        text.extend(lines);
    }
    if !report.missing.is_empty() {
        let missing = paint(FAINT, format!("not in the snapshot: {}", report.missing.join(", ")));
        text.push_str(&format!("\n{missing}\n"));
    }
    text.push_str(&format!("\n{}\n", outcome(report)));
    text
}

fn tables(report: &PullReport) -> String {
    let day = |day: Option<Day>| day.map_or("-".to_owned(), |day| day.0.to_string());
    // What is not known before it is done.
    let done = if report.dry_run { &[][..] } else { &[">ROWS READ", ">MONTHS", ">MISFITS"] };
    let mut headings = vec!["TABLE", ">PARTS", if report.dry_run { ">TO READ" } else { ">READ" }];
    headings.extend(done);
    headings.extend([">ROWS", "FIRST", "LAST"]);
    let mut grid = Grid::new(&headings);
    for table in &report.tables {
        let misfits = Cell::new(table.misfits.count);
        let misfits = if table.misfits.count > 0 { misfits.fg(Color::Red) } else { misfits };
        let mut cells = vec![
            Cell::new(&table.table),
            Cell::new(format!("{} of {}", table.parts_read, table.parts)),
            Cell::new(ByteSize(table.bytes_read).display().iec()),
        ];
        if !report.dry_run {
            cells.extend([Cell::new(table.rows_read), Cell::new(table.months_written.len()), misfits]);
        }
        let rows = table.rows.map_or("-".to_owned(), |rows| rows.to_string());
        cells.extend([Cell::new(rows), Cell::new(day(table.first)), Cell::new(day(table.last))]);
        grid.row(cells);
    }
    grid.render(0)
}

/// What is to be said of a table, a line each.
fn findings(report: &PullReport, table: &TableReport) -> Vec<String> {
    let mut lines: Vec<String> = table
        .misfits
        .examples
        .iter()
        .map(|example| format!("{} {}: {}\n", paint(ERROR, "misfit:"), table.table, visible(example)))
        .collect();
    let unsaid = table.misfits.count.saturating_sub(table.misfits.examples.len() as u64);
    if unsaid > 0 {
        lines.push(format!("{} {}: and {unsaid} more\n", paint(ERROR, "misfit:"), table.table));
    }
    lines.extend(table.twins.iter().map(|Twin { part, same_as }| {
        let means = "its rows are there twice; take one of the two away and pull with --accept-gone";
        let twice = visible(format_args!("{part} has the same bytes as {same_as}: {means}"));
        format!("{} {}: {twice}\n", paint(ERROR, "twice:"), table.table)
    }));
    // One line says it of a table that is gone altogether.
    if !report.tables_kept.contains(&table.table) {
        if report.dry_run {
            lines.extend(parts_gone(report, table));
        }
        let alike = table.gone.chunk_by(|a, b| a.columns == b.columns && a.outcome == b.outcome);
        for months in alike {
            let at_once =
                if months.len() > FEW_MONTHS || months.iter().all(|gone| gone.rows == 0) { months.len() } else { 1 };
            lines.extend(months.chunks(at_once).filter_map(|months| gone(report, &table.table, months)));
        }
    }
    lines.extend(
        table.notes.iter().map(|note| format!("{} {}: {}\n", paint(NOTE, "note:"), table.table, visible(note))),
    );
    lines
}

/// What a dry run says of parts that are gone: what became of their rows, only reading the others can tell.
fn parts_gone(report: &PullReport, table: &TableReport) -> Option<String> {
    let (first, others) = table.parts_gone.split_first()?;
    let more = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
    let (style, would) = match report.accept_gone {
        true => (NOTE, "would be let go of"),
        false => (ERROR, "would be kept (--accept-gone lets them go)"),
    };
    let are = either(table.parts_gone.len(), "is", "are");
    let said = format!("{first}{more} {are} not in the source any more; rows that no other file has {would}");
    Some(format!("{} {}: {}\n", paint(style, "gone:"), table.table, visible(said)))
}

/// Months whose rows are told one by one.
const FEW_MONTHS: usize = 3;

/// What is gone of months, of which the same became.
fn gone(report: &PullReport, table: &str, months: &[Gone]) -> Option<String> {
    let (first, last) = (months.first()?, months.last()?);
    let dates: Vec<Day> = months.iter().flat_map(|gone| &gone.dates).copied().collect();
    let less = manifest::said_of_gone(months.iter().map(|gone| gone.rows).sum(), &dates, &first.columns);
    let is_undated = matches!(first.month.parse(), Ok(Month::All));
    let (of, own) = match months {
        _ if is_undated => (String::new(), "the table as it was".to_owned()),
        [only] if !dates.is_empty() && only.columns.is_empty() => (String::new(), format!("{} as it was", only.month)),
        [only] => (format!(" of {}", only.month), format!("{} as it was", only.month)),
        several => {
            let of = format!(" of {} months ({} to {})", several.len(), first.month, last.month);
            (of, "these months as they were".to_owned())
        }
    };
    let (style, became) = match (first.outcome, report.dry_run) {
        (Outcome::Kept, _) => (ERROR, format!("; the snapshot keeps {own} (--accept-gone lets them go)")),
        (Outcome::LetGo, false) => (NOTE, "; let go".to_owned()),
        (Outcome::LetGo, true) => (NOTE, "; would be let go of".to_owned()),
        (Outcome::Gone, _) => (ERROR, ", and the snapshot's file was taken away: they are gone".to_owned()),
    };
    let has = visible(format_args!("the source has {less}{of}{became}"));
    Some(format!("{} {table}: {has}\n", paint(style, "gone:")))
}

fn outcome(report: &PullReport) -> String {
    const DIGITS: usize = 12;
    let Some(id) = &report.id else {
        let bytes = report.tables.iter().map(|table| table.bytes_read).sum();
        let read = if report.dry_run { "to read" } else { "read" };
        return format!("{} {read}, nothing written", ByteSize(bytes).display().iec());
    };
    let state = if report.unchanged { "as before" } else { "new" };
    let said = paint(GOOD, format!("Snapshot {} ({state})", &id[..DIGITS.min(id.len())]));
    match report.misfits() {
        0 => said,
        misfits => format!("{said}, {}", paint(ERROR, counted(misfits, "misfit"))),
    }
}
