//! The stretches of a table that lie in a file of their own.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Months, NaiveDate};

use crate::dates::DateRange;

/// A calendar month, or all of a table that has no dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Month {
    All,
    Of(i32, u32),
}

/// What the one file of an undated table is called.
const ALL: &str = "all";

impl Month {
    pub fn of(date: NaiveDate) -> Month {
        Month::Of(date.year(), date.month())
    }

    /// Its first day; none where there are no dates.
    pub fn first_day(self) -> Option<NaiveDate> {
        match self {
            Month::All => None,
            Month::Of(year, month) => NaiveDate::from_ymd_opt(year, month, 1),
        }
    }

    /// Its last day; none where there are no dates.
    pub fn last_day(self) -> Option<NaiveDate> {
        self.first_day()?.checked_add_months(Months::new(1))?.pred_opt()
    }

    /// Its dates; of what has no dates all.
    pub fn dates(self) -> DateRange {
        DateRange { from: self.first_day(), to: self.last_day() }
    }

    /// The month whose rows are in a snapshot's file: `TABLE/YYYY-MM.parquet`, whatever stands after the month.
    pub fn of_file(path: &str) -> Option<Month> {
        let name = path.rsplit('/').next()?;
        name.split('.').next()?.parse().ok()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Month::All => f.write_str(ALL),
            Month::Of(year, month) => write!(f, "{year:04}-{month:02}"),
        }
    }
}

impl FromStr for Month {
    type Err = ();

    fn from_str(text: &str) -> Result<Month, ()> {
        if text == ALL {
            return Ok(Month::All);
        }
        let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").map_err(|_| ())?;
        // Only as it is written: four digits and two.
        (Month::of(first).to_string() == text).then(|| Month::of(first)).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_before_the_next() {
        assert_eq!(Month::Of(2026, 12).last_day(), NaiveDate::from_ymd_opt(2026, 12, 31));
        assert_eq!(Month::Of(2024, 2).last_day(), NaiveDate::from_ymd_opt(2024, 2, 29));
        assert_eq!(Month::All.last_day(), None);
    }

    #[test]
    fn a_file_is_of_a_month() {
        assert_eq!(Month::of_file("prediction_accuracy/2026-02.parquet"), Some(Month::Of(2026, 2)));
        assert_eq!(Month::of_file("prediction_accuracy/2026-02.0a1b2c3d4e5f.parquet"), Some(Month::Of(2026, 2)));
        assert_eq!(Month::of_file("model_registry/all.parquet"), Some(Month::All));
        for other in ["a/2026-2.parquet", "a/2026-13.parquet", "a/notes.parquet", "a/2026-02-11.parquet", ""] {
            assert_eq!(Month::of_file(other), None, "{other}");
        }
    }
}
