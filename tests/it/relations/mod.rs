//! The relations: what they hold, what they say of themselves, and others in their place.

mod cases;
mod described;
pub mod try_queries;
