//! `reslate card`: the report card.

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use comfy_table::Color;
use schemars::JsonSchema;
use serde::Serialize;

use super::output::{Cell, Format, Grid, Output, rate_of, units};
use super::select::{Policy, Range, days};
use super::style::{self, paint};
use super::{Exit, Location};
use crate::audit::Tally;
use crate::card::{Card, CardRequest, CardRow, Dimension, Window, card};
use crate::error::{Error, Result};
use crate::replay::Dates;
use crate::text::visible;

/// Grade a version's picks by direction, edge, line, family, signals, month, weekday, venue and rest
///
/// Against the window before, with what deserves a look: a hit rate below 50 % of 20 or more, or 15 points below the last
/// 30 days; sides 20 points apart, or more than 80 % on one of them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate card --version v314
  reslate card --version v314 --window 30d
  reslate card --version v314 --by direction,edge      crossed
  reslate card --version v314 --of candidates --by line
  reslate card --version v314 --from 2026-01-01 --to 2026-01-31 --format csv")]
pub struct Args {
    #[command(flatten)]
    range: Range,
    /// How far back from the last date: 7d, 14d, 30d (or any number of days), or season [default: season]
    #[arg(long, value_name = "DAYS|season", value_parser = window, conflicts_with = "from")]
    window: Option<Window>,
    /// Groups, crossed where several are given [default: each for itself]
    #[arg(long, value_delimiter = ',', value_parser = dimensions())]
    by: Vec<Dimension>,
    /// What is graded
    #[arg(long, value_enum, default_value = "picks")]
    of: Graded,
    #[command(flatten)]
    policy: Policy,
    #[command(flatten)]
    output: Output<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Graded {
    Picks,
    /// Every candidate, as if all had been bet on
    Candidates,
}

/// A group of a card, as a row (`--format ndjson`, `csv` and `parquet`).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GroupRow {
    /// Dimensions and values, joined by `|`; empty for the total.
    by: String,
    group: String,
    count: u64,
    wins: u64,
    losses: u64,
    pushes: u64,
    voids: u64,
    ungraded: u64,
    /// Wins and losses.
    decided: u64,
    /// Percent of those decided.
    hit_rate: Option<f64>,
    /// Wilson, 95 %, in percent.
    hit_rate_low: Option<f64>,
    hit_rate_high: Option<f64>,
    units: f64,
    before_decided: u64,
    before_hit_rate: Option<f64>,
    before_units: f64,
    last_30_days_hit_rate: Option<f64>,
    flags: String,
}

fn window(text: &str) -> Result<Window, String> {
    match text {
        "season" => Ok(Window::Season),
        days_or_not => days(days_or_not).map(Window::Days).map_err(|reason| format!("{reason}, or season")),
    }
}

fn dimensions() -> impl clap::builder::TypedValueParser<Value = Dimension> {
    let named = |name: String| Dimension::ALL.into_iter().find(|dimension| dimension.name() == name);
    PossibleValuesParser::new(Dimension::ALL.map(Dimension::name))
        .try_map(move |name| named(name).ok_or_else(|| Error::Engine("no such dimension".into())))
}

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    args.output.format()?;
    let window = match args.range.from {
        Some(from) => Window::From(from),
        None => args.window.unwrap_or(Window::Season),
    };
    let request =
        CardRequest { window, to: args.range.to, by: args.by.clone(), all_candidates: args.of == Graded::Candidates };
    let snapshot = snapshot.open()?;
    let card = card(&snapshot, args.policy.request(&snapshot, Dates::Newest)?, &request).await?;
    args.policy.note_stand_in(&snapshot, (card.window.from.0, card.window.to.0))?;
    args.output.result(&card, print, rows)?;
    Ok(Exit::Done)
}

fn print(card: &Card) -> String {
    let what = if card.all_candidates { "all candidates" } else { "picks" };
    let mut text = format!(
        "{} of {}, {what}, {} to {} (before: {} to {})\n\n",
        paint(style::HEADING, "Report card"),
        visible(&card.version),
        card.window.from.0,
        card.window.to.0,
        card.before.from.0,
        card.before.to.0
    );
    let mut total = grid("");
    add(&mut total, &card.total, "all");
    text += &total.render(0);
    for section in &card.sections {
        let by = section.by.iter().map(|dimension| dimension.name().to_uppercase()).collect::<Vec<_>>().join(", ");
        let mut grid = grid(&by);
        section.rows.iter().for_each(|row| add(&mut grid, row, &row.group.join(", ")));
        text += &format!("\n{}", grid.render(0));
    }
    if !card.flags.is_empty() {
        text += &format!("\n{}\n", paint(style::NOTE, "Flags"));
        text.extend(card.flags.iter().map(|flag| format!("  {}\n", visible(flag))));
    }
    text
}

fn grid(by: &str) -> Grid {
    Grid::new(&[by, ">COUNT", ">W-L-P", ">HIT RATE", ">UNITS", ">BEFORE", ">UNITS", "FLAGS"])
}

fn add(grid: &mut Grid, row: &CardRow, name: &str) {
    let record = row.now.record;
    let cells = [
        name.to_owned(),
        row.now.count.to_string(),
        format!("{}-{}-{}", record.wins, record.losses, record.pushes),
        rate_of(&row.now),
        units(&row.now),
        rate_of(&row.before),
        units(&row.before),
    ];
    let flags = Cell::new(row.flags.join("; ")).fg(Color::DarkYellow);
    grid.row(cells.into_iter().map(Cell::new).chain([flags]));
}

fn rows(card: &Card) -> Vec<GroupRow> {
    let total = std::iter::once(flat("", &card.total));
    let sections = card.sections.iter().flat_map(|section| {
        let by = section.by.iter().map(|dimension| dimension.name()).collect::<Vec<_>>().join("|");
        section.rows.iter().map(move |row| flat(&by, row))
    });
    total.chain(sections).collect()
}

fn flat(by: &str, row: &CardRow) -> GroupRow {
    let CardRow { group, now, before, last_30_days, flags } = row;
    let Tally { count, record, hit_rate, interval, units } = *now;
    GroupRow {
        by: by.to_owned(),
        group: group.join("|"),
        count,
        wins: record.wins,
        losses: record.losses,
        pushes: record.pushes,
        voids: record.voids,
        ungraded: record.ungraded,
        decided: record.decided(),
        hit_rate,
        hit_rate_low: interval.map(|interval| interval.low),
        hit_rate_high: interval.map(|interval| interval.high),
        units,
        before_decided: before.record.decided(),
        before_hit_rate: before.hit_rate,
        before_units: before.units,
        last_30_days_hit_rate: last_30_days.hit_rate,
        flags: flags.join("; "),
    }
}
