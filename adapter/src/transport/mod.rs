//! One WebSocket, as the machines need it: whole binary messages, ping, pong,
//! close.
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
//! let (mut platform, mut edge) = (accepted?.transport, edge?);
//!
//! poll_fn(|context| edge.poll_ready(context)).await?;
//! edge.start_send(Outgoing::Message(Bytes::from_static(b"hello")))?;
//! poll_fn(|context| edge.poll_flush(context)).await?;
//! let received = poll_fn(|context| platform.poll_receive(context)).await;
//! assert_eq!(received, Incoming::Message(Bytes::from_static(b"hello")));
//! # Ok(())
//! # }
//! ```

// | file | what it holds |
// | --- | --- |
// | `limits.rs` | how much of each connection is held, with reasons |
// | `ending.rs` | how a WebSocket has ended, and who ended it |
// | `websocket.rs` | the WebSocket that is used by default |
// | `deflate.rs` | one that compresses, behind the feature `deflate` |
// | `accept.rs` | the upgrade, as a platform answers it |
// | `connect.rs` | the upgrade, as an edge asks for it |
// | `opening.rs` | the first byte of a connection, which tells TLS from all else |
// | `refusal.rs` | what a client met that was not upgraded |
// | `connect_error.rs` | why an edge has no WebSocket, and whether another try can help |
// | `damaged.rs` | a transport that damages what passes, for tests |
// | `ask.rs` | the requests of that |
// | `target.rs` | URLs, and which of them a key may go to |
// | `proxy.rs` | the way to a platform; `no_proxy.rs` without the feature |
// | `tls/` | certificates and keys, of both sides; `no_tls.rs` without the feature |
// | `upgrade.rs` | what both sides of an upgrade know of HTTP |

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
pub use tls::{ClientTls, LoadedTls, PemProblem, PemSections, ServerTls};
pub use tls::{TlsError, TlsFailure};
pub use websocket::WebSocket;

/// The path of the WebSocket on a platform (section 1).
pub const DEFAULT_PATH: &str = "/Thingworx/WS";

/// Default time for an upgrade and all that comes before it. Somebody who waits
/// for it has given up by then.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);

/// What a WebSocket runs over: a socket, or TLS over one.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Io for T {}

/// What comes over a WebSocket. Its `Debug` has the length of a message, not its
/// bytes: a key may be among them.
#[derive(Clone, PartialEq, Eq)]
pub enum Incoming {
    /// One whole binary message.
    Message(Bytes),
    /// A ping. The transport answers it itself.
    Ping,
    /// A pong, asked for or not.
    Pong,
    /// The connection has ended, so. Nothing else comes after it.
    Closed(Ending),
}

/// What goes over a WebSocket. Its `Debug` is as that of [`Incoming`].
#[derive(Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// One whole binary message.
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

/// One open WebSocket. Text messages are passed over: they are no part of the
/// protocol (section 1).
///
/// It is polled, so that receiving goes on while sending waits. A poll that
/// is pending wakes the task of its context, as with any future; nothing is lost
/// when nobody polls again. All polls of one transport come from one task.
pub trait Transport: Send + Unpin + 'static {
    /// What comes next.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Incoming>;

    /// Ready when [`start_send`](Self::start_send) may be called.
    ///
    /// # Errors
    /// The connection broke.
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Takes something to send. It is on its way once
    /// [`poll_flush`](Self::poll_flush) is ready.
    ///
    /// # Errors
    /// The connection broke, or is closed. Or the message is longer than the
    /// [`Limits`] allow, with [`io::ErrorKind::InvalidInput`]: it is not sent, and
    /// others may be.
    fn start_send(&mut self, outgoing: Outgoing) -> io::Result<()>;

    /// Ready when all that was taken was handed to the operating system.
    ///
    /// # Errors
    /// The connection broke.
    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>>;
}

/// Any transport, its kind forgotten.
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
