//! The checks, each over the relations that it reads.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::common::{Arguments, Told, read};
use super::report::{Check, Finding};
use super::{records, tables};
use crate::count::{count, counted};
use crate::dates::Day;
use crate::definition::Beside;
use crate::engine::Slate;
use crate::error::Result;
use crate::replay::Replay;
use crate::snapshot::Snapshot;
use crate::version::{SHIPPED, Value, Version, shipped};

/// A signal that has been silent for this long is worth a look, in days.
const SILENT_DAYS: i64 = 3;
/// Likewise a model without gradings.
const UNGRADED_DAYS: i64 = 7;
/// The relations that checks read.
pub fn relations(checks: &[Check]) -> Vec<&'static str> {
    let mut relations: Vec<&str> = checks.iter().flat_map(|check| of_check(*check)).copied().collect();
    relations.sort_unstable();
    relations.dedup();
    relations
}

fn of_check(check: Check) -> &'static [&'static str] {
    match check {
        Check::StaleTable => &["table_coverage", "rankings"],
        Check::TableGap => &["table_coverage"],
        Check::UnclassifiedModel | Check::UngradedModel => &["recent_models"],
        Check::EmptyRegistry => &[],
        Check::UnmatchedRegistry => &["models"],
        Check::SilentSignal => &["signal_firings", "slate_candidates"],
        Check::EmptyBlacklist => &["blacklist_qualifiers"],
        Check::HealthLeak => &["leaking_picks", "signal_health"],
        Check::DuplicateGradings => &["grading_duplicates"],
        Check::DifferentStores => &["store_differences"],
        Check::MixedConfidences => &["model_confidences"],
        Check::NoPicks => &["pickless_slates"],
    }
}

/// The table that nobody can tell without what a check asks; none where all are there.
fn untold(check: Check, snapshot: &Snapshot) -> Option<String> {
    let needs: &[&str] = match check {
        Check::EmptyRegistry | Check::UnmatchedRegistry => &["model_registry"],
        Check::HealthLeak => &["signal_health_daily"],
        Check::DifferentStores => &["current_subset_picks", "signal_best_bets_picks"],
        _ => &[],
    };
    let missing = needs.iter().find(|table| snapshot.table(table).is_none())?;
    Some(format!("the snapshot has no {missing}"))
}

/// What a check finds.
///
/// # Errors
/// Data that breaks the contract.
pub async fn of(check: Check, replay: &Replay, snapshot: &Snapshot) -> Result<Told> {
    if let Some(reason) = untold(check, snapshot) {
        return Ok(Err(reason));
    }
    let found = match check {
        Check::StaleTable => tables::stale(replay, snapshot).await,
        Check::TableGap => tables::gaps(replay, snapshot).await,
        Check::UnclassifiedModel => unclassified(replay).await,
        Check::EmptyRegistry => Ok(empty_registry(snapshot)),
        Check::DifferentStores => return records::stores(replay, snapshot).await,
        Check::UnmatchedRegistry => unmatched(replay, snapshot).await,
        Check::UngradedModel => ungraded(replay).await,
        Check::SilentSignal => silent(replay, snapshot).await,
        Check::EmptyBlacklist => blacklist(replay, snapshot).await,
        Check::HealthLeak => return leak(replay, snapshot).await,
        Check::DuplicateGradings => records::duplicates(replay).await,
        Check::MixedConfidences => records::confidences(replay).await,
        Check::NoPicks => pickless(replay, snapshot).await,
    };
    found.map(Ok)
}

#[derive(Deserialize)]
struct Recent {
    system_id: String,
    predictions: u64,
    last_graded: Option<Day>,
    days_since_grading: Option<i64>,
}

async fn unclassified(replay: &Replay) -> Result<Vec<Finding>> {
    let sql = "SELECT * FROM recent_models WHERE state = 'UNCLASSIFIED' ORDER BY system_id";
    let finding = |model: Recent| {
        let message = format!(
            "fits the pattern of no model family, so its {} predictions are never candidates",
            model.predictions
        );
        let advice = "retire it, or add its family (families) to the version";
        Finding::new(Check::UnclassifiedModel, &model.system_id, model.predictions, message, advice)
    };
    Ok(read(replay, sql).await?.into_iter().map(finding).collect())
}

async fn ungraded(replay: &Replay) -> Result<Vec<Finding>> {
    let sql = format!(
        "SELECT * FROM recent_models WHERE state = 'ACTIVE' \
         AND (days_since_grading IS NULL OR days_since_grading >= {UNGRADED_DAYS}) ORDER BY system_id"
    );
    let finding = |model: Recent| {
        let message = match (model.last_graded, model.days_since_grading) {
            (Some(last), Some(days)) => {
                format!("was graded last on {}, {days} days before the newest gradings", last.0)
            }
            _ => "predicts and was never graded".to_owned(),
        };
        let advice =
            "see that the grading knows the model; its state in model_performance_daily is out of date until then";
        Finding::new(Check::UngradedModel, &model.system_id, model.predictions, message, advice)
    };
    Ok(read(replay, &sql).await?.into_iter().map(finding).collect())
}

fn empty_registry(snapshot: &Snapshot) -> Vec<Finding> {
    let is_empty = snapshot.table("model_registry").is_some_and(|files| files.rows() == 0);
    let message = "has no row, so no model's training end is known".to_owned();
    let advice = "register the models; monitoring that goes by the registry computes nothing";
    is_empty.then(|| Finding::new(Check::EmptyRegistry, "model_registry", 1, message, advice)).into_iter().collect()
}

#[derive(Deserialize)]
struct Unmatched {
    kind: String,
    name: String,
    why: String,
}

async fn unmatched(replay: &Replay, snapshot: &Snapshot) -> Result<Vec<Finding>> {
    if !empty_registry(snapshot).is_empty() {
        return Ok(Vec::new());
    }
    // Models of no family are a finding of their own.
    let sql = "SELECT kind, name, why FROM models WHERE NOT is_matched AND (kind = 'model_id' OR family IS NOT NULL) \
               AND (kind = 'model_id' OR gradings > 0) ORDER BY kind, name";
    let finding = |model: Unmatched| {
        let what_to_do = if model.kind == "model_id" {
            "grade the model, or take its row out of the registry"
        } else {
            "register the model, so that the days since its training are known"
        };
        let advice = format!("{what_to_do}; both sides: reslate models{}", snapshot.origin().arguments());
        let what = if model.kind == "model_id" { "registered, and " } else { "graded, and " };
        Finding::new(Check::UnmatchedRegistry, &model.name, 1, format!("{what}{}", model.why), advice)
    };
    Ok(read(replay, sql).await?.into_iter().map(finding).collect())
}

#[derive(Deserialize)]
struct Fired {
    signal_tag: String,
    last_fired: Day,
}

#[derive(Deserialize)]
struct Newest {
    newest: Option<Day>,
}

async fn silent(replay: &Replay, snapshot: &Snapshot) -> Result<Vec<Finding>> {
    let newest: Vec<Newest> = read(replay, "SELECT max(game_date) AS newest FROM slate_candidates").await?;
    let Some(newest) = newest.into_iter().find_map(|row| row.newest) else { return Ok(Vec::new()) };
    // As deployed, the version of the newest slate is the one whose signals are to fire.
    let Some(version) = replay.versions.iter().find(|version| version.decides.contains(newest.0)) else {
        return Ok(Vec::new());
    };
    let sql = "SELECT signal_tag, max(last_fired) AS last_fired FROM signal_firings GROUP BY signal_tag";
    let fired: Vec<Fired> = read(replay, sql).await?;
    let first = replay.slates.first().map_or(newest.0, |slate| slate.game_date);
    let week = replay.slates.iter().find(|slate| slate.game_date == newest.0).map_or(0, Slate::season_week);
    let mut findings = Vec::new();
    for signal in version.signals.iter().filter(|signal| !is_over(version, signal, week)) {
        let last = fired.iter().find(|fired| fired.signal_tag == *signal).map(|fired| fired.last_fired.0);
        let days = (newest.0 - last.unwrap_or(first)).num_days();
        if days < SILENT_DAYS {
            continue;
        }
        let message = match last {
            Some(last) => format!("fired last on {last}, {days} days before {}", newest.0),
            None => format!("has not fired since {first}"),
        };
        let advice = format!(
            "see that its inputs are there: reslate explain {}{}{}",
            newest.0,
            version.arguments(),
            snapshot.origin().arguments()
        );
        findings.push(Finding::new(Check::SilentSignal, signal, u64::try_from(days).unwrap_or(0), message, advice));
    }
    Ok(findings)
}

/// Whether a version has a signal for the first weeks of a season alone, and they are over.
fn is_over(version: &Version, signal: &str, week: i64) -> bool {
    let name = format!("{signal}.max_weeks");
    version.catalogue.parameters.contains_key(&name)
        && matches!(version.parameter(&name), Value::Integer(weeks) if week > weeks)
}

#[derive(Deserialize)]
struct Qualifiers {
    game_date: Day,
    blacklist_works: bool,
    players: u64,
}

#[derive(Deserialize)]
struct Regimes {
    game_date: Day,
    signal_regimes_snapshot: String,
}

async fn blacklist(replay: &Replay, snapshot: &Snapshot) -> Result<Vec<Finding>> {
    let arguments = Arguments::of(replay, snapshot);
    let sql = "SELECT game_date, blacklist_works, players FROM blacklist_qualifiers ORDER BY game_date";
    let qualifiers: Vec<Qualifiers> = read(replay, sql).await?;
    let mut findings = Vec::new();
    let defective: Vec<&Qualifiers> = qualifiers.iter().filter(|slate| !slate.blacklist_works).collect();
    let most = |slates: &[&Qualifiers]| slates.iter().map(|slate| slate.players).max().unwrap_or_default();
    if !defective.is_empty() {
        let slates = count(defective.len());
        let message = format!(
            "returned an empty blacklist as shipped on {}, though players qualify (up to {} on one)",
            counted(slates, "slate"),
            most(&defective)
        );
        let advice =
            format!("see what it would have blocked: reslate filters --fidelity as-intended{}", arguments.by_version);
        findings.push(Finding::new(Check::EmptyBlacklist, replay.decided_by(), slates, message, advice));
    }
    let sql = "SELECT DISTINCT game_date, signal_regimes_snapshot FROM signal_best_bets_picks \
               WHERE signal_regimes_snapshot IS NOT NULL AND game_date IN (SELECT game_date FROM slates)";
    let regimes: Vec<Regimes> = read(replay, sql).await?;
    let is_empty = |slate: &&Regimes| {
        let regimes: Option<serde_json::Value> = serde_json::from_str(&slate.signal_regimes_snapshot).ok();
        regimes.is_some_and(|regimes| regimes["player_blacklist"]["count"] == 0)
    };
    let recorded: BTreeMap<_, _> = regimes.iter().filter(is_empty).map(|slate| (slate.game_date.0, ())).collect();
    let emptied: Vec<&Qualifiers> =
        qualifiers.iter().filter(|slate| slate.blacklist_works && recorded.contains_key(&slate.game_date.0)).collect();
    if !emptied.is_empty() {
        let slates = count(emptied.len());
        let message = format!(
            "says of {} that the blacklist was empty, though players qualify (up to {} on one)",
            counted(slates, "slate"),
            most(&emptied)
        );
        let last = emptied.last().map(|slate| slate.game_date.0.to_string()).unwrap_or_default();
        let advice = format!(
            "see that the blacklist's query runs, then decide again: reslate replay {last}{}",
            arguments.by_version
        );
        findings.push(Finding::new(Check::EmptyBlacklist, "signal_best_bets_picks", slates, message, advice));
    }
    Ok(findings)
}

#[derive(Deserialize)]
struct Leaking {
    game_date: Day,
    algorithm_version: Option<String>,
    picks: u64,
    untold: u64,
}

#[derive(Deserialize)]
struct Slates {
    slates: u64,
}

async fn leak(replay: &Replay, snapshot: &Snapshot) -> Result<Told> {
    let mut findings = Vec::new();
    let reads_own_date = |version: &&Version| version.text("health") == "same-date";
    if let Some(version) = replay.versions.iter().find(reads_own_date) {
        let sql = "SELECT count(DISTINCT game_date) AS slates FROM signal_health";
        let slates = read::<Slates>(replay, sql).await?.first().map_or(0, |row| row.slates);
        if slates > 0 {
            let message = format!("reads on {} the health row of the slate's own date", counted(slates, "slate"));
            let advice = "decide by the row before (--health as-of), or by none (--health live)";
            findings.push(Finding::new(Check::HealthLeak, &version.id, slates, message, advice));
        }
    }
    let shipped = SHIPPED.iter().map(|id| shipped(id)).collect::<Result<Vec<_>>>()?;
    let reading: BTreeSet<&str> = shipped
        .iter()
        .chain(&replay.versions)
        .filter(|version| version.looks_at(Beside::SignalHealth))
        .map(|version| version.algorithm_version.as_str())
        .collect();
    let sql = "SELECT * FROM leaking_picks ORDER BY game_date, algorithm_version";
    let mut recorded: Vec<Leaking> = read(replay, sql).await?;
    recorded.retain(|row| row.algorithm_version.as_ref().is_some_and(|name| reading.contains(name.as_str())));
    let leaking: BTreeSet<_> = recorded.iter().filter(|row| row.picks > 0).map(|row| row.game_date.0).collect();
    if let Some(last) = leaking.last() {
        let slates = count(leaking.len());
        let message = format!(
            "has picks of {} that were written when the health row of their own date was there, the last on {last}",
            counted(slates, "slate")
        );
        let advice = format!(
            "do not trust their scores; see which of them it changed: reslate verify{}",
            snapshot.origin().arguments()
        );
        findings.push(Finding::new(Check::HealthLeak, "signal_best_bets_picks", slates, message, advice));
    }
    let untold = recorded.iter().map(|row| row.untold).sum::<u64>();
    if findings.is_empty() && untold > 0 {
        let picks = counted(untold, "pick");
        return Ok(Err(format!("{picks} or the health row of their date do not say when they were written")));
    }
    Ok(Ok(findings))
}

#[derive(Deserialize)]
struct Pickless {
    version: String,
    game_date: Day,
    filter: String,
    alone: u64,
}

async fn pickless(replay: &Replay, snapshot: &Snapshot) -> Result<Vec<Finding>> {
    let sql = "SELECT version, game_date, filter, alone FROM pickless_slates ORDER BY game_date, version";
    let at = snapshot.origin().arguments();
    let mut by_filter = BTreeMap::<(String, String), Vec<Pickless>>::new();
    for slate in read::<Pickless>(replay, sql).await? {
        by_filter.entry((slate.version.clone(), slate.filter.clone())).or_default().push(slate);
    }
    let finding = |((version, filter), slates): ((String, String), Vec<Pickless>)| {
        let n = count(slates.len());
        let alone = slates.iter().map(|slate| slate.alone).sum::<u64>();
        let last = slates.last().map_or(String::new(), |slate| slate.game_date.0.to_string());
        let blocked = if alone > 0 {
            format!("it alone blocks {} there", counted(alone, "candidate"))
        } else {
            "it is the first to block most there".to_owned()
        };
        let message = format!(
            "explains {} with candidates and no picks by {version}: {blocked}; the last on {last}",
            counted(n, "slate")
        );
        let advice = format!(
            "see what it blocks: reslate explain {last} --version {version}{at}; and whether it pays: reslate filters --version {version}{at}"
        );
        Finding::new(Check::NoPicks, &filter, n, message, advice)
    };
    let mut findings: Vec<Finding> = by_filter.into_iter().map(finding).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.count));
    Ok(findings)
}
