//! The traces of all picks of a replay, a column a value: what [`super::player`] says of one, small enough for a season.
//!
//! Whatever is the same for every pick of a version (thresholds, descriptions) is said once a version.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::datum::{Datum, Row, Rows};
use super::features::{self, FeatureFacts, Missing};
use super::filters::{self, inert, unit};
use super::signals::threshold;
use super::{BIDS, Threshold};
use crate::definition::Blocks;
use crate::error::Result;
use crate::pick_columns::{self, Reader};
use crate::replay::Replay;
use crate::snapshot::Snapshot;
use crate::version::{Cap, Version};

/// The picks of a replay with their traces; every column has a value a pick, in order of date, rank and version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Traces {
    pub picks: u64,
    pub versions: Vec<VersionFacts>,
    /// Columns of `decisions`.
    pub columns: BTreeMap<&'static str, Column>,
    pub features: Vec<FeatureFacts>,
    /// By feature and input of a signal, a column of `decisions`.
    pub values: BTreeMap<String, Column>,
    /// By signal its confidence, null where it does not qualify.
    pub signals: BTreeMap<String, Column>,
    /// By filter what it judged, null where there is nothing to judge.
    pub filters: BTreeMap<String, Column>,
    pub bids: BidColumns,
}

/// What the picks of a version have in common.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VersionFacts {
    pub version: String,
    pub algorithm_version: String,
    pub summary: String,
    /// What was changed of it, such as `cap=5`.
    pub changes: Vec<String>,
    pub cap: Datum,
    /// In its order.
    pub signals: Vec<SignalFacts>,
    /// In its order.
    pub filters: Vec<FilterFacts>,
}

/// What a signal is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignalFacts {
    pub signal: String,
    pub about: String,
    /// Columns of `decisions`.
    pub inputs: Vec<String>,
    pub thresholds: Vec<Threshold>,
}

/// What a filter is, and how a version has set it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FilterFacts {
    pub filter: String,
    pub about: String,
    /// Null: off, or a filter without a threshold.
    pub threshold: Datum,
    pub blocks: Option<Blocks>,
    pub unit: Option<String>,
    pub is_on: bool,
    /// In words, such as `below 5 points`; `off` where it is.
    pub rule: String,
    /// Why it never blocks anyone in this version as shipped.
    pub inert: Option<String>,
}

/// The models that bid for the picks: a row a bid, largest edge first within a pick.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct BidColumns {
    /// How many bids each pick has.
    pub counts: Vec<u64>,
    pub columns: BTreeMap<&'static str, Column>,
}

/// Values of which each is written once where that is shorter: `{"all": V}`, `{"values": [...]}`, or
/// `{"names": [...], "at": [...]}` with places in `names`.
#[derive(Debug, Clone, PartialEq)]
pub struct Column(Vec<Datum>);

impl Column {
    fn of(rows: &Rows, name: &str) -> Result<Column> {
        rows.iter().map(|row| row.get(name)).collect::<Result<_>>().map(Column)
    }

    /// Of a field of a struct column.
    fn field(rows: &Rows, column: &str, path: &[&str]) -> Result<Column> {
        rows.iter().map(|row| row.field(column, path)).collect::<Result<_>>().map(Column)
    }
}

impl Serialize for Column {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "lowercase")]
        enum Form<'a> {
            All(&'a Datum),
            Values(&'a [Datum]),
            #[serde(untagged)]
            Named {
                names: Vec<&'a Datum>,
                at: Vec<usize>,
            },
        }
        let Column(values) = self;
        let form = match values.split_first() {
            Some((first, rest)) if rest.iter().all(|value| value == first) => Form::All(first),
            Some((Datum::Text(_) | Datum::Date(_) | Datum::Absent, _)) if values.iter().any(is_text) => {
                let mut places = BTreeMap::new();
                let mut names = Vec::new();
                let at = values.iter().map(|value| {
                    *places.entry(value.to_string()).or_insert_with(|| {
                        names.push(value);
                        names.len() - 1
                    })
                });
                let at = at.collect();
                Form::Named { names, at }
            }
            _ => Form::Values(values),
        };
        form.serialize(serializer)
    }
}

fn is_text(value: &Datum) -> bool {
    matches!(value, Datum::Text(_) | Datum::Date(_))
}

const PICKS: &str = "SELECT * FROM decisions WHERE selected ORDER BY game_date, rank, version";

/// The columns of a bid, `won` besides.
const BID_COLUMNS: [&str; 7] =
    ["system_id", "family", "predicted_points", "line", "edge", "confidence_score", "weight"];

/// The traces of a replay's picks.
///
/// # Errors
/// Data that breaks the contract.
pub async fn of_picks(replay: &Replay, snapshot: &Snapshot) -> Result<Traces> {
    replay.compute(&["decisions", "bids", "weighted_bids"]).await?;
    let rows = Rows::new(&replay.engine.query(PICKS).await?)?;
    let features = features::facts(&Missing::of(snapshot, &replay.versions).await?, &replay.versions);
    let versions: Vec<VersionFacts> = replay.versions.iter().map(facts).collect();
    let inputs = versions.iter().flat_map(|version| &version.signals).flat_map(|signal| &signal.inputs);
    let names = features.iter().map(|feature| &feature.name).chain(inputs);
    let mut columns = BTreeMap::new();
    for name in pick_columns::names(Reader::Traces) {
        columns.insert(name, Column::of(&rows, name)?);
    }
    let mut values = BTreeMap::new();
    for name in names {
        values.insert(name.clone(), Column::of(&rows, name)?);
    }
    let mut signals = BTreeMap::new();
    for name in replay.signals() {
        let confidence = |row: Row<'_>| Ok(row.field("signal_confidence", &[&name])?.double());
        let confidences = rows.iter().map(confidence).collect::<Result<Vec<Option<f64>>>>()?;
        let confidences = confidences.into_iter().map(|of| of.map_or(Datum::Absent, Datum::Double)).collect();
        signals.insert(name, Column(confidences));
    }
    let mut filters = BTreeMap::new();
    for name in replay.filters() {
        let judged = Column::field(&rows, "filters", &[&name, "value"])?;
        filters.insert(name, judged);
    }
    Ok(Traces {
        picks: rows.iter().count() as u64,
        bids: bids(replay, &rows).await?,
        versions,
        columns,
        features,
        values,
        signals,
        filters,
    })
}

/// What a version is made of.
fn facts(version: &Version) -> VersionFacts {
    let signal = |name: &String| {
        let known = version.catalogue.signals.get(name)?;
        Some(SignalFacts {
            signal: name.clone(),
            about: known.about.clone(),
            inputs: known.inputs.clone(),
            thresholds: known
                .parameters
                .iter()
                .flat_map(|parameter| version.names_of(parameter))
                .map(|parameter| threshold(&parameter, version))
                .collect(),
        })
    };
    let filter = |name: &String| {
        let known = version.catalogue.filters.get(name)?;
        let (threshold, unit) = (filters::threshold(known, version), unit(known, version));
        Some(FilterFacts {
            filter: name.clone(),
            about: known.about.clone(),
            rule: filters::rule_in(known, version),
            is_on: filters::is_on(known, version),
            threshold,
            blocks: known.blocks,
            unit,
            inert: inert(name, version),
        })
    };
    VersionFacts {
        version: version.id.clone(),
        algorithm_version: version.algorithm_version.clone(),
        summary: version.summary.clone(),
        changes: version.changes(),
        cap: Datum::from(version.parameter(Cap::Slate.parameter())),
        signals: version.signals.iter().filter_map(signal).collect(),
        filters: version.filters.iter().filter_map(filter).collect(),
    }
}

/// The bids for each of `picks`.
async fn bids(replay: &Replay, picks: &Rows) -> Result<BidColumns> {
    let sql = format!(
        "SELECT d.version, d.player_lookup AS pick, d.game_id AS game, d.source_model_id = b.system_id AS won, b.* \
         FROM decisions AS d JOIN params AS p ON p.version = d.version JOIN ({BIDS}) AS b \
         ON b.candidate_set = p.candidate_set AND b.player_lookup = d.player_lookup AND b.game_id = d.game_id \
         WHERE d.selected ORDER BY d.game_date, d.rank, d.version, b.weighted_edge DESC, won DESC, b.system_id"
    );
    let bids = Rows::new(&replay.engine.query(&sql).await?)?;
    let mut counts: Vec<u64> = Vec::new();
    let key = |row: Row<'_>, player, game| {
        Ok::<_, crate::error::Error>([row.text("version")?, row.text(player)?, row.text(game)?])
    };
    let mut rest = bids.iter().peekable();
    for pick in picks.iter() {
        let wanted = key(pick, "player_lookup", "game_id")?;
        let mut count = 0;
        while let Some(bid) = rest.peek().copied() {
            if key(bid, "pick", "game")? != wanted {
                break;
            }
            count += 1;
            rest.next();
        }
        counts.push(count);
    }
    let mut columns = BTreeMap::new();
    for name in BID_COLUMNS.into_iter().chain(["won"]) {
        columns.insert(name, Column::of(&bids, name)?);
    }
    Ok(BidColumns { counts, columns })
}
