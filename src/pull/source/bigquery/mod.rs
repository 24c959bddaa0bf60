//! BigQuery as a source, through Google's own client: metadata and queries by REST, rows by the Storage Read API in Arrow.
//!
//! A part is a month of a table that is partitioned by `game_date`, or else all of a table. Its etag is the time of its
//! last change and its number of rows; only wanted columns and dates are asked for. A month that late changes reach into
//! is read again whatever its etag says, since rows on their way through the streaming buffer leave no trace at once.
//!
//! Source: Google's protocol of `google.cloud.bigquery.storage.v1.BigQueryRead` and the BigQuery REST API v2.

mod clients;
mod connection;
mod describe;
mod fault;
mod rows;
mod stretch;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;

use super::interface::{Listing, Names, Part, PartColumns, Source};
use super::project::{Address, Mapping, Place};
use crate::dates::DateRange;
use crate::error::{Error, PullError, Reason, RequestError, Result, one_line};
use crate::snapshot::TABLES;
use crate::snapshot::columns::ReadBatch;
use crate::snapshot::contract::Table;
use clients::Clients;
use connection::{Connection, EMULATOR};
use describe::Described;
use rows::Reader;

/// What stands behind the bytes that a dry run says.
const BYTES_ARE: &str =
    "bytes to read are those that BigQuery's dry run of a query for the wanted columns and dates says";

/// The tables of a project.
pub struct BigQuery {
    address: Address,
    name: String,
    connection: Connection,
    places: Vec<(&'static Table, Place)>,
    /// Tables that the user says are there.
    mapped: Vec<&'static str>,
    listed: Mutex<Option<Arc<Listed>>>,
}

/// The tables as they were when they were listed, and what they are read with.
struct Listed {
    runtime: Handle,
    clients: Clients,
    tables: Vec<Described>,
}

impl BigQuery {
    /// The tables of `PROJECT[.DATASET]`, reached as the environment says: the `wanted` ones (none: all), each in its usual
    /// place or where a mapping says. Nothing is asked yet.
    ///
    /// # Errors
    /// The text names no project, or a table is mapped twice.
    pub fn open(text: &str, mappings: &[Mapping], wanted: Option<&[&'static Table]>) -> Result<BigQuery> {
        let address: Address = text.parse().map_err(|reason| RequestError::BadArgument {
            what: "source",
            // What is before an @ may be a secret, as in other URLs.
            value: format!("bigquery://{}", one_line(text.rsplit('@').next().unwrap_or_default())),
            reason,
        })?;
        let mappings_of = |name: &'static str| mappings.iter().filter(move |mapping| mapping.table.name == name);
        if let Some(twice) = TABLES.iter().find_map(|table| mappings_of(table.name).nth(1)) {
            let reason = format!("{} is mapped twice; keep one of them", twice.table.name);
            return Err(RequestError::BadArgument { what: "--map", value: twice.to_string(), reason }.into());
        }
        let is_wanted = |table: &Table| wanted.is_none_or(|wanted| wanted.iter().any(|other| other.name == table.name));
        let place = |table: &'static Table| {
            let mapped = mappings_of(table.name).next().map(|mapping| mapping.place(&address.project));
            (table, mapped.unwrap_or_else(|| address.usual(table)))
        };
        let places = TABLES.iter().filter(|table| is_wanted(table)).map(place).collect();
        let mapped = mappings.iter().map(|mapping| mapping.table.name).collect();
        let (name, connection) = (address.to_string(), Connection::from_environment());
        Ok(BigQuery { address, name, connection, places, mapped, listed: Mutex::default() })
    }

    fn listed(&self) -> Result<Arc<Listed>> {
        let listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        listed.ok_or_else(|| Error::Engine(format!("{} was not listed", self.name).into()))
    }

    fn reader<'a>(&'a self, listed: &'a Listed) -> Reader<'a> {
        Reader {
            runtime: &listed.runtime,
            clients: &listed.clients,
            connection: &self.connection,
            project: &self.address.project,
        }
    }
}

impl Listed {
    fn table(&self, table: &Table) -> Result<&Described> {
        let described = self.tables.iter().find(|described| described.table.name == table.name);
        described.ok_or_else(|| Error::Engine(format!("{} was not listed", table.name).into()))
    }
}

impl Source for BigQuery {
    fn name(&self) -> &str {
        &self.name
    }

    fn tables(&self) -> Result<Listing> {
        let runtime = Handle::try_current().map_err(|error| Error::Engine(Reason::of(error)))?;
        let (clients, description) = runtime.block_on(async {
            let clients = Clients::of(&self.connection).await?;
            let project = &self.address.project;
            let description = describe::describe(&clients, &self.connection, project, &self.places).await?;
            Ok::<_, Error>((clients, description))
        })?;
        let mut missing = description.missing;
        if let Some(at) = missing.iter().position(|(name, _)| self.mapped.contains(name)) {
            return Err(missing.swap_remove(at).1);
        }
        let mut notes = description.notes;
        if let Some((host, _)) = &self.connection.emulator {
            notes.push(format!("{EMULATOR} is set: read from {host}, not from Google"));
        }
        let parts = |described: &Described| described.pieces.iter().map(|piece| piece.part.clone()).collect();
        let tables = description.tables.iter().map(|described| (described.table, parts(described))).collect();
        let listed = Listed { runtime, clients, tables: description.tables };
        *self.listed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(listed));
        Ok(Listing { tables, missing, notes, bytes_are: Some(BYTES_ARE), ..Listing::default() })
    }

    fn bytes_to_read(&self, table: &'static Table, parts: &[&Part], dates: DateRange) -> Result<u64> {
        let listed = self.listed()?;
        let described = listed.table(table)?;
        let pieces = parts.iter().filter_map(|part| described.piece(part));
        let stretches: Vec<_> = pieces.map(|piece| piece.stretch).collect();
        self.reader(&listed).bytes(described, &stretches, dates)
    }

    /// Etags prove equal contents.
    fn checksum(&self, _part: &Part) -> Result<Option<String>> {
        Ok(None)
    }

    fn column_names(&self, table: &'static Table, _part: &Part, _of: Names) -> Result<BTreeSet<String>> {
        Ok(self.listed()?.table(table)?.columns.iter().cloned().collect())
    }

    fn read(
        &self,
        table: &'static Table,
        part: &Part,
        dates: DateRange,
        each: &mut dyn FnMut(ReadBatch) -> Result<()>,
    ) -> Result<PartColumns> {
        let listed = self.listed()?;
        let described = listed.table(table)?;
        let piece = described.piece(part).ok_or_else(|| PullError::SourceChanged { file: part.name.clone() })?;
        let mut rows = 0;
        let mut columns = self.reader(&listed).read((described, table), piece.stretch, dates, &mut |read| {
            rows += read.batch.num_rows() as u64;
            each(read)
        })?;
        let is_whole = dates.covers(piece.stretch.dates());
        if is_whole && described.is_stored && rows < piece.rows {
            columns.notes.push(format!(
                "{rows} rows came where its metadata say {}; a row access policy may hide the others",
                piece.rows
            ));
        }
        Ok(columns)
    }
}
