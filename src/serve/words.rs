//! What can be written in definitions, to complete it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::definition::{COLUMNS, Known, Past, Take, immutable_functions};
use crate::error::Result;
use crate::version::catalogue::ParameterKind;
use crate::version::{Part, Version, definition_as_toml, keys_of_definitions};

/// What definitions are made of.
#[derive(Debug, Clone, Serialize)]
pub struct Words {
    /// The columns that definitions may name, and the version's features.
    columns: Vec<Word>,
    /// The columns that features may name, by where their rows are from.
    past: BTreeMap<&'static str, Vec<Word>>,
    /// What features may make of values.
    takes: Vec<&'static str>,
    /// The functions that they may call.
    functions: Vec<Word>,
    /// The version's parameters.
    parameters: Vec<Word>,
    /// The keys of a definition: of a `signal`, a `filter`, a `score`, a `feature`, and of a `parameter`.
    keys: BTreeMap<&'static str, &'static [&'static str]>,
    /// The signals that the version can name, as their tables in a version file.
    signals: BTreeMap<String, String>,
    /// The filters, likewise.
    filters: BTreeMap<String, String>,
    /// The sets of tags that the version names.
    tags: Vec<String>,
}

/// A word with what it means.
#[derive(Debug, Clone, Serialize)]
struct Word {
    name: String,
    about: String,
    /// Whether signals may not use it.
    of_filters: bool,
}

impl Words {
    pub fn of(version: &Version) -> Result<Words> {
        let catalogue = &version.catalogue;
        let columns = COLUMNS.iter().map(|(name, column)| Word {
            name: name.clone(),
            about: with_unit(&column.about, column.unit.as_deref()),
            of_filters: column.known == Known::Tags,
        });
        let features = catalogue.features.iter().map(|(name, feature)| Word {
            name: name.clone(),
            about: feature.described(),
            of_filters: false,
        });
        let of_rows = |past: Past| -> Vec<Word> {
            let columns = past.columns().iter().map(|(name, column)| Word {
                name: name.clone(),
                about: with_unit(&column.about, column.unit.as_deref()),
                of_filters: false,
            });
            columns.collect()
        };
        let of_tags = [("has", "has('TAG'): the candidate has the tag"), ("count_tags", "how many tags it has")];
        let of_tags =
            of_tags.map(|(name, about)| Word { name: name.to_owned(), about: about.to_owned(), of_filters: false });
        let functions = immutable_functions().into_iter();
        let functions = functions.map(|(name, about)| Word { name, about, of_filters: false });
        let parameters = catalogue.parameters.iter().filter(|(_, known)| known.kind != ParameterKind::Range);
        let parameters = parameters.map(|(name, known)| Word {
            name: name.clone(),
            about: with_unit(&known.about, known.unit.as_deref()),
            of_filters: false,
        });
        let texts = |part: Part, names: Vec<&String>| -> Result<BTreeMap<String, String>> {
            let text = |name: &String| Ok((name.clone(), definition_as_toml(version, part, name)?));
            names.into_iter().map(text).collect()
        };
        Ok(Words {
            columns: columns.chain(features).collect(),
            past: Past::NAMES.into_iter().map(|(name, past)| (name, of_rows(past))).collect(),
            takes: Take::NAMES.into_iter().map(|(name, _)| name).collect(),
            functions: of_tags.into_iter().chain(functions).collect(),
            parameters: parameters.collect(),
            keys: keys_of_definitions().into(),
            signals: texts(Part::Signals, catalogue.signals.keys().collect())?,
            filters: texts(Part::Filters, catalogue.filters.keys().collect())?,
            tags: catalogue.tags.keys().cloned().collect(),
        })
    }
}

fn with_unit(about: &str, unit: Option<&str>) -> String {
    unit.map_or_else(|| about.to_owned(), |unit| format!("{about}; {unit}"))
}
