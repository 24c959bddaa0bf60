//! Which of a version's filters block a candidate.

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::ScalarUDF;

use super::flags::Flags;
use super::{Function, SharedTexts};

/// `first_filter(order, filters)`: the first filter of `order` (comma-separated) that blocks; NULL when none does
/// (specification: selection, "Filters").
///
/// `filters` is a struct of structs with a field `blocks`.
pub fn first_filter() -> ScalarUDF {
    let return_type = |_: &[DataType]| Ok(DataType::Utf8View);
    Function::any("first_filter", 2, return_type, |arguments| {
        blocking(&arguments[1])?.first(SharedTexts::of(&arguments[0])?)
    })
}

/// `failing_filters(order, filters)`: every filter of `order` that blocks, in its order.
pub fn failing_filters() -> ScalarUDF {
    let return_type = |_: &[DataType]| Ok(DataType::new_list(DataType::Utf8View, true));
    Function::any("failing_filters", 2, return_type, |arguments| {
        blocking(&arguments[1])?.all(SharedTexts::of(&arguments[0])?)
    })
}

fn blocking(filters: &ArrayRef) -> Result<Flags<'_>> {
    Flags::of(filters.as_struct(), |filter| filter.as_struct_opt()?.column_by_name("blocks"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{Array as _, BooleanArray, StringViewArray, StructArray};
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
        let firsts = blocking(&filters).unwrap().first(SharedTexts::of(&orders).unwrap()).unwrap();
        assert_eq!(firsts.as_string_view().iter().collect::<Vec<_>>(), [Some("b"), None]);
        let all = blocking(&filters).unwrap().all(SharedTexts::of(&orders).unwrap()).unwrap();
        let of_row = |row| all.as_list::<i32>().value(row).as_string_view().iter().flatten().count();
        assert_eq!([of_row(0), of_row(1)], [2, 0]);
    }
}
