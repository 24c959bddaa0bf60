//! Where the values of a version come from.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::part::Part;

/// Who stated a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The file of the shipped version of this id.
    Shipped(String),
    /// The definition of the signal or filter that it is of.
    Definition,
    /// A file of the user's, by its path as it was given.
    File(String),
    /// An option of the command line, such as `--set`.
    Option(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Shipped(name) | Origin::File(name) => f.write_str(name),
            Origin::Definition => f.write_str("its definition"),
            Origin::Option(name) => f.write_str(name),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Origin {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Origin".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A shipped version's id, 'its definition', the path of a file, or an option" })
    }
}

/// Who stated each value of a version. It is no part of what the version is: versions that state the same are the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The user's file that states the version, by its path as it was given; none for a shipped one.
    pub file: Option<String>,
    /// The signals, filters and scores that the user's file defines, none of those that it extends.
    pub defined: BTreeSet<String>,
    parameters: BTreeMap<String, Origin>,
    lists: BTreeMap<Part, Origin>,
}

impl Provenance {
    /// Who stated a parameter; none for one that nobody set.
    pub fn parameter(&self, name: &str) -> Option<&Origin> {
        self.parameters.get(name)
    }

    /// Who stated a list last; none for one that nobody stated.
    pub fn list(&self, part: Part) -> Option<&Origin> {
        self.lists.get(&part)
    }

    /// Notes who stated a parameter; none: nobody any more.
    pub fn note_parameter(&mut self, name: &str, origin: Option<Origin>) {
        match origin {
            Some(origin) => self.parameters.insert(name.to_owned(), origin),
            None => self.parameters.remove(name),
        };
    }

    /// Notes who stated a list; none: nobody any more.
    pub fn note_list(&mut self, part: Part, origin: Option<Origin>) {
        match origin {
            Some(origin) => self.lists.insert(part, origin),
            None => self.lists.remove(&part),
        };
    }
}
