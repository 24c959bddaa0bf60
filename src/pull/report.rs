//! What a pull did, or would do.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::plan::TablePlan;
use crate::dates::{DateRange, Day};
use crate::snapshot::contract::Table;
use crate::snapshot::manifest::{GoneMonth, PulledPart, TableEntry};
use crate::snapshot::month::Month;

/// What a pull did (`pull --format json`), or with --dry-run what it would do.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PullReport {
    pub schema_version: u32,
    pub source: String,
    pub snapshot: String,
    /// Whether nothing was read or written.
    pub dry_run: bool,
    /// Whether what is gone from the source goes from the snapshot too.
    pub accept_gone: bool,
    /// The id of the snapshot as it is now; none where nothing was written.
    pub id: Option<String>,
    /// Whether the snapshot is the one that was there before.
    pub unchanged: bool,
    /// In the order of the contract.
    pub tables: Vec<TableReport>,
    /// Tables of the contract that the snapshot does not have, with --dry-run would not have.
    pub missing: Vec<String>,
    /// Tables that the source does not have any more, and of which the snapshot keeps what it has.
    pub tables_kept: Vec<String>,
    /// Required tables that are without a row.
    pub tables_empty: Vec<String>,
    /// Files of tables that are in the source and cannot be read, each with why.
    pub unread: Vec<String>,
    /// Whether dates were asked for of which neither the source nor the snapshot has a row.
    pub dates_empty: bool,
    pub notes: Vec<String>,
}

/// What was done with a table.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableReport {
    pub table: String,
    /// Files of an export, or months of a table in BigQuery.
    pub parts: u64,
    /// Those of them that are new or changed.
    pub parts_read: u64,
    pub bytes: u64,
    /// Unchanged files that share a month with a changed one are read too. From BigQuery these are bytes of Arrow, with
    /// --dry-run those that a query would process.
    pub bytes_read: u64,
    /// Rows of the wanted dates in the parts that are new or changed.
    pub rows_read: u64,
    /// Rows of the snapshot; null where that is not known before they are read (--dry-run).
    pub rows: Option<u64>,
    pub first: Option<Day>,
    pub last: Option<Day>,
    pub months_written: Vec<String>,
    /// Parts that were pulled once and that the source does not have any more. What became of their rows is in `gone`, once
    /// the others have been read.
    pub parts_gone: Vec<String>,
    /// Parts with the very bytes of another one, so that its rows are there twice.
    pub twins: Vec<Twin>,
    /// Months of which rows that the snapshot had are gone from the source, or values of a column.
    pub gone: Vec<Gone>,
    /// Values that did not fit the contract and are NULL in the snapshot, and rows left out for want of a date; also those
    /// of earlier pulls, in parts that have not changed since.
    pub misfits: Misfits,
    pub notes: Vec<String>,
}

/// A part with the same bytes as another one of its table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Twin {
    pub part: String,
    pub same_as: String,
}

/// What of a month the snapshot had, and the source does not have any more.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gone {
    /// Such as 2026-01; `all` of an undated table.
    pub month: String,
    /// How many rows are gone.
    pub rows: u64,
    /// On these dates, as far as they are known.
    pub dates: Vec<Day>,
    /// The columns of which values are gone, of rows that are there.
    pub columns: Vec<String>,
    pub outcome: Outcome,
}

/// What became of what is gone from the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The snapshot keeps its month as it was.
    Kept,
    /// It went from the snapshot too, as was asked (--accept-gone); with --dry-run, would go.
    LetGo,
    /// The snapshot's file was damaged, so it could not be kept.
    Gone,
}

impl Gone {
    pub fn of(month: &GoneMonth, outcome: Outcome) -> Gone {
        let dates = month.dates.keys().copied().collect();
        let columns = month.columns_gone.clone();
        Gone { month: month.month.clone(), rows: month.rows_gone, dates, columns, outcome }
    }
}

/// Values that did not fit.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Misfits {
    pub count: u64,
    /// The first of them: file or part of a table, row, value.
    pub examples: Vec<String>,
}

impl Misfits {
    const EXAMPLES: usize = 5;

    /// Counts one more.
    pub fn note(&mut self, example: impl FnOnce() -> String) {
        self.count += 1;
        if self.examples.len() < Self::EXAMPLES {
            self.examples.push(example());
        }
    }

    /// Those of a part when it was read.
    pub fn of(part: &PulledPart) -> Misfits {
        Misfits { count: part.misfits, examples: part.misfit_examples.clone() }
    }

    pub fn add(&mut self, other: Misfits) {
        self.count += other.count;
        self.examples.extend(other.examples);
        self.examples.truncate(Self::EXAMPLES);
    }
}

impl PullReport {
    pub fn misfits(&self) -> u64 {
        self.tables.iter().map(|table| table.misfits.count).sum()
    }

    /// Whether somebody has to look at it: values did not fit, rows are gone from the source or there twice, or there were
    /// none.
    pub fn has_findings(&self) -> bool {
        let is_empty = self.dates_empty || !self.tables_empty.is_empty();
        // Before the other parts are read, nobody knows whether they have the rows of one that is gone.
        let may_be_gone =
            self.dry_run && !self.accept_gone && self.tables.iter().any(|table| !table.parts_gone.is_empty());
        let is_gone = may_be_gone || !self.tables_kept.is_empty();
        self.misfits() > 0
            || !self.unread.is_empty()
            || is_empty
            || is_gone
            || self.tables.iter().any(TableReport::has_findings)
    }
}

impl TableReport {
    fn has_findings(&self) -> bool {
        !self.twins.is_empty() || self.gone.iter().any(|gone| gone.outcome != Outcome::LetGo)
    }

    pub fn new(table: &Table) -> TableReport {
        TableReport {
            table: table.name.to_owned(),
            parts: 0,
            parts_read: 0,
            bytes: 0,
            bytes_read: 0,
            rows_read: 0,
            rows: None,
            first: None,
            last: None,
            months_written: Vec::new(),
            parts_gone: Vec::new(),
            twins: Vec::new(),
            gone: Vec::new(),
            misfits: Misfits::default(),
            notes: Vec::new(),
        }
    }

    /// What a pull by `plan` would read; `entry` is what the snapshot has, with what is known to be amiss of it, of which
    /// the dates in `let_go` go.
    pub fn planned(plan: &TablePlan, entry: Option<&TableEntry>, let_go: Option<DateRange>) -> TableReport {
        let mut report = TableReport::new(plan.table);
        let read = plan.parts.iter().filter(|part| part.is_read);
        report.parts_read = read.clone().count() as u64;
        report.bytes_read = read.map(|part| part.part.size).sum();
        report.describe_parts(plan);
        if let Some(entry) = entry {
            report.describe_rows(entry);
            let goes = |month: &GoneMonth| {
                let dates = month.month.parse().map(Month::dates).unwrap_or_default();
                let_go.is_some_and(|let_go| let_go.overlap(dates).is_some())
            };
            let becomes =
                |month: &GoneMonth, otherwise| Gone::of(month, if goes(month) { Outcome::LetGo } else { otherwise });
            let pulled = || entry.pulled.iter();
            let kept = pulled().flat_map(|pulled| &pulled.kept).map(|kept| becomes(kept, Outcome::Kept));
            let gone = pulled().flat_map(|pulled| &pulled.gone).map(|gone| becomes(gone, Outcome::Gone));
            report.gone = kept.chain(gone).collect();
            let known = entry.pulled.as_ref().map_or(&[][..], |pulled| &pulled.parts);
            let is_there =
                |known: &&PulledPart| plan.parts.iter().any(|part| !part.is_read && part.part.name == known.name);
            report.twins = twins(known.iter().filter(is_there));
        }
        let unread = plan.parts.iter().filter(|part| !part.is_read).filter_map(|part| part.before.as_ref());
        unread.for_each(|before| report.misfits.add(Misfits::of(before)));
        report
    }

    /// Adds what the manifest says now.
    pub fn describe(&mut self, plan: &TablePlan, entry: &TableEntry) {
        self.describe_parts(plan);
        self.describe_rows(entry);
        self.twins = twins(entry.pulled.iter().flat_map(|pulled| &pulled.parts));
    }

    fn describe_parts(&mut self, plan: &TablePlan) {
        self.parts = plan.parts.len() as u64;
        self.bytes = plan.parts.iter().map(|part| part.part.size).sum();
        self.parts_gone = plan.gone.iter().map(|part| part.name.clone()).collect();
    }

    fn describe_rows(&mut self, entry: &TableEntry) {
        (self.rows, self.first, self.last) = (Some(entry.rows), entry.min_date, entry.max_date);
    }

    /// Says something once.
    pub fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }
}

/// Those of the parts that have the bytes of an earlier one of them.
fn twins<'a>(parts: impl Iterator<Item = &'a PulledPart>) -> Vec<Twin> {
    let mut first: HashMap<&str, &PulledPart> = HashMap::new();
    let mut twins = Vec::new();
    for part in parts.filter(|part| part.rows > 0) {
        let Some(contents) = part.sha256.as_deref().or(part.etag.as_deref().filter(|etag| is_md5(etag))) else {
            continue;
        };
        match first.entry(contents) {
            Entry::Occupied(same) => {
                twins.push(Twin { part: part.name.clone(), same_as: same.get().name.clone() });
            }
            Entry::Vacant(place) => drop(place.insert(part)),
        }
    }
    twins
}

/// Whether an etag is the MD5 of the contents, as it is of what was put into S3 in one piece; others are of a time, or of
/// one object alone.
fn is_md5(etag: &str) -> bool {
    const DIGITS: usize = 32;
    etag.len() == DIGITS && etag.bytes().all(|byte| byte.is_ascii_hexdigit())
}
