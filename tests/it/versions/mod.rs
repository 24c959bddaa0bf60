//! Versions.

mod definitions;
mod feature_store;
mod files;
mod thresholds;
mod weights;
