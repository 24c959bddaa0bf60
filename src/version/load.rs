//! Reading versions: the shipped ones by name, the user's own from files, and resolving what a version extends.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use bytesize::ByteSize;

use super::catalogue::catalogue;
use super::written::Written;
use super::{AS_DEPLOYED, CONFIDENCE_FLOOR, Origin, Provenance, Version};
use crate::dates::DateRange;
use crate::error::{Error, Reason, Result, VersionError, did_you_mean, one_line};
use crate::file;
use crate::queries;

/// The ids of the shipped versions, in the order in which production had them: by the date that each states, of a date by
/// id; those that state none last.
pub static SHIPPED: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let queries = queries::in_use();
    let mut ids: Vec<&str> = queries.versions().collect();
    let from = |id: &str| {
        let text = queries.text(&path_of(id)).unwrap_or_default();
        let stated = Written::parse(id, text).ok().and_then(|written| written.in_production_from());
        (stated.is_none(), stated)
    };
    ids.sort_by_cached_key(|id| (from(id), *id));
    ids
});

/// The shipped version `id`.
///
/// # Errors
/// No such version.
pub fn shipped(id: &str) -> Result<Version> {
    let source = VersionText::shipped(id).ok_or_else(|| unknown(id))?;
    let version = resolve(&source, &mut Vec::new())?;
    let is_stated = |name: &String| name == CONFIDENCE_FLOOR || version.parameters.contains_key(name);
    match catalogue().parameters.keys().find(|name| !is_stated(name)) {
        None => Ok(version),
        Some(name) => Err(Error::Version(VersionError::BadFile {
            file: source.name,
            reason: format!("states no '{name}', and neither does what it extends; give it a value").into(),
            place: None,
        })),
    }
}

/// Where a shipped version is among the queries.
fn path_of(id: &str) -> String {
    format!("versions/{id}.toml")
}

/// The version that a file of the user's states. Its id is the file's name without the ending, unless it states one.
///
/// # Errors
/// The file cannot be read, or states no version; the message names the line.
pub fn from_file(path: &Path) -> Result<Version> {
    resolve(&VersionText::file(path)?, &mut Vec::new())
}

/// The version that `version` extends, by the file that states it; none for the first of the shipped ones.
///
/// # Errors
/// The file cannot be read any more, or what it extends is not there.
pub fn parent_of(version: &Version) -> Result<Option<Version>> {
    let source = match &version.provenance.file {
        Some(path) => VersionText::file(Path::new(path))?,
        None => VersionText::shipped(&version.id).ok_or_else(|| unknown(&version.id))?,
    };
    let written = Written::parse(&source.name, &source.text)?;
    let Some((name, at)) = written.text("extends")? else { return Ok(None) };
    let parent = source.parent(&name).map_err(|reason| written.bad(Some(at), reason))?;
    resolve(&parent, &mut Vec::new()).map(Some)
}

/// Whether a name is the path of a version file: it has a slash in it or ends in .toml.
pub fn is_path(name: &str) -> bool {
    name.contains('/') || name.ends_with(".toml")
}

/// The version that `name` means: the path of a file, an id, a unique prefix of one, or production's full string (the
/// latest id wins, and the second value says so).
///
/// # Errors
/// Nothing or several versions match, or the file states no version.
pub fn find(name: &str) -> Result<(Version, Option<String>)> {
    if is_path(name) {
        return Ok((from_file(Path::new(name))?, None));
    }
    if SHIPPED.contains(&name) {
        return Ok((shipped(name)?, None));
    }
    let versions = SHIPPED.iter().map(|id| shipped(id)).collect::<Result<Vec<_>>>()?;
    let mut named: Vec<Version> = versions.iter().filter(|v| v.algorithm_version == name).cloned().collect();
    if let Some(latest) = named.pop() {
        let note = named.first().map(|_| format!("{name} names several versions; taking the latest, {}", latest.id));
        return Ok((latest, note));
    }
    let matching: Vec<&Version> = versions.iter().filter(|v| v.id.starts_with(name)).collect();
    match matching.as_slice() {
        [only] if !name.is_empty() => Ok(((*only).clone(), None)),
        [] | [_] => Err(unknown(name)),
        several => Err(Error::Version(VersionError::Ambiguous {
            name: name.to_owned(),
            candidates: several.iter().map(|v| v.id.as_str()).collect::<Vec<_>>().join(", "),
        })),
    }
}

fn unknown(name: &str) -> Error {
    let file = format!("{name}.toml");
    let names = SHIPPED.iter().copied().chain([AS_DEPLOYED]);
    let hint = if Path::new(&file).is_file() { format!("; did you mean '{file}'?") } else { did_you_mean(name, names) };
    Error::Version(VersionError::Unknown { name: one_line(name), hint })
}

/// Larger than any version file: nothing that goes on without end is read to its end.
const MOST_BYTES: ByteSize = ByteSize::mib(1);

/// The most versions of which each extends the next.
const MOST_IN_A_ROW: usize = 100;

/// A version file as it is found.
struct VersionText {
    /// Its path, for messages.
    name: String,
    /// The file's name without its ending.
    id: String,
    origin: Origin,
    text: Cow<'static, str>,
    /// The same for every way of naming the same file.
    key: PathBuf,
}

impl VersionText {
    fn shipped(id: &str) -> Option<VersionText> {
        let (queries, path) = (queries::in_use(), path_of(id));
        let text = queries.text(&path)?;
        Some(VersionText {
            name: queries.label(&path),
            id: id.to_owned(),
            origin: Origin::Shipped(id.to_owned()),
            text: text.into(),
            key: id.into(),
        })
    }

    fn file(path: &Path) -> Result<VersionText> {
        let name = path.display().to_string();
        let bad = |reason: &str| {
            Error::Version(VersionError::BadFile { file: name.clone(), reason: reason.into(), place: None })
        };
        if path.is_dir() {
            return Err(bad("is a folder; give the path of a version file"));
        }
        let bytes = match file::read_at_most(path, MOST_BYTES) {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(bad("no such file; give the path of a version file, or an id (`reslate versions` lists them)"))
            }
            Err(error) => {
                let reason = Reason::because(format!("cannot be read ({error})"), error);
                Err(VersionError::BadFile { file: name.clone(), reason, place: None }.into())
            }
        }?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..valid].iter().filter(|byte| **byte == b'\n').count() + 1;
            Error::Version(VersionError::BadFile {
                file: format!("{name}, line {line}"),
                reason: "is not UTF-8; save it as UTF-8".into(),
                place: None,
            })
        })?;
        let id = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let key = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        Ok(VersionText { origin: Origin::File(name.clone()), name, id, text: text.into(), key })
    }

    fn is_shipped(&self) -> bool {
        matches!(self.origin, Origin::Shipped(_))
    }

    /// The file that this one extends by `name`: the id of a shipped version, or a path that starts at this file; or why
    /// there is none.
    fn parent(&self, name: &str) -> Result<VersionText, String> {
        let beside = |name: &str| Path::new(&self.name).with_file_name(name);
        if is_path(name) && !self.is_shipped() {
            return VersionText::file(&beside(name)).map_err(|error| format!("extends {error}"));
        }
        VersionText::shipped(name).ok_or_else(|| {
            let file = format!("{name}.toml");
            let hint = if !self.is_shipped() && beside(&file).is_file() {
                format!("; did you mean '{file}'?")
            } else {
                did_you_mean(name, SHIPPED.iter().copied())
            };
            format!("extends unknown version '{name}'{hint}")
        })
    }

    /// Makes the version that it extends the one that it states.
    fn change(&self, version: &mut Version, id: String, written: &Written<'_>) -> Result<()> {
        if !self.is_shipped() {
            // Production's name and date are those of its own versions.
            version.summary = format!("extends {}", version.id);
            version.algorithm_version.clone_from(&id);
            version.in_production_from = None;
            version.stand_in = None;
        }
        version.id = id;
        version.provenance.file = match &self.origin {
            Origin::File(path) => Some(path.clone()),
            Origin::Shipped(_) | Origin::Definition | Origin::Option(_) => None,
        };
        written.apply(version, &self.origin)
    }

    /// The version's id, which no other version may have.
    fn checked_id(&self, written: &Written<'_>) -> Result<String> {
        let (id, at) = match written.text("id")? {
            Some((id, at)) => (id, Some(at)),
            None => (self.id.clone(), None),
        };
        if self.is_shipped() {
            return Ok(id);
        }
        let reason = if SHIPPED.contains(&id.as_str()) {
            format!(
                "'{id}' is the id of a shipped version; rename the file, or state an id of its own: id = \"my_{id}\""
            )
        } else if id == AS_DEPLOYED {
            format!("'{id}' means each date's own version; rename the file, or state another id")
        } else if id.is_empty() || id.contains(|c: char| !c.is_alphanumeric() && !"._-+".contains(c)) {
            format!("'{id}' is no id: letters, digits and . _ - + only; state one, such as id = \"my_version\"")
        } else {
            return Ok(id);
        };
        Err(written.bad(at, reason))
    }
}

/// The version that `source` states. `chain` has the files that extend it, the first asked for first.
fn resolve(source: &VersionText, chain: &mut Vec<(PathBuf, String)>) -> Result<Version> {
    let written = Written::parse(&source.name, &source.text)?;
    let id = source.checked_id(&written)?;
    chain.push((source.key.clone(), source.origin.to_string()));
    let mut version = match written.text("extends")? {
        Some((name, at)) => {
            let parent = if name == source.id && !source.is_shipped() { None } else { Some(source.parent(&name)) };
            let parent = parent.transpose().map_err(|reason| written.bad(Some(at), reason))?;
            match parent.filter(|parent| chain.iter().all(|(key, _)| *key != parent.key)) {
                Some(_) if chain.len() >= MOST_IN_A_ROW => {
                    let reason = format!(
                        "is the {MOST_IN_A_ROW}th file in a row that extends another; extend a shipped version sooner"
                    );
                    return Err(written.bad(Some(at), reason));
                }
                Some(parent) => resolve(&parent, chain)?,
                None => {
                    let names = chain.iter().map(|(_, name)| name.as_str()).chain([name.as_str()]);
                    let circle = names.collect::<Vec<_>>().join(" -> ");
                    return Err(written.bad(Some(at), format!("extends itself: {circle}; extend a shipped version")));
                }
            }
        }
        None if source.is_shipped() => root()?,
        None => {
            let reason = "states no version to extend; add a line such as extends = \"v307\"".to_owned();
            return Err(written.bad(None, reason));
        }
    };
    source.change(&mut version, id, &written)?;
    Ok(version)
}

/// The version that `text` states as a file `name` would that extends `base`, whether or not the text says what it extends.
///
/// # Errors
/// The text states no version, or one that extends another; the message names the line.
pub fn extended(base: &Version, name: &str, text: &str) -> Result<Version> {
    let id = name.strip_suffix(".toml").unwrap_or(name).to_owned();
    let (origin, key) = (Origin::File(name.to_owned()), PathBuf::new());
    let source = VersionText { name: name.to_owned(), id, origin, text: text.to_owned().into(), key };
    let written = Written::parse(&source.name, &source.text)?;
    if let Some((other, at)) = written.text("extends")?
        && other != base.id
        && base.provenance.file.as_ref() != Some(&other)
    {
        let reason = format!("extends '{other}', and this is about {}; leave the line out", base.id);
        return Err(written.bad(Some(at), reason));
    }
    let id = source.checked_id(&written)?;
    let mut version = base.clone();
    source.change(&mut version, id, &written)?;
    Ok(version)
}

/// What a version begins with that extends no other: the values that definitions state.
fn root() -> Result<Version> {
    let mut version = Version {
        id: String::new(),
        algorithm_version: String::new(),
        in_production_from: None,
        summary: String::new(),
        parameters: BTreeMap::new(),
        signals: Vec::new(),
        filters: Vec::new(),
        families: Vec::new(),
        combos: Vec::new(),
        confidence_floors: BTreeMap::new(),
        model_dependent: Vec::new(),
        defects: Vec::new(),
        document: Vec::new(),
        stand_in: None,
        decides: DateRange::default(),
        catalogue: Arc::clone(catalogue()),
        provenance: Provenance::default(),
    };
    for (name, value) in &catalogue().values {
        version.set_from(name, value, Origin::Definition)?;
    }
    Ok(version)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rust_decimal::Decimal;
    use tempfile::TempDir;

    use super::super::{Defect, Part, Value};
    use super::*;

    /// A folder of files, by name and text.
    fn folder(files: &[(&str, &[u8])]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    /// The message about the first of the files.
    fn refused(files: &[(&str, &[u8])]) -> String {
        let folder = folder(files);
        let error = from_file(&folder.path().join(files[0].0)).unwrap_err().to_string();
        error.replace(&format!("{}/", folder.path().display()), "")
    }

    #[test]
    fn every_shipped_version_resolves_completely() {
        for id in SHIPPED.iter() {
            let version = shipped(id).unwrap();
            assert!(!version.signals.is_empty() && !version.filters.is_empty() && !version.summary.is_empty());
            assert_eq!(version.decides, DateRange::default());
        }
    }

    #[test]
    fn versions_are_in_the_order_of_production() {
        let order = "v279 v284a v284b v294 v295 v296 v297 v298 v307 v307q v314 v316 v318 v323 v326 v330 v343 v343b v347 v348 v352 v355 v365 v365b v367 v369 v370 v372 v373 v374";
        assert_eq!(SHIPPED.join(" "), order);
    }

    #[test]
    fn a_version_differs_from_the_one_it_extends_only_in_what_it_states() {
        let (v307, v298) = (shipped("v307").unwrap(), shipped("v298").unwrap());
        assert_eq!(v298.parameter("line_jump"), Value::Number(Decimal::from(3)));
        assert_eq!(v298.parameter("min_edge"), v307.parameter("min_edge"));
        assert_eq!(v298.signals, v307.signals);
        assert!(!v298.works(Defect::PlayerBlacklist) && v307.works(Defect::PlayerBlacklist));
    }

    #[test]
    fn versions_are_found_by_id_prefix_and_full_string() {
        assert_eq!(find("v316").unwrap().0.id, "v316");
        assert_eq!(find("v27").unwrap().0.id, "v279");
        let (latest, note) = find("v307_multi_source").unwrap();
        assert_eq!(latest.id, "v307q");
        assert!(note.unwrap().contains("latest"));
        assert!(matches!(find("v29"), Err(Error::Version(VersionError::Ambiguous { .. }))));
        assert!(matches!(find("v999"), Err(Error::Version(VersionError::Unknown { .. }))));
    }

    #[test]
    fn a_file_states_only_what_differs() {
        let folder = folder(&[("mine.toml", b"extends = \"v314\"\n[parameters]\nmin_edge = 4.5\ncap = 3\n")]);
        let path = folder.path().join("mine.toml");
        let (mine, v314) = (find(path.to_str().unwrap()).unwrap().0, shipped("v314").unwrap());
        assert_eq!(
            (mine.id.as_str(), mine.algorithm_version.as_str(), mine.summary.as_str()),
            ("mine", "mine", "extends v314")
        );
        assert_eq!(mine.in_production_from, None);
        assert_eq!(mine.parameter("min_edge"), Value::Number(Decimal::new(45, 1)));
        assert_eq!(mine.origin("min_edge"), Some(&Origin::File(path.display().to_string())));
        assert_eq!(mine.origin("line_jump"), Some(&Origin::Shipped("v307".to_owned())));
        assert_eq!(mine.provenance.list(Part::Combos), Some(&Origin::Shipped("v314".to_owned())));
        let mut same = v314;
        same.set("min_edge", "4.5").unwrap();
        same.set("cap", "3").unwrap();
        assert!(mine.states_the_same(&same));
    }

    #[test]
    fn a_file_extends_another_beside_it() {
        let folder = folder(&[
            (
                "mine.toml",
                b"id = \"mine_2\"\nextends = \"base/strict.toml\"\nsummary = \"no cap\"\n[parameters]\ncap = \"off\"\n",
            ),
            (
                "base/strict.toml",
                b"\xef\xbb\xbfextends = \"../loose.toml\"\r\n[parameters]\r\ncap = 2\r\nhigh_edge.min_edge = 6\r\n",
            ),
            ("loose.toml", b"extends = \"v318\"\nfilters_without = [\"familiar_matchup\"]\n"),
        ]);
        let mine = from_file(&folder.path().join("mine.toml")).unwrap();
        assert_eq!((mine.id.as_str(), mine.summary.as_str()), ("mine_2", "no cap"));
        assert_eq!(mine.parameter("cap"), Value::Off);
        assert_eq!(mine.parameter("high_edge.min_edge"), Value::Number(Decimal::from(6)));
        assert!(!mine.filters.iter().any(|filter| filter == "familiar_matchup"));
        assert_eq!(mine.filters.len() + 1, shipped("v318").unwrap().filters.len());
        let strict = folder.path().join("base/strict.toml").display().to_string();
        assert_eq!(mine.origin("high_edge.min_edge"), Some(&Origin::File(strict)));
    }

    #[test]
    fn files_that_are_not_there_or_no_text() {
        let none = find("no/such.toml").unwrap_err().to_string();
        assert_eq!(
            none,
            "no/such.toml: no such file; give the path of a version file, or an id (`reslate versions` lists them)"
        );
        let folder = tempfile::tempdir().unwrap();
        assert!(
            from_file(folder.path()).unwrap_err().to_string().ends_with("is a folder; give the path of a version file")
        );
        assert_eq!(
            refused(&[("a.toml", b"extends = \"v307\"\n# \xff\n")]),
            "a.toml, line 2: is not UTF-8; save it as UTF-8"
        );
        assert_eq!(
            refused(&[("a.toml", b"extends = \"v307\"\nsummary = \"open\n")]),
            "a.toml, line 2: is not TOML: invalid basic string, expected `\"`"
        );
        assert_eq!(refused(&[("a.toml", &vec![b'#'; 1 << 21])]), "a.toml: cannot be read (it is larger than 1.0 MiB)");
        assert_eq!(
            refused(&[("a.toml", b"")]),
            "a.toml: states no version to extend; add a line such as extends = \"v307\""
        );
    }

    #[test]
    fn versions_that_extend_what_is_not_there() {
        assert_eq!(
            refused(&[("a.toml", b"\nextends = \"v308\"\n")]),
            "a.toml, line 2: extends unknown version 'v308'; did you mean 'v307'?"
        );
        assert_eq!(
            refused(&[("a.toml", b"extends = \"./base.toml\"\n")]),
            "a.toml, line 1: extends ./base.toml: no such file; give the path of a version file, or an id \
             (`reslate versions` lists them)"
        );
        assert_eq!(
            refused(&[("a.toml", b"extends = \"base\"\n"), ("base.toml", b"")]),
            "a.toml, line 1: extends unknown version 'base'; did you mean 'base.toml'?"
        );
        assert_eq!(
            refused(&[("a.toml", b"extends = 307\n")]),
            "a.toml, line 1: extends must be a text in quotes, not an integer"
        );
        assert_eq!(
            refused(&[("a.toml", b"extends = \"b.toml\"\n"), ("b.toml", b"extends = \"v307\"\n\nsignal = []\n")]),
            "b.toml, line 3: signal must be a table of definitions; a list of names is written signals = [...]"
        );
    }

    #[test]
    fn versions_that_extend_themselves() {
        assert_eq!(
            refused(&[("a.toml", b"extends = \"a\"\n")]),
            "a.toml, line 1: extends itself: a.toml -> a; extend a shipped version"
        );
        assert_eq!(
            refused(&[("a.toml", b"extends = \"./a.toml\"\n")]),
            "a.toml, line 1: extends itself: a.toml -> ./a.toml; extend a shipped version"
        );
        assert_eq!(
            refused(&[("a.toml", b"extends = \"b/c.toml\"\n"), ("b/c.toml", b"#\nextends = \"../a.toml\"\n")]),
            "b/c.toml, line 2: extends itself: a.toml -> b/c.toml -> ../a.toml; extend a shipped version"
        );
    }

    #[test]
    fn ids_that_are_taken_or_none() {
        assert_eq!(
            refused(&[("v307.toml", b"extends = \"v307\"\n")]),
            "v307.toml: 'v307' is the id of a shipped version; rename the file, or state an id of its own: id = \"my_v307\""
        );
        assert_eq!(
            refused(&[("a.toml", b"extends = \"v307\"\nid = \"as-deployed\"\n")]),
            "a.toml, line 2: 'as-deployed' means each date's own version; rename the file, or state another id"
        );
        assert_eq!(
            refused(&[("my version.toml", b"extends = \"v307\"\n")]),
            "my version.toml: 'my version' is no id: letters, digits and . _ - + only; state one, such as id = \
             \"my_version\""
        );
    }
}
