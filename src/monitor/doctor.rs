//! What is wrong with the tables and models that decisions and their monitoring go by: every check at once, a line a
//! finding with what to do (specification: monitoring, "Configuration view", "Doctor").
//!
//! The checks read relations of `queries/monitor/`.

mod common;
mod findings;
mod records;
mod report;
mod tables;

pub use report::{Check, Checked, Diagnosis, Finding, Status};

use crate::count::count;
use crate::dates::Day;
use crate::error::Result;
use crate::formats::SCHEMA_VERSION;
use crate::replay::Replay;
use crate::snapshot::Snapshot;

/// Runs `checks` over the slates and versions of a replay, which was opened on `snapshot`.
///
/// # Errors
/// Data that breaks the contract.
pub async fn diagnose(replay: &Replay, snapshot: &Snapshot, checks: &[Check]) -> Result<Diagnosis> {
    replay.compute(&findings::relations(checks)).await?;
    let mut done = Vec::new();
    let mut all = Vec::new();
    for check in checks {
        let (status, untold) = match findings::of(*check, replay, snapshot).await? {
            Err(reason) => (Status::Untold, Some(reason)),
            Ok(found) => {
                let status = if found.is_empty() { Status::Ok } else { Status::Found };
                all.extend(found);
                (status, None)
            }
        };
        done.push(Checked { check: *check, about: check.about().to_owned(), status, untold });
    }
    let day = |slate: Option<&crate::engine::Slate>| Day(slate.map(|slate| slate.game_date).unwrap_or_default());
    Ok(Diagnosis {
        schema_version: SCHEMA_VERSION,
        version: replay.decided_by().to_owned(),
        from: day(replay.slates.first()),
        to: day(replay.slates.last()),
        slates: count(replay.slates.len()),
        checks: done,
        findings: all,
    })
}
