//! `reslate doctor`: what is wrong with the tables and models that decisions go by.

use comfy_table::Color;
use schemars::JsonSchema;
use serde::Serialize;

use super::output::{Cell, Format, Grid, Output, note};
use super::select::{Policy, Range};
use super::style::{self, paint};
use super::{Exit, Location};
use crate::error::Result;
use crate::monitor::doctor::{Check, Diagnosis, Finding, Status, diagnose};
use crate::text::visible;

/// Check the tables and models that decisions go by: a line a finding, with what to do
///
/// Stale tables and gaps against the slates that were played, models of no family, registry rows without gradings, silent
/// signals, an empty blacklist although players qualify, decisions that read their own results, gradings counted twice,
/// stores that disagree, mixed confidence scales, and slates with candidates and no picks. There is no clock: today is the
/// newest slate. `check` looks at the contract, `verify` at the recorded picks.
///
/// Exit codes: 0 nothing found, 1 findings, 2 error.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  reslate doctor --snapshot ~/nba
  reslate doctor --from 2026-02-01 --version as-deployed
  reslate doctor --format json")]
pub struct Args {
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    policy: Policy,
    #[command(flatten)]
    output: Output<Format>,
}

/// A finding as a row.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DoctorRow {
    check: Check,
    subject: String,
    count: u64,
    message: String,
    advice: String,
}

pub async fn run(args: Args, snapshot: &Location) -> Result<Exit> {
    args.output.format()?;
    let snapshot = snapshot.open()?;
    let replay = args.policy.replay(&snapshot, args.range.dates()).await?;
    let diagnosis = diagnose(&replay, &snapshot, &Check::ALL).await?;
    for checked in &diagnosis.checks {
        if let Some(reason) = &checked.untold {
            note(format!("{}: nobody can tell, {reason}", checked.check));
        }
    }
    args.output.result(&diagnosis, print, |diagnosis| diagnosis.findings.iter().map(row).collect())?;
    Ok(if diagnosis.findings.is_empty() { Exit::Done } else { Exit::Differs })
}

fn row(finding: &Finding) -> DoctorRow {
    DoctorRow {
        check: finding.check,
        subject: finding.subject.clone(),
        count: finding.count,
        message: finding.message.clone(),
        advice: finding.advice.clone(),
    }
}

fn print(diagnosis: &Diagnosis) -> String {
    let mut text = format!(
        "{} {} to {}, {} slates, by {}\n\n",
        paint(style::HEADING, "Doctor"),
        diagnosis.from.0,
        diagnosis.to.0,
        diagnosis.slates,
        visible(&diagnosis.version)
    );
    text += &lines(&diagnosis.findings);
    if !diagnosis.findings.is_empty() {
        text.push('\n');
    }
    let mut grid = Grid::new(&["CHECK", "STATUS", "LOOKS FOR"]);
    for checked in &diagnosis.checks {
        let status = match checked.status {
            Status::Ok => Cell::new("ok").fg(Color::Green),
            Status::Untold => Cell::new("cannot tell").fg(Color::Yellow),
            Status::Found => {
                let found = diagnosis.findings.iter().filter(|finding| finding.check == checked.check).count();
                Cell::new(format!("{found} found")).fg(Color::Red)
            }
        };
        grid.row([Cell::new(checked.check), status, Cell::new(&checked.about)]);
    }
    text + &grid.render(0)
}

/// A line a finding: what it is about, what is wrong, and what to do.
pub fn lines(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let check = paint(style::NOTE, format!("{}:", finding.check));
        let found = visible(format_args!("{} {}; {}", finding.subject, finding.message, finding.advice));
        format!("{check} {found}\n")
    };
    findings.iter().map(line).collect()
}
