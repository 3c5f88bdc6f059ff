//! Messages that cannot be read.

use core::error::Error;
use core::fmt;

use super::pending::Failure;
use super::replies::Reason;
use crate::error::{DecodeError, JoinError};
use crate::limits::HEADER_LEN;
use crate::wire::codes::Status;
use crate::wire::excerpt::Excerpt;

/// A message that cannot be read: what is wrong with it, and its bytes.
///
/// Displayed, it is one line for a log, with the kind of the fault, its place and
/// some bytes around it, secrets masked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Unreadable<'a> {
    /// What is wrong.
    pub fault: Fault,
    /// The bytes that came, or the whole message where its chunks were joined. They
    /// may have secrets in them: show [`excerpt`](Self::excerpt).
    pub bytes: &'a [u8],
}

/// Why a message cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its bytes are no message.
    Bytes(DecodeError),
    /// Its chunks make none, and are lost.
    Chunks(JoinError),
}

impl<'a> Unreadable<'a> {
    /// The bytes around the fault, with those masked that may be of a secret.
    pub fn excerpt(&self) -> Excerpt<'a> {
        // What is wrong with a chunk among others begins after its header.
        let offset = self.fault.offset().and_then(|at| usize::try_from(at).ok());
        let offset = offset.unwrap_or(HEADER_LEN);
        Excerpt::around(self.bytes, offset)
    }
}

impl Fault {
    /// The name of the kind, as the protocol page spells it where it has one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bytes(error) => error.kind().name(),
            Self::Chunks(error) => error.name(),
        }
    }

    /// Where in the message the fault is, in bytes; none where it is in what several
    /// chunks say.
    pub const fn offset(self) -> Option<u32> {
        match self {
            Self::Bytes(error) => Some(error.offset()),
            Self::Chunks(_) => None,
        }
    }

    /// What its sender is told. What is too long is a BAD_REQUEST as well: not all
    /// edges know the statuses that would say it better (section 2).
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

    /// How the request ends that it was the answer to.
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
