//! A BigQuery on loopback: what of its REST API and of its Storage Read API a pull uses.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use datafusion::arrow::array::RecordBatch;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use tokio_rustls::TlsAcceptor;

use super::protocol::{
    ArrowRecordBatch, ArrowSchema, CreateReadSessionRequest, ReadRowsRequest, ReadRowsResponse, ReadSession, ReadStream,
};
use super::tables::{Table, messages};
use super::wire::{Asked, answer_rest, answer_storage, tls};
use crate::support::untidy::every;

pub const PROJECT: &str = "nba-prod";
/// Rows of a page of partitions.
const PAGE_ROWS: usize = 5;

/// A refusal: HTTP status, gRPC status and message.
#[derive(Clone)]
pub struct Fault {
    pub http: u16,
    pub status: &'static str,
    pub reason: &'static str,
    pub message: String,
}

impl Fault {
    pub fn new(http: u16, message: &str) -> Fault {
        let (status, reason) = match http {
            400 => ("INVALID_ARGUMENT", "invalid"),
            401 => ("UNAUTHENTICATED", "authError"),
            403 => ("PERMISSION_DENIED", "accessDenied"),
            404 => ("NOT_FOUND", "notFound"),
            429 => ("RESOURCE_EXHAUSTED", "rateLimitExceeded"),
            500 => ("INTERNAL", "internalError"),
            503 => ("UNAVAILABLE", "backendError"),
            other => panic!("{other}"),
        };
        Fault { http, status, reason, message: message.to_owned() }
    }

    pub fn grpc(&self) -> &'static str {
        match self.http {
            400 => "3",
            404 => "5",
            403 => "7",
            429 => "8",
            500 => "13",
            503 => "14",
            401 => "16",
            other => panic!("{other}"),
        }
    }
}

/// How a stream of rows ends before its end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// With a status, after some messages.
    Status,
    /// Without a word, at some point.
    Reset,
}

pub struct State {
    pub tables: BTreeMap<String, Table>,
    /// Refusals to come, by method; each once.
    pub faults: Vec<(&'static str, Fault)>,
    /// Streams that will break.
    pub breaks: Vec<Break>,
    /// The token without which nothing is answered.
    pub token: Option<String>,
    /// Rows of a message.
    pub message_rows: usize,
    /// Rows that a policy hides from every session.
    pub hidden_rows: usize,
    /// What was asked for.
    pub log: Vec<String>,
    streams: BTreeMap<String, Vec<RecordBatch>>,
    jobs: Vec<(String, Vec<[Value; 5]>)>,
}

/// TLS for a protocol of the layer above.
type Tls = fn(&[u8]) -> Arc<ServerConfig>;

pub struct Server {
    pub rest: SocketAddr,
    pub storage: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Server {
    /// Starts on ports of its own; its threads end with the test's process.
    pub fn start(tables: impl IntoIterator<Item = (String, Table)>) -> Server {
        Server::start_with(tables, None)
    }

    /// The same behind TLS, with the certificate for localhost that lies beside this file.
    pub fn start_with_tls(tables: impl IntoIterator<Item = (String, Table)>) -> Server {
        Server::start_with(tables, Some(tls))
    }

    fn start_with(tables: impl IntoIterator<Item = (String, Table)>, tls: Option<Tls>) -> Server {
        let state = State {
            tables: tables.into_iter().collect(),
            faults: Vec::new(),
            breaks: Vec::new(),
            token: None,
            message_rows: 700,
            hidden_rows: 0,
            log: Vec::new(),
            streams: BTreeMap::new(),
            jobs: Vec::new(),
        };
        let state = Arc::new(Mutex::new(state));
        let rest = TcpListener::bind("127.0.0.1:0").unwrap();
        let storage = TcpListener::bind("127.0.0.1:0").unwrap();
        storage.set_nonblocking(true).unwrap();
        let server = Server {
            rest: rest.local_addr().unwrap(),
            storage: storage.local_addr().unwrap(),
            state: Arc::clone(&state),
        };
        let of_rest = Arc::clone(&state);
        thread::spawn(move || {
            for connection in rest.incoming().flatten() {
                let state = Arc::clone(&of_rest);
                thread::spawn(move || match tls {
                    None => answer_rest(connection, &state),
                    Some(tls) => {
                        let session = ServerConnection::new(tls(b"http/1.1")).unwrap();
                        answer_rest(StreamOwned::new(session, connection), &state);
                    }
                });
            }
        });
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(storage).unwrap();
                while let Ok((connection, _)) = listener.accept().await {
                    let state = Arc::clone(&state);
                    tokio::spawn(async move {
                        match tls {
                            None => answer_storage(connection, state).await,
                            Some(tls) => {
                                if let Ok(connection) = TlsAcceptor::from(tls(b"h2")).accept(connection).await {
                                    answer_storage(connection, state).await;
                                }
                            }
                        }
                    });
                }
            });
        });
        server
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Makes the program ask this server.
    pub fn environment<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        for name in ["CLOUDSDK_AUTH_ACCESS_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_UNIVERSE_DOMAIN"] {
            command.env_remove(name);
        }
        command
            .env("BIGQUERY_EMULATOR_HOST", self.rest.to_string())
            .env("BIGQUERY_STORAGE_EMULATOR_HOST", format!("http://{}", self.storage))
    }

    /// What was asked for since the last time, of the kinds that begin with `kind`.
    pub fn asked(&self, kind: &str) -> Vec<String> {
        let log = std::mem::take(&mut self.state().log);
        log.into_iter().filter(|line| line.starts_with(kind)).collect()
    }
}

impl State {
    /// Notes a request, and what it is refused with.
    fn begin(&mut self, method: &str, about: &str, authorization: Option<&str>) -> Result<(), Fault> {
        self.log.push(format!("{method} {about}"));
        if let Some(token) = &self.token
            && authorization != Some(&format!("Bearer {token}"))
        {
            let sent = authorization.unwrap_or("nothing");
            return Err(Fault::new(401, &format!("Request had invalid authentication credentials: {sent}.")));
        }
        match self.faults.iter().position(|(of, _)| *of == method) {
            Some(at) => Err(self.faults.remove(at).1),
            None => Ok(()),
        }
    }

    fn table(&self, dataset: &str, name: &str) -> Result<&Table, Fault> {
        let has_dataset = self.tables.keys().any(|key| key.split('.').next() == Some(dataset));
        if !has_dataset {
            return Err(Fault::new(404, &format!("Not found: Dataset {PROJECT}:{dataset}")));
        }
        let missing = || Fault::new(404, &format!("Not found: Table {PROJECT}:{dataset}.{name}"));
        self.tables.get(&format!("{dataset}.{name}")).ok_or_else(missing)
    }

    /// The rows of `SELECT columns FROM `place` WHERE condition`.
    fn run(&self, sql: &str) -> Result<RecordBatch, Fault> {
        let (columns, rest) = sql.strip_prefix("SELECT ").unwrap().split_once(" FROM `").unwrap();
        let (place, rest) = rest.split_once('`').unwrap();
        let mut place = place.split('.').skip(1);
        let table = self.table(place.next().unwrap(), place.next().unwrap())?;
        let columns: Vec<String> = columns.split(", ").map(|column| column.trim_matches('`').to_owned()).collect();
        let condition = rest.strip_prefix(" WHERE ").unwrap_or("");
        // A dry run asks for several stretches at once.
        let condition = condition.split(") OR (").next().unwrap().trim_matches(['(', ')']);
        table.select(&columns, condition).map_err(|message| Fault::new(400, &message))
    }

    /// Answers a request of the REST API.
    pub fn rest(&mut self, request: &Asked) -> Result<Value, Fault> {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let path: Vec<&str> = path.trim_start_matches("/bigquery/v2/projects/").split('/').collect();
        let mut begin = |method: &str, about: &str| self.begin(method, about, request.authorization.as_deref());
        let body = &request.body;
        match (request.method.as_str(), path.as_slice()) {
            ("GET", [project, "datasets", dataset, "tables", table]) => {
                begin("tables.get", &format!("{dataset}.{table}"))?;
                Ok(self.table(dataset, table)?.resource(project, dataset, table))
            }
            ("POST", [_, "queries"]) => {
                let sql = body["query"].as_str().unwrap();
                begin("jobs.query", sql)?;
                assert_eq!(body["useLegacySql"], json!(false));
                let id = format!("job{}", self.jobs.len());
                let rows = if sql.contains("INFORMATION_SCHEMA") {
                    self.partitions(sql)
                } else {
                    let rows = self.run(sql)?;
                    let name = format!("_anonymous.{id}");
                    self.tables.insert(name, Table::new(&rows, None));
                    Vec::new()
                };
                self.jobs.push((id.clone(), rows));
                Ok(self.page(&id, 0))
            }
            ("GET", [_, "queries", id]) => {
                let token = query.split('&').find_map(|pair| pair.strip_prefix("pageToken=")).unwrap();
                begin("jobs.getQueryResults", token)?;
                Ok(self.page(id, token.parse().unwrap()))
            }
            ("GET", [_, "jobs", id]) => {
                begin("jobs.get", id)?;
                let table = json!({"projectId": PROJECT, "datasetId": "_anonymous", "tableId": id});
                Ok(json!({
                    "status": {"state": "DONE"},
                    "configuration": {"query": {"query": "", "destinationTable": table}},
                }))
            }
            ("POST", [_, "jobs"]) => {
                let sql = body["configuration"]["query"]["query"].as_str().unwrap();
                begin("jobs.insert", sql)?;
                assert_eq!(body["configuration"]["dryRun"], json!(true));
                self.run(sql)?;
                // A byte for each letter: enough to tell one query from another.
                let bytes = sql.len().to_string();
                Ok(json!({
                    "jobReference": {"projectId": PROJECT, "jobId": "dry"},
                    "status": {"state": "DONE"},
                    "configuration": {"dryRun": true, "query": {"query": sql}},
                    "statistics": {"totalBytesProcessed": bytes},
                }))
            }
            other => panic!("{other:?} is not spoken here"),
        }
    }

    fn partitions(&self, sql: &str) -> Vec<[Value; 5]> {
        let dataset = sql.split('`').nth(1).unwrap().split('.').nth(1).unwrap();
        let of = |(key, table): (&String, &Table)| {
            let (of, name) = key.split_once('.').unwrap();
            let is_asked = of == dataset && sql.contains(&format!("'{name}'"));
            if is_asked { table.partition_rows(name) } else { Vec::new() }
        };
        self.tables.iter().flat_map(of).collect()
    }

    fn page(&self, id: &str, from: usize) -> Value {
        let rows = &self.jobs.iter().find(|(of, _)| of == id).unwrap().1;
        let field = |name: &str, kind: &str| json!({"name": name, "type": kind, "mode": "NULLABLE"});
        let page = rows.iter().skip(from).take(PAGE_ROWS);
        let page: Vec<Value> = page.map(|row| json!({"f": row.each_ref().map(|value| json!({"v": value}))})).collect();
        let mut answer = json!({
            "kind": "bigquery#queryResponse",
            "jobReference": {"projectId": PROJECT, "jobId": id, "location": "US"},
            "jobComplete": true,
            "totalRows": rows.len().to_string(),
            "schema": {"fields": [
                field("table_name", "STRING"), field("partition_id", "STRING"), field("row_count", "INTEGER"),
                field("byte_count", "INTEGER"), field("modified", "INTEGER"),
            ]},
            "rows": page,
        });
        if from + PAGE_ROWS < rows.len() {
            answer["pageToken"] = json!((from + PAGE_ROWS).to_string());
        }
        answer
    }

    /// Opens a session.
    pub fn session(
        &mut self,
        request: &CreateReadSessionRequest,
        authorization: Option<&str>,
    ) -> Result<ReadSession, Fault> {
        let wanted = request.read_session.clone().unwrap();
        let options = wanted.read_options.clone().unwrap_or_default();
        let place: Vec<&str> = wanted.table.split('/').collect();
        let about = format!("{}.{}: {}", place[3], place[5], options.row_restriction);
        self.begin("CreateReadSession", &about, authorization)?;
        assert_eq!((request.parent.as_str(), wanted.data_format), ("projects/nba-prod", 2));
        let table = self.table(place[3], place[5])?;
        if table.is_view {
            return Err(Fault::new(400, "Reading from logical views is not supported"));
        }
        let selected = table.select(&options.selected_fields, &options.row_restriction);
        let rows = selected.map_err(|message| Fault::new(400, &message))?;
        let rows = rows.slice(0, rows.num_rows().saturating_sub(self.hidden_rows));
        let (schema, _) = messages(&rows.slice(0, 0));
        let wanted_streams = usize::try_from(request.max_stream_count).unwrap().min(3);
        let count = if rows.num_rows() > self.message_rows { wanted_streams } else { rows.num_rows().min(1) };
        let name = format!("projects/{PROJECT}/locations/us/sessions/s{}", self.streams.len());
        let streams = (0..count).map(|at| {
            let stream = format!("{name}/streams/{at}");
            let rows = every(&rows, at, count);
            let pages = (0..rows.num_rows()).step_by(self.message_rows);
            let pages = pages.map(|from| rows.slice(from, self.message_rows.min(rows.num_rows() - from))).collect();
            self.streams.insert(stream.clone(), pages);
            ReadStream { name: stream }
        });
        Ok(ReadSession {
            streams: streams.collect(),
            name,
            data_format: 2,
            arrow_schema: Some(ArrowSchema { serialized_schema: schema }),
            table: wanted.table,
            read_options: wanted.read_options,
        })
    }

    /// The messages of a stream from an offset on, and how it breaks.
    pub fn rows(
        &mut self,
        request: &ReadRowsRequest,
        authorization: Option<&str>,
    ) -> Result<(Vec<ReadRowsResponse>, Option<Break>), Fault> {
        self.begin("ReadRows", &request.offset.to_string(), authorization)?;
        let mut skipped = usize::try_from(request.offset).unwrap();
        let mut answers = Vec::new();
        for page in &self.streams[&request.read_stream] {
            let skip = skipped.min(page.num_rows());
            skipped -= skip;
            let page = page.slice(skip, page.num_rows() - skip);
            if page.num_rows() > 0 {
                let (_, batch) = messages(&page);
                let arrow_record_batch = Some(ArrowRecordBatch { serialized_record_batch: batch });
                answers.push(ReadRowsResponse { arrow_record_batch, row_count: page.num_rows() as i64 });
            }
        }
        let broken = self.breaks.pop();
        if broken.is_some() {
            answers.truncate(answers.len().div_ceil(2));
        }
        Ok((answers, broken))
    }
}
