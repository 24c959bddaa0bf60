//! Statistics of hit rates and units: intervals, resampling by slate, and corrections for looking more than once.

mod adjust;
mod bootstrap;
mod proportion;
mod strata;
mod streaks;

pub use adjust::holm;
pub use bootstrap::{Bootstrap, Estimate, SlatePair, paired, slates_to_see};
pub use proportion::{ENOUGH, Interval, wilson};
pub use strata::{Stratum, chance_within};
pub use streaks::{longest_losing_run, max_drawdown};
