//! The head of an audit, of filters or signals.

use super::output::{rate_of, units};
use super::style::{self, paint};
use crate::audit::Tally;
use crate::dates::Day;
use crate::text::visible;

/// What is audited, in a line.
pub fn heading(what: &str, version: &str, [from, to]: [Day; 2], slates: u64) -> String {
    format!("{} of {}, {} to {}, {slates} slates\n", paint(style::HEADING, what), visible(version), from.0, to.0)
}

/// How a set of candidates did, in a line.
pub fn said(what: &str, tally: &Tally) -> String {
    format!("{} {what}, hit rate {}, {} units\n", tally.count, rate_of(tally), units(tally))
}
