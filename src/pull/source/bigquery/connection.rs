//! How BigQuery is reached: the environment's settings.

use std::env;
use std::fmt;
use std::time::Duration;

use google_cloud_gax::exponential_backoff::{ExponentialBackoff, ExponentialBackoffBuilder};

/// The host of an emulator of BigQuery, as Google's clients know it.
pub const EMULATOR: &str = "BIGQUERY_EMULATOR_HOST";
/// The host of its Storage API, where that is another.
pub const STORAGE_EMULATOR: &str = "BIGQUERY_STORAGE_EMULATOR_HOST";
/// An access token, as gcloud knows it.
pub const TOKEN: &str = "CLOUDSDK_AUTH_ACCESS_TOKEN";

const FIRST_DELAY: Duration = Duration::from_millis(200);
/// An emulator has no quota that would come back with time.
const EMULATOR_DELAY: Duration = Duration::from_millis(1);
const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// How BigQuery is reached.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// The address of an emulator, and of its Storage API.
    pub emulator: Option<(String, String)>,
    pub token: Option<Token>,
}

impl Connection {
    /// Google's own endpoints with application default credentials, unless the environment has an emulator or a token.
    pub fn from_environment() -> Connection {
        let set = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
        let url = |host: String| if host.contains("://") { host } else { format!("http://{host}") };
        let emulator = set(EMULATOR).map(|host| {
            let storage = set(STORAGE_EMULATOR).unwrap_or_else(|| host.clone());
            (url(host), url(storage))
        });
        Connection { emulator, token: set(TOKEN).map(|token| Token(token.trim().to_owned())) }
    }

    pub fn backoff(&self) -> ExponentialBackoff {
        let first = if self.emulator.is_some() { EMULATOR_DELAY } else { FIRST_DELAY };
        ExponentialBackoffBuilder::new().with_initial_delay(first).with_maximum_delay(LONGEST_DELAY).clamp()
    }
}

/// An access token, which is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(pub String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(...)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_shown() {
        let connection = Connection { token: Some(Token("ya29.secret".to_owned())), ..Connection::default() };
        assert!(!format!("{connection:?}").contains("secret"));
    }
}
