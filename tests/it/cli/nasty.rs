//! Names that would move the cursor, hide, or pass for a line of the program's own: whatever the data, files and arguments
//! have in them, people see it for what it is, and the machine formats give it back as it is.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use datafusion::arrow::array::{Array, AsArray};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Data, Run, command, text};

/// What a name may have in it, beside a word by which it is found again.
const NASTY: &[&str] = &[
    "\u{1b}[31mred",
    "\u{1b}[2J\u{1b}[1;1Hhome",
    "\u{1b}]8;;http://evil.example\u{7}link\u{1b}]8;;\u{7}",
    "over\rwritten",
    "forged\nerror: forged",
    "forged\r\nnote: forged",
    "tab\tbed",
    "bell\u{7}",
    "nul\0nul",
    "backspace\u{8}\u{7f}",
    "c1\u{9b}31m\u{85}next",
    "rlo\u{202e}txt.exe",
    "isolate\u{2066}x\u{2067}y\u{2068}z\u{2069}",
    "marks\u{200e}\u{200f}\u{61c}",
    "zero\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}width",
    "lines\u{2028}and\u{2029}paragraphs",
    "tag\u{e0041}soft\u{ad}",
];

/// All of them in one name, and a long one.
fn nastiest() -> String {
    NASTY.concat()
}

fn long() -> String {
    "long_".repeat(300) + "\u{202e}"
}

/// Two slates on which every nasty name has a player of that name, in a team, a system and a subset of that name, who is
/// picked; and every other table with that name in each of its texts.
fn data() -> Data {
    let mut data = Data::sound();
    let names: Vec<String> = NASTY.iter().map(|name| (*name).to_owned()).chain([nastiest(), long()]).collect();
    for date in ["2026-02-10", "2026-02-11"] {
        for (at, name) in names.iter().enumerate() {
            let game = format!("{}_{}_NYK", date.replace('-', ""), ["BKN", "LAL", "BOS"][at % 3]);
            let player = format!("player{at}{name}");
            let system = format!("catboost_v9_q43_{name}");
            data.push(
                "player_game_summary",
                json!({
                    "player_lookup": player, "player_full_name": format!("Player {at} {name}"), "game_id": game,
                    "game_date": date, "team_abbr": format!("T{name}"), "opponent_team_abbr": format!("O{name}"),
                    "season_year": 2025, "points": 24, "minutes_played": 31.5,
                }),
            );
            data.push(
                "player_prop_predictions",
                json!({
                    "prediction_id": format!("{at}{date}{name}"), "system_id": system, "player_lookup": player,
                    "game_date": date, "game_id": game, "predicted_points": 26.1, "confidence_score": 0.91,
                    "recommendation": "OVER", "current_points_line": 20.5, "line_source": "ODDS_API",
                    "feature_quality_score": 95.0, "is_active": true, "prediction_version": 1,
                    "created_at": format!("{date}T15:00:00"),
                }),
            );
            // A bid that is none: the side of it is no word that production knows.
            data.push(
                "player_prop_predictions",
                json!({
                    "prediction_id": format!("none{at}{date}{name}"), "system_id": format!("unknown{name}"),
                    "player_lookup": player, "game_date": date, "game_id": game, "predicted_points": 25.0,
                    "confidence_score": 0.5, "recommendation": format!("HOLD{name}"), "current_points_line": 20.5, "line_source": format!("ODDS{name}"),
                    "is_active": true, "prediction_version": 1, "created_at": format!("{date}T15:00:00"),
                }),
            );
            data.push(
                "prediction_accuracy",
                json!({
                    "player_lookup": player, "game_id": game, "game_date": date, "system_id": system,
                    "team_abbr": format!("T{name}"), "opponent_team_abbr": format!("O{name}"),
                    "predicted_points": 26.1, "confidence_score": 0.91, "recommendation": "OVER", "line_value": 20.5,
                    "actual_points": 24, "prediction_correct": true, "line_source": "ODDS_API", "is_voided": false,
                    "graded_at": format!("{date}T23:30:00"),
                }),
            );
            data.push(
                "current_subset_picks",
                json!({
                    "game_date": date, "subset_id": format!("subset{name}"), "player_lookup": player,
                    "system_id": system, "game_id": game, "rank_in_subset": 1,
                    "version_id": format!("v_{}_1{name}", date.replace('-', "")),
                }),
            );
            data.push(
                "subset_performance",
                json!({ "subset_id": format!("subset{name}"), "game_date": date, "wins": 1, "graded_picks": 2 }),
            );
            data.push(
                "signal_health_daily",
                json!({
                    "game_date": date, "signal_tag": format!("signal{name}"), "hr_7d": 50.0, "picks_7d": 4,
                    "regime": format!("HOT{name}"), "status": format!("HEALTHY{name}"),
                }),
            );
            data.push(
                "pick_signal_tags",
                json!({
                    "game_date": date, "player_lookup": player, "system_id": system, "game_id": game,
                    "signal_tags": [format!("signal{name}")], "signal_count": 1,
                    "model_health_status": format!("HEALTHY{name}"), "matched_combo_id": format!("combo{name}"),
                    "version_id": format!("v{name}"),
                }),
            );
            data.push(
                "signal_best_bets_picks",
                json!({
                    "player_lookup": player, "game_id": game, "game_date": date, "system_id": system,
                    "player_name": format!("Player {at} {name}"), "team_abbr": format!("T{name}"),
                    "predicted_points": 26.1, "line_value": 20.5, "recommendation": "OVER", "edge": 5.0,
                    "signal_tags": [format!("signal{name}")], "signal_count": 1, "rank": at + 1,
                    "matched_combo_id": format!("combo{name}"), "pick_angles": [format!("angle{name}")],
                    "algorithm_version": if at % 2 == 0 { "v314_consolidated".to_owned() } else { format!("v{name}") },
                    "source_model_id": system, "source_model_family": format!("family{name}"),
                    "created_at": format!("{date}T16:00:00"),
                }),
            );
            data.push(
                "model_performance_daily",
                json!({
                    "game_date": date, "model_id": system, "rolling_hr_7d": 50.0, "rolling_n_7d": 4,
                    "state": format!("HEALTHY{name}"), "action": format!("NONE{name}"),
                    "action_reason": format!("because{name}"),
                }),
            );
        }
    }
    for name in &names {
        data.push(
            "signal_combo_registry",
            json!({
                "combo_id": format!("combo{name}"), "display_name": name, "signals": ["high_edge", format!("s{name}")],
                "cardinality": 2, "classification": format!("SYNERGISTIC{name}"), "status": format!("PRODUCTION{name}"),
                "direction_filter": format!("BOTH{name}"), "hit_rate": 60.0, "notes": name,
            }),
        );
        data.push(
            "model_registry",
            json!({
                "model_id": format!("catboost_v9_q43_train{name}"), "training_start_date": "2025-11-01",
                "training_end_date": "2026-01-31", "enabled": true, "status": format!("active{name}"),
            }),
        );
    }
    data
}

/// The snapshots of these data, in folders of such a name, and a version file.
struct Nasty {
    root: TempDir,
    plain: PathBuf,
    pulled: PathBuf,
    /// With damages that only `check` lists.
    broken: PathBuf,
    version: PathBuf,
}

impl Nasty {
    fn new() -> Nasty {
        let root = tempfile::tempdir().unwrap();
        let place = |name: &str| root.path().join(format!("{name}{}", FILE_NAME));
        let data = data();
        let moved = |from: TempDir, to: &Path| fs::rename(from.keep(), to).unwrap();
        let (plain, pulled, broken) = (place("plain"), place("pulled"), place("broken"));
        moved(data.folder(), &plain);
        moved(data.pulled("2026-02-12T12:00:00Z"), &pulled);
        let mut damaged = data;
        for name in NASTY {
            let row = damaged.rows("player_game_summary").len() - 1;
            damaged.push_like("player_game_summary", row, json!({ "game_id": format!("20260211{name}") }));
            let row = damaged.rows("prediction_accuracy").len() - 1;
            damaged.push_like("prediction_accuracy", row, json!({ "game_id": format!("20260211_LAL_BOS{name}") }));
            damaged.push_like("model_registry", 0, json!({ "model_id": format!("catboost_v9_q43_train{name}") }));
        }
        // The first of the values of a kind is shown.
        damaged.set("player_prop_predictions", 0, json!({ "recommendation": "forged\nerror: forged" }));
        moved(damaged.folder(), &broken);
        let version = place("version").with_extension("toml");
        let (combo, summary) = (toml_text(&format!("combo{}", nastiest())), toml_text(&nastiest()));
        let written = format!(
            "extends = \"v314\"\nid = \"nasty\"\nalgorithm_version = {summary}\nsummary = {summary}\n\
             combos = [{{ id = {combo}, signals = [\"high_edge\"], class = \"SYNERGISTIC\", status = \"X\" }}]\n\
             [parameters]\nmin_edge = 1\nmin_signals = 0\n"
        );
        fs::write(&version, written).unwrap();
        Nasty { root, plain, pulled, broken, version }
    }
}

/// As much of it as a file name takes.
const FILE_NAME: &str = "\u{1b}[31m\u{1b}]8;;x\u{7}\nerror: forged\r\u{9b}\u{202e}\u{2066}\u{200b}\t";

/// A basic string of TOML.
fn toml_text(text: &str) -> String {
    let escaped = |character: char| match character {
        plain if plain.is_ascii_graphic() || plain == ' ' => plain.to_string(),
        other => format!("\\U{:08x}", u32::from(other)),
    };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

/// Runs the program with its styles, as on a terminal, and looks through what people see of it.
fn people(arguments: &[&str]) -> Run {
    let run: Run = command(arguments).env("CLICOLOR_FORCE", "1").output().unwrap().into();
    assert!((0..=2).contains(&run.code), "{arguments:?}: {run:?}");
    for seen in [&run.stdout, &run.stderr] {
        assert_readable(seen, arguments);
    }
    run
}

/// Nothing but glyphs, line ends and the program's own styles, and no line that the data made.
fn assert_readable(seen: &str, arguments: &[&str]) {
    assert!(!seen.contains("\u{1b}[31mred"), "a style of the data, {arguments:?}: {seen:?}");
    let plain = without_styles(seen);
    for line in plain.lines() {
        let hidden = line.chars().find(|character| is_hidden(*character));
        assert_eq!(hidden, None, "{arguments:?}: {line:?}");
        let start = line.trim_start_matches([' ', '|', '-', '+', '~']);
        let is_forged = ["error: forged", "note: forged"].iter().any(|forged| start.starts_with(forged));
        assert!(!is_forged, "{arguments:?}: {line:?}");
    }
}

/// A list of its own, so that it is not the program's that is tested by itself.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(character, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Without `ESC[...m`.
fn without_styles(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|code: char| code.is_ascii_digit() || code == ';');
        match rest.strip_prefix('m') {
            Some(rest) => plain += rest,
            None => plain += &format!("\u{1b}[{part}"),
        }
    }
    plain
}

/// Every text in a value.
fn texts<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::String(text) => _ = found.insert(text),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

fn machine(arguments: &[&str]) -> Run {
    let run: Run = command(arguments).output().unwrap().into();
    assert!(run.code < 2, "{arguments:?}: {}", run.stderr);
    assert_readable(&run.stderr, arguments);
    run
}

#[test]
fn people_see_what_is_there() {
    let nasty = Nasty::new();
    let root = nasty.root.path();
    let [plain, pulled, version] = [&nasty.plain, &nasty.pulled, &nasty.version].map(|path| text(path));
    let frozen = root.join(format!("frozen{FILE_NAME}.json"));
    let out = root.join(format!("out{FILE_NAME}"));
    let [frozen, out] = [&frozen, &out].map(|path| text(path));
    let player = format!("player0{}", NASTY[0]);
    let nastiest = nastiest().replace('\0', "");
    let by_version = format!("--version={version}");
    let commands: &[&[&str]] = &[
        &["replay", "2026-02-11", &by_version],
        &["replay", "--from=2026-02-10", "--to=2026-02-11", &by_version],
        &["replay", "2026-02-11", "--version=v307"],
        &["freeze", "2026-02-11", &by_version, "--out", frozen],
        &["replay", "--frozen", frozen],
        &["explain", "2026-02-11", &by_version],
        &["explain", "2026-02-11", "--version=v307"],
        &["explain", "2026-02-11", &player, &by_version],
        &["explain", "2026-02-11", "player16", "--version=v307"],
        &["explain", "2026-02-11", "player"],
        &["explain", "2026-02-11", &nastiest],
        &["compare", "v307", version],
        &["card", &by_version],
        &["card", &by_version, "--by=family,signal"],
        &["filters", &by_version],
        &["signals", &by_version],
        &["tune", &by_version, "--param=min_edge=1:4:1", "--param=cap=1,2", "--min-picks=1", "--heatmap=min_edge,cap"],
        &["monitor", "tags"],
        &["monitor", "signal-health", "--model-id", &nastiest],
        &["monitor", "model-performance"],
        &["monitor", "tags", "--fill", out],
        &["models"],
        &["export", "--dry-run", "--from=2026-02-10", &by_version],
        &["export", "--from=2026-02-10", &by_version, "--out", out],
        &["verify"],
        &["doctor"],
        &["doctor", &by_version],
        &["config", "--version", version],
        &["slates"],
        &["check"],
        &["check", "--strict", "--deep"],
        &["snapshots"],
        &["snapshots", root.to_str().unwrap()],
        &["sql", "SELECT * FROM player_game_summary"],
        &["sql", "SELECT player_lookup, signal_tags, signals, outcome FROM decisions", &by_version],
        &["sql", "SELECT 1 AS \"a\u{1b}[31mred\u{202e}\nerror: forged\""],
        &["versions", "show", version],
        &["versions", "diff", "v314", version],
        &["report", &by_version, "--out", out],
    ];
    let of_folders: &[&[&str]] = &[&["check", "--deep"], &["snapshots"], &["replay", "2026-02-11", &by_version]];
    for (snapshot, commands) in [(plain, commands), (text(&nasty.broken), commands), (pulled, of_folders)] {
        for arguments in commands {
            let is_readers_own = arguments[0] == "versions" || arguments.contains(&"--frozen");
            let place = ["--snapshot", snapshot];
            let with = [*arguments, if is_readers_own { &[] } else { &place[..] }].concat();
            // What came before is in the way of nothing.
            if !arguments.contains(&"--frozen") {
                fs::remove_dir_all(out).ok();
                fs::remove_file(out).ok();
            }
            people(&with);
        }
    }
    let sees = |arguments: &[&str], what: &str| {
        let run = people(arguments);
        assert!(run.stdout.contains(what), "{arguments:?}: {what} in {}\n{}", run.stdout, run.stderr);
    };
    sees(&["replay", "2026-02-11", &by_version, "--snapshot", plain], r"Player 0 \u{1b}[31mred");
    sees(&["explain", "2026-02-11", &player, &by_version, "--snapshot", plain], r"catboost_v9_q43_\u{1b}[31mred");
    sees(&["check", "--snapshot", text(&nasty.broken)], r"forged\nerror: forged");
    sees(&["sql", "SELECT player_lookup FROM player_game_summary", "--snapshot", plain], r"rlo\u{202e}txt.exe");
    sees(&["snapshot", "diff", plain, text(&nasty.broken)], r"\u{202e}");
}

#[test]
fn exports_and_what_became_of_them() {
    let nasty = Nasty::new();
    let source = nasty.root.path().join(format!("source{FILE_NAME}"));
    let target = nasty.root.path().join(format!("target{FILE_NAME}"));
    let data = data();
    for table in ["player_prop_predictions", "prediction_accuracy", "player_game_summary"] {
        let folder = source.join(table);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("a{FILE_NAME}.parquet")), data.parquet(table)).unwrap();
        // The same once more, and files that are none.
        fs::write(folder.join(format!("b{FILE_NAME}.parquet")), data.parquet(table)).unwrap();
    }
    fs::write(source.join("player_game_summary").join(format!("c{FILE_NAME}.csv")), csv()).unwrap();
    let [from, to] = [&source, &target].map(|path| text(path));
    let pull = ["pull", from, "--snapshot", to];
    people(&[&pull[..], &["--dry-run"]].concat());
    people(&[&pull[..], &["--strict"]].concat());
    people(&pull);
    fs::remove_file(source.join("player_game_summary").join(format!("c{FILE_NAME}.csv"))).unwrap();
    people(&[&pull[..], &["--dry-run"]].concat());
    people(&pull);
    people(&["check", "--snapshot", to]);
    people(&["snapshots", to]);
    fs::write(source.join("prediction_accuracy").join(format!("z{FILE_NAME}.parquet")), "no Parquet").unwrap();
    assert_eq!(people(&pull).code, 2);
    fs::create_dir_all(&target).unwrap();
    fs::write(target.join("manifest.json"), format!("{{\"a{FILE_NAME}\": 1}}")).unwrap();
    for arguments in [&["replay", "2026-02-11"][..], &["check"], &["check", "--deep"], &["snapshots"]] {
        people(&[arguments, &["--snapshot", to]].concat());
    }
}

/// An export in which every value of a column is one that does not fit.
fn csv() -> String {
    let mut text = "player_lookup,game_id,game_date,team_abbr,opponent_team_abbr,points\n".to_owned();
    for name in NASTY.iter().filter(|name| !name.contains('\0')) {
        text += &format!("\"csv{name}\",20260211_BKN_NYK,2026-02-11,BKN,NYK,\"24{name}\"\n");
        text += &format!("\"csv{name}\",\"20260211_{name}\",\"2026-02-11{name}\",BKN,NYK,24\n");
    }
    text
}

#[test]
fn errors_are_one_line_of_glyphs() {
    let nasty = Nasty::new();
    let root = nasty.root.path();
    let nastiest = nastiest().replace('\0', "");
    let missing = root.join(format!("missing{FILE_NAME}"));
    let no_utf8 = root.join(std::ffi::OsString::from_vec(b"latin\xe9\x1b[31mred\n".to_vec()));
    fs::create_dir(&no_utf8).unwrap();
    let no_version = root.join(format!("none{FILE_NAME}.toml"));
    fs::write(&no_version, format!("extends = {}\n", toml_text(&nastiest))).unwrap();
    let strange_key = root.join(format!("key{FILE_NAME}.toml"));
    fs::write(&strange_key, format!("extends = \"v314\"\n{} = 1\n", toml_text(&nastiest))).unwrap();
    let no_frozen = root.join(format!("frozen{FILE_NAME}.json"));
    fs::write(&no_frozen, format!("{{\"{}\": 1}}", FILE_NAME.replace(['\n', '\r', '\t', '\u{1b}', '\u{7}'], "")))
        .unwrap();
    let [plain, missing, no_version, strange_key, no_frozen] =
        [&nasty.plain, &missing, &no_version, &strange_key, &no_frozen].map(|path| text(path));
    let set = format!("--set={nastiest}=1");
    let value = format!("--set=min_edge={nastiest}");
    let version = format!("--version={nastiest}");
    let format = format!("--format={nastiest}");
    let out = format!("{no_version}/no/folder.csv");
    for arguments in [
        &["replay", "2026-02-11", "--snapshot", missing][..],
        &["replay", nastiest.as_str()],
        &["replay", "--frozen", missing],
        &["replay", "--frozen", no_frozen],
        &["replay", "2026-02-11", &version],
        &["replay", "2026-02-11", "--version", missing],
        &["replay", "2026-02-11", "--version", no_version],
        &["replay", "2026-02-11", "--version", strange_key],
        &["replay", "2026-02-11", &set],
        &["replay", "2026-02-11", &value],
        &["replay", "2026-02-11", &format],
        &["replay", "2026-02-11", "--model-id", &nastiest, "--snapshot", plain],
        &["explain", "2026-02-11", &format!("nobody{nastiest}"), "--snapshot", plain],
        &["compare", &nastiest, "v314"],
        &["tune", "--param", &nastiest],
        &["tune", "--grid", missing],
        &["tune", "--param=min_edge=1,2", "--resume", missing],
        &["sql", &format!("SELECT * FROM \"{nastiest}\""), "--snapshot", plain],
        &["sql", &format!("SELECT '{nastiest}' +"), "--snapshot", plain],
        &["sql", "SELECT CAST(player_lookup AS INT) FROM player_game_summary", "--snapshot", plain],
        &["sql", "-f", missing],
        &["sql", "SELECT 1", "--out", &out],
        &["pull", missing, "--snapshot", plain],
        &["pull", missing, "--snapshot", &format!("{missing}2")],
        &["pull", &format!("bigquery://{nastiest}"), "--snapshot", missing],
        &["pull", missing, "--tables", &nastiest],
        &["snapshots", missing],
        &["snapshot", "diff", plain, missing],
        &["versions", "show", &nastiest],
        &["relations", "show", &nastiest],
        &["report", "tune", missing],
        &["report", "tune", no_frozen],
        &["demo", "write", plain],
        &[nastiest.as_str()],
    ] {
        let run = people(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}: {run:?}");
        let errors = without_styles(&run.stderr);
        let errors = errors.lines().filter(|line| line.starts_with("error: ")).count();
        assert_eq!(errors, 1, "{arguments:?}: {}", run.stderr);
    }
    let run: Run = command(&["replay", "2026-02-11", "--snapshot"]).arg(&no_utf8).output().unwrap().into();
    assert_eq!(run.code, 2);
    assert_readable(&run.stderr, &["a folder that is not UTF-8"]);
}

#[test]
fn machine_formats_give_the_data_back() {
    let nasty = Nasty::new();
    let [plain, version] = [&nasty.plain, &nasty.version].map(|path| text(path));
    let by_version = format!("--version={version}");
    let names: Vec<String> = NASTY.iter().enumerate().map(|(at, name)| format!("player{at}{name}")).collect();
    let named = |found: &BTreeSet<&str>, arguments: &[&str]| {
        for name in &names {
            assert!(found.contains(name.as_str()), "{arguments:?}: {name:?}");
        }
    };
    let query = "SELECT * FROM decisions ORDER BY player_lookup";
    for arguments in [&["replay", "2026-02-11", &by_version][..], &["sql", query, &by_version]] {
        for format in ["json", "ndjson"] {
            let with = [arguments, &["--snapshot", plain, "--format", format]].concat();
            let run = machine(&with);
            let values: Vec<Value> =
                serde_json::Deserializer::from_str(&run.stdout).into_iter::<Value>().collect::<Result<_, _>>().unwrap();
            let mut found = BTreeSet::new();
            values.iter().for_each(|value| texts(value, &mut found));
            named(&found, &with);
        }
    }
    for arguments in [&["replay", "2026-02-11", &by_version][..], &["sql", query, &by_version]] {
        let with = [arguments, &["--snapshot", plain, "--format", "csv"]].concat();
        let csv = machine(&with).stdout;
        for name in &names {
            assert!(csv.contains(name.as_str()), "{with:?}: {name:?}");
        }
        let file = nasty.root.path().join("rows.parquet");
        machine(&[arguments, &["--snapshot", plain, "--out", text(&file)]].concat());
        let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(&file).unwrap()).unwrap().build().unwrap();
        let players: Vec<String> = reader
            .flat_map(|batch| {
                let batch = batch.unwrap();
                let column = batch.column_by_name("player_lookup").unwrap();
                let column = datafusion::arrow::compute::cast(column, &datafusion::arrow::datatypes::DataType::Utf8);
                let column = column.unwrap();
                let texts = column.as_string::<i32>();
                (0..texts.len()).map(|row| texts.value(row).to_owned()).collect::<Vec<_>>()
            })
            .collect();
        named(&players.iter().map(String::as_str).collect(), arguments);
    }
}
