//! `reslate snapshots`: which snapshots there are, and what is in each.

use std::path::PathBuf;

use bytesize::ByteSize;
use comfy_table::Color;
use schemars::JsonSchema;
use serde::Serialize;

use super::output::{Cell, Format, Grid, Output};
use super::style::{ERROR, FAINT, paint};
use super::{Exit, Location};
use crate::dates::Day;
use crate::error::{Error, Result, SnapshotError};
use crate::snapshot::TABLES;
use crate::snapshots::{self, Listed, SnapshotList, State};
use crate::text::visible;

/// List snapshots: what each holds, how large it is, and when it was pulled from where
///
/// Of a folder that is no snapshot itself the folders in it are listed. Without a folder the snapshot is listed that the
/// other commands would read. What is no snapshot, or cannot be opened, is listed with the reason.
///
/// ndjson, csv and parquet have a row per table of each snapshot. Exit codes: 0 done, 1 a snapshot is damaged or a folder
/// holds none, 2 error, such as a folder that is not there, after the others have been listed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate snapshots                       the snapshot of --snapshot or RESLATE_SNAPSHOT, else the demo
  reslate snapshots ~/snapshots           all that are in this folder
  reslate snapshots ~/nba /mnt/nba --format json")]
pub struct Args {
    /// Folders of snapshots, or folders with such folders in them
    #[arg(value_name = "DIR")]
    folders: Vec<PathBuf>,
    #[command(flatten)]
    output: Output<Format>,
}

/// A table of a snapshot, or a place that has none (`--format ndjson`, `csv` and `parquet`).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TableRow {
    place: String,
    state: State,
    reason: Option<String>,
    id: Option<String>,
    source: Option<String>,
    pulled_at: Option<String>,
    table: Option<String>,
    rows: Option<u64>,
    first: Option<String>,
    last: Option<String>,
    files: Option<u64>,
    bytes: Option<u64>,
}

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    args.output.format()?;
    let folders = match (args.folders.as_slice(), snapshot.folder()) {
        ([], Some(folder)) => vec![folder.to_owned()],
        _ => args.folders,
    };
    let not_there = folders.iter().find(|folder| !folder.exists()).cloned();
    if let Some(path) = &not_there
        && folders.iter().all(|folder| !folder.exists())
    {
        return Err(SnapshotError::NoFolder { path: path.clone() }.into());
    }
    let reading = tokio::task::spawn_blocking(move || match folders.as_slice() {
        [] => Ok(vec![snapshots::demo()?]),
        folders => Ok(folders.iter().flat_map(|folder| snapshots::within(folder)).collect()),
    });
    let listed: Result<Vec<Listed>> = reading.await.map_err(Error::Task)?;
    let list = SnapshotList::of(listed?);
    args.output.result(&list, print, rows)?;
    if let Some(path) = not_there {
        return Err(SnapshotError::NoFolder { path }.into());
    }
    let holds_none = list.snapshots.iter().all(|listed| listed.state == State::None);
    let is_damaged = list.snapshots.iter().any(|listed| listed.state == State::Damaged);
    Ok(if holds_none || is_damaged { Exit::Differs } else { Exit::Done })
}

fn rows(list: &SnapshotList) -> Vec<TableRow> {
    let of_place = |listed: &Listed| TableRow {
        place: listed.place.clone(),
        state: listed.state,
        reason: listed.reason.clone(),
        id: listed.id.clone(),
        source: listed.source.clone(),
        pulled_at: listed.pulled_at.clone(),
        table: None,
        rows: None,
        first: None,
        last: None,
        files: None,
        bytes: None,
    };
    let text = |day: Option<Day>| day.map(|day| day.0.to_string());
    let of = |listed: &Listed| -> Vec<TableRow> {
        let tables = listed.tables.iter().map(|table| TableRow {
            table: Some(table.table.clone()),
            rows: Some(table.rows),
            first: text(table.first),
            last: text(table.last),
            files: Some(table.files),
            bytes: Some(table.bytes),
            ..of_place(listed)
        });
        let rows: Vec<TableRow> = tables.collect();
        if rows.is_empty() { vec![of_place(listed)] } else { rows }
    };
    list.snapshots.iter().flat_map(of).collect()
}

/// How much of an id is shown.
const DIGITS: usize = 12;

fn print(list: &SnapshotList) -> String {
    let day = |day: Option<Day>| day.map_or("-".to_owned(), |day| day.0.to_string());
    let mut grid = Grid::new(&["SNAPSHOT", "ID", "FIRST", "LAST", ">ROWS", ">SIZE", "PULLED", "FROM"]);
    for listed in &list.snapshots {
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let id = listed.id.as_deref().map(|id| id.get(..DIGITS).unwrap_or(id).to_owned());
        let has_rows = listed.files > 0;
        let place = Cell::new(&listed.place);
        grid.row([
            if listed.state == State::Damaged { place.fg(Color::Red) } else { place },
            Cell::new(or_dash(&id)),
            Cell::new(day(listed.first)),
            Cell::new(day(listed.last)),
            Cell::new(if has_rows { listed.rows.to_string() } else { "-".to_owned() }),
            Cell::new(if has_rows { size(listed.bytes) } else { "-".to_owned() }),
            Cell::new(or_dash(&listed.pulled_at)),
            Cell::new(or_dash(&listed.source)),
        ]);
    }
    let mut text = grid.render(0);
    for listed in &list.snapshots {
        let Some(reason) = &listed.reason else { continue };
        text += &match listed.state {
            State::Damaged => format!("{} {}\n", paint(ERROR, "damaged:"), visible(reason)),
            _ => format!("{} {}\n", paint(FAINT, "no snapshot:"), visible(reason)),
        };
    }
    let held: Vec<&Listed> = list.snapshots.iter().filter(|listed| !listed.tables.is_empty()).collect();
    match held.as_slice() {
        [] => text,
        [only] => text + "\n" + &tables_of(only),
        several => text + "\n" + &rows_of(several),
    }
}

fn size(bytes: u64) -> String {
    ByteSize(bytes).display().iec().to_string()
}

/// The tables of the one snapshot there is.
fn tables_of(listed: &Listed) -> String {
    let day = |day: Option<Day>| day.map_or("-".to_owned(), |day| day.0.to_string());
    let mut grid = Grid::new(&["TABLE", ">ROWS", "FIRST", "LAST", ">FILES", ">SIZE"]);
    for table in &listed.tables {
        grid.row([
            table.table.clone(),
            table.rows.to_string(),
            day(table.first),
            day(table.last),
            table.files.to_string(),
            size(table.bytes),
        ]);
    }
    grid.render(0)
}

/// The rows of each table of several snapshots side by side.
fn rows_of(several: &[&Listed]) -> String {
    let names: Vec<String> = several.iter().map(|listed| format!(">{}", name(&listed.place))).collect();
    let headings: Vec<&str> = std::iter::once("ROWS OF").chain(names.iter().map(String::as_str)).collect();
    let mut grid = Grid::new(&headings);
    for table in TABLES {
        let rows: Vec<Option<u64>> = several
            .iter()
            .map(|listed| listed.tables.iter().find(|own| own.table == table.name).map(|own| own.rows))
            .collect();
        if rows.iter().any(Option::is_some) {
            let counts = rows.iter().map(|rows| rows.map_or("missing".to_owned(), |rows| rows.to_string()));
            grid.row(std::iter::once(table.name.to_owned()).chain(counts));
        }
    }
    grid.render(0)
}

/// The last part of a path.
fn name(place: &str) -> String {
    let name = std::path::Path::new(place).file_name().map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| place.to_owned())
}
