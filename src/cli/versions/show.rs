//! `reslate versions show`: everything a version states, and who stated it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::VersionName;
use crate::cli::Exit;
use crate::cli::output::{Grid, Output, Report};
use crate::cli::select::{Tweaks, resolve};
use crate::cli::style::{FAINT, HEADING, paint};
use crate::definition::Feature;
use crate::error::Result;
use crate::formats::SCHEMA_VERSION;
use crate::text::visible;
use crate::version::{Combo, Defect, Family, Origin, Part, Section, Value, Version, definitions_as_toml};

/// A version with everything resolved (`versions show --format json`).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct VersionDetail {
    pub schema_version: u32,
    pub version: VersionName,
    pub parameters: Vec<ParameterDetail>,
    /// In the order in which they are asked.
    pub filters: Stated<Named>,
    /// In the order of a pick's tags.
    pub signals: Stated<Named>,
    /// Values of candidates from the players' past that they name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<Named>,
    /// In the order in which they are tried on a system_id.
    pub families: Stated<Family>,
    /// In registry order.
    pub combos: Stated<Combo>,
    pub confidence_floors: Stated<Floor>,
    /// Signals that depend on the model where no health row says so.
    pub model_dependent: Stated<String>,
    /// Parts that returned nothing as shipped.
    pub defects: Stated<Defect>,
    /// Sections of the decision document that not every version writes.
    pub document: Stated<Section>,
    /// What its files define of their own, as a version file states it (TOML); empty for none.
    pub definitions: String,
}

/// A parameter and its value.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ParameterDetail {
    pub parameter: String,
    pub value: Value,
    pub from: Option<Origin>,
    pub unit: Option<String>,
    pub about: String,
}

/// A list and who stated it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Stated<T> {
    pub from: Option<Origin>,
    pub entries: Vec<T>,
}

/// A filter, a signal or a feature.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Named {
    pub name: String,
    pub about: String,
}

/// The confidence below which candidates are blocked when the model is the best-bets model.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Floor {
    pub champion: String,
    pub floor: Value,
}

impl VersionDetail {
    /// # Errors
    /// A definition that TOML cannot hold.
    pub fn of(version: &Version) -> Result<VersionDetail> {
        fn stated<T>(version: &Version, part: Part, entries: impl IntoIterator<Item = T>) -> Stated<T> {
            let from = version.provenance.list(part).cloned();
            Stated { from, entries: entries.into_iter().collect() }
        }
        let filter = |name: &String| Named { name: name.clone(), about: version.catalogue.filters[name].about.clone() };
        let signal = |name: &String| Named { name: name.clone(), about: version.catalogue.signals[name].about.clone() };
        let feature = |feature: &Arc<Feature>| Named {
            name: feature.name.clone(),
            about: format!("{}: {}", feature.about, feature.described()),
        };
        let floors = version.confidence_floors.iter();
        let floors = floors.map(|(champion, floor)| Floor { champion: champion.clone(), floor: Value::Number(*floor) });
        let parameters = version.all_parameters().into_iter().map(|(name, parameter)| ParameterDetail {
            parameter: name.to_owned(),
            value: version.parameter(name),
            from: version.origin(name).cloned(),
            unit: parameter.unit.clone(),
            about: parameter.about.clone(),
        });
        Ok(VersionDetail {
            schema_version: SCHEMA_VERSION,
            version: VersionName::from(version),
            parameters: parameters.collect(),
            filters: stated(version, Part::Filters, version.filters.iter().map(filter)),
            signals: stated(version, Part::Signals, version.signals.iter().map(signal)),
            features: version.features().into_iter().map(feature).collect(),
            families: stated(version, Part::Families, version.families.clone()),
            combos: stated(version, Part::Combos, version.combos.clone()),
            confidence_floors: stated(version, Part::ConfidenceFloors, floors),
            model_dependent: stated(version, Part::ModelDependent, version.model_dependent.clone()),
            defects: stated(version, Part::Defects, version.defects.clone()),
            document: stated(version, Part::Document, version.document.clone()),
            definitions: definitions_as_toml(version)?,
        })
    }
}

pub fn run(name: &str, tweaks: &Tweaks, output: &Output<Report>) -> Result<Exit> {
    let version = tweaks.apply(resolve(name)?)?;
    output.report(&VersionDetail::of(&version)?, table)?;
    Ok(Exit::Done)
}

fn table(detail: &VersionDetail) -> String {
    let name = &detail.version;
    let about = visible(format_args!("({}): {}", name.algorithm_version, name.summary));
    let mut text = format!("{} {about}\n", paint(HEADING, &name.id));
    text += &match name.since() {
        Some(date) => format!("in production from {date}\n\n"),
        None => "never in production\n\n".to_owned(),
    };
    let mut grid = Grid::new(&["PARAMETER", ">VALUE", "FROM", "UNIT", "ABOUT"]);
    for parameter in &detail.parameters {
        let unit = parameter.unit.clone().unwrap_or_default();
        let from = origin(parameter.from.as_ref());
        grid.row([parameter.parameter.clone(), parameter.value.to_string(), from, unit, parameter.about.clone()]);
    }
    text += &grid.render(0);

    let named = |list: &Stated<Named>, heading: &str| {
        let mut grid = Grid::new(&[">", heading, "ABOUT"]);
        for (at, entry) in (1..).zip(&list.entries) {
            grid.row([at.to_string(), entry.name.clone(), entry.about.clone()]);
        }
        grid.render(2)
    };
    text +=
        &section(Part::Filters, "in the order in which they are asked", &detail.filters, |list| named(list, "FILTER"));
    text += &section(Part::Signals, "in the order of a pick's tags", &detail.signals, |list| named(list, "SIGNAL"));
    if !detail.features.is_empty() {
        let mut grid = Grid::new(&["FEATURE", "ABOUT"]);
        detail.features.iter().for_each(|entry| grid.row([entry.name.clone(), entry.about.clone()]));
        let about = paint(FAINT, "(from the players' past, that these name)");
        text += &format!("\n{} {about}\n{}", paint(HEADING, "Features"), grid.render(2));
    }
    text += &section(Part::Families, "the first that matches a system_id wins", &detail.families, families);
    text += &section(Part::Combos, "its order decides between matches of the same size", &detail.combos, combos);
    text += &section(Part::ConfidenceFloors, "by best-bets model", &detail.confidence_floors, |list| {
        let mut grid = Grid::new(&["MODEL", ">FLOOR"]);
        list.entries.iter().for_each(|entry| grid.row([entry.champion.clone(), entry.floor.to_string()]));
        grid.render(2)
    });
    text += &section(Part::ModelDependent, "where no health row says", &detail.model_dependent, |list| {
        lines(list.entries.iter().map(String::as_str))
    });
    text += &section(Part::Defects, "parts that returned nothing as shipped", &detail.defects, |list| {
        lines(list.entries.iter().map(|defect| defect.name()))
    });
    text += &section(Part::Document, "that not every version writes", &detail.document, |list| {
        lines(list.entries.iter().map(|section| section.name()))
    });
    if !detail.definitions.is_empty() {
        let about = paint(FAINT, "(of its files' own; the parameters have their values above)");
        text += &format!("\n{} {about}\n{}", paint(HEADING, "Definitions"), lines(detail.definitions.lines()));
    }
    text
}

/// A list under its heading, which says who stated it.
fn section<T>(part: Part, about: &str, list: &Stated<T>, render: impl FnOnce(&Stated<T>) -> String) -> String {
    let heading = paint(HEADING, part.title());
    let about = paint(FAINT, format!("({about}; from {})", origin(list.from.as_ref())));
    let entries = if list.entries.is_empty() { "  none\n".to_owned() } else { render(list) };
    format!("\n{heading} {about}\n{entries}")
}

fn lines<'a>(entries: impl Iterator<Item = &'a str>) -> String {
    entries.map(|entry| format!("  {}\n", visible(entry))).collect()
}

fn families(list: &Stated<Family>) -> String {
    let mut grid = Grid::new(&[">", "FAMILY", "SYSTEM_ID", "FEATURES", "LOSS", "CANDIDATES"]);
    for (at, family) in (1..).zip(&list.entries) {
        let candidates = if family.candidate { "yes" } else { "no, only labelled" };
        grid.row([
            at.to_string(),
            family.family.clone(),
            family.pattern(),
            family.feature_set.clone(),
            family.loss.clone(),
            candidates.to_owned(),
        ]);
    }
    grid.render(2)
}

fn combos(list: &Stated<Combo>) -> String {
    let mut grid = Grid::new(&[">", "COMBO", "CLASS", "STATUS", "DIRECTION", ">HIT RATE", ">WEIGHT"]);
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.1}"));
    for (at, combo) in (1..).zip(&list.entries) {
        let Combo { id, class, status, direction, hit_rate, score_weight, .. } = combo;
        grid.row([
            at.to_string(),
            id.clone(),
            class.clone(),
            status.clone(),
            direction.clone().unwrap_or("-".to_owned()),
            number(*hit_rate),
            number(*score_weight),
        ]);
    }
    grid.render(2)
}

/// Who stated it, for people.
pub fn origin(origin: Option<&Origin>) -> String {
    origin.map_or("-".to_owned(), Origin::to_string)
}
