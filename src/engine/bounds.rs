//! How deep a query may be. Planning follows a query's nesting, and so does the stack.

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use crate::error::{QueryError, Result};

/// The most steps of which each may rest on the one before: operators in a row, and SELECTs and joined tables of a query.
const MOST_STEPS: usize = 1_000;

/// Refuses a query that may nest deeper than the planner follows. What the parser itself cannot make anything of passes; it
/// says so better.
///
/// # Errors
/// It is too deep.
pub fn ensure_can_be_followed(sql: &str) -> Result<()> {
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, sql).tokenize() else { return Ok(()) };
    let steps = deepest(&tokens);
    if steps <= MOST_STEPS {
        return Ok(());
    }
    let reason =
        format!("is {steps} steps deep, more than {MOST_STEPS}; ask it in parts, or put values into an IN list");
    Err(QueryError::OfUser { reason: reason.into() }.into())
}

/// The most steps that may rest on one another, or more.
fn deepest(tokens: &[Token]) -> usize {
    let mut levels = vec![Level::default()];
    // Those of queries and tables, which may nest in one another wherever they are written.
    let mut queries = 0;
    let mut rests_on = 0;
    let mut most = 0;
    for token in tokens {
        let is_in_from = levels.last().is_some_and(|level| level.is_in_from);
        let mut add = 0;
        match token {
            Token::Whitespace(_) | Token::SemiColon | Token::EOF | Token::Number(..) => {}
            Token::LParen => levels.push(Level::default()),
            Token::RParen if levels.len() > 1 => {
                let inner = levels.pop().unwrap_or_default().steps;
                rests_on -= inner;
                // What follows rests on what was between the parentheses, or on what came before them.
                add = levels.last().map_or(0, |level| inner.saturating_sub(level.steps));
            }
            Token::RParen => {}
            Token::Comma => {
                queries += usize::from(is_in_from);
                if let Some(level) = levels.last_mut() {
                    rests_on -= std::mem::take(&mut level.steps);
                }
            }
            Token::Word(word) => match word.keyword {
                Keyword::SELECT | Keyword::TABLE | Keyword::VALUES | Keyword::JOIN => queries += 1,
                Keyword::AND | Keyword::OR | Keyword::NOT | Keyword::IS | Keyword::LIKE | Keyword::BETWEEN => add = 1,
                _ => {}
            },
            other if is_text(other) => {}
            _ => add = 1,
        }
        if let (Token::Word(word), Some(level)) = (token, levels.last_mut()) {
            match word.keyword {
                Keyword::FROM => level.is_in_from = true,
                Keyword::SELECT | Keyword::WHERE | Keyword::GROUP | Keyword::ORDER | Keyword::HAVING => {
                    level.is_in_from = false;
                }
                _ => {}
            }
        }
        if let Some(level) = levels.last_mut() {
            level.steps += add;
            rests_on += add;
        }
        most = most.max(queries + rests_on);
    }
    most
}

/// What is between two parentheses.
#[derive(Default)]
struct Level {
    /// Operators since the last comma.
    steps: usize,
    is_in_from: bool,
}

fn is_text(token: &Token) -> bool {
    matches!(token, Token::SingleQuotedString(_) | Token::DoubleQuotedString(_) | Token::Char(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(sql: &str) -> usize {
        deepest(&Tokenizer::new(&GenericDialect {}, sql).tokenize().unwrap())
    }

    #[test]
    fn only_what_rests_on_one_another_counts() {
        assert_eq!(steps("SELECT 1"), 1);
        assert_eq!(steps("SELECT a + b - c"), 3);
        assert_eq!(steps("SELECT a + b, c + d, (e * 2) + 1"), 3);
        assert_eq!(steps("SELECT x IN (1, 2, 3, -4, -5)"), 2);
        assert_eq!(steps("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3"), 3);
        assert_eq!(steps("SELECT a FROM t, u, v JOIN w ON w.a = v.a"), 7);
        assert_eq!(steps("WITH a AS (SELECT 1), b AS (SELECT 2) SELECT 'x' || 'y'"), 4);
        assert_eq!(steps("SELECT ((a + b) * (c + d)) AND e"), 4);
        assert_eq!(steps(")) + 1"), 1);
    }

    #[test]
    fn the_bound_is_the_bound() {
        let sum = |terms: usize| format!("SELECT 1{}", " + 1".repeat(terms));
        assert!(ensure_can_be_followed(&sum(MOST_STEPS - 1)).is_ok());
        let error = ensure_can_be_followed(&sum(MOST_STEPS)).unwrap_err().to_string();
        assert!(error.starts_with("query: is 1001 steps deep, more than 1000;"), "{error}");
        assert!(ensure_can_be_followed("SELECT 'open").is_ok());
    }
}
