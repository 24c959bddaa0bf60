//! Sums, differences and products of integers that do not go on from the other end of their range.

use datafusion::arrow::compute::kernels::numeric::{add, mul, sub};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::internal_err;
use datafusion::error::Result;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr_common::datum::apply;

/// A whole expression of checked operators as one function of its operands, in their order. The engine's planner asks a
/// function for its type and its name again at every step above it, so that functions of two sides in one another, 300 deep,
/// would take it seconds.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Arithmetic {
    /// What it computes, which tells it from others of as many operands.
    name: String,
    steps: Vec<Step>,
    signature: Signature,
}

/// A step of the computation, in postfix notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Step {
    /// Takes up the next operand.
    Operand,
    /// Puts its result in the place of the last two values.
    Apply(Operator),
}

/// Whether the operator can leave the range of integers, and is checked by [`checked_arithmetic`].
pub fn is_checked(operator: Operator) -> bool {
    matches!(operator, Operator::Plus | Operator::Minus | Operator::Multiply)
}

/// `left operator right`, both integers of one type, which is the result's: an error where it is none. Neither side is a
/// function in it where it is itself such an expression. It is not registered.
pub fn checked_arithmetic(left: Expr, operator: Operator, right: Expr) -> Expr {
    let (mut steps, mut operands) = taken_apart(left);
    let (of_right, others) = taken_apart(right);
    steps.extend(of_right);
    operands.extend(others);
    steps.push(Step::Apply(operator));
    let words = steps.iter().map(|step| match step {
        Step::Operand => "x".to_owned(),
        Step::Apply(operator) => operator.to_string(),
    });
    let name = format!("checked {}", words.collect::<String>());
    let signature = Signature::any(operands.len(), Volatility::Immutable);
    ScalarUDF::from(Arithmetic { name, steps, signature }).call(operands)
}

/// Whether it is a [`checked_arithmetic`].
pub fn is_checked_arithmetic(expression: &Expr) -> bool {
    matches!(expression, Expr::ScalarFunction(function) if steps(function).is_some())
}

fn steps(function: &ScalarFunction) -> Option<&[Step]> {
    function.func.inner().downcast_ref::<Arithmetic>().map(|arithmetic| arithmetic.steps.as_slice())
}

fn taken_apart(expression: Expr) -> (Vec<Step>, Vec<Expr>) {
    match expression {
        Expr::ScalarFunction(function) => match steps(&function).map(<[Step]>::to_vec) {
            Some(steps) => (steps, function.args),
            None => (vec![Step::Operand], vec![Expr::ScalarFunction(function)]),
        },
        operand => (vec![Step::Operand], vec![operand]),
    }
}

impl ScalarUDFImpl for Arithmetic {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments.first() {
            Some(kind) => Ok(kind.clone()),
            None => internal_err!("arithmetic without an operand"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let mut operands = args.args.into_iter();
        let mut values: Vec<ColumnarValue> = Vec::new();
        for step in &self.steps {
            let value = match step {
                Step::Operand => operands.next(),
                Step::Apply(operator) => match (values.pop(), values.pop()) {
                    (Some(right), Some(left)) => Some(match operator {
                        Operator::Plus => apply(&left, &right, add)?,
                        Operator::Minus => apply(&left, &right, sub)?,
                        Operator::Multiply => apply(&left, &right, mul)?,
                        other => return internal_err!("{other} is not checked"),
                    }),
                    _ => None,
                },
            };
            values.extend(value);
        }
        match values.pop() {
            Some(value) if values.is_empty() => Ok(value),
            _ => internal_err!("arithmetic with other operands than its steps"),
        }
    }
}
