//! Messages that cannot be decoded.

use core::error::Error;
use core::fmt;

use super::pending::Failure;
use super::replies::Reason;
use crate::error::{DecodeError, JoinError};
use crate::limits::HEADER_LEN;
use crate::wire::codes::Status;
use crate::wire::excerpt::Excerpt;

/// A message that cannot be decoded: what is wrong with it, and its bytes.
///
/// `Display` writes one line for a log: the kind of the fault, its place and some bytes around
/// it, with secrets masked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Unreadable<'a> {
    /// What is wrong.
    pub fault: Fault,
    /// The received bytes, or the whole message if it was joined from chunks. They may contain
    /// secrets: log [`excerpt`](Self::excerpt) instead.
    pub bytes: &'a [u8],
}

/// Why a message cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its bytes are not a message.
    Bytes(DecodeError),
    /// Its chunks cannot be joined, and are dropped.
    Chunks(JoinError),
}

impl<'a> Unreadable<'a> {
    /// Returns the bytes around the fault. Bytes that may belong to a secret are masked.
    pub fn excerpt(&self) -> Excerpt<'a> {
        // A fault of several chunks has no place: show what follows the header.
        let offset = self.fault.offset().and_then(|at| usize::try_from(at).ok());
        let offset = offset.unwrap_or(HEADER_LEN);
        Excerpt::around(self.bytes, offset)
    }
}

impl Fault {
    /// Returns the name of the kind, as in PROTOCOL.md if it has a name there.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bytes(error) => error.kind().name(),
            Self::Chunks(error) => error.name(),
        }
    }

    /// Returns the offset of the fault in the message, in bytes, or `None` if several chunks
    /// contradict each other.
    pub const fn offset(self) -> Option<u32> {
        match self {
            Self::Bytes(error) => Some(error.offset()),
            Self::Chunks(_) => None,
        }
    }

    /// Returns the reply to its sender. A message that is too long is a BAD_REQUEST as well,
    /// because not all edges know the more precise statuses (PROTOCOL.md §2).
    pub(crate) fn reply(self) -> (Status, Reason) {
        match self {
            Self::Bytes(error) => (Status::BAD_REQUEST, Reason::Unreadable(error)),
            Self::Chunks(JoinError::ChunkMismatch) => (Status::BAD_REQUEST, Reason::CHUNK_MISMATCH),
            Self::Chunks(JoinError::TooLarge { .. } | JoinError::OutOfMemory { .. }) => {
                (Status::BAD_REQUEST, Reason::TOO_LONG)
            }
            Self::Chunks(JoinError::Busy) => {
                (Status::SERVICE_UNAVAILABLE, Reason::TOO_MANY_UNFINISHED)
            }
        }
    }

    /// Returns how a request fails that it answers.
    pub(crate) const fn failure(self) -> Failure {
        match self {
            Self::Bytes(_) => Failure::Unreadable,
            Self::Chunks(_) => Failure::NotJoined,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(error) => error.fmt(f),
            Self::Chunks(error) => error.fmt(f),
        }
    }
}

impl Error for Fault {}

impl fmt::Display for Unreadable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = self.fault;
        let excerpt = self.excerpt();
        write!(f, "{}: {fault}; from byte {} of ", fault.name(), excerpt.start())?;
        write!(f, "{}: {excerpt}", self.bytes.len())
    }
}

impl fmt::Debug for Unreadable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unreadable")
            .field("fault", &self.fault)
            .field("excerpt", &self.excerpt())
            .finish()
    }
}
