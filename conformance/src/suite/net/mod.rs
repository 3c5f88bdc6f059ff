//! Sockets of the suite: WebSockets whose frames can be wrong, and upgrades that can be
//! watched.

mod client;
mod hub;
mod server;
mod socket;
mod tls;
mod upgrade;
mod url;

pub(crate) use client::{connect, connect_losing};
pub(crate) use hub::{Entry, Hub};
pub(crate) use server::{Accepted, Arrival, accept, listen};
pub(crate) use socket::{ANEW, Frame, Happening, Inbox, Socket, What};
pub(crate) use tls::{Certificates, Fault as TlsFault, client as tls_client};
pub(crate) use url::Target;

use tokio::io::{AsyncRead, AsyncWrite};

/// A TCP connection, with TLS or without.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}
