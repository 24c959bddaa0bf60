//! What the columns of a relation are made of, read off the queries themselves.
//!
//! A column is made of the columns that its expression names, and of theirs, down to the snapshot's tables; an aggregate
//! also of the columns by which its rows were filtered and joined. Else that is no part of a value.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::common::{Column, DataFusionError};
use datafusion::datasource::MemTable;
use datafusion::logical_expr::{Distinct, Expr, JoinType, LogicalPlan};

use super::Engine;
use super::located::in_query;
use super::relations::Graph;
use crate::error::Result;
use crate::snapshot::contract;
use crate::version::{Version, shipped};

/// What says of whom and when a row is, in every table.
const KEYS: [&str; 4] = ["game_date", "game_id", "player_lookup", "system_id"];

/// What a column is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// Columns of the snapshot's tables, as (table, column).
    pub columns: BTreeSet<(String, String)>,
    /// The relations that it comes through, those that a run states among them.
    pub relations: BTreeSet<String>,
}

/// The columns of a relation in their order, each with what it is made of.
#[derive(Debug, Clone, Default)]
pub struct Lineage(Vec<(String, Made)>);

impl Made {
    fn add(&mut self, other: &Made) {
        self.columns.extend(other.columns.iter().cloned());
        self.relations.extend(other.relations.iter().cloned());
    }

    /// Whether it comes through the relation of this name.
    pub fn is_through(&self, relation: &str) -> bool {
        self.relations.contains(relation)
    }

    /// Whether it is made of a column of the table of this name that is no key of its rows.
    pub fn is_of(&self, table: &str) -> bool {
        let grain = contract::table(table).map_or(&[][..], |of| of.grain);
        let is_key = |column: &str| grain.contains(&column) || KEYS.contains(&column);
        self.columns.iter().any(|(name, column)| name == table && !is_key(column))
    }

    /// Whether it is made of nothing but keys of rows: a date, a name.
    pub fn is_of_keys(&self) -> bool {
        self.columns.iter().all(|(table, _)| !self.is_of(table))
    }

    /// The columns among them that a snapshot need not have.
    pub fn optional(&self) -> impl Iterator<Item = (&str, &str)> {
        self.columns.iter().map(|(table, column)| (table.as_str(), column.as_str())).filter(|(table, column)| {
            let of_contract = contract::table(table);
            let spec = of_contract.and_then(|of| of.columns.iter().find(|spec| spec.name == *column));
            of_contract.is_some_and(|of| !of.required) || spec.is_some_and(|spec| !spec.required)
        })
    }
}

impl Lineage {
    /// The lineage of `relation`, which is the same for every snapshot and slate, and for every version but for columns that
    /// definitions name.
    ///
    /// # Errors
    /// No such relation, or a query that does not plan.
    pub async fn of(relation: &str) -> Result<Lineage> {
        Lineage::by(relation, &[shipped("v307")?]).await
    }

    /// The lineage of `relation` where some versions are asked.
    ///
    /// # Errors
    /// As of [`Lineage::of`].
    pub async fn by(relation: &str, versions: &[Version]) -> Result<Lineage> {
        let engine = Engine::without_data(versions)?;
        let context = &engine.context;
        let graph = Graph::of(context, engine.relations.definitions(), &[relation])?;
        let mut known = BTreeMap::new();
        for (name, _) in graph.order {
            let sql = engine.relations.definitions().sql(name);
            let frame = context.sql(sql).await.map_err(|error| in_query(context, name, sql, error))?;
            let made = outputs(frame.logical_plan(), &known)?;
            let fields = frame.schema().fields().iter().map(|field| field.name().clone());
            known.insert(name.to_owned(), Lineage(fields.zip(made).collect()));
            // Others read it by its columns alone.
            let schema = Arc::clone(frame.schema().inner());
            context.deregister_table(name)?;
            context.register_table(name, Arc::new(MemTable::try_new(schema, vec![Vec::new()])?))?;
        }
        Ok(known.remove(relation).unwrap_or_default())
    }

    /// The columns in their order.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &Made)> {
        self.0.iter().map(|(name, made)| (name.as_str(), made))
    }

    /// The tables that it is made of and that a snapshot need not have.
    #[cfg(test)]
    pub fn optional_tables(&self) -> BTreeSet<&str> {
        let tables = self.0.iter().flat_map(|(_, made)| &made.columns).map(|(table, _)| table.as_str());
        tables.filter(|name| contract::table(name).is_some_and(|table| !table.required)).collect()
    }

    /// What the column of this name is made of; none where there is no such column.
    pub fn made(&self, column: &str) -> Option<&Made> {
        self.0.iter().find(|(name, _)| name == column).map(|(_, made)| made)
    }
}

type Known = BTreeMap<String, Lineage>;

/// What each column of a plan's output is made of.
fn outputs(plan: &LogicalPlan, known: &Known) -> Result<Vec<Made>, DataFusionError> {
    Ok(match plan {
        LogicalPlan::TableScan(scan) => {
            let table = scan.table_name.table();
            let fields = scan.projected_schema.fields().iter();
            fields.map(|field| of_table(table, field.name(), known)).collect()
        }
        LogicalPlan::Projection(of) => each(&of.expr, &of.input, known)?,
        LogicalPlan::Window(of) => {
            let mut made = outputs(&of.input, known)?;
            made.extend(each(&of.window_expr, &of.input, known)?);
            made
        }
        LogicalPlan::Aggregate(of) => {
            let mut made = each(&of.group_expr, &of.input, known)?;
            let chosen = chosen_by(&of.input, known)?;
            made.extend(each(&of.aggr_expr, &of.input, known)?.into_iter().map(|mut made| {
                made.add(&chosen);
                made
            }));
            made
        }
        LogicalPlan::Join(of) => {
            let (left, right) = (outputs(&of.left, known)?, outputs(&of.right, known)?);
            match of.join_type {
                JoinType::LeftSemi | JoinType::LeftAnti => left,
                JoinType::RightSemi | JoinType::RightAnti => right,
                _ => left.into_iter().chain(right).collect(),
            }
        }
        LogicalPlan::Union(of) => {
            let mut sides = of.inputs.iter().map(|side| outputs(side, known));
            let mut made = sides.next().transpose()?.unwrap_or_default();
            for side in sides {
                made.iter_mut().zip(side?).for_each(|(made, other)| made.add(&other));
            }
            made
        }
        LogicalPlan::Unnest(of) => {
            let made = outputs(&of.input, known)?;
            of.dependency_indices.iter().map(|at| made.get(*at).cloned().unwrap_or_default()).collect()
        }
        LogicalPlan::Distinct(Distinct::On(of)) => each(&of.select_expr, &of.input, known)?,
        LogicalPlan::Filter(_)
        | LogicalPlan::Sort(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Subquery(_)
        | LogicalPlan::Repartition(_)
        | LogicalPlan::Distinct(_) => match plan.inputs().first() {
            Some(input) => outputs(input, known)?,
            None => Vec::new(),
        },
        other => vec![Made::default(); other.schema().fields().len()],
    })
}

fn of_table(table: &str, column: &str, known: &Known) -> Made {
    let mut made = Made::default();
    if let Some(of) = known.get(table).and_then(|lineage| lineage.made(column)) {
        made.add(of);
    }
    if contract::table(table).is_some() {
        made.columns.insert((table.to_owned(), column.to_owned()));
    } else {
        made.relations.insert(table.to_owned());
    }
    made
}

/// What each of some expressions over a plan is made of.
fn each(expressions: &[Expr], input: &LogicalPlan, known: &Known) -> Result<Vec<Made>, DataFusionError> {
    let inputs = outputs(input, known)?;
    let of = |expression: &Expr| of_columns(expression.column_refs(), input, &inputs);
    Ok(expressions.iter().map(of).collect())
}

fn of_columns<'a>(columns: impl IntoIterator<Item = &'a Column>, input: &LogicalPlan, inputs: &[Made]) -> Made {
    let mut made = Made::default();
    for column in columns {
        if let Some(of) = input.schema().maybe_index_of_column(column).and_then(|at| inputs.get(at)) {
            made.add(of);
        }
    }
    made
}

/// What the rows of a plan were chosen by, up to the relations that it reads.
fn chosen_by(plan: &LogicalPlan, known: &Known) -> Result<Made, DataFusionError> {
    let mut made = Made::default();
    match plan {
        LogicalPlan::Filter(filter) => {
            let inputs = outputs(&filter.input, known)?;
            made.add(&of_columns(filter.predicate.column_refs(), &filter.input, &inputs));
        }
        LogicalPlan::Join(join) => {
            for (side, keys) in [(&join.left, 0), (&join.right, 1)] {
                let inputs = outputs(side, known)?;
                let keys = join.on.iter().map(|(left, right)| if keys == 0 { left } else { right });
                let columns = keys.chain(&join.filter).flat_map(Expr::column_refs);
                made.add(&of_columns(columns, side, &inputs));
            }
        }
        _ => {}
    }
    for input in plan.inputs() {
        made.add(&chosen_by(input, known)?);
    }
    Ok(made)
}
