//! `reslate completions` and `reslate man`: what a shell and `man` need to know of the command line.

use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;

use super::output::Out;
use super::{Cli, Exit};
use crate::error::{FileError, Result};
use crate::snapshot::write::write_whole;

/// Print a script that lets a shell complete commands, options and their values
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate completions bash > ~/.local/share/bash-completion/completions/reslate
  reslate completions zsh > ~/.zfunc/_reslate
  reslate completions fish > ~/.config/fish/completions/reslate.fish")]
pub struct Args {
    /// The shell
    shell: Shell,
    #[command(flatten)]
    out: Out,
}

pub fn run(args: Args) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "reslate", &mut script);
    args.out.bytes(&script, false)?;
    Ok(Exit::Done)
}

/// Write the manual pages, one a command, into a folder
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate man ~/.local/share/man/man1              then: man reslate, man reslate-replay")]
pub struct ManArgs {
    /// The folder to write
    dir: PathBuf,
}

pub fn run_man(args: ManArgs) -> Result<Exit> {
    // The pages of help commands would be the others over again.
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    write_pages(&program, &args.dir)?;
    Ok(Exit::Done)
}

fn write_pages(command: &Command, dir: &Path) -> Result<()> {
    for subcommand in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        write_pages(subcommand, dir)?;
    }
    let page = clap_mangen::Man::new(command.clone());
    let path = dir.join(page.get_filename());
    let mut text = Vec::new();
    page.render(&mut text).map_err(|error| FileError::Output { path: path.clone(), reason: error.into() })?;
    write_whole(&path, &text)
}
