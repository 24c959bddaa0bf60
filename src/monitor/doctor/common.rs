//! What every check takes: rows of its relations, and the arguments of the commands that it advises.

use serde::de::DeserializeOwned;

use super::report::Finding;
use crate::error::Result;
use crate::formats::rows;
use crate::replay::Replay;
use crate::snapshot::Snapshot;
use crate::version::Version;

/// What a check finds, or why nobody can tell.
pub type Told = std::result::Result<Vec<Finding>, String>;

/// The rows of a query.
///
/// # Errors
/// Data that breaks the contract.
pub async fn read<T: DeserializeOwned>(replay: &Replay, sql: &str) -> Result<Vec<T>> {
    rows(&replay.engine.query(sql).await?)
}

/// What the commands that findings advise are to be given, with a blank before each.
pub struct Arguments {
    /// The snapshot that was looked at.
    pub snapshot: String,
    /// The version that decides the newest slate, where it is one that a command line can name, and the snapshot.
    pub by_version: String,
}

impl Arguments {
    pub fn of(replay: &Replay, snapshot: &Snapshot) -> Arguments {
        let snapshot = snapshot.origin().arguments();
        let newest = replay.slates.last().map(|slate| slate.game_date).unwrap_or_default();
        let version = replay.versions.iter().find(|version| version.decides.contains(newest));
        let by_version = version.map_or(String::new(), Version::arguments);
        Arguments { by_version: by_version + &snapshot, snapshot }
    }
}
