//! Every bound of the protocol and of this crate, each with its reason.
//!
//! Bounds that a wire width sets (a count in one byte) are errors of the
//! encoder; bounds that somebody chose are defaults that a caller can change, but for
//! [`MAX_NESTING`], which is fixed.

/// The header of every message, in bytes (section 2).
pub const HEADER_LEN: usize = 15;

/// The three numbers at the start of a chunk's body: id, count, size
/// (section 5).
pub const CHUNK_FIELDS_LEN: usize = 6;

/// How many INFOTABLEs and VARIANTs may enclose a value (section 4).
///
/// Real messages need three: a table of parameters, the table of pushed
/// properties in it, and a VARIANT in its cells. The bound is what keeps the
/// decoder's stack small.
pub const MAX_NESTING: usize = 16;

/// The longest string or blob, in bytes: lengths have 31 bits (sections 3
/// and 4).
pub const MAX_BYTES: usize = 0x7FFF_FFFF;

/// The most claims of an AUTH: their count has one byte (section 3).
pub const MAX_CLAIMS: usize = 0xFF;

/// The most headers of a request: their count has one byte (section 3).
pub const MAX_HEADERS: usize = 0xFF;

/// The most names of a BIND or UNBIND: their count has two bytes (section 3).
pub const MAX_NAMES: usize = 0xFFFF;

/// The most cells of a row: their count has two bytes (section 4).
pub const MAX_CELLS: usize = 0xFFFF;

/// The most aspects of a field: their count has two bytes (section 4).
pub const MAX_ASPECTS: usize = 0xFFFF;

/// The most chunks of a message: their count has two bytes (section 5).
pub const MAX_CHUNKS: usize = 0xFFFF;

/// Default length at which a message is sent in chunks, header included
/// (section 5): what a widespread client uses and announces.
pub const DEFAULT_CHUNK_SIZE: u16 = 8192;

/// Default bound of one message, in bytes, header included (section 5): that
/// of a widespread client. It is what a peer can make us hold.
pub const DEFAULT_MESSAGE_LIMIT: usize = 1 << 20;

/// Default time after which an unfinished message is dropped, in milliseconds
/// (section 5): that of a widespread client.
pub const DEFAULT_JOIN_TIMEOUT_MS: u64 = 50_000;
