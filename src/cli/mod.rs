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
mod filters;
mod freeze;
mod memory;
mod models;
mod monitor;
pub mod output;
mod profile;
mod pull;
mod relations;
mod replay;
mod report;
mod schema;
mod select;
mod serve;
mod signals;
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
use std::sync::OnceLock;

use clap::{Parser, Subcommand};

use crate::error::{Error, PullError, RequestError, Result, SnapshotError, TuneError};
use crate::queries;
use crate::snapshot::breach::{Breach, BreachKind, Ledgers};
use crate::snapshot::{Snapshot, TABLES, Table};
use crate::version::catalogue;

/// Replay past best-bets decisions offline: what was picked, what was not, and why
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    /// Folder of the snapshot to read; without one, the demo snapshot inside the program
    #[arg(long, global = true, env = ENVIRONMENT, value_name = "DIR")]
    snapshot: Option<PathBuf>,

    /// After an error, also say what led to it, a cause a line
    #[arg(long, global = true)]
    verbose: bool,

    /// Folder of queries, catalogue and versions to read instead of those in the program, to try a change without a build
    #[arg(long, global = true, value_name = "DIR")]
    queries: Option<PathBuf>,

    /// Say at the end what each relation took to plan and run, on standard error
    #[arg(long, global = true, value_enum, value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "table")]
    profile: Option<output::Report>,

    #[command(subcommand)]
    command: Command,
}

impl Cli {
    /// Whether the causes of an error are asked for.
    pub fn is_verbose(&self) -> bool {
        self.verbose
    }
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
  reslate versions test ./mine.toml            whether to trust an idea
  reslate monitor signal-health                the table that production should have had
  reslate verify --snapshot ~/nba              where what was recorded differs, and why
  reslate doctor --snapshot ~/nba              what is wrong, and what to do
  reslate pull ~/exports --snapshot ~/nba      a snapshot of your own from exported tables
  reslate freeze 2026-02-11 --out day.parquet  a decision with everything it rests on, in a file
  reslate sql \"SELECT outcome, count(*) FROM decisions WHERE selected GROUP BY outcome\"

Exit codes: 0 done, 1 found problems or differences, 2 error, 130 interrupted (docs/exit-codes.md)";

#[derive(Debug, Subcommand)]
enum Command {
    Replay(replay::Args),
    Explain(explain::Args),
    Compare(compare::Args),
    Report(Box<report::Args>),
    Serve(Box<serve::Args>),
    Card(card::Args),
    Filters(filters::Args),
    Signals(signals::Args),
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

/// How a command ended: the program's exit codes, which docs/exit-codes.md explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The command did what it was asked for.
    Done,
    /// It did, and found problems or differences.
    Differs,
    /// It did not: an error says why.
    Failed,
    /// It was ended by Ctrl-C.
    Interrupted,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Differs => 1,
            Exit::Failed => 2,
            // As shells say it of what SIGINT ended.
            Exit::Interrupted => 130,
        }
    }

    /// How a command ended that an error stopped.
    pub fn of(error: &Error) -> Exit {
        match error {
            Error::BrokenPipe => Exit::Done,
            Error::Tune(TuneError::EndedEarly { .. }) => Exit::Interrupted,
            _ => Exit::Failed,
        }
    }
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
    let failed = |error: std::io::Error| Error::System { what: "no threads to run on", reason: error.into() };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build().map_err(failed)?;
    let thread = std::thread::Builder::new().stack_size(STACK);
    let ended = thread.spawn(move || {
        let ended = runtime.block_on(run_command(cli));
        // What was given up on the way, as a query whose answer nobody waits for, may take long to notice.
        runtime.shutdown_background();
        ended
    });
    ended.map_err(failed)?.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Bytes of stack that a thread may take, of which it takes what it needs: enough for the deepest query that is planned.
const STACK: usize = 256 << 20;

async fn run_command(cli: Cli) -> Result<Exit> {
    let profile = cli.profile.map(profile::Profile::start);
    let ended = run_asked(cli).await;
    if let Some(profile) = profile {
        profile.say()?;
    }
    ended
}

async fn run_asked(cli: Cli) -> Result<Exit> {
    let snapshot = Location { folder: cli.snapshot, ledgers: OnceLock::new() };
    // A check reports what it finds; a query shows rows, and decides nothing.
    let (is_check, is_query) = (matches!(cli.command, Command::Check(_)), matches!(cli.command, Command::Sql(_)));
    let ended = match cli.command {
        Command::Replay(args) => replay::run(args, &snapshot).await,
        Command::Explain(args) => explain::run(args, &snapshot).await,
        Command::Compare(args) => compare::run(args, &snapshot).await,
        Command::Report(args) => report::run(*args, &snapshot).await,
        Command::Serve(args) => serve::run(*args, &snapshot).await,
        Command::Card(args) => card::run(args, &snapshot).await,
        Command::Filters(args) => filters::run(args, &snapshot).await,
        Command::Signals(args) => signals::run(args, &snapshot).await,
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
        Command::Versions(args) => versions::run(args, &snapshot).await,
        Command::Schema(args) => schema::run(args).await,
        Command::Demo(args) => demo::run(args),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => completions::run_man(args),
    };
    let read = snapshot.ledgers.get().filter(|_| !is_check).map_or(&[][..], Vec::as_slice);
    let of_each = |(side, ledgers): &(&'static str, Ledgers)| {
        ledgers.breaches().into_iter().map(|breach| (*side, breach)).collect::<Vec<_>>()
    };
    let mut breaches: Vec<(&str, Breach)> = read.iter().flat_map(of_each).collect();
    if let Err(Error::Snapshot(SnapshotError::RepeatedRows { table, .. })) = &ended {
        breaches.retain(|(_, breach)| breach.table != *table || breach.kind != BreachKind::Repeated);
    }
    breaches.iter().for_each(|(side, breach)| output::note(format!("{side}{breach}")));
    match ended {
        Ok(Exit::Done) if !is_query && breaches.iter().any(|(_, breach)| breach.is_grave()) => Ok(Exit::Differs),
        other => other,
    }
}

/// Which snapshot to read.
struct Location {
    folder: Option<PathBuf>,
    /// What in the rows of those that were opened breaks the contract, each with what its lines begin with.
    ledgers: OnceLock<Vec<(&'static str, Ledgers)>>,
}

impl Location {
    /// The folder that was asked for.
    fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The folder that a command writes a snapshot to.
    fn target(&self) -> Result<&Path> {
        self.folder.as_deref().ok_or(Error::Pull(PullError::NoTarget))
    }

    /// Refuses a folder that was asked for where none is read, since `instead` has the rows; what the environment says is
    /// only a default.
    fn ensure_not_given(&self, instead: &str) -> Result<()> {
        let by_default = std::env::var_os(ENVIRONMENT);
        match &self.folder {
            Some(folder) if Some(folder.as_os_str()) != by_default.as_deref() => {
                Err(Error::Request(RequestError::BadArgument {
                    what: "--snapshot",
                    value: folder.display().to_string(),
                    reason: format!("is not read, {instead}; leave it out"),
                }))
            }
            _ => Ok(()),
        }
    }

    /// Opens it; the demo says on standard error that its data are invented.
    fn open(&self) -> Result<Snapshot> {
        let snapshot = self.opened()?;
        self.reads(vec![("", snapshot.ledgers())]);
        Ok(snapshot)
    }

    /// Has it said at the end what in the rows of these breaks the contract, in lines that begin with the given words.
    fn reads(&self, opened: Vec<(&'static str, Ledgers)>) {
        self.ledgers.get_or_init(|| opened);
    }

    fn opened(&self) -> Result<Snapshot> {
        match &self.folder {
            Some(path) => {
                let snapshot = Snapshot::open(path)?;
                if snapshot.manifest().is_some() {
                    let beside = TABLES.iter().map(Table::plain_file);
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
