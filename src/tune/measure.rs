//! What a cell is judged by.

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::counts::{Counts, Totals};
use crate::grade::Odds;
use crate::stats::wilson;

/// By what cells are ranked, more being better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// Units won, one staked on each pick.
    #[default]
    Units,
    /// Units won per unit staked, in percent.
    Roi,
    /// Percent of the decided picks that won.
    HitRate,
    /// The lower end of the hit rate's 95 % interval (Wilson), in percent.
    LowerBound,
}

/// How picks are turned into a figure to rank by.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    pub objective: Objective,
    pub odds: Odds,
    /// Cells with fewer decided picks are not ranked.
    pub min_picks: u64,
}

impl Measure {
    /// The figure to rank by; none with too few decided picks.
    pub fn of(&self, totals: Totals) -> Option<f64> {
        if totals.decided() < self.min_picks.max(1) {
            return None;
        }
        match self.objective {
            Objective::Units => Some(self.units(totals)),
            Objective::Roi => self.roi(totals),
            Objective::HitRate => totals.record().hit_rate(),
            Objective::LowerBound => wilson(totals.wins(), totals.decided(), 0.95).map(|interval| interval.low),
        }
    }

    /// Units at the odds. Equal amounts are equal figures, whatever wins and losses they are made of.
    pub fn units(&self, totals: Totals) -> f64 {
        self.stakes().units(self.stakes().won(totals.wins(), totals.losses()))
    }

    /// Units won per unit staked, in percent; pushes are staked, voids are not. None when nothing was decided.
    pub fn roi(&self, totals: Totals) -> Option<f64> {
        let staked = totals.decided() + totals.pushes();
        let stakes = self.stakes();
        let parts = stakes.won(totals.wins(), totals.losses());
        (totals.decided() > 0).then(|| 100.0 * parts / (stakes.stake * staked as f64))
    }

    pub fn stakes(&self) -> Stakes {
        let (win, stake) = self.odds.terms();
        Stakes { win: f64::from(win), stake: f64::from(stake) }
    }
}

/// Winnings in whole parts of a unit, so that sums are exact: at -110 a win pays 10 of 11 parts of its stake.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stakes {
    win: f64,
    stake: f64,
}

impl Stakes {
    fn won(self, wins: u64, losses: u64) -> f64 {
        wins as f64 * self.win - losses as f64 * self.stake
    }

    /// Parts won on a slate.
    #[inline]
    pub fn on_slate(self, counts: Counts) -> f64 {
        f64::from(counts.wins()) * self.win - f64::from(counts.losses()) * self.stake
    }

    pub fn units(self, parts: f64) -> f64 {
        parts / self.stake
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(wins: usize, losses: usize, pushes: usize) -> Totals {
        let of = |outcome, count| std::iter::repeat_n(Counts::of(outcome), count);
        of("WIN", wins).chain(of("LOSS", losses)).chain(of("PUSH", pushes)).collect()
    }

    #[test]
    fn figures_are_those_of_a_record() {
        let measure = |objective| Measure { objective, odds: Odds::STANDARD, min_picks: 10 };
        let picks = totals(12, 8, 1);
        let record = picks.record();
        let close = |objective, expected: f64| {
            let own = measure(objective).of(picks).unwrap();
            assert!((own - expected).abs() < 1e-12, "{objective:?}: {own}, {expected}");
        };
        close(Objective::Units, record.units());
        close(Objective::Roi, record.roi_at(Odds::STANDARD).unwrap());
        close(Objective::HitRate, 60.0);
        close(Objective::LowerBound, wilson(12, 20, 0.95).unwrap().low);
        assert_eq!(measure(Objective::Units).of(totals(5, 4, 20)), None);
        assert_eq!(Measure { min_picks: 0, ..measure(Objective::HitRate) }.of(totals(0, 0, 3)), None);
    }

    #[test]
    fn equal_amounts_are_equal_figures() {
        let measure = Measure { objective: Objective::Units, odds: Odds::STANDARD, min_picks: 1 };
        // 11 wins pay for 10 losses.
        assert_eq!(measure.units(totals(14, 7, 0)), measure.units(totals(25, 17, 0)));
    }
}
