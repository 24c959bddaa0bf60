//! `reslate versions`: the versions there are, what one of them is made of, what two of them state differently, and whether
//! one is to be trusted.

mod diff;
mod doc;
mod show;
mod test;

use clap::Subcommand;
use schemars::JsonSchema;
use serde::Serialize;

use super::output::{Grid, Out, Output, Report};
use super::select::Tweaks;
use super::{Exit, Location};
use crate::dates::Day;
use crate::error::Result;
use crate::formats;
use crate::version::{SHIPPED, Version, shipped};

pub use diff::VersionDiff;
pub use show::VersionDetail;

/// List the algorithm versions, show one with everything resolved, compare two, or test one
///
/// A version is data: parameters, signals, filters, model families and a combo registry, in a TOML file that states only
/// what differs from the version it extends. Wherever a version is asked for, the path of a file of your own does as well.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  reslate versions
  reslate versions show v314                       every value, and which version's file states it
  reslate versions show ./mine.toml --set cap=3
  reslate versions diff v307 v314                  only what differs
  reslate versions diff v314 ./mine.toml --format json
  reslate versions test ./mine.toml                whether to trust it

A complete mine.toml, with which `reslate replay --version ./mine.toml` decides:
  extends = \"v314\"
  [parameters]
  min_edge = 4.5"
)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    output: Output<Report>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show a version's parameters, filters, signals, families and combos, and where each comes from
    ///
    /// FROM is the shipped version whose file states the value, the path of a file of your own, or the option that set it.
    #[command(after_help = "\
Examples:
  reslate versions show v318
  reslate versions show v298 --fidelity as-intended
  reslate versions show ./mine.toml --set min_edge=4.5")]
    Show {
        /// An id, a unique prefix, production's full name, or the path of a file
        version: String,
        #[command(flatten)]
        tweaks: Tweaks,
        #[command(flatten)]
        output: Output<Report>,
    },
    /// Show only what differs between two versions
    ///
    /// Exit codes: 0 nothing differs, 1 something does, 2 one of them cannot be read.
    #[command(after_help = "\
Examples:
  reslate versions diff v307 v314
  reslate versions diff v314 ./mine.toml")]
    Diff {
        /// An id, a unique prefix, production's full name, or the path of a file
        #[arg(value_name = "A")]
        a: String,
        /// The other, likewise
        #[arg(value_name = "B")]
        b: String,
        #[command(flatten)]
        output: Output<Report>,
    },
    Test(Box<test::Args>),
    /// Print a table of all shipped versions as Markdown: docs/versions.md
    #[command(after_help = "\
Examples:
  reslate versions doc --out docs/versions.md")]
    Doc {
        #[command(flatten)]
        out: Out,
    },
}

/// The shipped versions (`--format json`).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct VersionList {
    pub schema_version: u32,
    /// In the order in which production had them.
    pub versions: Vec<VersionName>,
}

/// What a version is called.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct VersionName {
    pub id: String,
    /// The name production recorded with its picks; of a file of the user's, its id unless it states another.
    pub algorithm_version: String,
    /// Null: never.
    pub in_production_from: Option<Day>,
    pub summary: String,
}

impl From<&Version> for VersionName {
    fn from(version: &Version) -> Self {
        VersionName {
            id: version.id.clone(),
            algorithm_version: version.algorithm_version.clone(),
            in_production_from: version.in_production_from.map(Day),
            summary: version.summary.clone(),
        }
    }
}

impl VersionName {
    fn since(&self) -> Option<String> {
        self.in_production_from.as_ref().map(|day| day.0.to_string())
    }
}

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    match args.command {
        None => {
            let versions = all()?.iter().map(VersionName::from).collect();
            args.output.report(&VersionList { schema_version: formats::SCHEMA_VERSION, versions }, list)?;
            Ok(Exit::Done)
        }
        Some(Command::Show { version, tweaks, output }) => show::run(&version, &tweaks, &output),
        Some(Command::Diff { a, b, output }) => diff::run(&a, &b, &output),
        Some(Command::Test(args)) => test::run(*args, snapshot).await,
        Some(Command::Doc { out }) => {
            out.text(&doc::markdown(&all()?))?;
            Ok(Exit::Done)
        }
    }
}

fn all() -> Result<Vec<Version>> {
    SHIPPED.iter().map(|id| shipped(id)).collect()
}

fn list(list: &VersionList) -> String {
    let mut grid = Grid::new(&["ID", "ALGORITHM VERSION", "IN PRODUCTION FROM", "WHAT IT IS"]);
    for version in &list.versions {
        let since = version.since().unwrap_or("-".to_owned());
        grid.row([&version.id, &version.algorithm_version, &since, &version.summary]);
    }
    grid.render(0)
}
