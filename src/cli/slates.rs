//! `reslate slates`: the dates there are, and what is there of each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::{Format, Grid, Output};
use super::select::{Policy, Range};
use super::{Exit, Location};
use crate::error::Result;
use crate::formats;

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
    #[command(flatten)]
    output: Output<Format>,
}

/// The slates of a snapshot (`--format json`).
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlateList {
    pub schema_version: u32,
    pub slates: Vec<SlateCounts>,
}

/// A slate and what is there of it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
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
    args.output.format()?;
    let snapshot = snapshot.open()?;
    let replay = args.policy.replay(&snapshot, args.range.dates()).await?;
    replay.compute(&["slate_counts"]).await?;
    let counts = "SELECT CAST(game_date AS VARCHAR) AS game_date, games, predictions, candidates, recorded_picks \
                  FROM slate_counts ORDER BY game_date";
    let slates = formats::rows(&replay.engine.query(counts).await?)?;
    let recorded = snapshot.table("signal_best_bets_picks").is_some();
    let list = SlateList { schema_version: formats::SCHEMA_VERSION, slates };
    args.output.result(&list, |list| table(list, recorded), |list| list.slates.clone())?;
    Ok(Exit::Done)
}

fn table(list: &SlateList, recorded: bool) -> String {
    let mut headings = vec!["DATE", ">GAMES", ">PREDICTIONS", ">CANDIDATES"];
    headings.extend(recorded.then_some(">RECORDED PICKS"));
    let mut grid = Grid::new(&headings);
    for slate in &list.slates {
        let counts = [slate.games, slate.predictions, slate.candidates, slate.recorded_picks];
        let cells = std::iter::once(slate.game_date.clone()).chain(counts.map(|count| count.to_string()));
        grid.row(cells.take(headings.len()));
    }
    grid.render(0)
}
