//! The file of a store, and the thread that writes it.
//!
//! The file is a [redb] database, which is consistent after a power failure. One thread writes.
//! All changes that wait for the thread go into one transaction, so that one fsync serves several
//! changes.

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

/// The version of the format of the file.
const VERSION: u64 = 1;

/// Contains the version, under the key `version`.
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
/// The requests by number. A value is the time in milliseconds since 1970 (8 bytes,
/// big-endian), followed by the request, encoded as a message (PROTOCOL.md §2).
const REQUESTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("requests");

/// The name of the file in the directory of the store.
const FILE: &str = "store.redb";

/// The maximum number of changes in one transaction.
const BATCH: usize = 256;

/// The length in bytes of the time before a request.
const TIME: usize = 8;

/// Returns the result of a change to its caller.
type Done<T> = oneshot::Sender<Result<T, StoreError>>;

/// A change of the file.
enum Change {
    /// Appends an encoded request, and returns its number.
    Append(Vec<u8>, Done<u64>),
    /// Removes the request with this number.
    Remove(u64, Done<()>),
}

/// The file. Reads it directly, and changes it through the thread that writes.
pub(super) struct Disk {
    changes: mpsc::Sender<Change>,
    database: Shared,
}

/// The open database; `None` after an error, until the thread that writes opens it again.
type Shared = Arc<Mutex<Option<Arc<Database>>>>;

/// Encodes a request with the time at which it was stored.
///
/// # Errors
/// Returns an error if the request is not a valid message.
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

/// Decodes a request, and the time at which it was stored.
///
/// # Errors
/// Returns [`StoreError::Damaged`] if the bytes are not a request with its time.
fn decode(bytes: &[u8]) -> Result<(Request, SystemTime), StoreError> {
    let damaged = |what: &str| StoreError::Damaged(what.to_owned());
    let (ms, message) =
        bytes.split_first_chunk::<TIME>().ok_or_else(|| damaged("an entry is too short"))?;
    let at = UNIX_EPOCH + Duration::from_millis(u64::from_be_bytes(*ms));
    match Message::decode(message).map_err(|error| damaged(&error.to_string()))? {
        (Message { body: Body::Request(request), .. }, _) => Ok((request.into(), at)),
        _ => Err(damaged("an entry is not a request")),
    }
}

impl Disk {
    /// Opens the file in this directory, or creates it, and starts the thread that writes.
    /// Returns the requests in the file in order. Blocks while it reads.
    ///
    /// # Errors
    /// As [`Store::open`](super::Store::open).
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

    /// Appends an encoded request. Returns its number when it is on disk.
    ///
    /// # Errors
    /// Returns [`StoreError::Disk`] or [`StoreError::Damaged`] if it cannot be written.
    ///
    /// # Cancel safety
    /// After the first poll, the request is written even if the future is dropped.
    pub(super) async fn append(&self, bytes: Vec<u8>) -> Result<u64, StoreError> {
        let (done, written) = oneshot::channel();
        self.change(Change::Append(bytes, done), written).await
    }

    /// Removes a request. Returns when the change is on disk.
    ///
    /// # Errors
    /// As [`append`](Self::append).
    ///
    /// # Cancel safety
    /// After the first poll, the request is removed even if the future is dropped.
    pub(super) async fn remove(&self, number: u64) -> Result<(), StoreError> {
        let (done, written) = oneshot::channel();
        self.change(Change::Remove(number, done), written).await
    }

    async fn change<T>(
        &self,
        change: Change,
        written: oneshot::Receiver<Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let gone = || StoreError::Disk(io::Error::other("the thread that writes has ended"));
        self.changes.send(change).map_err(|_| gone())?;
        written.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Reads a request, and the time at which it was stored.
    ///
    /// # Errors
    /// Returns [`StoreError::Disk`] if the file cannot be read, and [`StoreError::Damaged`] if
    /// it has no such request or the request cannot be decoded.
    pub(super) fn read(&self, number: u64) -> Result<(Request, SystemTime), StoreError> {
        let database = self.database.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let database = database.ok_or_else(|| StoreError::Disk(io::ErrorKind::Other.into()))?;
        let read = database.begin_read().map_err(|error| failed(&error.into()))?;
        let table = read.open_table(REQUESTS).map_err(|error| failed(&error.into()))?;
        let bytes = table.get(number).map_err(|error| failed(&error.into()))?;
        let bytes =
            bytes.ok_or_else(|| StoreError::Damaged(format!("it has no request {number}")))?;
        decode(bytes.value())
    }
}

/// The thread that writes. It ends when the [`Disk`] is dropped.
struct Writer {
    path: PathBuf,
    database: Shared,
    /// The number of the next request.
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
                        // The caller may have dropped its future.
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
                    // redb refuses to continue after an I/O error: the file is opened again.
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

    /// Returns the open database. Opens the file again after an error.
    fn database(&self) -> Result<Arc<Database>, StoreError> {
        let mut database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(database) = &*database {
            return Ok(Arc::clone(database));
        }
        let opened = Arc::new(open(&self.path)?);
        *database = Some(Arc::clone(&opened));
        Ok(opened)
    }

    /// Writes changes in one transaction. Returns when they are on disk.
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
        write.commit().map_err(|error| failed(&error.into()))?;
        self.next = next;
        Ok(())
    }
}

/// Opens the database, or creates it.
///
/// # Errors
/// As [`Store::open`](super::Store::open).
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

/// Opens the file, or creates it. Other users cannot read a file that is created.
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

/// Reads all requests in the file, in order.
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
        let number = number.value();
        let len = bytes.value().len() as u64;
        let (request, at) = decode(bytes.value())?;
        all.push(Found { number, len, entity: request.entity, at });
    }
    Ok(all)
}

/// Converts an error of the database.
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
        // The thread of the dropped store closes the file asynchronously.
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
        assert_eq!(
            error.to_string(),
            "the store has version 0, but this library supports version 1"
        );
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
