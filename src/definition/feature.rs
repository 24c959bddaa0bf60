//! Features as data: a value of a candidate that is made of the player's own past.
//!
//! A feature says which rows of the past there are (`from`, `where`), how many of them are looked at (`last`), what is read of
//! each (`value`) and what is made of that (`take`). That the rows end before the slate is no part of it, so no feature can
//! say otherwise (specification: versions, "Features").

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::check::Kind;
use super::expression::Expression;

/// A value of a candidate from the player's past.
#[derive(Debug, Clone)]
pub struct Feature {
    pub name: String,
    pub about: String,
    pub from: Past,
    /// What is read of a row; none: the row is counted.
    pub value: Option<Expression>,
    pub take: Take,
    pub last: Last,
    /// Which rows there are; none: all of them. A row of which it is NULL is not there.
    pub only: Option<Expression>,
    /// What kind of values it has.
    pub kind: Kind,
    /// What kind of values are read of its rows.
    pub read: Kind,
    /// Whether a version's file states it.
    pub is_own: bool,
}

impl PartialEq for Feature {
    /// Whether it has the same values, whatever is said about it.
    fn eq(&self, other: &Feature) -> bool {
        let of = |feature: &Feature| {
            let rule = (feature.from, feature.take, feature.last);
            (feature.name.clone(), rule, feature.value.clone(), feature.only.clone())
        };
        of(self) == of(other)
    }
}

impl Feature {
    /// What it is, in words.
    pub fn described(&self) -> String {
        let value = self.value.as_ref().map(|value| format!(" of {}", value.text())).unwrap_or_default();
        let only = self.only.as_ref().map(|only| format!(" where {}", only.text())).unwrap_or_default();
        format!("{}{value} over {} of the {}{only}", self.take.name(), self.last.described(), self.from.name())
    }
}

/// Whose rows a feature is made of, those of the player and the slate's season.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Past {
    /// Box scores.
    Games,
    /// Gradings of the champion, the latest of a game.
    Gradings,
    /// Active predictions of the champion.
    Predictions,
}

impl Past {
    /// Their names in definitions.
    pub const NAMES: [(&'static str, Past); 3] =
        [("games", Past::Games), ("gradings", Past::Gradings), ("predictions", Past::Predictions)];

    pub fn name(self) -> &'static str {
        name_of(&Past::NAMES, self)
    }

    /// The relation that has the features.
    pub fn relation(self) -> &'static str {
        match self {
            Past::Games => "past_games",
            Past::Gradings => "past_gradings",
            Past::Predictions => "past_predictions",
        }
    }

    /// The columns that expressions over its rows may name.
    pub fn columns(self) -> &'static BTreeMap<String, PastColumn> {
        &COLUMNS[self.name()]
    }
}

/// What is made of the values of some rows; a row without a value counts in none of them but `First`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    Avg,
    Sum,
    /// The sample standard deviation.
    Stddev,
    Min,
    Max,
    Count,
    /// The value of the latest row.
    First,
    /// Of the rows with a value, the share of those where it is true.
    Share,
}

impl Take {
    /// Their names in definitions.
    pub const NAMES: [(&'static str, Take); 8] = [
        ("avg", Take::Avg),
        ("sum", Take::Sum),
        ("stddev", Take::Stddev),
        ("min", Take::Min),
        ("max", Take::Max),
        ("count", Take::Count),
        ("first", Take::First),
        ("share", Take::Share),
    ];

    pub fn name(self) -> &'static str {
        name_of(&Take::NAMES, self)
    }

    /// The kind of what it makes of values of a kind.
    ///
    /// # Errors
    /// It makes nothing of such values; what it wants instead.
    pub fn kind(self, of: Kind) -> Result<Kind, &'static str> {
        match self {
            Take::Count => Ok(Kind::Integer),
            Take::First => Ok(of),
            Take::Share if of == Kind::Boolean => Ok(Kind::Double),
            Take::Share => Err("true or false"),
            Take::Min | Take::Max if of.is_number() || of == Kind::Date => Ok(of),
            Take::Min | Take::Max => Err("a number or a date"),
            _ if !of.is_number() => Err("a number"),
            Take::Avg if of == Kind::Decimal => Ok(Kind::Decimal),
            Take::Sum => Ok(of),
            Take::Avg | Take::Stddev => Ok(Kind::Double),
        }
    }
}

/// How many of the rows are looked at, the latest ones; all of them are of the slate's season.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    Rows(u32),
    /// Those of so many days before the slate, or before the day from which it is seen.
    Days(u32),
    Season,
}

impl Last {
    /// The most rows or days.
    const MOST: u32 = 400;

    /// Reads `5`, `14 days` or `season`.
    ///
    /// # Errors
    /// It is none of them.
    pub fn parse(text: &str) -> Result<Last, String> {
        let wrong = || {
            format!(
                "last must be a number of rows, such as \"5\", of days, such as \"14 days\", or \"season\", up to {}",
                Last::MOST
            )
        };
        let number = |digits: &str| digits.parse().ok().filter(|number| (1..=Last::MOST).contains(number));
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["season"] => Ok(Last::Season),
            [rows] => number(rows).map(Last::Rows).ok_or_else(wrong),
            [days, "days" | "day"] => number(days).map(Last::Days).ok_or_else(wrong),
            _ => Err(wrong()),
        }
    }

    /// As it is written.
    pub fn text(self) -> String {
        match self {
            Last::Rows(rows) => rows.to_string(),
            Last::Days(days) => format!("{days} days"),
            Last::Season => "season".to_owned(),
        }
    }

    fn described(self) -> String {
        match self {
            Last::Rows(1) => "the latest".to_owned(),
            Last::Rows(rows) => format!("the latest {rows}"),
            Last::Days(days) => format!("those of {days} days"),
            Last::Season => "all".to_owned(),
        }
    }
}

/// A column of a row of the past that expressions may name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastColumn {
    #[serde(rename = "type")]
    pub kind: Kind,
    pub unit: Option<String>,
    pub about: String,
}

/// The columns by where rows are from, by name.
#[allow(clippy::panic, reason = "the text is the program's own, which a test parses")]
static COLUMNS: LazyLock<BTreeMap<String, BTreeMap<String, PastColumn>>> =
    LazyLock::new(|| match toml::from_str(include_str!("../../queries/definitions/past.toml")) {
        Ok(columns) => columns,
        Err(error) => panic!("queries/definitions/past.toml: {error}"),
    });

fn name_of<T: PartialEq>(names: &[(&'static str, T)], wanted: T) -> &'static str {
    names.iter().find(|(_, known)| *known == wanted).map_or("", |(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_of_the_past_is_rows_days_or_the_season() {
        for (text, last) in [("5", Last::Rows(5)), ("14 days", Last::Days(14)), ("season", Last::Season)] {
            assert_eq!(Last::parse(text).unwrap(), last);
            assert_eq!(last.text(), text);
        }
        for text in ["", "0", "401", "-1", "5 games", "5.5", "14days", "the season", "0 days"] {
            assert!(Last::parse(text).unwrap_err().starts_with("last must be a number of rows"), "{text}");
        }
    }

    #[test]
    fn every_past_has_its_columns() {
        let named: Vec<&str> = Past::NAMES.iter().map(|(name, _)| *name).collect();
        assert_eq!(COLUMNS.keys().map(String::as_str).collect::<Vec<_>>(), named);
        assert!(COLUMNS.values().all(|columns| columns.contains_key("game_date")));
    }
}
