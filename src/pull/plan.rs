//! What of a source is new: each part against what the manifest says of it.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::source::{Names, Part, Source};
use crate::dates::DateRange;
use crate::error::Result;
use crate::snapshot::contract::Table;
use crate::snapshot::manifest::{PulledPart, TableEntry};
use crate::snapshot::numbered;

/// A table's parts, and what is known of them.
#[derive(Debug)]
pub struct TablePlan {
    pub table: &'static Table,
    pub parts: Vec<PlannedPart>,
    /// Parts that were pulled and are not there any more.
    pub gone: Vec<PulledPart>,
}

/// A part, and how it was when it was last read.
#[derive(Debug)]
pub struct PlannedPart {
    pub part: Part,
    pub before: Option<PulledPart>,
    /// Whether it has any wanted date: how it is now is of no matter to a pull that does not want it.
    pub is_wanted: bool,
    /// Whether it has to be read, since it is new, to be read again, other than before, or only some of its dates were wanted
    /// before.
    pub is_read: bool,
    /// Of its contents, as far as they had to be looked at to tell.
    pub sha256: Option<String>,
}

impl TablePlan {
    /// Has all parts read where the snapshot has none of the table's numbered columns and the source has: it was pulled when
    /// they were left out.
    ///
    /// # Errors
    /// A part cannot be read.
    pub fn look_for_numbered(&mut self, source: &dyn Source, entry: Option<&TableEntry>) -> Result<()> {
        let is_further =
            |names: &mut dyn Iterator<Item = &str>| !std::ptr::eq(self.table.with_numbered(names), self.table);
        let Some(entry) = entry.filter(|_| self.table.name == numbered::TABLE) else { return Ok(()) };
        if is_further(&mut entry.columns.iter().map(String::as_str)) {
            return Ok(());
        }
        let Some(unread) = self.parts.iter().find(|part| part.is_wanted && !part.is_read) else { return Ok(()) };
        let names = source.column_names(self.table, &unread.part, Names::OfFirstRows)?;
        if is_further(&mut names.iter().map(String::as_str)) {
            self.parts.iter_mut().filter(|part| part.is_wanted).for_each(|part| part.is_read = true);
        }
        Ok(())
    }

    /// The table with the numbered columns that the snapshot has, and those of the parts to be read.
    ///
    /// # Errors
    /// A part cannot be read.
    pub fn table_with_numbered(&self, source: &dyn Source, entry: Option<&TableEntry>) -> Result<&'static Table> {
        if self.table.name != numbered::TABLE {
            return Ok(self.table);
        }
        let mut names: BTreeSet<String> = entry.iter().flat_map(|entry| &entry.columns).cloned().collect();
        for planned in self.parts.iter().filter(|planned| planned.is_read) {
            names.extend(source.column_names(self.table, &planned.part, Names::OfAllRows)?);
        }
        Ok(self.table.with_numbered(names.iter().map(String::as_str)))
    }

    pub fn is_nothing_new(&self) -> bool {
        self.gone.is_empty() && self.parts.iter().all(|part| !part.is_read)
    }
}

/// Finds out which parts of `table` have to be read for `dates`. A part that reaches beyond the date `since` may have
/// changed lately, so its contents are looked at where its etag proves little.
///
/// # Errors
/// A part cannot be read.
pub fn plan(
    source: &dyn Source,
    table: &'static Table,
    parts: &[Part],
    before: &[PulledPart],
    dates: DateRange,
    since: Option<NaiveDate>,
) -> Result<TablePlan> {
    // An undated table is read whole or not at all.
    let dates = if table.is_dated() { dates } else { DateRange::default() };
    let mut planned = Vec::with_capacity(parts.len());
    for part in parts {
        let before = before.iter().find(|before| before.name == part.name).cloned();
        let wanted = part.dates.overlap(dates);
        let (is_read, sha256) = match (wanted, &before) {
            (None, Some(_)) => (false, None),
            // It is no matter of this pull.
            (None, None) => continue,
            (Some(wanted), Some(before)) if !before.read_again && covered(before).covers(wanted) => {
                is_changed(source, part, before, since)?
            }
            (Some(_), _) => (true, None),
        };
        planned.push(PlannedPart { part: part.clone(), before, is_wanted: wanted.is_some(), is_read, sha256 });
    }
    let gone = before.iter().filter(|before| !parts.iter().any(|part| part.name == before.name)).cloned();
    let mut plan = TablePlan { table, parts: planned, gone: gone.collect() };
    if !table.is_dated() && !plan.is_nothing_new() {
        plan.parts.iter_mut().for_each(|part| part.is_read = true);
    }
    Ok(plan)
}

/// The dates of a part that were read.
fn covered(part: &PulledPart) -> DateRange {
    DateRange { from: part.from.map(|day| day.0), to: part.to.map(|day| day.0) }
}

/// The dates of a part that are in the snapshot once `dates` of it have been read, where it was `before`.
pub fn now_covered(before: Option<&PulledPart>, dates: DateRange) -> DateRange {
    match before.map(covered) {
        Some(before) if before.touches(dates) => before.joined(dates),
        _ => dates,
    }
}

fn is_changed(
    source: &dyn Source,
    part: &Part,
    before: &PulledPart,
    since: Option<NaiveDate>,
) -> Result<(bool, Option<String>)> {
    let looks_the_same = part.size == before.size && part.etag.is_some() && part.etag == before.etag;
    let is_late = before.last.is_none_or(|last| since.is_none_or(|since| last.0 > since));
    if is_late && before.last.is_some() && part.dates != DateRange::default() {
        return Ok((true, None));
    }
    if looks_the_same && !is_late {
        return Ok((false, before.sha256.clone()));
    }
    match source.checksum(part)? {
        Some(now) => Ok((before.sha256.as_ref() != Some(&now), Some(now))),
        None => Ok((!looks_the_same, None)),
    }
}
