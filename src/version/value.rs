//! The value of a parameter.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::catalogue::{Parameter, ParameterKind};

/// A parameter's value; `Off` switches it off.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    Off,
    /// Decimals and doubles alike: written as decimals, they become doubles where the pipeline computes with doubles.
    Number(Decimal),
    Integer(i64),
    Text(String),
    Date(NaiveDate),
    Range(Decimal, Decimal),
}

impl Value {
    /// Parses `text` as a value of `parameter`.
    ///
    /// # Errors
    /// Why it is none, and what would be.
    pub fn parse(parameter: &Parameter, text: &str) -> Result<Value, String> {
        let text = text.trim();
        if text == "off" {
            return if parameter.off { Ok(Value::Off) } else { Err("cannot be switched off".to_owned()) };
        }
        match parameter.kind {
            ParameterKind::Decimal | ParameterKind::Double => number(parameter, text).map(Value::Number),
            ParameterKind::Integer => {
                let value = number(parameter, text)?;
                match value.to_i64().filter(|_| value.fract().is_zero()) {
                    Some(whole) => Ok(Value::Integer(whole)),
                    None => Err("must be a whole number".to_owned()),
                }
            }
            ParameterKind::Choice if parameter.choices.iter().any(|choice| choice == text) => {
                Ok(Value::Text(text.to_owned()))
            }
            ParameterKind::Choice => Err(format!("must be one of {}", parameter.choices.join(", "))),
            ParameterKind::Text if text.is_empty() => Err("must not be empty".to_owned()),
            ParameterKind::Text => {
                // A list has no blanks beside its commas: what reads it looks for its entries letter by letter.
                let entries: Vec<&str> = text.split(',').map(str::trim).collect();
                match entries.iter().all(|entry| !entry.is_empty()) {
                    true => Ok(Value::Text(entries.join(","))),
                    false => Err("has an empty entry beside a comma".to_owned()),
                }
            }
            ParameterKind::Date => match NaiveDate::from_str(text) {
                Ok(date) => Ok(Value::Date(date)),
                Err(_) => Err("must be a date, YYYY-MM-DD".to_owned()),
            },
            ParameterKind::Range => {
                let (low, high) = text.split_once(':').ok_or("must be a range, LOW:HIGH")?;
                let (low, high) = (number(parameter, low.trim())?, number(parameter, high.trim())?);
                if low > high { Err("LOW is above HIGH".to_owned()) } else { Ok(Value::Range(low, high)) }
            }
        }
    }
}

/// The most digits after the point that a number may have; the `params` relation holds six.
const DIGITS: u32 = 6;

fn number(parameter: &Parameter, text: &str) -> Result<Decimal, String> {
    let value = Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text)).map_err(|_| {
        let off = if parameter.off { " or off" } else { "" };
        format!("must be a number{off}")
    })?;
    let value = value.normalize();
    if value.scale() > DIGITS {
        return Err(format!("has more than {DIGITS} digits after the point"));
    }
    let below = parameter.min.is_some_and(|min| value < min);
    let above = parameter.max.is_some_and(|max| value > max);
    match (below || above, parameter.min, parameter.max) {
        (false, _, _) => Ok(value),
        (true, Some(min), Some(max)) => Err(format!("is out of range, {min} to {max}")),
        (true, Some(min), None) => Err(format!("is out of range, at least {min}")),
        (true, None, Some(max)) => Err(format!("is out of range, at most {max}")),
        (true, None, None) => Err("is out of range".to_owned()),
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Off => f.write_str("off"),
            Value::Number(value) => value.fmt(f),
            Value::Integer(value) => value.fmt(f),
            Value::Text(value) => f.write_str(value),
            Value::Date(value) => value.fmt(f),
            Value::Range(low, high) => write!(f, "{low}:{high}"),
        }
    }
}

impl Serialize for Value {
    /// Numbers as numbers, everything else as the text that `--set` takes.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Integer(value) => serializer.serialize_i64(*value),
            Value::Number(value) => match (value.to_i64().filter(|_| value.fract().is_zero()), value.to_f64()) {
                (Some(whole), _) => serializer.serialize_i64(whole),
                (None, Some(double)) => serializer.serialize_f64(double),
                (None, None) => serializer.collect_str(value),
            },
            other => serializer.collect_str(other),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    /// What [`Serialize`] writes: numbers, `off`, and every other text as a text, since only a parameter says what it is.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) if text == "off" => Ok(Value::Off),
            serde_json::Value::String(text) => Ok(Value::Text(text)),
            serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64().and_then(Decimal::from_f64)) {
                (Some(whole), _) => Ok(Value::Integer(whole)),
                (None, Some(decimal)) => Ok(Value::Number(decimal)),
                (None, None) => Err(de::Error::custom("a number that no parameter has")),
            },
            _ => Err(de::Error::custom("neither a number nor a text")),
        }
    }
}

impl JsonSchema for Value {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Value".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["number", "string"], "description": "A number, or the text that --set takes: off, a choice, a date, LOW:HIGH" })
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::catalogue;
    use super::*;

    fn parse(name: &str, text: &str) -> Result<Value, String> {
        Value::parse(&catalogue().parameters[name], text)
    }

    #[test]
    fn values_are_read_by_their_parameter() {
        assert_eq!(parse("min_edge", "5.50"), Ok(Value::Number(Decimal::new(55, 1))));
        assert_eq!(parse("min_edge", "off"), Ok(Value::Off));
        assert_eq!(parse("cap", "5"), Ok(Value::Integer(5)));
        assert_eq!(parse("score", "edge"), Ok(Value::Text("edge".to_owned())));
        assert_eq!(parse("opponent_under_block", "MIN, MEM ,MIL"), Ok(Value::Text("MIN,MEM,MIL".to_owned())));
        assert_eq!(parse("away_noveg", "v9,,v12_noveg"), Err("has an empty entry beside a comma".to_owned()));
        assert_eq!(parse("confidence_band", "0.88:0.9"), Ok(Value::Range(Decimal::new(88, 2), Decimal::new(9, 1))));
    }

    #[test]
    fn values_are_written_as_numbers_or_as_the_text_that_sets_them() {
        let json = |name: &str, text: &str| serde_json::to_string(&parse(name, text).unwrap()).unwrap();
        assert_eq!(json("min_edge", "5.0"), "5");
        assert_eq!(json("min_edge", "4.5"), "4.5");
        assert_eq!(json("health_blocked", "5.24e1"), "52.4");
        assert_eq!(json("cap", "off"), "\"off\"");
        assert_eq!(json("confidence_band", "0.88:0.90"), "\"0.88:0.9\"");
    }

    #[test]
    fn what_is_written_is_read() {
        for text in ["5", "4.5", "0.312346", "\"off\"", "\"0.88:0.9\"", "\"edge\"", "\"2026-02-11\""] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
        }
        assert!(serde_json::from_str::<Value>("true").is_err());
    }

    #[test]
    fn what_is_no_value_says_what_would_be() {
        assert_eq!(parse("min_edge", "five"), Err("must be a number or off".to_owned()));
        assert_eq!(parse("min_edge", "-1"), Err("is out of range, 0 to 100".to_owned()));
        assert_eq!(parse("cap", "2.5"), Err("must be a whole number".to_owned()));
        assert_eq!(parse("health_days", "off"), Err("cannot be switched off".to_owned()));
        assert_eq!(parse("score", "luck"), Err("must be one of edge, composite".to_owned()));
        assert_eq!(parse("confidence_band", "0.9:0.8"), Err("LOW is above HIGH".to_owned()));
        assert_eq!(parse("stats_since", "soon"), Err("must be a date, YYYY-MM-DD".to_owned()));
    }
}
