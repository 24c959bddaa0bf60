//! Writing a version file: what differs from the version it extends, as the command line changed it.

use toml::{Table, Value as Toml};

use super::{Origin, Part, Value, Version};
use crate::error::{Error, Result};

/// The text of a version file that extends `base` (an id, or a path as seen from the file) and states what options of the
/// command line changed in `version`.
///
/// # Errors
/// A value that TOML cannot hold.
pub fn changes_as_toml(version: &Version, base: &str, summary: &str) -> Result<String> {
    let by_option = |origin: Option<&Origin>| matches!(origin, Some(Origin::Option(_)));
    let mut table = Table::new();
    table.insert("extends".to_owned(), Toml::from(base));
    table.insert("summary".to_owned(), Toml::from(summary));
    let lists = [
        (Part::Signals, version.signals.clone()),
        (Part::Filters, version.filters.clone()),
        (Part::Defects, version.defects.iter().map(|defect| defect.name().to_owned()).collect()),
    ];
    for (part, names) in lists {
        if by_option(version.provenance.list(part)) {
            table.insert(part.key().to_owned(), Toml::from(names));
        }
    }
    let mut parameters = Table::new();
    for (name, value) in &version.parameters {
        if by_option(version.provenance.parameter(name)) {
            parameters.insert(name.clone(), number_or_text(value)?);
        }
    }
    if !parameters.is_empty() {
        table.insert("parameters".to_owned(), Toml::from(parameters));
    }
    toml::to_string(&table).map_err(Error::Toml)
}

/// Numbers as numbers, everything else (dates too) as the text that `--set` takes.
fn number_or_text(value: &Value) -> Result<Toml> {
    Toml::try_from(value).map_err(Error::Toml)
}

#[cfg(test)]
mod tests {
    use super::super::{from_file, shipped};
    use super::*;

    #[test]
    fn what_is_written_states_the_same_when_it_is_read() {
        let origin = || Origin::Option("--param");
        let mut version = shipped("v298").unwrap();
        for (name, value) in [
            ("min_edge", "4.75"),
            ("cap", "off"),
            ("familiar_games", "7"),
            ("health", "as-of"),
            ("confidence_band", "0.85:0.9"),
            ("high_edge.min_edge", "6"),
            ("stats_since", "2025-11-01"),
            ("champion", "catboost_v12"),
        ] {
            version.set_from(name, value, origin()).unwrap();
        }
        version.switch(Part::Signals, "cold_snap", false, origin());
        version.switch(Part::Filters, "rel_edge_cap", true, origin());
        version.work_as_intended();
        let text = changes_as_toml(&version, "v298", "a try").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tuned.toml");
        std::fs::write(&path, &text).unwrap();
        let read = from_file(&path).unwrap();
        assert!(read.states_the_same(&version), "{text}");
        assert_eq!((read.id.as_str(), read.summary.as_str()), ("tuned", "a try"));
        let own = |line: &&str| !line.starts_with("filters") && !line.starts_with("signals");
        let rest = text.lines().filter(own).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(rest, @r#"
        defects = []
        extends = "v298"
        summary = "a try"

        [parameters]
        cap = "off"
        champion = "catboost_v12"
        confidence_band = "0.85:0.9"
        familiar_games = 7
        health = "as-of"
        "high_edge.min_edge" = 6
        min_edge = 4.75
        stats_since = "2025-11-01"
        "#);
    }

    #[test]
    fn a_version_that_nobody_changed_states_nothing_of_its_own() {
        let text = changes_as_toml(&shipped("v314").unwrap(), "v314", "as it is").unwrap();
        assert_eq!(text, "extends = \"v314\"\nsummary = \"as it is\"\n");
    }
}
