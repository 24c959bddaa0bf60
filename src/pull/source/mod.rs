//! Where tables are pulled from: exports of them as files, here or in a bucket or on a web server, or BigQuery.

mod bigquery;
mod exports;
mod interface;
pub mod remote;

pub use bigquery::{BigQuery, Mapping};
pub use exports::{Exports, is_of_a_table};
pub use interface::{Listing, Part, PartColumns, Source};

use crate::error::{Error, Result};
use crate::snapshot::contract::Table;
use remote::{Environment, Opening};

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
        return Ok(Box::new(BigQuery::open(rest, mappings, wanted)?));
    }
    if let Some(mapping) = mappings.first() {
        return Err(Error::BadArgument {
            what: "--map",
            value: mapping.to_string(),
            reason: "only a bigquery:// source has datasets; name the files of an export for their tables".to_owned(),
        });
    }
    match scheme.as_str() {
        "file" => Ok(Box::new(Exports::folder(rest.as_ref())?)),
        scheme if remote::SCHEMES.contains(&scheme) => {
            let environment = Environment::of_process();
            remote::open(text, &Opening { environment: &environment, retries: remote::patience() })
        }
        _ => Err(Error::BadArgument {
            what: "source",
            value: format!("{scheme}://"),
            reason: "is no kind of source; give a folder with exports of the tables, or the URL of one".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_scheme_is_refused_without_its_secrets() {
        let message = open("ftp://h/secret", &[], None).err().unwrap().to_string();
        assert_eq!(
            message,
            "source 'ftp://': is no kind of source; give a folder with exports of the tables, or the URL of one"
        );
    }
}
