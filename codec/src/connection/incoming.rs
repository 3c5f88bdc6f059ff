//! From the bytes of a WebSocket message to a whole AlwaysOn message.

use super::pending::Failure;
use super::replies::Reason;
use super::storage::Join;
use crate::error::{DecodeError, JoinError};
use crate::multipart::Joined;
use crate::wire::chunk::Chunk;
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
    /// A whole header, and a body that is no message.
    Unreadable(Header, Fault),
    /// No whole header.
    NoHeader,
}

/// Decodes the message in these bytes. Some peers pad their messages, so what
/// follows it is not looked at (section 6).
#[inline]
pub(crate) fn decode(bytes: &[u8]) -> Incoming<'_> {
    match Message::decode(bytes) {
        Ok((message, _)) => Incoming::Message(message),
        Err(error) => unreadable(bytes, error),
    }
}

/// Joins a chunk to those that came before.
pub(crate) fn join<'a>(
    joiner: &'a mut impl Join,
    ids: Ids,
    chunk: &Chunk<'_>,
    now_ms: u64,
) -> Incoming<'a> {
    let header = Header { code: chunk.of.code(), ids, multipart: true };
    match joiner.push(ids, chunk, now_ms) {
        Ok(Joined::Incomplete) => Incoming::Incomplete,
        Ok(Joined::Complete(bytes)) => match Message::decode_exact(bytes) {
            Ok(message) => Incoming::Message(message),
            Err(error) => Incoming::Unreadable(header, Fault::Bytes(error)),
        },
        Err(error) => Incoming::Unreadable(header, Fault::Chunks(error)),
    }
}

#[cold]
fn unreadable(bytes: &[u8], error: DecodeError) -> Incoming<'_> {
    match Header::decode(bytes) {
        Ok(header) => Incoming::Unreadable(header, Fault::Bytes(error)),
        Err(_) => Incoming::NoHeader,
    }
}

/// Why a message with a header cannot be read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Its bytes are no message.
    Bytes(DecodeError),
    /// Its chunks make none, and are lost.
    Chunks(JoinError),
}

impl Fault {
    /// What its sender is told.
    pub(crate) fn reply(self) -> (Status, Reason) {
        match self {
            Self::Bytes(error) => (Status::BAD_REQUEST, Reason::Unreadable(error)),
            Self::Chunks(JoinError::ChunkMismatch) => (Status::BAD_REQUEST, Reason::CHUNK_MISMATCH),
            Self::Chunks(JoinError::TooLarge { .. } | JoinError::OutOfMemory { .. }) => {
                (Status::ENTITY_TOO_LARGE, Reason::TOO_LONG)
            }
            Self::Chunks(JoinError::Busy) => {
                (Status::SERVICE_UNAVAILABLE, Reason::TOO_MANY_UNFINISHED)
            }
        }
    }

    /// How the request ends that it was the answer to.
    pub(crate) const fn failure(self) -> Failure {
        match self {
            Self::Bytes(_) => Failure::Unreadable,
            Self::Chunks(_) => Failure::NotJoined,
        }
    }
}
