//! Exports in the cloud and on the web: `gs://`, `s3://`, `az://` and `http(s)://`.
//!
//! Requests and their retries are object_store's. Ours is where credentials are looked for, which answers can pass
//! (`client`), and what is said of those that cannot (`failure`). What is secret of a URL or the environment goes
//! into requests alone: never into a name, an error or the manifest.

mod aws;
mod azure;
mod client;
mod environment;
mod failure;
mod google;
mod http;
mod place;
mod store;

use std::time::Duration;

use datafusion::object_store::{BackoffConfig, RetryConfig};

pub use environment::Environment;
pub use place::Opening;

use super::interface::Source;
use crate::error::Result;
use place::Place;

/// How often and how long what can pass is asked for again, with exponential backoff and jitter.
pub fn patience() -> RetryConfig {
    let backoff = BackoffConfig { init_backoff: Duration::from_millis(200), ..BackoffConfig::default() };
    RetryConfig { backoff, max_retries: 8, retry_timeout: Duration::from_secs(5 * 60) }
}

/// Opens the exports at a URL whose scheme is a remote one. Must be called within a runtime.
///
/// # Errors
/// The URL or the environment's settings make no sense. Nothing has been asked of the server yet.
pub fn open(url: &str, opening: &Opening<'_>) -> Result<Box<dyn Source>> {
    let place = Place::of(url)?;
    Ok(match place.scheme.as_str() {
        "gs" => Box::new(google::open(&place, opening)?),
        "s3" | "s3a" => Box::new(aws::open(&place, opening)?),
        "http" | "https" if !azure::is_host(place.host) => Box::new(http::open(url, opening)?),
        _ => Box::new(azure::open(&place, opening)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(url: &str) -> String {
        let environment = Environment::default();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let _entered = runtime.enter();
        let opening = Opening { environment: &environment, retries: patience() };
        match open(url, &opening) {
            Ok(source) => source.name().to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_source_is_named_without_what_is_secret() {
        assert_eq!(said("S3a://bucket//exports/2026/"), "s3://bucket/exports/2026");
        assert_eq!(said("s3://bucket"), "s3://bucket");
        assert_eq!(said("https://user:secret@host:8443/exports/?sig=secret#secret"), "https://host:8443/exports");
        assert_eq!(said("https://host"), "https://host");
        let sas = "?sv=2024-11-04&sig=secret%3D";
        for url in [
            "az://box@acc/a/b",
            "abfss://box@acc.dfs.core.windows.net/a/b",
            "https://acc.blob.core.windows.net/box/a/b",
        ] {
            assert_eq!(said(&format!("{url}{sas}")), "az://box@acc/a/b");
        }
    }

    #[test]
    fn a_url_that_is_none_is_refused_without_what_is_secret() {
        for url in [
            "s3://key:secret@bucket/x",
            "s3://bucket/x?X-Amz-Signature=secret",
            "gs://bucket?secret",
            "gs://secret bucket/x",
            "s3:///secret",
            "gs://bucket/secret//x",
            "s3://bucket/../secret",
            "az://box@acc@secret/x",
            "az://user:secret@acc/x",
            "az://secretbox/x",
            "https://acc.blob.core.windows.net/?sig=secret",
            "https://ho st/secret",
            "http://user:secret@:80/",
        ] {
            let message = said(url);
            assert!(message.starts_with("source '") || message.starts_with("AZURE_"), "{url}: {message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
