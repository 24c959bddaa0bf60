//! Counts of values in bins.

use serde::Serialize;

/// How many values lie in each of some bins of equal width.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    /// The first bin's lower end.
    pub low: f64,
    pub width: f64,
    /// A bin holds its lower end, the last one its upper end, too.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// `bins` bins from the least to the largest value; one where all values are the same. None without values.
    pub fn of(values: &[f64], bins: usize) -> Option<Histogram> {
        let low = values.iter().copied().min_by(f64::total_cmp)?;
        let high = values.iter().copied().max_by(f64::total_cmp)?;
        let bins = if high > low { bins.max(1) } else { 1 };
        let width = (high - low) / bins as f64;
        let mut counts = vec![0; bins];
        for value in values {
            let bin = if width > 0.0 { ((value - low) / width) as usize } else { 0 };
            counts[bin.min(bins - 1)] += 1;
        }
        Some(Histogram { low, width, counts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_one_bin() {
        let histogram = Histogram::of(&[0.0, 0.9, 1.0, 1.5, 4.0], 4).unwrap();
        assert_eq!(histogram, Histogram { low: 0.0, width: 1.0, counts: vec![2, 2, 0, 1] });
        assert_eq!(Histogram::of(&[2.0; 3], 4).unwrap(), Histogram { low: 2.0, width: 0.0, counts: vec![3] });
        assert_eq!(Histogram::of(&[], 4), None);
    }
}
