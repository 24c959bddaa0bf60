//! What a version's own file may say besides signals and filters: scores, caps, thresholds of a side, and signals that look
//! at tags. Each decides as a plain loop over the candidates does.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use datafusion::arrow::array::{Array as _, AsArray, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use reslate::replay::{Replay, Request};
use reslate::snapshot::Snapshot;
use reslate::version::{Version, shipped};

use super::definitions::{ALL, Files, decisions, lists, numbers, texts};
use crate::support::league::run;
use crate::support::{reslate, text};

/// The rows of a relation in order of version, slate and candidate, in so many partitions.
async fn rows_of(versions: Vec<Version>, relation: &str, partitions: usize) -> RecordBatch {
    let mut request = Request::new(ALL, versions[0].clone());
    (request.versions, request.partitions) = (versions, NonZeroUsize::new(partitions));
    let replay = Replay::open(&Snapshot::demo().unwrap(), request).await.unwrap();
    replay.compute(&[relation]).await.unwrap();
    let sql = format!("SELECT * FROM {relation} ORDER BY version, game_date, player_lookup, game_id");
    let batches = replay.engine.query(&sql).await.unwrap();
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

/// The rows of a slate each.
fn by_slate(rows: &RecordBatch) -> Vec<Vec<usize>> {
    let mut slates: Vec<(Option<String>, Vec<usize>)> = Vec::new();
    for (row, date) in texts(rows, "game_date").into_iter().enumerate() {
        match slates.last_mut().filter(|(known, _)| *known == date) {
            Some((_, of_slate)) => of_slate.push(row),
            None => slates.push((date, vec![row])),
        }
    }
    slates.into_iter().map(|(_, rows)| rows).collect()
}

#[test]
fn picks_are_ranked_by_the_expression_of_a_score() {
    let files = Files::new(&[
        ("line.toml", "extends = \"v318\"\nscore = \"line - 2 * count_tags()\"\n"),
        (
            "some.toml",
            "extends = \"v318\"\n[parameters]\nscore = \"mine\"\ncap = 2\n[score.mine]\nvalue = \"CASE WHEN has('book_disagreement') THEN \
             rest_days * weight END\"\nparameters.weight = 1.5\n",
        ),
    ]);
    let expected = |of: &str, line: f64, tags: &[String], rest: Option<f64>| match of {
        "line" => Some(line - 2.0 * tags.len() as f64),
        _ => rest.filter(|_| tags.contains(&"book_disagreement".to_owned())).map(|rest| rest * 1.5),
    };
    for (id, cap) in [("line", usize::MAX), ("some", 2)] {
        let rows = run(decisions(vec![files.version(&format!("{id}.toml"))]));
        let (lines, rest, tags) = (numbers(&rows, "line"), numbers(&rows, "rest_days"), lists(&rows, "signal_tags"));
        let (scores, ranks) = (numbers(&rows, "composite_score"), numbers(&rows, "rank"));
        let (players, games) = (texts(&rows, "player_lookup"), texts(&rows, "game_id"));
        let (blocked, selected) = (texts(&rows, "first_filter"), texts(&rows, "selected"));
        for row in 0..rows.num_rows() {
            assert_eq!(scores[row], expected(id, lines[row].unwrap(), &tags[row], rest[row]), "{id}, row {row}");
        }
        let mut ties = 0;
        for slate in by_slate(&rows) {
            let mut passed: Vec<usize> = slate.into_iter().filter(|row| blocked[*row].is_none()).collect();
            // Largest first, none last; then by player and game.
            passed.sort_by(|a, b| {
                let key = |row: usize| scores[row].unwrap_or(f64::NEG_INFINITY);
                key(*b).total_cmp(&key(*a)).then_with(|| (&players[*a], &games[*a]).cmp(&(&players[*b], &games[*b])))
            });
            ties += passed.windows(2).filter(|pair| scores[pair[0]] == scores[pair[1]]).count();
            for (at, row) in passed.into_iter().enumerate() {
                assert_eq!(ranks[row], Some((at + 1) as f64), "{id}, row {row}");
                assert_eq!(selected[row].as_deref() == Some("true"), at < cap, "{id}, row {row}");
            }
        }
        assert!(ties > 0 || id == "line");
    }
}

#[test]
fn versions_with_scores_of_a_name_decide_as_each_alone() {
    let files = Files::new(&[
        ("a.toml", "extends = \"v318\"\nscore = \"line\"\n[cap]\nslate = 3\n"),
        ("b.toml", "extends = \"v296\"\nscore = \"-line\"\n[cap]\nslate = 3\n"),
    ]);
    let versions: Vec<Version> = ["a.toml", "b.toml"].map(|name| files.version(name)).to_vec();
    let others = ["v318", "v296"].map(|id| shipped(id).unwrap());
    let all: Vec<Version> = versions.into_iter().chain(others).collect();
    let together = run(rows_of(all.clone(), "rankings", 1));
    for version in all {
        let alone = run(rows_of(vec![version.clone()], "rankings", 1));
        let ids = texts(&together, "version");
        let of_version: Vec<usize> = (0..ids.len()).filter(|row| ids[*row].as_ref() == Some(&version.id)).collect();
        for column in ["player_lookup", "rank", "selected", "capped_by"] {
            let (together, alone) = (texts(&together, column), texts(&alone, column));
            let of_version: Vec<_> = of_version.iter().map(|row| together[*row].clone()).collect();
            assert_eq!(of_version, alone, "{} {column}", version.id);
        }
    }
}

/// The most picks of a slate, a team, a game and a side.
type Caps = [Option<usize>; 4];

#[test]
fn caps_take_the_best_that_fit_everywhere() {
    let settings: [Caps; 7] = [
        [Some(3), None, None, None],
        [None, Some(1), None, None],
        [None, None, Some(2), None],
        [None, None, None, Some(2)],
        [Some(6), Some(2), Some(3), Some(4)],
        [Some(4), Some(1), None, Some(3)],
        [Some(1), Some(1), Some(1), Some(1)],
    ];
    const NAMES: [&str; 4] = ["slate", "team", "game", "side"];
    let file = |caps: &Caps| {
        let caps = NAMES.iter().zip(caps).filter_map(|(name, most)| Some(format!("{name} = {}\n", (*most)?)));
        format!(
            "extends = \"v318\"\nscore = \"abs_edge - line\"\nfilters_without = [\"min_signals\"]\n[cap]\n{}",
            caps.collect::<String>()
        )
    };
    let mut refusals = HashMap::<String, usize>::new();
    for (at, caps) in settings.iter().enumerate() {
        let name = format!("v{at}.toml");
        let files = Files::new(&[(&name, &file(caps))]);
        let rows = run(rows_of(vec![files.version(&name)], "decisions", 1));
        let in_parts = run(rows_of(vec![files.version(&name)], "decisions", 4));
        assert_eq!(texts(&rows, "capped_by"), texts(&in_parts, "capped_by"));
        let groups = ["game_date", "team", "game_id", "recommendation"].map(|column| texts(&rows, column));
        let (ranks, capped_by) = (numbers(&rows, "rank"), texts(&rows, "capped_by"));
        let (selected, blocked) = (texts(&rows, "selected"), texts(&rows, "first_filter"));
        for slate in by_slate(&rows) {
            let mut ranked: Vec<usize> = slate.iter().copied().filter(|row| ranks[*row].is_some()).collect();
            ranked.sort_by(|a, b| ranks[*a].unwrap().total_cmp(&ranks[*b].unwrap()));
            let mut counts = HashMap::<(usize, &String), usize>::new();
            for row in ranked {
                let keys: Vec<(usize, &String)> =
                    (0..4).filter_map(|kind| Some((kind, groups[kind][row].as_ref()?))).collect();
                let is_full = |key: &&(usize, &String)| {
                    caps[key.0].is_some_and(|most| counts.get(*key).copied().unwrap_or_default() >= most)
                };
                let full = keys.iter().find(is_full).map(|(kind, _)| NAMES[*kind].to_owned());
                if full.is_none() {
                    keys.into_iter().for_each(|key| *counts.entry(key).or_default() += 1);
                }
                assert_eq!(selected[row].as_deref() == Some("true"), full.is_none(), "{caps:?}, row {row}");
                assert_eq!(capped_by[row], full, "{caps:?}, row {row}");
                full.into_iter().for_each(|kind| *refusals.entry(kind).or_default() += 1);
            }
            // What passed is picked or left out by a cap.
            for row in slate {
                let (is_pick, is_capped) = (selected[row].as_deref() == Some("true"), capped_by[row].is_some());
                assert_eq!(blocked[row].is_none(), is_pick || is_capped, "row {row}");
            }
        }
    }
    assert!(NAMES.iter().all(|kind| refusals.contains_key(*kind)), "{refusals:?}");
}

#[test]
fn a_candidate_that_a_cap_leaves_out_says_which() {
    let files = Files::new(&[("caps.toml", "extends = \"v318\"\n[cap]\nteam = 1\nside = 4\n")]);
    let path = files.path("caps.toml");
    let rows = run(rows_of(vec![files.version("caps.toml")], "decisions", 1));
    let (capped, dates, players) =
        (texts(&rows, "capped_by"), texts(&rows, "game_date"), texts(&rows, "player_lookup"));
    let row = (0..capped.len()).find(|row| capped[*row].as_deref() == Some("team")).unwrap();
    let (date, player) = (dates[row].clone().unwrap(), players[row].clone().unwrap());
    let rank = numbers(&rows, "rank")[row].unwrap();
    let explained = reslate(&["explain", &date, &player, "--version", text(&path)]);
    let reason = format!("rank {rank} is left out by the cap of its team, 1");
    assert!(explained.stdout.replace("\n  ", " ").contains(&reason), "{reason}\n{}", explained.stdout);
    assert!(explained.stdout.contains("cap.team 1, cap.side 4: not picked"), "{}", explained.stdout);
    let slate = reslate(&["explain", &date, "--version", text(&path)]);
    assert!(slate.stdout.contains("cap.team") && slate.stdout.contains("beyond 1 of a team"), "{}", slate.stdout);
    let replayed = reslate(&["replay", &date, "--version", text(&path)]);
    assert!(replayed.stdout.contains("left out by a cap"), "{}", replayed.stdout);
    let compared = reslate(&["compare", "v318", text(&path)]);
    assert!(compared.stdout.contains("cap: side off -> 4, team off -> 1"), "{}", compared.stdout);
    let tuned =
        reslate(&["tune", "--version", "v318", "--param", "cap.team=1,off", "--min-picks=1", "--from", "2026-02-01"]);
    assert!(tuned.stdout.contains("cap.team"), "{}\n{}", tuned.stdout, tuned.stderr);
}

#[test]
fn a_threshold_of_a_side_counts_on_that_side_alone() {
    let files = Files::new(&[
        (
            "both.toml",
            "extends = \"v318\"\n[parameters]\nmin_edge.over = 6\nmin_edge.under = 4\nhigh_edge.min_edge.over = 8\n",
        ),
        ("one.toml", "extends = \"v318\"\n[parameters]\nmin_edge.under = \"off\"\n"),
    ]);
    let versions = vec![files.version("both.toml"), files.version("one.toml"), shipped("v318").unwrap()];
    let rows = run(decisions(versions));
    let (ids, sides, edges) = (texts(&rows, "version"), texts(&rows, "recommendation"), numbers(&rows, "abs_edge"));
    let (failing, tags) = (lists(&rows, "failing_filters"), lists(&rows, "signal_tags"));
    let filters = rows.column_by_name("filters").unwrap().as_struct();
    let floor = filters.column_by_name("edge_floor").unwrap().as_struct().clone();
    for row in 0..rows.num_rows() {
        let (id, is_over, edge) =
            (ids[row].as_deref().unwrap(), sides[row].as_deref() == Some("OVER"), edges[row].unwrap());
        let (least, high) = match (id, is_over) {
            ("both", true) => (Some(6.0), 8.0),
            ("both", false) => (Some(4.0), 5.0),
            ("one", false) => (None, 5.0),
            _ => (Some(5.0), 5.0),
        };
        let blocks = least.is_some_and(|least| edge < least);
        assert_eq!(failing[row].contains(&"edge_floor".to_owned()), blocks, "{id}, row {row}");
        assert_eq!(floor.column_by_name("threshold").unwrap().is_valid(row), least.is_some(), "{id}, row {row}");
        assert_eq!(tags[row].contains(&"high_edge".to_owned()), edge >= high, "{id}, row {row}");
    }
}

#[test]
fn sides_are_tuned_exactly_by_counting() {
    let grid = [
        "tune",
        "--version",
        "v318",
        "--min-picks=1",
        "--from",
        "2026-01-15",
        "--to",
        "2026-02-11",
        "--format",
        "csv",
        "--set",
        "line_jump.under=3",
        "--param",
        "min_edge.over=3:6:1",
        "--param",
        "min_edge=4,5",
        "--param",
        "line_jump.under=2,off",
    ];
    let by = |evaluator: &str| {
        let run = reslate(&[&grid[..], &["--evaluator", evaluator]].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    };
    let counted = by("counting");
    assert!(counted.lines().count() > 10, "{counted}");
    assert_eq!(counted, by("pipeline"));
}

#[test]
fn a_signal_may_look_at_the_tags_of_others() {
    let files = Files::new(&[
        (
            "tags.toml",
            "extends = \"v318\"\nsignals_with = [\"lonely\", \"strong\", \"thin\"]\n\
             [signal.lonely]\nwhen = \"count_tags() = 1 AND NOT has('high_edge')\"\n\
             [signal.strong]\nwhen = \"has('high_edge') AND abs_edge >= least\"\nconfidence = \"count_tags('base') / 10.0\"\n\
             parameters.least = 7\n[signal.thin]\nwhen = \"line < 12\"\n[tags]\nbase = [\"model_health\", \"thin\", \"bench_under\"]\n",
        ),
        // The same name looks at tags in one version and at none in the other.
        ("plain.toml", "extends = \"v318\"\nsignals_with = [\"lonely\"]\n[signal.lonely]\nwhen = \"line < 12\"\n"),
    ]);
    let versions = vec![files.version("tags.toml"), files.version("plain.toml"), shipped("v318").unwrap()];
    let rows = run(decisions(versions));
    let (ids, tags) = (texts(&rows, "version"), lists(&rows, "signal_tags"));
    let (edges, lines) = (numbers(&rows, "abs_edge"), numbers(&rows, "line"));
    let confidences = rows.column_by_name("signal_confidence").unwrap().as_struct();
    let strong = confidences.column_by_name("strong").unwrap().clone();
    let strong = datafusion::arrow::compute::cast(&strong, &datafusion::arrow::datatypes::DataType::Float64).unwrap();
    let strong = strong.as_primitive::<datafusion::arrow::datatypes::Float64Type>();
    let (mut lonely, mut strongs) = (0, 0);
    for row in 0..rows.num_rows() {
        let has = |tag: &str| tags[row].iter().any(|own| own == tag);
        match ids[row].as_deref() {
            Some("tags") => {
                let first = tags[row].iter().filter(|tag| !["lonely", "strong"].contains(&tag.as_str())).count();
                assert_eq!(has("lonely"), first == 1 && !has("high_edge"), "row {row}: {:?}", tags[row]);
                assert_eq!(has("strong"), has("high_edge") && edges[row].unwrap() >= 7.0, "row {row}");
                assert_eq!(has("thin"), lines[row].unwrap() < 12.0, "row {row}");
                if has("strong") {
                    let base = ["model_health", "thin", "bench_under"].iter().filter(|tag| has(tag)).count();
                    assert_eq!(strong.value(row), base as f64 / 10.0, "row {row}");
                }
                lonely += usize::from(has("lonely"));
                strongs += usize::from(has("strong"));
            }
            Some("plain") => assert_eq!(has("lonely"), lines[row].unwrap() < 12.0, "row {row}"),
            _ => assert!(!has("lonely") && !has("strong"), "row {row}"),
        }
    }
    assert!(lonely > 0 && strongs > 0, "{lonely} {strongs}");
    let dates = texts(&rows, "game_date");
    let row = (0..rows.num_rows())
        .find(|row| ids[*row].as_deref() == Some("tags") && !tags[*row].contains(&"lonely".to_owned()));
    let (date, player) =
        (dates[row.unwrap()].clone().unwrap(), texts(&rows, "player_lookup")[row.unwrap()].clone().unwrap());
    let explained = reslate(&["explain", &date, &player, "--version", text(&files.path("tags.toml"))]);
    assert!(
        explained.stdout.contains("count_tags() = 1") || explained.stdout.contains("NOT has('high_edge')"),
        "{}",
        explained.stdout
    );
}

#[test]
fn what_goes_amiss_is_null_and_counted() {
    let files = Files::new(&[(
        "amiss.toml",
        "extends = \"v318\"\nsignals_with = [\"ratio\", \"careful\", \"sure\"]\nfilters_with = [\"logged\"]\n\
         score = \"edge_points / (rest_days - 2)\"\n\
         [signal.ratio]\nwhen = \"abs_edge / (rest_days - 1) > 3\"\n\
         [signal.careful]\nwhen = \"CASE WHEN rest_days > 1 THEN abs_edge / (rest_days - 1) > 3 END\"\n\
         [signal.sure]\nwhen = \"is_over\"\nconfidence = \"abs_edge / 4\"\n\
         [filter.logged]\nvalue = \"ln(edge_points - 6)\"\nblocks = \"below\"\nthreshold = -100\n",
    )]);
    let path = files.path("amiss.toml");
    let rows = run(decisions(vec![files.version("amiss.toml")]));
    let (rest, edges, sides) =
        (numbers(&rows, "rest_days"), numbers(&rows, "abs_edge"), texts(&rows, "recommendation"));
    let count = |of: &dyn Fn(usize) -> bool| (0..rows.num_rows()).filter(|row| of(*row)).count();
    let on = |n: usize| if n == 1 { "1 candidate".to_owned() } else { format!("{n} candidates") };
    let zero = count(&|row| rest[row] == Some(1.0));
    let outside = count(&|row| sides[row].as_deref() == Some("OVER") && edges[row].unwrap() > 4.0);
    let infinite = count(&|row| edges[row].unwrap() <= 6.0);
    let unscored = count(&|row| rest[row] == Some(2.0));
    assert!([zero, outside, infinite, unscored].iter().all(|count| *count > 0));
    let scores = numbers(&rows, "composite_score");
    assert!((0..rows.num_rows()).all(|row| rest[row] != Some(2.0) || scores[row].is_none()));
    let expected = [
        format!("amiss: signal ratio divides by zero on {}; the quotient is NULL there", on(zero)),
        format!("amiss: signal sure has a confidence outside of 0 to 1 on {}; it stays as it is", on(outside)),
        format!("amiss: filter logged has a value that is infinite or no number on {}; it is NULL there", on(infinite)),
        format!("amiss: score own divides by zero on {}; the quotient is NULL there", on(unscored)),
    ];
    let whole = ["--from", "2025-10-01", "--to", "2026-06-30", "--version", text(&path)];
    let replayed = reslate(&[&["replay", "--format", "ndjson"][..], &whole].concat());
    for line in &expected {
        assert!(replayed.stderr.contains(line), "{line}\n{}", replayed.stderr);
    }
    assert!(!replayed.stderr.contains("careful"), "{}", replayed.stderr);
    let first: serde_json::Value = serde_json::from_str(replayed.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(first["warnings"], serde_json::json!(expected));
    let shipped = reslate(&["replay", "--from", "2026-02-01", "--version", "v318"]);
    assert!(!shipped.stderr.contains("divides by zero"), "{}", shipped.stderr);
}
