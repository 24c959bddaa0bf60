//! `reslate sql`: any query over the snapshot's tables and the pipeline's relations.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use bytesize::ByteSize;

use super::memory::Memory;
use super::output::{Format, Output};
use super::select::{Policy, Range};
use super::{Exit, Location};
use crate::error::{Error, FileError, QueryError, Result};
use crate::file;
use crate::formats;

/// Query the snapshot's tables and the pipeline's relations (read-only)
///
/// Every relation of `queries/` is there, computed as far as the query names it: candidates, features, verdicts,
/// decisions and the others, for the chosen version and dates (all slates unless --from and --to are given).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate sql \"SELECT first_filter, count(*) FROM decisions GROUP BY first_filter ORDER BY 2 DESC\"
  reslate sql --version v314 \"SELECT outcome, count(*) FROM decisions WHERE selected GROUP BY 1\"
  reslate sql --also v307,v318 --version v314 \"SELECT version, sum(units) FROM picks GROUP BY 1\"
  reslate sql -f question.sql --out answer.csv")]
pub struct Args {
    /// The query; `-` reads it from standard input
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    query: Option<String>,
    /// Read the query from a file
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    policy: Policy,
    /// More versions that decide beside it, each with the same changes: the relations that depend on the version say which in
    /// their column `version`
    #[arg(long, value_name = "VERSION,...", value_delimiter = ',')]
    also: Vec<String>,
    #[command(flatten)]
    memory: Memory,
    #[command(flatten)]
    output: Output<Format>,
}

/// The most bytes of a query's text.
const MOST_BYTES: ByteSize = ByteSize::mib(8);

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    let (format, out) = (args.output.format()?, args.output.out);
    let query = match (&args.query, &args.file) {
        (Some(query), _) if query != "-" => query.clone(),
        (_, Some(file)) => file::text_at_most(file, MOST_BYTES)
            .map_err(|error| FileError::Input { path: file.clone(), reason: error.into() })?,
        _ => standard_input()?,
    };
    let memory = Some(args.memory.bytes()?);
    let snapshot = snapshot.open()?;
    let mut request = args.policy.request_beside(&snapshot, args.range.dates(), &args.also)?;
    request.memory = memory;
    let replay = args.policy.replay_request(&snapshot, request).await?;
    let rows = replay.user_query(&query).await?;
    match format {
        Format::Table => out.text(&formats::pretty(&rows)?)?,
        Format::Json => out.bytes(&formats::json(&rows)?, false)?,
        Format::Ndjson => out.bytes(&formats::ndjson(&rows)?, false)?,
        Format::Csv => out.bytes(&formats::csv(&rows)?, false)?,
        Format::Parquet => out.bytes(&formats::parquet(&rows)?, true)?,
    }
    Ok(Exit::Done)
}

fn standard_input() -> Result<String> {
    let failed =
        |error: std::io::Error| Error::File(FileError::Input { path: "standard input".into(), reason: error.into() });
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Err(QueryError::OfUser { reason: "none given; write it after `sql`, or -f FILE".into() }.into());
    }
    file::up_to(stdin.lock(), MOST_BYTES).and_then(file::utf8).map_err(failed)
}
