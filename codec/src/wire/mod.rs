//! Bytes to values and back. Pure: nothing here holds a connection, reads a
//! clock or keeps memory.
//!
//! The two cursors `reader` and `writer` are the only code that touches
//! bytes. Each body has a file with its layout, its type and both directions;
//! [`message`] is the one dispatch over them.

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
