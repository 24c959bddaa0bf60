//! `reslate filters`: which filters block winners.

use comfy_table::Color;
use schemars::JsonSchema;
use serde::Serialize;

use super::audit::{heading, said};
use super::output::{Cell, Format, Grid, Output, p_value, rate_of};
use super::select::{Policy, Range};
use super::style::{self, paint};
use super::{Exit, Location};
use crate::audit::{FilterAudit, FilterRow, Verdict, filters};
use crate::error::Result;

/// Audit the filters: which of them block winners?
///
/// For every filter what it blocked first, what it blocks in all and what nothing else blocks, as if it had been bet on.
/// KEEP: those blocked first win below 45 %; DEMOTE: above 55 %; UNSURE: between, or fewer than ten decided. AT RANDOM is
/// what blocking as many of each slate's candidates that reached the filter would have saved on average, P how unusual the
/// filter's choice is among all such choices (exact, two-sided, adjusted over the filters).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate filters --version v307
  reslate filters --version v314 --from 2026-01-01
  reslate filters --version v314 --format csv")]
pub struct Args {
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    policy: Policy,
    #[command(flatten)]
    output: Output<Format>,
}

/// A filter, as a row (`--format ndjson`, `csv` and `parquet`).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FilterFlat {
    filter: String,
    first_count: u64,
    first_decided: u64,
    /// Percent.
    first_hit_rate: Option<f64>,
    first_saved: f64,
    any_count: u64,
    any_decided: u64,
    any_hit_rate: Option<f64>,
    any_saved: f64,
    only_count: u64,
    only_decided: u64,
    only_hit_rate: Option<f64>,
    only_saved: f64,
    verdict: Verdict,
    saved_at_random: f64,
    p: Option<f64>,
    p_adjusted: Option<f64>,
}

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    args.output.format()?;
    let replay = args.policy.replay(&snapshot.open()?, args.range.dates()).await?;
    args.output.result(&filters(&replay).await?, print, |audit| audit.filters.iter().map(flat).collect())?;
    Ok(Exit::Done)
}

/// How many overlaps the table shows.
const OVERLAPS: usize = 6;

fn print(audit: &FilterAudit) -> String {
    let mut text = heading("Filters", &audit.version, [audit.from, audit.to], audit.slates);
    text += &said("candidates", &audit.candidates);
    text += &said("passed every filter", &audit.passed);
    let mut grid = Grid::new(&[
        "FILTER",
        ">FIRST",
        ">HIT RATE",
        ">SAVED",
        ">AT RANDOM",
        ">P",
        "VERDICT",
        ">IN ALL",
        ">HIT RATE",
        ">ALONE",
        ">HIT RATE",
        ">SAVED",
    ]);
    for row in &audit.filters {
        let (verdict, colour) = match row.verdict {
            Verdict::Keep => ("KEEP", Some(Color::Green)),
            Verdict::Demote => ("DEMOTE", Some(Color::Red)),
            Verdict::Unsure => ("UNSURE", None),
        };
        let saved = |blocked: &crate::audit::Blocked| {
            if blocked.tally.hit_rate.is_some() { format!("{:+.2}", blocked.saved) } else { "-".to_owned() }
        };
        let cells = [
            if row.is_observed { format!("{} (observes)", row.filter) } else { row.filter.clone() },
            row.first.tally.count.to_string(),
            rate_of(&row.first.tally),
            saved(&row.first),
            row.p.map_or("-".to_owned(), |_| format!("{:+.2}", row.saved_at_random)),
            row.p_adjusted.map_or("-".to_owned(), p_value),
        ];
        let verdict = match colour {
            Some(colour) => Cell::new(verdict).fg(colour),
            None => Cell::new(verdict),
        };
        let rest = [
            row.any.tally.count.to_string(),
            rate_of(&row.any.tally),
            row.only.tally.count.to_string(),
            rate_of(&row.only.tally),
            saved(&row.only),
        ];
        grid.row(cells.into_iter().map(Cell::new).chain([verdict]).chain(rest.into_iter().map(Cell::new)));
    }
    text += &format!("\n{}", grid.render(0));
    if !audit.overlaps.is_empty() {
        text += &format!("\n{}\n", paint(style::HEADING, "Blocked by both"));
        let mut grid = Grid::new(&[">COUNT", "FILTERS"]);
        for overlap in audit.overlaps.iter().take(OVERLAPS) {
            grid.row([overlap.candidates.to_string(), overlap.filters.join(", ")]);
        }
        text += &grid.render(2);
    }
    text
}

fn flat(row: &FilterRow) -> FilterFlat {
    FilterFlat {
        filter: row.filter.clone(),
        first_count: row.first.tally.count,
        first_decided: row.first.tally.record.decided(),
        first_hit_rate: row.first.tally.hit_rate,
        first_saved: row.first.saved,
        any_count: row.any.tally.count,
        any_decided: row.any.tally.record.decided(),
        any_hit_rate: row.any.tally.hit_rate,
        any_saved: row.any.saved,
        only_count: row.only.tally.count,
        only_decided: row.only.tally.record.decided(),
        only_hit_rate: row.only.tally.hit_rate,
        only_saved: row.only.saved,
        verdict: row.verdict,
        saved_at_random: row.saved_at_random,
        p: row.p,
        p_adjusted: row.p_adjusted,
    }
}
