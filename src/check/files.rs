//! What is in the files without reading their rows: columns absent or renamed, and whether they are the manifest's.

use super::report::{Finding, Kind};
use super::scan::counted;
use crate::snapshot::manifest::{self, Manifest, TableEntry};
use crate::snapshot::{Snapshot, TableFiles};

/// Columns that are absent or taken under a former name.
pub fn columns(files: &TableFiles) -> Vec<Finding> {
    let table = files.table();
    let mut findings = Vec::new();
    for (former, present) in files.renamed_columns() {
        findings.push(Finding::of(
            table,
            Kind::RenamedColumn,
            1,
            format!("{former} is taken as {present}, its name today"),
        ));
    }
    let absent = files.absent_columns();
    if !absent.is_empty() && !files.files().is_empty() {
        let message =
            format!("{} absent, taken as NULL: {}", counted(absent.len(), "optional column"), absent.join(", "));
        findings.push(Finding::of(table, Kind::AbsentColumn, absent.len(), message));
    }
    findings
}

/// Files whose contents are not what the manifest says.
pub fn altered(files: &TableFiles, entry: &TableEntry) -> Vec<Finding> {
    let mut altered = Vec::new();
    for (file, written) in files.files().iter().zip(&entry.files) {
        // A file that cannot be read at all is found by reading its rows.
        if file.source().bytes().is_ok_and(|bytes| manifest::sha256(&bytes) != written.sha256) {
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

/// A manifest whose id is not that of the tables it lists.
pub fn other_id(snapshot: &Snapshot) -> Vec<Finding> {
    let edited = snapshot.manifest().filter(|manifest| manifest.id != Manifest::id_of(&manifest.tables));
    let message = "the manifest's id is not that of the tables it lists; it was edited after the pull";
    edited.map(|_| Finding::of_snapshot(Kind::Altered, 1, message)).into_iter().collect()
}
