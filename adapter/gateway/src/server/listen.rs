//! The sockets of the server, and its connections.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;

use alwayson::transport::{Io, ServerTls, TlsError};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::io::Taken;
use super::{Server, limits};
use crate::config::Http;

/// Why a gateway cannot listen for applications.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// The address is in use, is not one of this machine, or requires more rights.
    #[error("{address}: {problem}{}", hint(.problem))]
    Bind {
        /// The address.
        address: String,
        /// The error.
        #[source]
        problem: io::Error,
    },
    /// The certificate or its key cannot be used.
    #[error("http_server: {0}")]
    Tls(#[from] TlsError),
    /// HTTPS is on, but the certificate or its key is missing.
    #[error("http_server.ssl requires http_server.certificate and http_server.private_key")]
    NoCertificate,
    /// Requests need a password, but the user or the password is missing.
    #[error("http_server.authenticate requires http_server.user and http_server.password")]
    NoPassword,
    /// Other machines can reach the address, and HTTPS or a password is off. Everybody who can
    /// reach it would have the rights of the application key.
    #[error(
        "http_server.host: other machines can reach {0}, and would have the rights of the \
         application key: turn on ssl and authenticate, or pass --insecure-listen-anywhere"
    )]
    Unprotected(IpAddr),
}

/// Returns what to do about an error.
fn hint(problem: &io::Error) -> &'static str {
    match problem.kind() {
        io::ErrorKind::AddrInUse => {
            ": another program listens there, perhaps another gateway; set another port by \
             http_server.port or --listen, or allow more by http_server.ports_to_try"
        }
        io::ErrorKind::PermissionDenied => {
            ": ports below 1024 require root or CAP_NET_BIND_SERVICE"
        }
        _ => "",
    }
}

/// The number of attempts to find a port that is free at all addresses.
const ANY_PORT_TRIES: u64 = 10;

/// The listening sockets of a server.
#[derive(Debug)]
pub(crate) struct Listeners {
    sockets: Vec<TcpListener>,
    tls: Option<ServerTls>,
    max_clients: usize,
}

/// Opens the sockets. Port 0 selects a free port, the same for all addresses.
///
/// # Errors
/// See [`ListenError`].
///
/// # Cancel safety
/// If the future is dropped, all sockets are closed.
pub(crate) async fn bind(http: &Http, may_be_open: bool) -> Result<Listeners, ListenError> {
    if http.authenticate && (http.user.is_none() || http.password.is_none()) {
        return Err(ListenError::NoPassword);
    }
    let tls = match (http.ssl, &http.certificate, &http.private_key) {
        (false, ..) => None,
        (true, Some(certificate), Some(key)) => Some(ServerTls::from_files(certificate, key)?),
        (true, ..) => return Err(ListenError::NoCertificate),
    };
    let addresses = addresses(&http.host)
        .await
        .map_err(|problem| ListenError::Bind { address: http.host.clone(), problem })?;
    let is_protected = http.ssl && http.authenticate;
    let open = addresses.iter().find(|address| !address.to_canonical().is_loopback());
    if let Some(open) = open.filter(|_| !is_protected && !may_be_open) {
        return Err(ListenError::Unprotected(*open));
    }
    let port = u16::try_from(http.port).unwrap_or_default();
    let mut error = None;
    // A port that is free at one address may be in use at another.
    let (tries, step_by) = if port == 0 { (ANY_PORT_TRIES, 0) } else { (http.ports_to_try, 1) };
    for step in 0..tries.max(1) {
        let next = u16::try_from(step * step_by).ok().and_then(|step| port.checked_add(step));
        let Some(port) = next else { break };
        match bind_all(&addresses, port).await {
            Ok(listeners) => {
                let max_clients = usize::try_from(http.max_clients).unwrap_or(usize::MAX);
                return Ok(Listeners { sockets: listeners, tls, max_clients });
            }
            Err(ListenError::Bind { problem, address })
                if problem.kind() == io::ErrorKind::AddrInUse =>
            {
                error.get_or_insert(ListenError::Bind { problem, address });
            }
            Err(other) => return Err(other),
        }
    }
    Err(error.unwrap_or_else(|| ListenError::Bind {
        address: http.host.clone(),
        problem: io::ErrorKind::AddrNotAvailable.into(),
    }))
}

/// Returns the addresses of a host. `localhost` is `127.0.0.1` and `::1`, because applications
/// connect to either.
async fn addresses(host: &str) -> io::Result<Vec<IpAddr>> {
    if host.eq_ignore_ascii_case("localhost") {
        return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut found: Vec<_> = lookup_host((host, 0)).await?.map(|address| address.ip()).collect();
    found.dedup();
    if found.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(found) }
}

/// Opens a socket at each address, all with the same port.
async fn bind_all(addresses: &[IpAddr], port: u16) -> Result<Vec<TcpListener>, ListenError> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    for address in addresses {
        let first = listeners.first().and_then(|first| first.local_addr().ok());
        let address = SocketAddr::new(*address, first.map_or(port, |first| first.port()));
        match TcpListener::bind(address).await {
            Ok(listener) => listeners.push(listener),
            // A machine without IPv6 has no ::1.
            Err(problem)
                if problem.kind() == io::ErrorKind::AddrNotAvailable && !listeners.is_empty() => {}
            Err(problem) if is_unsupported(&problem) && !listeners.is_empty() => {}
            Err(problem) => {
                return Err(ListenError::Bind { address: address.to_string(), problem });
            }
        }
    }
    Ok(listeners)
}

/// Returns whether the system does not support the kind of the address.
fn is_unsupported(problem: &io::Error) -> bool {
    matches!(problem.kind(), io::ErrorKind::Unsupported)
        || problem.raw_os_error() == Some(97 /* EAFNOSUPPORT of Linux */)
}

impl Listeners {
    /// Returns the addresses of the sockets.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.sockets.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }
}

/// Answers requests until `end` is true. Then refuses new connections, and returns when the
/// requests in flight are answered, after [`limits::END`] at the latest.
pub(crate) async fn serve(listeners: Listeners, server: Arc<Server>, end: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(listeners.max_clients));
    let mut accepting = JoinSet::new();
    for listener in listeners.sockets {
        let tls = listeners.tls.clone();
        let room = Arc::clone(&room);
        accepting.spawn(accept(listener, tls, room, Arc::clone(&server), end.clone()));
    }
    while accepting.join_next().await.is_some() {}
}

/// Waits until `end` is true, or its sender is dropped.
async fn is_told(end: &mut watch::Receiver<bool>) {
    let _ = end.wait_for(|end| *end).await;
}

/// Accepts connections, up to the maximum at a time. Further clients wait.
async fn accept(
    listener: TcpListener,
    tls: Option<ServerTls>,
    room: Arc<Semaphore>,
    server: Arc<Server>,
    mut end: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    let mut until_end = end.clone();
    loop {
        let accepted = async {
            let place = Arc::clone(&room).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, socket) = tokio::select! {
            accepted = accepted => accepted,
            () = is_told(&mut until_end) => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
        };
        let Ok(place) = place else { break };
        match socket {
            Ok((socket, _)) => {
                let server = Arc::clone(&server);
                let tls = tls.clone();
                let room = Arc::clone(&room);
                let end = end.clone();
                connections.spawn(async move {
                    if let Err(error) = connection(socket, tls, &room, server, end).await {
                        tracing::debug!(%error, "a connection of an application has ended");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                // Too many files are open. Some are closed in the meantime.
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    is_told(&mut end).await;
    let all = async { while connections.join_next().await.is_some() {} };
    let _ = timeout(limits::END, all).await;
}

/// Serves one connection.
async fn connection(
    socket: TcpStream,
    tls: Option<ServerTls>,
    room: &Semaphore,
    server: Arc<Server>,
    mut end: watch::Receiver<bool>,
) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let local = socket.local_addr()?.ip();
    let io: Box<dyn Io> = match tls {
        None => Box::new(socket),
        Some(tls) => match timeout(limits::TLS, tls.accept_from(socket)).await {
            Ok(io) => io?,
            Err(_) => return Err(io::ErrorKind::TimedOut.into()),
        },
    };
    let patience = server.hub.config.http.content_read_timeout;
    let service = service_fn(|request| async {
        let mut response = server.handle(request, local).await;
        // Other clients wait: a connection that is only kept alive is closed.
        if room.available_permits() == 0 {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok::<_, Infallible>(response)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_headers(limits::MAX_HEADERS)
        .max_buf_size(limits::MAX_HEAD)
        .serve_connection(TokioIo::new(Taken::new(io, limits::WRITE)), service);
    let mut connection = pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = is_told(&mut end) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    result.map_err(io::Error::other)
}
