//! The files in a snapshot's folder against its manifest, byte by byte, whether or not the snapshot can be opened.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::report::{Finding, Kind};
use crate::count::counted;
use crate::snapshot::contract;
use crate::snapshot::manifest::{self, Manifest};

/// What is not as the manifest has it, if it is whole itself: files that are missing or have other bytes, each by its name, and files that it does
/// not name.
pub fn verify(folder: &Path, manifest: &Manifest) -> Vec<Finding> {
    if let Some(defect) = manifest.defect(Some(folder)) {
        let message = format!("the manifest is not as it was written: {defect}; put back a copy of it");
        return vec![Finding::of_snapshot(Kind::Altered, 1, message)];
    }
    let mut findings = Vec::new();
    for (name, entry) in &manifest.tables {
        findings.extend(entry.files.iter().filter_map(|file| {
            let (kind, what) = match manifest::sha256_of_file(&folder.join(&file.path)) {
                Ok(found) if found == file.sha256 => return None,
                Ok(found) => {
                    (Kind::Altered, format!("has other bytes than the manifest says (SHA-256 {})", short(&found)))
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => (Kind::MissingFile, "is missing".to_owned()),
                Err(error) => (Kind::Unreadable, format!("cannot be read ({error})")),
            };
            Some(of_table(name, kind, 1, format!("{} {what}; {}", file.path, entry.remedy(kind == Kind::MissingFile))))
        }));
    }
    findings.extend(unnamed(folder, manifest));
    findings
}

fn of_table(name: &str, kind: Kind, count: usize, message: String) -> Finding {
    match contract::table(name) {
        Some(table) => Finding::of(table, kind, count, message),
        None => Finding { table: Some(name.to_owned()), ..Finding::of_snapshot(kind, count, message) },
    }
}

/// Files that are there and that the manifest does not name, by the folder that they are in.
fn unnamed(folder: &Path, manifest: &Manifest) -> Vec<Finding> {
    let files = manifest.tables.values().flat_map(|table| &table.files);
    let mut named: BTreeSet<PathBuf> = files.map(|file| folder.join(&file.path)).collect();
    named.insert(folder.join(manifest::FILE_NAME));
    let mut found = BTreeMap::<PathBuf, Vec<PathBuf>>::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            // A link to a folder is no folder of the snapshot's.
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            match (is_folder, is_hidden) {
                (true, _) => folders.push(path),
                (false, false) if !named.contains(&path) => found.entry(next.clone()).or_default().push(path),
                (false, _) => {}
            }
        }
    }
    let finding = |(place, mut files): (PathBuf, Vec<PathBuf>)| {
        files.sort();
        let message = format!(
            "{} that the manifest does not name, so no part of the snapshot; what a pull superseded goes with a later one",
            counted(files.len(), "file")
        );
        let name =
            place.strip_prefix(folder).ok().and_then(Path::to_str).filter(|name| contract::table(name).is_some());
        let finding = match name {
            Some(table) => of_table(table, Kind::UnnamedFile, files.len(), message),
            None => Finding::of_snapshot(Kind::UnnamedFile, files.len(), message),
        };
        finding.with_example(files.first().map(|file| file.display().to_string()))
    };
    found.into_iter().map(finding).collect()
}

fn short(sha256: &str) -> &str {
    const DIGITS: usize = 12;
    sha256.get(..DIGITS).unwrap_or(sha256)
}
