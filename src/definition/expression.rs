//! The scalar expressions of definitions: what of SQL they may be, and what their names mean.
//!
//! An expression speaks of one candidate. It names documented columns, parameters and immutable scalar functions, and nothing
//! that looks at other rows, so it cannot see more than what was known of the candidate before its slate.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
    UnaryOperator, Value, visit_expressions, visit_expressions_mut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Location, Token};

use super::feature::Feature;
use super::hazards::guard;
use crate::error::one_line;

/// Longer than any condition that a person writes.
const MOST_BYTES: usize = 10_000;

/// The deepest nesting that is parsed.
const MOST_NESTED: usize = 50;

/// The most operators of an expression: planning follows a chain of them.
const MOST_OPERATORS: usize = 500;

/// What stands before the name of a parameter's column beside the columns of a candidate.
pub const SET: &str = "set.";

/// What stands before the name of a feature's column.
pub const FEATURE: &str = "feature.";

/// Sets of tags by name, of which `count_tags('NAME')` counts those that a candidate has.
pub type TagSets = BTreeMap<String, Vec<String>>;

/// An expression of the language, its names resolved.
#[derive(Debug, Clone)]
pub struct Expression {
    /// As it is written.
    text: String,
    /// Shared: versions are copied often, and most of what they copy are definitions.
    ast: Arc<Expr>,
    /// The columns of candidates and the features that it names, in the order in which they are written, each once.
    columns: Vec<String>,
    /// The features among them, as they are defined.
    features: Vec<Arc<Feature>>,
    /// The columns of `params` that it names, likewise.
    parameters: Vec<String>,
    /// The tags that it asks for by name.
    tags: Vec<String>,
    /// The sets of tags that it counts.
    tag_sets: Vec<String>,
    /// Whether it looks at tags in any way.
    looks_at_tags: bool,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Expression) -> bool {
        // A name may mean a parameter of the definition's own.
        self.text == other.text && self.features == other.features && self.parameters == other.parameters
    }
}

/// What a name in an expression means.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// A column of the candidate.
    Column(String),
    /// A feature of the candidate.
    Feature(Arc<Feature>),
    /// A column of `params`: a parameter by its whole name, or an end of a range (`NAME.low`, `NAME.high`).
    Parameter(String),
}

/// Why a text is no expression of the language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub reason: String,
    /// The bytes of the expression's text, where a word of it is to blame.
    pub word: Option<Range<usize>>,
}

impl Wrong {
    fn new(reason: impl Into<String>) -> Wrong {
        Wrong { reason: reason.into(), word: None }
    }

    /// Blames the word of `text` at a place as the parser counts.
    fn at(reason: impl Into<String>, text: &str, place: Location) -> Wrong {
        Wrong { reason: reason.into(), word: word_at(text, place) }
    }
}

impl From<String> for Wrong {
    fn from(reason: String) -> Wrong {
        Wrong::new(reason)
    }
}

/// The bytes of the word of `text` at a place as the parser counts (lines and letters from 1; 0 where it does not know): a
/// name with its parts, or one letter of anything else.
fn word_at(text: &str, place: Location) -> Option<Range<usize>> {
    let (line, letter) = (usize::try_from(place.line).ok()?, usize::try_from(place.column).ok()?);
    let before: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let (within, _) = text.get(before..)?.char_indices().nth(letter.checked_sub(1)?)?;
    let rest = &text[before + within..];
    let is_of_name = |letter: char| letter.is_alphanumeric() || "_.\"".contains(letter);
    let name = rest.find(|letter| !is_of_name(letter)).unwrap_or(rest.len());
    let length = if name > 0 { name } else { rest.chars().next()?.len_utf8() };
    Some(before + within..before + within + length)
}

impl Expression {
    /// Parses `text`; `meaning` says what a name means, or why it means nothing.
    ///
    /// # Errors
    /// It is no scalar expression, has something in it that definitions may not, or names what is not there.
    pub fn parse(text: &str, meaning: impl Fn(&str) -> Result<Meaning, String>) -> Result<Expression, Wrong> {
        let mut ast = parsed(text)?;
        ensure_of_the_language(&ast, text)?;
        let mut expression = Expression {
            text: text.to_owned(),
            ast: Arc::new(Expr::Value(Value::Null.into())),
            columns: Vec::new(),
            features: Vec::new(),
            parameters: Vec::new(),
            tags: Vec::new(),
            tag_sets: Vec::new(),
            looks_at_tags: false,
        };
        let resolved = visit_expressions_mut(&mut ast, |node| expression.resolve(node, &meaning));
        if let ControlFlow::Break(wrong) = resolved {
            return Err(wrong);
        }
        expression.ast = Arc::new(ast);
        Ok(expression)
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its names resolved.
    pub(super) fn ast(&self) -> &Expr {
        &self.ast
    }

    /// The columns of candidates and the features that it names.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The features that it names.
    pub fn features(&self) -> &[Arc<Feature>] {
        &self.features
    }

    /// The same with features that are defined anew.
    pub fn redefining(&self, features: &BTreeMap<String, Arc<Feature>>) -> Expression {
        let defined = |feature: &Arc<Feature>| Arc::clone(features.get(&feature.name).unwrap_or(feature));
        Expression { features: self.features.iter().map(defined).collect(), ..self.clone() }
    }

    /// The same with other names of the features' columns.
    pub fn with_features_as(&self, column: impl Fn(&Arc<Feature>) -> String) -> Expression {
        let mut expression = self.clone();
        let renamed: ControlFlow<()> = visit_expressions_mut(Arc::make_mut(&mut expression.ast), |node| {
            let of_node = |feature: &&Arc<Feature>| matches!(node, Expr::Identifier(ident) if ident.value.strip_prefix(FEATURE) == Some(feature.name.as_str()));
            if let Some(feature) = self.features.iter().find(of_node) {
                *node = Expr::Identifier(Ident::with_quote('"', column(feature)));
            }
            ControlFlow::Continue(())
        });
        debug_assert!(renamed.is_continue());
        expression
    }

    /// The columns of `params` that it names.
    pub fn parameters(&self) -> &[String] {
        &self.parameters
    }

    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    pub fn tag_sets(&self) -> &[String] {
        &self.tag_sets
    }

    pub fn looks_at_tags(&self) -> bool {
        self.looks_at_tags
    }

    /// The parts of its conjunction, such as the three of `a AND b AND c`.
    pub fn conjuncts(&self, tag_sets: &TagSets) -> Vec<Conjunct> {
        let (mut written, mut lowered) = (Vec::new(), Vec::new());
        conjuncts_of(&self.ast, &mut written);
        let ast = self.lowered(tag_sets);
        conjuncts_of(&ast, &mut lowered);
        let part = |(written, lowered): (&Expr, &Expr)| Conjunct {
            text: written.to_string(),
            sql: lowered.to_string(),
            comparison: compared(lowered),
        };
        written.into_iter().zip(lowered).map(part).collect()
    }

    /// The expression over a candidate's columns, parameters as `"set.NAME"`, tags as `signal_tags` and `signal_count`.
    pub fn sql(&self, tag_sets: &TagSets) -> String {
        if self.text.trim() == "count_tags()" {
            return "signal_count".to_owned();
        }
        self.lowered(tag_sets).to_string()
    }

    /// Without calls of what only definitions know.
    pub(super) fn lowered(&self, tag_sets: &TagSets) -> Expr {
        let mut ast = Expr::clone(&self.ast);
        let lowered: ControlFlow<()> = visit_expressions_mut(&mut ast, |node| {
            if let Expr::Function(function) = node
                && let Some(lowered) = lowered_tags(function, tag_sets)
            {
                *node = lowered;
            }
            ControlFlow::Continue(())
        });
        debug_assert!(lowered.is_continue());
        ast
    }

    fn resolve(&mut self, node: &mut Expr, meaning: impl Fn(&str) -> Result<Meaning, String>) -> ControlFlow<Wrong> {
        let start = |idents: &[Ident]| idents.first().map_or(Location::empty(), |ident| ident.span.start);
        let (name, start) = match node {
            Expr::Identifier(ident) => (plain(ident), start(std::slice::from_ref(ident))),
            Expr::CompoundIdentifier(idents) => (idents.iter().map(plain).collect::<Vec<_>>().join("."), start(idents)),
            Expr::BinaryOp { op: BinaryOperator::Divide | BinaryOperator::Modulo, right, .. } => {
                if !is_number_but_zero(right) {
                    let divisor = std::mem::replace(right, Box::new(Expr::Value(Value::Null.into())));
                    **right = call("nullif", vec![*divisor, number("0")]);
                }
                return ControlFlow::Continue(());
            }
            // Two signs in a row would begin a comment.
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => {
                if !matches!(**expr, Expr::Identifier(_) | Expr::Nested(_)) {
                    let operand = std::mem::replace(expr, Box::new(Expr::Value(Value::Null.into())));
                    **expr = Expr::Nested(operand);
                }
                return ControlFlow::Continue(());
            }
            Expr::Function(function) => {
                let noted = self.note_call(function);
                guard(node);
                return noted;
            }
            other => {
                guard(other);
                return ControlFlow::Continue(());
            }
        };
        let column = match meaning(&name) {
            Ok(Meaning::Column(column)) => {
                note(&mut self.columns, &column);
                column
            }
            Ok(Meaning::Feature(feature)) => {
                note(&mut self.columns, &feature.name);
                let column = format!("{FEATURE}{}", feature.name);
                if !self.features.contains(&feature) {
                    self.features.push(feature);
                }
                column
            }
            Ok(Meaning::Parameter(parameter)) => {
                note(&mut self.parameters, &parameter);
                format!("{SET}{parameter}")
            }
            Err(reason) => return ControlFlow::Break(Wrong::at(reason, &self.text, start)),
        };
        *node = Expr::Identifier(Ident::with_quote('"', column));
        ControlFlow::Continue(())
    }

    /// Notes what a call looks at: `has('TAG')`, `count_tags()` and `count_tags('SET')`.
    fn note_call(&mut self, function: &Function) -> ControlFlow<Wrong> {
        let name = name_of(function);
        // Names have been quoted by now.
        let said = one_line(&function.to_string().replace('"', ""));
        let start = start_of(function);
        let wrong = |reason: &str| ControlFlow::Break(Wrong::at(format!("{said}: {reason}"), &self.text, start));
        match (name.as_str(), texts_of(function).as_deref()) {
            ("has", Some([tag])) => note(&mut self.tags, tag),
            ("has", _) => return wrong("write the tag as a text, such as has('high_edge')"),
            ("count_tags", Some([])) => {}
            ("count_tags", Some([set])) => note(&mut self.tag_sets, set),
            ("count_tags", _) => return wrong("takes nothing, or the name of a set of tags as a text"),
            _ => return ControlFlow::Continue(()),
        }
        self.looks_at_tags = true;
        ControlFlow::Continue(())
    }
}

/// A part of a conjunction, and what it compares where it is a comparison of a value with a parameter or number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conjunct {
    /// As it may be written.
    pub text: String,
    pub sql: String,
    /// Value, comparison and threshold, the value on the left; none where it compares nothing.
    pub comparison: Option<[String; 3]>,
}

fn conjuncts_of<'a>(ast: &'a Expr, parts: &mut Vec<&'a Expr>) {
    match ast {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            conjuncts_of(left, parts);
            conjuncts_of(right, parts);
        }
        Expr::Nested(inner) if matches!(**inner, Expr::BinaryOp { op: BinaryOperator::And, .. }) => {
            conjuncts_of(inner, parts);
        }
        other => parts.push(other),
    }
}

/// Value, comparison and threshold of a comparison.
fn compared(ast: &Expr) -> Option<[String; 3]> {
    match ast {
        Expr::BinaryOp { left, op, right } if is_order(op) => {
            Some([left.to_string(), op.to_string(), right.to_string()])
        }
        _ => None,
    }
}

fn is_order(op: &BinaryOperator) -> bool {
    matches!(op, BinaryOperator::Gt | BinaryOperator::GtEq | BinaryOperator::Lt | BinaryOperator::LtEq)
}

fn parsed(text: &str) -> Result<Expr, Wrong> {
    if text.trim().is_empty() {
        return Err(Wrong::new("is empty"));
    }
    if text.len() > MOST_BYTES {
        return Err(Wrong::new(format!(
            "is {} bytes long, more than {MOST_BYTES}; say it in several definitions",
            text.len()
        )));
    }
    let no_sql = |error: &dyn std::fmt::Display| {
        let said = error.to_string();
        let said = said.trim_start_matches("sql parser error: ");
        match said {
            said if said.contains("recursion limit") => Wrong::new(format!("is nested more than {MOST_NESTED} deep")),
            said => Wrong { reason: format!("is no SQL expression: {}", one_line(said)), word: word_said(text, said) },
        }
    };
    let dialect = GenericDialect {};
    let parser = Parser::new(&dialect).with_recursion_limit(MOST_NESTED);
    let mut parser = parser.try_with_sql(text).map_err(|error| no_sql(&error))?;
    let ast = parser.parse_expr().map_err(|error| no_sql(&error))?;
    let next = parser.peek_token();
    match next.token {
        Token::EOF => Ok(ast),
        rest => {
            let reason = format!("is no single expression: unexpected '{}'", one_line(&rest.to_string()));
            Err(Wrong::at(reason, text, next.span.start))
        }
    }
}

/// The word that a message of the parser is about, which ends with its place (`at Line: 1, Column: 12`); its last letter where
/// the text ends too soon.
fn word_said(text: &str, said: &str) -> Option<Range<usize>> {
    if said.ends_with("found: EOF") {
        let end = text.trim_end().len();
        let last = text[..end].chars().next_back()?;
        return Some(end - last.len_utf8()..end);
    }
    let (line, column) = said.rsplit_once(" at Line: ")?.1.split_once(", Column: ")?;
    word_at(text, Location { line: line.parse().ok()?, column: column.parse().ok()? })
}

/// Whether every part is one that a definition may have.
fn ensure_of_the_language(ast: &Expr, text: &str) -> Result<(), Wrong> {
    let mut operators = 0;
    let visited = visit_expressions(ast, |node| {
        let why = match node {
            Expr::BinaryOp { op, .. } if is_of_scalars(op) => {
                operators += 1;
                (operators > MOST_OPERATORS).then(|| format!("has more than {MOST_OPERATORS} operators"))
            }
            Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus | UnaryOperator::Not, .. } => None,
            Expr::Value(value) if matches!(value.value, Value::Placeholder(_)) => {
                Some(format!("'{}' stands for a value that nobody gives", one_line(&value.to_string())))
            }
            Expr::Identifier(_)
            | Expr::CompoundIdentifier(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsDistinctFrom(..)
            | Expr::IsNotDistinctFrom(..)
            | Expr::InList { .. }
            | Expr::Between { .. }
            | Expr::Like { any: false, .. }
            | Expr::ILike { any: false, .. }
            | Expr::Cast { .. }
            | Expr::Ceil { .. }
            | Expr::Floor { .. }
            | Expr::Nested(_)
            | Expr::Value(_)
            | Expr::TypedString(_)
            | Expr::Case { .. } => None,
            Expr::Function(function) => not_scalar(function),
            Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => {
                Some("a subquery looks at other rows, and a definition sees its own candidate alone".to_owned())
            }
            other => Some(format!("'{}' is not of the language of definitions", one_line(&other.to_string()))),
        };
        match why {
            Some(reason) => ControlFlow::Break(match node {
                Expr::Function(function) => Wrong::at(reason, text, start_of(function)),
                Expr::Value(value) => Wrong::at(reason, text, value.span.start),
                _ => Wrong::new(reason),
            }),
            None => ControlFlow::Continue(()),
        }
    });
    match visited {
        ControlFlow::Break(wrong) => Err(wrong),
        ControlFlow::Continue(()) => Ok(()),
    }
}

fn is_of_scalars(op: &BinaryOperator) -> bool {
    use BinaryOperator::{And, Divide, Eq, Gt, GtEq, Lt, LtEq, Minus, Modulo, Multiply, NotEq, Or, Plus, StringConcat};
    matches!(
        op,
        And | Or | Eq | NotEq | Lt | LtEq | Gt | GtEq | Plus | Minus | Multiply | Divide | Modulo | StringConcat
    )
}

/// Why a call is none of a scalar function.
fn not_scalar(function: &Function) -> Option<String> {
    let name = one_line(&function.name.to_string());
    if function.over.is_some() {
        return Some(format!("{name}: a window looks at other rows, and a definition sees its own candidate alone"));
    }
    let arguments = match &function.args {
        FunctionArguments::List(list) if list.duplicate_treatment.is_none() && list.clauses.is_empty() => &list.args,
        _ => return Some(format!("'{}' is not of the language of definitions", one_line(&function.to_string()))),
    };
    let is_plain = |argument: &FunctionArg| matches!(argument, FunctionArg::Unnamed(FunctionArgExpr::Expr(_)));
    let has_more = function.filter.is_some() || function.null_treatment.is_some() || !function.within_group.is_empty();
    (has_more || !arguments.iter().all(is_plain) || function.name.0.len() != 1)
        .then(|| format!("'{}' is not of the language of definitions", one_line(&function.to_string())))
}

/// Where a call is written.
fn start_of(function: &Function) -> Location {
    let name = function.name.0.first().and_then(|part| part.as_ident());
    name.map_or(Location::empty(), |name| name.span.start)
}

/// The function's name in lower case.
pub(super) fn name_of(function: &Function) -> String {
    function.name.to_string().to_lowercase()
}

/// The names of the functions that an expression calls, those of tags left out, each with its word in the text.
pub(super) fn functions(expression: &Expression) -> Vec<(String, Option<Range<usize>>)> {
    let mut names: Vec<(String, Option<Range<usize>>)> = Vec::new();
    let visited: ControlFlow<()> = visit_expressions(&*expression.ast, |node| {
        if let Expr::Function(function) = node
            && let name = name_of(function)
            && !["has", "count_tags"].contains(&name.as_str())
            && names.iter().all(|(known, _)| *known != name)
        {
            let word = word_at(&expression.text, start_of(function));
            names.push((name, word));
        }
        ControlFlow::Continue(())
    });
    debug_assert!(visited.is_continue());
    names
}

fn lowered_tags(function: &Function, tag_sets: &TagSets) -> Option<Expr> {
    let texts = texts_of(function)?;
    let tags = || Expr::Identifier(Ident::new("signal_tags"));
    let text = |text: &str| Expr::Value(Value::SingleQuotedString(text.to_owned()).into());
    match (name_of(function).as_str(), texts.as_slice()) {
        ("has", [tag]) => Some(call("array_has", vec![tags(), text(tag)])),
        ("count_tags", []) => Some(whole(Expr::Identifier(Ident::new("signal_count")))),
        ("count_tags", [set]) => {
            let members = tag_sets.get(set).into_iter().flatten();
            let has = |tag: &String| call("array_has", vec![tags(), text(tag)]);
            let sum = members.map(|tag| whole(has(tag))).reduce(|left, right| Expr::BinaryOp {
                left: Box::new(left),
                op: BinaryOperator::Plus,
                right: Box::new(right),
            });
            Some(Expr::Nested(Box::new(sum.unwrap_or_else(|| number("0")))))
        }
        _ => None,
    }
}

/// A value as a whole number.
fn whole(value: Expr) -> Expr {
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(value),
        data_type: DataType::BigInt(None),
        array: false,
        format: None,
    }
}

/// The arguments of a call where all of them are texts.
fn texts_of(function: &Function) -> Option<Vec<String>> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let text = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value))) => match &value.value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    };
    list.args.iter().map(text).collect()
}

pub(super) fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let list = datafusion::sql::sqlparser::ast::FunctionArgumentList {
        duplicate_treatment: None,
        args: arguments.into_iter().map(|argument| FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))).collect(),
        clauses: Vec::new(),
    };
    Expr::Function(Function {
        name: vec![Ident::new(name)].into(),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(list),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

fn number(digits: &str) -> Expr {
    Expr::Value(Value::Number(digits.to_owned(), false).into())
}

fn is_number_but_zero(expression: &Expr) -> bool {
    match expression {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.parse::<f64>().is_ok_and(|number| number != 0.0),
            _ => false,
        },
        Expr::Nested(inner) => is_number_but_zero(inner),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => is_number_but_zero(expr),
        _ => false,
    }
}

/// A name as SQL reads it: in lower case unless it is quoted.
fn plain(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}

fn note(list: &mut Vec<String>, name: &str) {
    if !list.iter().any(|known| known == name) {
        list.push(name.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(name: &str) -> Result<Meaning, String> {
        match name {
            "min_edge" | "band.low" => Ok(Meaning::Parameter(format!("x.{name}"))),
            "abs_edge" | "line" | "is_over" => Ok(Meaning::Column(name.to_owned())),
            _ => Err(format!("unknown name '{name}'")),
        }
    }

    fn sql(text: &str) -> String {
        let sets = TagSets::from([("base".to_owned(), vec!["a".to_owned(), "b".to_owned()])]);
        Expression::parse(text, meaning).map_or_else(|wrong| wrong.reason, |expression| expression.sql(&sets))
    }

    #[test]
    fn names_are_resolved_and_quoted() {
        assert_eq!(sql("is_over AND Abs_Edge >= min_edge"), r#""is_over" AND "abs_edge" >= "set.x.min_edge""#);
        assert_eq!(sql("abs_edge < band.low"), r#""abs_edge" < "set.x.band.low""#);
        let expression = Expression::parse("abs_edge >= min_edge AND line > abs_edge", meaning).unwrap();
        assert_eq!(
            (expression.columns(), expression.parameters()),
            (&["abs_edge".to_owned(), "line".to_owned()][..], &["x.min_edge".to_owned()][..])
        );
    }

    #[test]
    fn a_division_by_zero_is_null() {
        assert_eq!(sql("abs_edge / line"), r#""abs_edge" / nullif("line", 0)"#);
        assert_eq!(sql("abs_edge / 10"), r#""abs_edge" / 10"#);
        assert_eq!(sql("abs_edge / (line - 1)"), r#""abs_edge" / nullif(("line" - 1), 0)"#);
        assert_eq!(sql("abs_edge % 0"), r#""abs_edge" % nullif(0, 0)"#);
    }

    #[test]
    fn signs_in_a_row_begin_no_comment() {
        assert_eq!(sql("- -line"), r#"-(-"line")"#);
        assert_eq!(sql("line - - -line"), r#""line" - -(-"line")"#);
        assert_eq!(sql("- -1"), "-(-(1))");
    }

    #[test]
    fn tags_are_looked_at() {
        assert_eq!(sql("has('high_edge')"), "array_has(signal_tags, 'high_edge')");
        assert_eq!(sql("count_tags() < 3"), "CAST(signal_count AS BIGINT) < 3");
        let counted = "(CAST(array_has(signal_tags, 'a') AS BIGINT) + CAST(array_has(signal_tags, 'b') AS BIGINT)) = 2";
        assert_eq!(sql("count_tags('base') = 2"), counted);
        assert_eq!(sql("has(line)"), "has(line): write the tag as a text, such as has('high_edge')");
    }

    #[test]
    fn what_looks_at_other_rows_is_refused() {
        for text in [
            "abs_edge > (SELECT 1)",
            "EXISTS (SELECT 1)",
            "abs_edge IN (SELECT 1)",
            "sum(abs_edge) OVER () > 1",
            "count(*) > 1",
            "sum(DISTINCT abs_edge) > 1",
            "abs_edge > ANY(line)",
        ] {
            let reason = sql(text);
            assert!(reason.contains("alone") || reason.contains("not of the language"), "{text}: {reason}");
        }
    }

    #[test]
    fn texts_that_are_no_expressions() {
        insta::assert_snapshot!(sql(""), @"is empty");
        insta::assert_snapshot!(sql("abs_edge >= 1; DROP TABLE x"), @"is no single expression: unexpected ';'");
        insta::assert_snapshot!(sql("abs_edge >="), @"is no SQL expression: Expected: an expression, found: EOF");
        insta::assert_snapshot!(sql("abs_edge >= min_egde"), @"unknown name 'min_egde'");
        insta::assert_snapshot!(sql(&"a".repeat(20_000)), @"is 20000 bytes long, more than 10000; say it in several definitions");
        insta::assert_snapshot!(sql(&format!("{}abs_edge > 1{}", "(".repeat(1000), ")".repeat(1000))), @"is nested more than 50 deep");
        insta::assert_snapshot!(sql(&["line"; 1000].join(" OR ")), @"has more than 500 operators");
    }

    #[test]
    fn the_word_that_is_to_blame_is_known() {
        let word = |text: &str| {
            let wrong = Expression::parse(text, meaning).unwrap_err();
            wrong.word.map(|word| text[word].to_owned())
        };
        for (text, expected) in [
            ("is_over AND rest_dys > 1", "rest_dys"),
            ("'Jokić' = 'x'\n  AND Rest_Dys > 1", "Rest_Dys"),
            ("line < x.min_edge", "x.min_edge"),
            ("line < \"a b\"", "\"a"),
            ("is_over AND", "D"),
            ("is_over AND ) line", ")"),
            ("line > 1; line", ";"),
            ("is_over AND sum(line) OVER () > 1", "sum"),
            ("line > ?", "?"),
            ("is_over AND has(line)", "has"),
            ("line > 'x", "'"),
        ] {
            assert_eq!(word(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "line > (SELECT 1)", &"(".repeat(1000)] {
            assert_eq!(word(text), None, "{text}");
        }
    }

    #[test]
    fn conditions_are_taken_apart() {
        let expression = Expression::parse("is_over AND (abs_edge >= min_edge AND line > 1)", meaning).unwrap();
        let texts: Vec<_> = expression.conjuncts(&TagSets::new()).into_iter().map(|part| part.sql).collect();
        assert_eq!(texts, [r#""is_over""#, r#""abs_edge" >= "set.x.min_edge""#, r#""line" > 1"#]);
    }
}
