//! Connections, each with one question, and what clients may take of memory and time.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf, copy, sink};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::http::Site;

/// What clients may take. Those of a browser stay far within.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at a time; for one more, the oldest that waits for no computation gives way.
    pub connections: usize,
    /// Bytes of a question's first line and headers.
    pub question: usize,
    /// From the connection to the end of the question.
    pub asking: Duration,
    /// From the answer to its last byte taken.
    pub reading: Duration,
    /// Without a byte of the answer taken.
    pub stalling: Duration,
}

impl Limits {
    pub const USUAL: Limits = Limits {
        connections: 100,
        question: 16 * 1024,
        asking: Duration::from_secs(60),
        reading: Duration::from_secs(30),
        stalling: Duration::from_secs(5),
    };
}

/// The most bytes of an answer that the system keeps for a client that takes none, of which it makes about twice as many;
/// by itself it keeps some megabytes.
pub const UNSENT: u32 = 256 * 1024;

/// How much of what a client sends beyond its question is read and thrown away, so that it gets to see the answer: a
/// connection closed over unread bytes is reset, and the answer may be lost with it.
const EXCESS: u64 = 1024 * 1024;

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
pub async fn converse(stream: TcpStream, site: Arc<Site>, is_busy: Arc<AtomicBool>, limits: Limits) {
    let until = Instant::now() + limits.asking;
    let (answered, taken, is_unread) = (Notify::new(), Notify::new(), AtomicBool::new(false));
    let mut client = Client { stream, taken: &taken, is_unread: &is_unread };
    let service = service_fn(async |request: Request<Incoming>| {
        let answer = site.answer(request, until, || is_busy.store(true, Ordering::Relaxed)).await;
        is_busy.store(false, Ordering::Relaxed);
        is_unread.store(true, Ordering::Relaxed);
        answered.notify_one();
        Ok::<_, Infallible>(answer)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.asking)
        .max_buf_size(limits.question)
        .keep_alive(false)
        .auto_date_header(false)
        .serve_connection(TokioIo::new(&mut client), service);
    let overdue = async {
        answered.notified().await;
        timeout(limits.reading, async { while timeout(limits.stalling, taken.notified()).await.is_ok() {} }).await.ok();
    };
    tokio::select! {
        // Whether all of it was taken or the client has gone: there is nobody to tell.
        _ = connection => {}
        () = overdue => return,
    }
    let stream = &mut client.stream;
    if stream.shutdown().await.is_ok()
        && timeout(limits.stalling, copy(&mut stream.take(EXCESS), &mut sink())).await.is_ok()
    {
        is_unread.store(false, Ordering::Relaxed);
    }
}

/// A connection that tells when bytes of an answer are taken. One that is closed before the client has closed it takes along
/// what it did not read: the system would keep that for minutes.
struct Client<'a> {
    stream: TcpStream,
    taken: &'a Notify,
    /// Whether there is an answer that may not have been read.
    is_unread: &'a AtomicBool,
}

impl Drop for Client<'_> {
    fn drop(&mut self) {
        if self.is_unread.load(Ordering::Relaxed) {
            self.stream.set_zero_linger().ok();
        }
    }
}

impl Client<'_> {
    fn taking(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(1..)) = written {
            self.taken.notify_one();
        }
        written
    }
}

impl AsyncRead for Client<'_> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context, into: &mut ReadBuf) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Client<'_> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.taking(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context,
        slices: &[IoSlice],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.taking(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
