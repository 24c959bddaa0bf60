//! reslate replays past decisions of a sports-prediction system offline.

pub mod cli;
pub mod demo;
pub mod engine;
pub mod error;
pub mod explain;
pub mod export;
pub mod grade;
pub mod replay;
pub mod snapshot;
pub mod summary;
pub mod version;
