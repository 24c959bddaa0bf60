//! `reslate demo`: the invented season.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::Subcommand;

use super::Exit;
use crate::demo::generate;
use crate::error::{Error, Reason, RequestError, Result};
use crate::snapshot::read_manifest;
use crate::snapshot::write::{Provenance, write_snapshot};

/// The demo snapshot: invented players, real teams
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate demo write /tmp/demo
  reslate demo write /tmp/league --seed 7 --seasons 5")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write whole synthetic seasons as a snapshot; the same seed gives the same bytes
    #[command(after_help = "\
Examples:
  reslate demo write /tmp/demo --seed 2
  reslate demo write /tmp/league --seed 7 --seasons 5")]
    Write {
        /// The folder to write
        dir: PathBuf,
        #[arg(long, default_value_t = DEMO_SEED)]
        seed: u64,
        /// How many seasons, the last of them 2025-26
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=MOST_SEASONS))]
        seasons: u32,
    },
}

/// The seed of the demo inside the program.
const DEMO_SEED: u64 = 2;
const MOST_SEASONS: i64 = 100;
/// How the source of a demo begins, before its seed.
const SOURCE: &str = "demo, seed ";
/// When the demo counts as pulled: after the last game of its season.
const PULLED_AT: &str = "2026-04-14T12:00:00Z";

pub fn run(args: Args) -> Result<Exit> {
    let Command::Write { dir, seed, seasons } = args.command;
    ensure_place_for_demo(&dir)?;
    let tables = generate(seed, seasons)?;
    let pulled_at: DateTime<Utc> =
        PULLED_AT.parse().map_err(|error| Error::Engine(Reason::because(format!("{PULLED_AT}: {error}"), error)))?;
    let provenance = Provenance { source: format!("{SOURCE}{seed}"), pulled_at };
    let tables: Vec<_> = tables.into_iter().map(|table| (table.table, table.batch)).collect();
    write_snapshot(&dir, &tables, &provenance)?;
    Ok(Exit::Done)
}

/// Refuses a folder that has anything else in it than a demo written before.
fn ensure_place_for_demo(dir: &Path) -> Result<()> {
    let is_empty = std::fs::read_dir(dir).map_or(true, |mut entries| entries.next().is_none());
    if is_empty || read_manifest(dir)?.is_some_and(|manifest| manifest.source.starts_with(SOURCE)) {
        return Ok(());
    }
    let reason = "has something else in it; give a new or an empty folder".to_owned();
    Err(RequestError::BadArgument { what: "DIR", value: dir.display().to_string(), reason }.into())
}
