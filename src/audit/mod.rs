//! Audits over many slates: which filters block winners, which signals mark them.

mod filters;
mod like;
mod signals;

pub use filters::{Blocked, FilterAudit, FilterRow, Overlap, Verdict, filters};
pub(crate) use like::Like;
pub use signals::{SignalAudit, SignalRow, signals};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::grade::{Odds, Record};
use crate::stats::{Interval, wilson};

/// A set of candidates or picks and how betting on all of them went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tally {
    pub count: u64,
    #[serde(flatten)]
    pub record: Record,
    /// Percent of those that won or lost.
    pub hit_rate: Option<f64>,
    /// Wilson, 95 %, in percent.
    pub interval: Option<Interval>,
    /// Units, one staked on each.
    pub units: f64,
}

impl Tally {
    /// With units at `odds`.
    pub fn at(record: Record, odds: Odds) -> Tally {
        Tally {
            count: record.total(),
            record,
            hit_rate: record.hit_rate(),
            interval: wilson(record.wins, record.decided(), 0.95),
            units: record.units_at(odds),
        }
    }
}

impl From<Record> for Tally {
    /// With units at -110.
    fn from(record: Record) -> Tally {
        Tally::at(record, Odds::STANDARD)
    }
}
