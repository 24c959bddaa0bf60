//! `reslate relations test`: the cases of relations, run against the queries in use.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use super::super::Exit;
use super::super::output::{Grid, Output, Report};
use super::super::style::{self, paint};
use super::{Names, unknown};
use crate::cases::{CaseFile, Tested, in_folder};
use crate::engine;
use crate::error::{Error, QueryError, RequestError, Result};
use crate::formats::SCHEMA_VERSION;
use crate::queries;

pub const EXAMPLES: &str = "\
The cases of a relation are those with a query that names it; where none does, those that name a relation made of it. They
are read from --cases, else from tests/queries beside the folder of --queries, else from tests/queries.

Examples:
  reslate relations test signals                        the program's own, by the cases of a checkout
  reslate relations test signals --queries queries      as the files say now, without a build
  reslate relations test --queries queries              every case

Exit codes: 0 every case holds, 1 some do not, 2 error";

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The relation; without one, every case is run
    #[arg(value_parser = Names, hide_possible_values = true)]
    relation: Option<String>,
    /// The folder of the cases, NAME.slt
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    #[command(flatten)]
    output: Output<Report>,
}

/// How the cases of relations ended (`--format json`).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RelationTests {
    pub schema_version: u32,
    /// Where the queries are that were run.
    pub queries: String,
    /// Where the cases are.
    pub cases: String,
    /// The relations whose cases were run; null: every case.
    pub relations: Option<Vec<String>>,
    pub files: Vec<Tested>,
}

pub async fn run(args: Args) -> Result<Exit> {
    let folder = args.cases.unwrap_or_else(beside_queries);
    if !folder.is_dir() {
        let reason = "no such folder of cases; give one with --cases, such as tests/queries of the sources".into();
        return Err(QueryError::BadFile { file: folder.display().to_string(), reason }.into());
    }
    let (relations, files) = match &args.relation {
        Some(relation) => {
            let (relations, files) = naming(relation, &folder)?;
            (Some(relations.into_iter().map(str::to_owned).collect()), files)
        }
        None => (None, in_folder(&folder)?),
    };
    let mut tests = RelationTests {
        schema_version: SCHEMA_VERSION,
        queries: queries::in_use().place(),
        cases: folder.display().to_string(),
        relations,
        files: Vec::new(),
    };
    for file in files {
        tests.files.push(file.run().await);
    }
    args.output.report(&tests, show)?;
    let has_failed = tests.files.iter().any(|file| !file.failures.is_empty());
    Ok(if has_failed { Exit::Differs } else { Exit::Done })
}

/// The folder of cases beside that of the queries; that of the working directory for the program's own.
fn beside_queries() -> PathBuf {
    let below = Path::new("tests/queries");
    let beside = queries::in_use().folder().map(|folder| match (folder.file_name(), folder.parent()) {
        (Some(_), Some(above)) => above.join(below),
        _ => folder.join("..").join(below),
    });
    beside.filter(|folder| folder.is_dir()).unwrap_or_else(|| below.to_path_buf())
}

/// The cases that name a relation, or else those of the relations made of it; first the relations that they name.
fn naming<'a>(relation: &'a str, folder: &Path) -> Result<(BTreeSet<&'a str>, Vec<CaseFile>)> {
    let all = engine::about();
    if all.iter().all(|about| about.name != relation) {
        return Err(unknown(relation, &all));
    }
    for relations in [BTreeSet::from([relation]), engine::readers_of(relation)?] {
        let files: Vec<_> = in_folder(folder)?.into_iter().filter_map(|file| file.naming(&relations)).collect();
        if !files.is_empty() {
            return Ok((relations, files));
        }
    }
    Err(Error::Request(RequestError::BadArgument {
        what: "relation",
        value: relation.to_owned(),
        reason: format!("no case in {} names it, or what is made of it; write one there", folder.display()),
    }))
}

fn show(tests: &RelationTests) -> String {
    let mut text = String::new();
    for file in &tests.files {
        for failure in &file.failures {
            let place = format!("{}, line {}", file.file, failure.line);
            text += &format!("{}\n{}\n\n", paint(style::HEADING, &place), failure.what.trim_end());
        }
    }
    let mut grid = Grid::new(&["FILE", ">CASES", ">QUERIES", ">FAILED"]);
    for file in &tests.files {
        let counts = [file.cases, file.queries, file.failures.len()].map(|count| count.to_string());
        let [cases, queries, failed] = counts;
        grid.row([file.file.clone(), cases, queries, failed]);
    }
    text + &grid.render(0)
}
