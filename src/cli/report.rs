//! `reslate report`: a page to look at.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use bytesize::ByteSize;
use clap::Subcommand;

use super::compare::CompareOptions;
use super::output::{Out, note};
use super::replay::progress;
use super::select::{Policy, Range};
use super::{Exit, Location};
use crate::compare::compared;
use crate::error::{Error, FileError, RequestError, Result};
use crate::report::{self, Page};

/// Make a page to look at: one HTML file that needs nothing else
///
/// Without COMMAND it is of a replay, the whole snapshot unless --from and --to say otherwise: units and drawdown, a calendar
/// of the slates, what each filter removed and whether that was right, hit rates by edge, side, line and family, the
/// signals, and every pick with its full trace.
///
/// The file holds the data and the charts, so it works from disk and without a network, and prints.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  reslate report --version v314 --out report.html
  reslate report --from 2026-01-01 --to 2026-01-31 --open
  reslate report compare v307 v314 --out differences.html
  reslate tune --version v314 --param min_edge=3:8:0.25 --param bench_line=8:16:1 --out cells.parquet
  reslate report tune cells.parquet --out tuned.html"
)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    policy: Policy,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Subcommand)]
enum Command {
    Compare(CompareArgs),
    Tune(TuneArgs),
}

/// Make a page of versions over the same slates: the first with each of the others
///
/// Both curves, the distribution of the difference under resampling of slates, the picks kept, added, removed and flipped,
/// and the steps at which the versions part.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate report compare v307 v314 --out differences.html
  reslate report compare v314 ./mine.toml --from 2026-01-01 --open")]
struct CompareArgs {
    #[command(flatten)]
    compare: CompareOptions,
    #[command(flatten)]
    target: Target,
}

/// Make a page of a search, from the Parquet file that `reslate tune --out FILE.parquet` wrote
///
/// The figure over each two parameters and by each alone, folds in and out of sample, and how much of the best cell luck
/// may be. No snapshot is read.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate tune --version v314 --param min_edge=3:8:0.25 --param bench_line=8:16:1 --out cells.parquet
  reslate report tune cells.parquet --out tuned.html")]
struct TuneArgs {
    /// What `reslate tune` wrote
    #[arg(value_name = "RESULT.parquet")]
    result: PathBuf,
    #[command(flatten)]
    target: Target,
}

/// Where the page goes.
#[derive(Debug, clap::Args)]
struct Target {
    #[command(flatten)]
    out: Out,
    /// Open it in the browser; without --out from a temporary file
    #[arg(long)]
    open: bool,
}

pub async fn run(args: Args, location: &Location) -> Result<Exit> {
    match args.command {
        None => {
            args.target.check()?;
            let snapshot = location.open()?;
            let replay = args.policy.replay(&snapshot, args.range.dates()).await?;
            let progress = progress(replay.slates.len());
            let page = report::replay(&replay, &snapshot).await?;
            progress.finish_and_clear();
            args.target.write(&Page::Replay(Box::new(page)))
        }
        Some(Command::Compare(args)) => {
            args.target.check()?;
            let snapshot = location.open()?;
            let request = args.compare.request(&snapshot)?;
            let compared = compared(&snapshot, &request).await?;
            args.compare.note_stand_in(&snapshot, &compared.comparison)?;
            args.target.write(&Page::Compare(Box::new(report::compare(compared, &request, &snapshot))))
        }
        Some(Command::Tune(args)) => {
            args.target.check()?;
            location.ensure_not_given("the file has the result")?;
            args.target.write(&Page::Tune(Box::new(report::tune(&args.result)?)))
        }
    }
}

impl Target {
    /// Refuses before the work what could not be shown after it.
    fn check(&self) -> Result<()> {
        if self.out.path().is_none() && !self.open && std::io::stdout().is_terminal() {
            return Err(Error::Request(RequestError::BadArgument {
                what: "--out",
                value: "standard output".to_owned(),
                reason: "is a terminal, and a page is for a browser; give --out FILE.html or --open".to_owned(),
            }));
        }
        Ok(())
    }

    fn write(&self, page: &Page) -> Result<Exit> {
        let html = report::html(page)?;
        let path = match self.out.path() {
            None if !self.open => {
                self.out.bytes(html.as_bytes(), false)?;
                return Ok(Exit::Done);
            }
            None => temporary(html.as_bytes())?,
            Some(path) => {
                self.out.bytes(html.as_bytes(), false)?;
                path.to_owned()
            }
        };
        note(format!("{}, {}", path.display(), ByteSize(html.len() as u64).display().si()));
        if self.open {
            open(&path)?;
        }
        Ok(Exit::Done)
    }
}

/// A file that is still there when the program has ended, since the browser reads it then.
fn temporary(bytes: &[u8]) -> Result<PathBuf> {
    let folder = std::env::temp_dir();
    let failed = |error: std::io::Error| Error::File(FileError::Output { path: folder.clone(), reason: error.into() });
    let mut file = tempfile::Builder::new().prefix("reslate-").suffix(".html").tempfile().map_err(failed)?;
    std::io::Write::write_all(&mut file, bytes).map_err(failed)?;
    let (_, path) = file.keep().map_err(|error| failed(error.error))?;
    Ok(path)
}

/// What opens a page and is still there after so long is the browser itself.
const OPENED_BY_THEN: Duration = Duration::from_secs(3);

/// Opens a file or an address in the browser, without waiting for it to be closed.
pub(super) fn open(path: &Path) -> Result<()> {
    let (sender, opened) = mpsc::channel();
    let file = path.to_owned();
    std::thread::spawn(move || sender.send(open::that(file)));
    match opened.recv_timeout(OPENED_BY_THEN) {
        Ok(Err(error)) => Err(FileError::NoBrowser { path: path.to_owned(), reason: error.into() }.into()),
        Ok(Ok(())) | Err(_) => Ok(()),
    }
}
