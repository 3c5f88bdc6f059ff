//! Frames as people see them: what goes over a connection, a line each; and what is
//! wrong with those that cannot be read.

use std::fmt;
use std::sync::Arc;

use alwayson_codec::Message;
use alwayson_codec::connection::registry::ConnectionId;
use alwayson_codec::connection::{self, Unreadable};

use crate::transport::{Close, Incoming, Outgoing, Party};

/// Which way a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// It was sent.
    Sent,
    /// It was received.
    Received,
}

/// What a frame is. Its `Debug` has the length of a message, not its bytes: a key
/// may be among them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A binary message: one message of the protocol, or one chunk.
    Message(&'a [u8]),
    /// A ping.
    Ping,
    /// A pong.
    Pong,
    /// A close; none where the connection ended without one, or with one that names
    /// no code.
    Close(Option<&'a Close>),
}

/// A frame of a connection. Displayed, it is one line: a message as the codec
/// dumps it, with keys and passwords masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Which way it goes.
    pub direction: Direction,
    /// What it is.
    pub kind: Kind<'a>,
}

/// Is shown each frame, on the task of its connection: it should not block. The
/// frame has the bytes as they are, keys and passwords among them; what is
/// displayed of it is masked.
pub type Observer = Arc<dyn Fn(&Frame<'_>) + Send + Sync>;

/// Is shown each frame of every connection of a platform, and which it is of, on
/// the task of that connection: it should not block. As for [`Observer`], the bytes
/// are as they are.
pub type PlatformObserver = Arc<dyn Fn(ConnectionId, &Frame<'_>) + Send + Sync>;

impl<'a> From<&'a Incoming> for Kind<'a> {
    /// What came. An end that was not a close of the peer has no code.
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

/// What is wrong with a message that came and cannot be read. Displayed, it is one
/// line that has all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The kind, as section 6 spells it.
    pub kind: &'static str,
    /// Where in the message, in bytes; none where its chunks contradict each other,
    /// or promise too much.
    pub offset: Option<u32>,
    /// How long the message is, in bytes.
    pub len: usize,
    /// Where the excerpt begins.
    pub excerpt_at: usize,
    /// Up to 32 bytes around the fault in hex, with `**` for each that may be of a
    /// secret.
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
