//! Timeouts and sizes, with their defaults.

use crate::connection::setters::setters;
use crate::limits::{
    DEFAULT_AUTH_TIMEOUT_MS, DEFAULT_CHUNK_SIZE, DEFAULT_CLOSE_TIMEOUT_MS,
    DEFAULT_EDGE_REQUEST_TIMEOUT_MS, DEFAULT_IDLE_TIMEOUT_MS, DEFAULT_NAMES,
    DEFAULT_PLATFORM_REQUEST_TIMEOUT_MS,
};

/// The settings of a connection. Times are in milliseconds; every value is accepted, and 0
/// means that the time is over at once.
///
/// ```
/// use alwayson_codec::connection::platform::Settings;
///
/// let settings = Settings::default().with_request_timeout_ms(5_000).with_chunk_size(1024);
/// assert_eq!(settings.request_timeout_ms, 5_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Settings {
    /// How long to wait for AUTH; 15 s by default.
    pub auth_timeout_ms: u32,
    /// How long to wait for the answer to a request; 30 s by default.
    pub request_timeout_ms: u32,
    /// How long the host may take to answer a request; after that the machine answers it
    /// with GATEWAY_TIMEOUT. 10 s by default, because an edge does not wait longer.
    pub answer_timeout_ms: u32,
    /// After how long without incoming traffic the connection ends; 60 s by default.
    pub idle_timeout_ms: u32,
    /// How long to wait for the close of the peer; 5 s by default.
    pub close_timeout_ms: u32,
    /// The largest message that is sent without chunks, in bytes; 8192 by default. An edge
    /// announces what it accepts as `Max-Frame-Size` in the upgrade request (PROTOCOL.md §1).
    pub chunk_size: u16,
    /// Whether a WebSocket message may contain several messages of the protocol. If so,
    /// [`rest`](super::Connection::rest) returns what to handle next. Off by default
    /// (PROTOCOL.md §1).
    pub several_messages: bool,
    /// The most names that are bound on the connection at a time, together with those of a BIND
    /// that waits for a decision; 10,000 by default. A BIND with more is answered
    /// SERVICE_UNAVAILABLE. The storage may have room for fewer.
    pub names: u32,
    /// The id of the first request; 1001 by default.
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
            names: DEFAULT_NAMES,
            first_request_id: 1001,
        }
    }
}

setters! {
    Settings {
        with_auth_timeout_ms => auth_timeout_ms: u32;
        with_request_timeout_ms => request_timeout_ms: u32;
        with_answer_timeout_ms => answer_timeout_ms: u32;
        with_idle_timeout_ms => idle_timeout_ms: u32;
        with_close_timeout_ms => close_timeout_ms: u32;
        with_chunk_size => chunk_size: u16;
        with_several_messages => several_messages: bool;
        with_names => names: u32;
        with_first_request_id => first_request_id: u32;
    }
}
