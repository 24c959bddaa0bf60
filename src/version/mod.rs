//! Algorithm versions as data: parameters, signals, filters, families and combos, read from TOML.
//!
//! Source: the versions specification. A version extends another by stating only what differs.

pub mod catalogue;
mod load;
mod value;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use load::{SHIPPED, find, shipped};
pub use value::Value;

use crate::error::{Error, Result, did_you_mean};
use catalogue::catalogue;

/// A version with everything resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Unique, also where production changed behaviour inside one name.
    pub id: String,
    /// The name production recorded with its picks.
    pub algorithm_version: String,
    pub in_production_from: Option<NaiveDate>,
    pub summary: String,
    /// Every parameter of the catalogue but `confidence_floor`, which is here only when it was set.
    pub parameters: BTreeMap<String, Value>,
    pub signals: Vec<String>,
    /// In the order in which they are asked; the first that fires is the decision's reason.
    pub filters: Vec<String>,
    /// In the order in which they are tried on a system_id.
    pub families: Vec<Family>,
    /// In registry order.
    pub combos: Vec<Combo>,
    /// The confidence floor by champion.
    pub confidence_floors: BTreeMap<String, Decimal>,
    pub model_dependent: Vec<String>,
    /// Parts that returned nothing as shipped.
    pub defects: Vec<Defect>,
    /// Sections of the decision document that not every version writes.
    pub document: Vec<Section>,
}

/// A model family: which system_ids belong to it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    pub family: String,
    pub equals: Option<String>,
    pub starts_with: Option<String>,
    pub feature_set: String,
    pub loss: String,
    /// Whether its predictions may become candidates, or are only labelled.
    #[serde(default = "yes")]
    pub candidate: bool,
}

/// An entry of the combo registry.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Combo {
    pub id: String,
    /// By default the parts of the id.
    #[serde(default)]
    pub signals: Vec<String>,
    pub class: String,
    pub status: String,
    pub direction: Option<String>,
    /// In percent.
    pub hit_rate: Option<f64>,
    pub score_weight: Option<f64>,
}

/// A part of the selection that returned nothing as shipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Defect {
    PlayerBlacklist,
    DirectionHealth,
}

/// A section of the decision document that not every version writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    Season,
    PlayerBlacklist,
    DirectionHealth,
    FilterSummary,
    EdgeDistribution,
}

fn yes() -> bool {
    true
}

impl Version {
    /// Sets a parameter, as `--set name=value` does.
    ///
    /// # Errors
    /// No such parameter, or a value it cannot have.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let parameters = &catalogue().parameters;
        let parameter = parameters.get(name).ok_or_else(|| Error::UnknownParameter {
            name: name.to_owned(),
            hint: did_you_mean(name, parameters.keys().map(String::as_str)),
        })?;
        let value = Value::parse(parameter, value).map_err(|reason| Error::BadParameter {
            name: name.to_owned(),
            value: value.to_owned(),
            reason,
        })?;
        self.parameters.insert(name.to_owned(), value);
        Ok(())
    }

    /// The value of a parameter; `confidence_floor` falls back to the champion's.
    pub fn parameter(&self, name: &str) -> Value {
        match self.parameters.get(name) {
            Some(value) => value.clone(),
            None if name == "confidence_floor" => {
                let floor = self.confidence_floors.get(&self.champion());
                floor.map_or(Value::Off, |floor| Value::Number(*floor))
            }
            None => Value::Off,
        }
    }

    /// The text of a choice or text parameter.
    pub fn text(&self, name: &str) -> String {
        self.parameter(name).to_string()
    }

    /// The system_id of the best-bets model.
    pub fn champion(&self) -> String {
        self.text("champion")
    }

    /// Whether every family's predictions are candidates, or only the champion's.
    pub fn takes_all_families(&self) -> bool {
        self.text("candidates") == "all"
    }

    pub fn writes(&self, section: Section) -> bool {
        self.document.contains(&section)
    }

    pub fn works(&self, part: Defect) -> bool {
        !self.defects.contains(&part)
    }
}

impl Combo {
    /// How many signals it has.
    pub fn cardinality(&self) -> i64 {
        i64::try_from(self.signals.len()).unwrap_or(i64::MAX)
    }
}
