//! What BigQuery says of the tables: which are there, their columns, and what has changed in them.

use std::collections::BTreeMap;

use google_cloud_bigquery_v2::model;
use tokio::task::JoinSet;

use super::clients::Clients;
use super::connection::Connection;
use super::fault::{self, Cause, Doing, Where};
use super::stretch::{self, Layout, Partition, Piece, Stretch};
use crate::dates::DateRange;
use crate::error::{Error, Result};
use crate::pull::source::interface::Part;
use crate::pull::source::project::Place;
use crate::snapshot::columns::{Column, find_by_name};
use crate::snapshot::contract::Table;

const DATE: &str = "game_date";
/// The partition column of tables that are partitioned by when their rows came.
const INGESTION_TIME: &str = "_PARTITIONTIME";

/// A table, as it was when it was looked at.
#[derive(Debug)]
pub struct Described {
    pub table: &'static Table,
    pub place: Place,
    /// Whether rows are stored; those of a view come from a query.
    pub is_stored: bool,
    /// Names of the columns that are wanted and there.
    pub columns: Vec<String>,
    /// Names of those that are not of the contract.
    pub unknown: Vec<String>,
    /// By which the table is partitioned.
    partition_column: Option<String>,
    /// Whether its dates are of type DATE, so that a condition on them is understood.
    has_dates: bool,
    pub pieces: Vec<Piece>,
}

impl Described {
    pub fn piece(&self, part: &Part) -> Option<&Piece> {
        self.pieces.iter().find(|piece| piece.part.name == part.name)
    }

    /// The condition on the rows of a stretch that are of `dates`, empty where it is all rows; none where no row can be.
    pub fn condition(&self, stretch: Stretch, dates: DateRange) -> Option<String> {
        let dates = if self.table.is_dated() { dates } else { DateRange::default() };
        let wanted = stretch.dates().overlap(dates)?;
        let mut conditions = Vec::new();
        match (&self.partition_column, stretch) {
            (Some(column), Stretch::Nulls) => return Some(format!("{column} IS NULL")),
            // Says nothing of the rows, but a table may demand a condition on the column by which it is partitioned.
            (Some(column), Stretch::Whole) => conditions.push(format!("{column} IS NOT NULL")),
            _ => {}
        }
        if self.has_dates {
            conditions.extend(wanted.from.map(|from| format!("{DATE} >= DATE '{from}'")));
            conditions.extend(wanted.to.map(|to| format!("{DATE} <= DATE '{to}'")));
        }
        if conditions.is_empty() && !self.is_stored && self.has_dates {
            // The tables behind a view may demand a condition on their partitions.
            conditions.push(format!("{DATE} >= DATE '0001-01-01'"));
        }
        Some(conditions.join(" AND "))
    }
}

/// The tables that are there, what was said of those that are not, and notes.
#[derive(Debug, Default)]
pub struct Description {
    pub tables: Vec<Described>,
    pub missing: Vec<(&'static str, Error)>,
    pub notes: Vec<String>,
}

/// Looks at the tables, in the order of `places`.
///
/// # Errors
/// BigQuery cannot be asked, or a required column of a table is missing. That a table is not there is no error.
pub async fn describe(
    clients: &Clients,
    connection: &Connection,
    project: &str,
    places: &[(&'static Table, Place)],
) -> Result<Description> {
    let mut asked = JoinSet::new();
    for (at, (_, place)) in places.iter().enumerate() {
        let request = clients.tables.get_table();
        let request = request.set_project_id(&place.project).set_dataset_id(&place.dataset).set_table_id(&place.table);
        asked.spawn(async move { (at, request.send().await) });
    }
    let mut answers = BTreeMap::new();
    while let Some(answer) = asked.join_next().await {
        let (at, answer) = answer.map_err(Error::Task)?;
        answers.insert(at, answer);
    }
    let mut found = BTreeMap::new();
    let mut description = Description::default();
    for (at, answer) in answers {
        let (table, place) = &places[at];
        let label = format!("bigquery://{place}");
        let at_place = Where { place: &label, project, doing: Doing::Describe, connection };
        match answer {
            Ok(metadata) => drop(found.insert(at, metadata)),
            Err(error) if fault::cause(&error) == Cause::NotFound => {
                description.missing.push((table.name, at_place.rpc(&error)));
            }
            Err(error) => return Err(at_place.rpc(&error)),
        }
    }
    let is_partitioned = |table: &model::Table| table.time_partitioning.is_some() || table.range_partitioning.is_some();
    let partitioned = found.iter().filter(|(_, table)| is_partitioned(table)).map(|(at, _)| &places[*at].1);
    let mut partitions = partitions(clients, connection, project, &partitioned.collect::<Vec<_>>()).await?;
    for (at, metadata) in &found {
        let (table, place) = &places[*at];
        let of_table = is_partitioned(metadata).then(|| partitions.remove(&place.to_string()).unwrap_or_default());
        let (described, note) = described(table, place, metadata, of_table)?;
        description.tables.push(described);
        description.notes.extend(note);
    }
    Ok(description)
}

fn described(
    table: &'static Table,
    place: &Place,
    metadata: &model::Table,
    partitions: Option<Vec<Partition>>,
) -> Result<(Described, Option<String>)> {
    let fields = metadata.schema.as_ref().map_or(&[][..], |schema| &schema.fields);
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let table = table.with_numbered(names.iter().copied());
    let columns = find_by_name(table, &names, &format!("bigquery://{place}"))?;
    let columns: Vec<String> = columns.iter().flat_map(Column::positions).map(|at| names[at].to_owned()).collect();
    let unknown = names.iter().map(|name| (*name).to_owned()).filter(|name| !columns.contains(name)).collect();
    let has_dates = table.is_dated() && fields.iter().any(|field| field.name == DATE && field.r#type == "DATE");
    let by_time = metadata.time_partitioning.as_ref();
    let by_time = by_time.map(|by| by.field.clone().unwrap_or_else(|| INGESTION_TIME.to_owned()));
    let partition_column = by_time.or_else(|| metadata.range_partitioning.as_ref().map(|by| by.field.clone()));
    let name = format!("{}.{}", place.dataset, place.table);
    let is_stored = matches!(metadata.r#type.as_str(), "TABLE" | "SNAPSHOT" | "CLONE" | "");
    let is_waiting = metadata.streaming_buffer.is_some();
    let by_date = has_dates && partition_column.as_deref() == Some(DATE);
    let layout = if by_date { Layout::ByDate } else { Layout::Otherwise };
    let (mut pieces, waiting) = match partitions {
        Some(partitions) => stretch::pieces(&name, layout, &partitions),
        None => (Vec::new(), metadata.streaming_buffer.as_ref().map_or(0, |buffer| buffer.estimated_rows)),
    };
    if pieces.is_empty() {
        let whole = Partition {
            id: String::new(),
            rows: metadata.num_rows.unwrap_or_default(),
            bytes: u64::try_from(metadata.num_bytes.unwrap_or_default()).unwrap_or_default(),
            modified: i64::try_from(metadata.last_modified_time).unwrap_or_default(),
        };
        pieces.push(stretch::piece(&name, Stretch::Whole, &whole));
    }
    if !is_stored || (is_waiting && layout == Layout::Otherwise) {
        // What a view is made of, and what still streams in, changes without a trace.
        pieces.iter_mut().for_each(|piece| piece.part.etag = None);
    }
    let note = (waiting > 0).then(|| {
        format!("{}: about {waiting} rows are in BigQuery's streaming buffer; those that it holds back come with a later pull", table.name)
    });
    let place = place.clone();
    Ok((Described { table, place, is_stored, columns, unknown, partition_column, has_dates, pieces }, note))
}

/// The partitions of tables, by place: a query for each dataset.
async fn partitions(
    clients: &Clients,
    connection: &Connection,
    project: &str,
    places: &[&Place],
) -> Result<BTreeMap<String, Vec<Partition>>> {
    let mut datasets: BTreeMap<(&str, &str), Vec<&Place>> = BTreeMap::new();
    for place in places {
        datasets.entry((&place.project, &place.dataset)).or_default().push(place);
    }
    let mut partitions: BTreeMap<String, Vec<Partition>> = BTreeMap::new();
    for ((of, dataset), places) in datasets {
        let label = format!("bigquery://{of}.{dataset}");
        let here = Where { place: &label, project, doing: Doing::ListPartitions, connection };
        let tables: Vec<String> = places.iter().map(|place| format!("'{}'", place.table)).collect();
        let sql = format!(
            "SELECT table_name, partition_id, IFNULL(total_rows, 0) AS row_count, \
             IFNULL(total_logical_bytes, 0) AS byte_count, IFNULL(UNIX_MICROS(last_modified_time), 0) AS modified \
             FROM `{of}.{dataset}.INFORMATION_SCHEMA.PARTITIONS` WHERE table_name IN ({})",
            tables.join(", ")
        );
        let query = clients.queries.query(sql).with_project_id(project);
        let mut rows = query.until_done().await.map_err(|error| here.query(&error))?.read();
        while let Some(row) = rows.next().await {
            let row = row.map_err(|error| here.row(&error))?;
            let number = |name: &str| row.get::<i64>(name).map_err(|error| here.row(&error));
            let count = |name: &str| number(name).map(|count| u64::try_from(count).unwrap_or_default());
            let text = |name: &str| row.get::<Option<String>>(name).map_err(|error| here.row(&error));
            let table = text("table_name")?.unwrap_or_default();
            let partition = Partition {
                id: text("partition_id")?.unwrap_or_default(),
                rows: count("row_count")?,
                bytes: count("byte_count")?,
                modified: number("modified")?,
            };
            partitions.entry(format!("{of}.{dataset}.{table}")).or_default().push(partition);
        }
    }
    Ok(partitions)
}
