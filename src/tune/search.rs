//! Going through the cells: what each came to, which one each fold chooses, and what luck may reach.
//!
//! Cells are taken row by row and slates one after the other, so that cells by slates are never held for more than a row.
//! Rows are shared out among threads; what comes of them does not depend on how.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::book::Book;
use super::count::{Layout, Row};
use super::counts::{Counts, Totals};
use super::fold::{Choice, Fold, Merit, better};
use super::grid::Grid;
use super::measure::Measure;
use super::plan::{Plan, Policy};
use crate::stats::{CellLuck, Snooping, StationaryDraws};

/// What is to be found out of each cell.
#[derive(Debug)]
pub struct Search<'a> {
    pub grid: &'a Grid,
    pub plan: &'a Plan,
    pub measure: Measure,
    /// The incumbent's value by dimension; none where it is not one of those tried.
    pub own: &'a [Option<usize>],
    /// The incumbent's picks by slate.
    pub incumbent: &'a [Counts],
    pub folds: &'a [Fold],
    /// The draws of slates; none: nothing is said of luck.
    pub draws: Option<&'a StationaryDraws>,
    /// Asked between rows: whether to stop.
    pub stop: &'a AtomicBool,
}

/// What a cell came to on the slates.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CellResult {
    pub totals: Totals,
    pub slates_with_picks: u32,
    /// The largest fall of the running total by slates, in units.
    pub max_drawdown: f64,
}

impl CellResult {
    /// What picks by slate come to.
    pub fn of(picks: &[Counts], measure: Measure) -> CellResult {
        let stakes = measure.stakes();
        let mut running = Running::default();
        picks.iter().for_each(|counts| running.add(stakes.on_slate(*counts), counts.0 != 0));
        CellResult {
            totals: picks.iter().copied().collect(),
            slates_with_picks: running.slates,
            max_drawdown: stakes.units(running.deepest),
        }
    }
}

/// What is known of the cells so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// By place among the cells to try; what is not done yet is nothing.
    pub cells: Vec<CellResult>,
    /// By place: whether it is done.
    pub is_done: Vec<bool>,
    /// By place; empty where nothing is asked of luck.
    pub luck: Vec<Option<CellLuck>>,
    /// By fold; none: no cell had enough picks.
    pub choices: Vec<Option<Choice>>,
    pub snooping: Option<Snooping>,
    pub done: u64,
}

impl Found {
    /// Nothing yet.
    pub fn nothing(search: &Search<'_>) -> Found {
        let tried = usize::try_from(search.grid.tried()).unwrap_or(usize::MAX);
        Found {
            cells: vec![CellResult::default(); tried],
            is_done: vec![false; tried],
            luck: if search.draws.is_some() { vec![None; tried] } else { Vec::new() },
            choices: vec![None; search.folds.len()],
            snooping: search.draws.map(Snooping::new),
            done: 0,
        }
    }

    pub fn is_whole(&self) -> bool {
        self.done == self.cells.len() as u64
    }

    fn take(&mut self, grid: &Grid, row: RowResult) {
        for (at, cell) in row.cells.iter().enumerate() {
            let Some(place) = grid.place(*cell) else { continue };
            self.cells[place] = row.results[at];
            self.is_done[place] = true;
            if let Some(luck) = row.luck.get(at) {
                self.luck[place] = Some(*luck);
            }
        }
        self.done += row.cells.len() as u64;
        for (own, other) in self.choices.iter_mut().zip(row.choices) {
            *own = better(own.take(), other);
        }
        if let (Some(own), Some(other)) = (self.snooping.as_mut(), row.snooping) {
            own.merge(&other);
        }
    }
}

/// What came of a row of cells.
struct RowResult {
    cells: Vec<u64>,
    results: Vec<CellResult>,
    luck: Vec<CellLuck>,
    choices: Vec<Option<Choice>>,
    snooping: Option<Snooping>,
}

impl Search<'_> {
    /// Goes through the cells of policies whose candidates are in `books`, adding to `found`; cells that it has already
    /// are not tried again. `progress` hears how many are done. Ends early when asked to stop.
    pub fn run(&self, policies: &[Policy], books: &[Book], found: &mut Found, mut progress: impl FnMut(u64)) {
        let mut rows = Vec::new();
        for (policy, book) in policies.iter().zip(books) {
            let is_open = |row: &usize| self.is_open(found, self.plan.first_cell(self.grid, policy, *row));
            rows.extend((0..self.plan.rows(policy)).filter(is_open).map(|row| (policy, book, row)));
        }
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for _ in 0..threads.min(rows.len()) {
                let (sender, rows, next) = (sender.clone(), &rows, &next);
                scope.spawn(move || {
                    while !self.stop.load(Ordering::Relaxed) {
                        let row = rows.get(next.fetch_add(1, Ordering::Relaxed));
                        let Some((policy, book, row)) = row.copied() else { break };
                        let (row, cells) = self.plan.row(self.grid, policy, row);
                        if sender.send(self.row(book, &row, cells)).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(sender);
            for row in receiver {
                found.take(self.grid, row);
                progress(found.done);
            }
        });
    }

    /// Whether any cell of a policy is still to be tried.
    pub fn has_open_cells(&self, policy: &Policy, found: &Found) -> bool {
        let mut rows = 0..self.plan.rows(policy);
        rows.any(|row| self.is_open(found, self.plan.first_cell(self.grid, policy, row)))
    }

    fn is_open(&self, found: &Found, cell: u64) -> bool {
        self.grid.place(cell).is_some_and(|place| !found.is_done[place])
    }

    fn layout(&self) -> &Layout {
        &self.plan.layout
    }

    fn row(&self, book: &Book, row: &Row, cells: Vec<u64>) -> RowResult {
        let stakes = self.measure.stakes();
        let mut running = vec![Running::default(); cells.len()];
        let mut totals = vec![Totals::default(); cells.len()];
        let mut marks = Marks::of(self.folds);
        let mut differences = Vec::new();
        if self.draws.is_some() {
            differences.reserve_exact(cells.len() * book.slates());
        }
        self.layout().count(book, row, |slate, counts| {
            marks.pass(slate, &totals);
            let own = stakes.on_slate(self.incumbent[slate]);
            if let Some(counts) = counts {
                for ((counts, running), totals) in counts.iter().zip(&mut running).zip(&mut totals) {
                    *totals += *counts;
                    running.add(stakes.on_slate(*counts), counts.0 != 0);
                }
            }
            if self.draws.is_some() {
                match counts {
                    Some(counts) => {
                        differences.extend(counts.iter().map(|counts| stakes.units(stakes.on_slate(*counts) - own)))
                    }
                    None => differences.extend(std::iter::repeat_n(stakes.units(-own), cells.len())),
                }
            }
        });
        marks.pass(book.slates(), &totals);
        let result = |(totals, running): (&Totals, &Running)| CellResult {
            totals: *totals,
            slates_with_picks: running.slates,
            max_drawdown: stakes.units(running.deepest),
        };
        let results: Vec<CellResult> = totals.iter().zip(&running).map(result).collect();
        let mut snooping = self.draws.map(Snooping::new);
        let luck = match (self.draws, &mut snooping) {
            (Some(draws), Some(snooping)) => {
                let eligible: Vec<bool> = totals.iter().map(|totals| self.measure.of(*totals).is_some()).collect();
                snooping.add(draws, &differences, cells.len(), &eligible)
            }
            _ => Vec::new(),
        };
        let choices = self.folds.iter().map(|fold| self.choose(fold, &marks, &cells, book)).collect();
        RowResult { cells, results, luck, choices, snooping }
    }

    /// The best of a row's cells on a fold's training slates.
    fn choose(&self, fold: &Fold, marks: &Marks, cells: &[u64], book: &Book) -> Option<Choice> {
        let mut best: Option<(Merit, Totals)> = None;
        for (at, cell) in cells.iter().enumerate() {
            let train = marks.between(&fold.train, at);
            let Some(figure) = self.measure.of(train) else { continue };
            let merit = Merit { figure, changes: self.changes(*cell), cell: *cell };
            if best.is_none_or(|(own, _)| merit.is_before(&own)) {
                best = Some((merit, train));
            }
        }
        let (merit, train) = best?;
        let steps = self.plan.steps_of(self.grid, merit.cell);
        Some(Choice { merit, train, test: fold.test.clone().map(|slate| book.picks(slate, &steps)).collect() })
    }

    /// In how many dimensions a cell has another value than the incumbent.
    pub fn changes(&self, cell: u64) -> u32 {
        self.grid.changes(cell, self.own)
    }
}

/// A cell on its way through the slates.
#[derive(Debug, Clone, Copy, Default)]
struct Running {
    /// In parts of a unit.
    total: f64,
    peak: f64,
    deepest: f64,
    slates: u32,
}

impl Running {
    #[inline]
    fn add(&mut self, parts: f64, picks: bool) {
        self.total += parts;
        self.peak = self.peak.max(self.total);
        self.deepest = self.deepest.max(self.peak - self.total);
        self.slates += u32::from(picks);
    }
}

/// The running totals of a row's cells where folds begin and end.
struct Marks(BTreeMap<usize, Vec<Totals>>);

impl Marks {
    fn of(folds: &[Fold]) -> Marks {
        let ends = folds.iter().flat_map(|fold| [&fold.train, &fold.test]).flat_map(|range| [range.start, range.end]);
        Marks(ends.map(|end| (end, Vec::new())).collect())
    }

    /// Notes the totals of all slates before `slate`.
    fn pass(&mut self, slate: usize, totals: &[Totals]) {
        if let Some(mark) = self.0.get_mut(&slate) {
            totals.clone_into(mark);
        }
    }

    fn between(&self, slates: &std::ops::Range<usize>, cell: usize) -> Totals {
        let at = |slate: usize| self.0.get(&slate).and_then(|mark| mark.get(cell)).copied().unwrap_or_default();
        at(slates.end).since(at(slates.start))
    }
}
