//! Rows that an earlier run left behind on a slate of which the replay picks nothing.

use std::collections::BTreeSet;

use super::alternatives::{Alternative, Question};
use super::bets::Predicted;
use super::case::Case;
use super::moments::Times;
use super::report::{Cause, DifferenceKind, Reason};
use super::rows::Wanted;
use super::search::Search;
use crate::error::Result;
use crate::export::{PickKey, agree};
use crate::replay::Replay;
use crate::version::{Combo, Version, shipped};

/// Explains open rows on slates of which the replay picks nothing: an earlier run wrote them, if they are some
/// version's picks or bet on what some model predicted.
///
/// # Errors
/// Data that breaks the contract.
pub async fn find_stale(search: &Search<'_>, replay: &mut Replay, cases: &mut [Case]) -> Result<()> {
    let is_candidate = |case: &Case| {
        case.is_open()
            && case.kind == DifferenceKind::Extra
            && search.slate(case).is_some_and(|slate| slate.picks().next().is_none())
    };
    let candidates: Vec<&mut Case> = cases.iter_mut().filter(|case| is_candidate(case)).collect();
    let picks: BTreeSet<PickKey> = candidates.iter().map(|case| case.key.clone()).collect();
    if picks.is_empty() {
        return Ok(());
    }
    let mut alternatives = Vec::new();
    for base in search.versions.iter().filter(|base| candidates.iter().any(|case| case.version == base.id)) {
        for version in search.known.deciding().iter().filter(|version| version.id != base.id) {
            let mut version = version.clone();
            version.combos.clone_from(&registry(base, &version));
            let detail = format!("{} picks nothing; it is as {} picks it", base.id, version.id);
            alternatives.push(Alternative::of(&version, &base.id, Reason::new(Cause::StaleRow, detail)));
        }
    }
    let predicted = Predicted::of(replay, &picks.iter().collect()).await?;
    let question = Question {
        snapshot: search.snapshot,
        subset_version: search.subset_version,
        times: &Times::default(),
        dates: &picks.iter().map(|key| key.date).collect(),
        wanted: &Wanted { picks, ..Wanted::default() },
    };
    let picked = question.ask(replay, &alternatives).await?;
    let no_name: Vec<&str> = search.left_out.iter().copied().chain(["algorithm_version", "rank"]).collect();
    for case in candidates {
        let Some(row) = &case.recorded else { continue };
        let of_other = alternatives.iter().zip(&picked).find(|(alternative, picked)| {
            let replayed = picked.get(&case.key);
            alternative.base == case.version && replayed.is_some_and(|replayed| agree(row, replayed, &no_name))
        });
        let of_prediction = || {
            let detail = format!("{} picks nothing, and the row bets on what was predicted", case.version);
            predicted.has(row).then(|| Reason::new(Cause::StaleRow, detail))
        };
        // A row that another model's run left behind has two causes.
        let of_nearest = case.nearest.as_ref().filter(|(_, left)| left.is_empty()).map(|(reasons, _)| {
            let stale = Reason::new(Cause::StaleRow, format!("{} picks nothing", case.version));
            let others = reasons.iter().filter(|reason| reason.cause != Cause::AsOf).cloned();
            std::iter::once(stale).chain(others).collect::<Vec<_>>()
        });
        let of_other = of_other.map(|(alternative, _)| alternative.reasons.clone());
        case.reasons = of_nearest.or(of_other).or_else(|| Some(vec![of_prediction()?])).unwrap_or_default();
    }
    Ok(())
}

/// The registry by which another version decides: the snapshot's own where `base` has that, else its own.
fn registry(base: &Version, version: &Version) -> Vec<Combo> {
    let is_own = shipped(&base.id).ok().is_none_or(|shipped| shipped.combos == base.combos);
    if is_own { version.combos.clone() } else { base.combos.clone() }
}
