//! Checking a snapshot against the contract: everything that is wrong with it, and what is worth knowing, in one go.
//!
//! Errors break the contract (specification: snapshot, "Columns", "Grains"); the rest are notes.

mod dates;
mod deep;
mod files;
mod queries;
mod report;
mod scan;

use std::path::Path;

use chrono::NaiveDate;

pub use report::{CheckReport, Finding, Kind, Severity, TableReport};

use crate::dates::Day;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::snapshot::contract::Table;
use crate::snapshot::{Snapshot, TABLES, read_manifest};
use dates::DatesOf;
use scan::{Scan, scan};

/// Reads every table of an opened snapshot whole and reports all that is found.
///
/// # Errors
/// The engine fails; what is wrong with the data is in the report.
pub async fn check(snapshot: &Snapshot) -> Result<CheckReport> {
    check_with(snapshot, None).await
}

/// The same of the snapshot in a folder, with each of its files against the manifest; of one that cannot be opened since
/// its files are not the manifest's, those files.
///
/// # Errors
/// The snapshot cannot be opened although its files are those of its manifest.
pub async fn check_deep(folder: &Path) -> Result<CheckReport> {
    let Some(manifest) = read_manifest(folder)? else {
        let message = "a plain folder has no checksums, so its files were not verified; pull a snapshot from it";
        let without = vec![Finding::of_snapshot(Kind::NotChecked, 1, message)];
        return check_with(&Snapshot::open(folder)?, Some(without)).await;
    };
    let (place, of_manifest) = (folder.to_owned(), manifest.clone());
    let verifying = tokio::task::spawn_blocking(move || (deep::verify(&place, &of_manifest), Snapshot::open(&place)));
    let (mut findings, snapshot) = verifying.await.map_err(Error::Task)?;
    match snapshot {
        Ok(snapshot) => check_with(&snapshot, Some(findings)).await,
        Err(error) if findings.iter().any(|finding| finding.severity == Severity::Error) => {
            let message = format!("only the files were checked, because the snapshot cannot be opened ({error})");
            findings.push(Finding::of_snapshot(Kind::NotChecked, 1, message));
            Ok(CheckReport::unopened(folder, &manifest, findings))
        }
        Err(error) => Err(error),
    }
}

/// With what was found of the files already.
async fn check_with(snapshot: &Snapshot, of_files: Option<Vec<Finding>>) -> Result<CheckReport> {
    let is_hashed = of_files.is_none();
    let mut findings = of_files.unwrap_or_default();
    findings.extend(files::unknown(snapshot));
    let mut scans: Vec<(&'static Table, Option<Scan>)> = Vec::new();
    for table in TABLES {
        let scan = read(snapshot, table, is_hashed).await?;
        let entry = snapshot.manifest().and_then(|manifest| manifest.tables.get(table.name));
        findings.extend(entry.map(|entry| files::pulled(table, entry)).unwrap_or_default());
        match &scan {
            Some(scan) => findings.extend(scan.findings.iter().cloned()),
            None => findings.push(Finding::of(
                table,
                Kind::MissingTable,
                1,
                "optional table missing; what needs it does without",
            )),
        }
        scans.push((table, scan));
    }
    let dates: DatesOf =
        scans.iter().filter_map(|(table, scan)| Some((table.name, scan.as_ref()?.dates.clone()))).collect();
    let slates = dates::slates(&dates);
    let newest_of_all = dates.values().filter_map(|dates| dates.last()).max().copied();
    let now = snapshot.pulled_at().map(|moment| moment.date_naive()).or(newest_of_all);
    findings.extend(dates::gaps(&dates, now));
    findings.extend(dates::unknown_openings(&slates));
    let mut engine = Engine::open(snapshot, None)?;
    for (table, scan) in &scans {
        let Some(scan) = scan else { continue };
        if table.is_dated() {
            findings.extend(scan.dates.last().and_then(|last| dates::staleness(table, *last, &slates)));
        }
        if table.required && snapshot.table(table.name).is_some_and(|files| files.rows() == 0) {
            let message = "required, and without a row";
            findings.push(Finding::of(table, Kind::EmptyTable, 1, message));
        }
        if !scan.is_queryable {
            let message = "not searched for duplicates and the like, because not every value could be read";
            findings.push(Finding::of(table, Kind::NotChecked, 1, message));
            continue;
        }
        if let Some(files) = snapshot.table(table.name) {
            findings.extend(queries::duplicates(&engine, files).await?);
        }
        if table.name == "player_prop_predictions" {
            findings.extend(queries::of_predictions(&mut engine, table, &slates).await?);
        }
    }
    let newest = slates.last().copied();
    let tables = scans.iter().map(|(table, scan)| table_report(snapshot, table, scan.as_ref(), newest)).collect();
    Ok(CheckReport::new(snapshot, newest.map(Day), tables, findings))
}

/// Everything that a table's files tell, with their checksums unless those are verified otherwise; none for a table that the
/// snapshot does not have.
async fn read(snapshot: &Snapshot, table: &'static Table, is_hashed: bool) -> Result<Option<Scan>> {
    let Some(files) = snapshot.table(table.name).cloned() else {
        return Ok(None);
    };
    let reading = tokio::task::spawn_blocking(move || {
        let mut scan = scan(&files);
        scan.findings.extend(files::columns(&files)?);
        let altered = files::altered(&files);
        scan.is_queryable &= altered.is_empty();
        scan.findings.extend(altered.into_iter().filter(|_| is_hashed));
        Ok(Some(scan))
    });
    reading.await.map_err(Error::Task)?
}

fn table_report(snapshot: &Snapshot, table: &Table, scan: Option<&Scan>, newest: Option<NaiveDate>) -> TableReport {
    let files = snapshot.table(table.name);
    let count = |count: Option<usize>| u64::try_from(count.unwrap_or_default()).unwrap_or(u64::MAX);
    let last = scan.and_then(|scan| scan.dates.last()).copied();
    TableReport {
        table: table.name.to_owned(),
        required: table.required,
        present: files.is_some(),
        files: count(files.map(|files| files.files().len())),
        rows: count(files.map(|files| files.rows())),
        first: scan.and_then(|scan| scan.dates.first()).copied().map(Day),
        last: last.map(Day),
        days_behind: newest.zip(last).map(|(newest, last)| (newest - last).num_days().max(0)),
        errors: 0,
        notes: 0,
    }
}
