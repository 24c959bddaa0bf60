//! The integration tests: one binary.

mod league;

mod vectors;
