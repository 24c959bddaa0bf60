//! What the relations say of themselves: the comment at the head of each file of `queries/`, and the relations that a run
//! states before anything is computed.

use crate::error::one_line;
use crate::queries::{self, Queries};

/// What a relation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    pub name: &'static str,
    /// The folder of its file: a step of the decision; none: a run states it.
    pub step: Option<&'static str>,
    /// Its file.
    pub file: Option<String>,
    pub summary: String,
    /// What makes a row, as column names and words.
    pub grain: String,
    /// The tables and relations it is made of.
    pub inputs: Vec<String>,
    /// Which dates of these tables it looks at, in words; none where it looks at all of them, or reads none.
    pub history: Option<String>,
    /// That it is made of all slates together, in words; none where its rows of a season are made of that season's slates.
    pub slates: Option<String>,
    /// What else there is to say of its columns, a line each as it is written.
    pub notes: Vec<String>,
}

/// The relations that a run states: what is asked for, and by which versions. Name, summary and grain.
const STATED: &[(&str, &str, &str)] = &[
    ("slates", "the slates that are asked for, and from when each is seen", "game_date"),
    ("slate_versions", "which version decides which slate", "version, game_date"),
    ("params", "every parameter and list of a version, and the choices it shares with others", "version"),
    ("families", "the model families of a choice, in the order in which they are tried", "family_set, ordinal"),
    ("model_families", "the model families by which monitoring sorts models", "ordinal"),
    ("bid_sets", "choices of which predictions bid for a player, and which bids count", "bid_set"),
    ("candidate_sets", "choices of which bid becomes the candidate", "candidate_set"),
    ("consensus_sets", "choices of who votes in the consensus", "consensus_set"),
    ("feature_sets", "choices of how features are computed", "feature_set"),
    ("affinity_sets", "choices of how groups of models are judged by side and edge", "affinity_set"),
    (
        "reach",
        "how many days before the first slate lines are looked for, and what else of the past is looked at",
        "one row",
    ),
    ("health_sets", "choices of which signal health a slate reads; none of mode live, which reads none", "health_set"),
];

/// The names of the relations that a run states.
pub fn stated_names() -> impl Iterator<Item = &'static str> {
    STATED.iter().map(|(name, _, _)| *name)
}

/// Every relation: those that a run states, then those of the files in the order of their steps.
pub fn all() -> Vec<About> {
    let stated = STATED.iter().map(|(name, summary, grain)| About {
        name,
        step: None,
        file: None,
        summary: (*summary).to_owned(),
        grain: (*grain).to_owned(),
        inputs: Vec::new(),
        history: None,
        slates: None,
        notes: Vec::new(),
    });
    let queries = queries::in_use();
    stated.chain(queries.names().filter_map(|name| of_relation(queries, name))).collect()
}

fn of_relation(queries: &'static Queries, name: &'static str) -> Option<About> {
    let about = of_file(name, queries.relation(name)?);
    Some(About { step: queries.step_of(name), file: Some(queries.file_of(name)), ..about })
}

/// The tables and relations that the head of a file says it is made of.
pub fn inputs(sql: &str) -> Vec<String> {
    of_head(sql).inputs
}

/// Which dates of the tables that it reads a relation looks at, as the head of its file says it; none: at all.
pub fn history(sql: &str) -> Option<String> {
    of_head(sql).history
}

/// What a file says of its relation.
fn of_file(name: &'static str, sql: &str) -> About {
    let mut about = About { name, ..of_head(sql) };
    let named = about.summary.strip_prefix(&format!("{name}: ")).map(str::to_owned);
    about.summary = named.unwrap_or(about.summary);
    about
}

/// Whether a relation says at the head of its file that it is made of all slates together.
pub fn slates(sql: &str) -> Option<String> {
    of_head(sql).slates
}

/// What a head states in one of these words; `otherwise` where it states nothing.
///
/// # Errors
/// It states something else.
pub fn one_of<T: Copy>(known: &[(&str, T)], stated: Option<String>, otherwise: T) -> Result<T, String> {
    let Some(stated) = stated else { return Ok(otherwise) };
    let found = known.iter().find(|(name, _)| *name == stated).map(|(_, value)| *value);
    let names = || known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    found.ok_or_else(|| format!("'{}' is none of {}", one_line(&stated), names()))
}

/// The head of a file: its name and summary up to `Grain:`, that up to `Inputs:`, those up to a full stop, `History:`, and
/// notes.
fn of_head(sql: &str) -> About {
    let mut about = About {
        name: "",
        step: None,
        file: None,
        summary: String::new(),
        grain: String::new(),
        inputs: Vec::new(),
        history: None,
        slates: None,
        notes: Vec::new(),
    };
    let head = sql.lines().map_while(|line| line.strip_prefix("--")).map(|line| line.strip_prefix(' ').unwrap_or(line));
    let (mut part, mut inputs) = (Part::Summary, String::new());
    for line in head {
        let line = match (part, line.strip_prefix("Grain: "), line.strip_prefix("Inputs: ")) {
            (Part::Summary, Some(grain), _) => {
                part = Part::Grain;
                grain
            }
            (Part::Grain, _, Some(inputs)) => {
                part = Part::Inputs;
                inputs
            }
            _ => line,
        };
        match part {
            Part::Summary => append(&mut about.summary, line),
            Part::Grain => append(&mut about.grain, line),
            Part::Inputs => append(&mut inputs, line),
            Part::Notes if line.starts_with(HISTORY) => {
                about.history = Some(line.trim_start_matches(HISTORY).trim_end_matches('.').to_owned());
            }
            Part::Notes if line.starts_with(SLATES) => {
                about.slates = Some(line.trim_start_matches(SLATES).trim_end_matches('.').to_owned());
            }
            Part::Notes => about.notes.push(line.to_owned()),
        }
        if part == Part::Inputs && inputs.ends_with('.') {
            part = Part::Notes;
        }
    }
    for text in [&mut about.summary, &mut about.grain, &mut inputs] {
        text.truncate(text.trim_end_matches('.').len());
    }
    about.inputs = inputs.split(", ").map(str::to_owned).collect();
    about
}

/// What the line begins with that says which dates a relation looks at.
const HISTORY: &str = "History: ";

/// What the line begins with that says that a relation is made of all slates together.
const SLATES: &str = "Slates: ";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Summary,
    Grain,
    Inputs,
    Notes,
}

fn append(text: &mut String, line: &str) {
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(line);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::definitions::named_in;
    use super::*;
    use crate::engine::Engine;

    #[test]
    fn every_file_says_what_it_is_and_what_it_reads() {
        let engine = Engine::over(|_| None, None, None).unwrap();
        for about in all().iter().filter(|about| about.file.is_some()) {
            let read = named_in(&engine.context, queries::in_use().relation(about.name).unwrap()).unwrap();
            assert_eq!(about.inputs.iter().cloned().collect::<BTreeSet<_>>(), read, "{}", about.name);
            assert!(!about.grain.is_empty() && !about.grain.contains("Inputs"), "{about:?}");
            let start = about.summary.chars().next().unwrap();
            assert!(!about.summary.contains("Grain") && start.is_lowercase(), "{about:?}");
        }
    }

    #[test]
    fn every_relation_that_a_run_states_is_listed() {
        let mut engine = Engine::over(|_| None, None, None).unwrap();
        engine.ask(&[], &[crate::version::shipped("v307").unwrap()]).unwrap();
        let stated: BTreeSet<&str> = engine.stated.keys().copied().collect();
        assert_eq!(STATED.iter().map(|(name, _, _)| *name).collect::<BTreeSet<_>>(), stated);
    }

    #[test]
    fn what_a_head_says_is_one_of_the_words_for_it() {
        let known = [("lines", 1), ("the season", 2)];
        let stated = |sql: &str| one_of(&known, history(sql), 0);
        let head = "-- r: this.\n-- Grain: a.\n-- Inputs: t.\n";
        assert_eq!(stated(head), Ok(0));
        assert_eq!(stated(&format!("{head}-- History: the season.\nSELECT 1")), Ok(2));
        let error = stated(&format!("{head}-- History: seasons.\nSELECT 1")).unwrap_err();
        assert_eq!(error, "'seasons' is none of lines, the season");
    }

    #[test]
    fn a_head_has_parts_over_several_lines() {
        let about = of_file(
            "r",
            "-- r: this and\n-- that (x, \"Y\").\n-- Grain: a, b;\n-- none for c.\n-- Inputs: t,\n-- u.\n-- More.\nSELECT 1\n",
        );
        assert_eq!((about.summary.as_str(), about.grain.as_str()), ("this and that (x, \"Y\")", "a, b; none for c"));
        assert_eq!((about.inputs, about.notes), (vec!["t".to_owned(), "u".to_owned()], vec!["More.".to_owned()]));
    }
}
