//! String views that hold on to no more bytes than they show.
//!
//! A view array keeps every buffer that it or its ancestors ever read from, and each join or concatenation adds up their
//! lists: through a pipeline of many relations they would grow without end. A relation that is kept is therefore copied
//! into buffers of its own.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch, StructArray};
use datafusion::arrow::datatypes::DataType;

use crate::error::Result;

/// The batch with its strings in buffers of their own.
pub fn compact(batch: &RecordBatch) -> Result<RecordBatch> {
    let columns = batch.columns().iter().map(compact_array).collect::<Result<Vec<_>>>()?;
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}

fn compact_array(array: &ArrayRef) -> Result<ArrayRef> {
    Ok(match array.data_type() {
        DataType::Utf8View => Arc::new(array.as_string_view().gc()),
        DataType::List(field) => {
            let list = array.as_list::<i32>();
            let values = compact_array(list.values())?;
            Arc::new(ListArray::try_new(Arc::clone(field), list.offsets().clone(), values, list.nulls().cloned())?)
        }
        DataType::Struct(fields) => {
            let parts = array.as_struct();
            let columns = parts.columns().iter().map(compact_array).collect::<Result<Vec<_>>>()?;
            Arc::new(StructArray::try_new(fields.clone(), columns, parts.nulls().cloned())?)
        }
        _ => Arc::clone(array),
    })
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::StringViewArray;
    use datafusion::arrow::datatypes::{Field, Schema};

    use super::*;

    #[test]
    fn a_slice_keeps_its_own_bytes_only() {
        let texts: Vec<String> = (0..100).map(|at| format!("a text too long to be inlined, number {at}")).collect();
        let all: ArrayRef = Arc::new(StringViewArray::from_iter_values(&texts));
        let schema = Arc::new(Schema::new(vec![Field::new("text", DataType::Utf8View, true)]));
        let slice = RecordBatch::try_new(schema, vec![all.slice(3, 1)]).unwrap();
        let own = compact(&slice).unwrap();
        assert_eq!(own, slice);
        let bytes: usize = own.column(0).as_string_view().data_buffers().iter().map(|buffer| buffer.len()).sum();
        assert_eq!(bytes, texts[3].len());
    }
}
