//! A file in an object store, read in ranges, and only as long as it is what it was when it was found.

use std::fmt;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use datafusion::object_store::{self, GetOptions, ObjectMeta, ObjectStore};
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;

use super::manifest;
use crate::error::{Error, FileError, PullError, Result, one_line};

/// Bytes a request, where a file is read from end to end.
const BLOCK: u64 = 4 << 20;

/// A file of an object store. Reading blocks, so it is for threads that may (see [`tokio::task::spawn_blocking`]).
#[derive(Clone)]
pub struct StoredFile {
    store: Arc<dyn ObjectStore>,
    meta: ObjectMeta,
    label: String,
    runtime: Handle,
}

impl StoredFile {
    /// The file that `meta` was listed for, called `label` in messages.
    pub fn new(store: Arc<dyn ObjectStore>, meta: ObjectMeta, label: String, runtime: Handle) -> StoredFile {
        StoredFile { store, meta, label, runtime }
    }

    pub fn label(&self) -> &str {
        &self.label
    }

    pub fn size(&self) -> u64 {
        self.meta.size
    }

    /// The bytes in `range`.
    ///
    /// # Errors
    /// The file cannot be read, or is not what it was when it was listed.
    pub fn range(&self, range: Range<u64>) -> Result<Bytes> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let wanted = range.end - range.start;
        let if_match = self.meta.e_tag.clone().filter(|etag| is_strong(etag));
        let options = GetOptions { if_match, range: Some(range.into()), ..GetOptions::default() };
        let answer = self.runtime.block_on(async {
            let answer = self.store.get_opts(&self.meta.location, options).await?;
            let etag = answer.meta.e_tag.clone();
            Ok((etag, answer.bytes().await?))
        });
        match answer {
            // Not every server minds the condition.
            Ok((etag, bytes)) if etag == self.meta.e_tag && bytes.len() as u64 == wanted => Ok(bytes),
            Ok(_) => Err(self.changed()),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Makes sure that the file is still what it was when it was listed.
    ///
    /// # Errors
    /// It is not, or cannot be asked for.
    pub fn ensure_unchanged(&self) -> Result<()> {
        let options = GetOptions { head: true, ..GetOptions::default() };
        let now = self.runtime.block_on(self.store.get_opts(&self.meta.location, options));
        let now = now.map_err(|error| self.failed(error))?.meta;
        let same =
            (&now.e_tag, now.size, now.last_modified) == (&self.meta.e_tag, self.meta.size, self.meta.last_modified);
        if same { Ok(()) } else { Err(self.changed()) }
    }

    /// The SHA-256 of all its bytes, in lower-case hexadecimal.
    ///
    /// # Errors
    /// As for [`StoredFile::range`].
    pub fn sha256(&self) -> Result<String> {
        let mut hash = Sha256::new();
        let mut at = 0;
        while at < self.size() {
            let end = self.size().min(at + BLOCK);
            hash.update(self.range(at..end)?);
            at = end;
        }
        Ok(manifest::hex(&hash.finalize()))
    }

    /// The file from its start to its end.
    pub fn reader(&self) -> impl Read + use<> {
        StoredReader { file: self.clone(), at: 0, block: Bytes::new() }
    }

    fn changed(&self) -> Error {
        Error::Pull(PullError::SourceChanged { file: self.label.clone() })
    }

    fn failed(&self, error: object_store::Error) -> Error {
        match error {
            object_store::Error::Precondition { .. } | object_store::Error::NotFound { .. } => self.changed(),
            other => of_store(&self.label, other),
        }
    }
}

/// Whether an etag names the very bytes, and not only what is much the same.
pub fn is_strong(etag: &str) -> bool {
    !etag.starts_with("W/")
}

/// What a store says of `place`; an error of ours that travelled through it is taken out again.
pub fn of_store(place: &str, error: object_store::Error) -> Error {
    let other = match error {
        object_store::Error::Generic { store, source } => match source.downcast::<Error>() {
            Ok(own) => return *own,
            Err(source) => object_store::Error::Generic { store, source },
        },
        other => other,
    };
    // Its own sources may name a URL with a signature in it.
    Error::File(FileError::Input { path: place.into(), reason: one_line(&other.to_string()).into() })
}

impl fmt::Debug for StoredFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredFile").field("label", &self.label).finish_non_exhaustive()
    }
}

/// Reads block after block. What goes wrong travels inside the [`io::Error`].
struct StoredReader {
    file: StoredFile,
    at: u64,
    block: Bytes,
}

impl Read for StoredReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.block.is_empty() {
            let end = self.file.size().min(self.at + BLOCK);
            self.block = self.file.range(self.at..end).map_err(io::Error::other)?;
            self.at = end;
        }
        let count = into.len().min(self.block.len());
        self.block.copy_to_slice(&mut into[..count]);
        Ok(count)
    }
}
