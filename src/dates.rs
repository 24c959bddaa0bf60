//! Dates as the machine formats write them, and ranges of dates.

use std::borrow::Cow;
use std::fmt;

use chrono::NaiveDate;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A date, written YYYY-MM-DD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub NaiveDate);

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        String::deserialize(deserializer)?.parse().map(Day).map_err(de::Error::custom)
    }
}

impl JsonSchema for Day {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // Few readers check formats; all check patterns.
        json_schema!({ "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
    }
}

use crate::error::{RequestError, Result};

/// Dates from one to another, both in; an open end reaches everything. By default all dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DateRange {
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
}

impl DateRange {
    /// Makes sure that it does not end before it starts.
    ///
    /// # Errors
    /// It does.
    pub fn ensure_from_before_to(self) -> Result<()> {
        match (self.from, self.to) {
            (Some(from), Some(to)) if from > to => Err(RequestError::RangeReversed { from, to }.into()),
            _ => Ok(()),
        }
    }

    pub fn contains(self, date: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
    }

    /// Whether every date of `other` is one of this.
    pub fn covers(self, other: DateRange) -> bool {
        let from = self.from.is_none_or(|from| other.from.is_some_and(|other| from <= other));
        from && self.to.is_none_or(|to| other.to.is_some_and(|other| other <= to))
    }

    /// Whether no date lies between this and `other`.
    pub fn touches(self, other: DateRange) -> bool {
        let reaches = |to: Option<NaiveDate>, from: Option<NaiveDate>| match (to, from) {
            (Some(to), Some(from)) => to.succ_opt().is_none_or(|next| from <= next),
            _ => true,
        };
        reaches(self.to, other.from) && reaches(other.to, self.from)
    }

    /// The dates that are in both; none where there is no such date.
    pub fn overlap(self, other: DateRange) -> Option<DateRange> {
        let from = self.from.max(other.from);
        let to = self.to.into_iter().chain(other.to).min();
        let has_dates = from.zip(to).is_none_or(|(from, to)| from <= to);
        has_dates.then_some(DateRange { from, to })
    }

    /// From the earlier start to the later end.
    pub fn joined(self, other: DateRange) -> DateRange {
        let both = |a: Option<NaiveDate>, b: Option<NaiveDate>| a.zip(b);
        DateRange {
            from: both(self.from, other.from).map(|(a, b)| a.min(b)),
            to: both(self.to, other.to).map(|(a, b)| a.max(b)),
        }
    }
}

impl fmt::Display for DateRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.to) {
            (None, None) => f.write_str("all dates"),
            (None, Some(to)) => write!(f, "up to {to}"),
            (Some(from), None) => write!(f, "from {from}"),
            (Some(from), Some(to)) if from == to => write!(f, "{from}"),
            (Some(from), Some(to)) => write!(f, "{from} to {to}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: &str, to: &str) -> DateRange {
        DateRange { from: from.parse().ok(), to: to.parse().ok() }
    }

    #[test]
    fn a_range_covers_what_lies_within() {
        let all = range("", "");
        let season = range("2025-10-01", "2026-09-30");
        assert!(all.covers(all) && all.covers(season) && season.covers(season));
        assert!(season.covers(range("2026-02-01", "2026-02-28")));
        assert!(!season.covers(all) && !season.covers(range("2026-02-01", "")));
        assert!(!season.covers(range("2025-09-30", "2026-02-01")));
        assert!(range("2025-10-01", "").covers(season) && !range("2025-10-02", "").covers(season));
    }

    #[test]
    fn ranges_overlap_where_they_share_a_date() {
        let (january, season) = (range("2026-01-01", "2026-01-31"), range("2025-10-01", "2026-09-30"));
        assert_eq!(january.overlap(season), Some(january));
        assert_eq!(january.overlap(range("2026-01-31", "")), Some(range("2026-01-31", "2026-01-31")));
        assert_eq!(january.overlap(range("2026-02-01", "")), None);
        assert_eq!(range("", "").overlap(range("", "2026-01-31")), Some(range("", "2026-01-31")));
    }

    #[test]
    fn ranges_without_a_gap_join() {
        let (january, february) = (range("2026-01-01", "2026-01-31"), range("2026-02-01", "2026-02-28"));
        assert!(january.touches(february) && february.touches(january));
        assert_eq!(february.joined(january), range("2026-01-01", "2026-02-28"));
        assert!(!january.touches(range("2026-02-02", "")));
        assert_eq!(january.joined(range("2026-01-15", "")), range("2026-01-01", ""));
    }

    #[test]
    fn a_range_without_ends_has_every_date() {
        let date = "2026-02-16".parse().unwrap();
        assert!(DateRange::default().contains(date));
        assert!(!range("", "2026-02-15").contains(date));
        assert_eq!(DateRange::default().to_string(), "all dates");
    }
}
