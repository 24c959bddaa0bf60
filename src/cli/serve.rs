//! `reslate serve`: a season to move, in the browser.

use std::io::Write as _;
use std::path::Path;

use super::output::note;
use super::report::open;
use super::select::{Policy, Range};
use super::{Exit, Location};
use crate::error::{Error, FileError, Reason, Result};
use crate::serve::{Live, Server};

/// Look at a replay in the browser, with sliders for the version's thresholds and a place to write signals and filters
///
/// The page of `reslate report`, served on this machine alone (127.0.0.1) until Ctrl-C. Moving a slider decides all slates
/// again, as `reslate replay --set` would: at once how it went, then filters, signals and every pick. So does what is written
/// under "Try an idea": signals and filters as in a version file, with the words that can be written, the word that is wrong,
/// how it went without and with them, and sliders for their thresholds; "Save as TOML" hands them over as a file for
/// `--version`. The address keeps what was moved and switched, the browser what was written. The program writes no file, and
/// nothing but the page and its data can be asked for.
///
/// The address is written to standard output when the page is ready.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate serve --version v314 --open
  reslate serve --from 2026-01-01 --to 2026-03-31 --set min_edge=4.5
  reslate serve --port 0                           on any port that is free")]
pub struct Args {
    /// Port of 127.0.0.1 to listen on; 0: any that is free
    #[arg(long, default_value_t = 8421)]
    port: u16,
    /// Open the page in the browser
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    policy: Policy,
}

pub async fn run(args: Args, location: &Location) -> Result<Exit> {
    let server = Server::bind(args.port).await?;
    let snapshot = location.open()?;
    let request = args.policy.request(&snapshot, args.range.dates())?;
    let mut live = Live::open(snapshot, request).await?;
    let page = live.html().await?;
    let address = server.address();
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{address}")
        .and_then(|()| stdout.flush())
        .map_err(|error| FileError::Output { path: "standard output".into(), reason: error.into() })?;
    drop(stdout);
    note("Ctrl-C ends it");
    if args.open {
        open(Path::new(&address))?;
    }
    let ended = async { tokio::signal::ctrl_c().await.map_err(|error| Error::Engine(Reason::of(error))) };
    server.run(page, live, |error| note(error), ended).await?;
    Ok(Exit::Done)
}
