//! The signals of a version on a candidate: what each looked at and what it said.

use schemars::JsonSchema;
use serde::Serialize;

use super::conditions::Condition;
use super::datum::{Datum, Row};
use super::features::Missing;
use super::filters::side_of;
use crate::error::Result;
use crate::version::Version;

/// A signal of the version with its inputs, thresholds and verdict.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Signal {
    pub signal: String,
    pub about: String,
    pub qualifies: bool,
    /// 0-1; null: does not qualify.
    pub confidence: Option<f64>,
    pub inputs: Vec<Input>,
    pub thresholds: Vec<Threshold>,
    /// The parts of its condition, all of which must hold; empty where they were not looked at.
    pub conditions: Vec<Condition>,
}

/// A value a signal looks at.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Input {
    /// A column of `decisions`.
    pub name: String,
    pub value: Datum,
    /// What of the snapshot is missing, so that it is absent or counts as 0.
    pub missing: Option<String>,
}

/// A parameter of the version that a signal compares with.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Threshold {
    pub parameter: String,
    pub about: String,
    pub value: Datum,
    pub unit: Option<String>,
}

/// Every signal of the version, in its order, on a row of `decisions`.
pub fn of(row: Row<'_>, version: &Version, missing: &Missing) -> Result<Vec<Signal>> {
    let known = version.signals.iter().filter_map(|name| Some((name, version.catalogue.signals.get(name)?)));
    let side = side_of(row)?;
    known
        .map(|(name, signal)| {
            let confidence = row.field("signal_confidence", &[name])?.double();
            let input = |column: &String| {
                Ok(Input { name: column.clone(), value: row.get(column)?, missing: missing.of_column(column) })
            };
            Ok(Signal {
                signal: name.clone(),
                about: signal.about.clone(),
                qualifies: confidence.is_some(),
                confidence,
                inputs: signal.inputs.iter().map(input).collect::<Result<_>>()?,
                thresholds: signal
                    .parameters
                    .iter()
                    .map(|parameter| threshold(&version.name_on(parameter, side), version))
                    .collect(),
                conditions: Vec::new(),
            })
        })
        .collect()
}

/// A parameter that a signal compares with, as a version has set it.
pub fn threshold(name: &str, version: &Version) -> Threshold {
    let known = version.catalogue.parameter(name);
    Threshold {
        parameter: name.to_owned(),
        about: known.map(|parameter| parameter.about.clone()).unwrap_or_default(),
        value: version.parameter(name).into(),
        unit: known.and_then(|parameter| parameter.unit.clone()),
    }
}
