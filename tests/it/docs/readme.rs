//! What README and how-to pages show of the program is what it prints.

use crate::support::reslate;

const PAGES: [&str; 3] = [
    include_str!("../../../README.md"),
    include_str!("../../../docs/how-to.md"),
    include_str!("../../../docs/try-an-idea.md"),
];

/// Three dots stand for any number of lines.
const LEFT_OUT: &str = "...";

/// The commands of a page's console blocks, each with the lines that follow it.
fn shown(page: &'static str) -> Vec<(String, Vec<&'static str>)> {
    let mut shown: Vec<(String, Vec<&str>)> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match line.strip_prefix("$ ") {
            _ if line.starts_with("```") => inside = line == "```console",
            Some(command) if inside => shown.push((command.to_owned(), Vec::new())),
            None if inside => shown.last_mut().unwrap().1.push(line),
            _ => {}
        }
    }
    shown
}

/// The words of a command line; double quotes keep several together.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in command.split('"').enumerate() {
        match at % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// Whether the printed lines are those shown, in which some are left out.
fn is_shown(printed: &[&str], shown: &[&str]) -> bool {
    match shown.iter().position(|line| *line == LEFT_OUT) {
        None => printed == shown,
        Some(at) => {
            let (start, rest) = (&shown[..at], &shown[at + 1..]);
            printed.starts_with(start) && (start.len()..=printed.len()).any(|from| is_shown(&printed[from..], rest))
        }
    }
}

#[test]
fn every_command_prints_what_is_shown() {
    for page in PAGES {
        let shown = shown(page);
        assert!(shown.len() >= 5);
        for (command, mut expected) in shown {
            let words = words(&command);
            let arguments: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
            assert_eq!(words[0], "reslate");
            let ran = reslate(&arguments);
            assert_eq!(ran.code, 0, "{command}: {}", ran.stderr);
            let printed: Vec<&str> = ran.stdout.trim_end().lines().map(str::trim_end).collect();
            // An empty line parts two commands of a block.
            while expected.last().is_some_and(|line| line.is_empty()) {
                expected.pop();
            }
            if !is_shown(&printed, &expected) {
                assert_eq!(printed, expected, "{command}");
            }
        }
    }
}

#[test]
fn lines_that_are_left_out_are_any_number() {
    let printed = ["a", "b", "c"];
    for shown in
        [&["a", "b", "c"][..], &["a", "..."], &["...", "c"], &["a", "...", "c"], &["...", "b", "...", "c", "..."]]
    {
        assert!(is_shown(&printed, shown), "{shown:?}");
    }
    for shown in [&["a", "b"][..], &["a", "...", "b"], &["b", "..."], &["...", "c", "...", "b", "..."]] {
        assert!(!is_shown(&printed, shown), "{shown:?}");
    }
}
