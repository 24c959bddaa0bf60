//! stub
use super::{Exit, Location};
use crate::error::Result;
/// stub
#[derive(Debug, clap::Args)]
pub struct Args {}
pub async fn run(_args: Args, _snapshot: &Location) -> Result<Exit> {
    Ok(Exit::Done)
}
