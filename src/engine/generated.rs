//! The parts of the pipeline's SQL that follow from the definitions of signals, filters and scores.
//!
//! `signals.sql` and `verdicts.sql` say where each part goes, by a call of no function; the versions that are asked say what
//! stands there. Versions that define a name differently each get what theirs says, told apart by a column of `params`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;

use super::past;
use crate::definition::{
    Blocks, COLUMNS, Expression, Feature, Filter, Kind, Names, Past, SET, Score, Signal, TagSets, column,
    ensure_scalar, is_of_candidate,
};
use crate::error::{RequestError, Result, one_line};
use crate::queries;
use crate::snapshot::numbered::is_numbered;
use crate::sql::{name as quote, text};
use crate::version::catalogue::{Catalogue, Parameter, ParameterKind, catalogue, parameter_of};
use crate::version::{Cap, SCORE, Side, Version};

/// The relations whose SQL has such parts.
pub const RELATIONS: [&str; 8] = [
    "store_features",
    "past_games",
    "past_gradings",
    "past_predictions",
    "signals",
    "verdicts",
    "rankings",
    "decisions",
];

/// Where columns of relations beside evidence stand that versions ask for, and the joins of these relations.
const NAMED: &str = "named_columns() AS generated";
const JOINS: &str = "-- relations_of_definitions()";

/// The relation that has the numbered columns of the feature store.
const STORE: &str = "store_features";

/// The columns by which picks are capped besides the game.
const CAPPED: [&str; 2] = ["team", "recommendation"];

/// The relations besides evidence and candidates that have columns of candidates, and by which choice each does so; none:
/// by candidate alone.
const BESIDE: &[(&str, Option<&str>)] = &[("model_groups", None), ("candidate_affinities", Some("affinity_set"))];

/// What the versions of a question make of the parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// In the order in which they are defined.
    signals: Vec<(String, Variants<SignalSql>)>,
    filters: Vec<(String, Variants<FilterSql>)>,
    scores: Vec<(String, Variants<ScoreSql>)>,
    /// The parameters of which any version states a side.
    sided: BTreeSet<String>,
    /// Whether any version caps teams, games or sides.
    caps_groups: bool,
    features: Features,
    /// The columns of `params` by name, each with the parameter that it is of.
    parameters: BTreeMap<String, Parameter>,
    /// The columns that the signals and filters name or show which the versions list, and the scores.
    asked: BTreeSet<String>,
}

/// The features that definitions name.
#[derive(Debug, Clone, Default, PartialEq)]
struct Features {
    defined: Vec<(String, Variants<Arc<Feature>>)>,
    /// Those that the versions ask for; the others are NULL.
    asked: Vec<Arc<Feature>>,
}

/// The different things that versions say under a name: as a version's number in `params` counts them.
#[derive(Debug, Clone, PartialEq)]
struct Variants<T>(Vec<T>);

/// What may go amiss with a definition of a file's own on a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    DivisionByZero,
    /// A value that is infinite or no number.
    NotFinite,
    /// A confidence outside of 0 to 1.
    Confidence,
}

impl Mishap {
    const ALL: [Mishap; 3] = [Mishap::DivisionByZero, Mishap::NotFinite, Mishap::Confidence];

    /// What it is, in words.
    pub fn name(self) -> &'static str {
        match self {
            Mishap::DivisionByZero => "divides by zero",
            Mishap::NotFinite => "has a value that is infinite or no number",
            Mishap::Confidence => "has a confidence outside of 0 to 1",
        }
    }

    /// What comes of it, in words.
    pub fn effect(self) -> &'static str {
        match self {
            Mishap::DivisionByZero => "the quotient is NULL there",
            Mishap::NotFinite => "it is NULL there",
            Mishap::Confidence => "it stays as it is",
        }
    }
}

/// A column of `verdicts` that says on which candidates something goes amiss with a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amiss {
    /// signal, filter or score.
    pub what: &'static str,
    pub name: String,
    pub mishap: Mishap,
}

impl Amiss {
    /// Its column.
    pub fn column(&self) -> String {
        format!("{} {} {}", self.what, self.name, self.mishap.name())
    }
}

/// The conditions under which something goes amiss, by what does.
type Mishaps = Vec<(Mishap, String)>;

/// Where an expression divides by zero, under a condition where it is not always evaluated.
fn divisions(parts: &[(&Expression, Option<String>)], tags: &TagSets) -> Option<(Mishap, String)> {
    let of_part = |(expression, under): &(&Expression, Option<String>)| {
        let divides = expression.divides_by_zero(tags)?;
        Some(under.as_ref().map_or_else(|| divides.clone(), |under| format!("{under} AND ({divides})")))
    };
    let all: Vec<String> = parts.iter().filter_map(of_part).map(|condition| format!("({condition})")).collect();
    (!all.is_empty()).then(|| (Mishap::DivisionByZero, all.join(" OR ")))
}

/// Where a value is not finite, or something in one of `parts`, under conditions.
fn infinities(
    value: Option<(&Expression, &str, &str)>,
    parts: &[(&Expression, Option<String>)],
    tags: &TagSets,
) -> Option<(Mishap, String)> {
    let is_none = |sql: &str, under: &str| format!("({under} AND ({sql}) IS NOT NULL AND finite({sql}) IS NULL)");
    let of_value = value.filter(|(value, ..)| value.may_be_infinite()).map(|(_, sql, under)| is_none(sql, under));
    let of_part = |(expression, under): &(&Expression, Option<String>)| -> Vec<String> {
        let operands = expression.risky_operands(tags).into_iter();
        operands.map(|operand| is_none(&operand, under.as_deref().unwrap_or("TRUE"))).collect()
    };
    let all: Vec<String> = of_value.into_iter().chain(parts.iter().flat_map(of_part)).collect();
    (!all.is_empty()).then(|| (Mishap::NotFinite, all.join(" OR ")))
}

#[derive(Debug, Clone, PartialEq)]
struct SignalSql {
    when: String,
    confidence: String,
    looks_at_tags: bool,
    mishaps: Mishaps,
    needs: Needs,
}

#[derive(Debug, Clone, PartialEq)]
struct FilterSql {
    mishaps: Mishaps,
    /// NULL where the filter does not apply.
    value: String,
    threshold: String,
    rule: Rule,
    /// The column of its threshold, NULL where the version does not ask it, and the parameter that is in it.
    limit: Option<(String, String)>,
    /// What it judges.
    judged: Option<Expression>,
    is_observed: bool,
    looks_at_tags: bool,
    needs: Needs,
}

#[derive(Debug, Clone, PartialEq)]
struct ScoreSql {
    value: String,
    mishaps: Mishaps,
    needs: Needs,
}

#[derive(Debug, Clone, PartialEq)]
enum Rule {
    Compares(&'static str),
    /// It blocks this value, if the version asks it.
    Equals(String),
    /// It blocks where this holds, if the version asks it.
    When(String),
}

/// The columns that expressions name: of candidates, and of `params`.
#[derive(Debug, Clone, Default, PartialEq)]
struct Needs {
    columns: BTreeSet<String>,
    /// The columns of features.
    features: BTreeSet<String>,
    parameters: BTreeSet<String>,
}

impl Needs {
    fn of<'e>(expressions: impl Iterator<Item = &'e Expression>, features: &Features) -> Needs {
        let mut needs = Needs::default();
        for expression in expressions {
            needs.features.extend(expression.features().iter().map(|feature| features.column(feature)));
            needs.columns.extend(expression.columns().iter().cloned());
            needs.parameters.extend(expression.parameters().iter().cloned());
        }
        needs
    }

    fn add(&mut self, other: &Needs) {
        self.columns.extend(other.columns.iter().cloned());
        self.features.extend(other.features.iter().cloned());
        self.parameters.extend(other.parameters.iter().cloned());
    }
}

impl<T: PartialEq> Variants<T> {
    fn add(&mut self, said: T) -> usize {
        self.0.iter().position(|known| *known == said).unwrap_or_else(|| {
            self.0.push(said);
            self.0.len() - 1
        })
    }
}

impl<T> Variants<T> {
    /// `sql` of the variant that a version has.
    fn choose(&self, column: &str, sql: impl Fn(usize, &T) -> String) -> String {
        match self.0.as_slice() {
            [only] => sql(0, only),
            several => {
                let cases = several.iter().enumerate().map(|(at, of)| format!("WHEN {at} THEN {}", sql(at, of)));
                format!("CASE {column} {} END", cases.collect::<Vec<_>>().join(" "))
            }
        }
    }

    fn are_several(&self) -> bool {
        self.0.len() > 1
    }
}

impl Features {
    fn of(versions: &[&Version]) -> Features {
        let mut features = Features::default();
        for feature in versions.iter().flat_map(|version| version.features()) {
            variants_of(&mut features.defined, &feature.name).add(Arc::clone(feature));
            if !features.asked.contains(feature) {
                features.asked.push(Arc::clone(feature));
            }
        }
        features
    }

    /// The column of a feature.
    fn column(&self, feature: &Arc<Feature>) -> String {
        let variants = self.defined.iter().find(|(name, _)| *name == feature.name);
        let at = variants.and_then(|(_, of)| of.0.iter().position(|known| known == feature));
        past::column(&feature.name, at.unwrap_or_default())
    }

    /// The feature of a column.
    fn of_column(&self, column: &str) -> Option<&Arc<Feature>> {
        self.defined.iter().flat_map(|(_, of)| &of.0).find(|feature| self.column(feature) == column)
    }

    /// Those of a past that are asked for.
    fn asked_of(&self, past: Past) -> Vec<past::Column<'_>> {
        let of_past = self.asked.iter().filter(|feature| feature.from == past);
        of_past.map(|feature| past::Column { name: self.column(feature), feature }).collect()
    }

    /// What versions define under each name that is asked for.
    fn asked_names(&self) -> impl Iterator<Item = &(String, Variants<Arc<Feature>>)> {
        self.defined.iter().filter(|(name, _)| self.asked.iter().any(|feature| feature.name == *name))
    }

    /// Under each name the features that are asked for, in the column that `decisions` shows.
    fn shown(&self) -> impl Iterator<Item = String> {
        self.asked_names().map(|(name, of)| {
            let asked: Vec<(usize, &Arc<Feature>)> =
                of.0.iter().enumerate().filter(|(_, feature)| self.asked.contains(feature)).collect();
            let is_of = |kind: Kind| asked.iter().all(|(_, feature)| feature.kind == kind);
            let shown_as = match () {
                () if asked.first().is_some_and(|(_, first)| is_of(first.kind)) => None,
                () if asked.iter().all(|(_, feature)| feature.kind.is_number()) => Some("DOUBLE"),
                () => Some("VARCHAR"),
            };
            let case = |(at, feature): &(usize, &Arc<Feature>)| {
                let column = format!("{}.{}", feature.from.relation(), quote(&past::column(name, *at)));
                let column = shown_as.map_or(column.clone(), |kind| format!("CAST({column} AS {kind})"));
                format!("WHEN {at} THEN {column}")
            };
            let cases: Vec<String> = asked.iter().map(case).collect();
            format!("CASE params.{} {} END AS {}", quote(&variant("feature", name)), cases.join(" "), quote(name))
        })
    }

    /// The joins of the relations that have those asked for.
    fn joins(&self, candidates: &str) -> Vec<String> {
        let relations = Past::NAMES.iter().filter(|(_, past)| !self.asked_of(*past).is_empty());
        let join = |past: &Past| {
            let of = past.relation();
            [
                format!("LEFT JOIN {of}"),
                format!("    ON {of}.feature_set = {candidates}.feature_set"),
                format!("    AND {of}.game_date = {candidates}.game_date"),
                format!("    AND {of}.player_lookup = {candidates}.player_lookup"),
            ]
        };
        relations.flat_map(|(_, past)| join(past)).collect()
    }
}

impl SignalSql {
    fn of(name: &str, signal: &Signal, features: &Features) -> SignalSql {
        let signal = &signal.with_features_as(|feature| features.column(feature));
        let confidence = signal.confidence.sql(&signal.tags);
        let when = signal.when.sql(&signal.tags);
        SignalSql {
            when: if signal.is_own { format!("CAST({when} AS BOOLEAN)") } else { when },
            mishaps: if signal.is_own { SignalSql::mishaps(name, signal, &confidence) } else { Mishaps::new() },
            confidence: if signal.is_own { format!("finite(CAST({confidence} AS DOUBLE))") } else { confidence },
            looks_at_tags: signal.looks_at_tags(),
            needs: Needs::of([&signal.when, &signal.confidence].into_iter(), features),
        }
    }

    fn mishaps(name: &str, signal: &Signal, confidence: &str) -> Mishaps {
        let qualifies = format!("qualifies[{}]", text(name));
        let parts = [(&signal.when, None), (&signal.confidence, Some(qualifies.clone()))];
        let double = format!("CAST({confidence} AS DOUBLE)");
        let outside = format!("{qualifies} AND NOT (finite({double}) BETWEEN 0.0 AND 1.0)");
        let outside = (!signal.confidence.is_number()).then_some((Mishap::Confidence, outside));
        let infinite = infinities(Some((&signal.confidence, &double, &qualifies)), &parts, &signal.tags);
        divisions(&parts, &signal.tags).into_iter().chain(infinite).chain(outside).collect()
    }
}

impl FilterSql {
    fn of(name: &str, filter: &Filter, features: &Features) -> FilterSql {
        let judged = filter.value.as_ref().or(filter.when.as_ref()).cloned();
        let filter = &filter.with_features_as(|feature| features.column(feature));
        let sql = |expression: &Expression| expression.sql(&filter.tags);
        let limit = filter.parameter.as_ref().map(|of| (format!("threshold {name} {of}"), of.clone()));
        let value = filter.value.as_ref().or(filter.when.as_ref()).map(sql).unwrap_or_default();
        let asked = filter.unless.as_ref().map(|unless| format!("NOT coalesce({}, FALSE)", sql(unless)));
        let mishaps = if filter.is_own { FilterSql::mishaps(filter, &value, asked) } else { Mishaps::new() };
        let value = if filter.is_own && filter.value.is_some() { format!("finite({value})") } else { value };
        let value = match &filter.unless {
            Some(unless) => format!("CASE WHEN NOT coalesce({}, FALSE) THEN {value} END", sql(unless)),
            None => value,
        };
        let (threshold, rule) = match (&limit, filter.blocks, &filter.equal) {
            (Some((column, _)), Some(Blocks::Below), _) => (quote(column), Rule::Compares("<")),
            (Some((column, _)), Some(Blocks::DownTo), _) => (format!("-{}", quote(column)), Rule::Compares("<=")),
            (Some((column, _)), _, _) => (quote(column), Rule::Compares(">=")),
            (None, _, Some(equal)) => (text(equal), Rule::Equals(text(equal))),
            (None, _, None) => {
                let when = filter.when.as_ref().map(sql).unwrap_or_default();
                let unless = filter.unless.as_ref().map(sql);
                let unless = unless.map(|unless| format!(" AND NOT coalesce({unless}, FALSE)")).unwrap_or_default();
                ("TRUE".to_owned(), Rule::When(format!("({when}){unless}")))
            }
        };
        FilterSql {
            mishaps,
            value,
            threshold,
            rule,
            limit,
            judged,
            is_observed: filter.is_observed,
            looks_at_tags: filter.looks_at_tags(),
            needs: Needs::of(filter.expressions(), features),
        }
    }

    fn mishaps(filter: &Filter, value: &str, asked: Option<String>) -> Mishaps {
        let under = asked.clone().unwrap_or_else(|| "TRUE".to_owned());
        let judged = filter.value.iter().chain(&filter.when).map(|of| (of, asked.clone()));
        let parts: Vec<_> = judged.chain(filter.unless.iter().map(|of| (of, None))).collect();
        let infinite = infinities(filter.value.as_ref().map(|of| (of, value, under.as_str())), &parts, &filter.tags);
        divisions(&parts, &filter.tags).into_iter().chain(infinite).collect()
    }

    /// Whether it blocks, given the columns that its value is in and whether the version asks it.
    fn blocks(&self, value: &str, asks: &str) -> String {
        match &self.rule {
            Rule::Compares(sign) => format!("coalesce({value} {sign} {}, FALSE)", self.threshold),
            Rule::Equals(text) => format!("{asks} AND coalesce({value} = {text}, FALSE)"),
            Rule::When(condition) => format!("{asks} AND coalesce({condition}, FALSE)"),
        }
    }
}

impl ScoreSql {
    fn of(score: &Score, features: &Features) -> ScoreSql {
        let score = &score.with_features_as(|feature| features.column(feature));
        let value = score.value.sql(&score.tags);
        let double = format!("CAST({value} AS DOUBLE)");
        let parts = [(&score.value, None)];
        let mishaps = divisions(&parts, &score.tags).into_iter();
        let infinite = infinities(Some((&score.value, &double, "TRUE")), &parts, &score.tags);
        let mishaps = mishaps.chain(infinite).filter(|_| score.is_own).collect();
        ScoreSql {
            mishaps,
            value: if score.is_own { format!("finite({double})") } else { value },
            needs: Needs::of([&score.value].into_iter(), features),
        }
    }
}

/// The column of `params` that numbers the variant of a definition.
fn variant(what: &str, name: &str) -> String {
    format!("{what} {name}")
}

/// The column that says whether a signal qualifies that looks at no tags, where others look at its tag.
fn qualifies(name: &str) -> String {
    format!("qualifies {name}")
}

/// The column of `params` that says whether a version asks a filter.
fn asks(name: &str) -> String {
    format!("asks {name}")
}

/// The names that the file has among its `facts` by itself: columns of candidates that no definition needs to ask for.
fn columns_of_facts() -> BTreeSet<&'static str> {
    let sql = queries::in_use().relation("signals").unwrap_or_default();
    let facts = sql.split_once("facts AS (").and_then(|(_, rest)| rest.split_once("facts_of_definitions()"));
    let facts = facts.map(|(facts, _)| facts).unwrap_or_default();
    facts.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect()
}

/// What may go amiss with the variants of a definition, and the condition under which it does.
fn amiss_of<T>(
    what: &'static str,
    name: &str,
    variants: &Variants<T>,
    mishaps: impl Fn(&T) -> &Mishaps + Copy,
) -> Vec<(Amiss, String)> {
    let of = |mishap: Mishap| {
        let condition =
            move |of: &T| mishaps(of).iter().find(|(known, _)| *known == mishap).map(|(_, sql)| sql.clone());
        variants.0.iter().any(|of| condition(of).is_some()).then(|| {
            let sql = variants
                .choose(&quote(&variant(what, name)), |_, of| condition(of).unwrap_or_else(|| "FALSE".to_owned()));
            let amiss = Amiss { what, name: name.to_owned(), mishap };
            let sql = format!("coalesce({sql}, FALSE) AS {}", quote(&amiss.column()));
            (amiss, sql)
        })
    };
    Mishap::ALL.into_iter().filter_map(of).collect()
}

/// The relation beside evidence and candidates that has a column.
fn beside(name: &str) -> Option<&'static str> {
    match COLUMNS.get(name) {
        Some(column) => column.relation.as_deref(),
        None => is_numbered(name).then_some(STORE),
    }
}

/// What is said under a name so far.
fn variants_of<'a, T>(all: &'a mut Vec<(String, Variants<T>)>, name: &str) -> &'a mut Variants<T> {
    let at = all.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
        all.push((name.to_owned(), Variants(Vec::new())));
        all.len() - 1
    });
    &mut all[at].1
}

impl Generated {
    /// What is generated for `versions`: the signals and filters that any of them lists, and what they rank by.
    ///
    /// # Errors
    /// Two of them have parameters of a name that are of different kinds.
    pub fn of(versions: &[&Version]) -> Result<Generated> {
        let all = || versions.iter().copied();
        let mut generated = Generated {
            signals: Vec::new(),
            filters: Vec::new(),
            scores: Vec::new(),
            sided: all().flat_map(Version::sided).map(str::to_owned).collect(),
            caps_groups: all().any(Version::caps_groups),
            features: Features::of(versions),
            parameters: BTreeMap::new(),
            asked: all().flat_map(Version::columns).map(|(column, _)| column.to_owned()).collect(),
        };
        generated.add(catalogue(), "a shipped version")?;
        for version in all().filter(|version| version.catalogue.has_own()) {
            generated.add(&version.catalogue, &version.id)?;
        }
        let signals = all().flat_map(|version| {
            version.signals.iter().filter_map(|name| version.catalogue.signals.get_key_value(name))
        });
        generated.state_signals(signals.collect());
        let filters = all().flat_map(|version| {
            version.filters.iter().filter_map(|name| version.catalogue.filters.get_key_value(name))
        });
        generated.state_filters(filters.collect());
        for version in versions {
            if let Some(score) = version.score() {
                variants_of(&mut generated.scores, &version.text(SCORE)).add(ScoreSql::of(score, &generated.features));
            }
        }
        // A struct has fields, whatever is asked.
        if generated.signals.is_empty() {
            generated.state_signals(catalogue().signals.iter().collect());
        }
        if generated.filters.is_empty() {
            generated.state_filters(catalogue().filters.iter().collect());
        }
        Ok(generated)
    }

    fn state_signals(&mut self, mut signals: Vec<(&String, &Signal)>) {
        signals.sort_by_key(|(_, signal)| signal.place);
        for (name, signal) in signals {
            variants_of(&mut self.signals, name).add(SignalSql::of(name, signal, &self.features));
        }
    }

    fn state_filters(&mut self, mut filters: Vec<(&String, &Filter)>) {
        filters.sort_by_key(|(_, filter)| filter.place);
        for (name, filter) in filters {
            variants_of(&mut self.filters, name).add(FilterSql::of(name, filter, &self.features));
        }
    }

    fn add(&mut self, catalogue: &Catalogue, version: &str) -> Result<()> {
        for (name, parameter) in &catalogue.parameters {
            let known = self.parameters.entry(name.clone()).or_insert_with(|| parameter.clone());
            if known.kind != parameter.kind {
                let [known, own] = [known.kind, parameter.kind].map(ParameterKind::name);
                return Err(RequestError::BadArgument {
                    what: "version",
                    value: one_line(version),
                    reason: format!(
                        "{name} is of kind {own} in it, and of kind {known} in another; say its kind in both"
                    ),
                }
                .into());
            }
        }
        Ok(())
    }

    /// The columns of `params` that have the values of a parameter: one, or one a side where any version states a side, besides
    /// that of the whole.
    pub fn names_of(&self, parameter: &str) -> Vec<String> {
        let sides = Side::ALL.into_iter().filter(|_| self.sided.contains(parameter));
        [parameter.to_owned()].into_iter().chain(sides.map(|side| side.parameter(parameter))).collect()
    }

    /// The value of a column of `params` that counts for a candidate.
    fn value_of(&self, column: &str) -> String {
        if !self.sided.contains(column) {
            return format!("versions.{}", quote(column));
        }
        let [over, under] = Side::ALL.map(|side| format!("versions.{}", quote(&side.parameter(column))));
        format!("CASE WHEN known.is_over THEN {over} ELSE {under} END")
    }

    /// The parameters that `params` has columns of.
    pub fn parameters(&self) -> &BTreeMap<String, Parameter> {
        &self.parameters
    }

    /// The columns of `params` that tell variants apart and say which filters a version asks, each with its type.
    pub fn columns(&self) -> Vec<(String, DataType)> {
        let signals = self.signals.iter().filter(|(_, of)| of.are_several()).map(|(name, _)| variant("signal", name));
        let filters = self.filters.iter().filter(|(_, of)| of.are_several()).map(|(name, _)| variant("filter", name));
        let scores = self.scores.iter().filter(|(_, of)| of.are_several()).map(|(name, _)| variant("score", name));
        let features = self.features.asked_names().map(|(name, _)| variant("feature", name));
        let numbers = signals.chain(filters).chain(scores).chain(features).map(|column| (column, DataType::Int64));
        let asked = self.filters.iter().map(|(name, _)| (asks(name), DataType::Boolean));
        numbers.chain(asked).collect()
    }

    /// The values of these columns for a version.
    pub fn values(&self, version: &Version) -> Vec<Option<i64>> {
        let number = |at: Option<usize>| at.and_then(|at| i64::try_from(at).ok());
        let of_signal = |(name, variants): &(String, Variants<SignalSql>)| {
            let said = version.catalogue.signals.get(name).map(|signal| SignalSql::of(name, signal, &self.features));
            number(said.and_then(|said| variants.0.iter().position(|known| *known == said)))
        };
        let of_filter = |(name, variants): &(String, Variants<FilterSql>)| {
            let said = version.catalogue.filters.get(name).map(|filter| FilterSql::of(name, filter, &self.features));
            number(said.and_then(|said| variants.0.iter().position(|known| *known == said)))
        };
        let of_score = |(name, variants): &(String, Variants<ScoreSql>)| {
            let said = version.catalogue.scores.get(name).map(|score| ScoreSql::of(score, &self.features));
            number(said.and_then(|said| variants.0.iter().position(|known| *known == said)))
        };
        let scores = self.scores.iter().filter(|(_, of)| of.are_several()).map(of_score);
        let signals = self.signals.iter().filter(|(_, of)| of.are_several()).map(of_signal);
        let filters = self.filters.iter().filter(|(_, of)| of.are_several()).map(of_filter);
        let listed = version.features();
        let of_feature = |(_, variants): &(String, Variants<Arc<Feature>>)| {
            number(variants.0.iter().position(|known| listed.contains(&known)))
        };
        let features = self.features.asked_names().map(of_feature);
        let asked = self.filters.iter().map(|(name, _)| Some(i64::from(version.filters.contains(name))));
        signals.chain(filters).chain(scores).chain(features).chain(asked).collect()
    }

    /// The SQL of a relation; none for one that has no generated parts.
    pub fn sql(&self, relation: &str) -> Option<String> {
        let template = queries::in_use().relation(relation)?;
        let parts = match relation {
            STORE => self.of_store(),
            "past_games" => past::parts(Past::Games, &self.features.asked_of(Past::Games), NAMED),
            "past_gradings" => past::parts(Past::Gradings, &self.features.asked_of(Past::Gradings), NAMED),
            "past_predictions" => past::parts(Past::Predictions, &self.features.asked_of(Past::Predictions), NAMED),
            "signals" => self.of_signals(),
            "verdicts" => self.of_verdicts(),
            "decisions" => self.of_decisions(),
            "rankings" => self.of_rankings(),
            _ => return None,
        };
        let mut filled = String::new();
        let mut rest = template;
        for (call, lines) in parts {
            // In the order in which the template has them, so that nothing is looked for in what definitions say.
            let (before, after) = rest.split_once(call)?;
            filled += before;
            if lines.is_empty() {
                // Neither its line stays, nor the comma before it.
                filled.truncate(filled.trim_end().trim_end_matches(',').len());
            }
            let end = if call == JOINS { "" } else { "," };
            let indent = filled.rsplit('\n').next().unwrap_or_default().len();
            filled += &lines.join(&format!("{end}\n{}", " ".repeat(indent)));
            rest = after;
        }
        filled += rest;
        Some(filled)
    }

    /// The WITH clause of `signals.sql` up to its `facts`, and the FROM clause that has them with what signals see of tags;
    /// none where the file has none.
    pub fn facts(&self) -> Option<(String, String)> {
        let sql = self.sql("signals")?;
        let end = sql.find("\nqualified AS (")?;
        Some((sql[..end].trim_end().trim_end_matches(',').to_owned(), self.rows_of_facts()))
    }

    /// Whether any signal looks at tags.
    fn looks_at_tags(&self) -> bool {
        self.signals.iter().any(|(_, of)| of.0.iter().any(|of| of.looks_at_tags))
    }

    /// What the signals are asked of: `facts`, where any of them looks at tags with those of the signals that look at none.
    fn rows_of_facts(&self) -> String {
        if !self.looks_at_tags() {
            return "FROM facts".to_owned();
        }
        let first = self.signals.iter().filter(|(_, of)| of.0.iter().any(|of| !of.looks_at_tags));
        let (mut conditions, mut fields) = (Vec::new(), Vec::new());
        for (name, of) in first {
            let when = |_, of: &SignalSql| if of.looks_at_tags { "FALSE".to_owned() } else { of.when.clone() };
            let condition = of.choose(&quote(&variant("signal", name)), when);
            let column = quote(&qualifies(name));
            conditions.push(format!("{condition} AS {column}"));
            fields.push(format!("{}, {column}", text(name)));
        }
        let (conditions, fields) = (conditions.join(", "), fields.join(", "));
        format!(
            "FROM (\n\
             SELECT *, cardinality(signal_tags) AS signal_count FROM (\n\
             SELECT *, signal_tags(signal_order, named_struct({fields})) AS signal_tags FROM (\n\
             SELECT *, {conditions} FROM facts) AS first) AS tagged) AS facts"
        )
    }

    /// Whether a signal qualifies, over what [`Generated::rows_of_facts`] has.
    fn what_qualifies(&self, name: &str, of: &Variants<SignalSql>) -> String {
        let column = quote(&variant("signal", name));
        if !self.looks_at_tags() {
            return of.choose(&column, |_, of| of.when.clone());
        }
        of.choose(&column, |_, of| if of.looks_at_tags { of.when.clone() } else { quote(&qualifies(name)) })
    }

    /// The columns of the feature store that the versions ask for.
    pub fn store_columns(&self) -> impl Iterator<Item = &str> {
        self.asked.iter().map(String::as_str).filter(|column| is_numbered(column))
    }

    fn of_store(&self) -> Vec<(&'static str, Vec<String>)> {
        let largest = |column: &str| format!("max(feature_row.{0}) AS {0}", quote(column));
        vec![(NAMED, self.store_columns().map(largest).collect())]
    }

    fn of_decisions(&self) -> Vec<(&'static str, Vec<String>)> {
        let columns = self.store_columns().map(|column| format!("{STORE}.{}", quote(column)));
        let joins = [self.store_join("evidence"), self.features.joins("evidence")].concat();
        vec![(NAMED, columns.chain(self.features.shown()).collect()), (JOINS, joins)]
    }

    /// The join of the feature store to a relation of candidates, where a version asks for a column of it.
    fn store_join(&self, candidates: &str) -> Vec<String> {
        let join = || {
            vec![
                format!("LEFT JOIN {STORE}"),
                format!("    ON {STORE}.game_date = {candidates}.game_date"),
                format!("    AND {STORE}.player_lookup = {candidates}.player_lookup"),
            ]
        };
        self.store_columns().next().map(|_| join()).unwrap_or_default()
    }

    fn of_signals(&self) -> Vec<(&'static str, Vec<String>)> {
        let mut of_filters = Needs::default();
        self.filters.iter().flat_map(|(_, of)| &of.0).for_each(|of| of_filters.add(&of.needs));
        self.scores.iter().flat_map(|(_, of)| &of.0).for_each(|of| of_filters.add(&of.needs));
        if self.caps_groups {
            of_filters.columns.extend(CAPPED.map(str::to_owned));
        }
        let mut all = of_filters.clone();
        self.signals.iter().flat_map(|(_, of)| &of.0).for_each(|of| all.add(&of.needs));
        let has_itself = columns_of_facts();
        let known = |column: &&String| is_of_candidate(column) && !has_itself.contains(column.as_str());
        let columns = |needs: &Needs, of: &dyn Fn(&str) -> String| {
            needs.columns.iter().filter(known).chain(&needs.features).map(|column| of(column)).collect::<Vec<_>>()
        };
        let several = |of_signals: bool| {
            let signals = self.signals.iter().filter(|(_, of)| of_signals && of.are_several());
            let filters = self.filters.iter().filter(|(_, of)| of.are_several());
            let scores = self.scores.iter().filter(|(_, of)| of.are_several());
            let signals = signals.map(|(name, _)| variant("signal", name));
            let filters = filters.map(|(name, _)| variant("filter", name));
            signals.chain(filters).chain(scores.map(|(name, _)| variant("score", name))).collect::<Vec<_>>()
        };
        let limits = || {
            let of = |(name, of): &(String, Variants<FilterSql>)| {
                let limits = of.0.iter().filter_map(|of| of.limit.clone());
                limits.map(|(column, parameter)| (asks(name), column, parameter)).collect::<BTreeSet<_>>()
            };
            self.filters.iter().flat_map(of)
        };
        // A filter without a threshold that could be NULL.
        let is_without = |of: &&FilterSql| of.limit.is_none();
        let without = || self.filters.iter().filter(|(_, of)| of.0.iter().any(|of| is_without(&of)));
        let asked = || without().map(|(name, _)| asks(name));
        let stated = |needs: &Needs, of_signals: bool| {
            let own = needs.parameters.iter().map(|name| format!("{} AS \"{SET}{name}\"", self.value_of(name)));
            let rest = several(of_signals).into_iter().chain(asked());
            let rest = rest.map(|name| format!("versions.{}", quote(&name)));
            let limit = |(asks, column, parameter): (String, String, String)| {
                let [asks, column] = [asks, column].map(|name| quote(&name));
                format!("CASE WHEN versions.{asks} THEN {} END AS {column}", self.value_of(&parameter))
            };
            own.chain(rest).chain(limits().map(limit)).collect::<Vec<_>>()
        };
        let kept = |needs: &Needs| {
            let own = needs.parameters.iter().map(|name| format!("\"{SET}{name}\""));
            let rest = several(false).into_iter().chain(asked()).chain(limits().map(|(_, column, _)| column));
            own.chain(rest.map(|name| quote(&name))).collect::<Vec<_>>()
        };
        let amiss = self.signals.iter().flat_map(|(name, of)| amiss_of("signal", name, of, |of| &of.mishaps));
        let amiss: Vec<String> = amiss.map(|(_, sql)| sql).collect();
        let field = |name: &String, sql: String| format!("'{name}', {sql}");
        let qualifies = self.signals.iter().map(|(name, of)| field(name, self.what_qualifies(name, of)));
        let confidences = self.signals.iter().map(|(name, of)| {
            let sql = of.choose(&quote(&variant("signal", name)), |_, of| of.confidence.clone());
            field(name, format!("CASE WHEN qualifies['{name}'] THEN {sql} END"))
        });
        vec![
            (
                "facts_of_definitions() AS generated",
                [columns(&all, &|column| self.column(column)), stated(&all, true)].concat(),
            ),
            (JOINS, self.relations_beside()),
            ("what_qualifies()", qualifies.collect()),
            ("FROM facts", vec![self.rows_of_facts()]),
            ("facts_of_filters() AS generated", [columns(&of_filters, &quote), kept(&of_filters), amiss].concat()),
            ("how_strongly()", confidences.collect()),
        ]
    }

    /// A column of candidates in `facts`: NULL where a relation of its own has it and no version asks for it.
    fn column(&self, name: &str) -> String {
        if let Some(feature) = self.features.of_column(name) {
            return match self.features.asked.contains(feature) {
                true => format!("{}.{}", feature.from.relation(), quote(name)),
                false => format!("CAST(NULL AS {}) AS {}", feature.kind.sql(), quote(name)),
            };
        }
        match (beside(name), column(name)) {
            (Some(relation), _) if self.asked.contains(name) => format!("{relation}.{}", quote(name)),
            (Some(_), Some((kind, _))) => format!("CAST(NULL AS {}) AS {}", kind.sql(), quote(name)),
            _ => format!("known.{}", quote(name)),
        }
    }

    /// The joins of the relations that have columns which the versions ask for.
    fn relations_beside(&self) -> Vec<String> {
        let is_asked = |relation: &str| self.asked.iter().filter_map(|name| beside(name)).any(|of| of == relation);
        let joins = BESIDE.iter().filter(|(relation, _)| is_asked(relation)).flat_map(|(relation, set)| {
            let of_set = set.map(|set| format!("    AND {relation}.{set} = versions.{set}"));
            let join = [format!("LEFT JOIN {relation}"), format!("    ON {relation}.candidate = known.candidate")];
            join.into_iter().chain(of_set)
        });
        joins.chain(self.store_join("known")).chain(self.features.joins("known")).collect()
    }

    /// The type as which the values of a filter are shown that versions define differently; none where they are of one type
    /// anyway. Each is compared as what it is.
    fn common_type(&self, variants: &Variants<FilterSql>) -> Option<&'static str> {
        if !variants.are_several() {
            return None;
        }
        let column = |name: &str| column(name).map(|(kind, _)| kind);
        let parameter = |name: &str| parameter_of(&self.parameters, name).map(|(_, known)| known.kind.values());
        let names = Names { columns: &column, parameters: &parameter };
        let kind = |of: &FilterSql| ensure_scalar(of.judged.as_ref()?, &names).ok().flatten();
        let kinds: Vec<Option<Kind>> = variants.0.iter().map(kind).collect();
        let all = |wanted: &dyn Fn(Kind) -> bool| kinds.iter().all(|kind| kind.is_some_and(wanted));
        match () {
            () if all(&|kind| kind == Kind::Boolean) => None,
            () if all(&Kind::is_number) => Some("DOUBLE"),
            () => Some("VARCHAR"),
        }
    }

    /// What may go amiss with own definitions, in the order of the columns of `verdicts`.
    pub fn amiss(&self) -> Vec<Amiss> {
        let signals = self.signals.iter().flat_map(|(name, of)| amiss_of("signal", name, of, |of| &of.mishaps));
        let filters = self.filters.iter().flat_map(|(name, of)| amiss_of("filter", name, of, |of| &of.mishaps));
        let scores = self.scores.iter().flat_map(|(name, of)| amiss_of("score", name, of, |of| &of.mishaps));
        signals.chain(filters).chain(scores).map(|(amiss, _)| amiss).collect()
    }

    /// What is counted of picks: the game, and the team and side where any version caps them.
    fn what_caps_count(&self) -> Vec<String> {
        let others = if self.caps_groups { &CAPPED[..] } else { &[] };
        ["game_id"].iter().chain(others).map(|column| (*column).to_owned()).collect()
    }

    fn of_rankings(&self) -> Vec<(&'static str, Vec<String>)> {
        let refuses = if self.caps_groups {
            let caps = Cap::ALL.map(|cap| format!("params.{}", quote(cap.parameter()))).join(", ");
            format!(
                "capped_by({caps}, ranked.team, ranked.game_id, ranked.recommendation) \
                 OVER (PARTITION BY ranked.version, ranked.game_date ORDER BY ranked.rank)"
            )
        } else {
            format!("CASE WHEN ranked.rank > params.cap THEN {} END", text(Cap::Slate.name()))
        };
        vec![("what_caps_count() AS generated", self.what_caps_count()), ("what_caps_refuse()", vec![refuses])]
    }

    /// What ranks, by the version's score.
    fn what_ranks(&self) -> String {
        let score = |(name, of): &(String, Variants<ScoreSql>)| {
            format!("WHEN {} THEN {}", text(name), of.choose(&quote(&variant("score", name)), |_, of| of.value.clone()))
        };
        // Without versions nothing ranks.
        if self.scores.is_empty() {
            return "CAST(NULL AS DOUBLE)".to_owned();
        }
        format!("CASE score {} END", self.scores.iter().map(score).collect::<Vec<_>>().join(" "))
    }

    fn of_verdicts(&self) -> Vec<(&'static str, Vec<String>)> {
        let value = |name: &str, at: usize| quote(&format!("value {name} {at}"));
        let blocks = |name: &str| quote(&format!("blocks {name}"));
        let column = |name: &str| quote(&variant("filter", name));
        let (mut values, mut judged, mut fields) = (Vec::new(), Vec::new(), Vec::new());
        for (name, of) in &self.filters {
            let each = of.0.iter().enumerate();
            values.extend(each.map(|(at, variant)| format!("{} AS {}", variant.value, value(name, at))));
            let asks = quote(&asks(name));
            let judgement = of.choose(&column(name), |at, of| of.blocks(&value(name, at), &asks));
            judged.push(format!("{judgement} AS {}", blocks(name)));
            let shown_as = self.common_type(of);
            let cast = |sql: String| match shown_as {
                Some(kind) => format!("CAST({sql} AS {kind})"),
                None => sql,
            };
            let shown = of.choose(&column(name), |at, _| cast(value(name, at)));
            let threshold = of.choose(&column(name), |_, of| cast(of.threshold.clone()));
            fields.push(format!(
                "'{name}', named_struct('value', {shown}, 'threshold', {threshold}, 'blocks', {})",
                blocks(name)
            ));
        }
        let passes = |of_tags: bool| {
            let of_kind = move |of: &&FilterSql| of.looks_at_tags == of_tags && !of.is_observed;
            let conditions: Vec<String> = self
                .filters
                .iter()
                .filter(|(_, of)| of.0.iter().any(|of| of_kind(&of)))
                .map(|(name, of)| match of.0.as_slice() {
                    [_] => format!("NOT {}", blocks(name)),
                    several => {
                        let counted = several.iter().enumerate().filter(|(_, of)| of_kind(of));
                        let counted: Vec<String> = counted.map(|(at, _)| at.to_string()).collect();
                        let is_counted = format!("coalesce({} IN ({}), FALSE)", column(name), counted.join(", "));
                        format!("NOT ({} AND {is_counted})", blocks(name))
                    }
                })
                .collect();
            if conditions.is_empty() { vec!["TRUE".to_owned()] } else { vec![conditions.join(" AND ")] }
        };
        let of_signals = self.signals.iter().flat_map(|(name, of)| amiss_of("signal", name, of, |of| &of.mishaps));
        let of_filters = self.filters.iter().flat_map(|(name, of)| amiss_of("filter", name, of, |of| &of.mishaps));
        let of_scores = self.scores.iter().flat_map(|(name, of)| amiss_of("score", name, of, |of| &of.mishaps));
        let amiss = of_signals.map(|(amiss, _)| quote(&amiss.column()));
        let amiss: Vec<String> = amiss.chain(of_filters.chain(of_scores).map(|(_, sql)| sql)).collect();
        vec![
            ("what_filters_compare() AS generated", values),
            ("what_filters_say() AS generated", judged),
            ("filters_in_full()", fields),
            ("passes_filters_of_candidates()", passes(false)),
            ("passes_filters_of_tags()", passes(true)),
            ("what_else_is_known() AS generated", [self.what_caps_count(), amiss].concat()),
            ("what_ranks()", vec![self.what_ranks()]),
        ]
    }
}
