//! Times and sizes, with their defaults.

use crate::limits::{
    DEFAULT_CHUNK_SIZE, DEFAULT_CLOSE_TIMEOUT_MS, DEFAULT_EDGE_REQUEST_TIMEOUT_MS,
    DEFAULT_PING_INTERVAL_MS, DEFAULT_PLATFORM_REQUEST_TIMEOUT_MS, DEFAULT_PONG_TIMEOUT_MS,
    DEFAULT_REBIND_DELAY_MS,
};

/// What an edge can be set to. Times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Settings {
    /// The time for the answer to a request, an AUTH, a BIND; 10 s by default.
    pub request_timeout_ms: u32,
    /// The time in which the caller has to answer a request that was handed to
    /// him; then the machine does. 30 s by default: a platform waits no longer.
    pub answer_timeout_ms: u32,
    /// How long no traffic in one of the directions makes a ping; 55 s by
    /// default.
    pub ping_interval_ms: u32,
    /// The time for its pong; 10 s by default.
    pub pong_timeout_ms: u32,
    /// The time for the peer's close; 5 s by default.
    pub close_timeout_ms: u32,
    /// The time after which a refused name is tried again; 15 s by default.
    pub rebind_delay_ms: u32,
    /// The longest message that is sent as one; 8192 by default. It bounds a
    /// BIND: more names than fit take several. Announce it to the platform as
    /// `Max-Frame-Size` in the upgrade request (section 1).
    pub chunk_size: u16,
    /// Whether a WebSocket message may hold several messages of the protocol: then
    /// [`rest`](super::Edge::rest) says what is to be handed in next. Off by default (section 1).
    pub several_messages: bool,
    /// The id of the first request.
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
