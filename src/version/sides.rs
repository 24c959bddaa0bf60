//! Thresholds that are another one on OVERs than on UNDERs: `min_edge.over`, `min_edge.under`.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::catalogue::{Catalogue, Parameter};
use super::{Value, Version};

/// The side of a bet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Side {
    Over,
    Under,
}

impl Side {
    pub const ALL: [Side; 2] = [Side::Over, Side::Under];

    /// That of a recommendation.
    pub fn of(recommendation: &str) -> Option<Side> {
        Side::ALL.into_iter().find(|side| side.to_string() == recommendation)
    }

    /// How it ends the name of a parameter.
    pub fn key(self) -> &'static str {
        match self {
            Side::Over => "over",
            Side::Under => "under",
        }
    }

    /// The name of a parameter on this side.
    pub fn parameter(self, of: &str) -> String {
        format!("{of}.{}", self.key())
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Over => "OVER",
            Side::Under => "UNDER",
        })
    }
}

/// The parameter that a name is one side of, as far as the name says.
fn split(name: &str) -> Option<(&str, Side)> {
    let (of, key) = name.rsplit_once('.')?;
    Some((of, Side::ALL.into_iter().find(|side| side.key() == key)?))
}

impl Catalogue {
    /// A parameter by its name; one of a side takes the values of the whole one.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.get(name).or_else(|| self.parameters.get(self.side_of(name)?.0))
    }

    /// The parameter of which a name is one side: a number that a definition compares candidates with.
    pub fn side_of<'n>(&self, name: &'n str) -> Option<(&'n str, Side)> {
        let (of, side) = split(name).filter(|_| !self.parameters.contains_key(name))?;
        let is_number = self.parameters.get(of).is_some_and(|known| known.kind.is_number());
        (is_number && self.is_compared(of)).then_some((of, side))
    }

    /// Whether a definition's expressions name a parameter, or it is the threshold of a filter.
    fn is_compared(&self, name: &str) -> bool {
        self.signals_with(name).chain(self.scores_with(name)).next().is_some()
            || self.filters.values().any(|filter| filter.parameter.as_deref() == Some(name) || filter.is_named(name))
    }
}

impl Version {
    /// The parameter whose value counts on a side: the side's own, where the version states it.
    pub fn name_on(&self, name: &str, side: Option<Side>) -> String {
        let of_side = side.map(|side| side.parameter(name)).filter(|of_side| self.parameters.contains_key(of_side));
        of_side.unwrap_or_else(|| name.to_owned())
    }

    /// The parameters by which a version states one, the whole or its sides: one where both sides have the same.
    pub fn names_of(&self, name: &str) -> Vec<String> {
        let stated = Side::ALL.map(|side| self.name_on(name, Some(side)));
        if stated.iter().all(|own| own == name) { vec![name.to_owned()] } else { stated.to_vec() }
    }

    /// The parameters of which it states a side.
    pub fn sided(&self) -> impl Iterator<Item = &str> {
        self.parameters.keys().filter_map(|name| Some(self.catalogue.side_of(name)?.0))
    }

    /// Every parameter that it knows, and the sides that it states, by name.
    pub fn all_parameters(&self) -> Vec<(&str, &Parameter)> {
        let whole = self.catalogue.parameters.iter().map(|(name, known)| (name.as_str(), known));
        let is_side = |name: &&String| self.catalogue.side_of(name).is_some();
        let sides = self.parameters.keys().filter(is_side);
        let sides = sides.filter_map(|name| Some((name.as_str(), self.catalogue.parameter(name)?)));
        let mut all: Vec<_> = whole.chain(sides).collect();
        all.sort_by_key(|(name, _)| *name);
        all
    }

    /// The value of the whole parameter that a name is one side of.
    pub(super) fn whole(&self, name: &str) -> Option<Value> {
        let (of, _) = self.catalogue.side_of(name)?;
        Some(self.parameter(of))
    }
}

#[cfg(test)]
mod tests {
    use super::super::shipped;
    use super::*;

    #[test]
    fn a_side_has_its_own_value_or_that_of_the_whole() {
        let mut version = shipped("v318").unwrap();
        let value = |version: &Version, name: &str| version.parameter(name).to_string();
        assert_eq!(["min_edge.over", "min_edge.under"].map(|name| value(&version, name)), ["5", "5"]);
        version.set("min_edge.over", "6").unwrap();
        assert_eq!(["min_edge.over", "min_edge.under", "min_edge"].map(|name| value(&version, name)), ["6", "5", "5"]);
        version.set("min_edge", "4").unwrap();
        assert_eq!(["min_edge.over", "min_edge.under"].map(|name| value(&version, name)), ["6", "4"]);
        version.set("min_edge.under", "off").unwrap();
        assert_eq!(value(&version, "min_edge.under"), "off");
        assert_eq!(version.names_of("min_edge"), ["min_edge.over", "min_edge.under"]);
        assert_eq!(version.names_of("line_jump"), ["line_jump"]);
        assert_eq!(version.changes(), ["min_edge=4", "min_edge.over=6", "min_edge.under=off"]);
    }

    #[test]
    fn only_what_candidates_are_compared_with_has_sides() {
        let mut version = shipped("v318").unwrap();
        for name in ["cap.over", "blacklist_min_edge.over", "champion.over", "confidence_band.under", "min_edge.left"] {
            let error = version.set(name, "3").unwrap_err().to_string();
            assert!(error.starts_with(&format!("unknown parameter '{name}'")), "{error}");
        }
        for name in
            ["min_edge.over", "high_edge.min_edge.under", "blacklist_min_picks.over", "under_max_edge_line.under"]
        {
            version.set(name, "3").unwrap();
        }
        assert_eq!(
            version.set("min_edge.over", "x").unwrap_err().to_string(),
            "min_edge.over=x: must be a number or off"
        );
    }
}
