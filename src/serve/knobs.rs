//! Which thresholds of a version can be moved, and how far.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::version::catalogue::{Parameter, ParameterKind};
use crate::version::{Cap, SHIPPED, Value, Version, shipped};

/// A threshold that can be moved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Knob {
    /// The parameter's name, as `--set` has it.
    pub name: String,
    /// The definition that it belongs to, such as `signal high_edge`; empty for the cap.
    pub owner: String,
    pub about: String,
    pub unit: Option<String>,
    /// The version's own value, or `off`.
    pub value: String,
    /// Where the slider rests while the threshold is off.
    pub rest: String,
    /// The ends of the slider; `--set` takes more.
    pub low: String,
    pub high: String,
    pub step: String,
    /// Whether it can be switched off.
    pub off: bool,
}

/// The thresholds of the version's filters, in its order, its cap of a slate and those others that it has, and the thresholds of
/// its signals, each with the values of a side that it states; none that the steps before its signals read, for which
/// candidates would be made anew.
pub fn of(version: &Version) -> Vec<Knob> {
    let mut named: Vec<(String, String)> = Vec::new();
    let mut add = |owner: &str, name: &str| {
        for name in version.names_of(name) {
            if named.iter().all(|(_, known)| *known != name) {
                named.push((owner.to_owned(), name));
            }
        }
    };
    let catalogue = &version.catalogue;
    for name in &version.filters {
        let Some(filter) = catalogue.filters.get(name) else { continue };
        let own = format!("{name}.");
        let companions = filter.companions.iter().filter(|parameter| parameter.starts_with(&own));
        let owner = format!("filter {name}");
        filter.parameter.iter().chain(companions).for_each(|parameter| add(&owner, parameter));
    }
    let caps = Cap::ALL.into_iter().filter(|cap| *cap == Cap::Slate || version.cap(*cap).is_some());
    caps.for_each(|cap| add("", cap.parameter()));
    for name in &version.signals {
        let owner = format!("signal {name}");
        let parameters = catalogue.signals.get(name).into_iter().flat_map(|signal| &signal.parameters);
        let is_of_no_step = |parameter: &&String| {
            catalogue.parameters.get(*parameter).is_some_and(|parameter| parameter.stage.is_none())
        };
        parameters.filter(is_of_no_step).for_each(|parameter| add(&owner, parameter));
    }
    named.into_iter().filter_map(|(owner, name)| knob(version, owner, name)).collect()
}

fn knob(version: &Version, owner: String, name: String) -> Option<Knob> {
    let parameter = version.catalogue.parameter(&name)?;
    if !matches!(parameter.kind, ParameterKind::Decimal | ParameterKind::Double | ParameterKind::Integer) {
        return None;
    }
    let own = number(&version.parameter(&name));
    // Where the version has it off, that of the first shipped one which has it on says what is usual.
    let rest = own.or_else(|| usual(&name)).unwrap_or(Decimal::TEN);
    let (low, high, step) = reach(parameter, rest);
    let text = |number: Decimal| number.normalize().to_string();
    Some(Knob {
        owner,
        about: parameter.about.clone(),
        unit: parameter.unit.clone(),
        value: own.map_or_else(|| "off".to_owned(), text),
        rest: text(rest),
        low: text(low),
        high: text(high),
        step: text(step),
        off: parameter.off,
        name,
    })
}

fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Integer(integer) => Some(Decimal::from(*integer)),
        _ => None,
    }
}

fn usual(name: &str) -> Option<Decimal> {
    SHIPPED.iter().filter_map(|id| shipped(id).ok()).find_map(|version| number(&version.parameter(name)))
}

/// From nothing to twice the value, in steps that fit it, within what the parameter allows.
fn reach(parameter: &Parameter, value: Decimal) -> (Decimal, Decimal, Decimal) {
    let half = Decimal::new(5, 1);
    let size = value.abs();
    let usual = match parameter.kind {
        ParameterKind::Integer => Decimal::ONE,
        _ if size < Decimal::ONE => Decimal::new(1, 1),
        _ if size <= Decimal::from(30) => half,
        _ => Decimal::ONE,
    };
    // The value itself is one of the steps.
    let is_step = value.checked_rem(usual).is_some_and(|rest| rest.is_zero());
    let step = if is_step { usual } else { Decimal::new(1, value.normalize().scale()) };
    let least = parameter.min;
    let most = parameter.max.unwrap_or(Decimal::MAX);
    let twice = value.saturating_mul(Decimal::TWO);
    let further = |by: i64| value.saturating_add(step.saturating_mul(Decimal::from(by)));
    match value.is_sign_negative() && !value.is_zero() {
        false => (least.unwrap_or_default().min(value), twice.max(further(5)).min(most), step),
        true => (twice.min(further(-5)).max(least.unwrap_or(Decimal::MIN)), Decimal::ZERO.min(most).max(value), step),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slider_reaches_from_nothing_to_twice_its_value() {
        let reached = |text: &str| {
            let (low, high, step) = reach(&Parameter::of(ParameterKind::Decimal), text.parse().unwrap());
            [low, high, step].map(|number| number.normalize().to_string()).join(" ")
        };
        insta::assert_snapshot!(reached("5"), @"0 10 0.5");
        insta::assert_snapshot!(reached("0"), @"0 0.5 0.1");
        insta::assert_snapshot!(reached("3.25"), @"0 6.5 0.01");
        insta::assert_snapshot!(reached("-4"), @"-8 0 0.5");
        insta::assert_snapshot!(reached("-0.5"), @"-1 0 0.1");
        insta::assert_snapshot!(reached("79228162514264337593543950335"), @"0 79228162514264337593543950335 1");
        insta::assert_snapshot!(reached("-79228162514264337593543950335"), @"-79228162514264337593543950335 0 1");
    }

    #[test]
    fn every_value_of_a_slider_is_one_of_its_parameter() {
        for id in SHIPPED.iter() {
            let version = shipped(id).unwrap();
            let knobs = of(&version);
            assert!(knobs.iter().any(|knob| knob.name == "min_edge" || knob.name == "cap"), "{id}");
            for knob in knobs {
                let decimal = |text: &str| text.parse::<Decimal>().unwrap();
                assert!(decimal(&knob.low) <= decimal(&knob.rest) && decimal(&knob.rest) <= decimal(&knob.high));
                for value in [&knob.low, &knob.high, &knob.rest, &"off".to_owned()] {
                    let mut version = version.clone();
                    let set = version.set(&knob.name, value);
                    assert!(
                        set.is_ok() || (value == "off" && !version.catalogue.parameters[&knob.name].off),
                        "{id} {knob:?}"
                    );
                }
                // The version's own value is one of the slider's steps.
                let steps = (decimal(&knob.rest) - decimal(&knob.low)) / decimal(&knob.step);
                assert!(steps.fract().is_zero(), "{id} {knob:?}");
            }
        }
    }
}
