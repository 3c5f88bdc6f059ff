//! The frames of a connection, as observers get them, and the faults of messages that cannot be
//! read. Both are displayed on one line.

use std::fmt;
use std::sync::Arc;

use alwayson_codec::Message;
use alwayson_codec::connection::registry::ConnectionId;
use alwayson_codec::connection::{self, Unreadable};

use crate::transport::{Close, Incoming, Outgoing, Party};

/// The direction of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// This side sent it.
    Sent,
    /// This side received it.
    Received,
}

/// The kind of a frame. `Debug` shows the length of a message instead of its bytes, which may
/// contain a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A binary WebSocket message: one message of the protocol, or one chunk.
    Message(&'a [u8]),
    /// A ping.
    Ping,
    /// A pong.
    Pong,
    /// A close; `None` if the connection ended without one, or with one that has no code.
    Close(Option<&'a Close>),
}

/// A frame of a connection. `Display` writes one line; a message is written as the codec's
/// dump, with keys and passwords masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The direction.
    pub direction: Direction,
    /// The kind, with the contents.
    pub kind: Kind<'a>,
}

/// A callback that gets each frame of a connection.
///
/// It is called on the task of the connection, so it should not block. The frame has the
/// unmasked bytes, including keys and passwords; its `Display` masks them.
pub type Observer = Arc<dyn Fn(&Frame<'_>) + Send + Sync>;

/// A callback that gets each frame of every connection of a platform, with the id of its
/// connection.
///
/// It is called on the task of that connection, so it should not block. The bytes are unmasked,
/// as for an [`Observer`].
pub type PlatformObserver = Arc<dyn Fn(ConnectionId, &Frame<'_>) + Send + Sync>;

impl<'a> From<&'a Incoming> for Kind<'a> {
    /// Converts what was received. An end without a close of the peer is a close without a code.
    fn from(incoming: &'a Incoming) -> Self {
        match incoming {
            Incoming::Message(message) => Self::Message(message),
            Incoming::Ping => Self::Ping,
            Incoming::Pong => Self::Pong,
            Incoming::Closed(ending) => {
                Self::Close(ending.close.as_ref().filter(|_| ending.by == Party::Peer))
            }
        }
    }
}

impl<'a> From<&'a Outgoing> for Kind<'a> {
    fn from(outgoing: &'a Outgoing) -> Self {
        match outgoing {
            Outgoing::Message(message) => Self::Message(message),
            Outgoing::Ping => Self::Ping,
            Outgoing::Close(close) => Self::Close(Some(close)),
        }
    }
}

impl fmt::Debug for Kind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(bytes) => write!(f, "Message({} bytes)", bytes.len()),
            Self::Ping => f.write_str("Ping"),
            Self::Pong => f.write_str("Pong"),
            Self::Close(None) => f.write_str("Close"),
            Self::Close(Some(close)) => write!(f, "Close({close})"),
        }
    }
}

impl fmt::Display for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Message(bytes) => match Message::decode(bytes) {
                Ok((message, used)) => {
                    message.dump().fmt(f)?;
                    match bytes.len() - used {
                        0 => Ok(()),
                        more => write!(f, ", followed by {more} bytes"),
                    }
                }
                Err(error) => {
                    let fault = connection::Fault::Bytes(error);
                    write!(f, "no message: {}", Unreadable { fault, bytes })
                }
            },
            Kind::Ping => f.write_str("ping"),
            Kind::Pong => f.write_str("pong"),
            Kind::Close(Some(close)) => write!(f, "close {close}"),
            Kind::Close(None) => f.write_str("close"),
        }
    }
}

/// What is wrong with a received message that cannot be read. `Display` writes all of it on one
/// line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The name of the kind, as in PROTOCOL.md §6 if it has a name there.
    pub kind: &'static str,
    /// The offset of the fault in the message, in bytes; `None` if the chunks of a message
    /// contradict each other, or announce too much data.
    pub offset: Option<u32>,
    /// The length of the message, in bytes.
    pub len: usize,
    /// The offset of the excerpt in the message, in bytes.
    pub excerpt_at: usize,
    /// Up to 32 bytes around the fault, in hex. A byte that may belong to a secret is `**`.
    pub excerpt: String,
    line: String,
}

impl From<&Unreadable<'_>> for Fault {
    fn from(unreadable: &Unreadable<'_>) -> Self {
        let excerpt = unreadable.excerpt();
        Self {
            kind: unreadable.fault.name(),
            offset: unreadable.fault.offset(),
            len: unreadable.bytes.len(),
            excerpt_at: excerpt.start(),
            excerpt: excerpt.to_string(),
            line: unreadable.to_string(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}
