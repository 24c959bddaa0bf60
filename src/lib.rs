//! reslate replays past decisions of a sports-prediction system offline.

pub mod engine;
pub mod error;
pub mod replay;
pub mod snapshot;
pub mod version;
