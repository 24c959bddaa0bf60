//! Writing a table's months again, or keeping them where rows or columns of them are gone from the source.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use datafusion::arrow::array::RecordBatch;

use super::gone::{self, Counts, MissingColumns};
use super::month_file::{self, MonthFile};
use super::months::Months;
use super::table::{Damage, Work};
use crate::count::counted_as;
use crate::dates::{DateRange, Day};
use crate::error::{PullError, Result};
use crate::file;
use crate::pull::disk;
use crate::pull::plan::TablePlan;
use crate::pull::report::{Gone, Outcome, TableReport};
use crate::snapshot::manifest::{FileEntry, GoneMonth, Pulled, TableEntry};
use crate::snapshot::month::Month;
use crate::snapshot::{Source as FileSource, TableFiles};

impl Work<'_> {
    /// Writes a month again from the rows that were read, and those of dates that were not wanted from its file; unless
    /// rows or columns that the file has are gone from the source.
    pub(super) fn write(&mut self, month: Month) -> Result<()> {
        let mut rows = self.incoming.months.take(month)?;
        let Some(before) = self.stored.files.get(&month).map(|file| file.entry.clone()) else {
            let columns = self.incoming.columns.remove(&month).unwrap_or_default();
            if rows.is_empty() {
                return Ok(());
            }
            self.forget_returned(month, 0, &rows);
            return self.publish(month, &rows, &columns);
        };
        let mut columns = self.incoming.columns.get(&month).cloned().unwrap_or_default();
        if let Some(damage) = self.stored.damaged.get(&month).copied() {
            self.restore(month, damage, &before, &rows)?;
        } else {
            let held = gone::count_file(self.context.target, self.table, &before)?;
            let gone = self.gone_of(month, &held, &gone::count(self.table, &rows));
            let earlier = self.kept.remove(&month);
            let is_kept = gone.as_ref().is_some_and(|gone| !self.is_letting_go(gone));
            if let Some(gone) = gone.as_ref().filter(|_| !is_kept) {
                self.report.gone.push(Gone::of(gone, Outcome::LetGo));
            }
            let known = gone.clone().filter(|_| is_kept);
            let merged = gone::merged(earlier.as_ref(), known, month, self.dates());
            self.kept.extend(merged.map(|kept| (month, kept)));
            // Nothing to write: what the file has is to stay, or nothing of it was asked for.
            if is_kept || (rows.is_empty() && gone.is_none()) {
                return Ok(());
            }
            if self.dates() != DateRange::default() {
                columns.extend(self.read_rest(&before, month, &mut rows)?);
            }
        }
        if rows.is_empty() {
            self.stored.files.remove(&month);
            return Ok(());
        }
        self.forget_returned(month, before.rows, &rows);
        self.publish(month, &rows, &columns)
    }

    /// Whether what is gone from the source goes from the snapshot too. Rows that may be there without a date are not gone.
    fn is_letting_go(&self, gone: &GoneMonth) -> bool {
        self.context.accept_gone && (gone.rows_gone == 0 || self.incoming.rows_left_out < gone.rows_gone)
    }

    /// Notes what is gone of a month whose file is damaged.
    ///
    /// # Errors
    /// Rows of a file that is there are gone from the source: it may be all that is left of them.
    fn restore(&mut self, month: Month, damage: Damage, before: &FileEntry, rows: &[RecordBatch]) -> Result<()> {
        let rows_gone = gone::gone_of_all(month, before.rows, &gone::count(self.table, rows));
        if let Some(gone) = rows_gone.as_ref().filter(|_| damage == Damage::Altered) {
            let file = self.context.target.join(&before.path).display().to_string();
            return Err(PullError::Irreplaceable { file, lost: gone.said() }.into());
        }
        let mut gone = rows_gone.unwrap_or_else(|| GoneMonth::of(month));
        gone.columns_gone = self.columns_gone(month);
        let what = match damage {
            Damage::TakenAway => "was taken away",
            Damage::Altered => "was damaged",
        };
        self.kept.remove(&month);
        match gone.if_any() {
            None => self.report.note(format!("{} {what}; it is written anew", before.path)),
            Some(mut gone) => {
                self.report.note(format!("{} {what}, and the source does not have all of it", before.path));
                if let Some(earlier) = self.gone.remove(&month) {
                    gone.rows_gone = gone.rows_gone.saturating_add(earlier.rows_gone);
                    gone.columns_gone.extend(earlier.columns_gone);
                    gone.columns_gone.sort();
                    gone.columns_gone.dedup();
                }
                self.gone.insert(month, gone);
            }
        }
        Ok(())
    }

    /// Forgets what was gone of a month if as many rows have come, to those that there were without them, and its columns are
    /// there. Whether they are the same rows cannot be told.
    fn forget_returned(&mut self, month: Month, before: u64, rows: &[RecordBatch]) {
        let Some(gone) = self.gone.get(&month).filter(|_| !self.stored.damaged.contains_key(&month)) else { return };
        let rows: u64 = rows.iter().map(|batch| batch.num_rows() as u64).sum();
        let missing = self.columns_missing(month);
        let has_columns = !gone.columns_gone.iter().any(|gone| missing.contains(&gone.as_str()));
        if rows >= before.saturating_add(gone.rows_gone) && has_columns {
            self.gone.remove(&month);
        }
    }

    /// The columns that are missing from some part with rows of a month, or empty in it.
    fn columns_missing(&self, month: Month) -> Vec<&'static str> {
        let missing = self.incoming.columns_missing.get(&month).into_iter();
        let at = missing.flat_map(|columns| columns.missing.iter().chain(&columns.empty));
        at.map(|at| self.table.columns[*at].name).collect()
    }

    /// Those that the table had and that no part with rows of the month has.
    fn columns_gone(&self, month: Month) -> Vec<String> {
        let had = self.existing.map_or(&[][..], |existing| &existing.columns);
        let there: Vec<&str> =
            self.incoming.columns.get(&month).into_iter().flatten().map(|at| self.table.columns[*at].name).collect();
        let mut gone: Vec<String> = self.columns_missing(month).into_iter().map(str::to_owned).collect();
        gone.retain(|name| had.contains(name) && !there.contains(&name.as_str()));
        gone.sort();
        gone.dedup();
        gone
    }

    /// Says no more of what is gone of months of which some date is wanted.
    pub(super) fn let_go_of_gone(&mut self) {
        let wanted: Vec<Month> = self.gone.keys().copied().filter(|month| self.is_wanted(*month)).collect();
        let let_go = wanted.iter().filter_map(|month| self.gone.remove(month));
        self.report.gone.extend(let_go.map(|gone| Gone::of(&gone, Outcome::LetGo)));
    }

    /// What is gone of a month, of whose wanted dates its file has `held` and the source `now`.
    fn gone_of(&self, month: Month, held: &Counts, now: &Counts) -> Option<GoneMonth> {
        let none = MissingColumns::default();
        let parts = self.incoming.columns_missing.get(&month).unwrap_or(&none);
        gone::gone_of(self.table, month, held, now, self.dates(), parts)
    }

    fn publish(&mut self, month: Month, rows: &[RecordBatch], columns: &BTreeSet<usize>) -> Result<()> {
        let encoded = month_file::encode(self.table, month, rows, columns)?;
        let path = self.context.target.join(&encoded.file.entry.path);
        let is_there = file::read(&path).is_ok_and(|bytes| bytes == encoded.bytes);
        if !is_there {
            let folder = self.context.target.join(self.table.name);
            self.context.disk.create_folder(&folder).map_err(|error| disk::failed(&folder, error))?;
            disk::publish(self.context.disk, &path, &encoded.bytes)?;
        }
        self.stored.written.insert(month);
        self.incoming.found.extend(columns);
        if self.stored.files.get(&month).is_none_or(|before| before.entry.sha256 != encoded.file.entry.sha256) {
            self.report.months_written.push(month.to_string());
        }
        self.stored.files.insert(month, encoded.file);
        Ok(())
    }

    /// Adds the rows of a month's file whose dates are not wanted, and returns the columns that they have.
    fn read_rest(&self, file: &FileEntry, month: Month, rows: &mut Vec<RecordBatch>) -> Result<BTreeSet<usize>> {
        let dates = self.dates();
        let mut files = TableFiles::new(self.table);
        files.add(FileSource::File(self.context.target.join(&file.path)), Some(file.rows))?;
        let all: Vec<usize> = (0..self.table.columns.len()).collect();
        let mut rest = Months::new(self.table, self.context.target, usize::MAX, self.context.room);
        for file in files.files() {
            file.read(self.table, &all, |read| {
                rest.add(&read.batch, |date| !dates.contains(date))?;
                Ok(())
            })?;
        }
        let rest = rest.take(month)?;
        let has_rows = !rest.is_empty();
        rows.extend(rest);
        let mut present = BTreeSet::new();
        for file in files.files().iter().filter(|_| has_rows) {
            let columns = file.columns()?.iter().enumerate();
            present.extend(columns.filter(|(_, column)| !column.is_missing()).map(|(at, _)| at));
        }
        Ok(present)
    }

    /// Says where a column that is missing could have gone, if it is kept, or another one has its name in its own.
    fn note_missing_columns(&mut self, kept: &[GoneMonth]) {
        for (at, missing) in &self.incoming.parts_missing {
            let name = self.table.columns[*at].name;
            let is_kept = kept.iter().any(|kept| kept.columns_gone.iter().any(|column| column == name));
            let is_renamed = |near: &String| near.contains(name) || name.contains(near.as_str());
            if !is_kept && !missing.near.as_ref().is_some_and(is_renamed) {
                continue;
            }
            let more = if missing.parts > 1 { format!(" (and {} more)", missing.parts - 1) } else { String::new() };
            let near = missing.near.as_ref();
            let near = near.map(|near| format!("; '{near}' is there, which is no column of the table"));
            self.report.note(format!("{}{more} has no {name}{}", missing.part, near.unwrap_or_default()));
        }
        let may_be_there = |kept: &GoneMonth| kept.rows_gone > 0 && kept.rows_gone <= self.incoming.rows_left_out;
        if self.context.accept_gone && kept.iter().any(may_be_there) {
            let note = "not all is let go of, since rows without a game_date may be those that seem to be gone; mend them first";
            self.report.note(note.to_owned());
        }
    }

    /// What the manifest is to say of the table, and what happened.
    pub(super) fn finish(mut self, plan: &TablePlan, pulled: Pulled) -> Result<(TableEntry, TableReport)> {
        let folder = self.context.target.join(self.table.name);
        if !self.stored.written.is_empty() {
            self.context.disk.sync(&folder).map_err(|error| disk::failed(&folder, error))?;
        }
        match self.incoming.empty_parts.as_slice() {
            [] if self.report.parts_read > 0 && self.report.rows_read == 0 => {
                self.report.note("no rows of the wanted dates".to_owned());
            }
            [] => {}
            [only] => self.report.note(format!("{only} is empty")),
            [first, others @ ..] => self.report.note(format!("{first} and {} more are empty", others.len())),
        }
        self.note_missing_columns(&pulled.kept);
        self.report.gone.extend(pulled.kept.iter().map(|kept| Gone::of(kept, Outcome::Kept)));
        self.report.gone.extend(pulled.gone.iter().map(|gone| Gone::of(gone, Outcome::Gone)));
        self.report.gone.sort_by(|a, b| a.month.cmp(&b.month));
        let is_kept = self.stored.files.keys().any(|month| !self.stored.written.contains(month));
        let kept: &[String] = match self.existing {
            Some(existing) if is_kept || self.stored.files.is_empty() => &existing.columns,
            _ => &[],
        };
        let found =
            |at: usize, name: &str| self.incoming.found.contains(&at) || kept.iter().any(|column| column == name);
        let columns = self.table.columns.iter().enumerate().filter(|(at, column)| found(*at, column.name));
        let columns = columns.map(|(_, column)| column.name.to_owned()).collect();
        let first = self.stored.files.first_key_value().map(|(_, file)| self.ends(file)).transpose()?.flatten();
        let last = self.stored.files.last_key_value().map(|(_, file)| self.ends(file)).transpose()?.flatten();
        let entry = TableEntry {
            columns,
            rows: self.stored.files.values().map(|file| file.entry.rows).sum(),
            min_date: first.map(|(first, _)| Day(first)),
            max_date: last.map(|(_, last)| Day(last)),
            files: self.stored.files.into_values().map(|file| file.entry).collect(),
            pulled: Some(pulled),
        };
        self.report.describe(plan, &entry);
        let repeated: u64 = entry.files.iter().map(|file| file.repeated).sum();
        if repeated > 0 {
            let rows = counted_as(repeated, "row is", "rows are");
            self.report.note(format!("{rows} the same as another one in every column"));
        }
        Ok((entry, self.report))
    }

    /// The first and last date of a month's file. Of one from before, the manifest from before says the end at which it lay.
    fn ends(&self, file: &MonthFile) -> Result<Option<(NaiveDate, NaiveDate)>> {
        if file.dates.is_some() || !self.table.is_dated() {
            return Ok(file.dates);
        }
        if let Some(existing) = self.existing {
            let is = |other: Option<&FileEntry>| other.is_some_and(|other| other.path == file.entry.path);
            let (is_first, is_last) = (is(existing.files.first()), is(existing.files.last()));
            let (min, max) = (existing.min_date.map(|day| day.0), existing.max_date.map(|day| day.0));
            let is_only_one = self.stored.files.len() == 1;
            if (is_first && is_last) || (!is_only_one && (is_first || is_last)) {
                return Ok(min.zip(max));
            }
        }
        let dates = gone::dates_of(self.context.target, self.table, &file.entry)?;
        Ok(dates.first().copied().zip(dates.last().copied()))
    }
}
