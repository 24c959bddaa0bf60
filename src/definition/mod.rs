//! Signals, filters, scores and features as data: what each is, stated once, over documented columns of a candidate and named
//! thresholds.
//!
//! A definition is read from TOML ([`crate::version`] does), its expressions are resolved here and checked against the
//! columns' types, and everything else follows from it: the SQL that decides, what `explain` shows, which thresholds `tune`
//! has and what a frozen decision keeps.

mod check;
mod columns;
mod expression;
mod feature;
mod functions;
mod hazards;

use std::collections::BTreeMap;
use std::ops::Neg;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use check::{Kind, Names, ensure_boolean, ensure_number, ensure_scalar, ensure_text, immutable_functions};
pub use columns::{Beside, COLUMNS, Column, Known, column, columns_of, is_of_candidate};
pub use expression::{Conjunct, Expression, FEATURE, Meaning, SET, TagSets, Wrong};
pub use feature::{Feature, Last, Past, PastColumn, Take};
pub use functions::{finite, round_half_even};

/// What a signal is: of which candidates it is true, and how strongly.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    pub about: String,
    /// True of a candidate that qualifies; NULL qualifies nothing.
    pub when: Expression,
    /// 0-1, of a candidate that qualifies.
    pub confidence: Expression,
    /// The sets of tags that it counts, with their signals.
    pub tags: TagSets,
    /// Columns that are shown beside those that it names.
    pub also: Vec<String>,
    /// Columns of `decisions` that it looks at, and those beside them.
    pub inputs: Vec<String>,
    /// The parameters that it compares with, in the order in which it names them.
    pub parameters: Vec<String>,
    /// Its place among the definitions, in the order in which they are written.
    pub place: usize,
    /// Whether a version's file states it, or what it counts.
    pub is_own: bool,
}

/// What a filter blocks.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    pub about: String,
    /// What it judges, NULL where it does not apply to a candidate; none for a filter that is a condition alone.
    pub value: Option<Expression>,
    /// Its threshold; none for a filter that is only on or off.
    pub parameter: Option<String>,
    /// Which values it blocks; none for a filter without a threshold.
    pub blocks: Option<Blocks>,
    /// The value that it blocks, of a filter that blocks one alone.
    pub equal: Option<String>,
    /// What it blocks, of a filter that is a condition.
    pub when: Option<Expression>,
    /// What it spares.
    pub unless: Option<Expression>,
    /// Whether it only counts what it would block.
    pub is_observed: bool,
    /// The parameters that say what is compared with the threshold.
    pub companions: Vec<String>,
    /// The sets of tags that it counts, with their signals.
    pub tags: TagSets,
    /// Its key in the decision document's `filter_summary.rejected`.
    pub document: String,
    /// Its place among the definitions, in the order in which they are written.
    pub place: usize,
    /// Whether a version's file states it, or what it counts.
    pub is_own: bool,
}

/// What a score is: the value by which what passes every filter is ranked, largest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    pub about: String,
    /// A NULL is ranked last.
    pub value: Expression,
    /// The parameters that it names, in the order in which it names them.
    pub parameters: Vec<String>,
    /// The sets of tags that it counts, with their signals.
    pub tags: TagSets,
    /// Its place among the definitions, in the order in which they are written.
    pub place: usize,
    /// Whether a version's file states it, or what it counts.
    pub is_own: bool,
}

impl Score {
    /// The features that it names.
    pub fn features(&self) -> impl Iterator<Item = &Arc<Feature>> {
        self.value.features().iter()
    }

    /// The same with features that are defined anew.
    pub fn redefining(&self, features: &BTreeMap<String, Arc<Feature>>) -> Score {
        Score { value: self.value.redefining(features), ..self.clone() }
    }

    /// The same with other names of the features' columns.
    pub fn with_features_as(&self, column: impl Fn(&Arc<Feature>) -> String) -> Score {
        Score { value: self.value.with_features_as(column), ..self.clone() }
    }

    /// Whether it ranks as another one does, whatever is said about it.
    pub fn decides_as(&self, other: &Score) -> bool {
        self.value == other.value && self.tags == other.tags
    }

    /// What beside a candidate's own past it is made of.
    pub fn made_of(&self) -> impl Iterator<Item = Beside> {
        self.value.columns().iter().filter_map(|column| columns::made_of(column))
    }
}

impl Signal {
    /// The inputs and parameters follow from what it is made of; `parameter` tells the parameter of a column of `params`.
    pub fn new(
        about: String,
        (when, confidence): (Expression, Expression),
        (also, tags): (Vec<String>, TagSets),
        place: usize,
        is_own: bool,
        parameter: impl Fn(&str) -> String,
    ) -> Signal {
        let both = || [&when, &confidence].into_iter();
        let columns = both().flat_map(Expression::columns).filter(|column| columns::is_shown(column));
        let mut inputs: Vec<String> = Vec::new();
        for column in columns.chain(&also) {
            if !inputs.contains(column) {
                inputs.push(column.clone());
            }
        }
        let mut parameters: Vec<String> = Vec::new();
        for named in both().flat_map(Expression::parameters).map(|column| parameter(column)) {
            if !parameters.contains(&named) {
                parameters.push(named);
            }
        }
        Signal { about, when, confidence, tags, also, inputs, parameters, place, is_own }
    }
}

impl Signal {
    /// The columns of candidates that it names, and those that are shown beside them.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let named = [&self.when, &self.confidence].into_iter().flat_map(Expression::columns);
        named.chain(&self.also).map(String::as_str)
    }

    /// The features that it names.
    pub fn features(&self) -> impl Iterator<Item = &Arc<Feature>> {
        [&self.when, &self.confidence].into_iter().flat_map(Expression::features)
    }

    /// The same with features that are defined anew.
    pub fn redefining(&self, features: &BTreeMap<String, Arc<Feature>>) -> Signal {
        let [when, confidence] = [&self.when, &self.confidence].map(|of| of.redefining(features));
        Signal { when, confidence, ..self.clone() }
    }

    /// The same with other names of the features' columns.
    pub fn with_features_as(&self, column: impl Fn(&Arc<Feature>) -> String) -> Signal {
        let [when, confidence] = [&self.when, &self.confidence].map(|of| of.with_features_as(&column));
        Signal { when, confidence, ..self.clone() }
    }

    /// Whether it says the same of candidates as another one, whatever is said about it.
    pub fn decides_as(&self, other: &Signal) -> bool {
        self.when == other.when && self.confidence == other.confidence && self.tags == other.tags
    }

    /// Whether it can be asked only once those signals are known that do not look at tags.
    pub fn looks_at_tags(&self) -> bool {
        self.when.looks_at_tags() || self.confidence.looks_at_tags()
    }

    /// The signals that it looks at by name.
    pub fn looks_at(&self) -> impl Iterator<Item = &String> {
        let named = self.when.tags().iter().chain(self.confidence.tags());
        named.chain(self.tags.values().flatten())
    }
}

impl Filter {
    /// Its threshold and companions.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        self.parameter.iter().chain(&self.companions).map(String::as_str)
    }

    /// The expressions that it is made of.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.value.iter().chain(&self.when).chain(&self.unless)
    }

    /// The columns of candidates that it names.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.expressions().flat_map(Expression::columns).map(String::as_str)
    }

    /// The features that it names.
    pub fn features(&self) -> impl Iterator<Item = &Arc<Feature>> {
        self.expressions().flat_map(Expression::features)
    }

    /// The same with features that are defined anew.
    pub fn redefining(&self, features: &BTreeMap<String, Arc<Feature>>) -> Filter {
        let anew = |expression: &Option<Expression>| expression.as_ref().map(|of| of.redefining(features));
        let [value, when, unless] = [&self.value, &self.when, &self.unless].map(anew);
        Filter { value, when, unless, ..self.clone() }
    }

    /// The same with other names of the features' columns.
    pub fn with_features_as(&self, column: impl Fn(&Arc<Feature>) -> String) -> Filter {
        let renamed = |expression: &Option<Expression>| expression.as_ref().map(|of| of.with_features_as(&column));
        let [value, when, unless] = [&self.value, &self.when, &self.unless].map(renamed);
        Filter { value, when, unless, ..self.clone() }
    }

    /// Whether its expressions name a parameter, besides comparing with it.
    pub fn is_named(&self, parameter: &str) -> bool {
        self.expressions().flat_map(Expression::parameters).any(|column| column == parameter)
    }

    /// Whether it decides as another one does, whatever is said about it.
    pub fn decides_as(&self, other: &Filter) -> bool {
        let of = |filter: &Filter| {
            let rule = (filter.parameter.clone(), filter.blocks, filter.equal.clone(), filter.is_observed);
            (filter.value.clone(), filter.when.clone(), filter.unless.clone(), rule, filter.tags.clone())
        };
        of(self) == of(other)
    }

    /// What beside a candidate's own past it is made of.
    pub fn made_of(&self) -> impl Iterator<Item = Beside> {
        self.expressions().flat_map(Expression::columns).filter_map(|column| columns::made_of(column))
    }

    /// Whether it can be asked only once a candidate's signals are known.
    pub fn looks_at_tags(&self) -> bool {
        self.expressions().any(|expression| {
            expression.looks_at_tags() || expression.columns().iter().any(|column| columns::is_of_tags(column))
        })
    }
}

/// On which side of its threshold a filter blocks.
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
    /// Their names in definitions.
    pub const NAMES: [(&'static str, Blocks); 3] =
        [("below", Blocks::Below), ("from", Blocks::From), ("down_to", Blocks::DownTo)];

    /// Its name in definitions.
    pub fn name(self) -> &'static str {
        Blocks::NAMES.iter().find(|(_, blocks)| *blocks == self).map_or("", |(name, _)| *name)
    }

    /// Whether a value is blocked where the parameter has this value.
    pub fn blocks<T: PartialOrd + Neg<Output = T>>(self, value: T, parameter: T) -> bool {
        match self {
            Blocks::Below => value < parameter,
            Blocks::From => value >= parameter,
            Blocks::DownTo => value <= -parameter,
        }
    }
}
