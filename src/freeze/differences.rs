//! In what a decision is another than the frozen one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::util::display::array_value_to_string;
use serde_json::{Map, Value};

use crate::error::Result;

/// What became of a part of the frozen decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    Gone,
    New,
    Changed,
}

/// A part of the decision that is not as it was frozen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub change: Change,
    /// The slate, a pick or a candidate.
    pub part: String,
    /// Which field of it, with its value as frozen and as replayed; none where all of it is gone or new.
    pub field: Option<(String, String, String)>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.change, &self.field) {
            (_, Some((field, frozen, replayed))) => write!(f, "{}: {field} {frozen} -> {replayed}", self.part),
            (Change::Gone, None) => write!(f, "{} is gone", self.part),
            (Change::New, None) => write!(f, "{} is new", self.part),
            (Change::Changed, None) => write!(f, "{} is another", self.part),
        }
    }
}

impl Difference {
    /// Whether a pick is gone or new.
    pub fn is_of_picks(&self, change: Change) -> bool {
        self.change == change && self.part.starts_with(PICK)
    }
}

const PICK: &str = "pick ";
const CANDIDATE: &str = "candidate ";

/// A decision: its document and its candidates.
type Decision<'d> = (&'d Value, &'d RecordBatch);

/// The differences of picks first (gone, new, changed), then those of the slate, then those of other candidates.
pub fn of(frozen: Decision<'_>, replayed: Decision<'_>) -> Result<Vec<Difference>> {
    let (of_frozen, of_replayed) = (picks(frozen.0), picks(replayed.0));
    let mut found = Vec::new();
    keyed(PICK, &of_frozen, &of_replayed, &mut found);
    found.sort_by_key(|difference| difference.change);
    let slate = |document: &Value| -> Map<String, Value> {
        let keys = document.as_object().into_iter().flatten();
        keys.filter(|(key, _)| *key != "picks").map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    fields("slate", &slate(frozen.0), &slate(replayed.0), &mut found);
    let mut other = Vec::new();
    let (before, after) = (candidates(frozen.1)?, candidates(replayed.1)?);
    keyed(CANDIDATE, &before, &after, &mut other);
    // What is said of a pick is not said again of the candidate.
    let picked: BTreeSet<String> =
        of_frozen.keys().filter(|key| of_replayed.contains_key(*key)).map(|key| format!("{CANDIDATE}{key}")).collect();
    other.retain(|difference| !picked.contains(&difference.part) || found.is_empty());
    found.extend(other);
    Ok(found)
}

type Keyed = BTreeMap<String, Map<String, Value>>;

fn keyed(kind: &str, frozen: &Keyed, replayed: &Keyed, found: &mut Vec<Difference>) {
    let whole = |change, key: &String| Difference { change, part: format!("{kind}{key}"), field: None };
    for (key, before) in frozen {
        match replayed.get(key) {
            Some(after) => fields(&format!("{kind}{key}"), before, after, found),
            None => found.push(whole(Change::Gone, key)),
        }
    }
    found.extend(replayed.keys().filter(|key| !frozen.contains_key(*key)).map(|key| whole(Change::New, key)));
}

/// The fields in which two objects differ, those of objects within them by `outer.inner`.
fn fields(part: &str, frozen: &Map<String, Value>, replayed: &Map<String, Value>, found: &mut Vec<Difference>) {
    within("", part, frozen, replayed, found);
}

fn within(
    prefix: &str,
    part: &str,
    frozen: &Map<String, Value>,
    replayed: &Map<String, Value>,
    found: &mut Vec<Difference>,
) {
    let names: Vec<&String> = frozen.keys().chain(replayed.keys().filter(|name| !frozen.contains_key(*name))).collect();
    for name in names {
        let path = format!("{prefix}{name}");
        match (frozen.get(name), replayed.get(name)) {
            (before, after) if before == after => {}
            (Some(Value::Object(before)), Some(Value::Object(after))) => {
                within(&format!("{path}."), part, before, after, found);
            }
            (before, after) => found.push(Difference {
                change: Change::Changed,
                part: part.to_owned(),
                field: Some((path, said(before), said(after))),
            }),
        }
    }
}

fn said(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "none".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The picks of a document by player, game and side.
fn picks(document: &Value) -> Keyed {
    let picks = document["picks"].as_array().into_iter().flatten().filter_map(Value::as_object);
    let key = |pick: &Map<String, Value>| {
        let text = |name: &str| pick.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        [text("player_lookup"), text("game_id"), text("direction")].join(" ")
    };
    picks.map(|pick| (key(pick), pick.clone())).collect()
}

/// Candidates by player, game and side, every value as text.
fn candidates(batch: &RecordBatch) -> Result<Keyed> {
    let mut keyed = Keyed::new();
    for row in 0..batch.num_rows() {
        let mut fields = Map::new();
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            let value = match column.is_null(row) {
                true => Value::Null,
                false => Value::String(array_value_to_string(column, row)?),
            };
            fields.insert(field.name().clone(), value);
        }
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let key = [text("player_lookup"), text("game_id"), text("recommendation")].join(" ");
        keyed.insert(key, fields);
    }
    Ok(keyed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::rows::{CANDIDATES, schema};
    use super::*;

    fn said(frozen: &Value, replayed: &Value) -> Vec<String> {
        let none = RecordBatch::new_empty(schema(CANDIDATES, &[]));
        of((frozen, &none), (replayed, &none)).unwrap().iter().map(Difference::to_string).collect()
    }

    fn pick(player: &str, edge: f64) -> Value {
        json!({"player_lookup": player, "game_id": "20260211_LAL_BOS", "direction": "OVER", "edge": edge})
    }

    #[test]
    fn picks_come_first_and_every_field_is_named() {
        let frozen = json!({
            "date": "2026-02-11", "model_health": {"status": "watch", "hit_rate_7d": null},
            "picks": [pick("al", 5.5), pick("bo", 6.0)],
        });
        let replayed = json!({
            "date": "2026-02-11", "model_health": {"status": "watch", "hit_rate_7d": 55.0},
            "picks": [pick("bo", 6.5), pick("cy", 7.0)], "season": "2025-26",
        });
        let expected = [
            "pick al 20260211_LAL_BOS OVER is gone",
            "pick cy 20260211_LAL_BOS OVER is new",
            "pick bo 20260211_LAL_BOS OVER: edge 6.0 -> 6.5",
            "slate: model_health.hit_rate_7d none -> 55.0",
            "slate: season none -> 2025-26",
        ];
        assert_eq!(said(&frozen, &replayed), expected);
        assert_eq!(said(&frozen, &frozen), Vec::<String>::new());
    }

    #[test]
    fn a_candidate_that_is_decided_otherwise_is_a_difference() {
        use datafusion::arrow::json::ReaderBuilder;
        let batch = |first_filter: &str| {
            let mut decoder = ReaderBuilder::new(schema(CANDIDATES, &[])).build_decoder().unwrap();
            let row = json!({
                "player_lookup": "al", "game_id": "20260211_LAL_BOS", "recommendation": "OVER", "edge": 4.5,
                "first_filter": first_filter,
            });
            decoder.serialize(&[row]).unwrap();
            decoder.flush().unwrap().unwrap()
        };
        let document = json!({"picks": []});
        let found = of((&document, &batch("edge_floor")), (&document, &batch("anti_pattern"))).unwrap();
        let said: Vec<String> = found.iter().map(Difference::to_string).collect();
        assert_eq!(said, ["candidate al 20260211_LAL_BOS OVER: first_filter edge_floor -> anti_pattern"]);
    }
}
