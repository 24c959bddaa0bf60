//! Numbers of things: as the machine formats have them, and as they are said.

use std::fmt::Display;

/// A number of things in memory as the machine formats have it.
pub fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// A number and what it counts, such as "1 row" and "2 rows".
pub fn counted(number: impl TryInto<u64> + Copy + Display, thing: &str) -> String {
    counted_as(number, thing, &format!("{thing}s"))
}

/// A number and what it counts where more is said of it than an "s", such as "1 row is" and "2 rows are".
pub fn counted_as(number: impl TryInto<u64> + Copy + Display, one: &str, more: &str) -> String {
    format!("{number} {}", either(number, one, more))
}

/// The word that goes with a number: that for `one`, or that for none and for `more`.
pub fn either<'a>(number: impl TryInto<u64>, one: &'a str, more: &'a str) -> &'a str {
    if number.try_into().is_ok_and(|number| number == 1) { one } else { more }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_said_otherwise_than_none_and_more() {
        assert_eq!([0, 1, 2].map(|number| counted(number, "row")), ["0 rows", "1 row", "2 rows"]);
        assert_eq!([1, 11].map(|number| counted_as(number, "row is", "rows are")), ["1 row is", "11 rows are"]);
        assert_eq!(either(1_u64, "hangs", "hang"), "hangs");
    }
}
