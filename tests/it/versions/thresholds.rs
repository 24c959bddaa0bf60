//! Each threshold of the versions from v323 on has a row that lies on it: moved by the smallest step, it decides otherwise.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use reslate::document::{Document, documents};
use reslate::replay::{Dates, Replay};
use reslate::snapshot::Snapshot;
use reslate::version::{SHIPPED, Version, shipped};

use crate::support::league::{folder, request, run};

const ALL: Dates = Dates::Range { from: None, to: None };

/// A version, one of its parameters, and a value beside that of the version. Fewer candidates lie beyond it by those on the
/// threshold, and none else, where values are as far apart as the data has them (a digit of edges, half a point of lines).
const BESIDE: &[(&str, &str, &str)] = &[
    ("v330", "under_max_edge", "7.1"),
    ("v330", "ft_rate_bench_over.max_line", "15.5"),
    ("v330", "ft_rate_bench_over.min_rate", "0.300001"),
    ("v343", "affinity_min_edge", "3.1"),
    ("v348", "signal_density", "2"),
    ("v352", "min_edge", "3.1"),
    ("v352", "star_under_points", "25.000001"),
    ("v352", "signal_density_max_edge", "7.1"),
    ("v355", "med_usage_low", "15.000001"),
    ("v355", "med_usage_high", "29.999999"),
    ("v355", "starter_under_low", "15.000001"),
    ("v355", "starter_under_high", "20.000001"),
    ("v365", "blacklist_min_picks", "9"),
    ("v365", "source_weight_days", "13"),
    ("v365", "source_weight_full_rate", "54"),
    ("v365", "source_weight_min_edge", "3.1"),
    ("v365", "source_weight_min_graded", "11"),
    ("v365b", "source_weight_min_best_bets", "9"),
    ("v365b", "source_weight_min_graded", "11"),
    ("v367", "star_under.teammates", "2"),
    ("v369", "under_star_away_line", "23.5"),
    ("v370", "min_signals", "4"),
    ("v370", "home_under.min_line", "15.5"),
    ("v370", "scoring_cold_streak_over.min_points", "10.000001"),
    ("v370", "scoring_cold_streak_over.min_streak", "4"),
    ("v372", "extended_rest_under.min_line", "15.5"),
    ("v372", "extended_rest_under.min_rest", "5"),
    ("v372", "opponent_under_block", "MIN,MEM"),
    ("v372", "starter_under.min_line", "15.5"),
    ("v372", "starter_under.min_points", "15.000001"),
    ("v373", "high_scoring_environment_over.min_total", "120.000001"),
    ("v374", "fast_pace_over.min_pace", "102.000001"),
    ("v374", "low_line_over.max_line", "12.5"),
    ("v374", "sc3_min_edge", "7.1"),
    ("v374", "volatile_scoring_over.min_line", "5.5"),
    ("v374", "volatile_scoring_over.min_ratio", "0.500001"),
];

/// Those on which no row of the league lies: a test of its own moves them onto one.
const MOVED: &[&str] =
    &["health_gate", "affinity_block_below", "affinity_min_picks", "affinity_days", "starter_under.max_points"];

fn moved(id: &str, parameter: &str, value: &str) -> Version {
    let mut version = shipped(id).unwrap();
    version.set(parameter, value).unwrap();
    version.id = format!("{id} {parameter}={value}");
    version
}

/// What is said of every candidate, by version.
fn said(versions: &[Version]) -> BTreeMap<String, Vec<String>> {
    let snapshot = Snapshot::open(folder("league-c")).unwrap();
    let rows = run(async {
        let replay = Replay::open(&snapshot, request(ALL, versions)).await.unwrap();
        replay.compute(&["verdicts", "winning_bids"]).await.unwrap();
        let sql = "SELECT verdicts.version, winning_bids.game_date, winning_bids.player_lookup, winning_bids.game_id, \
                   source_model_id, signal_tags, failing_filters FROM verdicts \
                   JOIN winning_bids ON winning_bids.candidate = verdicts.candidate \
                   ORDER BY verdicts.version, winning_bids.game_date, winning_bids.player_lookup, winning_bids.game_id";
        replay.engine.query(sql).await.unwrap()
    });
    let mut said = BTreeMap::<String, Vec<String>>::new();
    rows.iter().flat_map(texts).for_each(|(version, row)| said.entry(version).or_default().push(row));
    said
}

/// The first column of each row, and the others as a text.
fn texts(batch: &RecordBatch) -> Vec<(String, String)> {
    let options = FormatOptions::default();
    let columns: Vec<ArrayFormatter<'_>> =
        batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
    let row = |row: usize| {
        let cells: Vec<String> = columns.iter().map(|column| column.value(row).to_string()).collect();
        (cells[0].clone(), cells[1..].join(" "))
    };
    (0..batch.num_rows()).map(row).collect()
}

#[test]
fn a_row_lies_on_every_threshold() {
    let stated: BTreeSet<&str> = BESIDE.iter().map(|(id, ..)| *id).collect();
    let mut versions: Vec<Version> = stated.iter().map(|id| shipped(id).unwrap()).collect();
    versions.extend(BESIDE.iter().map(|(id, parameter, value)| moved(id, parameter, value)));
    let said = said(&versions);
    for (id, parameter, value) in BESIDE {
        assert_ne!(said[*id], said[&format!("{id} {parameter}={value}")], "{id} {parameter}={value}");
    }
}

#[test]
fn every_threshold_of_the_later_versions_has_its_row() {
    let of = |version: &Version| -> BTreeSet<String> {
        let signals = version.signals.iter().flat_map(|name| version.catalogue.signals[name].parameters.clone());
        let filters = version
            .filters
            .iter()
            .flat_map(|name| version.catalogue.filters[name].parameters().map(str::to_owned).collect::<Vec<_>>());
        signals.chain(filters).collect()
    };
    let before = of(&shipped("v318").unwrap());
    let later = SHIPPED.iter().skip_while(|id| **id != "v323").flat_map(|id| of(&shipped(id).unwrap()));
    // A prefix, a choice and a list of groups are no thresholds.
    let no_thresholds = ["under_max_edge_exempt", "affinity_low_vegas", "blacklist_systems", "away_noveg"];
    let has_row = |name: &str| BESIDE.iter().any(|(_, parameter, _)| *parameter == name) || MOVED.contains(&name);
    let without: Vec<String> = later
        .filter(|name| !before.contains(name) && !has_row(name) && !no_thresholds.contains(&name.as_str()))
        .collect();
    assert_eq!(without, Vec::<String>::new());
}

/// The document of a date by each of some versions.
fn document(date: &str, versions: &[Version]) -> Vec<Document> {
    let snapshot = Snapshot::open(folder("league-c")).unwrap();
    run(async {
        let replay = Replay::open(&snapshot, request(Dates::On(date.parse().unwrap()), versions)).await.unwrap();
        documents(&replay, &snapshot).await.unwrap()
    })
}

#[test]
fn a_mean_at_the_upper_end_qualifies() {
    let up_to = |value: &str| {
        let mut version = moved("v372", "starter_under.max_points", value);
        version.set("starter_under.min_points", "10").unwrap();
        version
    };
    let said = said(&[up_to("15"), up_to("14.999999")]);
    let count = |rows: &Vec<String>| rows.iter().filter(|row| row.contains("starter_under")).count();
    let counts: Vec<usize> = said.values().map(count).collect();
    assert!(counts[0] < counts[1], "{counts:?}");
}

#[test]
fn a_slate_at_the_gate_is_open() {
    // The champion hit 51.8 % before it.
    let gates = ["51.8", "51.9"].map(|gate| moved("v343", "health_gate", gate));
    let [open, closed] = document("2026-02-08", &gates).try_into().unwrap();
    assert_eq!((open.model_health.hit_rate_7d, open.health_gate_active), (Some(51.8), None));
    assert!(open.filter_summary.unwrap().total_candidates > 0);
    assert_eq!(closed.health_gate_active, Some(true));
    assert_eq!(
        closed.health_gate_reason.unwrap(),
        "catboost_v12 hit 51.8 % in the last days, below health_gate = 51.9"
    );
    assert_eq!((closed.total_picks, closed.filter_summary.unwrap().total_candidates), (0, 0));
}

#[test]
fn a_group_at_the_threshold_passes() {
    // V9 models hit 46.9 % of their OVERs with edges of 3 to 5 before it.
    let thresholds = ["46.9", "47"].map(|threshold| moved("v343b", "affinity_block_below", threshold));
    let [passing, blocking] = document("2026-02-08", &thresholds).try_into().unwrap();
    let is_blocked = |document: &Document| {
        let affinity = document.model_direction_affinity.as_ref().unwrap();
        affinity.blocked_list.iter().any(|cell| {
            (cell.group.as_str(), cell.direction.as_str(), cell.edge_band.as_str()) == ("v9", "OVER", "3_5")
        })
    };
    assert!(!is_blocked(&passing) && is_blocked(&blocking));
    let blocked = said(&thresholds.map(|mut version| {
        version.set("min_edge", "3").unwrap();
        version
    }));
    let counts: Vec<usize> = blocked
        .values()
        .map(|rows| rows.iter().filter(|row| row.contains("model_direction_affinity")).count())
        .collect();
    assert!(counts[0] < counts[1], "{counts:?}");
}

#[test]
fn a_cell_of_the_fewest_gradings_counts() {
    // V9 models have 15 gradings of OVERs with edges of 3 to 5 before it.
    let picks = |value: &str| moved("v330", "affinity_min_picks", value);
    let [exactly, more] = document("2025-12-10", &[picks("15"), picks("16")]).try_into().unwrap();
    let cells = |document: &Document| document.model_direction_affinity.as_ref().unwrap().combos_evaluated;
    assert_eq!((cells(&exactly), cells(&more)), (4, 3));
}

#[test]
fn the_first_day_of_the_window_counts() {
    let days = |value: &str| moved("v343b", "affinity_days", value);
    let [longer, shorter] = document("2026-02-08", &[days("45"), days("44")]).try_into().unwrap();
    assert_ne!(longer.model_direction_affinity, shorter.model_direction_affinity);
}
