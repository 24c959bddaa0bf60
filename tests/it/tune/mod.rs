//! `tune`: every cell is what a replay of it gives, whoever evaluates it, and the report says what the cells say.

use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use reslate::error::{Error, RequestError};
use reslate::formats;
use reslate::grade::{Odds, Record};
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::Snapshot;
use reslate::stats::{Bootstrap, max_drawdown};
use reslate::tune::{
    Axis, Checkpoint, Evaluator, HoldOutDays, Measure, Objective, Sample, Searched, TuneRequest, WalkForward, tune,
    write_checkpoint,
};
use reslate::version::catalogue::catalogue;
use reslate::version::{Version, from_file, shipped};
use serde::Deserialize;

use crate::support::invented::League;
use crate::support::league::run;
use crate::support::{Data, reslate, text};

fn between(from: &str, to: &str) -> Dates {
    Dates::Range { from: from.parse().ok(), to: to.parse().ok() }
}

pub fn asked(version: Version, axes: &[&str], dates: Dates) -> TuneRequest {
    TuneRequest {
        version,
        axes: axes.iter().map(|axis| Axis::parse(axis, catalogue()).unwrap()).collect(),
        sample: None,
        dates,
        as_of: None,
        measure: Measure { objective: Objective::Units, odds: Odds::STANDARD, min_picks: 10 },
        walk: None,
        hold_out: None,
        luck: Some(false),
        bootstrap: Bootstrap { draws: 200, seed: 42 },
        block: None,
        evaluator: Evaluator::Auto,
        memory: 1 << 30,
        top: 10,
    }
}

fn tuned(snapshot: &Snapshot, asked: &TuneRequest) -> Result<Searched, Error> {
    run(tune(snapshot, asked, None, &AtomicBool::new(false), |_, _| {}))
}

pub fn january() -> Dates {
    between("2026-01-05", "2026-01-25")
}

#[derive(Deserialize)]
struct Slate {
    version: String,
    wins: u64,
    losses: u64,
    pushes: u64,
    ungraded: u64,
}

/// What versions pick, replayed: by version the record of each slate with picks, in order of date.
async fn replayed(snapshot: &Snapshot, dates: Dates, mut versions: Vec<Version>) -> Vec<Vec<Record>> {
    for (at, version) in versions.iter_mut().enumerate() {
        version.id = format!("{at:03}");
    }
    let mut records = vec![Vec::new(); versions.len()];
    let mut request = Request::new(dates, versions[0].clone());
    request.versions = versions;
    let replay = Replay::open(snapshot, request).await.unwrap();
    replay.compute(&["decisions"]).await.unwrap();
    let sql = "SELECT version, count(*) FILTER (WHERE outcome = 'WIN') AS wins, \
               count(*) FILTER (WHERE outcome = 'LOSS') AS losses, count(*) FILTER (WHERE outcome = 'PUSH') AS pushes, \
               count(*) FILTER (WHERE outcome IN ('VOID', 'UNGRADED')) AS ungraded \
               FROM decisions WHERE selected GROUP BY version, game_date ORDER BY version, game_date";
    let batches = replay.engine.query(sql).await.unwrap();
    for slate in reslate::formats::rows::<Slate>(&batches).unwrap() {
        let Slate { version, wins, losses, pushes, ungraded } = slate;
        records[version.parse::<usize>().unwrap()].push(Record { wins, losses, pushes, voids: 0, ungraded });
    }
    records
}

/// Fifty cells of a search (or all of fewer), each against a replay of its version.
fn cells_are_replays(snapshot: &Snapshot, asked: &TuneRequest, seed: u64) {
    let searched = tuned(snapshot, asked).unwrap();
    assert!(searched.tuned.left_out.is_empty());
    let places: Vec<usize> = (0..searched.found.cells.len()).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let places: Vec<usize> = places.sample(&mut rng, 50).copied().collect();
    let version = |place: &usize| searched.grid.version(&asked.version, searched.grid.cell(*place)).unwrap();
    let versions: Vec<Version> = places.iter().map(version).collect();
    let records = run(replayed(snapshot, asked.dates, versions));
    let mut different = std::collections::BTreeSet::new();
    for (place, slates) in places.iter().zip(records) {
        let cell = &searched.found.cells[*place];
        let whole: Record = slates.iter().copied().sum();
        let settings = searched.grid.texts(searched.grid.cell(*place));
        assert_eq!(cell.totals.record(), whole, "{settings:?}");
        assert_eq!(cell.slates_with_picks as usize, slates.len(), "{settings:?}");
        let drawdown = max_drawdown(slates.iter().map(|record| record.units_at(asked.measure.odds)));
        assert!((cell.max_drawdown - drawdown).abs() < 1e-9, "{settings:?}");
        different.insert(whole.total());
    }
    assert!(different.len() > 1, "all cells pick the same: {:?}", asked.axes);
}

#[test]
fn every_cell_is_a_replay() {
    let snapshot = Snapshot::demo().unwrap();
    let grids: [(&str, &[&str]); 8] = [
        ("v314", &["min_edge=3:8:0.5,off", "under_max_edge=5:9:0.5,off", "bench_line=8:16:1", "line_jump=1:4:0.5"]),
        // The two pairs of a threshold and what it is compared with.
        ("v314", &["blacklist_hit_rate=30:60:5,off", "blacklist_min_picks=3,5,8,12", "min_edge=3,4,5"]),
        ("v314", &["under_max_edge=5:9:0.5,off", "under_max_edge_line=15:30:5,off", "line_drop=1:4:0.5,off"]),
        ("v316", &["feature_quality=70:100:5,off", "feature_quality_missing=block,pass", "familiar_games=1:6,off"]),
        (
            "v307",
            &[
                "min_signals=1:4",
                "confidence_floor=0.8:0.95:0.01,off",
                "neg_pm_streak=1:3,off",
                "filter.anti_pattern=on,off",
            ],
        ),
        ("v279", &["rel_edge_cap=0.1:0.4:0.05,off", "bench_line=10,12,off"]),
        ("v279", &["rel_edge_cap=0.1,0.3,off", "cap=3,off", "consensus_edge=2,3"]),
        (
            "v314",
            &["volatile_under.min_std=6,8,10", "high_edge.min_edge=4,5", "signal.bench_under=on,off", "min_edge=4,5"],
        ),
    ];
    for (seed, (id, axes)) in grids.into_iter().enumerate() {
        let mut version = shipped(id).unwrap();
        if id == "v279" {
            // Without its daily cap its thresholds are counted.
            version.set("cap", "off").unwrap();
        }
        cells_are_replays(&snapshot, &asked(version, axes, january()), seed as u64);
    }
}

/// A random grid of a version's thresholds and other parameters.
fn random_axes(rng: &mut ChaCha8Rng) -> Vec<String> {
    let thresholds = [
        "min_edge=LIST 2 9",
        "under_max_edge=LIST 4 10",
        "bench_line=LIST 6 20",
        "line_jump=LIST 1 5",
        "line_drop=LIST 1 5",
        "blacklist_hit_rate=LIST 30 60",
        "familiar_games=WHOLE 1 8",
        "neg_pm_streak=WHOLE 1 3",
        "min_signals=WHOLE 1 5",
        "feature_quality=LIST 60 100",
        "confidence_floor=LIST 0 100",
    ];
    let others = [
        "under_max_edge_line=18,25,off",
        "blacklist_min_picks=4,8",
        "feature_quality_missing=block,pass",
        "high_edge.min_edge=4,6",
        "candidates=all,champion",
        "windows=faithful,fixed",
        "cap=4,off",
        "line_move_days=7,14",
        "filter.line_jumped_under=on,off",
        "signal.high_edge=on,off",
        "health_min_edge=3,4",
    ];
    let mut axes: Vec<String> = thresholds
        .sample(rng, 3)
        .map(|axis| {
            let words: Vec<&str> = axis.split([' ', '=']).collect();
            let (low, high): (i32, i32) = (words[2].parse().unwrap(), words[3].parse().unwrap());
            let scale = if words[1] == "WHOLE" { 1 } else { 4 };
            let mut values: Vec<String> = (0..rng.random_range(2..5))
                .map(|_| (f64::from(rng.random_range(low * scale..=high * scale)) / f64::from(scale)).to_string())
                .collect();
            if words[0] != "min_signals" && rng.random_bool(0.5) {
                values.push("off".to_owned());
            }
            format!("{}={}", words[0], values.join(","))
        })
        .collect();
    axes.extend(others.sample(rng, 1).map(|axis| (*axis).to_owned()));
    axes
}

#[test]
fn both_evaluators_agree_on_random_grids() {
    let snapshot = Snapshot::demo().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    for _ in 0..4 {
        let axes = random_axes(&mut rng);
        let axes: Vec<&str> = axes.iter().map(String::as_str).collect();
        let mut asked = asked(shipped("v314").unwrap(), &axes, between("2026-01-05", "2026-01-18"));
        asked.sample = Some(Sample { cells: 60, seed: 5 });
        asked.luck = Some(true);
        asked.measure.min_picks = 1;
        asked.walk = Some(WalkForward { train: 6, test: 3, step: 3, expanding: false });
        let counted = tuned(&snapshot, &asked).unwrap();
        let decided = tuned(&snapshot, &TuneRequest { evaluator: Evaluator::Pipeline, ..asked }).unwrap();
        assert_eq!(counted.found.cells, decided.found.cells, "{axes:?}");
        assert_eq!(counted.found.luck, decided.found.luck, "{axes:?}");
        assert_eq!(counted.found.choices, decided.found.choices, "{axes:?}");
        assert_eq!(counted.tuned.top, decided.tuned.top, "{axes:?}");
        assert_eq!(counted.tuned.walk_forward, decided.tuned.walk_forward, "{axes:?}");
    }
}

/// On values that lie on the thresholds and beside them, as invented leagues have them.
#[test]
fn both_evaluators_agree_on_the_thresholds_themselves() {
    let mut data = League::new(3).data();
    data.drop_table("signal_combo_registry");
    let folder = data.folder();
    let snapshot = Snapshot::open(folder.path()).unwrap();
    let all = Dates::Range { from: None, to: None };
    let mut v284a = shipped("v284a").unwrap();
    v284a.set("cap", "off").unwrap();
    for (version, axes) in [
        (v284a, ["rel_edge_cap=0.25,0.3,0.333333,0.333334,off", "bench_line=11.9,12,12.1", "min_signals=1,2,3"]),
        (shipped("v314").unwrap(), ["min_edge=4.9,5,5.000001", "under_max_edge=6.9,7,7.1", "line_jump=1.9,2,2.1"]),
        (
            shipped("v307").unwrap(),
            ["feature_quality=84.9,84.999999,85", "confidence_floor=0.7,0.88,0.9,87.5", "line_drop=1.9,2,2.1"],
        ),
    ] {
        let mut asked = asked(version, &axes, all);
        asked.measure.min_picks = 1;
        let counted = tuned(&snapshot, &asked).unwrap();
        let decided = tuned(&snapshot, &TuneRequest { evaluator: Evaluator::Pipeline, ..asked }).unwrap();
        assert_eq!(counted.found.cells, decided.found.cells, "{axes:?}");
    }
}

#[test]
fn a_sample_has_the_cells_of_the_whole_grid() {
    let snapshot = Snapshot::demo().unwrap();
    let axes = ["min_edge=3:8:0.5", "under_max_edge=5:9:0.5,off", "bench_line=8:16:2"];
    let whole = asked(shipped("v314").unwrap(), &axes, january());
    let some = TuneRequest { sample: Some(Sample { cells: 40, seed: 3 }), ..whole.clone() };
    let (whole, some) = (tuned(&snapshot, &whole).unwrap(), tuned(&snapshot, &some).unwrap());
    assert_eq!((some.tuned.cells_tried, some.tuned.cells), (40, 550));
    for (place, cell) in some.found.cells.iter().enumerate() {
        let of_whole = whole.grid.place(some.grid.cell(place)).unwrap();
        assert_eq!(*cell, whole.found.cells[of_whole]);
    }
    assert_eq!(some.tuned.incumbent.outcome, whole.tuned.incumbent.outcome);
}

#[test]
fn the_incumbent_is_the_replay_of_the_version() {
    let snapshot = Snapshot::demo().unwrap();
    let v314 = shipped("v314").unwrap();
    let searched = tuned(&snapshot, &asked(v314.clone(), &["min_edge=4:6:0.5"], january())).unwrap();
    let picks: Record = run(replayed(&snapshot, january(), vec![v314])).remove(0).into_iter().sum();
    let incumbent = &searched.tuned.incumbent;
    assert_eq!(incumbent.outcome.picks.record, picks);
    let cell = searched.grid.place(incumbent.cell.unwrap()).unwrap();
    assert_eq!(searched.found.cells[cell].totals.record(), picks);
    // Ranked among the cells, itself being one of them.
    let better = |cell: &&reslate::tune::Cell| cell.outcome.figure > incumbent.outcome.figure;
    let before = searched.tuned.top.iter().filter(better).count() as u64;
    assert_eq!(incumbent.place, Some(before + 1));
    // A version whose value is not tried has a place all the same, and is no cell.
    let without = tuned(&snapshot, &asked(shipped("v314").unwrap(), &["min_edge=4,6"], january())).unwrap();
    assert_eq!(without.tuned.incumbent.cell, None);
    assert_eq!(without.tuned.incumbent.outcome, incumbent.outcome);
    assert!(without.tuned.incumbent.place.is_some());
}

#[test]
fn folds_choose_on_training_and_report_on_what_follows() {
    let snapshot = Snapshot::demo().unwrap();
    let v314 = shipped("v314").unwrap();
    let mut request =
        asked(v314.clone(), &["min_edge=3:8:0.5", "bench_line=8:16:2"], between("2025-12-01", "2026-01-31"));
    request.walk = Some(WalkForward { train: 28, test: 14, step: 14, expanding: false });
    let walk = tuned(&snapshot, &request).unwrap().tuned.walk_forward.unwrap();
    assert!(walk.folds.len() >= 2);
    for fold in &walk.folds {
        assert!(fold.train.to.0 < fold.test.from.0);
        let dates =
            |stretch: reslate::card::Stretch| Dates::Range { from: Some(stretch.from.0), to: Some(stretch.to.0) };
        // The choice is the best of a search of the training slates alone.
        let alone = tuned(&snapshot, &TuneRequest { dates: dates(fold.train), walk: None, ..request.clone() }).unwrap();
        let (best, chosen) = (&alone.tuned.top[0], fold.chosen.as_ref().unwrap());
        assert_eq!((best.cell, best.outcome.picks), (chosen.cell, chosen.train));
        let tested = tuned(&snapshot, &TuneRequest { dates: dates(fold.test), walk: None, ..request.clone() }).unwrap();
        let place = tested.grid.place(chosen.cell).unwrap();
        assert_eq!(tested.found.cells[place].totals.record(), chosen.test.record);
        assert_eq!(tested.tuned.incumbent.outcome.picks, fold.incumbent);
    }
    let sum: Record = walk.folds.iter().map(|fold| fold.chosen.as_ref().unwrap().test.record).sum();
    assert_eq!(walk.chosen.record, sum);
}

#[test]
fn what_is_held_out_changes_nothing_until_it_is_unlocked() {
    let snapshot = Snapshot::demo().unwrap();
    let axes = ["min_edge=3:8:0.5"];
    let before = between("2026-01-05", "2026-01-18");
    let mut request = asked(shipped("v314").unwrap(), &axes, january());
    request.hold_out = Some(HoldOutDays { days: 7, unlock: false });
    let locked = tuned(&snapshot, &request).unwrap();
    let alone = tuned(&snapshot, &asked(shipped("v314").unwrap(), &axes, before)).unwrap();
    assert_eq!(locked.found, alone.found);
    let hold_out = locked.tuned.hold_out.clone().unwrap();
    assert_eq!((hold_out.from.0.to_string(), hold_out.unlocked), ("2026-01-19".to_owned(), false));
    assert_eq!((hold_out.best, hold_out.incumbent), (None, None));
    request.hold_out = Some(HoldOutDays { days: 7, unlock: true });
    let unlocked = tuned(&snapshot, &request).unwrap();
    assert_eq!(unlocked.tuned.top, locked.tuned.top);
    let hold_out = unlocked.tuned.hold_out.unwrap();
    let best = unlocked.grid.version(&request.version, unlocked.tuned.top[0].cell).unwrap();
    let records = run(replayed(&snapshot, between("2026-01-19", "2026-01-25"), vec![best, request.version.clone()]));
    let wholes: Vec<Record> = records.into_iter().map(|slates| slates.into_iter().sum()).collect();
    assert!(hold_out.unlocked);
    assert_eq!([hold_out.best.unwrap().record, hold_out.incumbent.unwrap().record].to_vec(), wholes);
}

#[test]
fn a_search_that_was_ended_goes_on_as_if_it_had_not() {
    let snapshot = Snapshot::demo().unwrap();
    let axes = ["volatile_under.min_std=7:12:1", "min_edge=2:8:0.02", "bench_line=8:16:0.5"];
    let mut request = asked(shipped("v314").unwrap(), &axes, january());
    request.luck = Some(true);
    request.walk = Some(WalkForward { train: 9, test: 4, step: 4, expanding: true });
    let undisturbed = tuned(&snapshot, &request).unwrap();
    let stop = AtomicBool::new(false);
    let half = |done: u64, of: u64| stop.store(done > of / 2, Ordering::Relaxed);
    let ended = run(tune(&snapshot, &request, None, &stop, half)).unwrap();
    assert!(!ended.tuned.complete && ended.tuned.cells_tried > 0, "{} cells", ended.tuned.cells_tried);
    assert!(ended.tuned.cautions.iter().any(|caution| caution.starts_with("ended early")));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cells.partial");
    write_checkpoint(&path, &ended.asked, &ended.grid, &ended.found).unwrap();
    let resume = || Some(Checkpoint::read(&path).unwrap());
    let go = AtomicBool::new(false);
    let mut first = None;
    let gone_on = run(tune(&snapshot, &request, resume(), &go, |done, _| {
        first.get_or_insert(done);
    }))
    .unwrap();
    assert_eq!(first, Some(ended.tuned.cells_tried), "what was finished is not tried again");
    assert_eq!(gone_on.found, undisturbed.found);
    assert_eq!(gone_on.tuned, undisturbed.tuned);
    // Another search does not go on from it.
    let other = TuneRequest { measure: Measure { min_picks: 11, ..request.measure }, ..request.clone() };
    let error = run(tune(&snapshot, &other, resume(), &go, |_, _| {})).unwrap_err().to_string();
    assert_eq!(
        error,
        "--resume: --min-picks was 10 in the search that was ended, and is 11 now; ask for the same, or start anew"
    );
    // Nor does it go on from one that is damaged.
    let bytes = std::fs::read(&path).unwrap();
    let mut refused = 0;
    for at in (0..bytes.len()).step_by(bytes.len() / 400) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        std::fs::write(&path, damaged).unwrap();
        let Ok(checkpoint) = Checkpoint::read(&path) else {
            refused += 1;
            continue;
        };
        let gone_on = run(tune(&snapshot, &request, Some(checkpoint), &AtomicBool::new(true), |_, _| {})).unwrap();
        let was_found = |place: &usize| gone_on.found.is_done[*place];
        for place in (0..gone_on.found.cells.len()).filter(was_found) {
            assert_eq!(gone_on.found.cells[place], undisturbed.found.cells[place], "byte {at}");
        }
    }
    assert!(refused > 300, "{refused}");
}

/// Waits until a child catches SIGINT, as the kernel tells it, then interrupts it.
#[cfg(target_os = "linux")]
pub fn interrupt(child: &std::process::Child) {
    const SIGINT: u64 = 1 << 1;
    let catches = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
        u64::from_str_radix(caught.trim(), 16).unwrap() & SIGINT != 0
    };
    while !catches() {
        std::thread::yield_now();
    }
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "needs /proc of Linux")]
fn an_interrupt_leaves_the_finished_part_and_says_how_to_go_on() {
    use std::process::Stdio;

    let folder = tempfile::tempdir().unwrap();
    let (cells, undisturbed) = (folder.path().join("cells.csv"), folder.path().join("undisturbed.csv"));
    let asked = |out| {
        let weeks = ["--from", "2026-01-05", "--to", "2026-01-18"];
        let grid = ["--param", "min_edge=3:8:0.01", "--evaluator", "pipeline", "--luck", "on", "--min-picks", "5"];
        [&["tune", "--version", "v314"][..], &grid, &weeks, &["--out", out]].concat()
    };
    let mut search = crate::support::command(&asked(text(&cells)));
    let search = search.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    interrupt(&search);
    let ended = search.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    let partial = folder.path().join("cells.csv.partial");
    assert_eq!(ended.status.code(), Some(130), "{said}");
    assert!(said.contains("ended early") && said.contains(&format!("--resume {}", partial.display())), "{said}");
    assert!(!cells.exists() && partial.exists());
    let gone_on = reslate(&[&asked(text(&cells))[..], &["--resume", text(&partial)]].concat());
    assert_eq!(gone_on.code, 0, "{}", gone_on.stderr);
    assert_eq!(reslate(&asked(text(&undisturbed))).code, 0);
    assert_eq!(std::fs::read_to_string(&cells).unwrap(), std::fs::read_to_string(&undisturbed).unwrap());
}

#[test]
fn slates_without_an_input_are_left_out() {
    let mut data = Data::sound();
    // The other best-bets model predicted nothing on the first of the two slates.
    data.rows("player_prop_predictions")
        .retain(|row| row["system_id"] != "catboost_v12" || row["game_date"] != "2026-02-10");
    let folder = data.folder();
    let snapshot = Snapshot::open(folder.path()).unwrap();
    let mut version = shipped("v314").unwrap();
    version.set("candidates", "champion").unwrap();
    let mut request = asked(version, &["champion=catboost_v9,catboost_v12"], between("2026-02-10", "2026-02-11"));
    request.measure.min_picks = 1;
    let tuned_on = |request: &TuneRequest| tuned(&snapshot, request).unwrap().tuned;
    let both = tuned_on(&request);
    assert_eq!((both.slates, both.from.0.to_string()), (1, "2026-02-11".to_owned()));
    let left_out: Vec<(String, &str)> =
        both.left_out.iter().map(|slate| (slate.date.0.to_string(), slate.missing.as_str())).collect();
    assert_eq!(left_out, [("2026-02-10".to_owned(), "no predictions by catboost_v12")]);
    assert_eq!(both.incumbent.outcome.picks.count, 2);
    // Where nobody asks for that model, nothing is left out.
    request.axes = vec![Axis::parse("min_edge=5", catalogue()).unwrap()];
    assert_eq!(tuned_on(&request).slates, 2);
    request.axes = vec![Axis::parse("champion=catboost_v9,catboost_v99", catalogue()).unwrap()];
    assert!(matches!(tuned(&snapshot, &request), Err(Error::Request(RequestError::NothingToCompare { .. }))));
}

#[test]
fn what_cannot_be_tuned_is_refused() {
    let snapshot = Snapshot::demo().unwrap();
    let v314 = || shipped("v314").unwrap();
    let refused = |request: &TuneRequest| tuned(&snapshot, request).unwrap_err().to_string();
    let idle = refused(&asked(v314(), &["rel_edge_cap=0.2,0.3"], january()));
    assert!(idle.contains("v314 has no filter rel_edge_cap; leave it out"), "{idle}");
    let wide = refused(&asked(v314(), &["min_edge=0:100:0.01", "under_max_edge=0:100:0.01"], january()));
    assert!(wide.contains("the grid has 100020001 cells, more than 50000000"), "{wide}");
    let request = TuneRequest { memory: 1 << 20, ..asked(v314(), &["min_edge=0:100:0.001"], january()) };
    let large = refused(&request);
    assert!(large.starts_with("100001 cells need ") && large.contains("more than --memory 1.0 MiB"), "{large}");
    let walk = Some(WalkForward { train: 60, test: 7, step: 7, expanding: false });
    let long = refused(&TuneRequest { walk, ..asked(v314(), &["min_edge=3,4"], january()) });
    assert!(long.contains("--train '60d': leaves nothing to test on"), "{long}");
    let hold_out = Some(HoldOutDays { days: 60, unlock: false });
    let nothing = refused(&TuneRequest { hold_out, ..asked(v314(), &["min_edge=3,4"], january()) });
    assert!(nothing.contains("--hold-out '60d': leaves no slate to tune on"), "{nothing}");
    let mut few = asked(v314(), &["min_edge=3,4"], january());
    few.measure.min_picks = 100_000;
    assert_eq!(refused(&few), "none of 2 cells decided 100000 picks; lower --min-picks, or look at more slates");
    let counting = TuneRequest { evaluator: Evaluator::Counting, ..asked(v314(), &["health_days=7,14"], january()) };
    assert!(refused(&counting).contains("health_days cannot be counted: it is no threshold of a filter"));
}

#[test]
fn a_cell_becomes_a_version_file_that_picks_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tuned.toml");
    let run_of = reslate(&[
        "tune",
        "--version",
        "v314",
        "--set",
        "line_jump=3",
        "--param",
        "min_edge=3:7:0.5",
        "--param",
        "under_max_edge=6,8,off",
        "--from",
        "2026-01-05",
        "--to",
        "2026-01-25",
        "--format",
        "json",
        "--write-version",
        text(&path),
        "--cell",
        "2",
    ]);
    assert_eq!(run_of.code, 0, "{}", run_of.stderr);
    let report: serde_json::Value = serde_json::from_str(&run_of.stdout).unwrap();
    let cell = &report["top"][1];
    let version = from_file(&path).unwrap();
    assert_eq!(version.text("min_edge"), cell["settings"]["min_edge"].to_string());
    assert_eq!(version.text("line_jump"), "3");
    let snapshot = Snapshot::demo().unwrap();
    let picks: Record = run(replayed(&snapshot, january(), vec![version.clone()])).remove(0).into_iter().sum();
    assert_eq!(serde_json::json!(picks.wins), cell["picks"]["wins"]);
    assert_eq!(serde_json::json!(picks.total()), cell["picks"]["count"]);
    // Another version may extend it, but not take its file.
    let tuned_again = folder.path().join("again.toml");
    let again = reslate(&[
        "tune",
        "--version",
        text(&path),
        "--param",
        "bench_line=8,12",
        "--from",
        "2026-01-05",
        "--to",
        "2026-01-25",
        "--write-version",
        text(&tuned_again),
        "--format",
        "json",
    ]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(from_file(&tuned_again).unwrap().text("line_jump"), "3");
    let itself =
        reslate(&["tune", "--version", text(&path), "--param", "bench_line=8,12", "--write-version", text(&path)]);
    assert!(itself.code == 2 && itself.stderr.contains("is the version that is tuned"), "{}", itself.stderr);
    assert_eq!(from_file(&path).unwrap(), version);
}

const WEEKS: [&str; 4] = ["--from", "2026-01-05", "--to", "2026-02-28"];

fn run_tune(arguments: &[&str]) -> crate::support::Run {
    reslate(&[&["tune", "--version", "v314"], arguments, &WEEKS].concat())
}

#[test]
fn the_report_as_a_table() {
    let shown = run_tune(&[
        "--param",
        "min_edge=4:6:0.5",
        "--param",
        "under_max_edge=6,7,off",
        "--train",
        "21d",
        "--test",
        "7d",
        "--hold-out",
        "7d",
        "--heatmap",
        "min_edge,under_max_edge",
        "--top",
        "3",
    ]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    insta::assert_snapshot!("report", shown.stdout);
}

#[test]
fn rows_have_a_column_a_parameter_in_every_format() {
    let arguments = ["--param", "signal.cold_snap=on,off", "--param", "min_edge=5,6", "--format"];
    let csv = run_tune(&[&arguments[..], &["csv"]].concat());
    insta::assert_snapshot!("rows", csv.stdout);
    let ndjson = run_tune(&[&arguments[..], &["ndjson"]].concat()).stdout;
    let rows: Vec<serde_json::Value> = ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 4);
    assert_eq!((&rows[3]["signal.cold_snap"], &rows[3]["min_edge"]), (&"off".into(), &"6".into()));
    let schema = reslate(&["schema", "tune-rows"]).stdout;
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let config =
        jsonschema_valid::Config::from_schema(&schema, Some(jsonschema_valid::schemas::Draft::Draft7)).unwrap();
    assert!(rows.iter().all(|row| config.validate(row).is_ok()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cells.parquet");
    assert_eq!(run_tune(&[&arguments[..], &["parquet", "--out", text(&path)]].concat()).code, 0);
    let file = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(&path).unwrap()).unwrap();
    let report = run_tune(&[&arguments[..], &["json"]].concat()).stdout;
    let (report, metadata) = (report.parse::<serde_json::Value>().unwrap(), file.schema().metadata().clone());
    assert_eq!(metadata["reslate.tuned"].parse::<serde_json::Value>().unwrap(), report);
    let batches: Vec<_> = file.build().unwrap().map(Result::unwrap).collect();
    assert_eq!(String::from_utf8(formats::ndjson(&batches).unwrap()).unwrap(), ndjson);
}

#[test]
fn the_report_conforms_to_its_schema() {
    let arguments = [
        "--param",
        "min_edge=4:6:0.5",
        "--train",
        "21d",
        "--test",
        "7d",
        "--hold-out",
        "7d",
        "--unlock",
        "--format",
        "json",
    ];
    let report: serde_json::Value = serde_json::from_str(&run_tune(&arguments).stdout).unwrap();
    let schema: serde_json::Value = serde_json::from_str(&reslate(&["schema", "tune"]).stdout).unwrap();
    let schema = crate::support::schema::without_date_formats(schema);
    let config =
        jsonschema_valid::Config::from_schema(&schema, Some(jsonschema_valid::schemas::Draft::Draft7)).unwrap();
    if let Err(errors) = config.validate(&report) {
        panic!("{:?}", errors.map(|error| error.to_string()).collect::<Vec<_>>());
    }
    assert_eq!(report["hold_out"]["unlocked"], true);
    assert!(report["luck"]["reality_check"].as_f64().unwrap() > 0.0);
}

#[test]
fn the_heatmap_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("heat.svg");
    let drawn = run_tune(&[
        "--param",
        "min_edge=4:6:0.5",
        "--param",
        "bench_line=10,12,14",
        "--heatmap",
        "bench_line,min_edge",
        "--svg",
        text(&path),
    ]);
    assert_eq!(drawn.code, 0, "{}", drawn.stderr);
    let svg = std::fs::read_to_string(&path).unwrap();
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    for label in ["min_edge", "bench_line", "units of v314", "red frame: best"] {
        assert!(svg.contains(label), "{label}");
    }
    // A rectangle a cell, and more for the scale.
    assert!(svg.matches("<rect").count() > 15);
}

#[test]
fn bad_input_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (grid, other) = (file("grid.toml", "[parameters]\nmin_edg = 5\n"), file("other.parquet", "PAR1"));
    let cases: [(&[&str], &str); 14] = [
        (&[], "--param '': nothing to tune; give at least one, such as min_edge=3:8:0.25"),
        (&["--param", "min_egde=3:8:1"], "unknown parameter 'min_egde'; did you mean 'min_edge'?"),
        (&["--param", "min_edge=8:3:1"], "the wrong way round"),
        (&["--param", "min_edge=3:8:0"], "must be above 0"),
        (&["--param", "min_edge=3,4", "--param", "min_edge=5"], "is given twice"),
        (&["--param", "min_edge=3,4", "--train", "20d"], "--test"),
        (&["--param", "min_edge=3,4", "--train", "20d", "--test", "7d", "--step", "3d"], "is shorter than --test 7d"),
        (&["--param", "min_edge=3,4", "--unlock"], "--hold-out"),
        (&["--param", "min_edge=3,4", "--heatmap", "min_edge,cap"], "--heatmap 'cap': is no parameter of the grid"),
        (&["--param", "min_edge=3,4", "--heatmap", "min_edge"], "not two parameters"),
        (&["--param", "min_edge=3,4", "--memory", "much"], "--memory"),
        (&["--grid", &grid], "unknown parameter 'min_edg'"),
        (&["--param", "min_edge=3,4", "--resume", &other], "is no search to go on with (it is no Parquet file)"),
        (
            &["--param", "min_edge=3,4", "--write-version", "x.toml", "--cell", "9"],
            "--cell '9': is not listed; 2 cells are",
        ),
    ];
    for (arguments, expected) in cases {
        let refused = run_tune(arguments);
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{arguments:?}");
        let message = refused.stderr.lines().last().unwrap_or_default();
        assert!(message.starts_with("error: ") && message.contains(expected), "{arguments:?}: {}", refused.stderr);
    }
    assert!(!std::path::Path::new("x.toml").exists());
    let deployed = reslate(&["tune", "--version", "as-deployed", "--param", "min_edge=3,4"]);
    assert_eq!(deployed.code, 2);
    let empty = Data::empty().folder();
    let nothing = reslate(&["tune", "--snapshot", text(empty.path()), "--param", "min_edge=3,4"]);
    assert!(nothing.code == 2 && nothing.stderr.contains("no predictions at all"), "{}", nothing.stderr);
}
