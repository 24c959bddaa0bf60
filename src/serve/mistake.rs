//! What is wrong with what is written in the page, and where.

use std::error::Error as _;

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use serde::Serialize;

use super::idea::Idea;
use crate::error::{Error, Place, QueryError, VersionError, one_line};

/// A mistake in what is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// What is wrong and what to do.
    pub reason: String,
    /// The definition, such as `signal rested_home`; null outside of definitions.
    pub definition: Option<String>,
    /// The key, such as `when`; null where no key is to blame.
    pub key: Option<String>,
    /// From 1; null where nothing of the text is to blame.
    pub line: Option<usize>,
    /// Where the word begins that is to blame, in UTF-16 units of the text, as JavaScript counts; null likewise.
    pub start: Option<usize>,
    /// Where it ends.
    pub end: Option<usize>,
}

impl Mistake {
    /// The mistake in `text` that an error tells of; none for one that is not about the text.
    pub fn of(error: &Error, text: &str) -> Option<Mistake> {
        let Error::Version(error) = error else { return None };
        let (reason, place) = match error {
            VersionError::BadFile { reason, place, .. } => (reason.to_string(), place.as_deref().cloned()),
            VersionError::NeedsColumn { column, .. } => (error.to_string(), place_of(column, text)),
            other => (other.to_string(), None),
        };
        let units = |at: usize| text.get(..at).map(|before| before.encode_utf16().count());
        let bytes = place.as_ref().map(|place| place.bytes.clone());
        let line = |at: usize| text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        Some(Mistake {
            reason,
            line: bytes.as_ref().map(|bytes| line(bytes.start)),
            start: bytes.as_ref().and_then(|bytes| units(bytes.start)),
            end: bytes.and_then(|bytes| units(bytes.end)),
            definition: place.as_ref().and_then(|place| place.definition.clone()),
            key: place.and_then(|place| place.key),
        })
    }
}

/// Where a text first has a word.
fn place_of(word: &str, text: &str) -> Option<Place> {
    let start = text.find(word)?;
    Some(Place { definition: None, key: None, bytes: start..start + word.len() })
}

/// An error while deciding by `idea`; one of a value that cannot be computed of some candidate is about what is written.
pub fn of_definitions(error: Error, idea: &Idea) -> Error {
    if idea.text.trim().is_empty() || !matches!(error, Error::Query(QueryError::BadFile { .. }) | Error::DataFusion(_))
    {
        return error;
    }
    match of_values(&error) {
        Some(said) => {
            let reason = format!("a definition cannot be computed of every candidate: {said}").into();
            VersionError::BadFile { file: "the text".to_owned(), reason, place: None }.into()
        }
        None => error,
    }
}

/// What an error that led to this one says of values.
fn of_values(error: &Error) -> Option<String> {
    let mut cause = error.source();
    while let Some(error) = cause {
        let arrow = match error.downcast_ref::<DataFusionError>() {
            Some(DataFusionError::ArrowError(arrow, _)) => Some(arrow.as_ref()),
            _ => error.downcast_ref::<ArrowError>(),
        };
        if let Some(
            said @ (ArrowError::CastError(_)
            | ArrowError::ComputeError(_)
            | ArrowError::ArithmeticOverflow(_)
            | ArrowError::InvalidArgumentError(_)
            | ArrowError::ParseError(_)
            | ArrowError::DivideByZero),
        ) = arrow
        {
            return Some(one_line(&said.to_string()));
        }
        cause = error.source();
    }
    None
}
