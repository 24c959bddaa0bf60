//! The columns that definitions may name (`queries/definitions/columns.toml`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::check::Kind;
use crate::snapshot::numbered::is_numbered;

/// A column of a candidate that definitions may name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    #[serde(rename = "type")]
    pub kind: Kind,
    pub unit: Option<String>,
    /// From when on it is known.
    #[serde(default)]
    pub stage: Stage,
    /// The relation that has it, read only where a version names the column; none: evidence or candidates.
    pub relation: Option<String>,
    pub about: String,
}

/// From which step on a column of a candidate is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Before any signal.
    #[default]
    Candidate,
    /// Once its signals are known: for filters alone.
    Tags,
}

/// What a candidate's columns are besides those of `decisions`: other forms of its columns.
const FORMS: &[&str] = &["season_week", "is_over", "is_under", "recommendation", "edge_points", "relative_edge"];

/// The columns by name.
#[allow(clippy::panic, reason = "the text is the program's own, which a test parses")]
pub static COLUMNS: LazyLock<BTreeMap<String, Column>> =
    LazyLock::new(|| match toml::from_str(include_str!("../../queries/definitions/columns.toml")) {
        Ok(columns) => columns,
        Err(error) => panic!("queries/definitions/columns.toml: {error}"),
    });

/// Whether a column is shown as an input of a signal: the side of a bet and other forms of a column are not.
pub(super) fn is_shown(column: &str) -> bool {
    !FORMS.contains(&column)
}

/// What kind of values a column of a candidate has that definitions may name, and from when on it is known; none of another
/// name. They are the documented ones and the numbered ones of the feature store.
pub fn column(name: &str) -> Option<(Kind, Stage)> {
    match COLUMNS.get(name) {
        Some(column) => Some((column.kind, column.stage)),
        None => is_numbered(name).then_some((Kind::Double, Stage::Candidate)),
    }
}

/// Whether a column is known of a candidate before its signals.
pub fn is_of_candidate(name: &str) -> bool {
    column(name).is_some_and(|(_, stage)| stage == Stage::Candidate)
}

/// Whether a column is known only once a candidate's signals are.
pub(super) fn is_of_tags(column: &str) -> bool {
    COLUMNS.get(column).is_some_and(|column| column.stage == Stage::Tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_of_a_column() {
        for form in FORMS {
            assert!(COLUMNS.contains_key(*form), "{form}");
        }
    }
}
