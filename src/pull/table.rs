//! Pulling one table: what is new is read, and the months that it touches are written again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{Array, ArrayRef, Int64Array, RecordBatch};

use super::disk::{self, Disk};
use super::month_file::{self, MonthFile};
use super::months::{Months, Sorted};
use super::plan::{PlannedPart, TablePlan, now_covered};
use super::report::{Misfits, TableReport};
use super::source::{DateRange, PartColumns, Source};
use crate::error::{Error, Result};
use crate::snapshot::contract::Table;
use crate::snapshot::manifest::{self, Day, FileEntry, Pulled, PulledPart, TableEntry};
use crate::snapshot::month::Month;
use crate::snapshot::{Column, ReadBatch, Source as FileSource, TableFiles};

/// The column that keeps the order in which the source had its rows.
const ORDINAL: &str = "ordinal";

/// What pulling a table needs besides the plan.
pub struct Context<'a> {
    pub source: &'a dyn Source,
    pub target: &'a Path,
    pub disk: &'a dyn Disk,
    pub dates: DateRange,
    pub strict: bool,
    pub now: DateTime<Utc>,
    /// Bytes of memory for rows that wait for their month.
    pub budget: usize,
    /// Is told how many bytes of the source have been read.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

/// Pulls the table of `plan`: reads what is new, writes the months that change, and returns what the manifest is to say.
///
/// A month that the source has any row of is taken from it; one that it has no row of any more is kept, and that is said.
///
/// # Errors
/// A part cannot be read or does not keep the contract, or a file cannot be written. Files that were written by then belong
/// to no snapshot.
pub fn pull(
    context: &Context<'_>,
    plan: &TablePlan,
    existing: Option<&TableEntry>,
) -> Result<(TableEntry, TableReport)> {
    let mut work = Work::new(context, plan.table, existing)?;
    let mut parts = Vec::with_capacity(plan.parts.len());
    let mut dirty = work.missing_files();
    dirty.extend(plan.gone.iter().flat_map(months_of));
    for planned in &plan.parts {
        let record = match &planned.before {
            Some(before) if !planned.is_read => before.clone(),
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
        (!months.is_empty()).then(|| PulledPart { months, ..gone.clone() })
    }));
    parts.sort_by(|a, b| a.name.cmp(&b.name));
    dirty.retain(|month| work.is_wanted(*month));
    for planned in plan.parts.iter().filter(|part| !part.is_read) {
        if planned.before.iter().flat_map(months_of).any(|month| dirty.contains(&month)) {
            work.read_again(planned, &dirty)?;
        }
    }
    for month in &dirty {
        work.write(*month)?;
    }
    let pulled = Pulled { source: context.source.name().to_owned(), at: context.now, parts };
    work.finish(plan, &dirty, pulled)
}

fn months_of(part: &PulledPart) -> Vec<Month> {
    part.months.iter().filter_map(|month| month.parse().ok()).collect()
}

/// The work on a table as it goes on.
struct Work<'a> {
    context: &'a Context<'a>,
    table: &'static Table,
    existing: Option<&'a TableEntry>,
    /// Those of the snapshot, replaced as months are written.
    files: BTreeMap<Month, MonthFile>,
    months: Months,
    /// Positions of the contract columns that the rows of a month have.
    columns: BTreeMap<Month, BTreeSet<usize>>,
    /// The same of every part that was read, with or without rows.
    found: BTreeSet<usize>,
    /// Parts without a row.
    empty_parts: Vec<String>,
    /// Whether the table's folder has files whose names are not known to be on the disk yet.
    has_written: bool,
    report: TableReport,
}

impl<'a> Work<'a> {
    fn new(context: &'a Context<'a>, table: &'static Table, existing: Option<&'a TableEntry>) -> Result<Work<'a>> {
        let mut files = BTreeMap::new();
        for entry in existing.iter().flat_map(|existing| &existing.files) {
            let month = Month::of_file(&entry.path).ok_or_else(|| Error::BadManifest {
                file: context.target.join(manifest::FILE_NAME).display().to_string(),
                reason: format!("{} is not named for a month", entry.path),
            })?;
            files.insert(month, MonthFile { entry: entry.clone(), dates: None });
        }
        Ok(Work {
            context,
            table,
            existing,
            files,
            months: Months::new(context.target, context.budget),
            columns: BTreeMap::new(),
            found: BTreeSet::new(),
            empty_parts: Vec::new(),
            has_written: false,
            report: TableReport::new(table),
        })
    }

    /// Months whose file somebody took away.
    fn missing_files(&self) -> BTreeSet<Month> {
        let missing = |file: &MonthFile| !self.context.target.join(&file.entry.path).is_file();
        self.files.iter().filter(|(_, file)| missing(file)).map(|(month, _)| *month).collect()
    }

    /// The wanted dates; all of a table that has none.
    fn dates(&self) -> DateRange {
        if self.table.is_dated() { self.context.dates } else { DateRange::default() }
    }

    /// Whether some date of a month is wanted.
    fn is_wanted(&self, month: Month) -> bool {
        let (Some(first), Some(last)) = (month.first_day(), month.last_day()) else { return true };
        let dates = self.dates();
        dates.from.is_none_or(|from| from <= last) && dates.to.is_none_or(|to| first <= to)
    }

    /// The months of a part, as it was when it was pulled, of which the snapshot has rows that are not pulled now.
    fn still_there(&self, before: &PulledPart) -> Vec<String> {
        let is_whole = |month: Month| {
            let ends = month.first_day().zip(month.last_day());
            ends.is_none_or(|(first, last)| self.dates().contains(first) && self.dates().contains(last))
        };
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
        let (mut rows, mut last) = (0, None);
        let mut misfits = Misfits::default();
        let mut is_empty = true;
        let (columns, months) = self.read(planned, |work, read, rows_before| {
            is_empty &= read.batch.num_rows() == 0;
            let sorted = work.months.add(&read.batch, |date| dates.contains(date))?;
            work.note_misfits(&label, &read, &sorted, rows_before, &mut misfits)?;
            rows += sorted.rows;
            last = last.max(sorted.last);
            Ok(sorted.months)
        })?;
        self.report.parts_read += 1;
        self.empty_parts.extend(is_empty.then(|| label.clone()));
        self.report.rows_read += rows;
        if columns.looks_cut_off {
            self.report.note(format!("{label} does not end with a line break; it may have been cut off"));
        }
        for (former, present) in columns.renamed {
            self.report.note(format!("{former} is taken as {present}, its name today"));
        }
        columns.notes.into_iter().for_each(|note| self.report.note(format!("{label}: {note}")));
        let mut months: BTreeSet<String> = months.iter().map(Month::to_string).collect();
        months.extend(before.iter().flat_map(|before| self.still_there(before)));
        let covers = now_covered(before.filter(|before| before.sha256.is_some() && before.sha256 == sha256), dates);
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
            misfits: misfits.count,
        };
        self.report.misfits.add(misfits);
        Ok(record)
    }

    /// Reads those rows of an unchanged part that are of months to be written again.
    fn read_again(&mut self, planned: &PlannedPart, dirty: &BTreeSet<Month>) -> Result<()> {
        let dates = self.dates();
        self.read(planned, |work, read, _| {
            let sorted =
                work.months.add(&read.batch, |date| dates.contains(date) && dirty.contains(&Month::of(date)))?;
            Ok(sorted.months)
        })?;
        Ok(())
    }

    /// Reads a part and hands each batch to `sort` with the number of rows before it, which returns the months it is of.
    fn read(
        &mut self,
        planned: &PlannedPart,
        mut sort: impl FnMut(&mut Self, ReadBatch, usize) -> Result<Vec<Month>>,
    ) -> Result<(PartColumns, BTreeSet<Month>)> {
        let ordinal = self.table.columns.iter().position(|column| column.name == ORDINAL);
        let (context, table) = (self.context, self.table);
        let mut months = BTreeSet::new();
        let mut rows_before = 0;
        let mut columns = context.source.read(table, &planned.part, self.dates(), &mut |mut read| {
            let rows = read.batch.num_rows();
            if let Some(at) = ordinal {
                read.batch = with_ordinals(&read.batch, at, self.report.rows_read as usize + rows_before)?;
            }
            months.extend(sort(self, read, rows_before)?);
            rows_before += rows;
            Ok(())
        })?;
        columns.present.extend(ordinal);
        self.found.extend(&columns.present);
        for month in &months {
            self.columns.entry(*month).or_default().extend(&columns.present);
        }
        self.report.bytes_read += columns.bytes.unwrap_or(planned.part.size);
        (context.progress)(planned.part.size);
        Ok((columns, months))
    }

    /// Counts what did not fit in a batch, or stops at it.
    fn note_misfits(
        &self,
        label: &str,
        read: &ReadBatch,
        sorted: &Sorted,
        rows_before: usize,
        misfits: &mut Misfits,
    ) -> Result<()> {
        for (column, row, value) in &read.misfits {
            self.is_lenient(label, column.name, *row, value, &column.kind.to_string())?;
            misfits.note(|| format!("{label}, row {row}: {value} does not fit {} {}", column.name, column.kind));
        }
        let misfit_rows: BTreeSet<usize> =
            read.misfits.iter().filter(|(column, ..)| column.name == "game_date").map(|(_, row, _)| *row).collect();
        let dateless = sorted.dateless.iter().map(|index| rows_before + index + 1);
        for row in dateless.filter(|row| !misfit_rows.contains(row)) {
            self.is_lenient(label, "game_date", row, "NULL", "DATE")?;
            misfits.note(|| format!("{label}, row {row}: without a game_date, left out"));
        }
        Ok(())
    }

    /// Whether a pull goes on at a value that does not fit.
    fn is_lenient(&self, file: &str, column: &'static str, row: usize, value: &str, expected: &str) -> Result<()> {
        if !self.context.strict {
            return Ok(());
        }
        let (file, table, value) = (file.to_owned(), self.table.name, value.to_owned());
        Err(Error::PullMisfit { file, table, column, row, value, expected: expected.to_owned() })
    }

    /// Writes a month again from the rows that were read, and those of dates that were not wanted from its file.
    fn write(&mut self, month: Month) -> Result<()> {
        let mut rows = self.months.take(month)?;
        let before = self.files.get(&month).map(|file| file.entry.clone());
        if rows.is_empty() {
            match before {
                Some(before) if self.context.target.join(&before.path).is_file() => {
                    self.report.months_kept.push(month.to_string());
                }
                Some(before) => {
                    self.report.note(format!("{} was taken away, and the source has no rows of {month}", before.path));
                    self.files.remove(&month);
                }
                None => {}
            }
            return Ok(());
        }
        let mut columns = self.columns.remove(&month).unwrap_or_default();
        let dates = self.dates();
        if let Some(before) = before.as_ref().filter(|_| dates != DateRange::default()) {
            columns.extend(self.read_rest(before, month, &mut rows)?);
        }
        let encoded = month_file::encode(self.table, month, &rows, &columns)?;
        let path = self.context.target.join(&encoded.file.entry.path);
        let is_there = std::fs::read(&path).is_ok_and(|bytes| bytes == encoded.bytes);
        if !is_there {
            let folder = self.context.target.join(self.table.name);
            self.context.disk.create_folder(&folder).map_err(|error| disk::failed(&folder, &error))?;
            disk::publish(self.context.disk, &path, &encoded.bytes)?;
        }
        self.has_written = true;
        if before.is_none_or(|before| before.sha256 != encoded.file.entry.sha256) {
            self.report.months_written.push(month.to_string());
        }
        self.files.insert(month, encoded.file);
        Ok(())
    }

    /// Adds the rows of a month's file whose dates are not wanted, and returns the columns that they have.
    fn read_rest(&self, file: &FileEntry, month: Month, rows: &mut Vec<RecordBatch>) -> Result<BTreeSet<usize>> {
        let dates = self.dates();
        let mut files = TableFiles::new(self.table);
        files.add(FileSource::File(self.context.target.join(&file.path)), Some(file.rows))?;
        let all: Vec<usize> = (0..self.table.columns.len()).collect();
        let mut rest = Months::new(self.context.target, usize::MAX);
        for file in files.files() {
            file.read(self.table, &all, |read| {
                rest.add(&read.batch, |date| !dates.contains(date))?;
                Ok(())
            })?;
        }
        let rest = rest.take(month)?;
        let has_rows = !rest.is_empty();
        rows.extend(rest);
        let columns = files.files().iter().flat_map(|file| file.columns().iter().enumerate());
        Ok(columns.filter(|(_, column)| has_rows && **column != Column::Absent).map(|(at, _)| at).collect())
    }

    /// What the manifest is to say of the table, and what happened.
    fn finish(
        mut self,
        plan: &TablePlan,
        dirty: &BTreeSet<Month>,
        pulled: Pulled,
    ) -> Result<(TableEntry, TableReport)> {
        let folder = self.context.target.join(self.table.name);
        if self.has_written {
            self.context.disk.sync(&folder).map_err(|error| disk::failed(&folder, &error))?;
        }
        match self.empty_parts.as_slice() {
            [] if self.report.parts_read > 0 && self.report.rows_read == 0 => {
                self.report.note("no rows of the wanted dates".to_owned());
            }
            [] => {}
            [only] => self.report.note(format!("{only} is empty")),
            [first, others @ ..] => self.report.note(format!("{first} and {} more are empty", others.len())),
        }
        let is_kept = self.files.keys().any(|month| !dirty.contains(month));
        let kept: &[String] = match self.existing {
            Some(existing) if is_kept || self.files.is_empty() => &existing.columns,
            _ => &[],
        };
        let found = |at: usize, name: &str| self.found.contains(&at) || kept.iter().any(|column| column == name);
        let columns = self.table.columns.iter().enumerate().filter(|(at, column)| found(*at, column.name));
        let columns = columns.map(|(_, column)| column.name.to_owned()).collect();
        // A file from before that comes first (or last) did so then.
        let before = self.existing.map(|existing| (existing.min_date, existing.max_date)).unwrap_or_default();
        let written = |file: Option<(&Month, &MonthFile)>| file.and_then(|(_, file)| file.dates);
        let min_date = written(self.files.first_key_value()).map_or(before.0, |(first, _)| Some(Day(first)));
        let max_date = written(self.files.last_key_value()).map_or(before.1, |(_, last)| Some(Day(last)));
        let entry = TableEntry {
            columns,
            rows: self.files.values().map(|file| file.entry.rows).sum(),
            min_date,
            max_date,
            files: self.files.into_values().map(|file| file.entry).collect(),
            pulled: Some(pulled),
        };
        self.report.describe(plan, &entry);
        Ok((entry, self.report))
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
