//! A query that is wrong, or takes more memory than it may.

use super::Reason;

/// A query that is wrong, or takes more memory than it may.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    #[error("it needs more memory than --memory allows; allow more, or ask for fewer slates (--from, --to)")]
    MemoryExhausted,

    #[error("{file}: {reason}")]
    BadFile {
        file: String,
        #[source]
        reason: Reason,
    },

    #[error("query: {reason}")]
    OfUser {
        #[source]
        reason: Reason,
    },
}
