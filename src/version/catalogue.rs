//! The catalogue of parameters, signals and filters that versions name (`queries/catalogue.toml`).

use std::collections::BTreeMap;
use std::ops::Neg;
use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, did_you_mean, one_line};
use crate::queries::{self, Queries, line_at};

/// Everything a version can name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    pub parameters: BTreeMap<String, Parameter>,
    pub signals: BTreeMap<String, Signal>,
    pub filters: BTreeMap<String, Filter>,
}

/// What values a parameter takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    pub kind: ParameterKind,
    #[serde(default)]
    pub choices: Vec<String>,
    pub min: Option<i64>,
    pub max: Option<i64>,
    /// Whether "off" is a value.
    #[serde(default)]
    pub off: bool,
    pub unit: Option<String>,
    /// Which step of the pipeline reads it; none where a filter or a signal names it.
    pub stage: Option<Stage>,
    pub about: String,
}

/// A step of the pipeline besides its signals and filters, as far as parameters belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Champion,
    Candidates,
    Tie,
    SourceWeight,
    Features,
    Consensus,
    SignalHealth,
    Score,
    Cap,
    /// It changes what is said of candidates and slates, and no decision.
    Annotations,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParameterKind {
    Decimal,
    Double,
    Integer,
    Choice,
    Text,
    Date,
    /// Two decimals, both ends in.
    Range,
}

/// What a signal looks at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    pub about: String,
    /// Columns of `decisions`.
    pub inputs: Vec<String>,
    /// Its thresholds.
    pub parameters: Vec<String>,
}

/// What a filter blocks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    pub about: String,
    /// Its threshold; none for a filter that is only on or off.
    pub parameter: Option<String>,
    /// The parameters that say what is compared with the threshold.
    #[serde(default)]
    pub companions: Vec<String>,
    /// Which values it blocks; none for a filter without a threshold.
    pub blocks: Option<Blocks>,
    /// Its key in the decision document's `filter_summary.rejected`.
    pub document: String,
}

impl Filter {
    /// Its threshold and companions.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.parameter.iter().chain(&self.companions).map(String::as_str)
    }
}

impl Catalogue {
    /// The filters that compare with a parameter.
    pub fn filters_with<'a>(&'a self, parameter: &'a str) -> impl Iterator<Item = &'a str> {
        let with = move |filter: &Filter| filter.parameters().any(|name| name == parameter);
        self.filters.iter().filter(move |(_, filter)| with(filter)).map(|(name, _)| name.as_str())
    }

    /// The signals that compare with a parameter.
    pub fn signals_with<'a>(&'a self, parameter: &'a str) -> impl Iterator<Item = &'a str> {
        let with = move |signal: &Signal| signal.parameters.iter().any(|name| name == parameter);
        self.signals.iter().filter(move |(_, signal)| with(signal)).map(|(name, _)| name.as_str())
    }
}

/// On which side of its threshold a filter blocks. The verdict itself is the pipeline's, which tests hold this to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Blocks {
    /// Values below the threshold.
    Below,
    /// The threshold and values above it.
    From,
    /// The threshold, which is the negated parameter, and values below it.
    DownTo,
}

impl Blocks {
    /// Whether a value is blocked where the parameter has this value.
    pub fn blocks<T: PartialOrd + Neg<Output = T>>(self, value: T, parameter: T) -> bool {
        match self {
            Blocks::Below => value < parameter,
            Blocks::From => value >= parameter,
            Blocks::DownTo => value <= -parameter,
        }
    }
}

/// Where the catalogue is among the queries.
const FILE: &str = "catalogue.toml";

static CATALOGUE: LazyLock<Result<Catalogue, (String, String)>> = LazyLock::new(|| read(queries::in_use()));

/// The catalogue of the queries in use.
#[allow(
    clippy::panic,
    reason = "a test parses the program's own, and one of a folder is checked before anything reads it"
)]
pub fn catalogue() -> &'static Catalogue {
    match &*CATALOGUE {
        Ok(catalogue) => catalogue,
        Err((file, reason)) => panic!("{file}: {reason}"),
    }
}

/// Checks the catalogue of a folder, before anything reads it.
///
/// # Errors
/// It is not there, is no catalogue, names a parameter that it has not, or lacks one that the program reads.
pub fn ensure_sound() -> Result<(), Error> {
    match &*CATALOGUE {
        Ok(_) => Ok(()),
        Err((file, reason)) => Err(Error::BadQuery { file: file.clone(), reason: reason.as_str().into() }),
    }
}

/// The catalogue of `queries`, or its file and what is wrong with it.
fn read(queries: &Queries) -> Result<Catalogue, (String, String)> {
    let file = queries.label(FILE);
    let missing = || (file.clone(), "no such file; the program reads it, so copy it from the sources".to_owned());
    let catalogue = parse(&file, queries.text(FILE).ok_or_else(missing)?)?;
    let named =
        catalogue.signals.iter().flat_map(|(name, signal)| signal.parameters.iter().map(move |own| (name, own)));
    let named =
        named.chain(catalogue.filters.iter().flat_map(|(name, of)| of.parameter.iter().map(move |own| (name, own))));
    let named =
        named.chain(catalogue.filters.iter().flat_map(|(name, of)| of.companions.iter().map(move |own| (name, own))));
    for (name, parameter) in named {
        if !catalogue.parameters.contains_key(parameter) {
            let hint = did_you_mean(parameter, catalogue.parameters.keys().map(String::as_str));
            return Err((file, format!("{name} names '{parameter}', which is no parameter{hint}")));
        }
    }
    if queries.folder().is_some() {
        ensure_complete(&catalogue).map_err(|reason| (file, reason))?;
    }
    Ok(catalogue)
}

fn parse(file: &str, text: &str) -> Result<Catalogue, (String, String)> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let file = match error.span() {
            Some(span) => format!("{file}, line {}", line_at(text.as_bytes(), span.start)),
            None => file.to_owned(),
        };
        (file, one_line(error.message()))
    })
}

/// Holds a catalogue against the program's own: the program reads parameters by name, and as values of a kind.
fn ensure_complete(catalogue: &Catalogue) -> Result<(), String> {
    let own = parse(FILE, include_str!("../../queries/catalogue.toml")).map_err(|(_, reason)| reason)?;
    for (name, parameter) in &own.parameters {
        let kind = parameter.kind;
        match catalogue.parameters.get(name) {
            None => return Err(format!("has no parameter '{name}', which the program reads; others may be added")),
            Some(found) if found.kind != kind => {
                return Err(format!("parameter '{name}' is read as one of kind {kind:?}, not {:?}", found.kind));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_of_the_program_is_sound() {
        ensure_sound().unwrap();
        ensure_complete(catalogue()).unwrap();
    }

    #[test]
    fn every_parameter_belongs_to_a_filter_or_to_signals_or_to_a_stage() {
        let catalogue = catalogue();
        for (name, parameter) in &catalogue.parameters {
            let filters = catalogue.filters_with(name).count();
            let of_signals = catalogue.signals_with(name).next().is_some();
            let owners = filters + usize::from(of_signals) + usize::from(parameter.stage.is_some());
            assert_eq!(owners, 1, "{name}");
        }
    }

    #[test]
    fn a_filter_with_a_threshold_says_which_values_it_blocks() {
        for (name, filter) in &catalogue().filters {
            assert_eq!(filter.parameter.is_some(), filter.blocks.is_some(), "{name}");
        }
    }

    #[test]
    fn choices_are_given_for_choice_parameters_only() {
        for (name, parameter) in &catalogue().parameters {
            assert_eq!(parameter.choices.is_empty(), parameter.kind != ParameterKind::Choice, "{name}");
        }
    }
}
