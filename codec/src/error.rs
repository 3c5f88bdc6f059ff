//! What can go wrong, by whose fault: [`DecodeError`] is the peer's bytes,
//! [`EncodeError`] and [`SplitError`] are the caller's use, and [`JoinError`]
//! keeps the peer's contradictions apart from limits of ours.

use core::error::Error;
use core::fmt;

/// The first problem that a decoder met: its kind and its place (PROTOCOL.md §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DecodeError {
    offset: u32,
    kind: DecodeErrorKind,
}

impl DecodeError {
    /// What stands between the kind and the place where an error is shown.
    pub(crate) const AT: &str = " at byte ";

    pub(crate) fn new(kind: DecodeErrorKind, offset: usize) -> Self {
        Self { kind, offset: u32::try_from(offset).unwrap_or(u32::MAX) }
    }

    /// What is wrong.
    pub const fn kind(self) -> DecodeErrorKind {
        self.kind
    }

    /// Where, in bytes from the start of the message. A place beyond 4 GiB is
    /// reported as `u32::MAX`.
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

/// What is wrong with the bytes (PROTOCOL.md §6). The offset that each is reported
/// with stands behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
// As wide as the number beside it: small machines copy padding by calls.
#[repr(u32)]
pub enum DecodeErrorKind {
    /// The input ends inside a number, or before the bytes that the length of
    /// a string or blob promises: length of the input.
    UnexpectedEnd,
    /// The version is not 1: offset 0.
    UnsupportedVersion,
    /// A code below 0x40 that has no name: offset 1.
    UnknownCode,
    /// A marker that is neither 0 nor 1, or a multipart marker of 1 on what is
    /// never sent in chunks: the marker.
    InvalidMarker,
    /// A value of a base type without a name: the type byte.
    UnknownBaseType,
    /// The parameters of a request are neither NOTHING nor a table: the type
    /// byte.
    UnexpectedParams,
    /// Not UTF-8: the first byte that is wrong.
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
    /// The kind's name as the protocol page and the test vectors spell it.
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

/// Why a message cannot be written as the caller asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EncodeError {
    /// The buffer is too small: this many bytes are needed. What it holds now
    /// is not a message.
    BufferTooSmall {
        /// The exact length of what was to be written.
        needed: usize,
    },
    /// More items than the wire can count.
    TooMany(Counted),
    /// A string or blob longer than [`MAX_BYTES`](crate::limits::MAX_BYTES).
    TooLong,
    /// More than [`MAX_NESTING`](crate::limits::MAX_NESTING) INFOTABLEs and
    /// VARIANTs enclose a value.
    NestingTooDeep,
    /// A chunk id of 0 or above its count.
    InvalidChunk,
    /// The message has no place for a table, or already has one there.
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

/// What the wire counts, and so bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
// As wide as the number in its place in `EncodeError`.
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
    /// How many the wire can count.
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

/// Why a message cannot be split into chunks: the caller's use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SplitError {
    /// What was to be split is not a message.
    NotAMessage(DecodeError),
    /// The message is longer than the chunk size, and AUTH, CLEARAUTH,
    /// KEEP_ALIVE and chunks are never split (PROTOCOL.md §5).
    NeverChunked,
    /// The chunk size leaves no room for data: at least this much is needed.
    ChunkSizeTooSmall {
        /// The smallest chunk size that carries data.
        least: usize,
    },
    /// More than [`MAX_CHUNKS`](crate::limits::MAX_CHUNKS) chunks.
    TooManyChunks,
    /// The buffer is too small for the next chunk: this many bytes are needed.
    /// The chunk is not lost: call again with a larger one.
    BufferTooSmall {
        /// The length of the next chunk.
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

/// Why a chunk was not taken.
///
/// [`ChunkMismatch`](Self::ChunkMismatch) is the peer's fault; the others are limits of
/// ours. In each case the message that the chunk belongs to is dropped, or
/// was not begun, and nothing else changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JoinError {
    /// `ChunkMismatch` of PROTOCOL.md §6: the chunk contradicts an earlier one of
    /// its message, or its own declared size.
    ChunkMismatch,
    /// The message is, or will be, longer than the limit.
    TooLarge {
        /// The limit that applies, in bytes.
        limit: usize,
    },
    /// The message may need more memory than any place of the joiner has:
    /// [`memory_for`](crate::memory_for) says how much serves.
    OutOfMemory {
        /// What the promised message may need, in bytes.
        needed: usize,
    },
    /// As many unfinished messages as the joiner has room for are already
    /// there.
    Busy,
}

impl JoinError {
    /// The kind's name, as the protocol page spells it where it has one.
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
