//! The AlwaysOn codec, and the edge's side of a connection, as a C library: a
//! static archive and `include/alwayson.h`. No allocation, no panics, no
//! unwinding; memory is the caller's.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `error.rs` | what can go wrong, as numbers that stay |
//! | `codes.rs` | the numbers of the wire |
//! | `slice.rs` | bytes and text as C has them; pointers of callers |
//! | `opaque.rs` | Rust values in memory of C |
//! | `message.rs` | messages as C has them |
//! | `value.rs` | values as C has them |
//! | `table.rs`, `list.rs` | cursors over tables and lists |
//! | `decode.rs` | bytes to messages |
//! | `dump.rs` | bytes to lines for people |
//! | `encode.rs`, `table_writer.rs` | messages and tables to bytes |
//! | `multipart.rs` | messages to chunks and back |
//! | `edge/` | the edge's side of a connection |
//!
//! This is the one crate with `unsafe` in it. What a function may rely on stands
//! under its "Safety", and so in the header. Where it is cheap, callers are
//! checked: NULL, pointers that are not aligned, numbers that a field cannot
//! have, and memory that nobody made are errors.

#![cfg_attr(panic = "abort", no_std)]

pub mod codes;
pub mod decode;
#[cfg(feature = "dump")]
pub mod dump;
pub mod edge;
pub mod encode;
pub mod error;
pub mod list;
pub mod message;
pub mod multipart;
mod opaque;
mod panic;
pub mod slice;
pub mod table;
pub mod table_writer;
pub mod value;
