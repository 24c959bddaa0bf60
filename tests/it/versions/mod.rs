//! Versions.

mod definitions;
mod files;
mod weights;
