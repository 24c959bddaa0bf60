//! Small snapshots from rows.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::json::ReaderBuilder;
use datafusion::parquet::arrow::ArrowWriter;
use reslate::snapshot::TABLES;
use reslate::snapshot::contract;
use reslate::snapshot::write::{Provenance, write_snapshot};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The tables of a snapshot as rows (JSON objects; a column that a row lacks is NULL) and the types they are written in.
#[derive(Clone)]
pub struct Data {
    tables: BTreeMap<&'static str, Rows>,
}

#[derive(Clone)]
struct Rows {
    fields: Vec<Field>,
    rows: Vec<Value>,
}

impl Data {
    /// Every table of the contract, all of them empty.
    pub fn empty() -> Data {
        let rows = |table: &contract::Table| {
            let schema = table.schema();
            let plain = |field: &Arc<Field>| Field::new(field.name(), plain(field.data_type()), true);
            Rows { fields: schema.fields().iter().map(plain).collect(), rows: Vec::new() }
        };
        Data { tables: TABLES.iter().map(|table| (table.name, rows(table))).collect() }
    }

    /// Two slates (2026-02-10 and 2026-02-11) of a game with two players each, predicted by two systems and graded:
    /// nothing in it is worth a note.
    pub fn sound() -> Data {
        let mut data = Data::empty();
        for (date, game, teams) in
            [("2026-02-10", "20260210_BKN_NYK", ["BKN", "NYK"]), ("2026-02-11", "20260211_LAL_BOS", ["LAL", "BOS"])]
        {
            for (player, team, opponent) in [("al_one", teams[0], teams[1]), ("bo_two", teams[1], teams[0])] {
                let player = format!("{player}_{}", team.to_lowercase());
                data.push(
                    "player_game_summary",
                    json!({
                        "player_lookup": player, "player_full_name": player, "game_id": game, "game_date": date,
                        "team_abbr": team, "opponent_team_abbr": opponent, "season_year": 2025, "points": 24,
                        "minutes_played": 31.5,
                    }),
                );
                for system in ["catboost_v12", "catboost_v9"] {
                    data.push(
                        "player_prop_predictions",
                        json!({
                            "prediction_id": format!("{system}-{player}-{game}"), "system_id": system,
                            "player_lookup": player, "game_date": date, "game_id": game, "predicted_points": 26.1,
                            "confidence_score": 0.91, "recommendation": "OVER", "current_points_line": 20.5,
                            "line_source": "ODDS_API", "feature_quality_score": 95.0, "is_active": true,
                            "prediction_version": 1, "created_at": format!("{date}T15:00:00"),
                        }),
                    );
                    data.push(
                        "prediction_accuracy",
                        json!({
                            "player_lookup": player, "game_id": game, "game_date": date, "system_id": system,
                            "team_abbr": team, "opponent_team_abbr": opponent, "predicted_points": 26.1,
                            "confidence_score": 0.91, "recommendation": "OVER", "line_value": 20.5, "actual_points": 24,
                            "prediction_correct": true, "line_source": "ODDS_API", "is_voided": false,
                            "graded_at": format!("{date}T23:30:00"),
                        }),
                    );
                }
            }
        }
        data
    }

    pub fn push(&mut self, table: &str, row: Value) {
        self.rows(table).push(row);
    }

    /// The rows of a table, in the order in which they are written.
    pub fn rows(&mut self, table: &str) -> &mut Vec<Value> {
        &mut self.table(table).rows
    }

    /// One more row like the `row`th, with some of its columns changed.
    pub fn push_like(&mut self, table: &str, row: usize, changes: Value) {
        let mut copy = self.rows(table)[row].clone();
        change(&mut copy, changes);
        self.push(table, copy);
    }

    /// Changes columns of the `row`th row of a table.
    pub fn set(&mut self, table: &str, row: usize, changes: Value) {
        change(&mut self.rows(table)[row], changes);
    }

    /// Changes columns of every row of a table.
    pub fn set_all(&mut self, table: &str, changes: Value) {
        for row in self.rows(table) {
            change(row, changes.clone());
        }
    }

    /// An empty table that was dropped before.
    pub fn add_table(&mut self, table: &'static str) {
        self.tables.extend(Data::empty().tables.remove_entry(table));
    }

    pub fn drop_table(&mut self, table: &str) {
        assert!(self.tables.remove(table).is_some());
    }

    pub fn drop_column(&mut self, table: &str, column: &str) {
        let fields = &mut self.table(table).fields;
        let before = fields.len();
        fields.retain(|field| field.name() != column);
        assert_eq!(fields.len(), before - 1);
    }

    /// A column that is no contract's, at the end.
    pub fn add_column(&mut self, table: &str, column: &str, kind: DataType) {
        self.table(table).fields.push(Field::new(column, kind, true));
    }

    pub fn rename_column(&mut self, table: &str, from: &str, to: &str) {
        self.field(table, from, |field| field.with_name(to));
        for row in self.rows(table) {
            let row = row.as_object_mut().unwrap();
            if let Some(value) = row.remove(from) {
                row.insert(to.to_owned(), value);
            }
        }
    }

    /// Writes a column in another type than the contract's.
    pub fn retype(&mut self, table: &str, column: &str, kind: DataType) {
        self.field(table, column, |field| field.with_data_type(kind));
    }

    fn field(&mut self, table: &str, column: &str, change: impl FnOnce(Field) -> Field) {
        let fields = &mut self.table(table).fields;
        let at = fields.iter().position(|field| field.name() == column).unwrap();
        fields[at] = change(fields[at].clone());
    }

    fn table(&mut self, table: &str) -> &mut Rows {
        self.tables.get_mut(table).unwrap()
    }

    pub fn batch(&self, table: &str) -> RecordBatch {
        let Rows { fields, rows } = &self.tables[table];
        let schema = Arc::new(Schema::new(fields.clone()));
        let mut decoder = ReaderBuilder::new(Arc::clone(&schema)).with_coerce_primitive(true).build_decoder().unwrap();
        decoder.serialize(rows).unwrap();
        decoder.flush().unwrap().unwrap_or_else(|| RecordBatch::new_empty(schema))
    }

    /// The Parquet file of a table.
    pub fn parquet(&self, table: &str) -> Vec<u8> {
        let batch = self.batch(table);
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        bytes
    }

    /// The Parquet file of a table as a pull writes it, compressed.
    pub fn pulled_parquet(&self, table: &str) -> Vec<u8> {
        reslate::snapshot::write::parquet(&self.batch(table)).unwrap()
    }

    /// A plain folder of `TABLE.parquet` files.
    pub fn folder(&self) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for table in self.tables.keys() {
            fs::write(folder.path().join(format!("{table}.parquet")), self.parquet(table)).unwrap();
        }
        folder
    }

    /// A snapshot with a manifest; every column must have the contract's type.
    pub fn pulled(&self, pulled_at: &str) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let provenance = Provenance { source: "test".to_owned(), pulled_at: pulled_at.parse().unwrap() };
        let tables: Vec<_> =
            self.tables.keys().map(|name| (contract::table(name).unwrap(), self.batch(name))).collect();
        write_snapshot(folder.path(), &tables, &provenance).unwrap();
        folder
    }
}

fn change(row: &mut Value, changes: Value) {
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    row.as_object_mut().unwrap().extend(changes);
}

/// The type as exports have it: plain strings.
fn plain(kind: &DataType) -> DataType {
    match kind {
        DataType::Utf8View => DataType::Utf8,
        DataType::List(_) => DataType::new_list(DataType::Utf8, true),
        other => other.clone(),
    }
}
