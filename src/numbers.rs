//! Counts: as the machine formats hold them, and in words.

/// A length as a number of the machine formats.
pub fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A number of things, such as `1 slate` or `2 slates`.
pub fn plural(number: u64, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_not_several() {
        assert_eq!([0, 1, 2].map(|number| plural(number, "slate")), ["0 slates", "1 slate", "2 slates"]);
    }
}
