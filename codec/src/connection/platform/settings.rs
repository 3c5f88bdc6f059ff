//! Times and sizes, with their defaults.

use crate::limits::{
    DEFAULT_AUTH_TIMEOUT_MS, DEFAULT_CHUNK_SIZE, DEFAULT_CLOSE_TIMEOUT_MS,
    DEFAULT_EDGE_REQUEST_TIMEOUT_MS, DEFAULT_IDLE_TIMEOUT_MS, DEFAULT_PLATFORM_REQUEST_TIMEOUT_MS,
};

/// The settings of a connection. Times are in milliseconds; every value is accepted, and 0 means
/// that the time is over at once.
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
