//! The AlwaysOn codec and the edge's side of a connection as a C library: a static archive and
//! `include/alwayson.h`. No allocation, no panics, no unwinding; the caller provides all memory.
//!
//! | file | contents |
//! | --- | --- |
//! | `error.rs` | errors, with stable numbers |
//! | `codes.rs` | the numbers on the wire |
//! | `slice.rs` | bytes and text in C; pointers of callers |
//! | `opaque.rs` | Rust values in memory of C |
//! | `message.rs` | messages in C |
//! | `value.rs` | values in C |
//! | `table.rs`, `list.rs` | cursors over tables and lists |
//! | `decode.rs` | decoding |
//! | `dump.rs` | messages as readable lines |
//! | `encode.rs`, `table_writer.rs` | encoding |
//! | `multipart.rs` | splitting and joining long messages |
//! | `edge/` | the edge's side of a connection |
//!
//! This is the only crate with `unsafe` code. "Safety" of each function, also in the header, is
//! what it relies on. Cheap checks are made: NULL, misaligned pointers, numbers that a field
//! cannot have, and memory that was not initialised are errors.

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
