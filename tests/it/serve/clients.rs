//! `serve` and clients that are many, slow, silent or greedy, or have changed their mind: others get their answers, and
//! Ctrl-C ends it.

use std::collections::VecDeque;
use std::io::Write as _;
use std::net::TcpStream;
use std::process::Command;
use std::sync::mpsc;
use std::time::Instant;

use serde_json::Value;

use crate::serve::{BOUND, MONTH, Served, answer, heard};

/// As a browser asks, with `headers` between the first and the last line.
fn question(served: &Served, line: &str, headers: &str) -> TcpStream {
    let mut stream = served.connect();
    // What is refused early may not be taken to its end.
    write!(stream, "{line} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", served.host()).ok();
    stream
}

fn signal(name: &str, child: u32) {
    assert!(Command::new("kill").args(["-s", name, &child.to_string()]).status().unwrap().success());
}

/// The exit code of the program once it is interrupted; none when it does not end by itself.
fn interrupted(served: &mut Served) -> Option<i32> {
    let pid = served.child.id();
    signal("INT", pid);
    let (sender, ended) = mpsc::channel();
    std::thread::scope(|scope| {
        let child = &mut served.child;
        scope.spawn(move || sender.send(child.wait().unwrap().code()).ok());
        ended.recv_timeout(BOUND).unwrap_or_else(|_| {
            signal("KILL", pid);
            None
        })
    })
}

/// The most memory that the program has had so far, in MB; none where the system does not say.
fn peak(served: &Served) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", served.child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

#[test]
fn idle_and_slow_clients_keep_nobody_waiting() {
    let served = Served::start(&MONTH);
    let outline = served.json("/outline?min_edge=6");
    for count in [2, 20, 50] {
        let mut waiting: Vec<TcpStream> = (0..count).map(|_| served.connect()).collect();
        let begun = format!("GET / HTTP/1.0\r\nHost: {}", served.host());
        for slow in waiting.iter_mut().step_by(2) {
            slow.write_all(begun.as_bytes()).unwrap();
        }
        assert_eq!(served.get("/").0, 200, "beside {count}");
        assert_eq!(served.json("/outline?min_edge=6"), outline, "beside {count}");
        // Nor are they sent away.
        for (at, mut stream) in waiting.into_iter().enumerate() {
            let rest = if at % 2 == 0 { "" } else { &begun };
            write!(stream, "{rest}\r\n\r\n").unwrap();
            assert_eq!(answer(stream).0, 200, "{at} of {count}");
        }
    }
}

#[test]
fn thousands_that_never_read_cost_little() {
    const CLIENTS: usize = 3000;
    // Fewer than a process may usually have open, and more than the server keeps.
    const OPEN: usize = 500;
    let mut served = Served::start(&MONTH);
    let (page, before) = (served.get("/").1.len(), peak(&served));
    let mut open = VecDeque::new();
    for _ in 0..CLIENTS {
        open.push_back(question(&served, "GET /", ""));
        if open.len() > OPEN {
            open.pop_front();
        }
    }
    assert_eq!(served.get("/").0, 200);
    if let (Some(before), Some(after)) = (before, peak(&served)) {
        let one = page as u64 / 1024 / 1024;
        assert!(after - before < 100 * one, "{before} to {after} MB by pages of {one} MB");
    }
    assert_eq!(interrupted(&mut served), Some(0));
}

/// What the system keeps of answers that were not read, of the connections to the server's port: their count, and the bytes
/// not taken.
#[cfg(target_os = "linux")]
fn kept_by_the_system(served: &Served) -> (usize, u64) {
    let port: u16 = served.host().rsplit_once(':').unwrap().1.parse().unwrap();
    let local = format!(":{port:04X}");
    let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let of_server = sockets.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let unsent = of_server
        .filter(|socket| socket[1].ends_with(&local))
        .map(|socket| u64::from_str_radix(socket[4].split_once(':').unwrap().0, 16).unwrap());
    unsent.filter(|bytes| *bytes > 0).fold((0, 0), |(count, sum), bytes| (count + 1, sum + bytes))
}

#[cfg(target_os = "linux")]
#[test]
fn the_system_keeps_little_for_who_never_reads() {
    const CLIENTS: usize = 300;
    let served = Served::start(&MONTH);
    let open: Vec<TcpStream> = (0..CLIENTS).map(|_| question(&served, "GET /", "")).collect();
    assert_eq!(served.get("/").0, 200);
    // Those that are waited for, and nothing of those that gave way.
    let start = Instant::now();
    let kept = loop {
        let (count, bytes) = kept_by_the_system(&served);
        if (count <= 100 && bytes <= 100 * 768 * 1024) || start.elapsed() > BOUND {
            break (count, bytes);
        }
        assert_eq!(served.get("/").0, 200);
    };
    assert!(kept.0 <= 100 && kept.1 <= 100 * 768 * 1024, "{kept:?}");
    // After some seconds without a byte taken nothing is kept at all.
    while kept_by_the_system(&served).0 > 0 {
        assert!(start.elapsed() < BOUND, "{:?}", kept_by_the_system(&served));
        assert_eq!(served.get("/nowhere").0, 404);
    }
    drop(open);
}

#[test]
fn an_interrupt_ends_it_whatever_clients_do() {
    let mut served = Served::start(&MONTH);
    let mut silent: Vec<TcpStream> = (0..20).map(|_| served.connect()).collect();
    for slow in silent.iter_mut().step_by(2) {
        slow.write_all(b"GET / HTTP/1.1\r\nHo").unwrap();
    }
    let reading_nothing: Vec<TcpStream> = (0..20).map(|_| question(&served, "GET /", "")).collect();
    assert_eq!(served.get("/").0, 200);
    let waiting = question(&served, "GET /page?min_edge=6", "");
    assert_eq!(interrupted(&mut served), Some(0));
    drop((silent, reading_nothing, waiting));
}

#[test]
fn what_is_too_much_is_refused() {
    let served = Served::start(&MONTH);
    let ask = |line: &str, headers: &str| answer(question(&served, line, headers)).0;
    assert_eq!(ask("GET /", "Cookie: a=b\r\n"), 200);
    assert_eq!(ask("GET /", &format!("Cookie: {}\r\n", "x".repeat(20_000))), 431);
    assert_eq!(ask("GET /", &"X-Many: x\r\n".repeat(200)), 431);
    assert_eq!(ask(&format!("GET /{}", "x".repeat(20_000)), ""), 431);
    assert_eq!(ask(&format!("GET /{}", "x".repeat(5000)), ""), 414);
    assert_eq!(ask("GET /", "Content-Length: 5\r\n"), 413);
    assert_eq!(ask("GET /", "Content-Length: 99999999999\r\n"), 413);
    assert_eq!(ask("GET /", "Transfer-Encoding: chunked\r\n"), 413);
    assert_eq!(ask("GET /", "Content-Length: five\r\n"), 400);
    assert_eq!(ask("PUT /page", "Content-Length: 99999999999\r\n"), 405);
    // A header without an end is not gathered.
    let mut endless = served.connect();
    write!(endless, "GET / HTTP/1.1\r\nX: ").unwrap();
    let sent = (0..10_000).take_while(|_| endless.write_all(&[b'x'; 10_000]).is_ok()).count();
    assert!(sent < 10_000, "100 MB of a header were taken");
    // The same with a body that is there.
    let mut greedy = question(&served, "POST /", "Content-Length: 200000\r\n");
    greedy.write_all(&[b'x'; 200_000]).unwrap();
    assert_eq!(answer(greedy).0, 405);
    assert_eq!(served.get("/").0, 200);
}

#[test]
fn others_cannot_ask_by_the_browser() {
    let served = Served::start(&MONTH);
    let ask = |line: &str, headers: &str| answer(question(&served, line, headers)).0;
    let own = served.host();
    assert_eq!(ask("GET /", "Host: example.com\r\n"), 403);
    assert_eq!(ask("GET http://example.com/", ""), 403);
    assert_eq!(ask(&format!("GET http://{own}/"), ""), 200);
    assert_eq!(ask("GET /outline?min_edge=6", "Sec-Fetch-Site: same-origin\r\n"), 200);
    for site in ["cross-site", "same-site"] {
        assert_eq!(ask("GET /outline?min_edge=6", &format!("Sec-Fetch-Site: {site}\r\n")), 403);
        // A link leads to the page.
        assert_eq!(ask("GET /", &format!("Sec-Fetch-Site: {site}\r\n")), 200);
    }
}

#[test]
fn every_answer_says_what_a_browser_may_do_with_it() {
    let served = Served::start(&MONTH);
    let head = |line: &str| {
        let (head, body) = heard(question(&served, line, "Origin: http://example.com\r\n"));
        let mut lines: Vec<&str> = head.lines().collect();
        lines[1..].sort_unstable();
        let length = format!("content-length: {}", body.len());
        (lines.join("\n").replace(&length, "content-length: LENGTH"), body)
    };
    let (page, html) = head("GET /");
    insta::assert_snapshot!(page, @"
    HTTP/1.1 200 OK
    cache-control: no-store
    connection: close
    content-length: LENGTH
    content-security-policy: default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'
    content-type: text/html; charset=utf-8
    referrer-policy: no-referrer
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
    let (_, meta) = html.split_once("<meta http-equiv=\"Content-Security-Policy\" content=\"").unwrap();
    let policy = format!("content-security-policy: {}\n", meta.split_once('"').unwrap().0);
    assert!(page.contains(&policy), "the header and the page differ");
    let of_data = page.replace("text/html; charset=utf-8", "application/json");
    assert_eq!(head("GET /outline?min_edge=6").0, of_data);
    let of_refusal = page.replace("200 OK", "404 Not Found").replace("text/html", "text/plain");
    assert_eq!(head("GET /nowhere").0, of_refusal);
}

#[test]
fn what_was_overtaken_leaves_nothing_behind() {
    let served = Served::start(&MONTH);
    let paths = ["min_edge=3.5", "min_edge=6", "min_edge=30&cap=3"].map(|query| format!("/outline?{query}"));
    let expected: [Value; 3] = [0, 1, 2].map(|at: usize| served.json(&paths[at]));
    assert!(expected[0] != expected[1] && expected[1] != expected[2]);
    let mut overtaken = 0;
    for round in 0..24 {
        let at = round % 3;
        let page = paths[(at + 1) % 3].replace("outline", "page");
        let older = question(&served, &format!("GET {page}"), "");
        // It gets further from round to round.
        for _ in 0..round * 8 {
            assert_eq!(served.get("/nowhere").0, 404);
        }
        let older = Some(older).filter(|_| round % 2 == 0);
        // The server may take two connections in either order; who is overtaken asks again.
        let newer = (0..5).map(|_| served.get(&paths[at])).find(|answer| answer.0 != 409);
        let (status, newer) = newer.expect("what is asked alone is answered");
        assert_eq!(status, 200, "{newer}");
        let newer: Value = serde_json::from_str(&newer).unwrap();
        assert_eq!(newer, expected[at], "{} after {page}, round {round}", paths[at]);
        if let Some(older) = older {
            match answer(older).0 {
                200 => {}
                409 => overtaken += 1,
                other => panic!("{other} of {page}"),
            }
        }
    }
    assert!(overtaken > 0, "nothing was overtaken");
}

#[test]
fn of_many_questions_each_is_answered() {
    let served = Served::start(&MONTH);
    let asked: Vec<TcpStream> =
        (0..40).map(|at| question(&served, &format!("GET /page?min_edge={}", 3 + at % 5), "")).collect();
    let mut answers: Vec<u16> = asked.into_iter().map(|stream| answer(stream).0).collect();
    answers.sort_unstable();
    answers.dedup();
    assert!(answers.starts_with(&[200]) && answers.iter().all(|status| [200, 409].contains(status)), "{answers:?}");
}
