//! Random leagues, their values on the thresholds and beside them, decided by the pipeline and by a reference that was
//! written from the specifications alone: candidates, features, consensus, signals, combos, filters, scores and ranks.
//!
//! `RESLATE_LEAGUES=100..200` tries the leagues of other seeds.

use std::collections::{BTreeMap, BTreeSet};

use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use reslate::formats;
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::Snapshot;
use reslate::version::{Version, shipped};
use serde_json::{Map, Value};

use crate::replay::vectors::difference;
use crate::support::invented::League;
use crate::support::league::run;
use crate::support::reference::{Compared, Reference};

/// The versions that the reference knows.
const VERSIONS: [&str; 13] =
    ["v279", "v284a", "v284b", "v294", "v295", "v296", "v297", "v298", "v307", "v307q", "v314", "v316", "v318"];

const LEAGUES: std::ops::Range<u64> = 0..4;

/// Settings that are tried: thresholds on which values lie, and beside which.
const SETTINGS: &[(&str, &[&str])] = &[
    ("min_edge", &["off", "2.9", "3", "4.9", "5.000001"]),
    ("under_max_edge", &["off", "5", "6.9", "6.999999", "7.1"]),
    ("under_max_edge_line", &["off", "20.5", "24.9", "25"]),
    ("rel_edge_cap", &["0.25", "0.3", "0.333333", "0.333334"]),
    ("blacklist_hit_rate", &["off", "33.3", "40", "50", "66.7"]),
    ("blacklist_min_picks", &["1", "3", "5"]),
    ("blacklist_min_edge", &["2.9", "3.1", "5"]),
    ("familiar_games", &["2", "3", "4", "off"]),
    ("feature_quality", &["off", "84.9", "85", "90"]),
    ("feature_quality_missing", &["block", "pass"]),
    ("bench_line", &["11.9", "12.1", "15", "off"]),
    ("line_jump", &["1.9", "2", "3", "off"]),
    ("line_drop", &["1.9", "2", "3", "off"]),
    ("neg_pm_streak", &["1", "2", "3", "off"]),
    ("min_signals", &["1", "3", "4", "off"]),
    ("confidence_floor", &["0.7", "0.88", "0.9", "87.5"]),
    ("attribution_edge", &["3", "5.000001", "7"]),
    ("consensus_edge", &["2.9", "3.1", "4"]),
    ("cap", &["1", "3", "off"]),
    ("confidence_band", &["off", "0.87:0.9", "0.86:0.91"]),
    ("windows", &["fixed"]),
    ("high_edge.min_edge", &["4.9", "5.1", "7"]),
    ("dual_agree.min_edge", &["2.9", "3.1"]),
    ("model_consensus_v9_v12.min_edge", &["3.1", "4"]),
    ("3pt_bounce.min_attempts", &["3", "3.5", "0"]),
    ("minutes_surge.min_surge", &["2.9", "2.999999", "3.000001", "6", "0"]),
    ("cold_snap.min_streak", &["1", "2", "5"]),
    ("blowout_recovery.min_deficit", &["5.9", "5.999999", "6.000001", "3", "0"]),
    ("blowout_recovery.min_rest", &["0", "1", "3"]),
    ("combo_he_ms.min_edge", &["3", "4.9"]),
    ("combo_he_ms.min_surge", &["0", "2.999999", "6"]),
    ("combo_3way.min_edge", &["3", "4.9"]),
    ("combo_3way.min_surge", &["0", "2.999999", "6"]),
    ("combo_3way.min_confidence", &["0.69", "0.75", "0.9"]),
    ("edge_spread_optimal.min_edge", &["3", "4.9"]),
    ("edge_spread_optimal.min_confidence", &["0.69", "0.75", "0.9"]),
    ("b2b_fatigue_under.min_minutes", &["30", "32.5", "33"]),
    ("rest_advantage_2d.min_rest", &["1", "3"]),
    ("rest_advantage_2d.min_edge", &["3.9", "4.1"]),
    ("rest_advantage_2d.max_weeks", &["1", "3", "off"]),
    ("high_usage_under.min_usage", &["29.99", "30.01", "29.995", "0"]),
    ("volatile_under.min_std", &["5", "7.5", "0"]),
    ("high_ft_under.min_attempts", &["6.5", "7.5", "0"]),
    ("self_creator_under.min_makes", &["4.5", "5.5", "0"]),
    ("prop_line_drop_over.min_drop", &["1.9", "2.1", "3"]),
    ("book_disagreement.min_std", &["1.4", "1.6", "3"]),
];

/// Thresholds on which too few values lie for these leagues to try.
const SELDOM_MET: [&str; 2] = ["health_blocked", "health_watch"];

fn leagues() -> std::ops::Range<u64> {
    let Ok(text) = std::env::var("RESLATE_LEAGUES") else { return LEAGUES };
    let (from, to) = text.split_once("..").expect("RESLATE_LEAGUES is FROM..TO");
    from.parse().unwrap()..to.parse().unwrap()
}

#[test]
fn the_pipeline_decides_as_the_reference() {
    let mut compared = Compared::new();
    let mut fired = BTreeMap::<String, usize>::new();
    for seed in leagues() {
        let league = League::new(seed);
        let versions = versions(seed);
        let decided = run(decided(&league, versions.iter().map(|(_, version)| version.clone()).collect()));
        for (id, version) in &versions {
            for date in &league.dates {
                let mut reference = Reference::new(&league, (id, version), *date, &mut compared);
                let expected = reference.decide();
                let key = (version.id.clone(), date.to_string());
                let found = decided.get(&key).cloned().unwrap_or_default();
                let settings = version.changes();
                let found = difference("", &Value::Array(expected.clone()), &Value::Array(found), &[]);
                assert_eq!(
                    found,
                    None,
                    "seed {seed}, {id} {settings:?} on {date}: {}",
                    at(&expected, found.as_deref())
                );
                expected.iter().for_each(|row| count(row, &mut fired));
            }
        }
    }
    let known = VERSIONS.map(|id| shipped(id).unwrap());
    let names = known.iter().flat_map(|version| version.signals.iter().chain(&version.filters));
    let silent: BTreeSet<&String> = names.filter(|name| !fired.contains_key(*name)).collect();
    assert!(silent.is_empty(), "{silent:?} never qualified or blocked");
    let met = |times: &[usize; 4]| times[..3].iter().all(|times| *times > 0);
    let unmet: Vec<_> =
        compared.iter().filter(|(name, times)| !SELDOM_MET.contains(&name.as_str()) && !met(times)).collect();
    assert!(unmet.is_empty(), "not below, on and above the threshold: {unmet:?}");
    // The cases of tests/queries have each of them; here one that the draws met is enough.
    let minutes =
        ["minutes_surge.min_surge", "combo_he_ms.min_surge", "combo_3way.min_surge", "blowout_recovery.min_deficit"];
    let by_rounding = minutes.map(|name| compared[name][3]);
    assert!(by_rounding.iter().any(|times| *times > 0), "no value lies beside a threshold by rounding alone");
}

/// Every version as shipped, and once more with some settings changed.
fn versions(seed: u64) -> Vec<(&'static str, Version)> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let varied = VERSIONS.map(|id| {
        let mut version = shipped(id).unwrap();
        for (name, values) in SETTINGS {
            if rng.random_bool(0.3) {
                version.set(name, values.choose(&mut rng).unwrap()).unwrap();
            }
        }
        version.id = format!("{id}_varied");
        (id, version)
    });
    VERSIONS.map(|id| (id, shipped(id).unwrap())).into_iter().chain(varied).collect()
}

/// What the pipeline decides, by version and date, as rows with the columns of the reference.
async fn decided(league: &League, versions: Vec<Version>) -> BTreeMap<(String, String), Vec<Value>> {
    let mut data = league.data();
    // An empty registry would be one without combos.
    data.drop_table("signal_combo_registry");
    let folder = data.folder();
    let snapshot = Snapshot::open(folder.path()).unwrap();
    let all = Dates::Range { from: None, to: None };
    let request = Request { versions: versions.clone(), ..Request::new(all, versions[0].clone()) };
    let replay = Replay::open(&snapshot, request).await.unwrap();
    replay.decisions().await.unwrap();
    let columns = columns(league);
    let sql = format!(
        "SELECT version, game_date, {} FROM decisions ORDER BY version, game_date, player_lookup, game_id",
        columns.join(", ")
    );
    let rows: Vec<Map<String, Value>> = formats::rows(&replay.engine.query(&sql).await.unwrap()).unwrap();
    let mut decided = BTreeMap::<(String, String), Vec<Value>>::new();
    for mut row in rows {
        let [version, date] = ["version", "game_date"].map(|name| match row.remove(name) {
            Some(Value::String(text)) => text,
            other => panic!("{name} {other:?}"),
        });
        // A NULL is left out of a row.
        columns.iter().for_each(|name| {
            row.entry(name.as_str()).or_insert(Value::Null);
        });
        decided.entry((version, date)).or_default().push(Value::Object(row));
    }
    decided
}

/// The columns of a row of the reference.
fn columns(league: &League) -> Vec<String> {
    let version = shipped("v307").unwrap();
    let mut compared = Compared::new();
    let mut of = |date| Reference::new(league, ("v307", &version), date, &mut compared).decide();
    let row = league.dates.iter().find_map(|date| of(*date).pop()).expect("a league has candidates");
    row.as_object().unwrap().keys().cloned().collect()
}

/// The row that a difference is in.
fn at(rows: &[Value], difference: Option<&str>) -> String {
    let place = difference.and_then(|text| text.split('/').nth(1)?.parse::<usize>().ok());
    place.and_then(|place| rows.get(place)).map(Value::to_string).unwrap_or_default()
}

/// Counts what qualified and blocked.
fn count(row: &Value, fired: &mut BTreeMap<String, usize>) {
    let names = ["signal_tags", "failing_filters"].map(|list| row[list].as_array().unwrap());
    for name in names.into_iter().flatten().filter_map(Value::as_str) {
        *fired.entry(name.to_owned()).or_default() += 1;
    }
}
