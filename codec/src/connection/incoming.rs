//! Decodes the bytes of a WebSocket message.

use super::unreadable::{Fault, Unreadable};
use crate::error::DecodeError;
use crate::wire::chunk;
use crate::wire::codes::Status;
use crate::wire::header::{Header, Ids};
use crate::wire::message::Message;

/// The result of decoding.
#[derive(Clone, Copy)]
pub(crate) enum Incoming<'a> {
    /// A whole message, in the bytes themselves or joined from chunks.
    Message(Message<'a>),
    /// A chunk of a message that is not complete yet.
    Incomplete,
    /// A whole header, followed by what is not a valid message.
    Unreadable(Origin, Unreadable<'a>),
    /// No complete header.
    NoHeader(Unreadable<'a>),
}

/// What the header tells about a message that cannot be decoded.
#[derive(Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) ids: Ids,
    pub(crate) is_response: bool,
    /// For a chunk, the number of chunks of its message that are still to come.
    pub(crate) left: u16,
}

/// Decodes the first message in these bytes, and returns it with the bytes that follow it
/// (PROTOCOL.md §1).
#[inline]
pub(crate) fn decode(bytes: &[u8]) -> (Incoming<'_>, &[u8]) {
    match Message::decode(bytes) {
        Ok((message, used)) => (Incoming::Message(message), bytes.get(used..).unwrap_or_default()),
        Err(error) => (unreadable(bytes, error), &[]),
    }
}

/// Returns what can be told about bytes that cannot be decoded. A header counts as whole
/// even if its method has no name or cannot have its marker (PROTOCOL.md §7).
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
