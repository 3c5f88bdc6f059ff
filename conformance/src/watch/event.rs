//! What a watch tells, and how much it keeps.

use alwayson_codec::limits::DEFAULT_MESSAGE_LIMIT;

use super::{Finding, Frame, Head};
use crate::capture::Side;

/// What is kept of a connection at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest head of HTTP, in bytes; 64 KiB by default, several times what servers take.
    pub head: usize,
    /// The longest frame whose payload is kept, in bytes; by default as long as a message.
    pub frame: usize,
    /// The longest message, in bytes: joined from frames, decompressed, or joined from
    /// chunks; 1 MiB by default (PROTOCOL.md §5).
    pub message: usize,
    /// The most unanswered requests of each side; 4,096 by default. If there are more, responses
    /// without a request are not judged any more.
    pub pending: usize,
    /// The most bound names; 65,536 by default. If there are more, they are not judged any more.
    pub names: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: 64 * 1024,
            frame: DEFAULT_MESSAGE_LIMIT,
            message: DEFAULT_MESSAGE_LIMIT,
            pending: 4_096,
            names: 65_536,
        }
    }
}

impl Limits {
    /// Sets the longest message and the longest frame.
    #[must_use]
    pub fn with_message(self, bytes: usize) -> Self {
        Self { message: bytes, frame: bytes, ..self }
    }
}

/// What has passed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The head of an HTTP message.
    Head {
        /// Who sent it.
        from: Side,
        /// What it says.
        head: &'a Head,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// A part of the body of an HTTP message.
    Body {
        /// Who sent it.
        from: Side,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// A whole WebSocket message.
    Message {
        /// Who sent it.
        from: Side,
        /// Whether it is a text message.
        is_text: bool,
        /// Its payload, decompressed. It may have secrets.
        payload: &'a [u8],
        /// Its frames, as they passed.
        frames: &'a [Frame],
    },
    /// A WebSocket message whose payload is not known: it is too long, or damaged. An event
    /// before it tells why.
    Unreadable {
        /// Who sent it.
        from: Side,
        /// Its frames, as far as they are kept.
        frames: &'a [Frame],
    },
    /// A ping, a pong or a close.
    Control {
        /// Who sent it.
        from: Side,
        /// The frame.
        frame: Frame,
        /// Its payload.
        payload: &'a [u8],
    },
    /// The header of a frame that is too long. Its payload follows as [`Unread`](Self::Unread).
    TooLong {
        /// Who sent it.
        from: Side,
        /// The frame.
        frame: Frame,
    },
    /// A message that was joined from chunks.
    Joined {
        /// Who sent it.
        from: Side,
        /// The message.
        bytes: &'a [u8],
    },
    /// Bytes that are not read, because they belong to a frame that is too long, or follow
    /// something damaged.
    Unread {
        /// Who sent them.
        from: Side,
        /// The bytes as they passed. They may have secrets.
        bytes: &'a [u8],
    },
    /// A rule was broken.
    Broken(Finding),
    /// Something is longer than the limits of the watch allow, or cannot be read.
    Limit {
        /// Who sent it.
        from: Side,
        /// What, in words, without secrets.
        text: String,
    },
}

/// What is called with each event.
pub type Sink<'s, 'e> = &'s mut (dyn FnMut(Event<'_>) + 'e);
