//! A store that is only read, and whose errors are ours.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::object_store::path::Path;
use datafusion::object_store::{
    CopyOptions, Error as StoreError, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use futures_util::TryStreamExt as _;
use futures_util::stream::{BoxStream, StreamExt as _, once};

use super::failure::{Service, explain, refusal};

/// Exports in a store that `service` serves, called `name`.
#[derive(Debug)]
pub struct Explained {
    inner: Arc<dyn ObjectStore>,
    service: Service,
    name: String,
}

impl Explained {
    pub fn new(inner: Arc<dyn ObjectStore>, service: Service, name: String) -> Explained {
        Explained { inner, service, name }
    }

    /// The error as it is for the user; that a file is gone or has changed is for the caller to say.
    fn explain(&self, location: Option<&Path>, error: StoreError) -> StoreError {
        let is_of_file = location.is_some();
        match error {
            StoreError::NotFound { .. } | StoreError::Precondition { .. } if is_of_file => error,
            error => {
                let place = location.map_or(self.name.clone(), |location| format!("{}/{location}", self.name));
                StoreError::Generic { store: "reslate", source: Box::new(explain(&self.service, &place, &error)) }
            }
        }
    }

    /// A URL that is signed for GET is not valid for HEAD; its first byte says of a file what HEAD would.
    async fn head_by_get(&self, location: &Path, options: &GetOptions, error: StoreError) -> Result<GetResult> {
        let is_signed = matches!(self.service, Service::Http { is_signed: true });
        let status = refusal(&error).and_then(|refusal| refusal.status);
        if !is_signed || !options.head || !matches!(status, Some(401 | 403 | 405 | 501)) {
            return Err(error);
        }
        let first = GetOptions { range: Some((0..1).into()), ..GetOptions::default() };
        self.inner.get_opts(location, first).await
    }

    fn only_read<T>(&self) -> Result<T> {
        Err(StoreError::NotImplemented { operation: "writing".to_owned(), implementer: self.to_string() })
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[async_trait]
impl ObjectStore for Explained {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let result = match self.inner.get_opts(location, options.clone()).await {
            Err(error) => self.head_by_get(location, &options, error).await,
            result => result,
        };
        let result = result.map_err(|error| self.explain(Some(location), error))?;
        let GetResultPayload::Stream(stream) = result.payload else { return Ok(result) };
        let (service, place) = (self.service.clone(), format!("{}/{location}", self.name));
        let explained = move |error: StoreError| StoreError::Generic {
            store: "reslate",
            source: Box::new(explain(&service, &place, &error)),
        };
        Ok(GetResult { payload: GetResultPayload::Stream(stream.map_err(explained).boxed()), ..result })
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await.map_err(|error| self.explain(None, error))
    }

    fn list(&self, _prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let implementer = self.to_string();
        let error = StoreError::NotImplemented { operation: "listing everything".to_owned(), implementer };
        once(async { Err(error) }).boxed()
    }

    async fn put_opts(&self, _location: &Path, _payload: PutPayload, _options: PutOptions) -> Result<PutResult> {
        self.only_read()
    }

    async fn put_multipart_opts(
        &self,
        _location: &Path,
        _options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.only_read()
    }

    fn delete_stream(&self, _locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let error = self.only_read();
        once(async { error }).boxed()
    }

    async fn copy_opts(&self, _from: &Path, _to: &Path, _options: CopyOptions) -> Result<()> {
        self.only_read()
    }
}
