//! `reslate relations`: what `reslate sql` can ask, and how one relation is made of others.

mod doc;

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use schemars::JsonSchema;
use serde::Serialize;

use super::Exit;
use super::output::{Grid, Out, Output, Report};
use super::style::{self, paint};
use crate::engine::{self, About, columns_of_all};
use crate::error::{Error, Result};
use crate::export::SCHEMA_VERSION;

/// List the relations of the pipeline, or show one: its grain, columns and what it is made of
///
/// Every relation is one SELECT in a file of `queries/`, whose folders are the steps of a decision; each can be asked with
/// `reslate sql`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  reslate relations
  reslate relations show decisions                 its columns, inputs and readers
  reslate sql \"SELECT * FROM slate_health\"         what is in one"
)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    output: Output<Report>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show a relation's grain, columns, inputs and readers
    #[command(after_help = "\
Examples:
  reslate relations show decisions
  reslate relations show verdicts --format json")]
    Show {
        #[arg(value_parser = PossibleValuesParser::new(engine::about().iter().map(|about| about.name)), hide_possible_values = true)]
        relation: String,
        #[command(flatten)]
        output: Output<Report>,
    },
    /// Print all relations and their lineage as Markdown: docs/relations.md
    #[command(after_help = "\
Examples:
  reslate relations doc --out docs/relations.md")]
    Doc {
        #[command(flatten)]
        out: Out,
    },
}

/// The relations of the pipeline (`--format json`).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RelationList {
    pub schema_version: u32,
    /// Those that a run states, then those of the files of `queries/`, step by step.
    pub relations: Vec<RelationName>,
}

/// What a relation is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RelationName {
    pub relation: String,
    /// The file that states it; null: a run does.
    pub file: Option<String>,
    pub summary: String,
    /// What makes a row.
    pub grain: String,
    /// The tables and relations it is made of.
    pub inputs: Vec<String>,
    /// The relations made of it.
    pub readers: Vec<String>,
}

/// A relation with its columns (`--format json`).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RelationDetail {
    pub schema_version: u32,
    #[serde(flatten)]
    pub relation: RelationName,
    /// What the file says of its columns, line by line.
    pub notes: Vec<String>,
    pub columns: Vec<RelationColumn>,
}

/// A column of a relation.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RelationColumn {
    pub column: String,
    /// Of Arrow.
    pub r#type: String,
}

impl RelationName {
    fn of(about: &About, all: &[About]) -> RelationName {
        let reads = |other: &&About| other.inputs.iter().any(|input| input == about.name);
        RelationName {
            relation: about.name.to_owned(),
            file: about.path.as_ref().map(|path| format!("queries/{path}.sql")),
            summary: about.summary.clone(),
            grain: about.grain.clone(),
            inputs: about.inputs.clone(),
            readers: all.iter().filter(reads).map(|other| other.name.to_owned()).collect(),
        }
    }
}

pub async fn run(args: Args) -> Result<Exit> {
    let all = engine::about();
    match args.command {
        None => {
            let relations = all.iter().map(|about| RelationName::of(about, &all)).collect();
            args.output.report(&RelationList { schema_version: SCHEMA_VERSION, relations }, list)?;
        }
        Some(Command::Show { relation, output }) => output.report(&detail(&relation, &all).await?, show)?,
        Some(Command::Doc { out }) => out.text(&doc::markdown(&all, &columns_of_all().await?))?,
    }
    Ok(Exit::Done)
}

async fn detail(relation: &str, all: &[About]) -> Result<RelationDetail> {
    let about = all.iter().find(|about| about.name == relation);
    let about = about.ok_or_else(|| Error::Engine(format!("no relation {relation}")))?;
    let columns = engine::columns_of(relation).await?;
    let column = |field: &datafusion::arrow::datatypes::FieldRef| RelationColumn {
        column: field.name().clone(),
        r#type: field.data_type().to_string(),
    };
    Ok(RelationDetail {
        schema_version: SCHEMA_VERSION,
        relation: RelationName::of(about, all),
        notes: about.notes.clone(),
        columns: columns.fields().iter().map(column).collect(),
    })
}

fn list(list: &RelationList) -> String {
    let mut grid = Grid::new(&["RELATION", "ROW", "WHAT IT IS"]);
    for relation in &list.relations {
        grid.row([&relation.relation, &relation.grain, &relation.summary]);
    }
    grid.render(0)
}

fn show(detail: &RelationDetail) -> String {
    let relation = &detail.relation;
    let mut text = format!("{}: {}\n\n", paint(style::HEADING, &relation.relation), relation.summary);
    let mut grid = Grid::new(&["", ""]);
    let names = |names: &[String]| if names.is_empty() { "-".to_owned() } else { names.join(", ") };
    grid.row(["file".to_owned(), relation.file.clone().unwrap_or("stated by a run".to_owned())]);
    grid.row(["a row for each".to_owned(), relation.grain.clone()]);
    grid.row(["made of".to_owned(), names(&relation.inputs)]);
    grid.row(["read by".to_owned(), names(&relation.readers)]);
    text.extend(grid.render(0).lines().skip(1).map(|line| format!("{line}\n")));
    if !detail.notes.is_empty() {
        text += &format!("\n{}\n", detail.notes.join("\n"));
    }
    let mut grid = Grid::new(&["COLUMN", "TYPE"]);
    for column in &detail.columns {
        grid.row([&column.column, &column.r#type]);
    }
    text + "\n" + &grid.render(0)
}
