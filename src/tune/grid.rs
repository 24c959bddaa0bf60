//! The grid: every combination of the values of its dimensions, as numbered cells.

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::axis::{Axis, OPTION};
use super::{MOST_CELLS, Sample};
use crate::error::{Error, RequestError, Result, TuneError};
use crate::version::Version;

/// Every combination of values: cell 0 has each dimension's first value, and the last dimension varies fastest.
#[derive(Debug, Clone)]
pub struct Grid {
    pub axes: Vec<Axis>,
    /// How many cells lie between neighbours, by dimension.
    strides: Vec<u64>,
    /// All combinations.
    len: u64,
    /// The cells to try, ascending; none: all.
    sample: Option<Vec<u64>>,
}

impl Grid {
    /// The grid of `axes`; of a large one only a sample.
    ///
    /// # Errors
    /// No dimensions, one of them twice, or too many cells to try.
    pub fn new(axes: Vec<Axis>, sample: Option<Sample>) -> Result<Grid> {
        if axes.is_empty() {
            return Err(Error::Request(RequestError::BadArgument {
                what: OPTION,
                value: String::new(),
                reason: "nothing to tune; give at least one, such as min_edge=3:8:0.25".to_owned(),
            }));
        }
        for (at, axis) in axes.iter().enumerate() {
            if axes[..at].iter().any(|earlier| earlier.knob == axis.knob) {
                let reason = "is given twice; list all its values once".to_owned();
                return Err(RequestError::BadArgument { what: OPTION, value: axis.knob.to_string(), reason }.into());
            }
        }
        let mut strides = vec![1; axes.len()];
        let mut len: u128 = 1;
        for (stride, axis) in strides.iter_mut().zip(&axes).rev() {
            *stride = u64::try_from(len).unwrap_or(u64::MAX);
            len = len.saturating_mul(axis.values.len() as u128);
        }
        let tried = sample.map_or(len, |sample| len.min(u128::from(sample.cells)));
        // What is sampled still has to be numbered.
        if tried > u128::from(MOST_CELLS) || len > u128::from(u64::MAX) {
            return Err(TuneError::GridTooLarge { cells: len.to_string(), most: MOST_CELLS }.into());
        }
        let len = u64::try_from(len).unwrap_or(u64::MAX);
        let sample = sample.filter(|sample| sample.cells < len).map(|sample| sample.draw(len));
        Ok(Grid { axes, strides, len, sample })
    }

    /// All combinations.
    pub fn cells(&self) -> u64 {
        self.len
    }

    /// How many cells are tried.
    pub fn tried(&self) -> u64 {
        self.sample.as_ref().map_or(self.len, |sample| sample.len() as u64)
    }

    /// The cells to try, where only some are.
    pub fn sample(&self) -> Option<&[u64]> {
        self.sample.as_deref()
    }

    /// The place of a cell among those tried; none for one that is not.
    pub fn place(&self, cell: u64) -> Option<usize> {
        match &self.sample {
            None => usize::try_from(cell).ok().filter(|_| cell < self.len),
            Some(sample) => sample.binary_search(&cell).ok(),
        }
    }

    /// The cell at a place among those tried.
    pub fn cell(&self, place: usize) -> u64 {
        self.sample.as_ref().map_or(place as u64, |sample| sample[place])
    }

    /// Which value of dimension `axis` a cell has.
    pub fn value_at(&self, cell: u64, axis: usize) -> usize {
        let at = cell / self.strides[axis] % self.axes[axis].values.len() as u64;
        usize::try_from(at).unwrap_or(usize::MAX)
    }

    /// How many cells lie between neighbours in a dimension.
    pub fn stride(&self, axis: usize) -> u64 {
        self.strides[axis]
    }

    /// The cell with `at`th value in one dimension and everything else as in `cell`.
    pub fn with(&self, cell: u64, axis: usize, at: usize) -> u64 {
        cell - self.value_at(cell, axis) as u64 * self.strides[axis] + at as u64 * self.strides[axis]
    }

    /// The cells one step away in one dimension.
    pub fn neighbours(&self, cell: u64) -> impl Iterator<Item = u64> {
        (0..self.axes.len()).flat_map(move |axis| {
            let at = self.value_at(cell, axis);
            let beside = [at.checked_sub(1), Some(at + 1).filter(|next| *next < self.axes[axis].values.len())];
            beside.into_iter().flatten().map(move |at| self.with(cell, axis, at))
        })
    }

    /// In how many dimensions a cell has another value than those `own`.
    pub fn changes(&self, cell: u64, own: &[Option<usize>]) -> u32 {
        let differs = |axis: usize| own[axis] != Some(self.value_at(cell, axis));
        (0..self.axes.len()).filter(|axis| differs(*axis)).count() as u32
    }

    /// A cell's values as they are written, by dimension.
    pub fn texts(&self, cell: u64) -> Vec<String> {
        (0..self.axes.len()).map(|axis| self.axes[axis].values[self.value_at(cell, axis)].to_string()).collect()
    }

    /// `version` with a cell's values.
    ///
    /// # Errors
    /// A value that the version cannot have.
    pub fn version(&self, version: &Version, cell: u64) -> Result<Version> {
        let mut version = version.clone();
        for (at, axis) in self.axes.iter().enumerate() {
            axis.apply(&mut version, self.value_at(cell, at))?;
        }
        Ok(version)
    }
}

impl Sample {
    /// Cells of `len`, each as likely as any other and none twice; ascending.
    fn draw(self, len: u64) -> Vec<u64> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let wanted = usize::try_from(self.cells).unwrap_or(usize::MAX);
        let mut drawn = std::collections::BTreeSet::new();
        // Floyd's algorithm: no more draws than cells wanted, however large the grid.
        for most in len - self.cells..len {
            let cell = rand::RngExt::random_range(&mut rng, 0..=most);
            if !drawn.insert(cell) {
                drawn.insert(most);
            }
        }
        debug_assert_eq!(drawn.len(), wanted);
        drawn.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::shipped;

    fn grid(axes: &[&str], sample: Option<Sample>) -> Result<Grid> {
        Grid::new(
            axes.iter().map(|axis| Axis::parse(axis, crate::version::catalogue::catalogue()).unwrap()).collect(),
            sample,
        )
    }

    #[test]
    fn cells_are_numbered_with_the_last_dimension_fastest() {
        let grid = grid(&["min_edge=3,4", "bench_line=8:12:2"], None).unwrap();
        assert_eq!((grid.cells(), grid.tried()), (6, 6));
        let all: Vec<String> = (0..6).map(|cell| grid.texts(cell).join(" ")).collect();
        assert_eq!(all, ["3 8", "3 10", "3 12", "4 8", "4 10", "4 12"]);
        assert_eq!(grid.neighbours(4).collect::<Vec<_>>(), [1, 3, 5]);
        assert_eq!(grid.neighbours(0).collect::<Vec<_>>(), [3, 1]);
        let v314 = shipped("v314").unwrap();
        assert_eq!(grid.version(&v314, 5).unwrap().changes(), ["bench_line=12", "min_edge=4"]);
    }

    #[test]
    fn a_sample_has_each_cell_once() {
        let sample = Some(Sample { cells: 100, seed: 7 });
        let axes = ["min_edge=0:100:0.01", "under_max_edge=0:100:0.01", "bench_line=0:60:0.1", "rel_edge_cap=0:1:0.01"];
        let drawn = grid(&axes, sample).unwrap();
        assert_eq!((drawn.tried(), drawn.cells()), (100, 10_001 * 10_001 * 601 * 101));
        assert!(drawn.sample().unwrap().is_sorted_by(|a, b| a < b));
        assert_eq!(drawn.place(drawn.cell(17)), Some(17));
        let again = grid(&axes, sample).unwrap();
        assert_eq!(drawn.sample(), again.sample());
        let other = grid(&axes, Some(Sample { cells: 100, seed: 8 })).unwrap();
        assert_ne!(drawn.sample(), other.sample());
        // A sample larger than the grid is the grid.
        assert_eq!(grid(&["min_edge=3,4"], Some(Sample { cells: 5, seed: 1 })).unwrap().sample(), None);
    }

    #[test]
    fn grids_have_bounds() {
        let error = |axes: &[&str]| grid(axes, None).unwrap_err().to_string();
        assert!(error(&[]).contains("nothing to tune"));
        assert!(error(&["min_edge=3,4", "min_edge=5"]).contains("min_edge': is given twice"));
        let wide = error(&["min_edge=0:100:0.01", "under_max_edge=0:100:0.01"]);
        assert!(wide.contains("100020001 cells") && wide.contains("50000000"), "{wide}");
    }
}
