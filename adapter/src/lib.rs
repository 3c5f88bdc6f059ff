//! Edges and a platform of the ThingWorx AlwaysOn protocol, over real sockets.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`transport`] | WebSockets, TLS, and how they are opened and accepted |
//!
//! The protocol itself, its messages and both sides of a connection, is the crate
//! [`alwayson_codec`]. "Section" in this documentation is a section of the
//! project's protocol page, `conformance/PROTOCOL.md`.

#![forbid(unsafe_code)]
#![warn(missing_docs, clippy::missing_errors_doc)]

pub mod transport;
