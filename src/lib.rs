//! reslate replays past decisions of a sports-prediction system offline.

pub mod audit;
pub mod card;
pub mod check;
pub mod cli;
pub mod compare;
pub mod demo;
pub mod diff;
pub mod document;
pub mod engine;
pub mod error;
pub mod explain;
pub mod export;
pub mod freeze;
pub mod grade;
pub mod inventory;
pub mod monitor;
pub mod pull;
pub mod record;
pub mod replay;
pub mod report;
pub mod snapshot;
pub mod stats;
pub mod summary;
pub mod tune;
pub mod verify;
pub mod version;
