//! The integration tests: one binary, a folder a subject.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it did not expect")]

mod support;

mod cli;
mod docs;
mod monitor;
mod pull;
mod record;
mod relations;
mod replay;
mod report;
mod serve;
mod snapshot;
mod tune;
mod verify;
mod versions;
