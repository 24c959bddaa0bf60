//! Values of text exports as their column's type: only what a text says exactly, as with [`cast_exact`].

use std::sync::Arc;

use chrono::{NaiveDate, Utc};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, ListBuilder, PrimitiveArray, StringArray,
    StringViewBuilder,
};
use datafusion::arrow::compute::cast as arrow_cast;
use datafusion::arrow::compute::kernels::cast_utils::string_to_datetime;
use datafusion::arrow::datatypes::{DataType, Date32Type, Int64Type, TimestampNanosecondType};

use crate::error::Result;
use crate::snapshot::cast::{self, Casted, Casting, Misfit, cast_exact, is_castable, is_text};
use crate::snapshot::contract::Kind;

/// How columns of exports become the contract's: texts are taken for what they say, whatever the format.
pub const CASTING: Casting =
    Casting { takes: |from, kind| is_castable(from, kind) || is_of_texts(from), cast: cast_or_parse };

fn is_of_texts(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, values) => is_of_texts(values),
        other => is_text(other),
    }
}

fn cast_or_parse(array: &ArrayRef, kind: Kind) -> Result<Casted> {
    let is_said = is_of_texts(array.data_type()) && kind != Kind::Text;
    if is_said { parse(&arrow_cast(array, &DataType::Utf8)?, kind) } else { Ok(cast_exact(array, kind)?) }
}

/// Parses texts (or, for lists, lists of texts) as values of `kind`; what is none is a misfit and NULL.
///
/// # Errors
/// Only where the engine's casts fail, which none of the types here makes them do.
pub fn parse(texts: &ArrayRef, kind: Kind) -> Result<Casted> {
    if texts.data_type() != &DataType::Utf8 {
        return Ok(cast_exact(texts, kind)?);
    }
    let texts = texts.as_string::<i32>();
    match kind {
        Kind::Text => Ok(cast_exact(&(Arc::new(texts.clone()) as ArrayRef), kind)?),
        Kind::Boolean => Ok(each(texts, boolean, |values| Arc::new(BooleanArray::from(values)))),
        Kind::Integer => integers(texts),
        Kind::Double | Kind::Decimal(..) => {
            through(texts, kind, each(texts, double, |values| Arc::new(Float64Array::from(values))))
        }
        Kind::Date => dates(texts),
        Kind::Timestamp => through(texts, kind, each(texts, instant, nanoseconds)),
        Kind::TextList => Ok(lists(texts)),
    }
}

/// Parses each text; one that is no value is a misfit.
fn each<T>(
    texts: &StringArray,
    value: impl Fn(&str) -> Option<T>,
    array: impl FnOnce(Vec<Option<T>>) -> ArrayRef,
) -> Casted {
    let mut misfits = Vec::new();
    let mut parsed = |(index, text): (usize, Option<&str>)| {
        let text = text?;
        let found = value(text.trim());
        if found.is_none() {
            misfits.push(Misfit { index, value: shown(text) });
        }
        found
    };
    let values = texts.iter().enumerate().map(&mut parsed).collect();
    Casted { array: array(values), misfits }
}

/// Casts what was parsed to the contract's type; a value that does not fit it is shown as the text it was.
fn through(texts: &StringArray, kind: Kind, parsed: Casted) -> Result<Casted> {
    let casted = cast_exact(&parsed.array, kind)?;
    let mut misfits = parsed.misfits;
    misfits.extend(
        casted.misfits.into_iter().map(|Misfit { index, .. }| Misfit { index, value: shown(texts.value(index)) }),
    );
    misfits.sort_by_key(|misfit| misfit.index);
    Ok(Casted { array: casted.array, misfits })
}

/// A text as a message shows it.
fn shown(text: &str) -> String {
    format!("'{}'", cast::shown(text))
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A number as exports write it: no words (`inf`, `nan`) though Rust knows them.
fn double(text: &str) -> Option<f64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse().ok().filter(|_| is_number)
}

/// Whole numbers, also where they are written as others (`24.0`).
fn integers(texts: &StringArray) -> Result<Casted> {
    let whole = |text: &str| text.parse::<i64>().ok();
    let plain = each(texts, whole, |values| Arc::new(Int64Array::from(values)));
    if plain.misfits.is_empty() {
        return Ok(plain);
    }
    let doubles = through(texts, Kind::Integer, each(texts, double, |values| Arc::new(Float64Array::from(values))))?;
    let (plain, others) = (plain.array.as_primitive::<Int64Type>(), doubles.array.as_primitive::<Int64Type>());
    let chosen = plain.iter().zip(others).map(|(plain, other)| plain.or(other)).collect::<Int64Array>();
    // What a double cannot hold may still be a whole number.
    let misfits = doubles.misfits.into_iter().filter(|misfit| plain.is_null(misfit.index)).collect();
    Ok(Casted { array: Arc::new(chosen), misfits })
}

/// Dates, also where they are written as midnights.
fn dates(texts: &StringArray) -> Result<Casted> {
    let days = |values: Vec<Option<NaiveDate>>| -> ArrayRef {
        let days = values.into_iter().map(|date| date.map(Date32Type::from_naive_date));
        Arc::new(days.collect::<PrimitiveArray<Date32Type>>())
    };
    let plain = each(texts, |text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok(), days);
    if plain.misfits.is_empty() {
        return Ok(Casted { array: cast_exact(&plain.array, Kind::Date)?.array, misfits: plain.misfits });
    }
    through(texts, Kind::Date, each(texts, instant, nanoseconds))
}

/// A moment: `2026-02-11 15:00:00[.123456] [UTC]`, RFC 3339 or without a zone (UTC).
fn instant(text: &str) -> Option<i64> {
    string_to_datetime(&Utc, text).ok()?.timestamp_nanos_opt()
}

fn nanoseconds(values: Vec<Option<i64>>) -> ArrayRef {
    Arc::new(PrimitiveArray::<TimestampNanosecondType>::from(values))
}

/// Lists as JSON arrays of texts.
fn lists(texts: &StringArray) -> Casted {
    let list = |text: &str| serde_json::from_str::<Vec<Option<String>>>(text).ok();
    each(texts, list, |lists| {
        let DataType::List(item) = Kind::TextList.arrow() else { return Arc::new(StringArray::new_null(lists.len())) };
        let mut builder = ListBuilder::new(StringViewBuilder::new()).with_field(item);
        for list in lists {
            match list {
                Some(list) => {
                    list.iter().for_each(|text| builder.values().append_option(text.as_deref()));
                    builder.append(true);
                }
                None => builder.append_null(),
            }
        }
        Arc::new(builder.finish())
    })
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::{Decimal128Type, Float64Type, TimestampMicrosecondType};

    use super::*;

    fn parsed(texts: &[Option<&str>], kind: Kind) -> (ArrayRef, Vec<String>) {
        let texts: ArrayRef = Arc::new(texts.iter().copied().collect::<StringArray>());
        let casted = parse(&texts, kind).unwrap();
        assert_eq!(casted.array.data_type(), &kind.arrow());
        (casted.array, casted.misfits.into_iter().map(|misfit| format!("{} {}", misfit.index, misfit.value)).collect())
    }

    #[test]
    fn decimals_fit_but_for_representation_noise() {
        let texts =
            [Some("5.600000000000001"), Some("5.64"), None, Some(" 24 "), Some("1e1"), Some("12,5"), Some("nan")];
        let (array, misfits) = parsed(&texts, Kind::Decimal(5, 1));
        let values: Vec<_> = array.as_primitive::<Decimal128Type>().iter().collect();
        assert_eq!(values, [Some(56), None, None, Some(240), Some(100), None, None]);
        assert_eq!(misfits, ["1 '5.64'", "5 '12,5'", "6 'nan'"]);
    }

    #[test]
    fn integers_are_whole_however_they_are_written() {
        let texts = [Some("24"), Some("24.0"), Some("24.5"), Some("9223372036854775807"), Some("x"), None];
        let (array, misfits) = parsed(&texts, Kind::Integer);
        let values: Vec<_> = array.as_primitive::<Int64Type>().iter().collect();
        assert_eq!(values, [Some(24), Some(24), None, Some(i64::MAX), None, None]);
        assert_eq!(misfits, ["2 '24.5'", "4 'x'"]);
    }

    #[test]
    fn moments_are_utc_to_the_microsecond() {
        let texts = [
            "2026-02-11 15:00:00 UTC",
            "2026-02-11T15:00:00.000001Z",
            "2026-02-11 16:00:00+01:00",
            "2026-02-11 15:00:00.0000001",
            "2026-02-11",
            "yesterday at noon",
            "9999-01-01 00:00:00",
        ];
        let (array, misfits) = parsed(&texts.map(Some), Kind::Timestamp);
        let values: Vec<_> = array.as_primitive::<TimestampMicrosecondType>().iter().collect();
        let (three, midnight) = (1_770_822_000_000_000, 1_770_768_000_000_000);
        assert_eq!(values, [Some(three), Some(three + 1), Some(three), None, Some(midnight), None, None]);
        let refused = ["3 '2026-02-11 15:00:00.0000001'", "5 'yesterday at noon'", "6 '9999-01-01 00:00:00'"];
        assert_eq!(misfits, refused);
    }

    #[test]
    fn dates_may_be_midnights() {
        let texts = ["2026-02-11", "2026-02-11 00:00:00", "2026-02-11 00:00:01", "11.02.2026"];
        let (array, misfits) = parsed(&texts.map(Some), Kind::Date);
        let values: Vec<_> = array.as_primitive::<Date32Type>().iter().collect();
        assert_eq!(values, [Some(20_495), Some(20_495), None, None]);
        assert_eq!(misfits, ["2 '2026-02-11 00:00:01'", "3 '11.02.2026'"]);
        assert_eq!(parsed(&[Some("2026-02-11")], Kind::Date).1, [""; 0]);
    }

    #[test]
    fn booleans_lists_and_doubles() {
        let (array, misfits) = parsed(&[Some("True"), Some("FALSE"), Some("1"), None], Kind::Boolean);
        assert_eq!(array.as_boolean().iter().collect::<Vec<_>>(), [Some(true), Some(false), None, None]);
        assert_eq!(misfits, ["2 '1'"]);
        let (array, misfits) = parsed(&[Some(r#"["a",null]"#), Some("[]"), Some("a|b"), None], Kind::TextList);
        assert_eq!(array.as_list::<i32>().value_length(0), 2);
        assert_eq!((array.as_list::<i32>().value_length(1), array.null_count()), (0, 2));
        assert_eq!(misfits, ["2 'a|b'"]);
        let (array, misfits) = parsed(&[Some("1e400"), Some("0.1")], Kind::Double);
        assert_eq!(array.as_primitive::<Float64Type>().value(1), 0.1);
        assert_eq!(misfits, ["0 '1e400'"]);
    }

    #[test]
    fn columns_of_texts_are_taken_for_what_they_say_whatever_they_are_stored_as() {
        let plain: ArrayRef = Arc::new(StringArray::from(vec![Some("24.5"), Some("n/a"), Some(""), None]));
        let indices = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        for kind in [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View, indices] {
            let array = arrow_cast(&plain, &kind).unwrap();
            assert!((CASTING.takes)(&kind, Kind::Decimal(4, 1)));
            let casted = (CASTING.cast)(&array, Kind::Decimal(4, 1)).unwrap();
            let values: Vec<_> = casted.array.as_primitive::<Decimal128Type>().iter().collect();
            assert_eq!(values, [Some(245), None, None, None]);
            let misfits: Vec<_> = casted.misfits.iter().map(|misfit| misfit.value.as_str()).collect();
            assert_eq!(misfits, ["'n/a'", "''"]);
        }
        assert!(!(CASTING.takes)(&DataType::Int64, Kind::Text));
    }

    #[test]
    fn long_values_are_shown_in_part() {
        let (_, misfits) = parsed(&[Some(&format!("a\n{}", "b".repeat(100)))], Kind::Integer);
        assert_eq!(misfits, [format!("0 'a {}...'", "b".repeat(58))]);
    }
}
