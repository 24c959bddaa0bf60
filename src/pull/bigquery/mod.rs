//! BigQuery as a source, through Google's own client: metadata and queries by REST, rows by the Storage Read API in Arrow.
//!
//! A part is a month of a table that is partitioned by `game_date`, or else all of a table. Its etag is the time of its
//! last change and its number of rows; only wanted columns and dates are asked for. A month that late changes reach into
//! is read again whatever its etag says, since rows on their way through the streaming buffer leave no trace at once.
//!
//! Source: Google's protocol of `google.cloud.bigquery.storage.v1.BigQueryRead` and the BigQuery REST API v2.

mod connection;
mod describe;
mod fault;
mod place;
mod rows;
mod stretch;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;

pub use connection::Connection;
pub use place::Mapping;

use super::source::{DateRange, Listing, Part, PartColumns, Source};
use crate::error::{Error, Result, one_line};
use crate::snapshot::TABLES;
use crate::snapshot::columns::ReadBatch;
use crate::snapshot::contract::Table;
use connection::{Clients, EMULATOR};
use describe::Described;
use place::{Address, Place};
use rows::Reader;

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
    absent: Mutex<Vec<(&'static str, Error)>>,
}

impl BigQuery {
    /// The tables of `PROJECT[.DATASET]`, reached as the environment says. Nothing is asked yet.
    ///
    /// # Errors
    /// The text names no project.
    pub fn open(text: &str) -> Result<BigQuery> {
        BigQuery::with(text, Connection::from_environment())
    }

    /// The same, reached by this connection.
    ///
    /// # Errors
    /// The text names no project.
    pub fn with(text: &str, connection: Connection) -> Result<BigQuery> {
        let address: Address = text.parse().map_err(|reason| Error::BadArgument {
            what: "source",
            // What is before an @ may be a secret, as in other URLs.
            value: format!("bigquery://{}", one_line(text.rsplit('@').next().unwrap_or_default())),
            reason,
        })?;
        let places = TABLES.iter().map(|table| (table, address.usual(table))).collect();
        let name = address.to_string();
        Ok(BigQuery { address, name, connection, places, mapped: Vec::new(), listed: Mutex::default() })
    }

    fn listed(&self) -> Result<Arc<Listed>> {
        let listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        listed.ok_or_else(|| Error::Engine(format!("{} was not listed", self.name)))
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
        described.ok_or_else(|| Error::Engine(format!("{} was not listed", table.name)))
    }
}

impl Source for BigQuery {
    fn name(&self) -> &str {
        &self.name
    }

    fn place(&mut self, mappings: &[Mapping], wanted: Option<&[&'static Table]>) -> Result<()> {
        for mapping in mappings {
            let name = mapping.table.name;
            let refused = |reason: String| Error::BadArgument { what: "--map", value: mapping.to_string(), reason };
            if self.mapped.contains(&name) {
                return Err(refused(format!("{name} is mapped twice; keep one of them")));
            }
            let place = mapping.place(&self.address.project);
            self.mapped.push(name);
            self.places.iter_mut().filter(|(table, _)| table.name == name).for_each(|(_, old)| *old = place.clone());
        }
        if let Some(wanted) = wanted {
            self.places.retain(|(table, _)| wanted.iter().any(|other| other.name == table.name));
        }
        Ok(())
    }

    fn tables(&self) -> Result<Listing> {
        let runtime = Handle::try_current().map_err(|error| Error::Engine(error.to_string()))?;
        let (clients, description) = runtime.block_on(async {
            let clients = self.connection.clients().await?;
            let project = &self.address.project;
            let description = describe::describe(&clients, &self.connection, project, &self.places).await?;
            Ok::<_, Error>((clients, description))
        })?;
        let mut absent = description.absent;
        if let Some(at) = absent.iter().position(|(name, _)| self.mapped.contains(name)) {
            return Err(absent.swap_remove(at).1);
        }
        let mut notes = description.notes;
        if let Some((host, _)) = &self.connection.emulator {
            notes.push(format!("{EMULATOR} is set: read from {host}, not from Google"));
        }
        let parts = |described: &Described| described.pieces.iter().map(|piece| piece.part.clone()).collect();
        let tables = description.tables.iter().map(|described| (described.table, parts(described))).collect();
        let listed = Listed { runtime, clients, tables: description.tables, absent: Mutex::new(absent) };
        *self.listed.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(listed));
        Ok(Listing { tables, notes, ..Listing::default() })
    }

    fn not_there(&self, table: &'static Table, _listing: &Listing) -> Error {
        let said = self.listed().ok().and_then(|listed| {
            let mut absent = listed.absent.lock().unwrap_or_else(PoisonError::into_inner);
            let at = absent.iter().position(|(name, _)| *name == table.name)?;
            Some(absent.swap_remove(at).1)
        });
        said.unwrap_or_else(|| Error::Engine(format!("{} was not listed", table.name)))
    }

    fn dates(&self, part: &Part) -> DateRange {
        let listed = self.listed().ok();
        let piece = listed.as_ref().and_then(|listed| listed.tables.iter().find_map(|table| table.piece(part)));
        piece.map(|piece| piece.stretch.dates()).unwrap_or_default()
    }

    /// Months are; of a table that is one part, the etag tells whether rows still stream in.
    fn is_reread_if_late(&self, part: &Part) -> bool {
        self.dates(part) != DateRange::default()
    }

    fn bytes_to_read(&self, table: &'static Table, parts: &[&Part], dates: DateRange) -> Result<u64> {
        let listed = self.listed()?;
        let described = listed.table(table)?;
        let pieces = parts.iter().filter_map(|part| described.piece(part));
        let stretches: Vec<_> = pieces.map(|piece| piece.stretch).collect();
        self.reader(&listed).bytes(described, &stretches, dates)
    }

    fn bytes_are(&self) -> Option<&'static str> {
        Some("bytes to read are those that BigQuery's dry run of a query for the wanted columns and dates says")
    }

    /// Etags prove equal contents.
    fn checksum(&self, _part: &Part) -> Result<Option<String>> {
        Ok(None)
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
        let piece = described.piece(part).ok_or_else(|| Error::SourceChanged { file: part.name.clone() })?;
        let mut rows = 0;
        let mut columns = self.reader(&listed).read(described, piece.stretch, dates, &mut |read| {
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
