//! Grading picks: wins, losses, hit rate and units.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// American odds: -110 stakes 110 to win 100, +120 stakes 100 to win 120.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Odds(i32);

impl Odds {
    pub const STANDARD: Odds = Odds(-110);

    /// Units won per unit staked.
    pub const fn win_pays(self) -> f64 {
        let (win, stake) = self.terms();
        win as f64 / stake as f64
    }

    /// What a win pays for which stake, in lowest terms: 10 for 11 at -110.
    pub const fn terms(self) -> (u32, u32) {
        let (win, stake) = if self.0 < 0 { (100, self.0.unsigned_abs()) } else { (self.0.unsigned_abs(), 100) };
        let (mut divisor, mut rest) = (win, stake);
        while rest != 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        (win / divisor, stake / divisor)
    }
}

impl FromStr for Odds {
    type Err = String;

    fn from_str(text: &str) -> Result<Odds, String> {
        match text.parse::<i32>() {
            Ok(odds) if (-100_000..=-100).contains(&odds) || (100..=100_000).contains(&odds) => Ok(Odds(odds)),
            _ => Err("not American odds; write -110 or +120".to_owned()),
        }
    }
}

impl fmt::Display for Odds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:+}", self.0)
    }
}

/// The record of a set of picks. Pushes, voids and ungraded picks are in no denominator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    pub wins: u64,
    pub losses: u64,
    pub pushes: u64,
    pub voids: u64,
    pub ungraded: u64,
}

impl Record {
    pub fn add(&mut self, other: Record) {
        self.wins += other.wins;
        self.losses += other.losses;
        self.pushes += other.pushes;
        self.voids += other.voids;
        self.ungraded += other.ungraded;
    }

    /// The record of `count` picks with this outcome, as `decisions` names it.
    pub fn of(outcome: &str, count: u64) -> Record {
        let mut record = Record::default();
        match outcome {
            "WIN" => record.wins = count,
            "LOSS" => record.losses = count,
            "PUSH" => record.pushes = count,
            "VOID" => record.voids = count,
            _ => record.ungraded = count,
        }
        record
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.wins + self.losses + self.pushes + self.voids + self.ungraded
    }

    /// Picks that won or lost.
    pub fn decided(&self) -> u64 {
        self.wins + self.losses
    }

    /// Percent of the decided picks that won; none when nothing was decided.
    pub fn hit_rate(&self) -> Option<f64> {
        (self.decided() > 0).then(|| 100.0 * self.wins as f64 / self.decided() as f64)
    }

    /// Units won at -110, one unit staked on each pick.
    pub fn units(&self) -> f64 {
        self.units_at(Odds::STANDARD)
    }

    /// Units won at `odds`, one unit staked on each pick.
    pub fn units_at(&self, odds: Odds) -> f64 {
        self.wins as f64 * odds.win_pays() - self.losses as f64
    }

    /// Units won per unit staked, in percent; pushes are staked, voids are not. None when nothing was decided.
    pub fn roi_at(&self, odds: Odds) -> Option<f64> {
        let staked = self.decided() + self.pushes;
        (self.decided() > 0).then(|| 100.0 * self.units_at(odds) / staked as f64)
    }
}

impl std::iter::Sum for Record {
    fn sum<I: Iterator<Item = Record>>(records: I) -> Record {
        records.fold(Record::default(), |mut sum, record| {
            sum.add(record);
            sum
        })
    }
}

impl fmt::Display for Record {
    /// Such as `12-8-1 (W-L-P), hit rate 60.0 % of 20, +2.91 units at -110`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{} (W-L-P)", self.wins, self.losses, self.pushes)?;
        match self.hit_rate() {
            Some(rate) => {
                write!(f, ", hit rate {rate:.1} % of {}, {:+.2} units at -110", self.decided(), self.units())?
            }
            None => f.write_str(", nothing decided")?,
        }
        for (count, what) in [(self.voids, "void"), (self.ungraded, "ungraded")] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wins_and_losses_are_in_the_denominator() {
        let record = Record { wins: 12, losses: 8, pushes: 1, voids: 2, ungraded: 3 };
        assert_eq!(record.hit_rate(), Some(60.0));
        assert_eq!(
            record.to_string(),
            "12-8-1 (W-L-P), hit rate 60.0 % of 20, +2.91 units at -110, 2 void, 3 ungraded"
        );
        assert_eq!(record.total(), 26);
    }

    #[test]
    fn nothing_decided_has_no_hit_rate() {
        let record = Record { pushes: 1, ..Record::default() };
        assert_eq!(record.hit_rate(), None);
        assert_eq!(record.roi_at(Odds::STANDARD), None);
        assert_eq!(record.to_string(), "0-0-1 (W-L-P), nothing decided");
    }

    #[test]
    fn odds_are_american() {
        let record = Record { wins: 1, losses: 1, ..Record::default() };
        assert!((record.units_at("+120".parse().unwrap()) - 0.2).abs() < 1e-12);
        assert!((record.units_at("-200".parse().unwrap()) + 0.5).abs() < 1e-12);
        assert!((record.roi_at("+120".parse().unwrap()).unwrap() - 10.0).abs() < 1e-12);
        assert_eq!("-110".parse(), Ok(Odds::STANDARD));
        assert_eq!(
            ["-110", "+120", "-200", "+100"].map(|odds| odds.parse::<Odds>().unwrap().terms()),
            [(10, 11), (6, 5), (1, 2), (1, 1)]
        );
        assert_eq!(Odds::STANDARD.to_string(), "-110");
        for text in ["-50", "1.91", "0", ""] {
            assert!(text.parse::<Odds>().is_err(), "{text}");
        }
    }
}
