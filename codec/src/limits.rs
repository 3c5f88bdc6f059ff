//! Every bound of the protocol and of this crate, each with its reason.
//!
//! Bounds that a wire width sets (a count in one byte) are errors of the
//! encoder; bounds that somebody chose are defaults that a caller can change, but for
//! [`MAX_NESTING`], which is fixed.

/// The header of every message, in bytes (PROTOCOL.md §2).
pub const HEADER_LEN: usize = 15;

/// The three numbers at the start of a chunk's body: id, count, size
/// (PROTOCOL.md §5).
pub const CHUNK_FIELDS_LEN: usize = 6;

/// The largest number of INFOTABLEs and VARIANTs that enclose a value (PROTOCOL.md §4).
///
/// Real messages need three: a table of parameters, a table of pushed properties in it, and
/// VARIANTs in its cells. The limit keeps the stack of the decoder small.
pub const MAX_NESTING: usize = 16;

/// The length of the longest string or blob, in bytes: lengths have 31 bits (PROTOCOL.md §3
/// and §4).
pub const MAX_BYTES: usize = 0x7FFF_FFFF;

/// The largest number of claims of an AUTH: their count has one byte (PROTOCOL.md §3).
pub const MAX_CLAIMS: usize = 0xFF;

/// The largest number of headers of a request: their count has one byte (PROTOCOL.md §3).
pub const MAX_HEADERS: usize = 0xFF;

/// The largest number of names of a BIND or UNBIND: their count has two bytes (PROTOCOL.md §3).
pub const MAX_NAMES: usize = 0xFFFF;

/// The largest number of cells of a row: their count has two bytes (PROTOCOL.md §4).
pub const MAX_CELLS: usize = 0xFFFF;

/// The largest number of aspects of a field: their count has two bytes (PROTOCOL.md §4).
pub const MAX_ASPECTS: usize = 0xFFFF;

/// The largest number of chunks of a message: their count has two bytes (PROTOCOL.md §5).
pub const MAX_CHUNKS: usize = 0xFFFF;

/// The default chunk size, in bytes, header included (PROTOCOL.md §5): longer messages are sent
/// in chunks. A widespread client uses and announces this value.
pub const DEFAULT_CHUNK_SIZE: u16 = 8192;

/// The default limit of one message, in bytes, header included (PROTOCOL.md §5): that of a
/// widespread client. It limits the memory that a peer can occupy.
pub const DEFAULT_MESSAGE_LIMIT: usize = 1 << 20;

/// The default time after which an unfinished message is dropped, in milliseconds
/// (PROTOCOL.md §5): that of a widespread client.
pub const DEFAULT_JOIN_TIMEOUT_MS: u64 = 50_000;

/// The default time that an edge waits for an answer of the platform, in milliseconds
/// (PROTOCOL.md §7): that of a widespread client.
pub const DEFAULT_EDGE_REQUEST_TIMEOUT_MS: u32 = 10_000;

/// The default time that a platform waits for an answer of the edge, in milliseconds
/// (PROTOCOL.md §7).
pub const DEFAULT_PLATFORM_REQUEST_TIMEOUT_MS: u32 = 30_000;

/// The default time that a platform waits for AUTH, in milliseconds (PROTOCOL.md §7).
pub const DEFAULT_AUTH_TIMEOUT_MS: u32 = 15_000;

/// The default time without traffic after which a platform closes a connection, in
/// milliseconds (PROTOCOL.md §1).
pub const DEFAULT_IDLE_TIMEOUT_MS: u32 = 60_000;

/// The default time without traffic after which an edge sends a ping, in milliseconds
/// (PROTOCOL.md §1): 5 s before a platform closes.
pub const DEFAULT_PING_INTERVAL_MS: u32 = 55_000;

/// The default time that an edge waits for the pong, in milliseconds (PROTOCOL.md §1).
pub const DEFAULT_PONG_TIMEOUT_MS: u32 = 10_000;

/// The default time to wait for the close of the peer, in milliseconds. No source gives a value;
/// it only bounds how long the socket stays open.
pub const DEFAULT_CLOSE_TIMEOUT_MS: u32 = 5_000;

/// The default time after which an edge tries a refused name again, in milliseconds. A platform
/// keeps the bindings of a lost connection for at most 60 s (PROTOCOL.md §7), which is four
/// attempts.
pub const DEFAULT_REBIND_DELAY_MS: u32 = 15_000;

/// The default delay before the first reconnect, in milliseconds (PROTOCOL.md §7).
pub const DEFAULT_RECONNECT_DELAY_MS: u32 = 5_000;

/// The default limit of the random time that is added to it, in milliseconds
/// (PROTOCOL.md §7).
pub const DEFAULT_RECONNECT_JITTER_MS: u32 = 10_000;

/// The default limit of the delay between two attempts to connect, without the random time, in
/// milliseconds: an edge notices the end of a long outage at most five minutes late.
pub const DEFAULT_RECONNECT_CAP_MS: u32 = 300_000;

/// The number of refused long messages that are remembered while their other chunks are still to
/// come, so that each is answered once (PROTOCOL.md §7). Each takes 8 bytes. A peer that sends
/// more of them at a time gets more than one answer to some.
pub const REFUSED: usize = 4;

/// How long they are remembered after the latest chunk of any of them, in milliseconds: as long
/// as an unfinished message.
pub const REFUSED_MS: u32 = 50_000;

/// The default number of names that are bound on one connection of a platform. Each takes a few
/// hundred bytes, so that one edge makes a platform store a few megabytes at most; it is more than
/// twice what one BIND of 64 KiB binds with names of 14 bytes.
pub const DEFAULT_NAMES: u32 = 10_000;

/// The number of bytes that are shown around a fault in a message that cannot be decoded.
pub const EXCERPT: usize = 32;

/// The size of the queue of a machine's own replies. Each received message causes at most one,
/// so that a caller who sends them before it handles the next message never needs a second
/// place.
pub const REPLIES: usize = 4;
