//! A replay to move: its page served on this machine, with sliders for the version's thresholds.

mod connections;
mod http;
mod knobs;
mod newest;
#[cfg(test)]
mod tests;

pub use http::Server;
pub use knobs::Knob;

use crate::error::{Error, RequestError, Result};
use crate::replay::{Replay, Request};
use crate::report::{self, Page, ReplayOutline};
use crate::snapshot::Snapshot;
use crate::version::Version;

/// A replay by one version that is asked again whenever a threshold moves: whatever depends on no threshold is kept.
pub struct Live {
    snapshot: Snapshot,
    replay: Replay,
    version: Version,
    knobs: Vec<Knob>,
    /// The settings by which the replay decides now; none when it could not be asked.
    decided: Option<Settings>,
}

/// Thresholds with their values, as `--set` has them, in the order of their names.
pub type Settings = std::collections::BTreeMap<String, String>;

/// What can be asked of a replay when its thresholds move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// How the slates go.
    Outline,
    /// All that its page shows.
    Page,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub part: Part,
    pub settings: Settings,
}

/// Who answers a server's questions.
pub trait Answers: Send + 'static {
    /// The answer as JSON. The future may be dropped before its end, when nobody waits for it any more.
    fn answer(&mut self, question: &Question) -> impl Future<Output = Result<String>> + Send;
}

impl Live {
    /// Opens what `request` asks for.
    ///
    /// # Errors
    /// As for [`Replay::open`]; several versions, since a slider is of one.
    pub async fn open(snapshot: Snapshot, request: Request) -> Result<Live> {
        let [version] = request.versions.as_slice() else {
            return Err(Error::Request(RequestError::BadArgument {
                what: "--version",
                value: crate::version::AS_DEPLOYED.to_owned(),
                reason: "is several versions, and a slider moves one; name one (`reslate versions` lists them)"
                    .to_owned(),
            }));
        };
        let (version, knobs) = (version.clone(), knobs::of(version));
        let replay = Replay::open(&snapshot, request).await?;
        replay.ensure_chosen_champions_predicted().await?;
        Ok(Live { snapshot, replay, version, knobs, decided: Some(Settings::new()) })
    }

    /// The page as the version decides, with its sliders, as HTML.
    ///
    /// # Errors
    /// Data that breaks the contract.
    pub async fn html(&mut self) -> Result<String> {
        let page = self.page(&Settings::new()).await?;
        report::live_html(&page, &self.knobs)
    }

    /// How the slates go with `settings`.
    ///
    /// # Errors
    /// A setting that no slider has, or a value it cannot have; data that breaks the contract.
    pub async fn outline(&mut self, settings: &Settings) -> Result<ReplayOutline> {
        self.decide(settings)?;
        report::outline(&self.replay).await
    }

    /// The whole page with `settings`.
    ///
    /// # Errors
    /// As for [`Live::outline`].
    pub async fn page(&mut self, settings: &Settings) -> Result<Page> {
        self.decide(settings)?;
        Ok(Page::Replay(Box::new(report::replay(&self.replay, &self.snapshot).await?)))
    }

    /// Lets the replay decide by `settings` from now on, with whatever of it was computed before.
    fn decide(&mut self, settings: &Settings) -> Result<()> {
        if self.decided.as_ref() == Some(settings) {
            return Ok(());
        }
        let mut version = self.version.clone();
        for (name, value) in settings {
            if !self.knobs.iter().any(|knob| knob.name == *name) {
                let names: Vec<&str> = self.knobs.iter().map(|knob| knob.name.as_str()).collect();
                let reason = format!("has no slider; those there are: {}", names.join(", "));
                return Err(RequestError::BadArgument { what: "setting", value: name.clone(), reason }.into());
            }
            version.set(name, value)?;
        }
        self.decided = None;
        self.replay.ask(vec![version])?;
        self.decided = Some(settings.clone());
        Ok(())
    }
}

impl Answers for Live {
    async fn answer(&mut self, question: &Question) -> Result<String> {
        match question.part {
            Part::Outline => json(&self.outline(&question.settings).await?),
            Part::Page => json(&self.page(&question.settings).await?),
        }
    }
}

fn json(data: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(data).map_err(Error::Json)
}
