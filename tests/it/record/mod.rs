//! What is written of decisions: exports and frozen decisions.

mod export;
pub mod freeze;
