//! Connecting to a platform.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::socket::Outbox;
use super::{Socket, Stream, Target, upgrade};
use crate::suite::exchange::{Exchange, Who};

/// How long a platform may take to accept a connection and to answer the upgrade.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Opens a WebSocket to a platform.
///
/// # Errors
/// There is none; the error says why, in words.
pub(crate) async fn connect(
    target: &Target,
    tls: Option<&Arc<ClientConfig>>,
    connection: usize,
    exchange: &Exchange,
    inbox: Outbox,
) -> Result<Socket, String> {
    connect_losing(target, tls, (connection, false), exchange, inbox).await
}

/// Opens a WebSocket as [`connect`] does. If `loses` is set, what came with the answer to the
/// upgrade is lost.
pub(crate) async fn connect_losing(
    target: &Target,
    tls: Option<&Arc<ClientConfig>>,
    (connection, loses): (usize, bool),
    exchange: &Exchange,
    inbox: Outbox,
) -> Result<Socket, String> {
    let opened = tokio::time::timeout(TIMEOUT, open(target, tls, connection, exchange)).await;
    let (stream, rest) = opened.map_err(|_| "no answer to the upgrade in 20 s".to_owned())??;
    let rest = if loses { Vec::new() } else { rest };
    Ok(Socket::new(stream, rest, Who::Edge, connection, exchange.clone(), inbox))
}

async fn open(
    target: &Target,
    tls: Option<&Arc<ClientConfig>>,
    connection: usize,
    exchange: &Exchange,
) -> Result<(Box<dyn Stream>, Vec<u8>), String> {
    let Target { host, port, .. } = target;
    let refused = |error: std::io::Error| format!("cannot connect to {host}:{port}: {error}");
    let tcp = TcpStream::connect((host.as_str(), *port)).await.map_err(refused)?;
    // Small messages go out at once.
    tcp.set_nodelay(true).map_err(refused)?;
    let mut stream: Box<dyn Stream> = match tls.filter(|_| target.is_tls) {
        None => Box::new(tcp),
        Some(config) => {
            let name = ServerName::try_from(host.clone())
                .map_err(|error| format!("{host} is no name of a server: {error}"))?;
            let connector = TlsConnector::from(Arc::clone(config));
            Box::new(connector.connect(name, tcp).await.map_err(refused)?)
        }
    };
    let rest = upgrade::request(&mut stream, target, connection, exchange).await?;
    Ok((stream, rest))
}
