//! Errors of encoding and decoding. A [`DecodeError`] is caused by the bytes of the peer, an
//! [`EncodeError`] or a [`SplitError`] by the caller, and a [`JoinError`] by the peer or by a
//! limit of this side.

use core::error::Error;
use core::fmt;

/// The first problem that a decoder found: its kind and its offset (PROTOCOL.md §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DecodeError {
    offset: u32,
    kind: DecodeErrorKind,
}

impl DecodeError {
    /// The text between kind and offset in the text of an error.
    pub(crate) const AT: &str = " at byte ";

    pub(crate) fn new(kind: DecodeErrorKind, offset: usize) -> Self {
        Self { kind, offset: u32::try_from(offset).unwrap_or(u32::MAX) }
    }

    /// Returns what is wrong.
    pub const fn kind(self) -> DecodeErrorKind {
        self.kind
    }

    /// Returns where it is wrong, in bytes from the start of the message. An offset beyond
    /// 4 GiB is reported as `u32::MAX`.
    pub const fn offset(self) -> u32 {
        self.offset
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.kind.explanation(), Self::AT, self.offset)
    }
}

impl Error for DecodeError {}

/// What is wrong with the bytes (PROTOCOL.md §6). Each description ends with the offset that is
/// reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
// As large as the number next to it, because small machines copy padding by calls.
#[repr(u32)]
pub enum DecodeErrorKind {
    /// The input ends inside a number, or inside a string or blob of a given length: the length
    /// of the input.
    UnexpectedEnd,
    /// The version is not 1: offset 0.
    UnsupportedVersion,
    /// A code below 0x40 that has no name: offset 1.
    UnknownCode,
    /// A marker that is neither 0 nor 1, or a multipart marker of 1 on a message that is never
    /// sent in chunks: the marker.
    InvalidMarker,
    /// A value of a base type without a name: the type byte.
    UnknownBaseType,
    /// The parameters of a request are neither NOTHING nor a table: the type
    /// byte.
    UnexpectedParams,
    /// A string that is not UTF-8: the first invalid byte.
    InvalidUtf8,
    /// A 17th enclosing INFOTABLE or VARIANT: its type byte.
    NestingTooDeep,
    /// A chunk id of 0 or above the count: offset 15.
    InvalidChunk,
    /// Bytes follow the message, and the caller asked for
    /// [`decode_exact`](crate::Message::decode_exact): the first of them.
    TrailingBytes,
}

impl DecodeErrorKind {
    /// Returns the name of the kind, as in PROTOCOL.md and the test vectors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnexpectedEnd => "UnexpectedEnd",
            Self::UnsupportedVersion => "UnsupportedVersion",
            Self::UnknownCode => "UnknownCode",
            Self::InvalidMarker => "InvalidMarker",
            Self::UnknownBaseType => "UnknownBaseType",
            Self::UnexpectedParams => "UnexpectedParams",
            Self::InvalidUtf8 => "InvalidUtf8",
            Self::NestingTooDeep => "NestingTooDeep",
            Self::InvalidChunk => "InvalidChunk",
            Self::TrailingBytes => "TrailingBytes",
        }
    }

    pub(crate) const fn explanation(self) -> &'static str {
        match self {
            Self::UnexpectedEnd => "the message is cut short",
            Self::UnsupportedVersion => "the protocol version is not 1",
            Self::UnknownCode => "a method that is not known",
            Self::InvalidMarker => "a marker that is not valid here",
            Self::UnknownBaseType => "a base type that is not known",
            Self::UnexpectedParams => "parameters that are neither a table nor nothing",
            Self::InvalidUtf8 => "text that is not UTF-8",
            Self::NestingTooDeep => "tables and variants are nested too deep",
            Self::InvalidChunk => "a chunk id of 0 or above the chunk count",
            Self::TrailingBytes => "bytes follow the message",
        }
    }
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.explanation())
    }
}

impl Error for DecodeErrorKind {}

/// Why a message cannot be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EncodeError {
    /// The buffer is too small. It contains no message now.
    BufferTooSmall {
        /// The exact length of the encoded message, in bytes.
        needed: usize,
    },
    /// A list has more items than its count on the wire can express.
    TooMany(Counted),
    /// A string or blob is longer than [`MAX_BYTES`](crate::limits::MAX_BYTES).
    TooLong,
    /// More than [`MAX_NESTING`](crate::limits::MAX_NESTING) INFOTABLEs and
    /// VARIANTs enclose a value.
    NestingTooDeep,
    /// A chunk id of 0 or above its count.
    InvalidChunk,
    /// The message cannot have a table, or already has one.
    NoPlaceForTable,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BufferTooSmall { needed } => write!(f, "the buffer needs {needed} bytes"),
            Self::TooMany(what) => {
                write!(f, "at most {} {} can be sent", what.limit(), what.name())
            }
            Self::TooLong => f.write_str("a string or blob is longer than 2 GiB"),
            Self::NestingTooDeep => f.write_str("tables and variants are nested too deep"),
            Self::InvalidChunk => f.write_str("a chunk id of 0 or above the chunk count"),
            Self::NoPlaceForTable => {
                f.write_str("the message has no place for a table, or already has one there")
            }
        }
    }
}

impl Error for EncodeError {}

/// The lists with a count on the wire, which limits their length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
// As large as the number that has its place in other variants of `EncodeError`.
#[repr(u32)]
pub enum Counted {
    /// Claims of an AUTH.
    Claims,
    /// Names of a BIND or UNBIND.
    Names,
    /// Headers of a request.
    Headers,
    /// Cells of a row.
    Cells,
    /// Aspects of a field.
    Aspects,
}

impl Counted {
    /// Returns the largest number of items.
    pub const fn limit(self) -> usize {
        match self {
            Self::Claims => crate::limits::MAX_CLAIMS,
            Self::Names => crate::limits::MAX_NAMES,
            Self::Headers => crate::limits::MAX_HEADERS,
            Self::Cells => crate::limits::MAX_CELLS,
            Self::Aspects => crate::limits::MAX_ASPECTS,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Claims => "claims",
            Self::Names => "names",
            Self::Headers => "headers",
            Self::Cells => "cells",
            Self::Aspects => "aspects",
        }
    }
}

/// Why a message cannot be split into chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SplitError {
    /// The bytes are not a message.
    NotAMessage(DecodeError),
    /// The message is longer than the chunk size, and AUTH, CLEARAUTH,
    /// KEEP_ALIVE and chunks are never split (PROTOCOL.md §5).
    NeverChunked,
    /// The chunk size leaves no room for data.
    ChunkSizeTooSmall {
        /// The smallest chunk size that leaves room for data, in bytes.
        least: usize,
    },
    /// The message needs more than [`MAX_CHUNKS`](crate::limits::MAX_CHUNKS) chunks.
    TooManyChunks,
    /// The buffer is too small for the next chunk. The chunk is not lost: call again with a
    /// larger buffer.
    BufferTooSmall {
        /// The length of the next chunk, in bytes.
        needed: usize,
    },
}

impl fmt::Display for SplitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAMessage(error) => write!(f, "not a message: {error}"),
            Self::NeverChunked => f.write_str("a message of this kind is never sent in chunks"),
            Self::ChunkSizeTooSmall { least } => {
                write!(f, "the chunk size must be at least {least} bytes")
            }
            Self::TooManyChunks => f.write_str("the message needs more than 65535 chunks"),
            Self::BufferTooSmall { needed } => write!(f, "the buffer needs {needed} bytes"),
        }
    }
}

impl Error for SplitError {}

/// Why a chunk was not accepted.
///
/// [`ChunkMismatch`](Self::ChunkMismatch) is an error of the peer; the others are limits of
/// this side. In each case the message of the chunk is dropped, or was not begun, and nothing
/// else changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JoinError {
    /// The chunk contradicts an earlier one of its message, or its own declared size
    /// (PROTOCOL.md §6).
    ChunkMismatch,
    /// The message is, or will be, longer than the limit.
    TooLarge {
        /// The limit that applies, in bytes.
        limit: usize,
    },
    /// The message may need more memory than any place of the joiner has.
    /// [`memory_for`](crate::memory_for) returns how much is enough.
    OutOfMemory {
        /// The memory that the message may need, in bytes.
        needed: usize,
    },
    /// The joiner has no place for another unfinished message.
    Busy,
}

impl JoinError {
    /// Returns the name of the kind, as in PROTOCOL.md if it has a name there.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChunkMismatch => "ChunkMismatch",
            Self::TooLarge { .. } => "TooLarge",
            Self::OutOfMemory { .. } => "OutOfMemory",
            Self::Busy => "Busy",
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ChunkMismatch => f.write_str("a chunk contradicts an earlier one of its message"),
            Self::TooLarge { limit } => write!(f, "the message is longer than {limit} bytes"),
            Self::OutOfMemory { needed } => {
                write!(f, "the promised message may need {needed} bytes of memory")
            }
            Self::Busy => f.write_str("too many unfinished messages at a time"),
        }
    }
}

impl Error for JoinError {}
