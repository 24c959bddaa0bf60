//! Reading rows: the Storage Read API, and a query first where they are a view's.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::convert::try_schema_from_ipc_buffer;
use datafusion::arrow::ipc::reader::StreamDecoder;
use google_cloud_bigquery::client::Read;
use google_cloud_bigquery::model::read_session::TableReadOptions;
use google_cloud_bigquery::model::{DataFormat, ReadRowsResponse, ReadSession};
use google_cloud_bigquery_v2::model::query_request::JobCreationMode;
use google_cloud_gax::error::Error as RpcError;
use google_cloud_gax::options::RequestOptionsBuilder as _;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::clients::{Clients, what_can_pass};
use super::connection::Connection;
use super::describe::Described;
use super::fault::{Cause, Doing, Where};
use super::stretch::Stretch;
use crate::dates::DateRange;
use crate::error::{Error, PullError, Result, one_line};
use crate::pull::source::interface::PartColumns;
use crate::pull::source::project::Place;
use crate::snapshot::cast::Casting;
use crate::snapshot::columns::{Column, ReadBatch, as_contract, find_columns};
use crate::snapshot::contract::Table;
use crate::snapshot::guard::guarded;

/// Streams of a stretch at once, and their messages that wait to be taken.
const STREAMS: i32 = 4;
const WAITING: usize = 4;
/// A stream that says nothing for so long is given up.
const SILENCE: Duration = Duration::from_secs(300);
/// The column of a table whose rows have an order, which only a single stream keeps.
const ORDINAL: &str = "ordinal";

/// What reading needs.
pub struct Reader<'a> {
    pub runtime: &'a Handle,
    pub clients: &'a Clients,
    pub connection: &'a Connection,
    /// The project that sessions and queries are of.
    pub project: &'a str,
}

impl Reader<'_> {
    /// Reads the rows of a stretch that are of `dates`, as they come, with the columns of `table`, and hands each batch to
    /// `each`.
    ///
    /// # Errors
    /// BigQuery refuses or fails, what it sends is no Arrow, a column is not of the contract; or `each` fails.
    pub fn read(
        &self,
        (described, table): (&Described, &'static Table),
        stretch: Stretch,
        dates: DateRange,
        each: &mut dyn FnMut(ReadBatch) -> Result<()>,
    ) -> Result<PartColumns> {
        let label = format!("bigquery://{}", described.place);
        let Some(condition) = described.condition(stretch, dates) else {
            return Ok(PartColumns { bytes: Some(0), ..PartColumns::default() });
        };
        let session = self.runtime.block_on(self.session(described, &label, condition))?;
        let schema = session.arrow_schema().map(|schema| schema.serialized_schema.clone()).unwrap_or_default();
        let arrow = try_schema_from_ipc_buffer(&schema).map_err(|error| not_arrow(&label, &error.to_string()))?;
        let mut rows = Rows::new((described, table), &label, &arrow)?;
        // One channel for all: a stream that waited for another to end could hold the window of their connection.
        let (sender, mut messages) = mpsc::channel(WAITING);
        let mut streams = JoinSet::new();
        let mut decoders = Vec::with_capacity(session.streams.len());
        for (at, stream) in session.streams.iter().enumerate() {
            let pump = pump(self.clients.rows.clone(), stream.name.clone(), at, sender.clone());
            streams.spawn_on(pump, self.runtime);
            decoders.push(decoder(&label, &schema)?);
        }
        drop(sender);
        let here = Where { place: &label, project: self.project, doing: Doing::ReadRows, connection: self.connection };
        while let Some((at, message)) = messages.blocking_recv() {
            rows.take(&mut decoders[at], &message.map_err(|broken| broken.error(&here))?, each)?;
        }
        // A stream that went away without a word must not pass for one that ended.
        while let Some(ended) = self.runtime.block_on(streams.join_next()) {
            ended.map_err(Error::Task)?;
        }
        Ok(rows.columns())
    }

    async fn session(&self, described: &Described, label: &str, condition: String) -> Result<ReadSession> {
        let here =
            Where { place: label, project: self.project, doing: Doing::OpenSession, connection: self.connection };
        let (table, options) = if described.is_stored {
            let options = TableReadOptions::new()
                .set_selected_fields(described.columns.iter().cloned())
                .set_row_restriction(condition);
            (described.place.resource(), options)
        } else {
            (self.queried(described, label, &condition).await?.resource(), TableReadOptions::new())
        };
        let has_order = described.table.column(ORDINAL).is_some();
        self.clients
            .rows
            .create_read_session()
            .set_parent(format!("projects/{}", self.project))
            .set_read_session(
                ReadSession::new().set_data_format(DataFormat::Arrow).set_table(table).set_read_options(options),
            )
            .set_max_stream_count(if has_order { 1 } else { STREAMS })
            // A session that nobody reads from costs nothing.
            .with_idempotency(true)
            .with_attempt_timeout(Duration::from_secs(60))
            .send()
            .await
            .map_err(|error| here.rpc(&error))
    }

    /// Runs the query over a view, and returns the table that has its result for a day.
    async fn queried(&self, described: &Described, label: &str, condition: &str) -> Result<Place> {
        let here = Where { place: label, project: self.project, doing: Doing::Query, connection: self.connection };
        let query = self.clients.queries.query(select(described, condition)).with_project_id(self.project);
        let query = query.set_job_creation_mode(JobCreationMode::JobCreationRequired).set_page_size(0_u32);
        let done = query.until_done().await.map_err(|error| here.query(&error))?;
        let job = match done.get_job() {
            Some(job) => job.send().await.map_err(|error| here.rpc(&error))?,
            None => return Err(here.error(Cause::Other, "the query left no job")),
        };
        let configuration = job.configuration.and_then(|configuration| configuration.query);
        let destination = configuration.and_then(|query| query.destination_table);
        let destination = destination.ok_or_else(|| here.error(Cause::Other, "the query left no table"))?;
        Ok(Place { project: destination.project_id, dataset: destination.dataset_id, table: destination.table_id })
    }

    /// The bytes that a query of the wanted columns and stretches would process, as BigQuery reckons without running it.
    pub fn bytes(&self, described: &Described, stretches: &[Stretch], dates: DateRange) -> Result<u64> {
        let conditions = stretches.iter().filter_map(|stretch| described.condition(*stretch, dates));
        let conditions: Vec<String> = conditions.collect();
        if conditions.is_empty() {
            return Ok(0);
        }
        let is_all = conditions.iter().any(String::is_empty);
        let conditions: Vec<String> = conditions.iter().map(|condition| format!("({condition})")).collect();
        let condition = if is_all { String::new() } else { conditions.join(" OR ") };
        let label = format!("bigquery://{}", described.place);
        let here = Where { place: &label, project: self.project, doing: Doing::Query, connection: self.connection };
        let query = self.clients.queries.query(select(described, &condition)).with_project_id(self.project);
        let planned = self.runtime.block_on(query.set_dry_run(true).send()).map_err(|error| here.query(&error))?;
        let statistics = planned.metadata().statistics.as_ref();
        let bytes = statistics.and_then(|statistics| statistics.total_bytes_processed);
        let bytes = bytes.or(planned.metadata().total_bytes_processed);
        bytes
            .and_then(|bytes| u64::try_from(bytes).ok())
            .ok_or_else(|| here.error(Cause::Other, "a dry run says no number of bytes"))
    }
}

fn select(described: &Described, condition: &str) -> String {
    let columns: Vec<String> = described.columns.iter().map(|column| format!("`{column}`")).collect();
    let filter = if condition.is_empty() { String::new() } else { format!(" WHERE {condition}") };
    format!("SELECT {} FROM `{}`{filter}", columns.join(", "), described.place)
}

/// Why a stream ended early.
enum Broken {
    Rpc(RpcError),
    Silent,
}

impl Broken {
    fn error(&self, here: &Where<'_>) -> Error {
        match self {
            Broken::Rpc(error) => here.rpc(error),
            Broken::Silent => here.error(Cause::Unavailable, "a stream fell silent"),
        }
    }
}

/// What the stream at a position sent.
type Message = (usize, Result<ReadRowsResponse, Broken>);

/// Hands on what a stream sends; one that breaks is opened again where it broke.
async fn pump(client: Read, stream: String, at: usize, sender: mpsc::Sender<Message>) {
    let mut rows = client.read_rows().set_read_stream(stream).into_reader().with_retry_policy(what_can_pass());
    loop {
        let message = match tokio::time::timeout(SILENCE, rows.next()).await {
            Ok(None) => return,
            Ok(Some(message)) => message.map_err(Broken::Rpc),
            Err(_) => Err(Broken::Silent),
        };
        let is_over = message.is_err();
        if sender.send((at, message)).await.is_err() || is_over {
            return;
        }
    }
}

/// Messages on their way into batches of the contract.
struct Rows<'a> {
    described: &'a Described,
    table: &'static Table,
    label: &'a str,
    columns: Vec<Column>,
    projection: Vec<usize>,
    rows: usize,
    bytes: u64,
}

impl<'a> Rows<'a> {
    fn new((described, table): (&'a Described, &'static Table), label: &'a str, schema: &Schema) -> Result<Rows<'a>> {
        let columns = find_columns(table, schema, Casting::EXACT.takes, label)?;
        let projection = (0..columns.len()).collect();
        Ok(Rows { described, table, label, columns, projection, rows: 0, bytes: 0 })
    }

    fn take(
        &mut self,
        decoder: &mut StreamDecoder,
        message: &ReadRowsResponse,
        each: &mut dyn FnMut(ReadBatch) -> Result<()>,
    ) -> Result<()> {
        let Some(batch) = message.arrow_record_batch() else {
            return Ok(());
        };
        self.bytes += batch.serialized_record_batch.len() as u64;
        let mut said = 0;
        for batch in decode(self.label, decoder, &batch.serialized_record_batch)? {
            said += batch.num_rows();
            let array = |at: usize| Arc::clone(batch.column(at));
            let values = self.columns.iter().map(|column| column.values(array)).collect();
            let rows = batch.num_rows();
            let read = as_contract(self.table, &self.projection, values, rows, self.rows, Casting::EXACT.cast)?;
            self.rows += rows;
            each(read)?;
        }
        if i64::try_from(said) != Ok(message.row_count) {
            return Err(not_arrow(self.label, &format!("{said} rows where it says {}", message.row_count)));
        }
        Ok(())
    }

    fn columns(&self) -> PartColumns {
        let (described, bytes) = (self.described, Some(self.bytes));
        let unknown = described.unknown.clone();
        PartColumns { bytes, unknown, ..PartColumns::of_schema(self.table, &self.columns, &described.columns) }
    }
}

/// A decoder that has been told the schema.
fn decoder(label: &str, schema: &Bytes) -> Result<StreamDecoder> {
    let mut decoder = StreamDecoder::new();
    decode(label, &mut decoder, schema)?;
    Ok(decoder)
}

fn decode(label: &str, decoder: &mut StreamDecoder, message: &Bytes) -> Result<Vec<RecordBatch>> {
    let bad = |error: ArrowError| not_arrow(label, &error.to_string());
    let mut buffer = Buffer::from(message.clone());
    let mut batches = Vec::new();
    let broken = |reason: String| not_arrow(label, &reason);
    while let Some(batch) = guarded(broken, || decoder.decode(&mut buffer).map_err(bad))? {
        batches.push(batch);
    }
    Ok(batches)
}

fn not_arrow(label: &str, reason: &str) -> Error {
    let advice = "pull again; if it stays so, export the table and pull the export".to_owned();
    Error::Pull(PullError::BigQuery {
        place: label.to_owned(),
        reason: format!("sent what is no Arrow ({})", one_line(reason)),
        advice,
    })
}
