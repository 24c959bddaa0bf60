//! `reslate models`: every model under its names at run time and at deployment.

use comfy_table::Color;

use super::output::{Cell, Format, Grid, Output, note};
use super::style::{self, paint};
use super::{Exit, Location};
use crate::error::Result;
use crate::formats;
use crate::monitor::models::{Model, NameKind, list, models};

/// List the models under all their names, unmatched ones first
///
/// The registry knows deployment names, predictions and gradings know system_ids: they are matched by model family. A name
/// that nothing on the other side matches is one that production's monitoring did not see.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate models
  reslate models --format csv --out models.csv")]
pub struct Args {
    #[command(flatten)]
    output: Output<Format>,
}

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    args.output.format()?;
    let snapshot = snapshot.open()?;
    if snapshot.table("model_registry").is_none() {
        note("the snapshot has no model_registry: deployment names, training ends and matches cannot be told");
    }
    let rows = models(&snapshot).await?;
    args.output.rows(
        &rows,
        || Ok(print(&list(&rows)?.models)),
        || Ok(formats::pretty_json(&list(&rows)?)?.into_bytes()),
    )?;
    Ok(Exit::Done)
}

fn print(models: &[Model]) -> String {
    let of = |kind: NameKind| models.iter().filter(move |model| model.kind == kind);
    let mut text = String::new();
    let unmatched: Vec<&Model> = models.iter().filter(|model| !model.is_matched).collect();
    if !unmatched.is_empty() {
        text += &format!("{}\n", paint(style::HEADING, "Unmatched: monitoring that goes by the registry misses them"));
        let mut grid = Grid::new(&["MODEL", "WHY"]);
        for model in unmatched {
            grid.row([model.name.clone(), model.why.clone()]);
        }
        text += &grid.render(2);
        text.push('\n');
    }
    text += &format!("{}\n", paint(style::HEADING, "At run time (system_id)"));
    let mut grid =
        Grid::new(&["MODEL", "FAMILY", ">FIRST", ">LAST", ">PREDICTIONS", ">GRADINGS", ">TRAINED DAYS AGO", "STATE"]);
    for model in of(NameKind::SystemId) {
        let cells = [
            family(model),
            day(model.first_slate.as_ref()),
            day(model.last_slate.as_ref()),
            model.predictions.to_string(),
            model.gradings.to_string(),
            trained(model),
            model.state.clone().unwrap_or_else(|| "-".to_owned()),
        ];
        grid.row([name(model)].into_iter().chain(cells.into_iter().map(Cell::new)));
    }
    text += &grid.render(2);
    text += &format!("\n{}\n", paint(style::HEADING, "In the registry (model_id)"));
    let mut grid = Grid::new(&["MODEL", "FAMILY", ">TRAINED UNTIL", ">TRAINED DAYS AGO"]);
    for model in of(NameKind::ModelId) {
        let cells = [family(model), day(model.training_end.as_ref()), trained(model)];
        grid.row([name(model)].into_iter().chain(cells.into_iter().map(Cell::new)));
    }
    text += &grid.render(2);
    text
}

fn name(model: &Model) -> Cell {
    let cell = Cell::new(&model.name);
    if model.is_matched { cell } else { cell.fg(Color::Yellow) }
}

fn family(model: &Model) -> String {
    model.family.clone().unwrap_or_else(|| "-".to_owned())
}

fn day(day: Option<&crate::dates::Day>) -> String {
    day.map_or("-".to_owned(), |day| day.0.to_string())
}

fn trained(model: &Model) -> String {
    model.days_since_training.map_or("-".to_owned(), |days| days.to_string())
}
