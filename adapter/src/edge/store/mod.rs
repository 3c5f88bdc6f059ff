//! A durable store of an edge: stored requests survive a lost connection and a restart.
//!
//! A request is on disk when [`Edge::request_stored`] returns. It is sent as soon as there is
//! a connection, and removed from the disk when the platform has answered with a success. So
//! each request is delivered at least once. The requests to each Thing are delivered in order.
//! If the platform refuses a request permanently, it is appended to the file
//! `dead-letters.jsonl` in the directory of the store, with the reason.
//!
//! [`Edge::request_stored`]: super::Edge::request_stored
//!
//! ```no_run
//! use alwayson::edge::store::{Store, StoreOptions};
//! use alwayson::edge::{Credentials, Edge, Thing};
//! use alwayson::message::Request;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let store = Store::open("/var/lib/pump/store", StoreOptions::default())?;
//! let edge = Edge::builder("wss://platform.example")?
//!     .credentials(|| async { std::env::var("APP_KEY").map(Credentials::app_key) })
//!     .thing(Thing::new("Pump").property("Pressure", 2.5))
//!     .store(store)
//!     .start()?;
//! // Returns also while there is no connection.
//! edge.request_stored(Request::fire_event("Pump", "Overheated", None)).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Why redb
//!
//! Measured once on ext4 with two cores: messages of 1 KiB, with one fsync for each message or for
//! 256 messages; memory and file size for 27,700 messages.
//!
//! | | plain file | redb 2.6 | fjall 3.1 | `SQLite`, WAL (rusqlite 0.37) |
//! | --- | --- | --- | --- | --- |
//! | appended per second, one by one | 5,400 | 3,000 | 7,000 | 4,500 |
//! | appended per second, 256 together | 139,000 | 44,000 | 123,000 | 71,000 |
//! | removed per second, one by one | – | 3,100 | 7,000 | 4,700 |
//! | peak memory, MiB | 2 | 28 | 34 | 6 |
//! | file, MiB | 27 | 56 | 28 | 41 |
//! | size added to a program, KiB | – | 750 | 1,200 | 1,870 |
//! | crates | – | 2 | 41 | 9, and a C compiler |
//! | required Rust version | – | that of this crate | 1.90 | that of this crate |
//! | to recover from a full disk | – | open again | restart the process | nothing |
//!
//! On a busy machine, all of them append about 230 messages per second one by one: fsync takes the
//! time, and requests that arrive together share one. The deciding point is therefore the number of
//! dependencies. After an I/O error, redb has to be opened again, which the thread that writes does.

// | file | contents |
// | --- | --- |
// | `mod.rs` | the public types: store, options, events, errors |
// | `handle.rs` | the calls of an edge that use its store |
// | `disk.rs` | the file, and the thread that writes it |
// | `index.rs` | the index of the file, in memory |
// | `dead.rs` | the file of dead letters |
// | `deliver.rs` | the task that sends the stored requests |

mod dead;
mod deliver;
mod disk;
mod handle;
mod index;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use alwayson_codec::EncodeError;
use tokio::sync::Notify;

use crate::message::Request;
use crate::option::options;
use dead::DeadLetters;
pub(super) use deliver::deliver;
use disk::Disk;
use index::Index;

/// What a store does with a request for which it has no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// Refuses the request with [`StoreError::Full`]. No stored request is dropped.
    #[default]
    Refuse,
    /// Drops the oldest requests until there is room, and counts them
    /// ([`StoreStatus::dropped`]). A request that is being sent is not dropped.
    DropOldest,
}

/// What happened to a request in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreEvent {
    /// The request is on disk.
    Stored,
    /// The platform has answered with a success. The request was removed from the disk.
    Delivered,
    /// The platform refused the request permanently, or it cannot be sent at all, for this
    /// reason. The request was moved to the file of dead letters.
    DeadLettered(String),
    /// The request was dropped to make room for another one ([`WhenFull::DropOldest`]).
    Dropped,
    /// The request was not delivered, for this reason. It stays in the store and is sent
    /// again: after 500 ms, and after each further failure twice as long, up to 30 s.
    Failed(String),
}

/// Called with each event and its request.
type Listener = Arc<dyn Fn(&Request, &StoreEvent) + Send + Sync>;

options! {
    /// The options of a store.
    ///
    /// # Examples
    /// ```
    /// use alwayson::edge::store::{StoreOptions, WhenFull};
    ///
    /// let options = StoreOptions::default()
    ///     .with_max_bytes(1 << 20)?
    ///     .with_when_full(WhenFull::DropOldest)
    ///     .on_event(|request, event| println!("{request}: {event:?}"));
    /// # Ok::<(), alwayson::OptionError>(())
    /// ```
    #[derive(Clone)]
    pub struct StoreOptions {
        /// The maximum number of bytes of requests in the store; 64 MiB by default, which is about
        /// 100,000 pushes of a few values. At least 1. The file is larger than its requests.
        max_bytes / with_max_bytes: u64 = 64 << 20, in 1..=u64::MAX;
        /// What happens to a request if the store is full; by default it is refused.
        when_full / with_when_full: WhenFull = WhenFull::Refuse;
        /// The length of the file of dead letters, in bytes, after which a new one begins; 16 MiB
        /// by default. The full file is renamed to `dead-letters.jsonl.1`, which replaces an
        /// earlier one. At least 1.
        max_dead_bytes / with_max_dead_bytes: u64 = 16 << 20, in 1..=u64::MAX;
        [own] listener: Listener = Arc::new(|_, _| ());
    }
}

impl StoreOptions {
    /// Sets a function that is called with each event of a request. Tasks of the edge call it,
    /// and wait until it returns: do not block in it.
    #[must_use]
    pub fn on_event(
        self,
        listener: impl Fn(&Request, &StoreEvent) + Send + Sync + 'static,
    ) -> Self {
        Self { listener: Arc::new(listener), ..self }
    }
}

impl fmt::Debug for StoreOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreOptions")
            .field("max_bytes", &self.max_bytes)
            .field("when_full", &self.when_full)
            .field("max_dead_bytes", &self.max_dead_bytes)
            .finish_non_exhaustive()
    }
}

/// Why a store cannot be opened, or a request cannot be stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The edge has no store.
    #[error("the edge has no store")]
    None,
    /// The store has no room for the request.
    #[error("the store is full: it contains {bytes} of {max_bytes} bytes")]
    Full {
        /// The number of bytes in the store.
        bytes: u64,
        /// The limit in bytes ([`StoreOptions::with_max_bytes`]).
        max_bytes: u64,
    },
    /// The store is open already, in this process or in another one.
    #[error("the store is in use by another process")]
    InUse,
    /// The file has a version that this library does not support.
    #[error("the store has version {found}, but this library supports version {known}")]
    Version {
        /// The version of the file.
        found: u64,
        /// The version that this library reads and writes.
        known: u64,
    },
    /// The disk is full, or cannot be read or written.
    #[error("the store cannot be read or written: {0}")]
    Disk(#[source] io::Error),
    /// The file is not a store, or its content is damaged.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// The request is not a valid message.
    #[error("the request cannot be encoded")]
    Encode(#[source] EncodeError),
    /// The request is longer than a message of the edge may be. Nothing was stored.
    #[error("the request has {len} bytes, and {limit} are the limit")]
    TooLong {
        /// The length of the request in bytes.
        len: usize,
        /// The limit in bytes.
        limit: usize,
    },
}

/// The content of a store, and its counters since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreStatus {
    /// The number of requests in the store.
    pub requests: u64,
    /// The bytes of these requests.
    pub bytes: u64,
    /// When the oldest of these requests was stored; `None` if there are none.
    pub oldest: Option<SystemTime>,
    /// The number of requests that were stored.
    pub stored: u64,
    /// The number of requests that were delivered.
    pub delivered: u64,
    /// The number of requests that became dead letters.
    pub dead_lettered: u64,
    /// The number of requests that were dropped to make room.
    pub dropped: u64,
}

/// An open store, to be passed to [`Builder::store`](super::Builder::store). It is closed when
/// it is dropped, or when the edge that uses it has ended.
pub struct Store(pub(super) Arc<Inner>);

/// The state that the handles of an edge share with the task that sends.
pub(super) struct Inner {
    disk: Disk,
    dead: DeadLetters,
    index: Mutex<Index>,
    options: StoreOptions,
    /// Notifies the task that sends of a new request.
    has_more: Notify,
}

impl Store {
    /// Opens the store in this directory, or creates it, with the directory. Blocks while it
    /// reads all requests. On Unix, other users cannot read files that it creates.
    ///
    /// # Errors
    /// - [`StoreError::InUse`] if the store is already open
    /// - [`StoreError::Version`] if the file has another version
    /// - [`StoreError::Damaged`] if the file is not a store, or its content is damaged
    /// - [`StoreError::Disk`] if the directory or the file cannot be created, read or written
    pub fn open(directory: impl AsRef<Path>, options: StoreOptions) -> Result<Self, StoreError> {
        let directory = directory.as_ref();
        std::fs::create_dir_all(directory).map_err(StoreError::Disk)?;
        let (disk, entries) = Disk::open(directory)?;
        let dead = DeadLetters::new(directory, options.max_dead_bytes);
        let index = Mutex::new(Index::new(entries));
        Ok(Self(Arc::new(Inner { disk, dead, index, options, has_more: Notify::new() })))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("status", &self.0.index().status()).finish_non_exhaustive()
    }
}

impl Inner {
    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, request: &Request, event: &StoreEvent) {
        (self.options.listener)(request, event);
    }

    /// Writes a request to the disk. Makes room first, if the options say so.
    async fn keep(&self, request: &Request) -> Result<(), StoreError> {
        let bytes = disk::encode(request, SystemTime::now()).map_err(StoreError::Encode)?;
        let len = bytes.len() as u64;
        let dropped = {
            let mut index = self.index();
            let most = self.options.max_bytes;
            let dropped = match self.options.when_full {
                WhenFull::DropOldest => index.make_room(len, most),
                WhenFull::Refuse => Vec::new(),
            };
            if !index.reserve(len, most) {
                let bytes = index.status().bytes;
                return Err(StoreError::Full { bytes, max_bytes: most });
            }
            dropped
        };
        for entry in dropped {
            let request = self.disk.read(entry);
            self.disk.remove(entry).await?;
            if let Ok((request, _)) = request {
                self.tell(&request, &StoreEvent::Dropped);
            }
        }
        match self.disk.append(bytes).await {
            Ok(number) => {
                self.index().added(&request.entity, number, len, SystemTime::now());
                self.tell(request, &StoreEvent::Stored);
                self.has_more.notify_one();
                Ok(())
            }
            Err(error) => {
                self.index().release(len);
                Err(error)
            }
        }
    }
}
