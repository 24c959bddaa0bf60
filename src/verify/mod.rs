//! Recorded picks against the replay of the version that each row names, and why they differ.
//!
//! A difference is explained by what reproduces the record: the alternatives ([`worlds`]) are replayed, one at a time and
//! then two, and only what gives the row as it is recorded counts as its cause. The rest is unexplained.

mod case;
mod explain;
mod named;
mod outcomes;
mod report;
mod rows;
mod trace;
mod worlds;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Deserialize;

pub use report::{Cause, CauseCount, Finding, Kind, NamedVersion, Outcomes, Reason, Verification};

use crate::engine::Engine;
use crate::error::Result;
use crate::export::{self, SCHEMA_VERSION};
use crate::record::{PickKey, Row, TABLE, text_of};
use crate::replay::{self, Dates, Replay};
use crate::snapshot::Snapshot;
use crate::snapshot::manifest::Day;
use crate::version::{Span, Value, Version};
use case::{Case, Slate};
use explain::{Search, Slates};
use named::{Decided, Known, Named};

/// What a verification is asked for.
#[derive(Debug, Clone)]
pub struct Request {
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
pub async fn verify(snapshot: &Snapshot, request: &Request) -> Result<Verification> {
    let engine = Engine::open(snapshot, None)?;
    let dates = replay::wanted(&engine.slate_dates().await?, request.dates)?;
    let mut verification = empty(&dates);
    let Some(files) = snapshot.table(TABLE) else {
        verification.notes.push(format!("the snapshot has no {TABLE}, so nobody can tell what is recorded"));
        return Ok(verification);
    };
    verification.has_records = true;
    let mut left_out = files.absent_columns();
    if !left_out.is_empty() {
        verification.notes.push(format!("{TABLE} lacks columns, which are not compared: {}", left_out.join(", ")));
    }
    if request.subset_version.is_none() {
        left_out.extend(OF_SUBSETS);
    }
    let known = Known::new(&request.versions)?;
    let records = Records::read(&engine, &dates, &known).await?;
    verification.recorded = count(records.rows.len());
    verification.versions = named::count(&records.names());
    verification.decided_by = records.decided.as_ref().map(|decided| decided.name().to_owned());
    verification.notes.extend(records.notes());
    let asked = replay::Request {
        subset_version: request.subset_version.clone(),
        versions: records.versions(&known),
        ..replay::Request::new(request.dates, known.versions()[0].clone())
    };
    let mut replay = Replay::on(snapshot, engine, &dates, asked).await?;
    replay.compute(&["recorded_outcomes", "candidates"]).await?;
    verification.notes.extend(health_notes(&replay, snapshot).await?);
    let (outcomes, wrong) = outcomes::check(&replay).await?;
    verification.outcomes = outcomes;
    let replayed = records.slates(&replay, snapshot, &known, request.subset_version.is_some()).await?;
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
    if cases.iter().any(|case| case.is_open() || case.is_late) {
        search.explain(&mut replay, &mut cases).await?;
        trace::trace(&mut replay, &versions, &mut cases).await?;
    }
    let stale = records.stale(&replayed, &left_out, &known);
    let matched = replayed.slates.values().map(|slate| slate.matched(&left_out).count()).sum::<usize>();
    verification.matched = count(matched - stale.len());
    cases.extend(stale);
    verification.conclude(cases.into_iter().map(Finding::from).chain(wrong).collect());
    Ok(verification)
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
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
            let key =
                |finding: &Finding| (finding.date.0, finding.algorithm_version.clone(), finding.player_lookup.clone());
            key(a).cmp(&key(b)).then(a.kind.cmp(&b.kind))
        });
        let of = |kind: Kind| count(findings.iter().filter(|finding| finding.kind == kind).count());
        (self.differing, self.missing, self.extra) = (of(Kind::Differs), of(Kind::Missing), of(Kind::Extra));
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

/// What the health modes need and the snapshot lacks; only versions with a composite score read it.
async fn health_notes(replay: &Replay, snapshot: &Snapshot) -> Result<Vec<String>> {
    if !replay.versions.iter().any(Version::scores_composite) {
        return Ok(Vec::new());
    }
    if snapshot.table("signal_health_daily").is_none() {
        let missing = "the snapshot has no signal_health_daily: nobody can tell whether another health mode decided";
        return Ok(vec![missing.to_owned()]);
    }
    let without = "SELECT count(*) AS slates FROM slates AS s LEFT ANTI JOIN signal_health_daily AS h \
                   ON h.game_date = s.game_date";
    let without: Vec<Without> = export::rows(&replay.engine.query(without).await?)?;
    let partly = without.into_iter().filter(|row| row.slates > 0).map(|row| {
        format!("signal_health_daily lacks {} of these slates: nobody can tell whether it was read there", row.slates)
    });
    Ok(partly.collect())
}

/// What a replay of the recorded slates gives.
#[derive(Default)]
struct Replayed {
    slates: Slates,
    /// Slates of which the version that decided them picks something, though their rows name another.
    picked_elsewhere: BTreeSet<(String, NaiveDate)>,
}

/// What is recorded on the slates that are asked for.
struct Records {
    /// With the version that each names; none: an unknown one.
    rows: Vec<(PickKey, Option<String>, Row)>,
    dates: Vec<NaiveDate>,
    decided: Option<Decided>,
    /// The ids of the known versions that each slate's rows name.
    named: BTreeMap<NaiveDate, BTreeSet<String>>,
    /// Slates with a row of any version.
    recorded_dates: BTreeSet<NaiveDate>,
    /// Whether that a row was written after its slate tells it from others: some were written before.
    late_tells: bool,
    /// Rows on dates without games.
    off_slates: usize,
}

impl Records {
    async fn read(engine: &Engine, dates: &[NaiveDate], known: &Known) -> Result<Records> {
        let (Some(first), Some(last)) = (dates.first(), dates.last()) else {
            return Ok(Records {
                rows: Vec::new(),
                dates: Vec::new(),
                decided: None,
                named: BTreeMap::new(),
                recorded_dates: BTreeSet::new(),
                late_tells: false,
                off_slates: 0,
            });
        };
        let mut named = BTreeMap::<NaiveDate, BTreeSet<String>>::new();
        let (mut kept, mut off_slates, mut late_tells) = (Vec::new(), 0, false);
        for row in rows::recorded(engine, *first, *last).await? {
            let key = PickKey::of(&row)?;
            late_tells |= rows::written(&row).is_some_and(|moment| !rows::is_after(moment, key.date));
            if dates.binary_search(&key.date).is_err() {
                off_slates += 1;
                continue;
            }
            let id = known.of_row(&row, key.date).map(|version| version.id.clone());
            if let Some(id) = &id {
                named.entry(key.date).or_default().insert(id.clone());
            }
            kept.push((key, id, row));
        }
        Ok(Records {
            decided: Decided::of(&named, known),
            recorded_dates: kept.iter().map(|(key, ..)| key.date).collect(),
            rows: kept,
            dates: dates.to_vec(),
            named,
            late_tells,
            off_slates,
        })
    }

    fn names(&self) -> Vec<(Named, NaiveDate)> {
        self.rows.iter().map(|(key, id, row)| ((text_of(row, "algorithm_version"), id.clone()), key.date)).collect()
    }

    /// The slates between the first and the last with a row.
    fn span(&self) -> &[NaiveDate] {
        let (Some(first), Some(last)) = (self.recorded_dates.first(), self.recorded_dates.last()) else { return &[] };
        let from = self.dates.partition_point(|date| date < first);
        let to = self.dates.partition_point(|date| date <= last);
        &self.dates[from..to]
    }

    /// The versions that each slate is replayed by: those that its rows name; without rows the one that decided it.
    fn expected<'a>(&'a self, known: &'a Known) -> impl Iterator<Item = (NaiveDate, &'a Version)> {
        let of_date = move |date: &'a NaiveDate| {
            let named = self.named.get(date).into_iter().flatten().filter_map(|id| known.version(id));
            let decided = self.decided.as_ref().and_then(|decided| decided.on(*date, known));
            let decided = decided.filter(|_| !self.recorded_dates.contains(date));
            named.chain(decided).map(move |version| (*date, version))
        };
        self.span().iter().flat_map(of_date)
    }

    /// Each version on the dates from the first to the last that it is expected on, without its cap, and so the version
    /// that decided where rows name another.
    fn versions(&self, known: &Known) -> Vec<Version> {
        let mut spans = BTreeMap::<&str, (&Version, NaiveDate, NaiveDate)>::new();
        let decided = self.span().iter().filter_map(|date| Some((*date, self.decided.as_ref()?.on(*date, known)?)));
        for (date, version) in self.expected(known).chain(decided) {
            let span = spans.entry(&version.id).or_insert((version, date, date));
            (span.1, span.2) = (span.1.min(date), span.2.max(date));
        }
        let uncapped = |(version, from, to): (&Version, NaiveDate, NaiveDate)| {
            let mut version = version.clone();
            version.parameters.insert("cap".to_owned(), Value::Off);
            version.decides = Span { from: Some(from), to: Some(to) };
            version
        };
        spans.into_values().map(uncapped).collect()
    }

    /// The same as they decide, with their caps and the snapshot's own combo registry where it has one.
    fn as_decided(&self, replay: &Replay, known: &Known) -> Vec<Version> {
        let capped = |version: &Version| {
            let mut version = version.clone();
            if let Some(known) = known.version(&version.id) {
                version.parameters.insert("cap".to_owned(), known.parameter("cap"));
            }
            version
        };
        replay.versions.iter().map(capped).collect()
    }

    /// What is recorded and replayed of each slate, by the versions that are expected there.
    async fn slates(
        &self,
        replay: &Replay,
        snapshot: &Snapshot,
        known: &Known,
        with_subsets: bool,
    ) -> Result<Replayed> {
        let mut replayed = Replayed::default();
        for (date, version) in self.expected(known) {
            let cap = match version.parameter("cap") {
                Value::Integer(cap) => u64::try_from(cap).ok(),
                _ => None,
            };
            replayed.slates.insert((version.id.clone(), date), Slate { cap, ..Slate::default() });
        }
        if replay.versions.is_empty() {
            return Ok(replayed);
        }
        for (version, row) in rows::replayed(replay, snapshot, with_subsets).await? {
            let key = PickKey::of(&row)?;
            let slate = (version, key.date);
            if let Some(slate) = replayed.slates.get_mut(&slate) {
                slate.ranked.insert(key, row);
            } else {
                replayed.picked_elsewhere.insert(slate);
            }
        }
        for (key, id, row) in &self.rows {
            let Some(slate) = id.as_ref().and_then(|id| replayed.slates.get_mut(&(id.clone(), key.date))) else {
                continue;
            };
            if slate.recorded.contains_key(key) {
                slate.again.push((key.clone(), row.clone()));
            } else {
                slate.recorded.insert(key.clone(), row.clone());
            }
        }
        Ok(replayed)
    }

    /// The rows of a version on a slate that another one decided and picked nothing on: an earlier run left them behind.
    /// They are as that version picks them, so nothing else gives them away.
    fn stale(&self, replayed: &Replayed, left_out: &[&str], known: &Known) -> Vec<Case> {
        let mut stale = Vec::new();
        for ((id, date), slate) in &replayed.slates {
            let Some(decided) = self.decided.as_ref().and_then(|decided| decided.on(*date, known)) else { continue };
            let is_named = self.named.get(date).is_some_and(|named| named.contains(&decided.id));
            let picked = replayed.picked_elsewhere.contains(&(decided.id.clone(), *date));
            if decided.id == *id || is_named || picked || self.is_of_a_run(id, *date) {
                continue;
            }
            let detail = format!("{id} picks it; {}, which decided the slate, picks nothing", decided.id);
            for (key, row) in slate.matched(left_out) {
                let reason = Reason::new(Cause::StaleRow, detail.clone());
                stale.push(Case::explained(id, key, row, reason));
            }
        }
        stale
    }

    /// Whether a version also decided the recorded slate before or after, so that it may have decided this one. As
    /// deployed each date has its own.
    fn is_of_a_run(&self, id: &str, date: NaiveDate) -> bool {
        let before = self.named.range(..date).next_back();
        let after = self.named.range(date..).find(|(other, _)| **other > date);
        let names = |slate: Option<(&NaiveDate, &BTreeSet<String>)>| slate.is_some_and(|(_, named)| named.contains(id));
        self.decided != Some(Decided::AsDeployed) && (names(before) || names(after))
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.rows.is_empty() {
            notes.push(format!("{TABLE} has no row of these slates, so nobody can tell what was decided on them"));
            return notes;
        }
        let (all, within) = (self.dates.len(), self.span().len());
        if within < all {
            notes.push(format!("{} slates before the first or after the last recorded one are left out", all - within));
        }
        let unknown = self.rows.iter().filter(|(_, id, _)| id.is_none()).count();
        if unknown > 0 {
            notes.push(format!("{unknown} rows name a version that is not known, so they cannot be verified"));
        }
        if self.off_slates > 0 {
            notes.push(format!("{} rows are of dates without games, so they cannot be verified", self.off_slates));
        }
        if !self.late_tells {
            let reason = "no row is known to be written before its slate's end";
            notes.push(format!("{reason}, so the time of writing tells nothing about who wrote it"));
        }
        notes
    }
}
