//! Messages written to any `embedded_io::Write`, without a buffer for the
//! whole.

use embedded_io::{Error, ErrorKind, Write};

use crate::error::{DecodeError, EncodeError, JoinError, SplitError};
use crate::wire::message::{Body, Message};
use crate::wire::writer::Sink;

/// Why a message was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError<E> {
    /// The message cannot be encoded. Nothing was written.
    Encode(EncodeError),
    /// The writer failed. A part of the message may have been written.
    Io(E),
}

impl<E: core::fmt::Debug> core::fmt::Display for WriteError<E> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Encode(error) => error.fmt(f),
            Self::Io(error) => write!(f, "the writer failed: {error:?}"),
        }
    }
}

impl<E: core::fmt::Debug> core::error::Error for WriteError<E> {}

impl<E: Error> Error for WriteError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Encode(error) => error.kind(),
            Self::Io(error) => error.kind(),
        }
    }
}

impl Message<'_> {
    /// Writes the message piece by piece and says how many bytes it had. Short
    /// pieces are written together; the writer is not flushed.
    ///
    /// A frame around it needs its length first:
    /// [`encoded_len`](Self::encoded_len) says it, and it is what is written.
    ///
    /// # Errors
    /// `Encode` where the message cannot be said on the wire; then nothing was
    /// written. `Io` where the writer fails; then a part was.
    pub fn write_to<W: Write>(&self, writer: &mut W) -> Result<usize, WriteError<W::Error>> {
        let len = self.encoded_len().map_err(WriteError::Encode)?;
        let mut stream = Stream { writer, failed: None, pending: heapless::Vec::new() };
        put(self, &mut stream);
        stream.write_pending();
        match stream.failed {
            None => Ok(len),
            Some(error) => Err(WriteError::Io(error)),
        }
    }
}

/// [`Message::encode`] for a sink of any kind.
fn put<S: Sink>(message: &Message<'_>, sink: &mut S) {
    message.header().put(sink);
    match &message.body {
        Body::Auth(auth) => auth.put(sink),
        Body::Bind(bind) | Body::Unbind(bind) => bind.put(sink),
        Body::Request(request) => request.put(sink),
        Body::Response(response) => response.put(sink),
        Body::Chunk(chunk) => chunk.put(sink),
        Body::KeepAlive => {}
    }
}

/// Bytes that are gathered before they are written.
const GATHERED: usize = 64;

/// Hands bytes on until the writer fails, a few together.
struct Stream<'w, W: Write> {
    writer: &'w mut W,
    failed: Option<W::Error>,
    pending: heapless::Vec<u8, GATHERED>,
}

impl<W: Write> Stream<'_, W> {
    fn write_pending(&mut self) {
        if self.failed.is_none() {
            self.failed = self.writer.write_all(&self.pending).err();
        }
        self.pending.clear();
    }
}

impl<W: Write> Sink for Stream<'_, W> {
    fn bytes(&mut self, bytes: &[u8]) {
        if self.pending.extend_from_slice(bytes).is_ok() {
            return;
        }
        self.write_pending();
        // What does not fit into the empty buffer needs none.
        if self.pending.extend_from_slice(bytes).is_err() && self.failed.is_none() {
            self.failed = self.writer.write_all(bytes).err();
        }
    }

    fn array<const N: usize>(&mut self, bytes: [u8; N]) {
        self.bytes(&bytes);
    }

    fn prefixed<const N: usize>(&mut self, prefix: [u8; N], bytes: &[u8]) {
        self.bytes(&prefix);
        self.bytes(bytes);
    }

    /// Measuring the message has told already.
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
