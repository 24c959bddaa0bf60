//! The choices that several versions share, so that what depends on them is computed once for all of them.
//!
//! A choice keeps its id as long as the session lives, whatever else is asked.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Date32Type};
use datafusion::common::ScalarValue;

use super::rows::{Rows, column_type, integer, scalar, text};
use crate::definition::Past;
use crate::error::Result;
use crate::version::catalogue::catalogue;
use crate::version::{Family, Value, Version};

/// The choices made so far, each different one once, and which of them the input relations state.
pub struct Sets {
    families: Vec<Vec<Family>>,
    bids: Distinct,
    candidates: Distinct,
    consensus: Distinct,
    features: Distinct,
    affinity: Distinct,
    health: Distinct,
    /// Those of versions that are to be asked later.
    expected: Vec<Chosen>,
    /// The most days that any version looks back for lines.
    line_days: i64,
    /// The pasts of which any version names a feature.
    pasts: BTreeSet<Past>,
}

/// The ids of a version's choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    pub candidate_set: i64,
    pub consensus_set: i64,
    pub feature_set: i64,
    pub affinity_set: i64,
    pub health_set: i64,
}

impl Default for Sets {
    fn default() -> Self {
        Sets {
            families: Vec::new(),
            bids: Distinct::new(
                "bid_set",
                &["candidates", "champion", "attribution_edge"],
                &[("family_set", DataType::Int64)],
            ),
            candidates: Distinct::new(
                "candidate_set",
                &[
                    "candidates",
                    "champion",
                    "tie",
                    "attribution_edge",
                    "source_weight",
                    "source_weight_days",
                    "source_weight_min_edge",
                    "source_weight_min_graded",
                    "source_weight_full_rate",
                    "source_weight_shrink_graded",
                    "source_weight_zero_rate",
                    "source_weight_one_rate",
                    "source_weight_min_best_bets",
                ],
                &[("family_set", DataType::Int64), ("bid_set", DataType::Int64)],
            ),
            consensus: Distinct::new(
                "consensus_set",
                &[
                    "consensus_edge",
                    "consensus_slate_families",
                    "consensus_quantile_rule",
                    "consensus_diversity_factor",
                ],
                &[("family_set", DataType::Int64), ("quantile_families", DataType::Int64)],
            ),
            features: Distinct::new(
                "feature_set",
                &[
                    "champion",
                    "stats_since",
                    "line_move_days",
                    "health_days",
                    "health_min_edge",
                    "health_blocked",
                    "health_watch",
                    "direction_days",
                    "blacklist_min_edge",
                    "blacklist_systems",
                ],
                &[("frame_lag", DataType::Int64)],
            ),
            affinity: Distinct::new(
                "affinity_set",
                &["affinity_days", "affinity_min_picks", "affinity_min_edge", "affinity_low_vegas"],
                &[],
            ),
            health: Distinct::new("health_set", &["health"], &[]),
            expected: Vec::new(),
            line_days: 0,
            pasts: BTreeSet::new(),
        }
    }
}

impl Sets {
    /// The choices of a version. frame_lag: production's frames end one game before the player's latest; fixed ones with
    /// it.
    pub fn of(&mut self, version: &Version) -> Result<Chosen> {
        let family_set = self.family_set(&version.families);
        let quantile: BTreeSet<&str> =
            version.families.iter().filter(|f| f.loss == "quantile").map(|f| f.family.as_str()).collect();
        let quantile_families = i64::try_from(quantile.len()).unwrap_or(i64::MAX);
        if let Value::Integer(days) = version.parameter("line_move_days") {
            self.line_days = self.line_days.max(days);
        }
        self.pasts.extend(version.features().iter().map(|feature| feature.from));
        let frame_lag = i64::from(version.text("windows") == "faithful");
        let bid_set = self.bids.id_of(version, vec![integer(family_set)])?;
        let candidate_set = self.candidates.id_of(version, [family_set, bid_set].map(integer).to_vec())?;
        let consensus_set = self.consensus.id_of(version, [family_set, quantile_families].map(integer).to_vec())?;
        let feature_set = self.features.id_of(version, vec![integer(frame_lag)])?;
        let affinity_set = self.affinity.id_of(version, Vec::new())?;
        let health_set = self.health.id_of(version, Vec::new())?;
        Ok(Chosen { candidate_set, consensus_set, feature_set, affinity_set, health_set })
    }

    /// What the relations are to state: `chosen`. Choices of a kind that are all stated already stay as they are, others
    /// beside them, so that nothing made of them needs to be made again.
    pub fn state(&mut self, chosen: &[Chosen]) {
        let ids = |of: fn(&Chosen) -> i64| chosen.iter().chain(&self.expected).map(of).collect::<BTreeSet<_>>();
        self.candidates.state(ids(|chosen| chosen.candidate_set));
        self.bids.state(self.candidates.stated_values("bid_set"));
        self.consensus.state(ids(|chosen| chosen.consensus_set));
        self.features.state(ids(|chosen| chosen.feature_set));
        self.affinity.state(ids(|chosen| chosen.affinity_set));
        self.health.state(ids(|chosen| chosen.health_set));
    }

    /// States the choices of `versions` with whatever is asked from now on, since they are going to be asked.
    pub fn expect(&mut self, versions: &[Version]) -> Result<()> {
        self.expected = versions.iter().map(|version| self.of(version)).collect::<Result<_>>()?;
        Ok(())
    }

    /// The relations of what is stated, by name.
    pub fn relations(&self) -> Result<[(&'static str, RecordBatch); 8]> {
        Ok([
            ("families", self.families()?),
            ("bid_sets", self.bids.relation()?),
            ("candidate_sets", self.candidates.relation()?),
            ("consensus_sets", self.consensus.relation()?),
            ("feature_sets", self.features.relation()?),
            ("affinity_sets", self.affinity.relation()?),
            ("health_sets", self.health.relation_without("health", "live")?),
            ("reach", self.reach()?),
        ])
    }

    /// How many days before the first slate lines are looked for.
    pub fn line_days(&self) -> i64 {
        self.line_days
    }

    /// The most days that what is stated counts health, directions or affinities over.
    pub fn days(&self) -> i64 {
        let features = ["health_days", "direction_days"].map(|column| self.features.stated_values(column));
        let days = features.into_iter().flatten().chain(self.affinity.stated_values("affinity_days"));
        days.max().unwrap_or_default()
    }

    /// From when on statistics are taken where what is stated says so itself.
    pub fn stats_since(&self) -> BTreeSet<NaiveDate> {
        self.features.stated_in("stats_since", |value| match value {
            ScalarValue::Date32(Some(days)) => Date32Type::to_naive_date_opt(*days),
            _ => None,
        })
    }

    /// Lets predictions be looked at from so many days before the first slate on.
    pub fn look_back(&mut self, days: i64) {
        self.line_days = self.line_days.max(days);
    }

    /// reach: how many days before the first slate any version asked so far looks for lines, whether any looks at games that
    /// the player did not play, and at all of the season's predictions. One row.
    fn reach(&self) -> Result<RecordBatch> {
        let columns =
            [("line_days", DataType::Int64), ("all_games", DataType::Boolean), ("all_lines", DataType::Boolean)];
        let mut rows = Rows::new(columns.to_vec());
        let looks = |past: Past| ScalarValue::Boolean(Some(self.pasts.contains(&past)));
        rows.push(vec![integer(self.line_days), looks(Past::Games), looks(Past::Predictions)]);
        rows.finish()
    }

    fn family_set(&mut self, families: &[Family]) -> i64 {
        let at = self.families.iter().position(|list| list == families).unwrap_or_else(|| {
            self.families.push(families.to_vec());
            self.families.len() - 1
        });
        i64::try_from(at).unwrap_or(i64::MAX)
    }

    fn families(&self) -> Result<RecordBatch> {
        let mut stated = self.candidates.stated_values("family_set");
        stated.extend(self.consensus.stated_values("family_set"));
        let lists = (0..).zip(&self.families).filter(|(set, _)| stated.contains(set));
        families_relation(&lists.map(|(set, families)| (set, families.as_slice())).collect::<Vec<_>>())
    }
}

/// families: the families of a set in the order in which they are tried. Grain: family_set, ordinal.
/// model_families: the same of monitoring alone. Grain: ordinal.
pub fn families_relation(lists: &[(i64, &[Family])]) -> Result<RecordBatch> {
    let mut rows = Rows::new(vec![
        ("family_set", DataType::Int64),
        ("ordinal", DataType::Int64),
        ("family", DataType::Utf8View),
        ("match", DataType::Utf8View),
        ("pattern", DataType::Utf8View),
        ("feature_set", DataType::Utf8View),
        ("loss", DataType::Utf8View),
        ("is_candidate", DataType::Boolean),
    ]);
    for (set, families) in lists {
        for (ordinal, family) in (1..).zip(*families) {
            let (kind, pattern) = match (&family.equals, &family.starts_with) {
                (Some(id), _) => ("equals", id.as_str()),
                (None, prefix) => ("starts_with", prefix.as_deref().unwrap_or_default()),
            };
            rows.push(vec![
                integer(*set),
                integer(ordinal),
                text(&family.family),
                text(kind),
                text(pattern),
                text(&family.feature_set),
                text(&family.loss),
                ScalarValue::Boolean(Some(family.candidate)),
            ]);
        }
    }
    rows.finish()
}

/// Different choices of a kind: an id, parameters by name, and columns derived from others. A choice's id is its place.
struct Distinct {
    parameters: &'static [&'static str],
    columns: Vec<(String, DataType)>,
    ids: BTreeMap<String, i64>,
    choices: Vec<Vec<ScalarValue>>,
    stated: BTreeSet<i64>,
}

impl Distinct {
    fn new(id: &str, parameters: &'static [&'static str], derived: &[(&str, DataType)]) -> Distinct {
        let mut columns = vec![(id.to_owned(), DataType::Int64)];
        let of_catalogue = |name: &&str| ((*name).to_owned(), column_type(&catalogue().parameters[*name]));
        columns.extend(parameters.iter().map(of_catalogue));
        columns.extend(derived.iter().map(|(name, kind)| ((*name).to_owned(), kind.clone())));
        Distinct { parameters, columns, ids: BTreeMap::new(), choices: Vec::new(), stated: BTreeSet::new() }
    }

    fn id_of(&mut self, version: &Version, derived: Vec<ScalarValue>) -> Result<i64> {
        let parameter = |name: &&str| scalar(&catalogue().parameters[*name], &version.parameter(name));
        let mut values = self.parameters.iter().map(parameter).collect::<Result<Vec<_>>>()?;
        values.extend(derived);
        let next = i64::try_from(self.choices.len()).unwrap_or(i64::MAX);
        let id = *self.ids.entry(format!("{values:?}")).or_insert(next);
        if id == next {
            values.insert(0, integer(id));
            self.choices.push(values);
        }
        Ok(id)
    }

    fn state(&mut self, ids: BTreeSet<i64>) {
        if !ids.is_subset(&self.stated) {
            self.stated = ids;
        }
    }

    fn stated(&self) -> impl Iterator<Item = &Vec<ScalarValue>> {
        self.stated.iter().filter_map(|id| self.choices.get(usize::try_from(*id).ok()?))
    }

    /// The values of a derived column in what is stated.
    fn stated_values(&self, column: &str) -> BTreeSet<i64> {
        self.stated_in(column, |value| match value {
            ScalarValue::Int64(value) => *value,
            _ => None,
        })
    }

    fn stated_in<T: Ord>(&self, column: &str, value: impl Fn(&ScalarValue) -> Option<T>) -> BTreeSet<T> {
        let at = self.columns.iter().position(|(name, _)| name == column);
        self.stated().filter_map(|choice| value(choice.get(at?)?)).collect()
    }

    fn relation(&self) -> Result<RecordBatch> {
        let mut rows = Rows::new(self.columns.clone());
        self.stated().for_each(|choice| rows.push(choice.clone()));
        rows.finish()
    }

    /// The same without the choices in which a column has this text.
    fn relation_without(&self, column: &str, unwanted: &str) -> Result<RecordBatch> {
        let at = self.columns.iter().position(|(name, _)| name == column);
        let is_unwanted = |choice: &Vec<ScalarValue>| {
            let value = at.and_then(|at| choice.get(at)?.try_as_str()?);
            value == Some(unwanted)
        };
        let mut rows = Rows::new(self.columns.clone());
        self.stated().filter(|choice| !is_unwanted(choice)).for_each(|choice| rows.push(choice.clone()));
        rows.finish()
    }
}
