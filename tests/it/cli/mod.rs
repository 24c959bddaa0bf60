//! The command line: what it prints, and that the pages and schemas say the same.

mod exit_codes;
mod nasty;
mod notebooks;
mod output;
mod package;
mod peers;
mod schema;
