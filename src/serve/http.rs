//! The server: a page and its data over HTTP, to this machine alone.

use std::net::Ipv4Addr;
use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Body;
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::{Instant, timeout_at};
use url::form_urlencoded;

use super::connections::{Connections, Limits, UNSENT};
use super::idea::Idea;
use super::mistake::Mistake;
use super::newest::{self, Desk};
use super::{Answers, Part, Question, Settings};
use crate::error::{Error, RequestError, Result, VersionError, one_line};
use crate::report::POLICY;

/// A longer address is no question of the page's.
const LONGEST_ADDRESS: usize = 4096;

/// The most bytes of what is written in the page.
const LONGEST_TEXT: usize = 128 * 1024;

/// What the page says that its text is. No form of another site can say so.
const KIND_OF_TEXT: &str = "application/toml";

/// What every answer says: nothing is kept, guessed or told to others, and the page asks nobody else.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// How long nothing is taken after a connection could not be, as when too many files are open.
const BREATH: Duration = Duration::from_millis(50);

/// Connections that wait to be taken.
const WAITING: u32 = 1024;

/// A port of this machine that nobody else reaches.
pub struct Server {
    listener: TcpListener,
    port: u16,
    limits: Limits,
}

impl Server {
    /// Listens on 127.0.0.1 alone; port 0: on any that is free.
    ///
    /// # Errors
    /// The port is taken or not allowed.
    pub async fn bind(port: u16) -> Result<Server> {
        Server::with(port, Limits::USUAL).await
    }

    pub(super) async fn with(port: u16, limits: Limits) -> Result<Server> {
        let refused = |error: std::io::Error| {
            Error::Request(RequestError::BadArgument {
                what: "--port",
                value: port.to_string(),
                reason: format!("{}; choose another, or 0 for any that is free", one_line(&error.to_string())),
            })
        };
        let listener = listener(port).map_err(refused)?;
        let port = listener.local_addr().map_err(refused)?.port();
        Ok(Server { listener, port, limits })
    }

    /// Where a browser finds the page.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Serves `page` and what `answers` says until `ended`, whatever clients do. `failed` gets to see the errors that no
    /// client is told, since they may speak of this machine.
    ///
    /// # Errors
    /// That of `ended`; or the computation of an answer panicked.
    pub async fn run(
        self,
        page: String,
        answers: impl Answers,
        failed: fn(&Error),
        ended: impl Future<Output = Result<()>>,
    ) -> Result<()> {
        let (desk, pile) = newest::desk();
        let site = Site::new(page, self.port, desk, failed);
        let mut connections = Connections::new(site, self.limits);
        // Not here: what computes long without a pause would keep connections and the end waiting.
        let mut answering = tokio::spawn(newest::answer(pile, answers));
        tokio::pin!(ended);
        loop {
            tokio::select! {
                ended = &mut ended => {
                    answering.abort();
                    return ended;
                }
                broken = &mut answering => return broken.map_err(Error::Task),
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => connections.take(stream),
                    Err(_) => tokio::time::sleep(BREATH).await,
                },
            }
        }
    }
}

/// A listener whose connections keep little of what clients do not read: they have the size of its buffer.
fn listener(port: u16) -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    // As for any server that begins again on its port; elsewhere it would let two have the same.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(UNSENT)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    socket.listen(WAITING)
}

/// What there is to be asked for.
pub struct Site {
    page: Bytes,
    port: u16,
    desk: Desk,
    failed: fn(&Error),
}

/// Why there is no answer.
enum Refusal {
    Because(StatusCode, String),
    /// What is written cannot be decided by.
    Mistaken(Mistake),
}

impl Refusal {
    fn response(self) -> Response<Full<Bytes>> {
        match self {
            Refusal::Because(status, reason) => {
                response(status, "text/plain; charset=utf-8", format!("{}\n", one_line(&reason)).into())
            }
            Refusal::Mistaken(mistake) => {
                let said = serde_json::to_vec(&mistake).unwrap_or_default();
                response(StatusCode::UNPROCESSABLE_ENTITY, "application/json", said.into())
            }
        }
    }
}

fn refused<T>(status: StatusCode, reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Because(status, reason.into()))
}

impl Site {
    pub fn new(page: String, port: u16, desk: Desk, failed: fn(&Error)) -> Site {
        Site { page: page.into(), port, desk, failed }
    }

    /// The answer to a request, of which all must be there by `until`; `asked` is told when it is.
    pub async fn answer<B>(&self, request: Request<B>, until: Instant, asked: impl FnOnce()) -> Response<Full<Bytes>>
    where
        B: Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
    {
        let question = self.question(request, until).await;
        asked();
        let content = match question {
            Ok(Some(question)) => self.content(question).await,
            Ok(None) => Ok(("text/html; charset=utf-8", self.page.clone())),
            Err(refusal) => Err(refusal),
        };
        content.map_or_else(Refusal::response, |(kind, body)| response(StatusCode::OK, kind, body))
    }

    async fn content(&self, question: Question) -> Result<(&'static str, Bytes), Refusal> {
        let text = question.idea.text.clone();
        match self.desk.ask(question).await {
            Some(Ok(data)) => Ok(("application/json", data.into())),
            Some(Err(
                error @ (Error::Request(RequestError::BadArgument { .. })
                | Error::Version(VersionError::BadParameter { .. })),
            )) => refused(StatusCode::BAD_REQUEST, error.to_string()),
            Some(Err(error)) => match Mistake::of(&error, &text) {
                Some(mistake) => Err(Refusal::Mistaken(mistake)),
                None => {
                    (self.failed)(&error);
                    let reason = "it cannot be computed; reslate says why where it runs";
                    refused(StatusCode::INTERNAL_SERVER_ERROR, reason)
                }
            },
            None => {
                let reason = "overtaken by a newer question, since one is answered at a time; ask again";
                refused(StatusCode::CONFLICT, reason)
            }
        }
    }

    /// What is asked; none: the page as it is served first.
    async fn question<B>(&self, request: Request<B>, until: Instant) -> Result<Option<Question>, Refusal>
    where
        B: Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
    {
        // A page of another site could ask by a name of its own for this address; it must not get to see anything.
        if !self.is_own_name(&request) {
            return refused(StatusCode::FORBIDDEN, "this server answers to 127.0.0.1 and localhost alone");
        }
        let part = part_of(request.uri().path());
        let is_written = *request.method() == Method::POST && part.is_some();
        if !is_written && !matches!(*request.method(), Method::GET | Method::HEAD) {
            return refused(StatusCode::METHOD_NOT_ALLOWED, "nothing can be changed here; ask with GET");
        }
        if !is_written && !request.body().is_end_stream() {
            return refused(StatusCode::PAYLOAD_TOO_LARGE, "nothing is taken here; ask without a body");
        }
        let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
        if path.len() + query.len() > LONGEST_ADDRESS {
            return refused(StatusCode::URI_TOO_LONG, "the address is too long");
        }
        let part = match part {
            Some(part) => part,
            None if path == "/" => return Ok(None),
            None => return refused(StatusCode::NOT_FOUND, "there is nothing here; the page is at /"),
        };
        // It could not read the answer, but it would overtake the questions of the page.
        if is_of_another_site(&request) {
            return refused(StatusCode::FORBIDDEN, "only the page at / may ask for its data");
        }
        let settings = settings(query).or_else(|error| refused(StatusCode::BAD_REQUEST, error.to_string()))?;
        let text = if is_written { text_of(request, until).await? } else { String::new() };
        Ok(Some(Question { part, idea: Idea { settings, text } }))
    }

    /// Whether this server is asked by its own name, wherever the question names one.
    fn is_own_name<B>(&self, request: &Request<B>) -> bool {
        let is_own = |name: &[u8]| {
            ["127.0.0.1", "localhost"].iter().any(|own| name == format!("{own}:{}", self.port).as_bytes())
        };
        let mut named = request.headers().get_all(header::HOST).iter();
        let is_named_once = named.next().is_some_and(|name| is_own(name.as_bytes())) && named.next().is_none();
        is_named_once && request.uri().authority().is_none_or(|name| is_own(name.as_str().as_bytes()))
    }
}

/// Whether the browser says that another site's page asks.
fn is_of_another_site<B>(request: &Request<B>) -> bool {
    let from = request.headers().get("sec-fetch-site");
    from.is_some_and(|from| !matches!(from.as_bytes(), b"same-origin" | b"none"))
}

/// What is asked for at a path.
fn part_of(path: &str) -> Option<Part> {
    match path {
        "/outline" => Some(Part::Outline),
        "/page" => Some(Part::Page),
        "/edit" => Some(Part::Edit),
        "/file" => Some(Part::File),
        _ => None,
    }
}

/// What is written in the page, which must be there by `until`.
async fn text_of<B>(request: Request<B>, until: Instant) -> Result<String, Refusal>
where
    B: Body<Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
{
    let kind = request.headers().get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind.as_bytes() != KIND_OF_TEXT.as_bytes()) {
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("what is written must be {KIND_OF_TEXT}"));
    }
    let too_long = format!("more is written than {} KiB; keep some of it in a file", LONGEST_TEXT / 1024);
    let body = request.into_body();
    if body.size_hint().lower() > LONGEST_TEXT as u64 {
        return refused(StatusCode::PAYLOAD_TOO_LARGE, too_long);
    }
    let bytes = match timeout_at(until, Limited::new(body, LONGEST_TEXT).collect()).await {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            return refused(StatusCode::PAYLOAD_TOO_LARGE, too_long);
        }
        Ok(Err(_)) => return refused(StatusCode::BAD_REQUEST, "what is written did not come to its end"),
        Err(_) => return refused(StatusCode::REQUEST_TIMEOUT, "what is written did not come in time"),
    };
    match String::from_utf8(bytes.into()) {
        Ok(text) => Ok(match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        }),
        Err(_) => refused(StatusCode::BAD_REQUEST, "what is written must be UTF-8"),
    }
}

/// The settings of a question, each once.
fn settings(query: &str) -> Result<Settings> {
    let mut settings = Settings::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if settings.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            let reason = "is given twice".to_owned();
            return Err(RequestError::BadArgument { what: "setting", value: name.into_owned(), reason }.into());
        }
    }
    Ok(settings)
}

fn response(status: StatusCode, kind: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().extend(HEADERS.into_iter().chain([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]));
    response
}
