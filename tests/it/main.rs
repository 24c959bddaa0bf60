//! The integration tests: one binary, a module a subject.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod league;
mod mutation;
mod support;
mod untidy;

mod asking;
mod bad_input;
mod bigquery;
mod check;
mod cli;
mod compare;
mod corrupt;
mod demo;
mod determinism;
mod explain;
mod export;
mod look_ahead;
mod monitor;
mod pull;
mod pull_faults;
mod pull_refusals;
mod queries;
mod readme;
mod schema;
mod tune;
mod vectors;
mod versions;
