//! The most likely cause of each difference: the alternatives that reproduce the record, one thing otherwise before
//! two.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::alternatives::{Alternative, Material, Picks, Question};
use super::bets::Predicted;
use super::case::Case;
use super::moments::Times;
use super::report::{Cause, DifferenceKind};
use super::rows::{Wanted, is_after};
use super::search::Search;
use super::stale::find_stale;
use super::trace::Traces;
use crate::error::Result;
use crate::export::{PickKey, Row, agree, differing, text_of};
use crate::replay::Replay;
use crate::version::Version;

/// Best-bets models that production ran, besides those that rows name.
const CHAMPIONS: [&str; 2] = ["catboost_v9", "catboost_v12"];

/// Alternatives and what each picks.
struct Answers {
    alternatives: Vec<Alternative>,
    picked: Vec<Picks>,
}

impl Search<'_> {
    /// Finds the causes of `cases` as far as there are any, and traces the rest; `replay` is asked anew.
    ///
    /// Each question is asked of all slates at once, what is cheap first: what a question computes is there for the
    /// next one over the same slates, and slates seen from an earlier time are others.
    ///
    /// # Errors
    /// Data that breaks the contract.
    pub async fn explain(&self, replay: &mut Replay, cases: &mut [Case]) -> Result<()> {
        self.find_impossible(replay, cases).await?;
        let traces = Traces::of(replay, self.versions, cases).await?;
        let now = Times::default();
        let of_both = |material: &Material<'_>| [material.singles(), material.pairs()].concat();
        let expected: Vec<Version> =
            self.alternatives(cases, &now, of_both).iter().map(|alternative| alternative.version().clone()).collect();
        replay.engine.expect(&expected)?;
        let singles = self.ask(replay, cases, &now, |material| material.singles()).await?;
        self.settle(&singles, cases, &now);
        for case in cases.iter_mut().filter(|case| case.is_open()) {
            case.reasons.extend(case.tie.take());
        }
        let pairs = self.ask(replay, cases, &now, |material| material.pairs()).await?;
        replay.engine.expect(&[])?;
        let open: Vec<&Case> = cases.iter().filter(|case| self.is_asked(case)).collect();
        let times = Times::of(replay, self.snapshot, self.slates, &open).await?;
        let seen_earlier = |material: &Material<'_>| {
            let mut alternatives = of_both(material);
            alternatives.retain(Alternative::is_seen_earlier);
            alternatives
        };
        let (one, two) = self.ask(replay, cases, &times, seen_earlier).await?.by_number();
        self.settle(&one, cases, &times);
        self.settle(&pairs, cases, &now);
        self.settle(&two, cases, &times);
        find_stale(self, replay, cases).await?;
        for case in cases.iter_mut() {
            case.conclude();
        }
        traces.write(cases, &times, self.snapshot);
        Ok(())
    }

    /// Whether alternatives are asked about a case. Of a row by another writer also what comes near it counts.
    fn is_asked(&self, case: &Case) -> bool {
        case.is_open() && (case.impossible.is_none() || case.other_writer.is_some())
    }

    /// Finds the rows that no alternative can write, whatever else was otherwise.
    async fn find_impossible(&self, replay: &Replay, cases: &mut [Case]) -> Result<()> {
        let keys =
            cases.iter().filter(|case| case.is_open() && case.recorded.is_some()).map(|case| &case.key).collect();
        let predicted = Predicted::of(replay, &keys).await?;
        for case in cases.iter_mut().filter(|case| case.is_open()) {
            case.impossible = case.recorded.as_ref().and_then(|row| predicted.contradicts(row));
        }
        Ok(())
    }

    /// The alternatives in which what is still open may have been recorded.
    fn alternatives(
        &self,
        cases: &[Case],
        times: &Times,
        alternatives_of: impl Fn(&Material<'_>) -> Vec<Alternative>,
    ) -> Vec<Alternative> {
        let mut alternatives = Vec::new();
        for base in self.versions {
            let of_base = || cases.iter().filter(|case| self.is_asked(case) && case.version == base.id);
            // Without a row that it may prove to have written no alternative is believed but one that is seen from
            // another time.
            if of_base().all(|case| case.recorded.is_none()) && (times.rounds() == 0 || of_base().next().is_none()) {
                continue;
            }
            let recorded =
                |column: &'static str| of_base().filter_map(move |case| text_of(case.recorded.as_ref()?, column));
            let mut champions: BTreeSet<String> = CHAMPIONS.iter().map(|id| (*id).to_owned()).collect();
            champions.extend(recorded("system_id"));
            champions.remove(&base.champion());
            let is_other = |other: &&Version| other.algorithm_version == base.algorithm_version && other.id != base.id;
            let same_name = self.known.deciding().iter().filter(is_other);
            alternatives.extend(alternatives_of(&Material {
                base,
                same_name: same_name.cloned().collect(),
                champions,
                has_health: self.snapshot.table("signal_health_daily").is_some(),
                combos: recorded("matched_combo_id").collect(),
                rounds: times.rounds(),
            }));
        }
        alternatives
    }

    /// What these alternatives pick.
    async fn ask(
        &self,
        replay: &mut Replay,
        cases: &[Case],
        times: &Times,
        alternatives_of: impl Fn(&Material<'_>) -> Vec<Alternative>,
    ) -> Result<Answers> {
        let alternatives = self.alternatives(cases, times, alternatives_of);
        if alternatives.is_empty() {
            return Ok(Answers { alternatives, picked: Vec::new() });
        }
        let mut wanted = Wanted::default();
        for case in cases.iter().filter(|case| self.is_asked(case)) {
            if self.takes_slate(case) {
                wanted.slates.insert(case.key.date);
            } else {
                wanted.picks.insert(case.key.clone());
            }
        }
        let dates: BTreeSet<NaiveDate> =
            wanted.slates.iter().copied().chain(wanted.picks.iter().map(|key| key.date)).collect();
        let question = Question {
            snapshot: self.snapshot,
            subset_version: self.subset_version,
            times,
            dates: &dates,
            wanted: &wanted,
        };
        let picked = question.ask(replay, &alternatives).await?;
        Ok(Answers { alternatives, picked })
    }

    /// Gives what is open the reasons of the alternatives that reproduce it.
    fn settle(&self, Answers { alternatives, picked }: &Answers, cases: &mut [Case], times: &Times) {
        // Of the alternatives that explain a case, the one that explains most of its slate, then most of all, is the
        // likeliest.
        let mut explained = BTreeMap::<usize, Vec<usize>>::new();
        let mut of_slates = BTreeMap::<(usize, &str, NaiveDate), usize>::new();
        let mut of_all = vec![0; alternatives.len()];
        let mut is_proved = vec![false; alternatives.len()];
        for (place, case) in cases.iter().enumerate().filter(|(_, case)| self.is_asked(case)) {
            for (at, (alternative, picked)) in alternatives.iter().zip(picked).enumerate() {
                if is_of(alternative, case, times) && self.explains(alternative, picked, case) {
                    explained.entry(place).or_default().push(at);
                    *of_slates.entry((at, &alternative.base, case.key.date)).or_default() += 1;
                    of_all[at] += 1;
                    is_proved[at] |= case.recorded.is_some();
                }
            }
        }
        // That an alternative picks too little proves nothing: it must give a row, of whichever slate, that the replay
        // does not; or be that of the time at which the slate's own rows were written.
        let is_believed = |case: &Case, at: usize| {
            case.recorded.is_some()
                || is_proved[at]
                || alternatives[at].is_seen_earlier()
                    && self.slate(case).is_some_and(|slate| !slate.recorded.is_empty())
        };
        for (place, case) in cases.iter_mut().enumerate().filter(|(_, case)| self.is_asked(case)) {
            let weight = |at: &&usize| {
                let of_slate = of_slates.get(&(**at, case.version.as_str(), case.key.date)).copied();
                (of_slate, of_all[**at], Reverse(**at))
            };
            let believed = explained.get(&place).into_iter().flatten().filter(|at| is_believed(case, **at));
            if let Some(at) = believed.max_by_key(weight) {
                case.reasons.clone_from(&alternatives[*at].reasons);
                continue;
            }
            for (alternative, picked) in alternatives.iter().zip(picked) {
                if is_of(alternative, case, times) {
                    case.compare(alternative, picked, self.left_out);
                }
            }
        }
    }

    /// Whether an alternative must give the whole slate as it is recorded to explain a case.
    ///
    /// That an alternative does not pick something says little by itself, nor that it gives a row of a slate on which
    /// the replay picks nothing at all, since that may also be a stale one, nor the rank of one of equal scores.
    fn takes_slate(&self, case: &Case) -> bool {
        let picks_nothing = || self.slate(case).is_some_and(|slate| slate.picks().next().is_none());
        case.kind == DifferenceKind::Missing
            || case.tie.is_some()
            || case.kind == DifferenceKind::Extra && picks_nothing()
    }

    /// Whether an alternative reproduces a case: it has the recorded row as it is, or does not pick what is not
    /// recorded.
    fn explains(&self, alternative: &Alternative, picked: &Picks, case: &Case) -> bool {
        let Some(slate) = self.slate(case) else { return false };
        let reproduces =
            |key: &PickKey, row: &Row| picked.get(key).is_some_and(|replayed| agree(row, replayed, self.left_out));
        let nothing_else = || picked.keys().filter(|key| key.date == case.key.date).all(|key| slate.is_recorded(key));
        let whole = || slate.recorded.iter().all(|(key, row)| reproduces(key, row)) && nothing_else();
        let matched = || slate.matched(self.left_out).all(|(key, row)| reproduces(key, row)) && nothing_else();
        match &case.recorded {
            _ if case.tie.is_some() => whole(),
            None => !picked.contains_key(&case.key) && (!alternative.is_of_slates() || matched()),
            Some(row) => reproduces(&case.key, row) && (!self.takes_slate(case) || whole()),
        }
    }
}

impl Answers {
    /// Those with one thing otherwise, and those with two.
    fn by_number(self) -> (Answers, Answers) {
        let pairs = self.alternatives.into_iter().zip(self.picked);
        let (one, two): (Vec<_>, Vec<_>) = pairs.partition(|(alternative, _)| alternative.reasons.len() < 2);
        let answers = |pairs: Vec<(Alternative, Picks)>| {
            let (alternatives, picked) = pairs.into_iter().unzip();
            Answers { alternatives, picked }
        };
        (answers(one), answers(two))
    }
}

/// Whether an alternative is one of a case: of its version, and where it is seen from some time, from that of the run
/// in which the row was written.
fn is_of(alternative: &Alternative, case: &Case, times: &Times) -> bool {
    let is_of_run = || {
        let Some(run) = alternative.time(case.key.date, times) else { return false };
        case.written.is_none_or(|moment| is_after(moment, case.key.date) || (run.at..=run.until).contains(&moment))
    };
    alternative.base == case.version && (!alternative.is_seen_earlier() || is_of_run())
}

impl Case {
    /// Remembers an alternative if it comes nearer to the record than those before.
    fn compare(&mut self, alternative: &Alternative, picked: &Picks, left_out: &[&str]) {
        let (Some(row), Some(replayed)) = (&self.recorded, picked.get(&self.key)) else { return };
        let left: Vec<String> =
            differing(row, replayed, left_out).into_iter().map(|differing| differing.column).collect();
        if self.nearest.as_ref().is_none_or(|(_, before)| left.len() < before.len()) {
            self.nearest = Some((alternative.reasons.clone(), left));
        }
    }

    /// Adds what is known of the row's writer, who may have had something else otherwise, too; and that nothing is
    /// recorded where nothing else was found.
    fn conclude(&mut self) {
        if self.is_open() {
            self.reasons.extend(self.silence.take());
        }
        let Some(writer) = self.other_writer.take() else { return };
        if self.reasons.iter().any(|reason| reason.cause == Cause::OtherWriter) {
            return;
        }
        if self.is_open()
            && let Some((reasons, left)) = &self.nearest
        {
            // What comes nearer and leaves nothing different that was not before is part of it.
            let before: Vec<&String> = self.columns.iter().map(|differing| &differing.column).collect();
            let is_part = self.kind == DifferenceKind::Extra && self.columns.is_empty()
                || left.len() < before.len() && left.iter().all(|name| before.contains(&name));
            if is_part {
                self.reasons.clone_from(reasons);
            }
        }
        self.reasons.insert(0, writer);
    }
}
