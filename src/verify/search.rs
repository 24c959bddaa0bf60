//! What a search for causes goes by.

use super::case::{Case, Slate, Slates};
use super::named::Known;
use crate::snapshot::Snapshot;
use crate::version::Version;

/// What a search for causes goes by.
pub struct Search<'a> {
    pub snapshot: &'a Snapshot,
    pub known: &'a Known,
    /// The versions that rows name, as they decide.
    pub versions: &'a [Version],
    pub slates: &'a Slates,
    pub subset_version: Option<&'a str>,
    pub left_out: &'a [&'a str],
}

impl Search<'_> {
    /// The slate of a case.
    pub fn slate(&self, case: &Case) -> Option<&Slate> {
        self.slates.get(&(case.version.clone(), case.key.date))
    }
}
