//! Signals and filters that a version's own file defines: they decide as their expressions say, see nothing else, and leave
//! every other version as it is.

use std::fs;
use std::path::PathBuf;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::compute::{cast, concat_batches};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::Snapshot;
use reslate::version::{Version, from_file, shipped};
use tempfile::TempDir;

use crate::support::league::run;
use crate::support::{Run, reslate, text};

pub(super) const ALL: Dates = Dates::Range { from: None, to: None };

const IDEA: &str = r#"
extends = "v318"
signals_with = ["rested_home"]
filters_with = ["few_minutes_over"]

[signal.rested_home]
about = "OVER at home on a rested player"
when = "is_over AND is_home AND rest_days >= min_rest AND abs_edge >= min_edge"
confidence = "least(1.0, abs_edge / 10)"
[signal.rested_home.parameters]
min_rest = 3
min_edge = 4

[filter.few_minutes_over]
about = "OVERs on players of few minutes"
value = "CASE WHEN is_over THEN minutes_avg_season END"
blocks = "below"
threshold = 20
"#;

/// Version files in a folder of their own.
pub(super) struct Files(TempDir);

impl Files {
    pub(super) fn new(files: &[(&str, &str)]) -> Files {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Files(folder)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn version(&self, name: &str) -> Version {
        from_file(&self.path(name)).unwrap()
    }
}

/// The rows of `decisions` of some versions over the demo, ordered.
pub(super) async fn decisions(versions: Vec<Version>) -> RecordBatch {
    let snapshot = Snapshot::demo().unwrap();
    let mut request = Request::new(ALL, versions[0].clone());
    request.versions = versions;
    let replay = Replay::open(&snapshot, request).await.unwrap();
    replay.compute(&["decisions"]).await.unwrap();
    let sql = "SELECT * FROM decisions ORDER BY version, game_date, player_lookup, game_id";
    let batches = replay.engine.query(sql).await.unwrap();
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

pub(super) fn texts(rows: &RecordBatch, column: &str) -> Vec<Option<String>> {
    let texts = cast(rows.column_by_name(column).unwrap(), &DataType::Utf8).unwrap();
    texts.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
}

pub(super) fn numbers(rows: &RecordBatch, column: &str) -> Vec<Option<f64>> {
    let numbers = cast(rows.column_by_name(column).unwrap(), &DataType::Float64).unwrap();
    numbers.as_primitive::<Float64Type>().iter().collect()
}

pub(super) fn lists(rows: &RecordBatch, column: &str) -> Vec<Vec<String>> {
    let lists = rows.column_by_name(column).unwrap().as_list::<i32>().clone();
    (0..rows.num_rows())
        .map(|row| {
            let values = cast(&lists.value(row), &DataType::Utf8).unwrap();
            values.as_string::<i32>().iter().flatten().map(str::to_owned).collect()
        })
        .collect()
}

#[test]
fn a_candidate_is_tagged_and_blocked_as_the_expressions_say() {
    let files = Files::new(&[("idea.toml", IDEA)]);
    let rows = run(decisions(vec![files.version("idea.toml")]));
    let is_over: Vec<bool> =
        texts(&rows, "recommendation").iter().map(|side| side.as_deref() == Some("OVER")).collect();
    let is_home: Vec<bool> = texts(&rows, "is_home").iter().map(|home| home.as_deref() == Some("true")).collect();
    let (rest, edge) = (numbers(&rows, "rest_days"), numbers(&rows, "abs_edge"));
    let minutes = numbers(&rows, "minutes_avg_season");
    let (tags, failing) = (lists(&rows, "signal_tags"), lists(&rows, "failing_filters"));
    let (mut tagged, mut blocked) = (0, 0);
    for row in 0..rows.num_rows() {
        let qualifies = is_over[row]
            && is_home[row]
            && rest[row].is_some_and(|days| days >= 3.0)
            && edge[row].is_some_and(|edge| edge >= 4.0);
        assert_eq!(tags[row].contains(&"rested_home".to_owned()), qualifies, "row {row}");
        let blocks = is_over[row] && minutes[row].is_some_and(|minutes| minutes < 20.0);
        assert_eq!(failing[row].contains(&"few_minutes_over".to_owned()), blocks, "row {row}");
        tagged += usize::from(qualifies);
        blocked += usize::from(blocks);
    }
    assert!(tagged > 0 && blocked > 0, "{tagged} {blocked}");
}

/// The rows of one version, without the structs that all versions of a question share.
fn of_version(rows: &RecordBatch, id: &str) -> RecordBatch {
    let versions = texts(rows, "version");
    let rows_of = versions.iter().map(|version| version.as_deref() == Some(id)).collect::<Vec<_>>();
    let wanted = datafusion::arrow::array::BooleanArray::from(rows_of);
    let kept = datafusion::arrow::compute::filter_record_batch(rows, &wanted).unwrap();
    let schema = kept.schema();
    let shared = ["signal_confidence", "filters"];
    let columns: Vec<usize> =
        (0..kept.num_columns()).filter(|at| !shared.contains(&schema.field(*at).name().as_str())).collect();
    kept.project(&columns).unwrap()
}

#[test]
fn versions_may_define_a_name_differently_in_one_question() {
    let strict = IDEA.replace("threshold = 20", "threshold = 26").replace("rest_days >= min_rest", "rest_days >= 5");
    let by_points = strict.replace("minutes_avg_season", "points_avg_season").replace("is_over AND", "is_under AND");
    let files = Files::new(&[("a.toml", IDEA), ("b.toml", &strict), ("c.toml", &by_points)]);
    let versions: Vec<Version> = ["a.toml", "b.toml", "c.toml"].map(|name| files.version(name)).to_vec();
    let others = ["v318", "v279"].map(|id| shipped(id).unwrap());
    let together = run(decisions(versions.iter().chain(&others).cloned().collect()));
    for version in versions.into_iter().chain(others) {
        let alone = run(decisions(vec![version.clone()]));
        assert_eq!(of_version(&together, &version.id), of_version(&alone, &version.id), "{}", version.id);
    }
}

#[test]
fn a_filter_that_observes_blocks_nothing() {
    let observing = IDEA
        .replace("threshold = 20", "threshold = 20\nmode = \"observe\"")
        .replace("signals_with = [\"rested_home\"]", "");
    let files = Files::new(&[("idea.toml", &observing)]);
    let observed = run(decisions(vec![files.version("idea.toml")]));
    let parent = run(decisions(vec![shipped("v318").unwrap()]));
    for column in ["rank", "first_filter", "selected"] {
        assert_eq!(texts(&observed, column), texts(&parent, column), "{column}");
    }
    let blocks = observed.column_by_name("filters").unwrap().as_struct();
    let blocks = blocks.column_by_name("few_minutes_over").unwrap().as_struct().column_by_name("blocks").unwrap();
    assert!(blocks.as_boolean().true_count() > 0);
}

#[test]
fn filters_look_at_tags_and_spare_what_they_say() {
    let files = Files::new(&[(
        "tags.toml",
        "extends = \"v318\"\nfilters_with = [\"thin\", \"small_edge\", \"few\"]\n\
         [tags]\nbase = [\"model_health\", \"high_edge\", \"edge_spread_optimal\"]\n\
         [filter.thin]\nwhen = \"count_tags() = count_tags('base')\"\n\
         [filter.small_edge]\nvalue = \"abs_edge\"\nblocks = \"below\"\nthreshold = 6\nunless = \"has('book_disagreement')\"\n\
         [filter.few]\nvalue = \"2 * count_tags() - - -1\"\nblocks = \"below\"\nthreshold = 4\n",
    )]);
    let rows = run(decisions(vec![files.version("tags.toml")]));
    let (tags, failing) = (lists(&rows, "signal_tags"), lists(&rows, "failing_filters"));
    let edge = numbers(&rows, "abs_edge");
    let base = ["model_health", "high_edge", "edge_spread_optimal"];
    let (mut thin, mut spared) = (0, 0);
    for row in 0..rows.num_rows() {
        let is_thin = tags[row].iter().all(|tag| base.contains(&tag.as_str()));
        assert_eq!(failing[row].contains(&"thin".to_owned()), is_thin, "row {row}");
        let is_few = 2 * tags[row].len() < 5;
        assert_eq!(failing[row].contains(&"few".to_owned()), is_few, "row {row}");
        let is_small = edge[row].is_some_and(|edge| edge < 6.0);
        let is_spared = tags[row].contains(&"book_disagreement".to_owned());
        assert_eq!(failing[row].contains(&"small_edge".to_owned()), is_small && !is_spared, "row {row}");
        thin += usize::from(is_thin);
        spared += usize::from(is_small && is_spared);
    }
    assert!(thin > 0 && spared > 0, "{thin} {spared}");
}

/// A comparison of a column with a threshold, and whether it holds of a value: none where it is NULL.
#[derive(Debug, Clone)]
struct Comparison {
    column: &'static str,
    sign: &'static str,
    threshold: f64,
}

impl Comparison {
    fn holds(&self, value: Option<f64>) -> Option<bool> {
        let value = value?;
        Some(match self.sign {
            "<" => value < self.threshold,
            "<=" => value <= self.threshold,
            ">" => value > self.threshold,
            ">=" => value >= self.threshold,
            "=" => value == self.threshold,
            _ => value != self.threshold,
        })
    }

    fn sql(&self) -> String {
        format!("{} {} {}", self.column, self.sign, self.threshold)
    }
}

/// Columns with a threshold in the midst of their values.
const NUMBERS: &[(&str, f64)] = &[
    ("line", 17.5),
    ("abs_edge", 5.0),
    ("edge", 0.0),
    ("confidence_score", 0.5),
    ("rest_days", 2.0),
    ("minutes_avg_season", 28.0),
    ("points_avg_season", 16.0),
    ("points_std_last_5", 6.0),
    ("usage_avg_season", 22.0),
    ("fta_season", 3.0),
    ("games_vs_opponent", 1.0),
    ("multi_book_line_std", 0.5),
    ("prop_line_delta", 0.0),
    ("neg_pm_streak", 1.0),
    ("n_bids", 2.0),
];

fn comparison() -> impl Strategy<Value = Comparison> {
    let sign = prop::sample::select(vec!["<", "<=", ">", ">=", "=", "<>"]);
    (prop::sample::select(NUMBERS), sign, -4_i32..=4).prop_map(|((column, middle), sign, steps)| Comparison {
        column,
        sign,
        threshold: middle + f64::from(steps) / 2.0,
    })
}

/// Disjunctions of conjunctions, some of them negated.
fn condition() -> impl Strategy<Value = Vec<Vec<(bool, Comparison)>>> {
    prop::collection::vec(prop::collection::vec((any::<bool>(), comparison()), 1..4), 1..4)
}

fn sql(condition: &[Vec<(bool, Comparison)>]) -> String {
    let part = |(negated, comparison): &(bool, Comparison)| {
        format!("{}({})", if *negated { "NOT " } else { "" }, comparison.sql())
    };
    let all = |parts: &Vec<(bool, Comparison)>| parts.iter().map(part).collect::<Vec<_>>().join(" AND ");
    condition.iter().map(all).collect::<Vec<_>>().join(" OR ")
}

/// By SQL's logic of three values.
fn holds(condition: &[Vec<(bool, Comparison)>], value: impl Fn(&str) -> Option<f64>) -> Option<bool> {
    let part = |(negated, comparison): &(bool, Comparison)| {
        comparison.holds(value(comparison.column)).map(|holds| holds != *negated)
    };
    let and = |a: Option<bool>, b: Option<bool>| match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    };
    let or = |a: Option<bool>, b: Option<bool>| and(a.map(|a| !a), b.map(|b| !b)).map(|both| !both);
    condition.iter().map(|parts| parts.iter().map(part).fold(Some(true), and)).fold(Some(false), or)
}

#[test]
fn random_definitions_decide_as_their_expressions_evaluate() {
    let mut runner = TestRunner::new_with_rng(
        Config { cases: 1, failure_persistence: None, ..Config::default() },
        TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]),
    );
    // Many definitions at once: a version each.
    let definitions = prop::collection::vec((condition(), condition()), 12);
    runner
        .run(&definitions, |definitions| {
            let file = |(signal, filter): &(Vec<_>, Vec<_>)| {
                format!(
                    "extends = \"v318\"\nsignals_with = [\"s\"]\nfilters_with = [\"f\"]\n[signal.s]\nwhen = \"{}\"\n\
                     [filter.f]\nwhen = \"{}\"\n",
                    sql(signal),
                    sql(filter)
                )
            };
            let texts_of: Vec<(String, String)> =
                definitions.iter().enumerate().map(|(at, of)| (format!("v{at}.toml"), file(of))).collect();
            let files =
                Files::new(&texts_of.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>());
            let versions = texts_of.iter().map(|(name, _)| files.version(name)).collect();
            let rows = run(decisions(versions));
            let (tags, failing) = (lists(&rows, "signal_tags"), lists(&rows, "failing_filters"));
            let ids = texts(&rows, "version");
            let columns: Vec<(&str, Vec<Option<f64>>)> =
                NUMBERS.iter().map(|(name, _)| (*name, numbers(&rows, name))).collect();
            for row in 0..rows.num_rows() {
                let at: usize = ids[row].as_ref().unwrap().trim_start_matches('v').parse().unwrap();
                let value = |name: &str| columns.iter().find(|(own, _)| *own == name).unwrap().1[row];
                let (signal, filter) = &definitions[at];
                let expected = (holds(signal, value) == Some(true), holds(filter, value) == Some(true));
                let found = (tags[row].contains(&"s".to_owned()), failing[row].contains(&"f".to_owned()));
                prop_assert_eq!(found, expected, "row {}: {} / {}", row, sql(signal), sql(filter));
            }
            Ok(())
        })
        .unwrap();
}

/// A run of a command by a version of these files.
fn by(files: &Files, arguments: &[&str]) -> Run {
    reslate(&[arguments, &["--version", text(&files.path("idea.toml"))]].concat())
}

#[test]
fn every_command_takes_definitions() {
    let files = Files::new(&[("idea.toml", IDEA)]);
    let has = |arguments: &[&str], words: &[&str]| {
        let run = by(&files, arguments);
        assert!(run.code < 2, "{arguments:?}: {}", run.stderr);
        for word in words {
            assert!(run.stdout.contains(word), "{arguments:?}: {word} in\n{}", run.stdout);
        }
    };
    let range = ["--from", "2026-01-15", "--to", "2026-02-11"];
    has(&["replay", "2026-02-11"], &["few_minutes_over"]);
    has(&["replay", "2026-02-11", "--format", "json"], &["few_minutes_over", "rested_home"]);
    has(&["explain", "2026-02-11"], &["few_minutes_over"]);
    has(&[&["filters"][..], &range].concat(), &["few_minutes_over"]);
    has(&[&["signals"][..], &range].concat(), &["rested_home"]);
    has(&[&["card", "--by", "signals"][..], &range].concat(), &[]);
    let tuned = [
        &[
            "tune",
            "--param",
            "few_minutes_over.threshold=16:24:2",
            "--param",
            "rested_home.min_rest=2,3",
            "--min-picks=1",
        ][..],
        &range,
    ]
    .concat();
    has(&tuned, &["few_minutes_over.threshold"]);
    has(&["replay", "2026-02-11", "--set", "few_minutes_over.threshold=15"], &["few_minutes_over"]);
    has(&["config"], &["rested_home"]);
    let path = files.path("idea.toml");
    let compared = reslate(&[&["compare", "v318", text(&path)][..], &range].concat());
    assert!(
        compared.code < 2 && compared.stdout.contains("few_minutes_over"),
        "{}\n{}",
        compared.stdout,
        compared.stderr
    );
    let shown = reslate(&["versions", "show", text(&path)]);
    assert!(shown.stdout.contains("OVER at home on a rested player"), "{}", shown.stdout);
    let differs = reslate(&["versions", "diff", "v318", text(&path)]);
    assert!(differs.stdout.contains("rested_home.min_rest"), "{}", differs.stdout);
    let sql = reslate(&["relations", "show", "signals", "--version", text(&path)]);
    assert!(sql.stdout.contains("'rested_home', CAST("), "{}", sql.stdout);
}

#[test]
fn a_frozen_decision_holds_the_definitions() {
    let files = Files::new(&[("idea.toml", IDEA)]);
    let frozen = files.path("frozen.json");
    let freeze = by(&files, &["freeze", "2026-02-11", "--out", text(&frozen)]);
    assert_eq!(freeze.code, 0, "{}", freeze.stderr);
    fs::remove_file(files.path("idea.toml")).unwrap();
    let replayed = reslate(&["replay", "--frozen", text(&frozen)]);
    assert_eq!(replayed.code, 0, "{}\n{}", replayed.stdout, replayed.stderr);
    assert!(replayed.stdout.contains("few_minutes_over"), "{}", replayed.stdout);
}

#[test]
fn a_filter_blocks_for_those_alone_who_list_it() {
    let files = Files::new(&[
        (
            "shares.toml",
            "extends = \"v318\"\nfilters_with = [\"small\"]\n[filter.small]\nvalue = \"abs_edge - 1\"\nblocks = \"below\"\n\
             threshold = \"min_edge\"\n",
        ),
        (
            "unlisted.toml",
            "extends = \"v318\"\n[filter.small]\nvalue = \"abs_edge - 1\"\nblocks = \"below\"\nthreshold = \"min_edge\"\n",
        ),
    ]);
    let parent = shipped("v318").unwrap();
    let alone = run(decisions(vec![parent.clone()]));
    let together = run(decisions(vec![parent.clone(), files.version("shares.toml"), files.version("unlisted.toml")]));
    assert_eq!(of_version(&together, "v318"), of_version(&alone, "v318"));
    for column in ["selected", "first_filter", "rank", "composite_score"] {
        let of = |id: &str| texts(&of_version(&together, id), column);
        assert_eq!(of("unlisted"), of("v318"), "{column}");
    }
    assert_ne!(texts(&of_version(&together, "shares"), "selected"), texts(&alone, "selected"));
}

#[test]
fn texts_and_names_of_definitions_are_no_sql() {
    let files = Files::new(&[(
        "texts.toml",
        "extends = \"v318\"\nfilters_with = [\"VALUE\", \"named\", \"quoted\"]\n\
         [filter.VALUE]\nvalue = \"source_model_id\"\nequal = \"VALUE' OR TRUE --\"\n\
         [filter.named]\nwhen = \"player_lookup = 'filters_in_full()' OR player_lookup = 'VALUE'\"\n\
         [filter.quoted]\nwhen = \"player_lookup LIKE '%''); DROP TABLE x; --%'\"\n",
    )]);
    let rows = run(decisions(vec![files.version("texts.toml")]));
    let parent = run(decisions(vec![shipped("v318").unwrap()]));
    assert_eq!(texts(&rows, "selected"), texts(&parent, "selected"));
}

#[test]
fn parameters_of_a_name_are_of_one_kind_in_a_question() {
    let file = |kind: &str| {
        format!(
            "extends = \"v318\"\nsignals_with = [\"x\"]\n[signal.x]\nwhen = \"abs_edge >= least_edge\"\n\
             parameters.least_edge = {{ value = 4, kind = \"{kind}\" }}\n"
        )
    };
    let files = Files::new(&[("a.toml", &file("decimal")), ("b.toml", &file("integer"))]);
    let compared = reslate(&["compare", text(&files.path("a.toml")), text(&files.path("b.toml"))]);
    assert_eq!(compared.code, 2, "{}", compared.stdout);
    assert!(
        compared.stderr.contains("x.least_edge is of kind integer in it, and of kind decimal in another"),
        "{}",
        compared.stderr
    );
}

#[test]
fn what_is_named_before_it_is_defined_is_frozen_too() {
    let files = Files::new(&[(
        "idea.toml",
        "extends = \"v318\"\nsignals_with = [\"z\", \"a\"]\n[signal.z]\nwhen = \"rest_days >= min_rest\"\nparameters.min_rest = 3\n\
         [signal.a]\nwhen = \"rest_days < z.min_rest\"\n",
    )]);
    let frozen = files.path("frozen.json");
    assert_eq!(by(&files, &["freeze", "2026-02-11", "--out", text(&frozen)]).code, 0);
    let replayed = reslate(&["replay", "--frozen", text(&frozen)]);
    assert_eq!(replayed.code, 0, "{}", replayed.stderr);
}

#[test]
fn a_definition_that_is_another_one_is_a_difference() {
    let files = Files::new(&[("a.toml", IDEA), ("b.toml", &IDEA.replace("rest_days >=", "rest_days >"))]);
    let differs = reslate(&["versions", "diff", text(&files.path("a.toml")), text(&files.path("b.toml"))]);
    assert_eq!(differs.code, 1);
    assert!(differs.stdout.contains("Defined otherwise\n  rested_home"), "{}", differs.stdout);
}

#[test]
fn a_set_of_tags_alone_defines_what_counts_it_anew() {
    let files = Files::new(&[("few.toml", "extends = \"v348\"\n[tags]\nbase = [\"model_health\"]\n")]);
    let few = files.version("few.toml");
    let v348 = shipped("v348").unwrap();
    assert!(few.catalogue.has_own() && few.definitions() != v348.definitions());
    let both = run(decisions(vec![few, v348]));
    let blocked = |id: &str| {
        let rows = of_version(&both, id);
        lists(&rows, "failing_filters").concat().iter().filter(|filter| *filter == "signal_density").count()
    };
    // A candidate has more than model_health where it has anything.
    assert!(blocked("few") < blocked("v348"), "{} {}", blocked("few"), blocked("v348"));
}

#[test]
fn what_is_no_number_compares_as_null_does() {
    let file = "extends = \"v318\"\nsignals_with = [\"logged\", \"far\"]\n\
                [signal.logged]\nwhen = \"ln(edge) >= 0.5\"\n\
                [signal.far]\nwhen = \"logs > 0 AND is_over\"\n\
                [feature.logs]\nfrom = \"games\"\nvalue = \"ln(CAST(plus_minus AS DOUBLE))\"\ntake = \"max\"\nlast = \"1\"\n";
    let files = Files::new(&[("idea.toml", file)]);
    let rows = run(decisions(vec![files.version("idea.toml")]));
    let (edges, logs, tags) = (numbers(&rows, "edge"), numbers(&rows, "logs"), lists(&rows, "signal_tags"));
    let has = |row: usize, tag: &str| tags[row].iter().any(|own| own == tag);
    for row in 0..rows.num_rows() {
        assert_eq!(has(row, "logged"), edges[row].unwrap() >= 0.5_f64.exp(), "{:?}", edges[row]);
        assert!(logs[row].is_none_or(f64::is_finite));
        assert!(!has(row, "far") || logs[row].is_some_and(|log| log > 0.0));
    }
    assert!(logs.iter().any(Option::is_some) && logs.iter().any(Option::is_none));
    let said = by(&files, &["replay"]).stderr;
    assert!(said.contains("signal logged has a value that is infinite or no number"), "{said}");
}

#[test]
fn a_score_may_name_the_threshold_of_a_filter_that_is_not_listed() {
    let file = "extends = \"v318\"\nfilters_without = [\"edge_floor\"]\nscore = \"abs_edge / min_edge\"\n";
    let files = Files::new(&[("scored.toml", file)]);
    let rows = run(decisions(vec![files.version("scored.toml")]));
    let (edges, scores) = (numbers(&rows, "abs_edge"), numbers(&rows, "composite_score"));
    // The double next to the decimal: the edge has one digit.
    let fifth = |edge: f64| (edge * 10.0).round() / 50.0;
    assert!(edges.iter().zip(&scores).all(|(edge, score)| *score == edge.map(fifth)));
}

#[test]
fn the_same_words_with_parameters_of_their_own_are_another_definition() {
    let global = "extends = \"v318\"\nsignals_with = [\"x\"]\n[signal.x]\nwhen = \"abs_edge >= min_edge\"\n";
    let own = format!("{global}parameters.min_edge = 7\n");
    let files = Files::new(&[("global.toml", global), ("own.toml", &own)]);
    let [global, own] = ["global.toml", "own.toml"].map(|name| files.version(name));
    assert!(global.defines_otherwise(&own).contains(&"x".to_owned()));
}
