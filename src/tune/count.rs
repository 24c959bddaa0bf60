//! The counting evaluator: the picks of every cell without asking about any.
//!
//! A candidate is a pick of exactly those cells whose step is at or beyond its own in every threshold. So it is counted in
//! one corner, and sums along each dimension bring it to all the others: the work is candidates plus cells, not
//! candidates times cells. Cells are taken in rows that fit a cache, and slates one after the other.

use super::book::{Book, Threshold};
use super::counts::Counts;

/// The cells of a row are counted together; with their neighbours in the last dimensions they should fit a cache.
const ROW: usize = 2048;

/// How the cells of one policy lie: rows of the last thresholds' combinations, a row for each combination of the others.
/// Cells are numbered by steps from the strictest, the last threshold fastest.
#[derive(Debug, Clone)]
pub struct Layout {
    thresholds: Vec<Threshold>,
    /// How many of the thresholds tell rows apart; the others lie within a row.
    outer: usize,
    /// How many steps of the last threshold a row has: all, unless they alone are more than a row.
    piece: usize,
}

/// Which cells are counted together.
#[derive(Debug, Clone)]
pub enum Row {
    /// A whole row by its number.
    Whole(usize),
    /// Some cells, each by its steps.
    Listed(Vec<Vec<u32>>),
}

impl Layout {
    pub fn new(thresholds: Vec<Threshold>) -> Layout {
        let mut outer = thresholds.len();
        let mut cells = 1;
        while outer > 0 && (outer == thresholds.len() || cells * thresholds[outer - 1].len <= ROW) {
            outer -= 1;
            cells *= thresholds[outer].len;
        }
        let last = thresholds.last().map_or(1, |threshold| threshold.len);
        let piece = if cells > ROW { ROW } else { last };
        Layout { thresholds, outer, piece }
    }

    pub fn thresholds(&self) -> &[Threshold] {
        &self.thresholds
    }

    pub fn rows(&self) -> usize {
        self.thresholds[..self.outer].iter().map(|threshold| threshold.len).product::<usize>() * self.pieces()
    }

    /// How many cells a row has.
    pub fn row_cells(&self, row: usize) -> usize {
        let inner = self.inner_cells();
        if self.pieces() == 1 { inner } else { self.piece.min(inner - self.first(row)) }
    }

    /// The steps of a cell of a row.
    pub fn steps(&self, row: usize, cell: usize) -> Vec<usize> {
        let mut steps = vec![0; self.thresholds.len()];
        let mut rest = row / self.pieces() * self.inner_cells() + self.first(row) + cell;
        for (step, threshold) in steps.iter_mut().zip(&self.thresholds).rev() {
            *step = rest % threshold.len;
            rest /= threshold.len;
        }
        steps
    }

    /// The combinations of the thresholds that do not tell rows apart.
    fn inner_cells(&self) -> usize {
        self.thresholds[self.outer..].iter().map(|threshold| threshold.len).product()
    }

    /// Into how many rows the steps of the last threshold go.
    fn pieces(&self) -> usize {
        self.thresholds.last().map_or(1, |threshold| threshold.len.div_ceil(self.piece))
    }

    /// The first step of the last threshold in a row.
    fn first(&self, row: usize) -> usize {
        row % self.pieces() * self.piece
    }

    /// Counts the picks of a row's cells, slate after slate. `visit` gets every slate; none: no cell of the row has a pick.
    pub fn count(&self, book: &Book, row: &Row, mut visit: impl FnMut(usize, Option<&[Counts]>)) {
        let cells = match row {
            Row::Whole(row) => self.row_cells(*row),
            Row::Listed(cells) => cells.len(),
        };
        let mut counts = vec![Counts::default(); cells];
        for slate in 0..book.slates() {
            counts.fill(Counts::default());
            let any = match row {
                Row::Whole(row) => self.count_whole(book, slate, *row, &mut counts),
                Row::Listed(cells) => count_listed(book, slate, cells, &mut counts),
            };
            visit(slate, any.then_some(&counts));
        }
    }

    fn count_whole(&self, book: &Book, slate: usize, row: usize, counts: &mut [Counts]) -> bool {
        let (outer, inner) = self.thresholds.split_at(self.outer);
        let (steps, first) = (self.steps(row, 0), self.first(row));
        let mut any = false;
        for (passes, outcome) in book.slate(slate) {
            if passes.iter().zip(&steps[..outer.len()]).any(|(passes, step)| *passes as usize > *step) {
                continue;
            }
            let corner = passes[outer.len()..].iter().zip(inner);
            let corner = corner.fold(0, |at, (passes, threshold)| at * threshold.len + *passes as usize);
            // What passes before the first step of the row passes at it.
            let Some(count) = counts.get_mut(corner.saturating_sub(first)) else { continue };
            *count += outcome;
            any = true;
        }
        if any && self.pieces() > 1 {
            sum_along_each(counts, [counts.len()].into_iter());
        } else if any {
            sum_along_each(counts, inner.iter().map(|threshold| threshold.len));
        }
        any
    }
}

/// Lets every cell have what cells of smaller or equal steps have.
fn sum_along_each(counts: &mut [Counts], lens: impl DoubleEndedIterator<Item = usize>) {
    let mut stride = 1;
    for len in lens.rev() {
        let span = stride * len;
        for block in counts.chunks_exact_mut(span) {
            for at in 1..len {
                let (before, own) = block.split_at_mut(at * stride);
                let before = &before[(at - 1) * stride..];
                own[..stride].iter_mut().zip(before).for_each(|(own, before)| *own += *before);
            }
        }
        stride = span;
    }
}

fn count_listed(book: &Book, slate: usize, cells: &[Vec<u32>], counts: &mut [Counts]) -> bool {
    counts.iter_mut().zip(cells).for_each(|(count, steps)| *count = book.picks(slate, steps));
    counts.iter().any(|count| *count != Counts::default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn layout(lens: &[usize]) -> Layout {
        let threshold = |(axis, len): (usize, &usize)| Threshold { axis, len: *len, loosens: true };
        Layout::new(lens.iter().enumerate().map(threshold).collect())
    }

    #[test]
    fn rows_fit_a_cache_and_make_up_the_grid() {
        let cells = |layout: &Layout| (0..layout.rows()).map(|row| layout.row_cells(row)).collect::<Vec<_>>();
        assert_eq!(cells(&layout(&[21, 9, 9, 5])), [405; 21]);
        assert_eq!(cells(&layout(&[2, 5000])), [2048, 2048, 904, 2048, 2048, 904]);
        assert_eq!(layout(&[2, 5000]).steps(4, 3), [1, 2051]);
        assert_eq!(cells(&layout(&[])), [1]);
        assert_eq!(layout(&[3, 2, 2]).steps(0, 7), [1, 1, 1]);
    }

    proptest! {
        /// Counting all cells at once, some of them, and asking each cell about each candidate is the same.
        #[test]
        fn all_ways_of_counting_agree(
            lens in prop_oneof![prop::collection::vec(1_usize..=40, 0..4), prop::collection::vec(1_usize..=5000, 1)],
            candidates in prop::collection::vec((0_usize..3, prop::collection::vec(0_u32..5000, 4), 0_usize..4), 0..40),
        ) {
            let outcomes = ["WIN", "LOSS", "PUSH", "VOID"];
            let candidates: Vec<(usize, Vec<u32>, Counts)> = candidates
                .into_iter()
                .map(|(slate, passes, outcome)| {
                    let passes = passes.iter().zip(&lens).map(|(pass, len)| pass % *len as u32).collect();
                    (slate, passes, Counts::of(outcomes[outcome]))
                })
                .collect();
            let layout = layout(&lens);
            let book = Book::new(3, lens.len(), candidates.clone());
            for row in 0..layout.rows() {
                let cells: Vec<Vec<u32>> = (0..layout.row_cells(row))
                    .map(|cell| layout.steps(row, cell).into_iter().map(|step| step as u32).collect())
                    .collect();
                let asked = |slate: usize, steps: &[u32]| {
                    let mut counts = Counts::default();
                    for (of, passes, outcome) in &candidates {
                        if *of == slate && passes.iter().zip(steps).all(|(pass, step)| pass <= step) {
                            counts += *outcome;
                        }
                    }
                    counts
                };
                for kind in [Row::Whole(row), Row::Listed(cells.clone())] {
                    let mut slates = 0;
                    layout.count(&book, &kind, |slate, counts| {
                        slates += 1;
                        for (at, steps) in cells.iter().enumerate() {
                            let own = counts.map(|counts| counts[at]).unwrap_or_default();
                            assert_eq!(own, asked(slate, steps));
                        }
                    });
                    prop_assert_eq!(slates, 3);
                }
            }
        }
    }
}
