//! A slider of `reslate serve`: from the question to the last byte of the answer over HTTP, for what is drawn at once (how the
//! slates went) and for the whole page.

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
        let mut stream = TcpStream::connect(&self.host)?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.host)?;
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
        }
    }
    group.finish();
}

criterion_group!(benches, moves);
criterion_main!(benches);
