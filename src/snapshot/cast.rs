//! Casting a column of a file to its contract type, only where no information is lost.
//!
//! Real exports carry FLOAT64 where NUMERIC is declared (5.600000000000001), integers where decimals are, INT96 or
//! nanosecond timestamps and dictionary strings. A value that cannot be represented is a [`Misfit`], never rounded away
//! (specification: snapshot, "Untidy exports").

use std::ops::RangeInclusive;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, Date32Array, Decimal128Array, Float64Array,
    GenericListArray, ListArray, PrimitiveArray, TimestampMicrosecondArray,
};
use datafusion::arrow::compute::{self, CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use super::contract::Kind;
use crate::error::{Result, one_line};

/// The largest difference between a double and its decimal that is representation noise.
const NOISE: f64 = 1e-6;

/// The source's DATE and TIMESTAMP run from 0001-01-01 to 9999-12-31; in days since 1970-01-01.
const FIRST_DAY: i32 = -719_162;
const LAST_DAY: i32 = 2_932_896;
const SECONDS_A_DAY: i64 = 86_400;
const MICROS_A_SECOND: i64 = 1_000_000;
const MICROS_A_DAY: i64 = SECONDS_A_DAY * MICROS_A_SECOND;

/// The longest text that a column holds, in bytes; the source's own are far shorter.
const LONGEST_TEXT: u32 = 1 << 20;
/// How much of a value a message shows, in characters.
const SHOWN: usize = 60;

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
        Kind::Text => short_enough(casted),
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
        Kind::TextList => to_text_list(array),
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

/// Instants that no calendar has are shown as the numbers they are.
fn misfit(array: &ArrayRef, index: usize) -> Misfit {
    let text = |array: &ArrayRef, index: usize| {
        let exact = FormatOptions::new().with_display_error(false);
        ArrayFormatter::try_new(array, &exact).ok()?.value(index).try_to_string().ok()
    };
    let as_number = || text(&lenient(&array.slice(index, 1), &DataType::Int64).ok()?, 0);
    let value = text(array, index).or_else(as_number);
    Misfit { index, value: value.map_or_else(|| "a value that cannot be shown".to_owned(), |value| shown(&value)) }
}

/// The start of a long value, in one line.
pub fn shown(value: &str) -> String {
    let line = one_line(value);
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

/// Texts that are too long are misfits.
fn short_enough(casted: Casted) -> Result<Casted, ArrowError> {
    let texts = casted.array.as_string_view();
    // The lower half of a view is the length.
    let is_too_long = |view: &u128| *view as u32 > LONGEST_TEXT;
    if !texts.views().iter().any(is_too_long) {
        return Ok(casted);
    }
    let long: Vec<bool> =
        texts.views().iter().enumerate().map(|(at, view)| texts.is_valid(at) && is_too_long(view)).collect();
    let mut misfits = casted.misfits;
    misfits.extend((0..long.len()).filter(|at| long[*at]).map(|at| {
        let (Misfit { index, value }, length) = (misfit(&casted.array, at), texts.value(at).len());
        Misfit { index, value: format!("{value} ({length} bytes)") }
    }));
    Ok(Casted { array: compute::nullif(&casted.array, &BooleanArray::from(long))?, misfits })
}

fn to_double(array: &ArrayRef) -> Result<Casted, ArrowError> {
    let values = lenient(array, &DataType::Float64)?;
    let mut casted = with_lost_as_misfits(array, Arc::clone(&values));
    let doubles = values.as_primitive::<Float64Type>();
    if doubles.iter().flatten().all(f64::is_finite) {
        return Ok(casted);
    }
    let endless = (0..doubles.len()).filter(|&i| doubles.is_valid(i) && !doubles.value(i).is_finite());
    casted.misfits.extend(endless.map(|i| misfit(array, i)));
    casted.misfits.sort_by_key(|misfit| misfit.index);
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

/// Dates and timestamps: a finer unit fits when nothing is cut off, a coarser one when it does not overflow. Arrow's own cast
/// wraps round where a day is beyond an `i32`.
fn to_instant(array: &ArrayRef, kind: Kind) -> Result<Casted, ArrowError> {
    let (ticks_a_day, ticks_a_second) = match array.data_type() {
        DataType::Date32 => (1, 0),
        DataType::Date64 => (SECONDS_A_DAY * 1000, 1000),
        DataType::Timestamp(unit, _) => {
            let a_second = match unit {
                TimeUnit::Second => 1,
                TimeUnit::Millisecond => 1000,
                TimeUnit::Microsecond => MICROS_A_SECOND,
                TimeUnit::Nanosecond => 1000 * MICROS_A_SECOND,
            };
            (SECONDS_A_DAY * a_second, a_second)
        }
        // Of no values at all.
        _ => return Ok(Casted { array: lenient(array, &kind.arrow())?, misfits: Vec::new() }),
    };
    let ticks = lenient(array, &DataType::Int64)?;
    let ticks = ticks.as_primitive::<Int64Type>();
    let mut misfits = Vec::new();
    let mut fitting = |index: usize, value: Option<i64>| {
        if value.is_none() && ticks.is_valid(index) {
            misfits.push(misfit(array, index));
        }
        value
    };
    let array: ArrayRef = match kind {
        Kind::Date => {
            let day = |tick: i64| (tick.rem_euclid(ticks_a_day) == 0).then(|| tick.div_euclid(ticks_a_day));
            let day = |tick: i64| day(tick).filter(|day| i32::try_from(*day).is_ok());
            let days = ticks.iter().enumerate().map(|(at, tick)| fitting(at, tick.and_then(day)));
            Arc::new(days.map(|day| day.and_then(|day| i32::try_from(day).ok())).collect::<Date32Array>())
        }
        _ => {
            let micros = |tick: i64| match ticks_a_second {
                a_second if a_second > MICROS_A_SECOND => {
                    let ticks_a_micro = a_second / MICROS_A_SECOND;
                    (tick % ticks_a_micro == 0).then(|| tick / ticks_a_micro)
                }
                a_second => tick.checked_mul(MICROS_A_SECOND / a_second.max(1)),
            };
            let moments = ticks.iter().enumerate().map(|(at, tick)| fitting(at, tick.and_then(micros)));
            Arc::new(moments.collect::<TimestampMicrosecondArray>())
        }
    };
    Ok(Casted { array, misfits })
}

/// A list with a text that does not fit is a misfit.
fn to_text_list(array: &ArrayRef) -> Result<Casted, ArrowError> {
    let DataType::List(field) = Kind::TextList.arrow() else {
        return Err(ArrowError::CastError("a list of texts is no list".to_owned()));
    };
    match array.data_type() {
        DataType::Null => Ok(Casted { array: lenient(array, &Kind::TextList.arrow())?, misfits: Vec::new() }),
        DataType::LargeList(inner) => {
            let list = lenient(array, &DataType::List(Arc::clone(inner)))?;
            to_text_list(&list)
        }
        _ => {
            let list: &GenericListArray<i32> = array.as_list();
            let texts = cast_exact(list.values(), Kind::Text)?;
            let offsets = list.offsets().clone();
            // Texts before the first offset are of no list.
            let list_of = |text: &Misfit| {
                let end = |offset: &i32| usize::try_from(*offset).is_ok_and(|offset| offset <= text.index);
                offsets.partition_point(end).checked_sub(1).filter(|at| *at < list.len() && list.is_valid(*at))
            };
            let mut misfits: Vec<Misfit> = texts
                .misfits
                .iter()
                .filter_map(|text| Some(Misfit { index: list_of(text)?, value: text.value.clone() }))
                .collect();
            misfits.dedup_by_key(|misfit| misfit.index);
            let rebuilt: ArrayRef = Arc::new(ListArray::try_new(field, offsets, texts.array, list.nulls().cloned())?);
            if misfits.is_empty() {
                return Ok(Casted { array: rebuilt, misfits });
            }
            let is_misfit: Vec<bool> =
                (0..rebuilt.len()).map(|at| misfits.iter().any(|misfit| misfit.index == at)).collect();
            Ok(Casted { array: compute::nullif(&rebuilt, &BooleanArray::from(is_misfit))?, misfits })
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
        Decimal256Array, DictionaryArray, Int64Array, StringArray, TimestampMillisecondArray, TimestampNanosecondArray,
        TimestampSecondArray, UInt64Array, types::Int32Type,
    };
    use datafusion::arrow::buffer::OffsetBuffer;
    use datafusion::arrow::datatypes::{Field, i256};

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
    fn instants_that_overflow_do_not_fit_and_are_shown_as_numbers() {
        let shown = |casted: &Casted| -> Vec<(usize, String)> {
            casted.misfits.iter().map(|misfit| (misfit.index, misfit.value.clone())).collect()
        };
        let seconds: ArrayRef = Arc::new(TimestampSecondArray::from(vec![Some(i64::MAX), Some(1), None]));
        let casted = cast_exact(&seconds, Kind::Timestamp).unwrap();
        let moments: Vec<_> = casted.array.as_primitive::<TimestampMicrosecondType>().iter().collect();
        assert_eq!(moments, [None, Some(1_000_000), None]);
        assert_eq!(shown(&casted), [(0, "9223372036854775807".to_owned())]);
        // 2^32 days wrap round to 1970-01-01, and 2300 is beyond what nanoseconds reach.
        let wrapped = (1_i64 << 32) * 86_400_000;
        let midnights = vec![wrapped, 120_531 * 86_400_000, 120_531 * 86_400_000 + 1, 86_400_000];
        let millis: ArrayRef = Arc::new(TimestampMillisecondArray::from(midnights));
        let casted = cast_exact(&millis, Kind::Date).unwrap();
        let days: Vec<_> = casted.array.as_primitive::<Date32Type>().iter().collect();
        assert_eq!(days, [None, Some(120_531), None, Some(1)]);
        assert_eq!(shown(&casted), [(0, wrapped.to_string()), (2, "2300-01-02T00:00:00.001".to_owned())]);
        let days: ArrayRef = Arc::new(Date32Array::from(vec![i32::MAX]));
        assert_eq!(shown(&cast_exact(&days, Kind::Date).unwrap()), [(0, "2147483647".to_owned())]);
    }

    #[test]
    fn texts_that_are_too_long_do_not_fit() {
        let long = "x".repeat(LONGEST_TEXT as usize + 1);
        let array: ArrayRef = Arc::new(StringArray::from(vec![Some("OVER"), Some(&long), None]));
        let casted = cast_exact(&array, Kind::Text).unwrap();
        assert_eq!(casted.array.as_string_view().iter().collect::<Vec<_>>(), [Some("OVER"), None, None]);
        let expected = Misfit { index: 1, value: format!("{}... (1048577 bytes)", "x".repeat(SHOWN)) };
        assert_eq!(casted.misfits, std::slice::from_ref(&expected));
        let offsets = OffsetBuffer::new(vec![0, 1, 3].into());
        let field = Arc::new(Field::new_list_field(DataType::Utf8, true));
        let lists: ArrayRef = Arc::new(ListArray::new(field, offsets, array, None));
        let casted = cast_exact(&lists, Kind::TextList).unwrap();
        assert_eq!((casted.array.is_null(0), casted.array.is_null(1)), (false, true));
        assert_eq!(casted.misfits, [expected]);
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
