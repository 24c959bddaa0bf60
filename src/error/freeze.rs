//! A decision that cannot be frozen, or read from its file.

use std::path::PathBuf;

use super::Reason;

/// A decision that cannot be frozen, or read from its file.
#[derive(Debug, thiserror::Error)]
pub enum FreezeError {
    #[error("{}: no frozen decision ({reason}); `reslate freeze DATE --out FILE` writes one", path.display())]
    NotFrozen {
        path: PathBuf,
        #[source]
        reason: Reason,
    },

    #[error("{}: the frozen decision is damaged ({reason}); take another copy, or freeze it again", path.display())]
    Damaged {
        path: PathBuf,
        #[source]
        reason: Reason,
    },

    #[error("{}: {version} looks at {what}, which the frozen decision does not have; freeze it by this version", path.display())]
    Lacks { path: PathBuf, version: String, what: String },

    #[error("{date} cannot be frozen so that it replays from the file alone ({difference}); try the other form")]
    NotFreezable { date: String, difference: String },
}
