//! The server: a page and its data over HTTP, to this machine alone.

use std::net::Ipv4Addr;
use std::sync::Arc;

use tiny_http::{Header, Method, Request, Response, StatusCode};
use tokio::sync::mpsc;
use url::Url;

use super::{Live, Settings};
use crate::error::{Error, Result, one_line};

/// A longer address is no question of the page's.
const LONGEST_ADDRESS: usize = 4096;

/// What every answer says: nothing is kept, guessed or told to others, and the page asks nobody else.
const HEADERS: [(&str, &str); 4] = [
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
];

/// A port of this machine that nobody else reaches.
pub struct Server {
    server: Arc<tiny_http::Server>,
    port: u16,
}

/// An answer before it is sent.
struct Answer {
    status: u16,
    kind: &'static str,
    body: String,
}

impl Server {
    /// Listens on 127.0.0.1 alone; port 0: on any that is free.
    ///
    /// # Errors
    /// The port is taken or not allowed.
    pub fn bind(port: u16) -> Result<Server> {
        let refused = |reason: String| Error::BadArgument {
            what: "--port",
            value: port.to_string(),
            reason: format!("{}; choose another, or 0 for any that is free", one_line(&reason)),
        };
        let server =
            tiny_http::Server::http((Ipv4Addr::LOCALHOST, port)).map_err(|error| refused(error.to_string()))?;
        let port = server.server_addr().to_ip().map(|address| address.port());
        let port = port.ok_or_else(|| refused("is no port of the internet protocol".to_owned()))?;
        Ok(Server { server: Arc::new(server), port })
    }

    /// Where a browser finds the page.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Answers until Ctrl-C, one question after the other.
    ///
    /// # Errors
    /// The page as the version decides cannot be made, or no signal can be waited for.
    pub async fn run(self, live: &mut Live) -> Result<()> {
        let page = live.html().await?;
        let (sender, mut requests) = mpsc::channel(1);
        let server = Arc::clone(&self.server);
        std::thread::spawn(move || {
            for request in server.incoming_requests() {
                if sender.blocking_send(request).is_err() {
                    break;
                }
            }
        });
        let ended = tokio::signal::ctrl_c();
        tokio::pin!(ended);
        loop {
            tokio::select! {
                ended = &mut ended => {
                    self.server.unblock();
                    return ended.map_err(|error| Error::System { what: "Ctrl-C", reason: error.into() });
                }
                Some(request) = requests.recv() => {
                    let answer = self.answer(&request, live, &page).await;
                    // A browser that has gone away misses nothing.
                    tokio::task::spawn_blocking(move || request.respond(answer.response()).ok());
                }
            }
        }
    }

    async fn answer(&self, request: &Request, live: &mut Live, page: &str) -> Answer {
        // A page of another site could ask by a name of its own for this address; it must not get to see anything.
        if !self.is_own_name(request) {
            return Answer::refused(403, "this server answers to 127.0.0.1 and localhost alone");
        }
        if !matches!(request.method(), Method::Get | Method::Head) {
            return Answer::refused(405, "nothing can be changed here; ask with GET");
        }
        if request.url().len() > LONGEST_ADDRESS {
            return Answer::refused(414, "the address is too long");
        }
        let Ok(url) = Url::parse("http://127.0.0.1/").and_then(|base| base.join(request.url())) else {
            return Answer::refused(400, "the address is none");
        };
        let data = match url.path() {
            "/" => return Answer { status: 200, kind: "text/html; charset=utf-8", body: page.to_owned() },
            path @ ("/outline" | "/page") => match settings(&url) {
                Err(error) => Err(error),
                Ok(settings) if path == "/outline" => live.outline(&settings).await.and_then(|data| json(&data)),
                Ok(settings) => live.page(&settings).await.and_then(|data| json(&data)),
            },
            _ => return Answer::refused(404, "there is nothing here; the page is at /"),
        };
        match data {
            Ok(body) => Answer { status: 200, kind: "application/json", body },
            Err(error @ (Error::BadArgument { .. } | Error::BadParameter { .. })) => {
                Answer::refused(400, &error.to_string())
            }
            Err(error) => Answer::refused(500, &error.to_string()),
        }
    }

    fn is_own_name(&self, request: &Request) -> bool {
        let named = request.headers().iter().find(|header| header.field.equiv("Host"));
        named.is_some_and(|header| {
            let name = header.value.as_str();
            ["127.0.0.1", "localhost"].iter().any(|own| name == format!("{own}:{}", self.port))
        })
    }
}

/// The settings of a question, each once.
fn settings(url: &Url) -> Result<Settings> {
    let mut settings = Settings::new();
    for (name, value) in url.query_pairs() {
        if settings.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            let reason = "is given twice".to_owned();
            return Err(Error::BadArgument { what: "setting", value: name.into_owned(), reason });
        }
    }
    Ok(settings)
}

fn json(data: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(data).map_err(Error::Json)
}

impl Answer {
    fn refused(status: u16, reason: &str) -> Answer {
        Answer { status, kind: "text/plain; charset=utf-8", body: format!("{}\n", one_line(reason)) }
    }

    fn response(self) -> Response<std::io::Cursor<Vec<u8>>> {
        let mut response = Response::from_string(self.body).with_status_code(StatusCode(self.status));
        for (name, value) in HEADERS.into_iter().chain([("Content-Type", self.kind)]) {
            if let Ok(header) = Header::from_bytes(name, value) {
                response = response.with_header(header);
            }
        }
        response
    }
}
