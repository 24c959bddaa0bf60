//! String views that hold on to no more bytes than they show.
//!
//! A view array keeps every buffer that it or its ancestors ever read from, and each join or concatenation adds up their
//! lists: through a pipeline of many relations they would grow without end. A relation that is kept is therefore copied
//! into buffers of its own, unless it reads few and most of their bytes.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch, StringViewArray, StructArray};
use datafusion::arrow::datatypes::DataType;

use crate::error::Result;

/// The batch with its strings in buffers of their own.
pub fn compact(batch: &RecordBatch) -> Result<RecordBatch> {
    let columns = batch.columns().iter().map(compact_array).collect::<Result<Vec<_>>>()?;
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}

fn compact_array(array: &ArrayRef) -> Result<ArrayRef> {
    Ok(match array.data_type() {
        DataType::Utf8View if is_compact(array.as_string_view()) => Arc::clone(array),
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

/// The most buffers that are worth no copy.
const FEW_BUFFERS: usize = 4;

fn is_compact(strings: &StringViewArray) -> bool {
    let held: usize = strings.data_buffers().iter().map(|buffer| buffer.len()).sum();
    strings.data_buffers().len() <= FEW_BUFFERS && held <= 2 * strings.total_buffer_bytes_used()
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::compute::concat;
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

    #[test]
    fn many_buffers_become_one() {
        let texts = |at: usize| format!("a text too long to be inlined, number {at}");
        let parts: Vec<StringViewArray> = (0..9).map(|at| StringViewArray::from_iter_values([texts(at)])).collect();
        let parts: Vec<&dyn Array> = parts.iter().map(|part| part as &dyn Array).collect();
        let all = concat(&parts).unwrap();
        assert!(!is_compact(all.as_string_view()));
        let own = compact_array(&all).unwrap();
        assert_eq!(&own, &all);
        assert!(is_compact(own.as_string_view()));
    }
}
