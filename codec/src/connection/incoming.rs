//! From the bytes of a WebSocket message to a whole AlwaysOn message.

use super::unreadable::{Fault, Unreadable};
use crate::error::DecodeError;
use crate::wire::chunk;
use crate::wire::codes::Status;
use crate::wire::header::{Header, Ids};
use crate::wire::message::Message;

/// What came of the bytes.
#[derive(Clone, Copy)]
pub(crate) enum Incoming<'a> {
    /// A whole message, in the bytes themselves or from chunks.
    Message(Message<'a>),
    /// A chunk of a message that is not complete yet.
    Incomplete,
    /// A whole header, and what makes no message with it.
    Unreadable(Origin, Unreadable<'a>),
    /// No whole header.
    NoHeader(Unreadable<'a>),
}

/// What the header says of a message that cannot be read.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) ids: Ids,
    pub(crate) is_response: bool,
    /// Of a chunk, how many are to come of its message.
    pub(crate) left: u16,
}

/// Decodes the first message in these bytes; says what follows it (section 1).
#[inline]
pub(crate) fn decode(bytes: &[u8]) -> (Incoming<'_>, &[u8]) {
    match Message::decode(bytes) {
        Ok((message, used)) => (Incoming::Message(message), bytes.get(used..).unwrap_or_default()),
        Err(error) => (unreadable(bytes, error), &[]),
    }
}

/// A header is whole whose method has no name, or cannot have its marker
/// (section 7).
#[cold]
fn unreadable(bytes: &[u8], error: DecodeError) -> Incoming<'_> {
    let unreadable = Unreadable { fault: Fault::Bytes(error), bytes };
    let Some((code, ids, is_chunk)) = Header::parts(bytes) else {
        return Incoming::NoHeader(unreadable);
    };
    let is_response = Status::from_u8(code).is_some();
    let left = if is_chunk { chunk::left(bytes) } else { 0 };
    Incoming::Unreadable(Origin { ids, is_response, left }, unreadable)
}
