//! What the relations of `queries/` are defined as, and which of them each reads.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use datafusion::config::Dialect;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use include_dir::{Dir, File, include_dir};

use crate::error::{Error, Result};

static QUERIES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/queries");

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

/// The names of the relations in the order of their steps, ascending each.
pub fn names() -> impl Iterator<Item = &'static str> {
    files().filter_map(name_of)
}

/// The SELECT that a relation's file states; none for a name that is none.
pub fn definition(name: &str) -> Option<&'static str> {
    file(name)?.contents_utf8()
}

/// Where in `queries/` a relation is defined, without the file's ending.
pub fn path(name: &str) -> String {
    file(name).map_or_else(|| name.to_owned(), |file| file.path().with_extension("").display().to_string())
}

fn files() -> impl Iterator<Item = &'static File<'static>> {
    STEPS.iter().filter_map(|(folder, _)| QUERIES.get_dir(folder)).flat_map(Dir::files)
}

fn file(name: &str) -> Option<&'static File<'static>> {
    files().find(|file| name_of(file) == Some(name))
}

fn name_of(file: &'static File<'static>) -> Option<&'static str> {
    let path = file.path();
    (path.extension()? == "sql").then(|| path.file_stem()?.to_str())?
}

/// The tables and relations that a query names.
pub fn named_in(context: &SessionContext, sql: &str) -> Result<BTreeSet<String>, DataFusionError> {
    let state = context.state();
    let statement = state.sql_to_statement(sql, &Dialect::Generic)?;
    let references = state.resolve_table_references(&statement)?;
    Ok(references.iter().map(|reference| reference.table().to_owned()).collect())
}

/// The relations as a session has them: those of the files, unless defined otherwise.
pub struct Definitions(BTreeMap<&'static str, Definition>);

struct Definition {
    sql: Cow<'static, str>,
    reads: OnceLock<BTreeSet<String>>,
}

impl Definition {
    fn new(sql: impl Into<Cow<'static, str>>) -> Definition {
        Definition { sql: sql.into(), reads: OnceLock::new() }
    }
}

impl Definitions {
    /// Those of the files.
    pub fn shipped() -> Definitions {
        let shipped = |name| (name, Definition::new(definition(name).unwrap_or_default()));
        Definitions(names().map(shipped).collect())
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    /// The name of a relation of the pipeline as the pipeline has it.
    pub fn name(&self, name: &str) -> Option<&'static str> {
        self.0.get_key_value(name).map(|(name, _)| *name)
    }

    pub fn sql(&self, name: &str) -> &str {
        self.0.get(name).map(|definition| definition.sql.as_ref()).unwrap_or_default()
    }

    pub fn redefine(&mut self, name: &'static str, sql: &str) {
        self.0.insert(name, Definition::new(sql.to_owned()));
    }

    /// The tables and relations that a relation reads; none for what is no relation.
    ///
    /// # Errors
    /// Its query cannot be parsed.
    pub fn reads(&self, context: &SessionContext, name: &str) -> Result<impl Iterator<Item = &str>> {
        let reads = match self.0.get(name) {
            None => None,
            Some(definition) => Some(match definition.reads.get() {
                Some(reads) => reads,
                None => {
                    let reads = named_in(context, &definition.sql)
                        .map_err(|error| Error::BadQuery { relation: path(name), reason: error.into() })?;
                    definition.reads.get_or_init(|| reads)
                }
            }),
        };
        Ok(reads.into_iter().flatten().map(String::as_str))
    }

    /// Those of `names` that read any of `inputs`, themselves or through others.
    ///
    /// # Errors
    /// A query that cannot be parsed.
    pub fn dependents(
        &self,
        context: &SessionContext,
        names: impl IntoIterator<Item = &'static str>,
        inputs: &[&str],
    ) -> Result<BTreeSet<&'static str>> {
        let mut known = BTreeMap::new();
        let mut dependents = BTreeSet::new();
        for name in names {
            if self.depends(context, name, inputs, &mut known)? {
                dependents.insert(name);
            }
        }
        Ok(dependents)
    }

    fn depends<'a>(
        &'a self,
        context: &SessionContext,
        name: &'a str,
        inputs: &[&str],
        known: &mut BTreeMap<&'a str, bool>,
    ) -> Result<bool> {
        if let Some(depends) = known.get(name) {
            return Ok(*depends);
        }
        // Relations that read themselves are refused elsewhere; here they only must not be followed without end.
        known.insert(name, false);
        let mut depends = false;
        for read in self.reads(context, name)? {
            depends = depends || inputs.contains(&read) || self.depends(context, read, inputs, known)?;
        }
        known.insert(name, depends);
        Ok(depends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_is_of_a_step_or_of_a_check() {
        assert_eq!(QUERIES.files().filter_map(name_of).collect::<Vec<_>>(), Vec::<&str>::new());
        let folders = QUERIES.dirs().filter(|folder| folder.files().any(|file| name_of(file).is_some()));
        let folders: BTreeSet<_> = folders.filter_map(|folder| folder.path().to_str()).collect();
        assert_eq!(STEPS.iter().map(|(folder, _)| *folder).chain(["check"]).collect::<BTreeSet<_>>(), folders);
    }

    #[test]
    fn no_two_files_have_a_name() {
        assert_eq!(names().count(), names().collect::<BTreeSet<_>>().len());
    }
}
