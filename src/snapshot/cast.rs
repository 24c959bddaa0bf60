//! Casting a column of a file to its contract type, only where no information is lost.
//!
//! Real exports carry FLOAT64 where NUMERIC is declared (5.600000000000001), integers where decimals are, INT96 or
//! nanosecond timestamps and dictionary strings. A value that cannot be represented is a [`Misfit`], never rounded away
//! (specification: snapshot, "Untidy exports").

use std::ops::RangeInclusive;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, Decimal128Array, Float64Array, GenericListArray, ListArray,
    PrimitiveArray,
};
use datafusion::arrow::compute::{self, CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::array_value_to_string;

use super::contract::Kind;
use crate::error::Result;

/// The largest difference between a double and its decimal that is representation noise.
const NOISE: f64 = 1e-6;

/// The source's DATE and TIMESTAMP run from 0001-01-01 to 9999-12-31; in days since 1970-01-01.
const FIRST_DAY: i32 = -719_162;
const LAST_DAY: i32 = 2_932_896;
const MICROS_A_DAY: i64 = 86_400_000_000;

/// A value that its column's contract type cannot hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Zero-based position in the array.
    pub index: usize,
    pub value: String,
}

/// What came of a cast: the values (NULL at misfits) and the misfits.
#[derive(Debug)]
pub struct Casted {
    pub array: ArrayRef,
    pub misfits: Vec<Misfit>,
}

/// How the columns of a file become those of the contract.
#[derive(Debug, Clone, Copy)]
pub struct Casting {
    /// Whether a column of this type can be one of that kind.
    pub takes: fn(&DataType, Kind) -> bool,
    pub cast: fn(&ArrayRef, Kind) -> Result<Casted>,
}

impl Casting {
    /// As the contract has it: [`cast_exact`].
    pub const EXACT: Casting = Casting { takes: is_castable, cast: |array, kind| Ok(cast_exact(array, kind)?) };
}

/// Whether any value of `from` could be held by `kind`; if not, the column has the wrong type altogether.
pub fn is_castable(from: &DataType, kind: Kind) -> bool {
    match from {
        DataType::Dictionary(_, values) => is_castable(values, kind),
        DataType::Null => true,
        _ => match kind {
            Kind::Text => is_text(from),
            Kind::Integer => from.is_integer() || from.is_floating() || is_decimal(from),
            Kind::Double => from.is_numeric(),
            Kind::Boolean => matches!(from, DataType::Boolean),
            Kind::Date => match from {
                DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, None) => true,
                DataType::Timestamp(_, Some(zone)) => is_utc(zone),
                _ => false,
            },
            Kind::Timestamp => matches!(from, DataType::Timestamp(_, _)),
            Kind::Decimal(_, _) => from.is_integer() || from.is_floating() || is_decimal(from),
            Kind::TextList => match from {
                DataType::List(field) | DataType::LargeList(field) => is_castable(field.data_type(), Kind::Text),
                _ => false,
            },
        },
    }
}

/// Casts `array` to the contract type `kind`.
///
/// # Errors
/// Only for a type that [`is_castable`] refuses; values that do not fit are returned as misfits.
pub fn cast_exact(array: &ArrayRef, kind: Kind) -> Result<Casted, ArrowError> {
    let casted = cast_values(array, kind)?;
    match kind {
        Kind::Date => Ok(bounded::<Date32Type>(array, casted, FIRST_DAY..=LAST_DAY)),
        Kind::Timestamp => {
            let end = i64::from(LAST_DAY + 1) * MICROS_A_DAY - 1;
            Ok(bounded::<TimestampMicrosecondType>(array, casted, i64::from(FIRST_DAY) * MICROS_A_DAY..=end))
        }
        Kind::Decimal(precision, _) => {
            let limit = 10_i128.pow(u32::from(precision)) - 1;
            Ok(bounded::<Decimal128Type>(array, casted, -limit..=limit))
        }
        _ => Ok(casted),
    }
}

fn cast_values(array: &ArrayRef, kind: Kind) -> Result<Casted, ArrowError> {
    let target = kind.arrow();
    if array.data_type() == &target && kind != Kind::Double {
        return Ok(Casted { array: Arc::clone(array), misfits: Vec::new() });
    }
    if let DataType::Dictionary(_, values) = array.data_type() {
        let plain = lenient(array, values)?;
        return cast_values(&plain, kind);
    }
    match kind {
        Kind::Decimal(precision, scale) => to_decimal(array, precision, scale),
        Kind::Integer if array.data_type().is_floating() || is_decimal(array.data_type()) => to_integer(array),
        Kind::Double => to_double(array),
        Kind::Date | Kind::Timestamp => to_instant(array, kind),
        Kind::TextList => Ok(Casted { array: to_text_list(array)?, misfits: Vec::new() }),
        Kind::Text | Kind::Boolean | Kind::Integer => {
            let values = lenient(array, &target)?;
            Ok(with_lost_as_misfits(array, values))
        }
    }
}

/// `casted` with what lies outside `range` as misfits; the file's own type may hold more than the source's.
fn bounded<T>(source: &ArrayRef, mut casted: Casted, range: RangeInclusive<T::Native>) -> Casted
where
    T: ArrowPrimitiveType,
    T::Native: PartialOrd,
{
    let values = casted.array.as_primitive::<T>();
    let ends = [compute::min(values), compute::max(values)];
    if ends.iter().flatten().all(|end| range.contains(end)) {
        return casted;
    }
    let outside: Vec<usize> =
        (0..values.len()).filter(|&i| values.is_valid(i) && !range.contains(&values.value(i))).collect();
    casted.misfits.extend(outside.iter().map(|&index| misfit(source, index)));
    casted.misfits.sort_by_key(|misfit| misfit.index);
    let kept =
        (0..values.len()).map(|i| (values.is_valid(i) && range.contains(&values.value(i))).then(|| values.value(i)));
    let kept = PrimitiveArray::<T>::from_iter(kept).with_data_type(values.data_type().clone());
    casted.array = Arc::new(kept);
    casted
}

/// Arrow's cast with NULL where a value does not fit.
fn lenient(array: &dyn Array, to: &DataType) -> Result<ArrayRef, ArrowError> {
    cast_with_options(array, to, &CastOptions { safe: true, ..Default::default() })
}

fn with_lost_as_misfits(source: &ArrayRef, values: ArrayRef) -> Casted {
    if values.null_count() == source.logical_null_count() {
        return Casted { array: values, misfits: Vec::new() };
    }
    let lost = (0..source.len()).filter(|&i| values.is_null(i) && !is_null(source, i));
    let misfits = lost.map(|index| misfit(source, index)).collect();
    Casted { array: values, misfits }
}

fn is_null(array: &ArrayRef, index: usize) -> bool {
    array.data_type() == &DataType::Null || array.is_null(index)
}

fn misfit(array: &ArrayRef, index: usize) -> Misfit {
    let value = array_value_to_string(array, index).unwrap_or_else(|error| error.to_string());
    Misfit { index, value }
}

fn to_double(array: &ArrayRef) -> Result<Casted, ArrowError> {
    let values = lenient(array, &DataType::Float64)?;
    let mut casted = with_lost_as_misfits(array, Arc::clone(&values));
    let doubles = values.as_primitive::<Float64Type>();
    if doubles.iter().flatten().all(f64::is_finite) {
        return Ok(casted);
    }
    casted.misfits = (0..doubles.len())
        .filter(|&i| doubles.is_valid(i) && !doubles.value(i).is_finite())
        .map(|i| misfit(array, i))
        .collect();
    casted.array = Arc::new(doubles.iter().map(|value| value.filter(|v| v.is_finite())).collect::<Float64Array>());
    Ok(casted)
}

fn to_integer(array: &ArrayRef) -> Result<Casted, ArrowError> {
    let truncated = lenient(array, &DataType::Int64)?;
    let doubles = lenient(array, &DataType::Float64)?;
    let (integers, doubles) = (truncated.as_primitive::<Int64Type>(), doubles.as_primitive::<Float64Type>());
    let mut misfits = Vec::new();
    let values = (0..array.len()).map(|i| {
        if is_null(array, i) {
            return None;
        }
        let exact = integers.is_valid(i) && (doubles.value(i) - integers.value(i) as f64).abs() == 0.0;
        if !exact {
            misfits.push(misfit(array, i));
        }
        exact.then(|| integers.value(i))
    });
    let array: ArrayRef = Arc::new(values.collect::<datafusion::arrow::array::Int64Array>());
    Ok(Casted { array, misfits })
}

fn to_decimal(array: &ArrayRef, precision: u8, scale: i8) -> Result<Casted, ArrowError> {
    let target = DataType::Decimal128(precision, scale);
    if array.data_type().is_floating() {
        return to_decimal_from_doubles(array, precision, scale);
    }
    let values = lenient(array, &target)?;
    let mut casted = with_lost_as_misfits(array, Arc::clone(&values));
    // A narrower scale rounds: what does not come back the same did not fit.
    let back = lenient(&values, array.data_type())?;
    let same = datafusion::arrow::compute::kernels::cmp::not_distinct(&back, array)?;
    if same.true_count() < array.len() {
        casted.misfits = (0..array.len()).filter(|&i| !same.value(i)).map(|i| misfit(array, i)).collect();
        let fitting = values.as_primitive::<Decimal128Type>();
        let kept = (0..array.len()).map(|i| (same.value(i) && fitting.is_valid(i)).then(|| fitting.value(i)));
        let kept = kept.collect::<Decimal128Array>().with_precision_and_scale(precision, scale)?;
        casted.array = Arc::new(kept);
    }
    Ok(casted)
}

fn to_decimal_from_doubles(array: &ArrayRef, precision: u8, scale: i8) -> Result<Casted, ArrowError> {
    let doubles = lenient(array, &DataType::Float64)?;
    let doubles = doubles.as_primitive::<Float64Type>();
    let factor = 10_f64.powi(i32::from(scale));
    let limit = 10_f64.powi(i32::from(precision));
    let mut misfits = Vec::new();
    let values = (0..doubles.len()).map(|i| {
        if is_null(array, i) {
            return None;
        }
        let scaled = (doubles.value(i) * factor).round();
        let fits = scaled.abs() < limit && (doubles.value(i) - scaled / factor).abs() < NOISE;
        if !fits {
            misfits.push(misfit(array, i));
        }
        fits.then_some(scaled as i128)
    });
    let values = values.collect::<Decimal128Array>().with_precision_and_scale(precision, scale)?;
    Ok(Casted { array: Arc::new(values), misfits })
}

/// Dates and timestamps: a finer unit fits when nothing is cut off.
fn to_instant(array: &ArrayRef, kind: Kind) -> Result<Casted, ArrowError> {
    let target = kind.arrow();
    let zoneless = match array.data_type() {
        DataType::Timestamp(unit, Some(_)) => lenient(array, &DataType::Timestamp(*unit, None))?,
        _ => Arc::clone(array),
    };
    let values = lenient(&zoneless, &target)?;
    let mut casted = with_lost_as_misfits(array, Arc::clone(&values));
    let finest = DataType::Timestamp(TimeUnit::Nanosecond, None);
    let may_lose = matches!(
        (zoneless.data_type(), kind),
        (DataType::Timestamp(TimeUnit::Nanosecond, _), _)
            | (DataType::Timestamp(_, _), Kind::Date)
            | (DataType::Date64, _)
    );
    if may_lose {
        let (before, after) = (lenient(&zoneless, &finest)?, lenient(&values, &finest)?);
        let same = datafusion::arrow::compute::kernels::cmp::not_distinct(&before, &after)?;
        casted.misfits = (0..array.len()).filter(|&i| !same.value(i)).map(|i| misfit(array, i)).collect();
        casted.array = datafusion::arrow::compute::nullif(&values, &datafusion::arrow::compute::not(&same)?)?;
    }
    Ok(casted)
}

fn to_text_list(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let DataType::List(field) = Kind::TextList.arrow() else {
        return Err(ArrowError::CastError("a list of texts is no list".to_owned()));
    };
    let rebuilt = |offsets, values: &ArrayRef, nulls| -> Result<ArrayRef, ArrowError> {
        let values = cast_exact(values, Kind::Text)?.array;
        Ok(Arc::new(ListArray::try_new(Arc::clone(&field), offsets, values, nulls)?))
    };
    match array.data_type() {
        DataType::Null => lenient(array, &Kind::TextList.arrow()),
        DataType::LargeList(inner) => {
            let list = lenient(array, &DataType::List(Arc::clone(inner)))?;
            to_text_list(&list)
        }
        _ => {
            let list: &GenericListArray<i32> = array.as_list();
            rebuilt(list.offsets().clone(), list.values(), list.nulls().cloned())
        }
    }
}

/// A day has its midnight in a zone; only in that of the contract is it the day that is meant.
fn is_utc(zone: &str) -> bool {
    matches!(zone, "UTC" | "Etc/UTC" | "Z" | "+00:00" | "+0000" | "+00")
}

pub fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn is_decimal(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Decimal32(_, _) | DataType::Decimal64(_, _) | DataType::Decimal128(_, _) | DataType::Decimal256(_, _)
    )
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{
        Date32Array, Decimal256Array, DictionaryArray, Int64Array, StringArray, TimestampNanosecondArray, UInt64Array,
        types::Int32Type,
    };
    use datafusion::arrow::datatypes::i256;

    use super::*;

    fn decimals(casted: &Casted) -> Vec<Option<i128>> {
        casted.array.as_primitive::<Decimal128Type>().iter().collect()
    }

    #[test]
    fn representation_noise_fits_and_a_second_digit_does_not() {
        let array: ArrayRef = Arc::new(Float64Array::from(vec![Some(5.600000000000001), Some(5.64), None]));
        let casted = cast_exact(&array, Kind::Decimal(5, 1)).unwrap();
        assert_eq!(decimals(&casted), [Some(56), None, None]);
        assert_eq!(casted.misfits, [Misfit { index: 1, value: "5.64".to_owned() }]);
    }

    #[test]
    fn doubles_beyond_the_precision_and_nan_do_not_fit() {
        let array: ArrayRef = Arc::new(Float64Array::from(vec![99999.9, f64::NAN, -9999.9]));
        let casted = cast_exact(&array, Kind::Decimal(5, 1)).unwrap();
        assert_eq!(casted.misfits.iter().map(|m| m.index).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(decimals(&casted)[2], Some(-99999));
        let casted = cast_exact(&array, Kind::Double).unwrap();
        assert_eq!(casted.misfits.len(), 1);
    }

    #[test]
    fn a_wider_decimal_fits_only_without_lost_digits() {
        let wide = Decimal128Array::from(vec![Some(560), Some(561), None]).with_precision_and_scale(10, 2).unwrap();
        let casted = cast_exact(&(Arc::new(wide) as ArrayRef), Kind::Decimal(5, 1)).unwrap();
        assert_eq!(decimals(&casted), [Some(56), None, None]);
        assert_eq!(casted.misfits, [Misfit { index: 1, value: "5.61".to_owned() }]);
    }

    #[test]
    fn a_bignumeric_fits_as_a_numeric_does() {
        let hundredth = i256::from_i128(10_i128.pow(36));
        let value = |hundredths: i128| Some(i256::from_i128(hundredths).wrapping_mul(hundredth));
        let wide = vec![value(560), value(561), None, value(10_000_000), Some(i256::ONE)];
        let wide = Decimal256Array::from(wide);
        let wide: ArrayRef = Arc::new(wide.with_precision_and_scale(76, 38).unwrap());
        let casted = cast_exact(&wide, Kind::Decimal(5, 1)).unwrap();
        assert_eq!(decimals(&casted), [Some(56), None, None, None, None]);
        assert_eq!(casted.misfits.iter().map(|m| m.index).collect::<Vec<_>>(), [1, 3, 4]);
    }

    #[test]
    fn integers_become_decimals_and_whole_doubles_integers() {
        let array: ArrayRef = Arc::new(Int64Array::from(vec![24, 100_000]));
        let casted = cast_exact(&array, Kind::Decimal(5, 1)).unwrap();
        assert_eq!(decimals(&casted), [Some(240), None]);
        let array: ArrayRef = Arc::new(Float64Array::from(vec![24.0, 24.5]));
        let casted = cast_exact(&array, Kind::Integer).unwrap();
        assert_eq!(casted.misfits.len(), 1);
        let array: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX]));
        assert_eq!(cast_exact(&array, Kind::Integer).unwrap().misfits.len(), 1);
    }

    #[test]
    fn nanoseconds_fit_when_they_are_whole_microseconds() {
        let array: ArrayRef = Arc::new(TimestampNanosecondArray::from(vec![Some(1_000), Some(1_001), None]));
        let casted = cast_exact(&array, Kind::Timestamp).unwrap();
        assert_eq!(casted.misfits.iter().map(|m| m.index).collect::<Vec<_>>(), [1]);
        assert_eq!(casted.array.null_count(), 2);
    }

    #[test]
    fn dates_beyond_the_source_do_not_fit() {
        let array: ArrayRef = Arc::new(Date32Array::from(vec![Some(20_000), Some(i32::MAX), None, Some(LAST_DAY)]));
        let casted = cast_exact(&array, Kind::Date).unwrap();
        assert_eq!(casted.misfits.iter().map(|m| m.index).collect::<Vec<_>>(), [1]);
        let dates: Vec<_> = casted.array.as_primitive::<Date32Type>().iter().collect();
        assert_eq!(dates, [Some(20_000), None, None, Some(LAST_DAY)]);
        assert_eq!(Date32Type::to_naive_date_opt(FIRST_DAY).unwrap().to_string(), "0001-01-01");
        assert_eq!(Date32Type::to_naive_date_opt(LAST_DAY).unwrap().to_string(), "9999-12-31");
    }

    #[test]
    fn dictionaries_become_plain_texts() {
        let array: ArrayRef = Arc::new(vec![Some("OVER"), None].into_iter().collect::<DictionaryArray<Int32Type>>());
        let casted = cast_exact(&array, Kind::Text).unwrap();
        assert_eq!(casted.array.as_string_view().iter().collect::<Vec<_>>(), [Some("OVER"), None]);
        assert!(casted.misfits.is_empty());
    }

    #[test]
    fn texts_are_no_numbers() {
        let array: ArrayRef = Arc::new(StringArray::from(vec!["5.6"]));
        assert!(!is_castable(array.data_type(), Kind::Decimal(5, 1)));
        assert!(!is_castable(&DataType::Int64, Kind::Text));
    }

    #[test]
    fn midnights_are_dates_where_they_are_those_of_utc() {
        let midnights = |zone: &str| {
            let nanos = vec![Some(86_400_000_000_000), Some(86_400_000_000_001), None];
            Arc::new(TimestampNanosecondArray::from(nanos).with_timezone(zone)) as ArrayRef
        };
        let array = midnights("UTC");
        assert!(is_castable(array.data_type(), Kind::Date));
        let casted = cast_exact(&array, Kind::Date).unwrap();
        assert_eq!(casted.array.as_primitive::<Date32Type>().iter().collect::<Vec<_>>(), [Some(1), None, None]);
        assert_eq!(casted.misfits.iter().map(|misfit| misfit.index).collect::<Vec<_>>(), [1]);
        assert!(!is_castable(midnights("America/New_York").data_type(), Kind::Date));
    }
}
