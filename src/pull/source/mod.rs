//! Where tables are pulled from: exports of them as files, here or in a bucket or on a web server, or BigQuery.

#[cfg(feature = "bigquery")]
mod bigquery;
mod exports;
mod interface;
#[cfg_attr(not(feature = "bigquery"), expect(dead_code, reason = "where tables lie is for those who go there"))]
mod project;
#[cfg(feature = "clouds")]
pub mod remote;

pub use exports::{Exports, is_of_a_table};
pub use interface::{Listing, Names, Part, PartColumns, Source};
pub use project::Mapping;

use crate::error::{Error, RequestError, Result};
use crate::snapshot::contract::Table;

/// The schemes of buckets and web servers.
const REMOTE: [&str; 9] = ["gs", "s3", "s3a", "az", "abfs", "abfss", "azure", "http", "https"];

/// Opens the source that `text` names: a folder, the URL of a folder in a bucket or on a web server, or a BigQuery project.
/// `mappings` say where tables of a project lie that are not in their usual place, `wanted` which tables will be asked for
/// (none: all). Must be called within a runtime.
///
/// # Errors
/// No such folder, a URL that is none, or a source that this build cannot pull from; the message has no more of a URL than
/// its scheme. Mappings that make no sense, or any at all where the source is no project.
pub fn open(text: &str, mappings: &[Mapping], wanted: Option<&[&'static Table]>) -> Result<Box<dyn Source>> {
    let (scheme, rest) = text.split_once("://").unwrap_or(("file", text));
    let scheme = scheme.to_ascii_lowercase();
    if scheme == "bigquery" {
        return open_project(rest, mappings, wanted);
    }
    if let Some(mapping) = mappings.first() {
        return Err(Error::Request(RequestError::BadArgument {
            what: "--map",
            value: mapping.to_string(),
            reason: "only a bigquery:// source has datasets; name the files of an export for their tables".to_owned(),
        }));
    }
    match scheme.as_str() {
        "file" => Ok(Box::new(Exports::folder(rest.as_ref())?)),
        scheme if REMOTE.contains(&scheme) => open_remote(text),
        _ => Err(Error::Request(RequestError::BadArgument {
            what: "source",
            value: format!("{scheme}://"),
            reason: "is no kind of source; give a folder with exports of the tables, or the URL of one".to_owned(),
        })),
    }
}

#[cfg(feature = "bigquery")]
fn open_project(text: &str, mappings: &[Mapping], wanted: Option<&[&'static Table]>) -> Result<Box<dyn Source>> {
    Ok(Box::new(bigquery::BigQuery::open(text, mappings, wanted)?))
}

#[cfg(not(feature = "bigquery"))]
fn open_project(_: &str, _: &[Mapping], _: Option<&[&'static Table]>) -> Result<Box<dyn Source>> {
    Err(built_without("bigquery", "bigquery://".to_owned()))
}

#[cfg(feature = "clouds")]
fn open_remote(url: &str) -> Result<Box<dyn Source>> {
    let environment = remote::Environment::of_process();
    remote::open(url, &remote::Opening { environment: &environment, retries: remote::patience() })
}

#[cfg(not(feature = "clouds"))]
fn open_remote(url: &str) -> Result<Box<dyn Source>> {
    let scheme = url.split("://").next().unwrap_or_default().to_ascii_lowercase();
    Err(built_without("clouds", format!("{scheme}://")))
}

/// That a source needs a feature of the package which this program has not.
#[cfg(not(all(feature = "bigquery", feature = "clouds")))]
fn built_without(feature: &str, value: String) -> Error {
    let reason = format!("this program was built without `{feature}`; build it with --features {feature}");
    Error::Request(RequestError::BadArgument { what: "source", value, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(feature = "bigquery"))]
    #[test]
    fn a_project_needs_bigquery() {
        let message = open("bigquery://p", &[], None).err().unwrap().to_string();
        assert_eq!(
            message,
            "source 'bigquery://': this program was built without `bigquery`; build it with --features bigquery"
        );
    }

    #[cfg(not(feature = "clouds"))]
    #[test]
    fn a_bucket_needs_clouds_and_its_secrets_stay_unsaid() {
        let message = open("S3://key:secret@b/x", &[], None).err().unwrap().to_string();
        assert_eq!(message, "source 's3://': this program was built without `clouds`; build it with --features clouds");
    }

    #[test]
    fn another_scheme_is_refused_without_its_secrets() {
        let message = open("ftp://h/secret", &[], None).err().unwrap().to_string();
        assert_eq!(
            message,
            "source 'ftp://': is no kind of source; give a folder with exports of the tables, or the URL of one"
        );
    }
}
