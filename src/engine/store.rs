//! What versions read that a snapshot may not have: the numbered columns of the feature store that they name, and the recorded
//! performance of models.
//!
//! A row that has no value of one may not be taken for a snapshot without the column: decided as if nobody had a value, the
//! picks would be others without a word.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::error::{Error, Result, VersionError};
use crate::snapshot::{Snapshot, TableFile, TableFiles, numbered};
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
        if let Some(place) = without(files, column, dates.clone().filter(|date| version.decides.contains(*date)))? {
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
        Some(files) => {
            let missing_columns = files.missing_columns()?;
            columns.into_iter().find(|column| missing_columns.contains(column))
        }
        None => columns.first().copied(),
    };
    match missing {
        None => Ok(()),
        Some(column) => Err(VersionError::NeedsPerformance { version: version.id.clone(), table, column }.into()),
    }
}

/// What a snapshot has nowhere that a version reads, in words; none where it can decide.
///
/// # Errors
/// A file cannot be opened.
pub fn lacks(snapshot: &Snapshot, version: &Version) -> Result<Option<String>> {
    let files = |table: &str| snapshot.table(table).cloned();
    let store = files(numbered::TABLE);
    for (column, by) in named(version) {
        let missing = files_without(store.as_ref(), column)?;
        if missing.is_none_or(|missing| missing.iter().all(|(_, is_missing)| *is_missing)) {
            return Ok(Some(format!("{by} names {}.{column}, which the snapshot does not have", numbered::TABLE)));
        }
    }
    match ensure_performance(files, version) {
        Err(Error::Version(error @ VersionError::NeedsPerformance { .. })) => Ok(Some(error.to_string())),
        other => other.map(|()| None),
    }
}

/// The files of the store, and whether each is without a column; none where no file has one of that name.
fn files_without<'f>(files: Option<&'f TableFiles>, column: &str) -> Result<Option<Vec<(&'f TableFile, bool)>>> {
    let at = files.and_then(|files| files.table().columns.iter().position(|known| known.name == column));
    let (Some(files), Some(at)) = (files, at) else { return Ok(None) };
    files.files().iter().map(|file| Ok((file, file.columns()?[at].is_missing()))).collect::<Result<_>>().map(Some)
}

/// What of the snapshot does not have a column, of that which has the rows of some dates.
fn without(
    files: Option<&TableFiles>,
    column: &str,
    mut dates: impl Iterator<Item = NaiveDate> + Clone,
) -> Result<Option<String>> {
    let nowhere = || "the snapshot".to_owned();
    let Some(found) = files_without(files, column)? else { return Ok(dates.next().map(|_| nowhere())) };
    let is_missing_everywhere = found.iter().all(|(_, is_missing)| *is_missing);
    let place = |file: &TableFile| {
        let of_file = file.dates();
        let place = if is_missing_everywhere { nowhere() } else { file.name() };
        dates.clone().any(|date| of_file.contains(date)).then_some(place)
    };
    Ok(found.iter().filter(|(_, is_missing)| *is_missing).find_map(|(file, _)| place(file)))
}
