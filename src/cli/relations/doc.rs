//! `reslate relations doc`: all relations as Markdown, with their lineage as a diagram.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use datafusion::arrow::datatypes::SchemaRef;

use crate::engine::About;
use crate::queries::STEPS;
use crate::snapshot::TABLES;

const INTRODUCTION: &str = "\
# Relations

Written by `reslate relations doc --out docs/relations.md` from the heads of the files in `queries/` and the columns that each
SELECT gives; a test compares the two. `reslate relations show NAME` prints one, `reslate sql` asks any of them. What a head cites
of the specification is a page and a heading of [specification/](specification/README.md).

A decision is made in this order: predictions become bids, the largest edge of a player's bids is the candidate, features and
consensus say what was known of it, signals annotate it, filters remove it (verdicts), what is left is ranked by its score, and
those within the cap are the picks. What came of them is joined last, by nothing that decides.
";

/// A document of all relations; `columns` by relation.
pub fn markdown(all: &[About], columns: &BTreeMap<&'static str, SchemaRef>) -> String {
    let mut text = INTRODUCTION.to_owned();
    text += "\n## Stated by a run\n\n| relation | a row for each | what it is |\n|---|---|---|\n";
    for about in all.iter().filter(|about| about.file.is_none()) {
        _ = writeln!(text, "| `{}` | {} | {} |", about.name, about.grain, about.summary);
    }
    let other = |about: &&About| about.step.filter(|step| STEPS.iter().all(|(known, _)| known != step));
    let others: BTreeSet<&str> = all.iter().filter_map(|about| other(&about)).collect();
    for (folder, title) in STEPS.iter().copied().chain(others.iter().map(|step| (*step, *step))) {
        let of_chapter: Vec<&About> = all.iter().filter(|about| about.step == Some(folder)).collect();
        _ = write!(text, "\n## {title}\n\nIn [queries/{folder}](../queries/{folder}).\n\n{}", lineage(&of_chapter));
        for about in of_chapter {
            text += &section(about, columns.get(about.name));
        }
    }
    text
}

/// What is made of what, as a Mermaid flowchart: tables as cylinders, what another chapter or the run states rounded.
fn lineage(relations: &[&About]) -> String {
    let mut text = "```mermaid\nflowchart LR\n".to_owned();
    let is_own = |name: &str| relations.iter().any(|about| about.name == name);
    let mut others: Vec<&str> = relations.iter().flat_map(|about| &about.inputs).map(String::as_str).collect();
    others.retain(|name| !is_own(name));
    others.sort_unstable();
    others.dedup();
    for name in others {
        let is_table = TABLES.iter().any(|table| table.name == name);
        _ = if is_table { writeln!(text, "  {name}[({name})]") } else { writeln!(text, "  {name}([{name}])") };
    }
    for about in relations {
        for input in &about.inputs {
            _ = writeln!(text, "  {input} --> {}", about.name);
        }
    }
    text + "```\n"
}

fn section(about: &About, columns: Option<&SchemaRef>) -> String {
    let file = about.file.as_deref().unwrap_or_default();
    let mut text = format!("\n### {}\n\n{}. [{file}](../{file})\n\n", about.name, about.summary);
    let inputs = about.inputs.iter().map(|input| format!("`{input}`")).collect::<Vec<_>>().join(", ");
    let history = about.history.as_ref().map(|history| format!(" Looks at: {history}.")).unwrap_or_default();
    _ = writeln!(text, "A row for each: {}. Made of: {inputs}.{history}\n", about.grain);
    if !about.notes.is_empty() {
        _ = writeln!(text, "```text\n{}\n```\n", about.notes.join("\n"));
    }
    let column = |field: &datafusion::arrow::datatypes::FieldRef| format!("`{}` {}", field.name(), field.data_type());
    let columns = columns.map(|columns| columns.fields().iter().map(column).collect::<Vec<_>>().join(", "));
    _ = writeln!(text, "Columns: {}.", columns.unwrap_or_default());
    text
}
