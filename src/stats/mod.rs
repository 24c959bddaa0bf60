//! Statistics of hit rates and units: intervals, resampling by slate, and corrections for looking more than once.

mod adjust;
mod bootstrap;
mod histogram;
mod proportion;
mod snooping;
mod stationary;
mod strata;
mod streaks;

pub use adjust::{benjamini_hochberg, holm};
pub use bootstrap::{Bootstrap, Draws, Estimate, SlatePair, draws, paired, slates_to_see};
pub use histogram::Histogram;
pub use proportion::{ENOUGH, Interval, wilson};
pub use snooping::{CellLuck, Snooping, Spa};
pub use stationary::{StationaryDraws, usual_block};
pub use strata::{Stratum, chance_within};
pub use streaks::{longest_losing_run, max_drawdown};
