//! Everything that can go wrong, typed. A message is one line: what is wrong, where, and what to do. What led to it is its
//! source ([`std::error::Error::source`]), but for what stores and services in the cloud say, which may have a secret in it.

mod file;
mod freeze;
mod pull;
mod query;
mod reason;
mod request;
mod snapshot;
mod tune;
mod version;

use std::error::Error as _;
use std::sync::Arc;

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use datafusion::parquet::errors::ParquetError;
use tokio::task::JoinError;

use crate::text::visible;

pub use file::FileError;
pub use freeze::FreezeError;
pub use pull::PullError;
pub use query::QueryError;
pub use reason::Reason;
pub use request::RequestError;
pub use snapshot::SnapshotError;
pub use tune::TuneError;
pub use version::{Place, VersionError};

/// The result of every fallible function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of reslate: one of a capability, which has its own type, or one that any of them may meet.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),

    #[error(transparent)]
    Request(#[from] RequestError),

    #[error(transparent)]
    Version(#[from] VersionError),

    #[error(transparent)]
    Query(#[from] QueryError),

    #[error(transparent)]
    Tune(#[from] TuneError),

    #[error(transparent)]
    Freeze(#[from] FreezeError),

    #[error(transparent)]
    Pull(#[from] PullError),

    #[error(transparent)]
    File(#[from] FileError),

    /// The reader of standard output went away; a normal end for a filter in a pipe.
    #[error("the reader of the output closed it")]
    BrokenPipe,

    /// A value that cannot be written as JSON, or rows of a query that are not what was asked for.
    #[error("{}", one_line(&.0.to_string()))]
    Json(#[from] serde_json::Error),

    /// A version that cannot be written as TOML.
    #[error("{}", one_line(&.0.to_string()))]
    Toml(#[from] toml::ser::Error),

    /// A file that cannot be written as Parquet.
    #[error("{}", one_line(&.0.to_string()))]
    Parquet(#[from] ParquetError),

    /// A task that gave up or was ended before it had an answer.
    #[error("{}", one_line(&.0.to_string()))]
    Task(#[from] JoinError),

    /// What the system does not give.
    #[error("{what}: {reason}")]
    System {
        what: &'static str,
        #[source]
        reason: Reason,
    },

    /// What the query engine says, in its own words.
    #[error("{}", words(.0))]
    DataFusion(#[source] Box<DataFusionError>),

    /// Something of which nothing but these words is known, or the error that says them.
    #[error("{0}")]
    Engine(#[source] Reason),
}

impl Error {
    /// What led to it in a line each, the nearest first.
    pub fn causes(&self) -> Vec<String> {
        let chain = std::iter::successors(self.source(), |&cause| cause.source());
        // A reason is a part of the message.
        let causes = chain.filter(|cause| !cause.is::<Reason>());
        let mut lines: Vec<String> = causes.map(|cause| one_line(&cause.to_string())).collect();
        lines.dedup();
        lines
    }
}

impl From<DataFusionError> for Error {
    /// Brings back a reslate error that travelled through the engine; others keep the engine's own words.
    fn from(error: DataFusionError) -> Self {
        match error {
            DataFusionError::External(inner) => match inner.downcast::<Error>() {
                Ok(own) => *own,
                Err(other) => Error::DataFusion(Box::new(DataFusionError::External(other))),
            },
            DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => Error::from(*inner),
            DataFusionError::ArrowError(inner, trace) => match *inner {
                ArrowError::ExternalError(inner) => Error::from(DataFusionError::External(inner)),
                other => Error::DataFusion(Box::new(DataFusionError::ArrowError(Box::new(other), trace))),
            },
            DataFusionError::ResourcesExhausted(_) => QueryError::MemoryExhausted.into(),
            DataFusionError::Shared(inner) => match Arc::try_unwrap(inner) {
                Ok(inner) => Error::from(inner),
                Err(shared) => Error::DataFusion(Box::new(DataFusionError::Shared(shared))),
            },
            other => Error::DataFusion(Box::new(other)),
        }
    }
}

impl From<Error> for DataFusionError {
    fn from(error: Error) -> Self {
        DataFusionError::External(Box::new(error))
    }
}

impl From<ArrowError> for Error {
    fn from(error: ArrowError) -> Self {
        Error::from(DataFusionError::from(error))
    }
}

/// The engine's words, without what it says of an error that only passed through it.
fn words(error: &DataFusionError) -> String {
    match error {
        DataFusionError::External(inner) => one_line(&inner.to_string()),
        other => one_line(&other.strip_backtrace()),
    }
}

/// `text` with line breaks folded and what is no glyph made visible, for a message of one line.
pub fn one_line(text: &str) -> String {
    visible(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// `; did you mean 'x'?` for the name nearest to `wanted`, or nothing when none is near.
pub fn did_you_mean<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(wanted, names) {
        Some(name) => format!("; did you mean '{name}'?"),
        None => String::new(),
    }
}

/// The name most like `wanted`, when one is alike enough to be worth suggesting.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE_ENOUGH: f64 = 0.7;
    names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(wanted, name), name))
        .filter(|(likeness, _)| *likeness >= ALIKE_ENOUGH)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_a_capability_says_its_own_words_and_keeps_its_causes() {
        let reason = Reason::because("no disk", std::io::Error::other("device 7 is away"));
        let error = Error::from(FileError::Input { path: "rows.csv".into(), reason });
        assert_eq!(error.to_string(), "rows.csv: cannot be read (no disk)");
        assert_eq!(error.causes(), ["device 7 is away"]);
        // Also when it travelled through the engine.
        let back = Error::from(DataFusionError::from(error));
        assert!(matches!(back, Error::File(FileError::Input { .. })));
        assert_eq!(back.causes(), ["device 7 is away"]);
    }

    #[test]
    fn what_nothing_is_known_of_keeps_the_error_that_says_so() {
        let error = Error::Engine(Reason::of(std::io::Error::other("ended\nearly")));
        assert_eq!((error.to_string(), error.causes()), ("ended early".to_owned(), vec!["ended early".to_owned()]));
        assert!(Error::Engine("no such slate".into()).causes().is_empty());
    }
}
