//! The filters of a version on a candidate: verdict, margin, and the setting that would turn the verdict.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use schemars::JsonSchema;
use serde::Serialize;

use super::datum::{Datum, Row};
use crate::definition::{Blocks, Filter as Known};
use crate::error::{Result, one_line};
use crate::version::catalogue::Parameter;
use crate::version::{Defect, Side, Value, Version};

/// What a filter says of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Blocks,
    /// It would, and only observes.
    WouldBlock,
    Passes,
    /// The version has the filter switched off.
    Off,
    /// The filter is on and has nothing to judge: an UNDER filter on an OVER, or an input that is absent.
    NotApplicable,
}

/// A filter of the version with the value it judged and how far that is from turning the verdict.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Filter {
    pub filter: String,
    pub about: String,
    pub verdict: Verdict,
    /// What it judged; null: nothing to judge.
    pub value: Datum,
    /// Null: the filter is off.
    pub threshold: Datum,
    /// Which values it blocks; null for a filter without a numeric threshold.
    pub blocks: Option<Blocks>,
    /// What it blocks, of a filter that is a condition; null for one that compares a value.
    pub when: Option<String>,
    pub unit: Option<String>,
    /// How far the value is from the threshold, in the filter's unit; null where there is nothing to measure. At 0 the
    /// value is on the threshold.
    pub margin: Datum,
    /// The margin as a share of the threshold, which makes filters of different units comparable.
    pub relative_margin: Option<f64>,
    /// The least change of the version that turns the verdict, as `--set` takes it; null where none does.
    pub turned_by: Option<String>,
    /// Why it never blocks anyone in this version as shipped.
    pub inert: Option<String>,
}

impl Filter {
    /// What was judged and how it compares with the threshold, such as `4.6 < 5`.
    pub fn judgement(&self) -> String {
        let sign = match (self.blocks, self.verdict) {
            (None, _) => return self.value.to_string(),
            (Some(Blocks::Below), Verdict::Blocks | Verdict::WouldBlock) | (Some(Blocks::From), Verdict::Passes) => "<",
            (Some(Blocks::From), Verdict::Blocks | Verdict::WouldBlock) | (Some(Blocks::Below), Verdict::Passes) => {
                ">="
            }
            (Some(Blocks::DownTo), Verdict::Blocks | Verdict::WouldBlock) => "<=",
            (Some(Blocks::DownTo), Verdict::Passes) => ">",
            (Some(_), Verdict::Off | Verdict::NotApplicable) => return self.value.to_string(),
        };
        format!("{} {sign} {}", self.value.beside([&self.threshold]), self.threshold)
    }

    /// Which values it blocks, such as `below 5 points`.
    pub fn rule(&self) -> String {
        if let Some(when) = &self.when {
            return one_line(when);
        }
        rule(self.blocks, &self.threshold, self.unit.as_deref())
    }
}

/// Which values a filter blocks, such as `below 5 points`.
pub fn rule(blocks: Option<Blocks>, threshold: &Datum, unit: Option<&str>) -> String {
    let threshold = match (threshold, unit) {
        (Datum::Absent, _) => return "off".to_owned(),
        (threshold, Some(unit)) => format!("{threshold} {}", symbol(unit)),
        (threshold, None) => threshold.to_string(),
    };
    match blocks {
        Some(Blocks::Below) => format!("below {threshold}"),
        Some(Blocks::From) => format!("{threshold} or more"),
        Some(Blocks::DownTo) => format!("{threshold} or less"),
        None => threshold,
    }
}

/// A unit as it is printed behind a number.
pub fn symbol(unit: &str) -> &str {
    if unit == "percent" { "%" } else { unit }
}

/// Every filter of the version, in its order, on a row of `decisions`.
pub fn of(row: Row<'_>, version: &Version) -> Result<Vec<Filter>> {
    let known = version.filters.iter().filter_map(|name| Some((name.as_str(), version.catalogue.filters.get(name)?)));
    known.map(|(name, filter)| one(name, filter, row, version)).collect()
}

fn one(name: &str, known: &Known, row: Row<'_>, version: &Version) -> Result<Filter> {
    let value = row.field("filters", &[name, "value"])?;
    let threshold = row.field("filters", &[name, "threshold"])?;
    let verdict = match (&value, &threshold) {
        _ if row.field("filters", &[name, "blocks"])?.is_true() => match known.is_observed {
            true => Verdict::WouldBlock,
            false => Verdict::Blocks,
        },
        (_, Datum::Absent) => Verdict::Off,
        (Datum::Absent, _) => Verdict::NotApplicable,
        _ => Verdict::Passes,
    };
    let measured = value.number().zip(threshold.number());
    let margin = measured.map(|(value, threshold)| (value - threshold).abs());
    let relative_margin = measured.zip(margin).and_then(|((_, threshold), margin)| share(margin, threshold));
    let turned_by = match (known.parameter.as_deref(), known.blocks, measured) {
        (Some(parameter), Some(blocks), Some((value, _))) => {
            let name = version.name_on(parameter, side_of(row)?);
            let known = version.catalogue.parameters.get(parameter);
            known.and_then(|known| turning((&name, known), blocks, value, verdict))
        }
        _ => None,
    };
    Ok(Filter {
        filter: name.to_owned(),
        about: known.about.clone(),
        verdict,
        value,
        threshold,
        blocks: known.blocks,
        when: known.when.as_ref().map(|when| when.text().to_owned()),
        unit: unit(known, version),
        margin: margin.map_or(Datum::Absent, Datum::Decimal),
        relative_margin,
        turned_by,
        inert: inert(name, version),
    })
}

/// The side of a row of `decisions`.
pub fn side_of(row: Row<'_>) -> Result<Option<Side>> {
    Ok(row.get("recommendation")?.text().and_then(Side::of))
}

/// Which values a filter of a version blocks, each side by itself where the version states it: `below 5 points`; `off` where
/// it is.
pub fn rule_in(filter: &Known, version: &Version) -> String {
    let Some(parameter) = &filter.parameter else { return filter.about.clone() };
    let rule_of = |name: &str| {
        let value = signed(filter, Datum::from(version.parameter(name)));
        rule(filter.blocks, &value, unit(filter, version).as_deref())
    };
    match version.names_of(parameter).as_slice() {
        [only] => rule_of(only),
        sides => {
            let of_side = |(side, name): (Side, &String)| format!("{side} {}", rule_of(name));
            Side::ALL.into_iter().zip(sides).map(of_side).collect::<Vec<_>>().join(", ")
        }
    }
}

/// Whether a filter of a version has anything to compare with: it has no threshold, or not all of it is off.
pub fn is_on(filter: &Known, version: &Version) -> bool {
    let is_on = |name: String| version.parameter(&name) != Value::Off;
    filter.parameter.as_ref().is_none_or(|parameter| version.names_of(parameter).into_iter().any(is_on))
}

/// A filter's threshold as `decisions` has it: absent when it is off. That of the whole, where sides have their own.
pub fn threshold(filter: &Known, version: &Version) -> Datum {
    let value = filter.parameter.as_deref().map(|name| Datum::from(version.parameter(name)));
    signed(filter, value.unwrap_or(Datum::Absent))
}

/// The value of a filter's parameter as a threshold.
fn signed(filter: &Known, value: Datum) -> Datum {
    match value.number() {
        Some(number) if filter.blocks == Some(Blocks::DownTo) => Datum::Decimal(-number),
        Some(number) => Datum::Decimal(number),
        None => Datum::Absent,
    }
}

/// The unit of a filter's value.
pub fn unit(filter: &Known, version: &Version) -> Option<String> {
    version.catalogue.parameters.get(filter.parameter.as_deref()?)?.unit.clone()
}

/// Why a filter never blocks anyone in the version as shipped.
pub fn inert(filter: &str, version: &Version) -> Option<String> {
    let shipped_empty = filter == "player_blacklist" && !version.works(Defect::PlayerBlacklist);
    shipped_empty.then(|| "empty in this version as shipped".to_owned())
}

fn share(margin: Decimal, threshold: Decimal) -> Option<f64> {
    margin.checked_div(threshold.abs()).and_then(|share| share.to_f64())
}

/// The setting of `parameter` nearest to the present one under which the verdict on `value` turns.
fn turning((parameter, known): (&str, &Parameter), blocks: Blocks, value: Decimal, verdict: Verdict) -> Option<String> {
    // A parameter counts downwards where its threshold is negative, so there the value does as well.
    let reading = if blocks == Blocks::DownTo { -value } else { value };
    let digits = if value.scale() == 0 { 0 } else { value.scale().clamp(1, MOST_DIGITS) };
    let step = Decimal::new(1, digits);
    let at_most = reading.round_dp_with_strategy(digits, RoundingStrategy::ToNegativeInfinity);
    let past = at_most + step;
    let (setting, loosens) = match (blocks, verdict) {
        (Blocks::Below, Verdict::Blocks) => (at_most, true),
        (Blocks::Below, Verdict::Passes) => (past, false),
        (Blocks::From | Blocks::DownTo, Verdict::Blocks) => (past, true),
        (Blocks::From | Blocks::DownTo, Verdict::Passes) => (at_most, false),
        (_, Verdict::Off | Verdict::NotApplicable | Verdict::WouldBlock) => return None,
    };
    match Value::parse(known, &setting.normalize().to_string()) {
        Ok(setting) => Some(format!("{parameter}={setting}")),
        Err(_) if loosens && known.off => Some(format!("{parameter}=off")),
        Err(_) => None,
    }
}

/// The digits after the point that a parameter can have.
const MOST_DIGITS: u32 = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::catalogue::catalogue;

    fn turned(parameter: &str, blocks: Blocks, value: &str, verdict: Verdict) -> Option<String> {
        turning((parameter, &catalogue().parameters[parameter]), blocks, value.parse().unwrap(), verdict)
    }

    #[test]
    fn the_nearest_setting_that_turns_a_verdict() {
        let setting = |text: &str| Some(text.to_owned());
        assert_eq!(turned("min_edge", Blocks::Below, "4.6", Verdict::Blocks), setting("min_edge=4.6"));
        assert_eq!(turned("min_edge", Blocks::Below, "5.0", Verdict::Passes), setting("min_edge=5.1"));
        assert_eq!(turned("under_max_edge", Blocks::From, "7.0", Verdict::Blocks), setting("under_max_edge=7.1"));
        assert_eq!(turned("under_max_edge", Blocks::From, "6.9", Verdict::Passes), setting("under_max_edge=6.9"));
        assert_eq!(turned("line_drop", Blocks::DownTo, "-2.5", Verdict::Blocks), setting("line_drop=2.6"));
        assert_eq!(turned("line_drop", Blocks::DownTo, "-1.5", Verdict::Passes), setting("line_drop=1.5"));
        assert_eq!(turned("familiar_games", Blocks::From, "6", Verdict::Blocks), setting("familiar_games=7"));
    }

    #[test]
    fn out_of_a_parameters_range_only_off_turns_a_filter() {
        let setting = |text: &str| Some(text.to_owned());
        assert_eq!(turned("neg_pm_streak", Blocks::From, "3", Verdict::Blocks), setting("neg_pm_streak=off"));
        assert_eq!(turned("line_drop", Blocks::DownTo, "1.0", Verdict::Passes), None);
        assert_eq!(turned("neg_pm_streak", Blocks::From, "0", Verdict::Passes), None);
    }

    #[test]
    fn a_value_with_more_digits_than_a_parameter_is_still_passed() {
        let value = "0.31234567";
        assert_eq!(
            turned("rel_edge_cap", Blocks::From, value, Verdict::Blocks),
            Some("rel_edge_cap=0.312346".to_owned())
        );
        assert_eq!(
            turned("rel_edge_cap", Blocks::From, value, Verdict::Passes),
            Some("rel_edge_cap=0.312345".to_owned())
        );
        assert_eq!(turned("min_edge", Blocks::Below, value, Verdict::Blocks), Some("min_edge=0.312345".to_owned()));
    }
}
