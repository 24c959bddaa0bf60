//! The columns of the contract in a file: where each is found, and its values as the contract has them.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use datafusion::arrow::compute::kernels::cmp::distinct;
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::compute::{is_not_null, nullif};
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use super::cast::{Casted, Misfit};
use super::contract::{self, Kind, RENAMED, Table};
use super::numbered;
use crate::error::{Error, Result, SnapshotError, nearest};

/// Where a contract column is found in a file. In one from when production renamed it, it may have both its names, each with
/// the values of some rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Column {
    /// Its position in the file's schema under its name of today.
    pub present: Option<usize>,
    /// The same under the name that it had before.
    pub former: Option<(usize, &'static str)>,
}

/// The arrays of a column in a batch.
pub struct Values {
    present: Option<ArrayRef>,
    former: Option<(ArrayRef, &'static str)>,
}

/// A batch read from a file, and what in it did not fit the contract.
#[derive(Debug)]
pub struct ReadBatch {
    pub batch: RecordBatch,
    /// How many rows the file has before these.
    pub first_row: usize,
    /// Column, row within the file (from 1) and value.
    pub misfits: Vec<(&'static contract::Column, usize, String)>,
}

impl Column {
    /// Whether it is not in the file, so NULL in every row.
    pub fn is_missing(&self) -> bool {
        *self == Column::default()
    }

    pub fn positions(&self) -> impl Iterator<Item = usize> {
        self.present.into_iter().chain(self.former.map(|(at, _)| at))
    }

    /// The name that it has besides or instead of its own.
    pub fn former_name(&self) -> Option<&'static str> {
        self.former.map(|(_, name)| name)
    }

    /// Its arrays, of which `array` has the one at each position.
    pub fn values(&self, array: impl Fn(usize) -> ArrayRef) -> Values {
        Values { present: self.present.map(&array), former: self.former.map(|(at, name)| (array(at), name)) }
    }
}

impl ReadBatch {
    /// NULLs in required columns, with their position in the batch; values that did not fit are none.
    pub fn nulls_where_none_may_be(&self, table: &'static Table) -> Vec<(&'static contract::Column, usize)> {
        let mut nulls = Vec::new();
        for spec in table.columns.iter().filter(|spec| spec.required) {
            let Some(values) = self.batch.column_by_name(spec.name).filter(|values| values.null_count() > 0) else {
                continue;
            };
            let misfits = self.misfits.iter().filter(|(column, ..)| column.name == spec.name);
            let misfits: HashSet<usize> = misfits.map(|(_, row, _)| *row).collect();
            let is_misfit = |index: usize| misfits.contains(&(self.first_row + index + 1));
            let found = (0..values.len()).filter(|index| values.is_null(*index) && !is_misfit(*index));
            nulls.extend(found.map(|index| (spec, index)));
        }
        nulls
    }
}

/// A batch of `rows` rows as the contract has them, cast by `cast`; `values` are those of each contract column at
/// `projection`. Where a row has a value under both names of a column, they must agree.
///
/// # Errors
/// An array of a type that cannot be the contract's.
pub fn as_contract(
    table: &'static Table,
    projection: &[usize],
    values: Vec<Values>,
    rows: usize,
    first_row: usize,
    cast: impl Fn(&ArrayRef, Kind) -> Result<Casted>,
) -> Result<ReadBatch> {
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(projection.len());
    let mut misfits = Vec::new();
    for (at, values) in projection.iter().zip(values) {
        let spec = &table.columns[*at];
        let mut casted = match (values.present, values.former) {
            (Some(array), None) | (None, Some((array, _))) => cast(&array, spec.kind)?,
            (Some(present), Some((former, name))) => {
                joined(cast(&present, spec.kind)?, cast(&former, spec.kind)?, name)?
            }
            (None, None) => Casted { array: new_null_array(&spec.kind.arrow(), rows), misfits: Vec::new() },
        };
        if numbered::may_be_nan(spec) {
            casted.misfits.retain(|misfit| !is_nan(&misfit.value));
        }
        columns.push(casted.array);
        misfits.extend(casted.misfits.into_iter().map(|Misfit { index, value }| (spec, first_row + index + 1, value)));
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let batch = RecordBatch::try_new_with_options(projected_schema(table, projection), columns, &options)?;
    Ok(ReadBatch { batch, first_row, misfits })
}

/// Whether a misfit is no number by its own words; it is NULL already.
fn is_nan(value: &str) -> bool {
    value.trim_matches('\'').trim().eq_ignore_ascii_case("nan")
}

/// The values under both names of a column: whichever there is. Two that contradict each other are a misfit.
fn joined(present: Casted, former: Casted, former_name: &str) -> Result<Casted> {
    let either = zip(&is_not_null(&present.array)?, &present.array, &former.array)?;
    let differs = distinct(&either, &former.array)?;
    let options = FormatOptions::default();
    let (now, then) =
        (ArrayFormatter::try_new(&present.array, &options)?, ArrayFormatter::try_new(&former.array, &options)?);
    let mut misfits = present.misfits;
    misfits.extend(former.misfits);
    let contradicts = |index: &usize| differs.value(*index) && former.array.is_valid(*index);
    for index in (0..either.len()).filter(contradicts) {
        misfits.push(Misfit {
            index,
            value: format!("{} beside {} in {former_name}", now.value(index), then.value(index)),
        });
    }
    misfits.sort_by_key(|misfit| misfit.index);
    misfits.dedup_by_key(|misfit| misfit.index);
    let is_misfit = misfits.iter().fold(vec![false; either.len()], |mut is, misfit| {
        is[misfit.index] = true;
        is
    });
    Ok(Casted { array: nullif(&either, &is_misfit.into())?, misfits })
}

/// The engine's schema of the contract columns at `projection`.
pub fn projected_schema(table: &Table, projection: &[usize]) -> SchemaRef {
    let schema = table.schema();
    Arc::new(Schema::new(projection.iter().map(|at| schema.field(*at).clone()).collect::<Vec<_>>()))
}

/// The contract columns of a file with this schema, whose types are among those that the cast `takes`; in contract order.
///
/// # Errors
/// A required column is missing, one is there twice, or has a type that cannot be the contract's.
pub fn find_columns(
    table: &'static Table,
    schema: &Schema,
    takes: impl Fn(&DataType, Kind) -> bool,
    label: &str,
) -> Result<Vec<Column>> {
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let columns = find_by_name(table, &names, label)?;
    for (column, spec) in columns.iter().zip(table.columns) {
        let types = column.positions().map(|at| schema.field(at).data_type());
        if let Some(found) = types.into_iter().find(|found| !takes(found, spec.kind)) {
            return Err(Error::Snapshot(SnapshotError::WrongType {
                file: label.to_owned(),
                table: table.name,
                column: spec.name,
                found: of_source(found),
                expected: spec.kind.to_string(),
            }));
        }
    }
    Ok(columns)
}

/// What the source calls a type that a file has.
fn of_source(found: &DataType) -> String {
    match found {
        DataType::Dictionary(_, values) => of_source(values),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "STRING".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "BYTES".to_owned()
        }
        DataType::Boolean => "BOOL".to_owned(),
        DataType::Date32 | DataType::Date64 => "DATE".to_owned(),
        DataType::Timestamp(..) => "TIMESTAMP".to_owned(),
        DataType::Time32(_) | DataType::Time64(_) => "TIME".to_owned(),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            format!("ARRAY<{}>", of_source(item.data_type()))
        }
        DataType::Struct(_) | DataType::Map(..) => "STRUCT".to_owned(),
        found if found.is_integer() => "INT64".to_owned(),
        found if found.is_floating() => "FLOAT64".to_owned(),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => format!("NUMERIC({precision},{scale})"),
        _ => "of another type".to_owned(),
    }
}

/// The contract columns of a file with columns of these names, in contract order.
///
/// # Errors
/// A required column is missing, or one is there twice.
pub fn find_by_name(table: &'static Table, names: &[&str], label: &str) -> Result<Vec<Column>> {
    let position = |name: &str| names.iter().position(|other| *other == name);
    let is_twice = |name: &str| names.iter().filter(|other| **other == name).count() > 1;
    let all = table.columns.iter().flat_map(|spec| [Some(spec.name), former_name(table, spec)]).flatten();
    if let Some(column) = all.into_iter().find(|name| is_twice(name)) {
        return Err(SnapshotError::ColumnTwice { file: label.to_owned(), table: table.name, column }.into());
    }
    let find = |spec: &'static contract::Column| {
        let former = former_name(table, spec).and_then(|name| Some((position(name)?, name)));
        let column = Column { present: position(spec.name), former };
        if spec.required && column.is_missing() {
            let near = nearest(spec.name, names.iter().copied().filter(|name| table.column(name).is_none()));
            let hint = near.map(|name| format!(" ('{name}' is there)")).unwrap_or_default();
            return Err(SnapshotError::MissingColumn {
                file: label.to_owned(),
                table: table.name,
                column: spec.name,
                hint,
            }
            .into());
        }
        Ok(column)
    };
    table.columns.iter().map(find).collect()
}

/// The name under which production exported a column before it had its present one.
pub fn former_name(table: &Table, spec: &contract::Column) -> Option<&'static str> {
    RENAMED.iter().find(|(of, _, now)| *of == table.name && *now == spec.name).map(|(_, from, _)| *from)
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{AsArray as _, BooleanArray};

    use super::*;
    use crate::snapshot::cast::cast_exact;

    #[test]
    fn a_column_under_both_its_names_has_the_values_of_either_and_no_contradictions() {
        let casted = |values: [Option<bool>; 5]| {
            let array: ArrayRef = Arc::new(BooleanArray::from(values.to_vec()));
            cast_exact(&array, Kind::Boolean).unwrap()
        };
        let present = casted([Some(true), None, None, Some(false), Some(true)]);
        let former = casted([None, Some(false), None, Some(false), Some(false)]);
        let joined = joined(present, former, "is_correct").unwrap();
        let values: Vec<_> = joined.array.as_boolean().iter().collect();
        assert_eq!(values, [Some(true), Some(false), None, Some(false), None]);
        let misfits: Vec<_> = joined.misfits.iter().map(|misfit| (misfit.index, misfit.value.as_str())).collect();
        assert_eq!(misfits, [(4, "true beside false in is_correct")]);
    }

    #[test]
    fn both_names_are_found() {
        let table = contract::table("prediction_accuracy").unwrap();
        let required = table.columns.iter().filter(|spec| spec.required).map(|spec| spec.name);
        let names: Vec<&str> = required.chain(["is_correct", "prediction_correct"]).collect();
        let found = find_by_name(table, &names, "file").unwrap();
        let at = table.columns.iter().position(|spec| spec.name == "prediction_correct").unwrap();
        let last = names.len() - 1;
        assert_eq!(found[at], Column { present: Some(last), former: Some((last - 1, "is_correct")) });
        assert_eq!(found[at].positions().collect::<Vec<_>>(), [last, last - 1]);
    }
}
