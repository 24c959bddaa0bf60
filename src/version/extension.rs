//! A version as a file that extends another one and states only what differs.

use toml::{Table, Value as Toml};

use super::catalogue::{Catalogue, Parameter, ParameterKind};
use super::whole::{filter_table, signal_table, toml, unwritable, whole_table};
use super::{Part, Version};
use crate::error::Result;

/// Parts whose entries each stand for themselves: a file states some of them, and has the others from what it extends.
const OF_ENTRIES: [&str; 6] = ["parameters", "tags", "signal", "filter", "score", "feature"];

/// What a version is called, which is no part of what it states.
const NAMES: [&str; 5] = ["extends", "id", "algorithm_version", "summary", "in_production_from"];

/// The text of a version file that extends `base` by the name `extends` (an id, or a path as seen from the file) and states
/// in what `version` differs from it.
///
/// # Errors
/// A value that TOML cannot hold.
pub fn extension_as_toml(version: &Version, base: &Version, extends: &str) -> Result<String> {
    let of_base = whole_table(base)?;
    let mut table = Table::new();
    table.insert("extends".to_owned(), Toml::from(extends));
    if version.summary != base.summary && version.summary != format!("extends {}", base.id) {
        table.insert("summary".to_owned(), Toml::from(version.summary.as_str()));
    }
    for (key, value) in whole_table(version)? {
        let inherited = of_base.get(&key);
        if NAMES.contains(&key.as_str()) || inherited == Some(&value) {
            continue;
        }
        match (value, inherited) {
            (Toml::Array(list), Some(Toml::Array(inherited))) if is_of_names(&key) => {
                state_list(&mut table, key, list, inherited);
            }
            (Toml::Table(entries), inherited) if OF_ENTRIES.contains(&key.as_str()) => {
                let inherited = inherited.and_then(Toml::as_table);
                let differs = |(name, value): &(String, Toml)| inherited.and_then(|of| of.get(name)) != Some(value);
                let entries: Table = entries.into_iter().filter(differs).collect();
                table.insert(key, Toml::from(entries));
            }
            (value, _) => _ = table.insert(key, value),
        }
    }
    for part in [Part::Signals, Part::Filters] {
        let Some(Toml::Table(mut definitions)) = table.remove(part.table_key()) else { continue };
        for (name, definition) in &mut definitions {
            *definition = shortened(version, part, name)?;
            if let Some(Toml::Table(parameters)) = table.get_mut("parameters") {
                // Of one that is another on a side, what is stated of the sides stays.
                let is_whole = |parameter: &str| version.catalogue.parameters.contains_key(parameter);
                parameters.retain(|parameter, _| !is_of(parameter, name) || !is_whole(parameter));
            }
        }
        table.insert(part.table_key().to_owned(), Toml::from(definitions));
    }
    table.retain(|_, value| value.as_table().is_none_or(|table| !table.is_empty()));
    toml::to_string_pretty(&table).map_err(unwritable)
}

/// A signal or filter of a version as the text of a version file that states it.
///
/// # Errors
/// A value that TOML cannot hold.
pub fn definition_as_toml(version: &Version, part: Part, name: &str) -> Result<String> {
    let definitions = Table::from_iter([(name.to_owned(), shortened(version, part, name)?)]);
    let table = Table::from_iter([(part.table_key().to_owned(), Toml::from(definitions))]);
    toml::to_string_pretty(&table).map_err(unwritable)
}

impl Part {
    /// The table in which version files define its entries.
    fn table_key(self) -> &'static str {
        if self == Part::Filters { "filter" } else { "signal" }
    }
}

fn is_of_names(key: &str) -> bool {
    [Part::Signals, Part::Filters].iter().any(|part| part.key() == key)
}

/// Whether a parameter is one of a definition's own.
fn is_of(parameter: &str, definition: &str) -> bool {
    parameter.strip_prefix(definition).is_some_and(|rest| rest.starts_with('.'))
}

/// States a list by what is added at its end and taken out, or whole where the order is another one.
fn state_list(table: &mut Table, key: String, list: Vec<Toml>, inherited: &[Toml]) {
    let (with, kept): (Vec<Toml>, Vec<Toml>) = list.iter().cloned().partition(|name| !inherited.contains(name));
    let without: Vec<Toml> = inherited.iter().filter(|name| !list.contains(name)).cloned().collect();
    let left: Vec<Toml> = inherited.iter().filter(|name| list.contains(name)).cloned().collect();
    if kept != left || [kept, with.clone()].concat() != list {
        table.insert(key, Toml::from(list));
        return;
    }
    for (how, names) in [("with", with), ("without", without)] {
        if !names.is_empty() {
            table.insert(format!("{key}_{how}"), Toml::from(names));
        }
    }
}

/// A definition with the values of its own parameters, without what goes without saying.
fn shortened(version: &Version, part: Part, name: &str) -> Result<Toml> {
    let known = version.catalogue.as_ref();
    let mut table = Table::new();
    if let Some(signal) = known.signals.get(name).filter(|_| part == Part::Signals) {
        table = signal_table(known, name, signal)?;
        table.retain(|key, value| key != "confidence" || value.as_str() != Some("1.0"));
    }
    if let Some(filter) = known.filters.get(name).filter(|_| part == Part::Filters) {
        table = filter_table(known, name, filter)?;
        let is_named = |parameter: &String| {
            let mut columns = filter.expressions().flat_map(|expression| expression.parameters());
            columns.any(|column| known.parameter_of(column).is_some_and(|(named, _)| named == parameter))
        };
        let read: Vec<String> = filter.companions.iter().filter(|name| !is_named(name)).cloned().collect();
        table.insert("reads".to_owned(), Toml::from(read));
        table.retain(|key, value| key != "document" || value.as_str() != Some(name));
    }
    let unsaid = version.provenance.file.as_ref().map(|file| format!("{} of {file}", part.table_key()));
    table.retain(|key, value| key != "about" || value.as_str() != unsaid.as_deref());
    table.retain(|_, value| value.as_array().is_none_or(|list| !list.is_empty()));
    if let Some(Toml::Table(mut parameters)) = table.remove("parameters") {
        for (short, stated) in &mut parameters {
            *stated = with_value(version, known, &format!("{} {name}", part.table_key()), &format!("{name}.{short}"))?;
        }
        let own = format!("{name}.threshold");
        if table.get("threshold").and_then(Toml::as_str) == Some(own.as_str()) {
            table.extend(parameters.remove_entry("threshold"));
        }
        if !parameters.is_empty() {
            table.insert("parameters".to_owned(), Toml::from(parameters));
        }
    }
    Ok(Toml::from(table))
}

/// A parameter of a definition with its value: the value alone where that says what values it takes.
fn with_value(version: &Version, known: &Catalogue, definition: &str, name: &str) -> Result<Toml> {
    let value = toml(&version.parameter(name))?;
    let Some(parameter) = known.parameters.get(name) else { return Ok(value) };
    let is_number = !value.is_str();
    let kind = if is_number { ParameterKind::Decimal } else { ParameterKind::Text };
    let is_threshold = name.ends_with(".threshold");
    let plain = Parameter { about: format!("of {definition}"), off: is_threshold, ..Parameter::of(kind) };
    if *parameter == plain && (is_number || !is_threshold) {
        return Ok(value);
    }
    let Toml::Table(mut table) = toml(parameter)? else { return Ok(value) };
    table.retain(|_, stated| stated.as_bool() != Some(false));
    table.retain(|key, stated| key != "about" || stated.as_str() != Some(plain.about.as_str()));
    table.insert("value".to_owned(), value);
    Ok(Toml::from(table))
}

#[cfg(test)]
mod tests {
    use super::super::{SHIPPED, extended, shipped};
    use super::*;

    /// What is written of `text`, which states the same when it is read again.
    fn written(text: &str) -> String {
        let base = shipped("v318").unwrap();
        let version = extended(&base, "mine.toml", text).unwrap();
        let written = extension_as_toml(&version, &base, "v318").unwrap();
        let read = extended(&base, "mine.toml", &written).unwrap();
        assert!(read.states_the_same(&version), "{written}");
        assert_eq!(read.catalogue, version.catalogue, "{written}");
        written
    }

    #[test]
    fn only_what_differs_is_written() {
        assert_eq!(written(""), "extends = \"v318\"\n");
        assert_eq!(written("[parameters]\nmin_edge = 4\n"), "extends = \"v318\"\n\n[parameters]\nmin_edge = 4\n");
        insta::assert_snapshot!(written("signals_with = [\"dual_agree\"]\nfilters_without = [\"edge_floor\"]\ndefects = []\n"), @r#"
        extends = "v318"
        filters_without = ["edge_floor"]
        signals_with = ["dual_agree"]
        "#);
        insta::assert_snapshot!(written("filters = [\"min_signals\", \"edge_floor\"]\n"), @r#"
        extends = "v318"
        filters = [
            "min_signals",
            "edge_floor",
        ]
        "#);
    }

    #[test]
    fn definitions_are_written_as_short_as_they_may_be() {
        insta::assert_snapshot!(written(
            "signals_with = [\"x\"]\n[tags]\nfew = [\"high_edge\"]\n[signal.x]\nwhen = \"line > least\"\n\
             [signal.x.parameters]\nleast = { value = 2.5, min = 0 }\nother = 4\nword = \"a\"\n\
             [filter.y]\nabout = \"few\"\nvalue = \"count_tags('few')\"\nblocks = \"below\"\nthreshold = 1\n\
             [filter.z]\nvalue = \"line\"\nblocks = \"from\"\nthreshold = { value = \"off\", kind = \"integer\", max = 9 }\n"
        ), @r#"
        extends = "v318"
        signals_with = ["x"]

        [filter.y]
        about = "few"
        blocks = "below"
        threshold = 1
        value = "count_tags('few')"

        [filter.z]
        blocks = "from"
        value = "line"

        [filter.z.threshold]
        kind = "integer"
        max = 9
        off = true
        value = "off"

        [signal.x]
        when = "line > least"

        [signal.x.parameters]
        other = 4
        word = "a"

        [signal.x.parameters.least]
        kind = "decimal"
        min = 0
        value = 2.5

        [tags]
        few = ["high_edge"]
        "#);
    }

    #[test]
    fn every_shipped_definition_defines_the_same_again() {
        for id in SHIPPED.iter() {
            let base = shipped(id).unwrap();
            let signals = base.catalogue.signals.keys().map(|name| (Part::Signals, name));
            let filters = base.catalogue.filters.keys().map(|name| (Part::Filters, name));
            for (part, name) in signals.chain(filters) {
                let text = definition_as_toml(&base, part, name).unwrap();
                let version = extended(&base, "mine.toml", &text).unwrap();
                assert!(version.states_the_same(&base), "{id}: {text}");
            }
        }
    }

    #[test]
    fn what_extends_another_version_is_refused() {
        let base = shipped("v318").unwrap();
        assert!(extended(&base, "mine.toml", "extends = \"v318\"\n").is_ok());
        let error = extended(&base, "mine.toml", "\nextends = \"v314\"\n").unwrap_err();
        insta::assert_snapshot!(error, @"mine.toml, line 2: extends 'v314', and this is about v318; leave the line out");
    }
}
