//! Timeouts and sizes, with their defaults.

use crate::connection::setters::setters;
use crate::limits::{
    DEFAULT_CHUNK_SIZE, DEFAULT_CLOSE_TIMEOUT_MS, DEFAULT_EDGE_REQUEST_TIMEOUT_MS,
    DEFAULT_PING_INTERVAL_MS, DEFAULT_PLATFORM_REQUEST_TIMEOUT_MS, DEFAULT_PONG_TIMEOUT_MS,
    DEFAULT_REBIND_DELAY_MS,
};

/// The settings of an edge. Times are in milliseconds; every value is accepted, and 0 means
/// that the time is over at once.
///
/// ```
/// use alwayson_codec::connection::edge::Settings;
///
/// let settings = Settings::default().with_request_timeout_ms(5_000).with_chunk_size(1024);
/// assert_eq!(settings.request_timeout_ms, 5_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Settings {
    /// How long to wait for the answer to a request, an AUTH or a BIND; 10 s by default.
    pub request_timeout_ms: u32,
    /// How long the caller may take to answer a request; after that the machine answers it
    /// with GATEWAY_TIMEOUT. 30 s by default, because a platform does not wait longer.
    pub answer_timeout_ms: u32,
    /// After how long without traffic in one direction a ping is sent; 55 s by default.
    pub ping_interval_ms: u32,
    /// How long to wait for the pong; 10 s by default.
    pub pong_timeout_ms: u32,
    /// How long to wait for the close of the peer; 5 s by default.
    pub close_timeout_ms: u32,
    /// After how long a refused name is tried again; 15 s by default.
    pub rebind_delay_ms: u32,
    /// The largest message that is sent without chunks, in bytes; 8192 by default. A BIND is
    /// never larger: more names take several messages. Announce it to the platform as
    /// `Max-Frame-Size` in the upgrade request (PROTOCOL.md §1).
    pub chunk_size: u16,
    /// Whether a WebSocket message may contain several messages of the protocol. If so,
    /// [`rest`](super::Connection::rest) returns what to handle next. Off by default
    /// (PROTOCOL.md §1).
    pub several_messages: bool,
    /// The id of the first request; 1 by default.
    pub first_request_id: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            request_timeout_ms: DEFAULT_EDGE_REQUEST_TIMEOUT_MS,
            answer_timeout_ms: DEFAULT_PLATFORM_REQUEST_TIMEOUT_MS,
            ping_interval_ms: DEFAULT_PING_INTERVAL_MS,
            pong_timeout_ms: DEFAULT_PONG_TIMEOUT_MS,
            close_timeout_ms: DEFAULT_CLOSE_TIMEOUT_MS,
            rebind_delay_ms: DEFAULT_REBIND_DELAY_MS,
            chunk_size: DEFAULT_CHUNK_SIZE,
            several_messages: false,
            first_request_id: 1,
        }
    }
}

setters! {
    Settings {
        with_request_timeout_ms => request_timeout_ms: u32;
        with_answer_timeout_ms => answer_timeout_ms: u32;
        with_ping_interval_ms => ping_interval_ms: u32;
        with_pong_timeout_ms => pong_timeout_ms: u32;
        with_close_timeout_ms => close_timeout_ms: u32;
        with_rebind_delay_ms => rebind_delay_ms: u32;
        with_chunk_size => chunk_size: u16;
        with_several_messages => several_messages: bool;
        with_first_request_id => first_request_id: u32;
    }
}
