//! Messages and values, from bytes and to bytes. These are pure functions, without connection,
//! clock or memory of their own.
//!
//! Only the two cursors, `reader` and `writer`, access bytes. Each message body has a file with
//! its layout, its type and both directions; [`message`] dispatches on the kind of message.

pub mod auth;
pub mod bind;
pub mod chunk;
pub mod codes;
mod convert;
mod debug;
pub mod dump;
pub mod excerpt;
pub mod header;
pub mod list;
pub mod message;
pub(crate) mod reader;
pub mod request;
pub mod response;
pub mod scalar;
pub mod shown;
pub mod table;
pub mod table_writer;
pub mod text;
pub mod value;
pub mod variant;
pub(crate) mod walk;
pub(crate) mod writer;
