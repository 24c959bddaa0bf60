//! `report`.

mod page;
