//! The days of a season: opening night, the dates with games, the last day.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use datafusion::arrow::error::ArrowError;

/// Opening nights that are known; of any other year it is October 22nd.
const OPENING_NIGHTS: [(i32, u32); 5] = [(2021, 19), (2022, 18), (2023, 24), (2024, 22), (2025, 21)];
const DEFAULT_OPENING_DAY: u32 = 22;
/// The all-star break: this many days, from the Friday before the third Sunday of February.
const BREAK_DAYS: u64 = 6;

/// The dates of one season.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// The year of the season's October.
    pub year: i32,
    pub opening: NaiveDate,
    /// The dates with games, ascending.
    pub slates: Vec<NaiveDate>,
}

impl Calendar {
    /// The season from opening night to the second Sunday of April, without the days on which nobody plays:
    /// Thanksgiving, the third Tuesday of December (the cup final), Christmas Eve, the all-star break.
    pub fn of(year: i32) -> Result<Self, ArrowError> {
        let opening_day =
            OPENING_NIGHTS.iter().find(|(known, _)| *known == year).map_or(DEFAULT_OPENING_DAY, |(_, day)| *day);
        let opening = date(year, 10, opening_day)?;
        let last = weekday_of_month(year + 1, 4, Weekday::Sun, 2)?;
        let mut idle = vec![weekday_of_month(year, 11, Weekday::Thu, 4)?, weekday_of_month(year, 12, Weekday::Tue, 3)?];
        idle.push(date(year, 12, 24)?);
        let break_start = weekday_of_month(year + 1, 2, Weekday::Sun, 3)? - Days::new(2);
        idle.extend(break_start.iter_days().take(BREAK_DAYS as usize));
        let slates = opening.iter_days().take_while(|day| *day <= last).filter(|day| !idle.contains(day)).collect();
        Ok(Calendar { year, opening, slates })
    }

    /// The slate at a share of the season, from 0 (opening night) to 1 (the last day).
    pub fn at(&self, share: f64) -> NaiveDate {
        let index = (share * self.slates.len() as f64) as usize;
        self.slates.get(index).or_else(|| self.slates.last()).copied().unwrap_or(self.opening)
    }

    /// The date of a month and day of the season; months before October belong to the next year.
    pub fn day(&self, month: u32, day: u32) -> Result<NaiveDate, ArrowError> {
        date(if month < 10 { self.year + 1 } else { self.year }, month, day)
    }
}

fn date(year: i32, month: u32, day: u32) -> Result<NaiveDate, ArrowError> {
    NaiveDate::from_ymd_opt(year, month, day)
        .ok_or_else(|| ArrowError::InvalidArgumentError(format!("no such date: {year}-{month}-{day}")))
}

/// The `nth` (from 1) `weekday` of a month.
fn weekday_of_month(year: i32, month: u32, weekday: Weekday, nth: u8) -> Result<NaiveDate, ArrowError> {
    NaiveDate::from_weekday_of_month_opt(year, month, weekday, nth)
        .ok_or_else(|| ArrowError::InvalidArgumentError(format!("no {weekday} number {nth} in {year}-{month}")))
}

/// `2025-10-21` as `20251021`, the form inside ids.
pub fn compact(date: NaiveDate) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}
