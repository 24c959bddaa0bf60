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
mod store;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use datafusion::object_store::path::Path as StorePath;
use datafusion::object_store::prefix::PrefixStore;
use datafusion::object_store::{BackoffConfig, ObjectStore, RetryConfig};

pub use environment::Environment;

use super::exports::Exports;
use super::interface::Source;
use crate::error::{Error, Result};
use failure::Service;
use store::Explained;

/// How often and how long what can pass is asked for again, with exponential backoff and jitter.
pub fn patience() -> RetryConfig {
    let backoff = BackoffConfig { init_backoff: Duration::from_millis(200), ..BackoffConfig::default() };
    RetryConfig { backoff, max_retries: 8, retry_timeout: Duration::from_secs(5 * 60) }
}

/// What is needed to open a source, besides its URL.
pub struct Opening<'a> {
    pub environment: &'a Environment,
    pub retries: RetryConfig,
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

/// A URL, taken apart.
struct Place<'a> {
    /// In lower case.
    scheme: String,
    /// What is before an `@`: a user and a password, or a container.
    user: Option<&'a str>,
    host: &'a str,
    /// Without the first slash.
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn of(url: &'a str) -> Result<Place<'a>> {
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let rest = rest.split('#').next().unwrap_or_default();
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        let place = Place { scheme: scheme.to_ascii_lowercase(), user, host, path, query };
        if host.is_empty() { Err(place.wrong("names no place; write BUCKET/FOLDER after it")) } else { Ok(place) }
    }

    /// That the URL is none, with no more of it than its scheme.
    fn wrong(&self, reason: impl Into<String>) -> Error {
        Error::BadArgument { what: "source", value: format!("{}://", self.scheme), reason: reason.into() }
    }

    /// A bucket's or container's name.
    fn bucket(&self, name: &str) -> Result<String> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'$');
        if name.is_empty() || !name.bytes().all(is_allowed) {
            return Err(self.wrong("what comes first is no name of a bucket or container"));
        }
        Ok(name.to_owned())
    }

    /// The bucket, of a URL that has nothing else.
    fn only_bucket(&self) -> Result<String> {
        if self.user.is_some() {
            return Err(self.wrong(
                "takes no credentials in the URL; give them by the environment (`reslate pull --help` says how)",
            ));
        }
        if self.query.is_some() {
            return Err(self.wrong("takes no query; a signed URL begins with https://"));
        }
        self.bucket(self.host)
    }

    fn folder(&self) -> Result<StorePath> {
        let wrong = |_| self.wrong("the folder's name has an empty, '.' or '..' part");
        StorePath::parse(self.path.trim_matches('/')).map_err(wrong)
    }
}

/// Exports below `folder` of a store.
fn exports(store: impl ObjectStore, folder: StorePath, service: Service, root: &str) -> Exports {
    let name = if folder.as_ref().is_empty() { root.to_owned() } else { format!("{root}/{folder}") };
    let inner: Arc<dyn ObjectStore> = Arc::new(PrefixStore::new(store, folder));
    Exports::in_store(Arc::new(Explained::new(inner, service, name.clone())), name)
}

/// Makes sure that `endpoint` is a URL that credentials may be sent to: encrypted, on this machine, or explicitly allowed.
fn is_safe_endpoint(variable: &'static str, endpoint: &str, allow: &str, environment: &Environment) -> Result<()> {
    let refused = |reason: String| Error::BadSetting { variable: variable.to_owned(), reason };
    let url = url::Url::parse(endpoint).map_err(|_| refused("is no URL; write https://HOST".to_owned()))?;
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_this_machine(&url) || environment.is_set(allow) => Ok(()),
        "http" => Err(refused(format!("is not encrypted; write https://, or set {allow}=true"))),
        _ => Err(refused("is neither https:// nor http://".to_owned())),
    }
}

fn is_this_machine(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(url::Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

/// That object_store makes nothing of the settings, whose values are not shown.
fn bad_settings(service: &Service, variables: &str) -> Error {
    Error::BadSetting {
        variable: variables.to_owned(),
        reason: format!("cannot be used as they are set; {}", service.credentials()),
    }
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

    #[test]
    fn credentials_go_to_encrypted_endpoints_or_to_this_machine() {
        let is_safe = |endpoint: &str, allowed: &[(&str, &str)]| {
            let allowed = allowed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            is_safe_endpoint("AWS_ENDPOINT_URL", endpoint, "AWS_ALLOW_HTTP", &allowed.collect()).is_ok()
        };
        for endpoint in ["https://minio.example", "http://localhost:9000", "http://127.0.0.1:1", "http://[::1]:1"] {
            assert!(is_safe(endpoint, &[]), "{endpoint}");
        }
        for endpoint in
            ["http://minio.example", "http://10.0.0.1:9000", "http://localhost.evil", "ftp://h", "minio:9000"]
        {
            assert!(!is_safe(endpoint, &[]), "{endpoint}");
        }
        assert!(is_safe("http://minio.example", &[("AWS_ALLOW_HTTP", "true")]));
    }
}
