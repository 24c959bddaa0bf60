//! Which shipped version was in production on which dates.

use chrono::NaiveDate;

use super::{SHIPPED, Version, shipped};
use crate::dates::DateRange;
use crate::error::Result;

/// The name under which each date's own production version is asked for.
pub const AS_DEPLOYED: &str = "as-deployed";

/// The shipped versions with the dates on which each was in production ([`Version::decides`]), in order. Every date has
/// exactly one: of several that became current on one date the last, whose decisions count; before the first there was
/// none, and the first is taken (specification: versions, "Shipped versions").
///
/// # Errors
/// A shipped version cannot be read.
pub fn as_deployed() -> Result<Vec<Version>> {
    let mut current: Vec<Version> = Vec::new();
    for id in SHIPPED.iter() {
        let version = shipped(id)?;
        if version.in_production_from.is_none() {
            continue;
        }
        if current.last().is_some_and(|last| last.in_production_from == version.in_production_from) {
            current.pop();
        }
        current.push(version);
    }
    let starts: Vec<Option<NaiveDate>> = current.iter().map(|version| version.in_production_from).collect();
    for (at, version) in current.iter_mut().enumerate() {
        version.decides = DateRange {
            from: starts[at].filter(|_| at > 0),
            to: starts.get(at + 1).copied().flatten().and_then(|next| next.pred_opt()),
        };
    }
    Ok(current)
}

/// A version that decides in place of one that was in production, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct StandIn {
    /// The id of the version in whose place it decides.
    pub of: String,
    /// Its own.
    pub id: String,
    /// On which dates.
    pub dates: DateRange,
    /// What the snapshot does not have, in words.
    pub reason: String,
}

/// The versions of [`as_deployed`] with those that `lacks` says cannot decide replaced by the one that each names
/// (`stand_in`), and which these are (specification: versions, "Shipped versions").
///
/// # Errors
/// A shipped version cannot be read.
pub fn standing_in(lacks: impl Fn(&Version) -> Result<Option<String>>) -> Result<(Vec<Version>, Vec<StandIn>)> {
    let (mut versions, mut stand_ins) = (Vec::<Version>::new(), Vec::new());
    for version in as_deployed()? {
        let (Some(id), Some(reason)) = (&version.stand_in, lacks(&version)?) else {
            versions.push(version);
            continue;
        };
        stand_ins.push(StandIn { of: version.id.clone(), id: id.clone(), dates: version.decides, reason });
        match versions.iter_mut().find(|known| known.id == *id) {
            // What cannot be decided is the latest, so that the dates follow one another.
            Some(known) => known.decides.to = version.decides.to,
            None => versions.push(Version { decides: version.decides, ..shipped(id)? }),
        }
    }
    Ok((versions, stand_ins))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_version_of_a_date_decides() {
        let deployed: Vec<String> =
            as_deployed().unwrap().iter().map(|version| format!("{} {}", version.id, version.decides)).collect();
        let expected = [
            "v279 up to 2026-02-16",
            "v284b 2026-02-17",
            "v298 2026-02-18",
            "v307 2026-02-19",
            "v314 2026-02-20",
            "v323 2026-02-21",
            "v326 2026-02-22",
            "v330 2026-02-23 to 2026-02-24",
            "v343 2026-02-25",
            "v348 2026-02-26",
            "v365 2026-02-27",
            "v374 from 2026-02-28",
        ];
        assert_eq!(deployed, expected);
    }

    #[test]
    fn what_cannot_be_decided_is_by_a_stand_in() {
        let told = |lacking: &[&str]| {
            let lacks = |version: &Version| Ok(lacking.contains(&version.id.as_str()).then(|| "columns".to_owned()));
            let (versions, stand_ins) = standing_in(lacks).unwrap();
            let latest = versions.iter().skip(9).map(|version| format!("{} {}", version.id, version.decides));
            let of = stand_ins.iter().map(|one| format!("{} for {} {}", one.id, one.of, one.dates));
            latest.chain(of).collect::<Vec<_>>()
        };
        let (v352, v365) = ("v352 from 2026-02-27", "v352 for v365 2026-02-27");
        assert_eq!(told(&["v365", "v374"]), ["v348 2026-02-26", v352, v365, "v352 for v374 from 2026-02-28"]);
        let of_performance =
            ["v348 2026-02-26", "v365 2026-02-27", "v352 from 2026-02-28", "v352 for v374 from 2026-02-28"];
        assert_eq!(told(&["v374"]), of_performance);
        assert_eq!(told(&[]), ["v348 2026-02-26", "v365 2026-02-27", "v374 from 2026-02-28"]);
        // Versions that state none stay, and are refused when they are asked.
        assert_eq!(told(&["v348"]), told(&[]));
    }

    #[test]
    fn every_date_has_exactly_one_version() {
        let deployed = as_deployed().unwrap();
        let first: NaiveDate = "2025-10-21".parse().unwrap();
        for date in first.iter_days().take(200) {
            let deciding = deployed.iter().filter(|version| version.decides.contains(date)).count();
            assert_eq!(deciding, 1, "{date}");
        }
    }

    #[test]
    fn the_shipped_versions_are_in_the_order_in_which_production_had_them() {
        let dates: Vec<_> = SHIPPED.iter().map(|id| shipped(id).unwrap().in_production_from.unwrap()).collect();
        assert!(dates.is_sorted());
    }
}
