//! A web server on loopback that serves files as a bucket or a plain web server does, and fails as it is told to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// How the server lists its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Not at all.
    Plain,
    WebDav,
    /// As Amazon and Google do: `/BUCKET?list-type=2`.
    S3,
    /// `/CONTAINER?restype=container&comp=list`.
    Azure,
}

/// By what the server tells versions of a file apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    Etags,
    Times,
    Nothing,
}

/// What happens instead of an answer.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Another status, with headers and a body.
    Answer(u16, &'static str, &'static str),
    /// Half of the answer, and the end of the connection.
    CutOff,
    /// The end of the connection at once.
    HangUp,
    /// The answer, and then other contents of that file.
    Change(&'static str, Vec<u8>),
}

#[derive(Clone)]
struct Content {
    bytes: Vec<u8>,
    version: u32,
}

/// A request that was made.
struct Logged {
    /// `METHOD TARGET`.
    line: String,
    authorization: Option<String>,
}

struct State {
    protocol: Protocol,
    versions: Versions,
    has_ranges: bool,
    files: Mutex<BTreeMap<String, Content>>,
    /// For the next request whose line contains the text.
    faults: Mutex<Vec<(String, Fault)>>,
    log: Mutex<Vec<Logged>>,
    streams: Mutex<Vec<TcpStream>>,
    is_over: AtomicBool,
}

/// A server that ends when it is dropped.
pub struct Server {
    address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub fn start(protocol: Protocol) -> Server {
        Server::with(protocol, Versions::Etags, true)
    }

    pub fn with(protocol: Protocol, versions: Versions, has_ranges: bool) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            protocol,
            versions,
            has_ranges,
            files: Mutex::default(),
            faults: Mutex::default(),
            log: Mutex::default(),
            streams: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if shared.is_over.load(Ordering::SeqCst) {
                    return;
                }
                shared.streams.lock().unwrap().push(stream.try_clone().unwrap());
                let state = Arc::clone(&shared);
                std::thread::spawn(move || state.converse(&stream));
            }
        });
        Server { address, state, thread: Some(thread) }
    }

    /// `HOST:PORT`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts a file, in place of one that is there.
    pub fn put(&self, path: &str, bytes: Vec<u8>) {
        self.state.put(path, bytes);
    }

    pub fn remove(&self, path: &str) {
        assert!(self.state.files.lock().unwrap().remove(path).is_some(), "{path} was not there");
    }

    /// Lets the next request whose line (`METHOD TARGET`, decoded) contains `line` end in `fault`.
    pub fn fail(&self, line: &str, fault: Fault) {
        self.state.faults.lock().unwrap().push((line.to_owned(), fault));
    }

    /// Lets every further request end as `fault`.
    pub fn fail_always(&self, line: &str, fault: &Fault) {
        (0..1000).for_each(|_| self.fail(line, fault.clone()));
    }

    /// How many faults are still to come.
    pub fn faults_left(&self) -> usize {
        self.state.faults.lock().unwrap().len()
    }

    /// The lines of all requests so far, in order and decoded; forgotten after this.
    pub fn requests(&self) -> Vec<String> {
        self.raw_requests().iter().map(|line| decoded(line)).collect()
    }

    /// The same as they came.
    pub fn raw_requests(&self) -> Vec<String> {
        self.state.log.lock().unwrap().drain(..).map(|logged| logged.line).collect()
    }

    /// What the requests so far were authorized by.
    pub fn authorizations(&self) -> BTreeSet<Option<String>> {
        self.state.log.lock().unwrap().iter().map(|logged| logged.authorization.clone()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::SeqCst);
        // Lets the listening thread look up.
        let _ = TcpStream::connect(self.address);
        let _ = self.thread.take().map(JoinHandle::join);
        for stream in self.state.streams.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

struct Request {
    method: String,
    target: String,
    headers: BTreeMap<String, String>,
}

impl Request {
    fn read(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let mut words = lines.first()?.split(' ').map(str::to_owned);
        let (method, target) = (words.next()?, words.next()?);
        let headers = lines[1..].iter().filter_map(|line| line.split_once(':'));
        let headers: BTreeMap<String, String> =
            headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
        let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        reader.read_exact(&mut vec![0; length]).ok()?;
        Some(Request { method, target, headers })
    }

    fn path(&self) -> String {
        decoded(self.target.split('?').next().unwrap()).trim_matches('/').to_owned()
    }

    fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| decoded(value))
    }

    fn range(&self, size: usize) -> Option<Range<usize>> {
        let (start, end) = self.headers.get("range")?.strip_prefix("bytes=")?.split_once('-')?;
        Some(start.parse().ok()?..size.min(end.parse::<usize>().ok()? + 1))
    }
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

struct Response {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

impl Response {
    fn new(status: u16, headers: String, body: impl Into<Vec<u8>>) -> Response {
        Response { status, headers, body: body.into() }
    }

    fn empty(status: u16) -> Response {
        Response::new(status, String::new(), "")
    }
}

impl State {
    fn put(&self, path: &str, bytes: Vec<u8>) {
        let mut files = self.files.lock().unwrap();
        let version = files.get(path).map_or(1, |file| file.version + 1);
        files.insert(path.to_owned(), Content { bytes, version });
    }

    /// Answers until either side has had enough.
    fn converse(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(request) = Request::read(&mut reader) {
            let line = format!("{} {}", request.method, request.target);
            let authorization = request.headers.get("authorization").cloned();
            self.log.lock().unwrap().push(Logged { line: line.clone(), authorization });
            let line = decoded(&line);
            let fault = {
                let mut faults = self.faults.lock().unwrap();
                let at = faults.iter().position(|(of, _)| line.contains(of));
                at.map(|at| faults.remove(at).1)
            };
            let response = match &fault {
                Some(Fault::Answer(status, headers, body)) => Response::new(*status, (*headers).to_owned(), *body),
                Some(Fault::HangUp) => break,
                Some(Fault::CutOff | Fault::Change(..)) | None => self.respond(&request),
            };
            let is_cut_off = matches!(fault, Some(Fault::CutOff));
            if let Some(Fault::Change(path, bytes)) = fault {
                self.put(path, bytes);
            }
            if write(stream, &request, &response, is_cut_off).is_none() || is_cut_off {
                break;
            }
        }
        let _ = stream.shutdown(Shutdown::Both);
    }

    fn respond(&self, request: &Request) -> Response {
        match (request.method.as_str(), self.protocol) {
            ("PROPFIND", Protocol::WebDav) => self.list_by_web_dav(&request.path()),
            ("GET", Protocol::S3) if request.query("list-type").is_some() => self.list_as_s3(request),
            ("GET", Protocol::Azure) if request.query("comp").is_some() => self.list_as_azure(request),
            ("GET" | "HEAD", _) => self.file(request),
            _ => Response::empty(501),
        }
    }

    fn file(&self, request: &Request) -> Response {
        let Some(file) = self.files.lock().unwrap().get(&request.path()).cloned() else {
            return Response::empty(404);
        };
        let (etag, time) = (format!("\"{:x}-{}\"", file.bytes.len(), file.version), time(file.version));
        let mut headers = match self.versions {
            Versions::Etags => format!("ETag: {etag}\r\nLast-Modified: {time}\r\n"),
            Versions::Times => format!("Last-Modified: {time}\r\n"),
            Versions::Nothing => String::new(),
        };
        if request.headers.get("if-match").is_some_and(|wanted| *wanted != etag) {
            return Response::empty(412);
        }
        match request.range(file.bytes.len()).filter(|_| self.has_ranges) {
            Some(range) if range.start >= file.bytes.len() => Response::empty(416),
            Some(range) => {
                let (first, last, size) = (range.start, range.end - 1, file.bytes.len());
                write!(headers, "Content-Range: bytes {first}-{last}/{size}\r\n").unwrap();
                Response::new(206, headers, &file.bytes[range])
            }
            None => Response::new(200, headers, file.bytes),
        }
    }

    /// The files in the folder `prefix`, which ends with a slash unless it is the root, and the folders in it.
    fn inside(&self, prefix: &str) -> (Vec<(String, Content)>, BTreeSet<String>) {
        let (mut files, mut folders) = (Vec::new(), BTreeSet::new());
        for (path, file) in self.files.lock().unwrap().iter() {
            let Some(rest) = path.strip_prefix(prefix) else { continue };
            match rest.split_once('/') {
                Some((folder, _)) => drop(folders.insert(format!("{prefix}{folder}/"))),
                None => files.push((path.clone(), file.clone())),
            }
        }
        (files, folders)
    }

    fn list_by_web_dav(&self, folder: &str) -> Response {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let (files, folders) = self.inside(&prefix);
        if files.is_empty() && folders.is_empty() {
            return Response::empty(404);
        }
        let mut body = "<?xml version=\"1.0\"?><D:multistatus xmlns:D=\"DAV:\">".to_owned();
        let mut add = |path: &str, version: u32, what: &str| {
            let time = time(version);
            write!(
                body,
                "<D:response><D:href>/{path}</D:href><D:propstat><D:prop><D:getlastmodified>{time}</D:getlastmodified>\
                 {what}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
            )
            .unwrap();
        };
        let is_folder = "<D:resourcetype><D:collection/></D:resourcetype>";
        for folder in folders.iter().chain([&prefix]) {
            add(folder, 1, is_folder);
        }
        for (path, file) in &files {
            let size = file.bytes.len();
            add(path, file.version, &format!("<D:resourcetype/><D:getcontentlength>{size}</D:getcontentlength>"));
        }
        body.push_str("</D:multistatus>");
        Response::new(207, String::new(), body)
    }

    /// Two to a page, the bucket being the first part of every path.
    fn list_as_s3(&self, request: &Request) -> Response {
        const PAGE: usize = 2;
        let bucket = format!("{}/", request.path());
        let (files, folders) = self.inside(&format!("{bucket}{}", request.query("prefix").unwrap_or_default()));
        let start: usize = request.query("continuation-token").map_or(0, |token| token.parse().unwrap());
        let mut body = "<ListBucketResult>".to_owned();
        for (path, file) in files.iter().skip(start).take(PAGE) {
            let (size, version) = (file.bytes.len(), file.version);
            let key = path.strip_prefix(&bucket).unwrap();
            let time = format!("2026-02-11T12:00:{version:02}.000Z");
            write!(
                body,
                "<Contents><Key>{key}</Key><Size>{size}</Size><LastModified>{time}</LastModified>\
                 <ETag>\"{size:x}-{version}\"</ETag></Contents>"
            )
            .unwrap();
        }
        if start == 0 {
            for folder in &folders {
                let prefix = folder.strip_prefix(&bucket).unwrap();
                write!(body, "<CommonPrefixes><Prefix>{prefix}</Prefix></CommonPrefixes>").unwrap();
            }
        }
        if start + PAGE < files.len() {
            let next = start + PAGE;
            write!(body, "<NextContinuationToken>{next}</NextContinuationToken>").unwrap();
        }
        body.push_str("</ListBucketResult>");
        Response::new(200, String::new(), body)
    }

    fn list_as_azure(&self, request: &Request) -> Response {
        let container = format!("{}/", request.path());
        let (files, folders) = self.inside(&format!("{container}{}", request.query("prefix").unwrap_or_default()));
        let mut body = "<EnumerationResults><Blobs>".to_owned();
        for (path, file) in &files {
            let (size, version, time) = (file.bytes.len(), file.version, time(file.version));
            let name = path.strip_prefix(&container).unwrap();
            // Without the quotes that the header has, as the real one.
            write!(
                body,
                "<Blob><Name>{name}</Name><Properties><Last-Modified>{time}</Last-Modified><Etag>{size:x}-{version}</Etag>\
                 <Content-Length>{size}</Content-Length><Content-Type>application/octet-stream</Content-Type>\
                 </Properties></Blob>"
            )
            .unwrap();
        }
        for folder in &folders {
            let name = folder.strip_prefix(&container).unwrap();
            write!(body, "<BlobPrefix><Name>{name}</Name></BlobPrefix>").unwrap();
        }
        body.push_str("</Blobs><NextMarker/></EnumerationResults>");
        Response::new(200, String::new(), body)
    }
}

fn time(version: u32) -> String {
    format!("Wed, 11 Feb 2026 12:00:{version:02} GMT")
}

fn write(mut stream: &TcpStream, request: &Request, response: &Response, is_cut_off: bool) -> Option<()> {
    let Response { status, headers, body } = response;
    let head = format!("HTTP/1.1 {status} Told\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    let body: &[u8] = if request.method == "HEAD" { &[] } else { body };
    let whole = [head.as_bytes(), body].concat();
    let end = if is_cut_off { whole.len() - body.len().div_ceil(2).max(1) } else { whole.len() };
    stream.write_all(&whole[..end]).ok()
}
