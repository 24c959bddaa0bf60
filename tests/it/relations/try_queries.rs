//! `--queries DIR`: another folder of queries, catalogue and versions instead of those in the program.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{reslate, text};

const SLATE: &str = "2026-02-11";

/// A copy of the program's queries, in a folder like a checkout.
pub struct Tried {
    checkout: TempDir,
}

impl Tried {
    pub fn copy() -> Tried {
        let tried = Tried { checkout: tempfile::tempdir().unwrap() };
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("queries"), &tried.folder());
        tried
    }

    pub fn folder(&self) -> PathBuf {
        self.checkout.path().join("queries")
    }

    pub fn change(&self, file: &str, from: &str, to: &str) {
        let path = self.folder().join(file);
        let before = fs::read_to_string(&path).unwrap();
        assert!(before.contains(from), "{file} has no '{from}'");
        fs::write(path, before.replacen(from, to, 1)).unwrap();
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.folder().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// What the program says on standard error as it fails, without where the folder is.
    fn refused(&self, arguments: &[&str]) -> String {
        let run = reslate(&[arguments, &["--queries", text(&self.folder())]].concat());
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        let error = run.stderr.lines().find_map(|line| line.strip_prefix("error: ")).unwrap();
        error.replace(text(self.checkout.path()), "DIR")
    }

    fn printed(&self, arguments: &[&str]) -> String {
        let run = reslate(&[arguments, &["--queries", text(&self.folder())]].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(run.stderr.contains("queries, catalogue and versions are those of"), "{}", run.stderr);
        run.stdout
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn the_programs_own_queries_decide_the_same_from_a_folder() {
    let arguments = ["replay", SLATE, "--format", "ndjson"];
    assert_eq!(Tried::copy().printed(&arguments), reslate(&arguments).stdout);
}

#[test]
fn a_query_is_changed_without_a_build() {
    let tried = Tried::copy();
    tried.change("outcomes/candidate_outcomes.sql", "ELSE 'LOSS'", "ELSE 'DEFEAT'");
    let asked = ["sql", "SELECT DISTINCT outcome FROM candidate_outcomes ORDER BY outcome", "--format", "csv"];
    assert!(tried.printed(&asked).contains("DEFEAT"));
    assert!(!reslate(&asked).stdout.contains("DEFEAT"));
}

#[test]
fn a_relation_a_version_and_a_parameter_are_added_without_a_build() {
    let tried = Tried::copy();
    tried.write(
        "trial/high_lines.sql",
        "-- high_lines: candidates on a high line.\n-- Grain: candidate.\n-- Inputs: candidates.\n\
         SELECT candidate, line FROM candidates WHERE line >= 25\n",
    );
    tried.write("versions/v319.toml", "extends = \"v318\"\nin_production_from = 2026-03-22\nsummary = \"a trial\"\n");
    let shown = tried.printed(&["relations", "show", "high_lines"]);
    assert!(shown.contains("candidates on a high line") && shown.contains("trial/high_lines.sql"), "{shown}");
    assert!(
        tried
            .printed(&["sql", "SELECT count(*) AS n FROM high_lines", "--format", "csv"])
            .starts_with("schema_version,n\n")
    );
    let versions: Value = tried.printed(&["versions", "--format", "json"]).parse().unwrap();
    assert_eq!(versions["versions"].as_array().unwrap().last().unwrap()["id"], "v319");
    tried.printed(&["replay", SLATE, "--version", "v319"]);
    assert!(tried.printed(&["relations", "doc"]).contains("## trial"));
}

#[test]
fn a_folder_that_is_not_there_or_not_of_queries() {
    let tried = Tried { checkout: tempfile::tempdir().unwrap() };
    let slates = ["slates"];
    assert_eq!(
        tried.refused(&slates),
        "DIR/queries: no such folder; --queries takes a folder such as `queries/` of the sources"
    );
    fs::create_dir(tried.folder()).unwrap();
    assert!(tried.refused(&slates).starts_with("DIR/queries: has no relations"));
    tried.write("bids/bids.sql", "SELECT 1 AS one\n");
    assert_eq!(
        tried.refused(&slates),
        "DIR/queries/catalogue.toml: no such file; the program reads it, so copy it from the sources"
    );
}

#[test]
fn a_query_with_a_mistake_is_refused_with_its_file_and_line() {
    let replay = ["replay", SLATE];
    let mistake = |from: &str, to: &str| {
        let tried = Tried::copy();
        tried.change("bids/winning_bids.sql", from, to);
        tried.refused(&replay)
    };
    let at = "DIR/queries/bids/winning_bids.sql, line ";
    let syntax = mistake("    line,", "    line line line,");
    assert_eq!(syntax, format!("{at}13: Expected: end of statement, found: line at Line: 13, Column: 15"));
    let column = mistake("    line,", "    lime,");
    assert!(column.starts_with(&format!("{at}13: ")) && column.contains("lime"), "{column}");
    let relation = mistake("FROM candidates", "FROM candidate");
    assert_eq!(
        relation,
        format!("{at}19: reads 'candidate', which is no table or relation; did you mean 'candidates'?")
    );
    let function = mistake("    line,", "    lin(line) AS line,");
    assert!(function.starts_with("DIR/queries/bids/winning_bids.sql") && function.contains("lin"), "{function}");
    let clock = mistake("    line,", "    line + random() AS line,");
    assert!(clock.contains("winning_bids.sql: calls a volatile function"), "{clock}");
    let circle = mistake("FROM candidates", "FROM candidates JOIN winning_bids USING (candidate)");
    assert_eq!(circle, "DIR/queries/bids/winning_bids.sql: reads itself: winning_bids -> winning_bids");
}

#[test]
fn relations_that_read_each_other_are_refused() {
    let tried = Tried::copy();
    tried.change("features/targets.sql", "FROM winning_bids", "FROM evidence");
    let circle = tried.refused(&["replay", SLATE]);
    assert!(circle.contains(": reads itself: ") && circle.contains("targets -> evidence"), "{circle}");
}

#[test]
fn a_relation_that_the_program_reads_is_missed() {
    let tried = Tried::copy();
    fs::remove_file(tried.folder().join("decisions/decisions.sql")).unwrap();
    let refused = tried.refused(&["replay", SLATE, "--format", "csv"]);
    assert!(refused.starts_with("DIR/queries: has no relation decisions"), "{refused}");
    let tried = Tried::copy();
    fs::remove_file(tried.folder().join("bids/largest_edges.sql")).unwrap();
    let refused = tried.refused(&["replay", SLATE]);
    assert!(refused.contains("reads 'largest_edges', which is no table or relation"), "{refused}");
    let tried = Tried::copy();
    fs::remove_file(tried.folder().join("check/confidence_scales.sql")).unwrap();
    let refused = tried.refused(&["check"]);
    assert!(refused.starts_with("DIR/queries/check/confidence_scales.sql: no such file"), "{refused}");
}

#[test]
fn a_catalogue_with_a_mistake_is_refused() {
    let mistake = |from: &str, to: &str| {
        let tried = Tried::copy();
        tried.change("catalogue.toml", from, to);
        tried.refused(&["versions"])
    };
    let line = |from: &str| {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("queries/catalogue.toml")).unwrap();
        format!("DIR/queries/catalogue.toml, line {}: ", text[..text.find(from).unwrap()].matches('\n').count() + 1)
    };
    let unclosed = mistake("min_edge = {", "min_edge = [");
    assert!(unclosed.starts_with(&line("min_edge = {")), "{unclosed}");
    let tried = Tried::copy();
    tried.change("definitions/signals.toml", "when = \"abs_edge >= min_edge\"\n", "when = \"abs_edge >= min_egde\"\n");
    let unknown = tried.refused(&["versions"]);
    let expected = "signal high_edge: when: there is no column or parameter 'min_egde'; did you mean 'min_edge'?";
    assert!(unknown.starts_with("DIR/queries/definitions/signals.toml, line "), "{unknown}");
    assert!(unknown.ends_with(expected), "{unknown}");
    let removed = mistake("\ncap = {", "\ncaps = {");
    assert!(removed.contains("catalogue.toml: has no parameter 'cap', which the program reads"), "{removed}");
}

#[test]
fn a_version_that_lacks_a_value_is_refused() {
    let tried = Tried::copy();
    tried.change(
        "catalogue.toml",
        "[parameters]\n",
        "[parameters]\nzeal = { kind = \"integer\", about = \"a trial\", stage = \"cap\" }\n",
    );
    let refused = tried.refused(&["versions", "show", "v307"]);
    assert_eq!(
        refused,
        "DIR/queries/versions/v307.toml: states no 'zeal', and neither does what it extends; give it a value"
    );
}

#[test]
fn the_cases_of_a_relation_are_run() {
    let run = reslate(&["relations", "test", "rankings", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let tests: Value = run.stdout.parse().unwrap();
    assert_eq!(tests["relations"], serde_json::json!(["rankings"]));
    let tried = Tried::copy();
    tried.change("health/slate_health.sql", "THEN 'blocked'", "THEN 'bad'");
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/queries");
    let folder = tried.folder();
    let failed = reslate(&["relations", "test", "slate_health", "--cases", text(&cases), "--queries", text(&folder)]);
    assert_eq!(failed.code, 1, "{}{}", failed.stdout, failed.stderr);
    assert!(failed.stdout.contains("slate_health.slt, line ") && failed.stdout.contains("bad"), "{}", failed.stdout);
}

#[test]
fn cases_are_those_beside_the_queries_and_of_the_relation_or_its_readers() {
    let tried = Tried::copy();
    let cases = "\
statement ok
replay 2026-02-11

statement ok
INSERT INTO player_prop_predictions (player_lookup, predicted_points, current_points_line, recommendation)
VALUES ('a', 25.5, 20.5, 'OVER')

query I
SELECT count(*) FROM winning_bids
----
1
";
    tried.write("../tests/queries/some.slt", cases);
    let read = |relation: &str| -> Value {
        tried.printed(&["relations", "test", relation, "--format", "json"]).parse().unwrap()
    };
    assert_eq!(read("winning_bids")["files"][0]["cases"], 1);
    assert!(read("bids")["relations"].as_array().unwrap().iter().any(|name| name == "winning_bids"));
    assert!(tried.refused(&["relations", "test", "picks"]).contains("no case in"));
    let unknown = tried.refused(&["relations", "test", "winning_bid"]);
    assert!(unknown.contains("did you mean 'winning_bids'?"), "{unknown}");
    tried.write("../tests/queries/other.slt", "system ok\ntouch here\n");
    assert!(tried.refused(&["relations", "test"]).contains("other.slt: only statements and queries are run"));
    tried.write("../tests/queries/other.slt", "query I\n");
    assert!(tried.refused(&["relations", "test"]).contains("other.slt, line "));
}
