//! What the funnel of a slate says in words: why nothing was picked, and what hangs on the combo registry's order.

use std::collections::BTreeMap;

use super::slate::{self, Judged};
use crate::count::{counted, either};
use crate::snapshot::breach::Breach;
use crate::version::{Cap, Version};

const PREDICTIONS: &str = "player_prop_predictions";
const EDGE_FLOOR: &str = "edge_floor";
const ANTI_PATTERN_FILTER: &str = "anti_pattern";
const ANTI_PATTERN: &str = "ANTI_PATTERN";

/// The findings about a slate, the most important first.
pub fn of(candidates: &[Judged], version: &Version, breaches: &[Breach]) -> Vec<String> {
    if candidates.is_empty() {
        return vec![no_candidate(breaches)];
    }
    let all: Vec<&Judged> = candidates.iter().collect();
    let mut findings = Vec::new();
    if passed(&all) == 0 {
        findings.push(nothing_passed("no pick", "candidate", &all, version));
    } else {
        for side in ["OVER", "UNDER"] {
            let of_side: Vec<&Judged> =
                candidates.iter().filter(|candidate| candidate.recommendation == side).collect();
            if !of_side.is_empty() && passed(&of_side) == 0 {
                findings.push(nothing_passed(&format!("no {side} is picked"), side, &of_side, version));
            }
        }
    }
    findings.extend(by_order(&all));
    for step in slate::caps(candidates, version).iter().filter(|step| step.refused > 0) {
        let (refused, most) = (step.refused, step.most);
        findings.push(match step.cap {
            Cap::Slate => {
                let lie = either(refused, "lies", "lie");
                format!("{refused} that no filter blocks {lie} beyond the cap of {most}")
            }
            cap => {
                let are = either(refused, "is", "are");
                format!("{refused} that no filter blocks {are} left out by the cap of {most} a {cap}")
            }
        });
    }
    findings
}

/// Where predictions count for nothing since they break the contract, that may be why.
fn no_candidate(breaches: &[Breach]) -> String {
    let left_out: Vec<String> = breaches
        .iter()
        .filter(|breach| breach.table == PREDICTIONS && breach.is_grave())
        .map(|breach| breach.message.clone())
        .collect();
    match left_out.as_slice() {
        [] => "no candidate: no model that bids in this version has a prediction with a sportsbook's line".to_owned(),
        left_out => format!("no candidate, but predictions of the snapshot were left out: {}", left_out.join("; ")),
    }
}

fn passed(candidates: &[&Judged]) -> usize {
    candidates.iter().filter(|candidate| candidate.failing.is_empty()).count()
}

/// Why none of `candidates` passed: which filters block those with enough edge.
fn nothing_passed(what: &str, noun: &str, candidates: &[&Judged], version: &Version) -> String {
    let floor = version.filters.iter().any(|filter| filter == EDGE_FLOOR).then(|| version.parameter("min_edge"));
    let floor = floor.filter(|floor| *floor != crate::version::Value::Off);
    let enough: Vec<&Judged> = candidates.iter().copied().filter(|judged| !judged.is_blocked_by(EDGE_FLOOR)).collect();
    let in_all = counted(candidates.len(), noun);
    let (of, whole) = match (&floor, enough.len()) {
        (Some(floor), 0) => {
            let largest = candidates.iter().filter_map(|judged| judged.abs_edge).max().unwrap_or_default();
            return format!(
                "{what}: none of {in_all} reaches the edge floor of {floor}; the largest edge is {largest}"
            );
        }
        (Some(floor), n) => (format!("{n} of {in_all} {} the edge floor of {floor}", either(n, "reaches", "reach")), n),
        (None, n) => (format!("there {} {in_all}", either(n, "is", "are")), n),
    };
    let mut blockers: Vec<(&str, usize, usize)> = version
        .filters
        .iter()
        .map(|filter| {
            let blocked = enough.iter().filter(|judged| judged.is_blocked_by(filter));
            let alone = blocked.clone().filter(|judged| judged.failing.len() == 1).count();
            (filter.as_str(), blocked.count(), alone)
        })
        .filter(|(_, blocked, _)| *blocked > 0)
        .collect();
    // The sort is stable: of filters that block as many, the version's order stays.
    blockers.sort_by_key(|(_, blocked, _)| std::cmp::Reverse(*blocked));
    match blockers.as_slice() {
        [(filter, blocked, alone), ..] if *blocked == whole => {
            let every = either(whole, "it is", "every one of them is");
            format!("{what}: {of}, and {every} blocked by {filter} ({alone} by nothing else)")
        }
        several => {
            let each: Vec<String> = several.iter().map(|(filter, blocked, _)| format!("{filter} {blocked}")).collect();
            format!("{what}: {of}, and no filter alone accounts for that; blocked are {}", each.join(", "))
        }
    }
}

/// How many of anti_pattern's matches only the registry's order made.
fn by_order(candidates: &[&Judged]) -> Option<String> {
    let blocked: Vec<&&Judged> = candidates.iter().filter(|judged| judged.is_blocked_by(ANTI_PATTERN_FILTER)).collect();
    let mut instead: BTreeMap<&str, usize> = BTreeMap::new();
    let combos = blocked.iter().filter_map(|judged| judged.combo.as_ref());
    for combo in
        combos.filter(|combo| combo.by_order && combo.alternative_classification.as_deref() != Some(ANTI_PATTERN))
    {
        *instead.entry(combo.alternative.as_deref().unwrap_or_default()).or_default() += 1;
    }
    let hanging: usize = instead.values().sum();
    let names: Vec<String> = instead.iter().map(|(combo, matches)| format!("{combo} {matches}")).collect();
    match (blocked.len(), hanging) {
        (0, _) => None,
        (n, 0) => Some(format!(
            "{ANTI_PATTERN_FILTER} blocks {}; none of the matches hangs on the combo registry's order",
            counted(n, "candidate")
        )),
        (n, hanging) => Some(format!(
            "{ANTI_PATTERN_FILTER} blocks {}; {hanging} of the matches {} on the combo registry's order alone: another entry of \
             the same size, no anti-pattern, matches as well ({})",
            counted(n, "candidate"),
            either(hanging, "hangs", "hang"),
            names.join(", ")
        )),
    }
}
