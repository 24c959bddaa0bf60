//! A number for a row's key, to find keys that may be equal without comparing them.

use std::sync::Arc;

use datafusion::arrow::array::UInt64Array;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::hash_utils::{QualityRandomState, create_hashes};
use datafusion::logical_expr::ScalarUDF;

use super::Function;

/// `key_hash(a, b, c)`: the same number wherever all three are the same, and seldom otherwise.
pub fn key_hash() -> ScalarUDF {
    Function::any(
        "key_hash",
        3,
        |_| Ok(DataType::UInt64),
        |arguments| {
            let mut hashes = vec![0; arguments[0].len()];
            create_hashes(arguments, &QualityRandomState::with_seed(0), &mut hashes)?;
            Ok(Arc::new(UInt64Array::from(hashes)))
        },
    )
}
