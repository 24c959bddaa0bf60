//! A search that cannot begin, go on or end.

use std::path::PathBuf;

use super::Reason;

/// A search that cannot begin, go on or end.
#[derive(Debug, thiserror::Error)]
pub enum TuneError {
    #[error(
        "the grid has {cells} cells, more than {most}; take larger steps or fewer parameters, or sample it with --random N"
    )]
    GridTooLarge { cells: String, most: u64 },

    #[error(
        "{cells} cells need {needed} of memory, more than --memory {limit}; allow more, or try fewer with --random N"
    )]
    TooMuchMemory { cells: u64, needed: String, limit: String },

    #[error("{}: is no search to go on with ({reason}); give the file that the ended search named", path.display())]
    NotACheckpoint {
        path: PathBuf,
        #[source]
        reason: Reason,
    },

    #[error("{}: no result of a search ({reason}); `reslate tune ... --out FILE.parquet` writes one", path.display())]
    NotAResult {
        path: PathBuf,
        #[source]
        reason: Reason,
    },

    #[error(
        "--resume: {what} was {before} in the search that was ended, and is {now} now; ask for the same, or start anew"
    )]
    OtherSearch { what: String, before: String, now: String },

    #[error("ended early: {done} of {cells} cells were tried; {advice}")]
    EndedEarly { done: u64, cells: u64, advice: String },

    #[error("none of {cells} cells decided {min_picks} picks; lower --min-picks, or look at more slates")]
    NothingRanked { cells: u64, min_picks: u64 },
}
