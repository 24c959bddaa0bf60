//! Like with like: candidates with something beside those of the same side and edge bucket without it.

use std::collections::BTreeMap;

use crate::grade::Record;
use crate::stats::{Stratum, chance_within};

/// The records of candidates by side and edge bucket: of those without it, and of those with it.
#[derive(Debug, Default)]
pub(crate) struct Like<'a>(BTreeMap<(&'a str, &'a str), [Record; 2]>);

/// Hit rates of the same mix of sides and edge buckets, in percent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Comparison {
    pub with: f64,
    pub without: f64,
    /// Decided candidates with it that have their like without it.
    pub compared: u64,
}

impl<'a> Like<'a> {
    /// Counts candidates of a side and edge bucket.
    pub fn add(&mut self, side: &'a str, edge_bucket: &'a str, has_it: bool, record: Record) {
        self.0.entry((side, edge_bucket)).or_default()[usize::from(has_it)].add(record);
    }

    /// The hit rate with it, and that of the others weighted as those with it are spread; only sides and buckets that have
    /// both decide. None where there is none.
    pub fn comparison(&self) -> Option<Comparison> {
        let (mut compared, mut wins, mut expected) = (0, 0, 0.0);
        for [without, with] in self.0.values() {
            if let Some(rate) = without.hit_rate() {
                compared += with.decided();
                wins += with.wins;
                expected += with.decided() as f64 * rate;
            }
        }
        let rate = |sum: f64| sum / compared as f64;
        (compared > 0).then(|| Comparison { with: 100.0 * rate(wins as f64), without: rate(expected), compared })
    }

    /// The chance of a record at least this unusual had those with it been drawn at random among the candidates of their
    /// side and edge bucket (two-sided, exact). None where there is nothing to compare with.
    pub fn chance(&self) -> Option<f64> {
        self.comparison()?;
        let decided = |which: usize| self.0.values().map(|records| records[which].decided()).sum::<u64>();
        // The others are as good as drawn; whichever are fewer are quicker to reckon with.
        let drawn = usize::from(decided(1) <= decided(0));
        let stratum = |records: &[Record; 2]| Stratum {
            all_wins: records[0].wins + records[1].wins,
            all_decided: records[0].decided() + records[1].decided(),
            wins: records[drawn].wins,
            decided: records[drawn].decided(),
        };
        chance_within(&self.0.values().map(stratum).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(wins: u64, losses: u64) -> Record {
        Record { wins, losses, ..Record::default() }
    }

    #[test]
    fn a_side_and_bucket_without_its_like_says_nothing() {
        let mut like = Like::default();
        like.add("OVER", "5-7", true, record(4, 0));
        assert_eq!((like.comparison(), like.chance()), (None, None));
        // A lady tasting tea: 4 of 8 cups, drawn 4.
        like.add("UNDER", "5-7", true, record(4, 0));
        like.add("UNDER", "5-7", false, record(0, 4));
        assert_eq!(like.comparison(), Some(Comparison { with: 100.0, without: 0.0, compared: 4 }));
        assert!((like.chance().unwrap() - 2.0 / 70.0).abs() < 1e-12);
    }

    #[test]
    fn whichever_are_drawn_the_chance_is_the_same() {
        let both = |with: bool| {
            let mut like = Like::default();
            like.add("OVER", "3-5", with, record(9, 4));
            like.add("OVER", "3-5", !with, record(3, 5));
            like.add("UNDER", "3-5", with, record(6, 1));
            like.add("UNDER", "3-5", !with, record(4, 3));
            like.chance().unwrap()
        };
        assert!((both(true) - both(false)).abs() < 1e-12);
    }
}
