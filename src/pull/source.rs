//! Where tables are pulled from.

use chrono::NaiveDate;

use super::bigquery::{BigQuery, Mapping};
use super::exports::Exports;
use super::layout;
use super::remote::{self, Environment, Opening};
use crate::error::{Error, Result, nearest};
use crate::snapshot::columns::{Column, ReadBatch};
use crate::snapshot::contract::Table;
use crate::snapshot::month::Month;

/// A place that has source tables, each in parts: the files of an export, or the partitions of a database table.
///
/// The methods block; a source with an asynchronous client waits for it inside them.
pub trait Source: Send + Sync {
    /// What the source is called in messages and in the manifest, without credentials.
    fn name(&self) -> &str;

    /// Says which tables are wanted (none: all), and where those lie that are not in their usual place.
    ///
    /// # Errors
    /// A place that makes no sense, or any at all where the source cannot look elsewhere.
    fn place(&mut self, mappings: &[Mapping], _wanted: Option<&[&'static Table]>) -> Result<()> {
        match mappings.first() {
            None => Ok(()),
            Some(mapping) => Err(Error::BadArgument {
                what: "--map",
                value: mapping.to_string(),
                reason: "only a bigquery:// source has datasets; name the files of an export for their tables"
                    .to_owned(),
            }),
        }
    }

    /// Every table of the contract that the source has.
    ///
    /// # Errors
    /// The source cannot be listed, or has a table twice.
    fn tables(&self) -> Result<Listing>;

    /// That a table which is asked for or required is not in the listing.
    fn not_there(&self, table: &'static Table, listing: &Listing) -> Error {
        let stems = listing.strangers.iter().map(|name| name.split(['.', '/']).next().unwrap_or(name));
        let near = nearest(table.name, stems).map(|name| format!(" ('{name}' is there)"));
        let near = near.or_else(|| listing.unread.first().map(|unread| format!("; {unread}")));
        let near = near.or_else(|| listing.notes.first().map(|note| format!("; {note}")));
        Error::NoExport {
            source_name: self.name().to_owned(),
            table: table.name,
            expected: layout::expected(table),
            hint: near.unwrap_or_default(),
        }
    }

    /// The dates that a part can have rows of, as far as its listing tells.
    fn dates(&self, _part: &Part) -> DateRange {
        DateRange::default()
    }

    /// Whether a part is read again whatever its etag says, if late changes reach into it.
    fn is_reread_if_late(&self, _part: &Part) -> bool {
        false
    }

    /// The bytes that reading `dates` of these parts takes: their sizes, unless the source knows better.
    ///
    /// # Errors
    /// The source cannot be asked.
    fn bytes_to_read(&self, _table: &'static Table, parts: &[&Part], _dates: DateRange) -> Result<u64> {
        Ok(parts.iter().map(|part| part.size).sum())
    }

    /// What stands behind [`Source::bytes_to_read`], where it is not the sizes of files.
    fn bytes_are(&self) -> Option<&'static str> {
        None
    }

    /// The SHA-256 of a part, where equal etags do not prove equal contents; none where they do.
    ///
    /// # Errors
    /// The part cannot be read, or is not what it was when it was listed.
    fn checksum(&self, part: &Part) -> Result<Option<String>>;

    /// Reads a part, cast to the contract, and hands each batch to `each`. Rows beyond `dates` may be left out.
    ///
    /// # Errors
    /// The part cannot be read, is not what it was when it was listed, or lacks a required column; or `each` fails.
    fn read(
        &self,
        table: &'static Table,
        part: &Part,
        dates: DateRange,
        each: &mut dyn FnMut(ReadBatch) -> Result<()>,
    ) -> Result<PartColumns>;
}

/// What a source has.
#[derive(Debug, Default)]
pub struct Listing {
    /// In contract order; a table's parts in order of name.
    pub tables: Vec<(&'static Table, Vec<Part>)>,
    /// What is there and is of no table.
    pub strangers: Vec<String>,
    /// Files of tables that are there and cannot be read, each with why.
    pub unread: Vec<String>,
    /// What else is to be said of the source.
    pub notes: Vec<String>,
}

impl Listing {
    /// The parts of a table; none when the source does not have it.
    pub fn parts(&self, table: &Table) -> Option<&[Part]> {
        self.tables.iter().find(|(other, _)| other.name == table.name).map(|(_, parts)| parts.as_slice())
    }
}

/// A part of a table, as it was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Relative to the source.
    pub name: String,
    pub size: u64,
    pub etag: Option<String>,
}

/// Which contract columns a part has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartColumns {
    /// Positions in the contract.
    pub present: Vec<usize>,
    /// Positions of those that it has no place for.
    pub absent: Vec<usize>,
    /// Positions of those of which no row has a value, where rows leave out what they have no value of: that alone does not
    /// tell whether they are absent.
    pub silent: Vec<usize>,
    /// Names of its columns that are not of the contract, as far as they are known.
    pub strangers: Vec<String>,
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
        let (absent, present): (Vec<usize>, Vec<usize>) = (0..found.len()).partition(|at| found[*at].is_absent());
        let renamed =
            found.iter().zip(table.columns).filter_map(|(column, spec)| Some((column.former_name()?, spec.name)));
        let is_taken = |at: usize| found.iter().any(|column| column.positions().any(|taken| taken == at));
        let strangers =
            names.iter().enumerate().filter(|(at, _)| !is_taken(*at)).map(|(_, name)| name.as_ref().to_owned());
        PartColumns {
            present,
            absent,
            renamed: renamed.collect(),
            strangers: strangers.collect(),
            ..PartColumns::default()
        }
    }
}

/// Dates from one to another, both in; an open end reaches everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DateRange {
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
}

impl DateRange {
    /// The dates of a month; of what has no dates all.
    pub fn of_month(month: Month) -> DateRange {
        DateRange { from: month.first_day(), to: month.last_day() }
    }

    pub fn contains(self, date: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
    }

    /// Whether every date of `other` is one of this.
    pub fn covers(self, other: DateRange) -> bool {
        let from = self.from.is_none_or(|from| other.from.is_some_and(|other| from <= other));
        from && self.to.is_none_or(|to| other.to.is_some_and(|other| other <= to))
    }

    /// Whether no date lies between this and `other`.
    pub fn touches(self, other: DateRange) -> bool {
        let reaches = |to: Option<NaiveDate>, from: Option<NaiveDate>| match (to, from) {
            (Some(to), Some(from)) => to.succ_opt().is_none_or(|next| from <= next),
            _ => true,
        };
        reaches(self.to, other.from) && reaches(other.to, self.from)
    }

    /// The dates that are in both; none where there is no such date.
    pub fn overlap(self, other: DateRange) -> Option<DateRange> {
        let from = self.from.max(other.from);
        let to = self.to.into_iter().chain(other.to).min();
        let has_dates = from.zip(to).is_none_or(|(from, to)| from <= to);
        has_dates.then_some(DateRange { from, to })
    }

    /// From the earlier start to the later end.
    pub fn joined(self, other: DateRange) -> DateRange {
        let both = |a: Option<NaiveDate>, b: Option<NaiveDate>| a.zip(b);
        DateRange {
            from: both(self.from, other.from).map(|(a, b)| a.min(b)),
            to: both(self.to, other.to).map(|(a, b)| a.max(b)),
        }
    }
}

/// Opens the source that `text` names: a folder, the URL of a folder in a bucket or on a web server, or a BigQuery project. Must
/// be called within a runtime.
///
/// # Errors
/// No such folder, a URL that is none, or a source that this build cannot pull from. The message has no more of a URL than
/// its scheme.
pub fn open(text: &str) -> Result<Box<dyn Source>> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Ok(Box::new(Exports::folder(text.as_ref())?));
    };
    match scheme.to_ascii_lowercase().as_str() {
        "file" => Ok(Box::new(Exports::folder(rest.as_ref())?)),
        scheme if remote::SCHEMES.contains(&scheme) => {
            let environment = Environment::of_process();
            remote::open(text, &Opening { environment: &environment, retries: remote::patience() })
        }
        "bigquery" => Ok(Box::new(BigQuery::open(rest)?)),
        _ => Err(Error::BadArgument {
            what: "source",
            value: format!("{scheme}://"),
            reason: "is no kind of source; give a folder with exports of the tables, or the URL of one".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(from: &str, to: &str) -> DateRange {
        DateRange { from: from.parse().ok(), to: to.parse().ok() }
    }

    #[test]
    fn a_range_covers_what_lies_within() {
        let all = range("", "");
        let season = range("2025-10-01", "2026-09-30");
        assert!(all.covers(all) && all.covers(season) && season.covers(season));
        assert!(season.covers(range("2026-02-01", "2026-02-28")));
        assert!(!season.covers(all) && !season.covers(range("2026-02-01", "")));
        assert!(!season.covers(range("2025-09-30", "2026-02-01")));
        assert!(range("2025-10-01", "").covers(season) && !range("2025-10-02", "").covers(season));
    }

    #[test]
    fn ranges_overlap_where_they_share_a_date() {
        let (january, season) = (range("2026-01-01", "2026-01-31"), range("2025-10-01", "2026-09-30"));
        assert_eq!(january.overlap(season), Some(january));
        assert_eq!(january.overlap(range("2026-01-31", "")), Some(range("2026-01-31", "2026-01-31")));
        assert_eq!(january.overlap(range("2026-02-01", "")), None);
        assert_eq!(range("", "").overlap(range("", "2026-01-31")), Some(range("", "2026-01-31")));
    }

    #[test]
    fn ranges_without_a_gap_join() {
        let (january, february) = (range("2026-01-01", "2026-01-31"), range("2026-02-01", "2026-02-28"));
        assert!(january.touches(february) && february.touches(january));
        assert_eq!(february.joined(january), range("2026-01-01", "2026-02-28"));
        assert!(!january.touches(range("2026-02-02", "")));
        assert_eq!(january.joined(range("2026-01-15", "")), range("2026-01-01", ""));
    }

    #[test]
    fn another_scheme_is_refused_without_its_secrets() {
        let message = open("ftp://h/secret").err().unwrap().to_string();
        assert_eq!(
            message,
            "source 'ftp://': is no kind of source; give a folder with exports of the tables, or the URL of one"
        );
    }
}
