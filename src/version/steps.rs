//! The steps of the pipeline in which two versions differ, and taking over one of them.
//!
//! The steps part all that a version states: every parameter and every entry of a list belongs to exactly one, so a
//! version that takes over each step of another in which they differ states the same as the other.

use std::fmt;

use super::catalogue::{Stage, catalogue};
use super::diff::ListDiff;
use super::order::{arrange, common, merge, take_member};
use super::{CONFIDENCE_FLOOR, Defect, Part, Version};

/// A step in which two versions differ, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub kind: Kind,
    /// From the one to the other, in words.
    change: String,
}

impl fmt::Display for Step {
    /// Such as `filter line_jumped_under: 2 -> 3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.change)
    }
}

/// A step of the pipeline, in the pipeline's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Which model is the best-bets model.
    Champion,
    /// Whose predictions become candidates.
    Candidates,
    /// Which system_ids belong to which family.
    Families,
    /// Which of several models with the same edge is the source.
    Tie,
    /// How much each model's edges weigh when the source is chosen.
    SourceWeight,
    /// How the features are computed.
    Features,
    /// Whether the version has a signal, and the signal's thresholds.
    Signal(String),
    /// A threshold that several signals compare with.
    SharedThreshold(String),
    SignalOrder,
    Combos,
    /// Whether the version asks a filter, its threshold and all that says what is compared with it.
    Filter(String),
    /// Which filter is the reason when several block. It turns no pick.
    FilterOrder,
    /// Who votes in the consensus, and the bonus.
    Consensus,
    /// What the signals weigh in the composite score.
    SignalHealth,
    Score,
    Cap,
    /// What is said of candidates and slates beside the decision. What only a composite score reads (consensus, signal
    /// health), what only several models need (families) and how models would be weighed belong here between versions
    /// that have none of it.
    Annotations,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Champion => f.write_str("best-bets model"),
            Kind::Candidates => f.write_str("candidates"),
            Kind::Families => f.write_str("model families"),
            Kind::Tie => f.write_str("tie of the best model"),
            Kind::SourceWeight => f.write_str("weight of the models"),
            Kind::Features => f.write_str("features"),
            Kind::Signal(name) => write!(f, "signal {name}"),
            Kind::SharedThreshold(name) => write!(f, "signals' {name}"),
            Kind::SignalOrder => f.write_str("signal order"),
            Kind::Combos => f.write_str("combo registry"),
            Kind::Filter(name) => write!(f, "filter {name}"),
            Kind::FilterOrder => f.write_str("filter order"),
            Kind::Consensus => f.write_str("consensus"),
            Kind::SignalHealth => f.write_str("signal health"),
            Kind::Score => f.write_str("score"),
            Kind::Cap => f.write_str("cap"),
            Kind::Annotations => f.write_str("annotations"),
        }
    }
}

impl Kind {
    /// A short name for ids, without spaces.
    fn slug(&self) -> String {
        match self {
            Kind::Champion => "champion".to_owned(),
            Kind::Families => "families".to_owned(),
            Kind::Tie => "tie".to_owned(),
            Kind::SourceWeight => "source_weight".to_owned(),
            Kind::SharedThreshold(name) | Kind::Signal(name) | Kind::Filter(name) => name.clone(),
            Kind::Combos => "combos".to_owned(),
            other => other.to_string().replace(' ', "_"),
        }
    }

    /// Whether the step can turn a pick; else it only names another reason or says more.
    pub fn turns_picks(&self) -> bool {
        !matches!(self, Kind::FilterOrder | Kind::Annotations)
    }

    /// Whether the step can turn a decision of either version. One that cannot belongs to the annotations.
    fn decides(&self, a: &Version, b: &Version) -> bool {
        let composite = a.scores_composite() || b.scores_composite();
        match self {
            Kind::Consensus | Kind::SignalHealth => composite,
            Kind::SourceWeight => {
                (a.takes_all_families() || b.takes_all_families()) && (a.has_source_weight() || b.has_source_weight())
            }
            Kind::Families => composite || a.takes_all_families() || b.takes_all_families(),
            _ => true,
        }
    }
}

/// The steps in which `a` and `b` differ, in the pipeline's order, each described from `a` to `b`. Taking over all of them
/// from `b` ([`with_step`]) makes `a` state, and so decide, the same as `b`; in whatever sequence.
pub fn steps_between(a: &Version, b: &Version) -> Vec<Step> {
    let differs = |kind: &Kind| Content::of(kind, a, b).differs(a, b);
    let step = |kind: Kind| Step { change: change(&kind, a, b), kind };
    kinds(a, b).into_iter().filter(|kind| kind.decides(a, b)).filter(differs).map(step).collect()
}

/// `base` with one step taken over from `from`; its id is that of `base` with the step's name behind it.
pub fn with_step(base: &Version, step: &Step, from: &Version) -> Version {
    let mut version = Content::of(&step.kind, base, from).taken_over(base, from);
    version.id = format!("{}+{}", base.id, step.kind.slug());
    version
}

/// Every step, in the pipeline's order; signals and filters in the order of `b`, those of `a` alone where `a` has them.
fn kinds(a: &Version, b: &Version) -> Vec<Kind> {
    let shared = |name: &&String| catalogue().signals_with(name).count() > 1;
    let all = |list: Vec<String>, known: Vec<&String>| {
        let unlisted: Vec<String> = known.into_iter().filter(|name| !list.contains(name)).cloned().collect();
        list.into_iter().chain(unlisted)
    };
    let signals = all(merge(&b.signals, &a.signals), catalogue().signals.keys().collect());
    let filters = all(merge(&b.filters, &a.filters), catalogue().filters.keys().collect());
    let mut kinds =
        vec![Kind::Champion, Kind::Candidates, Kind::Families, Kind::Tie, Kind::SourceWeight, Kind::Features];
    kinds.extend(signals.map(Kind::Signal));
    kinds.extend(catalogue().parameters.keys().filter(shared).cloned().map(Kind::SharedThreshold));
    kinds.extend([Kind::SignalOrder, Kind::Combos]);
    kinds.extend(filters.map(Kind::Filter));
    kinds.extend([Kind::FilterOrder, Kind::Consensus, Kind::SignalHealth, Kind::Score, Kind::Cap, Kind::Annotations]);
    kinds
}

/// What belongs to a step.
#[derive(Default)]
struct Content {
    parameters: Vec<&'static str>,
    /// Whole lists.
    lists: Vec<Part>,
    /// An entry of the signals or the filters.
    member: Option<(Part, String)>,
    /// The order of the signals or the filters.
    order: Option<Part>,
    defect: Option<Defect>,
}

impl Content {
    /// What belongs to a step between `a` and `b`, whichever way.
    fn of(kind: &Kind, a: &Version, b: &Version) -> Content {
        let mut content = Content::of_kind(kind);
        if *kind == Kind::Annotations {
            let idle = [Kind::Families, Kind::SourceWeight, Kind::Consensus, Kind::SignalHealth];
            for kind in idle.iter().filter(|kind| !kind.decides(a, b)) {
                let also = Content::of_kind(kind);
                content.parameters.extend(also.parameters);
                content.lists.extend(also.lists);
            }
        }
        content
    }

    fn of_kind(kind: &Kind) -> Content {
        let stage = |stage| Content { parameters: of_stage(stage), ..Content::default() };
        let lists = |content: Content, lists: &[Part]| Content { lists: lists.to_vec(), ..content };
        match kind {
            Kind::Champion => stage(Stage::Champion),
            Kind::Candidates => stage(Stage::Candidates),
            Kind::Families => lists(Content::default(), &[Part::Families]),
            Kind::Tie => stage(Stage::Tie),
            Kind::SourceWeight => stage(Stage::SourceWeight),
            Kind::Features => stage(Stage::Features),
            Kind::Signal(name) => Content {
                parameters: parameters(|parameter| catalogue().signals_with(parameter).eq([name.as_str()])),
                member: Some((Part::Signals, name.clone())),
                ..Content::default()
            },
            Kind::SharedThreshold(name) => {
                Content { parameters: parameters(|parameter| parameter == name), ..Content::default() }
            }
            Kind::SignalOrder => Content { order: Some(Part::Signals), ..Content::default() },
            Kind::Combos => lists(Content::default(), &[Part::Combos]),
            Kind::Filter(name) => Content {
                parameters: parameters(|parameter| catalogue().filters_with(parameter).any(|filter| filter == name)),
                lists: if name == CONFIDENCE_FLOOR { vec![Part::ConfidenceFloors] } else { Vec::new() },
                member: Some((Part::Filters, name.clone())),
                defect: (name == Defect::PlayerBlacklist.name()).then_some(Defect::PlayerBlacklist),
                order: None,
            },
            Kind::FilterOrder => Content { order: Some(Part::Filters), ..Content::default() },
            Kind::Consensus => stage(Stage::Consensus),
            Kind::SignalHealth => lists(stage(Stage::SignalHealth), &[Part::ModelDependent]),
            Kind::Score => stage(Stage::Score),
            Kind::Cap => stage(Stage::Cap),
            Kind::Annotations => {
                Content { defect: Some(Defect::DirectionHealth), ..lists(stage(Stage::Annotations), &[Part::Document]) }
            }
        }
    }

    fn differs(&self, a: &Version, b: &Version) -> bool {
        let is_member = |version: &Version, (part, name): &(Part, String)| members(version, *part).contains(name);
        let in_order = |part: Part| {
            let (in_a, in_b) = (members(a, part), members(b, part));
            common(in_a, in_b) == common(in_b, in_a)
        };
        self.parameters.iter().any(|name| a.parameters.get(*name) != b.parameters.get(*name))
            || self.lists.iter().any(|part| list_differs(*part, a, b))
            || self.member.as_ref().is_some_and(|member| is_member(a, member) != is_member(b, member))
            || self.order.is_some_and(|part| !in_order(part))
            || self.defect.is_some_and(|defect| a.works(defect) != b.works(defect))
    }

    fn taken_over(&self, base: &Version, from: &Version) -> Version {
        let mut version = base.clone();
        for name in &self.parameters {
            match from.parameters.get(*name) {
                Some(value) => version.parameters.insert((*name).to_owned(), value.clone()),
                None => version.parameters.remove(*name),
            };
            version.provenance.note_parameter(name, from.provenance.parameter(name).cloned());
        }
        for part in &self.lists {
            take_list(*part, &mut version, from);
            version.provenance.note_list(*part, from.provenance.list(*part).cloned());
        }
        if let Some((part, name)) = &self.member {
            take_member(members_mut(&mut version, *part), name, members(from, *part));
        }
        if let Some(part) = self.order {
            arrange(members_mut(&mut version, part), members(from, part));
        }
        if let Some(defect) = self.defect {
            take_member(&mut version.defects, &defect, &from.defects);
        }
        // A list that is now the other's is stated by whoever stated that.
        let parts = self.member.iter().map(|(part, _)| *part).chain(self.order);
        for part in parts.chain(self.defect.map(|_| Part::Defects)) {
            if version.entries(part) == from.entries(part) {
                version.provenance.note_list(part, from.provenance.list(part).cloned());
            }
        }
        version
    }
}

fn list_differs(part: Part, a: &Version, b: &Version) -> bool {
    match part {
        Part::Families => a.families != b.families,
        Part::Combos => a.combos != b.combos,
        Part::ConfidenceFloors => a.confidence_floors != b.confidence_floors,
        Part::ModelDependent => a.model_dependent != b.model_dependent,
        Part::Document => a.document != b.document,
        Part::Signals => a.signals != b.signals,
        Part::Filters => a.filters != b.filters,
        Part::Defects => a.defects != b.defects,
    }
}

fn take_list(part: Part, version: &mut Version, from: &Version) {
    match part {
        Part::Families => version.families.clone_from(&from.families),
        Part::Combos => version.combos.clone_from(&from.combos),
        Part::ConfidenceFloors => version.confidence_floors.clone_from(&from.confidence_floors),
        Part::ModelDependent => version.model_dependent.clone_from(&from.model_dependent),
        Part::Document => version.document.clone_from(&from.document),
        Part::Signals => version.signals.clone_from(&from.signals),
        Part::Filters => version.filters.clone_from(&from.filters),
        Part::Defects => version.defects.clone_from(&from.defects),
    }
}

fn parameters(wanted: impl Fn(&str) -> bool) -> Vec<&'static str> {
    catalogue().parameters.keys().map(String::as_str).filter(|name| wanted(name)).collect()
}

fn of_stage(stage: Stage) -> Vec<&'static str> {
    let of_stage = |(_, parameter): &(&String, &super::catalogue::Parameter)| parameter.stage == Some(stage);
    catalogue().parameters.iter().filter(of_stage).map(|(name, _)| name.as_str()).collect()
}

/// The signals, or else the filters.
fn members(version: &Version, part: Part) -> &[String] {
    if part == Part::Signals { &version.signals } else { &version.filters }
}

fn members_mut(version: &mut Version, part: Part) -> &mut Vec<String> {
    if part == Part::Signals { &mut version.signals } else { &mut version.filters }
}

/// How a step differs, in words.
fn change(kind: &Kind, a: &Version, b: &Version) -> String {
    match kind {
        Kind::Champion | Kind::Candidates | Kind::Tie | Kind::Score | Kind::Cap | Kind::SharedThreshold(_) => {
            let changes = changes(&Content::of(kind, a, b).parameters, a, b);
            changes.into_iter().map(|(_, change)| change).collect::<Vec<_>>().join(", ")
        }
        Kind::Signal(name) => signal(name, a, b),
        Kind::Filter(name) => filter(name, a, b),
        Kind::SignalOrder => b.signals.join(", "),
        Kind::FilterOrder => b.filters.join(", "),
        Kind::Families
        | Kind::Combos
        | Kind::SourceWeight
        | Kind::Features
        | Kind::Consensus
        | Kind::SignalHealth
        | Kind::Annotations => {
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
fn changes(names: &[&'static str], a: &Version, b: &Version) -> Vec<(&'static str, String)> {
    let value = |version: &Version, name: &str| match version.parameters.get(name) {
        Some(value) => value.to_string(),
        None => "by champion".to_owned(),
    };
    let differing = names.iter().filter(|name| a.parameters.get(**name) != b.parameters.get(**name));
    differing.map(|name| (*name, format!("{} -> {}", value(a, name), value(b, name)))).collect()
}

/// The parameters that differ, by name without `prefix`.
fn named(names: &[&'static str], prefix: &str, a: &Version, b: &Version) -> Vec<String> {
    let words =
        |(name, change): (&'static str, String)| format!("{} {change}", name.strip_prefix(prefix).unwrap_or(name));
    changes(names, a, b).into_iter().map(words).collect()
}

fn signal(name: &str, a: &Version, b: &Version) -> String {
    let has = |version: &Version| version.signals.iter().any(|signal| signal == name);
    let content = Content::of_kind(&Kind::Signal(name.to_owned()));
    let mut words = match (has(a), has(b)) {
        (false, true) => vec!["added".to_owned()],
        (true, false) => vec!["removed".to_owned()],
        (true, true) => Vec::new(),
        (false, false) => vec!["in neither version".to_owned()],
    };
    words.extend(named(&content.parameters, &format!("{name}."), a, b));
    words.join(", ")
}

fn filter(name: &str, a: &Version, b: &Version) -> String {
    let has = |version: &Version| version.filters.iter().any(|filter| filter == name);
    let content = Content::of_kind(&Kind::Filter(name.to_owned()));
    if !has(a) && !has(b) {
        let changes = named(&content.parameters, "", a, b);
        return ["in neither version".to_owned()].into_iter().chain(changes).collect::<Vec<_>>().join(", ");
    }
    let known = &catalogue().filters[name];
    let threshold = |version: &Version| match &known.parameter {
        _ if !has(version) => "off".to_owned(),
        Some(parameter) => version.parameter(parameter).to_string(),
        None => "on".to_owned(),
    };
    let mut words = Vec::new();
    if threshold(a) != threshold(b) {
        words.push(format!("{} -> {}", threshold(a), threshold(b)));
    }
    let companions: Vec<&'static str> = known.companions.iter().map(String::as_str).collect();
    words.extend(named(&companions, "", a, b));
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::{SHIPPED, shipped};
    use super::*;

    fn versions() -> Vec<Version> {
        SHIPPED.iter().map(|id| shipped(id).unwrap()).collect()
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
            let kinds = kinds(a, b);
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
        let versions = versions();
        for a in &versions {
            for b in &versions {
                let steps = steps_between(a, b);
                assert_eq!(steps.is_empty(), a.states_the_same(b), "{} and {}", a.id, b.id);
                for taken in [take_over(a, &steps, b), take_over(a, steps.iter().rev(), b)] {
                    assert!(taken.states_the_same(b), "{} to {}: {:?}", a.id, b.id, words(&taken, b));
                    for (name, value) in &b.parameters {
                        let stated_by = if a.parameters.get(name) == Some(value) { a } else { b };
                        assert_eq!(taken.origin(name), stated_by.origin(name), "{} to {}: {name}", a.id, b.id);
                    }
                    let parts = Part::ALL.into_iter().filter(|part| list_differs(*part, a, b));
                    for part in parts {
                        assert_eq!(
                            taken.provenance.list(part),
                            b.provenance.list(part),
                            "{} to {}: {part}",
                            a.id,
                            b.id
                        );
                    }
                    assert_eq!(taken.algorithm_version, a.algorithm_version);
                }
            }
        }
    }

    #[test]
    fn one_step_taken_over_is_one_step_less_between_them() {
        let versions = versions();
        for a in &versions {
            for b in &versions {
                let steps = steps_between(a, b);
                for step in &steps {
                    let closer = with_step(a, step, b);
                    assert!(steps_between(&closer, b).iter().all(|left| left.kind != step.kind), "{step}");
                    assert!(!closer.states_the_same(a), "{step}");
                }
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
}
