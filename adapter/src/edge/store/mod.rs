//! A durable store of an edge: requests that survive a lost connection and a restart.
//!
//! A request is on disk when [`Edge::request_stored`] returns. It is sent when there is a
//! connection, in order by Thing, and taken from the disk once the platform has answered
//! with a success: at least once. One that the platform refuses for good is written to the
//! file of dead letters, with the reason.
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
//! Measured once, on ext4 with two cores: messages of 1 KiB, each with its own fsync or 256 with
//! one, and the disk and peak memory for 27,700 of them.
//!
//! | | file alone | redb 2.6 | fjall 3.1 | `SQLite`, WAL (`rusqlite` 0.37) |
//! | --- | --- | --- | --- | --- |
//! | appended per second, one by one | 5,400 | 3,000 | 7,000 | 4,500 |
//! | appended per second, 256 together | 139,000 | 44,000 | 123,000 | 71,000 |
//! | removed per second, one by one | – | 3,100 | 7,000 | 4,700 |
//! | peak memory, MiB | 2 | 28 | 34 | 6 |
//! | file, MiB | 27 | 56 | 28 | 41 |
//! | added to a program, KiB | – | 750 | 1,200 | 1,870 |
//! | crates | – | 2 | 41 | 9, and a C compiler |
//! | oldest compiler | – | that of this crate | Rust 1.90 | that of this crate |
//! | after a full disk | – | opened anew | process restarted | goes on |
//!
//! On a busy machine all of them append some 230 messages per second one by one: fsync is what
//! takes the time, and requests that come together share one. So the fewest dependencies decide:
//! redb. After an error of the disk it has to be opened anew, which the thread that writes does.

// | file | what it holds |
// | --- | --- |
// | `mod.rs` | the store as its users see it |
// | `disk.rs` | the file, and the thread that writes it |
// | `index.rs` | what is in the file, in memory |
// | `dead.rs` | the file of dead letters |
// | `deliver.rs` | what sends the requests |

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

/// What is done with a request for which there is no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// It is refused: [`StoreError::Full`]. Nothing that was taken is dropped.
    #[default]
    Refuse,
    /// The oldest requests are dropped until there is room, and counted.
    DropOldest,
}

/// What a store tells of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreEvent {
    /// It is on disk.
    Stored,
    /// The platform has answered with a success, and it is taken from the disk.
    Delivered,
    /// The platform has refused it for good, for this reason: it is a dead letter.
    DeadLettered(String),
    /// It was dropped to make room for another one.
    Dropped,
    /// It could not be delivered now, for this reason, and is tried again.
    Failed(String),
}

/// Is told what becomes of requests: `PUT Things/Pump/Properties/Pressure`.
type Listener = Arc<dyn Fn(&Request, &StoreEvent) + Send + Sync>;

options! {
    /// The options of a store.
    #[derive(Clone)]
    pub struct StoreOptions {
        /// The most bytes of requests in the store; 64 MiB by default, which is about 100,000
        /// pushes of a few values. At least 1.
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
    /// Calls this with each event of a request. The tasks of the edge call it and wait for it.
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

/// Why a store is not opened, or a request not kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The edge has no store.
    #[error("the edge has no store")]
    None,
    /// There is no room for the request.
    #[error("the store is full: it holds {bytes} of {max_bytes} bytes")]
    Full {
        /// How many bytes it holds.
        bytes: u64,
        /// How many it may hold.
        max_bytes: u64,
    },
    /// Another process has the store open.
    #[error("the store is in use by another process")]
    InUse,
    /// The store is of another version.
    #[error("the store is of version {found}, and {known} is known")]
    Version {
        /// The version of the store.
        found: u64,
        /// The version that this library writes.
        known: u64,
    },
    /// The disk is full, or cannot be read or written.
    #[error("the store cannot be read or written: {0}")]
    Disk(#[source] io::Error),
    /// The file is no store, or is damaged.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// The request cannot be encoded.
    #[error("the request cannot be encoded")]
    Encode(#[source] EncodeError),
    /// The request is longer than a message may be.
    #[error("the request has {len} bytes, and {limit} are the limit")]
    TooLong {
        /// How long it is.
        len: usize,
        /// How long it may be.
        limit: usize,
    },
}

/// What a store holds now, and what it has counted since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreStatus {
    /// How many requests it holds.
    pub requests: u64,
    /// How many bytes they are.
    pub bytes: u64,
    /// When the oldest of them was stored.
    pub oldest: Option<SystemTime>,
    /// How many were stored.
    pub stored: u64,
    /// How many were delivered.
    pub delivered: u64,
    /// How many have become dead letters.
    pub dead_lettered: u64,
    /// How many were dropped to make room.
    pub dropped: u64,
}

/// A store, for [`Builder::store`](super::Builder::store).
pub struct Store(pub(super) Arc<Inner>);

/// What the handles of an edge and the task that delivers share.
pub(super) struct Inner {
    disk: Disk,
    dead: DeadLetters,
    index: Mutex<Index>,
    options: StoreOptions,
    /// A request was stored.
    has_more: Notify,
}

impl Store {
    /// Opens the store in this directory, or makes one. It blocks while it reads.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Version`], [`StoreError::Damaged`],
    /// [`StoreError::Disk`].
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

    /// Keeps a request on disk.
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
