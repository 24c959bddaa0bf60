//! Finding a player by a part of the name.

use chrono::NaiveDate;

use crate::error::{RequestError, Result};

/// A player of a slate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Player {
    pub player_lookup: String,
    /// The full name, where the snapshot says.
    pub name: Option<String>,
}

/// How many names an error lists.
const LISTED: usize = 8;
/// How many near names an error offers.
const NEAREST: usize = 3;
const ALIKE_ENOUGH: f64 = 0.7;

/// The one of `players` that `wanted` names: by player_lookup or full name, whole or in part; case, spaces and
/// punctuation do not count. A whole name wins over names that contain it.
///
/// # Errors
/// None matches (the message names the nearest) or several do (the message lists them).
pub fn find<'a>(wanted: &str, date: NaiveDate, players: &'a [Player]) -> Result<&'a Player> {
    let sought = plain(wanted);
    let whole: Vec<&Player> = players.iter().filter(|player| names(player).contains(&sought)).collect();
    let found = match whole.as_slice() {
        [] if sought.is_empty() => Vec::new(),
        [] => players.iter().filter(|player| names(player).iter().any(|name| name.contains(&sought))).collect(),
        _ => whole,
    };
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            Err(RequestError::NoPlayer { player: wanted.to_owned(), date, hint: nearest(&sought, date, players) }
                .into())
        }
        several => {
            let mut matches: Vec<String> = several.iter().take(LISTED).map(|player| label(player)).collect();
            if several.len() > LISTED {
                matches.push(format!("{} more", several.len() - LISTED));
            }
            Err(RequestError::AmbiguousPlayer { player: wanted.to_owned(), date, matches: matches.join(", ") }.into())
        }
    }
}

/// Letters and digits only, in lower case.
fn plain(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn names(player: &Player) -> Vec<String> {
    [Some(&player.player_lookup), player.name.as_ref()].into_iter().flatten().map(|name| plain(name)).collect()
}

fn label(player: &Player) -> String {
    match &player.name {
        Some(name) => format!("{} ({name})", player.player_lookup),
        None => player.player_lookup.clone(),
    }
}

/// The players whose names, or a part of them, are most like `sought`.
fn nearest(sought: &str, date: NaiveDate, players: &[Player]) -> String {
    let likeness = |player: &Player| {
        let parts = player.name.iter().flat_map(|name| name.split_whitespace()).map(plain);
        let of = |name: String| strsim::jaro_winkler(sought, &name);
        names(player).into_iter().chain(parts).map(of).fold(0.0, f64::max)
    };
    let mut near: Vec<(f64, &Player)> = players
        .iter()
        .map(|player| (likeness(player), player))
        .filter(|(likeness, _)| *likeness >= ALIKE_ENOUGH)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let near: Vec<String> = near.into_iter().take(NEAREST).map(|(_, player)| label(player)).collect();
    if near.is_empty() {
        return format!("; `reslate explain {date}` names candidates of that day");
    }
    format!("; the nearest are {}", near.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn players() -> Vec<Player> {
        let player = |lookup: &str, name: &str| Player {
            player_lookup: lookup.to_owned(),
            name: (!name.is_empty()).then(|| name.to_owned()),
        };
        vec![
            player("ajgreen", "A.J. Green"),
            player("draymondgreen", "Draymond Green"),
            player("jalengreen", "Jalen Green"),
            player("lukadoncic", "Luka Dončić"),
            player("newcomer", ""),
        ]
    }

    fn lookup(wanted: &str) -> Result<String, String> {
        let date = "2026-02-11".parse().unwrap();
        find(wanted, date, &players()).map(|player| player.player_lookup.clone()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_part_of_a_name_is_enough() {
        for wanted in ["a.j. green", "AJ Green", "ajg", "A. J."] {
            assert_eq!(lookup(wanted).as_deref(), Ok("ajgreen"), "{wanted}");
        }
        assert_eq!(lookup("Dončić").as_deref(), Ok("lukadoncic"));
        assert_eq!(lookup("doncic").as_deref(), Ok("lukadoncic"));
    }

    #[test]
    fn several_matches_are_listed() {
        let error = lookup("green").unwrap_err();
        assert_eq!(
            error,
            "'green' matches several players on 2026-02-11: ajgreen (A.J. Green), draymondgreen (Draymond Green), \
             jalengreen (Jalen Green); give more of the name"
        );
    }

    #[test]
    fn a_whole_name_wins_over_names_that_contain_it() {
        let player = |lookup: &str| Player { player_lookup: lookup.to_owned(), name: None };
        let players = [player("mikejones"), player("mikejonesjr")];
        let date = "2026-02-11".parse().unwrap();
        assert_eq!(find("mike jones", date, &players).unwrap(), &players[0]);
    }

    #[test]
    fn none_names_the_nearest() {
        assert_eq!(
            lookup("donic").unwrap_err(),
            "no player matches 'donic' on 2026-02-11; the nearest are lukadoncic (Luka Dončić)"
        );
        assert!(lookup("xyzzy").unwrap_err().contains("`reslate explain 2026-02-11`"));
        assert!(lookup("--").is_err());
    }
}
