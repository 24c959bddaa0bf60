//! What the tests share.

pub mod browser;
mod data;
pub mod invented;
pub mod league;
pub mod moto;
pub mod mutation;
mod program;
pub mod pulled;
pub mod python;
pub mod recorded;
pub mod reference;
pub mod schema;
pub mod server;
pub mod untidy;

pub use data::Data;
pub use program::{Run, command, reslate, text};
