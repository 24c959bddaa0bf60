//! Arguments that several commands share: which slates, which version, seen from when.

use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use super::output::note;
use crate::compare::Contender;
use crate::engine::{AsOf, store::lacks};
use crate::error::{Error, RequestError, Result, one_line};
use crate::replay::{Dates, Replay, Request};
use crate::snapshot::Snapshot;
use crate::version::{self, AS_DEPLOYED, Origin, StandIn, Version, standing_in};

/// A date argument; the error says what a date looks like.
pub fn date(text: &str) -> Result<NaiveDate, String> {
    text.parse().map_err(|_| "not a date; write YYYY-MM-DD".to_owned())
}

/// A number of days, such as 14d; the error says what one looks like.
pub fn days(text: &str) -> Result<u64, String> {
    match text.strip_suffix('d').map(str::parse) {
        Some(Ok(days @ 1..=3660)) => Ok(days),
        _ => Err("not a number of days; write one such as 14d".to_owned()),
    }
}

/// An as-of argument; the error says what one looks like.
fn as_of(text: &str) -> Result<AsOf, String> {
    text.parse().map_err(|error| match error {
        Error::Request(RequestError::BadArgument { reason, .. }) => reason,
        other => other.to_string(),
    })
}

/// `--from` and `--to`, both ends in.
#[derive(Debug, Clone, Args)]
pub struct Range {
    /// First date, included
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub from: Option<NaiveDate>,
    /// Last date, included
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub to: Option<NaiveDate>,
}

impl Range {
    pub fn is_given(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    pub fn dates(&self) -> Dates {
        Dates::Range { from: self.from, to: self.to }
    }
}

/// Which version decides, and what it knew.
#[derive(Debug, Clone, Args)]
pub struct Policy {
    /// Algorithm version: an id, a unique prefix, production's full name, a file of your own (PATH.toml), or as-deployed:
    /// on each date the version that was in production then [default: v307]
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    #[command(flatten)]
    tweaks: Tweaks,
    #[command(flatten)]
    seen: Seen,
    /// version_id of the subset picks to attach, as a strftime pattern of the slate's date
    #[arg(long, value_name = "PATTERN")]
    subset_version: Option<String>,
}

/// The version that decides where none is asked for.
pub const DEFAULT: &str = "v307";

/// From when slates are seen.
#[derive(Debug, Clone, Args)]
pub struct Seen {
    /// Only what had been written by then counts: a timestamp, or a time of day on each slate's date (UTC)
    #[arg(long, value_name = "TIMESTAMP|HH:MM", value_parser = as_of)]
    pub as_of: Option<AsOf>,
}

/// Where help lists what changes a version.
const CHANGES: &str = "Changes to the version";

/// Changes to whichever version is asked for, the settings last.
#[derive(Debug, Clone, Args)]
pub struct Tweaks {
    /// Whether what returned nothing in production works (from v284a to v298 the blacklist and direction health)
    /// [default: as-shipped]
    #[arg(long, value_enum, help_heading = CHANGES)]
    fidelity: Option<Fidelity>,
    /// Which signal health row a slate reads [default: the version's, live in all shipped ones]
    #[arg(long, value_enum, help_heading = CHANGES)]
    health: Option<Health>,
    /// How a player's rolling windows end [default: the version's, faithful in all shipped ones]
    #[arg(long, value_enum, help_heading = CHANGES)]
    windows: Option<Windows>,
    /// Whose predictions become candidates [default: the version's]
    #[arg(long, value_enum, help_heading = CHANGES)]
    candidates: Option<Candidates>,
    /// Best-bets model (champion): catboost_v9, or catboost_v12 as the live service ran
    #[arg(long, value_name = "SYSTEM_ID", help_heading = CHANGES)]
    model_id: Option<String>,
    /// Set a parameter of the version, `off` to switch it off; see `reslate versions show VERSION`. Comes after the other
    /// options and wins
    #[arg(long = "set", value_name = "NAME=VALUE", help_heading = CHANGES)]
    settings: Vec<String>,
}

/// Whether a version's defects stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Fidelity {
    /// What returned nothing in production returns nothing
    AsShipped,
    /// It works as it was meant to
    AsIntended,
}

/// Which row of `signal_health_daily` a slate reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Health {
    /// None: a date's row is written after its games, so production had none when it decided
    Live,
    /// The latest row before the slate's date
    AsOf,
    /// The row of the slate's own date, as production's later re-runs did: it leaks the slate's own outcomes
    SameDate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Windows {
    /// One game before the player's latest, as in production
    Faithful,
    /// With the player's latest game
    Fixed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Candidates {
    /// The best-bets model's alone
    Champion,
    /// Those of every model family: per player and game the one with the largest edge
    All,
}

/// The version that `name` means: an id, a unique prefix, production's full name or the path of a file. What was chosen
/// among several is said on standard error.
///
/// # Errors
/// Nothing or several versions match, the file states no version, or the name means several (as-deployed).
pub fn resolve(name: &str) -> Result<Version> {
    if name == AS_DEPLOYED {
        return Err(Error::Request(RequestError::BadArgument {
            what: "version",
            value: name.to_owned(),
            reason: "is another version on each date; name one of them (`reslate versions` lists them)".to_owned(),
        }));
    }
    let (version, ambiguous) = version::find(name)?;
    if let Some(text) = ambiguous {
        note(text);
    }
    Ok(version)
}

/// The versions of production with those that stand in for what the snapshots have not.
fn deployed(snapshots: &[&Snapshot]) -> Result<(Vec<Version>, Vec<StandIn>)> {
    standing_in(|version| {
        let mut lacking = snapshots.iter().map(|snapshot| lacks(snapshot, version));
        lacking.find_map(Result::transpose).transpose()
    })
}

/// The versions that `name` means, with every change made to them: one that decides on all dates, or each date's own
/// (as-deployed), as far as the snapshots have what it reads.
///
/// # Errors
/// As for [`resolve`] and [`Tweaks::apply`].
pub fn versions(name: &str, tweaks: &Tweaks, snapshots: &[&Snapshot]) -> Result<Vec<Version>> {
    let versions = if name == AS_DEPLOYED { deployed(snapshots)?.0 } else { vec![resolve(name)?] };
    versions.into_iter().map(|version| tweaks.apply(version)).collect()
}

/// What `name` means in a comparison, with every change made to it: a version, or each date's own (as-deployed).
///
/// # Errors
/// As for [`resolve`] and [`Tweaks::apply`].
pub fn contender(name: &str, tweaks: &Tweaks, snapshot: &Snapshot) -> Result<Contender> {
    let versions = versions(name, tweaks, &[snapshot])?;
    let name = match versions.as_slice() {
        [only] => only.id.clone(),
        _ => AS_DEPLOYED.to_owned(),
    };
    Ok(Contender::new(&name, versions))
}

impl Tweaks {
    fn is_given(&self) -> bool {
        self.fidelity.is_some()
            || self.health.is_some()
            || self.windows.is_some()
            || self.candidates.is_some()
            || self.model_id.is_some()
            || !self.settings.is_empty()
    }

    /// `version` with every change made to it. Settings that change nothing, since the version has no filter or signal
    /// that reads them, are said on standard error.
    ///
    /// # Errors
    /// As for [`Tweaks::changed`].
    pub fn apply(&self, version: Version) -> Result<Version> {
        let version = self.changed(version)?;
        version.idle_settings().iter().for_each(note);
        Ok(version)
    }

    /// `version` with every change made to it.
    ///
    /// # Errors
    /// A setting that is none, or a value that its parameter cannot have.
    pub fn changed(&self, mut version: Version) -> Result<Version> {
        if self.fidelity == Some(Fidelity::AsIntended) {
            version.work_as_intended();
        }
        let options = [
            ("health", "--health", self.health.and_then(name_of)),
            ("windows", "--windows", self.windows.and_then(name_of)),
            ("candidates", "--candidates", self.candidates.and_then(name_of)),
            ("champion", "--model-id", self.model_id.clone()),
        ];
        for (parameter, option, value) in options {
            if let Some(value) = value {
                version.set_from(parameter, &value, Origin::Option(option))?;
            }
        }
        for setting in &self.settings {
            let (name, value) = setting.split_once('=').ok_or_else(|| RequestError::BadArgument {
                what: "--set",
                value: one_line(setting),
                reason: "must be NAME=VALUE, such as min_edge=4.5 or cap=off".to_owned(),
            })?;
            version.set(name.trim(), value)?;
        }
        Ok(version)
    }
}

/// The name of a choice, which is that of the parameter's value.
fn name_of(choice: impl ValueEnum) -> Option<String> {
    choice.to_possible_value().map(|value| value.get_name().to_owned())
}

impl Policy {
    /// The versions that decide, each on its dates ([`Version::decides`]), with every change made to them: one that
    /// decides on all dates, or as deployed one after the other.
    ///
    /// # Errors
    /// No such version or parameter, or a value it cannot have.
    pub fn versions(&self, snapshot: &Snapshot) -> Result<Vec<Version>> {
        versions(self.name(), &self.tweaks, &[snapshot])
    }

    /// The versions that decide in place of `frozen`: those asked for, or `frozen` with the changes asked for; none where
    /// nothing is asked for.
    ///
    /// # Errors
    /// As for [`Policy::versions`].
    pub fn instead_of(&self, frozen: Version) -> Result<Option<Vec<Version>>> {
        match &self.version {
            Some(_) => versions(self.name(), &self.tweaks, &[]).map(Some),
            None if self.tweaks.is_given() => Ok(Some(vec![self.tweaks.apply(frozen)?])),
            None => Ok(None),
        }
    }

    fn name(&self) -> &str {
        self.version.as_deref().unwrap_or(DEFAULT)
    }

    /// By when what counts had been written; none: what the snapshot has.
    pub fn as_of(&self) -> Option<AsOf> {
        self.seen.as_of
    }

    /// What a replay of `dates` is asked for.
    ///
    /// # Errors
    /// As for [`Policy::versions`].
    pub fn request(&self, snapshot: &Snapshot, dates: Dates) -> Result<Request> {
        Ok(Request {
            dates,
            versions: self.versions(snapshot)?,
            as_of: self.seen.as_of,
            subset_version: self.subset_version.clone(),
            partitions: None,
            memory: None,
        })
    }

    /// Opens a replay of `dates`; what its slates deserve to have said beside the result is said on standard error.
    ///
    /// # Errors
    /// As for [`Policy::versions`], [`Replay::open`] and [`Replay::ensure_chosen_champions_predicted`].
    pub async fn replay(&self, snapshot: &Snapshot, dates: Dates) -> Result<Replay> {
        self.replay_request(snapshot, self.request(snapshot, dates)?).await
    }

    /// The request with the versions that `also` names deciding beside it, with the same changes made to them.
    ///
    /// # Errors
    /// As for [`Policy::versions`]; a version named twice.
    pub fn request_beside(&self, snapshot: &Snapshot, dates: Dates, also: &[String]) -> Result<Request> {
        let mut request = self.request(snapshot, dates)?;
        for name in also {
            for version in versions(name, &self.tweaks, &[snapshot])? {
                if request.versions.iter().any(|other| other.id == version.id) {
                    let reason = "decides already; name each version once".to_owned();
                    return Err(RequestError::BadArgument { what: "--also", value: version.id, reason }.into());
                }
                request.versions.push(version);
            }
        }
        Ok(request)
    }

    /// Opens a replay of what was asked for.
    ///
    /// # Errors
    /// As for [`Policy::replay`].
    pub async fn replay_request(&self, snapshot: &Snapshot, request: Request) -> Result<Replay> {
        let replay = Replay::open(snapshot, request).await?;
        replay.ensure_chosen_champions_predicted().await?;
        if let (Some(first), Some(last)) = (replay.slates.first(), replay.slates.last()) {
            self.note_stand_in(snapshot, (first.game_date, last.game_date))?;
        }
        Ok(replay)
    }

    /// As [`note_stand_in`], where slates are decided as deployed.
    ///
    /// # Errors
    /// A shipped version cannot be read.
    pub fn note_stand_in(&self, snapshot: &Snapshot, slates: (NaiveDate, NaiveDate)) -> Result<()> {
        if self.name() == AS_DEPLOYED { note_stand_in(&[snapshot], slates) } else { Ok(()) }
    }
}

/// Says which versions stand in, before any was in production and for what the snapshots have not, where slates between two
/// dates are decided as deployed.
///
/// # Errors
/// A shipped version cannot be read.
pub fn note_stand_in(snapshots: &[&Snapshot], (first_slate, last_slate): (NaiveDate, NaiveDate)) -> Result<()> {
    let (versions, stand_ins) = deployed(snapshots)?;
    versions.first().and_then(|first| before_production(first, first_slate)).iter().for_each(note);
    let concerns = |one: &&StandIn| {
        one.dates.from.is_none_or(|from| from <= last_slate) && one.dates.to.is_none_or(|to| to >= first_slate)
    };
    for one in stand_ins.iter().filter(concerns) {
        note(format!("{} decides {} in place of {}: {}", one.id, one.dates, one.of, one.reason));
    }
    Ok(())
}

fn before_production(first: &Version, first_slate: NaiveDate) -> Option<String> {
    let since = first.in_production_from.filter(|since| first_slate < *since)?;
    Some(format!("no version was in production before {since}; {} decides the slates before it", first.id))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::version::catalogue::catalogue;
    use crate::version::{Defect, Part, as_deployed};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        policy: Policy,
    }

    fn policy(arguments: &[&str]) -> Policy {
        Line::try_parse_from([&["reslate"], arguments].concat()).unwrap().policy
    }

    fn version(arguments: &[&str]) -> Version {
        policy(arguments).versions(&Snapshot::demo().unwrap()).unwrap().remove(0)
    }

    #[test]
    fn options_are_the_choices_of_their_parameters() {
        let choices = |parameter: &str| catalogue().parameters[parameter].choices.clone();
        let names = |choices: Vec<Option<String>>| choices.into_iter().flatten().collect::<Vec<_>>();
        assert_eq!(choices("health"), names(Health::value_variants().iter().copied().map(name_of).collect()));
        assert_eq!(choices("windows"), names(Windows::value_variants().iter().copied().map(name_of).collect()));
        assert_eq!(choices("candidates"), names(Candidates::value_variants().iter().copied().map(name_of).collect()));
    }

    #[test]
    fn options_come_before_settings() {
        let changed =
            version(&["--set", "health=live", "--health", "as-of", "--windows", "fixed", "--version", "v298"]);
        assert_eq!(["health", "windows"].map(|name| changed.text(name)), ["live", "fixed"]);
        assert_eq!(changed.origin("health"), Some(&Origin::Option("--set")));
        assert_eq!(changed.origin("windows"), Some(&Origin::Option("--windows")));
        let all = version(&["--candidates", "all", "--model-id", "catboost_v12", "--version", "v298"]);
        assert!(all.takes_all_families());
        assert_eq!(all.champion(), "catboost_v12");
    }

    #[test]
    fn intended_versions_have_no_defects() {
        assert!(!version(&["--version", "v298", "--fidelity", "as-shipped"]).works(Defect::PlayerBlacklist));
        let intended = version(&["--version", "v298", "--fidelity", "as-intended"]);
        assert!(intended.works(Defect::PlayerBlacklist) && intended.works(Defect::DirectionHealth));
        assert_eq!(intended.provenance.list(Part::Defects), Some(&Origin::Option("--fidelity")));
    }

    #[test]
    fn as_deployed_is_a_version_for_each_date() {
        let request = policy(&["--version", "as-deployed", "--set", "cap=3"])
            .request(&Snapshot::demo().unwrap(), Dates::Newest)
            .unwrap();
        let deciding = |date: &str| {
            let date = date.parse().unwrap();
            request
                .versions
                .iter()
                .filter(|version| version.decides.contains(date))
                .map(|version| version.id.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(["2025-12-01", "2026-02-18", "2026-03-01"].map(deciding), [["v279"], ["v298"], ["v352"]]);
        assert!(request.versions.iter().all(|version| version.text("cap") == "3"));
        assert!(resolve(AS_DEPLOYED).is_err());
    }

    #[test]
    fn slates_before_the_first_version_are_said() {
        let first = &as_deployed().unwrap()[0];
        let said = |date: &str| before_production(first, date.parse().unwrap());
        let text = "no version was in production before 2026-02-16; v279 decides the slates before it";
        assert_eq!(said("2026-02-15").as_deref(), Some(text));
        assert_eq!(said("2026-02-16"), None);
    }
}
