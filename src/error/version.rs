//! A version that is not there or says nothing that could decide.

use std::ops::Range;

use super::Reason;

/// A version that is not there or says nothing that could decide.
#[derive(Debug, thiserror::Error)]
pub enum VersionError {
    #[error("unknown version '{name}'{hint} (`reslate versions` lists them)")]
    Unknown { name: String, hint: String },

    #[error("'{name}' matches several versions: {candidates}; give one of them")]
    Ambiguous { name: String, candidates: String },

    #[error("unknown parameter '{name}'{hint} (`reslate versions show {lists}` lists them)")]
    UnknownParameter { name: String, hint: String, lists: String },

    #[error("{name}={value}: {reason}")]
    BadParameter { name: String, value: String, reason: String },

    #[error(
        "version {version}: {by} names {table}.{column}, which {place} does not have; pull the table with it, or leave {by} out"
    )]
    NeedsColumn { version: String, by: String, table: &'static str, column: String, place: String },

    #[error(
        "version {version}: weighs models by {table}.{column}, which the snapshot does not have; pull the table with it, or weigh them by their gradings: --set source_weight=gradings"
    )]
    NeedsPerformance { version: String, table: &'static str, column: &'static str },

    #[error("{file}: {reason}")]
    BadFile {
        file: String,
        #[source]
        reason: Reason,
        /// Where in its text; none where nothing of it is to blame.
        place: Option<Box<Place>>,
    },
}

/// A place in the text of a version file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The definition that it is in, such as `signal rested_home`; none outside of definitions.
    pub definition: Option<String>,
    /// The key that it is at, such as `when`; none where there is no key.
    pub key: Option<String>,
    /// The bytes of the text, without a mark of its encoding.
    pub bytes: Range<usize>,
}
