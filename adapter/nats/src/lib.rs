//! An AlwaysOn platform on several machines, with NATS as the store: [`Cluster`] is the directory
//! and the peers of a node.
//!
//! ```no_run
//! use alwayson::platform::{KnownCredentials, MemoryThings, Platform};
//! use alwayson_nats::{Cluster, Options};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let cluster = Cluster::connect(Options::new("nats://127.0.0.1:4222", "a")).await?;
//! let platform = Platform::builder(KnownCredentials::default(), MemoryThings::any())
//!     .cluster(cluster)
//!     .listen("0.0.0.0:8080")
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! The decisions are public and pure. Each module below has a pure function or a small state
//! machine: the time is an argument, and there is no input or output. The caller does what an action says, and reports what came of it.
//! The model in `tests/model` calls the same functions.
//!
//! | module | decides |
//! | --- | --- |
//! | [`time`] | what a point in time is, and of which clock |
//! | [`settings`] | the times, and whether they fit each other |
//! | [`lease`] | when this node registers, refreshes, and must stop serving |
//! | [`nodes`] | whether another node is alive |
//! | [`store`] | whether the store has come back empty, and who may claim then |
//! | [`token`] | which of two owners is the later one |
//! | [`claim`] | how a name is taken, one step at a time |
//! | [`bind`] | how the names of a BIND are taken, all or none |
//! | [`held`] | what this node holds, gives up, and answers for |

#![forbid(unsafe_code)]
#![warn(missing_docs, clippy::missing_errors_doc)]

mod buckets;
mod calls;
mod claiming;
mod clock;
mod cluster;
mod core;
mod directory;
mod entries;
mod events;
mod losing;
mod options;
mod parts;
mod registering;
#[cfg(test)]
mod testing;
mod watching;

pub mod bind;
pub mod claim;
pub mod held;
pub mod lease;
pub mod nodes;
pub mod settings;
pub mod store;
pub mod time;
pub mod token;

pub use cluster::{Cluster, StartError};
pub use options::Options;
