//! Replays a slate of the demo snapshot and reads the decisions as Arrow batches.
//!
//! `cargo run --release --example decisions`

use reslate::arrow::util::pretty::pretty_format_batches;
use reslate::{Dates, Replay, ReplayRequest, Result, Snapshot, shipped};

#[tokio::main]
async fn main() -> Result<()> {
    let snapshot = Snapshot::demo()?;
    let mut v314 = shipped("v314")?;
    v314.set("min_edge", "4.5")?;
    let replay = Replay::open(&snapshot, ReplayRequest::new(Dates::Newest, v314)).await?;
    for batch in replay.decisions().await? {
        println!("{} candidates, {} columns", batch.num_rows(), batch.num_columns());
    }
    let picks = replay.engine.query("SELECT player, recommendation, line, edge FROM decisions WHERE selected").await?;
    println!("{}", pretty_format_batches(&picks)?);
    Ok(())
}
