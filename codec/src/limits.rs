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

/// How many INFOTABLEs and VARIANTs may enclose a value (PROTOCOL.md §4).
///
/// Real messages need three: a table of parameters, the table of pushed
/// properties in it, and a VARIANT in its cells. The bound is what keeps the
/// decoder's stack small.
pub const MAX_NESTING: usize = 16;

/// The longest string or blob, in bytes: lengths have 31 bits (PROTOCOL.md §3
/// and §4).
pub const MAX_BYTES: usize = 0x7FFF_FFFF;

/// The most claims of an AUTH: their count has one byte (PROTOCOL.md §3).
pub const MAX_CLAIMS: usize = 0xFF;

/// The most headers of a request: their count has one byte (PROTOCOL.md §3).
pub const MAX_HEADERS: usize = 0xFF;

/// The most names of a BIND or UNBIND: their count has two bytes (PROTOCOL.md §3).
pub const MAX_NAMES: usize = 0xFFFF;

/// The most cells of a row: their count has two bytes (PROTOCOL.md §4).
pub const MAX_CELLS: usize = 0xFFFF;

/// The most aspects of a field: their count has two bytes (PROTOCOL.md §4).
pub const MAX_ASPECTS: usize = 0xFFFF;

/// The most chunks of a message: their count has two bytes (PROTOCOL.md §5).
pub const MAX_CHUNKS: usize = 0xFFFF;

/// Default length at which a message is sent in chunks, header included
/// (PROTOCOL.md §5): what a widespread client uses and announces.
pub const DEFAULT_CHUNK_SIZE: u16 = 8192;

/// Default bound of one message, in bytes, header included (PROTOCOL.md §5): that
/// of a widespread client. It is what a peer can make us hold.
pub const DEFAULT_MESSAGE_LIMIT: usize = 1 << 20;

/// Default time after which an unfinished message is dropped, in milliseconds
/// (PROTOCOL.md §5): that of a widespread client.
pub const DEFAULT_JOIN_TIMEOUT_MS: u64 = 50_000;

/// Default time in which the platform answers a request of the edge, in
/// milliseconds (PROTOCOL.md §7): that of a widespread client.
pub const DEFAULT_EDGE_REQUEST_TIMEOUT_MS: u32 = 10_000;

/// Default time in which the edge answers a request of the platform, in
/// milliseconds (PROTOCOL.md §7).
pub const DEFAULT_PLATFORM_REQUEST_TIMEOUT_MS: u32 = 30_000;

/// Default time in which a platform wants an AUTH, in milliseconds (PROTOCOL.md §7).
pub const DEFAULT_AUTH_TIMEOUT_MS: u32 = 15_000;

/// Default time without traffic after which a platform closes a connection, in
/// milliseconds (PROTOCOL.md §1).
pub const DEFAULT_IDLE_TIMEOUT_MS: u32 = 60_000;

/// Default time without traffic after which an edge pings, in milliseconds
/// (PROTOCOL.md §1): what leaves a platform 5 s before it closes.
pub const DEFAULT_PING_INTERVAL_MS: u32 = 55_000;

/// Default time in which an edge wants the pong, in milliseconds (PROTOCOL.md §1).
pub const DEFAULT_PONG_TIMEOUT_MS: u32 = 10_000;

/// Default time in which a peer answers the close of a WebSocket, in
/// milliseconds. Nobody says; it only keeps a socket.
pub const DEFAULT_CLOSE_TIMEOUT_MS: u32 = 5_000;

/// Default time after which an edge tries a refused name again, in
/// milliseconds. A platform holds the binding of a broken connection for up to
/// 60 s (PROTOCOL.md §7): this makes four attempts of it.
pub const DEFAULT_REBIND_DELAY_MS: u32 = 15_000;

/// Default time before the first reconnect, in milliseconds (PROTOCOL.md §7).
pub const DEFAULT_RECONNECT_DELAY_MS: u32 = 5_000;

/// Default bound of the random time on top of it, in milliseconds (PROTOCOL.md §7).
pub const DEFAULT_RECONNECT_JITTER_MS: u32 = 10_000;

/// Default bound of the time between two attempts to connect, random time not
/// counted, in milliseconds: an outage of hours ends five minutes late.
pub const DEFAULT_RECONNECT_CAP_MS: u32 = 300_000;

/// How many long messages that were refused are remembered while chunks of them
/// are still to come, so that each is answered once (PROTOCOL.md §7): 8 bytes each. A
/// peer that has more of them under way at a time is told again of the others.
pub const REFUSED: usize = 4;

/// How long they are remembered after the last chunk of any of them, in
/// milliseconds: as long as an unfinished message.
pub const REFUSED_MS: u32 = 50_000;

/// How many bytes around a fault are shown of a message that cannot be read.
pub const EXCERPT: usize = 32;

/// How many answers of a connection's own wait to be sent. Each message that
/// comes in makes one at most, so a caller who sends them before he hands in the
/// next message never needs a second place.
pub const REPLIES: usize = 4;
