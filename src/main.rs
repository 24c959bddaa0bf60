//! Parses the command line, runs it and turns the result into an exit code.

use std::process::ExitCode;

use clap::Parser as _;
use mimalloc::MiMalloc;
use reslate::cli::{Cli, Exit};
use reslate::error::Error;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match reslate::cli::run(cli) {
        Ok(Exit::Done) | Err(Error::BrokenPipe) => ExitCode::SUCCESS,
        Ok(Exit::Differs) => ExitCode::from(1),
        Err(error) => {
            anstream::eprintln!(
                "{}error:{} {error}",
                reslate::cli::style::ERROR.render(),
                reslate::cli::style::ERROR.render_reset()
            );
            ExitCode::from(2)
        }
    }
}
