//! What is in the files without reading their rows: columns missing or renamed, and whether they are the manifest's.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::report::{Finding, Kind};
use crate::count::counted;
use crate::error::{Error, Result, SnapshotError};
use crate::snapshot::breach::{Ledger, OfFiles};
use crate::snapshot::manifest::{GoneMonth, TableEntry};
use crate::snapshot::{Origin, Snapshot, TABLES, Table, TableFiles};

/// Files of a plain folder that are of no table.
pub fn unknown(snapshot: &Snapshot) -> Option<Finding> {
    let Origin::Folder(folder) = snapshot.origin() else { return None };
    let is_unknown = |path: &PathBuf| {
        let of_table = |table: &Table| path.file_name().is_some_and(|name| name == table.plain_file().as_str());
        let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        !path.is_dir() && !is_hidden && !TABLES.iter().any(of_table)
    };
    let entries = fs::read_dir(folder).ok().filter(|_| snapshot.manifest().is_none())?.flatten();
    let mut unknown: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_unknown).collect();
    unknown.sort();
    let first = unknown.first()?.display().to_string();
    let message = format!("{} of no table, so not read", counted(unknown.len(), "file"));
    Some(Finding::of_snapshot(Kind::UnnamedFile, unknown.len(), message).with_example(Some(first)))
}

/// Columns that are missing or taken under a former name.
///
/// # Errors
/// A file cannot be opened.
pub fn columns(files: &TableFiles) -> Result<Vec<Finding>> {
    let table = files.table();
    let mut findings = Vec::new();
    for (former, present) in files.renamed_columns()? {
        findings.push(Finding::of(
            table,
            Kind::RenamedColumn,
            1,
            format!("{former} is taken as {present}, its name today"),
        ));
    }
    // Columns that the same files do not have are said at once; a file is often a month.
    let mut missing: BTreeMap<Vec<String>, Vec<&'static str>> = BTreeMap::new();
    let mut without: Vec<Vec<String>> = vec![Vec::new(); table.columns.len()];
    for file in files.files() {
        for (without, column) in without.iter_mut().zip(file.columns()?) {
            if column.is_missing() {
                without.push(file.label());
            }
        }
    }
    for (column, from) in table.columns.iter().zip(without).filter(|(_, from)| !from.is_empty()) {
        missing.entry(from).or_default().push(column.name);
    }
    for (from, columns) in missing {
        let (named, count) = (columns.join(", "), counted(columns.len(), "optional column"));
        let finding = if from.len() == files.files().len() {
            Finding::of(table, Kind::MissingColumn, columns.len(), format!("{count} missing, taken as NULL: {named}"))
        } else {
            let some = format!("{} of {} files", from.len(), files.files().len());
            let message = format!("{count} missing in {some}, taken as NULL there: {named}");
            Finding::of(table, Kind::MissingColumn, columns.len(), message).with_example(from.into_iter().next())
        };
        findings.push(finding);
    }
    Ok(findings)
}

/// Files whose contents are not what the manifest says.
pub fn altered(files: &TableFiles) -> Vec<Finding> {
    let mut altered = Vec::new();
    for file in files.files() {
        // A file that cannot be read at all is found by reading its rows.
        if let Err(Error::Snapshot(SnapshotError::Altered { .. })) = file.verify() {
            altered.push(file.label());
        }
    }
    if altered.is_empty() {
        return Vec::new();
    }
    let message =
        format!("{} changed since the pull: its SHA-256 is not the manifest's", counted(altered.len(), "file"));
    vec![Finding::of(files.table(), Kind::Altered, altered.len(), message).with_example(altered.into_iter().next())]
}

/// What the pulls found amiss of a table: values that did not fit, and rows that are gone from the source.
pub fn pulled(table: &'static Table, entry: &TableEntry) -> Vec<Finding> {
    let Some(pulled) = &entry.pulled else { return Vec::new() };
    let mut findings = Vec::new();
    let ledger = Ledger::of_pulled(pulled.misfits(), pulled.first_misfit());
    ledger.enter(OfFiles::new());
    findings.extend(ledger.breaches(table).into_iter().map(|breach| Finding::of_breach(table, breach)));
    let count = |what: &GoneMonth| usize::try_from(what.rows_gone).unwrap_or(usize::MAX).max(what.columns_gone.len());
    for gone in &pulled.gone {
        let message =
            format!("{}: its file was taken away when the source had {}; they are gone", gone.month, gone.said());
        findings.push(Finding::of(table, Kind::GoneAtSource, count(gone), message));
    }
    for kept in &pulled.kept {
        let own = if table.is_dated() { "the month from before is kept" } else { "the table from before is kept" };
        let message = format!("{}: the source had {} when it was pulled last; {own}", kept.month, kept.said());
        findings.push(Finding::of(table, Kind::GoneAtSource, count(kept), message));
    }
    findings
}
