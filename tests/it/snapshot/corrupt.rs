//! Files whose bytes are damaged: opened and read, they give rows or a one-line error, never a panic.

use std::sync::LazyLock;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use reslate::error::Result;
use reslate::snapshot::{Source, TableFiles, contract};
use serde_json::json;

use crate::support::Data;

/// A damage: where, and what to do there.
#[derive(Debug, Clone)]
enum Damage {
    Flip(Index, u8),
    Fill(Index, u8, u8),
    Truncate(Index),
    Remove(Index, u8),
    /// Cuts the last eight bytes off and puts them behind fewer bytes: a footer of a wrong length.
    Shorten(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        8 => (any::<Index>(), 1..=255_u8).prop_map(|(at, mask)| Damage::Flip(at, mask)),
        2 => (any::<Index>(), any::<u8>(), any::<u8>()).prop_map(|(at, n, byte)| Damage::Fill(at, n, byte)),
        1 => any::<Index>().prop_map(Damage::Truncate),
        1 => (any::<Index>(), any::<u8>()).prop_map(|(at, n)| Damage::Remove(at, n)),
        1 => any::<Index>().prop_map(Damage::Shorten),
    ]
}

fn damaged(sound: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    for damage in damages {
        if bytes.is_empty() {
            break;
        }
        let end = |at: usize, n: u8, len: usize| (at + usize::from(n)).min(len);
        match damage {
            Damage::Flip(at, mask) => {
                let at = at.index(bytes.len());
                bytes[at] ^= mask;
            }
            Damage::Fill(at, n, byte) => {
                let at = at.index(bytes.len());
                let end = end(at, *n, bytes.len());
                bytes[at..end].fill(*byte);
            }
            Damage::Truncate(at) => bytes.truncate(at.index(bytes.len())),
            Damage::Remove(at, n) => {
                let at = at.index(bytes.len());
                let end = end(at, *n, bytes.len());
                bytes.drain(at..end);
            }
            Damage::Shorten(at) => {
                let tail = bytes.split_off(bytes.len().saturating_sub(8));
                bytes.truncate(at.index(bytes.len() + 1));
                bytes.extend(tail);
            }
        }
    }
    bytes
}

/// Opens the file and reads every column of every row.
fn read(table: &'static contract::Table, bytes: Vec<u8>) -> Result<usize> {
    let mut files = TableFiles::new(table);
    files.add(Source::Memory { name: "damaged.parquet".to_owned(), bytes: Bytes::from(bytes) }, None)?;
    let all: Vec<usize> = (0..table.columns.len()).collect();
    let mut rows = 0;
    for file in files.files() {
        file.read(table, &all, |read| {
            rows += read.batch.num_rows();
            Ok(())
        })?;
    }
    Ok(rows)
}

/// A file of each shape of table: texts, decimals, timestamps and booleans; lists besides;
/// plain and compressed.
static FILES: LazyLock<[(&contract::Table, Vec<u8>); 4]> = LazyLock::new(|| {
    let mut data = Data::sound();
    for rank in 1..=9 {
        data.push(
            "signal_best_bets_picks",
            json!({
                "player_lookup": format!("player_{rank}"), "game_id": "20260210_BKN_NYK", "game_date": "2026-02-10",
                "system_id": "catboost_v9", "line_value": 20.5, "signal_tags": ["high_edge", null, "cold_snap"],
                "warning_tags": [], "composite_score": 1.25, "rank": rank, "direction_conflict": rank % 2 == 0,
                "combo_hit_rate": 74.9, "created_at": "2026-02-10T15:00:00",
            }),
        );
    }
    let [predictions, picks] = ["player_prop_predictions", "signal_best_bets_picks"];
    [
        (contract::table(predictions).unwrap(), data.parquet(predictions)),
        (contract::table(predictions).unwrap(), data.pulled_parquet(predictions)),
        (contract::table(picks).unwrap(), data.parquet(picks)),
        (contract::table(picks).unwrap(), data.pulled_parquet(picks)),
    ]
});

#[test]
fn sound_files_are_read_whole() {
    let rows: Vec<usize> = FILES.iter().map(|(table, bytes)| read(table, bytes.clone()).unwrap()).collect();
    assert_eq!(rows, [8, 8, 9, 9]);
}

/// At least 600 cases; more by PROPTEST_CASES.
fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig { failure_persistence: None, cases: default.cases.max(600), ..default }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn damaged_files_are_read_or_refused(file in 0..4_usize, damages in vec(damage(), 1..4)) {
        let (table, sound) = &FILES[file];
        if let Err(error) = read(table, damaged(sound, &damages)) {
            let message = error.to_string();
            prop_assert!(!message.contains('\n') && message.contains("damaged.parquet"), "{message}");
        }
    }
}
