//! Pulling one table: what is new is read, and the months that it touches are written again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{Array, ArrayRef, Int64Array, RecordBatch};

use super::gone::MissingColumns;
use super::month_file::MonthFile;
use super::months::{Months, Room};
use crate::dates::{DateRange, Day};
use crate::error::{FileError, PullError, Result, SnapshotError, nearest};
use crate::pull::disk::Disk;
use crate::pull::plan::{PlannedPart, TablePlan, now_covered};
use crate::pull::report::{Misfits, TableReport};
use crate::pull::source::{PartColumns, Source};
use crate::snapshot::Source as FileSource;
use crate::snapshot::columns::ReadBatch;
use crate::snapshot::contract::{Column, Table};
use crate::snapshot::manifest::{self, GoneMonth, Pulled, PulledPart, TableEntry};
use crate::snapshot::month::Month;

/// The column that keeps the order in which the source had its rows.
const ORDINAL: &str = "ordinal";

/// The column without which a row is of no month.
const DATE: &str = "game_date";

/// What becomes of such a row.
const LEFT_OUT: &str = "its row is left out and counted";

/// What pulling a table needs besides the plan.
pub struct Context<'a> {
    pub source: &'a dyn Source,
    pub target: &'a Path,
    pub disk: &'a dyn Disk,
    pub dates: DateRange,
    pub strict: bool,
    /// Whether rows and columns that the source does not have any more go from the snapshot too.
    pub accept_gone: bool,
    pub now: DateTime<Utc>,
    /// Bytes of memory for rows that wait for their month.
    pub budget: usize,
    /// What there is for the rows of a month.
    pub room: Room,
    /// Is told how many bytes of the source have been read.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

/// Pulls the table of `plan`: reads what is new, writes the months that change, and returns what the manifest is to say.
///
/// A month is taken from the source, unless rows of any of its dates or a column are gone from there: then the month is kept
/// as it was, and that is said by this pull and by each later one, until what is gone is back or let go.
///
/// # Errors
/// A part cannot be read or does not keep the contract, or a file cannot be written. Files that were written by then belong
/// to no snapshot.
pub fn pull(
    context: &Context<'_>,
    plan: &TablePlan,
    existing: Option<&TableEntry>,
) -> Result<(TableEntry, TableReport)> {
    let mut work = Work::new(context, plan.table_with_numbered(context.source, existing)?, existing)?;
    let mut parts = Vec::with_capacity(plan.parts.len());
    let mut dirty: BTreeSet<Month> = work.stored.damaged.keys().copied().collect();
    // What is gone may have come back in a way that no part tells.
    dirty.extend(work.kept.keys());
    if context.accept_gone {
        work.let_go_of_gone();
    }
    dirty.extend(plan.gone.iter().flat_map(months_of));
    for planned in &plan.parts {
        let record = match &planned.before {
            Some(before) if !planned.is_read => {
                work.report.misfits.add(Misfits::of(before));
                work.incoming.rows_left_out += before.rows_left_out;
                before.clone()
            }
            before => work.read_new(planned, before.as_ref())?,
        };
        if planned.is_read {
            dirty.extend(planned.before.iter().flat_map(months_of));
            dirty.extend(months_of(&record));
        }
        // A part that no date was wanted of may be another by now: it stays known as it was when it was read.
        parts.push(match planned.is_wanted {
            true => PulledPart { size: planned.part.size, etag: planned.part.etag.clone(), ..record },
            false => record,
        });
    }
    parts.extend(plan.gone.iter().filter_map(|gone| {
        let months = work.still_there(gone);
        (!months.is_empty()).then(|| PulledPart { months, read_again: true, ..gone.clone() })
    }));
    parts.sort_by(|a, b| a.name.cmp(&b.name));
    dirty.retain(|month| work.is_wanted(*month) || work.stored.damaged.contains_key(month));
    for planned in plan.parts.iter().filter(|part| !part.is_read) {
        if planned.before.iter().flat_map(months_of).any(|month| dirty.contains(&month)) {
            work.read_again(planned, &dirty)?;
        }
    }
    for month in &dirty {
        work.write(*month)?;
    }
    // A month that is kept does not have what else is new in its parts.
    for part in &mut parts {
        part.read_again |= months_of(part).iter().any(|month| work.kept.contains_key(month));
    }
    let kept: Vec<GoneMonth> = work.kept.values().cloned().collect();
    let gone = work.gone.values().cloned().collect();
    let pulled = Pulled { source: context.source.name().to_owned(), at: context.now, parts, kept, gone };
    work.finish(plan, pulled)
}

fn months_of(part: &PulledPart) -> Vec<Month> {
    part.months.iter().filter_map(|month| month.parse().ok()).collect()
}

/// The parts that a column is missing from, or empty in.
pub(super) struct PartsMissing {
    pub(super) parts: usize,
    /// The first of them.
    pub(super) part: String,
    /// The name of a column there that is not of the contract, and most like this one's.
    pub(super) near: Option<String>,
}

/// The work on a table as it goes on.
pub(super) struct Work<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) table: &'static Table,
    /// The table as the snapshot from before has it.
    pub(super) existing: Option<&'a TableEntry>,
    pub(super) stored: Stored,
    pub(super) incoming: Incoming,
    /// What is gone from the source, of months that the snapshot keeps.
    pub(super) kept: BTreeMap<Month, GoneMonth>,
    /// What is gone from both, of months whose file was damaged.
    pub(super) gone: BTreeMap<Month, GoneMonth>,
    pub(super) report: TableReport,
}

/// The table's month files.
pub(super) struct Stored {
    /// Those of the snapshot, replaced as months are written.
    pub(super) files: BTreeMap<Month, MonthFile>,
    /// Months whose file is damaged. They are read whole, whatever dates are wanted: nothing is left of the others.
    pub(super) damaged: BTreeMap<Month, Damage>,
    /// Months whose file is of this pull. The table's folder is to be synced then.
    pub(super) written: BTreeSet<Month>,
}

/// What became of a month's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damage {
    /// Somebody took it away.
    TakenAway,
    /// It is there, with other bytes than it was written with.
    Altered,
}

/// What has been read of the source.
pub(super) struct Incoming {
    /// Rows that wait for their month to be written.
    pub(super) months: Months,
    /// Positions of the contract columns that the rows of a month have.
    pub(super) columns: BTreeMap<Month, BTreeSet<usize>>,
    /// Positions of those that are missing from a part with rows of a month, or empty in it.
    pub(super) columns_missing: BTreeMap<Month, MissingColumns>,
    /// The parts that a column is missing from, or empty in, by the column's position.
    pub(super) parts_missing: BTreeMap<usize, PartsMissing>,
    /// Positions of the contract columns that some part or file has that was read, with or without rows.
    pub(super) found: BTreeSet<usize>,
    /// Rows of all parts that were left out for want of a date.
    pub(super) rows_left_out: u64,
    /// Rows of all parts that were read.
    rows_read: usize,
    /// Parts without a row.
    pub(super) empty_parts: Vec<String>,
}

impl Stored {
    /// The month files that `existing` names, each compared with its SHA-256.
    ///
    /// # Errors
    /// One is not named for a month, or cannot be looked at.
    fn of(target: &Path, existing: Option<&TableEntry>) -> Result<Stored> {
        let mut damaged = BTreeMap::new();
        let mut files = BTreeMap::new();
        for entry in existing.iter().flat_map(|existing| &existing.files) {
            let month = Month::of_file(&entry.path).ok_or_else(|| SnapshotError::BadManifest {
                file: target.join(manifest::FILE_NAME).display().to_string(),
                reason: format!("{} is not named for a month", entry.path).into(),
            })?;
            files.insert(month, MonthFile { entry: entry.clone(), dates: None });
            let path = target.join(&entry.path);
            // What cannot be looked at is not known to be taken away.
            let is_there = path.try_exists();
            if !is_there.map_err(|error| FileError::Input { path: path.clone(), reason: error.into() })? {
                damaged.insert(month, Damage::TakenAway);
            } else if !path.is_file() || manifest::sha256(&FileSource::File(path).bytes()?) != entry.sha256 {
                damaged.insert(month, Damage::Altered);
            }
        }
        Ok(Stored { files, damaged, written: BTreeSet::new() })
    }
}

impl Incoming {
    fn new(context: &Context<'_>, table: &'static Table) -> Incoming {
        Incoming {
            months: Months::new(table, context.target, context.budget, context.room),
            columns: BTreeMap::new(),
            columns_missing: BTreeMap::new(),
            parts_missing: BTreeMap::new(),
            found: BTreeSet::new(),
            rows_left_out: 0,
            rows_read: 0,
            empty_parts: Vec::new(),
        }
    }
}

impl<'a> Work<'a> {
    fn new(context: &'a Context<'a>, table: &'static Table, existing: Option<&'a TableEntry>) -> Result<Work<'a>> {
        let pulled = existing.and_then(|existing| existing.pulled.as_ref());
        let by_month = |known: fn(&Pulled) -> &[GoneMonth]| {
            let known = pulled.map_or(&[][..], known).iter();
            known.filter_map(|known| Some((known.month.parse().ok()?, known.clone()))).collect()
        };
        Ok(Work {
            context,
            table,
            existing,
            stored: Stored::of(context.target, existing)?,
            incoming: Incoming::new(context, table),
            kept: by_month(|pulled| &pulled.kept),
            gone: by_month(|pulled| &pulled.gone),
            report: TableReport::new(table),
        })
    }

    /// The wanted dates; all of a table that has none.
    pub(super) fn dates(&self) -> DateRange {
        if self.table.is_dated() { self.context.dates } else { DateRange::default() }
    }

    /// Whether some date of a month is wanted.
    pub(super) fn is_wanted(&self, month: Month) -> bool {
        self.dates().overlap(month.dates()).is_some()
    }

    /// The months of a part, as it was when it was pulled, of which the snapshot has rows that are not pulled now.
    fn still_there(&self, before: &PulledPart) -> Vec<String> {
        let is_whole = |month: Month| self.dates().covers(month.dates());
        months_of(before).into_iter().filter(|month| !is_whole(*month)).map(|month| month.to_string()).collect()
    }

    /// Reads the wanted dates of a part that is new or other than `before`.
    fn read_new(&mut self, planned: &PlannedPart, before: Option<&PulledPart>) -> Result<PulledPart> {
        let name = &planned.part.name;
        let sha256 = match &planned.sha256 {
            Some(known) => Some(known.clone()),
            None => self.context.source.checksum(&planned.part)?,
        };
        let label = format!("{}/{name}", self.context.source.name());
        let dates = self.dates();
        let damaged = self.stored.damaged.clone();
        let (mut rows, mut rows_left_out, mut last) = (0, 0, None);
        let mut misfits = Misfits::default();
        let mut is_empty = true;
        let (columns, months) = self.read(planned, |work, read| {
            is_empty &= read.batch.num_rows() == 0;
            let sorted = work
                .incoming
                .months
                .add(&read.batch, |date| dates.contains(date) || damaged.contains_key(&Month::of(date)))?;
            work.note_misfits(&label, &read, &mut misfits)?;
            rows += sorted.rows;
            rows_left_out += sorted.left_out;
            last = last.max(sorted.last);
            Ok(sorted.months)
        })?;
        self.incoming.rows_left_out += rows_left_out;
        self.report.parts_read += 1;
        self.incoming.empty_parts.extend(is_empty.then(|| label.clone()));
        self.report.rows_read += rows;
        if columns.looks_cut_off {
            if self.context.strict {
                return Err(PullError::CutOff { file: label }.into());
            }
            misfits.note(|| format!("{label}: the last record has no line end; it may be cut off"));
        }
        for (former, present) in columns.renamed {
            self.report.note(format!("{former} is taken as {present}, its name today"));
        }
        columns.notes.into_iter().for_each(|note| self.report.note(format!("{label}: {note}")));
        let mut months: BTreeSet<String> = months.iter().map(Month::to_string).collect();
        months.extend(before.iter().flat_map(|before| self.still_there(before)));
        let is_same = |before: &&PulledPart| !before.read_again && before.sha256.is_some() && before.sha256 == sha256;
        let covers = now_covered(before.filter(is_same), dates);
        let record = PulledPart {
            name: name.clone(),
            size: planned.part.size,
            etag: planned.part.etag.clone(),
            sha256,
            rows,
            months: months.into_iter().collect(),
            last: last.map(Day).max(before.and_then(|before| before.last)),
            from: covers.from.map(Day),
            to: covers.to.map(Day),
            read_again: false,
            misfits: misfits.count,
            rows_left_out,
            misfit_examples: misfits.examples.clone(),
        };
        self.report.misfits.add(misfits);
        Ok(record)
    }

    /// Reads those rows of an unchanged part that are of months to be written again.
    fn read_again(&mut self, planned: &PlannedPart, dirty: &BTreeSet<Month>) -> Result<()> {
        let dates = self.dates();
        let damaged = self.stored.damaged.clone();
        self.read(planned, |work, read| {
            let is_wanted = |date| {
                let month = Month::of(date);
                damaged.contains_key(&month) || (dates.contains(date) && dirty.contains(&month))
            };
            Ok(work.incoming.months.add(&read.batch, is_wanted)?.months)
        })?;
        Ok(())
    }

    /// Reads a part and hands each batch to `sort`, which returns the months it is of.
    fn read(
        &mut self,
        planned: &PlannedPart,
        mut sort: impl FnMut(&mut Self, ReadBatch) -> Result<Vec<Month>>,
    ) -> Result<(PartColumns, BTreeSet<Month>)> {
        let ordinal = self.table.columns.iter().position(|column| column.name == ORDINAL);
        let (context, table) = (self.context, self.table);
        let dates = if self.stored.damaged.is_empty() { self.dates() } else { DateRange::default() };
        let mut months = BTreeSet::new();
        let mut rows_read = 0;
        let mut columns = context.source.read(table, &planned.part, dates, &mut |mut read| {
            let rows = read.batch.num_rows();
            if let Some(at) = ordinal {
                read.batch = with_ordinals(&read.batch, at, self.incoming.rows_read + read.first_row)?;
            }
            months.extend(sort(self, read)?);
            rows_read += rows;
            Ok(())
        })?;
        self.incoming.rows_read += rows_read;
        columns.present.extend(ordinal);
        self.incoming.found.extend(&columns.present);
        columns.missing.retain(|at| Some(*at) != ordinal);
        columns.empty.retain(|at| Some(*at) != ordinal);
        for month in &months {
            self.incoming.columns.entry(*month).or_default().extend(&columns.present);
            let of_month = self.incoming.columns_missing.entry(*month).or_default();
            of_month.missing.extend(&columns.missing);
            of_month.empty.extend(&columns.empty);
        }
        for at in columns.missing.iter().chain(&columns.empty) {
            let missing = self.incoming.parts_missing.entry(*at).or_insert_with(|| PartsMissing {
                parts: 0,
                part: planned.part.name.clone(),
                near: nearest(table.columns[*at].name, columns.unknown.iter().map(String::as_str)).map(str::to_owned),
            });
            missing.parts += 1;
        }
        self.report.bytes_read += columns.bytes.unwrap_or(planned.part.size);
        (context.progress)(planned.part.size);
        Ok((columns, months))
    }

    /// Counts what did not fit in a batch, or stops at it.
    fn note_misfits(&self, label: &str, read: &ReadBatch, misfits: &mut Misfits) -> Result<()> {
        let is_left_out = |column: &Column| column.name == DATE;
        for (column, row, value) in &read.misfits {
            let misfit = || format!("{value} does not fit {}", column.kind);
            let otherwise = if is_left_out(column) { LEFT_OUT } else { "it is NULL and counted" };
            self.ensure_lenient(label, column, *row, misfit, otherwise)?;
            let end = if is_left_out(column) { ", left out" } else { "" };
            misfits.note(|| format!("{label}, row {row}: {value} does not fit {} {}{end}", column.name, column.kind));
        }
        for (column, index) in read.nulls_where_none_may_be(self.table) {
            let row = read.first_row + index + 1;
            let misfit = || format!("NULL does not fit a required {}", column.kind);
            let otherwise = if is_left_out(column) { LEFT_OUT } else { "its row stays without one and is counted" };
            self.ensure_lenient(label, column, row, misfit, otherwise)?;
            let end = if is_left_out(column) { ", left out" } else { ", which is required" };
            misfits.note(|| format!("{label}, row {row}: without a {}{end}", column.name));
        }
        Ok(())
    }

    /// Makes sure that a pull goes on at a value that does not fit.
    ///
    /// # Errors
    /// Values have to fit (--strict).
    fn ensure_lenient(
        &self,
        file: &str,
        column: &Column,
        row: usize,
        misfit: impl Fn() -> String,
        otherwise: &'static str,
    ) -> Result<()> {
        if !self.context.strict {
            return Ok(());
        }
        let (file, table, column, misfit) = (file.to_owned(), self.table.name, column.name, misfit());
        Err(PullError::Misfit { file, table, column, row, misfit, otherwise }.into())
    }
}

/// A batch with its rows numbered from `rows_before` + 1, unless the source numbers them itself.
fn with_ordinals(batch: &RecordBatch, at: usize, rows_before: usize) -> Result<RecordBatch> {
    if batch.column(at).null_count() < batch.num_rows() {
        return Ok(batch.clone());
    }
    let first = i64::try_from(rows_before).unwrap_or(i64::MAX);
    let ordinals = (0..batch.num_rows()).map(|row| first + 1 + row as i64).collect::<Int64Array>();
    let mut columns = batch.columns().to_vec();
    columns[at] = Arc::new(ordinals) as ArrayRef;
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}
