//! The funnel of a slate and its near misses, for people.

use comfy_table::Color;

use super::super::output::{Cell, Grid, wrapped};
use super::super::style::{BAD, GOOD, HEADING, NOTE, paint};
use super::{WIDTH, heading, outcome, signed};
use crate::count::counted;
use crate::explain::{NearMiss, SlateExplanation, Step};
use crate::version::Cap;

pub fn print(slate: &SlateExplanation) -> String {
    let mut text = format!("{}\n", paint(HEADING, heading(&slate.decided)));
    let picks = paint(if slate.picks == 0 { BAD } else { GOOD }, counted(slate.picks, "pick"));
    text += &format!("{} candidates, {} blocked, {picks}\n", slate.candidates, slate.candidates - slate.passed);
    for finding in &slate.findings {
        text += &bullet(finding);
    }
    text += &format!("\n{}\n{}", paint(HEADING, "What each filter removed"), funnel(slate));
    text += &near_misses(slate);
    for missing in &slate.missing {
        text += &format!(
            "\n{}",
            wrapped(missing, WIDTH).iter().map(|line| paint(NOTE, line)).collect::<Vec<_>>().join("\n  ")
        );
    }
    if !slate.missing.is_empty() {
        text.push('\n');
    }
    text
}

/// A finding, with a hanging indent.
/// The filter that judges the matched combo.
const ANTI_PATTERN: &str = "anti_pattern";

fn bullet(finding: &str) -> String {
    format!("- {}\n", wrapped(finding, WIDTH - 2).join("\n  "))
}

fn funnel(slate: &SlateExplanation) -> String {
    let mut grid = Grid::new(&["FILTER", "BLOCKS", ">FIRST", ">LEFT", ">IN ALL", ">ALONE"]);
    grid.row(["candidates", "", "", &slate.candidates.to_string(), "", ""]);
    for step in &slate.funnel {
        let numbers = [step.blocked_first, step.remaining, step.blocks_in_all, step.blocks_alone];
        let mut cells = vec![step.filter.clone(), blocks(step)];
        cells.extend(numbers.map(|number| if number == 0 { "-".to_owned() } else { number.to_string() }));
        let quiet = step.blocks_in_all == 0;
        grid.row(cells.into_iter().map(|cell| {
            let cell = Cell::new(cell);
            if quiet { cell.fg(Color::DarkGrey) } else { cell }
        }));
    }
    let mut left = slate.passed;
    for step in &slate.caps {
        left -= step.refused;
        let rule = match step.cap {
            Cap::Slate => format!("beyond {} picks", step.most),
            cap => format!("beyond {} of a {cap}", step.most),
        };
        grid.row([step.cap.parameter(), &rule, &step.refused.to_string(), &left.to_string(), "", ""]);
    }
    grid.row(["picks", "", "", &slate.picks.to_string(), "", ""]);
    let legend = "FIRST: it is the first filter that blocks them. IN ALL: it blocks them, whichever does first. ALONE: nothing \
                  else blocks them.";
    grid.render(2) + &super::legend(legend)
}

/// Which values a filter blocks, with their unit.
fn blocks(step: &Step) -> String {
    if let Some(inert) = &step.inert {
        return inert.clone();
    }
    if step.is_observed { format!("{} (observes)", step.rule) } else { step.rule.clone() }
}

fn near_misses(slate: &SlateExplanation) -> String {
    let title = paint(HEADING, "Near misses: exactly one filter blocks them");
    if slate.near_misses.is_empty() {
        return format!("\n{title}\n  none\n");
    }
    let (measured, others): (Vec<&NearMiss>, Vec<&NearMiss>) =
        slate.near_misses.iter().partition(|miss| !miss.blocked_by.margin.is_absent());
    let mut text = format!("\n{title}\n");
    if !measured.is_empty() {
        let mut grid = Grid::new(&["PLAYER", "BET", ">EDGE", "BLOCKED BY", ">VALUE", ">MARGIN", "", ">AFTERWARDS"]);
        for miss in measured {
            grid.row([
                Cell::new(name(miss)),
                Cell::new(bet(miss)),
                Cell::new(signed(&miss.edge)),
                Cell::new(&miss.blocked_by.filter),
                Cell::new(miss.blocked_by.judgement()),
                Cell::new(&miss.blocked_by.margin),
                Cell::new(share(miss)).fg(Color::DarkGrey),
                afterwards(miss),
            ]);
        }
        text += &grid.render(2);
        let legend = "Closest first: by the margin as a share of the threshold (in brackets), since units differ.";
        text += &super::legend(legend);
    }
    let (by_combo, by_condition): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|miss| miss.blocked_by.filter == ANTI_PATTERN);
    if !by_condition.is_empty() {
        let mut grid = Grid::new(&["PLAYER", "BET", ">EDGE", "BLOCKED BY", ">AFTERWARDS"]);
        for miss in &by_condition {
            grid.row([
                Cell::new(name(miss)),
                Cell::new(bet(miss)),
                Cell::new(signed(&miss.edge)),
                Cell::new(&miss.blocked_by.filter),
                afterwards(miss),
            ]);
        }
        let rest = if slate.near_misses.len() > by_condition.len() + by_combo.len() { "\n" } else { "" };
        text += &format!("{rest}  Blocked without a margin:\n{}", grid.render(2));
    }
    if !by_combo.is_empty() {
        let mut grid = Grid::new(&["PLAYER", "BET", ">EDGE", "MATCHED", "INSTEAD", ">AFTERWARDS"]);
        for miss in &by_combo {
            let (matched, instead) = combos(miss);
            grid.row([
                Cell::new(name(miss)),
                Cell::new(bet(miss)),
                Cell::new(signed(&miss.edge)),
                Cell::new(matched),
                Cell::new(instead),
                afterwards(miss),
            ]);
        }
        let rest = if slate.near_misses.len() > by_combo.len() { "\n" } else { "" };
        text += &format!("{rest}  Blocked by {ANTI_PATTERN} alone:\n{}", grid.render(2));
        let legend = "INSTEAD: what would match without it; * only the registry's order chose between the two.";
        text += &super::legend(legend);
    }
    text
}

fn name(miss: &NearMiss) -> String {
    miss.player.clone().unwrap_or_else(|| miss.player_lookup.clone())
}

fn bet(miss: &NearMiss) -> String {
    format!("{} {}", miss.recommendation, miss.line)
}

/// The margin as a share of the threshold.
fn share(miss: &NearMiss) -> String {
    miss.blocked_by.relative_margin.map(|share| format!("({:.0}%)", share * 100.0)).unwrap_or_default()
}

/// The matched combo, and what would have matched instead: starred where only the registry's order chose.
fn combos(miss: &NearMiss) -> (String, String) {
    let Some(combo) = &miss.combo else {
        return ("-".to_owned(), "-".to_owned());
    };
    let star = if combo.by_order { " *" } else { "" };
    let instead = combo.alternative.as_ref().map(|id| format!("{id}{star}"));
    (combo.combo_id.clone(), instead.unwrap_or_else(|| "nothing".to_owned()))
}

fn afterwards(miss: &NearMiss) -> Cell {
    let cell = Cell::new(outcome(&miss.afterwards));
    match miss.afterwards.outcome.as_str() {
        "WIN" => cell.fg(Color::Green),
        "LOSS" => cell.fg(Color::Red),
        _ => cell,
    }
}
