//! Replaying slates: which dates, seen from when, decided by which versions.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::NaiveDate;
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Date32Type;
use serde::Deserialize;

use crate::count::counted;
use crate::dates::DateRange;
use crate::engine::slates::{nearest, slates_on};
use crate::engine::{Amiss, AsOf, Engine, SLATE_TABLES, Slate};
use crate::error::{Error, RequestError, Result, SnapshotError, did_you_mean};
use crate::formats::rows;
use crate::snapshot::Snapshot;
use crate::sql;
use crate::version::{AS_DEPLOYED, Combo, Origin, Version};

/// Which slates are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dates {
    /// The snapshot's newest slate.
    Newest,
    /// That of a date, on which there must be one.
    On(NaiveDate),
    /// Both ends in; an open end reaches the snapshot's own.
    Range {
        /// The first date.
        from: Option<NaiveDate>,
        /// The last date.
        to: Option<NaiveDate>,
    },
}

/// The dates on which a snapshot has games, ascending.
///
/// # Errors
/// Data that breaks the contract.
pub async fn slate_dates(snapshot: &Snapshot) -> Result<Vec<NaiveDate>> {
    Engine::open(snapshot, None)?.slate_dates().await
}

/// The slates that are asked for, ascending.
///
/// # Errors
/// No games on the date or in the range, or data that breaks the contract.
pub async fn slates_asked_for(snapshot: &Snapshot, dates: Dates) -> Result<Vec<NaiveDate>> {
    asked_for(snapshot, &Engine::open(snapshot, None)?, dates).await
}

async fn asked_for(snapshot: &Snapshot, engine: &Engine, dates: Dates) -> Result<Vec<NaiveDate>> {
    let near = match dates {
        Dates::On(date) => DateRange { from: Some(date), to: Some(date) },
        Dates::Range { from, to } => DateRange { from, to },
        Dates::Newest => {
            let newest = SLATE_TABLES.iter().filter_map(|table| snapshot.last_date(table)).max();
            newest.map_or(DateRange::default(), |date| DateRange { from: Some(date), to: None })
        }
    };
    match wanted(&engine.slate_dates_of(near).await?, dates) {
        Ok(dates) => Ok(dates),
        // Its words are about all slates.
        Err(_) => wanted(&engine.slate_dates().await?, dates),
    }
}

/// What a replay is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Of which slates.
    pub dates: Dates,
    /// By which versions; each decides every slate on whose date it decides at all.
    pub versions: Vec<Version>,
    /// Only what had been written by then counts.
    pub as_of: Option<AsOf>,
    /// strftime pattern of the version_id of each slate's subset picks; none: no subsets.
    pub subset_version: Option<String>,
    /// Degree of parallelism within a query, one unless given. Results do not depend on it.
    pub partitions: Option<NonZeroUsize>,
    /// The most bytes of memory that queries may take (see [`Engine::within`]); none: as many as there are.
    pub memory: Option<u64>,
}

impl Request {
    /// A request for `dates` by one version, with everything else at its default.
    pub fn new(dates: Dates, version: Version) -> Request {
        Request { dates, versions: vec![version], as_of: None, subset_version: None, partitions: None, memory: None }
    }
}

/// An opened replay: the engine with the slates and versions stated, ready to compute.
pub struct Replay {
    /// What computes the relations, which can be read from it.
    pub engine: Engine,
    /// The slates that were asked for, ascending.
    pub slates: Vec<Slate>,
    /// Those asked for that decide any of the slates, as they decide: with the snapshot's own combo registry where it has
    /// one.
    pub versions: Vec<Version>,
    combos: Option<Vec<Combo>>,
    /// Whether the game_ids of the candidates were found well-formed.
    game_ids_are_sound: AtomicBool,
}

impl Replay {
    /// Finds the slates that `request` asks for and states them to an engine over `snapshot`.
    ///
    /// # Errors
    /// No games on the date or in the range (the message names the nearest slates), or a snapshot that cannot be read.
    pub async fn open(snapshot: &Snapshot, request: Request) -> Result<Replay> {
        Replay::open_for(snapshot, request, &[]).await
    }

    /// The same, to be asked again by `later` versions (see [`Engine::expect`]).
    ///
    /// # Errors
    /// As for [`Replay::open`].
    pub async fn open_for(snapshot: &Snapshot, request: Request, later: &[Version]) -> Result<Replay> {
        let mut engine = Engine::within(snapshot, request.partitions, request.memory)?;
        let dates = asked_for(snapshot, &engine, request.dates).await?;
        let decides = |version: &&Version| dates.iter().any(|date| version.decides.contains(*date));
        engine.expect(&later.iter().filter(decides).cloned().collect::<Vec<_>>())?;
        Replay::on(snapshot, engine, &dates, request).await
    }

    /// A replay of some of the snapshot's slates, whatever `request.dates` says.
    pub(crate) async fn of_slates(snapshot: &Snapshot, dates: &[NaiveDate], request: Request) -> Result<Replay> {
        let engine = Engine::within(snapshot, request.partitions, request.memory)?;
        Replay::on(snapshot, engine, dates, request).await
    }

    /// The same by an engine over `snapshot` that is open already.
    pub(crate) async fn on(
        snapshot: &Snapshot,
        engine: Engine,
        dates: &[NaiveDate],
        request: Request,
    ) -> Result<Replay> {
        let slates = slates_on(dates, request.as_of, request.subset_version.as_deref())?;
        let combos = engine.combo_registry(snapshot).await?;
        let mut replay =
            Replay { engine, slates, versions: Vec::new(), combos, game_ids_are_sound: AtomicBool::new(false) };
        replay.ask(request.versions)?;
        Ok(replay)
    }

    /// Refuses a best-bets model that was chosen for this run and that no prediction of the snapshot is by.
    ///
    /// # Errors
    /// There is one; or the snapshot cannot be read.
    pub async fn ensure_chosen_champions_predicted(&self) -> Result<()> {
        let is_option = |version: &&Version| matches!(version.origin("champion"), Some(Origin::Option(_)));
        let chosen: BTreeSet<String> = self.versions.iter().filter(is_option).map(Version::champion).collect();
        if chosen.is_empty() {
            return Ok(());
        }
        let systems = "SELECT DISTINCT CAST(system_id AS VARCHAR) AS system_id FROM player_prop_predictions";
        let systems: Vec<System> = rows(&self.engine.query(systems).await?)?;
        let known = || systems.iter().map(|system| system.system_id.as_str());
        match chosen.iter().find(|champion| known().all(|system| system != champion.as_str())) {
            None => Ok(()),
            Some(stranger) => Err(Error::Request(RequestError::BadArgument {
                what: "best-bets model",
                value: stranger.clone(),
                reason: format!(
                    "predicted nothing in this snapshot{} (`reslate models` lists them)",
                    did_you_mean(stranger, known())
                ),
            })),
        }
    }

    /// Asks anew, by other versions over the same slates. What no version states or they share with those asked before is
    /// kept, the rest is to be computed again; see [`Engine::ask`].
    ///
    /// # Errors
    /// As for [`Engine::ask`].
    pub fn ask(&mut self, mut versions: Vec<Version>) -> Result<()> {
        versions.retain(|version| self.slates.iter().any(|slate| version.decides.contains(slate.game_date)));
        if let Some(combos) = &self.combos {
            versions.iter_mut().for_each(|version| version.combos.clone_from(combos));
        }
        self.engine.ask(&self.slates, &versions)?;
        self.versions = versions;
        if !self.engine.is_computed(MALFORMED)? {
            self.game_ids_are_sound = AtomicBool::new(false);
        }
        Ok(())
    }

    /// The `decisions` relation: a row per version, slate, player and game, in order of version, date, rank (those
    /// without one last), player and game. Columns: see `queries/decisions/decisions.sql`.
    ///
    /// # Errors
    /// Data that breaks the contract, game_ids that are not YYYYMMDD_AWAY_HOME among them.
    pub async fn decisions(&self) -> Result<Vec<RecordBatch>> {
        self.compute(&["decisions"]).await?;
        let sql = "SELECT * FROM decisions ORDER BY version, game_date, rank NULLS LAST, player_lookup, game_id";
        self.engine.query(sql).await
    }

    /// The same season by season to `each`, where one version decides: then no more than a season is in memory.
    ///
    /// # Errors
    /// As of [`Replay::decisions`], or what `each` fails by.
    pub async fn decisions_by_season(&self, mut each: impl FnMut(RecordBatch) -> Result<()>) -> Result<()> {
        if self.versions.len() != 1 {
            return self.decisions().await?.into_iter().try_for_each(each);
        }
        let sql = "SELECT * FROM decisions ORDER BY version, game_date, rank NULLS LAST, player_lookup, game_id";
        let each = async |engine: &Engine, rows: Vec<RecordBatch>| {
            self.engine.ledgers().refuse_repeats()?;
            ensure_well_formed_game_ids(engine).await?;
            rows.into_iter().try_for_each(&mut each)
        };
        self.engine.each_season(&["decisions", MALFORMED], sql, each).await
    }

    /// What decides, in a word: the version's id, or `as-deployed` where each date has its own.
    pub fn decided_by(&self) -> &str {
        match self.versions.as_slice() {
            [only] => &only.id,
            _ => AS_DEPLOYED,
        }
    }

    /// The filters of the versions, each once, in the order of the first version that has it.
    pub fn filters(&self) -> Vec<String> {
        let mut filters: Vec<String> = Vec::new();
        for filter in self.versions.iter().flat_map(|version| &version.filters) {
            if !filters.contains(filter) {
                filters.push(filter.clone());
            }
        }
        filters
    }

    /// The signals of the versions, each once, likewise.
    pub fn signals(&self) -> Vec<String> {
        let mut signals: Vec<String> = Vec::new();
        for signal in self.versions.iter().flat_map(|version| &version.signals) {
            if !signals.contains(signal) {
                signals.push(signal.clone());
            }
        }
        signals
    }

    /// Computes relations of the pipeline.
    ///
    /// # Errors
    /// Data that breaks the contract, game_ids that are not YYYYMMDD_AWAY_HOME and box scores that are there twice among them.
    pub async fn compute(&self, wanted: &[&str]) -> Result<()> {
        self.engine.compute(&[wanted, &[MALFORMED]].concat()).await?;
        self.engine.ledgers().refuse_repeats()?;
        self.ensure_well_formed_game_ids().await
    }

    /// On how many candidates something goes amiss with the versions' own definitions, in words, each with its version.
    ///
    /// # Errors
    /// Data that breaks the contract.
    pub async fn amiss(&self) -> Result<Vec<(String, String)>> {
        let amiss = self.engine.amiss();
        if amiss.is_empty() {
            return Ok(Vec::new());
        }
        self.compute(&["verdicts"]).await?;
        let count = |(at, amiss): (usize, &Amiss)| {
            format!("count(*) FILTER (WHERE {}) AS amiss_{at}", sql::name(&amiss.column()))
        };
        let counts = amiss.iter().enumerate().map(count).collect::<Vec<_>>().join(", ");
        let counts = format!("SELECT version, {counts} FROM verdicts GROUP BY version");
        let counts: Vec<serde_json::Map<String, serde_json::Value>> = rows(&self.engine.query(&counts).await?)?;
        let mut said = Vec::new();
        for version in &self.versions {
            let own = counts.iter().find(|row| row.get("version").and_then(|id| id.as_str()) == Some(&version.id));
            for (at, amiss) in amiss.iter().enumerate().filter(|(_, amiss)| version.defines(amiss.what, &amiss.name)) {
                let count = own.and_then(|row| row.get(&format!("amiss_{at}"))?.as_u64()).unwrap_or_default();
                if count > 0 {
                    let Amiss { what, name, mishap } = amiss;
                    let of = counted(count, "candidate");
                    let words = format!("{what} {name} {} on {of}; {}", mishap.name(), mishap.effect());
                    said.push((version.id.clone(), words));
                }
            }
        }
        Ok(said)
    }

    /// The same as warnings.
    ///
    /// # Errors
    /// Data that breaks the contract.
    pub async fn warnings(&self) -> Result<Vec<String>> {
        Ok(self.amiss().await?.into_iter().map(|(version, said)| format!("{version}: {said}")).collect())
    }

    /// Runs a user's query over the snapshot's tables and the pipeline's relations; see [`Engine::user_query`].
    ///
    /// # Errors
    /// The query does not plan or would write, or, where it names a relation, data that breaks the contract.
    pub async fn user_query(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        let wanted = self.engine.relations_in(sql)?;
        if !wanted.is_empty() {
            self.compute(&wanted).await?;
        }
        self.engine.user_query(sql).await
    }

    async fn ensure_well_formed_game_ids(&self) -> Result<()> {
        if self.game_ids_are_sound.load(Ordering::Relaxed) {
            return Ok(());
        }
        ensure_well_formed_game_ids(&self.engine).await?;
        self.game_ids_are_sound.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// Refuses candidates whose game_id is none; what is computed of them is [`MALFORMED`].
async fn ensure_well_formed_game_ids(engine: &Engine) -> Result<()> {
    let malformed = format!("SELECT game_date, game_id FROM {MALFORMED} ORDER BY game_date, game_id LIMIT 1");
    if let Some(batch) = engine.query(&malformed).await?.first().filter(|batch| batch.num_rows() > 0) {
        let days = batch.column(0).as_primitive::<Date32Type>().value(0);
        return Err(Error::Snapshot(SnapshotError::BadGameId {
            table: "player_prop_predictions",
            date: Date32Type::to_naive_date_opt(days).unwrap_or_default(),
            value: batch.column(1).as_string_view().value(0).to_owned(),
        }));
    }
    Ok(())
}

/// The relation of candidates whose game_id is none.
const MALFORMED: &str = "malformed_games";

#[derive(Deserialize)]
struct System {
    system_id: String,
}

/// The slates among `known` (ascending) that are asked for.
pub(crate) fn wanted(known: &[NaiveDate], dates: Dates) -> Result<Vec<NaiveDate>> {
    let (Some(first), Some(newest)) = (known.first().copied(), known.last().copied()) else {
        return Err(RequestError::NoPredictions.into());
    };
    match dates {
        Dates::Newest => Ok(vec![newest]),
        Dates::On(date) if known.binary_search(&date).is_ok() => Ok(vec![date]),
        Dates::On(date) => Err(RequestError::NoSlate { date, nearest: nearest(known, date) }.into()),
        Dates::Range { from, to } => {
            if let (Some(from), Some(to)) = (from, to)
                && from > to
            {
                return Err(RequestError::RangeReversed { from, to }.into());
            }
            // An open end reaches the snapshot's own, or the given end when that lies beyond.
            let (from, to) = (
                from.unwrap_or(to.map_or(first, |to| to.min(first))),
                to.unwrap_or(from.map_or(newest, |from| from.max(newest))),
            );
            let within: Vec<NaiveDate> = known.iter().copied().filter(|date| (from..=to).contains(date)).collect();
            if within.is_empty() {
                return Err(RequestError::NoSlateInRange { from, to, nearest: nearest(known, from) }.into());
            }
            Ok(within)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn dates_are_found_among_the_slates() {
        let known = [date("2026-02-10"), date("2026-02-12")];
        assert_eq!(wanted(&known, Dates::Newest).unwrap(), [date("2026-02-12")]);
        assert_eq!(wanted(&known, Dates::On(date("2026-02-10"))).unwrap(), [date("2026-02-10")]);
        let all = Dates::Range { from: None, to: None };
        assert_eq!(wanted(&known, all).unwrap(), known);
        let error = wanted(&known, Dates::On(date("2026-02-11"))).unwrap_err().to_string();
        assert_eq!(error, "no games on 2026-02-11; the nearest slates are 2026-02-10 and 2026-02-12");
        let reversed = Dates::Range { from: Some(date("2026-02-12")), to: Some(date("2026-02-10")) };
        assert!(matches!(wanted(&known, reversed), Err(Error::Request(RequestError::RangeReversed { .. }))));
        let gap = Dates::Range { from: Some(date("2026-02-11")), to: Some(date("2026-02-11")) };
        assert!(matches!(wanted(&known, gap), Err(Error::Request(RequestError::NoSlateInRange { .. }))));
        let beyond = Dates::Range { from: Some(date("2026-03-01")), to: None };
        let error = wanted(&known, beyond).unwrap_err().to_string();
        assert_eq!(error, "no slate from 2026-03-01 to 2026-03-01; the snapshot's last slate is 2026-02-12");
        assert!(matches!(wanted(&[], Dates::Newest), Err(Error::Request(RequestError::NoPredictions))));
    }
}
