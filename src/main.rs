//! Parses the command line, runs it and turns the result into an exit code.

use std::process::ExitCode;

use clap::Parser as _;
use mimalloc::MiMalloc;
use reslate::cli::output::say;
use reslate::cli::style::ERROR;
use reslate::cli::{Cli, Exit};
use reslate::error::Error;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => match reslate::cli::usage::message(&error) {
            Some(message) => return failed(&message),
            None => error.exit(),
        },
    };
    match reslate::cli::run(cli) {
        Ok(Exit::Done) | Err(Error::BrokenPipe) => ExitCode::SUCCESS,
        Ok(Exit::Differs) => ExitCode::from(1),
        Err(error) => failed(&error.to_string()),
    }
}

fn failed(message: &str) -> ExitCode {
    say(ERROR, "error:", message);
    ExitCode::from(2)
}
