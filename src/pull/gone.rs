//! Rows that a source does not have any more: how many, and of which dates.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Date32Type;

use super::source::DateRange;
use crate::error::Result;
use crate::snapshot::contract::Table;
use crate::snapshot::manifest::{Day, FileEntry, KeptMonth};
use crate::snapshot::month::Month;
use crate::snapshot::{Source, TableFiles};

/// Rows by their date; those of an undated table by none.
pub type Counts = BTreeMap<Option<NaiveDate>, u64>;

/// The rows of these batches by date.
pub fn count(batches: &[RecordBatch]) -> Counts {
    let mut counts = Counts::new();
    for batch in batches {
        add(&mut counts, batch);
    }
    counts
}

/// The rows of a month's file in the snapshot `folder` by date.
///
/// # Errors
/// The file cannot be read, or is not the one that the manifest names.
pub fn count_file(folder: &Path, table: &'static Table, file: &FileEntry) -> Result<Counts> {
    let Some(at) = table.columns.iter().position(|column| column.name == "game_date") else {
        return Ok(Counts::from([(None, file.rows)]));
    };
    let mut files = TableFiles::new(table);
    files.add(Source::File(folder.join(&file.path)), Some(file.rows))?;
    let mut counts = Counts::new();
    for file in files.files() {
        file.read(table, &[at], |read| {
            add(&mut counts, &read.batch);
            Ok(())
        })?;
    }
    Ok(counts)
}

fn add(counts: &mut Counts, batch: &RecordBatch) {
    let Some(days) = batch.column_by_name("game_date") else {
        *counts.entry(None).or_default() += batch.num_rows() as u64;
        return;
    };
    let mut by_day: BTreeMap<i32, u64> = BTreeMap::new();
    days.as_primitive::<Date32Type>().iter().flatten().for_each(|day| *by_day.entry(day).or_default() += 1);
    for (day, rows) in by_day {
        *counts.entry(Date32Type::to_naive_date_opt(day)).or_default() += rows;
    }
}

/// What the source lacks of `dates` of a month: of every date that it has fewer rows of `now` than there were `before`.
pub fn lacking(month: Month, before: &Counts, now: &Counts, dates: DateRange) -> Option<KeptMonth> {
    let mut lacking = KeptMonth { month: month.to_string(), rows: 0, dates: BTreeMap::new() };
    for (date, rows) in before.iter().filter(|(date, _)| date.is_none_or(|date| dates.contains(date))) {
        let rows = rows.saturating_sub(now.get(date).copied().unwrap_or_default());
        lacking.rows += rows;
        lacking.dates.extend(date.filter(|_| rows > 0).map(|date| (Day(date), rows)));
    }
    (lacking.rows > 0).then_some(lacking)
}

/// The same of a month of which no more is known than how many rows there were.
pub fn lacking_of_all(month: Month, before: u64, now: &Counts) -> Option<KeptMonth> {
    let rows = before.saturating_sub(now.values().sum());
    (rows > 0).then(|| KeptMonth { month: month.to_string(), rows, dates: BTreeMap::new() })
}

/// What is known of a month after `dates` of it were looked at and found to lack `now`; none where it lacks nothing.
pub fn merged(before: Option<&KeptMonth>, now: Option<KeptMonth>, month: Month, dates: DateRange) -> Option<KeptMonth> {
    let mut merged = now.unwrap_or_else(|| KeptMonth { month: month.to_string(), rows: 0, dates: BTreeMap::new() });
    let unseen = before.into_iter().flat_map(|before| &before.dates).filter(|(date, _)| !dates.contains(date.0));
    for (date, rows) in unseen {
        merged.rows += rows;
        merged.dates.insert(*date, *rows);
    }
    (merged.rows > 0).then_some(merged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(rows: &[(&str, u64)]) -> Counts {
        rows.iter().map(|(date, rows)| (date.parse().ok(), *rows)).collect()
    }

    #[test]
    fn a_date_with_fewer_rows_is_lacking_though_another_has_more() {
        let (before, now) = (counts(&[("2026-01-04", 3), ("2026-01-05", 2)]), counts(&[("2026-01-04", 9)]));
        let month = Month::Of(2026, 1);
        let lacking = |dates| lacking(month, &before, &now, dates).map(|lacking| lacking.said());
        assert_eq!(lacking(DateRange::default()), Some("2 rows fewer on 2026-01-05".to_owned()));
        let others = DateRange { from: None, to: "2026-01-04".parse().ok() };
        assert_eq!(lacking(others), None);
        assert_eq!(lacking_of_all(month, 10, &now).map(|lacking| lacking.said()), Some("1 row fewer".to_owned()));
    }

    #[test]
    fn what_was_not_looked_at_lacks_what_it_did() {
        let month = Month::Of(2026, 1);
        let all = DateRange::default();
        let of = |rows: &[(&str, u64)]| lacking(month, &counts(rows), &Counts::new(), all);
        let before = of(&[("2026-01-04", 3), ("2026-01-20", 2)]);
        let late = DateRange { from: "2026-01-10".parse().ok(), to: None };
        assert_eq!(merged(before.as_ref(), None, month, late), of(&[("2026-01-04", 3)]));
        assert_eq!(
            merged(before.as_ref(), of(&[("2026-01-21", 1)]), month, late),
            of(&[("2026-01-04", 3), ("2026-01-21", 1)])
        );
        assert_eq!(merged(before.as_ref(), None, month, all), None);
    }
}
