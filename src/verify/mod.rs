//! Recorded picks against the replay of the version that each row names, and why they differ.
//!
//! A difference is explained by what reproduces the record: the alternatives are replayed, one at a time and then two,
//! and only what gives the row as it is recorded counts as its cause. The rest is unexplained.

mod alternatives;
mod bets;
mod case;
mod explain;
mod moments;
mod named;
mod outcomes;
mod records;
mod report;
mod rows;
mod search;
mod stale;
mod trace;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

pub use report::{Cause, CauseCount, DifferenceKind, Finding, NamedVersion, Outcomes, Reason, Verification};

use crate::count::count;
use crate::dates::Day;
use crate::definition::Beside;
use crate::engine::{Engine, store};
use crate::error::Result;
use crate::export::TABLE;
use crate::formats::{self, SCHEMA_VERSION};
use crate::replay::{self, Dates, Replay};
use crate::snapshot::Snapshot;
use crate::version::Version;
use case::Case;
use named::Known;
use records::Records;
use search::Search;

/// The request of a verification.
#[derive(Debug, Clone)]
pub struct VerifyRequest {
    pub dates: Dates,
    /// Versions of the user's own that rows may name.
    pub versions: Vec<Version>,
    /// strftime pattern of the version_id of each slate's subset picks; none: subsets are not compared.
    pub subset_version: Option<String>,
}

/// Columns that only a subset version gives.
const OF_SUBSETS: [&str; 2] = ["qualifying_subsets", "qualifying_subset_count"];

/// Verifies what is recorded on the slates asked for.
///
/// # Errors
/// No slate in the range, or data that breaks the contract.
pub async fn verify(snapshot: &Snapshot, request: &VerifyRequest) -> Result<Verification> {
    let engine = Engine::open(snapshot, None)?;
    let all = engine.slate_dates().await?;
    let dates = replay::wanted(&all, request.dates)?;
    let mut verification = empty(&dates);
    let Some(files) = snapshot.table(TABLE) else {
        verification.notes.push(format!("the snapshot has no {TABLE}, so nobody can tell what is recorded"));
        return Ok(verification);
    };
    verification.has_records = true;
    let mut left_out = files.missing_columns()?;
    if !left_out.is_empty() {
        verification.notes.push(format!("{TABLE} lacks columns, which are not compared: {}", left_out.join(", ")));
    }
    if request.subset_version.is_none() {
        left_out.extend(OF_SUBSETS);
    }
    let known = Known::new(&request.versions, |version| store::lacks(snapshot, version))?;
    let records = Records::read(&engine, &all, &dates, request.dates, &known).await?;
    verification.recorded = count(records.rows.len());
    verification.off_slates = count(records.off_slates());
    verification.versions = named::counted(&records.names());
    verification.decided_by = records.decided.as_ref().map(|decided| decided.name().to_owned());
    verification.notes.extend(records.notes(&known));
    let replayed_by = replay::Request {
        subset_version: request.subset_version.clone(),
        versions: records.versions(&known),
        ..replay::Request::new(request.dates, known.deciding()[0].clone())
    };
    let mut replay = Replay::on(snapshot, engine, &dates, replayed_by).await?;
    replay.compute(&["recorded_outcomes", "candidates"]).await?;
    verification.notes.extend(health_notes(&replay, snapshot).await?);
    let (outcomes, wrong) = outcomes::check(&replay).await?;
    verification.outcomes = outcomes;
    let replayed = records.slates(&replay, snapshot, &known, request.subset_version.is_some(), &left_out).await?;
    let mut cases: Vec<Case> = Vec::new();
    for ((version, date), slate) in &replayed.slates {
        cases.extend(slate.cases(version, *date, records.late_tells, &left_out));
    }
    let versions = records.as_decided(&replay, &known);
    let search = Search {
        snapshot,
        known: &known,
        versions: &versions,
        slates: &replayed.slates,
        subset_version: request.subset_version.as_deref(),
        left_out: &left_out,
    };
    if cases.iter().any(|case| case.is_open() || case.other_writer.is_some()) {
        search.explain(&mut replay, &mut cases).await?;
    }
    let stale = records.stale(&replayed, &left_out, &known);
    let matched = replayed.slates.values().map(|slate| slate.matched(&left_out).count()).sum::<usize>();
    verification.matched = count(matched - stale.len());
    cases.extend(stale);
    verification.conclude(cases.into_iter().map(Finding::from).chain(wrong).collect());
    Ok(verification)
}

fn empty(dates: &[NaiveDate]) -> Verification {
    let day = |date: Option<&NaiveDate>| Day(date.copied().unwrap_or_default());
    Verification {
        schema_version: SCHEMA_VERSION,
        from: day(dates.first()),
        to: day(dates.last()),
        slates: count(dates.len()),
        has_records: false,
        recorded: 0,
        off_slates: 0,
        versions: Vec::new(),
        decided_by: None,
        matched: 0,
        differing: 0,
        missing: 0,
        extra: 0,
        verified: None,
        outcomes: Outcomes::default(),
        causes: Vec::new(),
        explained: 0,
        unexplained: 0,
        explained_share: None,
        notes: Vec::new(),
        findings: Vec::new(),
    }
}

impl Verification {
    fn conclude(&mut self, mut findings: Vec<Finding>) {
        findings.sort_by(|a, b| {
            let key = |finding: &Finding| {
                let name = finding.algorithm_version.clone();
                (finding.date.0, name, finding.player_lookup.clone(), finding.game_id.clone(), finding.kind)
            };
            key(a).cmp(&key(b))
        });
        let of = |kind: DifferenceKind| count(findings.iter().filter(|finding| finding.kind == kind).count());
        (self.differing, self.missing, self.extra) =
            (of(DifferenceKind::Differs), of(DifferenceKind::Missing), of(DifferenceKind::Extra));
        let share = |part: u64, whole: u64| (whole > 0).then(|| 100.0 * part as f64 / whole as f64);
        self.verified = share(self.matched, self.matched + self.differing + self.missing + self.extra);
        let mut causes = BTreeMap::<Cause, u64>::new();
        for cause in findings.iter().flat_map(|finding| finding.reasons.iter().map(|reason| reason.cause)) {
            *causes.entry(cause).or_default() += 1;
        }
        self.causes = causes.into_iter().map(|(cause, count)| CauseCount { cause, count }).collect();
        self.causes.sort_by_key(|cause| std::cmp::Reverse(cause.count));
        self.explained = count(findings.iter().filter(|finding| finding.is_explained()).count());
        self.unexplained = count(findings.len()) - self.explained;
        self.explained_share = share(self.explained, count(findings.len()));
        self.findings = findings;
    }
}

#[derive(Deserialize)]
struct Without {
    slates: u64,
}

/// What the health modes need and the snapshot lacks, where any version reads signal health.
async fn health_notes(replay: &Replay, snapshot: &Snapshot) -> Result<Vec<String>> {
    if !replay.versions.iter().any(|version| version.looks_at(Beside::SignalHealth)) {
        return Ok(Vec::new());
    }
    if snapshot.table("signal_health_daily").is_none() {
        let missing = "the snapshot has no signal_health_daily: nobody can tell whether another health mode decided";
        return Ok(vec![missing.to_owned()]);
    }
    let without = "SELECT count(*) AS slates FROM slates AS s LEFT ANTI JOIN signal_health_daily AS h \
                   ON h.game_date = s.game_date";
    let without: Vec<Without> = formats::rows(&replay.engine.query(without).await?)?;
    let partly = without.into_iter().filter(|row| row.slates > 0).map(|row| {
        format!("signal_health_daily lacks {} of these slates: nobody can tell whether it was read there", row.slates)
    });
    Ok(partly.collect())
}
