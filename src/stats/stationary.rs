//! The stationary bootstrap: slates drawn in blocks, so that what runs over several nights stays together.
//!
//! Source: D. N. Politis and J. P. Romano, "The stationary bootstrap", 1994.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::bootstrap::Bootstrap;

/// Cells worked on side by side: few enough that a draw's sums stay in registers.
pub(super) const LANES: usize = 16;
/// One value for each of them.
pub(super) type Lanes = [f64; LANES];

/// Draws of slates by the stationary bootstrap: blocks of geometric length with mean `block`, wrapping around.
#[derive(Debug, Clone, PartialEq)]
pub struct StationaryDraws {
    slates: usize,
    block: f64,
    /// Where each draw's steps end, those of the next begin.
    ends: Vec<usize>,
    steps: Vec<Step>,
}

/// Where a draw begins to have slates more or less often.
///
/// A draw's sum, each slate as often as it was drawn, is by parts the sum of the running totals after each slate, times
/// how much more often that slate was drawn than the one after. Inside a block that is nothing, so a draw costs what it
/// has blocks, not what it has slates. The last slate needs no step: values are recentred and total zero after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    slate: u32,
    more: i32,
}

/// The default mean block: the cube root of the slates, rounded up; at least one.
pub fn usual_block(slates: usize) -> f64 {
    (1_u64..).find(|block| block.pow(3) >= slates as u64).unwrap_or(1) as f64
}

impl StationaryDraws {
    /// A mean block below one slate is one slate, which is the ordinary bootstrap.
    pub fn new(slates: usize, block: f64, bootstrap: Bootstrap) -> StationaryDraws {
        let block = block.max(1.0);
        let mut rng = ChaCha8Rng::seed_from_u64(bootstrap.seed);
        let (mut ends, mut steps) = (Vec::with_capacity(bootstrap.draws), Vec::new());
        let mut times = vec![0_i32; slates];
        for _ in 0..bootstrap.draws {
            times.fill(0);
            drawn(&mut rng, slates, block, |slate| times[slate] += 1);
            steps.extend(times.windows(2).zip(0..).filter_map(|(pair, slate)| {
                let more = pair[0] - pair[1];
                (more != 0).then_some(Step { slate, more })
            }));
            ends.push(steps.len());
        }
        StationaryDraws { slates, block, ends, steps }
    }

    pub fn slates(&self) -> usize {
        self.slates
    }

    pub fn draws(&self) -> usize {
        self.ends.len()
    }

    /// The mean length of a block, in slates.
    pub fn block(&self) -> f64 {
        self.block
    }

    /// Each draw's sum over its slates of values that total zero, given as their running totals after each slate.
    pub(super) fn sums(&self, totals: &[Lanes]) -> impl Iterator<Item = Lanes> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| {
            let mut sums = [0.0; LANES];
            for step in &self.steps[start..*end] {
                let (more, totals) = (f64::from(step.more), &totals[step.slate as usize]);
                for lane in 0..LANES {
                    sums[lane] += more * totals[lane];
                }
            }
            sums
        })
    }

    /// The variance of such a sum under infinitely many draws (lemma 1 of the source), of values that total zero.
    ///
    /// It is the sum of all autocovariances, wrapping around; that at a lag of `i` of `n` slates has the weight
    /// `(1 - i/n) (1 - 1/block)^i`. The weights shrink geometrically, so one pass backward carries the weighted sum of
    /// all that follows a slate from each slate to the one before.
    pub(super) fn variance(&self, values: &[Lanes]) -> Lanes {
        let n = self.slates as f64;
        let keep = 1.0 - 1.0 / self.block;
        let beyond = keep.powf(n + 1.0);
        // What follows a slate in the next n, by keep^i and by i keep^i.
        let (mut near, mut far) = ([0.0; LANES], [0.0; LANES]);
        for (i, values) in values.iter().enumerate() {
            let i = i as f64 + 1.0;
            let weight = keep.powf(i);
            for lane in 0..LANES {
                near[lane] += weight * values[lane];
                far[lane] += i * weight * values[lane];
            }
        }
        let mut variance = [0.0; LANES];
        for values in values.iter().rev() {
            for lane in 0..LANES {
                let value = values[lane];
                variance[lane] += value * (value + 2.0 * (near[lane] - far[lane] / n));
                far[lane] = keep * (value + near[lane] + far[lane]) - (n + 1.0) * beyond * value;
                near[lane] = keep * (value + near[lane]) - beyond * value;
            }
        }
        variance
    }
}

/// Tells `take` the slates of one draw, in order: as many as there are.
fn drawn(rng: &mut ChaCha8Rng, slates: usize, block: f64, mut take: impl FnMut(usize)) {
    let mut next = None;
    for _ in 0..slates {
        let slate = match next {
            Some(next) if !rng.random_bool(1.0 / block) => next,
            _ => rng.random_range(0..slates),
        };
        take(slate);
        next = Some((slate + 1) % slates);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLATES: usize = 37;

    fn one_draw(rng: &mut ChaCha8Rng, slates: usize, block: f64) -> Vec<usize> {
        let mut draw = Vec::new();
        drawn(rng, slates, block, |slate| draw.push(slate));
        draw
    }

    /// Values that total zero, different in each lane, none of them smooth.
    fn values() -> Vec<Lanes> {
        let value = |slate: usize, lane: usize| (slate * (slate + 3 * lane) % 11) as f64 - 5.0;
        let mut values: Vec<Lanes> = (0..SLATES).map(|slate| std::array::from_fn(|lane| value(slate, lane))).collect();
        for lane in 0..LANES {
            let mean = values.iter().map(|values| values[lane]).sum::<f64>() / SLATES as f64;
            values.iter_mut().for_each(|values| values[lane] -= mean);
        }
        values
    }

    fn running(values: &[Lanes]) -> Vec<Lanes> {
        let mut total = [0.0; LANES];
        let add = |values: &Lanes| {
            (0..LANES).for_each(|lane| total[lane] += values[lane]);
            total
        };
        values.iter().map(add).collect()
    }

    #[test]
    fn the_usual_block_is_the_cube_root_rounded_up() {
        let blocks = [0, 1, 2, 8, 9, 27, 28, 165, 1000].map(usual_block);
        assert_eq!(blocks, [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 6.0, 10.0]);
    }

    #[test]
    fn blocks_are_as_long_as_asked() {
        let mut rng = ChaCha8Rng::seed_from_u64(42);
        for block in [1.0, 2.5, 6.0, 20.0] {
            let (mut ends, mut slates) = (0, 0);
            for _ in 0..5000 {
                let draw = one_draw(&mut rng, SLATES, block);
                assert_eq!(draw.len(), SLATES);
                slates += SLATES - 1;
                ends += draw.windows(2).filter(|pair| pair[1] != (pair[0] + 1) % SLATES).count();
            }
            // A new block may start just where the last one would have gone on.
            let rate = (1.0 - 1.0 / SLATES as f64) / block;
            let noise = 5.0 * (rate * (1.0 - rate) / slates as f64).sqrt();
            assert!((ends as f64 / slates as f64 - rate).abs() < noise, "{ends} of {slates}, block {block}");
        }
    }

    #[test]
    fn blocks_of_one_slate_are_the_ordinary_bootstrap() {
        for block in [1.0, 0.3, 0.0, -2.0] {
            let mut rng = ChaCha8Rng::seed_from_u64(42);
            let ordinary: Vec<usize> = (0..SLATES).map(|_| rng.random_range(0..SLATES)).collect();
            let draws = StationaryDraws::new(SLATES, block, Bootstrap { draws: 1, seed: 42 });
            let expected: f64 = ordinary.iter().map(|slate| values()[*slate][3]).sum();
            assert!((draws.sums(&running(&values())).next().unwrap()[3] - expected).abs() < 1e-9);
            assert_eq!(draws.block(), 1.0);
        }
    }

    #[test]
    fn a_block_without_end_only_turns_the_slates() {
        let draws = StationaryDraws::new(SLATES, f64::INFINITY, Bootstrap { draws: 20, seed: 42 });
        assert!(draws.steps.is_empty());
        assert_eq!(draws.sums(&running(&values())).collect::<Vec<_>>(), [[0.0; LANES]; 20]);
        assert!(draws.variance(&values()).iter().all(|variance| variance.abs() < 1e-9));
    }

    #[test]
    fn a_draw_sums_the_slates_it_has() {
        let bootstrap = Bootstrap { draws: 200, seed: 7 };
        let draws = StationaryDraws::new(SLATES, 4.0, bootstrap);
        assert_eq!((draws.slates(), draws.draws(), draws.block()), (SLATES, 200, 4.0));
        let values = values();
        let mut rng = ChaCha8Rng::seed_from_u64(bootstrap.seed);
        for sums in draws.sums(&running(&values)) {
            let draw = one_draw(&mut rng, SLATES, 4.0);
            for lane in 0..LANES {
                let expected: f64 = draw.iter().map(|slate| values[*slate][lane]).sum();
                assert!((sums[lane] - expected).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn the_variance_is_that_of_the_draws() {
        let values = values();
        for block in [1.0, 3.0, 12.0] {
            let bootstrap = Bootstrap { draws: 40_000, seed: 42 };
            let draws = StationaryDraws::new(SLATES, block, bootstrap);
            let mut squares = [0.0; LANES];
            for sums in draws.sums(&running(&values)) {
                (0..LANES).for_each(|lane| squares[lane] += sums[lane].powi(2) / bootstrap.draws as f64);
            }
            // A variance from 40,000 draws is known to about 0.7 %.
            for (drawn, exact) in squares.iter().zip(draws.variance(&values)) {
                assert!((drawn / exact - 1.0).abs() < 0.04, "{drawn} is not {exact}, block {block}");
            }
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_slates() {
        let of = |seed| StationaryDraws::new(SLATES, 4.0, Bootstrap { draws: 50, seed });
        assert_eq!(of(42), of(42));
        assert_ne!(of(42), of(43));
    }
}
