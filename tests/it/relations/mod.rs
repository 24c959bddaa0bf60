//! The relations: what they hold, and what they say of themselves.

mod cases;
mod described;
