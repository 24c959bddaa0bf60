//! The stretches of a table that are read at once: a month, mostly.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::dates::DateRange;
use crate::pull::source::interface::Part;
use crate::snapshot::month::Month;

/// What BigQuery calls the partition of rows whose partition column is NULL, and of rows that are in none yet.
const NULLS: &str = "__NULL__";
const BUFFER: &str = "__UNPARTITIONED__";

/// A stretch of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stretch {
    /// All rows, except those without a value in the partition column.
    Whole,
    Month(Month),
    /// A year, of a table with a partition for each.
    Year(i32),
    /// Rows without a value in the partition column.
    Nulls,
}

impl Stretch {
    /// The dates of its rows, as far as it tells.
    pub fn dates(self) -> DateRange {
        match self {
            Stretch::Month(month) => month.dates(),
            Stretch::Year(year) => {
                DateRange { from: NaiveDate::from_ymd_opt(year, 1, 1), to: NaiveDate::from_ymd_opt(year, 12, 31) }
            }
            Stretch::Whole | Stretch::Nulls => DateRange::default(),
        }
    }

    /// The name of its part in the table called `table`.
    fn part(self, table: &str) -> String {
        match self {
            Stretch::Whole => table.to_owned(),
            Stretch::Month(month) => format!("{table}/{month}"),
            Stretch::Year(year) => format!("{table}/{year:04}"),
            Stretch::Nulls => format!("{table}/{NULLS}"),
        }
    }

    /// The stretch that a partition by date is of: YYYYMMDD, YYYYMM or YYYY.
    fn of(partition: &str) -> Option<Stretch> {
        let number = |range: std::ops::Range<usize>| partition.get(range)?.parse::<u32>().ok();
        if !partition.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let year = i32::try_from(number(0..4)?).ok()?;
        match partition.len() {
            4 => Some(Stretch::Year(year)),
            6 | 8 => NaiveDate::from_ymd_opt(year, number(4..6)?, 1).map(|date| Stretch::Month(Month::of(date))),
            _ => None,
        }
    }
}

/// A partition, as INFORMATION_SCHEMA.PARTITIONS has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    pub id: String,
    pub rows: u64,
    /// Logical bytes of all columns.
    pub bytes: u64,
    /// Microseconds since 1970.
    pub modified: i64,
}

/// A part of a table, its stretch and the rows that the metadata say it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub part: Part,
    pub stretch: Stretch,
    pub rows: u64,
}

/// How a table is partitioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// By the dates of its rows.
    ByDate,
    /// By another column, or not at all.
    Otherwise,
}

/// The parts of a table that are pulled as one, in order of name, and how many rows are in no partition yet.
///
/// A part's etag is the time of its last change and its number of rows.
pub fn pieces(table: &str, layout: Layout, partitions: &[Partition]) -> (Vec<Piece>, u64) {
    let is_of_dates = |id: &str| [NULLS, BUFFER].contains(&id) || Stretch::of(id).is_some();
    let has_dates = layout == Layout::ByDate && partitions.iter().all(|partition| is_of_dates(&partition.id));
    let mut sums: BTreeMap<Stretch, Partition> = BTreeMap::new();
    let mut waiting = 0;
    for partition in partitions {
        let stretch = match partition.id.as_str() {
            BUFFER => {
                waiting += partition.rows;
                continue;
            }
            NULLS if partition.rows == 0 => continue,
            NULLS => Stretch::Nulls,
            id if has_dates => Stretch::of(id).unwrap_or(Stretch::Whole),
            _ => Stretch::Whole,
        };
        let sum =
            sums.entry(stretch).or_insert_with(|| Partition { rows: 0, bytes: 0, modified: 0, id: String::new() });
        sum.rows += partition.rows;
        sum.bytes += partition.bytes;
        sum.modified = sum.modified.max(partition.modified);
    }
    let mut pieces: Vec<Piece> = sums.into_iter().map(|(stretch, sum)| piece(table, stretch, &sum)).collect();
    pieces.sort_by(|a, b| a.part.name.cmp(&b.part.name));
    (pieces, waiting)
}

/// The part of a table that is one stretch.
pub fn piece(table: &str, stretch: Stretch, sum: &Partition) -> Piece {
    let etag = Some(format!("{}-{}", sum.modified, sum.rows));
    Piece {
        part: Part { name: stretch.part(table), size: sum.bytes, etag, dates: stretch.dates() },
        stretch,
        rows: sum.rows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(id: &str, rows: u64, modified: i64) -> Partition {
        Partition { id: id.to_owned(), rows, bytes: rows * 10, modified }
    }

    fn said(layout: Layout, partitions: &[Partition]) -> Vec<String> {
        let (pieces, waiting) = pieces("d.t", layout, partitions);
        let mut said: Vec<String> = pieces
            .iter()
            .map(|piece| format!("{} {} {}", piece.part.name, piece.part.size, piece.part.etag.as_deref().unwrap()))
            .collect();
        said.extend((waiting > 0).then(|| format!("{waiting} waiting")));
        said
    }

    #[test]
    fn days_make_months_and_the_last_change_of_any_is_the_months() {
        let days = [
            partition("20260131", 3, 70),
            partition("20260201", 1, 90),
            partition("20260130", 2, 80),
            partition("__NULL__", 0, 99),
            partition("__UNPARTITIONED__", 4, 99),
        ];
        assert_eq!(said(Layout::ByDate, &days), ["d.t/2026-01 50 80-5", "d.t/2026-02 10 90-1", "4 waiting"]);
    }

    #[test]
    fn months_years_and_rows_without_a_date_are_parts() {
        let partitions = [partition("202601", 3, 70), partition("2025", 1, 60), partition("__NULL__", 2, 50)];
        assert_eq!(
            said(Layout::ByDate, &partitions),
            ["d.t/2025 10 60-1", "d.t/2026-01 30 70-3", "d.t/__NULL__ 20 50-2"]
        );
    }

    #[test]
    fn what_is_partitioned_by_something_else_is_one_part() {
        let partitions = [partition("0", 3, 70), partition("100", 1, 75), partition("__NULL__", 2, 50)];
        assert_eq!(said(Layout::Otherwise, &partitions), ["d.t 40 75-4", "d.t/__NULL__ 20 50-2"]);
    }

    #[test]
    fn a_stretch_knows_its_dates() {
        let dates = |id: &str| Stretch::of(id).map(Stretch::dates);
        let range = |from: &str, to: &str| Some(DateRange { from: from.parse().ok(), to: to.parse().ok() });
        assert_eq!(dates("20240211"), range("2024-02-01", "2024-02-29"));
        assert_eq!(dates("2024"), range("2024-01-01", "2024-12-31"));
        for other in ["", "20241301", "202400", "2024021110", "x", "é024"] {
            assert_eq!(dates(other), None, "{other}");
        }
    }
}
