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
}

/// The thresholds of the version's filters, in its order, its cap of a slate, and those others that it has.
pub fn of(version: &Version) -> Vec<Knob> {
    let thresholds =
        version.filters.iter().filter_map(|filter| version.catalogue.filters.get(filter)?.parameter.as_ref());
    let filters = thresholds.flat_map(|name| version.names_of(name));
    let mut names: Vec<String> = Vec::new();
    let caps = Cap::ALL.into_iter().filter(|cap| *cap == Cap::Slate || version.cap(*cap).is_some());
    for name in filters.chain(caps.map(|cap| cap.parameter().to_owned())) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter().filter_map(|name| knob(version, name)).collect()
}

fn knob(version: &Version, name: String) -> Option<Knob> {
    let parameter = version.catalogue.parameter(&name)?;
    let own = number(&version.parameter(&name));
    // Where the version has it off, that of the first shipped one which has it on says what is usual.
    let rest = own.or_else(|| usual(&name)).unwrap_or(Decimal::TEN);
    let (low, high, step) = reach(parameter, rest);
    let text = |number: Decimal| number.normalize().to_string();
    Some(Knob {
        about: parameter.about.clone(),
        unit: parameter.unit.clone(),
        value: own.map_or_else(|| "off".to_owned(), text),
        rest: text(rest),
        low: text(low),
        high: text(high),
        step: text(step),
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
    let step = match parameter.kind {
        ParameterKind::Integer => Decimal::ONE,
        _ if value < Decimal::ONE => Decimal::new(1, 2),
        _ if value <= Decimal::from(30) => half,
        _ => Decimal::ONE,
    };
    let least = parameter.min.unwrap_or(Decimal::ZERO);
    let most = parameter.max.unwrap_or(Decimal::MAX);
    let high = (value * Decimal::TWO).max(value + Decimal::from(5) * step).min(most);
    (least.min(value), high, step)
}

#[cfg(test)]
mod tests {
    use super::*;

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
