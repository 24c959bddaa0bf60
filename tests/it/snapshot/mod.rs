//! Snapshots: good and bad ones, what is found in them, and how two differ.

mod bad_input;
mod check;
mod contract;
mod corrupt;
mod damage;
mod demo;
mod diff;
mod fuzz;
mod listing;
mod readers;
