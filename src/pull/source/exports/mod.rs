//! Exports of tables as files in an object store; a folder is one.

mod keys_once;
pub mod layout;
mod parse;
mod records;
mod text;

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::DateTime;
use datafusion::object_store::local::LocalFileSystem;
use datafusion::object_store::path::Path as StorePath;
use datafusion::object_store::{Error as StoreError, ListResult, ObjectMeta, ObjectStore, ObjectStoreExt as _};
use tokio::runtime::Handle;

use super::interface::{Listing, Names, Part, PartColumns, Source};
use crate::dates::DateRange;
use crate::error::{Error, FileError, PullError, Reason, RequestError, Result, one_line};
use crate::snapshot::columns::{Column, ReadBatch};
use crate::snapshot::contract::Table;
use crate::snapshot::manifest;
use crate::snapshot::object::{self, StoredFile};
use crate::snapshot::{Source as FileSource, TableFile, TableFiles};
use layout::Format;
pub use layout::is_of_a_table;

/// Exports in an object store.
pub struct Exports {
    store: Arc<dyn ObjectStore>,
    name: String,
    /// The folder of this machine, if it is one. An etag is made of a file's time and size then, so equal ones do not prove
    /// equal contents.
    folder: Option<PathBuf>,
    runtime: Handle,
}

impl Exports {
    /// Exports in a folder of this machine.
    ///
    /// # Errors
    /// No such folder.
    pub fn folder(path: &Path) -> Result<Exports> {
        if path.metadata().is_ok_and(|about| !about.is_dir() && !about.is_file()) {
            let reason = "it is no regular file, and no folder".to_owned();
            return Err(FileError::Input { path: path.to_owned(), reason: reason.into() }.into());
        }
        if path.is_file() {
            let reason = "it is a file; give the folder that has it".to_owned();
            return Err(FileError::Input { path: path.to_owned(), reason: reason.into() }.into());
        }
        let absolute = path.canonicalize();
        let absolute = absolute.map_err(|error| FileError::Input { path: path.to_owned(), reason: error.into() })?;
        let store = LocalFileSystem::new_with_prefix(&absolute)
            .map_err(|error| FileError::Input { path: path.to_owned(), reason: Reason::of(error) })?;
        let name = absolute.display().to_string();
        Ok(Exports { folder: Some(absolute), ..Exports::in_store(Arc::new(store), name) })
    }

    /// Exports at the root of `store`, called `name` in messages and in the manifest. Must be called within a runtime.
    pub fn in_store(store: Arc<dyn ObjectStore>, name: String) -> Exports {
        Exports { store, name, folder: None, runtime: Handle::current() }
    }

    /// What lies in the source, or in a folder of it; files that cannot be read are told in `unread`.
    fn list(&self, folder: Option<&str>, unread: &mut Vec<String>) -> Result<ListResult> {
        if let Some(root) = &self.folder {
            return self.list_folder(root, folder.unwrap_or_default(), unread);
        }
        let prefix = folder.map(StorePath::from);
        let listed = self.runtime.block_on(self.store.list_with_delimiter(prefix.as_ref()));
        listed.map_err(|error| object::of_store(&self.name, error))
    }

    /// The same of a folder of this machine. A pipe or a device is not opened, and a file whose name cannot be said fails
    /// alone.
    fn list_folder(&self, root: &Path, folder: &str, unread: &mut Vec<String>) -> Result<ListResult> {
        let failed =
            |error: std::io::Error| Error::File(FileError::Input { path: root.join(folder), reason: error.into() });
        let mut found = ListResult { common_prefixes: Vec::new(), objects: Vec::new() };
        for entry in root.join(folder).read_dir().map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let below = Path::new(folder).join(entry.file_name());
            let name = below.to_string_lossy();
            // What a table's file would be called without what cannot be said.
            let plain: String = name.chars().filter(|letter| !is_unsayable(*letter)).collect();
            let is_of_a_table = layout::is_of_a_table(&plain);
            let mut refuse = |reason: &str| {
                if is_of_a_table {
                    unread.push(format!("{} {reason}", visible(&name)));
                }
            };
            let about = match entry.path().metadata() {
                Ok(about) => about,
                // A link to nothing.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => {
                    refuse(&format!("cannot be read ({error})"));
                    continue;
                }
            };
            let location = match StorePath::parse(&*name) {
                Ok(location) if plain == *name => location,
                _ => {
                    refuse("has a control character in its name; rename it");
                    continue;
                }
            };
            if about.is_dir() {
                found.common_prefixes.push(location);
            } else if !about.is_file() {
                refuse("is no regular file");
            } else if !is_of_a_table {
                let last_modified = about.modified().map(DateTime::from).unwrap_or_default();
                found.objects.push(ObjectMeta {
                    location,
                    last_modified,
                    size: about.len(),
                    e_tag: None,
                    version: None,
                });
            } else {
                match self.runtime.block_on(self.store.head(&location)) {
                    Ok(meta) => found.objects.push(meta),
                    Err(error) => refuse(&format!("cannot be read ({})", one_line(&error.to_string()))),
                }
            }
        }
        Ok(found)
    }

    fn failed(&self, reason: &str) -> Error {
        Error::File(FileError::Input { path: self.name.clone().into(), reason: one_line(reason).into() })
    }

    /// The files that may be of tables: those at the root, and those in folders that are named for one.
    ///
    /// Those of them that cannot be read are told in `unread`.
    pub(super) fn objects(&self, unread: &mut Vec<String>) -> Result<Vec<Part>> {
        let root = self.list(None, unread)?;
        let folders: Vec<&str> = root.common_prefixes.iter().map(AsRef::as_ref).collect();
        let mut objects: Vec<Part> = root.objects.iter().map(part_of).collect();
        for folder in layout::table_folders(&folders) {
            let inside = self.list(Some(folder), unread)?;
            if let Some(deeper) = inside.common_prefixes.first() {
                let reason = format!("{folder} has a folder in it, {deeper}; its files must lie in it directly");
                return Err(self.failed(&reason));
            }
            objects.extend(inside.objects.iter().map(part_of).filter(|part| part.name != folder));
        }
        // An empty object may stand for the folder itself.
        objects.retain(|part| !part.name.is_empty());
        Ok(objects)
    }

    /// The files by table.
    pub(super) fn listing(&self, mut objects: Vec<Part>) -> Result<Listing> {
        if objects.iter().any(|part| part.name == manifest::FILE_NAME) {
            return Err(Error::Request(RequestError::BadArgument {
                what: "source",
                value: self.name.clone(),
                reason: "is a snapshot already; read it with --snapshot".to_owned(),
            }));
        }
        objects.sort_by(|a, b| a.name.cmp(&b.name));
        layout::listing(&self.name, objects)
    }

    /// What is known of each of `names`, several asked for at once; in their order. Only web servers, which may not list their
    /// files, are asked so.
    #[cfg(feature = "clouds")]
    pub(super) fn look_up(&self, names: Vec<String>) -> Result<Vec<Found>> {
        const AT_ONCE: usize = 8;
        let mut found = Vec::with_capacity(names.len());
        for some in names.chunks(AT_ONCE) {
            let asked = some.iter().map(|name| {
                let (store, label) = (Arc::clone(&self.store), format!("{}/{name}", self.name));
                let location = StorePath::parse(name).map_err(|error| self.failed(&error.to_string()))?;
                Ok(self.runtime.spawn(async move { (head(store.as_ref(), &location).await, label) }))
            });
            for asked in asked.collect::<Result<Vec<_>>>()? {
                let answer = self.runtime.block_on(asked);
                let (meta, label) = answer.map_err(Error::Task)?;
                found.push(match meta {
                    Ok(meta) => Found::There(part_of(&meta)),
                    Err(StoreError::NotFound { .. }) => Found::Missing,
                    Err(error) => match object::of_store(&label, error) {
                        error @ Error::Pull(PullError::Refused { .. }) => Found::Refused(error),
                        error => return Err(error),
                    },
                });
            }
        }
        Ok(found)
    }

    /// The file of a part, provided that it is what was listed.
    fn file(&self, part: &Part) -> Result<StoredFile> {
        let location = StorePath::parse(&part.name).map_err(|error| self.failed(&error.to_string()))?;
        let label = format!("{}/{}", self.name, part.name);
        match self.runtime.block_on(head(self.store.as_ref(), &location)) {
            Ok(meta) if part_of(&meta) == *part => {
                Ok(StoredFile::new(Arc::clone(&self.store), meta, label, self.runtime.clone()))
            }
            Ok(_) | Err(StoreError::NotFound { .. }) => Err(PullError::SourceChanged { file: label }.into()),
            Err(error) => Err(object::of_store(&label, error)),
        }
    }
}

/// What is known of a file. A store that is a part of another one calls it by the other's name.
async fn head(store: &dyn ObjectStore, location: &StorePath) -> Result<ObjectMeta, StoreError> {
    let meta = store.head(location).await?;
    Ok(ObjectMeta { location: location.clone(), ..meta })
}

/// What a store says of a name.
#[cfg(feature = "clouds")]
pub(super) enum Found {
    There(Part),
    Missing,
    /// It does not say whether it is there.
    Refused(Error),
}

/// Some stores put etags into quotes only where they do not list them.
fn part_of(meta: &ObjectMeta) -> Part {
    let etag = meta.e_tag.as_ref().map(|etag| if object::is_strong(etag) { etag.trim_matches('"') } else { etag });
    Part {
        name: meta.location.to_string(),
        size: meta.size,
        etag: etag.map(str::to_owned),
        dates: DateRange::default(),
    }
}

impl Source for Exports {
    fn name(&self) -> &str {
        &self.name
    }

    fn tables(&self) -> Result<Listing> {
        let mut unread = Vec::new();
        let listing = self.listing(self.objects(&mut unread)?)?;
        unread.sort();
        Ok(Listing { unread, ..listing })
    }

    fn checksum(&self, part: &Part) -> Result<Option<String>> {
        let is_proved = self.folder.is_none() && part.etag.as_deref().is_some_and(object::is_strong);
        if is_proved { Ok(None) } else { self.file(part)?.sha256().map(Some) }
    }

    fn column_names(&self, table: &'static Table, part: &Part, of: Names) -> Result<BTreeSet<String>> {
        let file = self.file(part)?;
        let names = match layout::format(&part.name) {
            Some(Format::Parquet) => {
                let mut files = TableFiles::casting(table, parse::CASTING);
                files.add(FileSource::Stored(file.clone()), None)?;
                let names = files.files().iter().map(TableFile::names).collect::<Result<Vec<_>>>()?;
                names.into_iter().flatten().map(str::to_owned).collect()
            }
            Some(Format::Csv { gzip }) => text::heading(&file, gzip)?.into_iter().collect(),
            Some(Format::Json { gzip }) => text::keys(&file, gzip, of)?,
            None => return Err(self.failed(&format!("{} is of no known format", part.name))),
        };
        file.ensure_unchanged()?;
        Ok(names)
    }

    fn read(
        &self,
        table: &'static Table,
        part: &Part,
        _dates: DateRange,
        each: &mut dyn FnMut(ReadBatch) -> Result<()>,
    ) -> Result<PartColumns> {
        let file = self.file(part)?;
        let columns = match layout::format(&part.name) {
            Some(Format::Parquet) => read_parquet(table, &file, each)?,
            Some(Format::Csv { gzip }) => text::read_csv(table, &file, gzip, each)?,
            Some(Format::Json { gzip }) => text::read_json(table, &file, gzip, each)?,
            None => return Err(self.failed(&format!("{} is of no known format", part.name))),
        };
        file.ensure_unchanged()?;
        Ok(columns)
    }
}

/// What no line of a list may have in it; names that are not UTF-8 have the last.
fn is_unsayable(letter: char) -> bool {
    letter.is_control() || letter == char::REPLACEMENT_CHARACTER
}

/// A name with what cannot be said of it as its number.
fn visible(name: &str) -> String {
    name.chars()
        .map(|letter| if is_unsayable(letter) { letter.escape_unicode().to_string() } else { letter.into() })
        .collect()
}

fn read_parquet(
    table: &'static Table,
    file: &StoredFile,
    each: &mut dyn FnMut(ReadBatch) -> Result<()>,
) -> Result<PartColumns> {
    let mut files = TableFiles::casting(table, parse::CASTING);
    files.add(FileSource::Stored(file.clone()), None)?;
    let all: Vec<usize> = (0..table.columns.len()).collect();
    for file in files.files() {
        file.read(table, &all, &mut *each)?;
    }
    let (mut names, mut columns) = (Vec::<String>::new(), Vec::<Column>::new());
    for file in files.files() {
        names.extend(file.names()?.map(str::to_owned));
        columns.extend(file.columns()?);
    }
    Ok(PartColumns::of_schema(table, &columns, &names))
}
