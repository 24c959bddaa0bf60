use super::*;
use crate::definition::Beside;
use crate::version::{from_file, shipped};

/// v318, which has every kind of part, changed by a file of this text.
fn changed(text: &str) -> Result<Version> {
    let mut version = shipped("v318").unwrap();
    Written::parse("a.toml", text)?.apply(&mut version, &Origin::File("a.toml".to_owned()))?;
    Ok(version)
}

fn refused(text: &str) -> String {
    changed(text).unwrap_err().to_string()
}

#[test]
fn values_are_written_in_tomls_types() {
    let version = changed(
        "[parameters]\nmin_edge = 4\nhealth_blocked = 5.25e1\ncap = 0x0A\nstats_since = 2025-11-01\nscore = \"edge\"\n\
         champion = \"catboost_v12\"\nconfidence_band = \"0.5:0.6\"\n\"high_edge.min_edge\" = 4.50\n\
         [parameters.combo_3way]\nmin_edge = 4\n",
    )
    .unwrap();
    let set = |name: &str| version.parameter(name).to_string();
    assert_eq!(["min_edge", "health_blocked", "cap", "stats_since"].map(set), ["4", "52.5", "10", "2025-11-01"]);
    assert_eq!(["confidence_band", "high_edge.min_edge", "combo_3way.min_edge"].map(set), ["0.5:0.6", "4.5", "4"]);
}

#[test]
fn parameters_that_are_none_or_have_no_such_value() {
    let said = |line: &str| refused(&format!("[parameters]\n{line}\n"));
    insta::assert_snapshot!(said("min_egde = 5"), @"a.toml, line 2: unknown parameter 'min_egde'; did you mean 'min_edge'? (`reslate versions show v307` lists them)");
    insta::assert_snapshot!(said("high_edge.min_egde = 5"), @"a.toml, line 2: unknown parameter 'high_edge.min_egde'; did you mean 'high_edge.min_edge'? (`reslate versions show v307` lists them)");
    insta::assert_snapshot!(said("signals = []"), @"a.toml, line 2: 'signals' is no parameter; write it above [parameters]");
    insta::assert_snapshot!(said("min_edge = 101"), @"a.toml, line 2: min_edge=101: is out of range, 0 to 100");
    insta::assert_snapshot!(said("min_edge = nan"), @"a.toml, line 2: min_edge=nan: must be a number or off");
    insta::assert_snapshot!(said("min_edge = \"5\""), @r#"a.toml, line 2: min_edge="5": is a text; write the number without quotes"#);
    insta::assert_snapshot!(said("min_edge = \"five\""), @r#"a.toml, line 2: min_edge="five": must be a number or off"#);
    insta::assert_snapshot!(said("min_edge = [5]"), @r#"a.toml, line 2: min_edge=[5]: must be a number or "off""#);
    insta::assert_snapshot!(said("min_edge = {}"), @r#"a.toml, line 2: min_edge={}: must be a number or "off""#);
    insta::assert_snapshot!(said("cap = 2.5"), @"a.toml, line 2: cap=2.5: must be a whole number");
    insta::assert_snapshot!(said("cap = 99999999999999999999"), @r#"a.toml, line 2: cap=99999999999999999999: must be a number or "off""#);
    insta::assert_snapshot!(said("health_days = \"off\""), @"a.toml, line 2: health_days=off: cannot be switched off");
    insta::assert_snapshot!(said("score = true"), @"a.toml, line 2: score=true: must be one of edge, composite, in quotes");
    insta::assert_snapshot!(said("champion = 9"), @"a.toml, line 2: champion=9: must be a text in quotes");
    insta::assert_snapshot!(said("confidence_band = 0.9"), @r#"a.toml, line 2: confidence_band=0.9: must be a range, "LOW:HIGH""#);
    insta::assert_snapshot!(said("stats_since = 2025"), @"a.toml, line 2: stats_since=2025: must be a date, YYYY-MM-DD");
    insta::assert_snapshot!(said("high_edge.min_edge = 5\n\"high_edge.min_edge\" = 6"), @"a.toml, line 3: high_edge.min_edge is stated twice");
    insta::assert_snapshot!(refused("parameters = 5"), @"a.toml, line 1: parameters must be a table, not an integer");
}

#[test]
fn keys_that_are_none() {
    insta::assert_snapshot!(refused("summary = \"\"\nfilter = []\n"), @"a.toml, line 2: filter must be a table of definitions; a list of names is written filters = [...]");
    insta::assert_snapshot!(refused("min_edge = 4\n"), @"a.toml, line 1: unknown key 'min_edge'; it is a parameter, so write it under [parameters]");
    insta::assert_snapshot!(refused("high_edge.min_edge = 4\n"), @"a.toml, line 1: unknown key 'high_edge'; it is a parameter, so write it under [parameters]");
    insta::assert_snapshot!(refused("summary = 1\n"), @"a.toml, line 1: summary must be a text in quotes, not an integer");
    insta::assert_snapshot!(refused("in_production_from = \"soon\"\n"), @"a.toml, line 1: in_production_from must be a date, YYYY-MM-DD, not a text");
}

#[test]
fn lists_of_what_is_not_there() {
    insta::assert_snapshot!(refused("signals = [\n  \"high_edge\",\n  \"hi_edge\",\n]\n"), @"a.toml, line 3: unknown signal 'hi_edge'; did you mean 'high_edge'?");
    insta::assert_snapshot!(refused("signals = \"high_edge\"\n"), @"a.toml, line 1: signals must be a list, not a text");
    insta::assert_snapshot!(refused("signals = [5]\n"), @"a.toml, line 1: a signal must be a text in quotes, not an integer");
    insta::assert_snapshot!(refused("filters = [\"edge_floor\", \"edge_floor\"]\n"), @"a.toml, line 1: filter 'edge_floor' is listed twice");
    insta::assert_snapshot!(refused("defects = [\"blacklist\"]\n"), @"a.toml, line 1: unknown defect 'blacklist'; did you mean 'player_blacklist'?");
    insta::assert_snapshot!(refused("document = [\"seasons\"]\n"), @"a.toml, line 1: unknown section 'seasons'; did you mean 'season'?");
    insta::assert_snapshot!(refused("signals_without = [\"cold_snap\"]\n"), @"a.toml, line 1: the version it extends has no signal 'cold_snap'");
    insta::assert_snapshot!(refused("filters = []\nfilters_without = [\"edge_floor\"]\n"), @"a.toml, line 2: give filters or filters_without, not both");
    insta::assert_snapshot!(refused("confidence_floors = { catboost_v9 = \"off\" }\n"), @"a.toml, line 1: the floor of catboost_v9: must be a number; leave the model out for none");
    insta::assert_snapshot!(refused("confidence_floors = { catboost_v9 = 101 }\n"), @"a.toml, line 1: the floor of catboost_v9: is out of range, 0 to 100");
}

#[test]
fn combos_and_families_that_are_none() {
    let combo = |fields: &str| refused(&format!("combos = [\n  {{ {fields} }},\n]\n"));
    insta::assert_snapshot!(combo("id = \"high_edge\", class = \"ANTIPATTERN\", status = \"X\""), @"a.toml, line 2: unknown class 'ANTIPATTERN'; did you mean 'ANTI_PATTERN'?");
    insta::assert_snapshot!(combo("id = \"hi_edge\", class = \"ANTI_PATTERN\", status = \"X\""), @"a.toml, line 2: combo 'hi_edge': unknown signal 'hi_edge'; did you mean 'high_edge'?");
    insta::assert_snapshot!(combo("id = \"high_edge\", status = \"X\""), @"a.toml, line 2: a combo without class");
    insta::assert_snapshot!(combo("id = \"high_edge\", clas = \"ANTI_PATTERN\""), @"a.toml, line 2: unknown key 'clas' of a combo; did you mean 'class'?");
    insta::assert_snapshot!(combo("id = \"high_edge\", class = \"ANTI_PATTERN\", status = \"X\", hit_rate = \"60\""), @"a.toml, line 2: hit_rate must be a finite number, not a text");
    insta::assert_snapshot!(refused("combos = [5]"), @"a.toml, line 1: a combo must be a table, not an integer");
    let family = |fields: &str| {
        refused(&format!("[[families]]\nfamily = \"x\"\nfeature_set = \"v9\"\nloss = \"mae\"\n{fields}\n"))
    };
    insta::assert_snapshot!(family(""), @"a.toml, line 1: family x: give one of equals and starts_with");
    insta::assert_snapshot!(family("equals = \"\""), @"a.toml, line 5: equals of a family is empty");
    insta::assert_snapshot!(family("equals = \"x\"\ncandidate = \"no\""), @"a.toml, line 6: candidate must be true or false, not a text");
    insta::assert_snapshot!(refused("[[families]]\nfamily = \"x\"\nequals = \"x\"\nfeature_set = \"v10\"\nloss = \"mae\""), @"a.toml, line 4: unknown feature_set 'v10'; did you mean 'v13'?");
}

#[test]
fn parts_are_taken_out_of_an_inherited_list() {
    let version = changed(
        "signals_without = [\"bench_under\"]\nfilters_without = [\"min_signals\"]\ncombos_without = [\"bench_under\"]\n",
    )
    .unwrap();
    let before = shipped("v318").unwrap();
    let without = |list: &[String], name: &str| list.iter().filter(|own| *own != name).cloned().collect::<Vec<_>>();
    assert_eq!(version.signals, without(&before.signals, "bench_under"));
    assert_eq!(version.filters, without(&before.filters, "min_signals"));
    assert_eq!(version.combos.len() + 1, before.combos.len());
    let file = Origin::File("a.toml".to_owned());
    assert_eq!(version.provenance.list(Part::Combos), Some(&file));
    assert_eq!(version.provenance.list(Part::Families), before.provenance.list(Part::Families));
}

#[test]
fn sections_are_added_to_those_of_the_version_it_extends() {
    let version = changed("document_with = [\"stat\", \"season\", \"health_gate_active\"]\n").unwrap();
    let names: Vec<&str> = version.document.iter().map(|section| section.name()).collect();
    // In the order of the document, each once.
    let of_v318 = ["season", "player_blacklist", "direction_health", "filter_summary", "edge_distribution"];
    assert_eq!(names, [&of_v318[..3], &["health_gate_active"], &of_v318[3..], &["stat"]].concat());
    insta::assert_snapshot!(refused("document_with = [\"stats\"]\n"), @"a.toml, line 1: unknown section 'stats'; did you mean 'stat'?");
    insta::assert_snapshot!(refused("document = []\ndocument_with = [\"stat\"]\n"), @"a.toml, line 2: give document or document_with, not both");
}

const IDEA: &str = "\
signals_with = [\"rested_home\"]
filters_with = [\"few_minutes_over\"]

[signal.rested_home]
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

#[test]
fn an_idea_is_a_signal_and_a_filter_with_thresholds_of_its_own() {
    let mut version = changed(IDEA).unwrap();
    assert_eq!(version.signals.last().unwrap(), "rested_home");
    assert_eq!(version.filters.last().unwrap(), "few_minutes_over");
    let set = |version: &Version, name: &str| version.parameter(name).to_string();
    assert_eq!(set(&version, "rested_home.min_rest"), "3");
    assert_eq!(set(&version, "few_minutes_over.threshold"), "20");
    let signal = &version.catalogue.signals["rested_home"];
    assert_eq!(signal.inputs, ["is_home", "rest_days", "abs_edge"]);
    assert_eq!(signal.parameters, ["rested_home.min_rest", "rested_home.min_edge"]);
    version.set("few_minutes_over.threshold", "18.5").unwrap();
    version.set("few_minutes_over.threshold", "off").unwrap();
    assert!(
        version.set("few_minutes_over.threshhold", "1").unwrap_err().to_string().contains("few_minutes_over.threshold")
    );
    assert!(!shipped("v318").unwrap().catalogue.signals.contains_key("rested_home"));
}

#[test]
fn what_is_defined_stays_when_it_is_stated_whole() {
    let version = changed(IDEA).unwrap();
    let whole = crate::version::whole_as_toml(&version).unwrap();
    let read = crate::version::from_whole_toml(&whole, "frozen").unwrap();
    assert!(read.states_the_same(&version), "{whole}");
    assert_eq!(read.parameters, version.parameters);
}

#[test]
fn definitions_that_are_none() {
    let signal = |lines: &str| refused(&format!("[signal.x]\n{lines}\n"));
    insta::assert_snapshot!(signal("about = \"x\""), @r#"a.toml, line 1: signal x: states no condition; add a line such as when = "is_over AND abs_edge >= 4""#);
    insta::assert_snapshot!(signal("when = \"is_over AND rest_dayz > 3\""), @"a.toml, line 2: signal x: when: there is no column or parameter 'rest_dayz'; did you mean 'rest_days'?");
    insta::assert_snapshot!(signal("when = \"abs_edge\""), @"a.toml, line 2: signal x: when: must be true or false of a candidate, and is a number");
    insta::assert_snapshot!(signal("when = \"abs_edge >= 'high'\""), @"a.toml, line 2: signal x: when: 'abs_edge >= high': a number beside a text");
    insta::assert_snapshot!(signal("when = \"is_over AND random() > 0.5\""), @"a.toml, line 2: signal x: when: random() is not the same at each call; a decision has no clock and no chance");
    insta::assert_snapshot!(signal("when = \"sum(abs_edge) > 3\""), @"a.toml, line 2: signal x: when: sum() looks at other rows, and a definition sees its own candidate alone");
    insta::assert_snapshot!(signal("when = \"sqrtt(abs_edge) > 3\""), @"a.toml, line 2: signal x: when: there is no function sqrtt(); did you mean 'sqrt'?");
    insta::assert_snapshot!(signal("when = \"outcome = 'WIN'\""), @"a.toml, line 2: signal x: when: outcome is known only after the game, and a definition decides before it");
    insta::assert_snapshot!(signal("when = \"combo_id = 'x'\""), @"a.toml, line 2: signal x: when: combo_id is known only once the signals are; only filters and scores may name it");
    insta::assert_snapshot!(signal("when = \"recommendation IN ('OVER', 1)\""), @"a.toml, line 2: signal x: when: 'recommendation IN OVER, 1': a text beside a number");
    insta::assert_snapshot!(signal("when = \"line BETWEEN 'a' AND 'b'\""), @"a.toml, line 2: signal x: when: 'line BETWEEN a AND b': a number beside a text");
    insta::assert_snapshot!(signal("when = \"CASE WHEN is_over THEN 1 ELSE 'x' END = 1\""), @"a.toml, line 2: signal x: when: 'CASE WHEN is_over THEN 1 ELSE x END': a number beside a text");
    insta::assert_snapshot!(signal("when = \"coalesce(team, 3) = 'BOS'\""), @"a.toml, line 2: signal x: when: 'coalesce(team, Int64(3)) = BOS': a number beside a text");
    insta::assert_snapshot!(signal("when = \"CASE team WHEN 3 THEN TRUE ELSE FALSE END\""), @"a.toml, line 2: signal x: when: 'CASE team WHEN 3 THEN true ELSE false END': a text beside a number");
    insta::assert_snapshot!(signal("when = \"has('y')\"\n[signal.y]\nwhen = \"has('z')\"\n[signal.z]\nwhen = \"count_tags() > 1\""), @"a.toml, line 1: signals look at each other in a row, x -> y -> z; a signal may look at tags of those alone that look at none");
    insta::assert_snapshot!(signal("when = \"has('y')\"\n[signal.y]\nwhen = \"is_over\"\nconfidence = \"CASE WHEN has('x') THEN 0.5 END\""), @"a.toml, line 1: signals look at each other in a circle, x -> y -> x; a signal may look at tags of those alone that look at none");
    insta::assert_snapshot!(signal("when = \"count_tags('few') > 0\"\n[tags]\nfew = [\"x\"]"), @"a.toml, line 1: signals look at each other in a circle, x -> x; a signal may look at tags of those alone that look at none");
    insta::assert_snapshot!(signal("wehn = \"is_over\""), @"a.toml, line 2: unknown key 'wehn' of signal x; did you mean 'when'?");
    insta::assert_snapshot!(signal("when = \"is_over\"\nconfidence = \"recommendation\""), @"a.toml, line 3: signal x: confidence: must be a number, and is a text");
    insta::assert_snapshot!(signal("when = \"\"\"\nis_over\nAND rest_dayz > 3\"\"\""), @"a.toml, line 4: signal x: when: there is no column or parameter 'rest_dayz'; did you mean 'rest_days'?");
    insta::assert_snapshot!(signal("when = \"abs_edge > min_x\"\nparameters.min_x = { min = 3 }"), @"a.toml, line 3: signal x: x.min_x: missing field `kind`");
    insta::assert_snapshot!(signal("when = \"abs_edge > min_x\"\nparameters.min_x = { kind = \"decimal\", min = 3 }"), @"a.toml: parameter 'x.min_x' has no value; state one, such as value = 5");
    insta::assert_snapshot!(signal("when = \"abs_edge > min_x\"\nparameters.min_x = { value = 2, min = 3 }"), @"a.toml, line 3: x.min_x=2: is out of range, at least 3");
    let filter = |lines: &str| refused(&format!("[filter.x]\n{lines}\n"));
    insta::assert_snapshot!(filter("value = \"abs_edge\""), @"a.toml, line 1: filter x: states no rule; give value, blocks and threshold, or value and equal, or when alone");
    insta::assert_snapshot!(filter("value = \"abs_edge\"\nblocks = \"above\"\nthreshold = 3"), @"a.toml, line 3: filter x: blocks must be one of below, from, down_to, not 'above'");
    insta::assert_snapshot!(filter("value = \"recommendation\"\nblocks = \"from\"\nthreshold = 3"), @"a.toml, line 2: filter x: value: must be a number, and is a text");
    insta::assert_snapshot!(filter("when = \"has('hi_edge')\""), @"a.toml, line 2: filter x: when: unknown signal 'hi_edge'; did you mean 'high_edge'?");
    insta::assert_snapshot!(filter("when = \"count_tags('few') > 2\""), @"a.toml, line 1: filter x: there is no set of tags 'few'; name it in [tags]");
    insta::assert_snapshot!(filter("when = \"is_over\"\nmode = \"watch\""), @"a.toml, line 3: filter x: mode must be block or observe, not 'watch'");
    insta::assert_snapshot!(refused("[signal.\"a b\"]\nwhen = \"is_over\"\n"), @"a.toml, line 1: 'a b' is no name of a signal: letters, digits and _ only");
    insta::assert_snapshot!(refused("signal = 5\n"), @"a.toml, line 1: signal must be a table, not an integer");
    insta::assert_snapshot!(refused("[tags]\nbase = [\"hi_edge\"]\n"), @"a.toml, line 2: unknown signal 'hi_edge'; did you mean 'high_edge'?");
}

#[test]
fn a_score_is_an_expression_or_a_table_of_its_own() {
    let version = changed("score = \"abs_edge * 2 + count_tags()\"\n").unwrap();
    assert_eq!(
        (version.text("score").as_str(), version.score().unwrap().value.text()),
        ("own", "abs_edge * 2 + count_tags()")
    );
    assert!(!version.looks_at(Beside::SignalHealth) && !version.looks_at(Beside::Consensus));
    let table = "[parameters]\nscore = \"mine\"\n[score.mine]\nvalue = \"edge_points * weight + effective_signals\"\nparameters.weight = 2\n";
    let version = changed(table).unwrap();
    assert!(version.looks_at(Beside::SignalHealth) && !version.looks_at(Beside::Consensus));
    assert_eq!(version.parameter("mine.weight").to_string(), "2");
    let whole = crate::version::whole_as_toml(&version).unwrap();
    assert!(crate::version::from_whole_toml(&whole, "frozen").unwrap().states_the_same(&version), "{whole}");
    let beside = changed("score = \"line\"\n[parameters]\nmin_edge.over = 6\n").unwrap();
    assert_eq!((beside.text("score").as_str(), beside.parameter("min_edge.over").to_string()), ("own", "6".to_owned()));
    let composite = changed("score = \"composite\"\n").unwrap();
    assert!(composite.looks_at(Beside::SignalHealth) && composite.looks_at(Beside::Consensus));
    assert!(!composite.catalogue.has_own());
    assert!(
        changed("[filter.x]\nwhen = \"consensus_bonus > 0\"\n")
            .is_ok_and(|version| !version.looks_at(Beside::Consensus))
    );
    let listed = changed("filters_with = [\"x\"]\n[filter.x]\nwhen = \"consensus_bonus > 0\"\n").unwrap();
    assert!(listed.looks_at(Beside::Consensus));
    insta::assert_snapshot!(refused("score = \"abs_egde\"\n"), @"a.toml, line 1: score: there is no column or parameter 'abs_egde'; did you mean 'abs_edge'?");
    insta::assert_snapshot!(refused("score = \"recommendation\"\n"), @"a.toml, line 1: score: must be a number, and is a text");
    insta::assert_snapshot!(refused("score = 5\n"), @"a.toml, line 1: score must be an expression in quotes, or a table of definitions");
    insta::assert_snapshot!(refused("score = \"abs_edge\"\n[parameters]\nscore = \"edge\"\n"), @"a.toml, line 1: give score here or under [parameters], not both");
    insta::assert_snapshot!(refused("[score.x]\nabout = \"x\"\n"), @r#"a.toml, line 1: score x: states no value; add a line such as value = "abs_edge""#);
    insta::assert_snapshot!(refused("[score.cold_snap]\nvalue = \"abs_edge\"\n"), @"a.toml, line 1: 'cold_snap' is the name of a signal and of a score; their parameters would be the same");
    insta::assert_snapshot!(refused("[parameters]\nscore = \"mine\"\n"), @"a.toml, line 2: score=mine: must be one of edge, composite");
}

#[test]
fn caps_are_a_table_of_what_is_capped() {
    let version = changed("[cap]\nslate = 15\nteam = 2\nside = \"off\"\n").unwrap();
    let caps = Cap::ALL.map(|cap| version.cap(cap));
    assert_eq!(caps, [Some(15), Some(2), None, None]);
    let quoted = changed("[parameters]\n\"cap.game\" = 3\n").unwrap();
    assert_eq!(quoted.cap(Cap::Game), Some(3));
    assert_eq!(changed("[parameters.cap]\ngame = 3\n").unwrap().cap(Cap::Game), Some(3));
    insta::assert_snapshot!(refused("[cap]\nteams = 2\n"), @"a.toml, line 2: unknown key 'teams' of cap; did you mean 'team'?");
    insta::assert_snapshot!(refused("cap = 5\n"), @"a.toml, line 1: cap is a table here, such as [cap] slate = 5; or write it under [parameters]");
    insta::assert_snapshot!(refused("[cap]\nteam = 0\n"), @"a.toml, line 2: cap.team=0: is out of range, at least 1");
    insta::assert_snapshot!(refused("[cap]\nslate = 5\n[parameters]\ncap = 5\n"), @"a.toml, line 4: cap is stated twice");
}

#[test]
fn thresholds_of_a_side_are_stated_under_the_parameter() {
    let version =
        changed("[parameters]\nmin_edge.over = 5\nmin_edge.under = 3\nhigh_edge.min_edge.over = 7\n").unwrap();
    let value = |name: &str| version.parameter(name).to_string();
    assert_eq!(["min_edge.over", "min_edge.under", "high_edge.min_edge.over"].map(value), ["5", "3", "7"]);
    let own = "[filter.x]\nvalue = \"line\"\nblocks = \"below\"\nthreshold = { value = 9, under = 12, max = 20.5 }\n";
    let version = changed(own).unwrap();
    let value = |name: &str| version.parameter(name).to_string();
    assert_eq!(["x.threshold.over", "x.threshold.under"].map(value), ["9", "12"]);
    let whole = crate::version::whole_as_toml(&version).unwrap();
    assert!(crate::version::from_whole_toml(&whole, "frozen").unwrap().states_the_same(&version), "{whole}");
    insta::assert_snapshot!(refused(&own.replace("under = 12", "under = 21")), @"a.toml, line 4: x.threshold.under=21: is out of range, at most 20.5");
    insta::assert_snapshot!(refused("[parameters]\ncap.over = 3\n"), @"a.toml, line 2: unknown parameter 'cap.over'; did you mean 'cap'? (`reslate versions show v307` lists them)");
}

#[test]
fn what_has_no_effect_is_said_of_what_the_file_itself_states() {
    let idle = |text: &str| changed(text).unwrap().idle_settings();
    assert_eq!(
        idle("[signal.x]\nwhen = \"is_over\"\nparameters.least = 3\n"),
        ["x.least has no effect: nothing names it", "x has no effect: list it, signals_with = [\"x\"]"]
    );
    assert_eq!(idle("[score.x]\nvalue = \"line\"\n"), ["x has no effect: rank by it, [parameters] score = \"x\""]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("base.toml"), format!("extends = \"v318\"\n{IDEA}")).unwrap();
    let child = folder.path().join("child.toml");
    std::fs::write(&child, "extends = \"./base.toml\"\nsignals_without = [\"rested_home\"]\n").unwrap();
    assert_eq!(from_file(&child).unwrap().idle_settings(), Vec::<String>::new());
}

#[test]
fn what_lists_the_parameters_is_the_file_that_has_its_own() {
    let mut version = changed(IDEA).unwrap();
    let said = version.set("few_minutes_over.treshold", "3").unwrap_err().to_string();
    assert_eq!(
        said,
        "unknown parameter 'few_minutes_over.treshold'; did you mean 'few_minutes_over.threshold'? (`reslate versions show \
         a.toml` lists them)"
    );
}
