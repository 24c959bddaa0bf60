//! What a search comes to, in the form in which it is written.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::counts::{Counts, Totals};
use super::fold::{Choice, Fold, Merit};
use super::measure::Objective;
use super::plan::Evaluator;
use super::search::{CellResult, Found, Search};
use crate::audit::Tally;
use crate::card::Stretch;
use crate::dates::Day;
use crate::formats::SCHEMA_VERSION;
use crate::stats::{Bootstrap, ENOUGH, Estimate, SlatePair, Spa, benjamini_hochberg, paired};
use crate::version::{Value, Version};

/// Under which key of a Parquet file's metadata the report of its cells lies, in the form of `reslate schema tune`.
pub const REPORT_KEY: &str = "reslate.tuned";

/// What tuning a version came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Tuned {
    pub schema_version: u32,
    /// The incumbent: the version as it is.
    pub version: String,
    /// What the command line changed of it, such as `cap=5`.
    pub changes: Vec<String>,
    pub from: Day,
    pub to: Day,
    /// Slates on which cells were tried, those held out not among them.
    pub slates: u64,
    /// Slates that are not looked at, since some cell lacks an input there.
    pub left_out: Vec<LeftOut>,
    /// American odds.
    pub odds: String,
    pub objective: Objective,
    /// Cells with fewer decided picks are not ranked.
    pub min_picks: u64,
    pub parameters: Vec<Parameter>,
    /// Combinations of all values.
    pub cells: u64,
    pub cells_tried: u64,
    /// Of those tried, how many have enough picks to be ranked.
    pub cells_ranked: u64,
    /// How the cells that are tried were drawn; null: all are.
    pub sample: Option<Sample>,
    /// Whether all cells were gone through; else the run was ended early, and everything here is of the part it finished.
    pub complete: bool,
    /// How many combinations the pipeline decided; the thresholds within each were counted.
    pub policies: u64,
    pub evaluator: Evaluator,
    pub incumbent: Incumbent,
    /// The best cells, best first.
    pub top: Vec<Cell>,
    pub marginals: Vec<Marginal>,
    pub walk_forward: Option<Walk>,
    pub hold_out: Option<HoldOut>,
    pub luck: Option<Luck>,
    /// Why the figures say less than they seem to.
    pub cautions: Vec<String>,
    /// What in the rows that were read breaks the contract, and so may not have counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A random choice of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Sample {
    pub cells: u64,
    pub seed: u64,
}

/// A slate that is not looked at, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LeftOut {
    pub date: Day,
    pub missing: String,
}

/// A dimension of the grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Parameter {
    pub parameter: String,
    /// In the order in which neighbours lie.
    pub values: Vec<Value>,
    /// The incumbent's value, whether it is one of those tried or not.
    pub incumbent: Value,
    /// Whether its values were counted, or each decided by the pipeline.
    pub counted: bool,
}

/// How the picks of a cell went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Outcome {
    pub slates_with_picks: u64,
    /// Picks without a result, void or ungraded, count as ungraded.
    pub picks: Tally,
    /// Units won per unit staked, in percent; null when nothing was decided.
    pub roi: Option<f64>,
    /// Units a slate, slates without picks included.
    pub units_per_slate: f64,
    /// The largest fall of the running total, slate by slate, in units.
    pub max_drawdown: f64,
    /// The figure to rank by; null with too few decided picks.
    pub figure: Option<f64>,
    /// Whether too few picks were decided to say anything of the hit rate.
    pub too_few: bool,
}

/// The version as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Incumbent {
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Its place among the ranked cells, 1 being the best; null: it has too few picks.
    pub place: Option<u64>,
    /// Its cell; null where it is not one of those tried.
    pub cell: Option<u64>,
}

/// A cell of the grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Cell {
    /// 1 is the best.
    pub place: u64,
    /// Its number in the grid.
    pub cell: u64,
    pub settings: BTreeMap<String, Value>,
    /// In how many parameters it has another value than the incumbent.
    pub changes: u32,
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The cells one step away in one parameter, as far as they were tried and ranked; null: there are none.
    pub neighbours: Option<Neighbours>,
    /// One-sided p of its units (whatever is ranked by) against the incumbent's, by itself; null where luck was not asked
    /// about.
    pub p: Option<f64>,
    /// The same adjusted for all ranked cells (Benjamini-Hochberg).
    pub p_adjusted: Option<f64>,
}

/// What lies around a cell: a plateau, or the cell is a peak.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Neighbours {
    pub cells: u64,
    /// Of the figures to rank by.
    pub mean: f64,
    pub min: f64,
}

/// The figure by the values of one parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Marginal {
    pub parameter: String,
    pub points: Vec<Point>,
}

/// All cells with one value of a parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Point {
    pub value: Value,
    /// Ranked cells.
    pub cells: u64,
    pub mean: Option<f64>,
    pub best: Option<f64>,
    /// That of the cell with all other values as in the best cell.
    pub beside_best: Option<f64>,
}

/// Choosing on some slates and reporting on those that follow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Walk {
    pub train_days: u64,
    pub test_days: u64,
    pub step_days: u64,
    pub expanding: bool,
    pub folds: Vec<FoldReport>,
    /// What the chosen cells did on all test slates.
    pub chosen: Tally,
    /// What the incumbent did on them.
    pub incumbent: Tally,
    /// In units over all test slates, chosen minus incumbent, by a bootstrap over slates.
    pub difference: Option<Estimate>,
}

/// One choice and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FoldReport {
    pub train: Stretch,
    pub train_slates: u64,
    pub test: Stretch,
    pub test_slates: u64,
    /// Null: no cell had enough picks on the training slates, and the incumbent stays.
    pub chosen: Option<Chosen>,
    /// The incumbent on the test slates.
    pub incumbent: Tally,
}

/// The cell that a fold chooses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Chosen {
    pub cell: u64,
    pub settings: BTreeMap<String, Value>,
    pub changes: u32,
    pub train: Tally,
    pub test: Tally,
}

/// The slates that were kept out of everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct HoldOut {
    pub from: Day,
    pub to: Day,
    /// Once unlocked, those on which both have their inputs.
    pub slates: u64,
    /// Whether the best cell was looked at on them: once they have been, they are no hold-out any more.
    pub unlocked: bool,
    /// The best cell on them; null while locked.
    pub best: Option<Tally>,
    pub incumbent: Option<Tally>,
}

/// How much of the best cell luck may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Luck {
    pub draws: u64,
    pub seed: u64,
    /// Mean length in slates of the blocks that are drawn.
    pub block: f64,
    /// White's reality check: how likely the best of all ranked cells reaches, by luck alone, what the best cell has over
    /// the incumbent in units a slate.
    pub reality_check: f64,
    /// Hansen's test for superior predictive ability; null where the best cell differs from the incumbent on no slate, or by
    /// the same on all.
    pub spa: Option<Spa>,
}

/// Everything that the report of a search is made of besides what was found.
pub struct Facts<'a> {
    pub version: &'a Version,
    pub slates: &'a [NaiveDate],
    pub left_out: Vec<LeftOut>,
    pub evaluator: Evaluator,
    pub sample: Option<Sample>,
    pub walk: Option<super::WalkForward>,
    pub bootstrap: Bootstrap,
    /// How many cells are listed.
    pub top: usize,
}

/// The report of a search; what is held out is added by who may look at it.
pub fn report(search: &Search<'_>, found: &Found, facts: Facts<'_>) -> Tuned {
    let reporter = Reporter { search, found, slates: facts.slates };
    let best = reporter.best(facts.top);
    let adjusted = reporter.adjusted();
    let top: Vec<Cell> = best.iter().zip(1..).map(|(merit, place)| reporter.cell(merit, place, &adjusted)).collect();
    let ranked = reporter.merits().count() as u64;
    let incumbent = reporter.incumbent();
    let luck = best.first().and_then(|best| reporter.luck(best, facts.bootstrap));
    let walk_forward = facts.walk.map(|walk| reporter.walk(walk, facts.bootstrap));
    let grid = search.grid;
    let parameter = |(at, axis): (usize, &super::Axis)| Parameter {
        parameter: axis.knob.to_string(),
        values: axis.values.clone(),
        incumbent: axis.value_of(facts.version),
        counted: search.plan.layout.thresholds().iter().any(|threshold| threshold.axis == at),
    };
    let mut tuned = Tuned {
        schema_version: SCHEMA_VERSION,
        version: facts.version.id.clone(),
        changes: facts.version.changes(),
        from: Day(facts.slates.first().copied().unwrap_or_default()),
        to: Day(facts.slates.last().copied().unwrap_or_default()),
        slates: facts.slates.len() as u64,
        left_out: facts.left_out,
        odds: search.measure.odds.to_string(),
        objective: search.measure.objective,
        min_picks: search.measure.min_picks,
        parameters: grid.axes.iter().enumerate().map(parameter).collect(),
        cells: grid.cells(),
        cells_tried: found.done,
        cells_ranked: ranked,
        sample: facts.sample.filter(|_| grid.sample().is_some()),
        complete: found.is_whole(),
        policies: search.plan.policies.len() as u64,
        evaluator: facts.evaluator,
        incumbent,
        marginals: reporter.marginals(best.first()),
        top,
        walk_forward,
        hold_out: None,
        luck,
        cautions: Vec::new(),
        warnings: Vec::new(),
    };
    tuned.cautions = cautions(&tuned);
    if reporter.all_the_same() {
        tuned.cautions.push("all cells come to the same: these parameters change no pick here".to_owned());
    }
    tuned
}

fn cautions(tuned: &Tuned) -> Vec<String> {
    let mut cautions = Vec::new();
    if !tuned.complete {
        let all = tuned.sample.map_or(tuned.cells, |sample| sample.cells.min(tuned.cells));
        cautions.push(format!("ended early: {} of {all} cells were tried", tuned.cells_tried));
    }
    if let Some(best) = tuned.top.first() {
        if best.outcome.too_few {
            let decided = best.outcome.picks.record.decided();
            cautions.push(format!("too few to say: the best cell decided {decided} picks ({ENOUGH} wanted)"));
        }
        if let Some((around, figure)) = best.neighbours.zip(best.outcome.figure)
            && matches!(tuned.objective, Objective::Units | Objective::Roi)
            && figure > 0.0
            && around.mean < figure / 2.0
        {
            cautions
                .push("the best cell is a peak: its neighbours have less than half of its figure on average".into());
        }
        if tuned.luck.is_some() && tuned.objective != Objective::Units {
            cautions.push("luck is judged in units, whatever the cells are ranked by".to_owned());
        }
        let at_an_end = tuned.parameters.iter().filter(|parameter| {
            let values = &parameter.values;
            let own = &best.settings[&parameter.parameter];
            let is_number = |value: &Value| matches!(value, Value::Number(_) | Value::Integer(_));
            values.len() > 2 && is_number(own) && (values.first() == Some(own) || values.last() == Some(own))
        });
        for parameter in at_an_end {
            let value = &best.settings[&parameter.parameter];
            cautions.push(format!(
                "{}={value} lies at an end of its values; better ones may lie beyond",
                parameter.parameter
            ));
        }
        if tuned.luck.is_none() && best.changes > 0 {
            cautions.push(format!("the best of {} cells, and nothing said of luck (--luck on)", tuned.cells_tried));
        }
        if tuned.walk_forward.is_none() && best.changes > 0 {
            cautions.push("chosen and judged on the same slates (--train and --test keep them apart)".to_owned());
        }
    }
    cautions
}

struct Reporter<'a> {
    search: &'a Search<'a>,
    found: &'a Found,
    slates: &'a [NaiveDate],
}

impl Reporter<'_> {
    fn figure(&self, place: usize) -> Option<f64> {
        self.found.is_done[place].then(|| self.search.measure.of(self.found.cells[place].totals)).flatten()
    }

    /// The figure of a cell that was tried and is ranked.
    fn figure_of(&self, cell: u64) -> Option<f64> {
        self.search.grid.place(cell).and_then(|place| self.figure(place))
    }

    /// Every ranked cell.
    fn merits(&self) -> impl Iterator<Item = Merit> {
        (0..self.found.cells.len()).filter_map(|place| {
            let figure = self.figure(place)?;
            let cell = self.search.grid.cell(place);
            Some(Merit { figure, changes: self.search.changes(cell), cell })
        })
    }

    /// Whether several cells were done, and all with the same result.
    fn all_the_same(&self) -> bool {
        let done = self.found.cells.iter().zip(&self.found.is_done).filter(|(_, done)| **done).map(|(cell, _)| cell);
        let first = done.clone().next();
        self.found.done > 1 && done.clone().all(|cell| Some(cell) == first)
    }

    /// The first `count` cells by merit.
    fn best(&self, count: usize) -> Vec<Merit> {
        let mut best: Vec<Merit> = Vec::with_capacity(count + 1);
        for merit in self.merits() {
            if best.len() == count && best.last().is_some_and(|last| !merit.is_before(last)) {
                continue;
            }
            let at = best.partition_point(|other| other.is_before(&merit));
            best.insert(at, merit);
            best.truncate(count);
        }
        best
    }

    fn outcome(&self, result: CellResult) -> Outcome {
        let measure = self.search.measure;
        Outcome {
            slates_with_picks: u64::from(result.slates_with_picks),
            picks: self.tally(result.totals),
            roi: measure.roi(result.totals),
            units_per_slate: measure.units(result.totals) / self.slates.len().max(1) as f64,
            max_drawdown: result.max_drawdown,
            figure: measure.of(result.totals),
            too_few: result.totals.decided() < ENOUGH,
        }
    }

    fn tally(&self, totals: Totals) -> Tally {
        Tally::at(totals.record(), self.search.measure.odds)
    }

    fn settings(&self, cell: u64) -> BTreeMap<String, Value> {
        let grid = self.search.grid;
        let setting =
            |(at, axis): (usize, &super::Axis)| (axis.knob.to_string(), axis.values[grid.value_at(cell, at)].clone());
        grid.axes.iter().enumerate().map(setting).collect()
    }

    fn cell(&self, merit: &Merit, place: u64, adjusted: &BTreeMap<u64, f64>) -> Cell {
        let at = self.search.grid.place(merit.cell).unwrap_or_default();
        Cell {
            place,
            cell: merit.cell,
            settings: self.settings(merit.cell),
            changes: merit.changes,
            outcome: self.outcome(self.found.cells[at]),
            neighbours: self.neighbours(merit.cell),
            p: self.found.luck.get(at).copied().flatten().map(|luck| luck.p),
            p_adjusted: adjusted.get(&merit.cell).copied(),
        }
    }

    fn neighbours(&self, cell: u64) -> Option<Neighbours> {
        let figures: Vec<f64> =
            self.search.grid.neighbours(cell).filter_map(|neighbour| self.figure_of(neighbour)).collect();
        let cells = figures.len() as u64;
        (cells > 0).then(|| Neighbours {
            cells,
            mean: figures.iter().sum::<f64>() / cells as f64,
            min: figures.iter().copied().fold(f64::INFINITY, f64::min),
        })
    }

    /// The p-values of all ranked cells, adjusted for their number.
    fn adjusted(&self) -> BTreeMap<u64, f64> {
        let p_of = |merit: Merit| {
            let luck = self.found.luck.get(self.search.grid.place(merit.cell)?)?.as_ref()?;
            Some((merit.cell, luck.p))
        };
        let (cells, p): (Vec<u64>, Vec<f64>) = self.merits().filter_map(p_of).unzip();
        cells.into_iter().zip(benjamini_hochberg(&p)).collect()
    }

    fn incumbent(&self) -> Incumbent {
        let result = CellResult::of(self.search.incumbent, self.search.measure);
        let outcome = self.outcome(result);
        let own = self.search.own.iter().enumerate();
        let cell = own.map(|(axis, own)| Some((*own)? as u64 * self.search.grid.stride(axis))).sum::<Option<u64>>();
        let cell = cell.filter(|cell| self.search.grid.place(*cell).is_some());
        let merit = outcome.figure.map(|figure| Merit { figure, changes: 0, cell: cell.unwrap_or_default() });
        let place = merit.map(|own| 1 + self.merits().filter(|other| other.is_before(&own)).count() as u64);
        Incumbent { outcome, place, cell }
    }

    fn marginals(&self, best: Option<&Merit>) -> Vec<Marginal> {
        let grid = self.search.grid;
        let empty = |axis: &super::Axis| vec![(0_u64, 0.0_f64, f64::NEG_INFINITY); axis.values.len()];
        let mut sums: Vec<Vec<(u64, f64, f64)>> = grid.axes.iter().map(empty).collect();
        for merit in self.merits() {
            for (axis, of_axis) in sums.iter_mut().enumerate() {
                let (cells, sum, largest) = &mut of_axis[grid.value_at(merit.cell, axis)];
                *cells += 1;
                *sum += merit.figure;
                *largest = largest.max(merit.figure);
            }
        }
        let marginal = |(axis, sums): (usize, Vec<(u64, f64, f64)>)| {
            let point = |(at, (cells, sum, largest)): (usize, (u64, f64, f64))| Point {
                value: grid.axes[axis].values[at].clone(),
                cells,
                mean: (cells > 0).then(|| sum / cells as f64),
                best: (cells > 0).then_some(largest),
                beside_best: best.and_then(|best| self.figure_of(grid.with(best.cell, axis, at))),
            };
            Marginal {
                parameter: grid.axes[axis].knob.to_string(),
                points: sums.into_iter().enumerate().map(point).collect(),
            }
        };
        sums.into_iter().enumerate().map(marginal).collect()
    }

    fn luck(&self, best: &Merit, bootstrap: Bootstrap) -> Option<Luck> {
        let draws = self.search.draws?;
        let snooping = self.found.snooping.as_ref()?;
        let luck = (*self.found.luck.get(self.search.grid.place(best.cell)?)?)?;
        Some(Luck {
            draws: draws.draws() as u64,
            seed: bootstrap.seed,
            block: draws.block(),
            reality_check: snooping.reality_check(&luck),
            spa: snooping.spa(&luck),
        })
    }

    fn walk(&self, walk: super::WalkForward, bootstrap: Bootstrap) -> Walk {
        let mut pairs = Vec::new();
        let mut folds = Vec::new();
        for (fold, choice) in self.search.folds.iter().zip(&self.found.choices) {
            let own = &self.search.incumbent[fold.test.clone()];
            let chosen = choice.as_ref().map_or(own, |choice| &choice.test);
            pairs.extend(own.iter().zip(chosen).map(|(own, chosen)| (*own, *chosen)));
            folds.push(self.fold(fold, choice.as_ref()));
        }
        let slate_pairs: Vec<SlatePair> = pairs.iter().map(|pair| self.slate_pair(*pair)).collect();
        let (difference, _) = paired(&slate_pairs, bootstrap);
        Walk {
            train_days: walk.train,
            test_days: walk.test,
            step_days: walk.step,
            expanding: walk.expanding,
            folds,
            chosen: self.tally(pairs.iter().map(|(_, chosen)| *chosen).collect()),
            incumbent: self.tally(pairs.iter().map(|(own, _)| *own).collect()),
            difference,
        }
    }

    fn fold(&self, fold: &Fold, choice: Option<&Choice>) -> FoldReport {
        let stretch = |slates: &std::ops::Range<usize>| Stretch {
            from: Day(self.slates[slates.start]),
            to: Day(self.slates[slates.end - 1]),
        };
        let chosen = |choice: &Choice| Chosen {
            cell: choice.merit.cell,
            settings: self.settings(choice.merit.cell),
            changes: choice.merit.changes,
            train: self.tally(choice.train),
            test: self.tally(choice.test.iter().copied().collect()),
        };
        FoldReport {
            train: stretch(&fold.train),
            train_slates: fold.train.len() as u64,
            test: stretch(&fold.test),
            test_slates: fold.test.len() as u64,
            chosen: choice.map(chosen),
            incumbent: self.tally(self.search.incumbent[fold.test.clone()].iter().copied().collect()),
        }
    }

    fn slate_pair(&self, (own, chosen): (Counts, Counts)) -> SlatePair {
        let stakes = self.search.measure.stakes();
        let pair = [own, chosen];
        SlatePair {
            units: pair.map(|counts| stakes.units(stakes.on_slate(counts))),
            wins: pair.map(|counts| u64::from(counts.wins())),
            decided: pair.map(|counts| u64::from(counts.wins() + counts.losses())),
        }
    }
}
