//! Versions.

mod definitions;
mod feature_store;
mod files;
mod weights;
