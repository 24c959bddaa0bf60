//! `reslate snapshot diff`: what changed between two snapshots, and which decisions change because of it.

use std::path::PathBuf;

use clap::Subcommand;
use comfy_table::Color;
use schemars::JsonSchema;
use serde::Serialize;

use super::output::{Cell, Format, Grid, Output, wrapped};
use super::select::{DEFAULT, Range, Seen, Tweaks, note_stand_in, versions};
use super::style::{GOOD, HEADING, NOTE, paint};
use super::{Exit, Location};
use crate::compare::Bet;
use crate::dates::DateRange;
use crate::error::Result;
use crate::snapshot::Snapshot;
use crate::snapshot_diff::{
    DiffRequest, PickChange, PickChangeKind, RowChange, SIDES, Side, SnapshotDiff, TableDiff, diff,
};
use crate::text::visible;
use crate::version::AS_DEPLOYED;

/// Compare snapshots (`reslate snapshots` lists them)
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate snapshot diff ~/nba-monday ~/nba-tuesday
  reslate snapshot diff ~/nba-monday ~/nba-tuesday --version v314 --from 2026-02-01")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Diff(Box<DiffArgs>),
}

/// Compare two snapshots of the same data: what changed, and which past decisions change because of it
///
/// Rows are compared by what counts: the active prediction, the latest grading, and of other tables the one row of each
/// grain, over the dates that both snapshots have. The slates that both have are then decided over each by the same
/// version, and every pick that is another one is shown with what decided about it and the rows that made the difference.
///
/// ndjson, csv and parquet have a row per changed row and per changed pick (`record` says which). Exit codes: 0 done,
/// 1 with --fail-on-change when a decision or an outcome is another one, or where rows break the contract, 2 error.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate snapshot diff ~/nba-monday ~/nba-tuesday
  reslate snapshot diff ~/nba-monday ~/nba-tuesday --version v314 --from 2026-02-01
  reslate snapshot diff ~/nba-monday ~/nba-tuesday --fail-on-change     exit code 1 when a past decision changes
  reslate snapshot diff ~/nba-monday ~/nba-tuesday --out changes.csv    a row per row and pick that changed")]
struct DiffArgs {
    /// Folder of the earlier snapshot
    #[arg(value_name = "A")]
    a: PathBuf,
    /// Folder of the later one
    #[arg(value_name = "B")]
    b: PathBuf,
    #[command(flatten)]
    range: Range,
    /// Version that decides: an id, a unique prefix, production's full name, a file of your own (PATH.toml) or as-deployed
    #[arg(long, value_name = "VERSION", default_value = DEFAULT)]
    version: String,
    #[command(flatten)]
    tweaks: Tweaks,
    #[command(flatten)]
    seen: Seen,
    /// Exit with 1 when any decision or outcome is another one
    #[arg(long)]
    fail_on_change: bool,
    #[command(flatten)]
    output: Output<Format>,
}

/// A row or a pick that changed (`--format ndjson`, `csv` and `parquet`).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DiffRow {
    record: Record,
    /// The table of a row; null for a pick.
    table: Option<String>,
    change: String,
    date: Option<String>,
    system_id: Option<String>,
    player_lookup: Option<String>,
    game_id: Option<String>,
    /// The rest of what identifies a row.
    key: Option<String>,
    /// The values of a row that differ, as FIELD OLD -> NEW, joined by commas.
    fields: Option<String>,
    /// The version that decided about a pick.
    version: Option<String>,
    /// The side, line, edge and outcome of a pick as they were.
    a_recommendation: Option<String>,
    a_line: Option<f64>,
    a_edge: Option<f64>,
    a_outcome: Option<String>,
    b_recommendation: Option<String>,
    b_line: Option<f64>,
    b_edge: Option<f64>,
    b_outcome: Option<String>,
    /// What decided about a pick of one side only.
    why: Option<String>,
    /// The rows that made the difference, joined by `; `.
    causes: Option<String>,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Record {
    Row,
    Pick,
}

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    let Command::Diff(args) = args.command;
    args.output.format()?;
    snapshot.ensure_not_given("A and B are")?;
    let (from, to) = (args.range.from, args.range.to);
    DateRange { from, to }.ensure_from_before_to()?;
    let (a, b) = (Snapshot::open(&args.a)?, Snapshot::open(&args.b)?);
    let versions = versions(&args.version, &args.tweaks, &[&a, &b])?;
    let asked = DiffRequest { from, to, versions, as_of: args.seen.as_of };
    snapshot.reads(vec![(SIDES[0], a.ledgers()), (SIDES[1], b.ledgers())]);
    let found = diff(&a, &b, &asked).await?;
    if args.version == AS_DEPLOYED {
        note_stand_in(&[&a, &b], (found.from.0, found.to.0))?;
    }
    args.output.result(&found, print, rows)?;
    Ok(if args.fail_on_change && found.changes_decisions() { Exit::Differs } else { Exit::Done })
}

fn rows(found: &SnapshotDiff) -> Vec<DiffRow> {
    let picks = found.decisions.iter().flat_map(|slate| slate.picks.iter().map(|pick| of_pick(&slate.version, pick)));
    found.rows.iter().map(of_row).chain(picks).collect()
}

fn of_row(row: &RowChange) -> DiffRow {
    DiffRow {
        table: Some(row.table.clone()),
        change: row.change.to_string(),
        date: row.date.map(|day| day.0.to_string()),
        system_id: row.system_id.clone(),
        player_lookup: row.player_lookup.clone(),
        game_id: row.game_id.clone(),
        key: row.key.clone(),
        fields: (!row.fields.is_empty()).then(|| row.said()),
        ..nothing(Record::Row)
    }
}

fn of_pick(version: &str, pick: &PickChange) -> DiffRow {
    let (a, b) = (pick.a.as_ref(), pick.b.as_ref());
    let either = b.or(a);
    DiffRow {
        change: word(pick.change).to_owned(),
        date: either.map(|bet| bet.date.0.to_string()),
        system_id: either.map(|bet| bet.source_model_id.clone()),
        player_lookup: either.map(|bet| bet.player_lookup.clone()),
        game_id: either.map(|bet| bet.game_id.clone()),
        version: Some(version.to_owned()),
        a_recommendation: a.map(|bet| bet.recommendation.clone()),
        a_line: a.map(|bet| bet.line),
        a_edge: a.map(|bet| bet.edge),
        a_outcome: a.map(|bet| bet.outcome.clone()),
        b_recommendation: b.map(|bet| bet.recommendation.clone()),
        b_line: b.map(|bet| bet.line),
        b_edge: b.map(|bet| bet.edge),
        b_outcome: b.map(|bet| bet.outcome.clone()),
        why: pick.why.clone(),
        causes: (!pick.causes.is_empty()).then(|| pick.causes.join("; ")),
        ..nothing(Record::Pick)
    }
}

fn nothing(record: Record) -> DiffRow {
    DiffRow {
        record,
        table: None,
        change: String::new(),
        date: None,
        system_id: None,
        player_lookup: None,
        game_id: None,
        key: None,
        fields: None,
        version: None,
        a_recommendation: None,
        a_line: None,
        a_edge: None,
        a_outcome: None,
        b_recommendation: None,
        b_line: None,
        b_edge: None,
        b_outcome: None,
        why: None,
        causes: None,
    }
}

fn word(change: PickChangeKind) -> &'static str {
    match change {
        PickChangeKind::Added => "added",
        PickChangeKind::Removed => "removed",
        PickChangeKind::Flipped => "flipped",
        PickChangeKind::Repriced => "repriced",
        PickChangeKind::Outcome => "outcome",
    }
}

/// How many rows and picks a table shows; the machine formats have all of them.
const SHOWN: usize = 20;
/// How many causes of a pick a table shows.
const SHOWN_CAUSES: usize = 3;
const CAUSE_WIDTH: usize = 96;

fn print(found: &SnapshotDiff) -> String {
    let mut text = format!("{}\n{}", of_side("A", &found.a), of_side("B", &found.b));
    text += &format!("\n{} {} to {}\n", paint(HEADING, "Compared"), found.from.0, found.to.0);
    for note in &found.notes {
        text += &format!("{} {}\n", paint(NOTE, "note:"), visible(note));
    }
    text + &tables(found) + &decisions(found)
}

fn of_side(name: &str, side: &Side) -> String {
    const DIGITS: usize = 12;
    let id = side.id.as_deref().map(|id| format!(" {}", id.get(..DIGITS).unwrap_or(id))).unwrap_or_default();
    let pulled = side.pulled_at.as_ref().map(|at| format!(", pulled at {at}")).unwrap_or_default();
    let side = format!("{}{id}{pulled}, slates from {} to {}", side.place, side.first.0, side.last.0);
    format!("{} {}", paint(HEADING, name), visible(side))
}

fn tables(found: &SnapshotDiff) -> String {
    let differing: Vec<&TableDiff> = found.tables.iter().filter(|table| !table.is_same()).collect();
    if differing.is_empty() {
        return format!("\n{}\n", paint(GOOD, "The same rows in every table"));
    }
    let mut grid = Grid::new(&[
        "TABLE",
        ">ROWS OF A",
        ">ROWS OF B",
        ">NEW",
        ">GONE",
        ">SUPERSEDED",
        ">WITHDRAWN",
        ">REGRADED",
        ">CHANGED",
        ">REPEATED",
        ">HISTORY",
    ]);
    for table in &differing {
        let rows = |rows: Option<u64>| rows.map_or("missing".to_owned(), |rows| rows.to_string());
        let or_dash = |count: u64| if count == 0 { "-".to_owned() } else { count.to_string() };
        let counts = table.counts().map(|(_, count)| count);
        let cells = [table.table.clone(), rows(table.rows_a), rows(table.rows_b)];
        grid.row(cells.into_iter().chain(counts.map(or_dash)));
    }
    let mut text = format!("\n{}", grid.render(0));
    if !found.rows.is_empty() {
        text += &format!("\n{}\n", headed(found.rows.len(), "rows that differ"));
        let mut grid = Grid::new(&["TABLE", "", "DATE", "ROW", "VALUES"]);
        for row in found.rows.iter().take(SHOWN) {
            let identity = [&row.system_id, &row.player_lookup, &row.game_id, &row.key];
            let identity: Vec<&str> = identity.into_iter().filter_map(|part| part.as_deref()).collect();
            let said = row.in_short();
            let mut lines = wrapped(&said, CAUSE_WIDTH).into_iter();
            grid.row([
                row.table.clone(),
                row.change.to_string(),
                row.date.map_or("-".to_owned(), |day| day.0.to_string()),
                identity.join(" "),
                lines.next().unwrap_or_default(),
            ]);
            lines.for_each(|line| grid.row(["", "", "", "", &line]));
        }
        text += &grid.render(2);
    }
    text
}

/// What is shown of a list.
fn headed(count: usize, what: &str) -> String {
    if count > SHOWN {
        format!("The first {SHOWN} of {count} {what} (--format json has all)")
    } else {
        format!("The {what}")
    }
}

fn decisions(found: &SnapshotDiff) -> String {
    let picks = &found.picks;
    let mut text = format!(
        "\n{} of {} on {} slates: {} picks kept ({} of them repriced), {} added, {} removed, {} flipped, {} with another \
         outcome\n",
        paint(HEADING, "Decisions"),
        visible(&found.version),
        found.slates,
        picks.kept,
        picks.repriced,
        picks.added,
        picks.removed,
        picks.flipped,
        picks.outcomes
    );
    let changes: Vec<(&str, &PickChange)> = found
        .decisions
        .iter()
        .flat_map(|slate| slate.picks.iter().map(|pick| (slate.version.as_str(), pick)))
        .collect();
    if changes.is_empty() {
        return text;
    }
    text += &format!("\n{}\n", headed(changes.len(), "picks that differ"));
    let mut grid = Grid::new(&["DATE", "", "PLAYER", "BET", ">EDGE", "OUTCOME", "WHY"]);
    for (_, pick) in changes.iter().take(SHOWN) {
        grid.row(pick_cells(pick));
        for cause in pick.causes.iter().take(SHOWN_CAUSES) {
            let lines = wrapped(cause, CAUSE_WIDTH);
            lines.iter().for_each(|line| grid.row(because(line)));
        }
        if let Some(more) = pick.causes.len().checked_sub(SHOWN_CAUSES).filter(|more| *more > 0) {
            grid.row(because(&format!("and {more} more rows")));
        }
    }
    text + &grid.render(2)
}

fn because(line: &str) -> [Cell; 7] {
    let empty = || Cell::new("");
    [empty(), empty(), empty(), empty(), empty(), empty(), Cell::new(format!("  {line}"))]
}

fn pick_cells(pick: &PickChange) -> [Cell; 7] {
    let (mark, colour) = match pick.change {
        PickChangeKind::Added => ("+", Color::Green),
        PickChangeKind::Removed => ("-", Color::Red),
        _ => ("~", Color::Yellow),
    };
    let either = pick.b.as_ref().or(pick.a.as_ref());
    let text = |of: fn(&Bet) -> String| either.map(of).unwrap_or_default();
    let moved = |of: fn(&Bet) -> String| match (&pick.a, &pick.b) {
        (Some(a), Some(b)) if of(a) != of(b) => format!("{} -> {}", of(a), of(b)),
        _ => text(of),
    };
    let why = pick.why.clone().unwrap_or_else(|| match pick.change {
        PickChangeKind::Repriced if source(&pick.a) != source(&pick.b) => "another source model".to_owned(),
        PickChangeKind::Repriced => "another price".to_owned(),
        PickChangeKind::Flipped => "the other side".to_owned(),
        _ => "another outcome".to_owned(),
    });
    [
        Cell::new(text(|bet| bet.date.0.to_string())),
        Cell::new(mark).fg(colour),
        Cell::new(text(|bet| bet.player.clone().unwrap_or_else(|| bet.player_lookup.clone()))),
        Cell::new(moved(|bet| format!("{} {:.1}", bet.recommendation, bet.line))),
        Cell::new(moved(|bet| format!("{:+.1}", bet.edge))),
        Cell::new(moved(|bet| bet.outcome.clone())),
        Cell::new(why),
    ]
}

fn source(bet: &Option<Bet>) -> Option<&str> {
    bet.as_ref().map(|bet| bet.source_model_id.as_str())
}
