//! Versions as data: showing, comparing and documenting them, the user's own files, and the options that change them.

use std::fs;
use std::path::Path;

use jsonschema_valid::Config;
use jsonschema_valid::schemas::Draft;
use reslate::version::SHIPPED;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Data, Run, reslate, text};

/// A folder of version files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// What a run printed, with the folder's path as DIR.
fn printed(run: &Run, folder: &Path) -> String {
    run.stdout.replace(text(folder), "DIR")
}

/// The result of a run that ended with `code` and said nothing beside it.
fn result(arguments: &[&str], code: i32) -> String {
    let run = reslate(arguments);
    assert_eq!((run.code, run.stderr.as_str()), (code, ""), "{arguments:?}");
    run.stdout
}

/// The one line of a refusal, with the folder's path as DIR.
fn refused(arguments: &[&str], folder: &Path) -> String {
    let run = reslate(arguments);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    let lines: Vec<&str> = run.stderr.lines().filter(|line| !line.starts_with("note: demo snapshot")).collect();
    assert_eq!(lines.len(), 1, "{}", run.stderr);
    lines[0].strip_prefix("error: ").unwrap().replace(text(folder), "DIR")
}

/// The message about a version file of this text.
fn refused_file(toml: &str) -> String {
    let folder = folder(&[("mine.toml", toml)]);
    let path = folder.path().join("mine.toml");
    refused(&["versions", "show", text(&path)], folder.path())
}

#[test]
fn the_versions_are_listed() {
    insta::assert_snapshot!(result(&["versions"], 0));
}

#[test]
fn a_version_is_shown_with_who_stated_what() {
    insta::assert_snapshot!(result(&["versions", "show", "v297"], 0));
}

#[test]
fn options_change_the_version_that_is_shown() {
    let changed = [
        "versions",
        "show",
        "v298",
        "--fidelity",
        "as-intended",
        "--health",
        "as-of",
        "--windows",
        "fixed",
        "--candidates",
        "all",
        "--model-id",
        "catboost_v12",
        "--set",
        "cap=5",
        "--set",
        "health=same-date",
    ];
    let shown = result(&changed, 0);
    let named = |name: &str| {
        let line = shown.lines().find(|line| line.split_whitespace().next() == Some(name)).unwrap();
        line.split_whitespace().skip(1).take(2).collect::<Vec<_>>().join(" from ")
    };
    let names = ["candidates", "champion", "windows", "health", "cap", "confidence_floor", "line_jump"];
    let expected = [
        "all from --candidates",
        "catboost_v12 from --model-id",
        "fixed from --windows",
        "same-date from --set",
        "5 from --set",
        "0.9 from v307",
        "3 from v298",
    ];
    assert_eq!(names.map(named), expected);
    assert!(shown.contains("\nDefects (parts that returned nothing as shipped; from --fidelity)\n  none\n"), "{shown}");
}

#[test]
fn a_file_of_three_lines_is_a_version() {
    let folder = folder(&[
        ("mine.toml", "extends = \"base.toml\"\n[parameters]\nmin_edge = 4.5\n"),
        ("base.toml", "extends = \"v314\"\nsignals_without = [\"cold_snap\"]\n"),
    ]);
    let (mine, base) = (folder.path().join("mine.toml"), folder.path().join("base.toml"));
    let shown = reslate(&["versions", "show", text(&mine), "--set", "cap=4"]);
    assert_eq!((shown.code, shown.stderr.as_str()), (0, ""));
    assert!(shown.stdout.starts_with("mine (mine): extends base\nnever in production\n"), "{}", shown.stdout);
    let diff = reslate(&["versions", "diff", "v314", text(&mine)]);
    assert_eq!((diff.code, diff.stderr.as_str()), (1, ""));
    insta::assert_snapshot!(printed(&diff, folder.path()), @r"
    v314 (v314_consolidated): anti-patterns out
    mine (mine): extends base

    PARAMETER  v314  FROM  mine  FROM
    min_edge      5  v307   4.5  DIR/mine.toml

    Signals (v314: from v307; mine: from DIR/base.toml)
      - cold_snap
    ");
    let diff = reslate(&["versions", "diff", text(&base), text(&base)]);
    assert_eq!(diff.code, 0);
    insta::assert_snapshot!(diff.stdout, @r"
    base (base): extends v314
    base (base): extends v314

    no difference
    ");
}

#[test]
fn a_file_decides_wherever_a_version_does() {
    let folder = folder(&[("loose.toml", "extends = \"v307\"\n[parameters]\nmin_edge = \"off\"\n")]);
    let (loose, snapshot) = (folder.path().join("loose.toml"), Data::sound().folder());
    let query = "SELECT version, algorithm_version, min_edge, cap FROM params";
    let run = reslate(&[
        "sql",
        query,
        "--version",
        text(&loose),
        "--set",
        "cap=2",
        "--format",
        "json",
        "--snapshot",
        text(snapshot.path()),
    ]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(run.stdout, "[{\"version\":\"loose\",\"algorithm_version\":\"loose\",\"cap\":2}]\n");
}

#[test]
fn as_deployed_says_what_decides_before_the_first_version() {
    let snapshot = Data::sound().folder();
    let run = reslate(&["sql", "SELECT 1", "--version", "as-deployed", "--snapshot", text(snapshot.path())]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!(run.stderr, @"note: no version was in production before 2026-02-16; v279 decides the slates before it");
}

#[test]
fn settings_without_effect_are_said() {
    let run = reslate(&["versions", "show", "v318", "--set", "rel_edge_cap=0.3"]);
    assert_eq!(run.code, 0);
    insta::assert_snapshot!(run.stderr, @"note: rel_edge_cap has no effect: v318 has no filter rel_edge_cap");
}

#[test]
fn only_what_differs_is_in_a_diff() {
    insta::assert_snapshot!(result(&["versions", "diff", "v307", "v314"], 1), @r"
    v307 (v307_multi_source): every model family
    v314 (v314_consolidated): anti-patterns out

    PARAMETER                          v307  FROM            v314  FROM
    feature_quality                     off  v307              85  v307q
    feature_quality_missing            pass  v307           block  v307q
    tie                      champion_first  v307  system_id_desc  v307q

    Model families (v307: from v307; v314: from v307q)
      + v9_mae (2): system_id catboost_v9..., feature_set v9, loss mae, candidate no
      ~ v12_mae system_id catboost_v12 -> catboost_v12...
      order of v307: v9_mae, v12_mae, v9_q43, v9_q45, v12_q43, v12_q45, v9_low_vegas
      order of v314: v9_mae, v9_q43, v9_q45, v9_low_vegas, v12_q43, v12_q45, v12_mae, v9_mae (2)

    Combo registry (v307: from v307; v314: from v314)
      - edge_spread_optimal+high_edge: class ANTI_PATTERN, status BLOCKED, direction BOTH, hit_rate 31.3, score_weight -2
      - high_edge: class ANTI_PATTERN, status BLOCKED, direction BOTH, hit_rate 43.8, score_weight -1

    Confidence floors (v307: from v307; v314: from v314)
      - catboost_v12: floor 0.9

    Document sections (v307: from v307; v314: from v314)
      + filter_summary
      + edge_distribution
    ");
    insta::assert_snapshot!(result(&["versions", "diff", "v296", "v298"], 1), @r"
    v296 (v296_remove_consensus_signals): two signals out, consensus bonus live
    v298 (v298_natural_sizing): no cap

    PARAMETER                          v296  FROM  v298  FROM
    cap                                   5  v297   off  v307
    consensus_diversity_factor          1.3  v296     1  v307
    min_edge                            off  v296     5  v307
    prop_line_drop_over.min_drop          3  v297     2  v307
    score                         composite  v296  edge  v307
    under_max_edge                      off  v296     7  v307

    Filters (v296: from v296; v298: from v307)
      + edge_floor
      + under_edge_cap
      order of v296: player_blacklist, min_signals, confidence_floor, feature_quality, bench_under_line, familiar_matchup, line_jumped_under, line_dropped_under, neg_pm_streak_under, anti_pattern
      order of v298: player_blacklist, edge_floor, under_edge_cap, familiar_matchup, feature_quality, bench_under_line, line_jumped_under, line_dropped_under, neg_pm_streak_under, min_signals, confidence_floor, anti_pattern

    Signals (v296: from v297; v298: from v307)
      + book_disagreement

    Model families (v296: from v297; v298: from v307)
      + v9_low_vegas: system_id catboost_v9_low_vegas_..., feature_set v9, loss mae, candidate yes

    Combo registry (v296: from v297; v298: from v307)
      ~ prop_line_drop_over hit_rate 79.1 -> 71.6
    ");
    insta::assert_snapshot!(result(&["versions", "diff", "v307", "v307"], 0), @r"
    v307 (v307_multi_source): every model family
    v307 (v307_multi_source): every model family

    no difference
    ");
}

#[test]
fn a_name_of_several_versions_is_the_latest() {
    let run = reslate(&["versions", "diff", "v307q", "v307_multi_source"]);
    assert_eq!(run.code, 0);
    insta::assert_snapshot!(run.stderr, @"note: v307_multi_source names several versions; taking the latest, v307q");
}

#[test]
fn machine_formats_conform_to_their_schemas() {
    let schema = |name: &str| {
        let mut schema: Value = serde_json::from_str(&result(&["schema", name], 0)).unwrap();
        without_date_formats(&mut schema);
        schema
    };
    let conforms = |schema: &Value, arguments: &[&str]| {
        let run = reslate(&[&["versions"], arguments, &["--format", "json"]].concat());
        let value: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(value["schema_version"], 1);
        let schema = Config::from_schema(schema, Some(Draft::Draft7)).unwrap();
        schema.validate_schema().map_err(|errors| errors.map(|error| error.to_string()).collect::<Vec<_>>()).unwrap();
        if let Err(errors) = schema.validate(&value) {
            let errors: Vec<String> = errors.map(|error| error.to_string()).collect();
            panic!("{arguments:?}: {}", errors.join("; "));
        }
        value
    };
    let list = conforms(&schema("versions"), &[]);
    let ids: Vec<&str> =
        list["versions"].as_array().unwrap().iter().map(|version| version["id"].as_str().unwrap()).collect();
    assert_eq!(ids, *SHIPPED);
    let (show, diff) = (schema("versions-show"), schema("versions-diff"));
    for id in SHIPPED.iter() {
        assert_eq!(conforms(&show, &["show", id])["version"]["id"], *id);
    }
    for pair in SHIPPED.windows(2) {
        assert_eq!(conforms(&diff, &["diff", pair[0], pair[1]])["identical"], false);
    }
    let same = conforms(&diff, &["diff", "v307", "v307"]);
    assert_eq!((&same["identical"], &same["lists"]), (&Value::Bool(true), &Value::Array(Vec::new())));
}

/// The validator reads a date as a date and time; that it looks like a date is left to the pattern beside it.
fn without_date_formats(schema: &mut Value) {
    match schema {
        Value::Object(keys) => {
            if keys.get("format").is_some_and(|format| format == "date") {
                assert!(keys.contains_key("pattern"), "a date without a pattern: {keys:?}");
                keys.shift_remove("format");
            }
            keys.values_mut().for_each(without_date_formats);
        }
        Value::Array(values) => values.iter_mut().for_each(without_date_formats),
        _ => {}
    }
}

#[test]
fn the_format_follows_the_ending_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("v318.json");
    assert_eq!(result(&["versions", "show", "v318", "--out", text(&out)], 0), "");
    let value: Value = serde_json::from_str(&fs::read_to_string(out).unwrap()).unwrap();
    assert_eq!(
        value["parameters"].as_array().unwrap().len(),
        value["parameters"].as_array().unwrap().iter().filter(|parameter| parameter["from"].is_string()).count()
    );
}

#[test]
fn the_documentation_is_what_the_program_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/versions.md");
    let written = fs::read_to_string(&path).unwrap_or_default();
    let printed = result(&["versions", "doc"], 0);
    assert!(written == printed, "docs/versions.md is outdated; run `reslate versions doc --out docs/versions.md`");
}

#[test]
fn version_files_that_are_none() {
    insta::assert_snapshot!(refused_file("extends = \"v314\"\nsignal = []\n"), @"DIR/mine.toml, line 2: signal must be a table of definitions; a list of names is written signals = [...]");
    insta::assert_snapshot!(refused_file("extends = \"v314\"\n[parameters]\nmin_egde = 4\n"), @"DIR/mine.toml, line 3: unknown parameter 'min_egde'; did you mean 'min_edge'? (`reslate versions show v307` lists them)");
    insta::assert_snapshot!(refused_file("extends = \"v314\"\n[parameters]\nmin_edge = true\n"), @r#"DIR/mine.toml, line 3: min_edge=true: must be a number or "off""#);
    insta::assert_snapshot!(refused_file("extends = \"v314\"\n[parameters]\nmin_edge = -1\n"), @"DIR/mine.toml, line 3: min_edge=-1: is out of range, 0 to 100");
    insta::assert_snapshot!(refused_file("extends = \"v314\"\nsignals = [\n  \"high_edge\",\n  \"cold_snaps\",\n]\n"), @"DIR/mine.toml, line 4: unknown signal 'cold_snaps'; did you mean 'cold_snap'?");
    insta::assert_snapshot!(refused_file("extends = \"v314\"\nfilters = [\"edge_flor\"]\n"), @"DIR/mine.toml, line 2: unknown filter 'edge_flor'; did you mean 'edge_floor'?");
    insta::assert_snapshot!(refused_file("extends = \"v313\"\n"), @"DIR/mine.toml, line 1: extends unknown version 'v313'; did you mean 'v318'?");
    insta::assert_snapshot!(refused_file("extends = \"mine.toml\"\n"), @"DIR/mine.toml, line 1: extends itself: DIR/mine.toml -> mine.toml; extend a shipped version");
    insta::assert_snapshot!(refused_file("extends = \"./other.toml\"\n"), @"DIR/mine.toml, line 1: extends DIR/./other.toml: no such file; give the path of a version file, or an id (`reslate versions` lists them)");
    insta::assert_snapshot!(refused_file("id = \"v314\"\nextends = \"v314\"\n"), @r#"DIR/mine.toml, line 1: 'v314' is the id of a shipped version; rename the file, or state an id of its own: id = "my_v314""#);
    insta::assert_snapshot!(refused_file("min_edge = 4.5\n"), @"DIR/mine.toml, line 1: unknown key 'min_edge'; it is a parameter, so write it under [parameters]");
    insta::assert_snapshot!(refused_file(""), @r#"DIR/mine.toml: states no version to extend; add a line such as extends = "v307""#);
    insta::assert_snapshot!(refused_file("extends =\n"), @"DIR/mine.toml, line 1: is not TOML: string values must be quoted, expected literal string");
    insta::assert_snapshot!(refused_file("{\"extends\": \"v314\"}\n"), @"DIR/mine.toml, line 1: is not TOML: invalid key-value pair, expected key");
}

#[test]
fn version_files_that_cannot_be_read() {
    let folder = folder(&[("v307.toml", "extends = \"v307\"\n")]);
    fs::write(folder.path().join("latin.toml"), b"extends = \"v307\"\nsummary = \"\xe9\"\n").unwrap();
    let said = |name: &str| refused(&["replay", "--version", text(&folder.path().join(name))], folder.path());
    insta::assert_snapshot!(said("none.toml"), @"DIR/none.toml: no such file; give the path of a version file, or an id (`reslate versions` lists them)");
    insta::assert_snapshot!(said("v307.toml"), @r#"DIR/v307.toml: 'v307' is the id of a shipped version; rename the file, or state an id of its own: id = "my_v307""#);
    insta::assert_snapshot!(said("latin.toml"), @"DIR/latin.toml, line 2: is not UTF-8; save it as UTF-8");
    insta::assert_snapshot!(said("../"), @"DIR/../: is a folder; give the path of a version file");
}

#[test]
fn names_that_mean_no_version() {
    let said = |name: &str| refused(&["versions", "show", name], Path::new("/no/folder"));
    insta::assert_snapshot!(said("v319"), @"unknown version 'v319'; did you mean 'v318'? (`reslate versions` lists them)");
    insta::assert_snapshot!(said("v31"), @"'v31' matches several versions: v314, v316, v318; give one of them");
    insta::assert_snapshot!(said("as-deployed"), @"version 'as-deployed': is another version on each date; name one of them (`reslate versions` lists them)");
    insta::assert_snapshot!(said(""), @"'' matches several versions: v279, v284a, v284b, v294, v295, v296, v297, v298, v307, v307q, v314, v316, v318, v323, v326, v330, v343, v343b, v347, v348, v352, v355, v365, v365b, v367, v369, v370, v372, v373, v374; give one of them");
    insta::assert_snapshot!(refused(&["versions", "diff", "v307"], Path::new("/no/folder")), @"the following required arguments were not provided: <B>");
    insta::assert_snapshot!(refused(&["replay", "--health", "same"], Path::new("/no/folder")), @"invalid value 'same' for '--health <HEALTH>' [possible values: live, as-of, same-date]; tip: a similar value exists: 'same-date'");
}
