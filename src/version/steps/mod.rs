//! The steps of the pipeline in which two versions differ, and taking over one of them.
//!
//! The steps part all that a version states: every parameter and every entry of a list belongs to exactly one, so a
//! version that takes over each step of another in which they differ states the same as the other.

#[cfg(test)]
mod tests;
mod words;

use std::fmt;
use std::sync::Arc;

use super::catalogue::{Catalogue, Stage};
use super::order::{arrange, common, merge, take_member};
use super::{CONFIDENCE_FLOOR, Defect, Part, SCORE, Side, Version};
use crate::definition::{Beside, Feature};

/// A step in which two versions differ, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub kind: StepKind,
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
pub enum StepKind {
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
    /// Which slates are closed.
    Gate,
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
    /// What the signals weigh in a score.
    SignalHealth,
    Score,
    Cap,
    /// What is said of candidates and slates beside the decision. What only some scores look at (consensus, signal
    /// health), what only several models need (families) and how models would be weighed belong here between versions
    /// that have none of it.
    Annotations,
}

impl fmt::Display for StepKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StepKind::Champion => f.write_str("best-bets model"),
            StepKind::Candidates => f.write_str("candidates"),
            StepKind::Gate => f.write_str("health gate"),
            StepKind::Families => f.write_str("model families"),
            StepKind::Tie => f.write_str("tie of the best model"),
            StepKind::SourceWeight => f.write_str("weight of the models"),
            StepKind::Features => f.write_str("features"),
            StepKind::Signal(name) => write!(f, "signal {name}"),
            StepKind::SharedThreshold(name) => write!(f, "signals' {name}"),
            StepKind::SignalOrder => f.write_str("signal order"),
            StepKind::Combos => f.write_str("combo registry"),
            StepKind::Filter(name) => write!(f, "filter {name}"),
            StepKind::FilterOrder => f.write_str("filter order"),
            StepKind::Consensus => f.write_str("consensus"),
            StepKind::SignalHealth => f.write_str("signal health"),
            StepKind::Score => f.write_str("score"),
            StepKind::Cap => f.write_str("cap"),
            StepKind::Annotations => f.write_str("annotations"),
        }
    }
}

impl StepKind {
    /// A short name for ids, without spaces.
    fn slug(&self) -> String {
        match self {
            StepKind::Champion => "champion".to_owned(),
            StepKind::Families => "families".to_owned(),
            StepKind::Tie => "tie".to_owned(),
            StepKind::SourceWeight => "source_weight".to_owned(),
            StepKind::SharedThreshold(name) | StepKind::Signal(name) | StepKind::Filter(name) => name.clone(),
            StepKind::Combos => "combos".to_owned(),
            other => other.to_string().replace(' ', "_"),
        }
    }

    /// Whether the step can turn a pick; else it only names another reason or says more.
    pub fn turns_picks(&self) -> bool {
        !matches!(self, StepKind::FilterOrder | StepKind::Annotations)
    }

    /// Whether the step can turn a decision of either version. One that cannot belongs to the annotations.
    fn decides(&self, a: &Version, b: &Version) -> bool {
        let looks_at = |beside| a.looks_at(beside) || b.looks_at(beside);
        match self {
            StepKind::Consensus => looks_at(Beside::Consensus),
            StepKind::SignalHealth => looks_at(Beside::SignalHealth),
            StepKind::SourceWeight => {
                (a.takes_all_families() || b.takes_all_families()) && (a.has_source_weight() || b.has_source_weight())
            }
            StepKind::Families => looks_at(Beside::Consensus) || a.takes_all_families() || b.takes_all_families(),
            _ => true,
        }
    }
}

/// The steps in which `a` and `b` differ, in the pipeline's order, each described from `a` to `b`. Taking over all of them
/// from `b` ([`with_step`]) makes `a` state, and so decide, the same as `b`; in whatever sequence.
pub fn steps_between(a: &Version, b: &Version) -> Vec<Step> {
    let known = Catalogue::of_both(a, b);
    let differs = |kind: &StepKind| Content::among(&known, kind, a, b).differs(a, b);
    let step = |kind: StepKind| Step { change: words::change(&kind, a, b), kind };
    kinds(&known, a, b).into_iter().filter(|kind| kind.decides(a, b)).filter(differs).map(step).collect()
}

/// `base` with one step taken over from `from`; its id is that of `base` with the step's name behind it.
pub fn with_step(base: &Version, step: &Step, from: &Version) -> Version {
    let mut version = Content::of(&step.kind, base, from).taken_over(base, from);
    version.id = format!("{}+{}", base.id, step.kind.slug());
    version
}

/// Every step, in the pipeline's order; signals and filters in the order of `b`, those of `a` alone where `a` has them.
/// `known` is what either can name.
fn kinds(known: &Catalogue, a: &Version, b: &Version) -> Vec<StepKind> {
    let shared = |name: &&String| known.signals_with(name).count() > 1;
    let all = |list: Vec<String>, known: Vec<&String>| {
        let unlisted: Vec<String> = known.into_iter().filter(|name| !list.contains(name)).cloned().collect();
        list.into_iter().chain(unlisted)
    };
    let signals = all(merge(&b.signals, &a.signals), known.signals.keys().collect());
    let filters = all(merge(&b.filters, &a.filters), known.filters.keys().collect());
    let mut kinds = vec![
        StepKind::Champion,
        StepKind::Candidates,
        StepKind::Families,
        StepKind::Tie,
        StepKind::SourceWeight,
        StepKind::Gate,
        StepKind::Features,
    ];
    kinds.extend(signals.map(StepKind::Signal));
    kinds.extend(known.parameters.keys().filter(shared).cloned().map(StepKind::SharedThreshold));
    kinds.extend([StepKind::SignalOrder, StepKind::Combos]);
    kinds.extend(filters.map(StepKind::Filter));
    kinds.extend([
        StepKind::FilterOrder,
        StepKind::Consensus,
        StepKind::SignalHealth,
        StepKind::Score,
        StepKind::Cap,
        StepKind::Annotations,
    ]);
    kinds
}

/// What belongs to a step.
#[derive(Default)]
struct Content {
    parameters: Vec<String>,
    /// Whole lists.
    lists: Vec<Part>,
    /// An entry of the signals or the filters.
    member: Option<(Part, String)>,
    /// The order of the signals or the filters.
    order: Option<Part>,
    defect: Option<Defect>,
    /// What the score is.
    score: bool,
}

impl Content {
    /// What belongs to a step between `a` and `b`, whichever way.
    fn of(kind: &StepKind, a: &Version, b: &Version) -> Content {
        Content::among(&Catalogue::of_both(a, b), kind, a, b)
    }

    /// The same, where it is known what either can name.
    fn among(known: &Catalogue, kind: &StepKind, a: &Version, b: &Version) -> Content {
        let mut content = Content::of_kind(kind, known);
        content.parameters.extend(Content::unnamed(kind, known, [a, b]));
        if *kind == StepKind::Annotations {
            let idle = [StepKind::Families, StepKind::SourceWeight, StepKind::Consensus, StepKind::SignalHealth];
            for kind in idle.iter().filter(|kind| !kind.decides(a, b)) {
                let also = Content::of_kind(kind, known);
                content.parameters.extend(also.parameters);
                content.lists.extend(also.lists);
            }
        }
        let is_stated = |name: &String| a.parameters.contains_key(name) || b.parameters.contains_key(name);
        let sides = |name: &String| Side::ALL.map(|side| side.parameter(name)).into_iter().filter(is_stated);
        let with_sides = |name: String| sides(&name).chain([name.clone()]).collect::<Vec<_>>();
        content.parameters = content.parameters.into_iter().flat_map(with_sides).collect();
        content
    }

    /// The parameters that no definition of `known` names: where a signal or filter is defined otherwise in either version and
    /// names one there, it belongs to that; where neither names it, it changes nothing.
    fn unnamed(kind: &StepKind, known: &Catalogue, versions: [&Version; 2]) -> Vec<String> {
        let is_named = |of: &Catalogue, name: &str| {
            of.parameters.get(name).is_some_and(|parameter| parameter.stage.is_some())
                || of.filters_with(name).chain(of.signals_with(name)).chain(of.scores_with(name)).next().is_some()
        };
        let belongs = |name: &str| {
            let mut naming =
                versions.iter().map(|version| &*version.catalogue).filter(|of| is_named(of, name)).peekable();
            match kind {
                StepKind::Annotations => naming.peek().is_none(),
                StepKind::Filter(filter) => naming.any(|of| of.filters_owning(name).any(|owner| owner == filter)),
                StepKind::Signal(signal) => naming.any(|of| of.signals_with(name).eq([signal.as_str()])),
                _ => false,
            }
        };
        known.parameters.keys().filter(|name| !is_named(known, name) && belongs(name)).cloned().collect()
    }

    fn of_kind(kind: &StepKind, known: &Catalogue) -> Content {
        let parameters = |wanted: &dyn Fn(&str) -> bool| {
            known.parameters.keys().filter(|name| wanted(name)).cloned().collect::<Vec<_>>()
        };
        let of_stage = |stage| parameters(&|name| known.parameters[name].stage == Some(stage));
        let stage = |stage| Content { parameters: of_stage(stage), ..Content::default() };
        let lists = |content: Content, lists: &[Part]| Content { lists: lists.to_vec(), ..content };
        match kind {
            StepKind::Champion => stage(Stage::Champion),
            StepKind::Candidates => stage(Stage::Candidates),
            StepKind::Families => lists(Content::default(), &[Part::Families]),
            StepKind::Tie => stage(Stage::Tie),
            StepKind::SourceWeight => stage(Stage::SourceWeight),
            StepKind::Gate => stage(Stage::Gate),
            StepKind::Features => stage(Stage::Features),
            StepKind::Signal(name) => Content {
                parameters: parameters(&|parameter| known.signals_with(parameter).eq([name.as_str()])),
                member: Some((Part::Signals, name.clone())),
                ..Content::default()
            },
            StepKind::SharedThreshold(name) => {
                Content { parameters: parameters(&|parameter| parameter == name), ..Content::default() }
            }
            StepKind::SignalOrder => Content { order: Some(Part::Signals), ..Content::default() },
            StepKind::Combos => lists(Content::default(), &[Part::Combos]),
            StepKind::Filter(name) => Content {
                parameters: parameters(&|parameter| known.filters_owning(parameter).any(|filter| filter == name)),
                lists: if name == CONFIDENCE_FLOOR { vec![Part::ConfidenceFloors] } else { Vec::new() },
                member: Some((Part::Filters, name.clone())),
                defect: (name == Defect::PlayerBlacklist.name()).then_some(Defect::PlayerBlacklist),
                ..Content::default()
            },
            StepKind::FilterOrder => Content { order: Some(Part::Filters), ..Content::default() },
            StepKind::Consensus => stage(Stage::Consensus),
            StepKind::SignalHealth => lists(stage(Stage::SignalHealth), &[Part::ModelDependent]),
            StepKind::Score => {
                let of_scores = parameters(&|name| {
                    known.scores_with(name).next().is_some()
                        && known.filters_with(name).chain(known.signals_with(name)).next().is_none()
                });
                Content { parameters: [of_stage(Stage::Score), of_scores].concat(), score: true, ..Content::default() }
            }
            StepKind::Cap => stage(Stage::Cap),
            StepKind::Annotations => {
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
        self.parameters.iter().any(|name| a.parameters.get(name) != b.parameters.get(name))
            || self.lists.iter().any(|part| list_differs(*part, a, b))
            || self.member.as_ref().is_some_and(|member| is_member(a, member) != is_member(b, member))
            || self.member.as_ref().is_some_and(|member| is_member(b, member) && redefines(member.0, &member.1, a, b))
            || self.order.is_some_and(|part| !in_order(part))
            || self.defect.is_some_and(|defect| a.works(defect) != b.works(defect))
            || (self.score && ranks_otherwise(a, b))
    }

    fn taken_over(&self, base: &Version, from: &Version) -> Version {
        let mut version = base.clone();
        let differs = |name: &&String| base.parameters.get(*name) != from.parameters.get(*name);
        for name in self.parameters.iter().filter(differs) {
            match from.parameters.get(name) {
                Some(value) => version.parameters.insert(name.clone(), value.clone()),
                None => version.parameters.remove(name),
            };
            version.provenance.note_parameter(name, from.provenance.parameter(name).cloned());
        }
        for part in &self.lists {
            take_list(*part, &mut version, from);
            version.provenance.note_list(*part, from.provenance.list(*part).cloned());
        }
        if let Some((part, name)) = &self.member {
            take_member(members_mut(&mut version, *part), name, members(from, *part));
            if redefines(*part, name, base, from) {
                take_definition(&mut version, *part, name, from);
            }
        }
        if self.score {
            take_score(&mut version, from);
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

/// Whether `b` defines a signal or filter that decides otherwise than that of `a`.
pub(super) fn redefines(part: Part, name: &str, a: &Version, b: &Version) -> bool {
    let (a, b) = (&a.catalogue, &b.catalogue);
    match part {
        Part::Signals => match (a.signals.get(name), b.signals.get(name)) {
            (Some(a), Some(b)) => !a.decides_as(b),
            (a, b) => a.is_some() != b.is_some(),
        },
        _ => match (a.filters.get(name), b.filters.get(name)) {
            (Some(a), Some(b)) => !a.decides_as(b),
            (a, b) => a.is_some() != b.is_some(),
        },
    }
}

/// Whether both rank by a score of the same name that is another one in `b`.
pub(super) fn ranks_otherwise(a: &Version, b: &Version) -> bool {
    match (a.score(), b.score()) {
        (Some(in_a), Some(in_b)) => a.parameter(SCORE) == b.parameter(SCORE) && !in_a.decides_as(in_b),
        _ => false,
    }
}

/// Makes the score by which another version ranks what it is there.
fn take_score(version: &mut Version, from: &Version) {
    let (name, Some(score)) = (from.text(SCORE), from.score()) else { return };
    let mut known = Catalogue::clone(&version.catalogue);
    known.scores.insert(name, score.clone());
    if let Some(choices) = from.catalogue.parameters.get(SCORE) {
        known.parameters.insert(SCORE.to_owned(), choices.clone());
    }
    take_parameters(version, known, &score.parameters, from);
}

/// Makes a signal or filter, with the parameters that it names, what it is in another version.
fn take_definition(version: &mut Version, part: Part, name: &str, from: &Version) {
    let mut known = Catalogue::clone(&version.catalogue);
    let (mut named, mut features): (Vec<String>, Vec<Arc<Feature>>) = Default::default();
    if part == Part::Signals {
        if let Some(signal) = from.catalogue.signals.get(name) {
            named.extend(signal.parameters.iter().cloned());
            features.extend(signal.features().cloned());
            known.signals.insert(name.to_owned(), signal.clone());
        }
    } else if let Some(filter) = from.catalogue.filters.get(name) {
        named.extend(filter.parameters().map(str::to_owned));
        features.extend(filter.features().cloned());
        known.filters.insert(name.to_owned(), filter.clone());
    }
    for feature in features {
        known.features.entry(feature.name.clone()).or_insert(feature);
    }
    take_parameters(version, known, &named, from);
}

/// Makes `known` the catalogue of a version, with these parameters of another one where it has none of the names.
fn take_parameters(version: &mut Version, mut known: Catalogue, named: &[String], from: &Version) {
    for parameter in named {
        if let Some(of) = from.catalogue.parameters.get(parameter) {
            known.parameters.entry(parameter.clone()).or_insert_with(|| of.clone());
            if let Some(value) = from.parameters.get(parameter) {
                version.parameters.entry(parameter.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    version.catalogue = Arc::new(known);
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

/// The signals, or else the filters.
fn members(version: &Version, part: Part) -> &[String] {
    if part == Part::Signals { &version.signals } else { &version.filters }
}

fn members_mut(version: &mut Version, part: Part) -> &mut Vec<String> {
    if part == Part::Signals { &mut version.signals } else { &mut version.filters }
}
