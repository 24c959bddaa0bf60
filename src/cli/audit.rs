//! `reslate filters` and `reslate signals`: which filters block winners, which signals mark them.

use comfy_table::Color;
use schemars::JsonSchema;
use serde::Serialize;

use super::output::{Cell, Format, Grid, Output, p_value, rate_of, units};
use super::select::{Policy, Range};
use super::style::{self, paint};
use super::{Exit, Location};
use crate::audit::{FilterAudit, FilterRow, SignalAudit, SignalRow, Tally, Verdict, filters, signals};
use crate::error::Result;
use crate::text::visible;

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
pub struct FilterArgs {
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    policy: Policy,
    #[command(flatten)]
    output: Output<Format>,
}

/// Audit the signals: do candidates with them win more often than their like without?
///
/// LIFT compares with candidates of the same edge bucket and side on which the signal did not qualify.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate signals --version v314
  reslate signals --version v296 --from 2026-01-01 --format json")]
pub struct SignalArgs {
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

/// A signal, as a row.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SignalFlat {
    signal: String,
    fired: u64,
    decided: u64,
    /// Percent.
    hit_rate: Option<f64>,
    units: f64,
    without: Option<f64>,
    lift: Option<f64>,
    compared: u64,
}

pub async fn run_filters(args: FilterArgs, snapshot: &Location) -> Result<Exit> {
    args.output.format()?;
    let replay = args.policy.replay(&snapshot.open()?, args.range.dates()).await?;
    args.output
        .result(&filters(&replay).await?, print_filters, |audit| audit.filters.iter().map(filter_flat).collect())?;
    Ok(Exit::Done)
}

pub async fn run_signals(args: SignalArgs, snapshot: &Location) -> Result<Exit> {
    args.output.format()?;
    let replay = args.policy.replay(&snapshot.open()?, args.range.dates()).await?;
    args.output
        .result(&signals(&replay).await?, print_signals, |audit| audit.signals.iter().map(signal_flat).collect())?;
    Ok(Exit::Done)
}

fn heading(what: &str, version: &str, from: String, to: String, slates: u64) -> String {
    format!("{} of {}, {from} to {to}, {slates} slates\n", paint(style::HEADING, what), visible(version))
}

fn said(what: &str, tally: &Tally) -> String {
    format!("{} {what}, hit rate {}, {} units\n", tally.count, rate_of(tally), units(tally))
}

/// How many overlaps the table shows.
const OVERLAPS: usize = 6;

fn print_filters(audit: &FilterAudit) -> String {
    let mut text = heading("Filters", &audit.version, audit.from.0.to_string(), audit.to.0.to_string(), audit.slates);
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

fn print_signals(audit: &SignalAudit) -> String {
    let mut text = heading("Signals", &audit.version, audit.from.0.to_string(), audit.to.0.to_string(), audit.slates);
    text += &said("candidates", &audit.candidates);
    let mut grid =
        Grid::new(&["SIGNAL", ">FIRED", ">HIT RATE", ">95 %", ">UNITS", ">LIKE THEM", ">LIFT", ">OF", "MOSTLY WITH"]);
    for row in &audit.signals {
        let interval = row.fired.interval.map_or("-".to_owned(), |i| format!("{:.0}-{:.0}", i.low, i.high));
        grid.row([
            row.signal.clone(),
            row.fired.count.to_string(),
            rate_of(&row.fired),
            interval,
            units(&row.fired),
            row.without.map_or("-".to_owned(), |rate| format!("{rate:.1} %")),
            row.lift.map_or("-".to_owned(), |lift| format!("{lift:+.1}")),
            row.compared.to_string(),
            mostly_with(row),
        ]);
    }
    text + &format!("\n{}", grid.render(0))
}

/// The two signals that qualified with it most often.
fn mostly_with(row: &SignalRow) -> String {
    let mut others: Vec<(&String, &u64)> = row.fired_with.iter().collect();
    others.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    others.iter().take(2).map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}

fn filter_flat(row: &FilterRow) -> FilterFlat {
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

fn signal_flat(row: &SignalRow) -> SignalFlat {
    SignalFlat {
        signal: row.signal.clone(),
        fired: row.fired.count,
        decided: row.fired.record.decided(),
        hit_rate: row.fired.hit_rate,
        units: row.fired.units,
        without: row.without,
        lift: row.lift,
        compared: row.compared,
    }
}
