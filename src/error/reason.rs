//! Why something failed, as a part of a message.

use std::error::Error as StdError;
use std::fmt;

use super::one_line;

/// Why something failed: in words, and the error that says so, where there is one.
#[derive(Debug)]
pub struct Reason {
    words: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Reason {
    /// What an error says, in one line.
    pub fn of(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Reason {
        let error = error.into();
        Reason { words: one_line(&error.to_string()), source: Some(error) }
    }

    /// Other words for what an error says.
    pub fn because(words: impl Into<String>, error: impl Into<Box<dyn StdError + Send + Sync>>) -> Reason {
        Reason { words: words.into(), source: Some(error.into()) }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl StdError for Reason {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|error| error as &(dyn StdError + 'static))
    }
}

impl From<String> for Reason {
    fn from(words: String) -> Reason {
        Reason { words, source: None }
    }
}

impl From<&str> for Reason {
    fn from(words: &str) -> Reason {
        Reason::from(words.to_owned())
    }
}

/// Errors whose words are a reason as they are.
macro_rules! of_error {
    ($($error:ty),+ $(,)?) => {$(
        impl From<$error> for Reason {
            fn from(error: $error) -> Reason {
                Reason::of(error)
            }
        }
    )+};
}

of_error!(
    super::Error,
    std::io::Error,
    serde_json::Error,
    datafusion::arrow::error::ArrowError,
    datafusion::error::DataFusionError,
    datafusion::parquet::errors::ParquetError,
);
