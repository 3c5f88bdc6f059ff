//! Timeouts and sizes, with their defaults.

use crate::limits::{
    DEFAULT_AUTH_TIMEOUT_MS, DEFAULT_CHUNK_SIZE, DEFAULT_CLOSE_TIMEOUT_MS,
    DEFAULT_EDGE_REQUEST_TIMEOUT_MS, DEFAULT_IDLE_TIMEOUT_MS, DEFAULT_PLATFORM_REQUEST_TIMEOUT_MS,
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
            first_request_id: 1001,
        }
    }
}

impl Settings {
    /// Sets [`auth_timeout_ms`](Self::auth_timeout_ms).
    #[must_use]
    pub const fn with_auth_timeout_ms(mut self, auth_timeout_ms: u32) -> Self {
        self.auth_timeout_ms = auth_timeout_ms;
        self
    }

    /// Sets [`request_timeout_ms`](Self::request_timeout_ms).
    #[must_use]
    pub const fn with_request_timeout_ms(mut self, request_timeout_ms: u32) -> Self {
        self.request_timeout_ms = request_timeout_ms;
        self
    }

    /// Sets [`answer_timeout_ms`](Self::answer_timeout_ms).
    #[must_use]
    pub const fn with_answer_timeout_ms(mut self, answer_timeout_ms: u32) -> Self {
        self.answer_timeout_ms = answer_timeout_ms;
        self
    }

    /// Sets [`idle_timeout_ms`](Self::idle_timeout_ms).
    #[must_use]
    pub const fn with_idle_timeout_ms(mut self, idle_timeout_ms: u32) -> Self {
        self.idle_timeout_ms = idle_timeout_ms;
        self
    }

    /// Sets [`close_timeout_ms`](Self::close_timeout_ms).
    #[must_use]
    pub const fn with_close_timeout_ms(mut self, close_timeout_ms: u32) -> Self {
        self.close_timeout_ms = close_timeout_ms;
        self
    }

    /// Sets [`chunk_size`](Self::chunk_size).
    #[must_use]
    pub const fn with_chunk_size(mut self, chunk_size: u16) -> Self {
        self.chunk_size = chunk_size;
        self
    }

    /// Sets [`several_messages`](Self::several_messages).
    #[must_use]
    pub const fn with_several_messages(mut self, several_messages: bool) -> Self {
        self.several_messages = several_messages;
        self
    }

    /// Sets [`first_request_id`](Self::first_request_id).
    #[must_use]
    pub const fn with_first_request_id(mut self, first_request_id: u32) -> Self {
        self.first_request_id = first_request_id;
        self
    }
}
