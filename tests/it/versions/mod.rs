//! Versions.

mod definitions;
mod feature_store;
mod features;
mod files;
mod language;
mod later;
mod test;
mod thresholds;
mod weights;
