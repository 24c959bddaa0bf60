//! Which dimensions the counting evaluator takes, and which combinations of the others the pipeline decides.
//!
//! A threshold that one filter compares candidates with is counted: it decides of each candidate by itself, and a stricter
//! value never lets a candidate pass that a looser one blocks. Everything else (signals and their thresholds, what a filter
//! compares with its threshold, candidates, features) changes candidates in other ways, and a daily cap makes them
//! compete: the pipeline decides every combination of those as a version of its own.

use std::collections::BTreeMap;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::axis::{Knob, threshold};
use super::book::Threshold;
use super::count::{Layout, Row};
use super::grid::Grid;
use crate::definition::Blocks;
use crate::error::{Error, RequestError, Result};
use crate::version::{Cap, Side, Value, Version};

/// Who decides the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Evaluator {
    /// Thresholds are counted where that is exact, the rest is decided by the pipeline
    #[default]
    Auto,
    /// Every dimension is counted
    Counting,
    /// The pipeline decides every cell as a version of its own
    Pipeline,
}

/// A grid taken apart: policies that the pipeline decides, and thresholds counted within each.
#[derive(Debug, Clone)]
pub struct Plan {
    pub layout: Layout,
    /// The filters whose thresholds are counted, by threshold of the layout.
    pub filters: Vec<Counted>,
    pub policies: Vec<Policy>,
}

/// A filter whose threshold is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub filter: String,
    /// Which values it blocks.
    pub blocks: Blocks,
    /// The sides on which the threshold is the filter's; another one, or the version's own value, is on the others.
    pub sides: Vec<Side>,
}

/// A combination of values of the dimensions that are not counted.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Its cell with the first value of every counted dimension.
    pub cell: u64,
    /// Its cells that are tried, where not all are.
    listed: Option<Vec<u64>>,
}

/// A cell is tried together with at most this many others of a sample.
const LISTED: usize = 2048;

impl Plan {
    /// # Errors
    /// `evaluator` asks for counting what cannot be counted.
    pub fn new(grid: &Grid, version: &Version, evaluator: Evaluator) -> Result<Plan> {
        let mut thresholds = Vec::new();
        let mut filters = Vec::new();
        if evaluator != Evaluator::Pipeline {
            for (at, axis) in grid.axes.iter().enumerate() {
                match counted(grid, version, &axis.knob) {
                    Ok(counted) => {
                        thresholds.push(Threshold {
                            axis: at,
                            len: axis.values.len(),
                            loosens: counted.blocks != Blocks::Below,
                        });
                        filters.push(counted);
                    }
                    Err(reason) if evaluator == Evaluator::Counting => {
                        return Err(Error::Request(RequestError::BadArgument {
                            what: "--evaluator",
                            value: "counting".to_owned(),
                            reason: format!("{} cannot be counted: {reason}; leave the choice to auto", axis.knob),
                        }));
                    }
                    Err(_) => {}
                }
            }
        }
        let counts = |axis: usize| thresholds.iter().any(|threshold| threshold.axis == axis);
        let others: Vec<usize> = (0..grid.axes.len()).filter(|axis| !counts(*axis)).collect();
        let policy_of = |cell: u64| thresholds.iter().fold(cell, |cell, threshold| grid.with(cell, threshold.axis, 0));
        let policies = match grid.sample() {
            Some(sample) => {
                let mut by_policy = BTreeMap::<u64, Vec<u64>>::new();
                sample.iter().for_each(|cell| by_policy.entry(policy_of(*cell)).or_default().push(*cell));
                by_policy.into_iter().map(|(cell, listed)| Policy { cell, listed: Some(listed) }).collect()
            }
            None => {
                let mut cells = vec![0];
                for axis in others {
                    let values = 0..grid.axes[axis].values.len();
                    cells = cells
                        .into_iter()
                        .flat_map(|cell| values.clone().map(move |at| cell + at as u64 * grid.stride(axis)))
                        .collect();
                }
                cells.into_iter().map(|cell| Policy { cell, listed: None }).collect()
            }
        };
        Ok(Plan { layout: Layout::new(thresholds), filters, policies })
    }

    /// Whether the pipeline decides all: no threshold is counted.
    pub fn counts_nothing(&self) -> bool {
        self.filters.is_empty()
    }

    /// How many rows a policy's cells make: cells that are counted together.
    pub fn rows(&self, policy: &Policy) -> usize {
        policy.listed.as_ref().map_or_else(|| self.layout.rows(), |listed| listed.len().div_ceil(LISTED))
    }

    /// A row of a policy, with the numbers of its cells.
    pub fn row(&self, grid: &Grid, policy: &Policy, row: usize) -> (Row, Vec<u64>) {
        match &policy.listed {
            Some(listed) => {
                let cells = &listed[row * LISTED..listed.len().min((row + 1) * LISTED)];
                (Row::Listed(cells.iter().map(|cell| self.steps_of(grid, *cell)).collect()), cells.to_vec())
            }
            None => {
                let cells = (0..self.layout.row_cells(row)).map(|at| self.cell(grid, policy, row, at)).collect();
                (Row::Whole(row), cells)
            }
        }
    }

    /// The first cell of a row.
    pub fn first_cell(&self, grid: &Grid, policy: &Policy, row: usize) -> u64 {
        match &policy.listed {
            Some(listed) => listed[row * LISTED],
            None => self.cell(grid, policy, row, 0),
        }
    }

    fn cell(&self, grid: &Grid, policy: &Policy, row: usize, at: usize) -> u64 {
        let steps = self.layout.steps(row, at);
        let thresholds = steps.iter().zip(self.layout.thresholds());
        thresholds.fold(policy.cell, |cell, (step, threshold)| {
            cell + threshold.value_at(*step) as u64 * grid.stride(threshold.axis)
        })
    }

    /// A cell's steps from the strictest value, by threshold.
    pub fn steps_of(&self, grid: &Grid, cell: u64) -> Vec<u32> {
        let step = |threshold: &Threshold| threshold.value_at(grid.value_at(cell, threshold.axis)) as u32;
        self.layout.thresholds().iter().map(step).collect()
    }
}

/// The filter whose threshold a dimension is, where it may be counted; else why not.
fn counted(grid: &Grid, version: &Version, knob: &Knob) -> Result<Counted, String> {
    let Knob::Parameter(name) = knob else {
        return Err("it is no threshold of a filter".to_owned());
    };
    let (filter, blocks) = threshold(name, &version.catalogue).ok_or("it is no threshold of a filter")?;
    if version.catalogue.filters.get(filter).is_some_and(|filter| filter.is_observed) {
        return Err(format!("filter {filter} only observes"));
    }
    let known = &version.catalogue;
    let (whole, side) = known.side_of(name).map_or((name.as_str(), None), |(whole, side)| (whole, Some(side)));
    let has_own = |side: &Side| {
        let of_side = side.parameter(whole);
        version.parameters.contains_key(&of_side)
            || grid.axes.iter().any(|axis| axis.knob == Knob::Parameter(of_side.clone()))
    };
    let sides = match side {
        Some(side) => vec![side],
        None => Side::ALL.into_iter().filter(|side| !has_own(side)).collect(),
    };
    let is_read_elsewhere = known.signals_with(whole).chain(known.scores_with(whole)).next().is_some()
        || known.filters_with(whole).any(|other| other != filter);
    let is_in_value = known.filters.get(filter).is_some_and(|filter| filter.is_named(whole));
    if is_read_elsewhere || is_in_value {
        return Err("it is read by more than one comparison".to_owned());
    }
    let has_cap = |cap: Cap| {
        let knob = Knob::Parameter(cap.parameter().to_owned());
        grid.axes
            .iter()
            .find(|axis| axis.knob == knob)
            .map_or_else(|| version.cap(cap).is_some(), |axis| axis.values.iter().any(|value| *value != Value::Off))
    };
    if Cap::ALL.into_iter().any(has_cap) {
        return Err("with a daily cap, candidates compete for places".to_owned());
    }
    if grid.axes.iter().any(|axis| axis.knob == Knob::Filter(filter.to_owned())) {
        return Err(format!("filter {filter} is itself switched on and off"));
    }
    Ok(Counted { filter: filter.to_owned(), blocks, sides })
}

#[cfg(test)]
mod tests {
    use super::super::Sample;
    use super::super::axis::Axis;
    use super::*;
    use crate::version::catalogue::catalogue;
    use crate::version::shipped;

    fn plan(axes: &[&str], sample: Option<Sample>, evaluator: Evaluator) -> Result<(Grid, Plan)> {
        let grid = Grid::new(axes.iter().map(|axis| Axis::parse(axis, catalogue()).unwrap()).collect(), sample)?;
        let plan = Plan::new(&grid, &shipped("v314")?, evaluator)?;
        Ok((grid, plan))
    }

    #[test]
    fn thresholds_of_filters_are_counted_and_the_rest_is_decided() {
        let axes =
            ["high_edge.min_edge=4,5,6", "min_edge=3:8:1", "under_max_edge_line=20,off", "under_max_edge=6,7,off"];
        let (_, plan) = plan(&axes, None, Evaluator::Auto).unwrap();
        let counted: Vec<&str> = plan.filters.iter().map(|counted| counted.filter.as_str()).collect();
        assert_eq!(counted, ["edge_floor", "under_edge_cap"]);
        assert_eq!(plan.policies.len(), 6);
        assert_eq!(
            plan.layout.thresholds().iter().map(|t| (t.axis, t.loosens)).collect::<Vec<_>>(),
            [(1, false), (3, true)]
        );
    }

    #[test]
    fn a_threshold_of_a_side_is_counted_on_that_side() {
        let sides = |axes: &[&str]| {
            let (_, plan) = plan(axes, None, Evaluator::Auto).unwrap();
            assert_eq!(plan.policies.len(), 1);
            plan.filters.into_iter().map(|counted| counted.sides).collect::<Vec<_>>()
        };
        assert_eq!(sides(&["min_edge=3:8:1"]), [vec![Side::Over, Side::Under]]);
        assert_eq!(sides(&["min_edge.over=3:8:1", "min_edge.under=3:8:1"]), [vec![Side::Over], vec![Side::Under]]);
        assert_eq!(sides(&["min_edge.under=3:8:1", "min_edge=3:8:1"]), [vec![Side::Under], vec![Side::Over]]);
    }

    #[test]
    fn caps_and_switched_filters_are_decided_by_the_pipeline() {
        let policies = |axes: &[&str], evaluator| plan(axes, None, evaluator).map(|(_, plan)| plan.policies.len());
        assert_eq!(policies(&["min_edge=3:8:1", "cap=3,off"], Evaluator::Auto).unwrap(), 12);
        assert_eq!(policies(&["min_edge=3:8:1", "cap=off"], Evaluator::Auto).unwrap(), 1);
        assert_eq!(policies(&["min_edge=3:8:1", "filter.edge_floor=on,off"], Evaluator::Auto).unwrap(), 12);
        assert_eq!(policies(&["min_edge=3:8:1"], Evaluator::Pipeline).unwrap(), 6);
        let error = policies(&["min_edge=3:8:1", "cap=3,off"], Evaluator::Counting).unwrap_err().to_string();
        assert!(error.contains("min_edge cannot be counted: with a daily cap"), "{error}");
    }

    #[test]
    fn rows_make_up_the_cells_that_are_tried() {
        let axes = ["under_max_edge=6,7,off", "volatile_under.min_std=9,10", "min_edge=3:8:0.1", "bench_line=0:60:1"];
        for sample in [None, Some(Sample { cells: 500, seed: 3 })] {
            for evaluator in [Evaluator::Auto, Evaluator::Pipeline] {
                let (grid, plan) = plan(&axes, sample, evaluator).unwrap();
                let mut cells = Vec::new();
                for policy in &plan.policies {
                    for row in 0..plan.rows(policy) {
                        let (_, of_row) = plan.row(&grid, policy, row);
                        assert_eq!(of_row[0], plan.first_cell(&grid, policy, row));
                        cells.extend(of_row);
                    }
                }
                cells.sort_unstable();
                let tried: Vec<u64> = (0..grid.tried() as usize).map(|place| grid.cell(place)).collect();
                assert_eq!(cells, tried);
            }
        }
    }
}
