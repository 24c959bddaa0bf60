//! The command line: a file per command with its arguments, its run and its printing. No domain logic here.

mod audit;
mod card;
mod check;
mod compare;
mod completions;
mod config;
mod demo;
mod doctor;
mod explain;
mod export;
mod freeze;
mod models;
mod monitor;
mod output;
mod pull;
mod relations;
mod replay;
mod report;
mod schema;
mod select;
mod serve;
mod slates;
mod snapshot_diff;
mod snapshots;
mod sql;
pub mod style;
mod tune;
pub mod usage;
mod verify;
mod versions;

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

use crate::error::{Error, Result};
use crate::queries;
use crate::snapshot::{Snapshot, TABLES};
use crate::version::catalogue;

/// Replay past best-bets decisions offline: what was picked, what was not, and why
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    /// Folder of the snapshot to read; without one, the demo snapshot inside the program
    #[arg(long, global = true, env = ENVIRONMENT, value_name = "DIR")]
    snapshot: Option<PathBuf>,

    /// Folder of queries, catalogue and versions to read instead of those in the program, to try a change without a build
    #[arg(long, global = true, value_name = "DIR")]
    queries: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

/// The variable that says which snapshot to read where the command line does not.
const ENVIRONMENT: &str = "RESLATE_SNAPSHOT";

const EXAMPLES: &str = "\
Examples:
  reslate replay 2026-02-11                    what v307 picked that day, and what each filter removed
  reslate replay --from 2026-01-01 --to 2026-01-31 --version v314
  reslate explain 2026-02-11                   which candidates one filter away from a pick
  reslate explain 2026-02-11 PLAYER            everything about one candidate
  reslate compare v307 v314                    what differs over a season, and whether it matters
  reslate report --version v314 --open         a season to look at, in the browser
  reslate serve --version v314 --open          the same with sliders for its thresholds
  reslate filters --version v314               which filter blocks winners
  reslate tune --param min_edge=3:8:0.25       which edge floor, and how much of it is luck
  reslate monitor signal-health                the table that production should have had
  reslate verify --snapshot ~/nba              where what was recorded differs, and why
  reslate doctor --snapshot ~/nba              what is wrong, and what to do
  reslate pull ~/exports --snapshot ~/nba      a snapshot of your own from exported tables
  reslate freeze 2026-02-11 --out day.parquet  a decision with everything it rests on, in a file
  reslate sql \"SELECT outcome, count(*) FROM decisions WHERE selected GROUP BY outcome\"

Exit codes: 0 done, 1 found problems or differences, 2 error";

#[derive(Debug, Subcommand)]
enum Command {
    Replay(replay::Args),
    Explain(explain::Args),
    Compare(compare::Args),
    Report(Box<report::Args>),
    Serve(Box<serve::Args>),
    Card(card::Args),
    Filters(audit::FilterArgs),
    Signals(audit::SignalArgs),
    Tune(Box<tune::Args>),
    Monitor(monitor::Args),
    Models(models::Args),
    Export(export::Args),
    Freeze(freeze::Args),
    Verify(verify::Args),
    Doctor(doctor::Args),
    Config(config::Args),
    Slates(slates::Args),
    Check(check::Args),
    Pull(pull::Args),
    Snapshots(snapshots::Args),
    Snapshot(snapshot_diff::Args),
    Sql(sql::Args),
    Relations(relations::Args),
    Versions(versions::Args),
    Schema(schema::Args),
    Demo(demo::Args),
    Completions(completions::Args),
    Man(completions::ManArgs),
}

/// How a command ended when nothing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done,
    /// It found problems or differences: exit code 1.
    Differs,
}

/// Runs a parsed command line.
///
/// # Errors
/// Whatever stops the command; its message is one line for the user.
pub fn run(cli: Cli) -> Result<Exit> {
    if let Some(folder) = &cli.queries {
        queries::use_folder(folder)?;
        catalogue::ensure_sound()?;
        output::note(format!("queries, catalogue and versions are those of {}", folder.display()));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Engine(format!("no threads to run on: {error}")))?;
    let snapshot = Location(cli.snapshot);
    runtime.block_on(async {
        match cli.command {
            Command::Replay(args) => replay::run(args, &snapshot).await,
            Command::Explain(args) => explain::run(args, &snapshot).await,
            Command::Compare(args) => compare::run(args, &snapshot).await,
            Command::Report(args) => report::run(*args, &snapshot).await,
            Command::Serve(args) => serve::run(*args, &snapshot).await,
            Command::Card(args) => card::run(args, &snapshot).await,
            Command::Filters(args) => audit::run_filters(args, &snapshot).await,
            Command::Signals(args) => audit::run_signals(args, &snapshot).await,
            Command::Tune(args) => tune::run(*args, &snapshot).await,
            Command::Monitor(args) => monitor::run(args, &snapshot).await,
            Command::Models(args) => models::run(args, &snapshot).await,
            Command::Export(args) => export::run(args, &snapshot).await,
            Command::Freeze(args) => freeze::run(args, &snapshot).await,
            Command::Verify(args) => verify::run(args, &snapshot).await,
            Command::Doctor(args) => doctor::run(args, &snapshot).await,
            Command::Config(args) => config::run(args, &snapshot).await,
            Command::Slates(args) => slates::run(args, &snapshot).await,
            Command::Check(args) => check::run(args, &snapshot).await,
            Command::Pull(args) => pull::run(args, &snapshot).await,
            Command::Snapshots(args) => snapshots::run(args, &snapshot).await,
            Command::Snapshot(args) => snapshot_diff::run(args, &snapshot).await,
            Command::Sql(args) => sql::run(args, &snapshot).await,
            Command::Relations(args) => relations::run(args).await,
            Command::Versions(args) => versions::run(args),
            Command::Schema(args) => schema::run(args).await,
            Command::Demo(args) => demo::run(args),
            Command::Completions(args) => completions::run(args),
            Command::Man(args) => completions::run_man(args),
        }
    })
}

/// Which snapshot to read.
struct Location(Option<PathBuf>);

impl Location {
    /// The folder that was asked for.
    fn folder(&self) -> Option<&Path> {
        self.0.as_deref()
    }

    /// The folder that a command writes a snapshot to.
    fn target(&self) -> Result<&Path> {
        self.0.as_deref().ok_or(Error::NoTarget)
    }

    /// Refuses a folder that was asked for where none is read, since `instead` has the rows; what the environment says is
    /// only a default.
    fn is_not_asked_for(&self, instead: &str) -> Result<()> {
        let by_default = std::env::var_os(ENVIRONMENT);
        match &self.0 {
            Some(folder) if Some(folder.as_os_str()) != by_default.as_deref() => Err(Error::BadArgument {
                what: "--snapshot",
                value: folder.display().to_string(),
                reason: format!("is not read, {instead}; leave it out"),
            }),
            _ => Ok(()),
        }
    }

    /// Opens it; the demo says on standard error that its data are invented.
    fn open(&self) -> Result<Snapshot> {
        match &self.0 {
            Some(path) => {
                let snapshot = Snapshot::open(path)?;
                if snapshot.manifest().is_some() {
                    let beside = TABLES.iter().map(|table| format!("{}.parquet", table.name));
                    beside.filter(|name| path.join(name).is_file()).for_each(|name| {
                        output::note(format!(
                            "{name} lies beside the manifest and is not read; `reslate pull` takes it in"
                        ));
                    });
                }
                Ok(snapshot)
            }
            None => {
                let demo = Snapshot::demo()?;
                output::note(demo.origin());
                Ok(demo)
            }
        }
    }
}
