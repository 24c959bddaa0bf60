//! Decoding files so that data which breaks a decoder is an error of the file, whatever the decoder does. Every Parquet, Arrow,
//! CSV and JSON reader is behind it.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use crate::error::{Error, Result, SnapshotError, one_line};

thread_local! {
    /// Whether this thread is decoding: a panic is then reported as an error, not printed.
    static DECODING: Cell<bool> = const { Cell::new(false) };
}

/// Runs `decode` on the Parquet file called `label`; a panic in it (the decoder has some on corrupt data) becomes
/// [`SnapshotError::BadParquet`].
///
/// # Errors
/// Whatever `decode` returns, or that it panicked.
pub fn decoding<T>(label: &str, decode: impl FnOnce() -> Result<T>) -> Result<T> {
    guarded(
        |reason| Error::Snapshot(SnapshotError::BadParquet { file: label.to_owned(), reason: reason.into() }),
        decode,
    )
}

/// Runs `decode` on a file; a panic in it becomes what `refused` makes of the reason.
///
/// # Errors
/// Whatever `decode` returns, or that it panicked.
pub fn guarded<T>(refused: impl FnOnce(String) -> Error, decode: impl FnOnce() -> Result<T>) -> Result<T> {
    silence_decoders();
    let outer = DECODING.replace(true);
    // Nothing that `decode` has touched is used again once it has panicked.
    let outcome = panic::catch_unwind(AssertUnwindSafe(decode));
    DECODING.set(outer);
    outcome.unwrap_or_else(|payload| Err(refused(reason(payload.as_ref()))))
}

/// Keeps the panic hook from printing what [`guarded`] reports; every other panic is printed as before.
fn silence_decoders() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let printing = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !DECODING.get() {
                printing(panic);
            }
        }));
    });
}

fn reason(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    format!("corrupt data: {}", one_line(text.unwrap_or("the decoder gave up")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_of_the_file() {
        let broken = || -> Result<()> { panic!("index out\nof bounds") };
        let error = decoding("x.parquet", broken).unwrap_err().to_string();
        assert_eq!(
            error,
            "x.parquet: not a readable Parquet file (corrupt data: index out of bounds); fetch it again, or put it aside and pull again"
        );
        assert!(!DECODING.get());
    }

    #[test]
    fn what_goes_well_or_fails_by_itself_passes_through() {
        assert_eq!(decoding("x.parquet", || Ok(3)).unwrap(), 3);
        assert!(matches!(decoding("x.parquet", || Err::<(), _>(Error::BrokenPipe)), Err(Error::BrokenPipe)));
    }
}
