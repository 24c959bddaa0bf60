//! The dimensions of a grid: a parameter, or a part of the version that is on or off, with the values to try.

use std::fmt;

use rust_decimal::Decimal;

use super::MOST_CELLS;
use crate::definition::Blocks;
use crate::error::{Error, RequestError, Result, VersionError, did_you_mean, one_line};
use crate::version::catalogue::{Catalogue, Parameter, ParameterKind};
use crate::version::{Origin, Part, Value, Version};

/// Where settings of a grid come from.
pub const OPTION: &str = "--param";

/// What a dimension changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Knob {
    Parameter(String),
    /// Whether what returned nothing as shipped works.
    Fidelity,
    /// Whether the version has a signal.
    Signal(String),
    /// Whether the version has a filter.
    Filter(String),
}

const FIDELITY: &str = "fidelity";
const SIGNAL: &str = "signal.";
const FILTER: &str = "filter.";
const FIDELITIES: [&str; 2] = ["as-shipped", "as-intended"];
const SWITCH: [&str; 2] = ["on", "off"];

/// A dimension of a grid: what it changes, and its values in the order in which they are shown, each once.
///
/// Numbers ascend, with `off` at the end where the filter blocks least; other values stay as they were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    pub knob: Knob,
    pub values: Vec<Value>,
}

impl Axis {
    /// Reads `NAME=VALUES`, such as `min_edge=3:8:0.25,off`.
    ///
    /// # Errors
    /// No such parameter, signal or filter, a value it cannot have, or a range without values.
    pub fn parse(text: &str, catalogue: &Catalogue) -> Result<Axis> {
        let (name, values) = text.split_once('=').ok_or_else(|| RequestError::BadArgument {
            what: OPTION,
            value: one_line(text),
            reason: "must be NAME=VALUES, such as min_edge=3:8:0.25 or cap=5,10,off".to_owned(),
        })?;
        let (name, values) = (name.trim(), values.trim());
        let bad = |reason: String| {
            Error::Version(VersionError::BadParameter { name: one_line(name), value: one_line(values), reason })
        };
        let knob = Knob::named(name, catalogue)?;
        let values = knob.values(values, catalogue).map_err(bad)?;
        if values.is_empty() {
            return Err(bad("has no values".to_owned()));
        }
        Ok(Axis { knob, values })
    }

    /// `version` with this dimension's `at`th value.
    ///
    /// # Errors
    /// A value that the version cannot have.
    pub fn apply(&self, version: &mut Version, at: usize) -> Result<()> {
        let value = &self.values[at];
        let origin = Origin::Option(OPTION);
        match &self.knob {
            Knob::Parameter(name) => version.set_from(name, &value.to_string(), origin)?,
            Knob::Fidelity if value.to_string() == FIDELITIES[1] => version.work_as_intended(),
            Knob::Fidelity => {}
            Knob::Signal(name) => version.switch(Part::Signals, name, value.to_string() == SWITCH[0], origin),
            Knob::Filter(name) => version.switch(Part::Filters, name, value.to_string() == SWITCH[0], origin),
        }
        Ok(())
    }

    /// The value of `version`, tried or not.
    pub fn value_of(&self, version: &Version) -> Value {
        match &self.knob {
            Knob::Parameter(name) => version.parameter(name),
            Knob::Fidelity => Value::Text(FIDELITIES[usize::from(version.defects.is_empty())].to_owned()),
            Knob::Signal(name) => switch(version.signals.contains(name)),
            Knob::Filter(name) => switch(version.filters.contains(name)),
        }
    }

    /// Where the value of `version` stands among those to try; none where it is not one of them.
    pub fn place_of(&self, version: &Version) -> Option<usize> {
        let own = self.value_of(version);
        self.values.iter().position(|value| *value == own)
    }

    /// Why no value of this dimension changes anything of `version`; none when one may.
    pub fn idle_on(&self, version: &Version) -> Option<String> {
        match &self.knob {
            Knob::Fidelity if version.defects.is_empty() => {
                Some(format!("fidelity has no effect: {} has no defects", version.id))
            }
            Knob::Parameter(name) => version.idle(name),
            _ => None,
        }
    }

    /// Makes the signal or filter that this dimension switches one of `version`'s.
    pub fn switch_on(&self, version: &mut Version) {
        match &self.knob {
            Knob::Signal(name) => version.switch(Part::Signals, name, true, Origin::Option(OPTION)),
            Knob::Filter(name) => version.switch(Part::Filters, name, true, Origin::Option(OPTION)),
            Knob::Parameter(_) | Knob::Fidelity => {}
        }
    }

    /// Every value as it is written.
    pub fn texts(&self) -> Vec<String> {
        self.values.iter().map(Value::to_string).collect()
    }
}

impl Knob {
    fn named(name: &str, catalogue: &Catalogue) -> Result<Knob> {
        let unknown = |what: &'static str, name: &str, hint: String| {
            Error::Request(RequestError::BadArgument {
                what,
                value: one_line(name),
                reason: format!("is not in the catalogue{hint}"),
            })
        };
        if name == FIDELITY {
            return Ok(Knob::Fidelity);
        }
        if let Some(signal) = name.strip_prefix(SIGNAL) {
            let names = catalogue.signals.keys().map(String::as_str);
            return match catalogue.signals.contains_key(signal) {
                true => Ok(Knob::Signal(signal.to_owned())),
                false => Err(unknown("signal", signal, did_you_mean(signal, names))),
            };
        }
        if let Some(filter) = name.strip_prefix(FILTER) {
            let names = catalogue.filters.keys().map(String::as_str);
            return match catalogue.filters.contains_key(filter) {
                true => Ok(Knob::Filter(filter.to_owned())),
                false => Err(unknown("filter", filter, did_you_mean(filter, names))),
            };
        }
        if catalogue.parameter(name).is_some() {
            return Ok(Knob::Parameter(name.to_owned()));
        }
        let hint = match (catalogue.filters.get(name), catalogue.signals.contains_key(name)) {
            (Some(filter), _) => match &filter.parameter {
                Some(parameter) => format!("; the threshold of that filter is {parameter}"),
                None => format!("; {FILTER}{name}=on,off tries that filter on and off"),
            },
            (None, true) => format!("; {SIGNAL}{name}=on,off tries that signal on and off"),
            (None, false) => did_you_mean(name, catalogue.parameters.keys().map(String::as_str).chain([FIDELITY])),
        };
        Err(VersionError::UnknownParameter { name: one_line(name), hint, lists: catalogue.lists() }.into())
    }

    /// The values that `text` lists, ordered as [`Axis::values`] says; or why it lists none.
    fn values(&self, text: &str, catalogue: &Catalogue) -> Result<Vec<Value>, String> {
        let items: Vec<&str> = text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
        match self {
            Knob::Parameter(name) => {
                let Some(parameter) = catalogue.parameter(name) else { return Ok(Vec::new()) };
                let mut values = Vec::new();
                for item in items {
                    values.extend(item_values(parameter, item)?);
                }
                if parameter.kind.is_number() {
                    let off_first = threshold(name, catalogue).is_some_and(|(_, blocks)| blocks == Blocks::Below);
                    values.sort_by_key(|value| ((*value == Value::Off) != off_first, value.clone()));
                }
                Ok(distinct(values))
            }
            Knob::Fidelity => choices(&items, &FIDELITIES),
            Knob::Signal(_) | Knob::Filter(_) => choices(&items, &SWITCH),
        }
    }
}

impl fmt::Display for Knob {
    /// As it is asked for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Knob::Parameter(name) => f.write_str(name),
            Knob::Fidelity => f.write_str(FIDELITY),
            Knob::Signal(name) => write!(f, "{SIGNAL}{name}"),
            Knob::Filter(name) => write!(f, "{FILTER}{name}"),
        }
    }
}

/// The filter whose threshold a parameter, or a side of one, is, and which values the filter blocks.
pub fn threshold<'c>(parameter: &str, catalogue: &'c Catalogue) -> Option<(&'c str, Blocks)> {
    let parameter = catalogue.side_of(parameter).map_or(parameter, |(of, _)| of);
    let mut filters = catalogue.filters.iter();
    let (name, filter) = filters.find(|(_, filter)| filter.parameter.as_deref() == Some(parameter))?;
    Some((name, filter.blocks?))
}

fn switch(on: bool) -> Value {
    Value::Text(SWITCH[usize::from(!on)].to_owned())
}

fn distinct(values: Vec<Value>) -> Vec<Value> {
    let mut distinct: Vec<Value> = Vec::with_capacity(values.len());
    for value in values {
        // Numbers are sorted: the same ones are neighbours. Other lists are short.
        if distinct.last() != Some(&value) && (distinct.len() > 64 || !distinct.contains(&value)) {
            distinct.push(value);
        }
    }
    distinct
}

fn choices(items: &[&str], known: &[&str]) -> Result<Vec<Value>, String> {
    let value = |item: &&str| match known.contains(item) {
        true => Ok(Value::Text((*item).to_owned())),
        false => Err(format!("'{}' must be one of {}", one_line(item), known.join(", "))),
    };
    Ok(distinct(items.iter().map(value).collect::<Result<_, _>>()?))
}

/// One value, or those of a range FROM:TO:STEP (both ends in; whole numbers may leave out a step of 1).
fn item_values(parameter: &Parameter, item: &str) -> Result<Vec<Value>, String> {
    if !parameter.kind.is_number() || !item.contains(':') {
        return Value::parse(parameter, item).map(|value| vec![value]).map_err(|reason| format!("'{item}' {reason}"));
    }
    let number = |text: &str| match Value::parse(parameter, text) {
        Ok(Value::Number(value)) => Ok(value),
        Ok(Value::Integer(value)) => Ok(Decimal::from(value)),
        Ok(_) => Err(format!("'{text}' is no end of a range; write it after a comma")),
        Err(reason) => Err(format!("'{text}' {reason}")),
    };
    let (from, to, step) = match item.split(':').map(str::trim).collect::<Vec<_>>().as_slice() {
        [from, to, step] => {
            let step: Decimal = step.parse().map_err(|_| format!("the step '{step}' is no number"))?;
            (number(from)?, number(to)?, step)
        }
        [from, to] if parameter.kind == ParameterKind::Integer => (number(from)?, number(to)?, Decimal::ONE),
        _ => return Err(format!("'{item}' is no range; write FROM:TO:STEP, such as 3:8:0.25")),
    };
    if step <= Decimal::ZERO {
        return Err(format!("the step of '{item}' must be above 0"));
    }
    if from > to {
        return Err(format!("the range '{item}' is the wrong way round; write it from the smaller to the larger"));
    }
    // None: more steps than a number can say.
    let steps = (to - from).checked_div(step).map(|steps| steps.floor());
    if steps.is_none_or(|steps| steps >= Decimal::from(MOST_CELLS)) {
        return Err(format!("the range '{item}' has more than {MOST_CELLS} values"));
    }
    let mut values = Vec::new();
    let mut next = Some(from);
    while let Some(at) = next.filter(|at| *at <= to) {
        values.push(Value::parse(parameter, &at.to_string()).map_err(|reason| format!("{at} {reason}"))?);
        next = at.checked_add(step);
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::catalogue::catalogue;
    use crate::version::shipped;

    fn texts(text: &str) -> Vec<String> {
        Axis::parse(text, catalogue()).unwrap().texts()
    }

    fn error(text: &str) -> String {
        Axis::parse(text, catalogue()).unwrap_err().to_string()
    }

    #[test]
    fn values_are_lists_and_ranges() {
        assert_eq!(texts("min_edge=3:4:0.25"), ["3", "3.25", "3.5", "3.75", "4"]);
        assert_eq!(texts("min_edge=3:4:0.3"), ["3", "3.3", "3.6", "3.9"]);
        assert_eq!(texts("bench_line = 8, 12,10 ,8:9:0.5"), ["8", "8.5", "9", "10", "12"]);
        assert_eq!(texts("cap=3:5"), ["3", "4", "5"]);
        assert_eq!(texts("health=as-of,live"), ["as-of", "live"]);
        assert_eq!(texts("confidence_band=0.88:0.9,off,0.8:0.9"), ["0.88:0.9", "off", "0.8:0.9"]);
        assert_eq!(texts("signal.cold_snap=on,off"), ["on", "off"]);
        assert_eq!(texts("fidelity=as-intended,as-shipped"), ["as-intended", "as-shipped"]);
    }

    #[test]
    fn off_stands_where_the_filter_blocks_least() {
        assert_eq!(texts("min_edge=off,5,3"), ["off", "3", "5"]);
        assert_eq!(texts("under_max_edge=off,9,7"), ["7", "9", "off"]);
        assert_eq!(texts("line_drop=off,2,1"), ["1", "2", "off"]);
    }

    #[test]
    fn what_is_no_dimension_says_what_would_be() {
        assert_eq!(
            error("min_edg=3:8:1"),
            "unknown parameter 'min_edg'; did you mean 'min_edge'? (`reslate versions show v307` lists them)"
        );
        assert!(error("edge_floor=3:8:1").contains("the threshold of that filter is min_edge"));
        assert!(error("cold_snap=on").contains("signal.cold_snap=on,off"));
        assert_eq!(
            error("signal.cold_snip=on"),
            "signal 'cold_snip': is not in the catalogue; did you mean 'cold_snap'?"
        );
        assert_eq!(
            error("min_edge=8:3:1"),
            "min_edge=8:3:1: the range '8:3:1' is the wrong way round; write it from the smaller to the larger"
        );
        assert_eq!(error("min_edge=3:8:0"), "min_edge=3:8:0: the step of '3:8:0' must be above 0");
        assert_eq!(error("min_edge=3:8"), "min_edge=3:8: '3:8' is no range; write FROM:TO:STEP, such as 3:8:0.25");
        assert_eq!(error("min_edge="), "min_edge=: has no values");
        assert_eq!(error("min_edge=3,x"), "min_edge=3,x: 'x' must be a number or off");
        assert_eq!(error("cap=2.5"), "cap=2.5: '2.5' must be a whole number");
        assert_eq!(error("filter.anti_pattern=maybe"), "filter.anti_pattern=maybe: 'maybe' must be one of on, off");
        assert!(error("min_edge=0:100:0.000001").contains("has more than 50000000 values"));
        assert!(error("min_edge=0:100:0.0000000000000000000000000001").contains("has more than 50000000 values"));
        assert_eq!(texts("min_edge=1:100:79228162514264337593543950335"), ["1"]);
        assert!(error("min_edge").contains("must be NAME=VALUES"));
    }

    #[test]
    fn a_dimension_changes_the_version_and_finds_its_own_value() {
        let v314 = shipped("v314").unwrap();
        for (text, own) in [
            ("min_edge=4:6:1", Some(1)),
            ("min_edge=4,6", None),
            ("filter.anti_pattern=off,on", Some(1)),
            ("signal.dual_agree=on,off", Some(1)),
            ("health=live,as-of", Some(0)),
        ] {
            let axis = Axis::parse(text, catalogue()).unwrap();
            assert_eq!(axis.place_of(&v314), own, "{text}");
            for at in 0..axis.values.len() {
                let mut changed = v314.clone();
                axis.apply(&mut changed, at).unwrap();
                assert_eq!(axis.place_of(&changed), Some(at), "{text}");
                assert_eq!(changed.states_the_same(&v314), Some(at) == own, "{text}");
            }
        }
    }

    #[test]
    fn a_dimension_that_nothing_reads_is_idle() {
        let v314 = shipped("v314").unwrap();
        let idle = |text: &str| Axis::parse(text, catalogue()).unwrap().idle_on(&v314);
        assert_eq!(idle("min_edge=3,4"), None);
        assert!(idle("rel_edge_cap=0.2,0.3").unwrap().contains("v314 has no filter rel_edge_cap"));
        assert!(idle("fidelity=as-shipped,as-intended").unwrap().contains("has no defects"));
    }
}
