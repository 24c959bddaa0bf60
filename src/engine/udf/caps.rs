//! Which candidates are refused by a cap.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, StringArray, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{PartitionEvaluator, Signature, TypeSignature, Volatility, WindowUDF, WindowUDFImpl};

use crate::version::Cap;

/// `capped_by(cap, cap, cap, cap, team, game, side) OVER (PARTITION BY slate ORDER BY rank)`: the cap that refuses a row,
/// NULL for a pick (specification: selection, "Ranking").
///
/// The caps are those of the slate, a team, a game and a side, NULL for none. From the first row on, each is a pick unless
/// the slate, its team, its game or its side has as many picks as it may; the first of them in this order is the answer. A
/// row that one refuses counts for none of the others. A row of no team (NULL) counts for no team.
pub fn capped_by() -> WindowUDF {
    let caps = vec![DataType::Int64; Cap::ALL.len()];
    let groups = vec![DataType::Utf8View; Cap::ALL.len() - 1];
    let signature = Signature::new(TypeSignature::Exact([caps, groups].concat()), Volatility::Immutable);
    WindowUDF::from(CappedBy { signature })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CappedBy {
    signature: Signature,
}

impl WindowUDFImpl for CappedBy {
    fn name(&self) -> &'static str {
        "capped_by"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Slate))
    }

    fn field(&self, field: WindowUDFFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(field.name(), DataType::Utf8View, true)))
    }
}

/// The rows of a slate, by rank.
#[derive(Debug)]
struct Slate;

impl PartitionEvaluator for Slate {
    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let (caps, groups) = values.split_at(Cap::ALL.len());
        let caps: Vec<&PrimitiveArray<Int64Type>> = caps.iter().map(|of| of.as_primitive()).collect();
        let groups = groups.iter().map(|of| Ok(cast(of, &DataType::Utf8)?.as_string::<i32>().clone()));
        let groups = groups.collect::<Result<Vec<StringArray>, DataFusionError>>()?;
        let mut counts = Counts::default();
        let refused = (0..rows).map(|row| {
            let most = |at: usize| caps[at].is_valid(row).then(|| caps[at].value(row));
            // All of the slate are one group.
            let group = |at: usize| match at.checked_sub(1).map(|at| &groups[at]) {
                None => Some(""),
                Some(names) => names.is_valid(row).then(|| names.value(row)),
            };
            let of: Vec<_> = (0..Cap::ALL.len()).map(|at| (most(at), group(at))).collect();
            counts.take(&of).map(|at| Cap::ALL[at].name())
        });
        Ok(Arc::new(refused.collect::<StringViewArray>()))
    }
}

/// How many picks each group has so far.
#[derive(Debug, Default)]
struct Counts(HashMap<(usize, String), i64>);

impl Counts {
    /// Makes a row a pick unless one of its groups is full: the first that is. A row has a group of each kind, or none, and
    /// each kind a cap, or none.
    fn take(&mut self, row: &[(Option<i64>, Option<&str>)]) -> Option<usize> {
        let limited = row.iter().enumerate().filter_map(|(kind, (most, group))| Some((kind, (*most)?, (*group)?)));
        let limited: Vec<_> = limited.map(|(kind, most, group)| ((kind, group.to_owned()), most)).collect();
        let full = limited.iter().find(|(key, most)| self.0.get(key).copied().unwrap_or_default() >= *most);
        if let Some(((kind, _), _)) = full {
            return Some(*kind);
        }
        limited.into_iter().for_each(|(key, _)| *self.0.entry(key).or_default() += 1);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_one_cap_refuses_counts_for_no_other() {
        let mut counts = Counts::default();
        let mut take = |team: Option<&str>, side: &str| {
            counts.take(&[(Some(4), Some("")), (Some(1), team), (Some(2), Some(side))])
        };
        assert_eq!(take(Some("BOS"), "OVER"), None);
        assert_eq!(take(Some("BOS"), "OVER"), Some(1));
        assert_eq!(take(Some("LAL"), "OVER"), None);
        assert_eq!(take(Some("MIA"), "OVER"), Some(2));
        assert_eq!(take(None, "UNDER"), None);
        assert_eq!(take(None, "UNDER"), None);
        assert_eq!(take(Some("MIA"), "UNDER"), Some(0));
    }
}
