//! Integers that leave their range, in a user's query: an error, where the engine's own arithmetic goes on from the other end.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    AggregateUDF, BinaryExpr, Expr, ExprSchemable, LogicalPlan, Operator, WindowFunctionDefinition,
};
use datafusion::optimizer::AnalyzerRule;

use super::udf;

/// Puts checked functions in the place of sums, differences, products, negations and totals of integers. Results are the same
/// otherwise, and so are the names of columns.
#[derive(Debug)]
pub struct CheckedIntegers {
    sum: Arc<AggregateUDF>,
}

impl CheckedIntegers {
    pub fn new() -> CheckedIntegers {
        CheckedIntegers { sum: Arc::new(udf::checked_sum()) }
    }

    fn checked(&self, expression: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
        match expression {
            Expr::BinaryExpr(BinaryExpr { left, op, right })
                if udf::is_checked(op) && is_integer(&left, schema)? && is_integer(&right, schema)? =>
            {
                Ok(Transformed::yes(udf::checked_arithmetic(*left, op, *right)))
            }
            Expr::Negative(inner) if is_integer(&inner, schema)? => {
                let zero = Expr::Literal(ScalarValue::new_zero(&inner.get_type(schema)?)?, None);
                Ok(Transformed::yes(udf::checked_arithmetic(zero, Operator::Minus, *inner)))
            }
            Expr::AggregateFunction(mut sum) if sum.func.name() == udf::SUM && !sum.params.distinct => {
                let is_whole = is_whole(&sum.params.args, schema)?;
                if is_whole {
                    sum.func = Arc::clone(&self.sum);
                }
                Ok(Transformed::new_transformed(Expr::AggregateFunction(sum), is_whole))
            }
            Expr::WindowFunction(mut window) if window.fun.name() == udf::SUM && !window.params.distinct => {
                let is_whole = is_whole(&window.params.args, schema)?;
                if is_whole {
                    window.fun = WindowFunctionDefinition::AggregateUDF(Arc::clone(&self.sum));
                }
                Ok(Transformed::new_transformed(Expr::WindowFunction(window), is_whole))
            }
            other => Ok(Transformed::no(other)),
        }
    }
}

fn is_whole(arguments: &[Expr], schema: &DFSchema) -> Result<bool> {
    match arguments {
        [only] => is_integer(only, schema),
        _ => Ok(false),
    }
}

fn is_integer(expression: &Expr, schema: &DFSchema) -> Result<bool> {
    Ok(udf::is_checked_arithmetic(expression) || expression.get_type(schema)?.is_integer())
}

impl AnalyzerRule for CheckedIntegers {
    fn name(&self) -> &str {
        "checked_integers"
    }

    /// Comes after the types were made to agree.
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let checked = plan.transform_up_with_subqueries(|plan| {
            let schema = merge_schema(&plan.inputs());
            let names = NamePreserver::new(&plan);
            let rewritten = plan.map_expressions(|expression| {
                let name = names.save(&expression);
                let checked = expression.transform_up(|expression| self.checked(expression, &schema))?;
                Ok(checked.update_data(|expression| name.restore(expression)))
            })?;
            rewritten.map_data(|plan| plan.recompute_schema())
        })?;
        Ok(checked.data)
    }
}
