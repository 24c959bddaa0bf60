//! `explain`: what it says is what the replay did, and its margins are true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use reslate::definition::Blocks;
use reslate::explain::{self, Explained, NearMiss, SlateExplanation, Verdict};
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::Snapshot;
use reslate::version::catalogue::catalogue;
use reslate::version::{Version, shipped};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::Data;
use crate::support::league::{self, run};

fn between(from: &str, to: &str) -> Dates {
    Dates::Range { from: Some(from.parse().unwrap()), to: Some(to.parse().unwrap()) }
}

async fn replay(snapshot: &Snapshot, dates: Dates, versions: Vec<Version>) -> Replay {
    let mut request = Request::new(dates, versions[0].clone());
    request.versions = versions;
    Replay::open(snapshot, request).await.unwrap()
}

fn numbers(batches: &[RecordBatch]) -> Vec<i64> {
    batches.iter().flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec()).collect()
}

fn reslate(snapshot: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_reslate"))
        .args(arguments)
        .env("RESLATE_SNAPSHOT", snapshot)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What an error says, after the word.
fn error(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    text.trim_end().trim_start_matches("error: ").to_owned()
}

#[test]
fn nobody_is_lost_in_the_funnel() {
    let league = league::folder("league-a");
    run(async {
        let snapshot = Snapshot::open(league).unwrap();
        let versions = ["v279", "v296", "v307", "v314"].map(|id| shipped(id).unwrap()).to_vec();
        let replay = replay(&snapshot, between("2026-01-01", "2026-01-31"), versions).await;
        let slates = explain::slates(&replay, &snapshot).await.unwrap();
        assert_eq!(slates.len(), replay.slates.len() * 4);
        for slate in &slates {
            let what = format!("{} {}", slate.decided.date, slate.decided.version);
            let first: u64 = slate.funnel.iter().map(|step| step.blocked_first).sum();
            assert_eq!(first + slate.passed, slate.candidates, "{what}");
            assert_eq!(slate.funnel.last().unwrap().remaining, slate.passed, "{what}");
            let cap = slate.cap.map_or(u64::MAX, |cap| u64::try_from(cap).unwrap());
            assert_eq!(slate.picks, slate.passed.min(cap), "{what}");
            let alone: u64 = slate.funnel.iter().map(|step| step.blocks_alone).sum();
            assert_eq!(alone, u64::try_from(slate.near_misses.len()).unwrap(), "{what}");
            assert!(slate.funnel.iter().all(|step| step.blocks_alone <= step.blocked_first), "{what}");
            assert!(slate.funnel.iter().all(|step| step.blocked_first <= step.blocks_in_all), "{what}");
        }
        let sql = "SELECT count(*) FROM decisions WHERE cardinality(failing_filters) = 1";
        let near: usize = slates.iter().map(|slate| slate.near_misses.len()).sum();
        assert_eq!(numbers(&replay.engine.query(sql).await.unwrap()), [i64::try_from(near).unwrap()]);
        assert!(near > 100);
    });
}

#[test]
fn a_side_of_a_threshold_in_words_is_the_side_that_blocks() {
    let mut judged = BTreeSet::new();
    for (league, dates, versions) in [
        ("league-a", between("2026-01-01", "2026-01-31"), &["v279", "v296", "v307", "v314"][..]),
        ("league-c", Dates::Range { from: None, to: None }, &["v352", "v374"]),
    ] {
        run(async {
            let snapshot = Snapshot::open(league::folder(league)).unwrap();
            let versions = versions.iter().map(|id| shipped(id).unwrap()).collect();
            let replay = replay(&snapshot, dates, versions).await;
            replay.compute(&["decisions"]).await.unwrap();
            for name in &replay.filters() {
                let Some(blocks) = catalogue().filters[name].blocks else { continue };
                let comparison = match blocks {
                    Blocks::Below => "<",
                    Blocks::From => ">=",
                    Blocks::DownTo => "<=",
                };
                let (value, threshold) =
                    (format!("filters['{name}']['value']"), format!("filters['{name}']['threshold']"));
                let contradicted = format!(
                    "SELECT count(*) FROM decisions \
                     WHERE ({value} {comparison} {threshold}) <> filters['{name}']['blocks']"
                );
                assert_eq!(numbers(&replay.engine.query(&contradicted).await.unwrap()), [0], "{name}");
                let compared =
                    format!("SELECT count(*) FROM decisions WHERE ({value} {comparison} {threshold}) IS NOT NULL");
                if numbers(&replay.engine.query(&compared).await.unwrap())[0] > 0 {
                    judged.insert(name.clone());
                }
            }
        });
    }
    let with_sides = catalogue().filters.iter().filter(|(_, filter)| filter.blocks.is_some());
    let never: Vec<&String> = with_sides.map(|(name, _)| name).filter(|name| !judged.contains(*name)).collect();
    assert_eq!(never, ["confidence_floor"]);
}

/// The near misses of a season, up to `most` of each filter.
fn some_of_each(slates: &[SlateExplanation], most: usize) -> Vec<(&SlateExplanation, &NearMiss)> {
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    let all = slates.iter().flat_map(|slate| slate.near_misses.iter().map(move |miss| (slate, miss)));
    all.filter(|(_, miss)| {
        let taken = taken.entry(&miss.blocked_by.filter).or_default();
        *taken += 1;
        *taken <= most
    })
    .collect()
}

#[test]
fn the_setting_named_lets_a_near_miss_pass_and_is_the_margin_away() {
    let league = league::folder("league-a");
    run(async {
        let snapshot = Snapshot::open(league).unwrap();
        let base = shipped("v314").unwrap();
        let dates = between("2026-01-01", "2026-02-10");
        let season = replay(&snapshot, dates, vec![base.clone()]).await;
        let slates = explain::slates(&season, &snapshot).await.unwrap();
        let near = some_of_each(&slates, 2);

        let mut settings: Vec<&str> = Vec::new();
        for (_, miss) in &near {
            assert_eq!(miss.blocked_by.verdict, Verdict::Blocks);
            let Some(setting) = miss.blocked_by.turned_by.as_deref() else {
                panic!("{} has a threshold, so a setting turns it", miss.blocked_by.filter);
            };
            let (_, setting_value) = setting.split_once('=').unwrap();
            if setting_value != "off" {
                let (value, threshold) = (miss.blocked_by.value.number(), miss.blocked_by.threshold.number());
                let threshold = threshold.unwrap().abs();
                let moved = (setting_value.parse::<Decimal>().unwrap() - threshold).abs();
                let beyond = moved - miss.blocked_by.margin.number().unwrap();
                let step = Decimal::new(1, value.unwrap().scale().min(1));
                assert!(beyond >= Decimal::ZERO && beyond <= step, "{setting} for {miss:?}");
            }
            if !settings.contains(&setting) {
                settings.push(setting);
            }
        }
        for filter in [
            "edge_floor",
            "under_edge_cap",
            "bench_under_line",
            "line_jumped_under",
            "neg_pm_streak_under",
            "feature_quality",
        ] {
            assert!(near.iter().any(|(_, miss)| miss.blocked_by.filter == filter), "no near miss of {filter}");
        }

        let set = |setting: &&str| {
            let mut version = base.clone();
            let (name, value) = setting.split_once('=').unwrap();
            version.set(name, value).unwrap();
            version.id = (*setting).to_owned();
            version
        };
        let relaxed = replay(&snapshot, dates, settings.iter().map(set).collect()).await;
        relaxed.compute(&["decisions"]).await.unwrap();
        for (slate, miss) in near {
            let setting = miss.blocked_by.turned_by.as_deref().unwrap();
            let sql = format!(
                "SELECT CAST(count(*) AS BIGINT) FROM decisions \
                 WHERE version = '{setting}' AND game_date = DATE '{}' AND player_lookup = '{}' AND game_id = '{}' \
                 AND first_filter IS NULL AND rank IS NOT NULL",
                slate.decided.date, miss.player_lookup, miss.game_id
            );
            assert_eq!(numbers(&relaxed.engine.query(&sql).await.unwrap()), [1], "{setting} for {miss:?}");
        }
    });
}

#[test]
fn near_misses_come_closest_first() {
    let league = league::folder("league-a");
    run(async {
        let snapshot = Snapshot::open(league).unwrap();
        let version = shipped("v307").unwrap();
        let replay = replay(&snapshot, Dates::On("2026-04-11".parse().unwrap()), vec![version]).await;
        let slate = explain::slate(&replay, &snapshot).await.unwrap();
        let shares: Vec<f64> =
            slate.near_misses.iter().map(|miss| miss.blocked_by.relative_margin.unwrap_or(f64::INFINITY)).collect();
        assert!(shares.is_sorted(), "{shares:?}");
        assert!(shares.first() < shares.last());
    });
}

#[test]
fn a_trace_agrees_with_the_decision() {
    let league = league::folder("league-a");
    run(async {
        let snapshot = Snapshot::open(league).unwrap();
        let version = shipped("v307").unwrap();
        let replay = replay(&snapshot, Dates::On("2026-04-11".parse().unwrap()), vec![version.clone()]).await;
        let slate = explain::slate(&replay, &snapshot).await.unwrap();
        for miss in &slate.near_misses {
            let trace = explain::player(&replay, &snapshot, &miss.player_lookup).await.unwrap();
            let game = trace.games.iter().find(|game| game.game_id == miss.game_id).unwrap();
            let candidate = game.candidate.as_ref().unwrap();
            let blocking: Vec<_> =
                candidate.filters.iter().filter(|filter| filter.verdict == Verdict::Blocks).collect();
            assert_eq!(blocking, [&miss.blocked_by]);
            assert!(candidate.only_one_blocks && !candidate.selected && candidate.rank.is_none());
            assert_eq!(candidate.afterwards, miss.afterwards);
            let winners: Vec<_> = game.bids.iter().filter(|bid| bid.won).collect();
            assert_eq!(winners.len(), 1);
            assert_eq!(winners[0].system_id, candidate.source_model_id);
            assert_eq!((&winners[0].edge, &winners[0].line), (&candidate.edge, &candidate.line));
            assert!(game.bids.iter().all(|bid| !game.non_bids.iter().any(|other| other.system_id == bid.system_id)));
            let names = |of: &[explain::Signal]| of.iter().map(|signal| signal.signal.clone()).collect::<Vec<_>>();
            assert_eq!(names(&candidate.signals), version.signals);
            let qualifying: Vec<_> = candidate.signals.iter().filter(|signal| signal.qualifies).cloned().collect();
            assert_eq!(names(&qualifying), candidate.signal_tags);
        }
    });
}

#[test]
fn what_the_snapshot_lacks_is_not_just_absent() {
    let league = league::folder("league-a");
    let folder = TempDir::new().unwrap();
    for table in ["player_prop_predictions", "prediction_accuracy", "player_game_summary"] {
        let file = format!("{table}.parquet");
        std::fs::copy(league.join(&file), folder.path().join(&file)).unwrap();
    }
    run(async {
        let snapshot = Snapshot::open(folder.path()).unwrap();
        let version = shipped("v307").unwrap();
        let replay = replay(&snapshot, Dates::On("2026-04-11".parse().unwrap()), vec![version]).await;
        let trace = explain::player(&replay, &snapshot, "bknplayer02").await.unwrap();
        let candidate = trace.games[0].candidate.as_ref().unwrap();
        let spread = candidate.features.iter().find(|feature| feature.name == "multi_book_line_std").unwrap();
        assert!(spread.value.is_absent());
        assert_eq!(spread.missing.as_deref(), Some("the snapshot has no table ml_feature_store_v2"));
        let minutes = candidate.features.iter().find(|feature| feature.name == "minutes_surge").unwrap();
        assert_eq!(minutes.missing, None);
        let slate = explain::slate(&replay, &snapshot).await.unwrap();
        assert!(slate.missing.iter().any(|missing| missing.contains("multi_book_line_std")), "{:?}", slate.missing);
    });
}

/// A text without its line breaks and columns.
fn running(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Games of 33.8 and then 27.8 minutes in the days before 2026-02-11.
fn with_short_night(mut data: Data, player: &str) -> Data {
    for (date, minutes) in [("2026-02-07", 33.8), ("2026-02-09", 27.8)] {
        data.push(
            "player_game_summary",
            json!({
                "player_lookup": player, "game_id": format!("{}_LAL_MIA", date.replace('-', "")), "game_date": date,
                "team_abbr": "LAL", "opponent_team_abbr": "MIA", "minutes_played": minutes, "usage_rate": 20.0,
            }),
        );
    }
    data
}

#[test]
fn a_player_without_an_earlier_game_is_said_to_be_one() {
    let folder = with_short_night(Data::sound(), "al_one_lal").folder();
    let explained = |player: &str, format: &str| {
        stdout(&reslate(folder.path(), &["explain", "2026-02-11", player, "--format", format]))
    };
    let said = "no game of the season before the slate: the team is not known, so that BOS, the home team, counts as \
                the opponent and the player as the visitor, and averages that are absent count as 0, as in production";
    let newcomer: Value = serde_json::from_str(&explained("bo_two_bos", "json")).unwrap();
    let candidate = &newcomer["games"][0]["candidate"];
    let known = ["no_earlier_game", "team", "opponent", "is_home"].map(|name| candidate[name].clone());
    assert_eq!(known, [json!(true), Value::Null, json!("BOS"), json!(false)]);
    let averages = ["usage_avg_season", "fta_season", "points_std_last_5", "three_pct_season", "minutes_avg_season"];
    for name in averages {
        let feature = candidate["features"].as_array().unwrap().iter().find(|feature| feature["name"] == name);
        assert_eq!(feature.unwrap()["value"], Value::Null, "{name}");
    }
    let text = running(&explained("bo_two_bos", "table"));
    assert!(text.contains(said) && text.contains("usage_avg_season absent"), "{text}");

    let known: Value = serde_json::from_str(&explained("al_one_lal", "json")).unwrap();
    assert_eq!(known["games"][0]["candidate"]["no_earlier_game"], false);
    let text = running(&explained("al_one_lal", "table"));
    assert!(!text.contains("no game of the season") && text.contains("usage_avg_season 20 %"), "{text}");
}

#[test]
fn what_lies_beside_its_threshold_by_the_last_digit_reads_so() {
    let mut data = with_short_night(Data::sound(), "al_one_lal");
    data.set_all("player_prop_predictions", json!({ "feature_quality_score": 84.999_999_999_999_99 }));
    let folder = data.folder();
    let explained = |format: &str| {
        let asked = ["explain", "2026-02-11", "al_one_lal", "--version", "v314", "--format", format];
        stdout(&reslate(folder.path(), &asked))
    };
    let text = running(&explained("table"));
    for said in [
        "minutes_deficit 6 minutes",
        "minutes_deficit 5.9999999999999964,",
        "not picked: feature_quality (84.99999999999999 < 85) blocks it",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let json: Value = serde_json::from_str(&explained("json")).unwrap();
    let candidate = &json["games"][0]["candidate"];
    let named = |list: &str, key: &str, name: &str| {
        candidate[list].as_array().unwrap().iter().find(|entry| entry[key] == name).unwrap().clone()
    };
    assert_eq!(named("signals", "signal", "blowout_recovery")["qualifies"], false);
    let quality = named("filters", "filter", "feature_quality");
    assert_eq!((&quality["verdict"], &quality["turned_by"]), (&json!("blocks"), &json!("feature_quality=84.999999")));
    assert!(quality["margin"].as_f64().unwrap() > 0.0);
}

#[test]
fn json_is_what_its_schema_says() {
    let league = league::folder("league-a");
    let schema = schemars::generate::SchemaSettings::draft07().for_serialize().into_generator();
    let schema = schema.into_root_schema_for::<Explained>().to_value();
    let schema =
        jsonschema_valid::Config::from_schema(&schema, Some(jsonschema_valid::schemas::Draft::Draft7)).unwrap();
    for arguments in [&["explain", "2026-04-11"][..], &["explain", "2026-04-11", "bknplayer02"]] {
        let text = stdout(&reslate(&league, &[arguments, &["--format", "json"]].concat()));
        let json: Value = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> =
            schema.validate(&json).err().into_iter().flatten().map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(json["schema_version"], reslate::formats::SCHEMA_VERSION);
        assert_eq!(json["decided"]["version"], "v307");
    }
}

#[test]
fn out_goes_to_a_file_in_the_format_of_its_ending() {
    let league = league::folder("league-a");
    let folder = TempDir::new().unwrap();
    let (json, csv) = (folder.path().join("trace.json"), folder.path().join("trace.csv"));
    assert_eq!(stdout(&reslate(&league, &["explain", "2026-04-11", "--out", json.to_str().unwrap()])), "");
    let written: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    assert_eq!(written["candidates"], 103);
    let refused = error(&reslate(&league, &["explain", "2026-04-11", "--out", csv.to_str().unwrap()]));
    assert!(refused.contains("--format") && !csv.exists(), "{refused}");
}

#[test]
fn a_player_is_named_in_part_or_the_error_helps() {
    let league = league::folder("league-a");
    let explain = |player: &str| reslate(&league, &["explain", "2026-04-11", player]);
    assert!(stdout(&explain("BKN Player 02")).starts_with("Bkn Player02 (bknplayer02), 2026-04-11, v307"));
    let several = error(&explain("player0"));
    assert!(several.starts_with("'player0' matches several players on 2026-04-11: "), "{several}");
    let none = error(&explain("bknplaier02"));
    assert!(none.starts_with("no player matches 'bknplaier02' on 2026-04-11; the nearest are bknplayer02"), "{none}");
    let nothing = error(&reslate(&league, &["explain", "2026-08-01"]));
    assert!(nothing.contains("no games on 2026-08-01"), "{nothing}");
}

#[test]
fn tables_for_people() {
    let league = league::folder("league-a");
    for (name, arguments) in [
        ("slate_v307", &["explain", "2026-04-12"][..]),
        ("slate_v296", &["explain", "2026-04-12", "--version", "v296"]),
        ("slate_without_picks", &["explain", "2026-03-29"]),
        ("picked", &["explain", "2026-04-11", "bknplayer02"]),
        ("near_miss_by_order", &["explain", "2026-04-11", "miaplayer00"]),
    ] {
        let text = stdout(&reslate(&league, arguments));
        assert!(!text.contains('\u{1b}'), "no styles in a pipe");
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= 100, "{name}: {widest} columns");
        assert!(text.lines().all(|line| line.trim_end() == line), "{name}: spaces at the end of a line");
        insta::assert_snapshot!(name, text);
    }
}
