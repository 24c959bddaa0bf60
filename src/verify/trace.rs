//! What there is to say of a difference that nothing explains.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Deserialize;

use super::alternatives::slates_among;
use super::case::Case;
use super::moments::Times;
use super::report::DifferenceKind;
use super::rows::{list, texts};
use crate::count::counted;
use crate::dates::Day;
use crate::error::Result;
use crate::export::PickKey;
use crate::formats::rows;
use crate::pick_columns::{self, Reader};
use crate::replay::Replay;
use crate::snapshot::Snapshot;
use crate::version::Version;

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Decision {
    version: String,
    game_date: Day,
    player_lookup: String,
    game_id: String,
    recommendation: String,
    line: f64,
    edge: f64,
    source_model_id: String,
    #[serde(default)]
    signal_tags: Vec<String>,
    #[serde(default)]
    failing_filters: Vec<String>,
    rank: Option<u64>,
    selected: bool,
}

/// What the replay of its version says of each pick that is open.
#[derive(Default)]
pub struct Traces {
    decisions: BTreeMap<(String, PickKey), Decision>,
    /// By which option each version decides.
    arguments: BTreeMap<String, String>,
}

impl Traces {
    /// # Errors
    /// Data that breaks the contract.
    pub async fn of(replay: &mut Replay, versions: &[Version], cases: &[Case]) -> Result<Traces> {
        let open = || cases.iter().filter(|case| case.is_open());
        let dates: BTreeSet<NaiveDate> = open().map(|case| case.key.date).collect();
        if dates.is_empty() {
            return Ok(Traces::default());
        }
        let named: BTreeSet<&str> = open().map(|case| case.version.as_str()).collect();
        let versions: Vec<Version> =
            versions.iter().filter(|version| named.contains(version.id.as_str())).cloned().collect();
        replay.engine.ask(&slates_among(replay, &dates), &versions)?;
        replay.engine.compute(&["decisions"]).await?;
        let players = open().map(|case| case.key.player_lookup.as_str()).collect();
        let sql = format!(
            "SELECT {} FROM decisions WHERE game_date IN ({}) AND player_lookup IN ({})",
            pick_columns::list(Reader::Verification),
            list(&dates),
            texts(&players)
        );
        let decisions: Vec<Decision> = rows(&replay.engine.query(&sql).await?)?;
        let keyed = decisions.into_iter().map(|row| {
            let key = PickKey {
                date: row.game_date.0,
                player_lookup: row.player_lookup.clone(),
                game_id: row.game_id.clone(),
            };
            ((row.version.clone(), key), row)
        });
        let arguments = versions.iter().map(|version| (version.id.clone(), version.arguments()));
        Ok(Traces { decisions: keyed.collect(), arguments: arguments.collect() })
    }

    /// Traces what is open.
    pub fn write(&self, cases: &mut [Case], times: &Times, snapshot: &Snapshot) {
        for case in cases.iter_mut().filter(|case| case.is_open()) {
            let decision = self.decisions.get(&(case.version.clone(), case.key.clone()));
            case.trace = lines(case, decision, times.untried(case.key.date));
            case.trace.push(format!(
                "see: reslate explain {} {}{}{}",
                case.key.date,
                case.key.player_lookup,
                self.arguments.get(&case.version).map_or("", String::as_str),
                snapshot.origin().arguments()
            ));
        }
    }
}

fn lines(case: &Case, decision: Option<&Decision>, untried: usize) -> Vec<String> {
    let version = &case.version;
    let mut lines = vec![match decision {
        None => format!("no candidate of {version}: none of its models bids for the player"),
        Some(decision) => format!("{version}: {}", decision.words()),
    }];
    lines.push(match (&case.nearest, &case.impossible, case.kind) {
        (Some((reasons, left)), ..) if left.len() < case.columns.len() => {
            let details: Vec<&str> = reasons.iter().map(|reason| reason.detail.as_str()).collect();
            format!("nearest: {}, which leaves {}", details.join(" and "), left.join(", "))
        }
        (_, Some(impossible), _) => format!("{impossible}, so nothing else was tried"),
        (_, _, DifferenceKind::Missing) => {
            "nothing that was tried leaves it out and the rest of the slate as recorded".to_owned()
        }
        _ => "nothing that was tried comes nearer".to_owned(),
    });
    if untried > 0 && case.impossible.is_none() {
        let times = counted(untried, "more time");
        lines.push(format!("{times} at which the slate may have been decided: not tried"));
    }
    lines
}

impl Decision {
    fn words(&self) -> String {
        let bet = format!("{} {} by {:+}, {}", self.recommendation, self.line, self.edge, self.source_model_id);
        let signals = if self.signal_tags.is_empty() { "no signals".to_owned() } else { self.signal_tags.join(" ") };
        match (self.failing_filters.as_slice(), self.rank) {
            ([], Some(rank)) if self.selected => format!("{bet}, pick {rank} ({signals})"),
            ([], Some(rank)) => format!("{bet}, rank {rank}, beyond the cap ({signals})"),
            (filters, _) => format!("{bet}, blocked by {} ({signals})", filters.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_has_the_columns_that_are_read_for_it() {
        let names = pick_columns::names(Reader::Verification).map(str::to_owned).collect();
        assert_eq!(pick_columns::fields::<Decision>(), names);
    }
}
