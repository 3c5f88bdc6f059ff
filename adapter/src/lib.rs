//! The edge's side and the platform's side of the ThingWorx AlwaysOn protocol, over real sockets.
//!
//! An edge has Things. A platform reads and writes their properties and calls their services:
//!
//! ```no_run
//! use alwayson::edge::{Credentials, Edge, PropertyUpdate, Thing};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let edge = Edge::builder("wss://platform.example")?
//!     .credentials(|| async { std::env::var("APP_KEY").map(Credentials::app_key) })
//!     .thing(Thing::new("SteamSensor1").property("Temperature", 21.5))
//!     .connect()
//!     .await?;
//! edge.try_wait_bound("SteamSensor1").await?;
//! edge.push_properties("SteamSensor1", [PropertyUpdate::new("Temperature", 22.0)]).await?;
//! edge.leave().await;
//! # Ok(())
//! # }
//! ```
//!
//! [`platform::Platform`] is a platform. It can also serve as a mock in the tests of a device.
//! The folder `examples` has complete programs. They need tokio with a runtime:
//! `tokio = { version = "1", features = ["macros", "rt-multi-thread"] }`.
//!
//! | module | contents |
//! | --- | --- |
//! | [`edge`] | an edge: connects to a platform, has Things, sends and answers requests |
//! | [`platform`] | a platform: accepts edges and calls their Things |
//! | [`value`] | owned values and tables |
//! | [`message`] | owned requests and responses |
//! | [`frame`] | the frames of a connection, displayed on one line each |
//! | [`mask`] | masking of secrets in the bytes of messages |
//! | [`transport`] | WebSockets and TLS: connecting and accepting |
//! | [`text_file`] | text files of keys, users and Things, and their errors |
//!
//! The crate [`alwayson_codec`], reexported as [`codec`], implements the protocol itself: its
//! messages and both sides of a connection. "PROTOCOL.md §3" in this
//! documentation is a section of [the protocol](alwayson_codec::protocol).
//!
//! # When it does not connect
//!
//! [`edge::Builder::connect`] returns the first error. Its text names what is wrong: the URL, the
//! certificate, the key or the path. [`edge::Builder::connect_retrying`] retries until there is a
//! connection. An edge that was connected reconnects by itself. The delay between attempts grows
//! and has random jitter ([`edge::Reconnect`]). Each failure is logged as a warning, with the time
//! of the next attempt. Errors that waiting cannot mend
//! ([`transport::ConnectErrorKind::is_permanent`]) and a refused key end the edge.
//!
//! # Limits
//!
//! Memory and work are bounded, whatever a peer sends. What exceeds a limit is refused and
//! reported:
//!
//! | limit | default | set by |
//! | --- | --- | --- |
//! | the longest message | 1 MiB | [`message::MessageLimit`] |
//! | incomplete long messages, on all connections of a platform together | 64 MiB | [`platform::Options`], [`edge::Options`] |
//! | headers of an upgrade, frames, buffers | see there | [`transport::Limits`] |
//! | timeouts: AUTH, answers, silence | see there | [`platform::Options`], [`edge::Options`] |
//! | names of a connection of a platform | 10,000 | [`platform::Options`] |
//! | names of an edge; outgoing and incoming requests of a connection | 1,000,000; 512, 500 | no option |
//!
//! # Features
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `tls`, on by default | `wss://` on both sides, by rustls with ring |
//! | `proxy`, on by default | edges connect through an HTTP proxy |
//! | `deflate` | permessage-deflate; about 300 KiB of memory for each connection |
//! | `laws` | `platform::cluster::laws`: what a directory of a cluster has to do, as tests |
//! | `store` | `edge::store`: requests that survive a lost connection and a restart, on disk |
//!
//! # Logging
//!
//! The crate logs with [`tracing`](https://docs.rs/tracing). It logs no part of a key or password at any level. The
//! WebSocket library `tungstenite`, which it uses, logs whole frames with
//! [`log`](https://docs.rs/log) at level trace, and keys with them: keep the targets
//! `tungstenite` and `tokio_tungstenite` above that level. The command `alwayson` disables level
//! trace of `log` altogether.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(missing_docs, missing_debug_implementations, clippy::missing_errors_doc)]

mod content;
mod drive;
pub mod edge;
pub mod frame;
pub mod mask;
pub mod message;
mod message_limit;
mod option;
pub mod platform;
pub mod text_file;
pub mod transport;
pub mod value;

pub use option::OptionError;

/// The protocol itself: its messages and both sides of a connection, without I/O.
pub use alwayson_codec as codec;
pub use alwayson_codec::{BaseType, DateTime, Location, Status, ThingCode};
/// The JSON library whose types [`value::json`] and [`value::Value::json`] use.
pub use serde_json;
