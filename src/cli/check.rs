//! `reslate check`: whether a snapshot keeps the contract.

use comfy_table::Color;

use super::output::{Cell, Grid, Output, Report};
use super::style::{ERROR, FAINT, GOOD, HEADING, NOTE, paint};
use super::{Exit, Location};
use crate::check::{CheckReport, Finding, Severity, TableReport, check, check_deep};
use crate::count::counted;
use crate::error::Result;
use crate::text::visible;

/// Check a snapshot against the contract: every problem in one go
///
/// Opens and reads every table and says what it holds. What breaks the contract is an error: values that do not fit their
/// type, NULLs in required columns, several rows of one grain, malformed game ids, files that are not the manifest's.
/// Everything else is a note: missing optional tables and columns, gaps, tables that end early, confidences on both
/// scales, systems of no model family.
///
/// Exit codes: 0 no errors, 1 errors (with --strict also notes), 2 the snapshot cannot be opened.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate check --snapshot ~/snapshots/2026-02-11
  reslate check --snapshot ~/snapshots/2026-02-11 --strict
  reslate check --snapshot ~/snapshots/2026-02-11 --deep       is every file there, and what was pulled?
  reslate check --format json --out report.json")]
pub struct Args {
    /// Notes count as errors
    #[arg(long)]
    strict: bool,
    /// Name every file that is missing or whose bytes are not those of the manifest, also where the snapshot cannot be opened
    /// for that, with what brings it back; and files that the manifest does not name
    #[arg(long)]
    deep: bool,
    #[command(flatten)]
    output: Output<Report>,
}

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    args.output.format()?;
    let report = match snapshot.folder().filter(|_| args.deep) {
        Some(folder) if folder.is_dir() => check_deep(folder).await?,
        _ => check(&snapshot.open()?).await?,
    };
    args.output.report(&report, |report| render(report, args.strict))?;
    let failed = report.errors > 0 || (args.strict && report.notes > 0);
    Ok(if failed { Exit::Differs } else { Exit::Done })
}

fn render(report: &CheckReport, strict: bool) -> String {
    let mut text = heading(report);
    text.push_str(&tables(&report.tables));
    if !report.findings.is_empty() {
        text.push('\n');
    }
    for finding in &report.findings {
        text.push_str(&line(finding));
    }
    text.push('\n');
    text.push_str(&summary(report, strict));
    text
}

fn heading(report: &CheckReport) -> String {
    let mut text = paint(HEADING, &report.origin);
    if let Some(pulled_at) = &report.pulled_at {
        text.push_str(&format!(", pulled at {pulled_at}"));
    }
    if let Some(newest) = &report.newest_slate {
        text.push_str(&format!(", newest slate {}", newest.0));
    }
    text.push_str("\n\n");
    text
}

fn tables(tables: &[TableReport]) -> String {
    let mut grid = Grid::new(&["table", ">rows", "first", "last", ">days behind", ">errors", ">notes"]);
    for table in tables {
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let count = |count: u64, colour| match count {
            0 => Cell::new("0"),
            count => Cell::new(count).fg(colour),
        };
        grid.row([
            Cell::new(&table.table),
            Cell::new(if table.present { table.rows.to_string() } else { "missing".to_owned() }),
            Cell::new(or_none(table.first.map(|day| day.0.to_string()))),
            Cell::new(or_none(table.last.map(|day| day.0.to_string()))),
            Cell::new(or_none(table.days_behind.map(|days| days.to_string()))),
            count(table.errors, Color::Red),
            count(table.notes, Color::Yellow),
        ]);
    }
    grid.render(0)
}

/// A finding as a line: what it is, where, how many, and the first of them.
fn line(finding: &Finding) -> String {
    let label = match finding.severity {
        Severity::Error => paint(ERROR, "error:"),
        Severity::Note => paint(NOTE, "note:"),
    };
    let table = finding.table.as_ref().map(|table| format!("{table}: ")).unwrap_or_default();
    let example = finding.example.as_ref().map(|example| format!(" ({example})")).unwrap_or_default();
    format!("{label} {table}{}{}\n", visible(&finding.message), paint(FAINT, example))
}

fn summary(report: &CheckReport, strict: bool) -> String {
    let counts = format!("{}, {}", counted(report.errors, "error"), counted(report.notes, "note"));
    let strictly = if strict && report.notes > 0 { " (counted as errors)" } else { "" };
    let failed = report.errors > 0 || (strict && report.notes > 0);
    format!("{}{strictly}\n", paint(if failed { ERROR } else { GOOD }, counts))
}
