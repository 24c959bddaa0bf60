//! The columns that definitions may name (`queries/definitions/columns.toml`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::check::Kind;
use crate::error::one_line;
use crate::queries::{self, Queries, line_at};
use crate::snapshot::numbered::is_numbered;

/// A column of a candidate that definitions may name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    #[serde(rename = "type")]
    pub kind: Kind,
    pub unit: Option<String>,
    /// From when on it is known.
    #[serde(default)]
    pub known: Known,
    /// What beside the candidate's own past it is made of; none for a column that is made of nothing else.
    pub made_of: Option<Beside>,
    /// The relation that has it, read only where a version names the column; none: evidence or candidates.
    pub relation: Option<String>,
    pub about: String,
}

/// From which step on a column of a candidate is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// Before any signal.
    #[default]
    Candidate,
    /// Once its signals are known: for filters and the score.
    Tags,
}

/// What a slate has beside its candidates, and only some versions read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beside {
    /// What the slate's models agree on.
    Consensus,
    /// How signals did of late.
    SignalHealth,
}

/// What a candidate's columns are besides those of `decisions`: other forms of its columns.
const FORMS: &[&str] = &["season_week", "is_over", "is_under", "recommendation", "edge_points", "relative_edge"];

/// Where the columns are among the queries.
const FILE: &str = "definitions/columns.toml";

/// The columns of the queries in use, by name.
#[allow(
    clippy::panic,
    reason = "a test parses the program's own, and those of a folder are read before anything names one"
)]
pub static COLUMNS: LazyLock<BTreeMap<String, Column>> = LazyLock::new(|| match columns_of(queries::in_use()) {
    Ok(columns) => columns,
    Err((file, reason)) => panic!("{file}: {reason}"),
});

/// The columns that definitions of `queries` may name, or the file and what is wrong with it.
///
/// # Errors
/// It is not there, or states no columns.
pub fn columns_of(queries: &Queries) -> Result<BTreeMap<String, Column>, (String, String)> {
    let missing = "no such file; the program reads it, so copy it from the sources";
    let text = queries.text(FILE).ok_or_else(|| (queries.label(FILE), missing.to_owned()))?;
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let line = error.span().map(|span| format!(", line {}", line_at(text.as_bytes(), span.start)));
        (format!("{}{}", queries.label(FILE), line.unwrap_or_default()), one_line(error.message()))
    })
}

/// Whether a column is shown as an input of a signal: the side of a bet and other forms of a column are not.
pub(super) fn is_shown(column: &str) -> bool {
    !FORMS.contains(&column)
}

/// What kind of values a column of a candidate has that definitions may name, and from when on it is known; none of another
/// name. They are the documented ones and the numbered ones of the feature store.
pub fn column(name: &str) -> Option<(Kind, Known)> {
    match COLUMNS.get(name) {
        Some(column) => Some((column.kind, column.known)),
        None => is_numbered(name).then_some((Kind::Double, Known::Candidate)),
    }
}

/// Whether a column is known of a candidate before its signals.
pub fn is_of_candidate(name: &str) -> bool {
    column(name).is_some_and(|(_, known)| known == Known::Candidate)
}

/// Whether a column is known only once a candidate's signals are.
pub(super) fn is_of_tags(column: &str) -> bool {
    COLUMNS.get(column).is_some_and(|column| column.known == Known::Tags)
}

/// What beside the candidate's own past a column is made of.
pub(super) fn made_of(column: &str) -> Option<Beside> {
    COLUMNS.get(column)?.made_of
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
