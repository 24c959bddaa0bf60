//! The types of expressions, by the engine's own rules, and that they call nothing but immutable scalar functions.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::DFSchema;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Expr, ExprSchemable as _, Operator, ScalarUDF, Volatility};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::prelude::SessionContext;
use serde::Deserialize;

use super::expression::{Expression, FEATURE, SET, TagSets, Wrong, functions};
use super::functions::{finite, round_half_even};
use crate::error::{did_you_mean, one_line};

/// What kind of values a column or parameter has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Boolean,
    Integer,
    Decimal,
    Double,
    Text,
    Date,
}

impl Kind {
    fn of(kind: &DataType) -> Option<Kind> {
        Some(match kind {
            DataType::Boolean => Kind::Boolean,
            kind if kind.is_integer() => Kind::Integer,
            kind if kind.is_decimal() => Kind::Decimal,
            kind if kind.is_floating() => Kind::Double,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Kind::Text,
            DataType::Date32 => Kind::Date,
            _ => return None,
        })
    }

    /// A type of its values, to check by.
    fn example(self) -> DataType {
        match self {
            Kind::Boolean => DataType::Boolean,
            Kind::Integer => DataType::Int64,
            Kind::Decimal => DataType::Decimal128(18, 6),
            Kind::Double => DataType::Float64,
            Kind::Text => DataType::Utf8View,
            Kind::Date => DataType::Date32,
        }
    }

    /// Its type in SQL.
    pub fn sql(self) -> &'static str {
        match self {
            Kind::Boolean => "BOOLEAN",
            Kind::Integer => "BIGINT",
            Kind::Decimal => "DECIMAL(18, 6)",
            Kind::Double => "DOUBLE",
            Kind::Text => "VARCHAR",
            Kind::Date => "DATE",
        }
    }

    pub fn is_number(self) -> bool {
        matches!(self, Kind::Integer | Kind::Decimal | Kind::Double)
    }

    /// For messages.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Boolean => "true or false",
            Kind::Integer | Kind::Decimal | Kind::Double => "a number",
            Kind::Text => "a text",
            Kind::Date => "a date",
        }
    }
}

/// The kinds of what an expression may name: columns of the candidate, and columns of `params`.
pub struct Names<'a> {
    pub columns: &'a dyn Fn(&str) -> Option<Kind>,
    pub parameters: &'a dyn Fn(&str) -> Option<Kind>,
}

/// A session that knows the functions of the engine.
static FUNCTIONS: LazyLock<SessionContext> = LazyLock::new(|| {
    let context = SessionContext::new();
    context.register_udf(round_half_even());
    context.register_udf(finite());
    context
});

/// The functions that definitions may call besides those of tags, by name, each with how it is called.
pub fn immutable_functions() -> Vec<(String, String)> {
    let state = FUNCTIONS.state();
    let functions = state.scalar_functions().iter();
    let immutable = functions.filter(|(_, function)| function.signature().volatility == Volatility::Immutable);
    let called = |function: &ScalarUDF| {
        let written = function.documentation().map(|about| one_line(&about.syntax_example));
        written.unwrap_or_default()
    };
    let mut known: Vec<_> = immutable.map(|(name, function)| (name.clone(), called(function))).collect();
    known.sort();
    known
}

/// The kind of an expression's values; none for a value of no kind, such as NULL.
///
/// # Errors
/// It calls what is no immutable scalar function, or puts together what does not go together.
pub fn ensure_scalar(expression: &Expression, names: &Names<'_>) -> Result<Option<Kind>, Wrong> {
    let state = FUNCTIONS.state();
    for (name, word) in functions(expression) {
        let reason = match state.scalar_functions().get(&name) {
            Some(function) if function.signature().volatility == Volatility::Immutable => continue,
            Some(_) => format!("{name}() is not the same at each call; a decision has no clock and no chance"),
            None if state.aggregate_functions().contains_key(&name) || state.window_functions().contains_key(&name) => {
                format!("{name}() looks at other rows, and a definition sees its own candidate alone")
            }
            None => {
                let known = state.scalar_functions().keys().map(String::as_str).chain(["has", "count_tags"]);
                format!("there is no function {}(){}", one_line(&name), did_you_mean(&name, known))
            }
        };
        return Err(Wrong { reason, word });
    }
    let unplanned = |error: datafusion::error::DataFusionError| {
        let said = error.strip_backtrace();
        one_line(said.rsplit("Error during planning: ").next().unwrap_or(&said))
    };
    let schema = schema(expression, names);
    let schema = DFSchema::try_from(schema).map_err(unplanned)?;
    let planned = state.create_logical_expr(&expression.sql(&TagSets::new()), &schema).map_err(unplanned)?;
    ensure_kinds_go_together(&planned, &schema)?;
    let context = SimplifyContext::builder().with_schema(Arc::new(schema.clone())).build();
    let coerced = ExprSimplifier::new(context).coerce(planned, &schema).map_err(unplanned)?;
    let kind = coerced.get_type(&schema).map_err(unplanned)?;
    match (Kind::of(&kind), kind) {
        (Some(kind), _) => Ok(Some(kind)),
        (None, DataType::Null) => Ok(None),
        (None, other) => Err(format!("has values of a type that definitions do not have, {other}").into()),
    }
}

/// # Errors
/// As of [`ensure_scalar`]; or it is not true or false.
pub fn ensure_boolean(expression: &Expression, names: &Names<'_>) -> Result<(), Wrong> {
    match ensure_scalar(expression, names)? {
        None | Some(Kind::Boolean) => Ok(()),
        Some(other) => Err(format!("must be true or false of a candidate, and is {}", other.name()).into()),
    }
}

/// # Errors
/// As of [`ensure_scalar`]; or it is no number.
pub fn ensure_number(expression: &Expression, names: &Names<'_>) -> Result<(), Wrong> {
    match ensure_scalar(expression, names)? {
        Some(kind) if kind.is_number() => Ok(()),
        Some(other) => Err(format!("must be a number, and is {}", other.name()).into()),
        None => Err("must be a number, and is always NULL".to_owned().into()),
    }
}

/// # Errors
/// As of [`ensure_scalar`]; or it is no text.
pub fn ensure_text(expression: &Expression, names: &Names<'_>) -> Result<(), Wrong> {
    match ensure_scalar(expression, names)? {
        Some(Kind::Text) => Ok(()),
        Some(other) => Err(format!("must be a text, and is {}", other.name()).into()),
        None => Err("must be a text, and is always NULL".to_owned().into()),
    }
}

/// The engine would make one of a text and a number the other, to compare them or to choose between them; nobody means that.
fn ensure_kinds_go_together(expression: &Expr, schema: &DFSchema) -> Result<(), String> {
    let mut wrong = None;
    let walked = expression.apply(|node| {
        let kind = |part: &Expr| part.get_type(schema).ok().and_then(|kind| Kind::of(&kind));
        for together in together(node) {
            let kinds: Vec<Kind> = together.into_iter().filter_map(kind).collect();
            let differs = |pair: &&[Kind]| pair[0] != pair[1] && !(pair[0].is_number() && pair[1].is_number());
            if let Some(pair) = kinds.windows(2).find(differs) {
                wrong = Some(format!("'{}': {} beside {}", shown(node), pair[0].name(), pair[1].name()));
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    });
    match (walked, wrong) {
        (_, Some(wrong)) => Err(wrong),
        (Err(error), None) => Err(one_line(&error.strip_backtrace())),
        (Ok(_), None) => Ok(()),
    }
}

/// The functions whose values are those of any of their arguments, or that compare them.
const OF_ONE_KIND: &[&str] = &["coalesce", "nullif", "greatest", "least", "nvl", "ifnull", "nvl2"];

/// The parts of an expression that have to be of one kind, those that are compared or chosen from together.
fn together(node: &Expr) -> Vec<Vec<&Expr>> {
    match node {
        Expr::BinaryExpr(of) if !matches!(of.op, Operator::And | Operator::Or | Operator::StringConcat) => {
            vec![vec![&of.left, &of.right]]
        }
        Expr::InList(of) => vec![[&*of.expr].into_iter().chain(&of.list).collect()],
        Expr::Between(of) => vec![vec![&of.expr, &of.low, &of.high]],
        Expr::Case(of) => {
            let conditions = of.when_then_expr.iter().map(|(when, _)| &**when);
            let values = of.when_then_expr.iter().map(|(_, then)| &**then).chain(of.else_expr.as_deref());
            let compared = of.expr.as_deref().map(|subject| [subject].into_iter().chain(conditions).collect());
            [values.collect()].into_iter().chain(compared).collect()
        }
        // The first argument of nvl2 is only asked whether it is there.
        Expr::ScalarFunction(of) if of.name() == "nvl2" => vec![of.args.iter().skip(1).collect()],
        Expr::ScalarFunction(of) if OF_ONE_KIND.contains(&of.name()) => vec![of.args.iter().collect()],
        _ => Vec::new(),
    }
}

/// An expression as it may be written.
fn shown(expression: &Expr) -> String {
    one_line(&expression.human_display().to_string().replace(SET, "").replace(FEATURE, ""))
}

fn schema(expression: &Expression, names: &Names<'_>) -> Schema {
    let column = |name: &String| Some(Field::new(name, (names.columns)(name)?.example(), true));
    let parameter = |name: &String| Some(Field::new(format!("{SET}{name}"), (names.parameters)(name)?.example(), true));
    let tags = [
        Field::new_list("signal_tags", Field::new_list_field(DataType::Utf8View, true), true),
        Field::new("signal_count", DataType::Int64, true),
    ];
    let features = expression.features().iter();
    let features = features.map(|of| Field::new(format!("{FEATURE}{}", of.name), of.kind.example(), true));
    let columns = expression.columns().iter().filter_map(column).chain(features);
    let parameters = expression.parameters().iter().filter_map(parameter);
    Schema::new(columns.chain(parameters).chain(tags).collect::<Vec<_>>())
}
