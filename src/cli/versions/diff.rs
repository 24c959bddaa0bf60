//! `reslate versions diff`: only what two versions state differently.

use schemars::JsonSchema;
use serde::Serialize;

use super::VersionName;
use super::show::origin;
use crate::cli::Exit;
use crate::cli::output::{Grid, Output, Report};
use crate::cli::select::resolve;
use crate::cli::style::{HEADING, paint};
use crate::error::Result;
use crate::formats::SCHEMA_VERSION;
use crate::text::visible;
use crate::version::Entry;
use crate::version::diff::{Diff, EntryDiff, ListDiff, ParameterDiff};

/// What two versions state differently (`versions diff --format json`).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct VersionDiff {
    pub schema_version: u32,
    pub a: VersionName,
    pub b: VersionName,
    /// Nothing differs but what they are called.
    pub identical: bool,
    pub parameters: Vec<ParameterDiff>,
    pub lists: Vec<ListDiff>,
    /// Signals and filters that both list and define differently.
    pub redefined: Vec<String>,
}

pub fn run(a: &str, b: &str, output: &Output<Report>) -> Result<Exit> {
    let (a, b) = (resolve(a)?, resolve(b)?);
    let diff = Diff::between(&a, &b);
    let redefined = a.defines_otherwise(&b);
    let result = VersionDiff {
        schema_version: SCHEMA_VERSION,
        a: VersionName::from(&a),
        b: VersionName::from(&b),
        identical: diff.is_empty() && redefined.is_empty(),
        parameters: diff.parameters,
        lists: diff.lists,
        redefined,
    };
    output.report(&result, table)?;
    Ok(if result.identical { Exit::Done } else { Exit::Differs })
}

fn table(result: &VersionDiff) -> String {
    let (a, b) = (&result.a, &result.b);
    let about = |name: &VersionName| {
        let about = visible(format_args!("({}): {}", name.algorithm_version, name.summary));
        format!("{} {about}\n", paint(HEADING, &name.id))
    };
    let mut text = about(a) + &about(b);
    if result.identical {
        return text + "\nno difference\n";
    }
    if !result.parameters.is_empty() {
        let (in_a, in_b) = (format!(">{}", a.id), format!(">{}", b.id));
        let mut grid = Grid::new(&["PARAMETER", &in_a, "FROM", &in_b, "FROM"]);
        for change in &result.parameters {
            grid.row([
                change.parameter.clone(),
                change.a.to_string(),
                origin(change.a_from.as_ref()),
                change.b.to_string(),
                origin(change.b_from.as_ref()),
            ]);
        }
        text += &format!("\n{}", grid.render(0));
    }
    if !result.redefined.is_empty() {
        text += &format!("\n{}\n  {}\n", paint(HEADING, "Defined otherwise"), visible(result.redefined.join(", ")));
    }
    text.extend(result.lists.iter().map(|diff| list(diff, &a.id, &b.id)));
    text
}

fn list(diff: &ListDiff, a: &str, b: &str) -> String {
    let (a_from, b_from) = (origin(diff.a_from.as_ref()), origin(diff.b_from.as_ref()));
    let from = visible(format_args!("({a}: from {a_from}; {b}: from {b_from})"));
    let mut text = format!("\n{} {from}\n", paint(HEADING, diff.list.title()));
    let removed = diff.removed.iter().map(|entry| format!("  - {}\n", visible(described(entry))));
    let added = diff.added.iter().map(|entry| format!("  + {}\n", visible(described(entry))));
    text.extend(removed.chain(added).chain(diff.changed.iter().map(changed)));
    if diff.reordered {
        let order = |of: &str, keys: &[String]| visible(format_args!("order of {of}: {}", keys.join(", ")));
        text += &format!("  {}\n  {}\n", order(a, &diff.a), order(b, &diff.b));
    }
    text
}

fn described(entry: &Entry) -> String {
    // A combo's signals are mostly what it is called by.
    let fields = entry.fields.iter().filter(|field| field.value != entry.key);
    let fields = fields.map(|field| format!("{} {}", field.name, field.value));
    let fields = fields.collect::<Vec<_>>().join(", ");
    if fields.is_empty() { entry.key.clone() } else { format!("{}: {fields}", entry.key) }
}

fn changed(entry: &EntryDiff) -> String {
    format!("  ~ {}\n", visible(entry))
}
