//! What the relations say of themselves.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::reslate;

fn printed(arguments: &[&str]) -> String {
    let run = reslate(&[&["relations"], arguments].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    run.stdout
}

#[test]
fn the_documentation_is_what_the_program_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/relations.md");
    let written = fs::read_to_string(path).unwrap_or_default();
    let is_same = written == printed(&["doc"]);
    assert!(is_same, "docs/relations.md is outdated; run `reslate relations doc --out docs/relations.md`");
}

#[test]
fn one_relation_is_shown_with_its_grain_and_columns() {
    insta::assert_snapshot!(printed(&["show", "slate_health"]));
}

#[test]
fn every_relation_that_can_be_asked_is_listed() {
    let list: Value = printed(&["--format", "json"]).parse().unwrap();
    let relations = list["relations"].as_array().unwrap();
    for wanted in ["slates", "decisions", "monitor_tags", "best_bets_rows"] {
        assert!(relations.iter().any(|relation| relation["relation"] == wanted), "{wanted}");
    }
    let asked = reslate(&["sql", "SELECT count(*) FROM slate_health", "--format", "csv"]);
    assert_eq!(asked.code, 0, "{}", asked.stderr);
}

#[test]
fn no_other_relation_is_shown() {
    let refused = reslate(&["relations", "show", "desicions"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("'desicions'") && refused.stderr.contains("decisions"), "{}", refused.stderr);
}
