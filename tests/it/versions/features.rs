//! Features that a version's own file makes of the players' past: they have the values that their words say, see nothing of the
//! slate or after it, and are shown, kept and blamed like any column.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::json::LineDelimitedWriter;
use reslate::engine::AsOf;
use reslate::replay::{Dates, Replay, Request};
use reslate::snapshot::Snapshot;
use reslate::snapshot::calendar::Season;
use reslate::version::{Version, from_file, shipped};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::league::{in_memory, run};
use crate::support::{Data, Run, reslate, text};

const GAMES: &str = "player_game_summary";
const GRADINGS: &str = "prediction_accuracy";
const PREDICTIONS: &str = "player_prop_predictions";
const DATE: &str = "2026-02-11";

/// A feature of every kind; what is behind the name is (from, value, take, last, where).
const FEATURES: &[(&str, [&str; 5])] = &[
    ("points_last_5", ["games", "points", "avg", "5", "minutes_played > 0"]),
    ("minutes_last_3", ["games", "minutes_played", "avg", "3", "minutes_played > 0"]),
    ("points_14_days", ["games", "points", "sum", "14 days", ""]),
    ("points_std", ["games", "points", "stddev", "season", "minutes_played > 0"]),
    ("most_of_10", ["games", "points + 1", "max", "10", ""]),
    ("least_minutes", ["games", "minutes_played", "min", "season", "minutes_played > 0"]),
    ("games_7_days", ["games", "", "count", "7 days", "minutes_played > 0"]),
    ("rows_of_season", ["games", "", "count", "season", ""]),
    ("latest_usage", ["games", "usage_rate", "first", "1", ""]),
    ("starts", ["games", "starter_flag", "share", "10", "minutes_played > 0"]),
    ("thirds", ["games", "CAST(points AS DOUBLE) / 3", "sum", "8", ""]),
    ("went_over", ["gradings", "actual_points > line_value", "share", "5", "prediction_correct IS NOT NULL"]),
    ("off_30_days", ["gradings", "predicted_points - actual_points", "avg", "30 days", ""]),
    ("gradings_of_season", ["gradings", "", "count", "season", ""]),
    ("line_last_3", ["predictions", "line", "avg", "3", "is_book_line"]),
    ("predicted_of_season", ["predictions", "", "count", "season", ""]),
];

/// A version with all of them.
fn with_all() -> String {
    let mut file = "extends = \"v318\"\nsignals_with = [\"all_of_them\"]\n".to_owned();
    let named: Vec<String> = FEATURES.iter().map(|(name, _)| format!("{name} > 1000")).collect();
    file += &format!("[signal.all_of_them]\nwhen = \"{}\"\n", named.join(" OR "));
    for (name, [from, value, take, last, only]) in FEATURES {
        file += &format!("[feature.{name}]\nfrom = \"{from}\"\ntake = \"{take}\"\nlast = \"{last}\"\n");
        for (key, expression) in [("value", value), ("where", only)] {
            if !expression.is_empty() {
                file += &format!("{key} = \"{expression}\"\n");
            }
        }
    }
    file
}

/// Tags OVERs on players who scored much lately, and blocks those who played much.
const LATELY: &str = r#"
extends = "v318"
signals_with = ["hot"]
filters_with = ["tired"]

[feature.points_last_2]
about = "mean points of the last two games"
from = "games"
value = "points"
take = "avg"
last = "2"
where = "minutes_played > 0"

[feature.minutes_4_days]
from = "games"
value = "minutes_played"
take = "sum"
last = "4 days"

[signal.hot]
when = "is_over AND points_last_2 >= min_points"
parameters.min_points = 24

[filter.tired]
value = "minutes_4_days"
blocks = "from"
threshold = 60
"#;

struct Files(TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Files {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Files(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn version(&self, name: &str) -> Version {
        from_file(&self.path(name)).unwrap()
    }
}

fn request(versions: Vec<Version>) -> Request {
    let mut request = Request::new(Dates::Range { from: None, to: None }, versions[0].clone());
    request.versions = versions;
    request
}

/// The rows of a query over a replay, as objects.
async fn asked(snapshot: &Snapshot, request: Request, sql: &str) -> Vec<Value> {
    let replay = Replay::open(snapshot, request).await.unwrap();
    objects(&replay.user_query(sql).await.unwrap())
}

fn objects(batches: &[RecordBatch]) -> Vec<Value> {
    let mut writer = LineDelimitedWriter::new(Vec::new());
    writer.write_batches(&batches.iter().collect::<Vec<_>>()).unwrap();
    writer.finish().unwrap();
    let text = String::from_utf8(writer.into_inner()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A value, a number as a double: what versions have in common is of the type of all.
fn as_double(value: Option<&Value>) -> Value {
    let value = value.cloned().unwrap_or(Value::Null);
    value.as_f64().map_or(value, Value::from)
}

const DECISIONS: &str = "SELECT * FROM decisions ORDER BY version, game_date, player_lookup, game_id";

/// A row of the past with the value that a feature reads of it: none, a number, or a truth as 0 or 1.
struct Past {
    date: NaiveDate,
    value: Option<Decimal>,
    counts: bool,
}

fn number(row: &Value, column: &str) -> Option<Decimal> {
    row.get(column).filter(|value| !value.is_null()).map(|value| value.to_string().parse().unwrap())
}

fn truth(value: Option<bool>) -> Option<Decimal> {
    value.map(|value| Decimal::from(u8::from(value)))
}

/// What a feature reads of a row of its table, by hand.
fn read(name: &str, row: &Value) -> Option<Decimal> {
    let of = |column: &str| number(row, column);
    match name {
        "points_last_5" | "points_14_days" | "points_std" | "thirds" => of("points"),
        "most_of_10" => of("points").map(|points| points + Decimal::ONE),
        "minutes_last_3" | "least_minutes" => of("minutes_played"),
        "latest_usage" => of("usage_rate"),
        "starts" => truth(row.get("starter_flag").and_then(Value::as_bool)),
        "went_over" => truth(of("actual_points").zip(of("line_value")).map(|(points, line)| points > line)),
        "off_30_days" => of("predicted_points").zip(of("actual_points")).map(|(a, b)| a - b),
        "line_last_3" => of("current_points_line"),
        _ => Some(Decimal::ONE),
    }
}

/// Whether a row counts for a feature.
fn counts(only: &str, row: &Value) -> bool {
    match only {
        "minutes_played > 0" => number(row, "minutes_played").is_some_and(|minutes| minutes > Decimal::ZERO),
        "prediction_correct IS NOT NULL" => row.get("prediction_correct").is_some_and(|value| !value.is_null()),
        "is_book_line" => {
            let source = row.get("line_source").and_then(Value::as_str);
            source.is_some_and(|source| ["ACTUAL_PROP", "ODDS_API", "BETTINGPROS"].contains(&source))
        }
        _ => true,
    }
}

/// What a feature is for a slate, of the rows of its player in order of time.
fn evaluated(name: &str, take: &str, last: &str, rows: &[Past], slate: NaiveDate) -> Option<f64> {
    let mut seen: Vec<&Past> = rows.iter().filter(|row| row.counts && row.date < slate).collect();
    match last.split_once(' ') {
        Some((days, _)) => {
            let since = slate - Days::new(days.parse().unwrap());
            seen.retain(|row| row.date >= since);
        }
        None if last == "season" => {}
        None => drop(seen.drain(..seen.len().saturating_sub(last.parse().unwrap()))),
    }
    let values: Vec<Decimal> = seen.iter().filter_map(|row| row.value).collect();
    let doubles: Vec<f64> = values.iter().map(|value| value.to_f64().unwrap()).collect();
    let is_any = !values.is_empty();
    let count = doubles.len() as f64;
    match take {
        "count" => Some(count),
        "first" => seen.last().and_then(|row| row.value?.to_f64()),
        _ if !is_any => None,
        "sum" if name == "thirds" => Some(doubles.iter().map(|value| value / 3.0).sum()),
        "sum" => values.iter().sum::<Decimal>().to_f64(),
        "min" => values.iter().min().and_then(ToPrimitive::to_f64),
        "max" => values.iter().max().and_then(ToPrimitive::to_f64),
        "share" => Some(doubles.iter().sum::<f64>() / count),
        "stddev" => {
            let mean = doubles.iter().sum::<f64>() / count;
            let squares: f64 = doubles.iter().map(|value| (value - mean) * (value - mean)).sum();
            (doubles.len() > 1).then(|| (squares / (count - 1.0)).sqrt())
        }
        "avg" if name == "points_last_5" => Some(doubles.iter().sum::<f64>() / count),
        "avg" => {
            let mean = values.iter().sum::<Decimal>() / Decimal::from(values.len());
            mean.round_dp_with_strategy(9, RoundingStrategy::MidpointAwayFromZero).to_f64()
        }
        other => panic!("{other}"),
    }
}

fn date(row: &Value) -> NaiveDate {
    row["game_date"].as_str().unwrap().parse().unwrap()
}

/// Holds every feature of every candidate of the demo against what it is by hand.
async fn hold_against_hand(as_of: Option<NaiveTime>) -> usize {
    let files = Files::new(&[("all.toml", &with_all())]);
    let version = files.version("all.toml");
    let snapshot = Snapshot::demo().unwrap();
    let mut asking = request(vec![version.clone()]);
    asking.as_of = as_of.map(AsOf::TimeOfDay);
    let decisions = asked(&snapshot, asking.clone(), DECISIONS).await;
    let champion = version.champion();
    let of_table = async |sql: String| asked(&snapshot, asking.clone(), &sql).await;
    let tables = BTreeMap::from([
        ("games", of_table(format!("SELECT * FROM {GAMES} ORDER BY game_date, game_id")).await),
        (
            "gradings",
            of_table(format!(
                "SELECT * FROM {GRADINGS} WHERE system_id = '{champion}' ORDER BY game_date, game_id, graded_at"
            ))
            .await,
        ),
        (
            "predictions",
            of_table(format!(
                "SELECT * FROM {PREDICTIONS} WHERE system_id = '{champion}' AND is_active ORDER BY game_date, game_id"
            ))
            .await,
        ),
    ]);
    let mut by_player: BTreeMap<(&str, &str), Vec<&Value>> = BTreeMap::new();
    for (from, rows) in &tables {
        for row in rows {
            by_player.entry((from, row["player_lookup"].as_str().unwrap())).or_default().push(row);
        }
    }
    let mut known = 0;
    for decision in &decisions {
        let (slate, player) = (date(decision), decision["player_lookup"].as_str().unwrap());
        let since = Season::of(slate).stats_since();
        for (name, [from, _, take, last, only]) in FEATURES {
            // Which prediction was active at a time is told elsewhere.
            if as_of.is_some() && *from == "predictions" {
                continue;
            }
            let seen = |row: &&&Value| match (as_of, row.get("graded_at").and_then(Value::as_str)) {
                (Some(as_of), Some(graded)) if *from == "gradings" => {
                    graded.parse::<NaiveDateTime>().unwrap() <= slate.and_time(as_of)
                }
                _ => true,
            };
            let rows = by_player.get(&(*from, player)).into_iter().flatten();
            let rows = rows.filter(|row| date(row) >= since).filter(seen);
            // Of a day the last one counts.
            let mut of_days: BTreeMap<NaiveDate, Past> = BTreeMap::new();
            for row in rows {
                of_days.insert(date(row), Past { date: date(row), value: read(name, row), counts: counts(only, row) });
            }
            let rows: Vec<Past> = of_days.into_values().collect();
            let expected = evaluated(name, take, last, &rows, slate);
            let found = decision.get(*name).and_then(Value::as_f64);
            assert_eq!(found, expected, "{name} of {player} on {slate}");
            known += usize::from(expected.is_some_and(|value| value != 0.0));
        }
    }
    known
}

#[test]
fn a_feature_is_what_its_words_say() {
    let known = run(hold_against_hand(None));
    assert!(known > 1000, "{known}");
}

#[test]
fn a_feature_has_only_what_was_written_by_the_time() {
    let known = run(hold_against_hand(NaiveTime::from_hms_opt(10, 20, 0)));
    assert!(known > 1000, "{known}");
}

/// The decisions of a slate, without what came of the bets.
async fn decided(snapshot: &Snapshot, version: &Version, slate: &str, partitions: usize) -> Vec<Value> {
    let mut asking = request(vec![version.clone()]);
    asking.dates = Dates::On(slate.parse().unwrap());
    asking.partitions = NonZeroUsize::new(partitions);
    let mut rows = asked(snapshot, asking, DECISIONS).await;
    for row in &mut rows {
        let row = row.as_object_mut().unwrap();
        for column in ["actual_points", "outcome", "units"] {
            row.remove(column);
        }
    }
    rows
}

/// The rows of a table with every number of those from a date on made another one, and some of them gone.
async fn scrambled(snapshot: &Snapshot, table: &str, condition: &str) -> RecordBatch {
    let others = match table {
        GAMES => {
            "CAST(points + 7 AS BIGINT) AS points, CAST(minutes_played + 7 AS DECIMAL(5, 1)) AS minutes_played, \
             CAST(usage_rate + 7 AS DECIMAL(6, 2)) AS usage_rate, NOT starter_flag AS starter_flag"
        }
        GRADINGS => {
            "CAST(actual_points + 7 AS BIGINT) AS actual_points, NOT prediction_correct AS prediction_correct, \
             CAST(predicted_points + 7 AS DECIMAL(5, 1)) AS predicted_points"
        }
        _ => "CAST(predicted_points + 7 AS DECIMAL(5, 1)) AS predicted_points",
    };
    let sql = format!(
        "SELECT * FROM {table} WHERE NOT ({condition}) UNION ALL SELECT * REPLACE ({others}) FROM {table} \
         WHERE {condition} AND character_length(player_lookup) % 3 <> 0"
    );
    let replay = Replay::open(snapshot, request(vec![shipped("v318").unwrap()])).await.unwrap();
    let batches = replay.user_query(&sql).await.unwrap();
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

#[test]
fn what_is_on_the_slate_or_after_it_changes_no_feature() {
    let files = Files::new(&[("all.toml", &with_all())]);
    let version = files.version("all.toml");
    run(async {
        let snapshot = Snapshot::demo().unwrap();
        for slate in ["2025-11-20", "2026-01-12", DATE] {
            let before = decided(&snapshot, &version, slate, 1).await;
            let mut later = snapshot.clone();
            for (table, condition) in [
                (GAMES, format!("game_date >= DATE '{slate}'")),
                (GRADINGS, format!("game_date >= DATE '{slate}'")),
                (PREDICTIONS, format!("game_date > DATE '{slate}'")),
            ] {
                let rows = scrambled(&snapshot, table, &condition).await;
                later = later.with_table(table, in_memory(table, &rows, 1000)).unwrap();
            }
            assert_eq!(decided(&later, &version, slate, 1).await, before, "{slate}");
            // And what is before it does.
            let rows = scrambled(&snapshot, GAMES, &format!("game_date < DATE '{slate}'")).await;
            let earlier = snapshot.clone().with_table(GAMES, in_memory(GAMES, &rows, 1000)).unwrap();
            assert_ne!(decided(&earlier, &version, slate, 1).await, before, "{slate}");
        }
    });
}

#[test]
fn features_do_not_depend_on_partitions_and_batches() {
    let files = Files::new(&[("all.toml", &with_all())]);
    let version = files.version("all.toml");
    run(async {
        let snapshot = Snapshot::demo().unwrap();
        let mut small = snapshot.clone();
        for table in [GAMES, GRADINGS] {
            let rows = scrambled(&snapshot, table, "FALSE").await;
            small = small.with_table(table, in_memory(table, &rows, 37)).unwrap();
        }
        let alone = decided(&snapshot, &version, DATE, 1).await;
        assert_eq!(decided(&snapshot, &version, DATE, 2).await, alone);
        assert_eq!(decided(&small, &version, DATE, 7).await, alone);
    });
}

/// Two slates, before the second of which the players have two games each.
fn data() -> Data {
    let mut data = Data::sound();
    for (day, points, minutes) in [("2026-02-06", 30, 20.0), ("2026-02-08", 20, 35.5)] {
        for (player, team, more) in [("al_one_lal", "LAL", 0), ("bo_two_bos", "BOS", -4)] {
            let game = format!("{}_LAL_BOS", day.replace('-', ""));
            data.push(
                GAMES,
                json!({
                    "player_lookup": player, "player_full_name": player, "game_id": game, "game_date": day,
                    "team_abbr": team, "opponent_team_abbr": "NYK", "season_year": 2025, "points": points + more,
                    "minutes_played": minutes,
                }),
            );
        }
    }
    // Not played: no game of those with minutes, and a row of all the same.
    data.push(
        GAMES,
        json!({
            "player_lookup": "bo_two_bos", "player_full_name": "bo", "game_id": "20260209_LAL_BOS",
            "game_date": "2026-02-09", "team_abbr": "BOS", "opponent_team_abbr": "LAL", "season_year": 2025,
            "points": null, "minutes_played": null,
        }),
    );
    data
}

fn by(data: &Data, files: &Files, arguments: &[&str]) -> Run {
    let folder = data.folder();
    let version = files.path("lately.toml");
    let run = reslate(&[arguments, &["--version", text(&version), "--snapshot", text(folder.path())]].concat());
    let anonymous = |said: &str| said.replace(text(files.0.path()), "FILES").replace(text(folder.path()), "DIR");
    Run { stdout: anonymous(&run.stdout), stderr: anonymous(&run.stderr), ..run }
}

#[test]
fn features_tag_and_block() {
    let files = Files::new(&[("lately.toml", LATELY)]);
    let folder = data().folder();
    let rows = run(async {
        let snapshot = Snapshot::open(folder.path()).unwrap();
        decided(&snapshot, &files.version("lately.toml"), DATE, 1).await
    });
    let of = |at: usize, column: &str| rows[at].get(column).cloned().unwrap_or(Value::Null);
    assert_eq!([of(0, "points_last_2"), of(0, "minutes_4_days")], [json!(25.0), json!(35.5)]);
    assert_eq!([of(1, "points_last_2"), of(1, "minutes_4_days")], [json!(21.0), json!(35.5)]);
    let tagged = |at: usize| rows[at]["signal_tags"].as_array().unwrap().contains(&json!("hot"));
    assert_eq!([tagged(0), tagged(1)], [true, false]);
    let stricter = Files::new(&[("lately.toml", &LATELY.replace("threshold = 60", "threshold = 35.5"))]);
    let blocked = by(&data(), &stricter, &["explain", DATE, "--format", "json"]);
    let explained: Value = serde_json::from_str(&blocked.stdout).unwrap();
    let step = explained["funnel"].as_array().unwrap().iter().find(|step| step["filter"] == "tired").unwrap();
    assert_eq!(step["blocked_first"], 2);
}

#[test]
fn versions_may_define_a_feature_differently_in_one_question() {
    let other = LATELY.replace("last = \"2\"", "last = \"1\"").replace("take = \"avg\"", "take = \"max\"");
    let third =
        LATELY.replace("from = \"games\"\nvalue = \"points\"", "from = \"gradings\"\nvalue = \"actual_points\"");
    let third = third.replace("where = \"minutes_played > 0\"", "");
    let files = Files::new(&[("lately.toml", LATELY), ("other.toml", &other), ("third.toml", &third)]);
    let versions = ["lately.toml", "other.toml", "third.toml"].map(|name| files.version(name)).to_vec();
    run(async {
        let snapshot = Snapshot::demo().unwrap();
        let with = |rest: Vec<Version>| [versions.clone(), rest].concat();
        let together = asked(&snapshot, request(with(vec![shipped("v318").unwrap()])), DECISIONS).await;
        let kept = ["player_lookup", "game_date", "points_last_2", "signal_tags", "first_filter", "rank", "selected"];
        let of = |rows: &[Value], id: &str| -> Vec<Vec<Value>> {
            let rows = rows.iter().filter(|row| row["version"] == id);
            rows.map(|row| kept.iter().map(|column| as_double(row.get(*column))).collect()).collect()
        };
        let values = |id: &str| of(&together, id).iter().map(|row| row[2].clone()).collect::<Vec<_>>();
        assert_ne!(values("lately"), values("other"));
        assert_ne!(values("lately"), values("third"));
        assert!(values("v318").iter().all(Value::is_null));
        for version in with(vec![shipped("v318").unwrap()]) {
            let alone = asked(&snapshot, request(vec![version.clone()]), DECISIONS).await;
            assert_eq!(of(&together, &version.id), of(&alone, &version.id), "{}", version.id);
        }
    });
}

#[test]
fn a_feature_is_explained_with_its_words_and_value() {
    let files = Files::new(&[("lately.toml", LATELY)]);
    let run = by(&data(), &files, &["explain", DATE, "al_one_lal", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let explained: Value = serde_json::from_str(&run.stdout).unwrap();
    let candidate = &explained["games"][0]["candidate"];
    let of = |list: &str, key: &str, name: &str| {
        candidate[list].as_array().unwrap().iter().find(|of| of[key] == name).unwrap().clone()
    };
    let signal = of("signals", "signal", "hot");
    assert_eq!(signal["inputs"], json!([{"name": "points_last_2", "value": 25.0, "missing": null}]));
    assert_eq!(
        (&signal["conditions"][1]["condition"], &signal["conditions"][1]["margin"]),
        (&json!("points_last_2 >= min_points"), &json!(1.0))
    );
    let feature = of("features", "name", "points_last_2");
    assert_eq!(feature["source"], "avg of points over the latest 2 of the games where minutes_played > 0");
    assert_eq!(of("features", "name", "minutes_4_days")["value"], 35.5);
}

#[test]
fn a_frozen_decision_keeps_what_its_features_are_made_of() {
    let season = LATELY
        .replace(
            "from = \"games\"\nvalue = \"minutes_played\"\ntake = \"sum\"\nlast = \"4 days\"",
            "from = \"predictions\"\ntake = \"count\"\nlast = \"season\"",
        )
        .replace("where = \"minutes_played > 0\"", "where = \"coalesce(minutes_played, 0) >= 0\"");
    for (name, idea) in [("lately", LATELY), ("season", season.as_str())] {
        let files = Files::new(&[("lately.toml", idea)]);
        for (form, slate) in [("json", "2026-02-11"), ("parquet", "2026-01-12")] {
            let frozen = files.path(&format!("frozen.{form}"));
            let version = files.path("lately.toml");
            let freeze = reslate(&["freeze", slate, "--out", text(&frozen), "--version", text(&version)]);
            assert_eq!(freeze.code, 0, "{name} {form}: {}", freeze.stderr);
            let whole = reslate(&["replay", slate, "--version", text(&version), "--format", "json"]);
            let thawed = reslate(&["replay", "--frozen", text(&frozen), "--format", "json"]);
            assert_eq!(thawed.code, 0, "{name} {form}: {}\n{}", thawed.stdout, thawed.stderr);
            let picks = |run: &Run| serde_json::from_str::<Value>(&run.stdout).unwrap()["picks"].clone();
            assert_eq!(picks(&thawed), picks(&whole), "{name} {form}");
        }
    }
    let files = Files::new(&[("season.toml", &season)]);
    let frozen = files.path("frozen.json");
    assert_eq!(reslate(&["freeze", DATE, "--out", text(&frozen), "--version", "v318"]).code, 0);
    let lacks = reslate(&["replay", "--frozen", text(&frozen), "--version", text(&files.path("season.toml"))]);
    assert_eq!(lacks.code, 2, "{}", lacks.stdout);
    assert!(lacks.stderr.contains("lines from 2025-10-"), "{}", lacks.stderr);
}

#[test]
fn a_changed_game_is_blamed_for_the_pick_that_it_changes() {
    let files = Files::new(&[("lately.toml", &LATELY.replace("threshold = 60", "threshold = 40"))]);
    let (before, mut after) = (data(), data());
    let of_al = |row: &Value| row["player_lookup"] == "al_one_lal" && row["game_date"] == "2026-02-08";
    let at = after.rows(GAMES).iter().position(of_al).unwrap();
    after.set(GAMES, at, json!({"minutes_played": 40.0}));
    let [a, b] = [before, after].map(|data| data.folder());
    let version = files.path("lately.toml");
    let arguments =
        ["snapshot", "diff", text(a.path()), text(b.path()), "--version", text(&version), "--format", "json"];
    let run = reslate(&arguments);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let found: Value = serde_json::from_str(&run.stdout).unwrap();
    let pick = &found["decisions"][0]["picks"][0];
    assert_eq!((&pick["change"], &pick["why"]), (&json!("removed"), &json!("blocked by tired")));
    assert!(pick["causes"][0].as_str().unwrap().starts_with("player_game_summary 2026-02-08"), "{pick}");
}

#[test]
fn what_a_feature_may_not_be_is_said_with_its_line() {
    let refused = |from: &str, to: &str| {
        assert!(LATELY.contains(from), "{from}");
        let files = Files::new(&[("lately.toml", &LATELY.replacen(from, to, 1))]);
        let error = from_file(&files.path("lately.toml")).unwrap_err().to_string();
        error.replace(&format!("{}/", text(files.0.path())), "")
    };
    let points = "value = \"points\"";
    insta::assert_snapshot!(refused("from = \"games\"", "from = \"game\""), @"lately.toml, line 8: feature points_last_2: from must be one of games, gradings, predictions, not 'game'; did you mean 'games'?");
    insta::assert_snapshot!(refused("from = \"games\"\n", ""), @"lately.toml, line 6: feature points_last_2: states no from; give one of games, gradings, predictions");
    insta::assert_snapshot!(refused("take = \"avg\"", "take = \"mean\""), @"lately.toml, line 10: feature points_last_2: take must be one of avg, sum, stddev, min, max, count, first, share, not 'mean'; did you mean 'max'?");
    insta::assert_snapshot!(refused("take = \"avg\"", "take = \"share\""), @"lately.toml, line 10: feature points_last_2: take: share is of true or false, and value is a number");
    insta::assert_snapshot!(refused("last = \"2\"", "last = \"2 games\""), @"lately.toml, line 11: feature points_last_2: last must be a number of rows, such as \"5\", of days, such as \"14 days\", or \"season\", up to 400, not '2 games'");
    insta::assert_snapshot!(refused("last = \"2\"", "last = 0"), @"lately.toml, line 11: feature points_last_2: last must be a number of rows, such as \"5\", of days, such as \"14 days\", or \"season\", up to 400, not '0'");
    insta::assert_snapshot!(refused("last = \"2\"\n", ""), @"lately.toml, line 6: feature points_last_2: states no last; give a number of rows, such as \"5\", or \"14 days\", or \"season\"");
    insta::assert_snapshot!(refused(&format!("{points}\n"), ""), @"lately.toml, line 6: feature points_last_2: states no value; add what is read of a row, such as value = \"points\"");
    insta::assert_snapshot!(refused(points, "value = \"pionts\""), @"lately.toml, line 9: feature points_last_2: value: there is no column 'pionts' in a row of the games; did you mean 'points'?");
    insta::assert_snapshot!(refused(points, "value = \"abs_edge\""), @"lately.toml, line 9: feature points_last_2: value: there is no column 'abs_edge' in a row of the games");
    insta::assert_snapshot!(refused(points, "value = \"minutes_4_days\""), @"lately.toml, line 9: feature points_last_2: value: minutes_4_days is a feature, and a feature is made of rows of the games, not of features");
    insta::assert_snapshot!(refused(points, "value = \"points_last_2\""), @"lately.toml, line 9: feature points_last_2: value: points_last_2 is a feature, and a feature is made of rows of the games, not of features");
    insta::assert_snapshot!(refused(points, "value = \"team_abbr\""), @"lately.toml, line 10: feature points_last_2: take: avg is of a number, and value is a text");
    insta::assert_snapshot!(refused(points, "value = \"points + random()\""), @"lately.toml, line 9: feature points_last_2: value: random() is not the same at each call; a decision has no clock and no chance");
    insta::assert_snapshot!(refused(points, "value = \"avg(points)\""), @"lately.toml, line 9: feature points_last_2: value: avg() looks at other rows, and a definition sees its own candidate alone");
    insta::assert_snapshot!(refused(points, "value = \"(SELECT 1)\""), @"lately.toml, line 9: feature points_last_2: value: a subquery looks at other rows, and a definition sees its own candidate alone");
    insta::assert_snapshot!(refused(points, "value = \"count_tags()\""), @"lately.toml, line 9: feature points_last_2: value: only filters look at tags, and these are of the candidate");
    insta::assert_snapshot!(refused("where = \"minutes_played > 0\"", "where = \"minutes_played\""), @"lately.toml, line 12: feature points_last_2: where: must be true or false of a candidate, and is a number");
    insta::assert_snapshot!(refused("where = ", "when = "), @"lately.toml, line 12: unknown key 'when' of feature points_last_2; did you mean 'where'?");
    insta::assert_snapshot!(refused("[feature.points_last_2]", "[feature.line]"), @"lately.toml, line 6: feature line: is the name of a column already; give it another one");
    insta::assert_snapshot!(refused("[feature.points_last_2]", "[feature.feature_47_value]"), @"lately.toml, line 6: feature feature_47_value: is the name of a column already; give it another one");
    insta::assert_snapshot!(refused("[feature.points_last_2]", "[feature.rank]"), @"lately.toml, line 6: feature rank: is the name of a column already; give it another one");
    insta::assert_snapshot!(refused("[feature.points_last_2]", "[feature.min_edge]"), @"lately.toml, line 6: feature min_edge: is the name of a parameter already; give it another one");
    insta::assert_snapshot!(refused("[feature.points_last_2]", "[feature.Points]"), @"lately.toml, line 6: 'Points' is no name of a feature: a-z, 0-9 and _ only, a letter first");
    insta::assert_snapshot!(refused("points_last_2 >= min_points", "points_last_3 >= min_points"), @"lately.toml, line 21: signal hot: when: there is no column or parameter 'points_last_3'; did you mean 'points_last_2'?");
}

#[test]
fn a_feature_that_nothing_names_is_noted() {
    let files = Files::new(&[("lately.toml", &LATELY.replace("value = \"minutes_4_days\"", "value = \"rest_days\""))]);
    let run = by(&data(), &files, &["replay", DATE]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("minutes_4_days has no effect: name it in what is listed"), "{}", run.stderr);
}

#[test]
fn a_file_that_extends_another_may_define_its_feature_anew() {
    let anew = "extends = \"lately.toml\"\n[feature.points_last_2]\nfrom = \"games\"\nvalue = \"points\"\ntake = \"avg\"\nlast = 1\n";
    let other_kind = anew.replace("take = \"avg\"", "take = \"count\"");
    let files = Files::new(&[("lately.toml", LATELY), ("anew.toml", anew), ("other_kind.toml", &other_kind)]);
    let folder = data().folder();
    let rows = run(async {
        let snapshot = Snapshot::open(folder.path()).unwrap();
        decided(&snapshot, &files.version("anew.toml"), DATE, 1).await
    });
    assert_eq!(rows[0]["points_last_2"], json!(20.0));
    let error = from_file(&files.path("other_kind.toml")).unwrap_err().to_string();
    assert!(error.contains("feature points_last_2: has values of another kind in the version it extends"), "{error}");
}

#[test]
fn the_sql_of_a_feature_can_be_read() {
    let files = Files::new(&[("lately.toml", LATELY)]);
    let version = files.path("lately.toml");
    let shown = |relation: &str| reslate(&["relations", "show", relation, "--version", text(&version)]).stdout;
    let games = shown("past_games");
    for part in [
        "CASE WHEN \"minutes_played\" > 0 THEN CAST(\"points\" AS DOUBLE) END AS \"value feature.points_last_2\"",
        "ORDER BY \"number feature.points_last_2\" RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) AS \"feature.points_last_2\"",
        "ORDER BY day RANGE BETWEEN 4 PRECEDING AND 1 PRECEDING) AS \"feature.minutes_4_days\"",
    ] {
        assert!(games.contains(part), "{games}");
    }
    assert!(shown("signals").contains("LEFT JOIN past_games"));
    assert!(!shown("signals").contains("past_gradings"));
}
