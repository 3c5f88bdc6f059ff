//! The file of a store, and the thread that writes it.
//!
//! The file is one of [redb], which is whole after a power cut. One thread writes; what waits
//! for it goes into one transaction, so that one fsync serves many.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use alwayson_codec::{Body, EncodeError, Ids, Message};
use redb::{Database, DatabaseError, ReadableTable, TableDefinition, TableError};
use tokio::sync::oneshot;

use super::StoreError;
use super::index::Found;
use crate::message::Request;

/// The version of what is in the file.
const VERSION: u64 = 1;

const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
/// By number: the time in milliseconds since 1970 (8 bytes, big-endian), and the request as
/// a message of the protocol.
const REQUESTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("requests");

/// The name of the file.
const FILE: &str = "store.redb";

/// How many changes go into one transaction.
const BATCH: usize = 256;

/// The bytes of the time before a request.
const TIME: usize = 8;

type Done<T> = oneshot::Sender<Result<T, StoreError>>;

enum Change {
    Append(Vec<u8>, Done<u64>),
    Remove(u64, Done<()>),
}

/// The file, for whoever reads it and for the thread that writes it.
pub(super) struct Disk {
    changes: mpsc::Sender<Change>,
    database: Shared,
}

/// None while the file is opened anew after an error.
type Shared = Arc<Mutex<Option<Arc<Database>>>>;

/// Encodes a request with its time.
pub(super) fn encode(request: &Request, at: SystemTime) -> Result<Vec<u8>, EncodeError> {
    let ms = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let ms = u64::try_from(ms).unwrap_or(u64::MAX);
    let len = crate::message::request_len(request, &request.entity)?;
    let mut bytes = ms.to_be_bytes().to_vec();
    bytes.resize(TIME + len, 0);
    let (_, message) = bytes.split_at_mut(TIME);
    request.with_head(|head| {
        let body = Body::Request(head);
        let of = Message { ids: Ids::unauthenticated(0), body };
        match &request.params {
            None => of.encode(message),
            Some(params) => {
                of.encode_with_table(message, |s| params.shape(s), |r| params.rows_to(r))
            }
        }
    })??;
    Ok(bytes)
}

/// The request that was encoded, and its time.
fn decode(bytes: &[u8]) -> Result<(Request, SystemTime), StoreError> {
    let damaged = |what: &str| StoreError::Damaged(what.to_owned());
    let (ms, message) = bytes.split_first_chunk::<TIME>().ok_or_else(|| damaged("too short"))?;
    let at = UNIX_EPOCH + Duration::from_millis(u64::from_be_bytes(*ms));
    match Message::decode(message).map_err(|error| damaged(&error.to_string()))? {
        (Message { body: Body::Request(request), .. }, _) => Ok((request.into(), at)),
        _ => Err(damaged("no request")),
    }
}

impl Disk {
    /// Opens the file in this directory, and finds what is in it.
    pub(super) fn open(directory: &Path) -> Result<(Self, Vec<Found>), StoreError> {
        let path = directory.join(FILE);
        let database = Arc::new(open(&path)?);
        let found = find(&database)?;
        let next = found.last().map_or(0, |last| last.number + 1);
        let shared = Arc::new(Mutex::new(Some(database)));
        let (changes, receiver) = mpsc::channel();
        let mut writer = Writer { path, database: Arc::clone(&shared), next };
        std::thread::Builder::new()
            .name("alwayson-store".to_owned())
            .spawn(move || writer.run(&receiver))
            .map_err(StoreError::Disk)?;
        Ok((Self { changes, database: shared }, found))
    }

    /// Appends a request; returns its number when it is on disk.
    pub(super) async fn append(&self, bytes: Vec<u8>) -> Result<u64, StoreError> {
        let (done, written) = oneshot::channel();
        self.change(Change::Append(bytes, done), written).await
    }

    /// Removes a request; returns when that is on disk.
    pub(super) async fn remove(&self, number: u64) -> Result<(), StoreError> {
        let (done, written) = oneshot::channel();
        self.change(Change::Remove(number, done), written).await
    }

    async fn change<T>(
        &self,
        change: Change,
        written: oneshot::Receiver<Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let gone = || StoreError::Disk(io::Error::other("the thread of the store has ended"));
        self.changes.send(change).map_err(|_| gone())?;
        written.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Reads a request.
    pub(super) fn read(&self, number: u64) -> Result<(Request, SystemTime), StoreError> {
        let database = self.database.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let database = database.ok_or_else(|| StoreError::Disk(io::ErrorKind::Other.into()))?;
        let read = database.begin_read().map_err(|error| failed(&error.into()))?;
        let table = read.open_table(REQUESTS).map_err(|error| failed(&error.into()))?;
        let bytes = table.get(number).map_err(|error| failed(&error.into()))?;
        let bytes = bytes.ok_or_else(|| StoreError::Damaged(format!("no request {number}")))?;
        decode(bytes.value())
    }
}

/// The thread that writes. It ends when nobody can ask for a change any more.
struct Writer {
    path: PathBuf,
    database: Shared,
    next: u64,
}

impl Writer {
    fn run(&mut self, changes: &mpsc::Receiver<Change>) {
        while let Ok(first) = changes.recv() {
            let mut batch = vec![first];
            batch.extend(changes.try_iter().take(BATCH - 1));
            let begin = self.next;
            let written = self.database().and_then(|database| self.write(&database, &batch));
            match written {
                Ok(()) => {
                    let mut number = begin;
                    for change in batch {
                        // Whoever asked may be gone.
                        match change {
                            Change::Append(_, done) => {
                                let _ = done.send(Ok(number));
                                number += 1;
                            }
                            Change::Remove(_, done) => drop(done.send(Ok(()))),
                        }
                    }
                }
                Err(error) => {
                    // After an error of the disk the file has to be opened anew.
                    *self.database.lock().unwrap_or_else(PoisonError::into_inner) = None;
                    tracing::error!(%error, "the store cannot be written");
                    let kind = match &error {
                        StoreError::Disk(error) => error.kind(),
                        _ => io::ErrorKind::Other,
                    };
                    let again = || StoreError::Disk(io::Error::new(kind, error.to_string()));
                    for change in batch {
                        match change {
                            Change::Append(_, done) => drop(done.send(Err(again()))),
                            Change::Remove(_, done) => drop(done.send(Err(again()))),
                        }
                    }
                }
            }
        }
    }

    fn database(&self) -> Result<Arc<Database>, StoreError> {
        let mut database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(database) = &*database {
            return Ok(Arc::clone(database));
        }
        let opened = Arc::new(open(&self.path)?);
        *database = Some(Arc::clone(&opened));
        Ok(opened)
    }

    fn write(&mut self, database: &Database, batch: &[Change]) -> Result<(), StoreError> {
        let write = database.begin_write().map_err(|error| failed(&error.into()))?;
        let mut next = self.next;
        {
            let mut table = write.open_table(REQUESTS).map_err(|error| failed(&error.into()))?;
            for change in batch {
                match change {
                    Change::Append(bytes, _) => {
                        table.insert(next, &bytes[..]).map_err(|error| failed(&error.into()))?;
                        next += 1;
                    }
                    Change::Remove(number, _) => {
                        table.remove(number).map_err(|error| failed(&error.into()))?;
                    }
                }
            }
        }
        // It returns when the change is on disk.
        write.commit().map_err(|error| failed(&error.into()))?;
        self.next = next;
        Ok(())
    }
}

/// Opens the file, or makes it; nobody else may read it.
fn open(path: &Path) -> Result<Database, StoreError> {
    let database = Database::builder().create_file(file(path)?).map_err(|error| match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::InUse,
        DatabaseError::UpgradeRequired(found) => {
            StoreError::Version { found: found.into(), known: VERSION }
        }
        error => failed(&error.into()),
    })?;
    let write = database.begin_write().map_err(|error| failed(&error.into()))?;
    {
        let mut meta = write.open_table(META).map_err(|error| failed(&error.into()))?;
        let found = meta.get("version").map_err(|error| failed(&error.into()))?;
        let found = found.map(|found| found.value());
        match found {
            Some(VERSION) => {}
            Some(found) => return Err(StoreError::Version { found, known: VERSION }),
            None => {
                meta.insert("version", VERSION).map_err(|error| failed(&error.into()))?;
            }
        }
        write.open_table(REQUESTS).map_err(|error| failed(&error.into()))?;
    }
    write.commit().map_err(|error| failed(&error.into()))?;
    Ok(database)
}

fn file(path: &Path) -> Result<File, StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path).map_err(StoreError::Disk)
}

/// All that is in the file.
fn find(database: &Database) -> Result<Vec<Found>, StoreError> {
    let read = database.begin_read().map_err(|error| failed(&error.into()))?;
    let table = match read.open_table(REQUESTS) {
        Ok(table) => table,
        Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
        Err(error) => return Err(failed(&error.into())),
    };
    let mut all = Vec::new();
    for entry in table.iter().map_err(|error| failed(&error.into()))? {
        let (number, bytes) = entry.map_err(|error| failed(&error.into()))?;
        let (number, len) = (number.value(), bytes.value().len() as u64);
        let (request, at) = decode(bytes.value())?;
        all.push(Found { number, len, entity: request.entity, at });
    }
    Ok(all)
}

/// An error of the file.
fn failed(error: &redb::Error) -> StoreError {
    match error {
        redb::Error::Io(error) => StoreError::Disk(io::Error::new(error.kind(), error.to_string())),
        redb::Error::PreviousIo => StoreError::Disk(io::Error::other(error.to_string())),
        error => StoreError::Damaged(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_or_newer_store_is_refused_with_both_versions() {
        let directory = tempfile::tempdir().unwrap();
        drop(Disk::open(directory.path()).unwrap());
        let path = directory.path().join(FILE);
        // Its thread closes it a moment later.
        let database = loop {
            match Database::create(&path) {
                Ok(database) => break database,
                Err(DatabaseError::DatabaseAlreadyOpen) => std::thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        };
        let write = database.begin_write().unwrap();
        write.open_table(META).unwrap().insert("version", 0).unwrap();
        write.commit().unwrap();
        drop(database);
        let error = Disk::open(directory.path()).map(drop).unwrap_err();
        assert_eq!(error.to_string(), "the store is of version 0, and 1 is known");
    }

    #[test]
    fn a_request_is_read_as_it_was_written() {
        use crate::value::Table;
        let params = Table::of([("values", Table::of([("x", 1.5.into())]).into())]);
        let requests = [
            Request::write_property("*sn-17", "Speed", 12.5),
            Request::invoke_service("Pump", "UpdatePropertyValues", Some(params)),
            Request::fire_event("Pump", "Overheated", None),
        ];
        let at = UNIX_EPOCH + Duration::from_millis(1_700_000_000_123);
        for request in requests {
            let bytes = encode(&request, at).unwrap();
            assert_eq!(decode(&bytes).unwrap(), (request, at));
            for end in 0..bytes.len() {
                assert!(decode(&bytes[..end]).is_err());
            }
        }
    }
}
