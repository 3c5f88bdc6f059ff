//! Writes messages to any `embedded_io::Write`, without a buffer for the whole message.

use embedded_io::{Error, ErrorKind, Write};

use crate::error::{DecodeError, EncodeError, JoinError, SplitError};
use crate::wire::message::Message;
use crate::wire::writer::{self, Sink};

/// Why a message was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError<E> {
    /// The message cannot be encoded. Nothing was written.
    Encode(EncodeError),
    /// The writer failed. A part of the message may have been written.
    Io(E),
    /// The writer accepts no more data. A part of the message was written.
    Full,
}

impl<E: core::fmt::Debug> core::fmt::Display for WriteError<E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Encode(error) => error.fmt(f),
            Self::Io(error) => write!(f, "the writer failed: {error:?}"),
            Self::Full => f.write_str("the writer takes nothing more"),
        }
    }
}

impl<E: core::fmt::Debug> core::error::Error for WriteError<E> {}

impl<E: Error> Error for WriteError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Encode(error) => error.kind(),
            Self::Io(error) => error.kind(),
            Self::Full => ErrorKind::WriteZero,
        }
    }
}

impl Message<'_> {
    /// Writes the message piece by piece, and returns its length in bytes. Short pieces are written
    /// together. The writer is not flushed.
    ///
    /// If a frame needs the length first, [`encoded_len`](Self::encoded_len) returns it.
    ///
    /// # Errors
    /// - [`Encode`](WriteError::Encode) if the message cannot be encoded; nothing was written
    /// - [`Io`](WriteError::Io) if the writer fails; a part may have been written
    /// - [`Full`](WriteError::Full) if the writer accepts no data; a part was written
    pub fn write_to<W: Write>(&self, writer: &mut W) -> Result<usize, WriteError<W::Error>> {
        let len = self.encoded_len().map_err(WriteError::Encode)?;
        let mut stream = Stream { writer, failed: None, pending: [0; GATHERED], len: 0 };
        self.put(&mut stream);
        stream.write_pending();
        match stream.failed {
            None => Ok(len),
            Some(error) => Err(error),
        }
    }
}

/// The number of bytes that are collected before they are written.
const GATHERED: usize = 64;

/// A sink that passes bytes to the writer, several together, until that fails.
struct Stream<'w, W: Write> {
    writer: &'w mut W,
    failed: Option<WriteError<W::Error>>,
    pending: [u8; GATHERED],
    len: usize,
}

impl<W: Write> Stream<'_, W> {
    fn write_pending(&mut self) {
        let pending = self.pending.get(..self.len).unwrap_or_default();
        write_all(self.writer, pending, &mut self.failed);
        self.len = 0;
    }

    /// Adds bytes to the pending ones, if there is room.
    fn gather(&mut self, bytes: &[u8]) -> bool {
        let room = self.pending.get_mut(self.len..).unwrap_or_default();
        let Some(place) = room.get_mut(..bytes.len()) else { return false };
        writer::copy(bytes, place);
        self.len = self.len.saturating_add(bytes.len());
        true
    }
}

/// Writes all bytes, unless a write failed before. (`Write::write_all` panics
/// if a writer accepts nothing, or returns more than the length.)
fn write_all<W: Write>(writer: &mut W, bytes: &[u8], failed: &mut Option<WriteError<W::Error>>) {
    let mut rest = bytes;
    while failed.is_none() && !rest.is_empty() {
        match writer.write(rest) {
            Ok(0) => *failed = Some(WriteError::Full),
            Ok(len) => rest = rest.get(len..).unwrap_or_default(),
            Err(error) => *failed = Some(WriteError::Io(error)),
        }
    }
}

impl<W: Write> Sink for Stream<'_, W> {
    fn bytes(&mut self, bytes: &[u8]) {
        if self.gather(bytes) {
            return;
        }
        self.write_pending();
        // Bytes that do not fit into the empty buffer are written directly.
        if !self.gather(bytes) {
            write_all(self.writer, bytes, &mut self.failed);
        }
    }

    fn array<const N: usize>(&mut self, bytes: [u8; N]) {
        self.bytes(&bytes);
    }

    fn prefixed<const N: usize>(&mut self, prefix: [u8; N], bytes: &[u8]) {
        self.bytes(&prefix);
        self.bytes(bytes);
    }

    /// The error was found before, when the message was measured.
    fn fail(&mut self, _: EncodeError) {}

    fn apart(&mut self, write: impl FnOnce(&mut Self)) {
        write(self);
    }
}

impl Error for DecodeError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidData
    }
}

impl Error for EncodeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::BufferTooSmall { .. } => ErrorKind::OutOfMemory,
            _ => ErrorKind::InvalidInput,
        }
    }
}

impl Error for SplitError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::BufferTooSmall { .. } => ErrorKind::OutOfMemory,
            _ => ErrorKind::InvalidInput,
        }
    }
}

impl Error for JoinError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::ChunkMismatch => ErrorKind::InvalidData,
            Self::TooLarge { .. } | Self::OutOfMemory { .. } | Self::Busy => ErrorKind::OutOfMemory,
        }
    }
}
