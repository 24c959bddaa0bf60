//! Comments cite the specification as `(specification: selection, "Signals", "Filters"; versions, "Lists")`. Every file
//! and heading that is cited must be there, and the links of the documentation must lead somewhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const OPENING: &str = "(specification: ";
/// What is searched. This file is left out, since it speaks of citations.
const SEARCHED: [&str; 8] = ["src", "queries", "tests", "benches", "examples", "docs", "README.md", "CONTRIBUTING.md"];
const ENDINGS: [&str; 6] = ["rs", "sql", "slt", "toml", "md", "py"];
/// What begins a line of a comment, the longest first.
const COMMENTS: [&str; 5] = ["///", "//!", "//", "--", "#"];

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files that are searched, with their text.
fn files() -> Vec<(PathBuf, String)> {
    fn collect(path: &Path, found: &mut Vec<(PathBuf, String)>) {
        if path.is_dir() {
            let mut inside: Vec<PathBuf> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
            inside.sort();
            inside.iter().for_each(|path| collect(path, found));
        } else if path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known)) {
            found.push((path.to_owned(), fs::read_to_string(path).unwrap()));
        }
    }
    let mut found = Vec::new();
    for searched in SEARCHED {
        let path = root().join(searched);
        assert!(path.exists(), "{searched} is searched for citations and is not there");
        collect(&path, &mut found);
    }
    found.retain(|(path, _)| !path.ends_with(file!()));
    found
}

/// The lines without what makes them comments, as one text; `of_comments`: only those that are.
fn joined(path: &Path, text: &str, of_comments: bool) -> String {
    let is_prose = path.extension().is_some_and(|ending| ending == "md");
    let line = |line: &str| {
        let line = line.trim();
        let comment = COMMENTS.iter().find_map(|mark| line.strip_prefix(mark)).map(str::trim);
        comment.map_or((line.to_owned(), is_prose), |comment| (comment.to_owned(), true))
    };
    let lines = text.lines().map(line).filter(|(_, is_comment)| *is_comment || !of_comments);
    lines.map(|(line, _)| line).collect::<Vec<_>>().join(" ")
}

/// The headings of each page of the specification, by the page's name.
fn headings() -> BTreeMap<String, Vec<String>> {
    let pages = fs::read_dir(root().join("docs/specification")).unwrap().map(|entry| entry.unwrap().path());
    pages.map(|page| (stem(&page), headings_of(&fs::read_to_string(&page).unwrap()))).collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

fn headings_of(markdown: &str) -> Vec<String> {
    let mut is_code = false;
    let mut headings = Vec::new();
    for line in markdown.lines() {
        is_code ^= line.starts_with("```");
        let heading = line.trim_start_matches('#');
        if !is_code && heading.len() < line.len() && heading.starts_with(' ') {
            headings.push(heading.trim().to_owned());
        }
    }
    headings
}

/// The pages and headings that a citation names, such as `selection, "Signals", "Filters"; versions, "Lists"`.
fn cited(citation: &str) -> Option<Vec<(&str, &str)>> {
    let mut cited = Vec::new();
    for part in citation.split("; ") {
        let (page, headings) = part.split_once(", ")?;
        for heading in headings.split("\", \"") {
            cited.push((page, heading.trim_matches('"')));
        }
        if !headings.starts_with('"') || !headings.ends_with('"') || headings.len() < 3 {
            return None;
        }
    }
    Some(cited)
}

/// What is wrong with the citations of a text, and the text without them.
fn check(text: &str, headings: &BTreeMap<String, Vec<String>>) -> (Vec<String>, usize, String) {
    let (mut wrong, mut count, mut rest) = (Vec::new(), 0, String::new());
    let mut pieces = text.split(OPENING);
    rest.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (citation, after) = piece.split_once(')').unwrap_or((piece, ""));
        rest.push_str(after);
        count += 1;
        match cited(citation) {
            None => wrong.push(format!("'{citation}' is no citation")),
            Some(cited) => {
                let is_there = |page: &str, heading: &str| {
                    headings.get(page).is_some_and(|headings| headings.iter().any(|known| known == heading))
                };
                let missing = cited.iter().filter(|(page, heading)| !is_there(page, heading));
                wrong.extend(missing.map(|(page, heading)| format!("{page}.md has no heading \"{heading}\"")));
            }
        }
    }
    (wrong, count, rest)
}

/// Citations of another form, in a text without those of the right one.
fn of_another_form(text: &str, pages: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let of_page = |page: &String| {
        let forms = [format!("{page} specification"), format!("{page}, section"), format!("({page}, \"")];
        forms.into_iter().filter(|form| text.contains(form.as_str()))
    };
    pages.keys().flat_map(of_page).collect()
}

#[test]
fn every_citation_names_a_heading_of_the_specification() {
    let headings = headings();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (path, text) in files() {
        let (of_file, found, _) = check(&joined(&path, &text, false), &headings);
        wrong.extend(of_file.into_iter().map(|what| format!("{}: {what}", path.display())));
        count += found;
        let (.., prose) = check(&joined(&path, &text, true), &headings);
        let others = of_another_form(&prose, &headings);
        wrong.extend(others.into_iter().map(|form| format!("{}: '{form}' is of no uniform form", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 100, "only {count} citations were found");
}

#[test]
fn headings_are_told_apart() {
    for (page, headings) in headings() {
        let mut once = headings.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), headings.len(), "{page}.md has a heading twice");
    }
}

#[test]
fn what_is_no_citation_is_found() {
    let headings = BTreeMap::from([("selection".to_owned(), vec!["Signals".to_owned()])]);
    let wrong = |text: &str| check(text, &headings).0;
    assert_eq!(wrong("all (specification: selection, \"Signals\") is well"), Vec::<String>::new());
    assert_eq!(wrong("(specification: selection, \"Signs\")"), ["selection.md has no heading \"Signs\""]);
    assert_eq!(wrong("(specification: sections, \"Signals\")"), ["sections.md has no heading \"Signals\""]);
    assert_eq!(wrong("(specification: selection, 3)"), ["'selection, 3' is no citation"]);
    for other in ["(selection, section 3)", "the selection specification", "(selection, \"Signals\")"] {
        assert_eq!(of_another_form(other, &headings).len(), 1, "{other}");
    }
    let path = Path::new("a.sql");
    let text = "-- a (specification: selection,\n-- \"Signals\").\nSELECT 1\n";
    assert_eq!(check(&joined(path, text, true), &headings), (Vec::new(), 1, "a .".to_owned()));
}

/// How a heading is named in a link to it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn links_of_the_documentation_lead_somewhere() {
    let mut dead = Vec::new();
    let pages = files().into_iter().filter(|(path, _)| path.extension().is_some_and(|ending| ending == "md"));
    for (path, text) in pages {
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
        for target in targets.filter(|target| !target.contains("://")) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let there = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            let has_heading = || {
                let text = fs::read_to_string(&there).unwrap_or_default();
                heading.is_empty() || headings_of(&text).iter().any(|known| anchor(known) == heading)
            };
            if !there.exists() || !has_heading() {
                dead.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(dead.is_empty(), "links that lead nowhere:\n{}", dead.join("\n"));
}
