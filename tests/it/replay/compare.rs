//! `compare` and the audits: what they say of differences is true, and the versions relate as production's did.

use std::collections::BTreeMap;

use reslate::audit;
use reslate::card::{CardRequest, Dimension, Window, card};
use reslate::compare::{Bet, Change, CompareRequest, Comparison, Contender, compare};
use reslate::error::Error;
use reslate::grade::Odds;
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::Snapshot;
use reslate::stats::Bootstrap;
use reslate::version::{Version, shipped};

use crate::support::league::{self, deployed, replayable, run};
use crate::support::{Data, reslate, text};

fn between(from: &str, to: &str) -> Dates {
    Dates::Range { from: from.parse().ok(), to: to.parse().ok() }
}

const ALL: Dates = Dates::Range { from: None, to: None };

fn contender(id: &str) -> Contender {
    Contender::new(id, vec![shipped(id).unwrap()])
}

async fn compared(snapshot: &Snapshot, contenders: Vec<Contender>, dates: Dates) -> Result<Comparison, Error> {
    let bootstrap = Bootstrap { draws: 500, seed: 42 };
    let asked = CompareRequest { contenders, dates, as_of: None, odds: Odds::STANDARD, bootstrap };
    compare(snapshot, &asked).await
}

/// The picks of versions, by date in order of rank.
async fn picks(snapshot: &Snapshot, versions: Vec<Version>) -> BTreeMap<String, Vec<String>> {
    let ids: Vec<String> = versions.iter().map(|version| version.id.clone()).collect();
    let mut request = Request::new(ALL, versions[0].clone());
    request.versions = versions;
    let replay = Replay::open(snapshot, request).await.unwrap();
    replay.compute(&["decisions"]).await.unwrap();
    let mut picks = BTreeMap::new();
    for id in ids {
        let sql = format!(
            "SELECT concat_ws(' ', game_date, player_lookup, game_id, recommendation) AS pick FROM decisions \
             WHERE selected AND version = '{id}' ORDER BY game_date, rank"
        );
        let batches = replay.engine.query(&sql).await.unwrap();
        let of_version = batches.iter().flat_map(|batch| {
            let texts =
                datafusion::arrow::compute::cast(batch.column(0), &datafusion::arrow::datatypes::DataType::Utf8);
            let texts = datafusion::arrow::array::AsArray::as_string::<i32>(&texts.unwrap()).clone();
            texts.iter().map(|text| text.unwrap().to_owned()).collect::<Vec<_>>()
        });
        picks.insert(id, of_version.collect());
    }
    picks
}

#[test]
fn kept_added_and_flipped_are_the_picks_of_the_other_version() {
    let snapshot = Snapshot::demo().unwrap();
    let contenders = ["v307", "v279", "v298", "v314"].map(contender).to_vec();
    let comparison = run(compared(&snapshot, contenders, between("2026-01-05", "2026-02-01"))).unwrap();
    let counts: BTreeMap<&str, u64> =
        comparison.versions.iter().map(|version| (version.version.as_str(), version.picks.count)).collect();
    assert!(counts.values().all(|count| *count > 0), "{counts:?}");
    for pair in &comparison.pairs {
        let flipped = pair.flipped.as_b.count;
        assert_eq!(flipped, pair.flipped.as_a.count);
        assert_eq!(pair.kept.count + flipped + pair.added.count, counts[pair.b.as_str()], "{} {}", pair.a, pair.b);
        assert_eq!(pair.kept.count + flipped + pair.removed.count, counts[pair.a.as_str()]);
        let differing = pair.added.count + pair.removed.count + flipped;
        assert_eq!(differing, u64::try_from(pair.differences.len()).unwrap());
        let of_steps: u64 = pair.steps.iter().map(|step| step.added.count + step.removed.count + step.flipped).sum();
        assert_eq!(of_steps, differing);
        assert!(pair.differences.iter().all(|difference| !difference.steps.is_empty()));
        assert!(pair.units.unwrap().p_adjusted.is_some());
    }
}

#[test]
fn taking_over_only_the_named_steps_turns_every_pick_that_differs() {
    use reslate::version::steps::{steps_between, with_step};
    let snapshot = Snapshot::demo().unwrap();
    let (a, b) = (shipped("v307").unwrap(), shipped("v318").unwrap());
    let dates = between("2026-01-05", "2026-02-01");
    let comparison = run(compared(&snapshot, vec![contender("v307"), contender("v318")], dates)).unwrap();
    let differences = &comparison.pairs[0].differences;
    assert!(differences.len() > 50);
    let steps = steps_between(&a, &b);
    let taken_over = |base: &Version, from: &Version, named: &[String]| {
        let named = steps.iter().filter(|step| named.contains(&step.to_string()));
        named.fold(base.clone(), |version, step| with_step(&version, step, from))
    };
    let mut by_version = BTreeMap::<String, (Version, Vec<&Bet>)>::new();
    for difference in differences {
        let (version, wanted) = match difference.change {
            Change::Removed => (taken_over(&b, &a, &difference.steps), difference.a.as_ref()),
            Change::Added | Change::Flipped => (taken_over(&a, &b, &difference.steps), difference.b.as_ref()),
        };
        let key = format!("{:?} {:?}", difference.change == Change::Removed, difference.steps);
        by_version.entry(key).or_insert((version, Vec::new())).1.push(wanted.unwrap());
    }
    for (what, (mut version, wanted)) in by_version {
        version.id = "hybrid".to_owned();
        let picked = &run(picks(&snapshot, vec![version]))["hybrid"];
        for bet in wanted {
            let pick = format!("{} {} {} {}", bet.date.0, bet.player_lookup, bet.game_id, bet.recommendation);
            assert!(picked.contains(&pick), "{what}: {pick}");
        }
    }
}

#[test]
fn a_version_is_the_same_as_itself_under_another_name() {
    let snapshot = Snapshot::demo().unwrap();
    let twin = Contender::new("twin", vec![shipped("v314").unwrap()]);
    let comparison =
        run(compared(&snapshot, vec![contender("v314"), twin], between("2026-02-01", "2026-02-28"))).unwrap();
    assert!(!comparison.differs());
    let pair = &comparison.pairs[0];
    assert!(pair.kept.count > 0 && pair.steps.is_empty());
    assert!((pair.units.unwrap().p - 1.0).abs() < 1e-12);
}

#[test]
fn the_versions_relate_as_production_meant_them_to() {
    let folder = league::folder("league-a");
    let snapshot = Snapshot::open(&folder).unwrap();
    let mut v314_like = shipped("v314").unwrap();
    v314_like.id = "v314_with_combos_of_v307".to_owned();
    v314_like.combos = shipped("v307").unwrap().combos;
    let mut v307q_like = shipped("v307q").unwrap();
    v307q_like.id = "v307q_without_floor".to_owned();
    v307q_like.set("confidence_floor", "off").unwrap();
    let mut versions: Vec<Version> = ["v279", "v284a", "v297", "v298"].map(|id| shipped(id).unwrap()).to_vec();
    versions.extend([v314_like, v307q_like]);
    let picks = run(picks(&snapshot, versions));
    assert!(picks.values().all(|picks| !picks.is_empty()));
    assert_eq!(picks["v284a"], picks["v279"]);
    assert_eq!(picks["v314_with_combos_of_v307"], picks["v307q_without_floor"]);
    // v297's picks lead those of v298 on every slate.
    let dates = |picks: &[String]| -> BTreeMap<String, Vec<String>> {
        let mut by_date = BTreeMap::<String, Vec<String>>::new();
        picks.iter().for_each(|pick| by_date.entry(pick[..10].to_owned()).or_default().push(pick.clone()));
        by_date
    };
    let v298 = dates(&picks["v298"]);
    for (date, led) in dates(&picks["v297"]) {
        assert!(v298[&date].starts_with(&led), "{date}");
    }
}

#[test]
fn as_deployed_picks_what_each_dates_version_picks() {
    let snapshot = Snapshot::demo().unwrap();
    let versions = deployed(&snapshot);
    for (id, picked) in run(picks(&snapshot, versions.clone())) {
        let version = versions.iter().find(|version| version.id == id).unwrap();
        let alone = &run(picks(&snapshot, vec![shipped(&id).unwrap()]))[&id];
        let on_its_dates: Vec<&String> =
            alone.iter().filter(|pick| version.decides.contains(pick[..10].parse().unwrap())).collect();
        assert_eq!(picked.iter().collect::<Vec<_>>(), on_its_dates, "{id}");
    }
}

#[test]
fn a_stand_in_is_said_once_and_only_where_it_decides() {
    let said = |arguments: &[&str]| {
        let run = reslate(arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stderr.matches("v279 decides the slates before it").count()
    };
    let range = ["--from", "2026-02-11", "--to", "2026-02-20"];
    assert_eq!(said(&[&["compare", "as-deployed", "v318"], &range[..]].concat()), 1);
    assert_eq!(said(&["compare", "v318", "as-deployed", "--from", "2026-02-16", "--to", "2026-02-20"]), 0);
    assert_eq!(said(&[&["card", "--version", "as-deployed"], &range[..]].concat()), 1);
    assert_eq!(said(&["card", "--version", "as-deployed", "--from", "2026-02-17", "--to", "2026-02-20"]), 0);
}

#[test]
fn without_rows_there_are_columns_all_the_same() {
    let header = |arguments: &[&str]| reslate(arguments).stdout;
    // As shipped, v284a picks what v279 picks.
    let same = header(&["compare", "v279", "v284a", "--from", "2026-02-11", "--to", "2026-02-11", "--format", "csv"]);
    assert!(same.starts_with("schema_version,a,b,change,game_date,") && same.lines().count() == 1, "{same}");
    assert_eq!(
        header(&["sql", "SELECT game_id FROM candidates WHERE FALSE", "--format", "csv"]),
        "schema_version,game_id\n"
    );
}

#[test]
fn what_passes_is_what_no_filter_blocks_first() {
    let versions = replayable(&Snapshot::demo().unwrap());
    let dates = between("2026-01-25", "2026-02-12");
    run(async {
        let request = Request { versions, ..Request::new(dates, shipped("v307").unwrap()) };
        let replay = Replay::open(&Snapshot::demo().unwrap(), request).await.unwrap();
        replay.compute(&["verdicts"]).await.unwrap();
        let sql = "SELECT CAST(count(*) FILTER (WHERE passes <> (first_filter IS NULL) OR (passes AND NOT stands)) AS BIGINT), \
                   CAST(count(*) FILTER (WHERE passes) AS BIGINT) FROM verdicts";
        let batches = replay.engine.query(sql).await.unwrap();
        let count = |at: usize| {
            let column = batches[0].column(at);
            datafusion::arrow::array::AsArray::as_primitive::<datafusion::arrow::datatypes::Int64Type>(column).value(0)
        };
        assert_eq!(count(0), 0);
        assert!(count(1) > 100, "{}", count(1));
    });
}

#[test]
fn slates_on_which_a_version_lacks_an_input_are_left_out_and_said() {
    let mut data = Data::sound();
    data.rows("player_prop_predictions")
        .retain(|row| row["game_date"] != "2026-02-11" || row["system_id"] != "catboost_v9");
    let folder = data.folder();
    let snapshot = Snapshot::open(folder.path()).unwrap();
    let comparison = run(compared(&snapshot, vec![contender("v298"), contender("v307")], ALL)).unwrap();
    assert_eq!(comparison.slates, 1);
    let [left_out] = comparison.left_out.as_slice() else { panic!("{:?}", comparison.left_out) };
    assert_eq!((left_out.version.as_str(), left_out.date.0.to_string().as_str()), ("v298", "2026-02-11"));
    assert_eq!(left_out.missing, "no predictions by catboost_v9");
    let only = Dates::On("2026-02-11".parse().unwrap());
    let error = run(compared(&snapshot, vec![contender("v298"), contender("v307")], only)).unwrap_err().to_string();
    assert_eq!(
        error,
        "nothing to compare: on each of 1 slates a version lacks an input (v298 has no predictions by catboost_v9 on \
         2026-02-11); leave it out or pull more"
    );
}

#[test]
fn the_audits_account_for_every_candidate() {
    let snapshot = Snapshot::demo().unwrap();
    let (filters, signals, cards) = run(async {
        let request = || Request::new(between("2026-01-01", "2026-01-31"), shipped("v314").unwrap());
        let replay = Replay::open(&snapshot, request()).await.unwrap();
        let (filters, signals) = (audit::filters(&replay).await.unwrap(), audit::signals(&replay).await.unwrap());
        let asked = CardRequest {
            window: Window::From("2026-01-01".parse().unwrap()),
            to: "2026-01-31".parse().ok(),
            by: Vec::new(),
            all_candidates: true,
        };
        (filters, signals, card(&snapshot, request(), &asked).await.unwrap())
    });
    let first: u64 = filters.filters.iter().map(|row| row.first.tally.count).sum();
    assert_eq!(first + filters.passed.count, filters.candidates.count);
    for row in &filters.filters {
        assert!(row.only.tally.count <= row.first.tally.count && row.first.tally.count <= row.any.tally.count);
        assert!(row.p.is_none_or(|p| (0.0..=1.0).contains(&p)));
        assert!(row.p_adjusted >= row.p);
    }
    let health = signals.signals.iter().find(|row| row.signal == "model_health").unwrap();
    assert_eq!(health.fired, signals.candidates);
    assert_eq!(signals.candidates.count, filters.candidates.count);
    assert_eq!(cards.sections.len(), Dimension::ALL.len());
    for section in &cards.sections {
        let count: u64 = section.rows.iter().map(|row| row.now.count).sum();
        assert_eq!(count, cards.total.now.count, "{:?}", section.by);
    }
    assert_eq!(cards.total.now.count, filters.candidates.count);
}

#[test]
fn tables_for_people() {
    for (name, arguments) in [
        ("compare", &["compare", "v307", "v314", "--from", "2026-01-05", "--to", "2026-01-18", "--draws", "1000"][..]),
        ("card", &["card", "--version", "v314", "--window", "14d", "--to", "2026-02-11"]),
        ("card_crossed", &["card", "--version", "v314", "--window", "30d", "--by", "direction,edge"]),
        ("filters", &["filters", "--version", "v307", "--from", "2026-01-01", "--to", "2026-01-31"]),
        ("signals", &["signals", "--version", "v314", "--from", "2026-01-01", "--to", "2026-01-31"]),
    ] {
        let ran = reslate(arguments);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(!ran.stdout.contains('\u{1b}'), "no styles in a pipe");
        assert!(ran.stdout.lines().all(|line| line.trim_end() == line), "{name}: spaces at the end of a line");
        insta::assert_snapshot!(name, ran.stdout);
    }
}

#[test]
fn a_change_fails_a_check_on_a_pull_request() {
    let range = ["--from", "2026-02-10", "--to", "2026-02-11", "--draws", "100"];
    let ran = |versions: &[&str]| reslate(&[&["compare", "--fail-on-change"], versions, &range].concat());
    assert_eq!(ran(&["v307", "v314"]).code, 1);
    assert_eq!(ran(&["v279", "v284a"]).code, 0);
}

#[test]
fn every_format_has_every_difference() {
    let folder = tempfile::tempdir().unwrap();
    let range = ["compare", "v307", "v314", "--from", "2026-02-10", "--to", "2026-02-11", "--draws", "100"];
    let written = |name: &str| {
        let path = folder.path().join(name);
        let ran = reslate(&[&range, &["--out", text(&path)][..]].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
        std::fs::read(path).unwrap()
    };
    let json: serde_json::Value = serde_json::from_slice(&written("all.json")).unwrap();
    let differences = json["pairs"][0]["differences"].as_array().unwrap().len();
    assert!(differences > 0);
    let lines = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().lines().count();
    assert_eq!(lines(written("all.ndjson")), differences);
    assert_eq!(lines(written("all.csv")), differences + 1);
    assert!(!written("all.parquet").is_empty());
}

#[test]
fn bad_input_is_said_in_one_line() {
    for (arguments, message) in [
        (&["compare", "v307", "v307"][..], "version 'v307': is given twice; give two files ids of their own"),
        (&["compare", "v307"], "version 'v307': is the only one; give at least two to compare"),
        (&["compare", "v307", "v999"], "unknown version 'v999'"),
        (&["compare", "v307", "v314", "--odds", "1.91"], "not American odds; write -110 or +120"),
        (
            &["compare", "v307", "v314", "--from", "2026-02-11", "--to", "2026-02-10"],
            "the range is the wrong way round",
        ),
        (&["card", "--window", "soon"], "not a number of days; write one such as 14d, or season"),
        (&["card", "--by", "moon"], "possible values: direction, edge"),
        (&["filters", "--from", "2027-01-01"], "no slate from 2027-01-01"),
    ] {
        let ran = reslate(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}");
        let error = ran.stderr.lines().last().unwrap();
        assert!(error.starts_with("error: ") && error.contains(message), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn nothing_decided_prints_no_rate() {
    let mut data = Data::sound();
    data.rows("prediction_accuracy").clear();
    let folder = data.folder();
    let ran = reslate(&["compare", "v298", "v307", "--snapshot", text(folder.path()), "--draws", "100"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(!ran.stdout.contains("0.0 %") && !ran.stdout.contains("NaN"), "{}", ran.stdout);
}

#[test]
fn rows_have_every_column_of_their_schema() {
    let range = ["--from", "2026-02-10", "--to", "2026-02-11"];
    for (command, schema) in [
        (&["compare", "v307", "v314", "--draws", "100"][..], "compare-rows"),
        (&["card", "--version", "v314"], "card-rows"),
        (&["filters", "--version", "v314"], "filters-rows"),
        (&["signals", "--version", "v314"], "signals-rows"),
    ] {
        let schema: serde_json::Value = serde_json::from_str(&reslate(&["schema", schema]).stdout).unwrap();
        let columns: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
        let ran = reslate(&[command, &range, &["--format", "ndjson"]].concat());
        assert!(ran.stdout.lines().count() > 0, "{}", ran.stderr);
        for line in ran.stdout.lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let row = row.as_object().unwrap();
            assert!(columns.iter().all(|column| row.contains_key(*column)), "{command:?}: {line}");
            assert_eq!(row.len(), columns.len(), "{command:?}: {line}");
        }
    }
}
