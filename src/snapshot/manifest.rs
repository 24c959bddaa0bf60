//! `manifest.json`: what a snapshot holds, from where and since when.
//!
//! Source: the snapshot specification, "On disk".

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use super::month::Month;
use crate::error::{Error, Result};

pub const FILE_NAME: &str = "manifest.json";
/// The newest layout, which this program reads and a pull writes: of every table it says from where it was pulled.
pub const FORMAT_VERSION: u32 = 4;
/// The layout of a snapshot that was not pulled; programs from before there was a pull read it too.
pub const PLAIN_FORMAT_VERSION: u32 = 1;

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
    /// Where the rows were pulled from; none where they were made (the demo). Since format version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pulled: Option<Pulled>,
}

/// Where a table was pulled from, part by part, so that a later pull reads only what is new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pulled {
    /// The source, without credentials.
    pub source: String,
    /// When the table was last found equal to its source.
    #[serde(with = "rfc3339")]
    pub at: DateTime<Utc>,
    /// In order of name.
    pub parts: Vec<PulledPart>,
    /// Months of which the source has fewer rows or values than the snapshot, which keeps its own; in their order. Since
    /// format version 3.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<KeptMonth>,
    /// What months lack whose file was taken away when the source had less of them; in their order. Since format version 4.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<KeptMonth>,
}

/// A month of which a source has lost rows or columns: one that a pull kept as it was, or that is without them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptMonth {
    /// Such as 2026-01; `all` of an undated table.
    pub month: String,
    /// How many rows the source lacks.
    pub rows: u64,
    /// The same by date, as far as dates are known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dates: BTreeMap<Day, u64>,
    /// The columns of which the source lacks values. Since format version 4.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
}

/// A part of a source table (a file of an export) as it was when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PulledPart {
    /// Relative to the source.
    pub name: String,
    pub size: u64,
    /// What the store calls this state of the part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Of the bytes, where the store's own word is not enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The rows taken from it when it was last read.
    pub rows: u64,
    /// The months of which it has rows.
    pub months: Vec<String>,
    /// Its newest date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Day>,
    /// The first and last date that were asked for, where that was not everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Day>,
    /// Whether the snapshot does not have all that it has, so that it is to be read again whatever it looks like: of a month
    /// that was kept, or of dates that were not pulled when it was gone. Since format version 4.
    #[serde(default, skip_serializing_if = "is_false")]
    pub stale: bool,
    /// Values that did not fit the contract and became NULL, and rows that were left out for want of a date.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub misfits: u64,
    /// Those rows that were left out. Since format version 4.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub undated: u64,
    /// The first of them, in words. Since format version 3.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub misfit_examples: Vec<String>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// A file of a table; `path` is relative to the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    pub path: String,
    pub rows: u64,
    pub sha256: String,
    /// Rows that another one is the same as in every column. Since format version 4.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub repeated: u64,
}

/// A date, written YYYY-MM-DD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

impl JsonSchema for Day {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // Few readers check formats; all check patterns.
        json_schema!({ "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
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

impl Pulled {
    /// Values that did not fit the contract when they were pulled, and rows that were left out.
    pub fn misfits(&self) -> u64 {
        self.parts.iter().map(|part| part.misfits).sum()
    }
}

impl KeptMonth {
    /// A month of which nothing is lacking.
    pub fn of(month: Month) -> KeptMonth {
        KeptMonth { month: month.to_string(), rows: 0, dates: BTreeMap::new(), columns: Vec::new() }
    }

    /// It, if something is lacking.
    pub fn is_something(self) -> Option<KeptMonth> {
        (self.rows > 0 || !self.columns.is_empty()).then_some(self)
    }

    /// What the source lacks, in words.
    pub fn said(&self) -> String {
        fewer(self.rows, &self.dates.keys().copied().collect::<Vec<_>>(), &self.columns)
    }
}

/// Such as "120 rows fewer on 3 dates (2026-01-04, ...) and fewer values of is_voided".
pub fn fewer(rows: u64, dates: &[Day], columns: &[String]) -> String {
    let counted = format!("{rows} row{}", if rows == 1 { "" } else { "s" });
    let rows = match dates {
        _ if rows == 0 => None,
        [] => Some(format!("{counted} fewer")),
        [only] => Some(format!("{counted} fewer on {}", only.0)),
        [first, ..] => Some(format!("{counted} fewer on {} dates ({}, ...)", dates.len(), first.0)),
    };
    let values = (!columns.is_empty()).then(|| format!("fewer values of {}", columns.join(", ")));
    rows.into_iter().chain(values).collect::<Vec<_>>().join(" and ")
}

impl Manifest {
    /// The manifest as its file has it.
    pub fn text(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(self).map_err(Error::Json)?;
        Ok(text + "\n")
    }

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

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
