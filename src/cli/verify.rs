//! `reslate verify`: recorded picks against the replay, and why they differ.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use comfy_table::Color;
use schemars::JsonSchema;
use serde::Serialize;

use super::output::{Cell, Format, Grid, Output, note, wrapped};
use super::select::{self, Range};
use super::style::{self, paint};
use super::{Exit, Location};
use crate::count::counted;
use crate::dates::Day;
use crate::error::Result;
use crate::text::visible;
use crate::verify::{DifferenceKind, Finding, Verification, VerifyRequest, verify};

/// Verify recorded picks against the replay, and say why they differ
///
/// Replays, for every row of signal_best_bets_picks, the version that it names, and holds each column against what that
/// would write: what matches, what is missing or extra, and what differs. Each difference is explained by what reproduces
/// the record: another best-bets model, another health mode, parts working as intended, another order of the combo
/// registry, a tie, rows that were superseded or late, or two of these at once; else by a later writer, or by a stale row
/// that a re-export without picks left behind. What nothing reproduces is unexplained, and traced. Recorded outcomes are
/// checked against what the player scored, on the row's own line and side.
///
/// Without --from the slates from the first recorded one on are verified, to the snapshot's last: those that a writer who
/// stopped left out are missing, by the version that decided the others (nothing recorded, which explains nothing).
///
/// Exit codes: 0 everything matches or is explained, 1 something is unexplained, 2 error.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate verify --snapshot ~/nba
  reslate verify --from 2026-02-01 --to 2026-02-28 --format json
  reslate verify --version ./mine.toml            rows may name a version of your own
  reslate verify --out findings.csv               a line for each difference")]
pub struct Args {
    #[command(flatten)]
    range: Range,
    /// A version of your own that rows may name, as a file (PATH.toml); may be given several times
    #[arg(long = "version", value_name = "PATH")]
    versions: Vec<String>,
    /// version_id of the subset picks, as a strftime pattern of the slate's date; without it subsets are not compared
    #[arg(long, value_name = "PATTERN")]
    subset_version: Option<String>,
    #[command(flatten)]
    output: Output<Format>,
}

/// A difference as a row.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VerifyRow {
    date: Day,
    algorithm_version: Option<String>,
    version: Option<String>,
    player_lookup: String,
    game_id: String,
    kind: DifferenceKind,
    is_explained: bool,
    /// Joined by |, as all lists here.
    causes: String,
    details: String,
    columns: String,
    recorded: String,
    replayed: String,
    trace: String,
}

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    args.output.format()?;
    let versions = args.versions.iter().map(|name| select::resolve(name)).collect::<Result<Vec<_>>>()?;
    let request = VerifyRequest { dates: args.range.dates(), versions, subset_version: args.subset_version };
    let verification = verify(&snapshot.open()?, &request).await?;
    verification.notes.iter().for_each(note);
    args.output.result(&verification, print, |verification| verification.findings.iter().map(row).collect())?;
    Ok(if verification.unexplained > 0 { Exit::Differs } else { Exit::Done })
}

fn row(finding: &Finding) -> VerifyRow {
    let joined = |texts: Vec<String>| texts.join("|");
    let values = |value: fn(&crate::export::Differing) -> String| joined(finding.columns.iter().map(value).collect());
    VerifyRow {
        date: finding.date,
        algorithm_version: finding.algorithm_version.clone(),
        version: finding.version.clone(),
        player_lookup: finding.player_lookup.clone(),
        game_id: finding.game_id.clone(),
        kind: finding.kind,
        is_explained: finding.is_explained(),
        causes: joined(finding.reasons.iter().map(|reason| reason.cause.name().to_owned()).collect()),
        details: joined(finding.reasons.iter().map(|reason| reason.detail.clone()).collect()),
        columns: values(|differing| differing.column.clone()),
        recorded: values(|differing| differing.recorded.to_string()),
        replayed: values(|differing| differing.would_write.to_string()),
        trace: joined(finding.trace.clone()),
    }
}

fn print(verification: &Verification) -> String {
    let mut text = format!(
        "{} {} to {}, {} slates\n",
        paint(style::HEADING, "Verified"),
        verification.from.0,
        verification.to.0,
        verification.slates
    );
    let Some(verified) = verification.verified else {
        return text + "Nothing that could be verified.\n";
    };
    text += &format!(
        "{verified:.1} % as replayed: {} match, {} differ, {} missing, {} extra\n",
        verification.matched, verification.differing, verification.missing, verification.extra
    );
    let outcomes = verification.outcomes;
    text += &format!(
        "outcomes: {} right, {} wrong, {} half filled in, {} not filled in, {} unknown\n\n",
        outcomes.right, outcomes.wrong, outcomes.half_filled, outcomes.unfilled, outcomes.unknown
    );
    text += &versions(verification);
    if let Some(share) = verification.explained_share {
        text += &format!("\n{} {share:.1} % explained\n", paint(style::HEADING, "Causes"));
        let mut grid = Grid::new(&[">COUNT", "CAUSE"]);
        for cause in &verification.causes {
            let title = Cell::new(cause.cause.title());
            grid.row([Cell::new(cause.count), if cause.cause.explains() { title } else { title.fg(Color::Red) }]);
        }
        let unexplained = verification.findings.iter().filter(|finding| finding.reasons.is_empty()).count();
        if unexplained > 0 {
            grid.row([Cell::new(unexplained), Cell::new("unexplained").fg(Color::Red)]);
        }
        text += &grid.render(2);
        text += &findings(&verification.findings);
    }
    text
}

fn versions(verification: &Verification) -> String {
    let mut grid = Grid::new(&["RECORDED AS", "REPLAYED BY", ">ROWS", ">SLATES"]);
    for named in &verification.versions {
        grid.row([
            Cell::new(named.algorithm_version.as_deref().unwrap_or("-")),
            named.version.as_ref().map_or(Cell::new("unknown").fg(Color::Yellow), Cell::new),
            Cell::new(named.rows),
            Cell::new(named.slates),
        ]);
    }
    grid.render(0)
}

/// How wide what explains a finding is printed.
const WIDTH: usize = 96;

fn findings(findings: &[Finding]) -> String {
    let mut text = String::new();
    text += &unrecorded(findings);
    for (title, explained) in [("Unexplained", false), ("Explained", true)] {
        let is_of = |finding: &&Finding| finding.is_explained() == explained && !finding.is_unrecorded();
        if !findings.iter().any(|finding| is_of(&finding)) {
            continue;
        }
        text += &format!("\n{}\n", paint(style::HEADING, title));
        for finding in findings.iter().filter(is_of) {
            text += &one(finding);
        }
    }
    text
}

/// A line for each slate of which nothing is recorded though its version picks something.
fn unrecorded(findings: &[Finding]) -> String {
    let mut slates = BTreeMap::<(NaiveDate, &str), (usize, &str)>::new();
    for finding in findings.iter().filter(|finding| finding.is_unrecorded()) {
        let version = finding.version.as_deref().unwrap_or("-");
        let detail = finding.reasons.first().map_or("", |reason| reason.detail.as_str());
        slates.entry((finding.date.0, version)).or_insert((0, detail)).0 += 1;
    }
    if slates.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", paint(style::HEADING, "Nothing recorded"));
    for ((date, version), (picks, detail)) in slates {
        let picks = counted(picks, "pick");
        text += &format!("  {date} {}: {picks} missing; {}\n", visible(version), visible(detail));
    }
    text
}

fn one(finding: &Finding) -> String {
    let version = finding.version.as_ref().or(finding.algorithm_version.as_ref()).map_or("-", String::as_str);
    let of = visible(format_args!("{} {version}", finding.player_lookup));
    let mut text = format!("  {} {of}: {}", finding.date.0, finding.kind);
    let differing: Vec<String> = finding
        .columns
        .iter()
        .map(|differing| {
            visible(format_args!("{} {} -> {}", differing.column, differing.recorded, differing.would_write))
        })
        .collect();
    if !differing.is_empty() {
        text += &format!(" ({})", counted(differing.len(), "column"));
    }
    text.push('\n');
    let reasons = finding.reasons.iter().map(|reason| format!("{}: {}", reason.cause.title(), reason.detail));
    for line in reasons.chain(finding.trace.iter().cloned()) {
        // A command stays on one line, so that it can be copied.
        let lines = if line.starts_with("see: ") { vec![visible(line)] } else { wrapped(&line, WIDTH) };
        text += &lines.iter().map(|line| format!("    {line}\n")).collect::<String>();
    }
    if !finding.is_explained() {
        // Recorded, then as the replay would write it.
        text += &differing.iter().map(|line| format!("    {line}\n")).collect::<String>();
    }
    text
}
