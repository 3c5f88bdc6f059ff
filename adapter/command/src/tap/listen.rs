//! Connections of devices, and for each of them one to the platform.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use alwayson::transport::{DEFAULT_DEADLINE, Io, LoadedTls, ServerTls, Url};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::observe::{Observer, Outputs};
use super::socket::{Reset, Socket};
use super::{Ends, relay};
use crate::failure::Failure;

/// The pause after a connection that cannot be accepted, because there are too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// The platform.
pub(super) struct Target {
    url: Url,
    tls: Option<LoadedTls>,
}

impl Target {
    pub(super) fn new(url: Url, tls: Option<LoadedTls>) -> Self {
        Self { url, tls }
    }

    /// Returns the path of its WebSocket.
    pub(super) fn path(&self) -> &str {
        self.url.path()
    }

    async fn connect(&self) -> io::Result<(Side, SocketAddr)> {
        let tcp = TcpStream::connect((self.url.host(), self.url.port())).await?;
        let address = tcp.peer_addr()?;
        let (socket, reset) = Socket::new(tcp);
        let io: Box<dyn Io> = match &self.tls {
            Some(tls) => tls.connect_to(self.url.host(), socket).await?,
            None => Box::new(socket),
        };
        Ok((Side { io, reset }, address))
    }
}

/// One side of a connection.
pub(super) struct Side {
    pub(super) io: Box<dyn Io>,
    pub(super) reset: Reset,
}

pub(super) async fn bind(listen: &str) -> Result<TcpListener, Failure> {
    let addresses = tokio::net::lookup_host(listen).await.map_err(|error| {
        let text = format!("--listen: \"{listen}\" is not an address and port: {error}");
        Failure::Usage(format!("{text}; example: 127.0.0.1:8081"))
    })?;
    let addresses: Vec<SocketAddr> = addresses.collect();
    TcpListener::bind(&addresses[..])
        .await
        .map_err(|error| Failure::Failed(format!("cannot listen on {listen}: {error}")))
}

/// Accepts devices, and never ends. If it is dropped, all connections end.
pub(super) async fn serve(
    listener: TcpListener,
    tls: Option<ServerTls>,
    target: Target,
    outputs: Outputs,
    most: u16,
) {
    let target = Arc::new(target);
    let places = Arc::new(Semaphore::new(most.into()));
    let mut all = JoinSet::new();
    for number in 1.. {
        // A permit is never refused: the semaphore is not closed.
        let place = Arc::clone(&places).acquire_owned().await;
        let (tcp, address) = loop {
            match listener.accept().await {
                Ok(accepted) => break accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        };
        // Those that have ended.
        while all.try_join_next().is_some() {}
        let target = Arc::clone(&target);
        let tls = tls.clone();
        let observer = Observer::new(number, outputs.clone());
        all.spawn(async move {
            connection(tcp, address, tls, &target, observer).await;
            drop(place);
        });
    }
}

async fn connection(
    tcp: TcpStream,
    device: SocketAddr,
    tls: Option<ServerTls>,
    target: &Target,
    observer: Observer,
) {
    observer.note(format!("opened by {device}"));
    let (socket, reset) = Socket::new(tcp);
    let accept = async {
        match tls {
            Some(tls) => tls.accept_from(socket).await,
            None => Ok(Box::new(socket) as Box<dyn Io>),
        }
    };
    let io = match in_time(accept).await {
        Ok(io) => io,
        Err(error) => return observer.note(format!("!! no TLS with the device: {error}")),
    };
    match in_time(target.connect()).await {
        Ok((platform, address)) => {
            let ends = Ends { device, platform: address };
            relay::run(Side { io, reset }, platform, ends, observer).await;
        }
        Err(error) => {
            observer.note(format!("!! the platform cannot be reached: {error}"));
            reset.at_end();
        }
    }
}

/// Waits for what begins a connection, for as long as an upgrade may take.
async fn in_time<T>(begins: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let done = tokio::time::timeout(DEFAULT_DEADLINE, begins).await;
    done.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
