//! Which file of an export belongs to which table, and how it is written.

use crate::error::{Error, PullError, Result};
use crate::pull::source::interface::{Listing, Part};
use crate::snapshot::TABLES;
use crate::snapshot::contract::{Table, table};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Parquet,
    Csv {
        gzip: bool,
    },
    /// An object a line.
    Json {
        gzip: bool,
    },
}

/// The format that a file's name says.
pub fn format(name: &str) -> Option<Format> {
    split(name).map(|(_, _, format)| format)
}

/// How the name of a file may end, and what that says.
const ENDINGS: [(&str, Format); 9] = [
    (".parquet", Format::Parquet),
    (".csv", Format::Csv { gzip: false }),
    (".csv.gz", Format::Csv { gzip: true }),
    (".json", Format::Json { gzip: false }),
    (".json.gz", Format::Json { gzip: true }),
    (".jsonl", Format::Json { gzip: false }),
    (".jsonl.gz", Format::Json { gzip: true }),
    (".ndjson", Format::Json { gzip: false }),
    (".ndjson.gz", Format::Json { gzip: true }),
];

/// The names that the export of a table in one file may have.
#[cfg(feature = "clouds")]
pub fn single_names(table: &Table) -> impl Iterator<Item = String> {
    ENDINGS.iter().map(|(ending, _)| format!("{}{ending}", table.name))
}

/// Whether a file at the root of a source is of a table.
pub fn is_of_a_table(name: &str) -> bool {
    place(name).is_some()
}

/// A file's name without its ending, the ending and what it says.
fn split(name: &str) -> Option<(&str, &str, Format)> {
    let (ending, format) = ENDINGS.iter().find(|(ending, _)| name.ends_with(ending))?;
    Some((&name[..name.len() - ending.len()], ending, *format))
}

/// The folders that are named for a table.
pub fn table_folders<'a>(folders: &[&'a str]) -> Vec<&'a str> {
    folders.iter().copied().filter(|folder| table(folder).is_some()).collect()
}

/// How the files of a table lie in the source; a table has one such shape, lest its rows count twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// `TABLE.ending`
    Single,
    /// `TABLE-000000000000.ending`
    Shards,
    /// `TABLE/ANYTHING.ending`
    Folder,
}

/// The table that a file belongs to.
fn place(name: &str) -> Option<(&'static Table, Shape, &str)> {
    let (stem, ending, _) = split(name)?;
    if let Some((folder, file)) = stem.split_once('/') {
        let hidden = file.starts_with(['.', '_']) || file.is_empty();
        return table(folder).filter(|_| !hidden).map(|table| (table, Shape::Folder, ending));
    }
    if let Some(table) = table(stem) {
        return Some((table, Shape::Single, ending));
    }
    let (name, shard) = stem.rsplit_once('-')?;
    let is_shard = !shard.is_empty() && shard.bytes().all(|byte| byte.is_ascii_digit());
    table(name).filter(|_| is_shard).map(|table| (table, Shape::Shards, ending))
}

/// Sorts the files of a source by table.
///
/// # Errors
/// A table lies there in two shapes or formats.
pub fn listing(source_name: &str, objects: Vec<Part>) -> Result<Listing> {
    let mut listing = Listing::default();
    let mut placed: Vec<(&'static Table, Shape, String, Part)> = Vec::new();
    for part in objects {
        match place(&part.name) {
            Some((table, shape, ending)) => placed.push((table, shape, ending.to_owned(), part)),
            None if !part.name.rsplit('/').next().is_some_and(|name| name.starts_with(['.', '_'])) => {
                listing.unknown.push(part.name);
            }
            None => {}
        }
    }
    for table in TABLES {
        let of_table: Vec<_> = placed.iter().filter(|(other, ..)| other.name == table.name).collect();
        let Some((_, shape, ending, first)) = of_table.first() else {
            continue;
        };
        if let Some((.., other)) = of_table.iter().find(|(_, s, e, _)| s != shape || e != ending) {
            return Err(Error::Pull(PullError::TwoExports {
                source_name: source_name.to_owned(),
                table: table.name,
                found: format!("{}, {}", first.name, other.name),
            }));
        }
        listing.tables.push((table, of_table.into_iter().map(|(.., part)| part.clone()).collect()));
    }
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dates::DateRange;

    fn list(names: &[&str]) -> Result<Listing> {
        let part = |name: &&str| Part { name: (*name).to_owned(), size: 1, etag: None, dates: DateRange::default() };
        listing("exports", names.iter().map(part).collect())
    }

    #[test]
    fn every_shape_of_an_export_is_of_its_table() {
        for (names, count) in [
            (&["model_registry.parquet"][..], 1),
            (&["model_registry-000000000000.csv.gz", "model_registry-000000000001.csv.gz"], 2),
            (&["model_registry/2026-02.ndjson", "model_registry/a b.ndjson", "model_registry/_SUCCESS"], 2),
            (&["model_registry.jsonl.gz"], 1),
        ] {
            let listing = list(names).unwrap();
            let [(table, parts)] = listing.tables.as_slice() else { panic!("{names:?}: {listing:?}") };
            assert_eq!((table.name, parts.len()), ("model_registry", count));
            assert!(listing.unknown.is_empty());
        }
    }

    #[test]
    fn what_is_of_no_table_is_unknown() {
        let names =
            ["model_registry_backup.parquet", "model_registry-old.csv", "model_registry.xlsx", "model_registry-.csv"];
        let listing = list(&names).unwrap();
        assert!(listing.tables.is_empty());
        assert_eq!(listing.unknown.len(), names.len());
    }

    #[test]
    fn a_table_that_is_there_twice_is_an_error() {
        for names in [
            ["model_registry.csv", "model_registry.parquet"],
            ["model_registry-000000000000.csv", "model_registry.csv"],
            ["model_registry.csv", "model_registry/2026-02.csv"],
            ["model_registry/1.json", "model_registry/2.ndjson"],
        ] {
            let message = list(&names).unwrap_err().to_string();
            assert!(
                message.contains(&format!("model_registry is there twice ({}, {})", names[0], names[1])),
                "{message}"
            );
        }
    }
}
