//! What the relations of `queries/` are defined as, and which of them each reads.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use datafusion::config::Dialect;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;

use super::about;
use super::located::in_query;
use crate::error::Result;
use crate::queries;

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

impl Definitions {
    /// Those of the files. What is read by those in the program their heads say, which a test holds against the queries;
    /// others are parsed for it.
    pub fn of_files() -> Definitions {
        let queries = queries::in_use();
        let definition = |name| {
            let sql = queries.relation(name).unwrap_or_default();
            let stated = queries.folder().is_none().then(|| about::inputs(sql).into_iter().collect::<BTreeSet<_>>());
            let reads = stated.map(OnceLock::from).unwrap_or_default();
            (name, Definition { sql: sql.into(), reads })
        };
        Definitions(queries.names().map(definition).collect())
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
        self.0.insert(name, Definition { sql: sql.to_owned().into(), reads: OnceLock::new() });
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
                        .map_err(|error| in_query(context, name, &definition.sql, error))?;
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
