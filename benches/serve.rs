//! A slider of `reslate serve`, and a definition that is written: from the question to the last byte of the answer over HTTP,
//! for what is drawn at once (how the slates went) and for the whole page.

#[path = "snapshots.rs"]
mod snapshots;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use snapshots::snapshots;

/// The program serving, ended when dropped.
struct Served {
    child: Child,
    host: String,
}

impl Served {
    fn start(snapshot: Option<&Path>) -> std::io::Result<Served> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reslate"));
        command.args(["serve", "--port", "0", "--version", "v314"]).env_remove("RESLATE_SNAPSHOT");
        if let Some(folder) = snapshot {
            command.env("RESLATE_SNAPSHOT", folder);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut address = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut address)?;
        }
        let host = address.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
        Ok(Served { child, host })
    }

    fn get(&self, path: &str) -> std::io::Result<String> {
        self.ask(&format!("GET {path}"), "")
    }

    /// What is said of a written text.
    fn post(&self, path: &str, text: &str) -> std::io::Result<String> {
        let kind = format!("Content-Type: application/toml\r\nContent-Length: {}\r\n\r\n{text}", text.len());
        self.ask(&format!("POST {path}"), &kind)
    }

    fn ask(&self, line: &str, more: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(&self.host)?;
        write!(stream, "{line} HTTP/1.0\r\nHost: {}\r\n", self.host)?;
        stream.write_all(if more.is_empty() { b"\r\n" } else { more.as_bytes() })?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait().map(drop));
        assert!(ended.is_ok(), "the server did not end");
    }
}

/// A signal and a filter that are others each time.
fn idea(at: u32) -> String {
    format!(
        "[signal.rested]\nwhen = \"is_over AND rest_days >= {}\"\n\
         [filter.few_minutes]\nvalue = \"CASE WHEN is_over THEN minutes_avg_season + {at} END\"\n\
         blocks = \"below\"\nthreshold = 20\n",
        at % 5
    )
}

fn moves(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("serve");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for (name, folder) in snapshots() {
        let Ok(served) = Served::start(folder.as_deref()) else { continue };
        for what in ["outline", "page"] {
            // Another value each time, so that nothing is answered from what was asked before.
            let mut moved = 0_u32;
            group.bench_function(format!("{name}, {what}"), |bencher| {
                bencher.iter(|| {
                    moved += 1;
                    let answer = served.get(&format!("/{what}?min_edge={}", 3.0 + f64::from(moved % 8) / 2.0));
                    assert!(answer.is_ok_and(|answer| answer.split(' ').nth(1) == Some("200")), "no answer");
                });
            });
            group.bench_function(format!("{name}, {what} of what is written"), |bencher| {
                bencher.iter(|| {
                    moved += 1;
                    let answer = served.post(&format!("/{what}"), &idea(moved));
                    assert!(answer.is_ok_and(|answer| answer.split(' ').nth(1) == Some("200")), "no answer");
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, moves);
criterion_main!(benches);
