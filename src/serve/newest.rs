//! One computation at a time, and the newest question wins.

use tokio::sync::{mpsc, oneshot};

use super::{Answers, Question};
use crate::error::Result;

/// Where questions are put; a clone is of the same desk.
#[derive(Clone)]
pub struct Desk(mpsc::Sender<Asked>);

/// The questions that were put, to [`answer`] them.
pub struct Pile(mpsc::Receiver<Asked>);

struct Asked {
    question: Question,
    answer: oneshot::Sender<Result<String>>,
}

/// A desk and what is put there.
pub fn desk() -> (Desk, Pile) {
    // They are taken away at once, so room for one is enough.
    let (sender, receiver) = mpsc::channel(1);
    (Desk(sender), Pile(receiver))
}

impl Desk {
    /// The answer; none when a newer question came before it. Whoever drops the future wants no answer any more.
    pub async fn ask(&self, question: Question) -> Option<Result<String>> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Asked { question, answer }).await.ok()?;
        answered.await.ok()
    }
}

/// Answers until the desk is gone. A newer question, or the end of who asked, drops the computation where it is.
pub async fn answer(mut pile: Pile, mut answers: impl Answers) {
    let mut next = pile.0.recv().await;
    while let Some(Asked { question, answer: mut answered }) = next {
        next = tokio::select! {
            biased;
            newer = pile.0.recv() => newer,
            () = answered.closed() => pile.0.recv().await,
            answer = answers.answer(&question) => {
                // Who has gone meanwhile misses nothing.
                answered.send(answer).ok();
                pile.0.recv().await
            }
        };
    }
}
