//! What versions read that a snapshot may not have: the numbered columns of the feature store that they name, and the recorded
//! performance of models.
//!
//! A row that has no value of one may not be taken for a snapshot without the column: decided as if nobody had a value, the
//! picks would be others without a word.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::dates::DateRange;
use crate::error::{Result, VersionError};
use crate::snapshot::month::Month;
use crate::snapshot::{Snapshot, TableFiles, numbered};
use crate::version::{SOURCE_WEIGHT, Version};

/// The numbered columns that what a version lists names or shows, each with what names it first.
pub fn named(version: &Version) -> impl Iterator<Item = (&str, &str)> {
    version.columns().into_iter().filter(|(column, _)| numbered::is_numbered(column))
}

/// Those of some versions.
pub fn named_by(versions: &[Version]) -> BTreeSet<String> {
    versions.iter().flat_map(named).map(|(column, _)| column.to_owned()).collect()
}

/// Refuses a version that names a column which `files`, those of the feature store, do not have of a date on which it decides.
///
/// # Errors
/// There is no such column, or not in the file of such a date.
pub fn ensure_there(
    files: Option<&TableFiles>,
    version: &Version,
    dates: impl Iterator<Item = NaiveDate> + Clone,
) -> Result<()> {
    for (column, by) in named(version) {
        if let Some(place) = without(files, column, dates.clone().filter(|date| version.decides.contains(*date))) {
            let (version, by, column) = (version.id.clone(), by.to_owned(), column.to_owned());
            return Err(VersionError::NeedsColumn { version, by, table: numbered::TABLE, column, place }.into());
        }
    }
    Ok(())
}

/// The columns by which models are weighed (specification: versions, "Source weights").
pub const PERFORMANCE: (&str, [&str; 2]) = ("model_performance_daily", ["best_bets_n_21d", "best_bets_hr_21d"]);

/// Refuses a version that weighs models by a recorded performance which the snapshot does not have.
///
/// # Errors
/// It has not the table, or not one of its columns.
pub fn ensure_performance(files: impl Fn(&str) -> Option<TableFiles>, version: &Version) -> Result<()> {
    if version.text(SOURCE_WEIGHT) != "performance" || !version.takes_all_families() {
        return Ok(());
    }
    let (table, columns) = PERFORMANCE;
    let files = files(table);
    let missing = match &files {
        Some(files) => columns.into_iter().find(|column| files.missing_columns().contains(column)),
        None => columns.first().copied(),
    };
    match missing {
        None => Ok(()),
        Some(column) => Err(VersionError::NeedsPerformance { version: version.id.clone(), table, column }.into()),
    }
}

/// What a snapshot has nowhere that a version reads, in words; none where it can decide.
pub fn lacks(snapshot: &Snapshot, version: &Version) -> Option<String> {
    let files = |table: &str| snapshot.table(table).cloned();
    let store = files(numbered::TABLE);
    let is_there = |column: &str| {
        let at = store.as_ref()?.table().columns.iter().position(|known| known.name == column)?;
        store.as_ref()?.files().iter().any(|file| !file.columns()[at].is_missing()).then_some(())
    };
    if let Some((column, by)) = named(version).find(|(column, _)| is_there(column).is_none()) {
        return Some(format!("{by} names {}.{column}, which the snapshot does not have", numbered::TABLE));
    }
    ensure_performance(files, version).err().map(|error| error.to_string())
}

/// What of the snapshot does not have a column, of that which has the rows of some dates.
fn without(
    files: Option<&TableFiles>,
    column: &str,
    mut dates: impl Iterator<Item = NaiveDate> + Clone,
) -> Option<String> {
    let nowhere = || "the snapshot".to_owned();
    let at = files.and_then(|files| files.table().columns.iter().position(|known| known.name == column));
    let (Some(files), Some(at)) = (files, at) else { return dates.next().map(|_| nowhere()) };
    let is_missing_everywhere = files.files().iter().all(|file| file.columns()[at].is_missing());
    files.files().iter().filter(|file| file.columns()[at].is_missing()).find_map(|file| {
        let name = file.name(files.table());
        let of_file = Month::of_file(&name).map_or(DateRange::default(), Month::dates);
        let place = if is_missing_everywhere { nowhere() } else { name };
        dates.clone().any(|date| of_file.contains(date)).then_some(place)
    })
}
