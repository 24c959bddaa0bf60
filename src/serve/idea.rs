//! What a reader of the page tries: definitions that are written, signals and filters that are switched, thresholds that are
//! moved.

use std::path::Path;

use serde::Serialize;

use super::Settings;
use super::knobs::{self, Knob};
use crate::error::{RequestError, Result, VersionError, one_line};
use crate::version::{Origin, Part, Version, extended, extension_as_toml, from_file, shipped};

/// What begins the settings that switch signals and filters.
const SWITCHES: [(&str, Part); 2] = [("signal.", Part::Signals), ("filter.", Part::Filters)];

/// More definitions than anybody writes into a page; each is planned.
const MOST_DEFINITIONS: usize = 100;

/// What is tried of a version. Nothing: the version as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Idea {
    pub settings: Settings,
    /// What is written: the text of a version file, as far as it differs from the version that is served.
    pub text: String,
}

/// What can be moved and switched of what is written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Edit {
    /// What the version is called.
    pub id: String,
    pub knobs: Vec<Knob>,
    /// Every signal there is, those of the version first.
    pub signals: Vec<Switch>,
    /// Every filter there is, likewise.
    pub filters: Vec<Switch>,
    /// What has no effect, in words.
    pub notes: Vec<String>,
}

/// A signal or filter that can be switched.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Switch {
    pub name: String,
    pub about: String,
    /// Whether the version has it, unless it is switched.
    pub on: bool,
    /// Whether it is written in the page.
    pub is_written: bool,
}

/// A version file to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SavedFile {
    pub name: String,
    pub text: String,
}

impl Idea {
    /// The version that it makes of `base`.
    ///
    /// # Errors
    /// The text states no version; a threshold that has no slider, or a value that it cannot have; a switch of what is not
    /// there.
    pub fn version(&self, base: &Version) -> Result<Version> {
        let mut version = self.switched(base, true)?;
        let knobs = knobs::of(&version);
        for (name, value) in self.settings.iter().filter(|(name, _)| switched_by(name).is_none()) {
            if !knobs.iter().any(|knob| knob.name == *name) {
                let names: Vec<&str> = knobs.iter().map(|knob| knob.name.as_str()).collect();
                let reason = format!("has no slider; those there are: {}", names.join(", "));
                return Err(RequestError::BadArgument { what: "setting", value: one_line(name), reason }.into());
            }
            version.set(name, value)?;
        }
        Ok(version)
    }

    /// What can be moved and switched. What the settings say of what is no longer there counts for nothing.
    ///
    /// # Errors
    /// The text states no version.
    pub fn edit(&self, base: &Version) -> Result<Edit> {
        let (written, switched) = (self.written(base)?, self.switched(base, false)?);
        let (of_base, catalogue) = (&base.catalogue, &written.catalogue);
        let signals = catalogue.signals.iter().map(|(name, signal)| Switch {
            name: name.clone(),
            about: signal.about.clone(),
            on: written.signals.contains(name),
            is_written: of_base.signals.get(name) != Some(signal),
        });
        let filters = catalogue.filters.iter().map(|(name, filter)| Switch {
            name: name.clone(),
            about: filter.about.clone(),
            on: written.filters.contains(name),
            is_written: of_base.filters.get(name) != Some(filter),
        });
        let in_order = |mut switches: Vec<Switch>, order: &[String]| {
            switches.sort_by_key(|switch| order.iter().position(|name| *name == switch.name).unwrap_or(order.len()));
            switches
        };
        Ok(Edit {
            id: switched.id.clone(),
            knobs: knobs::of(&switched),
            signals: in_order(signals.collect(), &written.signals),
            filters: in_order(filters.collect(), &written.filters),
            notes: notes(&written, base),
        })
    }

    /// It as a version file that extends `base`, whatever options of the command line changed of that.
    ///
    /// # Errors
    /// As for [`Idea::version`]; or the file of `base` is no longer there.
    pub fn file(&self, base: &Version) -> Result<SavedFile> {
        let (extends, extended) = match &base.provenance.file {
            Some(file) => {
                // Wherever the file is saved.
                let whole = std::path::absolute(file).map_or_else(|_| file.clone(), |path| path.display().to_string());
                (whole, from_file(Path::new(file))?)
            }
            None => (base.id.clone(), shipped(&base.id)?),
        };
        Ok(SavedFile { name: name_of(base), text: extension_as_toml(&self.version(base)?, &extended, &extends)? })
    }

    /// The version that is written. All that it defines is on.
    fn written(&self, base: &Version) -> Result<Version> {
        if self.text.trim().is_empty() && !self.settings.keys().any(|name| switched_by(name).is_some()) {
            return Ok(base.clone());
        }
        let name = name_of(base);
        let mut version = extended(base, &name, &self.text)?;
        let count = |version: &Version| version.catalogue.signals.len() + version.catalogue.filters.len();
        if count(&version) > count(base) + MOST_DEFINITIONS {
            let reason =
                format!("defines more than {MOST_DEFINITIONS} signals and filters; keep some of them in a file");
            return Err(VersionError::BadFile { file: name, reason: reason.into(), place: None }.into());
        }
        version.list_definitions(&Origin::File(name));
        Ok(version)
    }

    /// The same, with what is switched.
    fn switched(&self, base: &Version, is_strict: bool) -> Result<Version> {
        let mut version = self.written(base)?;
        let origin = Origin::File(name_of(base));
        for (setting, value) in &self.settings {
            let Some((part, name)) = switched_by(setting) else { continue };
            let is_known = match part {
                Part::Filters => version.catalogue.filters.contains_key(name),
                _ => version.catalogue.signals.contains_key(name),
            };
            match (is_known, value.as_str()) {
                (true, "on" | "off") => version.switch(part, name, value == "on", origin.clone()),
                (false, _) if !is_strict => {}
                (known, _) => {
                    let reason = if known { "must be on or off" } else { "switches what is not there" };
                    let value = format!("{setting}={value}");
                    let value = one_line(&value);
                    return Err(RequestError::BadArgument { what: "setting", value, reason: reason.to_owned() }.into());
                }
            }
        }
        Ok(version)
    }
}

/// The signal or filter that a setting switches.
fn switched_by(setting: &str) -> Option<(Part, &str)> {
    SWITCHES.iter().find_map(|(prefix, part)| Some((*part, setting.strip_prefix(prefix)?)))
}

/// The name of the file that an idea about a version is saved as.
fn name_of(base: &Version) -> String {
    format!("{}-edited.toml", base.id)
}

/// What is written to no effect, and what is defined in another one's place.
fn notes(written: &Version, base: &Version) -> Vec<String> {
    let known = base.idle_settings();
    let idle = written.idle_settings().into_iter().filter(|note| !known.contains(note));
    let anew = written.defines_otherwise(base).into_iter();
    idle.chain(anew.map(|name| format!("{name} is defined otherwise than in {}", base.id))).collect()
}
