//! Exports on a web server.
//!
//! A server that speaks WebDAV lists its files. Most do not: then each table's single file is looked for by its name, in
//! every format. A URL that is a table's file is that file alone, as one that is signed for it has to be.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use datafusion::object_store::http::HttpBuilder;
use datafusion::object_store::path::Path as StorePath;
use datafusion::object_store::{ClientOptions, HeaderMap, HeaderValue};
use url::{Position, Url};

use super::client::{Connector, SETTINGS};
use super::failure::Service;
use super::place::{Opening, Place, exports, is_this_machine};
use crate::dates::DateRange;
use crate::error::{Error, PullError, Result};
use crate::pull::source::exports::{Exports, Found, layout};
use crate::pull::source::interface::{Listing, Names, Part, PartColumns, Source};
use crate::snapshot::columns::ReadBatch;
use crate::snapshot::contract::Table;
use crate::snapshot::{TABLES, manifest};

const CANNOT_LIST: &str =
    "the server does not list its files; only TABLE.parquet, .csv, .json and the like were looked for";

/// Exports at an URL.
pub struct HttpExports {
    exports: Exports,
    /// The name of the one file that the URL is.
    only: Option<String>,
}

/// Opens `http(s)://[USER:PASSWORD@]HOST/FOLDER[?QUERY]`; the query goes with every request.
pub fn open(text: &str, opening: &Opening<'_>) -> Result<HttpExports> {
    let place = Place::of(text)?;
    let url = Url::parse(text).map_err(|_| place.wrong("is no URL; write https://HOST/FOLDER"))?;
    let path =
        StorePath::from_url_path(url.path()).map_err(|_| place.wrong("its path has an empty, '.' or '..' part"))?;
    let (folder, only) = match path.filename() {
        Some(file) if layout::is_of_a_table(file) => {
            let depth = path.parts().count();
            (path.parts().take(depth - 1).collect(), Some(file.to_owned()))
        }
        _ => (path.clone(), None),
    };
    let mut options = ClientOptions::new().with_allow_http(url.scheme() == "http");
    for (key, value) in SETTINGS {
        options = options.with_config(key, value);
    }
    if let Some(authorization) = authorization(&url) {
        if url.scheme() == "http" && !is_this_machine(&url) {
            return Err(place.wrong("would send the user and the password unencrypted; write https://"));
        }
        let mut headers = HeaderMap::new();
        headers.insert("authorization", authorization);
        options = options.with_default_headers(headers);
    }
    let mut base = url.clone();
    base.set_path("");
    base.set_fragment(None);
    let stripped = base.set_username("").and_then(|()| base.set_password(None));
    stripped.map_err(|()| place.wrong("is no URL; write https://HOST/FOLDER"))?;
    let builder = HttpBuilder::new().with_url(base.as_str()).with_client_options(options);
    let store = builder.with_retry(opening.retries.clone()).with_http_connector(Connector).build();
    let store = store.map_err(|_| place.wrong("cannot be opened; write https://HOST/FOLDER"))?;
    let service = Service::Http { is_signed: url.query().is_some() };
    let root = format!("{}://{}", url.scheme(), &url[Position::BeforeHost..Position::AfterPort]);
    Ok(HttpExports { exports: exports(store, folder, service, &root), only })
}

/// The header for a user and a password.
fn authorization(url: &Url) -> Option<HeaderValue> {
    let plain = |text: &str| percent_encoding::percent_decode_str(text).collect::<Vec<u8>>();
    let password = url.password().unwrap_or_default();
    if url.username().is_empty() && password.is_empty() {
        return None;
    }
    let both = [plain(url.username()), vec![b':'], plain(password)].concat();
    let mut value = HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(both))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl HttpExports {
    /// The files, of which the server says only by their names whether they are there.
    fn probe(&self) -> Result<Listing> {
        let names = TABLES.iter().flat_map(layout::single_names).chain([manifest::FILE_NAME.to_owned()]);
        let (mut parts, mut refusals, mut has_missing) = (Vec::new(), Vec::new(), false);
        for found in self.exports.look_up(names.collect())? {
            match found {
                Found::There(part) => parts.push(part),
                Found::Missing => has_missing = true,
                Found::Refused(error) => refusals.push(error),
            }
        }
        // Buckets that may not be listed answer 403 to what is not there. Where 404 is said as well, 403 is no such answer.
        if (has_missing || parts.is_empty()) && !refusals.is_empty() {
            return Err(refusals.swap_remove(0));
        }
        let listing = self.exports.listing(parts)?;
        Ok(Listing { notes: vec![CANNOT_LIST.to_owned()], ..listing })
    }

    /// What is known of parts that were listed, as it will be when they are read.
    fn known(&self, parts: Vec<Part>) -> Result<Vec<Part>> {
        let names: Vec<String> = parts.into_iter().map(|part| part.name).collect();
        let found = self.exports.look_up(names.clone())?.into_iter().zip(names);
        let known = found.map(|(found, name)| match found {
            Found::There(part) => Ok(part),
            Found::Missing => Err(PullError::SourceChanged { file: format!("{}/{name}", self.exports.name()) }.into()),
            Found::Refused(error) => Err(error),
        });
        known.collect()
    }
}

impl Source for HttpExports {
    fn name(&self) -> &str {
        self.exports.name()
    }

    fn tables(&self) -> Result<Listing> {
        if let Some(file) = &self.only {
            let part = Part { name: file.clone(), size: 0, etag: None, dates: DateRange::default() };
            return self.exports.listing(self.known(vec![part])?);
        }
        let listed = match self.exports.objects(&mut Vec::new()) {
            Ok(objects) => self.exports.listing(objects)?,
            Err(
                error @ (Error::Pull(PullError::Unreachable { .. }) | Error::Pull(PullError::NoCredentials { .. })),
            ) => return Err(error),
            Err(_) => return self.probe(),
        };
        let mut tables = Vec::with_capacity(listed.tables.len());
        for (table, parts) in listed.tables {
            tables.push((table, self.known(parts)?));
        }
        Ok(Listing { tables, ..listed })
    }

    fn checksum(&self, part: &Part) -> Result<Option<String>> {
        self.exports.checksum(part)
    }

    fn column_names(&self, table: &'static Table, part: &Part, of: Names) -> Result<BTreeSet<String>> {
        self.exports.column_names(table, part, of)
    }

    fn read(
        &self,
        table: &'static Table,
        part: &Part,
        dates: DateRange,
        each: &mut dyn FnMut(ReadBatch) -> Result<()>,
    ) -> Result<PartColumns> {
        self.exports.read(table, part, dates, each)
    }
}
