//! The integration tests: one binary.

mod league;

mod schema;
mod vectors;
