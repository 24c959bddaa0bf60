//! What a user's query gets wrong, in words that say what to write instead.

use std::collections::BTreeSet;

use datafusion::common::{Column, SchemaError};
use datafusion::error::DataFusionError;

use super::located::plain;
use crate::error::{Error, QueryError, Reason, did_you_mean, one_line};
use crate::snapshot::contract::RENAMED;

/// Columns that people look for where they are not: table, column, what it is.
const COMPUTED: &[(&str, &str, &str)] =
    &[("prediction_accuracy", "edge", "it is computed: predicted_points - line_value")];

/// The error of a user's query that names the tables `named`, where those of `known` exist.
pub fn of_query(error: DataFusionError, named: &BTreeSet<String>, known: &[String]) -> Error {
    if let Some((column, valid)) = unknown_column(&error) {
        return refused(of_column(column, valid, named));
    }
    match Error::from(error) {
        error @ (Error::DataFusion(_) | Error::Engine(_)) => {
            let reason = one_line(&of_reason(&error.to_string(), named, known));
            Error::Query(QueryError::OfUser { reason: Reason::because(reason, error) })
        }
        other => other,
    }
}

fn unknown_column(error: &DataFusionError) -> Option<(&Column, &[Column])> {
    match error {
        DataFusionError::SchemaError(inner, _) => match inner.as_ref() {
            SchemaError::FieldNotFound { field, valid_fields } => Some((field, valid_fields)),
            _ => None,
        },
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => unknown_column(inner),
        DataFusionError::Shared(inner) => unknown_column(inner),
        _ => None,
    }
}

fn of_column(column: &Column, valid: &[Column], named: &BTreeSet<String>) -> String {
    let missing = format!("no column '{}'", column.flat_name());
    let computed = COMPUTED.iter().find(|(table, name, _)| named.contains(*table) && column.name == *name);
    if let Some((table, name, what)) = computed {
        return format!("{table} has no column '{name}'; {what}");
    }
    let renamed = RENAMED.iter().find(|(table, from, _)| named.contains(*table) && column.name == *from);
    if let Some((table, from, now)) = renamed {
        return format!("{table} has no column '{from}'; it is called {now} today");
    }
    let names: Vec<&str> = valid.iter().map(|column| column.name.as_str()).collect();
    match did_you_mean(&column.name, names.iter().copied()) {
        hint if hint.is_empty() => format!("{missing}; there are {}", names.join(", ")),
        hint => format!("{missing}{hint}"),
    }
}

fn of_reason(reason: &str, named: &BTreeSet<String>, known: &[String]) -> String {
    let reason = plain(reason);
    if reason.starts_with("DDL not supported") || reason.starts_with("DML not supported") {
        return format!("the snapshot is read-only, so only SELECT is allowed ({reason})");
    }
    let unknown = named.iter().find(|name| reason.contains(&format!(".{name}' not found")));
    match unknown {
        Some(name) => {
            let hint = did_you_mean(name, known.iter().map(String::as_str));
            format!("no table or relation '{name}'{hint}")
        }
        None => reason.to_owned(),
    }
}

fn refused(reason: String) -> Error {
    Error::Query(QueryError::OfUser { reason: one_line(&reason).into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(error: DataFusionError) -> String {
        let named = BTreeSet::from(["prediction_accuracy".to_owned()]);
        of_query(error, &named, &["prediction_accuracy".to_owned()]).to_string()
    }

    fn no_column(name: &str) -> DataFusionError {
        let valid_fields = vec![Column::from_name("line_value"), Column::from_name("prediction_correct")];
        let inner = SchemaError::FieldNotFound { field: Box::new(Column::from_name(name)), valid_fields };
        DataFusionError::SchemaError(Box::new(inner), Box::new(None)).context("planning")
    }

    #[test]
    fn columns_that_are_not_there_are_explained() {
        let edge = advice(no_column("edge"));
        assert_eq!(
            edge,
            "query: prediction_accuracy has no column 'edge'; it is computed: predicted_points - line_value"
        );
        let renamed = advice(no_column("is_correct"));
        assert_eq!(
            renamed,
            "query: prediction_accuracy has no column 'is_correct'; it is called prediction_correct today"
        );
        assert_eq!(advice(no_column("line_valu")), "query: no column 'line_valu'; did you mean 'line_value'?");
        assert_eq!(advice(no_column("xyz")), "query: no column 'xyz'; there are line_value, prediction_correct");
    }

    #[test]
    fn writing_is_refused_in_words() {
        let error = DataFusionError::Plan("DDL not supported: DropTable".to_owned());
        let text = "query: the snapshot is read-only, so only SELECT is allowed (DDL not supported: DropTable)";
        assert_eq!(advice(error), text);
    }
}
