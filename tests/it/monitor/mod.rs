//! The monitoring tables, and the doctor.

mod doctor;
mod tables;
