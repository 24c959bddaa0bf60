//! `reslate versions doc`: all shipped versions as Markdown tables.

use crate::version::catalogue::catalogue;
use crate::version::steps::steps_between;
use crate::version::{Entry, Part, Value, Version, as_deployed, merge};

/// What stands before the tables.
const INTRODUCTION: &str = "\
# Versions

Written by `reslate versions doc --out docs/versions.md` from `queries/versions/*.toml`; a test compares the two.
`reslate versions show ID` prints one version and which file states each value, `reslate versions diff A B` what two state
differently.
";

/// The shipped versions in one document: what they are called, what differs between any two, what is the same everywhere,
/// and what each changed of the one before.
pub fn markdown(versions: &[Version]) -> String {
    let mut text = INTRODUCTION.to_owned();
    text += &names(versions);
    text += &parameters(versions);
    for part in Part::ALL {
        text += &list(part, versions);
    }
    text + &changes(versions)
}

fn names(versions: &[Version]) -> String {
    let deployed = as_deployed().unwrap_or_default();
    let rows = versions.iter().map(|version| {
        let from = version.in_production_from.map_or("-".to_owned(), |date| date.to_string());
        let decides = deployed.iter().find(|other| other.id == version.id).map(|other| other.decides.to_string());
        let cells = [&version.id, &code(&version.algorithm_version), &from, &decides.unwrap_or("-".to_owned())];
        cells.into_iter().chain([&version.summary]).cloned().collect()
    });
    let headings = ["id", "`algorithm_version`", "in production from", "as deployed, decides", "what it is"];
    "\n".to_owned() + &table(&headings.map(str::to_owned), rows)
}

fn parameters(versions: &[Version]) -> String {
    let differs = |name: &String| versions.windows(2).any(|pair| pair[0].parameter(name) != pair[1].parameter(name));
    let (differing, same): (Vec<_>, Vec<_>) = catalogue().parameters.iter().partition(|(name, _)| differs(name));
    let rows = differing.into_iter().map(|(name, _)| {
        let values = versions.iter().map(|version| version.parameter(name).to_string());
        [code(name)].into_iter().chain(values).collect()
    });
    let mut text = "\n## Parameters that differ\n\n".to_owned() + &table(&by_version("parameter", versions), rows);
    text += "\n## Parameters that are the same everywhere\n\n";
    let rows = same.into_iter().map(|(name, parameter)| {
        let value = versions.first().map_or(Value::Off, |version| version.parameter(name));
        vec![code(name), value.to_string(), parameter.unit.clone().unwrap_or_default(), escaped(&parameter.about)]
    });
    text + &table(&["parameter", "value", "unit", "about"].map(str::to_owned), rows)
}

/// The entries that any version lists, and which versions do: at which place where the order means something.
fn list(part: Part, versions: &[Version]) -> String {
    let listed: Vec<Vec<Entry>> = versions.iter().map(|version| version.entries(part)).collect();
    // The latest first, so that an entry that was replaced stands before what replaced it.
    let entries = listed.iter().rev().fold(Vec::new(), |all, entries| merge(&all, entries));
    let about = if part.is_ordered() {
        "A number: listed, at that place. `-`: not listed."
    } else {
        "`x`: listed. `-`: not listed."
    };
    let mut text = format!("\n## {}\n\n{about}\n\n", part.title());
    let names = entries.first().map_or(Vec::new(), |entry| entry.fields.iter().map(|field| field.name).collect());
    // What every entry is called by says nothing more.
    let says_more = |name: &&str| entries.iter().any(|entry| entry.field(name) != entry.key);
    let fields: Vec<&str> = names.into_iter().filter(says_more).collect();
    let mut headings = by_version(part.singular(), versions);
    headings.splice(1..1, fields.iter().map(|name| (*name).to_owned()));
    let rows = entries.iter().map(|entry| {
        let values = fields.iter().map(|name| escaped(entry.field(name)));
        let places = listed.iter().map(|entries| match entries.iter().position(|other| other == entry) {
            Some(at) if part.is_ordered() => (at + 1).to_string(),
            Some(_) => "x".to_owned(),
            None => "-".to_owned(),
        });
        [code(&entry.key)].into_iter().chain(values).chain(places).collect()
    });
    text += &table(&headings, rows);
    text
}

/// From each version to the next, step by step.
fn changes(versions: &[Version]) -> String {
    let mut text = "\n## From one version to the next\n".to_owned();
    for pair in versions.windows(2) {
        let [before, after] = pair else { continue };
        text += &format!("\n{} to {}, {}:\n\n", before.id, after.id, after.summary);
        text.extend(steps_between(before, after).iter().map(|step| format!("- {}\n", escaped(&step.to_string()))));
    }
    text
}

fn by_version(first: &str, versions: &[Version]) -> Vec<String> {
    [first.to_owned()].into_iter().chain(versions.iter().map(|version| version.id.clone())).collect()
}

fn table(headings: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(headings) + &format!("|{}\n", "---|".repeat(headings.len()));
    text.extend(rows.map(|cells| line(&cells)));
    text
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}
