//! What two versions state differently.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::catalogue::Catalogue;
use super::order::common;
use super::{Entry, Origin, Part, Value, Version};

/// What differs between two versions, A and B; what both state alike is not in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    pub parameters: Vec<ParameterDiff>,
    pub lists: Vec<ListDiff>,
}

/// A parameter of another value.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ParameterDiff {
    pub parameter: String,
    pub a: Value,
    /// Who stated it.
    pub a_from: Option<Origin>,
    pub b: Value,
    pub b_from: Option<Origin>,
}

/// A list of other entries, or of the same in another order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ListDiff {
    pub list: Part,
    /// Who stated it.
    pub a_from: Option<Origin>,
    pub b_from: Option<Origin>,
    /// Only in A.
    pub removed: Vec<Entry>,
    /// Only in B.
    pub added: Vec<Entry>,
    pub changed: Vec<EntryDiff>,
    /// What both have is in another order; never for a list whose order means nothing.
    pub reordered: bool,
    /// What A lists, in its order.
    pub a: Vec<String>,
    /// What B lists, in its order.
    pub b: Vec<String>,
}

/// An entry that says something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EntryDiff {
    pub key: String,
    pub fields: Vec<FieldDiff>,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FieldDiff {
    pub field: String,
    pub a: String,
    pub b: String,
}

impl Diff {
    /// What `b` states differently from `a`. Values are compared as they are in force, so a confidence floor that follows
    /// the champion equals one that is set to the same.
    pub fn between(a: &Version, b: &Version) -> Diff {
        let parameter = |name: &&String| {
            let (in_a, in_b) = (a.parameter(name), b.parameter(name));
            (in_a != in_b).then(|| ParameterDiff {
                parameter: (*name).clone(),
                a: in_a,
                a_from: a.origin(name).cloned(),
                b: in_b,
                b_from: b.origin(name).cloned(),
            })
        };
        let known = Catalogue::of_both(a, b);
        let names: BTreeSet<&String> =
            known.parameters.keys().chain(a.parameters.keys()).chain(b.parameters.keys()).collect();
        Diff {
            parameters: names.iter().filter_map(parameter).collect(),
            lists: Part::ALL.into_iter().filter_map(|part| ListDiff::between(part, a, b)).collect(),
        }
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty() && self.lists.is_empty()
    }
}

impl ListDiff {
    /// What `b` lists differently from `a`; none where nothing is.
    pub fn between(list: Part, a: &Version, b: &Version) -> Option<ListDiff> {
        let (in_a, in_b) = (a.entries(list), b.entries(list));
        let keys = |entries: &[Entry]| entries.iter().map(|entry| entry.key.clone()).collect::<Vec<_>>();
        let (a_keys, b_keys) = (keys(&in_a), keys(&in_b));
        let pair = |entry: &Entry| Some((in_a.iter().find(|other| other.key == entry.key)?.clone(), entry.clone()));
        let diff = ListDiff {
            list,
            a_from: a.provenance.list(list).cloned(),
            b_from: b.provenance.list(list).cloned(),
            removed: in_a.iter().filter(|entry| !b_keys.contains(&entry.key)).cloned().collect(),
            added: in_b.iter().filter(|entry| !a_keys.contains(&entry.key)).cloned().collect(),
            changed: in_b.iter().filter_map(pair).filter_map(|(a, b)| EntryDiff::between(&a, &b)).collect(),
            reordered: list.is_ordered() && common(&a_keys, &b_keys) != common(&b_keys, &a_keys),
            a: a_keys,
            b: b_keys,
        };
        let differs = diff.reordered || !(diff.removed.is_empty() && diff.added.is_empty() && diff.changed.is_empty());
        differs.then_some(diff)
    }
}

impl EntryDiff {
    fn between(a: &Entry, b: &Entry) -> Option<EntryDiff> {
        let field = |field: &super::Field| {
            let (in_a, in_b) = (a.field(field.name).to_owned(), field.value.clone());
            (in_a != in_b).then(|| FieldDiff { field: field.name.to_owned(), a: in_a, b: in_b })
        };
        let fields: Vec<FieldDiff> = b.fields.iter().filter_map(field).collect();
        (!fields.is_empty()).then(|| EntryDiff { key: b.key.clone(), fields })
    }
}

impl fmt::Display for EntryDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = |field: &FieldDiff| format!("{} {} -> {}", field.field, field.a, field.b);
        write!(f, "{} {}", self.key, self.fields.iter().map(field).collect::<Vec<_>>().join(", "))
    }
}

impl fmt::Display for ListDiff {
    /// From A to B in words: `without cold_snap; with dual_agree; high_edge hit_rate 43.8 -> 50; in another order`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = |entries: &[Entry]| entries.iter().map(|entry| entry.key.as_str()).collect::<Vec<_>>().join(", ");
        let mut parts = Vec::new();
        if !self.removed.is_empty() {
            parts.push(format!("without {}", keys(&self.removed)));
        }
        if !self.added.is_empty() {
            parts.push(format!("with {}", keys(&self.added)));
        }
        parts.extend(self.changed.iter().map(EntryDiff::to_string));
        if self.reordered {
            parts.push("in another order".to_owned());
        }
        f.write_str(&parts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SHIPPED, shipped};
    use super::*;

    fn between(a: &str, b: &str) -> Diff {
        Diff::between(&shipped(a).unwrap(), &shipped(b).unwrap())
    }

    fn words(diff: &Diff) -> Vec<String> {
        let parameters =
            diff.parameters.iter().map(|change| format!("{} {} -> {}", change.parameter, change.a, change.b));
        parameters.chain(diff.lists.iter().map(|list| format!("{}: {list}", list.list))).collect()
    }

    #[test]
    fn only_what_differs_is_in_it() {
        for id in SHIPPED.iter() {
            assert!(between(id, id).is_empty());
        }
        assert_eq!(words(&between("v314", "v316")), ["under_max_edge_line off -> 25"]);
        let expected = [
            "rest_advantage_2d.max_weeks off -> 15",
            "signals: without minutes_surge, cold_snap",
            "combos: without edge_spread_optimal+high_edge+minutes_surge, high_edge+minutes_surge, cold_snap",
            "document: with season",
        ];
        assert_eq!(words(&between("v314", "v318")), expected);
    }

    #[test]
    fn changed_entries_and_orders_are_told_apart() {
        let expected = [
            "candidates champion -> all",
            "line_drop 3 -> 2",
            "line_jump 3 -> 2",
            "defects: without player_blacklist, direction_health",
        ];
        assert_eq!(words(&between("v298", "v307")), expected);
        let combos = ListDiff::between(Part::Combos, &shipped("v297").unwrap(), &shipped("v298").unwrap()).unwrap();
        assert_eq!(combos.to_string(), "prop_line_drop_over hit_rate 79.1 -> 71.6");
        let filters = ListDiff::between(Part::Filters, &shipped("v296").unwrap(), &shipped("v297").unwrap()).unwrap();
        assert_eq!(filters.to_string(), "with edge_floor, under_edge_cap; in another order");
        let families =
            ListDiff::between(Part::Families, &shipped("v307").unwrap(), &shipped("v307q").unwrap()).unwrap();
        assert_eq!(
            families.to_string(),
            "with v9_mae (2); v12_mae system_id catboost_v12 -> catboost_v12...; in another order"
        );
    }

    #[test]
    fn a_difference_says_who_stated_each_side() {
        let diff = between("v307", "v318");
        let quality = diff.parameters.iter().find(|change| change.parameter == "feature_quality").unwrap();
        let from = |origin: &Option<Origin>| origin.as_ref().unwrap().to_string();
        assert_eq!((from(&quality.a_from), from(&quality.b_from)), ("v307".to_owned(), "v307q".to_owned()));
    }

    #[test]
    fn what_is_in_force_is_compared() {
        let v307 = shipped("v307").unwrap();
        let mut same = v307.clone();
        same.set("confidence_floor", "off").unwrap();
        assert!(Diff::between(&v307, &same).is_empty());
    }
}
