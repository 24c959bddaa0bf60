//! Rows, and values of whole columns, that a source does not have any more: how many, and of which dates.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::Date32Type;

use crate::dates::{DateRange, Day};
use crate::error::Result;
use crate::snapshot::contract::Table;
use crate::snapshot::manifest::{FileEntry, KeptMonth};
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

/// Positions of contract columns that some part with rows of a month lacks.
#[derive(Debug, Clone, Default)]
pub struct Lacking {
    /// It has no place for them.
    pub absent: BTreeSet<usize>,
    /// No row has a value of them, which may be by chance where most rows have none.
    pub silent: BTreeSet<usize>,
}

/// What the source lacks of `dates` of a month: of every date that it has fewer rows of `now` than there were `before`, and
/// of every column whose values it has lost ([`has_lost`]).
pub fn lacking(
    table: &Table,
    month: Month,
    before: &Counts,
    now: &Counts,
    dates: DateRange,
    parts: &Lacking,
) -> Option<KeptMonth> {
    let mut lacking = KeptMonth::of(month);
    let wanted = || before.iter().filter(|(date, _)| date.is_none_or(|date| dates.contains(date)));
    for (date, held) in wanted() {
        let rows = held.rows.saturating_sub(now.get(date).map_or(0, |now| now.rows));
        lacking.rows += rows;
        lacking.dates.extend(date.filter(|_| rows > 0).map(|date| (Day(date), rows)));
    }
    let both: Vec<(&Held, &Held)> = wanted().filter_map(|(date, held)| Some((held, now.get(date)?))).collect();
    let columns = table.columns.iter().enumerate().filter(|(at, _)| has_lost(*at, &both, parts));
    lacking.columns.extend(columns.map(|(_, column)| column.name.to_owned()));
    lacking.columns.sort();
    lacking.is_something()
}

/// Whether a source has lost the values of the column at a position, by what dates had before and have now: where a date has
/// fewer values and a part is without the column (is silent of one that most rows of the date had); where of [`MANY`] values
/// of a date or of all not even half are left; or where most rows had one, and none has one any more. Some values fewer are
/// no loss: production mends its rows.
fn has_lost(at: usize, dates: &[(&Held, &Held)], parts: &Lacking) -> bool {
    // Those of rows that are gone are not lost besides.
    let values =
        |(before, now): &(&Held, &Held)| (before.values[at], now.values[at] + before.rows.saturating_sub(now.rows));
    let had_most = |(before, _): &(&Held, &Held)| 2 * before.values[at] > before.rows;
    let mut less = dates.iter().filter(|date| values(date).1 < values(date).0).peekable();
    let by_part = less.peek().is_some() && parts.absent.contains(&at);
    let by_silence = parts.silent.contains(&at) && less.any(had_most);
    let fell = |(had, left): (u64, u64)| had >= MANY && 2 * left < had;
    let all = dates.iter().map(values).fold((0, 0), |sum, values| (sum.0 + values.0, sum.1 + values.1));
    let by_number = fell(all) || dates.iter().map(values).any(fell);
    let rows: u64 = dates.iter().map(|(before, _)| before.rows).sum();
    let altogether = 2 * all.0 > rows && dates.iter().all(|(_, now)| now.values[at] == 0);
    by_part || by_silence || by_number || altogether
}

/// What the source lacks of a month of which no more is known than how many rows there were.
pub fn lacking_of_all(month: Month, before: u64, now: &Counts) -> Option<KeptMonth> {
    let rows = before.saturating_sub(now.values().map(|held| held.rows).sum());
    KeptMonth { rows, ..KeptMonth::of(month) }.is_something()
}

/// What is known of a month after `dates` of it were looked at and found to lack `now`; none where it lacks nothing.
pub fn merged(before: Option<&KeptMonth>, now: Option<KeptMonth>, month: Month, dates: DateRange) -> Option<KeptMonth> {
    let mut merged = now.unwrap_or_else(|| KeptMonth::of(month));
    let unseen = before.into_iter().flat_map(|before| &before.dates).filter(|(date, _)| !dates.contains(date.0));
    for (date, rows) in unseen {
        merged.rows += rows;
        merged.dates.insert(*date, *rows);
    }
    if !dates.covers(month.dates()) {
        merged.columns.extend(before.into_iter().flat_map(|before| &before.columns).cloned());
        merged.columns.sort();
        merged.columns.dedup();
    }
    merged.is_something()
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

    /// Rows by date, each with every value but those of lines that are said to be missing.
    fn counts(rows: &[(&str, u64, u64)]) -> Counts {
        let held = |rows: u64, without: u64| {
            let mut values = vec![rows; table().columns.len()];
            values[line()] -= without;
            Held { rows, values }
        };
        rows.iter().map(|(date, rows, without)| (date.parse().ok(), held(*rows, *without))).collect()
    }

    const MONTH: Month = Month::Of(2026, 1);

    fn said(before: &[(&str, u64, u64)], now: &[(&str, u64, u64)], absent: &[usize]) -> Option<String> {
        said_by(before, now, Lacking { absent: absent.iter().copied().collect(), ..Lacking::default() })
    }

    fn said_by(before: &[(&str, u64, u64)], now: &[(&str, u64, u64)], parts: Lacking) -> Option<String> {
        let found = lacking(table(), MONTH, &counts(before), &counts(now), DateRange::default(), &parts);
        found.map(|lacking| lacking.said())
    }

    #[test]
    fn a_date_with_fewer_rows_is_lacking_though_another_has_more() {
        let before = counts(&[("2026-01-04", 3, 0), ("2026-01-05", 2, 0)]);
        let now = counts(&[("2026-01-04", 9, 0)]);
        let lacking =
            |dates| lacking(table(), MONTH, &before, &now, dates, &Lacking::default()).map(|lacking| lacking.said());
        assert_eq!(lacking(DateRange::default()), Some("2 rows fewer on 2026-01-05".to_owned()));
        let others = DateRange { from: None, to: "2026-01-04".parse().ok() };
        assert_eq!(lacking(others), None);
        assert_eq!(lacking_of_all(MONTH, 10, &now).map(|lacking| lacking.said()), Some("1 row fewer".to_owned()));
    }

    #[test]
    fn a_column_without_any_value_is_lost_where_most_rows_had_one() {
        let now = [("2026-01-04", 4, 4)];
        let lost = Some("fewer values of current_points_line".to_owned());
        assert_eq!(said(&[("2026-01-04", 4, 1)], &now, &[]), lost);
        assert_eq!(said(&[("2026-01-04", 4, 2)], &now, &[]), None, "a value that is rare may be mended away");
        assert_eq!(said(&[("2026-01-04", 4, 2)], &now, &[line()]), lost, "but not by a part without the column");
        assert_eq!(said(&[("2026-01-04", 4, 4)], &now, &[line()]), None, "there was none before");
        assert_eq!(said(&[("2026-01-04", 4, 0)], &[("2026-01-04", 4, 1)], &[]), None);
    }

    #[test]
    fn most_values_of_many_do_not_go_without_a_word() {
        let lost = Some("fewer values of current_points_line".to_owned());
        let others = ("2026-01-05", 90, 0);
        assert_eq!(said(&[("2026-01-04", 12, 0), others], &[("2026-01-04", 12, 7), others], &[]), lost, "of a date");
        assert_eq!(
            said(&[("2026-01-04", 12, 0), others], &[("2026-01-04", 12, 6), others], &[]),
            None,
            "half are left"
        );
        assert_eq!(said(&[("2026-01-04", 12, 7)], &[("2026-01-04", 12, 12)], &[]), None, "they were few");
        let small: Vec<_> = ["04", "05", "06", "07"].map(|day| format!("2026-01-{day}")).into();
        let of = |without: u64| small.iter().map(|day| (day.as_str(), 4, without)).collect::<Vec<_>>();
        assert_eq!(said(&of(0), &of(3), &[]), lost, "of all dates");
    }

    #[test]
    fn a_part_without_a_column_is_told_by_date() {
        let before = [("2026-01-04", 4, 0), ("2026-01-05", 4, 0)];
        let now = [("2026-01-04", 40, 0), ("2026-01-05", 5, 2)];
        assert_eq!(said(&before, &now, &[line()]), Some("fewer values of current_points_line".to_owned()));
        let fewer_rows = [("2026-01-04", 4, 0), ("2026-01-05", 3, 0)];
        assert_eq!(said(&before, &fewer_rows, &[line()]), Some("1 row fewer on 2026-01-05".to_owned()));
        let both = Some("1 row fewer on 2026-01-05 and fewer values of current_points_line".to_owned());
        assert_eq!(said(&before, &[("2026-01-04", 4, 0), ("2026-01-05", 3, 1)], &[line()]), both);
    }

    #[test]
    fn a_part_without_a_value_is_told_by_date_where_most_rows_had_one() {
        let silent = || Lacking { silent: [line()].into(), ..Lacking::default() };
        let lost = Some("fewer values of current_points_line".to_owned());
        assert_eq!(said_by(&[("2026-01-04", 4, 1)], &[("2026-01-04", 4, 2)], silent()), lost);
        assert_eq!(said_by(&[("2026-01-04", 4, 2)], &[("2026-01-04", 4, 3)], silent()), None);
    }

    #[test]
    fn what_was_not_looked_at_lacks_what_it_did() {
        let all = DateRange::default();
        let of = |rows: &[(&str, u64, u64)]| {
            lacking(table(), MONTH, &counts(rows), &Counts::new(), all, &Lacking::default())
        };
        let before = of(&[("2026-01-04", 3, 0), ("2026-01-20", 2, 0)]);
        let late = DateRange { from: "2026-01-10".parse().ok(), to: None };
        assert_eq!(merged(before.as_ref(), None, MONTH, late), of(&[("2026-01-04", 3, 0)]));
        assert_eq!(
            merged(before.as_ref(), of(&[("2026-01-21", 1, 0)]), MONTH, late),
            of(&[("2026-01-04", 3, 0), ("2026-01-21", 1, 0)])
        );
        assert_eq!(merged(before.as_ref(), None, MONTH, all), None);
        let columns = KeptMonth { columns: vec!["is_active".to_owned()], ..KeptMonth::of(MONTH) };
        assert_eq!(merged(Some(&columns), None, MONTH, late), Some(columns.clone()));
        assert_eq!(merged(Some(&columns), None, MONTH, all), None);
    }
}
