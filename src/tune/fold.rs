//! Walking forward: choosing on some slates, reporting on those that follow.

use std::ops::Range;

use chrono::{Days, NaiveDate};

use super::counts::{Counts, Totals};
use crate::error::{Error, RequestError, Result};

/// How a range of dates is walked through; in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalkForward {
    pub train: u64,
    pub test: u64,
    /// From one test window to the next.
    pub step: u64,
    /// Whether training always starts at the first slate.
    pub expanding: bool,
}

/// A choice made on some slates and tried on the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Places among the slates.
    pub train: Range<usize>,
    pub test: Range<usize>,
}

impl WalkForward {
    /// The folds of `slates` (ascending): windows of days, so no slate is split; the last test window may be cut short by
    /// the end of the slates.
    ///
    /// # Errors
    /// Not even one fold has slates to train and to test on.
    pub fn folds(&self, slates: &[NaiveDate]) -> Result<Vec<Fold>> {
        if self.step < self.test.max(1) {
            return Err(Error::Request(RequestError::BadArgument {
                what: "--step",
                value: format!("{}d", self.step),
                reason: format!("is shorter than --test {}d, so slates would be tested on twice", self.test),
            }));
        }
        let (Some(first), Some(last)) = (slates.first().copied(), slates.last().copied()) else {
            return Err(RequestError::NoPredictions.into());
        };
        let before = |date: NaiveDate| slates.partition_point(|slate| *slate < date);
        let mut folds = Vec::new();
        let mut passed = 0;
        loop {
            let after = |days: u64| first.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX);
            let (from, cut) = (if self.expanding { first } else { after(passed) }, after(passed + self.train));
            if cut > last {
                break;
            }
            let (cut_at, end) = (before(cut), before(after(passed + self.train + self.test)));
            let fold = Fold { train: before(from)..cut_at, test: cut_at..end };
            if !fold.train.is_empty() && !fold.test.is_empty() {
                folds.push(fold);
            }
            passed += self.step;
        }
        if folds.is_empty() {
            let days = (last - first).num_days() + 1;
            return Err(Error::Request(RequestError::BadArgument {
                what: "--train",
                value: format!("{}d", self.train),
                reason: format!("leaves nothing to test on: the slates from {first} to {last} span {days} days"),
            }));
        }
        Ok(folds)
    }
}

/// The best cell of the training slates so far, and what it did on the test slates.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    pub merit: Merit,
    pub train: Totals,
    /// By test slate.
    pub test: Vec<Counts>,
}

/// By what one cell is before another: the larger figure, then fewer changes from the incumbent, then grid order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Merit {
    pub figure: f64,
    pub changes: u32,
    pub cell: u64,
}

impl Merit {
    pub fn is_before(&self, other: &Merit) -> bool {
        self.figure
            .total_cmp(&other.figure)
            .then(other.changes.cmp(&self.changes))
            .then(other.cell.cmp(&self.cell))
            .is_gt()
    }
}

/// The better of two choices.
pub fn better(own: Option<Choice>, other: Option<Choice>) -> Option<Choice> {
    match (own, other) {
        (Some(own), Some(other)) => Some(if other.merit.is_before(&own.merit) { other } else { own }),
        (own, other) => own.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(texts: &[&str]) -> Vec<NaiveDate> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn windows_are_days_and_never_split_a_slate() {
        let slates = dates(&["2026-01-01", "2026-01-02", "2026-01-04", "2026-01-06", "2026-01-07", "2026-01-09"]);
        let walk = WalkForward { train: 4, test: 2, step: 2, expanding: false };
        let fold = |train: Range<usize>, test: Range<usize>| Fold { train, test };
        // 1-4 then 5-6, 3-6 then 7-8, 5-8 then 9-10.
        assert_eq!(walk.folds(&slates).unwrap(), [fold(0..3, 3..4), fold(2..4, 4..5), fold(3..5, 5..6)]);
        let expanding = WalkForward { expanding: true, ..walk };
        assert_eq!(expanding.folds(&slates).unwrap(), [fold(0..3, 3..4), fold(0..4, 4..5), fold(0..5, 5..6)]);
    }

    #[test]
    fn training_longer_than_the_slates_is_refused() {
        let slates = dates(&["2026-01-01", "2026-01-10"]);
        let walk = WalkForward { train: 10, test: 5, step: 5, expanding: false };
        let error = walk.folds(&slates).unwrap_err().to_string();
        assert!(
            error.contains("--train '10d': leaves nothing to test on") && error.contains("span 10 days"),
            "{error}"
        );
        assert_eq!(WalkForward { train: 9, ..walk }.folds(&slates).unwrap().len(), 1);
    }

    #[test]
    fn equal_figures_go_by_changes_and_grid_order() {
        let merit = |figure, changes, cell| Merit { figure, changes, cell };
        assert!(merit(2.0, 3, 9).is_before(&merit(1.0, 0, 0)));
        assert!(merit(1.0, 1, 9).is_before(&merit(1.0, 2, 0)));
        assert!(merit(1.0, 1, 3).is_before(&merit(1.0, 1, 4)));
        assert!(!merit(1.0, 1, 3).is_before(&merit(1.0, 1, 3)));
    }
}
