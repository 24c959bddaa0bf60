//! Exports of tables as files in an object store; a folder is one.

use std::path::Path;
use std::sync::Arc;

use datafusion::object_store::local::LocalFileSystem;
use datafusion::object_store::path::Path as StorePath;
use datafusion::object_store::{ListResult, ObjectMeta, ObjectStore};
use tokio::runtime::Handle;

use super::layout::{self, Format};
use super::source::{DateRange, Listing, Part, PartColumns, Source};
use super::text;
use crate::error::{Error, Result, one_line};
use crate::snapshot::contract::Table;
use crate::snapshot::manifest;
use crate::snapshot::object::StoredFile;
use crate::snapshot::{Column, ReadBatch, Source as FileSource, TableFiles};

/// Exports in an object store.
pub struct Exports {
    store: Arc<dyn ObjectStore>,
    name: String,
    /// Whether an etag is made of a file's time and size, so that equal ones do not prove equal contents.
    is_folder: bool,
    runtime: Handle,
}

impl Exports {
    /// Exports in a folder of this machine.
    ///
    /// # Errors
    /// No such folder.
    pub fn folder(path: &Path) -> Result<Exports> {
        if path.is_file() {
            let reason = "it is a file; give the folder that has it".to_owned();
            return Err(Error::Input { path: path.to_owned(), reason });
        }
        let absolute = path.canonicalize();
        let absolute = absolute.map_err(|error| Error::Input { path: path.to_owned(), reason: error.to_string() })?;
        let store = LocalFileSystem::new_with_prefix(&absolute)
            .map_err(|error| Error::Input { path: path.to_owned(), reason: one_line(&error.to_string()) })?;
        Ok(Exports { is_folder: true, ..Exports::in_store(Arc::new(store), absolute.display().to_string()) })
    }

    /// Exports at the root of `store`, called `name` in messages and in the manifest. Must be called within a runtime.
    pub fn in_store(store: Arc<dyn ObjectStore>, name: String) -> Exports {
        Exports { store, name, is_folder: false, runtime: Handle::current() }
    }

    fn list(&self, folder: Option<&str>) -> Result<ListResult> {
        let prefix = folder.map(StorePath::from);
        let listed = self.runtime.block_on(self.store.list_with_delimiter(prefix.as_ref()));
        listed.map_err(|error| self.failed(&error.to_string()))
    }

    fn failed(&self, reason: &str) -> Error {
        Error::Input { path: self.name.clone().into(), reason: one_line(reason) }
    }

    /// The file of a part, provided that it is what was listed.
    fn file(&self, part: &Part) -> Result<StoredFile> {
        let location = StorePath::parse(&part.name).map_err(|error| self.failed(&error.to_string()))?;
        let label = format!("{}/{}", self.name, part.name);
        let meta = self.runtime.block_on(async {
            use datafusion::object_store::ObjectStoreExt as _;
            self.store.head(&location).await
        });
        match meta {
            Ok(meta) if part_of(&meta) == *part => {
                Ok(StoredFile::new(Arc::clone(&self.store), meta, label, self.runtime.clone()))
            }
            Ok(_) | Err(datafusion::object_store::Error::NotFound { .. }) => Err(Error::SourceChanged { file: label }),
            Err(error) => Err(self.failed(&error.to_string())),
        }
    }
}

fn part_of(meta: &ObjectMeta) -> Part {
    Part { name: meta.location.to_string(), size: meta.size, etag: meta.e_tag.clone() }
}

impl Source for Exports {
    fn name(&self) -> &str {
        &self.name
    }

    fn tables(&self) -> Result<Listing> {
        let root = self.list(None)?;
        if root.objects.iter().any(|object| object.location.as_ref() == manifest::FILE_NAME) {
            return Err(Error::BadArgument {
                what: "source",
                value: self.name.clone(),
                reason: "is a snapshot already; read it with --snapshot".to_owned(),
            });
        }
        let folders: Vec<&str> = root.common_prefixes.iter().map(AsRef::as_ref).collect();
        let mut objects: Vec<Part> = root.objects.iter().map(part_of).collect();
        for folder in layout::table_folders(&folders) {
            let inside = self.list(Some(folder))?;
            if inside.objects.is_empty() && !inside.common_prefixes.is_empty() {
                return Err(self.failed(&format!("{folder} has folders in it; its files must lie in it directly")));
            }
            objects.extend(inside.objects.iter().map(part_of));
        }
        objects.sort_by(|a, b| a.name.cmp(&b.name));
        layout::listing(&self.name, objects)
    }

    fn checksum(&self, part: &Part) -> Result<Option<String>> {
        if !self.is_folder {
            return Ok(None);
        }
        self.file(part)?.sha256().map(Some)
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
        file.is_unchanged()?;
        Ok(columns)
    }
}

fn read_parquet(
    table: &'static Table,
    file: &StoredFile,
    each: &mut dyn FnMut(ReadBatch) -> Result<()>,
) -> Result<PartColumns> {
    let mut files = TableFiles::new(table);
    files.add(FileSource::Stored(file.clone()), None)?;
    let all: Vec<usize> = (0..table.columns.len()).collect();
    for file in files.files() {
        file.read(table, &all, &mut *each)?;
    }
    let found = files.files().iter().flat_map(|file| file.columns().iter().enumerate());
    let present = found.filter(|(_, column)| **column != Column::Absent).map(|(at, _)| at).collect();
    Ok(PartColumns { present, renamed: files.renamed_columns(), ..PartColumns::default() })
}
