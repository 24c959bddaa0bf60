//! Connections, each with one question, and what clients may take of memory and time.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy, sink};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::http::Site;

/// What clients may take. Those of a browser stay far within.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at a time; for one more, the oldest that waits for no computation gives way.
    pub connections: usize,
    /// Bytes of a question: its first line and headers.
    pub question: usize,
    /// From the connection to the end of the question.
    pub asking: Duration,
    /// From the answer to its last byte taken.
    pub reading: Duration,
}

impl Limits {
    pub const USUAL: Limits = Limits {
        connections: 100,
        question: 16 * 1024,
        asking: Duration::from_secs(60),
        reading: Duration::from_secs(30),
    };
}

/// How much of what a client sends beyond its question is read and thrown away, and for how long, so that it gets to see the
/// answer: a connection closed over unread bytes is reset, and the answer may be lost with it.
const EXCESS: u64 = 1024 * 1024;
const EXCESS_TIME: Duration = Duration::from_secs(1);

/// The open connections, oldest first. They end when this is dropped.
pub struct Connections {
    open: VecDeque<Connection>,
    limits: Limits,
    site: Arc<Site>,
}

struct Connection {
    task: JoinHandle<()>,
    /// Whether its question is being answered.
    is_busy: Arc<AtomicBool>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Connections {
    pub fn new(site: Site, limits: Limits) -> Connections {
        Connections { open: VecDeque::new(), limits, site: Arc::new(site) }
    }

    /// Takes a new one. Where all others wait for a computation, it is closed at once.
    pub fn take(&mut self, stream: TcpStream) {
        self.open.retain(|connection| !connection.task.is_finished());
        if self.open.len() >= self.limits.connections {
            let idle = self.open.iter().position(|connection| !connection.is_busy.load(Ordering::Relaxed));
            let Some(idle) = idle else { return };
            self.open.remove(idle);
        }
        let is_busy = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn(converse(stream, Arc::clone(&self.site), Arc::clone(&is_busy), self.limits));
        self.open.push_back(Connection { task, is_busy });
    }
}

/// One question and its answer. A client that goes away drops the work on its answer.
pub async fn converse(mut stream: TcpStream, site: Arc<Site>, is_busy: Arc<AtomicBool>, limits: Limits) {
    let answered = Notify::new();
    let service = service_fn(async |request: Request<Incoming>| {
        is_busy.store(true, Ordering::Relaxed);
        let answer = site.answer(request).await;
        is_busy.store(false, Ordering::Relaxed);
        answered.notify_one();
        Ok::<_, Infallible>(answer)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.asking)
        .max_buf_size(limits.question)
        .keep_alive(false)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(&mut stream), service);
    let overdue = async {
        answered.notified().await;
        sleep(limits.reading).await;
    };
    tokio::select! {
        // Whether all of it was taken or the client has gone: there is nobody to tell.
        _ = connection => {}
        () = overdue => return,
    }
    if stream.shutdown().await.is_ok() {
        timeout(EXCESS_TIME, copy(&mut stream.take(EXCESS), &mut sink())).await.ok();
    }
}
