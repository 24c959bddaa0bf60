//! Rows on their way into month files: sorted by month as they come, in memory as far as that goes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use chrono::NaiveDate;
use datafusion::arrow::array::{Array, AsArray, RecordBatch, UInt32Array};
use datafusion::arrow::compute::take_record_batch;
use datafusion::arrow::datatypes::Date32Type;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::StreamWriter;

use crate::error::{Error, PullError, Result};
use crate::pull::disk;
use crate::snapshot::contract::Table;
use crate::snapshot::guard::guarded;
use crate::snapshot::month::Month;
use crate::snapshot::write::with_plain_strings;

/// Rows by month. Beyond a budget of memory the largest month goes to a file that nobody else sees and that is gone with
/// the process, so memory does not grow with what a source holds. One file serves all months, however many there are.
pub struct Months {
    table: &'static Table,
    /// Where there is room for the file.
    folder: PathBuf,
    file: Option<File>,
    budget: usize,
    room: Room,
    held: usize,
    months: BTreeMap<Month, Bucket>,
}

/// The memory for the rows of one month, which are written at once.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// As it was asked for, for all tables that are pulled at once.
    pub memory: u64,
    /// A table's share.
    pub share: usize,
}

impl Room {
    #[cfg(test)]
    const UNBOUNDED: Room = Room { memory: u64::MAX, share: usize::MAX };
}

/// How often the rows of a month are in memory while they are written: as they come, as one, as keys to sort by and sorted,
/// and in part encoded.
const COPIES: usize = 5;

#[derive(Default)]
struct Bucket {
    batches: Vec<RecordBatch>,
    bytes: usize,
    /// Bytes of all its rows, also of those in the file.
    all: usize,
    /// Where in the file its earlier rows are, a stream each time.
    spilled: Vec<Range<u64>>,
}

/// What was found in a batch.
#[derive(Debug, Default)]
pub struct Sorted {
    pub rows: u64,
    /// Rows of a dated table that have no date, so that they are left out.
    pub left_out: u64,
    pub last: Option<NaiveDate>,
    pub months: Vec<Month>,
}

impl Months {
    pub fn new(table: &'static Table, folder: &Path, budget: usize, room: Room) -> Months {
        Months { table, folder: folder.to_owned(), file: None, budget, room, held: 0, months: BTreeMap::new() }
    }

    /// Adds the rows of a batch whose date is `wanted`, none without a date; all of them where the table has no dates.
    ///
    /// # Errors
    /// There is no room on the disk for what does not fit in memory, or none in memory to write the month.
    pub fn add(&mut self, batch: &RecordBatch, wanted: impl Fn(NaiveDate) -> bool) -> Result<Sorted> {
        let Some(days) = batch.column_by_name("game_date") else {
            self.push(Month::All, with_plain_strings(batch)?)?;
            let rows = batch.num_rows();
            let months = if rows > 0 { vec![Month::All] } else { Vec::new() };
            return Ok(Sorted { rows: rows as u64, months, ..Sorted::default() });
        };
        let days = days.as_primitive::<Date32Type>();
        let mut sorted = Sorted::default();
        let mut rows_of: BTreeMap<Month, Vec<u32>> = BTreeMap::new();
        let mut before: Option<(i32, Option<Month>)> = None;
        for row in 0..days.len() {
            if days.is_null(row) {
                sorted.left_out += 1;
                continue;
            }
            // Neighbours mostly have the same date.
            let day = days.value(row);
            let month = match before {
                Some((same, month)) if same == day => month,
                _ => {
                    let date = Date32Type::to_naive_date_opt(day).filter(|date| wanted(*date));
                    sorted.last = sorted.last.max(date);
                    date.map(Month::of)
                }
            };
            before = Some((day, month));
            if let Some(month) = month {
                rows_of.entry(month).or_default().push(u32::try_from(row).unwrap_or(u32::MAX));
            }
        }
        let batch = with_plain_strings(batch)?;
        for (month, rows) in rows_of {
            sorted.rows += rows.len() as u64;
            sorted.months.push(month);
            let is_whole = rows.len() == batch.num_rows();
            let rows = if is_whole { batch.clone() } else { take_record_batch(&batch, &UInt32Array::from(rows))? };
            self.push(month, rows)?;
        }
        Ok(sorted)
    }

    fn push(&mut self, month: Month, rows: RecordBatch) -> Result<()> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        let bytes = rows.get_array_memory_size();
        let bucket = self.months.entry(month).or_default();
        bucket.bytes += bytes;
        bucket.all += bytes;
        if bucket.all.saturating_mul(COPIES) > self.room.share {
            return Err(Error::Pull(PullError::MoreThanMemory {
                what: format!("{}: the rows of {month} need", self.table.name),
                limit: ByteSize::b(self.room.memory).to_string(),
                advice: "allow more, pull one table at a time (--jobs 1), or export fewer rows of it",
            }));
        }
        bucket.batches.push(rows);
        self.held += bytes;
        while self.held > self.budget {
            let Some(largest) = self.months.values_mut().max_by_key(|bucket| bucket.bytes) else { break };
            let batches = std::mem::take(&mut largest.batches);
            self.held -= std::mem::take(&mut largest.bytes);
            let place = spill(&mut self.file, &self.folder, &batches)?;
            largest.spilled.push(place);
        }
        Ok(())
    }

    /// Takes out the rows of a month.
    ///
    /// # Errors
    /// What did not fit in memory cannot be read back.
    pub fn take(&mut self, month: Month) -> Result<Vec<RecordBatch>> {
        let Some(bucket) = self.months.remove(&month) else {
            return Ok(Vec::new());
        };
        self.held -= bucket.bytes;
        let mut batches = Vec::new();
        for place in bucket.spilled {
            let Some(file) = &mut self.file else { break };
            file.seek(SeekFrom::Start(place.start)).map_err(|error| disk::failed(&self.folder, error))?;
            let stream = BufReader::new(file.take(place.end - place.start));
            let broken = |reason| disk::failed(&self.folder, std::io::Error::other(reason));
            let read = || -> Result<Vec<RecordBatch>> {
                Ok(StreamReader::try_new(stream, None)?.collect::<Result<Vec<_>, ArrowError>>()?)
            };
            batches.extend(guarded(broken, read)?);
        }
        batches.extend(bucket.batches);
        Ok(batches)
    }
}

/// Writes batches of one schema to the end of the file, which is made if there is none, and returns where they are.
fn spill(file: &mut Option<File>, folder: &Path, batches: &[RecordBatch]) -> Result<Range<u64>> {
    let failed = |error: std::io::Error| disk::failed(folder, error);
    let file = match file {
        Some(file) => file,
        none => none.insert(tempfile::tempfile_in(folder).map_err(failed)?),
    };
    let start = file.seek(SeekFrom::End(0)).map_err(failed)?;
    if let Some(first) = batches.first() {
        let failed = |error: ArrowError| failed(std::io::Error::other(error));
        let mut writer = StreamWriter::try_new_buffered(&mut *file, &first.schema()).map_err(failed)?;
        batches.iter().try_for_each(|batch| writer.write(batch)).and_then(|()| writer.finish()).map_err(failed)?;
        writer.into_inner().map_err(failed)?.into_inner().map_err(|error| disk::failed(folder, error.into_error()))?;
    }
    let end = file.stream_position().map_err(failed)?;
    Ok(start..end)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Date32Array, Int64Array};
    use datafusion::arrow::compute::concat_batches;

    use super::*;
    use crate::snapshot::TABLES;

    /// Two rows on each of `days`, and one without a date.
    fn batch(days: &[&str], first: i64) -> RecordBatch {
        let day = |text: &&str| Some(Date32Type::from_naive_date(text.parse().unwrap()));
        let mut dates: Vec<Option<i32>> = days.iter().flat_map(|text| [day(text), day(text)]).collect();
        dates.push(None);
        let values = Int64Array::from_iter_values(first..first + dates.len() as i64);
        let columns: [(&str, ArrayRef); 2] =
            [("game_date", Arc::new(Date32Array::from(dates))), ("points", Arc::new(values))];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    #[test]
    fn what_does_not_fit_in_memory_comes_back_in_its_order() {
        let folder = tempfile::tempdir().unwrap();
        let taken = |budget: usize| {
            let mut months = Months::new(&TABLES[0], folder.path(), budget, Room::UNBOUNDED);
            for first in [0, 10, 20] {
                let sorted = months.add(&batch(&["2026-01-31", "2026-02-01", "2026-01-02"], first), |_| true).unwrap();
                assert_eq!(sorted.rows, 6);
                assert_eq!(sorted.last, NaiveDate::from_ymd_opt(2026, 2, 1));
            }
            [1, 2, 3].map(|month| {
                let rows = months.take(Month::Of(2026, month)).unwrap();
                rows.first().map(|first| concat_batches(&first.schema(), &rows).unwrap())
            })
        };
        let unbounded = taken(usize::MAX);
        let points = |month: usize| {
            unbounded[month]
                .as_ref()
                .unwrap()
                .column(1)
                .as_primitive::<datafusion::arrow::datatypes::Int64Type>()
                .values()
                .to_vec()
        };
        assert_eq!(points(0), [0, 1, 4, 5, 10, 11, 14, 15, 20, 21, 24, 25]);
        assert_eq!(points(1), [2, 3, 12, 13, 22, 23]);
        assert_eq!(unbounded[2], None);
        assert_eq!(taken(0), unbounded);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "its files have no name");
    }

    #[test]
    fn only_wanted_dates_are_kept() {
        let mut months = Months::new(&TABLES[0], Path::new("."), usize::MAX, Room::UNBOUNDED);
        let wanted = |date: NaiveDate| date.to_string() == "2026-02-01";
        let sorted = months.add(&batch(&["2026-01-31", "2026-02-01"], 0), wanted).unwrap();
        assert_eq!((sorted.rows, sorted.months.as_slice()), (2, &[Month::Of(2026, 2)][..]));
        assert!(months.take(Month::Of(2026, 1)).unwrap().is_empty());
    }
}
