//! Parses the command line, runs it and turns the result into an exit code.

use std::process::ExitCode;

use clap::Parser as _;
use mimalloc::MiMalloc;
use reslate::cli::output::say;
use reslate::cli::style::{ERROR, FAINT};
use reslate::cli::{Cli, Exit};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => match reslate::cli::usage::message(&error) {
            Some(message) => return refused(&message),
            None => error.exit(),
        },
    };
    let is_verbose = cli.is_verbose();
    let exit = reslate::cli::run(cli).unwrap_or_else(|error| {
        let exit = Exit::of(&error);
        if exit != Exit::Done {
            say(ERROR, "error:", &error);
            error.causes().iter().filter(|_| is_verbose).for_each(|cause| say(FAINT, "cause:", cause));
        }
        exit
    });
    ExitCode::from(exit.code())
}

fn refused(message: &str) -> ExitCode {
    say(ERROR, "error:", message);
    ExitCode::from(Exit::Failed.code())
}
