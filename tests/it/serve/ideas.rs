//! `serve`, a place to write: what is written shows what a replay by a file of it says, mistakes are told where they are, and
//! what is too much is refused.

use std::io::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::serve::{MONTH, Served, answer, told};
use crate::support::browser::data;
use crate::support::reslate;

const IDEA: &str = "[signal.rested_home]
about = \"OVER at home on a rested player\"
when = \"is_over AND is_home AND rest_days >= min_rest AND abs_edge >= min_edge\"
confidence = \"least(1.0, abs_edge / 10)\"
[signal.rested_home.parameters]
min_rest = 3
min_edge = 4

[filter.few_minutes_over]
about = \"OVERs on players of few minutes\"
value = \"CASE WHEN is_over THEN minutes_avg_season END\"
blocks = \"below\"
threshold = 20
";

/// The page of a report by a version file of this text, called what the page calls it.
fn reported(text: &str, settings: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v314-edited.toml");
    std::fs::write(&path, text).unwrap();
    let version = ["report", "--version", path.to_str().unwrap()];
    let settings = settings.iter().flat_map(|setting| ["--set", setting]).collect::<Vec<_>>();
    let ran = reslate(&[&version, &MONTH[2..], &settings].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // What is said of a definition that says nothing of itself names its file.
    data(&ran.stdout.replace(&format!("{}/", folder.path().display()), ""))
}

fn saved(served: &Served, query: &str, text: &str) -> String {
    let file = told(served.post(&format!("/file{query}"), text), 200);
    assert_eq!(file["name"], "v314-edited.toml");
    file["text"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_written_is_decided_as_a_file_of_it() {
    let served = Served::start(&MONTH);
    let file =
        format!("extends = \"v314\"\nsignals_with = [\"rested_home\"]\nfilters_with = [\"few_minutes_over\"]\n{IDEA}");
    let expected = reported(&file, &[]);
    let outline = told(served.post("/outline", IDEA), 200);
    for (name, value) in outline.as_object().unwrap() {
        assert_eq!(*value, expected[name], "{name}");
    }
    assert_eq!(told(served.post("/page", IDEA), 200), expected);
    // Its own thresholds move.
    let moved = ["rested_home.min_edge=6", "few_minutes_over.threshold=28", "min_edge=4"];
    let query = format!("?{}", moved.join("&"));
    let page = told(served.post(&format!("/page{query}"), IDEA), 200);
    assert_eq!(page, reported(&file, &moved));
    assert_ne!(page["slates"], expected["slates"]);
    // It can be written as a whole file, is nothing without its text, and the same afterwards.
    assert_eq!(told(served.post("/page", &file), 200), expected);
    assert_eq!(served.json("/page"), data(&reslate(&[&["report"], &MONTH[..]].concat()).stdout));
    assert_eq!(told(served.post("/page", IDEA), 200), expected);
}

#[test]
fn what_is_saved_replays_to_the_same() {
    let served = Served::start(&MONTH);
    let anew = "[filter.edge_floor]\nvalue = \"abs_edge\"\nblocks = \"below\"\nthreshold = \"min_edge\"\nunless = \"is_home\"\n";
    let tags = "[tags]\nbase = [\"high_edge\", \"edge_spread_optimal\"]\n[filter.thin]\nwhen = '''\ncount_tags() =\n  count_tags('base')'''\nmode = \"observe\"\n";
    for (query, text) in [
        ("", IDEA.to_owned()),
        ("?signal.high_edge=off&filter.few_minutes_over=off&min_edge=4.5", IDEA.to_owned()),
        ("?filter.rel_edge_cap=on&rel_edge_cap=0.4&cap=off", String::new()),
        ("?min_edge=3.5", anew.to_owned()),
        ("?rested_home.min_rest=1", format!("[parameters]\nfamiliar_games = 4\n{IDEA}{tags}")),
        ("", "signals = [\"high_edge\", \"model_health\"]\ndefects = [\"player_blacklist\"]\n".to_owned()),
    ] {
        let page = told(served.post(&format!("/page{query}"), &text), 200);
        let file = saved(&served, query, &text);
        let expected = reported(&file, &[]);
        for part in ["slates", "picks", "funnel", "candidates", "passed", "groups"] {
            assert_eq!(page[part], expected[part], "{part} of {query}\n{file}");
        }
        let columns = |page: &Value| page["traces"]["columns"]["player_lookup"].clone();
        assert_eq!(columns(&page), columns(&expected), "{query}\n{file}");
    }
}

#[test]
fn a_saved_file_states_what_differs() {
    let served = Served::start(&MONTH);
    insta::assert_snapshot!(saved(&served, "?signal.high_edge=off&min_edge=4.5&few_minutes_over.threshold=18", IDEA), @r#"
    extends = "v314"
    filters_with = ["few_minutes_over"]
    signals_with = ["rested_home"]
    signals_without = ["high_edge"]

    [filter.few_minutes_over]
    about = "OVERs on players of few minutes"
    blocks = "below"
    threshold = 18
    value = "CASE WHEN is_over THEN minutes_avg_season END"

    [parameters]
    min_edge = 4.5

    [signal.rested_home]
    about = "OVER at home on a rested player"
    confidence = "least(1.0, abs_edge / 10)"
    when = "is_over AND is_home AND rest_days >= min_rest AND abs_edge >= min_edge"

    [signal.rested_home.parameters]
    min_edge = 4
    min_rest = 3
    "#);
    insta::assert_snapshot!(saved(&served, "", ""), @r#"extends = "v314""#);
    let spelled = "[filter.thin]\nwhen = \"has('high_edge')\\nAND line < least_line\"\nmode = \"observe\"\n\
                   [filter.thin.parameters]\nleast_line = { value = 9, kind = \"integer\", min = 0, unit = \"points\" }\n";
    insta::assert_snapshot!(saved(&served, "", spelled), @r#"
    extends = "v314"
    filters_with = ["thin"]

    [filter.thin]
    mode = "observe"
    when = """
    has('high_edge')
    AND line < least_line"""

    [filter.thin.parameters.least_line]
    kind = "integer"
    min = 0
    unit = "points"
    value = 9
    "#);
    // What the command line changed is stated as well.
    let changed = Served::start(&[&MONTH[..], &["--set", "min_edge=4", "--set", "cap=5"]].concat());
    insta::assert_snapshot!(self::saved(&changed, "?cap=3", "defects = []"), @r#"
    extends = "v314"

    [parameters]
    cap = 3
    min_edge = 4
    "#);
    // Of a version that is a file.
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ideas/rested.toml");
    let of_file = Served::start(&["--version", file, "--from", "2026-01-05", "--to", "2026-01-06"]);
    let saved = told(of_file.post("/file?rested_home.min_rest=2", "filters_without = [\"few_minutes_over\"]"), 200);
    assert_eq!(saved["name"], "rested-edited.toml");
    insta::assert_snapshot!(saved["text"].as_str().unwrap().replace(env!("CARGO_MANIFEST_DIR"), "HERE"), @r#"
    extends = "HERE/docs/ideas/rested.toml"
    filters_without = ["few_minutes_over"]

    [parameters]
    "rested_home.min_rest" = 2
    "#);
    assert!(Path::new(file).is_absolute());
}

#[test]
fn sliders_and_switches_follow_what_is_written() {
    let served = Served::start(&MONTH);
    let names = |edit: &Value, list: &str| {
        let of = |each: &Value| each["name"].as_str().unwrap().to_owned();
        edit[list].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let before = served.json("/edit");
    let edit = told(served.post("/edit", IDEA), 200);
    let own: Vec<String> =
        names(&edit, "knobs").into_iter().filter(|name| !names(&before, "knobs").contains(name)).collect();
    assert_eq!(own, ["few_minutes_over.threshold", "rested_home.min_rest", "rested_home.min_edge"]);
    let knob = |edit: &Value, name: &str| {
        edit["knobs"].as_array().unwrap().iter().find(|knob| knob["name"] == name).unwrap().clone()
    };
    insta::assert_snapshot!(knob(&edit, "rested_home.min_rest"), @r#"{"name":"rested_home.min_rest","owner":"signal rested_home","about":"of signal rested_home","unit":null,"value":"3","rest":"3","low":"0","high":"6","step":"0.5","off":false}"#);
    insta::assert_snapshot!(knob(&edit, "few_minutes_over.threshold"), @r#"{"name":"few_minutes_over.threshold","owner":"filter few_minutes_over","about":"of filter few_minutes_over","unit":null,"value":"20","rest":"20","low":"0","high":"40","step":"0.5","off":true}"#);
    let signal = |name: &str| edit["signals"].as_array().unwrap().iter().find(|of| of["name"] == name).unwrap().clone();
    insta::assert_snapshot!(signal("rested_home"), @r#"{"name":"rested_home","about":"OVER at home on a rested player","on":true,"is_written":true}"#);
    assert_eq!((before["id"].as_str(), edit["id"].as_str()), (Some("v314"), Some("v314-edited")));
    // What is switched off has no slider, and what is switched that is not there counts for nothing here.
    let off = told(served.post("/edit?signal.rested_home=off&signal.gone=on&gone.min=3", IDEA), 200);
    assert!(!names(&off, "knobs").contains(&"rested_home.min_rest".to_owned()));
    // What has no effect is said.
    let idle = "[parameters]\nrel_edge_cap = 0.3\n[filter.edge_floor]\nwhen = \"is_over\"\n";
    insta::assert_snapshot!(told(served.post("/edit", idle), 200)["notes"], @r#"["rel_edge_cap has no effect: v314-edited has no filter rel_edge_cap","edge_floor is defined otherwise than in v314"]"#);
}

/// What is said of a text, with the word that is to blame.
fn mistake(served: &Served, text: &str) -> String {
    let said = told(served.post("/outline", text), 422);
    let units: Vec<u16> = text.encode_utf16().collect();
    let at = |name: &str| said[name].as_u64().and_then(|at| usize::try_from(at).ok());
    let word = at("start").zip(at("end")).map(|(start, end)| String::from_utf16(&units[start..end]).unwrap());
    let [definition, key] = ["definition", "key"].map(|name| said[name].as_str().unwrap_or("-"));
    format!("{definition} / {key} / {:?} / {}", word.unwrap_or_default(), said["reason"].as_str().unwrap())
}

#[test]
fn a_mistake_is_told_where_it_is() {
    let served = Served::start(&MONTH);
    let of = |when: &str| mistake(&served, &format!("# Jokić, 𝄞\n[signal.x]\nwhen = {when}\n"));
    insta::assert_snapshot!(of("\"is_over AND rest_dys >= 3\""), @r#"signal x / when / "rest_dys" / signal x: when: there is no column or parameter 'rest_dys'; did you mean 'rest_days'?"#);
    insta::assert_snapshot!(of("\"\"\"\nis_over\n  AND rest_dys >= 3\"\"\""), @r#"signal x / when / "rest_dys" / signal x: when: there is no column or parameter 'rest_dys'; did you mean 'rest_days'?"#);
    insta::assert_snapshot!(of("\"is_over AND leest(line, 3) > 2\""), @r#"signal x / when / "leest" / signal x: when: there is no function leest(); did you mean 'least'?"#);
    insta::assert_snapshot!(of("\"is_over AND\""), @r#"signal x / when / "D" / signal x: when: is no SQL expression: Expected: an expression, found: EOF"#);
    insta::assert_snapshot!(of("\"is_over AND ) line\""), @r#"signal x / when / ")" / signal x: when: is no SQL expression: Expected: an expression, found: ) at Line: 1, Column: 13"#);
    insta::assert_snapshot!(of("\"is_over; is_home\""), @r#"signal x / when / ";" / signal x: when: is no single expression: unexpected ';'"#);
    insta::assert_snapshot!(of("\"is_over AND random() > 0.5\""), @r#"signal x / when / "random" / signal x: when: random() is not the same at each call; a decision has no clock and no chance"#);
    insta::assert_snapshot!(of("\"line > (SELECT 1)\""), @r#"signal x / when / "\"line > (SELECT 1)\"" / signal x: when: a subquery looks at other rows, and a definition sees its own candidate alone"#);
    insta::assert_snapshot!(of("\"line\""), @r#"signal x / when / "\"line\"" / signal x: when: must be true or false of a candidate, and is a number"#);
    insta::assert_snapshot!(of("\"actual_points > line\""), @r#"signal x / when / "actual_points" / signal x: when: actual_points is known only after the game, and a definition decides before it"#);
    insta::assert_snapshot!(of("\"team = \\\"BOS\\\" AND rest_dys > 2\""), @r#"signal x / when / "\"team = \\\"BOS\\\" AND rest_dys > 2\"" / signal x: when: there is no column or parameter 'BOS'"#);
    insta::assert_snapshot!(of("\"is_over"), @r#"- / - / "" / is not TOML: invalid basic string, expected `"`"#);
    insta::assert_snapshot!(of("3"), @r#"signal x / when / "3" / when of signal x must be a text in quotes, not an integer"#);
    let whole = |text: &str| mistake(&served, text);
    insta::assert_snapshot!(whole("[filter.y]\nwhen = \"has('hi_edge')\"\n"), @r#"filter y / when / "hi_edge" / filter y: when: unknown signal 'hi_edge'; did you mean 'high_edge'?"#);
    insta::assert_snapshot!(whole("[filter.y]\nvalue = \"line\"\nblocks = \"under\"\nthreshold = 3\n"), @r#"filter y / blocks / "\"under\"" / filter y: blocks must be one of below, from, down_to, not 'under'"#);
    insta::assert_snapshot!(whole("[filter.y]\nvalues = \"line\"\n"), @r#"filter y / values / "values" / unknown key 'values' of filter y; did you mean 'value'?"#);
    insta::assert_snapshot!(whole("signals_with = [\"high_egde\"]\n"), @r#"- / signals_with / "\"high_egde\"" / unknown signal 'high_egde'; did you mean 'high_edge'?"#);
    insta::assert_snapshot!(whole("[parameters]\nmin_edge = 300\n"), @r#"- / parameters.min_edge / "min_edge" / min_edge=300: is out of range, 0 to 100"#);
    insta::assert_snapshot!(whole("extends = \"v318\"\n"), @r#"- / extends / "\"v318\"" / extends 'v318', and this is about v314; leave the line out"#);
    // What cannot be cast is NULL.
    let cast = "[signal.x]\nwhen = \"CAST(team AS INTEGER) > 3\"\n";
    assert_eq!(served.post("/outline", cast).0, 200);
    // Of a column that the snapshot does not have.
    insta::assert_snapshot!(whole("[signal.x]\nwhen = \"feature_77_value > 3\"\n"), @r#"- / - / "feature_77_value" / version v314-edited: x names ml_feature_store_v2.feature_77_value, which the snapshot does not have; pull the table with it, or leave x out"#);
    // It goes on answering.
    assert_eq!(served.post("/outline", IDEA).0, 200);
    assert_eq!(served.post("/outline?few_minutes_over.threshold=high", IDEA).0, 400);
    assert_eq!(
        served.post("/outline?signal.rested=off", IDEA),
        (400, "setting 'signal.rested=off': switches what is not there\n".to_owned())
    );
    assert_eq!(served.post("/outline?signal.rested_home=maybe", IDEA).0, 400);
}

#[test]
fn what_is_too_long_or_too_deep_is_refused() {
    let served = Served::start(&MONTH);
    let signal = |when: &str| format!("[signal.x]\nwhen = \"{when}\"\n");
    let reason = |text: &str| told(served.post("/outline", text), 422)["reason"].as_str().unwrap().to_owned();
    insta::assert_snapshot!(reason(&signal(&"a".repeat(100_000))), @"signal x: when: is 100000 bytes long, more than 10000; say it in several definitions");
    insta::assert_snapshot!(reason(&signal(&format!("{}line > 1{}", "(".repeat(1000), ")".repeat(1000)))), @"signal x: when: is nested more than 50 deep");
    insta::assert_snapshot!(reason(&signal(&["is_over"; 800].join(" OR "))), @"signal x: when: has more than 500 operators");
    insta::assert_snapshot!(reason(&signal(&format!("{}is_over", "NOT ".repeat(1000)))), @"signal x: when: is no single expression: unexpected 'NOT'");
    insta::assert_snapshot!(reason(&format!("x = {}", "[".repeat(100_000))), @"is not TOML: cannot recurse further; max recursion depth met");
    let many: String = (0..120).map(|at| format!("[signal.x{at}]\nwhen = \"is_over\"\n")).collect();
    insta::assert_snapshot!(reason(&many), @"defines more than 100 signals and filters; keep some of them in a file");
    let (status, said) = served.post("/outline", &"#".repeat(200_000));
    insta::assert_snapshot!(format!("{status} {}", said.trim_end()), @"413 more is written than 128 KiB; keep some of it in a file");
    assert_eq!(served.post("/outline", IDEA).0, 200);
}

#[test]
fn a_text_is_taken_of_the_page_alone_and_as_such() {
    let served = Served::start(&MONTH);
    let ask = |line: &str, headers: &str, body: &str| {
        let mut stream = served.connect();
        let host = if headers.contains("Host: ") { String::new() } else { format!("Host: {}\r\n", served.host()) };
        write!(stream, "{line} HTTP/1.1\r\n{host}{headers}\r\n{body}").ok();
        answer(stream)
    };
    let toml = "Content-Type: application/toml\r\n";
    let length = format!("{toml}Content-Length: {}\r\n", IDEA.len());
    assert_eq!(ask("POST /outline", &length, IDEA).0, 200);
    assert_eq!(ask("POST /outline", &format!("{length}Sec-Fetch-Site: same-origin\r\n"), IDEA).0, 200);
    assert_eq!(ask("POST /outline", &format!("{length}Sec-Fetch-Site: cross-site\r\n"), IDEA).0, 403);
    assert_eq!(ask("POST /outline", &format!("{length}Host: example.com\r\n"), IDEA).0, 403);
    // What a form of another site could send.
    let plain = length.replace("application/toml", "text/plain");
    let refused = ask("POST /outline", &plain, IDEA);
    insta::assert_snapshot!(format!("{} {}", refused.0, refused.1.trim_end()), @"415 what is written must be application/toml");
    assert_eq!(ask("POST /outline", "Content-Length: 0\r\n", "").0, 415);
    assert_eq!(ask("PUT /outline", &length, IDEA).0, 405);
    assert_eq!(ask("OPTIONS /outline", "", "").0, 405);
    assert_eq!(ask("POST /", &length, IDEA).0, 405);
    assert_eq!(ask("POST /nowhere", &length, IDEA).0, 405);
    assert_eq!(ask("GET /outline", &length, IDEA).0, 413);
    // In pieces, of which the last does not come, and more than there may be.
    let chunked = format!("{toml}Transfer-Encoding: chunked\r\n");
    assert_eq!(ask("POST /outline", &chunked, &format!("{:x}\r\n{IDEA}\r\n0\r\n\r\n", IDEA.len())).0, 200);
    let large = "#".repeat(50_000);
    let pieces = format!("{:x}\r\n{large}\r\n", large.len()).repeat(4);
    assert_eq!(ask("POST /outline", &chunked, &pieces).0, 413);
    assert_eq!(ask("POST /outline", &format!("{toml}Content-Length: 99999999999\r\n"), "").0, 413);
    let mut stream = served.connect();
    write!(stream, "POST /outline HTTP/1.1\r\nHost: {}\r\n{toml}Content-Length: 2\r\n\r\n", served.host()).unwrap();
    stream.write_all(&[0xff, 0xfe]).unwrap();
    assert_eq!(answer(stream), (400, "what is written must be UTF-8\n".to_owned()));
}
