//! How much memory a search takes, before it starts.

use bytesize::ByteSize;

use super::grid::Grid;
use super::plan::Plan;
use super::search::CellResult;
use crate::error::{Error, Result, TuneError};
use crate::stats::{Bootstrap, CellLuck};

/// Refuses a search that needs more than `limit` bytes for its cells and the rows in work.
pub fn ensure_fits(
    grid: &Grid,
    plan: &Plan,
    slates: usize,
    folds: usize,
    luck: Option<Bootstrap>,
    limit: u64,
) -> Result<()> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get) as u64;
    let word = size_of::<f64>() as u64;
    let of_cell = (size_of::<CellResult>() + 1) as u64
        + luck.map_or(0, |_| size_of::<Option<CellLuck>>() as u64)
        + grid.sample().map_or(0, |_| 2 * word);
    // A row: counts, totals and running figures of its cells; totals at the ends of folds; differences by slate.
    let ends = 4 * folds as u64 * 2 * word;
    let differences = luck.map_or(0, |_| slates as u64 * word);
    let of_row = plan.layout.row_cells(0) as u64 * (8 * word + ends + differences);
    let of_draws = luck.map_or(0, |luck| luck.draws as u64 * slates as u64 * word);
    let needed = grid.tried() * of_cell + 2 * threads * of_row + of_draws;
    if needed > limit {
        return Err(Error::Tune(TuneError::TooMuchMemory {
            cells: grid.tried(),
            needed: ByteSize(needed).to_string(),
            limit: ByteSize(limit).to_string(),
        }));
    }
    Ok(())
}
