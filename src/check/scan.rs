//! Reading every row of a table once: values that do not fit, NULLs where none may be, malformed game ids, dates.
//!
//! This needs no engine, so it goes on where a query would stop: at a value that does not fit.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use datafusion::arrow::array::{Array as _, AsArray};
use datafusion::arrow::datatypes::Date32Type;

use super::report::{Finding, Kind};
use crate::count::{counted, counted_as};
use crate::snapshot::breach::{self, Tally};
use crate::snapshot::columns::ReadBatch;
use crate::snapshot::contract::Table;
use crate::snapshot::{TableFile, TableFiles, game_id};

/// What the rows of a table told.
#[derive(Debug, Default)]
pub struct Scan {
    pub dates: BTreeSet<NaiveDate>,
    pub findings: Vec<Finding>,
    /// Whether every value fits, so that the engine can read the table.
    pub is_queryable: bool,
}

/// Tallies by position of the column.
#[derive(Debug, Default)]
struct Tallies {
    misfits: BTreeMap<&'static str, Tally>,
    breaches: breach::Tallies,
    malformed: Tally,
    other_date: Tally,
    unreadable: Tally,
}

/// Reads every row of a table.
pub fn scan(files: &TableFiles) -> Scan {
    let table = files.table();
    let mut tallies = Tallies::default();
    let mut dates = BTreeSet::new();
    let all: Vec<usize> = (0..table.columns.len()).collect();
    for file in files.files() {
        let outcome = file.read(table, &all, |read| {
            tallies.take(table, file, &read);
            dates.extend(days(&read));
            Ok(())
        });
        if let Err(error) = outcome {
            tallies.unreadable.add(|| error.to_string());
        }
    }
    Scan {
        dates,
        is_queryable: tallies.misfits.is_empty() && tallies.unreadable.count == 0,
        findings: tallies.findings(table),
    }
}

fn days(read: &ReadBatch) -> Vec<NaiveDate> {
    let mut days = match read.batch.column_by_name("game_date") {
        Some(column) => column.as_primitive::<Date32Type>().iter().flatten().collect(),
        None => Vec::new(),
    };
    days.dedup();
    days.into_iter().filter_map(Date32Type::to_naive_date_opt).collect()
}

impl Tallies {
    /// Takes in a batch of a file.
    fn take(&mut self, table: &'static Table, file: &TableFile, read: &ReadBatch) {
        let at = |index: usize| format!("{}, row {}", file.label(), read.first_row + index + 1);
        for (column, row, value) in &read.misfits {
            let example = || format!("{}, row {row}: {value}", file.label());
            self.misfits.entry(column.name).or_default().add(example);
        }
        self.breaches.take(table, || file.label(), read);
        let (Some(ids), Some(dates)) = (read.batch.column_by_name("game_id"), read.batch.column_by_name("game_date"))
        else {
            return;
        };
        let dates = dates.as_primitive::<Date32Type>();
        for (index, id) in ids.as_string_view().iter().enumerate() {
            let Some(id) = id else { continue };
            match game_id::date(id) {
                None => self.malformed.add(|| format!("{}: '{id}'", at(index))),
                Some(day) if dates.is_valid(index) && Date32Type::from_naive_date(day) != dates.value(index) => {
                    let date = Date32Type::to_naive_date_opt(dates.value(index)).unwrap_or_default();
                    self.other_date.add(|| format!("{}: {id} on {date}", at(index)));
                }
                Some(_) => {}
            }
        }
    }

    fn findings(self, table: &'static Table) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.unreadable.count > 0 {
            let message = format!("{} cannot be read whole", counted(self.unreadable.count, "file"));
            findings.push(
                Finding::of(table, Kind::Unreadable, self.unreadable.count, message)
                    .with_example(self.unreadable.first),
            );
        }
        for column in table.columns {
            if let Some(tally) = self.misfits.get(column.name) {
                let message = format!(
                    "{}: {} not fit {}",
                    column.name,
                    counted_as(tally.count, "value does", "values do"),
                    column.kind
                );
                findings.push(Finding::of(table, Kind::Misfit, tally.count, message).with_example(tally.first.clone()));
            }
        }
        findings.extend(self.breaches.breaches(table).into_iter().map(|breach| Finding::of_breach(table, breach)));
        if self.malformed.count > 0 {
            let message = format!(
                "game_id: {} not YYYYMMDD_AWAY_HOME",
                counted_as(self.malformed.count, "value is", "values are")
            );
            findings.push(
                Finding::of(table, Kind::MalformedGameId, self.malformed.count, message)
                    .with_example(self.malformed.first),
            );
        }
        if self.other_date.count > 0 {
            let message =
                format!("game_id: {} of another date than the row's game_date", counted(self.other_date.count, "game"));
            findings.push(
                Finding::of(table, Kind::OtherDate, self.other_date.count, message).with_example(self.other_date.first),
            );
        }
        findings
    }
}
