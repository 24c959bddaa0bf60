//! stub
use super::Exit;
use crate::error::Result;
/// stub
#[derive(Debug, clap::Args)]
pub struct Args {}
pub fn run(_args: Args) -> Result<Exit> {
    Ok(Exit::Done)
}
