//! What every kind of remote source is opened by: a URL taken apart, an endpoint that is safe, a folder of a store.

use std::net::IpAddr;
use std::sync::Arc;

use datafusion::object_store::path::Path as StorePath;
use datafusion::object_store::prefix::PrefixStore;
use datafusion::object_store::{ObjectStore, RetryConfig};

use super::environment::Environment;
use super::failure::Service;
use super::store::Explained;
use crate::error::{Error, PullError, RequestError, Result};
use crate::pull::source::exports::Exports;

/// What is needed to open a source, besides its URL.
pub struct Opening<'a> {
    pub environment: &'a Environment,
    pub retries: RetryConfig,
}

/// A URL, taken apart.
pub struct Place<'a> {
    /// In lower case.
    pub scheme: String,
    /// What is before an `@`: a user and a password, or a container.
    pub user: Option<&'a str>,
    pub host: &'a str,
    /// Without the first slash.
    pub path: &'a str,
    pub query: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// # Errors
    /// The URL names no host.
    pub fn of(url: &'a str) -> Result<Place<'a>> {
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let rest = rest.split('#').next().unwrap_or_default();
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        let place = Place { scheme: scheme.to_ascii_lowercase(), user, host, path, query };
        if host.is_empty() { Err(place.wrong("names no place; write BUCKET/FOLDER after it")) } else { Ok(place) }
    }

    /// That the URL is none, with no more of it than its scheme.
    pub fn wrong(&self, reason: impl Into<String>) -> Error {
        Error::Request(RequestError::BadArgument {
            what: "source",
            value: format!("{}://", self.scheme),
            reason: reason.into(),
        })
    }

    /// `name` as that of a bucket or container.
    ///
    /// # Errors
    /// It is none.
    pub fn bucket(&self, name: &str) -> Result<String> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'$');
        if name.is_empty() || !name.bytes().all(is_allowed) {
            return Err(self.wrong("what comes first is no name of a bucket or container"));
        }
        Ok(name.to_owned())
    }

    /// The bucket, of a URL that has nothing else before its path.
    ///
    /// # Errors
    /// The URL has a user or a query, or no name of a bucket.
    pub fn only_bucket(&self) -> Result<String> {
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

    /// The path as that of a folder in a store.
    ///
    /// # Errors
    /// A part of it is empty, `.` or `..`.
    pub fn folder(&self) -> Result<StorePath> {
        let wrong = |_| self.wrong("the folder's name has an empty, '.' or '..' part");
        StorePath::parse(self.path.trim_matches('/')).map_err(wrong)
    }
}

/// Exports below `folder` of a store.
pub fn exports(store: impl ObjectStore, folder: StorePath, service: Service, root: &str) -> Exports {
    let name = if folder.as_ref().is_empty() { root.to_owned() } else { format!("{root}/{folder}") };
    let inner: Arc<dyn ObjectStore> = Arc::new(PrefixStore::new(store, folder));
    Exports::in_store(Arc::new(Explained::new(inner, service, name.clone())), name)
}

/// Makes sure that `endpoint` is a URL that credentials may be sent to: encrypted, on this machine, or explicitly allowed
/// by the variable `allow`.
///
/// # Errors
/// It is not; the message names the `variable` that it is from.
pub fn ensure_safe_endpoint(
    variable: &'static str,
    endpoint: &str,
    allow: &str,
    environment: &Environment,
) -> Result<()> {
    let refused = |reason: String| Error::Pull(PullError::BadSetting { variable: variable.to_owned(), reason });
    let url = url::Url::parse(endpoint).map_err(|_| refused("is no URL; write https://HOST".to_owned()))?;
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_this_machine(&url) || environment.is_set(allow) => Ok(()),
        "http" => Err(refused(format!("is not encrypted; write https://, or set {allow}=true"))),
        _ => Err(refused("is neither https:// nor http://".to_owned())),
    }
}

/// Whether a URL's host is this machine by its name or address.
pub fn is_this_machine(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(url::Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

/// That object_store makes nothing of the settings, whose values are not shown.
pub fn bad_settings(service: &Service, variables: &str) -> Error {
    Error::Pull(PullError::BadSetting {
        variable: variables.to_owned(),
        reason: format!("cannot be used as they are set; {}", service.credentials()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_go_to_encrypted_endpoints_or_to_this_machine() {
        let is_safe = |endpoint: &str, allowed: &[(&str, &str)]| {
            let allowed = allowed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            ensure_safe_endpoint("AWS_ENDPOINT_URL", endpoint, "AWS_ALLOW_HTTP", &allowed.collect()).is_ok()
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
