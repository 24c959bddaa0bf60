//! Grading picks: wins, losses, hit rate and units.

use serde::Deserialize;

/// What a win pays at -110, per unit staked.
pub const WIN_PAYS: f64 = 100.0 / 110.0;

/// The record of a set of picks. Pushes, voids and ungraded picks are in no denominator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
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
        self.wins as f64 * WIN_PAYS - self.losses as f64
    }
}

impl std::fmt::Display for Record {
    /// Such as `12-8-1 (W-L-P), hit rate 60.0 % of 20, +2.91 units at -110`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
    }

    #[test]
    fn nothing_decided_has_no_hit_rate() {
        let record = Record { pushes: 1, ..Record::default() };
        assert_eq!(record.hit_rate(), None);
        assert_eq!(record.to_string(), "0-0-1 (W-L-P), nothing decided");
    }
}
