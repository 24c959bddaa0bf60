//! The candidates of one policy as the counting evaluator needs them: at which values of each counted threshold a
//! candidate passes, and what came of it.

use super::counts::Counts;

/// A dimension whose values one filter compares candidates with: each blocks more than the one before, or less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// The dimension of the grid.
    pub axis: usize,
    /// How many values it has.
    pub len: usize,
    /// Whether later values let more candidates pass.
    pub loosens: bool,
}

impl Threshold {
    /// The place among the grid's values of the `step`th, counted from the strictest.
    pub fn value_at(self, step: usize) -> usize {
        if self.loosens { step } else { self.len - 1 - step }
    }
}

/// The candidates of one policy that its other filters let pass, by slate.
///
/// A candidate passes a threshold from some step on, counted from the strictest value: that is all that cells need to
/// know of it.
#[derive(Debug, Clone)]
pub struct Book {
    thresholds: usize,
    /// Where the candidates of each slate begin, and where the last ones end.
    begins: Vec<usize>,
    /// The first step that lets a candidate pass, by candidate and threshold.
    passes: Vec<u32>,
    outcomes: Vec<Counts>,
}

impl Book {
    /// A book of candidates: the slate, the first step passed by threshold, and the outcome of each. Candidates that pass
    /// nowhere are to be left out.
    pub fn new(slates: usize, thresholds: usize, mut candidates: Vec<(usize, Vec<u32>, Counts)>) -> Book {
        candidates.sort_by_key(|(slate, _, _)| *slate);
        let begin = |slate: usize| candidates.partition_point(|(other, _, _)| *other < slate);
        let begins = (0..=slates).map(begin).collect();
        let outcomes = candidates.iter().map(|(_, _, outcome)| *outcome).collect();
        let passes = candidates.into_iter().flat_map(|(_, passes, _)| passes).collect();
        Book { thresholds, begins, passes, outcomes }
    }

    pub fn slates(&self) -> usize {
        self.begins.len() - 1
    }

    /// The candidates of a slate: the first step passed by threshold, and the outcome.
    pub fn slate(&self, slate: usize) -> impl Iterator<Item = (&[u32], Counts)> {
        let candidates = self.begins[slate]..self.begins[slate + 1];
        candidates.map(|at| (&self.passes[at * self.thresholds..(at + 1) * self.thresholds], self.outcomes[at]))
    }

    /// The picks on a slate of the cell with these steps.
    pub fn picks(&self, slate: usize, steps: &[u32]) -> Counts {
        let mut counts = Counts::default();
        for (passes, outcome) in self.slate(slate) {
            if passes.iter().zip(steps).all(|(passes, step)| passes <= step) {
                counts += outcome;
            }
        }
        counts
    }

    /// The most candidates of a slate.
    pub fn most_on_a_slate(&self) -> usize {
        self.begins.windows(2).map(|ends| ends[1] - ends[0]).max().unwrap_or_default()
    }
}
