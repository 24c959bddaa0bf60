//! Decisions: exact, the same each time, without look-ahead; compared and explained.

mod asking;
mod compare;
mod determinism;
mod explain;
mod look_ahead;
mod random_leagues;
pub mod vectors;
