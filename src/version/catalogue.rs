//! What versions name: the parameters of the pipeline (`queries/catalogue.toml`), and the signals, filters and scores with
//! theirs (`queries/definitions/`, and a version's own file).

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Version;
use super::written::Written;
use crate::definition::{Feature, Filter, Kind, Score, Signal, TagSets, columns_of};
use crate::error::{Error, QueryError, VersionError, one_line};
use crate::queries::{self, Queries, line_at};
use crate::shell::quoted;

/// Everything a version can name.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    /// By name; those of a definition begin with its name (`high_edge.min_edge`).
    pub parameters: BTreeMap<String, Parameter>,
    pub signals: BTreeMap<String, Signal>,
    pub filters: BTreeMap<String, Filter>,
    /// What the parameter `score` chooses from.
    pub scores: BTreeMap<String, Score>,
    /// Values of candidates from the players' past that definitions may name.
    pub features: BTreeMap<String, Arc<Feature>>,
    /// Sets of signals that may be counted.
    pub tags: TagSets,
    /// The values that the shipped definitions give parameters of their own, as `--set` takes them.
    pub values: BTreeMap<String, String>,
    /// The file of the user's that defines something last; none where none does.
    pub file: Option<String>,
}

/// What values a parameter takes.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    pub kind: ParameterKind,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    #[serde(default, with = "limit", skip_serializing_if = "Option::is_none")]
    pub min: Option<Decimal>,
    #[serde(default, with = "limit", skip_serializing_if = "Option::is_none")]
    pub max: Option<Decimal>,
    /// Whether "off" is a value.
    #[serde(default)]
    pub off: bool,
    pub unit: Option<String>,
    /// Which step of the pipeline reads it; none where a filter or a signal names it.
    pub stage: Option<Stage>,
    pub about: String,
}

/// A limit as a number of TOML.
mod limit {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use crate::version::Value;

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Limit {
        Whole(i64),
        Double(f64),
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
        let text = match Limit::deserialize(deserializer)? {
            Limit::Whole(whole) => whole.to_string(),
            Limit::Double(double) => double.to_string(),
        };
        text.parse().map(Some).map_err(|_| de::Error::custom(format!("a limit must be a number, not {text}")))
    }

    pub fn serialize<S: Serializer>(limit: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
        limit.map(Value::Number).serialize(serializer)
    }
}

/// A step of the pipeline besides its signals and filters, as far as parameters belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Gate,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
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

impl Parameter {
    /// One of a kind that takes any value of it.
    pub fn of(kind: ParameterKind) -> Parameter {
        Parameter {
            kind,
            choices: Vec::new(),
            min: None,
            max: None,
            off: false,
            unit: None,
            stage: None,
            about: String::new(),
        }
    }
}

impl ParameterKind {
    /// Its name in definitions.
    pub fn name(self) -> &'static str {
        match self {
            ParameterKind::Decimal => "decimal",
            ParameterKind::Double => "double",
            ParameterKind::Integer => "integer",
            ParameterKind::Choice => "choice",
            ParameterKind::Text => "text",
            ParameterKind::Date => "date",
            ParameterKind::Range => "range",
        }
    }

    /// Whether its values are single numbers.
    pub fn is_number(self) -> bool {
        matches!(self, ParameterKind::Decimal | ParameterKind::Double | ParameterKind::Integer)
    }

    /// What kind of values its columns of `params` have.
    pub fn values(self) -> Kind {
        match self {
            ParameterKind::Decimal | ParameterKind::Range => Kind::Decimal,
            ParameterKind::Double => Kind::Double,
            ParameterKind::Integer => Kind::Integer,
            ParameterKind::Choice | ParameterKind::Text => Kind::Text,
            ParameterKind::Date => Kind::Date,
        }
    }
}

impl Catalogue {
    /// The filters that compare with a parameter.
    pub fn filters_with<'a>(&'a self, parameter: &'a str) -> impl Iterator<Item = &'a str> {
        let with = move |filter: &Filter| filter.parameters().any(|name| name == parameter);
        self.filters.iter().filter(move |(_, filter)| with(filter)).map(|(name, _)| name.as_str())
    }

    /// The filters to which a parameter belongs: those whose threshold it is, or else those that name it.
    pub fn filters_owning<'a>(&'a self, parameter: &'a str) -> impl Iterator<Item = &'a str> {
        let is_threshold = |filter: &Filter| filter.parameter.as_deref() == Some(parameter);
        let is_of_one = self.filters.values().any(is_threshold);
        let owns = move |name: &&str| {
            !is_of_one || self.filters.get(*name).is_some_and(|filter| filter.parameter.as_deref() == Some(parameter))
        };
        self.filters_with(parameter).filter(owns)
    }

    /// The signals that compare with a parameter.
    pub fn signals_with<'a>(&'a self, parameter: &'a str) -> impl Iterator<Item = &'a str> {
        let with = move |signal: &Signal| signal.parameters.iter().any(|name| name == parameter);
        self.signals.iter().filter(move |(_, signal)| with(signal)).map(|(name, _)| name.as_str())
    }

    /// The scores that name a parameter.
    pub fn scores_with<'a>(&'a self, parameter: &'a str) -> impl Iterator<Item = &'a str> {
        let with = move |score: &Score| score.parameters.iter().any(|name| name == parameter);
        self.scores.iter().filter(move |(_, score)| with(score)).map(|(name, _)| name.as_str())
    }

    /// The parameter to which a column of `params` belongs: the ends of a range have a column each.
    pub fn parameter_of(&self, column: &str) -> Option<(&str, &Parameter)> {
        parameter_of(&self.parameters, column)
    }

    /// What either of two versions can name; what both define otherwise as the second does.
    pub fn of_both(a: &Version, b: &Version) -> Arc<Catalogue> {
        if Arc::ptr_eq(&a.catalogue, &b.catalogue) {
            return Arc::clone(&a.catalogue);
        }
        let mut both = Catalogue::clone(&a.catalogue);
        let of_b = Catalogue::clone(&b.catalogue);
        both.parameters.extend(of_b.parameters);
        both.signals.extend(of_b.signals);
        both.filters.extend(of_b.filters);
        both.scores.extend(of_b.scores);
        both.features.extend(of_b.features);
        both.tags.extend(of_b.tags);
        both.file = of_b.file.or(both.file);
        Arc::new(both)
    }

    /// What lists its parameters, as `reslate versions show` takes it.
    pub fn lists(&self) -> String {
        self.file.as_ref().map_or_else(|| "v307".to_owned(), |file| quoted(file))
    }

    /// Whether a version's file defines anything in it.
    pub fn has_own(&self) -> bool {
        self.signals.values().any(|signal| signal.is_own)
            || self.filters.values().any(|filter| filter.is_own)
            || self.scores.values().any(|score| score.is_own)
    }
}

/// The parameter to which a column of `params` belongs, among `parameters`.
pub fn parameter_of<'p>(parameters: &'p BTreeMap<String, Parameter>, column: &str) -> Option<(&'p str, &'p Parameter)> {
    let whole = parameters.get_key_value(column).filter(|(_, known)| known.kind != ParameterKind::Range);
    let end = || {
        let name = column.strip_suffix(".low").or_else(|| column.strip_suffix(".high"))?;
        parameters.get_key_value(name).filter(|(_, known)| known.kind == ParameterKind::Range)
    };
    whole.or_else(end).map(|(name, known)| (name.as_str(), known))
}

/// Where the parameters of the pipeline are among the queries.
const FILE: &str = "catalogue.toml";

/// Where the definitions are.
const DEFINITIONS: [&str; 3] = ["definitions/signals.toml", "definitions/filters.toml", "definitions/scores.toml"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfPipeline {
    parameters: BTreeMap<String, Parameter>,
}

static CATALOGUE: LazyLock<Result<Arc<Catalogue>, (String, String)>> = LazyLock::new(|| read(queries::in_use()));

/// The catalogue of the queries in use.
#[allow(
    clippy::panic,
    reason = "a test parses the program's own, and one of a folder is checked before anything reads it"
)]
pub fn catalogue() -> &'static Arc<Catalogue> {
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
        Err((file, reason)) => Err(QueryError::BadFile { file: file.clone(), reason: reason.as_str().into() }.into()),
    }
}

/// The catalogue of `queries`, or its file and what is wrong with it.
fn read(queries: &Queries) -> Result<Arc<Catalogue>, (String, String)> {
    let catalogue = parse(queries)?;
    if queries.folder().is_some() {
        ensure_complete(&catalogue).map_err(|reason| (queries.label(FILE), reason))?;
    }
    Ok(Arc::new(catalogue))
}

fn parse(queries: &Queries) -> Result<Catalogue, (String, String)> {
    let text = |path: &str| {
        let missing = "no such file; the program reads it, so copy it from the sources";
        queries.text(path).ok_or_else(|| (queries.label(path), missing.to_owned()))
    };
    let parameters = of_pipeline(&queries.label(FILE), text(FILE)?)?;
    // Definitions name them.
    columns_of(queries)?;
    let mut catalogue = Catalogue {
        parameters,
        signals: BTreeMap::new(),
        filters: BTreeMap::new(),
        scores: BTreeMap::new(),
        features: BTreeMap::new(),
        tags: TagSets::new(),
        values: BTreeMap::new(),
        file: None,
    };
    for path in DEFINITIONS {
        let file = queries.label(path);
        let failed = |error: Error| match error {
            Error::Version(VersionError::BadFile { file, reason, .. }) => (file, reason.to_string()),
            other => (file.clone(), other.to_string()),
        };
        let written = Written::of_definitions(&file, text(path)?).map_err(failed)?;
        let given = written.define(&mut catalogue, false).map_err(failed)?;
        catalogue.values.extend(given.into_iter().map(|given| (given.parameter, given.value)));
    }
    Ok(catalogue)
}

fn of_pipeline(file: &str, text: &str) -> Result<BTreeMap<String, Parameter>, (String, String)> {
    let of_pipeline: Result<OfPipeline, toml::de::Error> = toml::from_str(text);
    of_pipeline.map(|of| of.parameters).map_err(|error| {
        let file = match error.span() {
            Some(span) => format!("{file}, line {}", line_at(text.as_bytes(), span.start)),
            None => file.to_owned(),
        };
        (file, one_line(error.message()))
    })
}

/// Holds a catalogue against the program's own: the program reads parameters by name, and as values of a kind.
fn ensure_complete(catalogue: &Catalogue) -> Result<(), String> {
    let own = parse(&Queries::shipped()).map_err(|(_, reason)| reason)?;
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
            let filters = catalogue.filters_owning(name).count();
            let of_signals = catalogue.signals_with(name).next().is_some();
            let of_scores = catalogue.scores_with(name).next().is_some();
            let owners =
                filters + [of_signals, of_scores, parameter.stage.is_some()].map(usize::from).iter().sum::<usize>();
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
