//! `manifest.json`: what a snapshot holds, from where and since when.
//!
//! Source: the snapshot specification, "On disk".

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

pub const FILE_NAME: &str = "manifest.json";
/// The layout this program writes and the newest it reads.
pub const FORMAT_VERSION: u32 = 1;

/// The manifest of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub format_version: u32,
    /// The hash over the tables' contents: two pulls of the same rows have the same id.
    pub id: String,
    pub source: String,
    #[serde(with = "rfc3339")]
    pub pulled_at: DateTime<Utc>,
    /// Season name to opening night.
    pub seasons: BTreeMap<String, Day>,
    pub tables: BTreeMap<String, TableEntry>,
}

/// A table of the manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableEntry {
    pub columns: Vec<String>,
    pub rows: u64,
    pub min_date: Option<Day>,
    pub max_date: Option<Day>,
    pub files: Vec<FileEntry>,
}

/// A file of a table; `path` is relative to the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    pub path: String,
    pub rows: u64,
    pub sha256: String,
}

/// A date, written YYYY-MM-DD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day(pub NaiveDate);

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        String::deserialize(deserializer)?.parse().map(Day).map_err(de::Error::custom)
    }
}

mod rfc3339 {
    use super::*;

    pub fn serialize<S: Serializer>(moment: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text(moment))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A moment as the machine formats write it: RFC 3339, UTC.
pub fn text(moment: &DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

impl Manifest {
    /// The id of these tables: a hash over every file's path and contents, in order of path.
    pub fn id_of(tables: &BTreeMap<String, TableEntry>) -> String {
        let mut hash = Sha256::new();
        for (name, table) in tables {
            hash.update(name.as_bytes());
            for file in &table.files {
                hash.update(file.path.as_bytes());
                hash.update(file.sha256.as_bytes());
            }
        }
        hex(&hash.finalize())
    }
}

/// The SHA-256 of `bytes`, in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
