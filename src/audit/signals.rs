//! The signal audit: do candidates with a signal win more often than those like them without it?

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Tally;
use super::like::Like;
use crate::count::count;
use crate::dates::Day;
use crate::error::Result;
use crate::formats::{SCHEMA_VERSION, rows};
use crate::grade::Record;
use crate::replay::Replay;

/// How the candidates did on which each signal of a version qualified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalAudit {
    pub schema_version: u32,
    pub version: String,
    pub from: Day,
    pub to: Day,
    pub slates: u64,
    pub candidates: Tally,
    /// In the version's order.
    pub signals: Vec<SignalRow>,
}

/// One signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalRow {
    pub signal: String,
    pub fired: Tally,
    /// Hit rate of candidates of the same edge bucket and side without the signal, weighted as those with it are spread;
    /// percent. None where there is none to compare with.
    pub without: Option<f64>,
    /// Hit rate with it, over the same buckets, less that without it; percentage points.
    pub lift: Option<f64>,
    /// Decided candidates with the signal that have their like without it.
    pub compared: u64,
    /// Which other signals qualified with it, and how often; model_health, which always does, left out.
    pub fired_with: BTreeMap<String, u64>,
}

/// Candidates of the same side and edge bucket with the same signals and outcome.
#[derive(Debug, Deserialize)]
struct Group {
    direction: String,
    edge_bucket: String,
    #[serde(default)]
    signal_tags: Vec<String>,
    outcome: String,
    candidates: u64,
}

impl Group {
    fn has(&self, signal: &str) -> bool {
        self.signal_tags.iter().any(|tag| tag == signal)
    }

    fn record(&self) -> Record {
        Record::of(&self.outcome, self.candidates)
    }
}

/// Audits the signals of a replay by one version, or by each date's own, over all its candidates.
///
/// # Errors
/// Data that breaks the contract.
pub async fn signals(replay: &Replay) -> Result<SignalAudit> {
    replay.compute(&["graded_decisions"]).await?;
    let groups = "SELECT direction, edge_bucket, signal_tags, outcome, count(*) AS candidates FROM graded_decisions \
                  GROUP BY direction, edge_bucket, signal_tags, outcome";
    let groups: Vec<Group> = rows(&replay.engine.query(groups).await?)?;
    let (first, last) = (&replay.slates[0], &replay.slates[replay.slates.len() - 1]);
    Ok(SignalAudit {
        schema_version: SCHEMA_VERSION,
        version: replay.decided_by().to_owned(),
        from: Day(first.game_date),
        to: Day(last.game_date),
        slates: count(replay.slates.len()),
        candidates: groups.iter().map(Group::record).sum::<Record>().into(),
        signals: replay.signals().iter().map(|signal| row(&groups, signal)).collect(),
    })
}

fn row(groups: &[Group], signal: &str) -> SignalRow {
    let fired: Record = groups.iter().filter(|group| group.has(signal)).map(Group::record).sum();
    let mut like = Like::default();
    let mut fired_with = BTreeMap::<String, u64>::new();
    for group in groups {
        like.add(&group.direction, &group.edge_bucket, group.has(signal), group.record());
        if group.has(signal) {
            let others = group.signal_tags.iter().filter(|tag| *tag != signal && *tag != "model_health");
            others.for_each(|other| *fired_with.entry(other.clone()).or_default() += group.candidates);
        }
    }
    let comparison = like.comparison();
    SignalRow {
        signal: signal.to_owned(),
        fired: fired.into(),
        without: comparison.as_ref().map(|comparison| comparison.without),
        lift: comparison.as_ref().map(|comparison| comparison.with - comparison.without),
        compared: comparison.map_or(0, |comparison| comparison.compared),
        fired_with,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(direction: &str, tags: &[&str], outcome: &str, candidates: u64) -> Group {
        Group {
            direction: direction.to_owned(),
            edge_bucket: "5-7".to_owned(),
            signal_tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            outcome: outcome.to_owned(),
            candidates,
        }
    }

    #[test]
    fn lift_compares_like_with_like() {
        let groups = [
            // OVERs win 1 of 4 without the signal and 1 of 2 with it; UNDERs have none without it.
            group("OVER", &["model_health"], "WIN", 1),
            group("OVER", &["model_health"], "LOSS", 3),
            group("OVER", &["model_health", "a", "b"], "WIN", 1),
            group("OVER", &["model_health", "a"], "LOSS", 1),
            group("UNDER", &["model_health", "a"], "WIN", 10),
        ];
        let row = row(&groups, "a");
        assert_eq!((row.fired.count, row.compared), (12, 2));
        assert_eq!((row.without, row.lift), (Some(25.0), Some(25.0)));
        assert_eq!(row.fired_with, BTreeMap::from([("b".to_owned(), 1)]));
    }

    #[test]
    fn without_its_like_there_is_no_lift() {
        let row = row(&[group("OVER", &["a"], "WIN", 3)], "a");
        assert_eq!((row.without, row.lift, row.compared), (None, None, 0));
    }
}
