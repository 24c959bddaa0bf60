//! `reslate config`: the configuration by which best bets are decided.

use comfy_table::Color;
use schemars::JsonSchema;
use serde::Serialize;

use super::doctor::lines;
use super::output::{Cell, Format, Grid, Output, note, rate_of, units};
use super::select::{Range, Tweaks, resolve};
use super::style::{self, paint};
use super::{Exit, Location};
use crate::error::Result;
use crate::monitor::config::{Config, Filter, ModelState, Signal, config};
use crate::replay::{Replay, Request};
use crate::text::visible;
use crate::version::Value;

/// Show the configuration by which best bets are decided, and how it fares
///
/// Six sections: the version's parameters; the models of the last three slates by family; its filters, with what each
/// removed and what that would have won; the signals, with their regime and 7-day hit rate on the newest slate (of the
/// champion's candidates, as signal_health_daily has them); the combo registry; and what is out of sync, as `doctor` finds it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate config
  reslate config --version v314 --from 2026-02-01
  reslate config --version ./mine.toml --format json")]
pub struct Args {
    /// Algorithm version: an id, a unique prefix, production's full name, or a file of your own (PATH.toml)
    #[arg(long, value_name = "VERSION", default_value = "v307")]
    version: String,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    tweaks: Tweaks,
    #[command(flatten)]
    output: Output<Format>,
}

/// A line of a section as a row.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConfigRow {
    section: Section,
    name: String,
    /// Of a parameter or filter its value, of a model its family, of a signal its regime, of a combo its class.
    value: Option<String>,
    /// Of a parameter who stated it, of a model its state, of a signal whether it is registered, of a combo its status.
    state: Option<String>,
    /// Predictions of a model, candidates that a filter removed, picks of a signal in 7 days, findings.
    count: Option<u64>,
    /// In percent.
    hit_rate: Option<f64>,
    /// What is wrong and what to do, of the last section.
    message: Option<String>,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Section {
    Parameters,
    Families,
    Filters,
    Signals,
    Combos,
    Sync,
}

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    args.output.format()?;
    let version = args.tweaks.apply(resolve(&args.version)?)?;
    let snapshot = snapshot.open()?;
    let replay = Replay::open(&snapshot, Request::new(args.range.dates(), version)).await?;
    let config = config(&replay, &snapshot).await?;
    for checked in &config.sync.checks {
        if let Some(reason) = &checked.untold {
            note(format!("{}: nobody can tell, {reason}", checked.check));
        }
    }
    args.output.result(&config, print, rows)?;
    Ok(Exit::Done)
}

fn rows(config: &Config) -> Vec<ConfigRow> {
    let row = |section: Section, name: &str| ConfigRow {
        section,
        name: name.to_owned(),
        value: None,
        state: None,
        count: None,
        hit_rate: None,
        message: None,
    };
    let parameters = config.parameters.iter().map(|parameter| ConfigRow {
        value: Some(parameter.value.to_string()),
        state: parameter.from.as_ref().map(ToString::to_string),
        ..row(Section::Parameters, &parameter.parameter)
    });
    let families = config.families.iter().map(|model| ConfigRow {
        value: model.family.clone(),
        state: Some(state(model.state).to_owned()),
        count: Some(model.predictions),
        ..row(Section::Families, model.system_id.as_deref().or(model.family.as_deref()).unwrap_or_default())
    });
    let filters = config.filters.iter().map(|filter| ConfigRow {
        value: filter.threshold.as_ref().map(Value::to_string),
        count: Some(filter.removed.tally.count),
        hit_rate: filter.removed.tally.hit_rate,
        ..row(Section::Filters, &filter.filter)
    });
    let signals = config.signals.iter().map(|signal| ConfigRow {
        value: signal.regime.clone(),
        state: Some(registered(signal).to_owned()),
        count: Some(signal.picks_7d),
        hit_rate: signal.hr_7d,
        ..row(Section::Signals, &signal.signal)
    });
    let combos = config.combos.iter().map(|combo| ConfigRow {
        value: Some(combo.class.clone()),
        state: Some(combo.status.clone()),
        hit_rate: combo.hit_rate,
        ..row(Section::Combos, &combo.id)
    });
    let sync = config.sync.findings.iter().map(|finding| ConfigRow {
        value: Some(finding.check.name().to_owned()),
        count: Some(finding.count),
        message: Some(format!("{}; {}", finding.message, finding.advice)),
        ..row(Section::Sync, &finding.subject)
    });
    parameters.chain(families).chain(filters).chain(signals).chain(combos).chain(sync).collect()
}

fn state(state: ModelState) -> &'static str {
    match state {
        ModelState::Active => "ACTIVE",
        ModelState::Unclassified => "UNCLASSIFIED",
        ModelState::Inactive => "INACTIVE",
    }
}

fn registered(signal: &Signal) -> &'static str {
    if signal.is_registered { "registered" } else { "not registered" }
}

fn print(config: &Config) -> String {
    let mut text = format!(
        "{} of {} ({}), {} to {}, {} slates\n",
        paint(style::HEADING, "Configuration"),
        visible(&config.version),
        visible(&config.algorithm_version),
        config.from.0,
        config.to.0,
        config.slates
    );
    let heading = |number: u8, title: &str| format!("\n{}\n", paint(style::HEADING, format!("{number} {title}")));
    text += &(heading(1, "Parameters") + &parameters(config));
    text += &(heading(2, "Model families, last 3 slates") + &families(config));
    text += &(heading(3, "Filters") + &filters(&config.filters));
    text += &(heading(4, "Signals, on the newest slate") + &signals(&config.signals));
    text += &(heading(5, "Combos, in the registry's order") + &combos(config));
    text += &heading(6, "Out of sync");
    if config.sync.findings.is_empty() { text + "  nothing\n" } else { text + &lines(&config.sync.findings) }
}

fn parameters(config: &Config) -> String {
    let mut grid = Grid::new(&["PARAMETER", ">VALUE", "UNIT", "FROM"]);
    for parameter in &config.parameters {
        grid.row([
            parameter.parameter.clone(),
            parameter.value.to_string(),
            parameter.unit.clone().unwrap_or_default(),
            parameter.from.as_ref().map(ToString::to_string).unwrap_or_default(),
        ]);
    }
    grid.render(2)
}

fn families(config: &Config) -> String {
    let mut grid = Grid::new(&["FAMILY", "MODEL", ">PREDICTIONS", ">LAST GRADED", "STATE"]);
    for model in &config.families {
        let colour = match model.state {
            ModelState::Active => Color::Green,
            ModelState::Unclassified => Color::Red,
            ModelState::Inactive => Color::Yellow,
        };
        grid.row([
            Cell::new(model.family.as_deref().unwrap_or("-")),
            Cell::new(model.system_id.as_deref().unwrap_or("-")),
            Cell::new(model.predictions),
            Cell::new(model.last_graded.map_or("-".to_owned(), |day| day.0.to_string())),
            Cell::new(state(model.state)).fg(colour),
        ]);
    }
    grid.render(2)
}

fn filters(filters: &[Filter]) -> String {
    let mut grid = Grid::new(&["FILTER", "PARAMETER", ">THRESHOLD", ">REMOVED FIRST", ">HIT RATE", ">UNITS"]);
    for filter in filters {
        let tally = &filter.removed.tally;
        grid.row([
            if filter.is_observed { format!("{} (observes)", filter.filter) } else { filter.filter.clone() },
            filter.parameter.clone().unwrap_or_else(|| "-".to_owned()),
            filter.threshold.as_ref().map_or("on".to_owned(), Value::to_string),
            tally.count.to_string(),
            rate_of(tally),
            units(tally),
        ]);
    }
    grid.render(2)
}

fn signals(signals: &[Signal]) -> String {
    let mut grid = Grid::new(&["SIGNAL", "", "REGIME", "STATUS", ">7 DAYS", ">LAST FIRED"]);
    for signal in signals {
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let cells = [
            signal.signal.clone(),
            registered(signal).to_owned(),
            or_dash(&signal.regime),
            or_dash(&signal.status),
            signal.hr_7d.map_or("-".to_owned(), |rate| format!("{rate:.1} % of {}", signal.picks_7d)),
            signal.last_fired.map_or("-".to_owned(), |day| day.0.to_string()),
        ];
        grid.row(cells.into_iter().map(|cell| {
            let cell = Cell::new(cell);
            if signal.is_registered { cell } else { cell.fg(Color::DarkGrey) }
        }));
    }
    grid.render(2)
}

fn combos(config: &Config) -> String {
    let mut grid = Grid::new(&["COMBO", "CLASS", "STATUS", "DIRECTION", ">HIT RATE"]);
    for combo in &config.combos {
        grid.row([
            combo.id.clone(),
            combo.class.clone(),
            combo.status.clone(),
            combo.direction.clone().unwrap_or_else(|| "-".to_owned()),
            combo.hit_rate.map_or("-".to_owned(), |rate| format!("{rate:.1} %")),
        ]);
    }
    grid.render(2)
}
