//! The functions of the pipeline that SQL says badly: one file a function, a pure kernel under a thin wrapper.

mod angles;
mod caps;
mod combo;
mod filters;
mod flags;
mod hash;
mod integers;
mod means;
mod rounding;
mod signals;
mod sums;

pub use combo::Entry;
pub use integers::{checked_arithmetic, is_checked, is_checked_arithmetic};
pub use sums::{SUM, checked_sum};

use std::fmt;
use std::hash::{Hash, Hasher};

use datafusion::arrow::array::{Array as _, ArrayRef, AsArray as _, DictionaryArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int32Type};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use datafusion::prelude::SessionContext;

use crate::definition::{finite, round_half_even};

/// Registers every function of the pipeline by its name.
pub fn register(context: &SessionContext) {
    let scalars = [
        signals::signal_tags(),
        signals::effective_signals(),
        filters::first_filter(),
        filters::failing_filters(),
        combo::match_combo(),
        rounding::hit_rate(),
        round_half_even(),
        finite(),
        means::decimal_mean(),
        hash::key_hash(),
        angles::pick_angles(),
    ];
    for function in scalars {
        context.register_udf(function);
    }
    for function in [means::double_mean(), means::double_sum(), means::double_stddev()] {
        context.register_udaf(function);
    }
    context.register_udwf(caps::capped_by());
}

/// The type of a text that many rows share, such as a version's lists: the rows hold a number each, so that no join copies
/// the text itself.
pub fn shared_text() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// An argument of texts that many rows share, and what was made of each of them.
struct SharedTexts<T> {
    texts: DictionaryArray<Int32Type>,
    made: Vec<Option<T>>,
    of_null: Option<T>,
}

impl<T> SharedTexts<T> {
    fn of(argument: &ArrayRef) -> Result<SharedTexts<T>> {
        let texts = cast(argument, &shared_text())?.as_dictionary::<Int32Type>().clone();
        let made = std::iter::repeat_with(|| None).take(texts.values().len()).collect();
        Ok(SharedTexts { texts, made, of_null: None })
    }

    fn len(&self) -> usize {
        self.texts.len()
    }

    /// What `make` makes of the row's text (empty for NULL), once for all rows that share it.
    fn get(&mut self, row: usize, make: impl FnOnce(&str) -> Result<T>) -> Result<&mut T> {
        let texts = self.texts.values().as_string::<i32>();
        let key = self.texts.key(row).filter(|key| texts.is_valid(*key));
        let (slot, text) = match key {
            Some(key) => (&mut self.made[key], texts.value(key)),
            None => (&mut self.of_null, ""),
        };
        Ok(match slot {
            Some(made) => made,
            None => slot.insert(make(text)?),
        })
    }
}

/// A scalar function made of plain functions: its type and its body over whole arrays.
struct Function {
    name: &'static str,
    signature: Signature,
    return_type: fn(&[DataType]) -> Result<DataType>,
    body: fn(&[ArrayRef]) -> Result<ArrayRef>,
}

impl Function {
    /// An immutable function of exactly `arguments` types.
    fn exact(
        name: &'static str,
        arguments: Vec<DataType>,
        return_type: fn(&[DataType]) -> Result<DataType>,
        body: fn(&[ArrayRef]) -> Result<ArrayRef>,
    ) -> ScalarUDF {
        let signature = Signature::exact(arguments, Volatility::Immutable);
        ScalarUDF::from(Function { name, signature, return_type, body })
    }

    /// An immutable function of `count` arguments whose types its body checks.
    fn any(
        name: &'static str,
        count: usize,
        return_type: fn(&[DataType]) -> Result<DataType>,
        body: fn(&[ArrayRef]) -> Result<ArrayRef>,
    ) -> ScalarUDF {
        let signature = Signature::any(count, Volatility::Immutable);
        ScalarUDF::from(Function { name, signature, return_type, body })
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        (self.return_type)(arguments)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = args.args.iter().map(|value| value.to_array(args.number_rows)).collect::<Result<Vec<_>>>()?;
        Ok(ColumnarValue::Array((self.body)(&arrays)?))
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

// A function is its name: the registry holds one of each.
impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}
