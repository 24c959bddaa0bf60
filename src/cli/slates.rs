//! `reslate slates`: the dates there are, and what is there of each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::{Format, Grid, Out};
use super::select::{Policy, Range};
use super::{Exit, Location};
use crate::error::Result;
use crate::export;
use crate::replay::Replay;

/// List the slates with their games, predictions, candidates and recorded picks
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate slates
  reslate slates --from 2026-02-01 --format csv")]
pub struct Args {
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    policy: Policy,
    /// How the result is written [default: by the ending of --out, else table]
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    out: Out,
}

/// The slates of a snapshot (`--format json`).
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlateList {
    pub schema_version: u32,
    pub slates: Vec<SlateCounts>,
}

/// A slate and what is there of it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlateCounts {
    pub game_date: String,
    pub games: u64,
    /// Active ones, of all systems.
    pub predictions: u64,
    /// By the chosen version.
    pub candidates: u64,
    /// In signal_best_bets_picks.
    pub recorded_picks: u64,
}

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    let snapshot = snapshot.open()?;
    let replay = Replay::open(&snapshot, args.policy.request(args.range.dates())?).await?;
    replay.compute(&["slate_counts"]).await?;
    let counts = "SELECT CAST(game_date AS VARCHAR) AS game_date, games, predictions, candidates, recorded_picks \
                  FROM slate_counts ORDER BY game_date";
    let batches = replay.engine.query(counts).await?;
    match args.out.format(args.format) {
        Format::Table => {
            let recorded = snapshot.table("signal_best_bets_picks").is_some();
            let mut headings = vec!["DATE", ">GAMES", ">PREDICTIONS", ">CANDIDATES"];
            headings.extend(recorded.then_some(">RECORDED PICKS"));
            let mut grid = Grid::new(&headings);
            for slate in export::rows::<SlateCounts>(&batches)? {
                let counts = [slate.games, slate.predictions, slate.candidates, slate.recorded_picks];
                let cells = std::iter::once(slate.game_date).chain(counts.map(|count| count.to_string()));
                grid.row(cells.take(headings.len()));
            }
            args.out.text(&grid.render(0))?;
        }
        Format::Json => {
            let slates = SlateList { schema_version: export::SCHEMA_VERSION, slates: export::rows(&batches)? };
            args.out.bytes(export::pretty_json(&slates)?.as_bytes(), false)?;
        }
        Format::Ndjson => args.out.bytes(&export::ndjson(&batches)?, false)?,
        Format::Csv => args.out.bytes(&export::csv(&batches)?, false)?,
        Format::Parquet => args.out.bytes(&export::parquet(&batches)?, true)?,
    }
    Ok(Exit::Done)
}
