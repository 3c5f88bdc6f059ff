//! How much of a connection is held, and for how long.

use std::time::Duration;

use alwayson_codec::limits::{DEFAULT_CLOSE_TIMEOUT_MS, DEFAULT_MESSAGE_LIMIT};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::message::MessageLimit;
use crate::option_error::{self, OptionError};

/// The smallest head of an upgrade that can be limited.
const SMALLEST_HEAD: usize = 8192;

/// The largest buffer: room for some is made at once.
const LARGEST_BUFFER: usize = MessageLimit::MAX.bytes();

/// The most headers: room for so many is made for each upgrade.
const MOST_HEADERS: usize = 1 << 12;

/// Every buffer and size of one WebSocket. 5,000 connections that are idle have to
/// fit in 16 KiB each.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest message that is taken, in bytes; a longer one closes the
    /// connection with 1009. 1 MiB, as for a message of chunks (section 5).
    pub message: usize,
    /// The longest frame that is taken, in bytes; a longer one closes the
    /// connection with 1009. Room for it is made at its header, and a connection
    /// keeps what its longest frame took. 128 KiB: a chunk size has two bytes, so a sender
    /// that keeps to section 5 has no longer frames than half of that.
    pub frame: usize,
    /// How much is read at once, in bytes; each connection holds this for as long
    /// as it lives. 4 KiB: most messages are shorter.
    pub read_buffer: usize,
    /// How much is gathered before it is written without a flush, in bytes. 4
    /// KiB: some small messages, and half a chunk.
    pub write_buffer: usize,
    /// How much may wait to be written, in bytes; a message that does not fit on
    /// top is refused. At least `write_buffer` and one byte. 1 MiB and 64 KiB:
    /// the longest message, and what waits before it.
    pub max_write_buffer: usize,
    /// The longest head of an upgrade, in bytes; a longer one is answered with
    /// 431. At least 8 KiB, which is the default: a request that names a key has some 300.
    pub head: usize,
    /// The most headers of an upgrade; more are answered with 431. 64: proxies
    /// add their own.
    pub headers: usize,
    /// How long a peer that broke the rules of WebSockets, or has closed, may
    /// take to read the last frame. 5 s.
    pub close_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: DEFAULT_MESSAGE_LIMIT,
            frame: 128 << 10,
            read_buffer: 4 << 10,
            write_buffer: 4 << 10,
            max_write_buffer: DEFAULT_MESSAGE_LIMIT + (64 << 10),
            head: SMALLEST_HEAD,
            headers: 64,
            close_timeout: Duration::from_millis(u64::from(DEFAULT_CLOSE_TIMEOUT_MS)),
        }
    }
}

impl Limits {
    /// Checks what cannot be set to any value. Whoever connects or accepts does so.
    ///
    /// # Errors
    /// The first limit that is out of its range.
    pub fn check(&self) -> Result<(), OptionError> {
        option_error::check("limits.message", self.message, 1..=usize::MAX)?;
        option_error::check("limits.frame", self.frame, 1..=usize::MAX)?;
        option_error::check("limits.read_buffer", self.read_buffer, 1..=LARGEST_BUFFER)?;
        option_error::check("limits.write_buffer", self.write_buffer, 0..=LARGEST_BUFFER)?;
        let most = self.write_buffer.saturating_add(1)..=usize::MAX;
        option_error::check("limits.max_write_buffer", self.max_write_buffer, most)?;
        option_error::check("limits.head", self.head, SMALLEST_HEAD..=LARGEST_BUFFER)?;
        option_error::check("limits.headers", self.headers, 1..=MOST_HEADERS)?;
        option_error::check_times([("limits.close_timeout", self.close_timeout)])
    }

    pub(super) fn config(&self) -> WebSocketConfig {
        WebSocketConfig::default()
            .max_message_size(Some(self.message))
            .max_frame_size(Some(self.frame))
            .read_buffer_size(self.read_buffer)
            .write_buffer_size(self.write_buffer)
            .max_write_buffer_size(self.max_write_buffer)
            .accept_unmasked_frames(false)
    }
}
