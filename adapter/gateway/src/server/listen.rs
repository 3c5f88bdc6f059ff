//! Where the server listens, and its connections.

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

/// Why a gateway does not listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// The address is taken, is none of this machine, or may not be listened at.
    #[error("{address}: {problem}{}", hint(.problem))]
    Bind {
        /// The address.
        address: String,
        /// What is wrong.
        #[source]
        problem: io::Error,
    },
    /// Certificate or key cannot be used.
    #[error("http_server: {0}")]
    Tls(#[from] TlsError),
    /// HTTPS needs both files.
    #[error("http_server.ssl needs http_server.certificate and http_server.private_key")]
    NoCertificate,
    /// A password that is asked for has to be one.
    #[error("http_server.authenticate needs http_server.user and http_server.password")]
    NoPassword,
    /// Whoever reaches the address has the rights of the application key.
    #[error(
        "http_server.host: {0} can be reached from other machines, and whoever reaches it has the \
         rights of the application key: turn on ssl and authenticate, or say \
         --insecure-listen-anywhere"
    )]
    Unprotected(IpAddr),
}

fn hint(problem: &io::Error) -> &'static str {
    match problem.kind() {
        io::ErrorKind::AddrInUse => {
            ": another program listens there, perhaps another gateway; http_server.port or \
             --listen names another port, and http_server.ports_to_try says how many are tried"
        }
        io::ErrorKind::PermissionDenied => ": ports below 1024 are for root",
        _ => "",
    }
}

/// How often a port that is free at all addresses is looked for.
const ANY_PORT_TRIES: u64 = 10;

/// The sockets of a server.
#[derive(Debug)]
pub(crate) struct Listeners {
    sockets: Vec<TcpListener>,
    tls: Option<ServerTls>,
    max_clients: usize,
}

/// Opens the sockets. Port 0 is one that is free, the same for all addresses.
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
    // One that is free at one address may be taken at another.
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

/// The addresses of a host. `localhost` is both of this machine: an application may mean
/// either.
async fn addresses(host: &str) -> io::Result<Vec<IpAddr>> {
    if host.eq_ignore_ascii_case("localhost") {
        return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut found: Vec<_> = lookup_host((host, 0)).await?.map(|address| address.ip()).collect();
    found.dedup();
    if found.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(found) }
}

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

fn is_unsupported(problem: &io::Error) -> bool {
    matches!(problem.kind(), io::ErrorKind::Unsupported)
        || problem.raw_os_error() == Some(97 /* EAFNOSUPPORT of Linux */)
}

impl Listeners {
    /// Where it listens.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.sockets.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }
}

/// Answers until it is told to end, and then what is under way.
pub(crate) async fn serve(listeners: Listeners, server: Arc<Server>, end: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(listeners.max_clients));
    let mut accepting = JoinSet::new();
    for listener in listeners.sockets {
        let (server, tls, end) = (Arc::clone(&server), listeners.tls.clone(), end.clone());
        accepting.spawn(accept(listener, tls, Arc::clone(&room), server, end));
    }
    while accepting.join_next().await.is_some() {}
}

/// Waits until the end is told, or nobody is there to tell it.
async fn is_told(end: &mut watch::Receiver<bool>) {
    let _ = end.wait_for(|end| *end).await;
}

/// Takes connections in. As many as there may be at a time; the next one waits.
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
                let (server, tls, room) = (Arc::clone(&server), tls.clone(), Arc::clone(&room));
                let end = end.clone();
                connections.spawn(async move {
                    if let Err(error) = connection(socket, tls, &room, server, end).await {
                        tracing::debug!(%error, "a connection of an application has ended");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                // No more files may be open: others are closed meanwhile.
                tracing::warn!(%error, "no connection can be taken in");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    is_told(&mut end).await;
    let all = async { while connections.join_next().await.is_some() {} };
    let _ = timeout(limits::END, all).await;
}

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
        // Others wait: nobody keeps a place that he does not need.
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
