//! The memory that queries may take, and what an answer takes of it.

use std::collections::HashSet;
use std::sync::Arc;

use bytesize::ByteSize;
use datafusion::arrow::array::{ArrayData, RecordBatch};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::{DataFrame, SessionContext};
use futures_util::TryStreamExt as _;

/// What sessions run in; within `limit` bytes, if one is given.
///
/// # Errors
/// None but the engine's.
pub fn runtime(limit: Option<u64>) -> Result<Arc<RuntimeEnv>> {
    let builder = RuntimeEnvBuilder::new();
    match limit {
        Some(bytes) => builder.with_memory_limit(usize::try_from(bytes).unwrap_or(usize::MAX), 1.0).build_arc(),
        None => builder.build_arc(),
    }
}

/// The rows of a query, which count as memory taken while they come.
///
/// # Errors
/// Those of the query; it or its rows take more memory than there may be.
pub async fn collect(frame: DataFrame) -> Result<Vec<RecordBatch>> {
    let task = Arc::new(frame.task_ctx());
    let answer = MemoryConsumer::new("the answer").register(task.memory_pool());
    let mut stream = frame.execute_stream().await?;
    let mut counted = HashSet::new();
    let mut batches = Vec::new();
    while let Some(batch) = stream.try_next().await? {
        // Batches may share what they hold, which is there once.
        let new = batch.columns().iter().map(|column| uncounted(&column.to_data(), &mut counted)).sum();
        answer.try_grow(new)?;
        batches.push(batch);
    }
    Ok(batches)
}

/// The bytes of an array's buffers that are not counted yet.
fn uncounted(data: &ArrayData, counted: &mut HashSet<usize>) -> usize {
    let nulls = data.nulls().map(|nulls| nulls.buffer());
    let own = data.buffers().iter().chain(nulls).filter(|buffer| counted.insert(buffer.data_ptr().addr().get()));
    let own: usize = own.map(|buffer| buffer.capacity()).sum();
    own + data.child_data().iter().map(|child| uncounted(child, counted)).sum::<usize>()
}

/// That a query took more memory than it may, in words; none of another error.
pub fn exhausted(context: &SessionContext, error: &DataFusionError) -> Option<String> {
    if !matches!(error.find_root(), DataFusionError::ResourcesExhausted(_)) {
        return None;
    }
    let limit = match context.runtime_env().memory_pool.memory_limit() {
        MemoryLimit::Finite(bytes) => format!("--memory {}", ByteSize::b(bytes as u64)),
        MemoryLimit::Infinite | MemoryLimit::Unknown => "there is".to_owned(),
    };
    Some(format!("needs more than {limit}; allow more, or ask for fewer rows, columns or slates (--from, --to)"))
}
