//! What a pull asks of a source, and what a source tells.

use std::collections::BTreeSet;

use crate::dates::DateRange;
use crate::error::{Error, PullError, Result, nearest};
use crate::snapshot::columns::{Column, ReadBatch};
use crate::snapshot::contract::Table;

/// A place that has source tables, each in parts: the files of an export, or the partitions of a database table.
///
/// The methods block; a source with an asynchronous client waits for it inside them.
pub trait Source: Send + Sync {
    /// What the source is called in messages and in the manifest, without credentials.
    fn name(&self) -> &str;

    /// Every table of the contract that the source has.
    ///
    /// # Errors
    /// The source cannot be listed, or has a table twice.
    fn tables(&self) -> Result<Listing>;

    /// The bytes that reading `dates` of these parts takes: their sizes, unless the source knows better.
    ///
    /// # Errors
    /// The source cannot be asked.
    fn bytes_to_read(&self, _table: &'static Table, parts: &[&Part], _dates: DateRange) -> Result<u64> {
        Ok(parts.iter().map(|part| part.size).sum())
    }

    /// The SHA-256 of a part, where equal etags do not prove equal contents; none where they do.
    ///
    /// # Errors
    /// The part cannot be read, or is not what it was when it was listed.
    fn checksum(&self, part: &Part) -> Result<Option<String>>;

    /// The names of a part's columns; of a part whose rows leave out what they have no value of, those of all its rows, or of
    /// the first ones alone.
    ///
    /// # Errors
    /// The part cannot be read, or is not what it was when it was listed.
    fn column_names(&self, table: &'static Table, part: &Part, of: Names) -> Result<BTreeSet<String>>;

    /// Reads a part, cast to the contract, and hands each batch to `each`. Rows beyond `dates` may be left out.
    ///
    /// # Errors
    /// The part cannot be read, is not what it was when it was listed, or a required column is missing; or `each` fails.
    fn read(
        &self,
        table: &'static Table,
        part: &Part,
        dates: DateRange,
        each: &mut dyn FnMut(ReadBatch) -> Result<()>,
    ) -> Result<PartColumns>;
}

/// Whose names of columns are asked for, where rows may leave out some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    OfAllRows,
    OfFirstRows,
}

/// What a source has.
#[derive(Debug, Default)]
pub struct Listing {
    /// In contract order; a table's parts in order of name.
    pub tables: Vec<(&'static Table, Vec<Part>)>,
    /// What is there and is of no table.
    pub unknown: Vec<String>,
    /// Files of tables that are there and cannot be read, each with why.
    pub unread: Vec<String>,
    /// Why a table is not there, where the source says more than that it was not listed.
    pub missing: Vec<(&'static str, Error)>,
    /// What else is to be said of the source.
    pub notes: Vec<String>,
    /// What stands behind [`Source::bytes_to_read`], where it is not the sizes of files.
    pub bytes_are: Option<&'static str>,
}

impl Listing {
    /// The parts of a table; none when the source does not have it.
    pub fn parts(&self, table: &Table) -> Option<&[Part]> {
        self.tables.iter().find(|(other, _)| other.name == table.name).map(|(_, parts)| parts.as_slice())
    }

    /// That `table`, which is asked for or required, is not in the listing of the source called `source`.
    pub fn missing(mut self, source: &str, table: &'static Table) -> Error {
        if let Some(at) = self.missing.iter().position(|(name, _)| *name == table.name) {
            return self.missing.swap_remove(at).1;
        }
        let stems = self.unknown.iter().map(|name| name.split(['.', '/']).next().unwrap_or(name));
        let near = nearest(table.name, stems).map(|name| format!(" ('{name}' is there)"));
        let near = near.or_else(|| self.unread.first().map(|unread| format!("; {unread}")));
        let near = near.or_else(|| self.notes.first().map(|note| format!("; {note}")));
        Error::Pull(PullError::NoExport {
            source_name: source.to_owned(),
            table: table.name,
            expected: expected(table),
            hint: near.unwrap_or_default(),
        })
    }
}

/// What the export of a table may be, as it is to be said to the user.
fn expected(table: &Table) -> String {
    let name = table.name;
    format!("{name}.parquet, .csv[.gz] or .json[l][.gz], shards {name}-000000000000.*, or a folder {name}/")
}

/// A part of a table, as it was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Relative to the source.
    pub name: String,
    pub size: u64,
    pub etag: Option<String>,
    /// The dates that it can have rows of, as far as the source tells. A part of some dates is read again when late changes
    /// may reach into them, whatever its etag says.
    pub dates: DateRange,
}

/// Which contract columns a part has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartColumns {
    /// Positions in the contract.
    pub present: Vec<usize>,
    /// Positions of those that it has no place for.
    pub missing: Vec<usize>,
    /// Positions of those of which no row has a value, where rows leave out what they have no value of: that alone does not
    /// tell whether they are missing.
    pub empty: Vec<usize>,
    /// Names of its columns that are not of the contract, as far as such names are seen.
    pub unknown: Vec<String>,
    /// Columns taken under a former name: (former, present).
    pub renamed: Vec<(&'static str, &'static str)>,
    /// Whether the part ends where a complete one would not.
    pub looks_cut_off: bool,
    /// The bytes that were read, where they are not the part's size.
    pub bytes: Option<u64>,
    /// What else is to be said of the part.
    pub notes: Vec<String>,
}

impl PartColumns {
    /// Those of a part whose schema has columns of these names; `found` are the contract's among them.
    pub fn of_schema(table: &'static Table, found: &[Column], names: &[impl AsRef<str>]) -> PartColumns {
        let (missing, present): (Vec<usize>, Vec<usize>) = (0..found.len()).partition(|at| found[*at].is_missing());
        let renamed =
            found.iter().zip(table.columns).filter_map(|(column, spec)| Some((column.former_name()?, spec.name)));
        let is_taken = |at: usize| found.iter().any(|column| column.positions().any(|taken| taken == at));
        let unknown =
            names.iter().enumerate().filter(|(at, _)| !is_taken(*at)).map(|(_, name)| name.as_ref().to_owned());
        PartColumns {
            present,
            missing,
            renamed: renamed.collect(),
            unknown: unknown.collect(),
            ..PartColumns::default()
        }
    }
}
