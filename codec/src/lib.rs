//! Encodes and decodes every message of the ThingWorx AlwaysOn protocol, and manages the
//! connection of both sides, on machines of any size: `no_std`, no allocator, no panics.
//! Decoded messages borrow from the input.
//!
//! * [`Message::decode`] checks a whole message in one pass and returns a view of the input.
//!   Everything that is read from the view afterwards is infallible.
//! * [`Message::encode`] writes a message, new or decoded, into the caller's buffer;
//!   [`Message::encoded_len`] returns its length before.
//! * [`TableWriter`] writes tables of any size directly into that buffer.
//! * [`Split`] splits long messages into chunks, and [`Joiner`] joins them.
//! * [`edge::Connection`](connection::edge::Connection) and
//!   [`platform::Connection`](connection::platform::Connection) manage a connection without
//!   I/O or clock: they take what happened and return what to do. The
//!   [`Registry`](connection::registry::Registry) of a platform decides which connection holds
//!   which Thing.
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
//! // Keys are masked in every representation of a message.
//! assert_eq!(message.dump().to_string(), "AUTH request=2 {appKey=***}");
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # Modules
//!
//! | module | contents |
//! | --- | --- |
//! | [`wire`] | messages and values, from bytes and to bytes |
//! | [`multipart`] | splitting messages into chunks, and joining them |
//! | [`connection`] | the state machines of an edge and a platform |
//! | `owned` | values, tables and messages that own their content, behind the feature `alloc` |
//! | [`error`] | the errors of encoding and decoding |
//! | [`limits`] | every limit and default, with its reason |
//! | [`interop`] | `defmt` and `embedded-io`, behind the features of these names |
//!
//! # Features
//!
//! None is on by default.
//!
//! | feature | what it adds |
//! | --- | --- |
//! | `alloc` | the module `owned`, `Message::encode_to_vec`, `connection::Growing` |
//! | `std` | `alloc`, and DATETIMEs from the clock of the operating system |
//! | `serde` | `alloc`, and the JSON of the test vectors for owned messages, values and tables |
//! | `defmt` | `defmt::Format` for every type of the wire and of the connection |
//! | `embedded-io` | encoding into any `embedded_io::Write` |
//!
//! `PROTOCOL.md §4` in this documentation is a section of [the protocol](protocol).

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(missing_docs, missing_debug_implementations, clippy::missing_errors_doc)]
// Code that can panic is not allowed, except in tests.
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

/// Runs the examples of README.md as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

/// The protocol, as this project knows it.
#[cfg(not(doctest))]
#[doc = include_str!("../docs/PROTOCOL.md")]
#[allow(clippy::doc_markdown, reason = "statuses and messages are names of the protocol")]
pub mod protocol {}

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod connection;
pub mod error;
pub mod interop;
pub mod limits;
pub mod multipart;
#[cfg(feature = "alloc")]
pub mod owned;
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
