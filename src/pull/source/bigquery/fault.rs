//! What BigQuery refuses, in words: what is wrong, and which permission or name is needed.

use std::error::Error as StdError;

use google_cloud_auth::errors::CredentialsError;
use google_cloud_bigquery::error::{QueryError, RowError};
use google_cloud_gax::client_builder::Error as BuilderError;
use google_cloud_gax::error::Error as RpcError;
use google_cloud_gax::error::rpc::{Code, StatusDetails};

use super::connection::{Connection, EMULATOR, TOKEN};
use crate::error::{Error, PullError, one_line};

const LOG_IN: &str = "log in with `gcloud auth application-default login`, or point GOOGLE_APPLICATION_CREDENTIALS \
                      to the key of a service account";

/// What was being done, for which a permission may be missing.
#[derive(Debug, Clone, Copy)]
pub enum Doing {
    /// Looking at a table.
    Describe,
    /// Asking for the partitions of a dataset's tables.
    ListPartitions,
    /// Asking what a query would read, or running one over a view.
    Query,
    /// Opening a session to read a table's rows.
    OpenSession,
    ReadRows,
}

impl Doing {
    fn permissions(self, project: &str) -> String {
        match self {
            Doing::Describe => "bigquery.tables.get on the table".to_owned(),
            Doing::ListPartitions => format!(
                "bigquery.jobs.create on project {project}, bigquery.tables.list and bigquery.tables.get on the dataset"
            ),
            Doing::Query => {
                format!("bigquery.jobs.create on project {project} and bigquery.tables.getData on the table")
            }
            Doing::OpenSession => {
                format!("bigquery.readsessions.create on project {project} and bigquery.tables.getData on the table")
            }
            Doing::ReadRows => format!("bigquery.readsessions.getData on project {project}"),
        }
    }
}

/// Why a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// There are no credentials, or they give no access token.
    NoToken,
    /// The credentials are wrong or have expired.
    Unauthenticated,
    Denied,
    NotFound,
    Quota,
    /// BigQuery is there and does not manage.
    Unavailable,
    /// Nothing answers.
    Unreachable,
    Other,
}

/// Where something failed: what it was about, who asked, and how.
#[derive(Debug, Clone, Copy)]
pub struct Where<'a> {
    pub place: &'a str,
    pub project: &'a str,
    pub doing: Doing,
    pub connection: &'a Connection,
}

impl Where<'_> {
    pub fn rpc(&self, error: &RpcError) -> Error {
        self.error(cause(error), &message(error))
    }

    pub fn query(&self, error: &QueryError) -> Error {
        match error {
            QueryError::Rpc { source, .. } => self.rpc(source),
            QueryError::JobFailed { errors, .. } => {
                let first = errors.first();
                let cause = match first.map(|error| error.reason.as_str()) {
                    Some("accessDenied") => Cause::Denied,
                    Some("notFound") => Cause::NotFound,
                    Some("quotaExceeded" | "rateLimitExceeded" | "jobRateLimitExceeded") => Cause::Quota,
                    Some("backendError" | "internalError") => Cause::Unavailable,
                    _ => Cause::Other,
                };
                self.error(cause, first.map_or("the query failed", |error| &error.message))
            }
            other => self.error(Cause::Other, &other.to_string()),
        }
    }

    pub fn row(&self, error: &RowError) -> Error {
        match error {
            RowError::Rpc { source, .. } => self.rpc(source),
            other => self.error(Cause::Other, &other.to_string()),
        }
    }

    pub fn error(&self, cause: Cause, message: &str) -> Error {
        let message = self.without_secrets(message);
        let (what, advice) = match cause {
            Cause::NoToken | Cause::Unauthenticated if self.connection.token.is_some() => (
                "the access token is not accepted",
                format!("it may have expired; set {TOKEN} to a new one (`gcloud auth print-access-token`)"),
            ),
            Cause::NoToken => ("no access token", LOG_IN.to_owned()),
            Cause::Unauthenticated => ("the credentials are not accepted", LOG_IN.to_owned()),
            Cause::Denied => ("permission denied", format!("needs {}", self.doing.permissions(self.project))),
            Cause::NotFound => (
                "not found",
                "check the names of project, dataset and table, or say where it is with --map TABLE=DATASET.NAME"
                    .to_owned(),
            ),
            Cause::Quota => (
                "the quota is exhausted, after several attempts too",
                "pull again later; what is not pulled yet is pulled then".to_owned(),
            ),
            Cause::Unavailable => (
                "BigQuery does not manage, after several attempts too",
                "pull again later; what is not pulled yet is pulled then".to_owned(),
            ),
            Cause::Unreachable => ("cannot be reached, after several attempts too", self.check_network()),
            Cause::Other => ("refused", "check the table in the BigQuery console".to_owned()),
        };
        let reason = if message.is_empty() { what.to_owned() } else { format!("{what} ({message})") };
        Error::Pull(PullError::BigQuery { place: self.place.to_owned(), reason, advice })
    }

    fn check_network(&self) -> String {
        match &self.connection.emulator {
            Some((host, _)) => format!("check that the emulator of {EMULATOR} is running at {host}"),
            None => "check the network, and HTTPS_PROXY if there is a proxy".to_owned(),
        }
    }

    /// A server may repeat what it was sent.
    fn without_secrets(&self, message: &str) -> String {
        let message = one_line(message);
        let message = message.trim_end_matches('.');
        match &self.connection.token {
            Some(token) => message.replace(&token.0, "..."),
            None => message.to_owned(),
        }
    }
}

/// That there are no credentials, or none that can be read.
pub fn no_credentials(reason: &str) -> Error {
    Error::Pull(PullError::BigQuery {
        place: "credentials".to_owned(),
        reason: one_line(reason).trim_end_matches('.').to_owned(),
        advice: LOG_IN.to_owned(),
    })
}

/// That the credentials give no access token.
pub fn no_token(error: &CredentialsError) -> Error {
    no_credentials(&format!("no access token ({})", deepest(error)))
}

/// That a client cannot be made.
pub fn no_client(error: &BuilderError) -> Error {
    if error.is_default_credentials() {
        return no_credentials(&error.to_string());
    }
    Error::Pull(PullError::BigQuery {
        place: "BigQuery".to_owned(),
        reason: one_line(&error.to_string()),
        advice: format!("check {EMULATOR} and GOOGLE_CLOUD_UNIVERSE_DOMAIN if they are set"),
    })
}

/// Whether requests came too fast, which the REST API reports as 403 as well as 429.
pub fn is_rate_limit(error: &RpcError) -> bool {
    let reasons = error.status().into_iter().flat_map(|status| &status.details).filter_map(reason);
    let is_reason = reasons.into_iter().any(|reason| matches!(reason, "rateLimitExceeded" | "jobRateLimitExceeded"));
    is_reason || error.status().is_some_and(|status| status.message.starts_with("Exceeded rate limits"))
}

fn reason(detail: &StatusDetails) -> Option<&str> {
    match detail {
        StatusDetails::ErrorInfo(info) => Some(&info.reason),
        _ => None,
    }
}

pub fn cause(error: &RpcError) -> Cause {
    let error = innermost(error);
    if is_rate_limit(error) {
        return Cause::Quota;
    }
    if let Some(status) = error.status().filter(|status| status.code != Code::Unknown) {
        return match status.code {
            Code::Unauthenticated => Cause::Unauthenticated,
            Code::PermissionDenied if status.message.starts_with("Quota exceeded") => Cause::Quota,
            Code::PermissionDenied => Cause::Denied,
            Code::NotFound => Cause::NotFound,
            Code::ResourceExhausted => Cause::Quota,
            Code::Unavailable | Code::Internal | Code::DeadlineExceeded | Code::Aborted => Cause::Unavailable,
            _ => Cause::Other,
        };
    }
    match error.http_status_code() {
        Some(401) => Cause::Unauthenticated,
        Some(403) => Cause::Denied,
        Some(404) => Cause::NotFound,
        Some(429) => Cause::Quota,
        Some(500..) => Cause::Unavailable,
        Some(_) => Cause::Other,
        None if error.is_authentication() => Cause::NoToken,
        None if error.is_serialization() || error.is_deserialization() || error.is_binding() => Cause::Other,
        None => Cause::Unreachable,
    }
}

/// What the server said, or else what the client did.
fn message(error: &RpcError) -> String {
    let error = innermost(error);
    match error.status() {
        Some(status) => status.message.clone(),
        None if error.http_status_code().is_some() => {
            error.http_status_code().map(|code| format!("HTTP {code}")).unwrap_or_default()
        }
        None => error.source().map_or_else(|| error.to_string(), deepest),
    }
}

/// The last reason of a chain says most.
fn deepest(error: &(dyn StdError + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// What lies behind "attempts exhausted".
fn innermost(error: &RpcError) -> &RpcError {
    let mut inner = error;
    while let Some(source) = inner.source().and_then(|source| source.downcast_ref::<RpcError>()) {
        inner = source;
    }
    inner
}
