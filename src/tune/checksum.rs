//! A checksum of what the file of a search says, not of its bytes: another tool may write it anew, with its rows in another
//! order, compressed or cut into row groups otherwise, or with its texts as another type of text, and it says the same.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Float64Type};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::snapshot::manifest::hex;

/// Under which name it is in a file's metadata.
pub const CHECKSUM_KEY: &str = "reslate.checksum";

/// The rows that were added so far.
#[derive(Debug, Default)]
pub struct Checksum {
    /// The sum of the rows' own hashes, which does not depend on their order.
    sum: u128,
    rows: u64,
    columns: Vec<String>,
}

impl Checksum {
    /// Adds the rows of a batch. All batches have the same columns.
    ///
    /// # Errors
    /// A column that is neither of numbers nor of texts.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        // A reader hands out no batch where there is no row.
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let schema = batch.schema();
        self.columns = schema.fields().iter().map(|field| field.name().clone()).collect();
        let columns = batch.columns().iter().map(plain).collect::<Result<Vec<_>>>()?;
        for row in 0..batch.num_rows() {
            let mut hash = Sha256::new();
            columns.iter().for_each(|column| column.update(row, &mut hash));
            let digest = hash.finalize();
            let first = digest.as_slice().first_chunk().copied().unwrap_or_default();
            self.sum = self.sum.wrapping_add(u128::from_le_bytes(first));
            self.rows += 1;
        }
        Ok(())
    }

    /// The checksum of the rows and of `said`, what the file says besides, in hexadecimal.
    pub fn finish(self, said: &str) -> String {
        let mut hash = Sha256::new();
        for text in self.columns.iter().map(String::as_str).chain([said]) {
            text_to(text, &mut hash);
        }
        hash.update(self.rows.to_le_bytes());
        hash.update(self.sum.to_le_bytes());
        hex(&hash.finalize())
    }

    /// Of these batches at once.
    ///
    /// # Errors
    /// A batch that is one, or as for [`Checksum::add`].
    pub fn of(batches: impl IntoIterator<Item = Result<RecordBatch>>, said: &str) -> Result<String> {
        let mut checksum = Checksum::default();
        batches.into_iter().try_for_each(|batch| checksum.add(&batch?))?;
        Ok(checksum.finish(said))
    }
}

/// A column's values in the one type of their kind.
enum Plain {
    Whole(ArrayRef),
    Double(ArrayRef),
    Text(ArrayRef),
}

fn plain(column: &ArrayRef) -> Result<Plain> {
    /// Wide enough for every whole number.
    const WHOLE: DataType = DataType::Decimal128(38, 0);
    let kind = match column.data_type() {
        DataType::Dictionary(_, values) => values.as_ref(),
        kind => kind,
    };
    match kind {
        kind if kind.is_integer() => Ok(Plain::Whole(cast(&cast(column, kind)?, &WHOLE)?)),
        kind if kind.is_floating() => Ok(Plain::Double(cast(column, &DataType::Float64)?)),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Ok(Plain::Text(cast(column, &DataType::Utf8)?)),
        other => Err(Error::Engine(format!("a column of {other} is none of a search's").into())),
    }
}

impl Plain {
    fn update(&self, row: usize, hash: &mut Sha256) {
        let (Plain::Whole(array) | Plain::Double(array) | Plain::Text(array)) = self;
        hash.update([u8::from(array.is_valid(row))]);
        if array.is_null(row) {
            return;
        }
        match self {
            Plain::Whole(array) => hash.update(array.as_primitive::<Decimal128Type>().value(row).to_le_bytes()),
            Plain::Double(array) => hash.update(array.as_primitive::<Float64Type>().value(row).to_bits().to_le_bytes()),
            Plain::Text(array) => text_to(array.as_string::<i32>().value(row), hash),
        }
    }
}

fn text_to(text: &str, hash: &mut Sha256) {
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{Float64Array, StringArray, UInt32Array, UInt64Array};

    use super::*;

    fn batch(cells: &[u64], texts: &[&str], units: &[Option<f64>]) -> RecordBatch {
        let columns: [(&str, ArrayRef); 3] = [
            ("cell", Arc::new(UInt64Array::from(cells.to_vec()))),
            ("min_edge", Arc::new(StringArray::from(texts.to_vec()))),
            ("units", Arc::new(Float64Array::from(units.to_vec()))),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap()
    }

    fn of(batches: &[RecordBatch], said: &str) -> String {
        Checksum::of(batches.iter().cloned().map(Ok), said).unwrap()
    }

    #[test]
    fn it_is_of_what_is_said_and_not_of_how() {
        let whole = batch(&[1, u64::MAX], &["3", "4.5"], &[Some(0.1), None]);
        let sound = of(std::slice::from_ref(&whole), "report");
        let parts = [batch(&[u64::MAX], &["4.5"], &[None]), batch(&[1], &["3"], &[Some(0.1)])];
        assert_eq!(of(&parts, "report"), sound);
        for (column, kind) in
            [(1, DataType::Utf8View), (1, DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)))]
        {
            let mut columns = whole.columns().to_vec();
            columns[column] = cast(&columns[column], &kind).unwrap();
            let names = ["cell", "min_edge", "units"].into_iter().zip(columns);
            let other = RecordBatch::try_from_iter_with_nullable(names.map(|(n, c)| (n, c, true))).unwrap();
            assert_eq!(of(&[other], "report"), sound, "{kind}");
        }
        let narrow: ArrayRef = Arc::new(UInt32Array::from(vec![7]));
        let narrow = RecordBatch::try_from_iter([("cell", narrow)]).unwrap();
        let wide: ArrayRef = Arc::new(UInt64Array::from(vec![7]));
        assert_eq!(of(&[narrow], ""), of(&[RecordBatch::try_from_iter([("cell", wide)]).unwrap()], ""));
        for other in [
            batch(&[1, 2], &["3", "4.5"], &[Some(0.1), None]),
            batch(&[1, u64::MAX], &["3", "4.50"], &[Some(0.1), None]),
            batch(&[1, u64::MAX], &["3", "4.5"], &[Some(0.1), Some(0.0)]),
            batch(&[1, u64::MAX, u64::MAX], &["3", "4.5", "4.5"], &[Some(0.1), None, None]),
            batch(&[1], &["3"], &[Some(0.1)]),
        ] {
            assert_ne!(of(&[other], "report"), sound);
        }
        assert_ne!(of(&[whole], "another"), sound);
    }
}
