//! The facts that the specification has in common with the program: columns, grains, parameters, signals and filters.

use std::collections::BTreeSet;
use std::fs;

use reslate::snapshot::TABLES;
use reslate::version::catalogue::catalogue;

use super::citations::root;

fn page(name: &str) -> String {
    fs::read_to_string(root().join(format!("docs/specification/{name}.md"))).unwrap()
}

/// The text below a heading up to the next one, its lines joined.
fn below(page: &str, heading: &str) -> String {
    let text = page.split_once(&format!("# {heading}\n")).unwrap_or_else(|| panic!("no heading {heading}")).1;
    text.split("\n#").next().unwrap().to_owned()
}

/// The first cells of a table's rows, without their quotes.
fn first_cells(text: &str) -> Vec<&str> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split_once('`')).map(|(name, _)| name).collect()
}

#[test]
fn columns_are_the_contracts() {
    let joined = below(&page("snapshot"), "Columns").replace("\n  ", " ");
    let specified: Vec<&str> = joined.lines().filter(|line| line.starts_with("- **")).collect();
    let of_contract = TABLES.iter().map(|table| {
        let mark = |required: bool| if required { "!" } else { "" };
        let columns = table.columns.iter().map(|of| format!("`{}` {}{}", of.name, of.kind, mark(of.required)));
        format!("- **{}**: {}.", table.name, columns.collect::<Vec<_>>().join(", "))
    });
    assert_eq!(specified, of_contract.collect::<Vec<_>>());
}

#[test]
fn tables_and_grains_are_the_contracts() {
    let page = page("snapshot");
    let tables = below(&page, "Tables");
    assert_eq!(first_cells(&tables), TABLES.iter().map(|table| table.name).collect::<Vec<_>>());
    let required = tables.lines().filter(|line| line.ends_with("| required |")).count();
    assert_eq!(required, TABLES.iter().filter(|table| table.required).count());
    let grains = below(&page, "Grains");
    let of_contract = TABLES.iter().filter(|table| !table.grain.is_empty()).map(|table| {
        let columns = table.grain.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ");
        format!("| `{}` | {columns}", table.name)
    });
    for row in of_contract {
        assert!(grains.lines().any(|line| line.starts_with(&row)), "{row}");
    }
}

#[test]
fn every_signal_and_filter_is_specified_with_its_parameters() {
    let page = page("selection");
    let signals = below(&page, "Signals");
    let known: BTreeSet<&str> = catalogue().signals.keys().map(String::as_str).collect();
    assert_eq!(first_cells(&signals).into_iter().collect::<BTreeSet<_>>(), known);
    let filters = below(&page, "Filters");
    let known: BTreeSet<&str> = catalogue().filters.keys().map(String::as_str).collect();
    assert_eq!(first_cells(&filters).into_iter().collect::<BTreeSet<_>>(), known);
    for (name, signal) in &catalogue().signals {
        let row = signals.lines().find(|line| line.starts_with(&format!("| `{name}`"))).unwrap();
        for parameter in &signal.parameters {
            assert!(row.contains(&format!("`{parameter}`")), "{name} is specified without {parameter}");
        }
    }
    for (name, filter) in &catalogue().filters {
        let row = filters.lines().find(|line| line.starts_with(&format!("| `{name}`"))).unwrap();
        let is_named = |parameter: &String| row.contains(parameter.as_str());
        assert!(filter.parameter.iter().all(is_named), "{name} is specified without its parameter");
    }
}

#[test]
fn every_parameter_is_specified() {
    let pages = page("selection") + &page("versions");
    let is_said = |name: &&String| [format!("`{name}`"), format!("`{name} = ")].iter().any(|said| pages.contains(said));
    let unsaid: Vec<&String> = catalogue().parameters.keys().filter(|name| !is_said(name)).collect();
    assert!(unsaid.is_empty(), "the specification does not say what these do: {unsaid:?}");
}
