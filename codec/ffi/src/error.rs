//! Errors, with stable numbers.

use core::ffi::{CStr, c_char};

use alwayson_codec as codec;
use codec::connection::{BufferTooSmall, CallError};
use codec::{DecodeErrorKind, EncodeError, JoinError, SplitError};

/// What is wrong. The numbers are stable; new ones may be added.
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
    /// A marker that is not allowed here.
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

    /// The buffer is too small; `at`: the size that is needed, in bytes.
    BufferTooSmall = 32,
    /// A list has too many items; `at`: the largest number.
    TooMany = 33,
    /// A string or blob is longer than 2 GiB.
    TooLong = 34,
    /// The message cannot have a table, or already has one.
    NoPlaceForTable = 35,

    /// A message of this kind is never sent in chunks.
    NeverChunked = 48,
    /// The chunk size leaves no room for data; `at`: the smallest that does.
    ChunkSizeTooSmall = 49,
    /// More than 65,535 chunks.
    TooManyChunks = 50,
    /// A chunk contradicts an earlier one of its message.
    ChunkMismatch = 51,
    /// The joined message is longer than the limit; `at`: the limit.
    TooLarge = 52,
    /// No place of the joiner is large enough; `at`: the memory that the message may need, in
    /// bytes.
    OutOfMemory = 53,
    /// All places of the joiner are taken.
    Busy = 54,

    /// AUTH has not succeeded yet, and nothing else may be sent before.
    NotAuthenticated = 64,
    /// The application leaves the connection.
    Leaving = 65,
    /// The connection has ended.
    Ended = 66,
    /// The Thing is not bound on this connection.
    NotBound = 67,
    /// The request was answered before, or timed out.
    NotWaiting = 68,
    /// There is no room for another request.
    TooManyRequests = 69,
    /// There is no room for another name.
    TooManyNames = 70,
    /// The name is too long.
    NameTooLong = 71,
    /// The name is not known.
    UnknownName = 72,
    /// The outbox is full until queued messages are sent.
    OutboxFull = 73,
    /// The message is larger than the outbox, or has too many chunks.
    MessageTooLong = 74,
    /// The call is not allowed in this state of the connection.
    WrongState = 75,

    /// A pointer is NULL, but must not be.
    Null = 96,
    /// A number of the caller is not valid in its field.
    InvalidNumber = 97,
    /// An argument is not what the function expects: not initialised, of another kind, or
    /// misaligned.
    Misuse = 98,

    /// An error of a codec that is newer than this list.
    Other = 255,
}

/// The result of a call.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// What is wrong, or `ALWAYSON_ERROR_OK`.
    pub kind: AlwaysonError,
    /// A number that belongs to it: the offset of the problem if bytes cannot be decoded, otherwise
    /// what its description says, or 0.
    pub at: usize,
}

impl AlwaysonError {
    /// All of them, each with its text, in the order of their numbers.
    const TEXTS: &[(Self, &CStr)] = &[
        (Self::Ok, c"nothing is wrong"),
        (Self::UnexpectedEnd, c"the input ends inside a message"),
        (Self::UnsupportedVersion, c"the version is not 1"),
        (Self::UnknownCode, c"a code below 0x40 without a name"),
        (Self::InvalidMarker, c"a marker that is not valid here"),
        (Self::UnknownBaseType, c"a value of a base type without a name"),
        (Self::UnexpectedParams, c"parameters that are neither NOTHING nor a table"),
        (Self::InvalidUtf8, c"text that is not UTF-8"),
        (Self::NestingTooDeep, c"more than 16 INFOTABLEs and VARIANTs enclose a value"),
        (Self::InvalidChunk, c"a chunk id of 0 or above the count"),
        (Self::TrailingBytes, c"bytes follow the message"),
        (Self::BufferTooSmall, c"the buffer is too small"),
        (Self::TooMany, c"more items than the wire can count"),
        (Self::TooLong, c"a string or blob longer than 2 GiB"),
        (Self::NoPlaceForTable, c"no place for a table, or there is one already"),
        (Self::NeverChunked, c"a message of this kind is never sent in chunks"),
        (Self::ChunkSizeTooSmall, c"the chunk size leaves no room for data"),
        (Self::TooManyChunks, c"more than 65535 chunks"),
        (Self::ChunkMismatch, c"a chunk contradicts an earlier one of its message"),
        (Self::TooLarge, c"the joined message is longer than the limit"),
        (Self::OutOfMemory, c"no place of the joiner is large enough"),
        (Self::Busy, c"all places of the joiner are taken"),
        (Self::NotAuthenticated, c"AUTH has not succeeded"),
        (Self::Leaving, c"the connection is being left"),
        (Self::Ended, c"the connection has ended"),
        (Self::NotBound, c"the Thing is not bound on this connection"),
        (Self::NotWaiting, c"the request was answered already, or waited too long"),
        (Self::TooManyRequests, c"as many requests as there is room for have not ended"),
        (Self::TooManyNames, c"there is no room for another name"),
        (Self::NameTooLong, c"the name is too long"),
        (Self::UnknownName, c"the name is not known"),
        (Self::OutboxFull, c"the outbox is full until messages were sent"),
        (Self::MessageTooLong, c"the message is longer than the outbox, or than can be sent"),
        (Self::WrongState, c"the connection is not in a state for this call"),
        (Self::Null, c"a pointer is NULL that must not be"),
        (Self::InvalidNumber, c"a number that its field cannot have"),
        (Self::Misuse, c"what was handed in was never made, is of another kind, or not aligned"),
        (Self::Other, c"an error that this library does not know"),
    ];
}

/// What an `ALWAYSON_ERROR_` says, in words for a log, with a zero at the end; for
/// another number what is said of `ALWAYSON_ERROR_OTHER`. It is never freed.
#[unsafe(no_mangle)]
pub extern "C" fn alwayson_error_text(kind: u8) -> *const c_char {
    let known = AlwaysonError::TEXTS.iter().find(|(error, _)| *error as u8 == kind);
    let known = known.or(AlwaysonError::TEXTS.last());
    known.map_or(c"".as_ptr(), |(_, text)| text.as_ptr())
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
