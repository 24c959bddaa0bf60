//! What relations take: how long each is planned and run, and how many rows and bytes come of it.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

/// What a relation took, all the times it was computed together.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Took {
    /// The relation, or the table that was read.
    pub relation: String,
    /// Whether its rows were kept; those that were not are part of what reads them, and have neither time nor rows of their own.
    pub is_kept: bool,
    /// How often it was computed.
    pub times: u64,
    /// Seconds from its SQL to a plan that can be run.
    pub planning_seconds: f64,
    /// Seconds of running it, beside others where there are cores.
    pub running_seconds: f64,
    /// Its rows.
    pub rows: u64,
    /// Bytes of memory that they took.
    pub bytes: u64,
}

/// None unless something wants to know.
static PROFILE: OnceLock<Mutex<Vec<Took>>> = OnceLock::new();

/// Has this process keep what its relations take from now on.
pub fn keep() {
    PROFILE.get_or_init(Mutex::default);
}

/// What relations took since [`keep`], in the order in which they were first met.
pub fn kept() -> Vec<Took> {
    PROFILE.get().map_or_else(Vec::new, |profile| profile.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

/// What is known of a relation after one step of making it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Step {
    pub planning: Duration,
    pub running: Duration,
    /// Rows and bytes, once they are there.
    pub made: Option<(usize, usize)>,
}

/// Adds a step to what a relation took.
pub fn add(relation: &str, step: Step) {
    let Some(profile) = PROFILE.get() else { return };
    let mut profile = profile.lock().unwrap_or_else(PoisonError::into_inner);
    let at = profile.iter().position(|took| took.relation == relation).unwrap_or_else(|| {
        profile.push(Took {
            relation: relation.to_owned(),
            is_kept: false,
            times: 0,
            planning_seconds: 0.0,
            running_seconds: 0.0,
            rows: 0,
            bytes: 0,
        });
        profile.len() - 1
    });
    let took = &mut profile[at];
    took.planning_seconds += step.planning.as_secs_f64();
    took.running_seconds += step.running.as_secs_f64();
    if let Some((rows, bytes)) = step.made {
        took.is_kept = true;
        took.times += 1;
        took.rows += rows as u64;
        took.bytes += bytes as u64;
    }
}
