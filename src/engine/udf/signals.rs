//! Qualifying signals as tags, and what they weigh in the composite score.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, ListBuilder, StringViewBuilder, StructArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::error::Result;
use datafusion::logical_expr::ScalarUDF;

use super::{Function, SharedTexts};

/// `signal_tags(order, confidences)`: the tags of a struct's non-NULL fields that `order` (comma-separated) lists, in its
/// order.
///
/// Source: the selection specification, section 3.
pub fn signal_tags() -> ScalarUDF {
    let return_type = |_: &[DataType]| Ok(DataType::new_list(DataType::Utf8View, true));
    Function::any("signal_tags", 2, return_type, |arguments| {
        let (orders, confidences) = (SharedTexts::of(&arguments[0])?, arguments[1].as_struct());
        Ok(listed(orders.iter(), confidences, |column, row| column.is_valid(row)))
    })
}

/// Per row the names of the struct's fields that `order` lists and `holds` is true of, in that order.
pub(super) fn listed<'a>(
    orders: impl Iterator<Item = &'a str>,
    fields: &StructArray,
    holds: impl Fn(&ArrayRef, usize) -> bool,
) -> ArrayRef {
    let mut lists = ListBuilder::new(StringViewBuilder::new().with_deduplicate_strings());
    let mut order = Order::default();
    for (row, text) in orders.enumerate() {
        for (name, at) in order.of(text, fields) {
            if holds(fields.column(*at), row) {
                lists.values().append_value(name);
            }
        }
        lists.append(true);
    }
    Arc::new(lists.finish())
}

/// The fields of a struct in the order of a comma-separated list, remembered from row to row.
#[derive(Default)]
pub(super) struct Order {
    text: String,
    fields: Vec<(String, usize)>,
}

impl Order {
    pub(super) fn of(&mut self, text: &str, fields: &StructArray) -> &[(String, usize)] {
        if self.text != text {
            let at = |name: &str| fields.fields().iter().position(|field| field.name() == name);
            self.fields = text.split(',').filter_map(|name| Some((name.to_owned(), at(name)?))).collect();
            text.clone_into(&mut self.text);
        }
        &self.fields
    }
}

/// `effective_signals(tags, health_rows, model_dependent)`: the sum of what each tag weighs: 1.0 without a health row or
/// NORMAL; 1.2 HOT; 0.5 COLD, but 0.0 COLD when the signal depends on the model (the row's flag; without one, the
/// comma-separated `model_dependent`).
///
/// Source: the versions specification, "Composite score".
pub fn effective_signals() -> ScalarUDF {
    Function::any(
        "effective_signals",
        3,
        |_| Ok(DataType::Float64),
        |arguments| {
            let (tags, health) = (arguments[0].as_list::<i32>(), arguments[1].as_list::<i32>());
            let dependent = SharedTexts::of(&arguments[2])?;
            let sums = (0..tags.len()).map(|row| {
                let regimes = if health.is_valid(row) { regimes(&health.value(row))? } else { Vec::new() };
                let tags = tags.value(row);
                let tags = tags.as_string_view();
                Ok(Some(tags.iter().flatten().map(|tag| weight(tag, &regimes, dependent.value(row))).sum::<f64>()))
            });
            Ok(Arc::new(sums.collect::<Result<Float64Array>>()?))
        },
    )
}

struct Regime {
    tag: String,
    regime: String,
    depends_on_model: Option<bool>,
}

fn regimes(rows: &ArrayRef) -> Result<Vec<Regime>> {
    let rows = rows.as_struct();
    let (Some(tags), Some(regimes), Some(flags)) =
        (rows.column_by_name("tag"), rows.column_by_name("regime"), rows.column_by_name("is_model_dependent"))
    else {
        let message = "effective_signals takes health rows with tag, regime and is_model_dependent".to_owned();
        return Err(datafusion::error::DataFusionError::Plan(message));
    };
    let (tags, regimes, flags) = (tags.as_string_view(), regimes.as_string_view(), flags.as_boolean());
    Ok((0..rows.len())
        .map(|row| Regime {
            tag: tags.value(row).to_owned(),
            regime: if regimes.is_valid(row) { regimes.value(row).to_owned() } else { String::new() },
            depends_on_model: flags.is_valid(row).then(|| flags.value(row)),
        })
        .collect())
}

fn weight(tag: &str, regimes: &[Regime], dependent: &str) -> f64 {
    let Some(row) = regimes.iter().find(|row| row.tag == tag) else {
        return 1.0;
    };
    let depends = row.depends_on_model.unwrap_or_else(|| dependent.split(',').any(|name| name == tag));
    match (row.regime.as_str(), depends) {
        ("HOT", _) => 1.2,
        ("COLD", true) => 0.0,
        ("COLD", false) => 0.5,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{ArrayRef, Float64Array};
    use datafusion::arrow::datatypes::Field;

    use super::*;

    fn confidences() -> StructArray {
        let column = |values: [Option<f64>; 2]| Arc::new(Float64Array::from(values.to_vec())) as ArrayRef;
        let field = |name: &str| Arc::new(Field::new(name, DataType::Float64, true));
        StructArray::from(vec![
            (field("model_health"), column([Some(1.0), Some(0.3)])),
            (field("high_edge"), column([None, Some(0.6)])),
            (field("cold_snap"), column([Some(0.6), Some(0.6)])),
        ])
    }

    #[test]
    fn tags_come_in_the_versions_order_and_only_of_its_signals() {
        let orders = ["high_edge,model_health"; 2];
        let lists = listed(orders.into_iter(), &confidences(), |column, row| column.is_valid(row));
        let row = |at: usize| lists.as_list::<i32>().value(at);
        assert_eq!(row(0).as_string_view().iter().flatten().collect::<Vec<_>>(), ["model_health"]);
        assert_eq!(row(1).as_string_view().iter().flatten().collect::<Vec<_>>(), ["high_edge", "model_health"]);
    }

    #[test]
    fn a_cold_signal_weighs_nothing_when_it_depends_on_the_model() {
        let row =
            |regime: &str, flag| Regime { tag: "a".to_owned(), regime: regime.to_owned(), depends_on_model: flag };
        assert_eq!(weight("a", &[], "a"), 1.0);
        assert_eq!(weight("a", &[row("HOT", Some(true))], ""), 1.2);
        assert_eq!(weight("a", &[row("COLD", None)], "b,a"), 0.0);
        assert_eq!(weight("a", &[row("COLD", None)], "b"), 0.5);
        assert_eq!(weight("a", &[row("COLD", Some(false))], "a"), 0.5);
        assert_eq!(weight("a", &[row("NORMAL", None)], "a"), 1.0);
    }
}
