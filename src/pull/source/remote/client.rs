//! The HTTP client under object_store: which answers are worth asking again for, and what is kept of the others.
//!
//! object_store's retries (exponential, with jitter) go by the kind of an [`HttpError`], and its own errors spell out whole
//! URLs. So an answer that is none becomes a [`Refusal`] here, which has nothing of the request in it, under the kind that
//! says whether it can pass.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use datafusion::object_store;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};
use object_store::{ClientConfigKey, ClientOptions, HeaderMap, HeaderValue};

/// The settings of every client; the environment's go before them.
pub const SETTINGS: [(ClientConfigKey, &str); 3] = [
    (ClientConfigKey::UserAgent, concat!("reslate/", env!("CARGO_PKG_VERSION"))),
    (ClientConfigKey::ConnectTimeout, "10 seconds"),
    (ClientConfigKey::Timeout, "2 minutes"),
];

/// How often a server that has never answered is tried: a name that is wrong should not take minutes to say so.
const FIRST_TRIES: usize = 3;

/// The longest code of an error that is believed to be one.
const LONGEST_CODE: usize = 64;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A file, or what is known of it.
    File,
    /// A list of files.
    List,
    /// A token, for credentials that are there.
    Token,
    /// The credentials that a machine in the cloud has from the machine it runs on.
    Metadata,
}

impl Asked {
    fn by(request: &HttpRequest) -> Asked {
        let (host, path) = (request.uri().host().unwrap_or_default(), request.uri().path());
        let is_link_local = host.starts_with("169.254.") || host.starts_with("[fd00:ec2:") || host == "metadata";
        let is_metadata = ["/computeMetadata/", "/latest/meta-data/", "/latest/api/token", "/metadata/identity/"];
        match request.method().as_str() {
            _ if is_link_local || is_metadata.iter().any(|start| path.starts_with(start)) => Asked::Metadata,
            "POST" | "PUT" => Asked::Token,
            "HEAD" => Asked::File,
            "GET" if request.headers().contains_key("range") => Asked::File,
            _ => Asked::List,
        }
    }
}

/// An answer other than what was asked for. It has nothing of the request in it, whose URL may be a secret.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.answer())]
pub struct Refusal {
    pub asked: Asked,
    /// None when there was no answer at all.
    pub status: Option<u16>,
    /// The service's name for it, such as `AccessDenied`.
    pub code: Option<String>,
    /// The region that the service sends elsewhere to.
    pub region: Option<String>,
}

impl Refusal {
    /// The answer in short, such as `403 AccessDenied`.
    pub fn answer(&self) -> String {
        let status = self.status.map_or("no answer".to_owned(), |status| status.to_string());
        self.code.as_ref().map_or(status.clone(), |code| format!("{status} {code}"))
    }

    fn of(asked: Asked, status: u16, headers: &HeaderMap, body: &str) -> Refusal {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).and_then(code);
        Refusal {
            asked,
            status: Some(status),
            code: header("x-ms-error-code").or_else(|| element(body, "Code")).or_else(|| oauth_error(body)),
            region: header("x-amz-bucket-region").or_else(|| element(body, "Region")),
        }
    }

    /// Whether asking again may help.
    pub fn can_pass(&self) -> bool {
        self.status.is_some_and(|status| matches!(status, 408 | 429 | 500 | 502..=599))
    }
}

/// `text` where it looks like the name of an error, and so is none of a secret.
fn code(text: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_code = !text.is_empty() && text.len() <= LONGEST_CODE && text.bytes().all(is_plain);
    is_code.then(|| text.to_owned())
}

/// The contents of an XML element without children.
fn element(body: &str, name: &str) -> Option<String> {
    let (_, rest) = body.split_once(&format!("<{name}>"))?;
    code(rest.split_once('<')?.0.trim())
}

/// The error of an OAuth server, such as `invalid_grant`.
fn oauth_error(body: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    code(body.get("error")?.as_str()?)
}

/// Connects to the web as object_store does, and tells answers apart.
#[derive(Debug)]
pub struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let inner = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Service { inner, has_answered: AtomicBool::new(false), tries: AtomicUsize::new(0) }))
    }
}

#[derive(Debug)]
struct Service {
    inner: HttpClient,
    has_answered: AtomicBool,
    /// How often there was no connection before the first answer.
    tries: AtomicUsize,
}

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let asked = Asked::by(&request);
        match self.inner.execute(request).await {
            Ok(response) => {
                self.has_answered.store(true, Ordering::Relaxed);
                judge(asked, response).await
            }
            Err(error) => Err(self.unanswered(asked, error)),
        }
    }
}

impl Service {
    fn unanswered(&self, asked: Asked, error: HttpError) -> HttpError {
        if asked == Asked::Metadata {
            // This is no machine in the cloud, or one without credentials.
            let refusal = Refusal { asked, status: None, code: None, region: None };
            return HttpError::new(HttpErrorKind::Unknown, refusal);
        }
        let is_early = error.kind() == HttpErrorKind::Connect && !self.has_answered.load(Ordering::Relaxed);
        if is_early && self.tries.fetch_add(1, Ordering::Relaxed) + 1 >= FIRST_TRIES {
            return HttpError::new(HttpErrorKind::Unknown, error);
        }
        error
    }
}

/// Passes on what object_store can make something of: contents, that a file is not there, or that it has changed.
async fn judge(asked: Asked, mut response: HttpResponse) -> Result<HttpResponse, HttpError> {
    const NOT_MODIFIED: u16 = 304;
    const NOT_FOUND: u16 = 404;
    const PRECONDITION_FAILED: u16 = 412;
    let status = response.status().as_u16();
    let is_missing_file = status == NOT_FOUND && asked == Asked::File;
    if response.status().is_success() || is_missing_file || [NOT_MODIFIED, PRECONDITION_FAILED].contains(&status) {
        name_version(response.headers_mut());
        return if asked == Asked::File { Ok(response) } else { whole(response).await };
    }
    let (parts, body) = response.into_parts();
    let body = body.bytes().await.unwrap_or_default();
    let refusal = Refusal::of(asked, status, &parts.headers, &String::from_utf8_lossy(&body));
    let kind = if refusal.can_pass() { HttpErrorKind::Request } else { HttpErrorKind::Unknown };
    Err(HttpError::new(kind, refusal))
}

/// An answer with all of its body, since object_store asks again for what breaks off only where it is of a file.
async fn whole(response: HttpResponse) -> Result<HttpResponse, HttpError> {
    let (parts, body) = response.into_parts();
    let body = body.bytes().await.map_err(|error| HttpError::new(HttpErrorKind::Request, error))?;
    Ok(HttpResponse::from_parts(parts, body.into()))
}

/// A server that names no version of a file by an etag may do so by its time; as a weak etag, since a second is long.
fn name_version(headers: &mut HeaderMap) {
    if headers.contains_key("etag") {
        return;
    }
    let time = headers.get("last-modified").and_then(|time| time.to_str().ok());
    if let Some(etag) = time.and_then(|time| HeaderValue::from_str(&format!("W/\"{time}\"")).ok()) {
        headers.insert("etag", etag);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_the_name_of_an_error_and_nothing_else() {
        let of = |status, body| Refusal::of(Asked::List, status, &HeaderMap::new(), body);
        let denied = of(403, "<Error><Code>AccessDenied</Code><Message>key AKIASECRET</Message></Error>");
        assert_eq!(denied.answer(), "403 AccessDenied");
        assert_eq!(of(400, r#"{"error":"invalid_grant","error_description":"secret"}"#).answer(), "400 invalid_grant");
        for body in ["", "<Code>", "<Code>a secret</Code>", "<Code>a=b</Code>", r#"{"error":{}}"#, "[1]"] {
            assert_eq!(of(403, body).answer(), "403", "{body}");
        }
        let moved = of(400, "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>");
        assert_eq!(moved.region.as_deref(), Some("eu-west-1"));
    }

    #[test]
    fn what_is_busy_or_broken_can_pass_and_what_is_forbidden_cannot() {
        let can_pass = |status| Refusal::of(Asked::File, status, &HeaderMap::new(), "").can_pass();
        assert!([408, 429, 500, 502, 503, 504].into_iter().all(can_pass));
        assert!(![301, 400, 401, 403, 404, 405, 409, 416, 501].into_iter().any(can_pass));
    }

    #[test]
    fn a_version_is_named_by_its_time_where_there_is_no_etag() {
        let time = HeaderValue::from_static("Wed, 11 Feb 2026 12:00:00 GMT");
        let mut headers = HeaderMap::new();
        name_version(&mut headers);
        assert!(headers.is_empty());
        headers.insert("last-modified", time);
        name_version(&mut headers);
        assert_eq!(headers["etag"], "W/\"Wed, 11 Feb 2026 12:00:00 GMT\"");
        headers.insert("etag", HeaderValue::from_static("\"1\""));
        name_version(&mut headers);
        assert_eq!(headers["etag"], "\"1\"");
    }
}
