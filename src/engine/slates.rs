//! The slates that are asked for, and from when each is seen.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};

use crate::error::{Error, RequestError, Result};
use crate::snapshot::calendar::Season;

/// What had been written by when counts as known (specification: snapshot, "Time").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// The same moment for every slate (UTC).
    At(NaiveDateTime),
    /// A time of day on each slate's own date (UTC).
    TimeOfDay(NaiveTime),
}

impl AsOf {
    fn on(self, date: NaiveDate) -> NaiveDateTime {
        match self {
            AsOf::At(moment) => moment,
            AsOf::TimeOfDay(time) => date.and_time(time),
        }
    }
}

impl std::str::FromStr for AsOf {
    type Err = Error;

    fn from_str(text: &str) -> Result<AsOf> {
        let time = ["%H:%M", "%H:%M:%S"].iter().find_map(|format| NaiveTime::parse_from_str(text, format).ok());
        if let Some(time) = time {
            return Ok(AsOf::TimeOfDay(time));
        }
        if let Ok(moment) = chrono::DateTime::parse_from_rfc3339(text) {
            return Ok(AsOf::At(moment.naive_utc()));
        }
        const FORMATS: [&str; 4] = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"];
        let moment = FORMATS.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
        moment.map(AsOf::At).ok_or_else(|| {
            Error::Request(RequestError::BadArgument {
                what: "--as-of",
                value: text.to_owned(),
                reason: "must be a time of day (14:30) or a timestamp (2026-02-11T14:30), UTC".to_owned(),
            })
        })
    }
}

/// A slate that is asked for: a row of the `slates` relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slate {
    /// Its date.
    pub game_date: NaiveDate,
    /// The season of its date.
    pub season: Season,
    /// Only rows written by then count; none: everything the snapshot holds.
    pub as_of: Option<NaiveDateTime>,
    /// Of rows about earlier dates only those written by then count; none: all of them. It is `as_of`, unless nothing about
    /// earlier dates was written later: then slates may share one history whatever they are seen from.
    pub past_as_of: Option<NaiveDateTime>,
    /// Slates whose past is seen from the same moment share their histories.
    pub vantage: i64,
    /// The version_id of the subset picks that count.
    pub subset_version: Option<String>,
}

impl Slate {
    /// Results and box scores count when dated before this: the slate itself, or the date of an earlier `as_of`.
    pub fn known_before(&self) -> NaiveDate {
        self.as_of.map_or(self.game_date, |moment| moment.date().min(self.game_date))
    }

    /// Whole weeks since opening night.
    pub fn season_week(&self) -> i64 {
        (self.game_date - self.season.opening_night()).num_weeks()
    }

    /// The latest November 1st not after the slate, from which production counted a season's record.
    pub fn record_season_start(&self) -> NaiveDate {
        let of = |year| NaiveDate::from_ymd_opt(year, 11, 1).unwrap_or(NaiveDate::MIN);
        let this_year = of(self.game_date.year());
        if this_year <= self.game_date { this_year } else { of(self.game_date.year() - 1) }
    }
}

/// The slates on `dates`, seen as of `as_of`, with the subset version that `subset_pattern` (strftime) gives each date.
///
/// # Errors
/// The pattern is no strftime pattern.
pub fn slates_on(dates: &[NaiveDate], as_of: Option<AsOf>, subset_pattern: Option<&str>) -> Result<Vec<Slate>> {
    let subset_version = |date: &NaiveDate| match subset_pattern {
        None => Ok(None),
        Some(pattern) => strftime(date, pattern).map(Some),
    };
    let slate = |(at, date): (usize, &NaiveDate)| {
        let vantage = match as_of {
            Some(AsOf::TimeOfDay(_)) => i64::try_from(at).unwrap_or(i64::MAX),
            _ => 0,
        };
        let as_of = as_of.map(|as_of| as_of.on(*date));
        Ok(Slate {
            game_date: *date,
            season: Season::of(*date),
            as_of,
            past_as_of: as_of,
            vantage,
            subset_version: subset_version(date)?,
        })
    };
    dates.iter().enumerate().map(slate).collect()
}

fn strftime(date: &NaiveDate, pattern: &str) -> Result<String> {
    use std::fmt::Write as _;
    let mut text = String::new();
    write!(text, "{}", date.format(pattern)).map_err(|_| RequestError::BadArgument {
        what: "--subset-version",
        value: pattern.to_owned(),
        reason: "must be a strftime pattern of the slate's date, such as v_%Y%m%d_120000".to_owned(),
    })?;
    Ok(text)
}

/// The slates of `known` nearest to `date`, in words.
pub fn nearest(known: &[NaiveDate], date: NaiveDate) -> String {
    let at = known.partition_point(|other| *other < date);
    let before = at.checked_sub(1).map(|before| known[before]);
    match (before, known.get(at)) {
        (Some(before), Some(after)) => format!("the nearest slates are {before} and {after}"),
        (Some(before), None) => format!("the snapshot's last slate is {before}"),
        (None, Some(after)) => format!("the snapshot's first slate is {after}"),
        (None, None) => "the snapshot has no slates".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn as_of_is_a_time_of_day_or_a_moment() {
        let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
        assert_eq!("12:00".parse::<AsOf>().unwrap(), AsOf::TimeOfDay(noon));
        let moment = AsOf::At(date("2026-02-11").and_time(noon));
        for text in ["2026-02-11T12:00", "2026-02-11 12:00:00", "2026-02-11T12:00:00Z", "2026-02-11T14:00:00+02:00"] {
            assert_eq!(text.parse::<AsOf>().unwrap(), moment, "{text}");
        }
        assert!("noon".parse::<AsOf>().is_err());
    }

    #[test]
    fn a_moment_before_the_slate_hides_the_days_between() {
        let as_of = Some("2026-02-09T12:00".parse().unwrap());
        let slates = slates_on(&[date("2026-02-11")], as_of, Some("v_%Y%m%d_120000")).unwrap();
        assert_eq!(slates[0].known_before(), date("2026-02-09"));
        assert_eq!(slates[0].subset_version.as_deref(), Some("v_20260211_120000"));
        assert!(slates_on(&[date("2026-02-11")], None, Some("%Q!%")).is_err());
    }

    #[test]
    fn the_record_counts_from_the_latest_november() {
        let start = |text: &str| slates_on(&[date(text)], None, None).unwrap()[0].record_season_start();
        assert_eq!(start("2025-10-31"), date("2024-11-01"));
        assert_eq!(start("2025-11-01"), date("2025-11-01"));
        assert_eq!(start("2026-04-12"), date("2025-11-01"));
    }

    #[test]
    fn the_nearest_slates_are_named() {
        let known = [date("2026-02-10"), date("2026-02-12")];
        assert_eq!(nearest(&known, date("2026-02-11")), "the nearest slates are 2026-02-10 and 2026-02-12");
        assert_eq!(nearest(&known, date("2026-03-01")), "the snapshot's last slate is 2026-02-12");
        assert_eq!(nearest(&known, date("2026-01-01")), "the snapshot's first slate is 2026-02-10");
    }
}
