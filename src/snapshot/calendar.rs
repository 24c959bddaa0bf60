//! Seasons and their opening nights.

use chrono::{Datelike, Days, NaiveDate};

/// Opening nights by the year of the season's October (specification: snapshot, "Seasons").
const OPENING_NIGHTS: &[(i32, u32)] = &[(2021, 19), (2022, 18), (2023, 24), (2024, 22), (2025, 21)];
const OCTOBER: u32 = 10;
/// The opening night of years whose own is not known.
const USUAL_OPENING_DAY: u32 = 22;

/// A season, named by the year of its October.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Season {
    pub year: i32,
}

impl Season {
    /// The season that a date belongs to: from October on, the one that starts in the date's own year.
    pub fn of(date: NaiveDate) -> Season {
        Season { year: if date.month() >= OCTOBER { date.year() } else { date.year() - 1 } }
    }

    /// October 1st of its year.
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year, OCTOBER, 1).unwrap_or(NaiveDate::MIN)
    }

    /// The day before the next season's first.
    pub fn last_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year + 1, OCTOBER - 1, 30).unwrap_or(NaiveDate::MAX)
    }

    /// Such as "2025-26".
    pub fn name(self) -> String {
        format!("{}-{:02}", self.year, (self.year + 1).rem_euclid(100))
    }

    /// The opening night; October 22nd for a year whose own is not known (see [`Season::is_known`]).
    pub fn opening_night(self) -> NaiveDate {
        let day = OPENING_NIGHTS.iter().find(|(year, _)| *year == self.year).map_or(USUAL_OPENING_DAY, |(_, day)| *day);
        NaiveDate::from_ymd_opt(self.year, OCTOBER, day).unwrap_or(NaiveDate::MIN)
    }

    /// Whether the opening night is the season's real one and not the usual date.
    pub fn is_known(self) -> bool {
        OPENING_NIGHTS.iter().any(|(year, _)| *year == self.year)
    }

    /// The first date whose games enter the season's statistics: the day after opening night.
    pub fn stats_since(self) -> NaiveDate {
        self.opening_night().checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_season_runs_from_october_into_the_next_year() {
        assert_eq!(Season::of(date("2026-04-12")).name(), "2025-26");
        assert_eq!(Season::of(date("2025-10-01")).name(), "2025-26");
        assert_eq!(Season::of(date("2099-12-01")).name(), "2099-00");
        let season = Season { year: 2025 };
        assert_eq!([season.first_day(), season.last_day()], [date("2025-10-01"), date("2026-09-30")]);
        assert_eq!(Season::of(season.last_day()), season);
    }

    #[test]
    fn statistics_start_the_day_after_opening_night() {
        assert_eq!(Season { year: 2025 }.stats_since(), date("2025-10-22"));
        assert_eq!(Season { year: 2019 }.opening_night(), date("2019-10-22"));
        assert!(!Season { year: 2019 }.is_known());
    }
}
