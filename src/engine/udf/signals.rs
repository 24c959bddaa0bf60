//! Qualifying signals as tags, and what they weigh in the composite score.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, StringViewArray, StructArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::ScalarUDF;

use super::flags::Flags;
use super::{Function, SharedTexts};

/// `signal_tags(order, qualifies)`: the tags of a struct's fields that are TRUE and that `order` (comma-separated) lists, in
/// its order (specification: selection, "Signals"; versions, "Lists").
pub fn signal_tags() -> ScalarUDF {
    let return_type = |_: &[DataType]| Ok(DataType::new_list(DataType::Utf8View, true));
    Function::any("signal_tags", 2, return_type, |arguments| {
        qualifying(&arguments[1])?.all(SharedTexts::of(&arguments[0])?)
    })
}

fn qualifying(signals: &ArrayRef) -> Result<Flags<'_>> {
    Flags::of(signals.as_struct(), Some)
}

/// `effective_signals(tags, health_rows, model_dependent)`: the sum of what each tag weighs (specification: versions,
/// "Composite score"): 1.0 without a health row or NORMAL; 1.2 HOT; 0.5 COLD, but 0.0 COLD when the signal depends on the
/// model (the row's flag; without one, the comma-separated `model_dependent`).
pub fn effective_signals() -> ScalarUDF {
    Function::any(
        "effective_signals",
        3,
        |_| Ok(DataType::Float64),
        |arguments| {
            let (tags, health) = (arguments[0].as_list::<i32>(), arguments[1].as_list::<i32>());
            let mut dependent = SharedTexts::<Vec<String>>::of(&arguments[2])?;
            let (names, regimes) = (tags.values().as_string_view(), Regimes::of(health.values().as_struct())?);
            let mut sums = Vec::with_capacity(tags.len());
            for row in 0..tags.len() {
                let dependent = dependent.get(row, |list| Ok(list.split(',').map(str::to_owned).collect()))?;
                let rows = if health.is_valid(row) { range(health.value_offsets(), row) } else { 0..0 };
                let weight = |tag: usize| regimes.weight(names.value(tag), rows.clone(), dependent);
                sums.push(range(tags.value_offsets(), row).map(weight).sum::<f64>());
            }
            Ok(Arc::new(Float64Array::from(sums)))
        },
    )
}

/// Where a list's row lies among the values of all rows.
fn range(offsets: &[i32], row: usize) -> std::ops::Range<usize> {
    let at = |row: usize| usize::try_from(offsets[row]).unwrap_or_default();
    at(row)..at(row + 1)
}

/// Health rows of signals.
struct Regimes<'a> {
    tags: &'a StringViewArray,
    regimes: &'a StringViewArray,
    depend_on_model: &'a BooleanArray,
}

impl<'a> Regimes<'a> {
    fn of(rows: &'a StructArray) -> Result<Regimes<'a>> {
        let text = |name: &str| rows.column_by_name(name).and_then(|column| column.as_string_view_opt());
        let flag = |name: &str| rows.column_by_name(name).and_then(|column| column.as_boolean_opt());
        match (text("tag"), text("regime"), flag("is_model_dependent")) {
            (Some(tags), Some(regimes), Some(depend_on_model)) => Ok(Regimes { tags, regimes, depend_on_model }),
            _ => {
                let message = "effective_signals takes health rows with tag, regime and is_model_dependent";
                Err(DataFusionError::Plan(message.to_owned()))
            }
        }
    }

    /// What a tag weighs by those of the rows `within`.
    fn weight(&self, tag: &str, mut within: std::ops::Range<usize>, dependent: &[String]) -> f64 {
        let Some(row) = within.find(|row| self.tags.value(*row) == tag) else {
            return 1.0;
        };
        let flag = self.depend_on_model.is_valid(row).then(|| self.depend_on_model.value(row));
        let depends = flag.unwrap_or_else(|| dependent.iter().any(|name| name == tag));
        let regime = if self.regimes.is_valid(row) { self.regimes.value(row) } else { "" };
        match (regime, depends) {
            ("HOT", _) => 1.2,
            ("COLD", true) => 0.0,
            ("COLD", false) => 0.5,
            _ => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::Field;

    use super::*;

    #[test]
    fn tags_come_in_the_versions_order_and_only_of_its_signals() {
        let column = |values: [Option<bool>; 2]| Arc::new(BooleanArray::from(values.to_vec())) as ArrayRef;
        let field = |name: &str| Arc::new(Field::new(name, DataType::Boolean, true));
        let signals: ArrayRef = Arc::new(StructArray::from(vec![
            (field("model_health"), column([Some(true), Some(true)])),
            (field("high_edge"), column([None, Some(true)])),
            (field("a_signal_that_the_version_does_not_have"), column([Some(true), Some(true)])),
            (field("cold_snap"), column([Some(false), Some(false)])),
        ]));
        let orders: ArrayRef = Arc::new(StringViewArray::from(vec!["high_edge,model_health,cold_snap"; 2]));
        let lists = qualifying(&signals).unwrap().all(SharedTexts::of(&orders).unwrap()).unwrap();
        let row = |at: usize| lists.as_list::<i32>().value(at);
        assert_eq!(row(0).as_string_view().iter().flatten().collect::<Vec<_>>(), ["model_health"]);
        assert_eq!(row(1).as_string_view().iter().flatten().collect::<Vec<_>>(), ["high_edge", "model_health"]);
    }

    #[test]
    fn a_cold_signal_weighs_nothing_when_it_depends_on_the_model() {
        let tags = StringViewArray::from(vec!["a"; 5]);
        let regimes = StringViewArray::from(vec!["HOT", "COLD", "COLD", "NORMAL", "COLD"]);
        let depend_on_model = BooleanArray::from(vec![Some(true), None, Some(false), None, Some(true)]);
        let rows = Regimes { tags: &tags, regimes: &regimes, depend_on_model: &depend_on_model };
        let weight = |row: usize, dependent: &[&str]| {
            let dependent: Vec<String> = dependent.iter().map(|name| (*name).to_owned()).collect();
            rows.weight("a", row..row + 1, &dependent)
        };
        assert_eq!(weight(0, &[]), 1.2);
        assert_eq!(weight(1, &["b", "a"]), 0.0);
        assert_eq!(weight(1, &["b"]), 0.5);
        assert_eq!(weight(2, &["a"]), 0.5);
        assert_eq!(weight(3, &["a"]), 1.0);
        assert_eq!(rows.weight("a", 0..0, &[]), 1.0);
        assert_eq!(rows.weight("b", 0..5, &[]), 1.0);
    }
}
