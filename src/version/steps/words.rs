//! Steps in words.

use super::{Content, StepKind, list_differs, ranks_otherwise, redefines};
use crate::version::catalogue::Catalogue;
use crate::version::diff::ListDiff;
use crate::version::{CONFIDENCE_FLOOR, Defect, Part, SCORE, Version};

/// How a step differs, in words.
pub(super) fn change(kind: &StepKind, a: &Version, b: &Version) -> String {
    match kind {
        StepKind::Champion | StepKind::Candidates | StepKind::Tie | StepKind::SharedThreshold(_) => {
            let content = Content::of(kind, a, b);
            changes(&content.parameters, a, b).into_iter().map(|(_, change)| change).collect::<Vec<_>>().join(", ")
        }
        StepKind::Score => score(a, b),
        StepKind::Cap => {
            let content = Content::of(kind, a, b);
            let of_cap = |(name, change): (&str, String)| match name.strip_prefix("cap.") {
                Some(of) => format!("{of} {change}"),
                None => change,
            };
            changes(&content.parameters, a, b).into_iter().map(of_cap).collect::<Vec<_>>().join(", ")
        }
        StepKind::Signal(name) => signal(name, a, b),
        StepKind::Filter(name) => filter(name, a, b),
        StepKind::SignalOrder => b.signals.join(", "),
        StepKind::FilterOrder => b.filters.join(", "),
        StepKind::Families
        | StepKind::Combos
        | StepKind::SourceWeight
        | StepKind::Gate
        | StepKind::Features
        | StepKind::Consensus
        | StepKind::SignalHealth
        | StepKind::Annotations => {
            let content = Content::of(kind, a, b);
            let mut words = named(&content.parameters, "", a, b);
            let is_only_a_list = content.parameters.is_empty() && content.lists.len() == 1;
            for part in content.lists.iter().filter(|part| list_differs(**part, a, b)) {
                let change =
                    ListDiff::between(*part, a, b).map_or("in another order".to_owned(), |diff| diff.to_string());
                words.push(if is_only_a_list { change } else { format!("{} {change}", part.title().to_lowercase()) });
            }
            if let Some(defect) = content.defect.filter(|defect| a.works(*defect) != b.works(*defect)) {
                words.push(format!("{} {} -> {}", defect.name(), shipping(a, defect), shipping(b, defect)));
            }
            words.join("; ")
        }
    }
}

/// The parameters that differ, and how: `2 -> 3`.
fn changes<'n>(names: &'n [String], a: &Version, b: &Version) -> Vec<(&'n str, String)> {
    let value = |version: &Version, name: &str| match version.parameters.get(name) {
        Some(value) => value.to_string(),
        None if name == CONFIDENCE_FLOOR => "by champion".to_owned(),
        None => version.parameter(name).to_string(),
    };
    let differing = names.iter().filter(|name| a.parameters.get(*name) != b.parameters.get(*name));
    differing.map(|name| (name.as_str(), format!("{} -> {}", value(a, name), value(b, name)))).collect()
}

/// The parameters that differ, by name without `prefix`.
fn named(names: &[String], prefix: &str, a: &Version, b: &Version) -> Vec<String> {
    let words = |(name, change): (&str, String)| format!("{} {change}", name.strip_prefix(prefix).unwrap_or(name));
    changes(names, a, b).into_iter().map(words).collect()
}

fn score(a: &Version, b: &Version) -> String {
    let content = Content::of(&StepKind::Score, a, b);
    let mut words = Vec::new();
    if ranks_otherwise(a, b) {
        words.push("defined otherwise".to_owned());
    }
    let of_score = |(name, change): (&str, String)| if name == SCORE { change } else { format!("{name} {change}") };
    words.extend(changes(&content.parameters, a, b).into_iter().map(of_score));
    words.join(", ")
}

fn signal(name: &str, a: &Version, b: &Version) -> String {
    let has = |version: &Version| version.signals.iter().any(|signal| signal == name);
    let content = Content::of(&StepKind::Signal(name.to_owned()), a, b);
    let mut words = match (has(a), has(b)) {
        (false, true) => vec!["added".to_owned()],
        (true, false) => vec!["removed".to_owned()],
        (true, true) => Vec::new(),
        (false, false) => vec!["in neither version".to_owned()],
    };
    if has(a) && has(b) && redefines(Part::Signals, name, a, b) {
        words.push("defined otherwise".to_owned());
    }
    words.extend(named(&content.parameters, &format!("{name}."), a, b));
    words.join(", ")
}

fn filter(name: &str, a: &Version, b: &Version) -> String {
    let has = |version: &Version| version.filters.iter().any(|filter| filter == name);
    let content = Content::of(&StepKind::Filter(name.to_owned()), a, b);
    if !has(a) && !has(b) {
        let changes = named(&content.parameters, "", a, b);
        return ["in neither version".to_owned()].into_iter().chain(changes).collect::<Vec<_>>().join(", ");
    }
    let catalogue = Catalogue::of_both(a, b);
    let Some(known) = catalogue.filters.get(name) else { return String::new() };
    let threshold = |version: &Version| match &known.parameter {
        _ if !has(version) => "off".to_owned(),
        Some(parameter) => version.parameter(parameter).to_string(),
        None => "on".to_owned(),
    };
    let mut words = Vec::new();
    if has(a) && has(b) && redefines(Part::Filters, name, a, b) {
        words.push("defined otherwise".to_owned());
    }
    if threshold(a) != threshold(b) {
        words.push(format!("{} -> {}", threshold(a), threshold(b)));
    }
    words.extend(named(&known.companions, "", a, b));
    // A side on which both have the same value turns nothing, whether stated or not.
    let is_side = |name: &&String| !catalogue.parameters.contains_key(*name) && a.parameter(name) != b.parameter(name);
    let sides: Vec<String> = content.parameters.iter().filter(is_side).cloned().collect();
    words.extend(named(&sides, "", a, b));
    if let Some(defect) = content.defect.filter(|defect| a.works(*defect) != b.works(*defect)) {
        words.push(format!("{} -> {}", shipping(a, defect), shipping(b, defect)));
    }
    if let Some(floors) = content.lists.iter().find_map(|part| ListDiff::between(*part, a, b)) {
        words.push(format!("floors {floors}"));
    }
    if has(a) != has(b) && words.is_empty() {
        // Switched off either way: by its threshold in the one, by not being asked at all in the other.
        let listed = |version: &Version| if has(version) { "listed" } else { "not listed" };
        words.push(format!("{} -> {}", listed(a), listed(b)));
    }
    if words.is_empty() {
        words = named(&content.parameters, "", a, b);
    }
    words.join(", ")
}

/// Whether a part works, in words.
fn shipping(version: &Version, defect: Defect) -> &'static str {
    if version.works(defect) { "working" } else { "empty as shipped" }
}
