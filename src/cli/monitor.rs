//! `reslate monitor`: the monitoring tables as they should have been.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use comfy_table::Color;
use serde::Deserialize;
use serde_json::{Value, json};

use super::output::{Cell, Format, Grid, Output, note};
use super::select::{self, Range};
use super::{Exit, Location};
use crate::error::{Error, FileError, RequestError, Result};
use crate::formats;
use crate::monitor::{Fidelity, MonitorRequest, Monitored, Table, monitor};
use crate::snapshot::write::write_whole;
use crate::version::{Origin, Version, shipped};

/// Recompute production's monitoring tables, all dates at once
///
/// Rows are exactly as the source's table has them, so that Parquet and NDJSON load into BigQuery as they are (Parquet with
/// --parquet_enable_list_inference). computed_at and evaluated_at are the time of the pull.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate monitor signal-health --from 2026-02-11 --to 2026-02-11
  reslate monitor model-performance --fidelity as-intended --out performance.csv
  reslate monitor tags --version v314 --format ndjson
  reslate monitor signal-health --fill backfill       only the dates that the snapshot's own table lacks")]
pub struct Args {
    #[command(subcommand)]
    table: TableArgs,
}

#[derive(Debug, Subcommand)]
enum TableArgs {
    /// pick_signal_tags: every candidate of the champion with its signals and the combo they match
    #[command(after_help = "\
Examples:
  reslate monitor tags --from 2026-02-11 --to 2026-02-11
  reslate monitor tags --version v314 --format ndjson
  reslate monitor tags --fill backfill             only the dates that the snapshot's own table lacks")]
    Tags(OfSignals),
    /// signal_health_daily: how the candidates with each signal did up to a date, its games included
    ///
    /// A slate has rows once a candidate of the champion is tagged on it, graded or not: before its gradings are there they
    /// tell of the earlier dates alone. So did production's backfill; its daily run, after the gradings, has no row then. A
    /// signal without a graded candidate of the season has none.
    #[command(after_help = "\
Examples:
  reslate monitor signal-health --from 2026-02-11 --to 2026-02-11
  reslate monitor signal-health --fidelity as-intended --out health.parquet
  reslate monitor signal-health --fill backfill    only the dates that the snapshot's own table lacks")]
    SignalHealth(OfSignals),
    /// model_performance_daily: how each model did up to a date, its games included
    #[command(after_help = "\
Examples:
  reslate monitor model-performance --from 2026-02-11 --to 2026-02-11
  reslate monitor model-performance --fidelity as-intended --out performance.csv
  reslate monitor model-performance --fill backfill --format ndjson")]
    ModelPerformance(Common),
}

#[derive(Debug, clap::Args)]
struct OfSignals {
    /// Algorithm version whose signals and combos are tagged: an id, a unique prefix, production's full name, or a file of
    /// your own (PATH.toml)
    #[arg(long, value_name = "VERSION", default_value = "v307")]
    version: String,
    /// Best-bets model (champion), whose candidates are tagged [default: the version's]
    #[arg(long, value_name = "SYSTEM_ID")]
    model_id: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Common {
    #[command(flatten)]
    range: Range,
    /// Whether what production counted wrongly is counted so; tags are the same either way
    #[arg(long, value_enum, default_value = "as-shipped")]
    fidelity: Counting,
    /// Write the backfill to this folder: TABLE.parquet (or TABLE.ndjson by --format) with only the dates of which the
    /// snapshot's own table has no row
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    fill: Option<PathBuf>,
    #[command(flatten)]
    output: Output<Format>,
}

/// Which gradings count.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Counting {
    /// Signals count a regraded duplicate twice, models a push, void or ungraded row as a loss
    AsShipped,
    /// Signals count the latest grading alone, models only what was decided
    AsIntended,
}

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    let (table, version, common) = match args.table {
        TableArgs::Tags(of) => (Table::Tags, of.version()?, of.common),
        TableArgs::SignalHealth(of) => (Table::SignalHealth, of.version()?, of.common),
        TableArgs::ModelPerformance(common) => (Table::ModelPerformance, shipped("v307")?, common),
    };
    let ending = common.ending()?;
    let request = MonitorRequest {
        table,
        dates: common.range.dates(),
        fidelity: common.fidelity.into(),
        version,
        is_backfill: common.fill.is_some(),
    };
    let snapshot = snapshot.open()?;
    let monitored = monitor(&snapshot, &request).await?;
    monitored.notes.iter().for_each(note);
    match common.fill {
        Some(folder) => fill(&folder.join(format!("{}.{ending}", table.source())), ending, &monitored)?,
        None => {
            let rows = std::slice::from_ref(&monitored.rows);
            common.output.rows(rows, || print(table, &monitored), || document(&request, &monitored))?;
        }
    }
    Ok(Exit::Done)
}

impl OfSignals {
    fn version(&self) -> Result<Version> {
        let mut version = select::resolve(&self.version)?;
        if let Some(champion) = &self.model_id {
            version.set_from("champion", champion, Origin::Option("--model-id"))?;
        }
        Ok(version)
    }
}

impl Common {
    /// The ending of a backfill's file.
    fn ending(&self) -> Result<&'static str> {
        match (&self.fill, self.output.chosen()) {
            (None, _) => self.output.format().map(|_| ""),
            (_, None | Some(Format::Parquet)) => Ok("parquet"),
            (_, Some(Format::Ndjson)) => Ok("ndjson"),
            (_, Some(_)) => Err(Error::Request(RequestError::BadArgument {
                what: "--fill",
                value: "with another --format".to_owned(),
                reason: "a backfill is written as parquet or ndjson".to_owned(),
            })),
        }
    }
}

impl From<Counting> for Fidelity {
    fn from(counting: Counting) -> Fidelity {
        match counting {
            Counting::AsShipped => Fidelity::AsShipped,
            Counting::AsIntended => Fidelity::AsIntended,
        }
    }
}

fn fill(path: &std::path::Path, ending: &str, monitored: &Monitored) -> Result<()> {
    if monitored.rows.num_rows() == 0 {
        note("nothing to fill: the snapshot's own table has every date asked for");
        return remove_earlier(path);
    }
    let rows = std::slice::from_ref(&monitored.rows);
    let bytes = if ending == "ndjson" { formats::ndjson(rows)? } else { formats::parquet(rows)? };
    write_whole(path, &bytes).map_err(of_fill)?;
    note(format!("{}: {} rows", path.display(), monitored.rows.num_rows()));
    Ok(())
}

/// Removes an earlier backfill, which would be loaded again.
fn remove_earlier(path: &std::path::Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Ok(()) => note(format!("{}: removed, a backfill of before", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            return Err(of_fill(Error::File(FileError::Output { path: path.to_owned(), reason: error.into() })));
        }
    }
    Ok(())
}

/// A file that cannot be written, as one of `--fill`.
fn of_fill(error: Error) -> Error {
    match error {
        Error::File(FileError::Output { path, reason }) => Error::Request(RequestError::BadArgument {
            what: "--fill",
            value: path.display().to_string(),
            reason: format!("cannot be written ({reason})"),
        }),
        other => other,
    }
}

/// The document of `--format json`.
fn document(request: &MonitorRequest, monitored: &Monitored) -> Result<Vec<u8>> {
    let rows = formats::json(std::slice::from_ref(&monitored.rows))?;
    let rows: Value = serde_json::from_slice(&rows).map_err(Error::Json)?;
    let version = (request.table != Table::ModelPerformance).then_some(&request.version.id);
    let document = json!({
        (formats::SCHEMA_VERSION_KEY): formats::SCHEMA_VERSION,
        "table": request.table.source(),
        "version": version,
        "fidelity": request.fidelity.name(),
        "rows": rows,
    });
    Ok(formats::pretty_json(&document)?.into_bytes())
}

fn print(table: Table, monitored: &Monitored) -> Result<String> {
    let rows = std::slice::from_ref(&monitored.rows);
    if monitored.rows.num_rows() == 0 {
        return Ok("No rows.\n".to_owned());
    }
    match table {
        Table::Tags => print_tags(&formats::rows(rows)?),
        Table::SignalHealth => print_health(&formats::rows(rows)?),
        Table::ModelPerformance => print_performance(&formats::rows(rows)?),
    }
}

#[derive(Deserialize)]
struct Tagged {
    game_date: String,
    player_lookup: String,
    signal_tags: Vec<String>,
    matched_combo_id: Option<String>,
    combo_classification: Option<String>,
    model_health_status: String,
    model_health_hr_7d: Option<f64>,
}

#[derive(Deserialize)]
struct Health {
    game_date: String,
    signal_tag: String,
    hr_7d: Option<f64>,
    picks_7d: u64,
    hr_14d: Option<f64>,
    picks_14d: u64,
    hr_30d: Option<f64>,
    picks_30d: u64,
    hr_season: Option<f64>,
    picks_season: u64,
    divergence_7d_vs_season: Option<f64>,
    regime: String,
    days_in_current_regime: u64,
    status: String,
}

#[derive(Deserialize)]
struct Performance {
    game_date: String,
    model_id: String,
    daily_wins: u64,
    daily_losses: u64,
    rolling_hr_7d: Option<f64>,
    rolling_n_7d: u64,
    rolling_hr_30d: Option<f64>,
    rolling_n_30d: u64,
    state: String,
    consecutive_days_below_watch: u64,
    consecutive_days_below_alert: u64,
    action: String,
    days_since_training: Option<i64>,
}

fn print_tags(rows: &[Tagged]) -> Result<String> {
    let mut grid = Grid::new(&["DATE", "PLAYER", "SIGNALS", "COMBO", "CLASS", "MODEL", ">7 DAYS"]);
    for row in rows {
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let rate = row.model_health_hr_7d.map_or("-".to_owned(), |rate| format!("{rate:.1} %"));
        let tags = if row.signal_tags.is_empty() { "-".to_owned() } else { row.signal_tags.join(" ") };
        grid.row([
            row.game_date.clone(),
            row.player_lookup.clone(),
            tags,
            or_dash(&row.matched_combo_id),
            or_dash(&row.combo_classification),
            row.model_health_status.clone(),
            rate,
        ]);
    }
    Ok(grid.render(0))
}

fn print_health(rows: &[Health]) -> Result<String> {
    let mut grid = Grid::new(&[
        "DATE",
        "SIGNAL",
        ">7 DAYS",
        ">14 DAYS",
        ">30 DAYS",
        ">SEASON",
        ">DIVERGENCE",
        "REGIME",
        ">FOR",
        "STATUS",
    ]);
    for row in rows {
        let cells = [
            row.game_date.clone(),
            row.signal_tag.clone(),
            rate_of(row.hr_7d, row.picks_7d),
            rate_of(row.hr_14d, row.picks_14d),
            rate_of(row.hr_30d, row.picks_30d),
            rate_of(row.hr_season, row.picks_season),
            row.divergence_7d_vs_season.map_or("-".to_owned(), |points| format!("{points:+.1}")),
            row.regime.clone(),
            row.days_in_current_regime.to_string(),
        ];
        grid.row(cells.into_iter().map(Cell::new).chain([coloured(&row.status)]));
    }
    Ok(grid.render(0))
}

fn print_performance(rows: &[Performance]) -> Result<String> {
    let mut grid = Grid::new(&[
        "DATE",
        "MODEL",
        ">W-L",
        ">7 DAYS",
        ">30 DAYS",
        "STATE",
        ">BELOW 58",
        ">BELOW 55",
        "ACTION",
        ">TRAINED DAYS AGO",
    ]);
    for row in rows {
        let cells = [
            row.game_date.clone(),
            row.model_id.clone(),
            format!("{}-{}", row.daily_wins, row.daily_losses),
            rate_of(row.rolling_hr_7d, row.rolling_n_7d),
            rate_of(row.rolling_hr_30d, row.rolling_n_30d),
        ];
        let rest = [
            row.consecutive_days_below_watch.to_string(),
            row.consecutive_days_below_alert.to_string(),
            row.action.clone(),
            row.days_since_training.map_or("-".to_owned(), |days| days.to_string()),
        ];
        let state = [coloured(&row.state)];
        grid.row(cells.into_iter().map(Cell::new).chain(state).chain(rest.into_iter().map(Cell::new)));
    }
    Ok(grid.render(0))
}

fn rate_of(rate: Option<f64>, n: u64) -> String {
    rate.map_or("-".to_owned(), |rate| format!("{rate:.1} % of {n}"))
}

fn coloured(state: &str) -> Cell {
    match state {
        "HEALTHY" => Cell::new(state).fg(Color::Green),
        "BLOCKED" | "DEGRADING" => Cell::new(state).fg(Color::Red),
        "WATCH" => Cell::new(state).fg(Color::Yellow),
        _ => Cell::new(state),
    }
}
