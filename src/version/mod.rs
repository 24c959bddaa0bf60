//! Algorithm versions as data: parameters, signals, filters, families and combos, read from TOML.
//!
//! A version extends another by stating only what differs (specification: versions, "Parts of a version").

mod caps;
pub mod catalogue;
mod deployed;
pub mod diff;
mod extension;
mod file;
mod load;
mod order;
mod part;
mod provenance;
mod sides;
pub mod steps;
mod value;
mod whole;
mod written;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use caps::{Cap, beyond};
pub use deployed::{AS_DEPLOYED, StandIn, as_deployed, standing_in};
pub use extension::{definition_as_toml, extension_as_toml};
pub use file::changes_as_toml;
pub use load::{SHIPPED, extended, find, from_file, is_path, parent_of, shipped};
pub use order::merge;
pub use part::{Entry, Field, Part};
pub use provenance::{Origin, Provenance};
pub use sides::Side;
use steps::{ranks_otherwise, redefines};
pub use value::Value;
pub use whole::{changed_by_options, definitions_as_toml, from_whole_toml, note_options, whole_as_toml};
pub use written::keys_of_definitions;

use crate::dates::DateRange;
use crate::definition::{Beside, Feature, Filter, Score, Signal};
use crate::error::{Error, Result, VersionError, did_you_mean, one_line};
use crate::shell::quoted;
use catalogue::Catalogue;

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
    /// The shipped version that decides in its place on its dates where a snapshot has not what it reads ([`standing_in`]).
    pub stand_in: Option<String>,
    /// On which dates it decides: all, unless each date has its own version ([`as_deployed`]).
    pub decides: DateRange,
    /// What it can name: the shipped definitions and parameters, and those of its file and the files that it extends.
    pub catalogue: Arc<Catalogue>,
    /// Who stated what.
    pub provenance: Provenance,
}

/// A model family: which system_ids belong to it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Defect {
    PlayerBlacklist,
    DirectionHealth,
}

/// A section of the decision document that not every version writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    Season,
    PlayerBlacklist,
    DirectionHealth,
    ModelDirectionAffinity,
    HealthGateActive,
    FilterSummary,
    EdgeDistribution,
    StartedGamesFiltered,
    /// And whether it is a day of a single pick, which is marked.
    DailyPickCount,
    /// And the other fields of a pick that came with it: system_id and game_time.
    Stat,
    /// No section of its own: signal_health has the version's own signals alone.
    OwnSignalHealth,
}

fn yes() -> bool {
    true
}

/// The parameter that falls back to the champion's entry of `confidence_floors`.
const CONFIDENCE_FLOOR: &str = "confidence_floor";

/// The column that says how the models of a candidate's group had done.
const AFFINITY: &str = "affinity_hit_rate";

/// The parameter that says what ranks.
pub const SCORE: &str = "score";

/// The parameter that says how models are weighed; the others of its kind begin with it.
pub const SOURCE_WEIGHT: &str = "source_weight";

impl Version {
    /// Sets a parameter, as `--set name=value` does.
    ///
    /// # Errors
    /// No such parameter, or a value it cannot have.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        self.set_from(name, value, Origin::Option("--set"))
    }

    /// The option by which a command decides by this version, with a space before it.
    pub fn arguments(&self) -> String {
        format!(" --version {}", quoted(self.provenance.file.as_ref().unwrap_or(&self.id)))
    }

    /// Sets a parameter on behalf of `origin`.
    ///
    /// # Errors
    /// No such parameter, or a value it cannot have.
    pub fn set_from(&mut self, name: &str, value: &str, origin: Origin) -> Result<()> {
        let known = Arc::clone(&self.catalogue);
        let parameter = known.parameter(name).ok_or_else(|| VersionError::UnknownParameter {
            name: one_line(name),
            hint: did_you_mean(name, known.parameters.keys().map(String::as_str)),
            lists: known.lists(),
        })?;
        let value = Value::parse(parameter, value).map_err(|reason| VersionError::BadParameter {
            name: name.to_owned(),
            value: one_line(value),
            reason,
        })?;
        self.parameters.insert(name.to_owned(), value);
        self.provenance.note_parameter(name, Some(origin));
        Ok(())
    }

    /// Whether its parameters go together.
    ///
    /// # Errors
    /// The rate that weighs 1 is not above the one that weighs nothing.
    pub fn check(&self) -> Result<()> {
        let [zero, one] = ["source_weight_zero_rate", "source_weight_one_rate"].map(|name| self.parameter(name));
        match (&zero, &one) {
            (Value::Number(low), Value::Number(high)) if low >= high => {
                Err(Error::Version(VersionError::BadParameter {
                    name: "source_weight_one_rate".to_owned(),
                    value: one.to_string(),
                    reason: format!("must be above source_weight_zero_rate, {zero}"),
                }))
            }
            _ => Ok(()),
        }
    }

    /// Makes every part work that returned nothing as shipped, as `--fidelity as-intended` does.
    pub fn work_as_intended(&mut self) {
        self.defects.clear();
        self.provenance.note_list(Part::Defects, Some(Origin::Option("--fidelity")));
    }

    /// Makes a signal or filter one of the version's, as the last of its list unless it is there, or none of them.
    pub fn switch(&mut self, part: Part, name: &str, on: bool, origin: Origin) {
        let list = match part {
            Part::Filters => &mut self.filters,
            _ => &mut self.signals,
        };
        match (on, list.iter().any(|own| own == name)) {
            (true, false) => list.push(name.to_owned()),
            (false, true) => list.retain(|own| own != name),
            _ => return,
        }
        self.provenance.note_list(part, Some(origin));
    }

    /// Makes what its own file defines one of its signals and filters, in the order in which they are written.
    pub fn list_definitions(&mut self, origin: &Origin) {
        let (own, defined) = (Arc::clone(&self.catalogue), self.provenance.defined.clone());
        let signals = own.signals.iter().filter(|(name, _)| defined.contains(*name));
        let signals = signals.map(|(name, signal)| (Part::Signals, signal.place, name));
        let filters = own.filters.iter().filter(|(name, _)| defined.contains(*name));
        let filters = filters.map(|(name, filter)| (Part::Filters, filter.place, name));
        let mut defined: Vec<_> = signals.chain(filters).collect();
        defined.sort();
        for (part, _, name) in defined {
            self.switch(part, name, true, origin.clone());
        }
    }

    /// The value of a parameter; `confidence_floor` falls back to the champion's, one side to the whole.
    pub fn parameter(&self, name: &str) -> Value {
        match self.parameters.get(name) {
            Some(value) => value.clone(),
            None if name == CONFIDENCE_FLOOR => {
                let floor = self.confidence_floors.get(&self.champion());
                floor.map_or(Value::Off, |floor| Value::Number(*floor))
            }
            None => self.whole(name).unwrap_or(Value::Off),
        }
    }

    /// Who stated the value of a parameter; of `confidence_floor`, where it falls back, who stated the floors, and of one side who
    /// stated the whole.
    pub fn origin(&self, name: &str) -> Option<&Origin> {
        let fallen_back = || self.provenance.list(Part::ConfidenceFloors).filter(|_| name == CONFIDENCE_FLOOR);
        let whole = || self.origin(self.catalogue.side_of(name)?.0);
        self.provenance.parameter(name).or_else(fallen_back).or_else(whole)
    }

    /// Whether both state the same: all but what they are called, when they decide and who stated it.
    pub fn states_the_same(&self, other: &Version) -> bool {
        self.parameters == other.parameters
            && self.signals == other.signals
            && self.filters == other.filters
            && self.families == other.families
            && self.combos == other.combos
            && self.confidence_floors == other.confidence_floors
            && self.model_dependent == other.model_dependent
            && self.defects == other.defects
            && self.document == other.document
            && self.defines_the_same(other)
    }

    /// Whether what both list is defined alike.
    fn defines_the_same(&self, other: &Version) -> bool {
        Arc::ptr_eq(&self.catalogue, &other.catalogue)
            || (self.signals.iter().all(|name| !redefines(Part::Signals, name, self, other))
                && self.filters.iter().all(|name| !redefines(Part::Filters, name, self, other))
                && !ranks_otherwise(self, other))
    }

    /// The signals and filters that both list and that decide otherwise in the other, and the score of both where it does.
    pub fn defines_otherwise(&self, other: &Version) -> Vec<String> {
        let of = |part: Part, own: &[String], others: &[String]| -> Vec<String> {
            let both = own.iter().filter(|name| others.contains(name));
            both.filter(|name| redefines(part, name, self, other)).cloned().collect()
        };
        let score = ranks_otherwise(self, other).then(|| self.text(SCORE));
        let lists =
            [of(Part::Signals, &self.signals, &other.signals), of(Part::Filters, &self.filters, &other.filters)];
        lists.concat().into_iter().chain(score).collect()
    }

    /// The columns of candidates that what it lists looks at or shows, each with what names it first.
    pub fn columns(&self) -> BTreeMap<&str, &str> {
        let mut columns = BTreeMap::new();
        let signals = self.signals.iter().filter_map(|name| Some((name, self.catalogue.signals.get(name)?)));
        let of_signals = signals.flat_map(|(name, signal)| signal.columns().map(move |column| (column, name)));
        let filters = self.filters.iter().filter_map(|name| Some((name, self.catalogue.filters.get(name)?)));
        let of_filters = filters.flat_map(|(name, filter)| filter.columns().map(move |column| (column, name)));
        let score = self.catalogue.scores.get_key_value(&self.text(SCORE));
        let of_score = score
            .into_iter()
            .flat_map(|(name, score)| score.value.columns().iter().map(move |column| (column.as_str(), name)));
        for (column, name) in of_signals.chain(of_filters).chain(of_score) {
            columns.entry(column).or_insert(name.as_str());
        }
        columns
    }

    /// The features that what it lists names, each once.
    pub fn features(&self) -> Vec<&Arc<Feature>> {
        let signals = self.signals.iter().filter_map(|name| self.catalogue.signals.get(name));
        let filters = self.filters.iter().filter_map(|name| self.catalogue.filters.get(name));
        let mut features: Vec<&Arc<Feature>> = Vec::new();
        let score = self.catalogue.scores.get(&self.text(SCORE)).into_iter();
        let of_signals = signals.flat_map(Signal::features);
        for feature in of_signals.chain(filters.flat_map(Filter::features)).chain(score.flat_map(Score::features)) {
            if !features.contains(&feature) {
                features.push(feature);
            }
        }
        features
    }

    /// What its own definitions say, to tell it from another version by.
    pub fn definitions(&self) -> String {
        let signals = self.catalogue.signals.iter().filter(|(_, signal)| signal.is_own);
        let filters = self.catalogue.filters.iter().filter(|(_, filter)| filter.is_own);
        let scores = self.catalogue.scores.iter().filter(|(_, score)| score.is_own);
        format!("{:?} {:?} {:?}", signals.collect::<Vec<_>>(), filters.collect::<Vec<_>>(), scores.collect::<Vec<_>>())
    }

    /// The parameters that a file of the user's or an option set to no effect, since nothing in the version reads them;
    /// each with the reason.
    pub fn idle_settings(&self) -> Vec<String> {
        let shipped = |origin: &Origin| matches!(origin, Origin::Shipped(_) | Origin::Definition);
        let set = |name: &&String| self.provenance.parameter(name).is_some_and(|origin| !shipped(origin));
        let is_on = |name: &&String| self.parameter(name) != Value::Off;
        let meant = |name: &&String| !self.is_of_inherited(name);
        let idle = self.parameters.keys().filter(set).filter(is_on).filter(meant).filter_map(|name| self.idle(name));
        idle.chain(self.unlisted()).collect()
    }

    /// Whether a parameter is one of definitions alone that a file states which the version's own extends; it may take them out
    /// on purpose.
    fn is_of_inherited(&self, parameter: &str) -> bool {
        let of = self.catalogue.side_of(parameter).map_or(parameter, |(of, _)| of);
        let known = &self.catalogue;
        let is_own = |name: &str| {
            let signal = known.signals.get(name).map(|of| of.is_own);
            signal.or_else(|| known.filters.get(name).map(|of| of.is_own)).unwrap_or_default()
        };
        let mut readers = known.signals_with(of).chain(known.filters_with(of)).peekable();
        readers.peek().is_some()
            && matches!(self.provenance.parameter(parameter), Some(Origin::File(_)))
            && readers.all(|name| is_own(name) && !self.provenance.defined.contains(name))
    }

    /// What its file defines and it does not list, each with the reason why it has no effect.
    fn unlisted(&self) -> Vec<String> {
        let defined = || self.provenance.defined.iter();
        let with = |key: &str, name: &String| format!("{name} has no effect: list it, {key} = [\"{name}\"]");
        let is_signal = |name: &&String| self.catalogue.signals.contains_key(*name) && !self.signals.contains(name);
        let is_filter = |name: &&String| self.catalogue.filters.contains_key(*name) && !self.filters.contains(name);
        let is_score = |name: &&String| self.catalogue.scores.contains_key(*name) && self.text(SCORE) != **name;
        let signals = defined().filter(is_signal).map(|name| with("signals_with", name));
        let filters = defined().filter(is_filter).map(|name| with("filters_with", name));
        let scores = defined()
            .filter(is_score)
            .map(|name| format!("{name} has no effect: rank by it, [parameters] score = \"{name}\""));
        let named = self.features();
        let is_unnamed = |name: &&String| self.catalogue.features.get(*name).is_some_and(|of| !named.contains(&of));
        let features =
            defined().filter(is_unnamed).map(|name| format!("{name} has no effect: name it in what is listed"));
        signals.chain(filters).chain(scores).chain(features).collect()
    }

    /// Why a parameter has no effect: the version has no filter or signal that reads it, or weighs no models. None when it
    /// may have one.
    pub fn idle(&self, parameter: &str) -> Option<String> {
        if let [over, under] = self.names_of(parameter).as_slice()
            && [over, under].into_iter().all(|name| name != parameter)
        {
            return Some(format!("{parameter} has no effect: {} states both {over} and {under}", self.id));
        }
        let said = parameter;
        let parameter = self.catalogue.side_of(parameter).map_or(parameter, |(of, _)| of);
        if parameter.starts_with(SOURCE_WEIGHT) && !(self.has_source_weight() && self.takes_all_families()) {
            let why = if self.takes_all_families() { "source_weight is off" } else { "only the champion bids" };
            return Some(format!("{parameter} has no effect: {why} in {}", self.id));
        }
        let filters: Vec<&str> = self.catalogue.filters_with(parameter).collect();
        let signals: Vec<&str> = self.catalogue.signals_with(parameter).collect();
        let scores: Vec<&str> = self.catalogue.scores_with(parameter).collect();
        let reads = |list: &[String], names: &[&str]| list.iter().any(|own| names.contains(&own.as_str()));
        let (what, names) = match (filters.as_slice(), signals.as_slice(), scores.as_slice()) {
            ([], [], []) => {
                let is_of_pipeline = self.catalogue.parameter(parameter).is_none_or(|known| known.stage.is_some());
                return (!is_of_pipeline).then(|| format!("{said} has no effect: nothing names it"));
            }
            ([], [], names) => ("score", names),
            ([], names, _) => ("signal", names),
            (names, _, _) => ("filter", names),
        };
        let is_ranked_by = scores.contains(&self.text(SCORE).as_str());
        let has_reader = reads(&self.filters, &filters) || reads(&self.signals, &signals) || is_ranked_by;
        (!has_reader).then(|| format!("{said} has no effect: {} has no {what} {}", self.id, names.join(" or ")))
    }

    /// What the command line changed of the version, such as `min_edge=4.5`.
    pub fn changes(&self) -> Vec<String> {
        let changed = |origin: Option<&Origin>| matches!(origin, Some(Origin::Option(_)));
        let parameters = self.parameters.keys().filter(|name| changed(self.provenance.parameter(name)));
        let mut changes: Vec<String> = parameters.map(|name| format!("{name}={}", self.parameter(name))).collect();
        if changed(self.provenance.list(Part::Defects)) {
            changes.push("everything working as intended".to_owned());
        }
        changes
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

    /// Whether a model's edges are weighed by how it did, where several models bid.
    pub fn has_source_weight(&self) -> bool {
        self.parameter(SOURCE_WEIGHT) != Value::Off
    }

    /// Whether it lists a signal or filter of a file's own, or ranks by such a score.
    pub fn defines(&self, what: &str, name: &str) -> bool {
        let is_listed = |list: &[String]| list.iter().any(|own| own == name);
        match what {
            "signal" => is_listed(&self.signals) && self.catalogue.signals.get(name).is_some_and(|of| of.is_own),
            "filter" => is_listed(&self.filters) && self.catalogue.filters.get(name).is_some_and(|of| of.is_own),
            _ => self.text(SCORE) == name && self.score().is_some_and(|of| of.is_own),
        }
    }

    /// By what its picks are ranked.
    pub fn score(&self) -> Option<&Score> {
        self.catalogue.scores.get(&self.text(SCORE))
    }

    /// Whether its score or one of its filters looks at this.
    pub fn looks_at(&self, beside: Beside) -> bool {
        let filters = self.filters.iter().filter_map(|name| self.catalogue.filters.get(name));
        let of_score = self.score().into_iter().flat_map(Score::made_of);
        filters.flat_map(Filter::made_of).chain(of_score).any(|made_of| made_of == beside)
    }

    /// Whether it looks at how groups of models had done: a definition names that, or its document says it.
    pub fn reads_affinities(&self) -> bool {
        let is_named = self.columns().into_iter().any(|(column, _)| column == AFFINITY);
        is_named || self.writes(Section::ModelDirectionAffinity)
    }

    pub fn writes(&self, section: Section) -> bool {
        self.document.contains(&section)
    }

    pub fn works(&self, part: Defect) -> bool {
        !self.defects.contains(&part)
    }
}

impl Family {
    /// The system_ids that belong to it; `...` stands for any ending.
    pub fn pattern(&self) -> String {
        match (&self.equals, &self.starts_with) {
            (Some(id), _) => id.clone(),
            (None, prefix) => format!("{}...", prefix.as_deref().unwrap_or_default()),
        }
    }
}

impl Combo {
    /// How many signals it has.
    pub fn cardinality(&self) -> i64 {
        i64::try_from(self.signals.len()).unwrap_or(i64::MAX)
    }
}

impl Defect {
    pub const ALL: [Defect; 2] = [Defect::PlayerBlacklist, Defect::DirectionHealth];

    /// Its name in version files.
    pub fn name(self) -> &'static str {
        match self {
            Defect::PlayerBlacklist => "player_blacklist",
            Defect::DirectionHealth => "direction_health",
        }
    }
}

impl Section {
    pub const ALL: [Section; 11] = [
        Section::Season,
        Section::PlayerBlacklist,
        Section::DirectionHealth,
        Section::ModelDirectionAffinity,
        Section::HealthGateActive,
        Section::FilterSummary,
        Section::EdgeDistribution,
        Section::StartedGamesFiltered,
        Section::DailyPickCount,
        Section::Stat,
        Section::OwnSignalHealth,
    ];

    /// Its name in version files, which is its key in the document where it has one.
    pub fn name(self) -> &'static str {
        match self {
            Section::Season => "season",
            Section::PlayerBlacklist => "player_blacklist",
            Section::DirectionHealth => "direction_health",
            Section::ModelDirectionAffinity => "model_direction_affinity",
            Section::HealthGateActive => "health_gate_active",
            Section::FilterSummary => "filter_summary",
            Section::EdgeDistribution => "edge_distribution",
            Section::StartedGamesFiltered => "started_games_filtered",
            Section::DailyPickCount => "daily_pick_count",
            Section::Stat => "stat",
            Section::OwnSignalHealth => "own_signal_health",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_confidence_floor_follows_the_champion() {
        let mut version = shipped("v307").unwrap();
        assert_eq!(version.parameter(CONFIDENCE_FLOOR), Value::Off);
        version.set("champion", "catboost_v12").unwrap();
        assert_eq!(version.parameter(CONFIDENCE_FLOOR), Value::Number(Decimal::new(9, 1)));
        assert_eq!(version.origin(CONFIDENCE_FLOOR).unwrap().to_string(), "v307");
        version.set(CONFIDENCE_FLOOR, "off").unwrap();
        assert_eq!(version.parameter(CONFIDENCE_FLOOR), Value::Off);
        assert_eq!(version.origin(CONFIDENCE_FLOOR).unwrap().to_string(), "--set");
    }

    #[test]
    fn every_value_of_a_shipped_version_is_stated_by_a_shipped_version() {
        for id in SHIPPED.iter() {
            let version = shipped(id).unwrap();
            let origins = version.parameters.keys().map(|name| version.origin(name));
            for origin in origins.chain(Part::ALL.map(|part| version.provenance.list(part))) {
                let is_stated = match origin {
                    Some(Origin::Shipped(stated)) => SHIPPED.contains(&stated.as_str()),
                    origin => origin == Some(&Origin::Definition),
                };
                assert!(is_stated, "{id}");
            }
        }
    }

    #[test]
    fn a_value_comes_from_the_last_that_stated_it() {
        let mut version = shipped("v297").unwrap();
        let from = |version: &Version, name: &str| version.origin(name).unwrap().to_string();
        assert_eq!(["cap", "line_jump", "min_edge"].map(|name| from(&version, name)), ["v297", "v298", "v307"]);
        assert_eq!(version.provenance.list(Part::Defects), Some(&Origin::Shipped("v298".to_owned())));
        version.set("line_jump", "2.5").unwrap();
        version.work_as_intended();
        assert_eq!(from(&version, "line_jump"), "--set");
        assert_eq!(version.provenance.list(Part::Defects), Some(&Origin::Option("--fidelity")));
    }

    #[test]
    fn settings_that_nothing_reads_are_idle() {
        let mut version = shipped("v318").unwrap();
        assert_eq!(version.idle_settings(), Vec::<String>::new());
        version.set("min_edge", "4").unwrap();
        version.set("rel_edge_cap", "0.3").unwrap();
        version.set("cold_snap.min_streak", "2").unwrap();
        version.set("familiar_games", "off").unwrap();
        let expected = [
            "cold_snap.min_streak has no effect: v318 has no signal cold_snap",
            "rel_edge_cap has no effect: v318 has no filter rel_edge_cap",
        ];
        assert_eq!(version.idle_settings(), expected);
    }

    #[test]
    fn names_are_those_of_version_files() {
        for defect in Defect::ALL {
            assert_eq!(serde_json::to_value(defect).unwrap(), defect.name());
        }
        for section in Section::ALL {
            assert_eq!(serde_json::to_value(section).unwrap(), section.name());
        }
    }
}
