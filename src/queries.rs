//! The files of `queries/`: the SELECTs of the relations, the catalogue and the versions. Those in the program, or those of
//! a folder that is tried instead of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use include_dir::{Dir, include_dir};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, FileError, QueryError, Reason, Result};

static SHIPPED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/queries");

static IN_USE: OnceLock<Queries> = OnceLock::new();

/// The folders of relations: the steps of a decision in their order, then what is made on top of it; each with its title.
/// A relation is known by its plain name, whichever its folder.
pub const STEPS: &[(&str, &str)] = &[
    ("predictions", "Predictions"),
    ("bids", "Bids and candidates"),
    ("weights", "Weights of models"),
    ("consensus", "Consensus of models"),
    ("features", "Features"),
    ("health", "Health of the champion, of players and of signals"),
    ("verdicts", "Signals, filters and ranks"),
    ("outcomes", "Outcomes"),
    ("decisions", "Decisions"),
    ("slates", "Slates"),
    ("monitor", "Monitoring"),
    ("record", "What production records"),
    ("freeze", "Frozen decisions"),
];

/// The folder of queries that are no relations: what `check` looks for.
const CHECKS: &str = "check";

/// The files of a folder of queries.
pub struct Queries {
    /// None: the program itself.
    folder: Option<PathBuf>,
    /// The texts by path below the folder, such as `bids/bids.sql`.
    files: BTreeMap<String, Cow<'static, str>>,
    /// The relations by name, each with its path.
    relations: BTreeMap<String, String>,
}

/// The queries that this process reads: those in the program, unless [`use_folder`] was called.
pub fn in_use() -> &'static Queries {
    IN_USE.get_or_init(Queries::shipped)
}

/// Has this process read the queries of `folder` instead of those in the program. To be called before anything reads one.
///
/// # Errors
/// No such folder, a file that is not text, two relations of a name, or queries that are read already.
pub fn use_folder(folder: &Path) -> Result<()> {
    let queries = Queries::of_folder(folder)?;
    let late = |_| Error::Engine("queries were read before it was said where they are".into());
    IN_USE.set(queries).map_err(late)
}

/// The names of the relations in the program, whichever queries are in use.
pub fn shipped_names() -> impl Iterator<Item = &'static str> {
    SHIPPED.dirs().flat_map(Dir::files).filter_map(|file| relation_of(file.path().to_str()?))
}

impl Queries {
    /// Those in the program.
    pub fn shipped() -> Queries {
        let files = SHIPPED.files().chain(SHIPPED.dirs().flat_map(Dir::files));
        let file = |file: &'static include_dir::File<'static>| {
            Some((file.path().to_str()?.to_owned(), Cow::Borrowed(file.contents_utf8()?)))
        };
        let files: BTreeMap<_, _> = files.filter_map(file).collect();
        let relations = files.keys().filter_map(|path| Some((relation_of(path)?.to_owned(), path.clone()))).collect();
        Queries { folder: None, files, relations }
    }

    /// The queries of a folder.
    ///
    /// # Errors
    /// No such folder, one without relations, a file that is not text, or two relations of a name.
    pub fn of_folder(folder: &Path) -> Result<Queries> {
        let bad = |path: &Path, reason: Reason| {
            Error::Query(QueryError::BadFile { file: path.display().to_string(), reason })
        };
        if !folder.is_dir() {
            let what = if folder.exists() { "is no folder" } else { "no such folder" };
            return Err(bad(
                folder,
                format!("{what}; --queries takes a folder such as `queries/` of the sources").into(),
            ));
        }
        let mut queries =
            Queries { folder: Some(folder.to_path_buf()), files: BTreeMap::new(), relations: BTreeMap::new() };
        for below in [folder.to_path_buf()].into_iter().chain(folders_in(folder)?) {
            for path in files_in(&below)? {
                let bytes = fs::read(&path)
                    .map_err(|error| bad(&path, Reason::because(format!("cannot be read ({error})"), error)))?;
                let text = String::from_utf8(bytes).map_err(|error| {
                    let line = line_at(error.as_bytes(), error.utf8_error().valid_up_to());
                    let file = format!("{}, line {line}", path.display());
                    Error::Query(QueryError::BadFile {
                        file,
                        reason: Reason::because("is not UTF-8; save it as UTF-8", error),
                    })
                })?;
                let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                if let Some(relation) = relation_of(&name)
                    && let Some(other) = queries.relations.insert(relation.to_owned(), name.clone())
                {
                    return Err(bad(
                        &path,
                        format!("{other} is a relation of this name already; rename one of them").into(),
                    ));
                }
                queries.files.insert(name, text.into());
            }
        }
        if queries.relations.is_empty() {
            return Err(bad(folder, "has no relations, such as bids/bids.sql; give the folder above them".into()));
        }
        Ok(queries)
    }

    /// The folder they are read from; none for those in the program.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Where they are, for messages.
    pub fn place(&self) -> String {
        self.folder.as_ref().map_or_else(|| "queries".to_owned(), |folder| folder.display().to_string())
    }

    /// The names of the relations in the order of their steps, ascending each; those of no step last.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let step = |path: &str| STEPS.iter().position(|(step, _)| *step == folder_of(path)).unwrap_or(STEPS.len());
        let mut names: Vec<_> = self.relations.iter().map(|(name, path)| (step(path), path, name)).collect();
        names.sort_unstable();
        names.into_iter().map(|(_, _, name)| name.as_str())
    }

    /// The SELECT of a relation; none for a name that is none.
    pub fn relation(&self, name: &str) -> Option<&str> {
        self.text(self.relations.get(name)?)
    }

    /// The file of a relation, for messages; the name itself where it is none.
    pub fn file_of(&self, name: &str) -> String {
        self.relations.get(name).map_or_else(|| name.to_owned(), |path| self.label(path))
    }

    /// The step of a relation: the folder that its file is in.
    pub fn step_of(&self, name: &str) -> Option<&str> {
        Some(folder_of(self.relations.get(name)?))
    }

    /// A query of `check`, whose rows are findings: its file, for messages, and its text.
    ///
    /// # Errors
    /// There is none of the name.
    pub fn check(&self, name: &str) -> Result<(String, &str)> {
        let path = format!("{CHECKS}/{name}.sql");
        Ok((self.label(&path), self.required(&path)?))
    }

    /// A file by its path below the folder.
    ///
    /// # Errors
    /// There is no such file.
    pub fn required(&self, path: &str) -> Result<&str> {
        let missing = || {
            Error::Query(QueryError::BadFile {
                file: self.label(path),
                reason: "no such file; the program reads it, so copy it from the sources".into(),
            })
        };
        self.text(path).ok_or_else(missing)
    }

    /// The text of a file by its path below the folder; none: there is no such file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(AsRef::as_ref)
    }

    /// The names of the versions.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        self.files.keys().filter_map(|path| path.strip_prefix("versions/")?.strip_suffix(".toml"))
    }

    /// What a file is called in messages.
    pub fn label(&self, path: &str) -> String {
        match &self.folder {
            Some(folder) => folder.join(path).display().to_string(),
            None => format!("queries/{path}"),
        }
    }

    /// A hash over the names and texts of a folder; none for the queries in the program.
    pub fn hash(&self) -> Option<String> {
        self.folder.as_ref()?;
        let mut hasher = Sha256::new();
        for (path, text) in &self.files {
            hasher.update(format!("{path} {}\n{text}", text.len()));
        }
        Some(hasher.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect())
    }
}

/// The line of a byte, from 1.
pub fn line_at(text: &[u8], at: usize) -> usize {
    text.iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

/// The relation that a file states: every SELECT in a folder, besides those of `check`.
fn relation_of(path: &str) -> Option<&str> {
    let (folder, file) = path.rsplit_once('/')?;
    file.strip_suffix(".sql").filter(|_| folder != CHECKS)
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn folders_in(folder: &Path) -> Result<Vec<PathBuf>> {
    entries_of(folder, Path::is_dir)
}

/// The SQL and TOML files in a folder; others, such as an editor's, are no queries.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let is_query = |path: &Path| path.extension().is_some_and(|ending| ending == "sql" || ending == "toml");
    let is_hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    entries_of(folder, |path| path.is_file() && is_query(path) && !is_hidden(path))
}

fn entries_of(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let failed =
        |error: std::io::Error| Error::File(FileError::Input { path: folder.to_path_buf(), reason: error.into() });
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.retain(|path| wanted(path));
    paths.sort_unstable();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_relation_is_of_a_step() {
        let queries = Queries::shipped();
        let steps: BTreeSet<_> = queries.names().filter_map(|name| queries.step_of(name)).collect();
        assert_eq!(STEPS.iter().map(|(step, _)| *step).collect::<BTreeSet<_>>(), steps);
        assert_eq!(shipped_names().collect::<BTreeSet<_>>(), queries.names().collect());
        let selects = queries.files.keys().filter(|path| path.ends_with(".sql") && !path.starts_with(CHECKS));
        assert_eq!(selects.count(), queries.names().count(), "a file is in no folder, or two have a name");
    }

    #[test]
    fn a_folder_is_read_as_the_program_is_made_of_it() {
        let (shipped, read) = (Queries::shipped(), Queries::of_folder(Path::new("queries")).unwrap());
        assert_eq!(shipped.files, read.files);
        assert!(shipped.names().eq(read.names()) && shipped.versions().eq(read.versions()));
        assert_eq!(read.file_of("bids"), shipped.file_of("bids"));
        assert!(shipped.hash().is_none() && read.hash().is_some());
    }

    #[test]
    fn folders_that_are_none_of_queries_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |path: &Path| {
            let error = Queries::of_folder(path).err().unwrap().to_string();
            error.replace(&folder.path().display().to_string(), "DIR")
        };
        let none = folder.path().join("none");
        assert_eq!(
            refused(&none),
            "DIR/none: no such folder; --queries takes a folder such as `queries/` of the sources"
        );
        assert_eq!(refused(folder.path()), "DIR: has no relations, such as bids/bids.sql; give the folder above them");
        for step in ["bids", "features"] {
            fs::create_dir(folder.path().join(step)).unwrap();
            fs::write(folder.path().join(step).join("bids.sql"), "SELECT 1").unwrap();
        }
        assert_eq!(
            refused(folder.path()),
            "DIR/features/bids.sql: bids/bids.sql is a relation of this name already; rename one of them"
        );
        fs::write(folder.path().join("features/bids.sql"), b"SELECT\n1 AS \xff").unwrap();
        assert_eq!(refused(folder.path()), "DIR/features/bids.sql, line 2: is not UTF-8; save it as UTF-8");
        assert!(refused(&folder.path().join("bids/bids.sql")).contains("is no folder"));
    }
}
