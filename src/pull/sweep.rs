//! Removing what earlier pulls left: files that no manifest names any more, and files that were never complete.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::disk::{Disk, UNFINISHED};
use crate::snapshot::TABLES;
use crate::snapshot::manifest::Manifest;
use crate::snapshot::month::Month;

/// Removes from the folder `target` the month files that a pull named by their contents and none of `manifests` names, and
/// unfinished files; others are left alone. Returns what is to be said, if not everything could be removed.
pub fn sweep(disk: &dyn Disk, target: &Path, manifests: [Option<&Manifest>; 2]) -> Option<String> {
    let tables = manifests.into_iter().flatten().flat_map(|manifest| manifest.tables.values());
    let named: BTreeSet<PathBuf> = tables.flat_map(|table| &table.files).map(|file| target.join(&file.path)).collect();
    let is_unfinished = |name: &str| name.starts_with(UNFINISHED);
    let mut left = Vec::new();
    let mut sweep = |folder: &Path, is_ours: &dyn Fn(&str) -> bool| {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let is_superfluous = is_ours(&entry.file_name().to_string_lossy()) && !named.contains(&entry.path());
            if is_superfluous && let Err(error) = disk.remove(&entry.path()) {
                left.push(format!("{} ({error})", entry.path().display()));
            }
        }
    };
    sweep(target, &is_unfinished);
    for table in TABLES {
        sweep(&target.join(table.name), &|name| is_unfinished(name) || is_of_a_pull(name));
    }
    let first = left.first()?;
    Some(format!("{} superseded files could not be removed: {first}", left.len()))
}

/// Whether a file has the name that pulls give: `MONTH.HASH.parquet`, with twelve hexadecimal digits.
fn is_of_a_pull(name: &str) -> bool {
    let is_hash = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts: Vec<&str> = name.split('.').collect();
    matches!(parts[..], [_, hash, "parquet"] if is_hash(hash)) && Month::of_file(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_names_are_not_of_a_pull() {
        assert!(is_of_a_pull("2026-01.0a1b2c3d4e5f.parquet"));
        assert!(is_of_a_pull("all.0a1b2c3d4e5f.parquet"));
        for other in ["2026-01.parquet", "all.parquet", "2026-01.mynotes.parquet", "part.0a1b2c3d4e5f.parquet"] {
            assert!(!is_of_a_pull(other), "{other}");
        }
    }
}
