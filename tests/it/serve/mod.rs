//! `serve`: what a slider shows is what a replay with that setting says, and nothing else can be asked for.

mod clients;
mod ideas;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::browser::{CHROMIUM, REQUIREMENTS, data};
use crate::support::python::environment;
use crate::support::{Run, command, reslate};

const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/serve.py");
pub const MONTH: [&str; 6] = ["--version", "v314", "--from", "2026-01-05", "--to", "2026-01-31"];

/// What takes longer does not come.
pub const BOUND: Duration = Duration::from_secs(30);

/// The program serving, ended when dropped.
pub struct Served {
    pub child: Child,
    address: String,
}

impl Served {
    pub fn start(arguments: &[&str]) -> Served {
        let mut child = command(&[&["serve", "--port", "0"], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Served { child, address: address.trim().to_owned() }
    }

    pub fn host(&self) -> &str {
        self.address.strip_prefix("http://").unwrap().trim_end_matches('/')
    }

    /// A connection on which nothing was said yet.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.host()).unwrap();
        stream.set_read_timeout(Some(BOUND)).unwrap();
        stream.set_write_timeout(Some(BOUND)).unwrap();
        stream
    }

    /// One on which something was asked.
    pub fn ask(&self, method: &str, path: &str, host: &str) -> TcpStream {
        let mut stream = self.connect();
        write!(stream, "{method} {path} HTTP/1.0\r\nHost: {host}\r\n\r\n").unwrap();
        stream
    }

    /// The status of an answer and its body.
    fn asked(&self, method: &str, path: &str, host: &str) -> (u16, String) {
        answer(self.ask(method, path, host))
    }

    pub fn get(&self, path: &str) -> (u16, String) {
        self.asked("GET", path, self.host())
    }

    /// What is answered when a text is written.
    pub fn post(&self, path: &str, text: &str) -> (u16, String) {
        let mut stream = self.connect();
        let head = format!("POST {path} HTTP/1.0\r\nHost: {}\r\nContent-Type: application/toml\r\n", self.host());
        // What is refused early may not be taken to its end.
        write!(stream, "{head}Content-Length: {}\r\n\r\n{text}", text.len()).ok();
        answer(stream)
    }

    pub fn json(&self, path: &str) -> Value {
        let (status, body) = self.get(path);
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }
}

/// JSON of a status.
pub fn told((status, body): (u16, String), expected: u16) -> Value {
    assert_eq!(status, expected, "{body}");
    serde_json::from_str(&body).unwrap()
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The status that a connection says, and the body.
pub fn answer(stream: TcpStream) -> (u16, String) {
    let (head, body) = heard(stream);
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body)
}

/// The head and the body of the answer that a connection says.
pub fn heard(mut stream: TcpStream) -> (String, String) {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// The page of a report with these settings.
fn reported(settings: &[&str]) -> Value {
    let settings = settings.iter().flat_map(|setting| ["--set", setting]).collect::<Vec<_>>();
    data(&reslate(&[&["report"], &MONTH[..], &settings].concat()).stdout)
}

#[test]
fn a_moved_page_is_that_of_a_replay_with_the_settings() {
    let served = Served::start(&MONTH);
    let (status, html) = served.get("/");
    assert_eq!((status, data(&html)), (200, reported(&[])));
    // There and back, so that nothing of a question before is left in the answer.
    for settings in [
        &["min_edge=6"][..],
        &["min_edge=3.5", "under_max_edge=off"],
        &[],
        &["blacklist_hit_rate=55", "line_jump=1.5", "cap=3"],
        &["min_edge=30"],
        &["min_edge=6"],
    ] {
        let query = settings.join("&");
        let expected = reported(settings);
        let outline = served.json(&format!("/outline?{query}"));
        for (name, value) in outline.as_object().unwrap() {
            assert_eq!(*value, expected[name], "{name} of the outline with {query}");
        }
        assert!(outline["slates"]["total"].as_array().unwrap().len() > 10);
        assert_eq!(served.json(&format!("/page?{query}")), expected, "{query}");
    }
}

#[test]
fn nothing_else_is_answered() {
    let served = Served::start(&MONTH);
    let refused = |(status, body): (u16, String)| {
        assert!(body.ends_with('\n') && body.lines().count() == 1, "{body}");
        format!("{status} {}", body.trim_end())
    };
    let nowhere = "404 there is nothing here; the page is at /";
    for path in ["/favicon.ico", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/page/x", "/data"] {
        assert_eq!(refused(served.get(path)), nowhere, "{path}");
    }
    insta::assert_snapshot!(refused(served.get("/outline?min_edge=high")), @"400 min_edge=high: must be a number or off");
    insta::assert_snapshot!(refused(served.get("/page?min_edge=101")), @"400 min_edge=101: is out of range, 0 to 100");
    insta::assert_snapshot!(refused(served.get("/page?min_edge=3&min_edge=4")), @"400 setting 'min_edge': is given twice");
    insta::assert_snapshot!(refused(served.get("/page?champion=x")), @"400 setting 'champion': has no slider; those there are: blacklist_hit_rate, min_edge, under_max_edge, familiar_games, feature_quality, bench_line, line_jump, line_drop, neg_pm_streak, min_signals, confidence_floor, cap, high_edge.min_edge, 3pt_bounce.min_attempts, minutes_surge.min_surge, cold_snap.min_streak, blowout_recovery.min_deficit, blowout_recovery.min_rest, combo_he_ms.min_edge, combo_he_ms.min_surge, combo_3way.min_edge, combo_3way.min_surge, combo_3way.min_confidence, edge_spread_optimal.min_edge, edge_spread_optimal.min_confidence, b2b_fatigue_under.min_minutes, rest_advantage_2d.min_rest, rest_advantage_2d.min_edge, rest_advantage_2d.max_weeks, high_usage_under.min_usage, volatile_under.min_std, high_ft_under.min_attempts, self_creator_under.min_makes, prop_line_drop_over.min_drop, book_disagreement.min_std");
    insta::assert_snapshot!(refused(served.asked("POST", "/", served.host())), @"405 nothing can be changed here; ask with GET");
    insta::assert_snapshot!(refused(served.asked("DELETE", "/page", served.host())), @"405 nothing can be changed here; ask with GET");
    insta::assert_snapshot!(refused(served.get(&format!("/page?{}", "x".repeat(5000)))), @"414 the address is too long");
    for host in ["example.com", "example.com:8421", "127.0.0.1.example.com", ""] {
        insta::allow_duplicates! { insta::assert_snapshot!(refused(served.asked("GET", "/", host)), @"403 this server answers to 127.0.0.1 and localhost alone"); }
    }
    // It goes on answering.
    assert_eq!(served.get("/").0, 200);
    assert_eq!(served.asked("HEAD", "/", served.host()), (200, String::new()));
}

#[test]
fn a_port_in_use_is_said() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let run = reslate(&["serve", "--port", &port]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    let said = run.stderr.replace(&port, "PORT");
    insta::assert_snapshot!(said.trim_end(), @"error: --port 'PORT': Address already in use (os error 98); choose another, or 0 for any that is free");
    let several = reslate(&["serve", "--port", "0", "--version", "as-deployed"]);
    assert_eq!((several.code, several.stdout.as_str()), (2, ""));
    insta::assert_snapshot!(several.stderr.lines().last().unwrap(), @"error: --version 'as-deployed': is several versions, and a slider moves one; name one (`reslate versions` lists them)");
}

#[test]
#[ignore = "needs Chromium, Python with venv, and packages of PyPI"]
fn the_served_page_works_in_a_browser() {
    let python = environment(Path::new(REQUIREMENTS));
    let served = Served::start(&["--version", "v314"]);
    let ran: Run = Command::new(python).args([PROGRAM, CHROMIUM, &served.address]).output().unwrap().into();
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    print!("{}", ran.stdout);
}
