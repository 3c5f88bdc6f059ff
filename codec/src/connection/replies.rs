//! Answers of the machine's own: a status and a reason, kept as a few bytes
//! until they are written into the caller's buffer.

use core::fmt;

use super::error::BufferTooSmall;
use crate::error::{DecodeError, EncodeError, JoinError};
use crate::limits::REPLIES;
use crate::wire::codes::{Code, Status};
use crate::wire::header::{Header, Ids};
use crate::wire::value::Value;
use crate::wire::writer::{Sink, Writer};

/// An answer that waits to be sent. Its session id is that of the moment when
/// it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) request: u32,
    pub(crate) endpoint: u32,
    pub(crate) status: Status,
    pub(crate) reason: Reason,
}

/// The reason in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    None,
    TooManyRequests,
    TooManyNames,
    NotBound,
    WrongSession,
    AuthAgain,
    OnlyFromEdges,
    /// Names the Thing that is at fault.
    Named,
    Unreadable(DecodeError),
    NotJoined(NotJoined),
}

/// A [`JoinError`] without its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotJoined {
    Mismatch,
    TooLong,
    Busy,
}

impl From<JoinError> for NotJoined {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::ChunkMismatch => Self::Mismatch,
            JoinError::TooLarge { .. } | JoinError::OutOfMemory { .. } => Self::TooLong,
            JoinError::Busy => Self::Busy,
        }
    }
}

/// The name that is at fault, if it could be kept, and what is said of it.
type Named<N> = (Option<N>, &'static str);

struct Shown<'a, N>(Reason, Option<&'a Named<N>>);

impl<N: AsRef<str>> fmt::Display for Shown<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0 {
            Reason::None => "",
            Reason::TooManyRequests => "too many requests were not answered yet",
            Reason::TooManyNames => "there is no room for so many names, or such long ones",
            Reason::NotBound => "the Thing is not bound on this connection",
            Reason::WrongSession => "the session id is not that of this connection",
            Reason::AuthAgain => "AUTH was sent before",
            Reason::OnlyFromEdges => "only an edge sends this",
            Reason::NotJoined(NotJoined::Mismatch) => {
                "a chunk contradicts an earlier one of its message"
            }
            Reason::NotJoined(NotJoined::TooLong) => "the message is too long",
            Reason::NotJoined(NotJoined::Busy) => "too many unfinished messages at a time",
            Reason::Unreadable(error) => return error.fmt(f),
            Reason::Named => {
                let Some((name, text)) = self.1 else { return Ok(()) };
                f.write_str(name.as_ref().map_or("a name", N::as_ref))?;
                f.write_str(" ")?;
                text
            }
        };
        f.write_str(text)
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
        writer.u8(u8::from(reason != Reason::None));
        if reason != Reason::None {
            writer.shown(&Shown(reason, self.named.as_ref()));
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
        if reason == Reason::Named {
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
