//! The columns of `decisions` with which picks and candidates are told: which there are besides the features, who reads
//! them, and under which key the document has them. What each means and its unit stands in
//! `queries/decisions/decisions.sql`.

use crate::snapshot::contract::{Column, Kind};

/// A column of `decisions` that is no feature.
#[derive(Debug, Clone, Copy)]
pub struct PickColumn {
    pub name: &'static str,
    /// Its key in the decision document.
    pub key: Option<&'static str>,
    /// Its type in a frozen decision.
    pub frozen: Option<Kind>,
    readers: &'static [Reader],
}

/// Who shows picks or candidates by some of their columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A replay's summary.
    Summary,
    /// Picks that are compared: the columns are those of `picks`, too.
    Comparison,
    /// The traces of all picks in a report.
    Traces,
    /// What `verify` says of a difference that nothing explains.
    Verification,
}

use Reader::{Comparison, Summary, Traces, Verification};

const ALL: &[Reader] = &[Summary, Comparison, Traces, Verification];

/// The columns, in the order of a frozen decision.
pub const COLUMNS: &[PickColumn] = &[
    // Who decides about whom.
    named("version").read_by(&[Traces, Verification]),
    named("algorithm_version").in_document("algorithm_version"),
    named("game_date").read_by(&[Comparison, Traces, Verification]),
    named("player_lookup").read_by(ALL).in_document("player_lookup").frozen(Kind::Text),
    named("game_id").read_by(&[Comparison, Traces, Verification]).in_document("game_id").frozen(Kind::Text),
    named("player").read_by(&[Summary, Comparison, Traces]).in_document("player"),
    named("team").read_by(&[Summary, Traces]).in_document("team"),
    named("opponent").read_by(&[Summary, Traces]).in_document("opponent"),
    named("is_home").read_by(&[Traces]),
    named("no_earlier_game").read_by(&[Traces]),
    // The rows from which features are read.
    named("stats_game_id"),
    named("stats_game_date"),
    named("streak_game_date"),
    named("previous_line_date"),
    named("v12_system_id"),
    // The bet, and whose it is.
    named("source_model_id").read_by(ALL).in_document("source_model").frozen(Kind::Text),
    named("source_model_family").read_by(&[Traces]).in_document("source_model_family"),
    named("source_tie").read_by(&[Traces]),
    named("recommendation").read_by(ALL).in_document("direction").frozen(Kind::Text),
    named("predicted_points").read_by(&[Traces]).in_document("prediction").frozen(Kind::Decimal(5, 1)),
    named("line").read_by(ALL).in_document("line").frozen(Kind::Decimal(4, 1)),
    named("edge").read_by(ALL).in_document("edge").frozen(Kind::Decimal(6, 1)),
    named("abs_edge"),
    named("confidence_score").read_by(&[Traces]).in_document("confidence").frozen(Kind::Decimal(5, 2)),
    named("feature_quality_score").read_by(&[Traces]),
    // Attribution and consensus.
    named("n_bids"),
    named("n_models_eligible").in_document("n_models_eligible"),
    named("champion_edge").in_document("champion_edge"),
    named("direction_conflict").in_document("direction_conflict"),
    named("model_agreement_count").in_document("model_agreement"),
    named("agreeing_model_ids").in_document("agreeing_models"),
    named("feature_set_diversity").in_document("feature_diversity"),
    named("consensus_bonus").in_document("consensus_bonus"),
    named("quantile_consensus_under").in_document("quantile_under_consensus"),
    // Signals, and what is made of them.
    named("signal_confidence"),
    named("signal_tags").read_by(&[Summary, Verification]).in_document("signals").frozen(Kind::TextList),
    named("signal_count").in_document("signal_count"),
    named("matched_combo_id").read_by(&[Traces]).in_document("matched_combo_id").frozen(Kind::Text),
    named("combo_classification").read_by(&[Traces]).in_document("combo_classification"),
    named("combo_hit_rate").read_by(&[Traces]).in_document("combo_hit_rate"),
    named("combo_by_order").read_by(&[Traces]),
    named("alternative_combo_id").read_by(&[Traces]),
    named("warning_tags").in_document("warnings"),
    named("pick_angles").in_document("angles"),
    named("qualifying_subsets").in_document("qualifying_subsets"),
    named("qualifying_subset_count").in_document("qualifying_subset_count"),
    // The decision.
    named("filters"),
    named("failing_filters").read_by(&[Verification]).frozen(Kind::TextList),
    named("first_filter").frozen(Kind::Text),
    named("composite_score").read_by(&[Traces]).in_document("composite_score").frozen(Kind::Double),
    named("rank").read_by(ALL).in_document("rank").frozen(Kind::Integer),
    named("capped_by"),
    named("selected").read_by(&[Verification]).frozen(Kind::Boolean),
    // What came of it.
    named("actual_points").read_by(&[Summary, Traces]),
    named("outcome").read_by(&[Summary, Comparison, Traces]),
    named("units").read_by(&[Traces]),
];

/// The columns of a frozen decision's candidates.
pub const FROZEN: &[Column] = &FROZEN_COLUMNS;

const FROZEN_COLUMNS: [Column; frozen_columns()] = {
    let mut frozen = [Column { name: "", kind: Kind::Text, required: false, words: &[] }; frozen_columns()];
    let (mut at, mut next) = (0, 0);
    while at < COLUMNS.len() {
        if let Some(kind) = COLUMNS[at].frozen {
            frozen[next].name = COLUMNS[at].name;
            frozen[next].kind = kind;
            next += 1;
        }
        at += 1;
    }
    frozen
};

const fn frozen_columns() -> usize {
    let (mut at, mut count) = (0, 0);
    while at < COLUMNS.len() {
        count += COLUMNS[at].frozen.is_some() as usize;
        at += 1;
    }
    count
}

const fn named(name: &'static str) -> PickColumn {
    PickColumn { name, key: None, frozen: None, readers: &[] }
}

impl PickColumn {
    const fn read_by(self, readers: &'static [Reader]) -> PickColumn {
        PickColumn { readers, ..self }
    }

    const fn in_document(self, key: &'static str) -> PickColumn {
        PickColumn { key: Some(key), ..self }
    }

    const fn frozen(self, kind: Kind) -> PickColumn {
        PickColumn { frozen: Some(kind), ..self }
    }
}

/// The names of the columns that a reader shows.
pub fn names(reader: Reader) -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().filter(move |column| column.readers.contains(&reader)).map(|column| column.name)
}

/// The columns that a reader shows, as a SELECT lists them.
pub fn list(reader: Reader) -> String {
    names(reader).collect::<Vec<_>>().join(", ")
}

/// The columns of the decision document under its keys, as a SELECT lists them.
pub fn list_of_document() -> String {
    let under_key = |column: &PickColumn| column.key.map(|key| format!("{} AS {key}", column.name));
    COLUMNS.iter().filter_map(under_key).collect::<Vec<_>>().join(", ")
}

/// The fields of what is read from such columns.
#[cfg(test)]
pub fn fields<T: schemars::JsonSchema>() -> std::collections::BTreeSet<String> {
    let schema = schemars::schema_for!(T);
    let properties = schema.get("properties").and_then(serde_json::Value::as_object);
    properties.into_iter().flat_map(|properties| properties.keys().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::engine::Lineage;

    async fn columns_of(relation: &str) -> BTreeSet<String> {
        Lineage::of(relation).await.unwrap().columns().map(|(name, _)| name.to_owned()).collect()
    }

    #[tokio::test]
    async fn every_column_is_one_of_decisions_and_what_is_compared_one_of_picks() {
        let decisions = columns_of("decisions").await;
        let stated: BTreeSet<&str> = COLUMNS.iter().map(|column| column.name).collect();
        assert_eq!(stated.len(), COLUMNS.len());
        assert_eq!(stated.iter().filter(|name| !decisions.contains(**name)).collect::<Vec<_>>(), [] as [&&str; 0]);
        let picks = columns_of("picks").await;
        assert_eq!(names(Comparison).filter(|name| !picks.contains(*name)).collect::<Vec<_>>(), [] as [&str; 0]);
    }

    #[test]
    fn what_is_frozen_keeps_its_place() {
        let frozen: Vec<&str> = FROZEN.iter().map(|column| column.name).collect();
        let expected = [
            "player_lookup",
            "game_id",
            "source_model_id",
            "recommendation",
            "predicted_points",
            "line",
            "edge",
            "confidence_score",
            "signal_tags",
            "matched_combo_id",
            "failing_filters",
            "first_filter",
            "composite_score",
            "rank",
            "selected",
        ];
        assert_eq!(frozen, expected);
    }
}
