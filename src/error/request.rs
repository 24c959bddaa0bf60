//! A request that cannot be answered: it makes no sense, or the snapshot has not what it asks for.

use chrono::NaiveDate;

use super::Reason;

/// A request that cannot be answered: it makes no sense, or the snapshot has not what it asks for.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    #[error("{table}.{column}: a value does not fit {expected} ({reason}); leave its date out, or check its inputs")]
    DoesNotFit {
        table: &'static str,
        column: &'static str,
        expected: String,
        #[source]
        reason: Reason,
    },

    #[error("the snapshots have no slate in common: {a}, {b}; give two of the same season")]
    NothingInCommon { a: String, b: String },

    #[error("no games on {date}; {nearest}")]
    NoSlate { date: NaiveDate, nearest: String },

    #[error("no slate from {from} to {to}; {nearest}")]
    NoSlateInRange { from: NaiveDate, to: NaiveDate, nearest: String },

    #[error("no slate from {from} on; {nearest}")]
    NoSlateSince { from: NaiveDate, nearest: String },

    #[error("the range is the wrong way round: --from {from} is after --to {to}; swap them")]
    RangeReversed { from: NaiveDate, to: NaiveDate },

    #[error(
        "nothing to compare: on each of {slates} slates a version lacks an input ({example}); leave it out or pull more"
    )]
    NothingToCompare { slates: usize, example: String },

    #[error("the snapshot has no predictions at all, so there is no slate to replay; pull predictions first")]
    NoPredictions,

    #[error("no player matches '{player}' on {date}{hint}")]
    NoPlayer { player: String, date: NaiveDate, hint: String },

    #[error("'{player}' matches several players on {date}: {matches}; give more of the name")]
    AmbiguousPlayer { player: String, date: NaiveDate, matches: String },

    #[error("{what} '{value}': {reason}")]
    BadArgument { what: &'static str, value: String, reason: String },
}
