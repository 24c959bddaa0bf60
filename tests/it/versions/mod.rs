//! Versions.

mod definitions;
mod feature_store;
mod files;
mod language;
mod later;
mod thresholds;
mod weights;
