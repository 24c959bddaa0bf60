//! Invented player names.

use std::collections::BTreeSet;

use super::draw::Draw;

const FIRST: [&str; 72] = [
    "Abel",
    "Adrian",
    "Alaric",
    "Amari",
    "Anders",
    "Ansel",
    "Arlo",
    "Asher",
    "Augie",
    "Barnaby",
    "Bastian",
    "Beckett",
    "Bram",
    "Brooks",
    "Calder",
    "Callum",
    "Cassius",
    "Cedric",
    "Corwin",
    "Crispin",
    "Dashiell",
    "De'Marrick",
    "Dion",
    "Eamon",
    "Elias",
    "Emeka",
    "Enzo",
    "Ephraim",
    "Ezra",
    "Felix",
    "Finn",
    "Gideon",
    "Griffin",
    "Hollis",
    "Ignace",
    "Ike",
    "Ivo",
    "J.R.",
    "Jabez",
    "Jarek",
    "Jory",
    "Kellan",
    "Kofi",
    "Laszlo",
    "Leif",
    "Linus",
    "Lucian",
    "Magnus",
    "Marek",
    "Matteo",
    "Milo",
    "Nestor",
    "Nikolai",
    "Odell",
    "Omari",
    "Orson",
    "Otis",
    "Pascal",
    "Percy",
    "Quill",
    "Rafe",
    "Remy",
    "Roscoe",
    "Rufus",
    "Silas",
    "Soren",
    "T.J.",
    "Tobias",
    "Ulric",
    "Viggo",
    "Wendell",
    "Zeke",
];
/// Last names are a beginning and an end: plausible, and nobody's in particular.
const LAST_BEGIN: [&str; 34] = [
    "Ald", "Amber", "Bar", "Birch", "Brack", "Cald", "Chad", "Cran", "Dag", "Dun", "East", "Ell", "Fair", "Fen",
    "Gars", "Had", "Hol", "Ingle", "Kel", "Lang", "Mar", "Nor", "Oak", "Pem", "Quar", "Rad", "Sel", "Stan", "Thorn",
    "Under", "Vander", "Wake", "Wether", "York",
];
const LAST_END: [&str; 16] = [
    "bridge", "brook", "burn", "by", "combe", "dale", "field", "ford", "ham", "hurst", "ley", "more", "sby", "ton",
    "wick", "worth",
];
/// Share of players called "Jr.".
const JUNIORS: f64 = 0.03;

/// A player's name, and the key under which the tables have the player: the name's letters, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub full: String,
    pub lookup: String,
}

/// Draws `count` names with different lookups; last names repeat now and then.
pub fn names(draw: &mut Draw, count: usize) -> Vec<Name> {
    let mut taken = BTreeSet::new();
    let mut names = Vec::with_capacity(count);
    while names.len() < count {
        let suffix = if draw.chance(JUNIORS) { " Jr." } else { "" };
        let full = format!("{} {}{}{suffix}", draw.pick(&FIRST), draw.pick(&LAST_BEGIN), draw.pick(&LAST_END));
        let lookup = lookup(&full);
        if taken.insert(lookup.clone()) {
            names.push(Name { full, lookup });
        }
    }
    names
}

fn lookup(full_name: &str) -> String {
    full_name.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()).collect()
}
