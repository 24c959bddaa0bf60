//! `reslate versions`: the versions there are, and what one of them is made of.

use clap::Subcommand;

use super::Exit;
use super::output::{Grid, Out, note};
use super::style::{self, paint};
use crate::error::Result;
use crate::version::catalogue::catalogue;
use crate::version::{Combo, SHIPPED, Version, find, shipped};

/// List the algorithm versions, or show one with every parameter resolved
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate versions
  reslate versions show v314")]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    out: Out,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show a version's parameters, signals, filters, families and combos
    Show { version: String },
}

pub fn run(args: Args) -> Result<Exit> {
    let text = match args.command {
        None => list()?,
        Some(Command::Show { version }) => {
            let (version, ambiguous) = find(&version)?;
            ambiguous.iter().for_each(note);
            show(&version)
        }
    };
    args.out.text(&text)?;
    Ok(Exit::Done)
}

fn list() -> Result<String> {
    let mut grid = Grid::new(&["ID", "ALGORITHM VERSION", "IN PRODUCTION FROM", "WHAT IT IS"]);
    for id in SHIPPED {
        let version = shipped(id)?;
        let from = version.in_production_from.map_or("-".to_owned(), |date| date.to_string());
        grid.row([version.id, version.algorithm_version, from, version.summary]);
    }
    Ok(grid.render(0))
}

fn show(version: &Version) -> String {
    let mut text =
        format!("{} ({}): {}\n\n", paint(style::HEADING, &version.id), version.algorithm_version, version.summary);
    let mut parameters = Grid::new(&["PARAMETER", ">VALUE", "UNIT", "ABOUT"]);
    for (name, parameter) in &catalogue().parameters {
        let unit = parameter.unit.clone().unwrap_or_default();
        parameters.row([name.clone(), version.parameter(name).to_string(), unit, parameter.about.clone()]);
    }
    text += &parameters.render(0);
    let mut filters = Grid::new(&["FILTER", "BLOCKS"]);
    for name in &version.filters {
        filters.row([name.clone(), catalogue().filters[name].about.clone()]);
    }
    text += &format!("\n{}", filters.render(0));
    let mut signals = Grid::new(&["SIGNAL", "QUALIFIES"]);
    for name in &version.signals {
        signals.row([name.clone(), catalogue().signals[name].about.clone()]);
    }
    text += &format!("\n{}", signals.render(0));
    let mut families = Grid::new(&["FAMILY", "SYSTEM_ID", "FEATURES", "LOSS"]);
    for family in &version.families {
        let pattern = match (&family.equals, &family.starts_with) {
            (Some(id), _) => id.clone(),
            (None, prefix) => format!("{}...", prefix.as_deref().unwrap_or_default()),
        };
        families.row([family.family.clone(), pattern, family.feature_set.clone(), family.loss.clone()]);
    }
    text += &format!("\n{}", families.render(0));
    let mut combos = Grid::new(&["COMBO", "CLASS", "STATUS", ">HIT RATE", ">WEIGHT"]);
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
    for combo in &version.combos {
        let Combo { id, class, status, hit_rate, score_weight, .. } = combo;
        combos.row([id.clone(), class.clone(), status.clone(), number(*hit_rate), number(*score_weight)]);
    }
    text + &format!("\n{}", combos.render(0))
}
