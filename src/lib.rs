//! reslate replays past decisions of a sports-prediction system offline.

pub mod cli;
pub mod demo;
pub mod document;
pub mod engine;
pub mod error;
pub mod export;
pub mod replay;
pub mod snapshot;
pub mod version;
