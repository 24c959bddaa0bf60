//! Errors of queries, with the file and the line.

use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;

use crate::error::{Error, QueryError, Reason, did_you_mean, one_line};
use crate::queries;

/// An error of the query `sql` of a relation, at its line where the engine names one; a reslate error that travelled
/// through the engine stays what it is.
pub fn in_query(context: &SessionContext, relation: &str, sql: &str, error: DataFusionError) -> Error {
    in_file(context, &queries::in_use().file_of(relation), sql, error)
}

/// The same of a file that states no relation.
pub fn in_file(context: &SessionContext, file: &str, sql: &str, error: DataFusionError) -> Error {
    match Error::from(error) {
        error @ (Error::DataFusion(_) | Error::Engine(_)) => {
            let said = error.to_string();
            let line = line_in(&said).or_else(|| line_of_plan(context, sql));
            let file = line.map_or_else(|| file.to_owned(), |line| format!("{file}, line {line}"));
            Error::Query(QueryError::BadFile { file, reason: Reason::because(one_line(plain(&said)), error) })
        }
        other => other,
    }
}

/// What is wrong with a relation as a whole.
pub fn bad_query(relation: &str, reason: impl Into<Reason>) -> Error {
    Error::Query(QueryError::BadFile { file: queries::in_use().file_of(relation), reason: reason.into() })
}

/// A name that a relation reads and that is none of `known`.
pub fn unknown_name(relation: &str, sql: &str, name: &str, known: &[&str]) -> Error {
    let file = queries::in_use().file_of(relation);
    let file = line_that_reads(sql, name).map_or_else(|| file.clone(), |line| format!("{file}, line {line}"));
    let hint = did_you_mean(name, known.iter().copied());
    let reason = format!("reads '{}', which is no table or relation{hint}", one_line(name));
    Error::Query(QueryError::BadFile { file, reason: reason.into() })
}

/// The line on which a query names a relation after FROM or JOIN.
fn line_that_reads(sql: &str, name: &str) -> Option<usize> {
    let mut before = "";
    for (at, line) in sql.lines().enumerate() {
        let code = line.split("--").next().unwrap_or_default();
        for word in
            code.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty())
        {
            if word == name && ["FROM", "JOIN"].iter().any(|keyword| before.eq_ignore_ascii_case(keyword)) {
                return Some(at + 1);
            }
            before = word;
        }
    }
    None
}

/// A message of the engine without what it says of itself.
pub fn plain(reason: &str) -> &str {
    let reason = reason.strip_prefix("Error during planning: ").unwrap_or(reason);
    let parsing = reason.strip_prefix("SQL error: ParserError(\"").and_then(|rest| rest.strip_suffix("\")"));
    parsing.unwrap_or(reason)
}

/// The line that a message of the parser ends with: `... at Line: 12, Column: 5`.
fn line_in(reason: &str) -> Option<u64> {
    let (_, after) = reason.rsplit_once(" at Line: ")?;
    after.split_once(',')?.0.parse().ok()
}

/// The line of what does not plan in a query, which the engine only keeps when it is told to.
fn line_of_plan(context: &SessionContext, sql: &str) -> Option<u64> {
    let mut state = context.state();
    state.config_mut().options_mut().sql_parser.collect_spans = true;
    let statement = state.sql_to_statement(sql, &datafusion::config::Dialect::Generic).ok()?;
    let planning = state.statement_to_plan(statement);
    let error = futures_util::FutureExt::now_or_never(planning)?.err()?;
    Some(error.diagnostic()?.span.as_ref()?.start.line)
}
