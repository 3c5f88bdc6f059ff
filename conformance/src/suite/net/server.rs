//! Accepting the connections of an edge.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::socket::{Happening, Outbox, What};
use super::upgrade::{self, Request};
use super::{Frame, Socket, Stream};
use crate::suite::exchange::{Exchange, Who};

/// A TCP connection of an edge.
pub(crate) struct Arrival {
    pub(super) stream: Box<dyn Stream>,
    peer: Option<SocketAddr>,
    pub(crate) at: Instant,
    /// Its upgrade, if that was answered already.
    pub(super) opened: Option<Opened>,
}

/// An answered upgrade, with the bytes that were read after it.
pub(super) struct Opened {
    pub(super) request: Request,
    pub(super) answer: Vec<u8>,
    pub(super) rest: Vec<u8>,
}

/// Puts each connection that arrives into the inbox, until the returned task is aborted.
pub(crate) fn listen(listener: Arc<TcpListener>, inbox: Outbox) -> JoinHandle<()> {
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let what = What::Arrived(Arrival::new(stream));
            if inbox.send(Happening { connection: 0, what }).is_err() {
                return;
            }
        }
    })
}

impl Arrival {
    pub(super) fn new(stream: TcpStream) -> Self {
        let peer = stream.peer_addr().ok();
        // Small messages go out at once; a connection that has ended is seen when it is read.
        let _ = stream.set_nodelay(true);
        Self { stream: Box::new(stream), peer, at: Instant::now(), opened: None }
    }

    /// Returns who arrived.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }
}

impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrival").field("peer", &self.peer).finish_non_exhaustive()
    }
}

/// An edge whose upgrade was answered.
pub(crate) struct Accepted {
    pub(crate) socket: Socket,
    pub(crate) request: Request,
}

/// Answers the upgrade of an edge. With a frame, the answer and the frame are sent at once.
///
/// # Errors
/// The edge asks for no WebSocket, or ends the connection; the error says why, in words.
pub(crate) async fn accept(
    arrival: Arrival,
    tls: Option<Arc<ServerConfig>>,
    with: Option<&Frame>,
    connection: usize,
    exchange: &Exchange,
    inbox: Outbox,
) -> Result<Accepted, String> {
    let failed = |error: std::io::Error| error.to_string();
    if let Some(Opened { request, answer, rest }) = arrival.opened {
        exchange.bytes(connection, Who::Edge, request.masked());
        exchange.bytes(connection, Who::Platform, answer);
        let exchange = exchange.clone();
        let socket = Socket::new(arrival.stream, rest, Who::Platform, connection, exchange, inbox);
        return Ok(Accepted { socket, request });
    }
    let mut stream: Box<dyn Stream> = match tls {
        None => arrival.stream,
        Some(config) => {
            let accepted = TlsAcceptor::from(config).accept(arrival.stream).await;
            Box::new(accepted.map_err(|error| format!("TLS: {error}"))?)
        }
    };
    let (request, rest) = upgrade::read_request(&mut stream).await?;
    exchange.bytes(connection, Who::Edge, request.masked());
    let mut answer = upgrade::answer(&request)?;
    exchange.bytes(connection, Who::Platform, answer.clone());
    if let Some(frame) = with {
        exchange.frame(connection, Who::Platform, frame);
        answer.extend(frame.to_bytes(false).map_err(failed)?);
    }
    stream.write_all(&answer).await.map_err(failed)?;
    stream.flush().await.map_err(failed)?;
    let socket = Socket::new(stream, rest, Who::Platform, connection, exchange.clone(), inbox);
    Ok(Accepted { socket, request })
}
