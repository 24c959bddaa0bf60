//! Replays a slate of the demo snapshot and reads the decisions as Arrow batches.
//!
//! `cargo run --release --example decisions`

use reslate::error::Result;
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::Snapshot;
use reslate::version;

#[tokio::main]
async fn main() -> Result<()> {
    let snapshot = Snapshot::demo()?;
    let mut v314 = version::shipped("v314")?;
    v314.set("min_edge", "4.5")?;
    let replay = Replay::open(&snapshot, Request::new(Dates::Newest, v314)).await?;
    for batch in replay.decisions().await? {
        println!("{} candidates, {} columns", batch.num_rows(), batch.num_columns());
    }
    let picks = replay.engine.query("SELECT player, recommendation, line, edge FROM decisions WHERE selected").await?;
    print!("{}", reslate::formats::pretty(&picks)?);
    Ok(())
}
