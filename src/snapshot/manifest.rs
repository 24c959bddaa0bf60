//! `manifest.json`: what a snapshot holds, from where and since when (specification: snapshot, "On disk").

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

use super::month::Month;
use crate::count::counted;
use crate::dates::Day;
use crate::error::{Error, Result};
use crate::file;

pub const FILE_NAME: &str = "manifest.json";
/// The newest layout, which this program reads and a pull writes: of every table it says from where it was pulled.
pub const FORMAT_VERSION: u32 = 6;
/// The layout from which on a pull takes all the numbered columns of the feature store that its source has.
pub const ALL_NUMBERED_SINCE: u32 = 6;
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
    pub kept: Vec<GoneMonth>,
    /// Months whose file was taken away when the source had fewer rows or values of them, so that these are gone; in their
    /// order. Since format version 4, where they were called `lost`.
    #[serde(default, alias = "lost", skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<GoneMonth>,
}

/// A month of which rows or columns are gone from the source: one that a pull kept as it was, or that is without them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoneMonth {
    /// Such as 2026-01; `all` of an undated table.
    pub month: String,
    /// How many rows of it are gone. Before format version 5: `rows`.
    #[serde(alias = "rows")]
    pub rows_gone: u64,
    /// The same by date, as far as dates are known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dates: BTreeMap<Day, u64>,
    /// The columns of which values are gone. Since format version 4, where they were called `columns`.
    #[serde(default, alias = "columns", skip_serializing_if = "Vec::is_empty")]
    pub columns_gone: Vec<String>,
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
    /// that was kept, or of dates that were not pulled when it was gone. Since format version 4, where it was called `stale`.
    #[serde(default, alias = "stale", skip_serializing_if = "is_false")]
    pub read_again: bool,
    /// Values that did not fit the contract and became NULL, and rows that were left out for want of a date.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub misfits: u64,
    /// Those rows that were left out. Since format version 4, where it was called `undated`.
    #[serde(default, alias = "undated", skip_serializing_if = "is_zero")]
    pub rows_left_out: u64,
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

    /// The first of them, in words.
    pub fn first_misfit(&self) -> Option<String> {
        self.parts.iter().flat_map(|part| &part.misfit_examples).next().cloned()
    }
}

impl GoneMonth {
    /// A month of which nothing is gone.
    pub fn of(month: Month) -> GoneMonth {
        GoneMonth { month: month.to_string(), rows_gone: 0, dates: BTreeMap::new(), columns_gone: Vec::new() }
    }

    /// It, if anything of it is gone.
    pub fn if_any(self) -> Option<GoneMonth> {
        (self.rows_gone > 0 || !self.columns_gone.is_empty()).then_some(self)
    }

    /// What is gone, in words.
    pub fn said(&self) -> String {
        said_of_gone(self.rows_gone, &self.dates.keys().copied().collect::<Vec<_>>(), &self.columns_gone)
    }
}

/// What a source has less of, such as "120 rows fewer on 3 dates (2026-01-04, ...) and fewer values of is_voided".
pub fn said_of_gone(rows: u64, dates: &[Day], columns: &[String]) -> String {
    let counted = counted(rows, "row");
    let rows = match dates {
        _ if rows == 0 => None,
        [] => Some(format!("{counted} fewer")),
        [only] => Some(format!("{counted} fewer on {}", only.0)),
        [first, ..] => Some(format!("{counted} fewer on {} dates ({}, ...)", dates.len(), first.0)),
    };
    let values = (!columns.is_empty()).then(|| format!("fewer values of {}", columns.join(", ")));
    rows.into_iter().chain(values).collect::<Vec<_>>().join(" and ")
}

impl TableEntry {
    /// What brings back a file that is not what it was, or is not there (`is_missing`). A pull reads what its source has of a
    /// month whose file is not there; one whose file is there it takes for what it wrote. What it once had may be gone from
    /// the source, so a file is put aside rather than removed.
    pub fn remedy(&self, is_missing: bool) -> &'static str {
        match (&self.pulled, is_missing) {
            (None, _) => "it was not pulled: take the snapshot again from where it was made",
            (Some(_), true) => "pull again, which brings back what the source still has of it",
            (Some(_), false) => "put it aside and pull again, which brings back what the source still has of it",
        }
    }

    /// What is wrong with the list of the files of the table `name`.
    fn defect(&self, name: &str) -> Option<String> {
        let mut months = BTreeMap::new();
        for file in &self.files {
            let Some(month) = file.month_of(name) else {
                return Some(format!(
                    "'{}' is no file of {name}: those are {name}/MONTH.parquet or {name}/MONTH.HASH.parquet",
                    file.path.escape_default()
                ));
            };
            match months.insert(month, &file.path) {
                None => {}
                Some(before) if *before == file.path => return Some(format!("{before} is listed twice")),
                Some(before) => return Some(format!("{before} and {} are of the same month", file.path)),
            }
        }
        let rows = self.files.iter().fold(0_u64, |rows, file| rows.saturating_add(file.rows));
        (rows != self.rows).then(|| format!("{name} has {} rows, and its files {rows} together", self.rows))
    }
}

impl FileEntry {
    /// The month of the table `name` that the file has, by a path as a snapshot has it: `TABLE/MONTH.parquet`, or, where it
    /// was pulled, `TABLE/MONTH.HASH.parquet` with the first digits of its SHA-256.
    fn month_of(&self, name: &str) -> Option<Month> {
        let stem = self.path.strip_prefix(name)?.strip_prefix('/')?.strip_suffix(".parquet")?;
        let (month, hash) = stem.split_once('.').map_or((stem, None), |(month, hash)| (month, Some(hash)));
        let is_its_own = hash.is_none_or(|hash| !hash.is_empty() && self.sha256.starts_with(hash));
        month.parse().ok().filter(|_| is_its_own)
    }
}

impl Manifest {
    /// What is wrong with it: a file that is listed twice or lies elsewhere, or an id that is not that of the files it lists,
    /// since it was edited. Of a snapshot in `folder` the first file there is named that is not listed.
    pub fn defect(&self, folder: Option<&Path>) -> Option<String> {
        let listed = self.tables.iter().find_map(|(name, table)| table.defect(name));
        let other_id = || {
            let unlisted = folder.and_then(|folder| self.unlisted(folder));
            let unlisted = unlisted.map(|file| format!(", and {file} is there but not listed")).unwrap_or_default();
            format!("its id is not that of the tables it lists; it was edited after the pull{unlisted}")
        };
        listed.or_else(|| (self.id != Manifest::id_of(&self.tables)).then(other_id))
    }

    /// The first month file of its tables that is in `folder` and that it does not list, where no other file of the month is.
    fn unlisted(&self, folder: &Path) -> Option<String> {
        for (name, table) in &self.tables {
            let months: Vec<Month> = table.files.iter().filter_map(|file| file.month_of(name)).collect();
            let files = std::fs::read_dir(folder.join(name)).into_iter().flatten().flatten();
            let mut paths: Vec<String> =
                files.filter_map(|file| Some(format!("{name}/{}", file.file_name().to_str()?))).collect();
            paths.sort();
            let is_unlisted = |path: &&String| {
                path.ends_with(".parquet") && Month::of_file(path).is_some_and(|month| !months.contains(&month))
            };
            if let Some(path) = paths.iter().find(is_unlisted) {
                return Some(path.clone());
            }
        }
        None
    }

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

/// The SHA-256 of a file, read in pieces.
///
/// # Errors
/// The file cannot be read.
pub fn sha256_of_file(path: &Path) -> io::Result<String> {
    const PIECE: usize = 128 << 10;
    let mut file = file::open(path)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex(&hash.finalize())),
            length => hash.update(&piece[..length]),
        }
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
