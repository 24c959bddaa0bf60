//! Which version decided what is recorded: the one that a row names, and the one that decided a slate without rows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::report::NamedVersion;
use crate::count::count;
use crate::error::Result;
use crate::export::{Row, text_of};
use crate::version::{AS_DEPLOYED, SHIPPED, Version, shipped, standing_in};

/// The versions that rows may name.
pub struct Known {
    versions: Vec<Version>,
    /// Those by which the snapshot can be decided.
    deciding: Vec<Version>,
    deployed: Vec<Version>,
}

impl Known {
    /// The shipped ones and `own`; `lacks` says what the snapshot does not have that one of them reads.
    ///
    /// # Errors
    /// A shipped version cannot be read, or what `lacks` fails by.
    pub fn new(own: &[Version], lacks: impl Fn(&Version) -> Result<Option<String>>) -> Result<Known> {
        let mut versions = SHIPPED.iter().map(|id| shipped(id)).collect::<Result<Vec<_>>>()?;
        versions.extend(own.iter().filter(|version| !SHIPPED.contains(&version.id.as_str())).cloned());
        let mut deciding = Vec::new();
        for version in &versions {
            if lacks(version)?.is_none() {
                deciding.push(version.clone());
            }
        }
        let (deployed, _) = standing_in(lacks)?;
        Ok(Known { versions, deciding, deployed })
    }

    pub fn version(&self, id: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.id == id)
    }

    /// The versions by which the snapshot can be decided.
    pub fn deciding(&self) -> &[Version] {
        &self.deciding
    }

    /// The versions that share a name; several where production changed behaviour inside it.
    pub fn named(&self, algorithm_version: &str) -> Vec<&Version> {
        self.versions.iter().filter(|version| version.algorithm_version == algorithm_version).collect()
    }

    /// The version that a row names; of several with the name the one that the row's signal_regimes_snapshot states,
    /// else the one in production on its date.
    pub fn of_row(&self, row: &Row, date: NaiveDate) -> Option<&Version> {
        let named = self.named(&text_of(row, "algorithm_version")?);
        if let [] | [_] = named.as_slice() {
            return named.first().copied();
        }
        let stated = text_of(row, "signal_regimes_snapshot")
            .and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
            .and_then(|regimes| Some(regimes.get("version")?.as_str()?.to_owned()));
        let stated = stated.and_then(|id| named.iter().find(|version| version.id == id));
        let current = named.iter().rev().find(|version| version.in_production_from.is_some_and(|from| from <= date));
        stated.or(current).or(named.first()).copied()
    }

    /// The version that was in production on a date, or the one that stands in for it.
    pub fn deployed_on(&self, date: NaiveDate) -> Option<&Version> {
        let deployed = self.deployed.iter().find(|version| version.decides.contains(date))?;
        self.version(&deployed.id)
    }
}

/// Which version decided the slates on which nothing is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// Each date's own.
    AsDeployed,
    By(String),
}

impl Decided {
    /// What most recorded slates name: one version, or each date's own; none where no row names a known version.
    /// `named` are the ids of the versions that each slate's rows name.
    pub fn of(named: &BTreeMap<NaiveDate, BTreeSet<String>>, known: &Known) -> Option<Decided> {
        let mut counts = BTreeMap::<&str, usize>::new();
        for id in named.values().flatten() {
            *counts.entry(id).or_default() += 1;
        }
        let is_deployed = |(date, ids): &(&NaiveDate, &BTreeSet<String>)| {
            known.deployed_on(**date).is_some_and(|version| ids.contains(&version.id))
        };
        let deployed = named.iter().filter(is_deployed).count();
        let (id, most) = counts.into_iter().max_by_key(|(_, count)| *count)?;
        Some(if deployed > most { Decided::AsDeployed } else { Decided::By(id.to_owned()) })
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        match self {
            Decided::AsDeployed => AS_DEPLOYED,
            Decided::By(id) => id,
        }
    }

    pub fn on<'a>(&self, date: NaiveDate, known: &'a Known) -> Option<&'a Version> {
        match self {
            Decided::AsDeployed => known.deployed_on(date),
            Decided::By(id) => known.version(id),
        }
    }
}

/// What a row names: as recorded, and the id of the version that it means.
pub type Named = (Option<String>, Option<String>);

/// The versions that rows name, counted; known ones first.
pub fn counted(rows: &[(Named, NaiveDate)]) -> Vec<NamedVersion> {
    let mut groups = BTreeMap::<&Named, Vec<NaiveDate>>::new();
    for (named, date) in rows {
        groups.entry(named).or_default().push(*date);
    }
    let version = |((name, id), dates): (&Named, Vec<NaiveDate>)| NamedVersion {
        algorithm_version: name.clone(),
        version: id.clone(),
        rows: count(dates.len()),
        slates: count(dates.iter().collect::<BTreeSet<_>>().len()),
    };
    let mut versions: Vec<NamedVersion> = groups.into_iter().map(version).collect();
    versions.sort_by_key(|named| named.version.is_none());
    versions
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known() -> Known {
        Known::new(&[], |_| Ok(None)).unwrap()
    }

    fn row(changes: serde_json::Value) -> Row {
        let serde_json::Value::Object(row) = changes else { panic!("a row is an object") };
        row
    }

    #[test]
    fn of_versions_with_one_name_the_stated_one_decided_else_that_of_the_date() {
        let known = known();
        let id = |row: &Row, date: &str| known.of_row(row, date.parse().unwrap()).map(|version| version.id.as_str());
        let mut of_name = row(json!({ "algorithm_version": "v307_multi_source" }));
        assert_eq!(id(&of_name, "2026-01-01"), Some("v307"));
        assert_eq!(id(&of_name, "2026-02-19"), Some("v307"));
        assert_eq!(id(&of_name, "2026-02-20"), Some("v307q"));
        of_name.insert("signal_regimes_snapshot".to_owned(), json!("{\"version\":\"v307q\"}"));
        assert_eq!(id(&of_name, "2026-01-01"), Some("v307q"));
        assert_eq!(id(&row(json!({ "algorithm_version": "v999" })), "2026-02-20"), None);
        assert_eq!(id(&row(json!({})), "2026-02-20"), None);
    }

    #[test]
    fn slates_without_rows_were_decided_by_what_most_others_name() {
        let known = known();
        let slates = |named: &[(&str, &str)]| {
            let slate = |(date, id): &(&str, &str)| (date.parse().unwrap(), BTreeSet::from([(*id).to_owned()]));
            named.iter().map(slate).collect::<BTreeMap<NaiveDate, _>>()
        };
        let one = slates(&[("2026-02-01", "v314"), ("2026-02-02", "v314"), ("2026-02-21", "v318")]);
        assert_eq!(Decided::of(&one, &known), Some(Decided::By("v314".to_owned())));
        let deployed = slates(&[("2026-02-17", "v284b"), ("2026-02-18", "v298"), ("2026-02-21", "v314")]);
        assert_eq!(Decided::of(&deployed, &known), Some(Decided::AsDeployed));
        assert_eq!(Decided::of(&BTreeMap::new(), &known), None);
    }
}
