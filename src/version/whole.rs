//! A version stated whole, so that it stays what it was whatever later shipped versions state.

use serde::Serialize;
use toml::{Table, Value as Toml};

use super::catalogue::{Catalogue, catalogue};
use super::written::Written;
use super::{Origin, Part, Version, shipped};
use crate::definition::{Blocks, Expression, Filter, Signal};
use crate::error::{Error, Result};

/// The version from which one stated whole takes parameters that there were none of when it was written.
const BASE: &str = "v307";

/// The text of a version file that states everything of `version`, each part and parameter; [`from_whole_toml`] reads it.
///
/// # Errors
/// A value that TOML cannot hold.
pub fn whole_as_toml(version: &Version) -> Result<String> {
    toml::to_string(&whole_table(version)?).map_err(unwritable)
}

/// Everything of `version`, by the keys of version files.
pub(super) fn whole_table(version: &Version) -> Result<Table> {
    let mut table = Table::new();
    let mut state = |key: &str, value: Toml| {
        table.insert(key.to_owned(), value);
    };
    state("extends", Toml::from(BASE));
    state("id", Toml::from(version.id.as_str()));
    state("algorithm_version", Toml::from(version.algorithm_version.as_str()));
    state("summary", Toml::from(version.summary.as_str()));
    if let Some(date) = version.in_production_from {
        state("in_production_from", Toml::from(date.to_string()));
    }
    state("signals", toml(&version.signals)?);
    state("filters", toml(&version.filters)?);
    state("families", toml(&version.families)?);
    state("combos", toml(&version.combos)?);
    state("model_dependent", toml(&version.model_dependent)?);
    state("defects", toml(&version.defects)?);
    state("document", toml(&version.document)?);
    state("confidence_floors", floors(version)?);
    state("parameters", toml(&version.parameters)?);
    for (key, definitions) in definitions(version)? {
        state(key, Toml::from(definitions));
    }
    Ok(table)
}

/// The version that a text of [`whole_as_toml`] states, whatever its id; `file` is what messages call it.
///
/// # Errors
/// It is no such text, or states what this program does not know.
pub fn from_whole_toml(text: &str, file: &str) -> Result<Version> {
    let written = Written::parse(file, text)?;
    let (id, _) = written.text("id")?.ok_or_else(|| written.bad(None, "states no id"))?;
    let mut version = shipped(BASE)?;
    version.in_production_from = None;
    // Stated by a version, not set by anybody for this run.
    written.apply(&mut version, &Origin::Shipped(id.clone()))?;
    version.id = id;
    Ok(version)
}

/// What options of the command line changed of a version, by the names of the parameters and lists.
pub fn changed_by_options(version: &Version) -> Vec<String> {
    let by_option = |origin: Option<&Origin>| matches!(origin, Some(Origin::Option(_)));
    let parameters = version.parameters.keys().filter(|name| by_option(version.provenance.parameter(name)));
    let lists = Part::ALL.into_iter().filter(|part| by_option(version.provenance.list(*part)));
    parameters.cloned().chain(lists.map(|part| part.key().to_owned())).collect()
}

/// Notes that an option stated the parameters and lists of these names.
pub fn note_options(version: &mut Version, changed: &[&str]) {
    const OPTION: Origin = Origin::Option("--set");
    for name in changed {
        match Part::ALL.into_iter().find(|part| part.key() == *name) {
            Some(part) => version.provenance.note_list(part, Some(OPTION)),
            None => version.provenance.note_parameter(name, Some(OPTION)),
        }
    }
}

/// The text of a version file that states the definitions of a version's own; empty where it has none.
///
/// # Errors
/// A value that TOML cannot hold.
pub fn definitions_as_toml(version: &Version) -> Result<String> {
    let tables = definitions(version)?.into_iter().map(|(key, table)| (key.to_owned(), Toml::from(table)));
    toml::to_string(&tables.collect::<Table>()).map_err(unwritable)
}

/// The tables of the version's own definitions, as a version file has them.
fn definitions(version: &Version) -> Result<Vec<(&'static str, Table)>> {
    let known = &version.catalogue;
    let mut tables = Vec::new();
    let own = known.tags.iter().filter(|(set, tags)| catalogue().tags.get(*set) != Some(*tags));
    let tags: Table = own.map(|(set, tags)| (set.clone(), Toml::from(tags.clone()))).collect();
    if !tags.is_empty() {
        tables.push(("tags", tags));
    }
    let mut features = Table::new();
    for (name, feature) in known.features.iter().filter(|(_, feature)| feature.is_own) {
        let mut table = Table::new();
        let mut state = |key: &str, text: Option<&str>| {
            table.extend(text.map(|text| (key.to_owned(), Toml::from(text))));
        };
        state("about", Some(&feature.about));
        state("from", Some(feature.from.name()));
        state("value", feature.value.as_ref().map(Expression::text));
        state("take", Some(feature.take.name()));
        state("last", Some(&feature.last.text()));
        state("where", feature.only.as_ref().map(Expression::text));
        features.insert(name.clone(), Toml::from(table));
    }
    let mut signals = Table::new();
    for (name, signal) in known.signals.iter().filter(|(_, signal)| signal.is_own) {
        signals.insert(name.clone(), Toml::from(signal_table(known, name, signal)?));
    }
    let mut filters = Table::new();
    for (name, filter) in known.filters.iter().filter(|(_, filter)| filter.is_own) {
        filters.insert(name.clone(), Toml::from(filter_table(known, name, filter)?));
    }
    let mut scores = Table::new();
    for (name, score) in known.scores.iter().filter(|(_, score)| score.is_own) {
        let mut table = Table::new();
        table.insert("about".to_owned(), Toml::from(score.about.as_str()));
        table.insert("value".to_owned(), Toml::from(score.value.text()));
        table.extend(own_parameters(known, name)?);
        scores.insert(name.clone(), Toml::from(table));
    }
    let kinds = [("feature", features), ("signal", signals), ("filter", filters), ("score", scores)];
    tables.extend(kinds.into_iter().filter(|(_, table)| !table.is_empty()));
    Ok(tables)
}

/// All that a signal's table in a version file can say of it.
pub(super) fn signal_table(known: &Catalogue, name: &str, signal: &Signal) -> Result<Table> {
    let mut table = Table::new();
    table.insert("about".to_owned(), Toml::from(signal.about.as_str()));
    table.insert("when".to_owned(), Toml::from(signal.when.text()));
    table.insert("confidence".to_owned(), Toml::from(signal.confidence.text()));
    table.insert("also".to_owned(), Toml::from(signal.also.clone()));
    table.extend(own_parameters(known, name)?);
    Ok(table)
}

/// The same of a filter.
pub(super) fn filter_table(known: &Catalogue, name: &str, filter: &Filter) -> Result<Table> {
    let mut table = Table::new();
    let mut state = |key: &str, text: Option<&str>| {
        table.extend(text.map(|text| (key.to_owned(), Toml::from(text))));
    };
    let text = |expression: &Option<Expression>| expression.as_ref().map(|of| of.text().to_owned());
    state("about", Some(&filter.about));
    state("value", text(&filter.value).as_deref());
    state("when", text(&filter.when).as_deref());
    state("unless", text(&filter.unless).as_deref());
    state("blocks", filter.blocks.map(Blocks::name));
    state("threshold", filter.parameter.as_deref());
    state("equal", filter.equal.as_deref());
    state("mode", filter.is_observed.then_some("observe"));
    state("document", Some(&filter.document));
    table.insert("reads".to_owned(), Toml::from(filter.companions.clone()));
    table.extend(own_parameters(known, name)?);
    Ok(table)
}

/// What values the parameters of a definition take, under their key.
fn own_parameters(known: &Catalogue, name: &str) -> Result<Option<(String, Toml)>> {
    let prefix = format!("{name}.");
    let mut own = Table::new();
    for (parameter, known) in &known.parameters {
        if let Some(short) = parameter.strip_prefix(&prefix) {
            own.insert(short.to_owned(), toml(known)?);
        }
    }
    Ok((!own.is_empty()).then(|| ("parameters".to_owned(), Toml::from(own))))
}

fn floors(version: &Version) -> Result<Toml> {
    let mut floors = Table::new();
    for (model, floor) in &version.confidence_floors {
        floors.insert(model.clone(), toml(&super::Value::Number(*floor))?);
    }
    Ok(Toml::from(floors))
}

pub(super) fn toml(value: &impl Serialize) -> Result<Toml> {
    Toml::try_from(value).map_err(unwritable)
}

pub(super) fn unwritable(error: toml::ser::Error) -> Error {
    Error::Toml(error)
}

#[cfg(test)]
mod tests {
    use super::super::SHIPPED;
    use super::*;

    #[test]
    fn every_version_is_the_same_when_it_is_read_again() {
        for id in SHIPPED.iter() {
            let version = shipped(id).unwrap();
            let read = from_whole_toml(&whole_as_toml(&version).unwrap(), "frozen").unwrap();
            assert!(read.states_the_same(&version), "{id}");
            let named = |version: &Version| {
                (
                    version.id.clone(),
                    version.algorithm_version.clone(),
                    version.in_production_from,
                    version.summary.clone(),
                )
            };
            assert_eq!(named(&read), named(&version));
            assert_eq!(changed_by_options(&read), Vec::<String>::new());
        }
    }

    #[test]
    fn changes_stay_and_are_known_as_changes() {
        let mut version = shipped("v298").unwrap();
        for (name, value) in
            [("min_edge", "4.75"), ("cap", "off"), ("confidence_floor", "0.875"), ("stats_since", "2025-11-01")]
        {
            version.set(name, value).unwrap();
        }
        version.work_as_intended();
        let changed = changed_by_options(&version);
        assert_eq!(changed, ["cap", "confidence_floor", "min_edge", "stats_since", "defects"]);
        let mut read = from_whole_toml(&whole_as_toml(&version).unwrap(), "frozen").unwrap();
        assert!(read.states_the_same(&version));
        note_options(&mut read, &changed.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(read.changes(), version.changes());
    }

    #[test]
    fn what_states_no_version_is_refused() {
        let message = |text: &str| from_whole_toml(text, "frozen").unwrap_err().to_string();
        assert_eq!(message("summary = \"x\""), "frozen: states no id");
        assert!(message("[").starts_with("frozen, line 1: is not TOML"));
    }
}
