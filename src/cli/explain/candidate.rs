//! The trace of a player, for people.

use comfy_table::Color;

use super::super::output::{Cell, Grid, wrapped};
use super::super::style::{BAD, FAINT, GOOD, HEADING, NOTE, paint};
use super::{WIDTH, amount, heading, or_dash, outcome, signed};
use crate::explain::{Candidate, Combo, Explanation, Feature, Filter, Game, Signal, Verdict};
use crate::text::visible;

/// Where the third column of the signals starts.
const SIGNAL_INPUTS: usize = 60;

pub fn print(explanation: &Explanation) -> String {
    let lookup = &explanation.player_lookup;
    let player = match &explanation.player {
        Some(name) => format!("{name} ({lookup})"),
        None => lookup.clone(),
    };
    let mut text = format!("{}\n", paint(HEADING, format!("{player}, {}", heading(&explanation.decided))));
    if let (Some(closed), []) = (&explanation.closed, explanation.games.as_slice()) {
        text.extend(wrapped(closed, WIDTH).iter().map(|line| format!("{}\n", paint(BAD, line))));
    }
    for (at, game) in explanation.games.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        text += &self::game(game, explanation.closed.as_deref());
    }
    text
}

fn game(game: &Game, closed: Option<&str>) -> String {
    let Some(candidate) = &game.candidate else {
        let left_out = game.non_bids.iter().filter(|other| other.breaks_contract).count();
        let none = match left_out {
            _ if closed.is_some() => closed.unwrap_or_default().to_owned(),
            0 => "no candidate: no model bid".to_owned(),
            1 => "no candidate, but 1 prediction was left out since it breaks the contract".to_owned(),
            count => format!("no candidate, but {count} predictions were left out since they break the contract"),
        };
        return format!("{}: {}\n{}", visible(&game.game_id), paint(BAD, none), models(game));
    };
    let mut text = summary(game, candidate);
    text += &models(game);
    text += &features(&candidate.features);
    text += &signals(candidate);
    text += &filters(&candidate.filters);
    text += &combo(candidate);
    text += &ranking(candidate);
    let units = candidate.afterwards.units.map(|units| format!(", {units:+.2} units")).unwrap_or_default();
    text + &section("Afterwards (not known to the decision)")
        + &format!("  {}{units}\n", visible(outcome(&candidate.afterwards)))
}

fn section(title: &str) -> String {
    format!("\n{}\n", paint(HEADING, title))
}

/// The decision and its reason.
fn summary(game: &Game, candidate: &Candidate) -> String {
    let plays = match (&candidate.team, &candidate.opponent) {
        (Some(team), Some(opponent)) => {
            format!("{team} {} {opponent}, ", if candidate.is_home { "against" } else { "at" })
        }
        _ => String::new(),
    };
    let style = if candidate.selected { GOOD } else { BAD };
    let painted = |style, text: &str| -> String {
        wrapped(text, WIDTH).iter().map(|line| format!("{}\n", paint(style, line))).collect()
    };
    let newcomer = no_earlier_game(candidate).map(|text| painted(NOTE, &text)).unwrap_or_default();
    let bet = format!("{} {}, edge {}", candidate.recommendation, candidate.line, signed(&candidate.edge));
    format!(
        "{}\n{}\n{}{newcomer}",
        visible(plays + &game.game_id),
        visible(format!("{bet}, by {}", candidate.source_model_id)),
        painted(style, &candidate.reason),
    )
}

/// What production took a player for who has no game of the season before the slate.
fn no_earlier_game(candidate: &Candidate) -> Option<String> {
    let opponent = candidate.opponent.as_deref().unwrap_or("the home team");
    candidate.no_earlier_game.then(|| {
        format!(
            "no game of the season before the slate: the team is not known, so that {opponent}, the home team, counts as \
             the opponent and the player as the visitor, and averages that are absent count as 0, as in production"
        )
    })
}

fn models(game: &Game) -> String {
    let mut text = section("Models that bid");
    let weighed = game.bids.iter().any(|bid| !bid.weight.is_absent());
    let mut headings = vec!["", "MODEL", "FAMILY", ">POINTS", ">LINE", ">EDGE", "SIDE", ">CONFIDENCE"];
    headings.extend(weighed.then_some(">WEIGHT"));
    let mut grid = Grid::new(&headings);
    for bid in &game.bids {
        let mark = match (bid.won, bid.tied) {
            (true, true) => "wins tie",
            (true, false) => "wins",
            (false, true) => "tied",
            (false, false) => "",
        };
        let champion = if bid.is_champion { " (champion)" } else { "" };
        let cells = [
            Cell::new(mark).fg(Color::Green),
            Cell::new(format!("{}{champion}", bid.system_id)),
            Cell::new(bid.family.as_deref().unwrap_or("-")),
            Cell::new(or_dash(&bid.predicted_points)),
            Cell::new(or_dash(&bid.line)),
            Cell::new(signed(&bid.edge)),
            Cell::new(&bid.recommendation),
            Cell::new(or_dash(&bid.confidence_score)),
        ];
        grid.row(cells.into_iter().chain(weighed.then(|| Cell::new(or_dash(&bid.weight)))));
    }
    text += &if game.bids.is_empty() { "  none\n".to_owned() } else { grid.render(2) };
    if game.non_bids.is_empty() {
        return text;
    }
    let mut grid = Grid::new(&["COULD NOT BID", ">POINTS", ">LINE", ">EDGE", "WHY NOT"]);
    for other in &game.non_bids {
        grid.row([
            other.system_id.clone(),
            or_dash(&other.predicted_points),
            or_dash(&other.line),
            signed(&other.edge),
            other.reason.clone(),
        ]);
    }
    text + "\n" + &grid.render(2)
}

/// The features in groups of the row they come from, two a line.
fn features(features: &[Feature]) -> String {
    let mut text = section("Features");
    let width = |feature: &Feature| feature.name.chars().count();
    let (names, values) = (features.iter().map(width).max().unwrap_or_default(), 18);
    for group in features.chunk_by(|a, b| a.source == b.source) {
        let source = group.first().map(|feature| feature.source.as_str()).unwrap_or_default();
        text += &format!("  {}\n", paint(FAINT, format!("{source}:")));
        for pair in group.chunks(2) {
            let cell = |feature: &Feature| format!("{:names$}  {:values$}", feature.name, value(feature));
            let line = pair.iter().map(cell).collect::<Vec<_>>().join("  ");
            text += &format!("    {}\n", visible(line.trim_end()));
        }
        let mut missing: Vec<String> = group.iter().filter_map(|feature| feature.missing.clone()).collect();
        missing.dedup();
        for what in missing {
            text += &format!("    {}\n", paint(NOTE, what));
        }
    }
    text
}

fn value(feature: &Feature) -> String {
    match &feature.unit {
        Some(unit) if unit != "0-1" => amount(&feature.value, unit),
        _ => feature.value.to_string(),
    }
}

fn signals(candidate: &Candidate) -> String {
    let qualifying = candidate.signal_tags.len();
    let mut text = section(&format!("Signals: {qualifying} of {} qualify", candidate.signals.len()));
    let mut grid = Grid::new(&["SIGNAL", "CONFIDENCE", "WHAT IT LOOKED AT [AND COMPARES WITH]"]);
    for signal in &candidate.signals {
        let mut lines = wrapped(&inputs(signal), SIGNAL_INPUTS).into_iter();
        let confidence = match signal.confidence {
            Some(confidence) => Cell::new(format!("{confidence:.3}")).fg(Color::Green),
            None => Cell::new("-"),
        };
        let name = Cell::new(&signal.signal);
        let name = if signal.qualifies { name.fg(Color::Green) } else { name };
        grid.row([name, confidence, Cell::new(lines.next().unwrap_or_default())]);
        for line in lines {
            grid.row([Cell::new(""), Cell::new(""), Cell::new(line)]);
        }
        if let Some(line) = unmet(signal) {
            for line in wrapped(&line, SIGNAL_INPUTS) {
                grid.row([Cell::new(""), Cell::new(""), Cell::new(line).fg(Color::DarkGrey)]);
            }
        }
    }
    text += &grid.render(2);
    text
}

/// The parts of a signal's condition that do not hold; none where all do.
fn unmet(signal: &Signal) -> Option<String> {
    let unmet = signal.conditions.iter().filter(|condition| condition.holds != Some(true));
    let said = |condition: &crate::explain::Condition| match (&condition.value, &condition.margin) {
        (value, margin) if !margin.is_absent() => format!("{} is {value}, off by {margin}", condition.condition),
        _ if condition.holds.is_none() => format!("{} is unknown", condition.condition),
        _ => condition.condition.clone(),
    };
    let said: Vec<String> = unmet.map(said).collect();
    (!said.is_empty()).then(|| format!("not: {}", said.join("; ")))
}

/// What a signal looked at, and in brackets the version's thresholds.
fn inputs(signal: &Signal) -> String {
    let input = |input: &crate::explain::Input| {
        let value = input.value.beside(signal.thresholds.iter().map(|threshold| &threshold.value));
        match &input.missing {
            Some(missing) => format!("{} {value} ({missing})", input.name),
            None => format!("{} {value}", input.name),
        }
    };
    let inputs: Vec<String> = signal.inputs.iter().map(input).collect();
    let own = format!("{}.", signal.signal);
    let threshold = |threshold: &crate::explain::Threshold| {
        format!("{} {}", threshold.parameter.strip_prefix(&own).unwrap_or(&threshold.parameter), threshold.value)
    };
    let thresholds: Vec<String> = signal.thresholds.iter().map(threshold).collect();
    match thresholds.as_slice() {
        [] => inputs.join(", "),
        thresholds => format!("{} [{}]", inputs.join(", "), thresholds.join(", ")),
    }
}

fn filters(filters: &[Filter]) -> String {
    let blocking = filters.iter().filter(|filter| filter.verdict == Verdict::Blocks).count();
    let title = match blocking {
        0 => "Filters: none blocks".to_owned(),
        1 => "Filters: exactly one blocks".to_owned(),
        more => format!("Filters: {more} block"),
    };
    let mut grid = Grid::new(&["FILTER", "RESULT", ">VALUE", "BLOCKS", "MARGIN", "TURNED BY --set"]);
    for filter in filters {
        let (verdict, colour) = match filter.verdict {
            Verdict::Blocks => ("BLOCKS", Some(Color::Red)),
            Verdict::WouldBlock => ("would block", Some(Color::DarkGrey)),
            Verdict::Passes => ("passes", None),
            Verdict::Off => ("off", Some(Color::DarkGrey)),
            Verdict::NotApplicable => ("n/a", Some(Color::DarkGrey)),
        };
        let cells = [
            filter.filter.clone(),
            verdict.to_owned(),
            or_dash(&filter.value),
            filter.inert.clone().unwrap_or_else(|| filter.rule()),
            margin(filter),
        ];
        let turned_by = filter.turned_by.clone().unwrap_or_else(|| "-".to_owned());
        let coloured = cells.into_iter().map(|cell| match colour {
            Some(colour) => Cell::new(cell).fg(colour),
            None => Cell::new(cell),
        });
        grid.row(coloured.chain([Cell::new(turned_by)]));
    }
    let legend = "MARGIN: how far the value is from the threshold; at 0 it is on it. --set: the least change of the version \
                  that turns the verdict.";
    section(&title) + &grid.render(2) + &super::legend(legend)
}

/// The margin of a filter with its unit, such as `0.4 points`; a dash where there is nothing to measure.
fn margin(filter: &Filter) -> String {
    match (&filter.margin, &filter.unit) {
        (margin, Some(unit)) if !margin.is_absent() => amount(margin, unit),
        (margin, _) => or_dash(margin),
    }
}

fn combo(candidate: &Candidate) -> String {
    let mut text = section("Combo");
    let Some(combo) = &candidate.combo else {
        return text + "  no entry of the registry matches the signals\n";
    };
    let hit_rate = combo.hit_rate.map(|rate| format!(", {rate}% historically")).unwrap_or_default();
    let class = combo.classification.as_deref().unwrap_or("unclassified");
    text += &format!("  {}\n", visible(format_args!("{} ({class}{hit_rate})", combo.combo_id)));
    for line in wrapped(&instead(combo), WIDTH - 2) {
        text += &format!("  {line}\n");
    }
    text
}

/// What would have matched instead.
fn instead(combo: &Combo) -> String {
    let Some(alternative) = &combo.alternative else {
        return "nothing else of the registry matches".to_owned();
    };
    let class = combo.alternative_classification.as_deref().unwrap_or("unclassified");
    if combo.by_order {
        return format!(
            "only the registry's order chose it: {alternative} ({class}) is of the same size, matches as well, and would \
             have been taken if it came first"
        );
    }
    format!("without it, {alternative} ({class}) would match")
}

fn ranking(candidate: &Candidate) -> String {
    let score = or_dash(&candidate.composite_score);
    let caps = candidate.caps.iter().map(|(cap, most)| format!("{} {most}", cap.parameter())).collect::<Vec<_>>();
    let cap = if caps.is_empty() { "no cap".to_owned() } else { caps.join(", ") };
    let text = match (candidate.rank, candidate.selected) {
        (Some(rank), true) => format!("score {score}, rank {rank}, {cap}: picked"),
        (Some(rank), false) => format!("score {score}, rank {rank}, {cap}: not picked"),
        (None, _) => format!("score {score}; not ranked, since only candidates that no filter blocks are"),
    };
    section("Rank") + &format!("  {}\n", visible(text))
}
