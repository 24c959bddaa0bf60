//! A real S3 server: moto, in a virtual environment of Python that the tests make for themselves.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/servers/requirements.txt");
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/servers/s3.py");

/// How many objects a page of a list has.
const PAGE: &str = "5";

/// A server that ends when it is dropped, and also when the test's process does.
pub struct Moto {
    child: Child,
    pub port: u16,
}

impl Moto {
    /// None without Python, or where its packages cannot be had; that is said on standard error.
    pub fn start() -> Option<Moto> {
        let python = environment().map_err(|reason| eprintln!("not tested with moto: {reason}")).ok()?;
        let mut command = Command::new(python);
        command
            .arg(PROGRAM)
            .env("MOTO_S3_DEFAULT_MAX_KEYS", PAGE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Some(Moto { child, port: line.trim().parse().unwrap() })
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Makes a bucket (`/NAME`) or puts an object into one (`/NAME/KEY`).
    pub fn put(&self, path: &str, bytes: &[u8]) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let length = bytes.len();
        let head = format!(
            "PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Length: {length}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=tests/20260211/us-east-1/s3/aws4_request\r\n\r\n",
            self.port
        );
        stream.write_all(&[head.as_bytes(), bytes].concat()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        let _ = stream.shutdown(Shutdown::Both);
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The Python of the virtual environment with the requirements; made by the first who asks, while others wait.
fn environment() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("servers");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let complete = folder.join("complete");
    let requirements = fs::read_to_string(REQUIREMENTS).unwrap();
    fs::create_dir_all(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let lock = File::create(folder.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    if fs::read_to_string(&complete).is_ok_and(|made_for| made_for == requirements) {
        return Ok(python);
    }
    let _ = fs::remove_dir_all(&folder);
    let system = ["python3", "python"].into_iter().find(|name| Command::new(name).arg("--version").output().is_ok());
    let system = system.ok_or("Python is not there")?;
    done(Command::new(system).args(["-m", "venv"]).arg(&folder))?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--retries", "1"];
    done(Command::new(&python).args(install).args(["--requirement", REQUIREMENTS]))?;
    fs::write(complete, requirements).unwrap();
    Ok(python)
}

fn done(command: &mut Command) -> Result<(), String> {
    let Output { status, stderr, .. } = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&stderr);
    if status.success() { Ok(()) } else { Err(said.lines().last().unwrap_or("it cannot be installed").to_owned()) }
}
