//! A file besides those of snapshots that cannot be read, written or shown.

use std::path::PathBuf;

use super::Reason;

/// A file besides those of snapshots that cannot be read, written or shown.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{file}: format version {found} is newer than this program reads ({known}); update reslate")]
    NewerFormat { file: String, found: u32, known: u32 },

    #[error("{}: written, but no browser opened it ({reason}); open it yourself", path.display())]
    NoBrowser {
        path: PathBuf,
        #[source]
        reason: Reason,
    },

    #[error("{}: cannot be written ({reason}); give another --out", path.display())]
    Output {
        path: PathBuf,
        #[source]
        reason: Reason,
    },

    #[error("{}: cannot be read ({reason})", path.display())]
    Input {
        path: PathBuf,
        #[source]
        reason: Reason,
    },
}
