//! Answers of the machine's own: a status and a reason, kept as a few bytes
//! until they are written into the caller's buffer.

use core::fmt;

use super::error::BufferTooSmall;
use crate::error::{DecodeError, EncodeError};
use crate::limits::REPLIES;
use crate::wire::codes::{Code, Status};
use crate::wire::header::{Header, Ids};
use crate::wire::value::Value;
use crate::wire::writer::{MAX_DIGITS, Sink, Writer, decimal};

/// An answer that waits to be sent. Its session id is that of the moment when
/// it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) request: u32,
    pub(crate) endpoint: u32,
    pub(crate) status: Status,
    pub(crate) reason: Reason,
}

/// The reason in words. A text that no side of a program uses is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    None,
    Text(&'static str),
    /// Names the Thing that is at fault.
    Named,
    Unreadable(DecodeError),
}

impl Reason {
    pub(crate) const TOO_MANY_REQUESTS: Self =
        Self::Text("too many requests were not answered yet");
    pub(crate) const TOO_MANY_NAMES: Self =
        Self::Text("there is no room for so many names, or such long ones");
    pub(crate) const NOT_BOUND: Self = Self::Text("the Thing is not bound on this connection");
    pub(crate) const WRONG_SESSION: Self =
        Self::Text("the session id is not that of this connection");
    pub(crate) const AUTH_AGAIN: Self = Self::Text("AUTH was sent before");
    pub(crate) const NO_CLEARAUTH: Self =
        Self::Text("CLEARAUTH is not supported: close the connection instead");
    pub(crate) const ONLY_FROM_EDGES: Self = Self::Text("only an edge sends this");
    pub(crate) const CHUNK_MISMATCH: Self =
        Self::Text("a chunk contradicts an earlier one of its message");
    pub(crate) const TOO_LONG: Self = Self::Text("the message is too long");
    pub(crate) const TOO_MANY_UNFINISHED: Self =
        Self::Text("too many unfinished messages at a time");
}

/// The name that is at fault, if it could be kept, and what is said of it.
type Named<N> = (Option<N>, &'static str);

impl Reason {
    /// Writes the reason as a string. Not by `core::fmt`, of which there would be
    /// more on a small machine than of all the rest here.
    fn put<N: AsRef<str>>(self, named: Option<&Named<N>>, sink: &mut impl Sink) {
        let mut digits = [0; MAX_DIGITS];
        sink.joined(match (self, named) {
            (Self::Named, Some((name, text))) => {
                [name.as_ref().map_or("a name", N::as_ref), " ", text]
            }
            (Self::Unreadable(error), _) => {
                let offset = decimal(error.offset(), &mut digits);
                [error.kind().explanation(), DecodeError::AT, offset]
            }
            (Self::Text(text), _) => [text, "", ""],
            (Self::None | Self::Named, _) => [""; 3],
        });
    }
}

/// Those that wait. There is always room for one more when a message is
/// handed in: a machine whose room is taken does not take the message.
#[derive(Clone)]
pub(crate) struct Replies<N> {
    /// In their order, those that wait before the places that are free.
    waiting: [Option<Reply>; REPLIES],
    /// The name in the one reply that has one.
    named: Option<Named<N>>,
    /// A place is kept for the answer to what the host was asked.
    pub(crate) reserved: bool,
}

impl<N: AsRef<str>> Replies<N> {
    pub(crate) const fn new() -> Self {
        Self { waiting: [None; REPLIES], named: None, reserved: false }
    }

    /// Whether there is no room for the answer to one more message.
    pub(crate) fn is_full(&self) -> bool {
        let [.., before_last, last] = &self.waiting;
        last.is_some() || (self.reserved && before_last.is_some())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.iter().all(Option::is_none)
    }

    /// Whether a reply waits that has a name in it. There is room for one.
    pub(crate) const fn has_named(&self) -> bool {
        self.named.is_some()
    }

    /// Takes a reply. Callers have looked whether there is room.
    pub(crate) fn push(&mut self, reply: Reply) {
        if let Some(place) = self.waiting.iter_mut().find(|place| place.is_none()) {
            *place = Some(reply);
        }
    }

    /// Takes a reply that names the Thing that is at fault. Of a name that is
    /// too long to be kept it says the rest.
    pub(crate) fn push_named(&mut self, reply: Reply, name: Option<N>, text: &'static str) {
        self.named = Some((name, text));
        self.push(reply);
    }

    pub(crate) fn clear(&mut self) {
        self.waiting = [None; REPLIES];
        self.named = None;
    }

    /// Writes the next one into the buffer.
    pub(crate) fn poll(
        &mut self,
        session: u32,
        buffer: &mut [u8],
    ) -> Result<Option<usize>, BufferTooSmall> {
        let [Some(reply), ..] = &self.waiting else { return Ok(None) };
        let Reply { request, endpoint, status, reason } = *reply;
        let ids = Ids { request, endpoint, session };
        let mut writer = Writer::new(buffer);
        Header { code: Code::Response(status), ids, multipart: false }.put(&mut writer);
        let has_reason = !matches!(reason, Reason::None);
        writer.u8(u8::from(has_reason));
        if has_reason {
            reason.put(self.named.as_ref(), &mut writer);
        }
        Value::Nothing.put(0, &mut writer);
        let written = match writer.finish() {
            Ok(len) => Some(len),
            Err(EncodeError::BufferTooSmall { needed }) => return Err(BufferTooSmall { needed }),
            // Cannot be: a status and a short text can be said.
            Err(_) => None,
        };
        // All others move up by one.
        let mut after = None;
        for place in self.waiting.iter_mut().rev() {
            core::mem::swap(place, &mut after);
        }
        if matches!(reason, Reason::Named) {
            self.named = None;
        }
        Ok(written)
    }
}

impl<N: AsRef<str>> fmt::Debug for Replies<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.named.as_ref().map(|(name, text)| (name.as_ref().map(N::as_ref), text));
        f.debug_struct("Replies")
            .field("waiting", &self.waiting)
            .field("named", &named)
            .field("reserved", &self.reserved)
            .finish()
    }
}
