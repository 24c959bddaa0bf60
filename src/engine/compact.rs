//! String views that hold on to no more bytes than they show.
//!
//! A view array keeps every buffer that it or its ancestors ever read from, and each join or concatenation adds up their
//! lists: through a pipeline of many relations they would grow without end. Of a relation that is kept each buffer is
//! therefore listed once, and its strings are copied into buffers of their own where they read many, or little of their
//! bytes. Texts that repeat share theirs (a file's dictionary), so that a copy would hold more.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, ByteView, ListArray, MAX_INLINE_VIEW_LEN, RecordBatch, StringViewArray, StructArray,
};
use datafusion::arrow::buffer::{Buffer, ScalarBuffer};
use datafusion::arrow::datatypes::DataType;

use crate::error::Result;

/// The batch with its strings in buffers of their own.
pub fn compact(batch: &RecordBatch) -> Result<RecordBatch> {
    let columns = batch.columns().iter().map(compact_array).collect::<Result<Vec<_>>>()?;
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}

fn compact_array(array: &ArrayRef) -> Result<ArrayRef> {
    Ok(match array.data_type() {
        DataType::Utf8View => {
            let strings = each_buffer_once(array.as_string_view())?;
            Arc::new(if is_compact(&strings) { strings } else { strings.gc() })
        }
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

/// The strings with no buffer listed twice.
fn each_buffer_once(strings: &StringViewArray) -> Result<StringViewArray> {
    let mut places = HashMap::new();
    let mut buffers: Vec<Buffer> = Vec::new();
    let mut place_of = |buffer: &Buffer| {
        *places.entry((buffer.as_ptr(), buffer.len())).or_insert_with(|| {
            buffers.push(buffer.clone());
            u32::try_from(buffers.len() - 1).unwrap_or(u32::MAX)
        })
    };
    let moved: Vec<u32> = strings.data_buffers().iter().map(&mut place_of).collect();
    if buffers.len() == moved.len() {
        return Ok(strings.clone());
    }
    let view = |view: &u128| {
        let mut view = ByteView::from(*view);
        if view.length > MAX_INLINE_VIEW_LEN {
            view.buffer_index = moved[view.buffer_index as usize];
        }
        u128::from(view)
    };
    let views: ScalarBuffer<u128> = strings.views().iter().map(view).collect();
    Ok(StringViewArray::try_new(views, buffers, strings.nulls().cloned())?)
}

/// The most buffers that are worth no copy.
const FEW_BUFFERS: usize = 16;

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
        let parts: Vec<StringViewArray> = (0..17).map(|at| StringViewArray::from_iter_values([texts(at)])).collect();
        let parts: Vec<&dyn Array> = parts.iter().map(|part| part as &dyn Array).collect();
        let all = concat(&parts).unwrap();
        assert!(!is_compact(all.as_string_view()));
        let own = compact_array(&all).unwrap();
        assert_eq!(&own, &all);
        assert!(is_compact(own.as_string_view()));
    }

    #[test]
    fn a_buffer_that_many_batches_share_is_held_once() {
        let texts: Vec<String> = (0..100).map(|at| format!("{}number {at}", "a long text, ".repeat(at % 2))).collect();
        let one = StringViewArray::from_iter(texts.iter().map(|text| (text.len() != 8).then_some(text)));
        let parts: Vec<_> = (0..40).map(|at| one.slice(at, 60)).collect();
        let parts: Vec<&dyn Array> = parts.iter().map(|part| part as &dyn Array).collect();
        let all = concat(&parts).unwrap();
        assert!(all.as_string_view().data_buffers().len() > 1);
        let own = compact_array(&all).unwrap();
        assert_eq!(&own, &all);
        assert_eq!(own.as_string_view().data_buffers().len(), 1);
    }
}
