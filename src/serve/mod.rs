//! A replay to move: its page served on this machine, with sliders for the version's thresholds, and a place to write signals
//! and filters.

mod connections;
mod http;
mod idea;
mod knobs;
mod mistake;
mod newest;
#[cfg(test)]
mod tests;
mod words;

pub use http::Server;

use serde::Serialize;

use crate::error::{Error, RequestError, Result};
use crate::replay::{Replay, Request};
use crate::report::{self, Page, ReplayOutline};
use crate::snapshot::Snapshot;
use crate::version::Version;
use idea::{Edit, Idea};
use words::Words;

/// A replay by one version that is asked again whenever a threshold moves or a definition changes: whatever depends on none
/// is kept.
pub struct Live {
    snapshot: Snapshot,
    replay: Replay,
    version: Version,
    /// What the replay decides by now; none when it could not be asked.
    decided: Option<Idea>,
}

/// Thresholds with their values, as `--set` has them, and signals and filters that are switched (`signal.NAME` and
/// `filter.NAME`, `on` or `off`), in the order of their names.
pub type Settings = std::collections::BTreeMap<String, String>;

/// What can be asked of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// How the slates go.
    Outline,
    /// All that its page shows.
    Page,
    /// What can be moved and switched of what is written.
    Edit,
    /// What is written, moved and switched, as a version file.
    File,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub part: Part,
    /// What is to be decided by.
    pub idea: Idea,
}

/// Who answers a server's questions.
pub trait Answers: Send + 'static {
    /// The answer as JSON. The future may be dropped before its end, when nobody waits for it any more.
    fn answer(&mut self, question: &Question) -> impl Future<Output = Result<String>> + Send;
}

/// What the served page has besides its data.
#[derive(Serialize)]
struct OfServer<'v> {
    /// The version's id.
    version: &'v str,
    edit: Edit,
    words: Words,
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
        let version = version.clone();
        let replay = Replay::open(&snapshot, request).await?;
        replay.ensure_chosen_champions_predicted().await?;
        Ok(Live { snapshot, replay, version, decided: Some(Idea::default()) })
    }

    /// The page as the version decides, with its sliders, as HTML.
    ///
    /// # Errors
    /// Data that breaks the contract.
    pub async fn html(&mut self) -> Result<String> {
        let nothing = Idea::default();
        let page = self.page(&nothing).await?;
        let of_server = OfServer {
            version: &self.version.id,
            edit: nothing.edit(&self.version)?,
            words: Words::of(&self.version)?,
        };
        report::live_html(&page, &of_server)
    }

    /// How the slates go with `idea`.
    ///
    /// # Errors
    /// What is no idea (see [`Idea::version`]), or data that breaks the contract.
    async fn outline(&mut self, idea: &Idea) -> Result<ReplayOutline> {
        self.decide(idea)?;
        report::outline(&self.replay).await
    }

    /// The whole page with `idea`.
    ///
    /// # Errors
    /// As for [`Live::outline`].
    async fn page(&mut self, idea: &Idea) -> Result<Page> {
        self.decide(idea)?;
        Ok(Page::Replay(Box::new(report::replay(&self.replay, &self.snapshot).await?)))
    }

    /// Lets the replay decide by `idea` from now on, with whatever of it was computed before.
    fn decide(&mut self, idea: &Idea) -> Result<()> {
        if self.decided.as_ref() == Some(idea) {
            return Ok(());
        }
        let version = idea.version(&self.version)?;
        self.decided = None;
        self.replay.ask(vec![version])?;
        self.decided = Some(idea.clone());
        Ok(())
    }
}

impl Answers for Live {
    async fn answer(&mut self, question: &Question) -> Result<String> {
        let idea = &question.idea;
        let answer = match question.part {
            Part::Edit => return json(&idea.edit(&self.version)?),
            Part::File => return json(&idea.file(&self.version)?),
            Part::Outline => self.outline(idea).await.and_then(|outline| json(&outline)),
            Part::Page => self.page(idea).await.and_then(|page| json(&page)),
        };
        answer.map_err(|error| mistake::of_definitions(error, idea))
    }
}

fn json(data: &impl Serialize) -> Result<String> {
    serde_json::to_string(data).map_err(Error::Json)
}
