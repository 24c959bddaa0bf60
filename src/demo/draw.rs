//! Random draws: an independent stream per season, purpose and item, so that a draw added to one part of the generator
//! shifts no other part, and a season's rows do not depend on how many seasons are generated with it.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What a stream of draws is for.
#[derive(Debug, Clone, Copy)]
pub enum Purpose {
    Players,
    Schedule,
    Trades,
    Rotation,
    Games,
    Market,
    Runs,
    Models,
    Grading,
}

/// Streams of one purpose within one season.
const ITEMS: u64 = 64;
/// Purposes within one season.
const PURPOSES: u64 = 64;
/// Uniform draws whose sum stands in for a normal deviate; twelve of them have a variance of exactly 1.
const NORMAL_TERMS: u32 = 12;
/// The spacing of uniform draws: the 53 bits that a double holds.
const UNIFORM_STEP: f64 = 1.0 / (1u64 << 53) as f64;

/// All streams of one seed.
#[derive(Debug, Clone, Copy)]
pub struct Streams {
    seed: u64,
}

impl Streams {
    pub fn new(seed: u64) -> Self {
        Streams { seed }
    }

    /// The stream of what all seasons share.
    pub fn shared(self, purpose: Purpose) -> Draw {
        self.stream(0, purpose, 0)
    }

    /// A season's stream; `item` tells streams of the same purpose apart.
    pub fn season(self, year: i32, purpose: Purpose, item: usize) -> Draw {
        self.stream(u64::from(year.unsigned_abs()), purpose, item as u64)
    }

    fn stream(self, year: u64, purpose: Purpose, item: u64) -> Draw {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream((year * PURPOSES + purpose as u64) * ITEMS + item);
        Draw(rng)
    }
}

/// One stream of draws. Only sums, products and comparisons of doubles are used, so every platform draws the same.
#[derive(Debug)]
pub struct Draw(ChaCha8Rng);

impl Draw {
    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * UNIFORM_STEP
    }

    /// Uniform in [low, high).
    pub fn between(&mut self, (low, high): (f64, f64)) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// Close to the standard normal distribution; never beyond six standard deviations.
    pub fn normal(&mut self) -> f64 {
        let sum: f64 = (0..NORMAL_TERMS).map(|_| self.uniform()).sum();
        sum - f64::from(NORMAL_TERMS) / 2.0
    }

    /// Uniform in 0..n; 0 when `n` is 0.
    pub fn index(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }

    /// One of `items`, which must not be empty.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.index(items.len())]
    }

    /// One of `(item, weight)`, with probability proportional to its weight; `items` must not be empty.
    pub fn weighted<T: Copy>(&mut self, items: &[(T, f64)]) -> T {
        let mut left = self.uniform() * items.iter().map(|(_, weight)| weight).sum::<f64>();
        for &(item, weight) in items {
            if left < weight {
                return item;
            }
            left -= weight;
        }
        items[items.len() - 1].0
    }

    /// How many of `n` attempts succeed.
    pub fn binomial(&mut self, n: i64, p: f64) -> i64 {
        (0..n).filter(|_| self.chance(p)).count() as i64
    }

    /// `x` rounded down or up at random, so that the mean is `x`; never negative.
    pub fn rounded(&mut self, x: f64) -> i64 {
        (x + self.uniform()).floor().max(0.0) as i64
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.index(last + 1);
            items.swap(last, other);
        }
    }
}
