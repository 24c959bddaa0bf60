//! What may go amiss where an expression is evaluated: a division by zero, or a number that is none.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Value, visit_expressions,
};

use super::expression::{Expression, TagSets, call, name_of};

/// Where more has to be said of the way to a division, it counts whether or not it is reached.
const MOST_BYTES: usize = 4_000;

/// The function that makes NULL of what is infinite or no number.
const FINITE_ONLY: &str = "finite";

/// The functions whose values are finite where their arguments are.
const FINITE: &[&str] = &[
    FINITE_ONLY,
    "abs",
    "ceil",
    "character_length",
    "coalesce",
    "count_tags",
    "find_in_set",
    "floor",
    "greatest",
    "has",
    "ifnull",
    "least",
    "length",
    "lower",
    "nullif",
    "nvl",
    "nvl2",
    "round",
    "round_half_even",
    "sign",
    "signum",
    "starts_with",
    "substr",
    "trunc",
    "upper",
];

/// Smaller numbers stay finite in any arithmetic that a person writes.
const LARGE: f64 = 1e30;

impl Expression {
    /// A condition that holds where evaluating it divides by zero, as CASE, AND, OR and coalesce lead there; none where
    /// nothing is divided by what could be zero.
    pub fn divides_by_zero(&self, tag_sets: &TagSets) -> Option<String> {
        let mut divisions = Divisions(Vec::new());
        divisions.walk(&self.lowered(tag_sets), "");
        (!divisions.0.is_empty()).then(|| divisions.0.join(" OR "))
    }

    /// Whether its value may be infinite or no number: it calls a function, casts, or has a number that could make it so.
    pub fn may_be_infinite(&self) -> bool {
        may_be_infinite(self.ast())
    }

    /// What is NULL where it is infinite or no number, as SQL.
    pub fn risky_operands(&self, tag_sets: &TagSets) -> Vec<String> {
        let mut risky = Vec::new();
        let visited: ControlFlow<()> = visit_expressions(&self.lowered(tag_sets), |node| {
            if let Expr::Function(function) = node
                && name_of(function) == FINITE_ONLY
            {
                risky.extend(arguments(function).map(Expr::to_string));
            }
            ControlFlow::Continue(())
        });
        debug_assert!(visited.is_continue());
        risky
    }

    /// Whether its value is the same number of every candidate.
    pub fn is_number(&self) -> bool {
        matches!(self.ast(), Expr::Value(value) if matches!(value.value, Value::Number(..)))
    }
}

/// Makes NULL of what a call makes of numbers where that is infinite or no number, and of what cannot be cast.
pub(super) fn guard(node: &mut Expr) {
    let is_risky = match node {
        Expr::Function(function) => !FINITE.contains(&name_of(function).as_str()),
        Expr::Cast { kind, expr, .. } => {
            *kind = CastKind::TryCast;
            // Such as the text 'inf'.
            matches!(**expr, Expr::Value(_))
        }
        _ => false,
    };
    if is_risky {
        let value = std::mem::replace(node, Expr::Value(Value::Null.into()));
        *node = call(FINITE_ONLY, vec![value]);
    }
}

fn may_be_infinite(ast: &Expr) -> bool {
    let is_risky = |node: &Expr| match node {
        Expr::Function(function) => !FINITE.contains(&name_of(function).as_str()),
        Expr::Cast { .. } | Expr::TypedString(_) => true,
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.parse::<f64>().is_ok_and(|number| number.abs() > LARGE),
            _ => false,
        },
        _ => false,
    };
    let visited =
        visit_expressions(ast, |node| if is_risky(node) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) });
    visited.is_break()
}

/// The conditions under which divisions by zero are evaluated.
struct Divisions(Vec<String>);

impl Divisions {
    /// Finds those below a node that is evaluated under a condition, empty for always.
    fn walk(&mut self, node: &Expr, path: &str) {
        match node {
            Expr::BinaryOp { left, op, right } => {
                self.walk(left, path);
                match op {
                    BinaryOperator::And => self.walk(right, &further(path, &format!("({left}) IS NOT FALSE"))),
                    BinaryOperator::Or => self.walk(right, &further(path, &format!("({left}) IS NOT TRUE"))),
                    BinaryOperator::Divide | BinaryOperator::Modulo => {
                        self.walk(right, path);
                        if let Some(divisor) = divisor(right) {
                            self.0.push(format!("({})", further(path, &format!("({divisor}) = 0"))));
                        }
                    }
                    _ => self.walk(right, path),
                }
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                operand.iter().for_each(|operand| self.walk(operand, path));
                let mut path = path.to_owned();
                for case in conditions {
                    self.walk(&case.condition, &path);
                    let condition = match operand {
                        Some(operand) => format!("({operand}) = ({})", case.condition),
                        None => format!("({})", case.condition),
                    };
                    self.walk(&case.result, &further(&path, &format!("({condition}) IS TRUE")));
                    path = further(&path, &format!("({condition}) IS NOT TRUE"));
                }
                else_result.iter().for_each(|result| self.walk(result, &path));
            }
            Expr::Function(function) if ["coalesce", "ifnull", "nvl"].contains(&name_of(function).as_str()) => {
                let mut path = path.to_owned();
                for argument in arguments(function) {
                    self.walk(argument, &path);
                    path = further(&path, &format!("({argument}) IS NULL"));
                }
            }
            Expr::Function(function) => arguments(function).for_each(|argument| self.walk(argument, path)),
            Expr::UnaryOp { expr, .. }
            | Expr::Nested(expr)
            | Expr::Cast { expr, .. }
            | Expr::Ceil { expr, .. }
            | Expr::Floor { expr, .. }
            | Expr::IsFalse(expr)
            | Expr::IsNotFalse(expr)
            | Expr::IsTrue(expr)
            | Expr::IsNotTrue(expr)
            | Expr::IsNull(expr)
            | Expr::IsNotNull(expr) => self.walk(expr, path),
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                [left, right].into_iter().for_each(|part| self.walk(part, path));
            }
            Expr::InList { expr, list, .. } => {
                self.walk(expr, path);
                list.iter().for_each(|part| self.walk(part, path));
            }
            Expr::Between { expr, low, high, .. } => {
                [expr, low, high].into_iter().for_each(|part| self.walk(part, path));
            }
            Expr::Like { expr, pattern, .. } | Expr::ILike { expr, pattern, .. } => {
                [expr, pattern].into_iter().for_each(|part| self.walk(part, path));
            }
            _ => {}
        }
    }
}

fn further(path: &str, condition: &str) -> String {
    match path {
        "" => condition.to_owned(),
        path if path.len() + condition.len() > MOST_BYTES => path.to_owned(),
        path => format!("{path} AND {condition}"),
    }
}

/// What is divided by, where it may be zero: the divisor of an expression is guarded by a `nullif`.
fn divisor(guarded: &Expr) -> Option<&Expr> {
    match guarded {
        Expr::Function(function) if name_of(function) == "nullif" => arguments(function).next(),
        _ => None,
    }
}

fn arguments(function: &Function) -> impl Iterator<Item = &Expr> {
    let list = match &function.args {
        FunctionArguments::List(list) => list.args.as_slice(),
        _ => &[],
    };
    list.iter().filter_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)) => Some(argument),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::Meaning;
    use super::*;

    fn expression(text: &str) -> Expression {
        Expression::parse(text, |name| Ok(Meaning::Column(name.to_owned()))).unwrap()
    }

    fn divides(text: &str) -> Option<String> {
        expression(text).divides_by_zero(&TagSets::new()).map(|condition| condition.replace('"', ""))
    }

    #[test]
    fn a_division_by_zero_counts_where_it_is_evaluated() {
        assert_eq!(divides("a / 2 > 1"), None);
        assert_eq!(divides("a / b > 1").unwrap(), "((b) = 0)");
        assert_eq!(divides("b <> 0 AND a / b > 1").unwrap(), "((b <> 0) IS NOT FALSE AND (b) = 0)");
        assert_eq!(divides("b = 0 OR a / b > 1").unwrap(), "((b = 0) IS NOT TRUE AND (b) = 0)");
        assert_eq!(
            divides("CASE WHEN b > 0 THEN a / b ELSE a % c END").unwrap(),
            "(((b > 0)) IS TRUE AND (b) = 0) OR (((b > 0)) IS NOT TRUE AND (c) = 0)"
        );
        assert_eq!(divides("coalesce(c, a / b)").unwrap(), "((c) IS NULL AND (b) = 0)");
        assert_eq!(divides("a / nullif(b, 0)").unwrap(), "((nullif(b, 0)) = 0)");
    }

    #[test]
    fn what_stays_finite() {
        for (text, may) in [
            ("least(1.0, a / b)", false),
            ("a * 3 - b", false),
            ("ln(a)", true),
            ("a * 1e300", true),
            ("CAST(a AS DOUBLE)", true),
        ] {
            assert_eq!(expression(text).may_be_infinite(), may, "{text}");
        }
    }
}
