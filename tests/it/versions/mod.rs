//! Versions.

mod definitions;
mod feature_store;
mod files;
mod later;
mod thresholds;
mod weights;
