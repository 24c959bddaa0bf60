//! Where credentials and endpoints are looked for: the environment's variables, and the files that they name.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The environment that a source is opened in.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// That of this process. Variables that are no Unicode count as not set.
    pub fn of_process() -> Environment {
        std::env::vars_os().filter_map(|(name, value)| name.into_string().ok().zip(value.into_string().ok())).collect()
    }

    /// The value of the first of `names` that is set to something.
    pub fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().filter_map(|name| self.variables.get(*name)).map(String::as_str).find(|value| !value.is_empty())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.first(&[name])
    }

    /// Whether a variable says yes.
    pub fn is_set(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| ["1", "true", "yes", "on"].contains(&value.to_ascii_lowercase().as_str()))
    }

    /// The variables whose names start with `prefix`, the names in lower case as object_store has them.
    pub fn starting_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (String, &'a str)> {
        let set = self.variables.iter().filter(move |(name, value)| name.starts_with(prefix) && !value.is_empty());
        set.map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
    }

    /// The user's own folder.
    pub fn home(&self) -> Option<PathBuf> {
        self.get(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).map(PathBuf::from)
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(variables: T) -> Self {
        Environment { variables: variables.into_iter().collect() }
    }
}
