//! Google's clients: credentials, endpoints, and what is tried again.

use std::time::Duration;

use google_cloud_auth::credentials::{self, CacheableResource, Credentials, CredentialsProvider, EntityTag};
use google_cloud_auth::errors::CredentialsError;
use google_cloud_bigquery::client::{BigQuery as QueryClient, Read};
use google_cloud_bigquery::read::retry_policy::RetryableErrors;
use google_cloud_bigquery_v2::client::TableService;
use google_cloud_gax::client_builder::Error as BuilderError;
use google_cloud_gax::error::Error as RpcError;
use google_cloud_gax::retry_policy::{RetryPolicy, RetryPolicyExt as _};
use google_cloud_gax::retry_result::RetryResult;
use google_cloud_gax::retry_state::RetryState;
use http::header::AUTHORIZATION;
use http::{Extensions, HeaderMap, HeaderValue};

use super::connection::{Connection, TOKEN, Token};
use super::fault;
use crate::error::Result;

const ATTEMPTS: u32 = 6;
const MOST_TIME: Duration = Duration::from_secs(120);
/// A single request that takes longer is tried again.
const ATTEMPT_TIME: Duration = Duration::from_secs(60);

/// Clients of the parts of BigQuery's interface that a pull uses.
#[derive(Debug, Clone)]
pub struct Clients {
    /// Metadata of tables.
    pub tables: TableService,
    pub queries: QueryClient,
    /// The Storage Read API.
    pub rows: Read,
}

impl Clients {
    /// Makes the clients; nothing is sent yet.
    pub async fn of(connection: &Connection) -> Result<Clients> {
        // The clients are built without a provider of their own; another one that is installed already serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let credentials = credentials(connection)?;
        if connection.token.is_none() {
            // Once, before a dozen requests each try for long.
            credentials.headers(Extensions::new()).await.map_err(|error| fault::no_token(&error))?;
        }
        let mut tables = TableService::builder()
            .with_credentials(credentials.clone())
            .with_retry_policy(what_can_pass())
            .with_backoff_policy(connection.backoff())
            .with_attempt_timeout(ATTEMPT_TIME);
        let mut queries = QueryClient::builder()
            .with_credentials(credentials.clone())
            .with_retry_policy(what_can_pass())
            .with_backoff_policy(connection.backoff());
        let mut rows = Read::builder()
            .with_credentials(credentials)
            .with_retry_policy(what_can_pass())
            .with_backoff_policy(connection.backoff());
        if let Some((rest, storage)) = &connection.emulator {
            tables = tables.with_endpoint(rest);
            queries = queries.with_endpoint(rest);
            rows = rows.with_endpoint(storage);
        }
        let failed = |error: BuilderError| fault::no_client(&error);
        Ok(Clients {
            tables: tables.build().await.map_err(failed)?,
            queries: queries.build().await.map_err(failed)?,
            rows: rows.build().await.map_err(failed)?,
        })
    }
}

fn credentials(connection: &Connection) -> Result<Credentials> {
    if let Some(token) = &connection.token {
        return Ok(Credentials::from(StaticToken { token: token.clone(), tag: EntityTag::new() }));
    }
    if connection.emulator.is_some() {
        return Ok(credentials::anonymous::Builder::new().build());
    }
    credentials::Builder::default().build().map_err(|error| fault::no_credentials(&error.to_string()))
}

/// Retries of what can pass, none of what cannot.
pub fn what_can_pass() -> impl RetryPolicy + 'static {
    Passing.with_attempt_limit(ATTEMPTS).with_time_limit(MOST_TIME)
}

/// The Storage Read API's own policy, and rate limits, which the REST API reports as 403.
#[derive(Debug)]
struct Passing;

impl RetryPolicy for Passing {
    fn on_error(&self, state: &RetryState, error: RpcError) -> RetryResult {
        if fault::is_rate_limit(&error) {
            return RetryResult::Continue(error);
        }
        RetryableErrors.on_error(state, error)
    }
}

/// Credentials that are a token somebody else obtained.
#[derive(Debug)]
struct StaticToken {
    token: Token,
    tag: EntityTag,
}

impl CredentialsProvider for StaticToken {
    async fn headers(&self, extensions: Extensions) -> Result<CacheableResource<HeaderMap>, CredentialsError> {
        if extensions.get::<EntityTag>() == Some(&self.tag) {
            return Ok(CacheableResource::NotModified);
        }
        let header = HeaderValue::from_str(&format!("Bearer {}", self.token.0));
        let mut header =
            header.map_err(|_| CredentialsError::from_msg(false, format!("{TOKEN} is no access token")))?;
        header.set_sensitive(true);
        let data = HeaderMap::from_iter([(AUTHORIZATION, header)]);
        Ok(CacheableResource::New { entity_tag: self.tag.clone(), data })
    }

    async fn universe_domain(&self) -> Option<String> {
        None
    }
}

#[cfg(test)]
mod tests {
    use google_cloud_gax::error::rpc::{Code, Status};

    use super::*;

    fn is_tried_again(error: RpcError) -> bool {
        matches!(Passing.on_error(&RetryState::new(true), error), RetryResult::Continue(_))
    }

    #[test]
    fn what_can_pass_is_tried_again_and_what_cannot_is_not() {
        let status =
            |code: Code, message: &str| RpcError::service(Status::default().set_code(code).set_message(message));
        for code in [Code::Unavailable, Code::ResourceExhausted, Code::Internal, Code::DeadlineExceeded] {
            assert!(is_tried_again(status(code, "")), "{code:?}");
        }
        for code in [Code::Unauthenticated, Code::PermissionDenied, Code::NotFound, Code::InvalidArgument] {
            assert!(!is_tried_again(status(code, "")), "{code:?}");
        }
        let http = |code| RpcError::http(code, HeaderMap::new(), bytes::Bytes::new());
        assert!([429, 500, 502, 503, 504].into_iter().all(|code| is_tried_again(http(code))));
        assert!(![400, 401, 403, 404].into_iter().any(|code| is_tried_again(http(code))));
        assert!(is_tried_again(status(Code::PermissionDenied, "Exceeded rate limits: too many api requests per user")));
    }
}
