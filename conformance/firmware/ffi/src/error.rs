//! What can go wrong, as numbers that stay what they are.

use alwayson_codec as codec;
use codec::connection::{BufferTooSmall, CallError};
use codec::{DecodeErrorKind, EncodeError, JoinError, SplitError};

/// What is wrong. The numbers stay what they are; new ones may come.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlwaysonError {
    /// Nothing is wrong.
    Ok = 0,

    /// The input ends inside a message; `at`: its length.
    UnexpectedEnd = 1,
    /// The version is not 1.
    UnsupportedVersion = 2,
    /// A code below 0x40 that has no name.
    UnknownCode = 3,
    /// A marker that is not valid here.
    InvalidMarker = 4,
    /// A value of a base type without a name.
    UnknownBaseType = 5,
    /// The parameters of a request are neither NOTHING nor a table.
    UnexpectedParams = 7,
    /// Text that is not UTF-8, of the peer or of the caller; `at`: the first
    /// byte that is wrong, of the message or of the caller's text.
    InvalidUtf8 = 8,
    /// More than 16 INFOTABLEs and VARIANTs enclose a value.
    NestingTooDeep = 9,
    /// A chunk id of 0 or above the count.
    InvalidChunk = 10,
    /// Bytes follow the message.
    TrailingBytes = 11,

    /// The buffer is too small; `at`: how many bytes are needed.
    BufferTooSmall = 32,
    /// More items than the wire can count; `at`: how many it can.
    TooMany = 33,
    /// A string or blob is longer than 2 GiB.
    TooLong = 34,
    /// The message has no place for a table, or already has one there.
    NoPlaceForTable = 35,

    /// A message of this kind is never sent in chunks.
    NeverChunked = 48,
    /// The chunk size leaves no room for data; `at`: the least that does.
    ChunkSizeTooSmall = 49,
    /// More than 65,535 chunks.
    TooManyChunks = 50,
    /// A chunk contradicts an earlier one of its message.
    ChunkMismatch = 51,
    /// The joined message is longer than the limit; `at`: the limit.
    TooLarge = 52,
    /// No place of the joiner is large enough; `at`: how many bytes the message
    /// may need.
    OutOfMemory = 53,
    /// All places of the joiner are taken.
    Busy = 54,

    /// AUTH has not succeeded, and before it nothing else may be sent.
    NotAuthenticated = 64,
    /// The connection is being left.
    Leaving = 65,
    /// The connection has ended.
    Ended = 66,
    /// The Thing is not bound on this connection.
    NotBound = 67,
    /// The request was answered already, or waited too long.
    NotWaiting = 68,
    /// As many requests as there is room for have not ended yet.
    TooManyRequests = 69,
    /// There is no room for another name.
    TooManyNames = 70,
    /// The name is too long.
    NameTooLong = 71,
    /// The name is not known.
    UnknownName = 72,
    /// The outbox is full until messages were sent.
    OutboxFull = 73,
    /// The message is longer than the outbox, or than can be sent.
    MessageTooLong = 74,
    /// The connection is not in a state for this call.
    WrongState = 75,

    /// A pointer is NULL that must not be.
    Null = 96,
    /// A number of the caller's is none of those that its field can have.
    InvalidNumber = 97,
    /// What was handed in is not what the function wants: never made, of
    /// another kind, or not aligned.
    Misuse = 98,

    /// An error of a codec that is newer than this list.
    Other = 255,
}

/// How a call went.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// What is wrong; `ALWAYSON_ERROR_OK`: nothing.
    pub kind: AlwaysonError,
    /// Where, or how much. Of bytes that cannot be decoded: the offset at which
    /// the problem is. Of the others, what their description says, or 0.
    pub at: usize,
}

impl Error {
    pub(crate) const OK: Self = Self { kind: AlwaysonError::Ok, at: 0 };
}

impl From<AlwaysonError> for Error {
    fn from(kind: AlwaysonError) -> Self {
        Self { kind, at: 0 }
    }
}

impl From<Result<(), Self>> for Error {
    fn from(result: Result<(), Self>) -> Self {
        result.err().unwrap_or(Self::OK)
    }
}

impl From<DecodeErrorKind> for AlwaysonError {
    fn from(kind: DecodeErrorKind) -> Self {
        match kind {
            DecodeErrorKind::UnexpectedEnd => Self::UnexpectedEnd,
            DecodeErrorKind::UnsupportedVersion => Self::UnsupportedVersion,
            DecodeErrorKind::UnknownCode => Self::UnknownCode,
            DecodeErrorKind::InvalidMarker => Self::InvalidMarker,
            DecodeErrorKind::UnknownBaseType => Self::UnknownBaseType,
            DecodeErrorKind::UnexpectedParams => Self::UnexpectedParams,
            DecodeErrorKind::InvalidUtf8 => Self::InvalidUtf8,
            DecodeErrorKind::NestingTooDeep => Self::NestingTooDeep,
            DecodeErrorKind::InvalidChunk => Self::InvalidChunk,
            DecodeErrorKind::TrailingBytes => Self::TrailingBytes,
            _ => Self::Other,
        }
    }
}

impl From<codec::DecodeError> for Error {
    fn from(error: codec::DecodeError) -> Self {
        let at = usize::try_from(error.offset()).unwrap_or(usize::MAX);
        Self { kind: error.kind().into(), at }
    }
}

impl From<EncodeError> for Error {
    fn from(error: EncodeError) -> Self {
        let (kind, at) = match error {
            EncodeError::BufferTooSmall { needed } => (AlwaysonError::BufferTooSmall, needed),
            EncodeError::TooMany(what) => (AlwaysonError::TooMany, what.limit()),
            EncodeError::TooLong => (AlwaysonError::TooLong, 0),
            EncodeError::NestingTooDeep => (AlwaysonError::NestingTooDeep, 0),
            EncodeError::InvalidChunk => (AlwaysonError::InvalidChunk, 0),
            EncodeError::NoPlaceForTable => (AlwaysonError::NoPlaceForTable, 0),
            _ => (AlwaysonError::Other, 0),
        };
        Self { kind, at }
    }
}

impl From<SplitError> for Error {
    fn from(error: SplitError) -> Self {
        let (kind, at) = match error {
            SplitError::NotAMessage(error) => return error.into(),
            SplitError::NeverChunked => (AlwaysonError::NeverChunked, 0),
            SplitError::ChunkSizeTooSmall { least } => (AlwaysonError::ChunkSizeTooSmall, least),
            SplitError::TooManyChunks => (AlwaysonError::TooManyChunks, 0),
            SplitError::BufferTooSmall { needed } => (AlwaysonError::BufferTooSmall, needed),
            _ => (AlwaysonError::Other, 0),
        };
        Self { kind, at }
    }
}

impl From<JoinError> for Error {
    fn from(error: JoinError) -> Self {
        let (kind, at) = match error {
            JoinError::ChunkMismatch => (AlwaysonError::ChunkMismatch, 0),
            JoinError::TooLarge { limit } => (AlwaysonError::TooLarge, limit),
            JoinError::OutOfMemory { needed } => (AlwaysonError::OutOfMemory, needed),
            JoinError::Busy => (AlwaysonError::Busy, 0),
            _ => (AlwaysonError::Other, 0),
        };
        Self { kind, at }
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        Self::from(match error {
            CallError::NotAuthenticated => AlwaysonError::NotAuthenticated,
            CallError::Leaving => AlwaysonError::Leaving,
            CallError::Ended => AlwaysonError::Ended,
            CallError::NotBound => AlwaysonError::NotBound,
            CallError::NotWaiting => AlwaysonError::NotWaiting,
            CallError::TooManyRequests => AlwaysonError::TooManyRequests,
            CallError::TooManyNames => AlwaysonError::TooManyNames,
            CallError::NameTooLong => AlwaysonError::NameTooLong,
            CallError::UnknownName => AlwaysonError::UnknownName,
            CallError::OutboxFull => AlwaysonError::OutboxFull,
            CallError::MessageTooLong => AlwaysonError::MessageTooLong,
            CallError::WrongState => AlwaysonError::WrongState,
            CallError::Encode(error) => return error.into(),
            _ => AlwaysonError::Other,
        })
    }
}

impl From<BufferTooSmall> for Error {
    fn from(error: BufferTooSmall) -> Self {
        EncodeError::BufferTooSmall { needed: error.needed }.into()
    }
}
