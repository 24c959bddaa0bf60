//! The integration tests: one binary.

mod league;
mod mutation;

mod determinism;
mod look_ahead;
mod schema;
mod vectors;
