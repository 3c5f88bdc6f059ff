//! Times and sizes, with their defaults.

use crate::limits::{
    DEFAULT_AUTH_TIMEOUT_MS, DEFAULT_CHUNK_SIZE, DEFAULT_CLOSE_TIMEOUT_MS,
    DEFAULT_EDGE_REQUEST_TIMEOUT_MS, DEFAULT_IDLE_TIMEOUT_MS, DEFAULT_PLATFORM_REQUEST_TIMEOUT_MS,
};

/// What a connection can be set to. Times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Settings {
    /// The time for the AUTH to come; 15 s by default.
    pub auth_timeout_ms: u32,
    /// The time for the answer to a request; 30 s by default.
    pub request_timeout_ms: u32,
    /// The time in which the host has to answer a request that was handed to
    /// him; then the machine does. 10 s by default: an edge waits no longer.
    pub answer_timeout_ms: u32,
    /// The time after which a connection ends on which nothing came; 60 s by
    /// default.
    pub idle_timeout_ms: u32,
    /// The time for the peer's close; 5 s by default.
    pub close_timeout_ms: u32,
    /// The longest message that is sent as one; 8192 by default. The edge says
    /// in the upgrade request what it takes: `Max-Frame-Size` (section 1).
    pub chunk_size: u16,
    /// Whether a WebSocket message may hold several messages of the protocol: then
    /// [`rest`](super::Connection::rest) says what is to be handed in next. Off by default (section 1).
    pub several_messages: bool,
    /// The id of the first request.
    pub first_request_id: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            auth_timeout_ms: DEFAULT_AUTH_TIMEOUT_MS,
            request_timeout_ms: DEFAULT_PLATFORM_REQUEST_TIMEOUT_MS,
            answer_timeout_ms: DEFAULT_EDGE_REQUEST_TIMEOUT_MS,
            idle_timeout_ms: DEFAULT_IDLE_TIMEOUT_MS,
            close_timeout_ms: DEFAULT_CLOSE_TIMEOUT_MS,
            chunk_size: DEFAULT_CHUNK_SIZE,
            several_messages: false,
            first_request_id: 1001,
        }
    }
}
