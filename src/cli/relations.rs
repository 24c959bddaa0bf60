//! `reslate relations`: what `reslate sql` can ask, and how one relation is made of others.

mod doc;
mod test;

use clap::Subcommand;
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use schemars::JsonSchema;
use serde::Serialize;

pub use test::RelationTests;

use super::Exit;
use super::output::{Grid, Out, Output, Report};
use super::select::resolve;
use super::style::{self, paint};
use crate::engine::{self, About, columns_of_all};
use crate::error::{Error, RequestError, Result, did_you_mean, one_line};
use crate::formats::SCHEMA_VERSION;
use crate::queries;
use crate::version::Version;

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
  reslate relations test signals                   the cases of one, in a checkout of the sources
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
  reslate relations show verdicts --format json
  reslate relations show signals --version v318    its SQL, as the version's definitions make it")]
    Show {
        #[arg(value_parser = Names, hide_possible_values = true)]
        relation: String,
        /// Print its SQL too, as this version (a name or a file) makes it; of several, as they do together
        #[arg(long, value_name = "NAME", value_delimiter = ',')]
        version: Vec<String>,
        #[command(flatten)]
        output: Output<Report>,
    },
    /// Run the cases of relations, given rows and expected rows, to try a query
    #[command(after_help = test::EXAMPLES)]
    Test(test::Args),
    /// Print all relations and their lineage as Markdown: docs/relations.md
    #[command(after_help = "\
Examples:
  reslate relations doc --out docs/relations.md")]
    Doc {
        #[command(flatten)]
        out: Out,
    },
}

/// Takes any name, since `--queries` may define others, and tells a shell the program's own.
#[derive(Debug, Clone, Copy)]
struct Names;

impl TypedValueParser for Names {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(engine::stated_names().chain(queries::shipped_names()).map(PossibleValue::new)))
    }
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
    /// Which dates of these tables it looks at; null: all of them, or it reads none.
    pub history: Option<String>,
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
    /// Its SELECT as the version that was given makes it; null: none was.
    pub sql: Option<String>,
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
            file: about.file.clone(),
            summary: about.summary.clone(),
            grain: about.grain.clone(),
            inputs: about.inputs.clone(),
            history: about.history.clone(),
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
        Some(Command::Show { relation, version, output }) => {
            let versions = version.iter().map(|name| resolve(name)).collect::<Result<Vec<_>>>()?;
            output.report(&detail(&relation, &versions, &all).await?, show)?;
        }
        Some(Command::Test(args)) => return test::run(args).await,
        Some(Command::Doc { out }) => out.text(&doc::markdown(&all, &columns_of_all().await?))?,
    }
    Ok(Exit::Done)
}

async fn detail(relation: &str, versions: &[Version], all: &[About]) -> Result<RelationDetail> {
    let about = all.iter().find(|about| about.name == relation).ok_or_else(|| unknown(relation, all))?;
    let columns = match versions {
        [] => engine::columns_of(relation).await?,
        _ => engine::columns_by(relation, versions).await?,
    };
    let column = |field: &datafusion::arrow::datatypes::FieldRef| RelationColumn {
        column: field.name().clone(),
        r#type: field.data_type().to_string(),
    };
    Ok(RelationDetail {
        schema_version: SCHEMA_VERSION,
        relation: RelationName::of(about, all),
        notes: about.notes.clone(),
        columns: columns.fields().iter().map(column).collect(),
        sql: if versions.is_empty() { None } else { engine::sql_by(relation, versions) },
    })
}

/// A name that is none of the relations.
fn unknown(relation: &str, all: &[About]) -> Error {
    let hint = match did_you_mean(relation, all.iter().map(|about| about.name)) {
        hint if hint.is_empty() => "; `reslate relations` lists them".to_owned(),
        hint => hint,
    };
    Error::Request(RequestError::BadArgument {
        what: "relation",
        value: one_line(relation),
        reason: format!("there is none{hint}"),
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
    if let Some(history) = &relation.history {
        grid.row(["looks at".to_owned(), history.clone()]);
    }
    grid.row(["read by".to_owned(), names(&relation.readers)]);
    text.extend(grid.render(0).lines().skip(1).map(|line| format!("{line}\n")));
    if !detail.notes.is_empty() {
        text += &format!("\n{}\n", detail.notes.join("\n"));
    }
    let mut grid = Grid::new(&["COLUMN", "TYPE"]);
    for column in &detail.columns {
        grid.row([&column.column, &column.r#type]);
    }
    text = text + "\n" + &grid.render(0);
    if let Some(sql) = &detail.sql {
        text += &format!("\n{sql}");
    }
    text
}
