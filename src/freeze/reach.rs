//! How far back a version looks, by which it is known whether what was frozen for one version suffices for another.

use chrono::{Days, NaiveDate};

use crate::definition::Past;
use crate::engine::Slate;
use crate::version::{SOURCE_WEIGHT, Value, Version};

/// Which rows a version's decision about a slate may look at, as `queries/freeze/` selects them. Every version may look at
/// all predictions of the slate and at every signal's latest health row before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// Whose gradings and earlier lines.
    champion: String,
    lines_since: NaiveDate,
    gradings_since: NaiveDate,
    games_since: NaiveDate,
    /// From when on the gradings of every model are read; none: the champion's alone.
    all_gradings_since: Option<NaiveDate>,
    /// Whether what production recorded of the models' performance is read.
    reads_performance: bool,
    /// Whether the health rows of the slate's own date are read.
    reads_same_date: bool,
    /// Whether a feature is made of games, those that were not played among them.
    reads_all_games: bool,
}

impl Reach {
    pub fn of(version: &Version, slate: &Slate) -> Reach {
        let before = |parameter: &str| match version.parameter(parameter) {
            Value::Integer(days) => {
                let days = u64::try_from(days).unwrap_or_default();
                slate.game_date.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
            }
            _ => slate.game_date,
        };
        let games_since = match version.parameter("stats_since") {
            Value::Date(date) => date,
            _ => slate.season.stats_since(),
        };
        let reads = |past: Past| version.features().iter().any(|feature| feature.from == past);
        let gradings_since =
            [slate.season.opening_night(), games_since, before("health_days"), before("direction_days")];
        let source_weight = if version.takes_all_families() { version.text(SOURCE_WEIGHT) } else { String::new() };
        let of_season = version.text("blacklist_systems") == "all"
            || ["trust", "shrunk", "gradings"].contains(&source_weight.as_str());
        let of_groups = version.reads_affinities();
        let all_gradings_since =
            [of_season.then(|| slate.season.opening_night()), of_groups.then(|| before("affinity_days"))];
        Reach {
            all_gradings_since: all_gradings_since.into_iter().flatten().min(),
            reads_performance: source_weight == "performance",
            champion: version.champion(),
            lines_since: if reads(Past::Predictions) {
                before("line_move_days").min(games_since)
            } else {
                before("line_move_days")
            },
            reads_all_games: reads(Past::Games),
            gradings_since: gradings_since.into_iter().min().unwrap_or(games_since),
            games_since,
            reads_same_date: version.text("health") == "same-date",
        }
    }

    /// What `other` looks at and this does not; none where all of it is within reach.
    pub fn lacks(&self, other: &Reach) -> Option<String> {
        if other.champion != self.champion {
            Some(format!("the gradings and earlier lines of {}", other.champion))
        } else if other.lines_since < self.lines_since {
            Some(format!("lines from {} on", other.lines_since))
        } else if other.gradings_since < self.gradings_since {
            Some(format!("gradings from {} on", other.gradings_since))
        } else if let Some(since) = other.all_gradings_since
            && self.all_gradings_since.is_none_or(|own| since < own)
        {
            Some(format!("the gradings of every model from {since} on"))
        } else if other.reads_performance && !self.reads_performance {
            Some("the recorded performance of models".to_owned())
        } else if other.games_since < self.games_since {
            Some(format!("games from {} on", other.games_since))
        } else if other.reads_all_games && !self.reads_all_games {
            Some("games that were not played".to_owned())
        } else if other.reads_same_date && !self.reads_same_date {
            Some("the health of the slate's own date".to_owned())
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::slates::slates_on;
    use crate::version::{SHIPPED, shipped};

    fn reach(id: &str, settings: &[(&str, &str)]) -> Reach {
        let slates = slates_on(&["2026-02-11".parse().unwrap()], None, None).unwrap();
        let mut version = shipped(id).unwrap();
        settings.iter().for_each(|(name, value)| version.set(name, value).unwrap());
        Reach::of(&version, &slates[0])
    }

    #[test]
    fn versions_that_only_look_at_the_champion_reach_as_far() {
        let by_the_champion = SHIPPED.iter().take_while(|id| **id != "v330");
        for id in by_the_champion {
            assert_eq!(reach("v279", &[]).lacks(&reach(id, &[])), None, "{id}");
            assert_eq!(reach(id, &[]).lacks(&reach("v279", &[])), None, "{id}");
        }
    }

    #[test]
    fn what_lies_further_back_is_named() {
        let lacks = |name: &str, value: &str| reach("v314", &[]).lacks(&reach("v314", &[(name, value)]));
        assert_eq!(lacks("champion", "catboost_v12").unwrap(), "the gradings and earlier lines of catboost_v12");
        assert_eq!(lacks("line_move_days", "15").unwrap(), "lines from 2026-01-27 on");
        assert_eq!(lacks("stats_since", "2025-10-20").unwrap(), "gradings from 2025-10-20 on");
        assert_eq!(lacks("direction_days", "200").unwrap(), "gradings from 2025-07-26 on");
        assert_eq!(lacks("health", "same-date").unwrap(), "the health of the slate's own date");
        for (name, value) in
            [("line_move_days", "7"), ("stats_since", "2025-12-01"), ("health", "as-of"), ("direction_days", "30")]
        {
            assert_eq!(lacks(name, value), None, "{name}");
        }
        assert_eq!(lacks("blacklist_systems", "all").unwrap(), "the gradings of every model from 2025-10-21 on");
        assert_eq!(lacks("source_weight", "performance").unwrap(), "the recorded performance of models");
        let v343 = reach("v343", &[("champion", "catboost_v9")]);
        assert_eq!(reach("v314", &[]).lacks(&v343).unwrap(), "the gradings of every model from 2025-12-28 on");
        let later = reach("v314", &[("stats_since", "2025-12-01")]);
        assert_eq!(later.lacks(&reach("v314", &[])).unwrap(), "games from 2025-10-22 on");
    }
}
