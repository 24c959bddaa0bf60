//! Rows, and values of whole columns, that are gone from a source: how many, and of which dates.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::Date32Type;

use crate::dates::{DateRange, Day};
use crate::error::Result;
use crate::snapshot::contract::Table;
use crate::snapshot::manifest::{FileEntry, GoneMonth};
use crate::snapshot::month::Month;
use crate::snapshot::{Source, TableFiles};

/// What there is of a date: its rows, and how many of them have a value in each column of the contract.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    pub rows: u64,
    pub values: Vec<u64>,
}

/// What there is by date; of an undated table by none.
pub type Counts = BTreeMap<Option<NaiveDate>, Held>;

/// What these batches, which have every column of the table, have of each date.
pub fn count(table: &Table, batches: &[RecordBatch]) -> Counts {
    let mut counts = Counts::new();
    for batch in batches {
        add(&mut counts, table, batch);
    }
    counts
}

/// What a month's file in the snapshot `folder` has of each date.
///
/// # Errors
/// The file cannot be read.
pub fn count_file(folder: &Path, table: &'static Table, file: &FileEntry) -> Result<Counts> {
    let all: Vec<usize> = (0..table.columns.len()).collect();
    let mut counts = Counts::new();
    each_batch(folder, table, file, &all, |batch| add(&mut counts, table, batch))?;
    Ok(counts)
}

/// The dates of a month's file in the snapshot `folder`; of an undated table none.
///
/// # Errors
/// Those of [`count_file`].
pub fn dates_of(folder: &Path, table: &'static Table, file: &FileEntry) -> Result<BTreeSet<NaiveDate>> {
    let at = table.columns.iter().position(|column| column.name == "game_date");
    let mut dates = BTreeSet::new();
    each_batch(folder, table, file, at.as_slice(), |batch| {
        dates.extend(dates_by_row(batch).into_iter().flatten().flatten());
    })?;
    Ok(dates)
}

fn each_batch(
    folder: &Path,
    table: &'static Table,
    file: &FileEntry,
    columns: &[usize],
    mut each: impl FnMut(&RecordBatch),
) -> Result<()> {
    let mut files = TableFiles::new(table);
    files.add(Source::File(folder.join(&file.path)), Some(file.rows))?;
    for file in files.files() {
        file.read(table, columns, |read| {
            each(&read.batch);
            Ok(())
        })?;
    }
    Ok(())
}

/// The date of each row, where the batch has dates.
fn dates_by_row(batch: &RecordBatch) -> Option<Vec<Option<NaiveDate>>> {
    let days = batch.column_by_name("game_date")?.as_primitive::<Date32Type>();
    let mut before = None;
    // Neighbours mostly have the same date.
    let date = |day: i32| match before {
        Some((same, date)) if same == day => date,
        _ => {
            let date = Date32Type::to_naive_date_opt(day);
            before = Some((day, date));
            date
        }
    };
    Some(days.iter().scan(date, |date, day| Some(day.and_then(&mut *date))).collect())
}

fn add(counts: &mut Counts, table: &Table, batch: &RecordBatch) {
    let dates = dates_by_row(batch);
    let mut places: BTreeMap<Option<NaiveDate>, usize> = BTreeMap::new();
    // Rows without a date are in no month of a dated table.
    let place_of = |row: usize| match &dates {
        Some(dates) => dates[row].map(Some),
        None => Some(None),
    };
    let rows: Vec<Option<usize>> = (0..batch.num_rows())
        .map(|row| {
            let date = place_of(row)?;
            let next = places.len();
            Some(*places.entry(date).or_insert(next))
        })
        .collect();
    let mut held = vec![Held { rows: 0, values: vec![0; table.columns.len()] }; places.len()];
    rows.iter().flatten().for_each(|place| held[*place].rows += 1);
    for (at, column) in batch.columns().iter().enumerate() {
        match column.logical_nulls().filter(|nulls| nulls.null_count() > 0) {
            None => held.iter_mut().for_each(|held| held.values[at] = held.rows),
            Some(nulls) => {
                let valid = rows.iter().enumerate().filter(|(row, _)| nulls.is_valid(*row));
                valid.filter_map(|(_, place)| *place).for_each(|place| held[place].values[at] += 1);
            }
        }
    }
    for (date, place) in places {
        let held = &held[place];
        let sum = counts.entry(date).or_insert_with(|| Held { rows: 0, values: vec![0; held.values.len()] });
        sum.rows += held.rows;
        sum.values.iter_mut().zip(&held.values).for_each(|(sum, values)| *sum += values);
    }
}

/// So many values do not go by half for being mended.
const MANY: u64 = 10;

/// Positions of contract columns of which some part with rows of a month has no value.
#[derive(Debug, Clone, Default)]
pub struct MissingColumns {
    /// It has no place for them.
    pub missing: BTreeSet<usize>,
    /// No row has a value of them, which may be by chance where most rows have none.
    pub empty: BTreeSet<usize>,
}

/// What of `dates` of a month is gone: rows of every date that has fewer `now` than there were `before`, and every column
/// whose values are gone ([`is_column_gone`]).
pub fn gone_of(
    table: &Table,
    month: Month,
    before: &Counts,
    now: &Counts,
    dates: DateRange,
    parts: &MissingColumns,
) -> Option<GoneMonth> {
    let mut gone = GoneMonth::of(month);
    let wanted = || before.iter().filter(|(date, _)| date.is_none_or(|date| dates.contains(date)));
    for (date, held) in wanted() {
        let rows = held.rows.saturating_sub(now.get(date).map_or(0, |now| now.rows));
        gone.rows_gone += rows;
        gone.dates.extend(date.filter(|_| rows > 0).map(|date| (Day(date), rows)));
    }
    let both: Vec<(&Held, &Held)> = wanted().filter_map(|(date, held)| Some((held, now.get(date)?))).collect();
    let columns = table.columns.iter().enumerate().filter(|(at, _)| is_column_gone(*at, &both, parts));
    gone.columns_gone.extend(columns.map(|(_, column)| column.name.to_owned()));
    gone.columns_gone.sort();
    gone.if_any()
}

/// Whether the values of the column at a position are gone, by what dates had before and have now: where a date has fewer
/// values and the column is missing from a part (or empty there, and most rows of the date had one); where of [`MANY`] values
/// of a date or of all not even half are left; or where most rows had one, and none has one any more. That some values are
/// fewer says nothing: production mends its rows.
fn is_column_gone(at: usize, dates: &[(&Held, &Held)], parts: &MissingColumns) -> bool {
    // Those of rows that are gone do not count besides.
    let values =
        |(before, now): &(&Held, &Held)| (before.values[at], now.values[at] + before.rows.saturating_sub(now.rows));
    let had_most = |(before, _): &(&Held, &Held)| 2 * before.values[at] > before.rows;
    let mut less = dates.iter().filter(|date| values(date).1 < values(date).0).peekable();
    let by_part = less.peek().is_some() && parts.missing.contains(&at);
    let by_emptiness = parts.empty.contains(&at) && less.any(had_most);
    let fell = |(had, left): (u64, u64)| had >= MANY && 2 * left < had;
    let all = dates.iter().map(values).fold((0, 0), |sum, values| (sum.0 + values.0, sum.1 + values.1));
    let by_number = fell(all) || dates.iter().map(values).any(fell);
    let rows: u64 = dates.iter().map(|(before, _)| before.rows).sum();
    let altogether = 2 * all.0 > rows && dates.iter().all(|(_, now)| now.values[at] == 0);
    by_part || by_emptiness || by_number || altogether
}

/// What is gone of a month of which no more is known than how many rows there were.
pub fn gone_of_all(month: Month, before: u64, now: &Counts) -> Option<GoneMonth> {
    let rows_gone = before.saturating_sub(now.values().map(|held| held.rows).sum());
    GoneMonth { rows_gone, ..GoneMonth::of(month) }.if_any()
}

/// What is known to be gone of a month after `dates` of it were looked at, of which `now` is gone; none where that is
/// nothing.
pub fn merged(before: Option<&GoneMonth>, now: Option<GoneMonth>, month: Month, dates: DateRange) -> Option<GoneMonth> {
    let mut merged = now.unwrap_or_else(|| GoneMonth::of(month));
    let unseen = before.into_iter().flat_map(|before| &before.dates).filter(|(date, _)| !dates.contains(date.0));
    for (date, rows) in unseen {
        merged.rows_gone += rows;
        merged.dates.insert(*date, *rows);
    }
    if !dates.covers(month.dates()) {
        merged.columns_gone.extend(before.into_iter().flat_map(|before| &before.columns_gone).cloned());
        merged.columns_gone.sort();
        merged.columns_gone.dedup();
    }
    merged.if_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::contract;

    fn table() -> &'static Table {
        contract::table("player_prop_predictions").unwrap()
    }

    fn line() -> usize {
        table().columns.iter().position(|column| column.name == "current_points_line").unwrap()
    }

    /// Rows by date, each with every value but so many of lines.
    fn counts(rows: &[(&str, u64, u64)]) -> Counts {
        let held = |rows: u64, without: u64| {
            let mut values = vec![rows; table().columns.len()];
            values[line()] -= without;
            Held { rows, values }
        };
        rows.iter().map(|(date, rows, without)| (date.parse().ok(), held(*rows, *without))).collect()
    }

    const MONTH: Month = Month::Of(2026, 1);

    fn said(before: &[(&str, u64, u64)], now: &[(&str, u64, u64)], missing: &[usize]) -> Option<String> {
        said_by(before, now, MissingColumns { missing: missing.iter().copied().collect(), ..MissingColumns::default() })
    }

    fn said_by(before: &[(&str, u64, u64)], now: &[(&str, u64, u64)], parts: MissingColumns) -> Option<String> {
        let found = gone_of(table(), MONTH, &counts(before), &counts(now), DateRange::default(), &parts);
        found.map(|gone| gone.said())
    }

    #[test]
    fn rows_of_a_date_are_gone_though_another_has_more() {
        let before = counts(&[("2026-01-04", 3, 0), ("2026-01-05", 2, 0)]);
        let now = counts(&[("2026-01-04", 9, 0)]);
        let none = MissingColumns::default();
        let said = |dates| gone_of(table(), MONTH, &before, &now, dates, &none).map(|gone| gone.said());
        assert_eq!(said(DateRange::default()), Some("2 rows fewer on 2026-01-05".to_owned()));
        let others = DateRange { from: None, to: "2026-01-04".parse().ok() };
        assert_eq!(said(others), None);
        assert_eq!(gone_of_all(MONTH, 10, &now).map(|gone| gone.said()), Some("1 row fewer".to_owned()));
    }

    #[test]
    fn a_column_that_is_empty_is_gone_where_most_rows_had_a_value() {
        let now = [("2026-01-04", 4, 4)];
        let gone = Some("fewer values of current_points_line".to_owned());
        assert_eq!(said(&[("2026-01-04", 4, 1)], &now, &[]), gone);
        assert_eq!(said(&[("2026-01-04", 4, 2)], &now, &[]), None, "a value that is rare may be mended away");
        assert_eq!(said(&[("2026-01-04", 4, 2)], &now, &[line()]), gone, "but not by a part without the column");
        assert_eq!(said(&[("2026-01-04", 4, 4)], &now, &[line()]), None, "there was none before");
        assert_eq!(said(&[("2026-01-04", 4, 0)], &[("2026-01-04", 4, 1)], &[]), None);
    }

    #[test]
    fn most_values_of_many_do_not_go_without_a_word() {
        let gone = Some("fewer values of current_points_line".to_owned());
        let others = ("2026-01-05", 90, 0);
        assert_eq!(said(&[("2026-01-04", 12, 0), others], &[("2026-01-04", 12, 7), others], &[]), gone, "of a date");
        assert_eq!(
            said(&[("2026-01-04", 12, 0), others], &[("2026-01-04", 12, 6), others], &[]),
            None,
            "half are left"
        );
        assert_eq!(said(&[("2026-01-04", 12, 7)], &[("2026-01-04", 12, 12)], &[]), None, "they were few");
        let small: Vec<_> = ["04", "05", "06", "07"].map(|day| format!("2026-01-{day}")).into();
        let of = |without: u64| small.iter().map(|day| (day.as_str(), 4, without)).collect::<Vec<_>>();
        assert_eq!(said(&of(0), &of(3), &[]), gone, "of all dates");
    }

    #[test]
    fn a_column_that_is_missing_from_a_part_is_told_by_date() {
        let before = [("2026-01-04", 4, 0), ("2026-01-05", 4, 0)];
        let now = [("2026-01-04", 40, 0), ("2026-01-05", 5, 2)];
        assert_eq!(said(&before, &now, &[line()]), Some("fewer values of current_points_line".to_owned()));
        let fewer_rows = [("2026-01-04", 4, 0), ("2026-01-05", 3, 0)];
        assert_eq!(said(&before, &fewer_rows, &[line()]), Some("1 row fewer on 2026-01-05".to_owned()));
        let both = Some("1 row fewer on 2026-01-05 and fewer values of current_points_line".to_owned());
        assert_eq!(said(&before, &[("2026-01-04", 4, 0), ("2026-01-05", 3, 1)], &[line()]), both);
    }

    #[test]
    fn a_column_that_is_empty_in_a_part_is_told_by_date_where_most_rows_had_a_value() {
        let empty = || MissingColumns { empty: [line()].into(), ..MissingColumns::default() };
        let gone = Some("fewer values of current_points_line".to_owned());
        assert_eq!(said_by(&[("2026-01-04", 4, 1)], &[("2026-01-04", 4, 2)], empty()), gone);
        assert_eq!(said_by(&[("2026-01-04", 4, 2)], &[("2026-01-04", 4, 3)], empty()), None);
    }

    #[test]
    fn of_what_was_not_looked_at_is_gone_what_was() {
        let all = DateRange::default();
        let of = |rows: &[(&str, u64, u64)]| {
            gone_of(table(), MONTH, &counts(rows), &Counts::new(), all, &MissingColumns::default())
        };
        let before = of(&[("2026-01-04", 3, 0), ("2026-01-20", 2, 0)]);
        let late = DateRange { from: "2026-01-10".parse().ok(), to: None };
        assert_eq!(merged(before.as_ref(), None, MONTH, late), of(&[("2026-01-04", 3, 0)]));
        assert_eq!(
            merged(before.as_ref(), of(&[("2026-01-21", 1, 0)]), MONTH, late),
            of(&[("2026-01-04", 3, 0), ("2026-01-21", 1, 0)])
        );
        assert_eq!(merged(before.as_ref(), None, MONTH, all), None);
        let columns = GoneMonth { columns_gone: vec!["is_active".to_owned()], ..GoneMonth::of(MONTH) };
        assert_eq!(merged(Some(&columns), None, MONTH, late), Some(columns.clone()));
        assert_eq!(merged(Some(&columns), None, MONTH, all), None);
    }
}
