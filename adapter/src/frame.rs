//! Frames as people see them: what goes over a connection, a line each.

use std::fmt;
use std::sync::Arc;

use alwayson_codec::Message;
use alwayson_codec::connection::registry::ConnectionId;

/// Which way a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// It was sent.
    Sent,
    /// It was received.
    Received,
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A binary message: one message of the protocol, or one chunk.
    Message(&'a [u8]),
    /// A ping.
    Ping,
    /// A pong.
    Pong,
    /// A close, with the code that was sent.
    Close(Option<u16>),
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

/// Is shown each frame, on the task of its connection: it should not block.
pub type Observer = Arc<dyn Fn(&Frame<'_>) + Send + Sync>;

/// Is shown each frame of every connection of a platform, and which it is of, on
/// the task of that connection: it should not block.
pub type PlatformObserver = Arc<dyn Fn(ConnectionId, &Frame<'_>) + Send + Sync>;

impl fmt::Display for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Message(bytes) => match Message::decode(bytes) {
                Ok((message, _)) => message.dump().fmt(f),
                Err(error) => write!(f, "{} bytes that are no message: {error}", bytes.len()),
            },
            Kind::Ping => f.write_str("ping"),
            Kind::Pong => f.write_str("pong"),
            Kind::Close(Some(code)) => write!(f, "close {code}"),
            Kind::Close(None) => f.write_str("close"),
        }
    }
}
