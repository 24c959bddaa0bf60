//! Reading what the pipeline decides: candidates with the values that counted filters compare, and picks.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Decimal128Type, Float64Type, Int64Type};
use rust_decimal::Decimal;

use super::book::{Book, Threshold};
use super::counts::Counts;
use super::grid::Grid;
use super::plan::{Counted, Plan};
use crate::definition::Blocks;
use crate::engine::Engine;
use crate::error::{Error, Reason, Result};
use crate::version::{Side, Value};

/// The relation that has every candidate with what its filters compare and its outcome.
pub const JUDGED: &str = "judged_candidates";

/// The picks of each version by slate.
pub async fn picks(engine: &Engine, versions: usize, slates: &[NaiveDate]) -> Result<Vec<Vec<Counts>>> {
    let sql = "SELECT version, game_date, outcome FROM picks";
    let mut picks = vec![vec![Counts::default(); slates.len()]; versions];
    for batch in engine.query(sql).await? {
        let keys = Keys::of(&batch, slates)?;
        for row in 0..batch.num_rows() {
            if let Some((version, slate)) = keys.at(row)?
                && let Some(of_version) = picks.get_mut(version)
            {
                of_version[slate] += keys.outcome(row);
            }
        }
    }
    ensure_fits(picks.iter().flatten().map(|counts| counts.picks()).max().unwrap_or_default())?;
    Ok(picks)
}

/// The book of each version: every candidate that only counted filters may block.
pub async fn books(
    engine: &Engine,
    versions: usize,
    slates: &[NaiveDate],
    grid: &Grid,
    plan: &Plan,
) -> Result<Vec<Book>> {
    let filters = || plan.filters.iter().map(|counted| &counted.filter);
    let value = |(at, filter): (usize, &String)| format!(", filters['{filter}']['value'] AS value_{at}");
    let values = filters().enumerate().map(value).collect::<String>();
    let counted = filters().map(|filter| format!("'{filter}'")).collect::<Vec<_>>().join(", ");
    // Of a candidate on whose side no threshold of a filter is counted, the version itself decides.
    let decided = |side: &Side| {
        let is_counted = |filter: &&String| {
            plan.filters.iter().any(|counted| counted.filter == **filter && counted.sides.contains(side))
        };
        let blocks =
            filters().filter(|filter| !is_counted(filter)).map(|filter| format!("filters['{filter}']['blocks']"));
        let blocks = blocks.collect::<Vec<_>>().join(" OR ");
        let is_side = if *side == Side::Over { "is_over" } else { "NOT is_over" };
        (!blocks.is_empty()).then(|| format!(" AND NOT ({is_side} AND ({blocks}))"))
    };
    let decided = Side::ALL.iter().filter_map(decided).collect::<String>();
    let sql = format!(
        "SELECT version, game_date, outcome, is_over{values} FROM {JUDGED} \
         WHERE cardinality(array_except(failing_filters, make_array({counted}))) = 0{decided}"
    );
    let rules: Vec<Rule> = plan
        .layout
        .thresholds()
        .iter()
        .zip(&plan.filters)
        .map(|(threshold, counted)| Rule::new(*threshold, counted, &grid.axes[threshold.axis].values))
        .collect();
    let mut candidates = vec![Vec::new(); versions];
    for batch in engine.query(&sql).await? {
        let keys = Keys::of(&batch, slates)?;
        let is_over = batch.column(3).as_boolean();
        let steps: Vec<Vec<u32>> =
            rules.iter().zip(&batch.columns()[4..]).map(|(rule, values)| rule.steps(values)).collect::<Result<_>>()?;
        for row in 0..batch.num_rows() {
            let Some((version, slate)) = keys.at(row)? else { continue };
            let side = if is_over.value(row) { Side::Over } else { Side::Under };
            let pass = |(steps, rule): (&Vec<u32>, &Rule)| if rule.sides.contains(&side) { steps[row] } else { 0 };
            let passes: Vec<u32> = steps.iter().zip(&rules).map(pass).collect();
            let somewhere = passes.iter().zip(&rules).all(|(pass, rule)| (*pass as usize) < rule.threshold.len);
            if let Some(of_version) = candidates.get_mut(version).filter(|_| somewhere) {
                of_version.push((slate, passes, keys.outcome(row)));
            }
        }
    }
    let book = |candidates| Book::new(slates.len(), rules.len(), candidates);
    let books: Vec<Book> = candidates.into_iter().map(book).collect();
    ensure_fits(books.iter().map(Book::most_on_a_slate).max().unwrap_or_default())?;
    Ok(books)
}

/// The book of a version whose picks are known: they pass everywhere, there being no threshold.
pub fn book_of_picks(picks: &[Counts]) -> Book {
    let with_picks = picks.iter().enumerate().filter(|(_, counts)| counts.picks() > 0);
    Book::new(picks.len(), 0, with_picks.map(|(slate, counts)| (slate, Vec::new(), *counts)).collect())
}

fn ensure_fits(most: usize) -> Result<()> {
    if most > Counts::MOST {
        let limit = Counts::MOST;
        return Err(Error::Engine(
            format!("a slate has {most} candidates, more than the {limit} that can be counted").into(),
        ));
    }
    Ok(())
}

/// Whose a row is and what came of it.
struct Keys<'a> {
    version: datafusion::arrow::array::StringArray,
    date: &'a datafusion::arrow::array::Date32Array,
    outcome: datafusion::arrow::array::StringArray,
    slates: BTreeMap<i32, usize>,
}

impl Keys<'_> {
    fn of<'a>(batch: &'a RecordBatch, slates: &[NaiveDate]) -> Result<Keys<'a>> {
        let text = |at: usize| Ok::<_, Error>(cast(batch.column(at), &DataType::Utf8)?.as_string::<i32>().clone());
        let days = slates.iter().enumerate().map(|(at, date)| (Date32Type::from_naive_date(*date), at));
        Ok(Keys { version: text(0)?, date: batch.column(1).as_primitive(), outcome: text(2)?, slates: days.collect() })
    }

    /// The version's number and the slate's place; none for a slate that is left out.
    fn at(&self, row: usize) -> Result<Option<(usize, usize)>> {
        let version = self.version.value(row);
        let number = version
            .parse()
            .map_err(|_| Error::Engine(format!("a version nobody asked for decided: {version}").into()))?;
        Ok(self.slates.get(&self.date.value(row)).map(|slate| (number, *slate)))
    }

    fn outcome(&self, row: usize) -> Counts {
        Counts::of(self.outcome.value(row))
    }
}

/// A filter's comparison with each value of a threshold, from the strictest.
struct Rule {
    threshold: Threshold,
    blocks: Blocks,
    /// Whose threshold it is; the others pass.
    sides: Vec<Side>,
    /// None: off, which blocks nothing.
    values: Vec<Option<Decimal>>,
}

impl Rule {
    fn new(threshold: Threshold, counted: &Counted, values: &[Value]) -> Rule {
        let value = |step: usize| match &values[threshold.value_at(step)] {
            Value::Number(value) => Some(*value),
            Value::Integer(value) => Some(Decimal::from(*value)),
            _ => None,
        };
        let values = (0..threshold.len).map(value).collect();
        Rule { threshold, blocks: counted.blocks, sides: counted.sides.clone(), values }
    }

    /// The first step that lets each value of a column pass; NULL passes everywhere.
    fn steps(&self, column: &dyn Array) -> Result<Vec<u32>> {
        let passed = |blocks: &dyn Fn(&Option<Decimal>) -> bool| self.values.partition_point(blocks) as u32;
        let exact = |value: Decimal| passed(&|step| step.is_some_and(|step| self.blocks.blocks(value, step)));
        let rows = 0..column.len();
        Ok(match column.data_type() {
            DataType::Decimal128(_, scale) => {
                let values = column.as_primitive::<Decimal128Type>();
                let scale = u32::try_from(*scale).unwrap_or_default();
                let step = |row: usize| match column.is_null(row) {
                    true => Ok(0),
                    false => Decimal::try_from_i128_with_scale(values.value(row), scale)
                        .map(exact)
                        .map_err(|error| Error::Engine(Reason::of(error))),
                };
                rows.map(step).collect::<Result<_>>()?
            }
            kind if kind.is_integer() => {
                let whole = cast(column, &DataType::Int64)?;
                let values = whole.as_primitive::<Int64Type>();
                rows.map(|row| if column.is_null(row) { 0 } else { exact(Decimal::from(values.value(row))) }).collect()
            }
            DataType::Float64 => {
                // As the pipeline compares them: the parameter becomes the double nearest to it.
                let doubles: Vec<Option<f64>> =
                    self.values.iter().map(|value| value.and_then(|value| value.to_string().parse().ok())).collect();
                let values = column.as_primitive::<Float64Type>();
                let step = |value: f64| {
                    doubles.partition_point(|step| step.is_some_and(|step| self.blocks.blocks(value, step))) as u32
                };
                rows.map(|row| if column.is_null(row) { 0 } else { step(values.value(row)) }).collect()
            }
            other => return Err(Error::Engine(format!("a filter compares {other}, which cannot be counted").into())),
        })
    }
}
