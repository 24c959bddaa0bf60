//! A pull that cannot be made: where it reads from, what it reads, or where it writes to.

use std::path::PathBuf;

use super::Reason;

/// A pull that cannot be made: where it reads from, what it reads, or where it writes to.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    #[error("{what} more than --memory {limit}; {advice}")]
    MoreThanMemory { what: String, limit: String, advice: &'static str },

    #[error("no folder to write the snapshot to; give one with --snapshot DIR")]
    NoTarget,

    #[error("{place}: refused ({answer}); {advice}")]
    Refused { place: String, answer: String, advice: String },

    #[error("{place}: not there ({answer}); {advice}")]
    NotThere { place: String, answer: String, advice: String },

    #[error("{place}: no credentials were found; {advice}")]
    NoCredentials { place: String, advice: String },

    #[error("{place}: {reason}; {advice}")]
    Unreachable { place: String, reason: String, advice: String },

    #[error("{variable} {reason}")]
    BadSetting { variable: String, reason: String },

    #[error("{place}: {reason}; {advice}")]
    BigQuery { place: String, reason: String, advice: String },

    #[error("{source_name}: no export of {table}; expected {expected}{hint}")]
    NoExport { source_name: String, table: &'static str, expected: String, hint: String },

    #[error("{source_name}: {table} is there twice ({found}); keep one of them")]
    TwoExports { source_name: String, table: &'static str, found: String },

    #[error("{file}: not a readable {format} export ({reason}); export it again")]
    BadExport {
        file: String,
        format: &'static str,
        #[source]
        reason: Reason,
    },

    #[error("{file}: changed while it was read; pull again when the export is done")]
    SourceChanged { file: String },

    #[error("{file}: {table}.{column}, row {row}: {misfit}; without --strict {otherwise}")]
    Misfit {
        file: String,
        table: &'static str,
        column: &'static str,
        row: usize,
        misfit: String,
        otherwise: &'static str,
    },

    #[error(
        "{file}: damaged, and the source has {lost} to write it anew; put it aside and pull again to go on with those"
    )]
    Irreplaceable { file: String, lost: String },

    #[error("{file}: the last record has no line end, so it may be cut off; end it with one, or pull without --strict")]
    CutOff { file: String },

    #[error("{}: another pull is at work here ({owner}); wait for it to end", path.display())]
    Locked { path: PathBuf, owner: String },

    #[error("{}: its {table} {reason}; pull into another folder{advice}", path.display())]
    OtherSource { path: PathBuf, table: &'static str, reason: String, advice: &'static str },

    #[error("{}: cannot be written ({reason}); the snapshot is still whole", path.display())]
    Target {
        path: PathBuf,
        #[source]
        reason: Reason,
    },

    #[error("{}: {reason}; give a folder for the snapshot alone with --snapshot DIR", path.display())]
    NoPlaceForSnapshot { path: PathBuf, reason: String },
}
