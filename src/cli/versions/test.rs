//! `reslate versions test`: what a person wants to know before trusting an idea.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

use crate::audit::Tally;
use crate::cli::compare::{is_it_real, kept_and_changed};
use crate::cli::output::{Grid, Output, Report, p_value, rate_of, units, wrapped};
use crate::cli::select::{Range, Tweaks, resolve};
use crate::cli::style::{BAD, FAINT, GOOD, HEADING, NOTE, paint};
use crate::cli::{Exit, Location};
use crate::compare::Pair;
use crate::count::{count, counted, counted_as};
use crate::error::Result;
use crate::stats::Bootstrap;
use crate::text::visible;
use crate::version::parent_of;
use crate::version_test::{
    FilterEffect, Leak, LeakedPart, LikeThem, LookAhead, PartOf, Request, Seen, SignalEffect, Status, VersionTest, test,
};

/// Test a version: what it adds and whether that wins, what it picks otherwise, and that it cannot see the future
///
/// Signals and filters that the version it extends has not, or otherwise: how often each fires or blocks (ALONE: nothing
/// else blocks), and LIFT over candidates of the same side and edge bucket without it; P is the chance of a result at least
/// this unusual had as many of them been drawn at random (exact, two-sided, adjusted for all that are tested).
///
/// That it cannot see the future is tried on slates spread over the range: everything dated on the slate or after it is
/// scrambled (results, box scores, gradings, signal health, records, and all that is dated later), and the decision, with all
/// that candidates are decided by, must stay the same to the byte. The predictions, feature rows and subsets of the slate's
/// own date are what it is decided by, and stay.
///
/// Exit codes: 0 no decision sees the future, 1 one does, 2 the version or the snapshot cannot be read.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate versions test ./mine.toml
  reslate versions test ./mine.toml --from 2026-01-01 --set rested_home.min_rest=2
  reslate versions test ./mine.toml --slates 200 --format json
  reslate versions test v318                       a shipped version beside the one it extends
  reslate versions test v296 --health same-date    exit code 1 where the snapshot has signal_health_daily: it
                                                   reads what is written after the games")]
pub struct Args {
    /// The path of a version file, or an id, a unique prefix, or production's full name
    version: String,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    tweaks: Tweaks,
    /// On how many slates it is tried that it cannot see the future; all where there are fewer
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    slates: u32,
    #[command(flatten)]
    output: Output<Report>,
}

/// How often slates are drawn, and from which seed, as `reslate compare` does by default.
const BOOTSTRAP: Bootstrap = Bootstrap { draws: 10_000, seed: 42 };

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    args.output.format()?;
    let version = resolve(&args.version)?;
    let parent = parent_of(&version)?;
    let request = Request {
        version: args.tweaks.changed(version)?,
        parent,
        dates: args.range.dates(),
        slates: usize::try_from(args.slates).unwrap_or(usize::MAX),
        bootstrap: BOOTSTRAP,
    };
    let snapshot = snapshot.open()?;
    let bar = progress_bar();
    let progress = |done, of| {
        bar.set_length(count(of));
        bar.set_position(count(done));
    };
    let tested = test(&snapshot, &request, progress).await;
    bar.finish_and_clear();
    let tested = tested?;
    args.output.report(&tested, print)?;
    Ok(if tested.sees_the_future() { Exit::Differs } else { Exit::Done })
}

fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} slates with the future scrambled") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    bar
}

fn print(test: &VersionTest) -> String {
    let VersionTest { version, extends, from, to, slates, .. } = test;
    let extends = extends.as_ref().map(|parent| format!(" (extends {parent})")).unwrap_or_default();
    let mut text = format!(
        "{} of {}, {} to {}, {slates} slates\n",
        paint(HEADING, "Test"),
        visible(format_args!("{version}{extends}")),
        from.0,
        to.0
    );
    for (what, tally) in [("candidates", &test.candidates), ("picks", &test.picks)] {
        text += &format!("{} {what}, hit rate {}, {} units\n", tally.count, rate_of(tally), units(tally));
    }
    for note in &test.notes {
        let mut lines = wrapped(note, NOTE_WIDTH).into_iter();
        text += &format!("{} {}\n", paint(NOTE, "note:"), lines.next().unwrap_or_default());
        text.extend(lines.map(|line| format!("      {line}\n")));
    }
    text += &signals(&test.signals);
    text += &filters(&test.filters);
    if test.extends.is_some() && test.signals.is_empty() && test.filters.is_empty() {
        text += "\nno signal and no filter that the version it extends has not\n";
    }
    text += &test.comparison.as_ref().map(of_pair).unwrap_or_default();
    text + &look_ahead(&test.look_ahead)
}

/// As wide as a terminal, after the word before it.
const NOTE_WIDTH: usize = 94;

fn signals(signals: &[SignalEffect]) -> String {
    let mut grid =
        Grid::new(&["SIGNAL", "", ">FIRES", ">HIT RATE", ">95 %", ">UNITS", ">LIFT", ">P", ">PICKS", ">HIT RATE"]);
    for effect in signals {
        grid.row(cells(effect.signal.clone(), effect.status, &effect.candidates, &effect.like_them, &effect.picks));
    }
    if signals.is_empty() { String::new() } else { format!("\n{}", grid.render(0)) }
}

fn filters(filters: &[FilterEffect]) -> String {
    let mut grid =
        Grid::new(&["FILTER", "", ">BLOCKS", ">HIT RATE", ">95 %", ">UNITS", ">LIFT", ">P", ">ALONE", ">HIT RATE"]);
    for effect in filters {
        let name = if effect.is_observed { format!("{} (observes)", effect.filter) } else { effect.filter.clone() };
        grid.row(cells(name, effect.status, &effect.any, &effect.like_them, &effect.only));
    }
    if filters.is_empty() { String::new() } else { format!("\n{}", grid.render(0)) }
}

fn cells(name: String, status: Status, all: &Tally, like: &LikeThem, some: &Tally) -> [String; 10] {
    let status = match status {
        Status::New => "new",
        Status::Redefined => "redefined",
        Status::Set => "set",
    };
    let p = match like.p_adjusted {
        _ if like.too_few => "too few".to_owned(),
        Some(p) => p_value(p),
        None => "-".to_owned(),
    };
    [
        name,
        status.to_owned(),
        all.count.to_string(),
        rate_of(all),
        all.interval.map_or("-".to_owned(), |interval| format!("{:.0}-{:.0}", interval.low, interval.high)),
        units(all),
        like.lift.map_or("-".to_owned(), |lift| format!("{lift:+.1}")),
        p,
        some.count.to_string(),
        rate_of(some),
    ]
}

fn of_pair(pair: &Pair) -> String {
    let text = format!("\n{}\n", paint(HEADING, format!("{} -> {}", pair.a, pair.b)));
    if pair.differences.is_empty() {
        return text + &format!("  the same picks ({})\n", pair.kept.count);
    }
    text + &kept_and_changed(pair) + "\n" + &is_it_real(pair)
}

/// How many slates, and parts of each, a table shows; JSON has all.
const SHOWN: usize = 10;
const PARTS_SHOWN: usize = 4;
const PARTS_WIDTH: usize = 70;

fn look_ahead(of: &LookAhead) -> String {
    let rows: u64 = of.scrambled.iter().map(|table| table.rows).sum();
    let scrambled = format!(
        "everything dated from the slate on scrambled ({} of {})",
        counted(rows, "row"),
        counted(of.scrambled.len(), "table")
    );
    let slates = counted(of.slates.len(), "slate");
    let mut text = if of.leaks.is_empty() {
        let told = of.slates.len() - of.without_future.len();
        let verdict = if told == 0 { paint(NOTE, "Nothing to see") } else { paint(GOOD, "It cannot see the future") };
        format!("\n{verdict}\n  {slates} decided again with {scrambled}:\n  {} the same to the byte\n", of.held)
    } else {
        let leaks = counted_as(of.leaks.len(), "is", "are");
        let verdict = paint(BAD, "It sees the future");
        format!("\n{verdict}\n  {slates} decided again with {scrambled}:\n  {leaks} decided otherwise\n")
    };
    if !of.without_future.is_empty() {
        let none = counted_as(of.without_future.len(), "of them has", "of them have");
        let line = format!("{none} nothing dated from the slate on in this snapshot, so nothing is told");
        text += &format!("  {}\n", paint(FAINT, line));
    }
    if of.leaks.is_empty() {
        return text;
    }
    let mut grid = Grid::new(&["DATE", ">CANDIDATES", "WHAT DIFFERS"]);
    for leak in of.leaks.iter().take(SHOWN) {
        let mut lines = wrapped(&differing(leak), PARTS_WIDTH).into_iter();
        grid.row([leak.date.0.to_string(), leak.players.len().to_string(), lines.next().unwrap_or_default()]);
        lines.for_each(|line| grid.row([String::new(), String::new(), line]));
    }
    text += &format!("\n{}", grid.render(2));
    if let Some(rest) = of.leaks.get(SHOWN..).filter(|rest| !rest.is_empty()) {
        text += &format!("  and {} more (--format json has all)\n", counted(rest.len(), "slate"));
    }
    if let Some((first, part)) = of.leaks.first().and_then(|leak| Some((leak, leak.parts.first()?))) {
        text += &example(first, part);
    }
    text += "\n";
    if of.seen.is_empty() {
        text += &format!("  {}\n", paint(NOTE, "the rows of no table alone make the difference"));
    }
    for seen in &of.seen {
        let lines = wrapped(&seen_of(seen), NOTE_WIDTH);
        text.extend(lines.into_iter().map(|line| format!("  {}\n", paint(NOTE, line))));
    }
    text
}

/// What differs on a slate, the first few parts by name.
fn differing(leak: &Leak) -> String {
    let name = |part: &LeakedPart| match part.of {
        PartOf::Document => format!("{} of the document", part.part),
        PartOf::Input | PartOf::Decision => format!("{} ({})", part.part, part.count),
    };
    let mut names: Vec<String> = leak.parts.iter().take(PARTS_SHOWN).map(name).collect();
    let rest = leak.parts.len().saturating_sub(PARTS_SHOWN);
    if rest > 0 {
        names.push(format!("{rest} more"));
    }
    names.join(", ")
}

/// The longest value that is shown.
const VALUE_WIDTH: usize = 60;

fn example(leak: &Leak, part: &LeakedPart) -> String {
    let shown = |value: &str| {
        let value = visible(value);
        if value.chars().count() <= VALUE_WIDTH {
            value
        } else {
            value.chars().take(VALUE_WIDTH - 1).chain(['…']).collect()
        }
    };
    let whose = part.player_lookup.as_ref().map(|player| format!(" of {player}")).unwrap_or_default();
    format!(
        "\n  {} on {}:\n    {} as it is\n    {} scrambled\n",
        visible(format_args!("{}{whose}", part.part)),
        leak.date.0,
        shown(&part.known),
        shown(&part.scrambled)
    )
}

fn seen_of(seen: &Seen) -> String {
    let columns = if seen.columns.is_empty() { String::new() } else { format!(" ({})", seen.columns.join(", ")) };
    let dates = match (seen.on_the_slate, seen.later) {
        (true, false) => "the slate's own date",
        (false, true) => "later dates",
        _ => "the slate's own date and of later ones",
    };
    format!("it reads rows of {}{columns} of {dates}", seen.table)
}
