//! Edges and a platform of the ThingWorx AlwaysOn protocol, over real sockets.
//!
//! An edge has Things, which a platform reads, writes and calls:
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
//! A platform, also as a mock in the tests of a device, is [`platform::Platform`]. Whole
//! programs are in the folder `examples`. They need tokio, with a runtime:
//! `tokio = { version = "1", features = ["macros", "rt-multi-thread"] }`.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`edge`] | an edge: connects to a platform, has Things, asks and answers |
//! | [`value`] | values and tables that own what they hold |
//! | [`platform`] | the platform's side: takes edges in, and calls their Things |
//! | [`message`] | requests and responses that own what they hold |
//! | [`frame`] | what goes over a connection, a line each |
//! | [`mask`] | the bytes of it without secrets |
//! | [`transport`] | WebSockets, TLS, and how they are opened and accepted |
//! | [`text_file`] | files of keys, users and Things, and what is wrong with them |
//!
//! The protocol itself, its messages and both sides of a connection, is the crate
//! [`alwayson_codec`], which is here as [`codec`]. "Section" in this documentation is a
//! section of [the protocol](alwayson_codec::protocol).
//!
//! # When it does not connect
//!
//! [`edge::Builder::connect`] returns the first error: a URL, a certificate, a key or a
//! path that is wrong is said in words. [`edge::Builder::connect_retrying`] goes on until
//! there is a connection, and an edge that had one connects again by itself, with growing
//! times between the tries, spread by chance ([`edge::Reconnect`]). Each failure and the
//! time of the next try are a warning in the log. What cannot become better by waiting
//! ([`transport::ConnectErrorKind::is_permanent`]) and a key that is refused end the edge.
//!
//! # Limits
//!
//! Whatever a peer sends, memory and work are bounded; what is beyond is refused, and told:
//!
//! | limit | default | set by |
//! | --- | --- | --- |
//! | the longest message | 1 MiB | [`message::MessageLimit`] |
//! | long messages that are not whole yet, of a whole platform | 64 MiB | [`platform::Options`], [`edge::Options`] |
//! | headers of an upgrade, frames, buffers | see there | [`transport::Limits`] |
//! | times: AUTH, answers, silence | see there | [`platform::Options`], [`edge::Options`] |
//! | names, requests out and in of a connection | 4,096, 512, 500 | no option |
//!
//! # Features
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `tls`, on by default | `wss://` on both sides, by rustls with ring |
//! | `proxy`, on by default | edges connect through an HTTP proxy |
//! | `deflate` | permessage-deflate; some 300 KiB for each connection |
//!
//! # Logging
//!
//! The crate logs by [`tracing`], and shows no part of a key or password at any
//! level. The WebSocket library under it, `tungstenite`, writes whole frames to
//! [`log`](https://docs.rs/log) at level trace, keys among them: keep the targets
//! `tungstenite` and `tokio_tungstenite` above that level. The command `alwayson`
//! leaves level trace of `log` out altogether.

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

/// The protocol itself: messages and both sides of a connection, without I/O.
pub use alwayson_codec as codec;
pub use alwayson_codec::{BaseType, DateTime, Location, Status, ThingCode};
/// JSON, as [`value::json`] and [`value::Value::json`] have it.
pub use serde_json;
