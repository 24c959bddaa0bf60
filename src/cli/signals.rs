//! `reslate signals`: which signals mark winners.

use schemars::JsonSchema;
use serde::Serialize;

use super::audit::{heading, said};
use super::output::{Format, Grid, Output, rate_of, units};
use super::select::{Policy, Range};
use super::{Exit, Location};
use crate::audit::{SignalAudit, SignalRow, signals};
use crate::error::Result;

/// Audit the signals: do candidates with them win more often than their like without?
///
/// LIFT compares with candidates of the same edge bucket and side on which the signal did not qualify.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate signals --version v314
  reslate signals --version v296 --from 2026-01-01 --format json")]
pub struct Args {
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    policy: Policy,
    #[command(flatten)]
    output: Output<Format>,
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

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    args.output.format()?;
    let replay = args.policy.replay(&snapshot.open()?, args.range.dates()).await?;
    args.output.result(&signals(&replay).await?, print, |audit| audit.signals.iter().map(flat).collect())?;
    Ok(Exit::Done)
}

fn print(audit: &SignalAudit) -> String {
    let mut text = heading("Signals", &audit.version, [audit.from, audit.to], audit.slates);
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

fn flat(row: &SignalRow) -> SignalFlat {
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
