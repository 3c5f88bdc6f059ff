//! WebSockets, as the machines need them: complete binary messages, ping, pong, close.
//!
//! ```
//! use std::future::poll_fn;
//!
//! use alwayson::transport::{
//!     AcceptOptions, ConnectOptions, Incoming, Outgoing, Transport, accept, connect,
//! };
//! use bytes::Bytes;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let options = ConnectOptions::new(&format!("ws://{}", listener.local_addr()?))?;
//! let platform = async {
//!     let (socket, _) = listener.accept().await?;
//!     Ok::<_, Box<dyn std::error::Error>>(accept(socket, &AcceptOptions::default()).await?)
//! };
//! let (accepted, edge) = tokio::join!(platform, connect(&options, None));
//! let mut platform = accepted?.transport;
//! let mut edge = edge?;
//!
//! poll_fn(|context| edge.poll_ready(context)).await?;
//! edge.start_send(Outgoing::Message(Bytes::from_static(b"hello")))?;
//! poll_fn(|context| edge.poll_flush(context)).await?;
//! let received = poll_fn(|context| platform.poll_receive(context)).await;
//! assert_eq!(received, Incoming::Message(Bytes::from_static(b"hello")));
//! # Ok(())
//! # }
//! ```

// | file | content |
// | --- | --- |
// | `limits.rs` | buffers and sizes of a connection, with reasons |
// | `ending.rs` | how a WebSocket has ended, and who ended it |
// | `websocket.rs` | the default WebSocket |
// | `deflate.rs` | a WebSocket with compression (feature `deflate`) |
// | `accept.rs` | the upgrade on the platform's side |
// | `connect.rs` | the upgrade on the edge's side; `ask.rs`: its HTTP requests |
// | `opening.rs` | bytes that were read too early; the first byte distinguishes TLS from anything else |
// | `refusal.rs` | why a platform did not upgrade a client |
// | `connect_error.rs` | why an edge has no WebSocket, and whether a retry can help |
// | `damaged.rs` | a transport that damages frames, for tests |
// | `target.rs` | URLs, and which of them a key may be sent to |
// | `proxy.rs` | connections through a proxy; `no_proxy.rs` without the feature |
// | `tls/` | certificates and keys of both sides; `no_tls.rs` without the feature |
// | `upgrade.rs` | the headers of an upgrade and the stream after it, for both sides |

use std::fmt;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite};

mod accept;
mod ask;
mod connect;
mod connect_error;
mod damaged;
#[cfg(feature = "deflate")]
mod deflate;
mod ending;
mod limits;
mod opening;
#[cfg(feature = "proxy")]
mod proxy;
#[cfg(not(feature = "proxy"))]
#[path = "no_proxy.rs"]
mod proxy;
mod refusal;
mod target;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "no_tls.rs"]
mod tls;
mod upgrade;
mod websocket;

pub use accept::{AcceptError, AcceptOptions, Accepted, accept};
pub use connect::{ConnectOptions, connect};
pub use connect_error::{ConnectError, ConnectErrorKind};
pub use damaged::{Damage, Damaged};
#[cfg(feature = "deflate")]
pub use deflate::DeflateWebSocket;
pub use ending::{Cause, Close, Ending, MAX_CLOSE_REASON, Party};
pub use limits::Limits;
#[cfg(feature = "proxy")]
pub use proxy::ProxyUrl;
pub use refusal::{Refusal, RefusalKind};
pub use target::{Url, UrlError};
#[cfg(not(feature = "tls"))]
pub(crate) use tls::ServerTls;
#[cfg(feature = "tls")]
pub use tls::{ClientTls, KeyLog, LoadedTls, PemProblem, PemSections, ServerTls};
pub use tls::{TlsError, TlsFailure};
pub use websocket::WebSocket;

/// The default path of the WebSocket on a platform (PROTOCOL.md §1).
pub const DEFAULT_PATH: &str = "/Thingworx/WS";

/// The default timeout of an upgrade and everything before it. A user who waits for the
/// connection has given up by then.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);

/// The stream under a WebSocket: a socket, or TLS over a socket.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Io for T {}

/// What a WebSocket receives. Its `Debug` shows the length of a message, not its bytes,
/// which may contain a key.
#[derive(Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A complete binary message.
    Message(Bytes),
    /// A ping. The transport answers it itself.
    Ping,
    /// A pong, requested or not.
    Pong,
    /// The connection has ended in this way. Nothing is received after it.
    Closed(Ending),
}

/// What a WebSocket sends. Its `Debug` is like that of [`Incoming`].
#[derive(Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// A complete binary message.
    Message(Bytes),
    /// A ping.
    Ping,
    /// A close. Nothing is sent after it.
    Close(Close),
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(bytes) => write!(f, "Message({} bytes)", bytes.len()),
            Self::Ping => f.write_str("Ping"),
            Self::Pong => f.write_str("Pong"),
            Self::Closed(ending) => write!(f, "Closed({ending})"),
        }
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(bytes) => write!(f, "Message({} bytes)", bytes.len()),
            Self::Ping => f.write_str("Ping"),
            Self::Close(close) => write!(f, "Close({close})"),
        }
    }
}

/// An open WebSocket. Text messages are ignored: they are not part of the protocol
/// (PROTOCOL.md §1).
///
/// It is polled, so that receiving continues while sending waits. A pending poll wakes the
/// task of its context, as with any future; nothing is lost if it is not polled again. All
/// polls of one transport come from one task.
pub trait Transport: Send + Unpin + 'static {
    /// Receives what comes next.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Incoming>;

    /// Waits until [`start_send`](Self::start_send) may be called.
    ///
    /// # Errors
    /// The error of the connection, if it is broken.
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Accepts something to send. It is sent once [`poll_flush`](Self::poll_flush) is
    /// ready.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] if the message is longer than the [`Limits`] allow:
    /// it is not sent, but others may be. Another error if the connection is broken or
    /// closed.
    fn start_send(&mut self, outgoing: Outgoing) -> io::Result<()>;

    /// Waits until everything that was accepted was passed to the operating system.
    ///
    /// # Errors
    /// The error of the connection, if it is broken.
    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>;
}

/// A boxed transport of any type.
pub type AnyTransport = Box<dyn Transport>;

impl Transport for AnyTransport {
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Incoming> {
        (**self).poll_receive(context)
    }

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        (**self).poll_ready(context)
    }

    fn start_send(&mut self, outgoing: Outgoing) -> io::Result<()> {
        (**self).start_send(outgoing)
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        (**self).poll_flush(context)
    }
}
