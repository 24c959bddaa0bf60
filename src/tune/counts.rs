//! Outcomes of a cell's picks on a slate, counted in one word.

use std::ops::AddAssign;

use crate::grade::Record;

/// Wins, losses, pushes and picks without a result (void, ungraded), 16 bits each: adding words adds all four.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts(pub u64);

const BITS: u32 = 16;
const MASK: u64 = (1 << BITS) - 1;
/// Every other count of a word, so that sums of many slates have 32 bits each.
const EVEN: u64 = MASK | MASK << (2 * BITS);

impl Counts {
    /// More picks than this on a slate would not fit.
    pub const MOST: usize = MASK as usize;

    /// A pick with this outcome, as `decisions` names it.
    pub fn of(outcome: &str) -> Counts {
        let lane = match outcome {
            "WIN" => 0,
            "LOSS" => 1,
            "PUSH" => 2,
            _ => 3,
        };
        Counts(1 << (lane * BITS))
    }

    pub fn wins(self) -> u32 {
        (self.0 & MASK) as u32
    }

    pub fn losses(self) -> u32 {
        (self.0 >> BITS & MASK) as u32
    }

    pub fn picks(self) -> usize {
        Totals::from_iter([self]).picks() as usize
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.0 += other.0;
    }
}

/// Counts of many slates, 32 bits each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Wins and pushes.
    even: u64,
    /// Losses and picks without a result.
    odd: u64,
}

const WIDE: u64 = (1 << (2 * BITS)) - 1;

impl Totals {
    /// What was counted since `earlier`.
    pub fn since(self, earlier: Totals) -> Totals {
        Totals { even: self.even - earlier.even, odd: self.odd - earlier.odd }
    }

    pub fn wins(self) -> u64 {
        self.even & WIDE
    }

    pub fn losses(self) -> u64 {
        self.odd & WIDE
    }

    pub fn pushes(self) -> u64 {
        self.even >> (2 * BITS)
    }

    /// Void or ungraded.
    pub fn without_result(self) -> u64 {
        self.odd >> (2 * BITS)
    }

    pub fn picks(self) -> u64 {
        self.wins() + self.losses() + self.pushes() + self.without_result()
    }

    pub fn decided(self) -> u64 {
        self.wins() + self.losses()
    }

    /// As a record; picks without a result count as ungraded.
    pub fn record(self) -> Record {
        Record {
            wins: self.wins(),
            losses: self.losses(),
            pushes: self.pushes(),
            voids: 0,
            ungraded: self.without_result(),
        }
    }

    /// Two words that say all, for files.
    pub fn words(self) -> [u64; 2] {
        [self.even, self.odd]
    }

    pub fn from_words([even, odd]: [u64; 2]) -> Totals {
        Totals { even, odd }
    }
}

impl AddAssign<Counts> for Totals {
    #[inline]
    fn add_assign(&mut self, counts: Counts) {
        self.even += counts.0 & EVEN;
        self.odd += counts.0 >> BITS & EVEN;
    }
}

impl FromIterator<Counts> for Totals {
    fn from_iter<I: IntoIterator<Item = Counts>>(counts: I) -> Totals {
        let mut totals = Totals::default();
        counts.into_iter().for_each(|counts| totals += counts);
        totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_outcomes() {
        let mut slate = Counts::default();
        for outcome in ["WIN", "LOSS", "WIN", "VOID", "PUSH", "UNGRADED"] {
            slate += Counts::of(outcome);
        }
        assert_eq!((slate.wins(), slate.losses()), (2, 1));
        // Far more than a slate's word can hold.
        let totals: Totals = std::iter::repeat_n(slate, 100_000).collect();
        assert_eq!((totals.wins(), totals.losses(), totals.pushes()), (200_000, 100_000, 100_000));
        assert_eq!((totals.without_result(), totals.picks(), totals.decided()), (200_000, 600_000, 300_000));
        assert_eq!(Totals::from_words(totals.words()), totals);
        let mut twice = totals;
        std::iter::repeat_n(slate, 100_000).for_each(|counts| twice += counts);
        assert_eq!(twice.since(totals), totals);
    }
}
