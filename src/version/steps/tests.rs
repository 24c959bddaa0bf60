use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::version::catalogue::catalogue;
use crate::version::{SHIPPED, shipped};

fn versions() -> Vec<Version> {
    SHIPPED.iter().map(|id| shipped(id).unwrap()).collect()
}

/// Every two versions, both ways.
fn pairs() -> Vec<(Version, Version)> {
    let versions = versions();
    versions.iter().flat_map(|a| versions.iter().map(|b| (a.clone(), b.clone()))).collect()
}

fn words(a: &Version, b: &Version) -> Vec<String> {
    steps_between(a, b).iter().map(Step::to_string).collect()
}

fn take_over<'s>(base: &Version, steps: impl IntoIterator<Item = &'s Step>, from: &Version) -> Version {
    steps.into_iter().fold(base.clone(), |version, step| with_step(&version, step, from))
}

#[test]
fn every_parameter_and_list_belongs_to_exactly_one_step() {
    let versions = versions();
    // One pair that scores by the edge with the champion alone, one that does neither.
    for (a, b) in [("v297", "v298"), ("v296", "v318")] {
        let [a, b] = [a, b].map(|id| versions.iter().find(|version| version.id == id).unwrap());
        let kinds = kinds(&Catalogue::of_both(a, b), a, b);
        let contents: Vec<Content> =
            kinds.iter().filter(|kind| kind.decides(a, b)).map(|kind| Content::of(kind, a, b)).collect();
        let mut owners = BTreeMap::<String, usize>::new();
        for content in &contents {
            let lists = content.lists.iter().map(|part| part.key().to_owned());
            let orders = content.order.iter().map(|part| format!("order of {part}"));
            let members = content.member.iter().map(|(part, name)| format!("{part} {name}"));
            let defects = content.defect.iter().map(|defect| format!("defect {}", defect.name()));
            let parameters = content.parameters.iter().map(|name| format!("parameter {name}"));
            for owned in lists.chain(orders).chain(members).chain(defects).chain(parameters) {
                *owners.entry(owned).or_default() += 1;
            }
        }
        assert!(owners.values().all(|count| *count == 1), "{owners:?}");
        let of_parts = Part::ALL.iter().filter(|part| {
            !matches!(part, Part::Signals | Part::Filters | Part::Defects) && !owners.contains_key(part.key())
        });
        assert_eq!(of_parts.count(), 0);
        let count = |prefix: &str| owners.keys().filter(|owned| owned.starts_with(prefix)).count();
        assert_eq!(count("parameter "), catalogue().parameters.len());
        assert_eq!(count("signals "), catalogue().signals.len());
        assert_eq!(count("filters "), catalogue().filters.len());
        assert_eq!((count("order "), count("defect ")), (2, Defect::ALL.len()));
    }
}

#[test]
fn taking_over_every_step_makes_any_version_any_other() {
    for (a, b) in &pairs() {
        let steps = steps_between(a, b);
        assert_eq!(steps.is_empty(), a.states_the_same(b), "{} and {}", a.id, b.id);
        for taken in [take_over(a, &steps, b), take_over(a, steps.iter().rev(), b)] {
            assert!(taken.states_the_same(b), "{} to {}: {:?}", a.id, b.id, words(&taken, b));
            for (name, value) in &b.parameters {
                let stated_by = if a.parameters.get(name) == Some(value) { a } else { b };
                assert_eq!(taken.origin(name), stated_by.origin(name), "{} to {}: {name}", a.id, b.id);
            }
            for part in Part::ALL.into_iter().filter(|part| list_differs(*part, a, b)) {
                assert_eq!(taken.provenance.list(part), b.provenance.list(part), "{} to {}: {part}", a.id, b.id);
            }
            assert_eq!(taken.algorithm_version, a.algorithm_version);
        }
    }
}

#[test]
fn one_step_taken_over_is_one_step_less_between_them() {
    for (a, b) in &pairs() {
        for step in &steps_between(a, b) {
            let closer = with_step(a, step, b);
            assert!(!Content::of(&step.kind, &closer, b).differs(&closer, b), "{step}");
            assert!(!closer.states_the_same(a), "{step}");
        }
    }
}

proptest! {
    #[test]
    fn the_steps_may_be_taken_over_in_any_sequence(
        a in 0..SHIPPED.len(),
        b in 0..SHIPPED.len(),
        sequence in Just((0..80_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let (a, b) = (shipped(SHIPPED[a]).unwrap(), shipped(SHIPPED[b]).unwrap());
        let steps = steps_between(&a, &b);
        let shuffled = sequence.iter().filter_map(|at| steps.get(*at));
        prop_assert!(take_over(&a, shuffled, &b).states_the_same(&b));
    }
}

#[test]
fn steps_name_filters_and_thresholds() {
    let said = |a: &str, b: &str| words(&shipped(a).unwrap(), &shipped(b).unwrap()).join("\n");
    insta::assert_snapshot!(said("v307", "v298"), @r"
    candidates: all -> champion
    filter player_blacklist: working -> empty as shipped
    filter line_jumped_under: 2 -> 3
    filter line_dropped_under: 2 -> 3
    annotations: direction_health working -> empty as shipped
    ");
    insta::assert_snapshot!(said("v307q", "v314"), @r"
    combo registry: without edge_spread_optimal+high_edge, high_edge
    filter confidence_floor: floors without catboost_v12
    annotations: document sections with filter_summary, edge_distribution
    ");
    insta::assert_snapshot!(said("v314", "v316"), @"filter under_edge_cap: under_max_edge_line off -> 25");
    insta::assert_snapshot!(said("v307", "v307q"), @r"
    model families: with v9_mae (2); v12_mae system_id catboost_v12 -> catboost_v12...; in another order
    tie of the best model: champion_first -> system_id_desc
    filter feature_quality: off -> 85, feature_quality_missing pass -> block
    ");
    insta::assert_snapshot!(said("v296", "v298"), @r"
    model families: with v9_low_vegas
    signal prop_line_drop_over: min_drop 3 -> 2
    signal book_disagreement: added
    combo registry: prop_line_drop_over hit_rate 79.1 -> 71.6
    filter edge_floor: off -> 5
    filter under_edge_cap: off -> 7
    filter order: player_blacklist, edge_floor, under_edge_cap, familiar_matchup, feature_quality, bench_under_line, line_jumped_under, line_dropped_under, neg_pm_streak_under, min_signals, confidence_floor, anti_pattern
    consensus: consensus_diversity_factor 1.3 -> 1
    score: composite -> edge
    cap: 5 -> off
    ");
    insta::assert_snapshot!(said("v284a", "v284b"), @r"
    filter rel_edge_cap: 0.3 -> off
    filter familiar_matchup: off -> 6
    annotations: document sections with direction_health
    ");
}

#[test]
fn steps_of_settings() {
    let v307 = shipped("v307").unwrap();
    let said = |settings: &[(&str, &str)]| {
        let mut other = v307.clone();
        settings.iter().for_each(|(name, value)| other.set(name, value).unwrap());
        assert!(take_over(&v307, &steps_between(&v307, &other), &other).states_the_same(&other));
        words(&v307, &other).join("\n")
    };
    insta::assert_snapshot!(said(&[("champion", "catboost_v12"), ("windows", "fixed"), ("cap", "5")]), @r"
    best-bets model: catboost_v9 -> catboost_v12
    features: windows faithful -> fixed
    cap: off -> 5
    ");
    // A side that is stated with the value that it had is no change.
    insta::assert_snapshot!(said(&[("min_edge.over", "5"), ("min_edge.under", "4")]), @"filter edge_floor: min_edge.under 5 -> 4");
    insta::assert_snapshot!(said(&[("confidence_floor", "off"), ("confidence_band", "off"), ("rel_edge_cap", "0.3")]), @r"
    signals' confidence_band: 0.88:0.9 -> off
    filter confidence_floor: confidence_floor by champion -> off
    filter rel_edge_cap: in neither version, rel_edge_cap off -> 0.3
    ");
    insta::assert_snapshot!(said(&[("health", "as-of"), ("direction_days", "7"), ("dual_agree.min_edge", "4")]), @r"
    signal dual_agree: in neither version, min_edge 3 -> 4
    annotations: direction_days 14 -> 7; health live -> as-of
    ");
    insta::assert_snapshot!(said(&[("health", "as-of"), ("score", "composite"), ("consensus_edge", "2")]), @r"
    consensus: consensus_edge 3 -> 2
    signal health: health live -> as-of
    score: edge -> composite
    ");
}
