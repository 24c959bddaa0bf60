//! Which of a version's filters block a candidate.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::ScalarUDF;

use super::signals::{Order, listed};
use super::{Function, SharedTexts};

/// `first_filter(order, filters)`: the first filter of `order` (comma-separated) that blocks; NULL when none does.
///
/// `filters` is a struct of structs with a field `blocks`. Source: the selection specification, section 4.
pub fn first_filter() -> ScalarUDF {
    Function::any(
        "first_filter",
        2,
        |_| Ok(DataType::Utf8View),
        |arguments| {
            let (orders, filters) = (SharedTexts::of(&arguments[0])?, arguments[1].as_struct());
            let mut firsts = StringViewBuilder::new().with_deduplicate_strings();
            let mut order = Order::default();
            for (row, text) in orders.iter().enumerate() {
                let mut in_order = order.of(text, filters).iter();
                firsts.append_option(in_order.find(|(_, at)| blocks(filters.column(*at), row)).map(|(name, _)| name));
            }
            Ok(Arc::new(firsts.finish()))
        },
    )
}

/// `failing_filters(order, filters)`: every filter of `order` that blocks, in its order.
pub fn failing_filters() -> ScalarUDF {
    let return_type = |_: &[DataType]| Ok(DataType::new_list(DataType::Utf8View, true));
    Function::any("failing_filters", 2, return_type, |arguments| {
        Ok(listed(SharedTexts::of(&arguments[0])?.iter(), arguments[1].as_struct(), blocks))
    })
}

fn blocks(filter: &ArrayRef, row: usize) -> bool {
    let verdicts = filter.as_struct().column_by_name("blocks").and_then(|verdicts| verdicts.as_boolean_opt());
    verdicts.is_some_and(|verdicts| verdicts.is_valid(row) && verdicts.value(row))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{BooleanArray, StringViewArray, StructArray};
    use datafusion::arrow::datatypes::Field;

    use super::*;

    fn filter(verdicts: [bool; 2]) -> ArrayRef {
        let blocks = Arc::new(Field::new("blocks", DataType::Boolean, true));
        Arc::new(StructArray::from(vec![(blocks, Arc::new(BooleanArray::from(verdicts.to_vec())) as ArrayRef)]))
    }

    #[test]
    fn the_order_decides_which_filter_is_first() {
        let (a, b) = (filter([true, false]), filter([true, false]));
        let field = |name: &str| Arc::new(Field::new(name, a.data_type().clone(), true));
        let filters: ArrayRef = Arc::new(StructArray::from(vec![(field("a"), Arc::clone(&a)), (field("b"), b)]));
        let orders: ArrayRef = Arc::new(StringViewArray::from(vec!["b,a"; 2]));
        let function = first_filter();
        let function = (function.inner().as_ref() as &dyn std::any::Any).downcast_ref::<Function>().unwrap();
        let firsts = (function.body)(&[orders, filters]).unwrap();
        assert_eq!(firsts.as_string_view().iter().collect::<Vec<_>>(), [Some("b"), None]);
    }
}
