//! The report as a table.

use crate::cli::output::{Cell as TableCell, Grid, p_value, rate_of, units};
use crate::cli::style::{self, paint};
use crate::text::visible;
use crate::tune::{Cell, HoldOut, Luck, Marginal, Objective, Outcome, Tuned, Walk};

/// A parameter with more values than this is shown in steps.
const POINTS: usize = 24;

pub fn report(tuned: &Tuned) -> String {
    let Tuned { version, from, to, slates, odds, .. } = tuned;
    let with = if tuned.changes.is_empty() { String::new() } else { format!(" with {}", tuned.changes.join(", ")) };
    let mut text = format!(
        "{} {} by {}, {} to {}, {slates} slates, units at {odds}\n",
        paint(style::HEADING, "Tuned"),
        visible(format_args!("{version}{with}")),
        objective(tuned.objective),
        from.0,
        to.0
    );
    text += &tried(tuned);
    if let Some(first) = tuned.left_out.first() {
        let note =
            format!("left out {} slates, the first: {} on {}", tuned.left_out.len(), first.missing, first.date.0);
        text += &format!("{}\n", paint(style::NOTE, note));
    }
    text += &format!("\n{}", best(tuned));
    if let Some(luck) = &tuned.luck {
        text += &luck_of(luck, tuned);
    }
    if let Some(walk) = &tuned.walk_forward {
        text += &walked(walk);
    }
    if let Some(hold_out) = &tuned.hold_out {
        text += &held_out(hold_out);
    }
    text += &format!("\n{}\n", paint(style::HEADING, format!("By parameter, {}", unit(tuned.objective))));
    for marginal in &tuned.marginals {
        text += &curve(marginal, tuned);
    }
    text +=
        "  MEAN, BEST: of all ranked cells with the value. BESIDE: all else as in the best cell. *: the incumbent's\n";
    for caution in &tuned.cautions {
        text += &format!("{}\n", paint(style::NOTE, caution));
    }
    text
}

fn tried(tuned: &Tuned) -> String {
    let of = match tuned.sample {
        Some(sample) => format!(" of {}, drawn with seed {}", tuned.cells, sample.seed),
        None => String::new(),
    };
    let mut text = format!("{} cells tried{of}", tuned.cells_tried);
    if tuned.cells_ranked < tuned.cells_tried {
        text += &format!(", {} of them with {} decided picks or more", tuned.cells_ranked, tuned.min_picks);
    }
    if tuned.policies > 1 {
        text += &format!("; {} combinations decided by the pipeline", tuned.policies);
    }
    text + "\n"
}

fn best(tuned: &Tuned) -> String {
    let names: Vec<String> = tuned.parameters.iter().map(|parameter| format!(">{}", parameter.parameter)).collect();
    let with_luck = tuned.luck.is_some();
    let mut headings = vec![">PLACE"];
    headings.extend(names.iter().map(String::as_str));
    headings.extend([">PICKS", ">NO PICK", ">W-L-P", ">HIT RATE", ">AT LEAST", ">UNITS", ">ROI", ">DRAWDOWN"]);
    headings.extend([">AROUND", ">LEAST"]);
    if with_luck {
        headings.extend([">P", ">ADJUSTED"]);
    }
    let mut grid = Grid::new(&headings);
    let row = |place: String, settings: Vec<String>, outcome: &Outcome, cell: Option<&Cell>| {
        let around = cell.and_then(|cell| cell.neighbours);
        let mut cells = vec![place];
        cells.extend(settings);
        cells.extend(of_outcome(outcome, tuned.slates));
        cells.push(around.map_or("-".to_owned(), |around| format!("{:.2}", around.mean)));
        cells.push(around.map_or("-".to_owned(), |around| format!("{:.2}", around.min)));
        if with_luck {
            cells.push(cell.and_then(|cell| cell.p).map_or("-".to_owned(), p_value));
            cells.push(cell.and_then(|cell| cell.p_adjusted).map_or("-".to_owned(), p_value));
        }
        cells
    };
    for cell in &tuned.top {
        let settings = tuned.parameters.iter().map(|parameter| cell.settings[&parameter.parameter].to_string());
        grid.row(row(cell.place.to_string(), settings.collect(), &cell.outcome, Some(cell)));
    }
    let incumbent = &tuned.incumbent;
    let own = tuned.parameters.iter().map(|parameter| parameter.incumbent.to_string());
    let place = incumbent.place.map_or("-".to_owned(), |place| place.to_string());
    let cells = row(place, own.collect(), &incumbent.outcome, None);
    grid.row(cells.into_iter().map(|cell| TableCell::new(cell).bold()));
    let ranked = tuned.cells_ranked;
    let standing = match (incumbent.place, incumbent.cell) {
        (Some(place), Some(_)) => format!("last line: {}, the incumbent, place {place} of {ranked}", tuned.version),
        (Some(place), None) => {
            format!(
                "last line: {}, the incumbent, itself no cell; it would have place {place} of {}",
                tuned.version,
                ranked + 1
            )
        }
        (None, _) => format!("last line: {}, the incumbent, with too few decided picks to be ranked", tuned.version),
    };
    let luck =
        "P: of its units against the incumbent's, by itself. ADJUSTED: for all ranked cells (Benjamini-Hochberg)\n";
    grid.render(0)
        + &format!("{}\n", visible(standing))
        + "AT LEAST: lower end of the hit rate's 95 % interval. AROUND, LEAST: mean and least of the cells one step away\n"
        + if with_luck { luck } else { "" }
}

fn of_outcome(outcome: &Outcome, slates: u64) -> [String; 8] {
    let record = outcome.picks.record;
    let decided = record.decided() > 0;
    [
        outcome.picks.count.to_string(),
        (slates - outcome.slates_with_picks).to_string(),
        format!("{}-{}-{}", record.wins, record.losses, record.pushes),
        rate_of(&outcome.picks),
        outcome.picks.interval.map_or("-".to_owned(), |interval| format!("{:.1} %", interval.low)),
        units(&outcome.picks),
        outcome.roi.map_or("-".to_owned(), |roi| format!("{roi:+.1} %")),
        if decided { format!("{:.2}", outcome.max_drawdown) } else { "-".to_owned() },
    ]
}

fn luck_of(luck: &Luck, tuned: &Tuned) -> String {
    let mut text = format!("\n{}\n", paint(style::HEADING, "Is the best cell more than luck?"));
    text += &format!(
        "  reality check p {}: how likely the best of {} cells gets as many units above {} by luck alone\n",
        p_value(luck.reality_check),
        tuned.cells_ranked,
        visible(&tuned.version)
    );
    match luck.spa {
        Some(spa) => {
            text += &format!(
                "  SPA p {} ({} to {}), the same with each cell measured by its own spread\n",
                p_value(spa.consistent),
                p_value(spa.lower),
                p_value(spa.upper)
            );
        }
        None => text += "  SPA: none, the best cell differs from the incumbent by the same on every slate\n",
    }
    text + &format!("  {} draws of slates in runs of {:.0} on average, seed {}\n", luck.draws, luck.block, luck.seed)
}

fn walked(walk: &Walk) -> String {
    let start = if walk.expanding { "all days before" } else { "the days before" };
    let mut text = format!(
        "\n{}\n",
        paint(
            style::HEADING,
            format!(
                "Walking forward: chosen on {start} ({}d), judged on the next {}d",
                walk.train_days, walk.test_days
            )
        )
    );
    let mut grid = Grid::new(&[
        "TEST",
        ">SLATES",
        "CHOSEN",
        ">IN TRAINING",
        ">UNITS",
        ">IN TEST",
        ">UNITS",
        ">INCUMBENT",
        ">UNITS",
    ]);
    for fold in &walk.folds {
        let test = format!("{} to {}", fold.test.from.0, fold.test.to.0);
        let chosen = fold.chosen.as_ref();
        let settings = chosen.map_or("too few picks: the incumbent".to_owned(), |chosen| {
            let settings = chosen.settings.iter().map(|(name, value)| format!("{name}={value}"));
            settings.collect::<Vec<_>>().join(" ")
        });
        let (train, tested) =
            (chosen.map(|chosen| &chosen.train), chosen.map_or(&fold.incumbent, |chosen| &chosen.test));
        grid.row([
            test,
            fold.test_slates.to_string(),
            settings,
            train.map_or("-".to_owned(), rate_of),
            train.map_or("-".to_owned(), units),
            rate_of(tested),
            units(tested),
            rate_of(&fold.incumbent),
            units(&fold.incumbent),
        ]);
    }
    text += &grid.render(2);
    text += &format!(
        "  out of sample: {} units, hit rate {}; the incumbent on the same slates: {} units, hit rate {}\n",
        units(&walk.chosen),
        rate_of(&walk.chosen),
        units(&walk.incumbent),
        rate_of(&walk.incumbent)
    );
    if let Some(difference) = &walk.difference {
        text += &format!(
            "  difference {:+.2} units, 95 % from {:+.2} to {:+.2}, p {}\n",
            difference.difference,
            difference.interval.low,
            difference.interval.high,
            p_value(difference.p)
        );
    }
    text
}

fn held_out(hold_out: &HoldOut) -> String {
    let HoldOut { from, to, slates, .. } = hold_out;
    let heading = paint(style::HEADING, "Held out");
    let mut text = format!("\n{heading} {} to {}, {slates} slates", from.0, to.0);
    match (&hold_out.best, &hold_out.incumbent) {
        (Some(best), Some(incumbent)) => {
            text += &format!(
                ", unlocked\n  the best cell: {} units, hit rate {}; the incumbent: {} units, hit rate {}\n",
                units(best),
                rate_of(best),
                units(incumbent),
                rate_of(incumbent)
            );
        }
        _ => text += ": locked (--unlock looks at the best cell there, once)\n",
    }
    text
}

fn curve(marginal: &Marginal, tuned: &Tuned) -> String {
    let own = tuned.parameters.iter().find(|parameter| parameter.parameter == marginal.parameter);
    let own = own.map(|parameter| &parameter.incumbent);
    let heading = format!(">{}", marginal.parameter);
    let mut grid = Grid::new(&[&heading, ">CELLS", ">MEAN", ">BEST", ">BESIDE"]);
    let every = marginal.points.len().div_ceil(POINTS);
    for (at, point) in marginal.points.iter().enumerate() {
        let is_own = own == Some(&point.value);
        if at % every != 0 && !is_own {
            continue;
        }
        let figure = |figure: Option<f64>| figure.map_or("-".to_owned(), |figure| format!("{figure:.2}"));
        grid.row([
            format!("{}{}", if is_own { "* " } else { "" }, point.value),
            point.cells.to_string(),
            figure(point.mean),
            figure(point.best),
            figure(point.beside_best),
        ]);
    }
    grid.render(2)
}

fn objective(objective: Objective) -> &'static str {
    match objective {
        Objective::Units => "units",
        Objective::Roi => "ROI",
        Objective::HitRate => "hit rate",
        Objective::LowerBound => "the lower bound of the hit rate",
    }
}

/// What the figure is in.
pub fn unit(objective: Objective) -> &'static str {
    match objective {
        Objective::Units => "units",
        Objective::Roi => "ROI in percent",
        Objective::HitRate => "hit rate in percent",
        Objective::LowerBound => "lower bound of the hit rate in percent",
    }
}
