//! The combo of the registry that a set of signals matches.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, Float64Builder, StringViewArray, StringViewBuilder, StructArray,
    UInt32Array,
};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::ScalarUDF;
use serde::{Deserialize, Serialize};

use super::{Function, SharedTexts};

/// An entry of the registry as `params.combos` carries it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub id: String,
    pub signals: Vec<String>,
    pub cardinality: i64,
    pub class: String,
    pub hit_rate: Option<f64>,
    pub score_weight: Option<f64>,
}

/// `match_combo(registry, tags)`: the entry of the registry (JSON, in registry order) that the tags match: a struct of
/// combo_id, classification, hit_rate (percent), score_weight, by_order (only the registry's order chose between several
/// of the same size) and alternative (the entry that would have matched without it); NULLs when nothing matches
/// (specification: selection, "Combo match").
pub fn match_combo() -> ScalarUDF {
    Function::any(
        "match_combo",
        2,
        |_| Ok(DataType::Struct(fields())),
        |arguments| {
            let (mut registries, tags) = (SharedTexts::of(&arguments[0])?, arguments[1].as_list::<i32>());
            let names = tags.values().as_string_view();
            let mut matches = Matches::default();
            let mut found = Vec::with_capacity(tags.len());
            for row in 0..tags.len() {
                let offset = |row: usize| usize::try_from(tags.value_offsets()[row]).unwrap_or_default();
                let own = offset(row)..offset(row + 1);
                let registry = registries.get(row, Registry::parse)?;
                found.push(registry.best(names, own, &mut matches));
            }
            Ok(take(&matches.finish(), &UInt32Array::from(found), None)?)
        },
    )
}

fn fields() -> Fields {
    Fields::from(vec![
        Field::new("combo_id", DataType::Utf8View, true),
        Field::new("classification", DataType::Utf8View, true),
        Field::new("hit_rate", DataType::Float64, true),
        Field::new("score_weight", DataType::Float64, true),
        Field::new("by_order", DataType::Boolean, true),
        Field::new("alternative", DataType::Utf8View, true),
    ])
}

/// The best match of a set of tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Match {
    entry: usize,
    by_order: bool,
    alternative: Option<usize>,
}

/// The matching entry of `registry`: the one whose id is the sorted tags joined by `+`, else the largest whose signals
/// are all among the tags, of equal ones the first.
fn best_match(registry: &[Entry], tags: &[&str]) -> Option<Match> {
    let mut sorted = tags.to_vec();
    sorted.sort_unstable();
    let exact = registry.iter().position(|entry| entry.id == sorted.join("+"));
    let mut contained: Vec<usize> = (0..registry.len())
        .filter(|at| registry[*at].signals.iter().all(|signal| tags.contains(&signal.as_str())))
        .collect();
    contained.sort_by_key(|at| std::cmp::Reverse(registry[*at].cardinality));
    let entry = exact.or_else(|| contained.first().copied())?;
    let alternative = contained.into_iter().find(|at| *at != entry);
    let same_size = |other: usize| registry[other].cardinality == registry[entry].cardinality;
    Some(Match { entry, by_order: exact.is_none() && alternative.is_some_and(same_size), alternative })
}

/// A parsed registry and where the matches found in it so far lie: candidates have few different sets of tags.
struct Registry {
    entries: Vec<Entry>,
    /// By the views of the tags, which within one array say the same where they are the same.
    found: HashMap<Box<[u128]>, u32>,
}

impl Registry {
    fn parse(text: &str) -> Result<Registry> {
        let entries = serde_json::from_str(text).map_err(|error| DataFusionError::External(Box::new(error)))?;
        Ok(Registry { entries, found: HashMap::new() })
    }

    /// Where among `matches` the best match of the tags at `own` lies.
    fn best(&mut self, tags: &StringViewArray, own: Range<usize>, matches: &mut Matches) -> u32 {
        let views = &tags.views()[own.clone()];
        if let Some(at) = self.found.get(views) {
            return *at;
        }
        let texts: Vec<&str> = own.map(|at| tags.value(at)).collect();
        let at = matches.push(best_match(&self.entries, &texts), &self.entries);
        self.found.insert(views.into(), at);
        at
    }
}

/// Different matches, a row each.
#[derive(Default)]
struct Matches {
    count: u32,
    ids: StringViewBuilder,
    classes: StringViewBuilder,
    hit_rates: Float64Builder,
    weights: Float64Builder,
    by_order: BooleanBuilder,
    alternatives: StringViewBuilder,
}

impl Matches {
    fn push(&mut self, found: Option<Match>, entries: &[Entry]) -> u32 {
        let entry = found.map(|found| &entries[found.entry]);
        self.ids.append_option(entry.map(|entry| &entry.id));
        self.classes.append_option(entry.map(|entry| &entry.class));
        self.hit_rates.append_option(entry.and_then(|entry| entry.hit_rate));
        self.weights.append_option(entry.and_then(|entry| entry.score_weight));
        self.by_order.append_option(found.map(|found| found.by_order));
        let alternative = found.and_then(|found| Some(&entries[found.alternative?].id));
        self.alternatives.append_option(alternative);
        self.count += 1;
        self.count - 1
    }

    fn finish(mut self) -> StructArray {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.ids.finish()),
            Arc::new(self.classes.finish()),
            Arc::new(self.hit_rates.finish()),
            Arc::new(self.weights.finish()),
            Arc::new(self.by_order.finish()),
            Arc::new(self.alternatives.finish()),
        ];
        StructArray::new(fields(), columns, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry(ids: &[&str]) -> Vec<Entry> {
        let entry = |id: &&str| {
            let signals: Vec<String> = id.split('+').map(str::to_owned).collect();
            let cardinality = i64::try_from(signals.len()).unwrap();
            Entry {
                id: (*id).to_owned(),
                signals,
                cardinality,
                class: String::new(),
                hit_rate: None,
                score_weight: None,
            }
        };
        ids.iter().map(entry).collect()
    }

    #[test]
    fn the_largest_contained_entry_matches_and_order_breaks_ties() {
        let entries = registry(&["a", "b", "a+c", "b+c"]);
        let found = best_match(&entries, &["model_health", "a", "b", "c"]).unwrap();
        assert_eq!(found, Match { entry: 2, by_order: true, alternative: Some(3) });
        let found = best_match(&entries, &["a", "c", "model_health"]).unwrap();
        assert_eq!(found, Match { entry: 2, by_order: false, alternative: Some(0) });
        assert_eq!(best_match(&entries, &["model_health"]), None);
    }

    #[test]
    fn an_exact_match_goes_before_order() {
        let entries = registry(&["a", "b"]);
        assert_eq!(best_match(&entries, &["b"]), Some(Match { entry: 1, by_order: false, alternative: None }));
    }
}
