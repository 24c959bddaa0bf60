//! The integration tests: one binary, a module a subject.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod league;
mod moto;
mod mutation;
mod python;
mod recorded;
mod server;
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
mod doctor;
mod explain;
mod export;
mod freeze;
mod look_ahead;
mod monitor;
mod notebooks;
mod pull;
mod pull_faults;
mod pull_killed;
mod pull_refusals;
mod queries;
mod readme;
mod relations;
mod remote;
mod remote_credentials;
mod remote_faults;
mod report;
mod schema;
mod snapshot_diff;
mod snapshots;
mod tune;
mod vectors;
mod verify;
mod verify_rows;
mod versions;
mod weights;
