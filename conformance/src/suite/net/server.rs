//! Accepting the connections of an edge.

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
#[derive(Debug)]
pub(crate) struct Arrival {
    stream: TcpStream,
    pub(crate) at: Instant,
}

/// Puts each connection that arrives into the inbox, until the returned task is aborted.
pub(crate) fn listen(listener: Arc<TcpListener>, inbox: Outbox) -> JoinHandle<()> {
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let at = Instant::now();
            let what = What::Arrived(Arrival { stream, at });
            if inbox.send(Happening { connection: 0, what }).is_err() {
                return;
            }
        }
    })
}

impl Arrival {
    /// Returns who arrived.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.stream.peer_addr().ok()
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
    arrival.stream.set_nodelay(true).map_err(failed)?;
    let mut stream: Box<dyn Stream> = match tls {
        None => Box::new(arrival.stream),
        Some(config) => {
            let accepted = TlsAcceptor::from(config).accept(arrival.stream).await;
            Box::new(accepted.map_err(|error| format!("TLS: {error}"))?)
        }
    };
    let (request, rest) = upgrade::read_request(&mut stream, connection, exchange).await?;
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
