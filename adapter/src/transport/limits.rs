//! Buffers, sizes and times of a connection.

use std::time::Duration;

use alwayson_codec::limits::{DEFAULT_CLOSE_TIMEOUT_MS, DEFAULT_MESSAGE_LIMIT};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::message::MessageLimit;
use crate::option::{self, OptionError, TIME, options};

/// The smallest limit for the head of an upgrade, in bytes: hyper does not accept less.
const SMALLEST_HEAD: usize = 8192;

/// The largest buffer, in bytes: some of them are allocated at once.
const LARGEST_BUFFER: usize = MessageLimit::MAX.bytes();

/// The most headers: space for all of them is allocated for each upgrade.
const MOST_HEADERS: usize = 1 << 12;

options! {
    /// The buffers and sizes of one WebSocket. 5,000 idle connections have to fit in 16 KiB
    /// each.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Limits {
        /// The longest message that is accepted, in bytes; a longer one closes the
        /// connection with 1009. 1 MiB by default, as for a message of chunks (PROTOCOL.md §5).
        message / with_message: usize = DEFAULT_MESSAGE_LIMIT, in 1..=usize::MAX;
        /// The longest frame that is accepted, in bytes; a longer one closes the connection
        /// with 1009. Its buffer is allocated at its header, and a connection keeps the
        /// buffer of its longest frame. 128 KiB by default: a chunk size has two bytes, so a
        /// sender that follows PROTOCOL.md §5 has no frames longer than half of that. A WebSocket
        /// with compression has this limit only for what is not compressed: [`message`](Self::message)
        /// limits its frames.
        frame / with_frame: usize = 128 << 10, in 1..=usize::MAX;
        /// The size of the read buffer, which a connection holds as long as it lives, in
        /// bytes; from 1 to 64 MiB. 4 KiB by default: most messages are shorter.
        read_buffer / with_read_buffer: usize = 4 << 10, in 1..=LARGEST_BUFFER;
        /// The size up to which writes are gathered before they are written without a
        /// flush, in bytes; up to 64 MiB. 4 KiB by default: some small messages, and half a
        /// chunk.
        write_buffer / with_write_buffer: usize = 4 << 10, in 0..=LARGEST_BUFFER;
        /// The size of what may wait to be written, in bytes; a message that does not fit
        /// is refused. At least one byte more than the write buffer. 1 MiB and 64 KiB by
        /// default: the longest message, and what waits before it.
        max_write_buffer / with_max_write_buffer: usize = DEFAULT_MESSAGE_LIMIT + (64 << 10),
            in 1..=usize::MAX;
        /// The longest head of an upgrade, in bytes; a longer one is answered with 431. From
        /// 8 KiB, which is the default, to 64 MiB: a request with a key has about 300 bytes.
        head / with_head: usize = SMALLEST_HEAD, in SMALLEST_HEAD..=LARGEST_BUFFER;
        /// The number of headers of an upgrade; more are answered with 431. From 1 to 4,096;
        /// 64 by default: proxies add their own.
        headers / with_headers: usize = 64, in 1..=MOST_HEADERS;
        /// The time that a peer that violated the WebSocket protocol, or has closed, gets to
        /// read the last frame; 5 s by default, and at least 1 ms.
        close_timeout / with_close_timeout: Duration =
            Duration::from_millis(DEFAULT_CLOSE_TIMEOUT_MS.into()), in TIME;
    }
}

impl Limits {
    /// Checks limits that depend on each other.
    pub(super) fn check(&self) -> Result<(), OptionError> {
        let least = self.write_buffer.saturating_add(1);
        option::check("max_write_buffer", self.max_write_buffer, least..=usize::MAX)?;
        Ok(())
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
