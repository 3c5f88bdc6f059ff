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
    Text(&'static str),
    /// Goes on after the name of the Thing that is at fault.
    Named(&'static str),
    Unreadable(DecodeError),
    NotJoined(JoinError),
}

struct Shown<'a>(Reason, &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Reason::None => Ok(()),
            Reason::Text(text) => f.write_str(text),
            Reason::Named(text) => {
                f.write_str(self.1)?;
                f.write_str(text)
            }
            Reason::Unreadable(error) => error.fmt(f),
            Reason::NotJoined(error) => error.fmt(f),
        }
    }
}

/// Those that wait. There is always room for one more when a message is
/// handed in: a machine whose room is taken does not take the message.
#[derive(Clone)]
pub(crate) struct Replies<N> {
    waiting: heapless::Deque<Reply, REPLIES>,
    /// The name in the one reply that has one.
    named: Option<N>,
    /// A place is kept for the answer to what the host was asked.
    pub(crate) reserved: bool,
}

impl<N: AsRef<str>> Replies<N> {
    pub(crate) const fn new() -> Self {
        Self { waiting: heapless::Deque::new(), named: None, reserved: false }
    }

    /// Whether there is no room for the answer to one more message.
    pub(crate) fn is_full(&self) -> bool {
        self.waiting.len().saturating_add(usize::from(self.reserved)) >= REPLIES
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether a reply waits that has a name in it. There is room for one.
    pub(crate) const fn has_named(&self) -> bool {
        self.named.is_some()
    }

    /// Takes a reply. Callers have looked whether there is room.
    pub(crate) fn push(&mut self, reply: Reply) {
        let _ = self.waiting.push_back(reply);
    }

    /// Takes a reply that names the Thing that is at fault. Of a name that is
    /// too long to be kept it says the rest.
    pub(crate) fn push_named(&mut self, reply: Reply, name: Option<N>) {
        self.named = name;
        self.push(reply);
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.named = None;
    }

    /// Writes the next one into the buffer.
    pub(crate) fn poll(
        &mut self,
        session: u32,
        buffer: &mut [u8],
    ) -> Result<Option<usize>, BufferTooSmall> {
        let Some(reply) = self.waiting.front() else { return Ok(None) };
        let Reply { request, endpoint, status, reason } = *reply;
        let ids = Ids { request, endpoint, session };
        let mut writer = Writer::new(buffer);
        Header { code: Code::Response(status), ids, multipart: false }.put(&mut writer);
        writer.u8(u8::from(reason != Reason::None));
        if reason != Reason::None {
            let name = self.named.as_ref().map_or("the name", N::as_ref);
            writer.shown(&Shown(reason, name));
        }
        Value::Nothing.put(0, &mut writer);
        let written = match writer.finish() {
            Ok(len) => Some(len),
            Err(EncodeError::BufferTooSmall { needed }) => return Err(BufferTooSmall { needed }),
            // Cannot be: a status and a short text can be said.
            Err(_) => None,
        };
        self.waiting.pop_front();
        if matches!(reason, Reason::Named(_)) {
            self.named = None;
        }
        Ok(written)
    }
}
