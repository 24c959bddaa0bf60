//! Versions.

mod definitions;
mod feature_store;
mod files;
mod later;
mod test;
mod thresholds;
mod weights;
