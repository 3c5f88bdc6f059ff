//! A socket that can be reset, even if TLS is over it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The socket.
pub(super) struct Socket {
    tcp: TcpStream,
    is_reset: Arc<AtomicBool>,
}

/// Makes a socket end with a reset once it is dropped.
#[derive(Clone)]
pub(super) struct Reset(Arc<AtomicBool>);

impl Reset {
    pub(super) fn at_end(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Socket {
    /// Small messages are sent at once.
    pub(super) fn new(tcp: TcpStream) -> (Self, Reset) {
        // Without it, messages are only slower.
        let _ = tcp.set_nodelay(true);
        let is_reset = Arc::<AtomicBool>::default();
        (Self { tcp, is_reset: Arc::clone(&is_reset) }, Reset(is_reset))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.is_reset.load(Ordering::Relaxed) {
            // Otherwise it ends as if it was closed.
            let _ = self.tcp.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}
