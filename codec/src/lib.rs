//! Every message of the ThingWorx AlwaysOn protocol, and the connection of both
//! sides, for machines of any size: `no_std`, no allocator, no panics. Decoding
//! borrows.
//!
//! * [`Message::decode`] checks a whole message in one pass and returns a view
//!   of the input. Everything reached from it afterwards is infallible.
//! * [`Message::encode`] writes a message, built by hand or decoded, into the
//!   caller's buffer; [`Message::encoded_len`] says beforehand how long it is.
//! * [`TableWriter`] writes tables of any size straight into that buffer.
//! * [`Split`] and [`Joiner`] take long messages apart and put them together.
//! * [`edge::Connection`](connection::edge::Connection) and
//!   [`platform::Connection`](connection::platform::Connection) hold a
//!   connection, without I/O or clock: they are told what happened and say what
//!   to do. The [`Registry`](connection::registry::Registry) of a platform says
//!   which connection holds which Thing.
//!
//! ```
//! use alwayson_codec::{Auth, Body, Claim, Ids, Message};
//!
//! let claims = [Claim::new("appKey", "a key from the platform")];
//! let auth = Message { ids: Ids::unauthenticated(2), body: Body::Auth(Auth::new(&claims)?) };
//!
//! let mut buffer = [0; 64];
//! let len = auth.encode(&mut buffer)?;
//! assert_eq!(len, auth.encoded_len()?);
//!
//! let (message, used) = Message::decode(&buffer[..len])?;
//! assert_eq!(used, len);
//! let Body::Auth(auth) = message.body else { panic!("not an AUTH") };
//! assert_eq!(auth.claims.iter().next().unwrap().name.as_str(), "appKey");
//! // Keys are masked wherever a message is shown.
//! assert_eq!(message.dump().to_string(), "AUTH request=2 {appKey=***}");
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # Where what is
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`wire`] | bytes to values and back, one file a message body |
//! | [`multipart`] | messages to chunks and back |
//! | [`connection`] | what an edge and a platform do over one connection |
//! | [`error`] | what can go wrong, by whose fault |
//! | [`limits`] | every bound, with its reason |
//! | [`interop`] | `defmt` and `embedded-io`, behind the features of these names |
//!
//! "Section" in this documentation is a section of [the protocol](protocol).

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(missing_docs, missing_debug_implementations, clippy::missing_errors_doc)]
// What could panic is not written at all. Tests may.
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::todo,
        clippy::unimplemented,
        clippy::get_unwrap,
        clippy::std_instead_of_core,
    )
)]

/// The examples of the crate's page are tests as well.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

/// The protocol, as this project knows it.
#[cfg(not(doctest))]
#[doc = include_str!("../docs/PROTOCOL.md")]
#[allow(clippy::doc_markdown, reason = "statuses and messages are names of the protocol")]
pub mod protocol {}

pub mod connection;
pub mod error;
pub mod interop;
pub mod limits;
pub mod multipart;
pub mod wire;

pub use error::{Counted, DecodeError, DecodeErrorKind, EncodeError, JoinError, SplitError};
pub use multipart::{Assembly, Joined, Joiner, Split, memory_for};
pub use wire::auth::{Auth, Claim, Secret};
pub use wire::bind::{Bind, Gateway, Unbind};
pub use wire::chunk::{Chunk, ChunkOf};
pub use wire::codes::{BaseType, Characteristic, Code, EntityType, Method, Status};
pub use wire::dump::Dump;
pub use wire::excerpt::Excerpt;
pub use wire::header::{Header, Ids};
pub use wire::list::List;
pub use wire::message::{Body, Message};
pub use wire::request::{Entity, Request, RequestHeader};
pub use wire::response::Response;
pub use wire::scalar::{BinaryValue, DateTime, Location, TextValue, ThingCode, TimeSpan};
pub use wire::shown::is_unseen;
pub use wire::table::{Aspect, Field, InfoTable, Row};
pub use wire::table_writer::{CellsWriter, RowsWriter, ShapeWriter, TableWriter};
pub use wire::text::Text;
pub use wire::value::Value;
pub use wire::variant::Variant;
