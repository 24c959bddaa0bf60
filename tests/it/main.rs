//! Integration tests: one binary, a module a subject.

mod bad_input;

mod check;

mod corrupt;

mod support;
