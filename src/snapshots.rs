//! Which snapshots there are: what each holds, from where and since when.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use datafusion::arrow::array::AsArray;
use datafusion::arrow::compute::{max, min};
use datafusion::arrow::datatypes::Date32Type;
use schemars::JsonSchema;
use serde::Serialize;

use crate::count::count;
use crate::dates::Day;
use crate::engine::SLATE_TABLES;
use crate::error::{Error, FileError, Result, SnapshotError};
use crate::formats::SCHEMA_VERSION;
use crate::snapshot::manifest;
use crate::snapshot::{Manifest, Origin, Snapshot, Source, TABLES, TableFiles, read_manifest};

/// Snapshots (`snapshots --format json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SnapshotList {
    pub schema_version: u32,
    pub snapshots: Vec<Listed>,
}

/// What is in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// A snapshot with a manifest.
    Snapshot,
    /// A plain folder of TABLE.parquet files.
    Plain,
    /// The demo snapshot inside the program.
    Demo,
    /// A snapshot that cannot be opened; what its manifest says is said, where that can be read.
    Damaged,
    /// No snapshot.
    None,
}

/// A place and the snapshot in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Listed {
    /// The folder, or that it is the demo.
    pub place: String,
    pub state: State,
    /// Why it is damaged or none.
    pub reason: Option<String>,
    /// The hash over the tables' contents; null for a plain folder.
    pub id: Option<String>,
    /// Where it was pulled from; null for a plain folder.
    pub source: Option<String>,
    /// RFC 3339, UTC; null for a plain folder.
    pub pulled_at: Option<String>,
    /// The first date with predictions or games.
    pub first: Option<Day>,
    /// The newest slate.
    pub last: Option<Day>,
    pub rows: u64,
    pub files: u64,
    pub bytes: u64,
    /// Those it has, required ones first.
    pub tables: Vec<ListedTable>,
}

/// A table of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ListedTable {
    pub table: String,
    pub rows: u64,
    /// Null for an undated or empty table.
    pub first: Option<Day>,
    pub last: Option<Day>,
    pub files: u64,
    pub bytes: u64,
}

impl SnapshotList {
    pub fn of(snapshots: Vec<Listed>) -> SnapshotList {
        SnapshotList { schema_version: SCHEMA_VERSION, snapshots }
    }
}

/// The demo snapshot.
///
/// # Errors
/// None for the program as released.
pub fn demo() -> Result<Listed> {
    opened(&Snapshot::demo()?)
}

/// What is in a folder: the snapshot that it is, or where some of its folders are snapshots, all of them.
pub fn within(folder: &Path) -> Vec<Listed> {
    let own = place(folder);
    if own.state != State::None {
        return vec![own];
    }
    let folders = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let mut folders: Vec<PathBuf> = folders.filter(|path| path.is_dir() && !is_hidden(path)).collect();
    folders.sort();
    let listed: Vec<Listed> = folders.iter().map(|folder| place(folder)).collect();
    if listed.iter().any(|listed| listed.state != State::None) { listed } else { vec![own] }
}

/// What a folder itself is.
fn place(folder: &Path) -> Listed {
    let listed = Snapshot::open(folder).and_then(|snapshot| opened(&snapshot));
    listed.unwrap_or_else(|error| {
        let state = match error {
            Error::Snapshot(SnapshotError::NoFolder { .. }) | Error::Snapshot(SnapshotError::NotASnapshot { .. }) => {
                State::None
            }
            _ => State::Damaged,
        };
        let manifest = read_manifest(folder).ok().flatten();
        Listed { state, reason: Some(error.to_string()), ..described(folder, manifest.as_ref()) }
    })
}

/// What a manifest says, whatever is there of it.
fn described(folder: &Path, manifest: Option<&Manifest>) -> Listed {
    let mut listed = nothing(folder.display().to_string());
    let Some(manifest) = manifest else { return listed };
    let bytes = |path: &str| fs::metadata(folder.join(path)).map_or(0, |about| about.len());
    let entries = TABLES.iter().filter_map(|table| Some((table.name, manifest.tables.get(table.name)?)));
    let tables = entries.map(|(name, entry)| ListedTable {
        table: name.to_owned(),
        rows: entry.rows,
        first: entry.min_date,
        last: entry.max_date,
        files: count(entry.files.len()),
        bytes: entry.files.iter().map(|file| bytes(&file.path)).sum(),
    });
    listed.fill(tables.collect());
    listed.say(manifest);
    listed
}

fn opened(snapshot: &Snapshot) -> Result<Listed> {
    let mut listed = nothing(snapshot.origin().to_string());
    listed.state = match (snapshot.origin(), snapshot.manifest()) {
        (Origin::Demo, _) => State::Demo,
        (_, Some(_)) => State::Snapshot,
        (_, None) => State::Plain,
    };
    let mut tables = Vec::new();
    for table in TABLES {
        let Some(files) = snapshot.table(table.name) else { continue };
        let entry = snapshot.manifest().and_then(|manifest| manifest.tables.get(table.name));
        let (first, last) = match entry {
            Some(entry) => (entry.min_date, entry.max_date),
            None => dates(files)?,
        };
        let sizes = files.files().iter().map(|file| size(file.source())).collect::<Result<Vec<_>>>()?;
        tables.push(ListedTable {
            table: table.name.to_owned(),
            rows: count(files.rows()),
            first,
            last,
            files: count(sizes.len()),
            bytes: sizes.iter().sum(),
        });
    }
    listed.fill(tables);
    if let Some(manifest) = snapshot.manifest() {
        listed.say(manifest);
    }
    Ok(listed)
}

fn nothing(place: String) -> Listed {
    Listed {
        place,
        state: State::None,
        reason: None,
        id: None,
        source: None,
        pulled_at: None,
        first: None,
        last: None,
        rows: 0,
        files: 0,
        bytes: 0,
        tables: Vec::new(),
    }
}

impl Listed {
    fn say(&mut self, manifest: &Manifest) {
        self.id = Some(manifest.id.clone());
        self.source = Some(manifest.source.clone());
        self.pulled_at = Some(manifest::text(&manifest.pulled_at));
    }

    fn fill(&mut self, tables: Vec<ListedTable>) {
        let slates = |table: &&ListedTable| SLATE_TABLES.contains(&&*table.table);
        self.first = tables.iter().filter(slates).filter_map(|table| table.first).min();
        self.last = tables.iter().filter(slates).filter_map(|table| table.last).max();
        self.rows = tables.iter().map(|table| table.rows).sum();
        self.files = tables.iter().map(|table| table.files).sum();
        self.bytes = tables.iter().map(|table| table.bytes).sum();
        self.tables = tables;
    }
}

/// The first and last date of a table's rows.
fn dates(files: &TableFiles) -> Result<(Option<Day>, Option<Day>)> {
    let Some(at) = files.table().columns.iter().position(|column| column.name == "game_date") else {
        return Ok((None, None));
    };
    let (mut first, mut last): (Option<i32>, Option<i32>) = (None, None);
    for file in files.files() {
        file.read(files.table(), &[at], |read| {
            let dates = read.batch.column(0).as_primitive::<Date32Type>();
            first = first.into_iter().chain(min(dates)).min();
            last = last.max(max(dates));
            Ok(())
        })?;
    }
    let day = |days: Option<i32>| days.and_then(Date32Type::to_naive_date_opt).map(|date: NaiveDate| Day(date));
    Ok((day(first), day(last)))
}

fn size(source: &Source) -> Result<u64> {
    match source {
        Source::File(path) => match fs::metadata(path) {
            Ok(about) => Ok(about.len()),
            Err(error) => Err(FileError::Input { path: path.clone(), reason: error.into() }.into()),
        },
        Source::Memory { bytes, .. } => Ok(count(bytes.len())),
        Source::Stored(file) => Ok(file.size()),
    }
}
