//! What production records of a decision: rows of signal_best_bets_picks, and a document a slate
//! (specification: selection, "Recorded row", "Decision document").

mod against;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use serde::Deserialize;
use serde_json::json;

pub use against::{
    Against, Difference, Differing, NOT_COMPARED, PickKey, Row, SlateAgainst, against, agree, differing, text_of,
};

use crate::dates::Day;
use crate::document::{Document, documents};
use crate::error::{Error, Result};
use crate::formats;
use crate::replay::Replay;
use crate::snapshot::{Snapshot, rows};
use crate::version::Version;

/// The table that the rows are of.
pub const TABLE: &str = "signal_best_bets_picks";

const ORDER: &str = "version, game_date, rank";

/// What is recorded of a replay.
#[derive(Debug)]
pub struct Record {
    /// Rows of signal_best_bets_picks as the source has them, in order of version, date and rank.
    pub rows: RecordBatch,
    /// By version in the replay's order and by date.
    pub documents: Vec<Document>,
}

#[derive(Deserialize)]
struct Key {
    version: String,
    game_date: Day,
    player_lookup: String,
    game_id: String,
}

#[derive(Deserialize)]
struct Blacklist {
    version: String,
    game_date: Day,
    evaluated: u64,
    #[serde(default)]
    all_players: Vec<String>,
}

type Blacklists = BTreeMap<(String, NaiveDate), Blacklist>;

/// A slate's document with the version that decided it.
type Decided<'a> = BTreeMap<(&'a str, NaiveDate), (&'a Version, &'a Document)>;

/// What production would record of `replay`, which was opened on `snapshot`.
///
/// # Errors
/// A value that its column cannot hold, or data that breaks the contract.
pub async fn record(replay: &Replay, snapshot: &Snapshot) -> Result<Record> {
    replay.compute(&["best_bets_rows", "slate_blacklists"]).await?;
    let documents = documents(replay, snapshot).await?;
    let blacklists = blacklists(replay).await?;
    let batches = replay.engine.query(&format!("SELECT * FROM best_bets_rows ORDER BY {ORDER}")).await?;
    let whole =
        batches.iter().map(|batch| with_texts(replay, &documents, &blacklists, batch)).collect::<Result<Vec<_>>>()?;
    let rows = rows::as_source_has(&whole, TABLE, snapshot.pulled_at())?;
    Ok(Record { rows, documents })
}

/// `rows` with the columns that are JSON texts.
fn with_texts(
    replay: &Replay,
    documents: &[Document],
    blacklists: &Blacklists,
    rows: &RecordBatch,
) -> Result<RecordBatch> {
    let decided = replay.versions.iter().flat_map(|version| {
        let slates = replay.slates.iter().filter(|slate| version.decides.contains(slate.game_date));
        slates.map(move |slate| (version, slate.game_date))
    });
    let decided: Decided<'_> = decided
        .zip(documents)
        .map(|((version, date), document)| ((version.id.as_str(), date), (version, document)))
        .collect();
    let mut regimes = BTreeMap::new();
    for (key, (version, document)) in &decided {
        let blacklist = blacklists.get(&(key.0.to_owned(), key.1));
        regimes.insert(*key, regimes_snapshot(version, document, blacklist)?);
    }
    let (mut subsets, mut snapshots) = (Vec::new(), Vec::new());
    for key in formats::rows::<Key>(std::slice::from_ref(rows))? {
        let slate = (key.version.as_str(), key.game_date.0);
        let pick = decided.get(&slate).and_then(|(_, document)| {
            document.picks.iter().find(|pick| pick.player_lookup == key.player_lookup && pick.game_id == key.game_id)
        });
        subsets.push(pick.map(|pick| text(&pick.qualifying_subsets)).transpose()?);
        snapshots.push(regimes.get(&slate).cloned());
    }
    let mut fields: Vec<Arc<Field>> = rows.schema().fields().to_vec();
    let mut columns: Vec<ArrayRef> = rows.columns().to_vec();
    for (name, texts) in [("qualifying_subsets", subsets), ("signal_regimes_snapshot", snapshots)] {
        fields.push(Arc::new(Field::new(name, DataType::Utf8, true)));
        columns.push(Arc::new(StringArray::from(texts)));
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}

/// The blacklist of each version and slate that has one.
async fn blacklists(replay: &Replay) -> Result<Blacklists> {
    let all = "SELECT version, game_date, evaluated, all_players FROM slate_blacklists";
    let all: Vec<Blacklist> = formats::rows(&replay.engine.query(all).await?)?;
    Ok(all.into_iter().map(|blacklist| ((blacklist.version.clone(), blacklist.game_date.0), blacklist)).collect())
}

/// signal_regimes_snapshot: what the decision about a slate went by. Defects are the parts that returned nothing as shipped;
/// of the blacklist every player is named, not the worst ten of the document.
fn regimes_snapshot(version: &Version, document: &Document, blacklist: Option<&Blacklist>) -> Result<String> {
    let players = blacklist.map_or(&[][..], |blacklist| &blacklist.all_players);
    let fidelity = if version.defects.is_empty() { "as-intended" } else { "as-shipped" };
    text(&json!({
        "version": version.id,
        "fidelity": fidelity,
        "defects": version.defects,
        "signal_health": document.signal_health,
        "combo_registry": version.combos,
        "player_blacklist": {
            "count": players.len(),
            "evaluated": blacklist.map_or(0, |blacklist| blacklist.evaluated),
            "players": players,
        },
        "model_health": document.model_health,
        "parameters": version.parameters,
    }))
}

fn text(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::Json)
}
