//! Merging what a source has into the months of a snapshot: what is new, what is gone, and what is kept.

mod gone;
mod month_file;
mod months;
mod rewrite;
mod table;

pub use gone::dates_of;
pub use months::Room;
pub use table::{Context, pull};
