//! What clients do to each other and to the server, with answers that come when they are told to.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::connections::{Limits, converse};
use super::http::{Server, Site};
use super::newest;
use super::{Answers, Question};
use crate::error::{Error, Result};

/// What takes longer does not come.
const BOUND: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(50);

/// Answers `quick=x` at once and `held=x` never, fails by `failing=x` and panics by `panicking=x`; tells what it began and
/// what of it was dropped.
struct Told(mpsc::UnboundedSender<String>);

struct Work {
    name: String,
    is_done: bool,
    told: mpsc::UnboundedSender<String>,
}

impl Drop for Work {
    fn drop(&mut self) {
        if !self.is_done {
            self.told.send(format!("{} dropped", self.name)).ok();
        }
    }
}

impl Answers for Told {
    async fn answer(&mut self, question: &Question) -> Result<String> {
        let (how, name) = question.idea.settings.first_key_value().unwrap();
        let mut work = Work { name: name.clone(), is_done: false, told: self.0.clone() };
        self.0.send(format!("{name} begun")).unwrap();
        match how.as_str() {
            "held" => std::future::pending().await,
            "panicking" => std::panic::resume_unwind(Box::new("told to")),
            _ => work.is_done = true,
        }
        if how == "failing" { Err(Error::Engine("/home/somebody/nba is gone".into())) } else { Ok(name.clone()) }
    }
}

struct Served {
    port: u16,
    events: mpsc::UnboundedReceiver<String>,
    end: oneshot::Sender<()>,
    running: JoinHandle<Result<()>>,
}

impl Served {
    async fn start(limits: Limits) -> Served {
        let server = Server::with(0, limits).await.unwrap();
        let port: u16 = server.address().trim_end_matches('/').rsplit_once(':').unwrap().1.parse().unwrap();
        let (sender, events) = mpsc::unbounded_channel();
        let (end, ended) = oneshot::channel();
        let running = tokio::spawn(async move {
            let ended = async {
                ended.await.unwrap();
                Ok(())
            };
            server.run("the page".to_owned(), Told(sender), |_| (), ended).await
        });
        Served { port, events, end, running }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.unwrap()
    }

    async fn ask(&self, path: &str) -> TcpStream {
        let mut stream = self.connect().await;
        let question = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", self.port);
        stream.write_all(question.as_bytes()).await.unwrap();
        stream
    }

    async fn event(&mut self) -> String {
        timeout(BOUND, self.events.recv()).await.unwrap().unwrap()
    }
}

/// All that comes until the server closes.
async fn heard(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    timeout(BOUND, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer
}

async fn said(stream: TcpStream) -> String {
    let answer = heard(stream).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    format!("{} {}", head.split(' ').nth(1).unwrap(), body.trim_end())
}

const OVERTAKEN: &str = "409 overtaken by a newer question, since one is answered at a time; ask again";

#[tokio::test]
async fn the_newest_question_wins() {
    let mut served = Served::start(Limits::USUAL).await;
    let first = served.ask("/page?held=a").await;
    assert_eq!(served.event().await, "a begun");
    let second = served.ask("/outline?held=b").await;
    assert_eq!(served.event().await, "a dropped");
    assert_eq!(served.event().await, "b begun");
    assert_eq!(said(first).await, OVERTAKEN);
    // What needs no computation overtakes nothing.
    assert_eq!(said(served.ask("/").await).await, "200 the page");
    assert!(said(served.ask("/nothing").await).await.starts_with("404 "));
    let third = served.ask("/page?quick=c").await;
    assert_eq!(served.event().await, "b dropped");
    assert_eq!((said(second).await.as_str(), said(third).await.as_str()), (OVERTAKEN, "200 c"));
    assert_eq!(served.event().await, "c begun");
}

#[tokio::test]
async fn nothing_is_computed_for_who_has_gone() {
    let mut served = Served::start(Limits::USUAL).await;
    let client = served.ask("/page?held=a").await;
    assert_eq!(served.event().await, "a begun");
    drop(client);
    assert_eq!(served.event().await, "a dropped");
    assert_eq!(said(served.ask("/page?quick=b").await).await, "200 b");
}

#[tokio::test]
async fn the_oldest_that_waits_for_nothing_gives_way() {
    let mut served = Served::start(Limits { connections: 3, ..Limits::USUAL }).await;
    let busy = served.ask("/page?held=a").await;
    assert_eq!(served.event().await, "a begun");
    let (silent, mut slow) = (served.connect().await, served.connect().await);
    slow.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
    assert_eq!(said(served.ask("/").await).await, "200 the page");
    assert_eq!(heard(silent).await, "");
    // The answered one may still be closing, so the slow one may have to go next, but who waits for an answer does not.
    for _ in 0..10 {
        assert_eq!(said(served.ask("/").await).await, "200 the page");
    }
    assert_eq!(said(served.ask("/page?quick=b").await).await, "200 b");
    assert_eq!(said(busy).await, OVERTAKEN);
}

#[tokio::test]
async fn errors_are_told_without_what_they_say_of_the_machine() {
    let served = Served::start(Limits::USUAL).await;
    let failed = said(served.ask("/page?failing=a").await).await;
    assert_eq!(failed, "500 it cannot be computed; reslate says why where it runs");
    assert_eq!(said(served.ask("/page?quick=b").await).await, "200 b");
}

#[tokio::test]
async fn it_ends_whatever_clients_do() {
    let mut served = Served::start(Limits::USUAL).await;
    let (_silent, mut slow, _reads_nothing) = (served.connect().await, served.connect().await, served.ask("/").await);
    slow.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
    let _waiting = served.ask("/page?held=a").await;
    assert_eq!(served.event().await, "a begun");
    served.end.send(()).unwrap();
    timeout(BOUND, served.running).await.unwrap().unwrap().unwrap();
    assert_eq!(timeout(BOUND, served.events.recv()).await.unwrap().unwrap(), "a dropped");
}

#[tokio::test]
async fn a_panic_ends_it_with_an_error() {
    let served = Served::start(Limits::USUAL).await;
    let _client = served.ask("/page?panicking=a").await;
    let ended = timeout(BOUND, served.running).await.unwrap().unwrap();
    assert!(ended.unwrap_err().to_string().contains("panicked"));
}

/// Larger than what is on its way by itself.
const PAGE: usize = 64 * 1024 * 1024;

/// A client of a server on the port, and what the server does for it.
async fn conversation(limits: Limits) -> (TcpStream, u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let client = TcpStream::connect(address).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let site = Site::new(" ".repeat(PAGE), address.port(), newest::desk().0, |_| ());
    (client, address.port(), tokio::spawn(converse(stream, Arc::new(site), Arc::default(), limits)))
}

/// Whether the server ends a connection whose client sends what `send` says to a port and then does nothing, not even read.
async fn ends(limits: Limits, send: impl FnOnce(u16) -> String) -> bool {
    let (mut client, port, served) = conversation(limits).await;
    client.write_all(send(port).as_bytes()).await.unwrap();
    timeout(BOUND, served).await.is_ok()
}

fn whole_page(port: u16) -> String {
    format!("GET / HTTP/1.0\r\nHost: localhost:{port}\r\n\r\n")
}

/// The beginning of a text of so many bytes.
fn written(port: u16, length: usize) -> String {
    let head = format!("POST /page HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/toml\r\n");
    format!("{head}Content-Length: {length}\r\n\r\n#")
}

#[tokio::test]
async fn who_has_not_written_to_the_end_gives_way() {
    let served = Served::start(Limits { connections: 1, ..Limits::USUAL }).await;
    let mut slow = served.connect().await;
    slow.write_all(written(served.port, 2).as_bytes()).await.unwrap();
    assert_eq!(said(served.ask("/").await).await, "200 the page");
    // Whether the connection is closed or reset: nothing was answered.
    let mut answer = String::new();
    timeout(BOUND, slow.read_to_string(&mut answer)).await.unwrap().ok();
    assert_eq!(answer, "");
}

#[tokio::test]
async fn clients_have_only_so_much_time() {
    let asking = Limits { asking: SHORT, ..Limits::USUAL };
    assert!(ends(asking, |_| String::new()).await, "a silent one");
    assert!(ends(asking, |_| "GET / HTTP/1.1\r\nHost: 127".to_owned()).await, "one that stops on the way");
    let begun = Limits { stalling: SHORT, ..asking };
    assert!(ends(begun, |port| written(port, 9)).await, "one that stops while it is written");
    let reading = Limits { reading: SHORT, ..Limits::USUAL };
    assert!(ends(reading, whole_page).await, "one that reads nothing");
    let stalling = Limits { stalling: SHORT, ..Limits::USUAL };
    assert!(ends(stalling, whole_page).await, "one that reads nothing more");
}

#[tokio::test]
async fn who_reads_on_gets_the_whole_answer() {
    let (mut client, port, served) = conversation(Limits::USUAL).await;
    client.write_all(whole_page(port).as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(BOUND, client.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert_eq!(answer.split_once("\r\n\r\n").unwrap().1.len(), PAGE);
    drop(client);
    timeout(BOUND, served).await.unwrap().unwrap();
}
