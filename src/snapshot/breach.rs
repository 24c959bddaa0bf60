//! What rows break the contract without keeping it from being read: NULLs in required columns, words that a column does not
//! have, rows that are there more than once. They are counted as columns are read, so a decision knows them of whatever it
//! rests on; `check` has them of every column.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use datafusion::arrow::array::{Array as _, ArrayRef, AsArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::common::hash_utils::{QualityRandomState, create_hashes};

use super::columns::ReadBatch;
use super::contract::{Column, Repeats, Table};
use crate::count::{counted, counted_as};
use crate::error::{Error, Result, SnapshotError};

/// A way in which rows of a table break the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    pub table: &'static str,
    pub kind: BreachKind,
    /// Values, or cases of rows that are there more than once.
    pub count: usize,
    /// What it is, in words.
    pub message: String,
    /// The first of them, with its place.
    pub example: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BreachKind {
    /// NULLs in a required column.
    MissingValue,
    /// Values that the column does not have.
    UnknownWord,
    /// Several rows where there may be one.
    Repeated,
    /// Values and rows that did not fit when they were pulled.
    LeftOut,
}

impl Breach {
    /// Whether what is decided with such rows cannot be relied on: they were left out, or counted by no rule.
    pub fn is_grave(&self) -> bool {
        matches!(self.kind, BreachKind::MissingValue | BreachKind::UnknownWord)
    }
}

impl std::fmt::Display for Breach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.table, self.message)?;
        match &self.example {
            Some(example) => write!(f, " ({example})"),
            None => Ok(()),
        }
    }
}

/// How often something was seen, and where first.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    pub count: usize,
    pub first: Option<String>,
}

impl Tally {
    pub fn add(&mut self, example: impl FnOnce() -> String) {
        self.count += 1;
        if self.first.is_none() {
            self.first = Some(example());
        }
    }

    fn absorb(&mut self, other: Tally) {
        self.count += other.count;
        self.first = self.first.take().or(other.first);
    }
}

/// What is counted of some columns of a table.
#[derive(Debug, Default, Clone)]
pub struct Tallies(BTreeMap<(BreachKind, &'static str), Tally>);

impl Tallies {
    /// Counts what a batch of the file called `label` has.
    pub fn take(&mut self, table: &'static Table, label: impl Fn() -> String, read: &ReadBatch) {
        let at = |index: usize| format!("{}, row {}", label(), read.first_row + index + 1);
        for (column, index) in read.nulls_where_none_may_be(table) {
            self.0.entry((BreachKind::MissingValue, column.name)).or_default().add(|| at(index));
        }
        for column in table.columns.iter().filter(|column| !column.words.is_empty()) {
            let Some(values) = read.batch.column_by_name(column.name) else { continue };
            for (index, value) in values.as_string_view().iter().enumerate() {
                let Some(value) = value.filter(|value| !column.words.contains(value)) else { continue };
                let example = || format!("{}: '{}'", at(index), super::cast::shown(value));
                self.0.entry((BreachKind::UnknownWord, column.name)).or_default().add(example);
            }
        }
    }

    /// Adds what was counted of other rows.
    pub fn absorb(&mut self, other: Tallies) {
        for (key, tally) in other.0 {
            self.0.entry(key).or_default().absorb(tally);
        }
    }

    /// What was counted, column by column in their order.
    pub fn breaches(&self, table: &'static Table) -> Vec<Breach> {
        let breach = |(kind, name): &(BreachKind, &'static str), tally: &Tally| {
            let message = match kind {
                BreachKind::MissingValue => {
                    format!("{name}: {} in a required column", counted(tally.count, "NULL"))
                }
                BreachKind::UnknownWord => unknown_words(table.column(name), name, tally.count),
                BreachKind::Repeated => repeated(table, tally.count),
                BreachKind::LeftOut => format!(
                    "{} did not fit when they were pulled, so they are NULL, or their row is not there",
                    counted(tally.count, "value")
                ),
            };
            Breach { table: table.name, kind: *kind, count: tally.count, message, example: tally.first.clone() }
        };
        let place = |name: &str| table.columns.iter().position(|column| column.name == name);
        let mut found: Vec<_> = self.0.iter().collect();
        found.sort_by_key(|((kind, name), _)| (*kind, place(name)));
        found.into_iter().map(|(key, tally)| breach(key, tally)).collect()
    }
}

fn unknown_words(column: Option<&Column>, name: &str, count: usize) -> String {
    let words = column.map(|column| column.words.join(", ")).unwrap_or_default();
    let values = counted_as(count, "value is", "values are");
    format!("{name}: {values} none of {words}, so the rows count for nothing")
}

fn repeated(table: &Table, cases: usize) -> String {
    let names = table.distinct_in().join(", ");
    let then = match table.repeats {
        Repeats::Never => String::new(),
        Repeats::ByRule(rule) | Repeats::Alike(_, rule) => format!("; {rule}"),
    };
    match table.column("is_active") {
        Some(_) => format!("{} of ({names}) with more than one active row{then}", counted(cases, "prediction")),
        None => format!("{} of ({names}) with more than one row{then}", counted(cases, "case")),
    }
}

/// What was counted of a table so far, whoever reads it.
#[derive(Debug, Default, Clone)]
pub struct Ledger(Arc<(Mutex<Entries>, Condvar)>);

/// What is counted of some columns of each file, by the file's position among those of its table.
pub type OfFiles = BTreeMap<usize, Tallies>;

#[derive(Debug, Default)]
struct Entries {
    /// What did not fit when the table was pulled.
    of_pull: Tallies,
    of_files: OfFiles,
    is_read: bool,
    /// How many counts are still being made.
    pending: usize,
    /// Why one could not be made.
    failure: Option<String>,
}

/// A count that is being made beside whatever reads the rows; dropped, it is not waited for any more.
pub struct Pending(Ledger);

impl Pending {
    /// Enters how often rows of these files are repeated, whatever was known of it.
    pub fn enter(self, counted: Result<OfFiles>) {
        let mut entries = self.0.lock();
        match counted {
            Ok(tallies) => {
                for file in tallies.keys() {
                    entries.of_files.entry(*file).or_default().0.retain(|(kind, _), _| *kind != BreachKind::Repeated);
                }
                entries.enter(tallies);
            }
            Err(error) => entries.failure = Some(error.to_string()),
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.lock().pending -= 1;
        self.0.0.1.notify_all();
    }
}

impl Ledger {
    /// That of a table of which `count` values did not fit when it was pulled, `first` the first of them.
    pub fn of_pulled(count: u64, first: Option<String>) -> Ledger {
        let ledger = Ledger::default();
        if let Some(count) = usize::try_from(count).ok().filter(|count| *count > 0) {
            ledger.lock().of_pull.0.insert((BreachKind::LeftOut, ""), Tally { count, first });
        }
        ledger
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// With every count made that was begun.
    fn settled(&self) -> MutexGuard<'_, Entries> {
        self.0.1.wait_while(self.lock(), |entries| entries.pending > 0).unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a count, for which whoever asks for breaches waits.
    pub fn begin(&self) -> Pending {
        self.lock().pending += 1;
        Pending(self.clone())
    }

    /// Enters what was counted of whole columns of files; what was known of the same ones is the same.
    pub fn enter(&self, tallies: OfFiles) {
        self.lock().enter(tallies);
    }

    /// Those of the rows of `table`, of which this is the ledger; none where nothing was read.
    pub fn breaches(&self, table: &'static Table) -> Vec<Breach> {
        let entries = self.settled();
        if !entries.is_read {
            return Vec::new();
        }
        let mut all = entries.of_pull.clone();
        entries.of_files.values().for_each(|of_file| all.absorb(of_file.clone()));
        all.breaches(table)
    }
}

impl Entries {
    fn enter(&mut self, tallies: OfFiles) {
        self.is_read = true;
        for (file, tallies) in tallies {
            self.of_files.entry(file).or_default().0.extend(tallies.0);
        }
    }
}

/// The ledgers of a snapshot's tables.
#[derive(Debug, Default, Clone)]
pub struct Ledgers(Vec<(&'static Table, Ledger)>);

impl Ledgers {
    pub fn add(&mut self, table: &'static Table, ledger: &Ledger) {
        self.0.push((table, ledger.clone()));
    }

    /// What in the rows that were read so far breaks the contract, table by table.
    pub fn breaches(&self) -> Vec<Breach> {
        self.0.iter().flat_map(|(table, ledger)| ledger.breaches(table)).collect()
    }

    /// The same as lines for people.
    pub fn said(&self) -> Vec<String> {
        self.breaches().iter().map(Breach::to_string).collect()
    }

    /// Refuses rows that are there more than once where every one of them would count.
    ///
    /// # Errors
    /// There are some.
    pub fn refuse_repeats(&self) -> Result<()> {
        for (_, ledger) in &self.0 {
            if let Some(reason) = &ledger.settled().failure {
                return Err(Error::Engine(reason.clone().into()));
            }
        }
        for (table, ledger) in self.0.iter().filter(|(table, _)| table.repeats == Repeats::Never) {
            let repeated = ledger.breaches(table).into_iter().find(|breach| breach.kind == BreachKind::Repeated);
            if let Some(Breach { message: reason, example, .. }) = repeated {
                return Err(SnapshotError::RepeatedRows {
                    table: table.name,
                    reason,
                    example: example.unwrap_or_default(),
                }
                .into());
            }
        }
        Ok(())
    }
}

/// A batch of rows by what no two of them may have in common.
struct Keyed {
    keys: Vec<ArrayRef>,
    hashes: Vec<u64>,
    /// Those that count; none: all.
    counted: Option<NullBuffer>,
}

impl Keyed {
    fn of(table: &Table, keys: Vec<ArrayRef>, is_active: Option<&ArrayRef>) -> Result<Keyed> {
        let mut hashes = vec![0; keys.first().map_or(0, |key| key.len())];
        create_hashes(&keys, &QualityRandomState::with_seed(0), &mut hashes)?;
        let is_required = |name: &str| table.column(name).is_some_and(|column| column.required);
        // NULLs in a required column are a breach of their own.
        let of_required = keys.iter().zip(table.distinct_in()).filter(|(_, name)| is_required(name));
        let counted = of_required.fold(None, |counted, (key, _)| NullBuffer::union(counted.as_ref(), key.nulls()));
        let active = is_active.map(|active| {
            let active = active.as_boolean();
            NullBuffer::new(active.nulls().map_or(active.values().clone(), |nulls| active.values() & nulls.inner()))
        });
        Ok(Keyed { counted: NullBuffer::union(counted.as_ref(), active.as_ref()), keys, hashes })
    }

    fn rows(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        let counts = |row: usize| self.counted.as_ref().is_none_or(|counted| counted.is_valid(row));
        self.hashes.iter().copied().enumerate().filter(move |(row, _)| counts(*row))
    }

    fn values(&self, row: usize) -> Result<Vec<String>> {
        let text = |key: &ArrayRef| match key.is_null(row) {
            true => Ok("NULL".to_owned()),
            false => array_value_to_string(key, row),
        };
        Ok(self.keys.iter().map(text).collect::<Result<_, _>>()?)
    }
}

/// The rows of files that are the same in the columns `table.distinct_in()`, of predictions among the active ones, each case
/// counted of the first file that has it. `batches`, each of a file, have those columns, and `is_active` behind them where the
/// table has it.
///
/// # Errors
/// Only where the engine fails.
pub fn repeats(table: &'static Table, batches: impl Iterator<Item = (usize, Vec<ArrayRef>)>) -> Result<OfFiles> {
    let keyed = |(file, mut columns): (usize, Vec<ArrayRef>)| {
        let is_active = columns.split_off(table.distinct_in().len());
        Ok((file, Keyed::of(table, columns, is_active.first())?))
    };
    let batches = batches.map(keyed).collect::<Result<Vec<_>>>()?;
    let rows = batches.iter().map(|(_, batch)| batch.hashes.len()).sum();
    let (mut seen, mut again) = (HashSet::with_capacity_and_hasher(rows, Itself), HashSet::new());
    for (_, hash) in batches.iter().flat_map(|(_, batch)| batch.rows()) {
        if !seen.insert(hash) {
            again.insert(hash);
        }
    }
    // Of those few, the values themselves.
    let mut cases: BTreeMap<Vec<String>, (usize, usize)> = BTreeMap::new();
    for (file, batch) in batches.iter().filter(|_| !again.is_empty()) {
        for (row, _) in batch.rows().filter(|(_, hash)| again.contains(hash)) {
            cases.entry(batch.values(row)?).or_insert((*file, 0)).1 += 1;
        }
    }
    let mut of_files: OfFiles = batches.iter().map(|(file, _)| (*file, Tallies::default())).collect();
    for (values, (file, rows)) in cases.iter().filter(|(_, (_, rows))| *rows > 1) {
        let tally = of_files.entry(*file).or_default().0.entry((BreachKind::Repeated, "")).or_default();
        tally.add(|| format!("{} ({rows} rows)", values.join(", ")));
    }
    Ok(of_files)
}

/// Hashes as they are: they are spread already.
#[derive(Default, Clone, Copy)]
struct Itself;

impl BuildHasher for Itself {
    type Hasher = Spread;

    fn build_hasher(&self) -> Spread {
        Spread(0)
    }
}

struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(self.0.rotate_left(8) ^ u64::from(*byte)));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
