//! What is recorded on the slates that are asked for, and by which versions it is to be replayed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::case::{Case, Silence, Slate, Slates};
use super::named::{Decided, Known, Named};
use super::report::{Cause, Reason};
use super::rows;
use crate::count::counted;
use crate::dates::DateRange;
use crate::engine::Engine;
use crate::error::Result;
use crate::export::{PickKey, Row, TABLE, agree, text_of};
use crate::replay::{Dates, Replay};
use crate::snapshot::Snapshot;
use crate::version::{Cap, Value, Version};

/// What a replay of the recorded slates gives.
#[derive(Default)]
pub struct Replayed {
    pub slates: Slates,
    /// Slates of which the version that decided them picks something, though their rows name another.
    picked_elsewhere: BTreeSet<(String, NaiveDate)>,
}

/// What is recorded on the slates that are asked for.
pub struct Records {
    /// With the version that each names; none: an unknown one.
    pub rows: Vec<(PickKey, Option<String>, Row)>,
    /// The slates that are verified: those asked for; where that does not say from when, from the first with a row on.
    span: Vec<NaiveDate>,
    /// How many slates that were asked for are left out.
    before: usize,
    pub decided: Option<Decided>,
    /// The ids of the known versions that each slate's rows name, of whichever slates there are.
    named: BTreeMap<NaiveDate, BTreeSet<String>>,
    /// Slates with a row of any version, likewise.
    recorded_dates: BTreeSet<NaiveDate>,
    /// Whether that a row was written after its slate tells it from others: some were written before.
    pub late_tells: bool,
    /// Rows on dates between the snapshot's first slate and its last that have no games, and rows beyond these.
    off_slates: [usize; 2],
}

impl Records {
    /// Reads what is recorded of `dates`, those of `all` slates of the snapshot that `requested` asks for.
    ///
    /// # Errors
    /// Rows that break the contract.
    pub async fn read(
        engine: &Engine,
        all: &[NaiveDate],
        dates: &[NaiveDate],
        requested: Dates,
        known: &Known,
    ) -> Result<Records> {
        let (from, to) = match requested {
            Dates::Range { from, to } => (from, to),
            Dates::On(_) | Dates::Newest => (dates.first().copied(), dates.last().copied()),
        };
        let is_requested = |date: NaiveDate| from.is_none_or(|from| from <= date) && to.is_none_or(|to| date <= to);
        let is_within = |date: NaiveDate| all.first() <= Some(&date) && Some(&date) <= all.last();
        let mut named = BTreeMap::<NaiveDate, BTreeSet<String>>::new();
        let mut recorded_dates = BTreeSet::new();
        let (mut kept, mut off_slates, mut late_tells) = (Vec::new(), [0, 0], false);
        for (key, row) in rows::recorded(engine).await? {
            late_tells |= rows::written(&row).is_some_and(|moment| !rows::is_after(moment, key.date));
            if all.binary_search(&key.date).is_err() {
                off_slates[usize::from(!is_within(key.date))] += usize::from(is_requested(key.date));
                continue;
            }
            let id = known.of_row(&row, key.date).map(|version| version.id.clone());
            if let Some(id) = &id {
                named.entry(key.date).or_default().insert(id.clone());
            }
            recorded_dates.insert(key.date);
            if dates.binary_search(&key.date).is_ok() {
                kept.push((key, id, row));
            }
        }
        let first = recorded_dates.first().copied();
        let is_before = |date: &NaiveDate| from.is_none() && first.is_none_or(|first| *date < first);
        let span: Vec<NaiveDate> = dates.iter().copied().filter(|date| !is_before(date)).collect();
        Ok(Records {
            decided: Decided::of(&named, known),
            before: dates.len() - span.len(),
            span,
            recorded_dates,
            rows: kept,
            named,
            late_tells,
            off_slates,
        })
    }

    /// Rows on dates without a slate.
    pub fn off_slates(&self) -> usize {
        self.off_slates.iter().sum()
    }

    pub fn names(&self) -> Vec<(Named, NaiveDate)> {
        self.rows.iter().map(|(key, id, row)| ((text_of(row, "algorithm_version"), id.clone()), key.date)).collect()
    }

    /// The version that decided a slate if its rows do not say: after the last slate with a row that the last one
    /// names.
    fn decided_on<'a>(&self, date: NaiveDate, known: &'a Known) -> Option<&'a Version> {
        let decided = self.decided.as_ref()?;
        let last = self.named.last_key_value().filter(|(last, ids)| {
            **last < date && *decided != Decided::AsDeployed && !ids.iter().any(|id| decided.name() == id)
        });
        match last.and_then(|(_, ids)| ids.last()) {
            Some(id) => known.version(id),
            None => decided.on(date, known),
        }
    }

    /// That nothing is recorded of a slate.
    fn silence(&self, date: NaiveDate) -> Option<Silence> {
        if self.recorded_dates.contains(&date) {
            return None;
        }
        let (first, last) = (self.recorded_dates.first()?, self.recorded_dates.last()?);
        let detail = if date > *last {
            format!("its writer stopped: the last row is of {last}")
        } else if date < *first {
            format!("its writer had not begun: the first row is of {first}")
        } else {
            "slates before and after it have rows".to_owned()
        };
        let is_of_writer = date > *last || date < *first;
        Some(Silence { reason: Reason::new(Cause::NothingRecorded, detail), is_of_writer })
    }

    /// The versions that each slate is replayed by: those that its rows name; without rows the one that decided it.
    fn expected<'a>(&'a self, known: &'a Known) -> impl Iterator<Item = (NaiveDate, &'a Version)> {
        let of_date = move |date: &'a NaiveDate| {
            let named = self.named.get(date).into_iter().flatten().filter_map(|id| known.version(id));
            let decided = self.decided_on(*date, known).filter(|_| !self.recorded_dates.contains(date));
            named.chain(decided).map(move |version| (*date, version))
        };
        self.span.iter().flat_map(of_date)
    }

    /// Each version on the dates from the first to the last that it is expected on, without its cap, and so the version
    /// that decided where rows name another.
    pub fn versions(&self, known: &Known) -> Vec<Version> {
        let mut spans = BTreeMap::<&str, (&Version, NaiveDate, NaiveDate)>::new();
        let decided = self.span.iter().filter_map(|date| Some((*date, self.decided_on(*date, known)?)));
        for (date, version) in self.expected(known).chain(decided) {
            let span = spans.entry(&version.id).or_insert((version, date, date));
            (span.1, span.2) = (span.1.min(date), span.2.max(date));
        }
        let uncapped = |(version, from, to): (&Version, NaiveDate, NaiveDate)| {
            let mut version = version.clone();
            // Ranks up to the cap of the slate are the picks, unless others than slates are capped.
            if !version.caps_groups() {
                version.parameters.insert("cap".to_owned(), Value::Off);
            }
            version.decides = DateRange { from: Some(from), to: Some(to) };
            version
        };
        spans.into_values().map(uncapped).collect()
    }

    /// The same as they decide, with their caps and the snapshot's own combo registry where it has one.
    pub fn as_decided(&self, replay: &Replay, known: &Known) -> Vec<Version> {
        let capped = |version: &Version| {
            let mut version = version.clone();
            if let Some(known) = known.version(&version.id) {
                version.parameters.insert("cap".to_owned(), known.parameter("cap"));
            }
            version
        };
        replay.versions.iter().map(capped).collect()
    }

    /// What is recorded and replayed of each slate, by the versions that are expected there.
    pub async fn slates(
        &self,
        replay: &Replay,
        snapshot: &Snapshot,
        known: &Known,
        with_subsets: bool,
        left_out: &[&str],
    ) -> Result<Replayed> {
        let mut replayed = Replayed::default();
        for (date, version) in self.expected(known) {
            let cap = version.cap(Cap::Slate).filter(|_| !version.caps_groups());
            let cap = cap.and_then(|cap| u64::try_from(cap).ok());
            let slate = Slate { cap, silence: self.silence(date), ..Slate::default() };
            replayed.slates.insert((version.id.clone(), date), slate);
        }
        if replay.versions.is_empty() {
            return Ok(replayed);
        }
        for (version, row) in rows::replayed(replay, snapshot, with_subsets, None).await? {
            let key = PickKey::of(&row)?;
            let slate = (version, key.date);
            if let Some(slate) = replayed.slates.get_mut(&slate) {
                slate.ranked.insert(key, row);
            } else {
                replayed.picked_elsewhere.insert(slate);
            }
        }
        let mut of_picks = BTreeMap::<(&String, &PickKey), Vec<&Row>>::new();
        for (key, id, row) in &self.rows {
            match id {
                Some(id) => of_picks.entry((id, key)).or_default().push(row),
                None => {
                    let of_date = replayed.slates.iter_mut().filter(|((_, date), _)| *date == key.date);
                    of_date.for_each(|(_, slate)| {
                        slate.of_unknown.insert(key.clone());
                    });
                }
            }
        }
        for ((id, key), rows) in of_picks {
            let Some(slate) = replayed.slates.get_mut(&(id.clone(), key.date)) else { continue };
            let as_replayed = |row: &&Row| {
                let replayed = slate.ranked.get(key).filter(|replayed| slate.is_picked(replayed));
                replayed.is_some_and(|replayed| agree(row, replayed, left_out))
            };
            let at = rows.iter().position(as_replayed).unwrap_or_default();
            for (place, row) in rows.into_iter().enumerate() {
                if place == at {
                    slate.recorded.insert(key.clone(), row.clone());
                } else {
                    slate.again.push((key.clone(), row.clone()));
                }
            }
        }
        Ok(replayed)
    }

    /// The rows of a version on a slate that another one decided and picked nothing on: an earlier run left them
    /// behind. They are as that version picks them, so nothing else gives them away.
    pub fn stale(&self, replayed: &Replayed, left_out: &[&str], known: &Known) -> Vec<Case> {
        let mut stale = Vec::new();
        for ((id, date), slate) in &replayed.slates {
            let Some(decided) = self.decided_on(*date, known) else { continue };
            let is_named = self.named.get(date).is_some_and(|named| named.contains(&decided.id));
            let picked = replayed.picked_elsewhere.contains(&(decided.id.clone(), *date));
            if decided.id == *id || is_named || picked || self.is_of_a_run(id, *date) {
                continue;
            }
            let detail = format!("{id} picks it; {}, which decided the slate, picks nothing", decided.id);
            for (key, row) in slate.matched(left_out) {
                let reason = Reason::new(Cause::StaleRow, detail.clone());
                stale.push(Case::explained(id, key, row, reason));
            }
        }
        stale
    }

    /// Whether a version also decided the recorded slate before or after, so that it may have decided this one. As
    /// deployed each date has its own.
    fn is_of_a_run(&self, id: &str, date: NaiveDate) -> bool {
        let before = self.named.range(..date).next_back();
        let after = self.named.range(date..).find(|(other, _)| **other > date);
        let names = |slate: Option<(&NaiveDate, &BTreeSet<String>)>| slate.is_some_and(|(_, named)| named.contains(id));
        self.decided != Some(Decided::AsDeployed) && (names(before) || names(after))
    }

    /// What cannot be told of these slates, and what is worth knowing.
    pub fn notes(&self, known: &Known) -> Vec<String> {
        let mut notes = Vec::new();
        if self.recorded_dates.is_empty() {
            notes.push(format!("{TABLE} has no row of these slates, so nobody can tell what was decided on them"));
        } else if self.before > 0 {
            notes.push(format!(
                "{} before the first recorded one are left out; --from takes them in",
                counted(self.before, "slate")
            ));
        }
        let untold = self.span.iter().filter(|date| {
            !self.recorded_dates.is_empty()
                && !self.named.contains_key(date)
                && self.decided_on(**date, known).is_none()
        });
        let untold = untold.count();
        if untold > 0 {
            notes.push(format!(
                "{} have no row of a known version, so nobody can tell by which to replay them",
                counted(untold, "slate")
            ));
        }
        let unknown = self.rows.iter().filter(|(_, id, _)| id.is_none()).count();
        if unknown > 0 {
            notes.push(format!("{unknown} rows name a version that is not known, so they cannot be verified"));
        }
        let [without_games, beyond] = self.off_slates;
        if without_games > 0 {
            notes.push(format!("{without_games} rows are of dates without games, so they cannot be verified"));
        }
        if beyond > 0 {
            let where_to = "before the snapshot's first slate or after its last";
            notes.push(format!("{beyond} rows are of dates {where_to}, so they cannot be verified"));
        }
        if !self.late_tells && !self.rows.is_empty() {
            let reason = "no row is known to be written before its slate's end";
            notes.push(format!("{reason}, so the time of writing tells nothing about who wrote it"));
        }
        notes
    }
}
