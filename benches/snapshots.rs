//! The snapshots to measure on.

use std::path::{Path, PathBuf};

/// The snapshots there are, by name.
pub fn snapshots() -> Vec<(&'static str, Option<PathBuf>)> {
    let season = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/season-2025-26");
    let real = season.is_dir().then_some(("season-2025-26", Some(season)));
    std::iter::once(("demo", None)).chain(real).collect()
}
