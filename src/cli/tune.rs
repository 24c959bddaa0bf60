//! `reslate tune`: what other thresholds would have done, and how much of the best of them is luck.

mod heat;
mod print;
mod rows;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytesize::ByteSize;
use clap::ValueEnum;
use datafusion::arrow::datatypes::Schema;
use indicatif::{ProgressBar, ProgressStyle};

use super::output::{Format, Output, note};
use super::select::{Range, Seen, Tweaks, days, resolve};
use super::{Exit, Location};
use crate::error::{Error, FileError, RequestError, Result, TuneError};
use crate::formats::{self, RowFormat};
use crate::grade::Odds;
use crate::snapshot::write::write_whole;
use crate::stats::{Bootstrap, ENOUGH};
use crate::tune::{
    self, Axis, Checkpoint, Evaluator, Heatmap, HoldOutDays, Measure, Objective, Sample, Searched, TuneRequest,
    WalkForward, tune, write_checkpoint,
};
use crate::version::{Version, changes_as_toml, is_path};

/// Try thresholds over many slates at once, and say how much of the best is luck
///
/// Every combination of the values of --param is a cell. The report has the best cells with what lies around them, the
/// place of the version as it is, and the figure by every parameter. Three things keep it honest: --train and --test
/// choose on some slates and report on those that follow, --hold-out keeps the last slates out of everything, and luck:
/// White's reality check and Hansen's SPA say how far the best of as many cells gets by luck alone.
///
/// json writes the report, ndjson, csv and parquet a row per cell; parquet has the report in its metadata as well.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate tune --version v314 --param min_edge=3:8:0.25 --param under_max_edge=5:9:0.5,off
  reslate tune --version v314 --param min_edge=3:8:0.25 --train 60d --test 14d
  reslate tune --version v314 --param min_edge=3:8:0.25 --hold-out 30d
  reslate tune --version v314 --param min_edge=3:8:0.25 --param bench_line=8:16:1 --heatmap min_edge,bench_line
  reslate tune --version v314 --param volatile_under.min_std=8:12:1 --param signal.cold_snap=on,off
  reslate tune --version v314 --grid grid.toml --objective lower-bound --out cells.parquet
  reslate tune --version v314 --param min_edge=3:8:0.25 --write-version tuned.toml
  reslate compare v314 tuned.toml                       where the two part

A grid file has the same in a table:
  [parameters]
  min_edge = \"3:8:0.25\"
  under_max_edge = \"5:9:0.5,off\"
  \"signal.cold_snap\" = \"on,off\"")]
pub struct Args {
    /// The incumbent: an id, a unique prefix, production's full name or a file of your own (PATH.toml)
    #[arg(long, value_name = "VERSION", default_value = "v307")]
    version: String,
    /// Values to try of a parameter: a list of values and ranges FROM:TO:STEP, such as min_edge=3:8:0.25,off; also
    /// fidelity=as-shipped,as-intended, signal.TAG=on,off and filter.ID=on,off. Once for each parameter
    #[arg(long = "param", value_name = "NAME=VALUES", help_heading = GRID)]
    parameters: Vec<String>,
    /// Parameters and their values from a file
    #[arg(long, value_name = "FILE.toml", help_heading = GRID)]
    grid: Option<PathBuf>,
    /// Try only so many cells, drawn at random
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = GRID)]
    random: Option<u64>,
    /// Seed of every draw, of cells and of slates
    #[arg(long, default_value_t = 42, help_heading = GRID)]
    seed: u64,
    /// By what cells are ranked
    #[arg(long, value_enum, default_value = "units", help_heading = RANKING)]
    objective: Objective,
    /// Cells with fewer decided picks are not ranked
    #[arg(long, value_name = "N", default_value_t = ENOUGH, help_heading = RANKING)]
    min_picks: u64,
    /// American odds at which units are counted
    #[arg(long, default_value = "-110", allow_hyphen_values = true, help_heading = RANKING)]
    odds: Odds,
    /// How many of the best cells are listed
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000), help_heading = RANKING)]
    top: u16,
    /// Walk forward: choose on so many days, and report on those that follow
    #[arg(long, value_name = "DAYS", value_parser = days, requires = "test", help_heading = HONESTY)]
    train: Option<u64>,
    /// How many days follow
    #[arg(long, value_name = "DAYS", value_parser = days, requires = "train", help_heading = HONESTY)]
    test: Option<u64>,
    /// Days from one test to the next [default: --test]
    #[arg(long, value_name = "DAYS", value_parser = days, requires = "train", help_heading = HONESTY)]
    step: Option<u64>,
    /// Let every training start at the first slate
    #[arg(long, requires = "train", help_heading = HONESTY)]
    expanding: bool,
    /// Keep the last days out of everything
    #[arg(long, value_name = "DAYS", value_parser = days, help_heading = HONESTY)]
    hold_out: Option<u64>,
    /// Look at the best cell on the days held out: do it once, when all else is settled. The report says that it was done
    #[arg(long, requires = "hold_out", help_heading = HONESTY)]
    unlock: bool,
    /// Whether to say what luck may do; auto: on up to 10,000 cells
    #[arg(long, value_enum, default_value = "auto", help_heading = HONESTY)]
    luck: LuckMode,
    /// How often slates are drawn
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(100..=100_000), help_heading = HONESTY)]
    draws: u32,
    /// Mean length of the runs of slates that are drawn [default: the cube root of their number]
    #[arg(long, value_name = "SLATES", value_parser = clap::value_parser!(u16).range(1..), help_heading = HONESTY)]
    block: Option<u16>,
    /// How cells are decided
    #[arg(long, value_enum, default_value = "auto", help_heading = RUN)]
    evaluator: Evaluator,
    /// The most memory that cells may take
    #[arg(long, value_name = "SIZE", default_value = "2GB", help_heading = RUN)]
    memory: ByteSize,
    /// Go on with a search that was ended early, from the file that it left
    #[arg(long, value_name = "FILE", help_heading = RUN)]
    resume: Option<PathBuf>,
    /// Show the figure over two parameters, the first across, all others as in the best cell
    #[arg(long, value_name = "ACROSS,DOWN", value_parser = two_names, help_heading = SHOWING)]
    heatmap: Option<(String, String)>,
    /// Draw the heatmap into this file
    #[arg(long, value_name = "FILE.svg", requires = "heatmap", help_heading = SHOWING)]
    svg: Option<PathBuf>,
    /// Write a cell as a version file, to be replayed or compared
    #[arg(long, value_name = "FILE.toml", help_heading = SHOWING)]
    write_version: Option<PathBuf>,
    /// Which of the listed cells, 1 being the best
    #[arg(long, value_name = "PLACE", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..), requires = "write_version", help_heading = SHOWING)]
    cell: u16,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    tweaks: Tweaks,
    #[command(flatten)]
    seen: Seen,
    #[command(flatten)]
    output: Output<Format>,
}

const GRID: &str = "The grid";
const RANKING: &str = "Ranking";
const HONESTY: &str = "Honesty";
const RUN: &str = "The run";
const SHOWING: &str = "What is shown and written";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LuckMode {
    Auto,
    On,
    Off,
}

fn two_names(text: &str) -> Result<(String, String), String> {
    match text.split(',').map(str::trim).collect::<Vec<_>>().as_slice() {
        [across, down] if !across.is_empty() && !down.is_empty() => Ok(((*across).to_owned(), (*down).to_owned())),
        _ => Err("not two parameters; write ACROSS,DOWN such as min_edge,bench_line".to_owned()),
    }
}

/// The columns of a row per cell that every grid has.
pub fn columns() -> Schema {
    rows::schema(&[])
}

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    let format = args.output.format()?;
    let version = args.tweaks.apply(resolve(&args.version)?)?;
    let request = args.request(version)?;
    args.check_targets(&request)?;
    let resume = args.resume.as_deref().map(Checkpoint::read).transpose()?;
    let snapshot = snapshot.open()?;
    let stop = stop_on_interrupt();
    let bar = progress_bar();
    let searched = tune(&snapshot, &request, resume, &stop, |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    })
    .await;
    bar.finish_and_clear();
    let searched = searched?;
    if !searched.tuned.complete {
        return Err(args.ended_early(&searched)?);
    }
    let heatmap = args
        .heatmap
        .as_ref()
        .map(|(across, down)| Heatmap::of(&searched, request.measure, across, down))
        .transpose()?;
    if let (Some(path), Some(heatmap)) = (&args.svg, &heatmap) {
        write_whole(path, heat::svg(heatmap, &searched.tuned)?.as_bytes())?;
    }
    if let Some(path) = &args.write_version {
        args.write_version(path, &searched, &request.version)?;
    }
    match format {
        Format::Table => {
            let mut text = print::report(&searched.tuned);
            if let Some(heatmap) = &heatmap {
                text += &heat::table(heatmap, &searched.tuned);
            }
            args.output.out.text(&text)?;
        }
        Format::Json => args.output.out.bytes(formats::pretty_json(&searched.tuned)?.as_bytes(), false)?,
        Format::Ndjson => args.write_cells(RowFormat::Ndjson, &searched, request.measure)?,
        Format::Csv => args.write_cells(RowFormat::Csv, &searched, request.measure)?,
        Format::Parquet => args.write_cells(RowFormat::Parquet, &searched, request.measure)?,
    }
    Ok(Exit::Done)
}

impl Args {
    fn request(&self, version: Version) -> Result<TuneRequest> {
        let mut axes =
            self.grid.as_deref().map(|path| tune::grid_file(path, &version.catalogue)).transpose()?.unwrap_or_default();
        for text in &self.parameters {
            axes.push(Axis::parse(text, &version.catalogue)?);
        }
        let walk = self.train.zip(self.test).map(|(train, test)| WalkForward {
            train,
            test,
            step: self.step.unwrap_or(test),
            expanding: self.expanding,
        });
        Ok(TuneRequest {
            version,
            axes,
            sample: self.random.map(|cells| Sample { cells, seed: self.seed }),
            dates: self.range.dates(),
            as_of: self.seen.as_of,
            measure: Measure { objective: self.objective, odds: self.odds, min_picks: self.min_picks },
            walk,
            hold_out: self.hold_out.map(|days| HoldOutDays { days, unlock: self.unlock }),
            luck: match self.luck {
                LuckMode::Auto => None,
                LuckMode::On => Some(true),
                LuckMode::Off => Some(false),
            },
            bootstrap: Bootstrap { draws: usize::try_from(self.draws).unwrap_or(usize::MAX), seed: self.seed },
            block: self.block.map(f64::from),
            evaluator: self.evaluator,
            memory: self.memory.as_u64(),
            top: usize::from(self.top),
        })
    }

    /// Refuses before the search what could not be shown or written after it.
    fn check_targets(&self, request: &TuneRequest) -> Result<()> {
        let refused = |what, value: &str, reason: &str| {
            Err(RequestError::BadArgument { what, value: value.to_owned(), reason: reason.to_owned() }.into())
        };
        if let Some((across, down)) = &self.heatmap {
            let is_parameter = |name: &String| request.axes.iter().any(|axis| axis.knob.to_string() == *name);
            if let Some(stranger) = [across, down].into_iter().find(|name| !is_parameter(name)) {
                return refused("--heatmap", stranger, "is no parameter of the grid");
            }
        }
        let paths = [self.output.out.path(), self.svg.as_deref(), self.write_version.as_deref()];
        let paths: Vec<&Path> = paths.into_iter().flatten().collect();
        if let Some(path) = (1..paths.len()).find(|at| paths[..*at].contains(&paths[*at])).map(|at| paths[at]) {
            return refused(
                "--out",
                &path.display().to_string(),
                "is given for two results; give each a file of its own",
            );
        }
        if self.cell > self.top {
            return refused("--cell", &self.cell.to_string(), "is not listed; --top lists more cells");
        }
        if let Some(path) = &self.write_version
            && is_path(&self.version)
            && std::fs::canonicalize(path).ok() == std::fs::canonicalize(&self.version).ok()
        {
            let path = path.display().to_string();
            return refused("--write-version", &path, "is the version that is tuned; write another file");
        }
        Ok(())
    }

    fn write_cells(&self, format: RowFormat, searched: &Searched, measure: Measure) -> Result<()> {
        let tuned = &searched.tuned;
        let has_more = tuned.walk_forward.is_some() || tuned.hold_out.is_some() || tuned.luck.is_some();
        if has_more && format != RowFormat::Parquet {
            note("rows are of cells; the report with folds, what is held out and luck is in json, table and parquet");
        }
        let mut schema = rows::schema_of(searched)?;
        let cells = |schema| rows::cells(searched, measure, schema);
        if format == RowFormat::Parquet {
            schema = rows::with_checksum(&schema, cells(Arc::clone(&schema)))?;
        }
        self.output.out.rows(format, &schema, cells(Arc::clone(&schema)))
    }

    /// Leaves what was finished in a file, and says how to go on from it.
    fn ended_early(&self, searched: &Searched) -> Result<Error> {
        let tuned = &searched.tuned;
        let advice = match &self.output.out.path() {
            None => "with --out FILE the finished part is kept, to go on from with --resume".to_owned(),
            Some(path) => {
                let path = partial(path);
                write_checkpoint(&path, &searched.asked, &searched.grid, &searched.found)?;
                format!("to go on, say the same again with --resume {}", path.display())
            }
        };
        let cells = searched.grid.tried();
        Ok(Error::Tune(TuneError::EndedEarly { done: tuned.cells_tried, cells, advice }))
    }

    fn write_version(&self, path: &Path, searched: &Searched, incumbent: &Version) -> Result<()> {
        let listed = searched.tuned.top.len();
        let cell = searched.tuned.top.get(usize::from(self.cell) - 1).ok_or_else(|| RequestError::BadArgument {
            what: "--cell",
            value: self.cell.to_string(),
            reason: format!("is not listed; {listed} cells are (--top lists more)"),
        })?;
        let base = if is_path(&self.version) {
            let found = std::fs::canonicalize(&self.version);
            let found =
                found.map_err(|error| FileError::Input { path: PathBuf::from(&self.version), reason: error.into() })?;
            found.display().to_string()
        } else {
            incumbent.id.clone()
        };
        let version = searched.grid.version(incumbent, cell.cell)?;
        let changes = incumbent.changes().into_iter().filter(|change| {
            // What the grid sets as well is said with the cell's value.
            !cell.settings.contains_key(change.split('=').next().unwrap_or_default())
        });
        let settings = cell.settings.iter().map(|(name, value)| format!("{name}={value}"));
        let settings: Vec<String> = changes.chain(settings).collect();
        let summary = format!("{} tuned: {}", incumbent.id, settings.join(", "));
        write_whole(path, changes_as_toml(&version, &base, &summary)?.as_bytes())
    }
}

/// The file that a search leaves which is ended early.
fn partial(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

/// Raised by the first Ctrl-C; the second ends the program at once.
fn stop_on_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&stop);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            raised.store(true, Ordering::Relaxed);
            note("ending; once more to end at once");
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(Exit::Interrupted.code().into());
            }
        }
    });
    stop
}

fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    let template = "{bar:30} {human_pos} of {human_len} cells, {per_sec}, {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    bar
}
