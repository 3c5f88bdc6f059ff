//! Replies of the machine itself: a status and a reason, stored in a few bytes until they are
//! written into the caller's buffer.

use core::fmt;

use super::error::BufferTooSmall;
use crate::error::{DecodeError, EncodeError};
use crate::limits::REPLIES;
use crate::wire::codes::{Code, Status};
use crate::wire::header::{Header, Ids};
use crate::wire::value::Value;
use crate::wire::writer::{MAX_DIGITS, Sink, Writer, decimal};

/// A reply that waits to be sent. It gets the session id that is valid when it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) request: u32,
    pub(crate) endpoint: u32,
    pub(crate) status: Status,
    pub(crate) reason: Reason,
}

/// The reason in words. Each text is a constant of its own, so that a program contains only
/// those that it uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    None,
    Text(&'static str),
    /// The reason names the Thing that is at fault.
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

/// The name that is at fault, if it could be stored, and what is wrong with it.
type Named<N> = (Option<N>, &'static str);

impl Reason {
    /// Writes the reason as a string. It does without `core::fmt`, which would take more flash
    /// than the rest of this file.
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

/// The queue of replies. There is always room for one more when a message is handled,
/// because a machine with a full queue does not handle it.
#[derive(Clone)]
pub(crate) struct Replies<N> {
    /// In order; the free places are at the end.
    waiting: [Option<Reply>; REPLIES],
    /// The name in the only reply that has one.
    named: Option<Named<N>>,
    /// One place is reserved for the decision of the host.
    pub(crate) reserved: bool,
}

impl<N: AsRef<str>> Replies<N> {
    pub(crate) const fn new() -> Self {
        Self { waiting: [None; REPLIES], named: None, reserved: false }
    }

    /// Returns whether there is no room for the reply to one more message.
    pub(crate) fn is_full(&self) -> bool {
        let [.., before_last, last] = &self.waiting;
        last.is_some() || (self.reserved && before_last.is_some())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.iter().all(Option::is_none)
    }

    /// Returns whether a reply with a name waits. There is room for one.
    pub(crate) const fn has_named(&self) -> bool {
        self.named.is_some()
    }

    /// Queues a reply. Callers check before whether there is room.
    pub(crate) fn push(&mut self, reply: Reply) {
        if let Some(place) = self.waiting.iter_mut().find(|place| place.is_none()) {
            *place = Some(reply);
        }
    }

    /// Queues a reply that names the Thing that is at fault. If the name does not fit, the reply
    /// says "a name" instead.
    pub(crate) fn push_named(&mut self, reply: Reply, name: Option<N>, text: &'static str) {
        self.named = Some((name, text));
        self.push(reply);
    }

    pub(crate) fn clear(&mut self) {
        self.waiting = [None; REPLIES];
        self.named = None;
    }

    /// Writes the next reply into the buffer.
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
            // Cannot occur: a status and a short text can be encoded.
            Err(_) => None,
        };
        // Move all others up by one.
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
