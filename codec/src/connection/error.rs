//! Errors of calls to a machine: wrong use by the caller, or a limit that is reached.
//! Errors of the peer are not among them: the machine answers these itself.

use core::error::Error;
use core::fmt;

use crate::error::EncodeError;

/// An error of a call to a machine. The call has changed nothing and sent nothing.
///
/// A loop that drives a connection needs no other error type: `?` converts an
/// [`EncodeError`] and a [`BufferTooSmall`] into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallError {
    /// AUTH has not succeeded yet, and nothing else may be sent before.
    NotAuthenticated,
    /// The caller has called `leave`, so no new request is sent.
    Leaving,
    /// The connection has ended.
    Ended,
    /// The Thing is not bound on this connection, so its edge does not take requests for it.
    NotBound,
    /// No request of the peer with this id is unanswered: it was answered, it timed out,
    /// or the connection has ended.
    NotWaiting,
    /// There is no room for another request to the peer.
    TooManyRequests,
    /// There is no room for another name.
    TooManyNames,
    /// The name is too long to be stored, or for a BIND within the chunk size.
    NameTooLong,
    /// The name is not known.
    UnknownName,
    /// The outbox is full until queued messages are sent.
    OutboxFull,
    /// The message is larger than the outbox, or needs more chunks than a message can
    /// have.
    MessageTooLong,
    /// The call is not allowed in this state of the connection.
    WrongState,
    /// The message cannot be encoded.
    Encode(EncodeError),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAuthenticated => "nothing can be sent before AUTH has succeeded",
            Self::Leaving => "the connection is being left",
            Self::Ended => "the connection has ended",
            Self::NotBound => "the Thing is not bound on this connection",
            Self::NotWaiting => "the request was answered already, or waited too long",
            Self::TooManyRequests => "too many requests were not answered yet",
            Self::TooManyNames => "there is no room for another name",
            Self::NameTooLong => "the name is too long",
            Self::UnknownName => "the name is not known",
            Self::OutboxFull => "the outbox is full until messages were sent",
            Self::MessageTooLong => "the message is longer than can be sent",
            Self::WrongState => "the connection is not in a state for this call",
            Self::Encode(error) => return error.fmt(f),
        })
    }
}

impl Error for CallError {}

impl From<EncodeError> for CallError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

impl From<BufferTooSmall> for CallError {
    fn from(error: BufferTooSmall) -> Self {
        Self::Encode(EncodeError::BufferTooSmall { needed: error.needed })
    }
}

/// The buffer is too small for the next message to send.
///
/// The message is not lost: call again with a larger buffer. A buffer of the chunk size,
/// and at least 512 bytes, is always large enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BufferTooSmall {
    /// The size that is needed, in bytes.
    pub needed: usize,
}

impl fmt::Display for BufferTooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        EncodeError::BufferTooSmall { needed: self.needed }.fmt(f)
    }
}

impl Error for BufferTooSmall {}
