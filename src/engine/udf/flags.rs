//! Boolean columns by name, of which a version's list says which count and in which order.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, ListArray, StringArray, StringViewArray, StructArray, UInt32Array,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::error::{DataFusionError, Result};

use super::SharedTexts;

/// Named booleans of each row.
pub(super) struct Flags<'a> {
    names: Vec<&'a str>,
    columns: Vec<&'a BooleanArray>,
}

impl<'a> Flags<'a> {
    /// Of the fields of a struct, through what `flag` finds of each.
    ///
    /// # Errors
    /// A field of which it is no boolean.
    pub(super) fn of(
        fields: &'a StructArray,
        flag: impl Fn(&'a ArrayRef) -> Option<&'a ArrayRef>,
    ) -> Result<Flags<'a>> {
        let names: Vec<&str> = fields.fields().iter().map(|field| field.name().as_str()).collect();
        let column = |(name, field): (&&str, &'a ArrayRef)| {
            let flag = flag(field).and_then(|column| column.as_boolean_opt());
            flag.ok_or_else(|| DataFusionError::Plan(format!("{name} states no boolean")))
        };
        let columns = names.iter().zip(fields.columns()).map(column).collect::<Result<Vec<_>>>()?;
        Ok(Flags { names, columns })
    }

    /// Those that a comma-separated list names, in its order.
    fn in_order(&self, list: &str) -> Vec<u32> {
        let at = |name: &str| self.names.iter().position(|own| *own == name).and_then(|at| u32::try_from(at).ok());
        list.split(',').filter_map(at).collect()
    }

    fn holds(&self, flag: u32, row: usize) -> bool {
        let column = self.columns[flag as usize];
        column.value(row) && column.is_valid(row)
    }

    /// Per row the name of the first flag of its list that holds; NULL when none does.
    pub(super) fn first(&self, mut lists: SharedTexts<Vec<u32>>) -> Result<ArrayRef> {
        let mut firsts = Vec::with_capacity(lists.len());
        for row in 0..lists.len() {
            let order = lists.get(row, |list| Ok(self.in_order(list)))?;
            firsts.push(order.iter().copied().find(|flag| self.holds(*flag, row)));
        }
        Ok(take(&self.names()?, &UInt32Array::from(firsts), None)?)
    }

    /// Per row the names of all flags of its list that hold, in its order.
    pub(super) fn all(&self, mut lists: SharedTexts<Vec<u32>>) -> Result<ArrayRef> {
        let mut holding = Vec::new();
        let mut lengths = Vec::with_capacity(lists.len());
        for row in 0..lists.len() {
            let before = holding.len();
            let order = lists.get(row, |list| Ok(self.in_order(list)))?;
            holding.extend(order.iter().copied().filter(|flag| self.holds(*flag, row)));
            lengths.push(holding.len() - before);
        }
        let values = take(&self.names()?, &UInt32Array::from(holding), None)?;
        let field = Arc::new(Field::new_list_field(DataType::Utf8View, true));
        Ok(Arc::new(ListArray::try_new(field, OffsetBuffer::from_lengths(lengths), values, None)?))
    }

    fn names(&self) -> Result<StringViewArray> {
        let names = StringArray::from_iter_values(&self.names);
        Ok(cast(&names, &DataType::Utf8View)?.as_string_view().clone())
    }
}
