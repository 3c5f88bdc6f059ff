//! What can go wrong with a call to a machine: the caller's use, or a limit of
//! ours. What a peer does wrong is no error here: the machine has an answer.

use core::error::Error;
use core::fmt;

use crate::error::EncodeError;

/// Why a call changed nothing and sent nothing. It is the one error of a loop that
/// holds a connection: [`EncodeError`], of what the loop makes itself, and
/// [`BufferTooSmall`] become one by `?`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallError {
    /// AUTH has not succeeded, and before it nothing else may be sent.
    NotAuthenticated,
    /// The caller has asked to leave, so nothing new is begun.
    Leaving,
    /// The connection has ended.
    Ended,
    /// The Thing is not bound on this connection, so its edge cannot be asked.
    NotBound,
    /// No request of the peer with this id waits: it was answered, it waited too
    /// long, or the connection ended.
    NotWaiting,
    /// As many requests as there is room for have not ended yet.
    TooManyRequests,
    /// As many names as there is room for are known already.
    TooManyNames,
    /// The name is longer than can be kept, or than a BIND can be.
    NameTooLong,
    /// There is no such name.
    UnknownName,
    /// No room for the message until others were sent.
    OutboxFull,
    /// The message is longer than the outbox, or needs more chunks than can be
    /// counted.
    MessageTooLong,
    /// The connection is not in a state for this call: it would have been
    /// right earlier, or later.
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

/// The buffer is too small for what is to be sent next, which is not lost: a
/// call with a larger one writes it. As long as the chunk size, and as 512
/// bytes, it is always large enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BufferTooSmall {
    /// How many bytes are needed.
    pub needed: usize,
}

impl fmt::Display for BufferTooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        EncodeError::BufferTooSmall { needed: self.needed }.fmt(f)
    }
}

impl Error for BufferTooSmall {}
