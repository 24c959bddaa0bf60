//! Snapshots: opening one, and reading its tables as the contract has them.
//!
//! A snapshot is a folder of Parquet tables with a manifest, a plain folder of `TABLE.parquet` files, or the demo
//! snapshot that is part of the program (specification: snapshot, "On disk", "Columns").

pub mod breach;
pub mod calendar;
pub mod cast;
pub mod columns;
pub mod contract;
mod footer;
pub mod game_id;
pub(crate) mod guard;
pub mod manifest;
pub mod month;
pub mod numbered;
pub mod object;
pub mod provider;
pub mod rows;
mod table;
pub mod write;

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use datafusion::arrow::array::RecordBatch;
use include_dir::{Dir, include_dir};

pub use contract::{TABLES, Table};
pub use manifest::{Manifest, Pulled};
pub use provider::SnapshotTable;
pub use table::{Source, TableFile, TableFiles};

use breach::{Ledger, Ledgers};
use table::Seal;

use crate::error::{Error, FileError, RequestError, Result, SnapshotError, nearest};
use crate::file;
use crate::shell::quoted;
use crate::unique_keys;

static DEMO: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/data/demo");

/// An opened snapshot: every table's files. Those of a manifest are opened when they are first wanted, others at once.
#[derive(Debug, Clone)]
pub struct Snapshot {
    origin: Origin,
    manifest: Option<Manifest>,
    pulled_at: Option<DateTime<Utc>>,
    tables: BTreeMap<&'static str, TableFiles>,
}

/// Where a snapshot lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The demo snapshot inside the program (invented data).
    Demo,
    Folder(PathBuf),
    /// The file of a frozen decision, which has the rows of one slate's.
    Frozen(PathBuf),
}

impl Origin {
    /// What a command takes to read the same snapshot, with a blank before it; nothing for the demo.
    pub fn arguments(&self) -> String {
        match self {
            Origin::Folder(path) => format!(" --snapshot {}", quoted(&path.display().to_string())),
            Origin::Demo | Origin::Frozen(_) => String::new(),
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Demo => f.write_str("demo snapshot (invented data)"),
            Origin::Folder(path) | Origin::Frozen(path) => write!(f, "{}", path.display()),
        }
    }
}

impl Snapshot {
    /// Opens the snapshot in the folder `path`: by its manifest, else its `TABLE.parquet` files.
    ///
    /// # Errors
    /// No such folder, nothing of a snapshot in it, a manifest that was edited, a required table or column missing, a column
    /// of a wrong type, or a file that is no Parquet file. What a manifest describes is found to be that when it is first read.
    pub fn open(path: impl AsRef<Path>) -> Result<Snapshot> {
        let path = path.as_ref();
        match fs::metadata(path) {
            Ok(about) if about.is_dir() => {}
            Err(error) if error.kind() == ErrorKind::PermissionDenied => return Err(unreadable(path, error)),
            Ok(_) | Err(_) => return Err(SnapshotError::NoFolder { path: path.to_owned() }.into()),
        }
        let origin = Origin::Folder(path.to_owned());
        if let Some(manifest) = read_manifest(path)? {
            let manifest_path = path.join(manifest::FILE_NAME);
            if let Some(reason) = manifest.defect(Some(path)) {
                return Err(SnapshotError::BadManifest {
                    file: manifest_path.display().to_string(),
                    reason: reason.into(),
                }
                .into());
            }
            let read = |file: &str| {
                let found = path.join(file);
                match fs::metadata(&found) {
                    Ok(about) if !about.is_dir() => Ok(Source::File(found)),
                    Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(unreadable(&found, error)),
                    _ => Err(SnapshotError::NoFile {
                        file: manifest_path.display().to_string(),
                        missing: file.to_owned(),
                    }
                    .into()),
                }
            };
            return Self::from_manifest(origin, manifest, read);
        }
        Self::open_plain(origin, path)
    }

    /// Opens the demo snapshot that is part of the program.
    ///
    /// # Errors
    /// None for the program as released; the same as [`Snapshot::open`] otherwise.
    pub fn demo() -> Result<Snapshot> {
        let label = "demo/manifest.json";
        let text = DEMO.get_file(manifest::FILE_NAME).and_then(|file| file.contents_utf8());
        let manifest = parse_manifest(text.unwrap_or_default(), label)?;
        Self::from_manifest(Origin::Demo, manifest, |file| match DEMO.get_file(file) {
            Some(found) => {
                Ok(Source::Memory { name: format!("demo/{file}"), bytes: Bytes::from_static(found.contents()) })
            }
            None => Err(SnapshotError::NoFile { file: label.to_owned(), missing: file.to_owned() }.into()),
        })
    }

    fn from_manifest(origin: Origin, manifest: Manifest, source: impl Fn(&str) -> Result<Source>) -> Result<Snapshot> {
        let mut tables = BTreeMap::new();
        for table in TABLES {
            let Some(entry) = manifest.tables.get(table.name) else {
                continue;
            };
            let misfits = entry.pulled.as_ref().map_or(0, Pulled::misfits);
            let ledger =
                Ledger::of_pulled(misfits, entry.pulled.as_ref().and_then(Pulled::first_misfit).map(without_folder));
            let mut files = TableFiles::with_ledger(table, ledger);
            for file in &entry.files {
                match source(&file.path)? {
                    // What is in memory is part of the program, which is as whole as the program is.
                    memory @ Source::Memory { .. } => files.add(memory, Some(file.rows))?,
                    other => files.add_sealed(other, Seal::of(file, entry)),
                }
            }
            tables.insert(table.name, files.with_numbered(entry.columns.iter().map(String::as_str))?);
        }
        Self::with_tables(origin, Some(manifest), tables)
    }

    fn open_plain(origin: Origin, path: &Path) -> Result<Snapshot> {
        let mut tables = BTreeMap::new();
        for table in TABLES {
            let file = path.join(table.plain_file());
            if file.try_exists().map_err(|error| unreadable(&file, error))? {
                let mut files = TableFiles::new(table);
                files.add(Source::File(file), None)?;
                tables.insert(table.name, files.with_own_numbered()?);
            }
        }
        if tables.is_empty() {
            let required: Vec<_> = TABLES.iter().filter(|table| table.required).map(Table::plain_file).collect();
            return Err(SnapshotError::NotASnapshot { path: path.to_owned(), required: required.join(", ") }.into());
        }
        Self::with_tables(origin, None, tables)
    }

    fn with_tables(
        origin: Origin,
        manifest: Option<Manifest>,
        tables: BTreeMap<&'static str, TableFiles>,
    ) -> Result<Snapshot> {
        if let Some(table) = TABLES.iter().find(|table| table.required && !tables.contains_key(table.name)) {
            let names = match (&origin, &manifest) {
                (_, Some(manifest)) => manifest.tables.keys().cloned().collect(),
                (Origin::Folder(path), None) => parquet_names(path),
                (Origin::Demo | Origin::Frozen(_), None) => Vec::new(),
            };
            let unknown = names.iter().map(String::as_str).filter(|name| contract::table(name).is_none());
            let advice = match nearest(table.name, unknown) {
                Some(name) => format!("'{name}' is there: rename it if that is the one, or pull the table"),
                None => "pull it, or point --snapshot at a folder that has it".to_owned(),
            };
            return Err(SnapshotError::MissingTable {
                path: PathBuf::from(origin.to_string()),
                table: table.name,
                advice,
            }
            .into());
        }
        let pulled_at = manifest.as_ref().map(|manifest| manifest.pulled_at);
        Ok(Snapshot { origin, manifest, pulled_at, tables })
    }

    /// A snapshot of these rows alone, in columns of the contract by their names, that were pulled at `pulled_at`.
    ///
    /// # Errors
    /// A required table or column is not among them, or a column is of another type than the contract's.
    pub fn of_rows(
        origin: Origin,
        pulled_at: Option<DateTime<Utc>>,
        rows: &[(&'static Table, RecordBatch)],
    ) -> Result<Snapshot> {
        /// They are read once.
        const FASTEST: i32 = 1;
        let mut tables = BTreeMap::new();
        for (table, batch) in rows {
            let name = format!("{origin}: {}", table.name);
            let mut files = TableFiles::new(table);
            files.add(Source::Memory { name, bytes: write::parquet_at(batch, FASTEST)?.into() }, None)?;
            tables.insert(table.name, files.with_own_numbered()?);
        }
        Ok(Snapshot { pulled_at, ..Self::with_tables(origin, None, tables)? })
    }

    /// The snapshot with the table `name` read from the one file `source` instead, to try other data.
    ///
    /// # Errors
    /// No such table in the contract, or a file that cannot be it (as for [`Snapshot::open`]).
    pub fn with_table(mut self, name: &str, source: Source) -> Result<Snapshot> {
        let table = TABLES.iter().find(|table| table.name == name).ok_or_else(|| RequestError::BadArgument {
            what: "table",
            value: name.to_owned(),
            reason: "is not of the contract".to_owned(),
        })?;
        let mut files = TableFiles::new(table);
        files.add(source, None)?;
        self.tables.insert(table.name, files.with_own_numbered()?);
        Ok(self)
    }

    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    pub fn manifest(&self) -> Option<&Manifest> {
        self.manifest.as_ref()
    }

    /// When the snapshot was pulled; none for a plain folder.
    pub fn pulled_at(&self) -> Option<DateTime<Utc>> {
        self.pulled_at
    }

    /// The files of a table; none when the snapshot does not have it, which is not the same as an empty table.
    pub fn table(&self, name: &str) -> Option<&TableFiles> {
        self.tables.get(name)
    }

    /// The last date that its manifest says a table has; none without a manifest.
    pub fn last_date(&self, table: &str) -> Option<NaiveDate> {
        self.manifest.as_ref()?.tables.get(table)?.max_date.map(|day| day.0)
    }

    /// What in the rows that were read so far breaks the contract, and what of them did not fit when they were pulled.
    pub fn ledgers(&self) -> Ledgers {
        let mut ledgers = Ledgers::default();
        TABLES.iter().filter_map(|table| self.table(table.name)).for_each(|of| ledgers.add(of.table(), of.ledger()));
        ledgers
    }

    /// The optional tables that the snapshot does not have, in contract order.
    pub fn missing_tables(&self) -> Vec<&'static str> {
        TABLES.iter().map(|table| table.name).filter(|name| !self.tables.contains_key(name)).collect()
    }
}

/// The manifest of the snapshot in a folder; none where there is none.
///
/// # Errors
/// It cannot be read, is no manifest, or one of a newer format.
pub fn read_manifest(folder: &Path) -> Result<Option<Manifest>> {
    let path = folder.join(manifest::FILE_NAME);
    match path.try_exists() {
        Ok(true) => {}
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return Err(unreadable(folder, error)),
        Ok(false) | Err(_) => return Ok(None),
    }
    let text = file::read(&path).and_then(file::utf8).map_err(|error| unreadable(&path, error))?;
    parse_manifest(&text, &path.display().to_string()).map(Some)
}

/// The part of a manifest that every format has.
#[derive(serde::Deserialize)]
struct Format {
    format_version: u32,
}

fn parse_manifest(text: &str, file: &str) -> Result<Manifest> {
    let bad = |error: serde_json::Error| {
        Error::Snapshot(SnapshotError::BadManifest { file: file.to_owned(), reason: error.into() })
    };
    // Its version first: a newer manifest may have keys that this program does not know.
    let Format { format_version: found } = serde_json::from_str(text).map_err(bad)?;
    if found > manifest::FORMAT_VERSION {
        return Err(FileError::NewerFormat { file: file.to_owned(), found, known: manifest::FORMAT_VERSION }.into());
    }
    unique_keys::check(text).map_err(bad)?;
    serde_json::from_str(text).map_err(bad)
}

/// A place in an export (`PATH, row N: ...`) that says nothing of the machine it lay on.
fn without_folder(place: String) -> String {
    match place.split_once(", row ") {
        Some((path, row)) => format!("{}, row {row}", path.rsplit('/').next().unwrap_or(path)),
        None => place,
    }
}

/// The names of the Parquet files in a folder, without their ending.
fn parquet_names(folder: &Path) -> Vec<String> {
    let paths = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let parquet = paths.filter(|path| path.extension().is_some_and(|ending| ending == "parquet"));
    let mut names: Vec<String> = parquet.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

fn unreadable(path: &Path, error: std::io::Error) -> Error {
    Error::File(FileError::Input { path: path.to_owned(), reason: error.into() })
}
