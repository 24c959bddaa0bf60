//! `reslate compare`: what versions picked on the same slates, where they part, and whether it matters.

use comfy_table::Color;
use schemars::JsonSchema;
use serde::Serialize;

use super::output::{Cell, Format, Grid, Output, note, p_value, rate_of, units, wrapped};
use super::select::{Range, Seen, Tweaks, contender, note_stand_in};
use super::style::{self, paint};
use super::{Exit, Location};
use crate::audit::Tally;
use crate::compare::{Bet, Change, CompareRequest, Compared, Comparison, Difference, Pair, compared};
use crate::error::Result;
use crate::grade::Odds;
use crate::snapshot::Snapshot;
use crate::stats::{Bootstrap, Estimate};
use crate::version::AS_DEPLOYED;

/// Compare versions over the same slates: the first with each of the others
///
/// Says how each did, which picks differ and at which step they part (proved by deciding again with only that step
/// changed), and whether the difference is more than luck: slates are drawn with replacement, for both versions the same.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate compare v307 v314
  reslate compare v314 ./mine.toml --from 2026-01-01 --to 2026-03-31
  reslate compare as-deployed v318 --odds -105
  reslate compare v314 ./mine.toml --fail-on-change     exit code 1 when any pick differs
  reslate compare v307 v314 --out differences.csv       a row per pick that differs")]
pub struct Args {
    #[command(flatten)]
    compare: CompareOptions,
    /// Exit with 1 when any pick differs
    #[arg(long)]
    fail_on_change: bool,
    #[command(flatten)]
    output: Output<Format>,
}

/// What is compared, and how.
#[derive(Debug, clap::Args)]
pub struct CompareOptions {
    /// Two or more versions: ids, files (PATH.toml) or as-deployed
    #[arg(required = true, num_args = 1.., value_name = "VERSION")]
    versions: Vec<String>,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    tweaks: Tweaks,
    #[command(flatten)]
    seen: Seen,
    /// American odds at which units are counted
    #[arg(long, default_value = "-110", allow_hyphen_values = true)]
    odds: Odds,
    /// How often slates are drawn
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    draws: u32,
    /// Seed of the draws
    #[arg(long, default_value_t = 42)]
    seed: u64,
}

impl CompareOptions {
    /// # Errors
    /// As for [`contender`].
    pub fn request(&self, snapshot: &Snapshot) -> Result<CompareRequest> {
        let contender = |name: &String| contender(name, &self.tweaks, snapshot);
        let contenders = self.versions.iter().map(contender).collect::<Result<Vec<_>>>()?;
        Ok(CompareRequest {
            contenders,
            dates: self.range.dates(),
            as_of: self.seen.as_of,
            odds: self.odds,
            bootstrap: Bootstrap { draws: usize::try_from(self.draws).unwrap_or(usize::MAX), seed: self.seed },
        })
    }

    /// Says which version stands in where slates are decided as deployed before any was in production.
    ///
    /// # Errors
    /// A shipped version cannot be read.
    pub fn note_stand_in(&self, snapshot: &Snapshot, comparison: &Comparison) -> Result<()> {
        if self.versions.iter().any(|version| version == AS_DEPLOYED) {
            note_stand_in(&[snapshot], (comparison.from.0, comparison.to.0))
        } else {
            Ok(())
        }
    }
}

/// A pick that differs, as a row (`--format ndjson`, `csv` and `parquet`).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DifferenceRow {
    a: String,
    b: String,
    change: Change,
    game_date: String,
    player_lookup: String,
    game_id: String,
    /// The side, line, edge, source model and outcome of the pick of a, where it has one.
    a_recommendation: Option<String>,
    a_line: Option<f64>,
    a_edge: Option<f64>,
    a_source_model_id: Option<String>,
    a_outcome: Option<String>,
    /// Those of b.
    b_recommendation: Option<String>,
    b_line: Option<f64>,
    b_edge: Option<f64>,
    b_source_model_id: Option<String>,
    b_outcome: Option<String>,
    /// The steps that make the difference, joined by `; `.
    steps: String,
}

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    args.output.format()?;
    let snapshot = snapshot.open()?;
    let request = args.compare.request(&snapshot)?;
    let Compared { comparison, amiss, .. } = compared(&snapshot, &request).await?;
    args.compare.note_stand_in(&snapshot, &comparison)?;
    args.output.result(&comparison, print, rows)?;
    amiss.iter().for_each(note);
    Ok(if args.fail_on_change && comparison.differs() { Exit::Differs } else { Exit::Done })
}

fn rows(comparison: &Comparison) -> Vec<DifferenceRow> {
    let of_pair =
        |pair: &Pair| pair.differences.iter().filter_map(|difference| row(pair, difference)).collect::<Vec<_>>();
    comparison.pairs.iter().flat_map(of_pair).collect()
}

fn row(pair: &Pair, difference: &Difference) -> Option<DifferenceRow> {
    let (a, b) = (difference.a.as_ref(), difference.b.as_ref());
    let either = b.or(a)?;
    Some(DifferenceRow {
        a: pair.a.clone(),
        b: pair.b.clone(),
        change: difference.change,
        game_date: either.date.0.to_string(),
        player_lookup: either.player_lookup.clone(),
        game_id: either.game_id.clone(),
        a_recommendation: a.map(|bet| bet.recommendation.clone()),
        a_line: a.map(|bet| bet.line),
        a_edge: a.map(|bet| bet.edge),
        a_source_model_id: a.map(|bet| bet.source_model_id.clone()),
        a_outcome: a.map(|bet| bet.outcome.clone()),
        b_recommendation: b.map(|bet| bet.recommendation.clone()),
        b_line: b.map(|bet| bet.line),
        b_edge: b.map(|bet| bet.edge),
        b_source_model_id: b.map(|bet| bet.source_model_id.clone()),
        b_outcome: b.map(|bet| bet.outcome.clone()),
        steps: difference.steps.join("; "),
    })
}

/// How many steps, and how many of the picks that differ, a table shows; the machine formats have all of them.
const SHOWN: usize = 10;

fn print(comparison: &Comparison) -> String {
    let Comparison { from, to, slates, odds, .. } = comparison;
    let mut text =
        format!("{} {} to {}, {slates} slates, units at {odds}\n", paint(style::HEADING, "Compared"), from.0, to.0);
    if let Some(first) = comparison.left_out.first() {
        let dates: std::collections::BTreeSet<_> = comparison.left_out.iter().map(|slate| slate.date.0).collect();
        let note = format!(
            "left out {} slates, the first: {} has {} on {}",
            dates.len(),
            first.version,
            first.missing,
            first.date.0
        );
        text += &format!("{}\n", paint(style::NOTE, note));
    }
    let mut grid = Grid::new(&[
        "VERSION",
        ">CANDIDATES",
        ">PICKS",
        ">NO PICK",
        ">W-L-P",
        ">HIT RATE",
        ">95 %",
        ">UNITS",
        ">ROI",
        ">A SLATE",
        ">LOSING RUN",
        ">DRAWDOWN",
    ]);
    for version in &comparison.versions {
        let picks = &version.picks;
        let record = picks.record;
        let interval = picks.interval.map_or("-".to_owned(), |i| format!("{:.0}-{:.0}", i.low, i.high));
        let decided = record.decided() > 0;
        let or_dash = |text: String| if decided { text } else { "-".to_owned() };
        grid.row([
            version.version.clone(),
            version.candidates.to_string(),
            picks.count.to_string(),
            version.slates_without_picks.to_string(),
            format!("{}-{}-{}", record.wins, record.losses, record.pushes),
            rate_of(picks),
            interval,
            units(picks),
            version.roi.map_or("-".to_owned(), |roi| format!("{roi:+.1} %")),
            or_dash(format!("{:+.2}", version.units_per_slate)),
            or_dash(version.longest_losing_run.to_string()),
            or_dash(format!("{:.2}", version.max_drawdown)),
        ]);
    }
    text += &format!("\n{}", grid.render(0));
    for version in comparison.versions.iter().filter(|version| version.picks.count > 0) {
        let record = version.picks.record;
        if record.voids + record.ungraded > 0 {
            let line = format!("{}: {} void, {} ungraded", version.version, record.voids, record.ungraded);
            text += &format!("{}\n", paint(style::FAINT, line));
        }
    }
    comparison.pairs.iter().for_each(|pair| text += &of_pair(pair));
    text
}

fn of_pair(pair: &Pair) -> String {
    let mut text = format!("\n{}\n", paint(style::HEADING, format!("{} -> {}", pair.a, pair.b)));
    if pair.differences.is_empty() {
        return text + &format!("  the same picks ({})\n", pair.kept.count);
    }
    text += &kept_and_changed(pair);
    text += "\n  Where they part, and what came of it\n";
    let mut grid = Grid::new(&[">ADDED", ">UNITS", ">REMOVED", ">UNITS", ">FLIPPED", "STEP"]);
    for step in pair.steps.iter().take(SHOWN) {
        let or_dash = |count: u64| if count == 0 { "-".to_owned() } else { count.to_string() };
        let steps = match (step.traced, step.steps.as_slice()) {
            (false, all) => format!("not traced to fewer than all {} steps", all.len()),
            (true, [only]) => only.clone(),
            (true, several) => format!("only together: {}", several.join("; ")),
        };
        let words = wrapped(&steps, STEP_WIDTH);
        let mut words = words.into_iter();
        grid.row([
            or_dash(step.added.count),
            units(&step.added),
            or_dash(step.removed.count),
            units(&step.removed),
            or_dash(step.flipped),
            words.next().unwrap_or_default(),
        ]);
        words.for_each(|line| grid.row(["", "", "", "", "", &line]));
    }
    text += &grid.render(2);
    if let Some(rest) = pair.steps.get(SHOWN..).filter(|rest| !rest.is_empty()) {
        let picks: u64 = rest.iter().map(|step| step.added.count + step.removed.count + step.flipped).sum();
        text += &format!("  and {} more, of {picks} picks together (--format json has all)\n", rest.len());
    }
    text += &format!("\n{}", is_it_real(pair));
    text += &format!("\n  The first of {} picks that differ\n", pair.differences.len());
    let mut grid = Grid::new(&["DATE", "", "PLAYER", "BET", ">EDGE", "OUTCOME", "STEP"]);
    for difference in pair.differences.iter().take(SHOWN) {
        grid.row(difference_cells(difference));
    }
    text + &grid.render(2)
}

/// The picks that both have, that one has alone, and on which they take different sides.
pub fn kept_and_changed(pair: &Pair) -> String {
    let mut grid = Grid::new(&["PICKS", ">COUNT", ">W-L-P", ">HIT RATE", ">UNITS"]);
    let flipped = [
        (format!("flipped, as {} had them", pair.a), &pair.flipped.as_a),
        (format!("flipped, as {} has them", pair.b), &pair.flipped.as_b),
    ];
    let parts =
        [("kept".to_owned(), &pair.kept), ("added".to_owned(), &pair.added), ("removed".to_owned(), &pair.removed)];
    for (name, tally) in parts.into_iter().chain(flipped.into_iter().filter(|(_, tally)| tally.count > 0)) {
        grid.row(tally_cells(name, tally));
    }
    grid.render(2)
}

/// How likely the difference is luck, and why the numbers say less than they seem to.
pub fn is_it_real(pair: &Pair) -> String {
    let mut text = "  Is it real? Slates drawn with replacement\n".to_owned();
    let measures = [("units", &pair.units, "units"), ("hit rate", &pair.hit_rate, "points")];
    for (name, estimate, unit) in measures {
        text += &match estimate {
            Some(estimate) => format!("  {name:9} {}\n", said(estimate, unit)),
            None => format!("  {name:9} nothing decided by one of them\n"),
        };
    }
    if let Some(slates) = pair.slates_to_see {
        text += &format!("  it takes about {slates} slates like these to see a difference in units of this size\n");
    }
    for caution in &pair.cautions {
        text += &format!("  {}\n", paint(style::NOTE, caution));
    }
    text
}

const STEP_WIDTH: usize = 70;

fn tally_cells(name: String, tally: &Tally) -> [String; 5] {
    let record = tally.record;
    [
        name,
        tally.count.to_string(),
        format!("{}-{}-{}", record.wins, record.losses, record.pushes),
        rate_of(tally),
        units(tally),
    ]
}

fn said(estimate: &Estimate, unit: &str) -> String {
    let Estimate { difference, interval, p, p_adjusted } = estimate;
    let adjusted = p_adjusted.map(|p| format!(" ({} adjusted for several)", p_value(p))).unwrap_or_default();
    let p = p_value(*p);
    format!("{difference:+.2} {unit}, 95 % from {:+.2} to {:+.2}, p {p}{adjusted}", interval.low, interval.high)
}

fn difference_cells(difference: &Difference) -> [Cell; 7] {
    let bet = difference.b.as_ref().or(difference.a.as_ref());
    let text = |of: fn(&Bet) -> String| bet.map(of).unwrap_or_default();
    let (mark, colour) = match difference.change {
        Change::Added => ("+", Color::Green),
        Change::Removed => ("-", Color::Red),
        Change::Flipped => ("~", Color::Yellow),
    };
    let step = match difference.steps.as_slice() {
        [only] => wrapped(only, STEP_WIDTH).into_iter().next().unwrap_or_default(),
        several => format!("{} steps together", several.len()),
    };
    [
        Cell::new(text(|bet| bet.date.0.to_string())),
        Cell::new(mark).fg(colour),
        Cell::new(text(|bet| bet.player.clone().unwrap_or_else(|| bet.player_lookup.clone()))),
        Cell::new(text(|bet| format!("{} {:.1}", bet.recommendation, bet.line))),
        Cell::new(text(|bet| format!("{:+.1}", bet.edge))),
        Cell::new(text(|bet| bet.outcome.clone())),
        Cell::new(step),
    ]
}
