//! The lists a version consists of besides its parameters, and one way of reading the entries of any of them.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Family, Version};

/// A list of a version, by its key in version files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Filters,
    Signals,
    Families,
    Combos,
    ConfidenceFloors,
    ModelDependent,
    Defects,
    Document,
}

impl Part {
    /// In the order in which they are shown.
    pub const ALL: [Part; 8] = [
        Part::Filters,
        Part::Signals,
        Part::Families,
        Part::Combos,
        Part::ConfidenceFloors,
        Part::ModelDependent,
        Part::Defects,
        Part::Document,
    ];

    /// Its key in version files.
    pub fn key(self) -> &'static str {
        match self {
            Part::Filters => "filters",
            Part::Signals => "signals",
            Part::Families => "families",
            Part::Combos => "combos",
            Part::ConfidenceFloors => "confidence_floors",
            Part::ModelDependent => "model_dependent",
            Part::Defects => "defects",
            Part::Document => "document",
        }
    }

    /// Its heading for people.
    pub fn title(self) -> &'static str {
        match self {
            Part::Filters => "Filters",
            Part::Signals => "Signals",
            Part::Families => "Model families",
            Part::Combos => "Combo registry",
            Part::ConfidenceFloors => "Confidence floors",
            Part::ModelDependent => "Model-dependent signals",
            Part::Defects => "Defects",
            Part::Document => "Document sections",
        }
    }

    /// What one of its entries is.
    pub fn singular(self) -> &'static str {
        match self {
            Part::Filters => "filter",
            Part::Signals | Part::ModelDependent => "signal",
            Part::Families => "family",
            Part::Combos => "combo",
            Part::ConfidenceFloors => "best-bets model",
            Part::Defects => "part",
            Part::Document => "section",
        }
    }

    /// Whether the order of its entries means something.
    pub fn is_ordered(self) -> bool {
        matches!(self, Part::Filters | Part::Signals | Part::Families | Part::Combos)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// An entry of a list: what it is called, unique in the list, and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Entry {
    /// A filter, signal or section, a combo's id, a family's name, a best-bets model.
    pub key: String,
    /// Empty for an entry that is only listed.
    pub fields: Vec<Field>,
}

/// What an entry says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Field {
    pub name: &'static str,
    pub value: String,
}

impl Entry {
    fn listed(key: impl Into<String>) -> Entry {
        Entry { key: key.into(), fields: Vec::new() }
    }

    /// The value of a field; empty for one it has not.
    pub fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|field| field.name == name).map_or("", |field| field.value.as_str())
    }
}

fn field(name: &'static str, value: impl ToString) -> Field {
    Field { name, value: value.to_string() }
}

/// A value that may be absent, which is a dash.
fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or("-".to_owned(), |value| value.to_string())
}

impl Version {
    /// The entries of a list, in its order.
    pub fn entries(&self, part: Part) -> Vec<Entry> {
        match part {
            Part::Filters => self.filters.iter().map(Entry::listed).collect(),
            Part::Signals => self.signals.iter().map(Entry::listed).collect(),
            Part::ModelDependent => self.model_dependent.iter().map(Entry::listed).collect(),
            Part::Defects => self.defects.iter().map(|defect| Entry::listed(defect.name())).collect(),
            Part::Document => self.document.iter().map(|section| Entry::listed(section.name())).collect(),
            Part::ConfidenceFloors => {
                let floors = self.confidence_floors.iter();
                floors.map(|(model, floor)| Entry { key: model.clone(), fields: vec![field("floor", floor)] }).collect()
            }
            Part::Families => families(&self.families),
            Part::Combos => {
                let entry = |combo: &super::Combo| Entry {
                    key: combo.id.clone(),
                    fields: vec![
                        field("signals", combo.signals.join("+")),
                        field("class", &combo.class),
                        field("status", &combo.status),
                        field("direction", or_dash(combo.direction.as_ref())),
                        field("hit_rate", or_dash(combo.hit_rate)),
                        field("score_weight", or_dash(combo.score_weight)),
                    ],
                };
                self.combos.iter().map(entry).collect()
            }
        }
    }
}

/// A family that several rules lead to is numbered from its second rule on.
fn families(families: &[Family]) -> Vec<Entry> {
    let key = |at: usize| {
        let name = &families[at].family;
        match families[..at].iter().filter(|other| other.family == *name).count() {
            0 => name.clone(),
            before => format!("{name} ({})", before + 1),
        }
    };
    let entry = |(at, family): (usize, &Family)| Entry {
        key: key(at),
        fields: vec![
            field("system_id", family.pattern()),
            field("feature_set", &family.feature_set),
            field("loss", &family.loss),
            field("candidate", if family.candidate { "yes" } else { "no" }),
        ],
    };
    families.iter().enumerate().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::super::shipped;
    use super::*;

    #[test]
    fn the_key_of_an_entry_is_unique_in_its_list() {
        for id in super::super::SHIPPED.iter() {
            let version = shipped(id).unwrap();
            for part in Part::ALL {
                let entries = version.entries(part);
                for (at, entry) in entries.iter().enumerate() {
                    assert!(entries[..at].iter().all(|other| other.key != entry.key), "{id}, {part}: {}", entry.key);
                }
            }
        }
    }

    #[test]
    fn the_key_is_the_one_of_files_and_machine_formats() {
        for part in Part::ALL {
            assert_eq!(serde_json::to_value(part).unwrap(), part.key());
        }
    }
}
