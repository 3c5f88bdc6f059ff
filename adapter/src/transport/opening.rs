//! The first bytes of a connection, some of which were read too early: the first one distinguishes
//! TLS from anything else, and those after an upgrade are of the new protocol.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use super::Io;

/// The first byte of a TLS record with a handshake, and of one with an alert. No HTTP
/// request or response begins with either.
const TLS_HANDSHAKE: u8 = 0x16;
const TLS_ALERT: u8 = 0x15;

/// Marks that a first byte was seen; the low eight bits are the byte.
const SEEN: u16 = 0x100;

/// The first byte that was read, once there is one.
#[derive(Clone, Default)]
pub(super) struct FirstByte(Arc<AtomicU16>);

impl FirstByte {
    fn get(&self) -> Option<u8> {
        let [seen, byte] = self.0.load(Ordering::Relaxed).to_be_bytes();
        (seen != 0).then_some(byte)
    }

    /// Returns whether the first byte is that of TLS.
    pub(super) fn is_tls(&self) -> bool {
        matches!(self.get(), Some(TLS_HANDSHAKE | TLS_ALERT))
    }

    /// Returns whether there is a first byte that is not that of TLS.
    pub(super) fn is_other(&self) -> bool {
        self.get().is_some() && !self.is_tls()
    }
}

/// A stream whose first bytes were read already, or whose first byte is inspected.
pub(super) struct Opening<T> {
    io: T,
    /// What was read from the stream, but not returned yet.
    unread: Bytes,
    /// Where the first byte is recorded, until it was.
    watch: Option<FirstByte>,
}

impl<T: Io> Opening<T> {
    /// Waits for the first byte, which the stream then returns as if it had not been read.
    /// Returns whether it begins TLS; `None` if the stream ends before it.
    pub(super) async fn read_first(mut io: T) -> io::Result<Option<(bool, Self)>> {
        let mut first = [0];
        if io.read(&mut first).await? == 0 {
            return Ok(None);
        }
        let opening = Self::after(Bytes::copy_from_slice(&first), io);
        Ok(Some((first == [TLS_HANDSHAKE], opening)))
    }

    /// Creates a stream that returns first what was read already.
    pub(super) fn after(unread: Bytes, io: T) -> Self {
        Self { io, unread, watch: None }
    }

    /// Returns the stream without this layer, unless it still has something to do.
    pub(super) fn into_io(self) -> Box<dyn Io> {
        match self {
            Self { io, unread, watch: None } if unread.is_empty() => Box::new(io),
            opening => Box::new(opening),
        }
    }

    /// Records the first byte when it is read.
    pub(super) fn watch(io: T) -> (Self, FirstByte) {
        let first = FirstByte::default();
        (Self { io, unread: Bytes::new(), watch: Some(first.clone()) }, first)
    }
}

impl<T: Io> AsyncRead for Opening<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.unread.is_empty() {
            let len = self.unread.len().min(buffer.remaining());
            buffer.put_slice(&self.unread.split_to(len));
            if self.unread.is_empty() {
                // An empty slice would keep the buffer that it is a part of.
                self.unread = Bytes::new();
            }
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(context, buffer))?;
        if let Some(byte) = buffer.filled().get(before) {
            if let Some(first) = self.watch.take() {
                first.0.store(SEEN | u16::from(*byte), Ordering::Relaxed);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: Io> AsyncWrite for Opening<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
