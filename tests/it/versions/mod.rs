//! Versions.

mod files;
mod weights;
