//! The figure over two parameters, all others as in the best cell.

use super::report::Tuned;
use super::{Axis, Grid, Measure, Searched};
use crate::error::{Error, RequestError, Result, TuneError, did_you_mean};

/// A slice of the grid through its best cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Heatmap {
    /// Across and down: the parameter and its values.
    pub x: (String, Vec<String>),
    pub y: (String, Vec<String>),
    /// By row and column; none: not tried, or too few picks.
    pub figures: Vec<Vec<Option<f64>>>,
    /// Column and row of the best cell.
    pub best: (usize, usize),
    /// Those of the incumbent's values, where both are among those tried.
    pub incumbent: Option<(usize, usize)>,
    /// The other parameters, such as `bench_line=12`.
    pub others: Vec<String>,
}

impl Heatmap {
    /// The heatmap of two parameters, the first across.
    ///
    /// # Errors
    /// One of them is no parameter of the grid, both are the same, or no cell is ranked.
    pub fn of(searched: &Searched, measure: Measure, across: &str, down: &str) -> Result<Heatmap> {
        let Searched { grid, found, tuned, .. } = searched;
        let (x, y) = (axis(grid, across)?, axis(grid, down)?);
        if x == y {
            let reason = "is named twice; name two parameters of the grid".to_owned();
            return Err(RequestError::BadArgument { what: "--heatmap", value: across.to_owned(), reason }.into());
        }
        let best = tuned
            .top
            .first()
            .ok_or(TuneError::NothingRanked { cells: tuned.cells_tried, min_picks: tuned.min_picks })?;
        let figure = |column: usize, row: usize| {
            let place = grid.place(grid.with(grid.with(best.cell, x, column), y, row))?;
            found.is_done[place].then(|| measure.of(found.cells[place].totals)).flatten()
        };
        let (columns, rows) = (grid.axes[x].values.len(), grid.axes[y].values.len());
        let own = |at: usize| own(tuned, &grid.axes[at]);
        let other = |at: usize| {
            let axis = &grid.axes[at];
            format!("{}={}", axis.knob, axis.values[grid.value_at(best.cell, at)])
        };
        Ok(Heatmap {
            x: (across.to_owned(), grid.axes[x].texts()),
            y: (down.to_owned(), grid.axes[y].texts()),
            figures: (0..rows).map(|row| (0..columns).map(|column| figure(column, row)).collect()).collect(),
            best: (grid.value_at(best.cell, x), grid.value_at(best.cell, y)),
            incumbent: own(x).zip(own(y)),
            others: (0..grid.axes.len()).filter(|at| *at != x && *at != y).map(other).collect(),
        })
    }

    /// The smallest and the largest figure.
    pub fn range(&self) -> Option<(f64, f64)> {
        let figures = || self.figures.iter().flatten().flatten().copied();
        Some((figures().min_by(f64::total_cmp)?, figures().max_by(f64::total_cmp)?))
    }
}

fn axis(grid: &Grid, name: &str) -> Result<usize> {
    let names: Vec<String> = grid.axes.iter().map(|axis| axis.knob.to_string()).collect();
    names.iter().position(|own| own == name).ok_or_else(|| {
        Error::Request(RequestError::BadArgument {
            what: "--heatmap",
            value: name.to_owned(),
            reason: format!("is no parameter of the grid{}", did_you_mean(name, names.iter().map(String::as_str))),
        })
    })
}

/// Where the incumbent's value stands on an axis.
fn own(tuned: &Tuned, axis: &Axis) -> Option<usize> {
    let name = axis.knob.to_string();
    let own = tuned.parameters.iter().find(|parameter| parameter.parameter == name)?;
    axis.values.iter().position(|value| *value == own.incumbent)
}
