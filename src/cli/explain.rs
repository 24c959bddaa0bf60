//! `reslate explain`: why a candidate was or was not picked.

mod candidate;
mod slate;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::output::{Output, Report, note, wrapped};
use super::select::{Policy, date};
use super::style::{FAINT, paint};
use super::{Exit, Location};
use crate::error::Result;
use crate::explain::{self, Explained};
use crate::replay::Dates;

/// Say why a candidate was or was not picked, and which ones came close
///
/// Without a player: what each filter removed, and the near misses, candidates that exactly one filter blocks. With one:
/// the models that bid, every feature with the row it comes from, every signal and every filter with its margin, the
/// matched combo and what would have matched instead, and what came of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate explain 2026-02-11                          the funnel and the near misses
  reslate explain 2026-02-11 norby                    everything about a player; a part of the name is enough
  reslate explain 2026-02-11 --version v314           as another version decided
  reslate explain 2026-02-11 norby --set min_edge=4   as it would have decided with another threshold
  reslate explain 2026-02-11 --format json --out near-misses.json")]
pub struct Args {
    /// The slate's date, YYYY-MM-DD
    #[arg(value_parser = date)]
    date: NaiveDate,
    /// A player of the slate: player_lookup or name, whole or in part; case, spaces and punctuation do not count
    player: Option<String>,
    #[command(flatten)]
    policy: Policy,
    #[command(flatten)]
    output: Output<Report>,
}

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    args.output.format()?;
    let snapshot = snapshot.open()?;
    let replay = args.policy.replay(&snapshot, Dates::On(args.date)).await?;
    let explained = match &args.player {
        Some(player) => Explained::Player(explain::player(&replay, &snapshot, player).await?),
        None => Explained::Slate(explain::slate(&replay, &snapshot).await?),
    };
    args.output.report(&explained, print)?;
    replay.warnings().await?.iter().for_each(note);
    Ok(Exit::Done)
}

/// How wide sentences are printed.
const WIDTH: usize = 98;

fn print(explained: &Explained) -> String {
    match explained {
        Explained::Player(explanation) => candidate::print(explanation),
        Explained::Slate(explanation) => slate::print(explanation),
    }
}

/// The line that says which decision is explained.
fn heading(decided: &explain::Decided) -> String {
    let as_of = decided.as_of.as_ref().map(|moment| format!(", as of {moment}")).unwrap_or_default();
    format!("{}, {} ({}){as_of}", decided.date, decided.version, decided.algorithm_version)
}

/// What the headings of a table mean, below it.
fn legend(text: &str) -> String {
    wrapped(text, WIDTH).iter().map(|line| format!("  {}\n", paint(FAINT, line))).collect()
}

/// `3.5`, or a dash for what is absent.
fn or_dash(value: &explain::Datum) -> String {
    if value.is_absent() { "-".to_owned() } else { value.to_string() }
}

/// A signed number of points.
fn signed(value: &explain::Datum) -> String {
    match value.number() {
        Some(number) if !number.is_sign_negative() => format!("+{value}"),
        _ => or_dash(value),
    }
}

/// What came of a candidate, such as `WIN (27)`.
fn outcome(afterwards: &explain::Afterwards) -> String {
    match afterwards.actual_points {
        Some(points) => format!("{} ({points})", afterwards.outcome),
        None => afterwards.outcome.clone(),
    }
}

/// A number with its unit, such as `0.4 points` or `1 game`.
fn amount(value: &explain::Datum, unit: &str) -> String {
    match value.number() {
        Some(number) if number == Decimal::ONE => {
            format!("{value} {}", explain::symbol(unit.strip_suffix('s').unwrap_or(unit)))
        }
        Some(_) => format!("{value} {}", explain::symbol(unit)),
        None => value.to_string(),
    }
}
