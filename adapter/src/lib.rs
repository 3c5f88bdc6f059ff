//! Edges and a platform of the ThingWorx AlwaysOn protocol, over real sockets.
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
//! [`alwayson_codec`]. "Section" in this documentation is a section of the
//! project's protocol page, `conformance/PROTOCOL.md`.
//!
//! # Logging
//!
//! The crate logs by [`tracing`], and shows no part of a key or password at any
//! level. The WebSocket library under it, `tungstenite`, writes whole frames to
//! [`log`](https://docs.rs/log) at level trace, keys among them: keep the targets
//! `tungstenite` and `tokio_tungstenite` above that level. The command `alwayson`
//! leaves level trace of `log` out altogether.

#![forbid(unsafe_code)]
#![warn(missing_docs, clippy::missing_errors_doc)]

mod content;
mod drive;
pub mod edge;
pub mod frame;
pub mod mask;
pub mod message;
mod message_limit;
mod option_error;
pub mod platform;
pub mod text_file;
pub mod transport;
pub mod value;

pub use option_error::OptionError;

/// The protocol itself: messages and both sides of a connection, without I/O.
pub use alwayson_codec as codec;
pub use alwayson_codec::{BaseType, DateTime, Location, Status, ThingCode};
/// JSON, as [`value::json`] and [`value::Value::json`] have it.
pub use serde_json;
