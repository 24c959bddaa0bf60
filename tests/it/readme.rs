//! The README's tour is what the program prints.

use crate::support::reslate;

const README: &str = include_str!("../../README.md");

/// The commands of the console blocks, each with the lines that follow it.
fn shown() -> Vec<(String, Vec<&'static str>)> {
    let mut shown: Vec<(String, Vec<&str>)> = Vec::new();
    let mut inside = false;
    for line in README.lines() {
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

#[test]
fn every_command_of_the_tour_prints_what_is_shown() {
    let shown = shown();
    assert!(shown.len() >= 5);
    for (command, expected) in shown {
        let words = words(&command);
        let arguments: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        assert_eq!(words[0], "reslate");
        let ran = reslate(&arguments);
        assert_eq!(ran.code, 0, "{command}: {}", ran.stderr);
        let printed: Vec<&str> = ran.stdout.trim_end().lines().collect();
        // Three dots stand for the rest.
        match expected.split_last() {
            Some((&"...", beginning)) => assert_eq!(&printed[..beginning.len()], beginning, "{command}"),
            _ => assert_eq!(printed, expected, "{command}"),
        }
    }
}
