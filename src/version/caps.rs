//! How many picks a slate, and each team, game and side of it, may have.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Value, Version};

/// A group of picks that is capped, in the order in which it is asked whether one is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    Slate,
    Team,
    Game,
    Side,
}

impl Cap {
    /// In the order in which they are asked.
    pub const ALL: [Cap; 4] = [Cap::Slate, Cap::Team, Cap::Game, Cap::Side];

    /// Its key under `[cap]`.
    pub fn name(self) -> &'static str {
        match self {
            Cap::Slate => "slate",
            Cap::Team => "team",
            Cap::Game => "game",
            Cap::Side => "side",
        }
    }

    /// Its parameter.
    pub fn parameter(self) -> &'static str {
        match self {
            Cap::Slate => "cap",
            Cap::Team => "cap.team",
            Cap::Game => "cap.game",
            Cap::Side => "cap.side",
        }
    }
}

impl fmt::Display for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Version {
    /// The most picks of a group; none for no cap.
    pub fn cap(&self, cap: Cap) -> Option<i64> {
        match self.parameter(cap.parameter()) {
            Value::Integer(most) => Some(most),
            _ => None,
        }
    }

    /// Whether teams, games or sides are capped, not only slates.
    pub fn caps_groups(&self) -> bool {
        Cap::ALL.into_iter().any(|cap| cap != Cap::Slate && self.cap(cap).is_some())
    }
}

/// What is said of candidates that no filter blocks and a cap refuses.
pub fn beyond<'v>(mut versions: impl Iterator<Item = &'v Version>) -> &'static str {
    if versions.any(Version::caps_groups) { "left out by a cap" } else { "beyond the cap" }
}
