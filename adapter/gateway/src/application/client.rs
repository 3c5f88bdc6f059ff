//! The HTTP client for applications.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alwayson::transport::{ClientTls, Io};
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, USER_AGENT,
};
use hyper::{Request, StatusCode};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::connection::Connection;
use super::outgoing::Outgoing;
use super::pool::Pool;
use crate::registration::{Scheme, Target};

/// The maximum number of requests to one application at a time; further requests wait. Simple
/// applications answer one request after another.
const AT_A_TIME: usize = 8;

/// Why there is no answer of an application.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error("the application cannot be reached: {0}")]
    NotConnected(io::Error),
    #[error("the application closed the connection without an answer")]
    Closed,
    #[error("the application's answer is not HTTP: {0}")]
    NoHttp(hyper::Error),
    #[error("the application's answer is longer than {limit} bytes")]
    TooLong { limit: usize },
}

/// An answer of an application.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The address of an application. Several Things may have the same one.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Address {
    port: u16,
    scheme: Scheme,
    host: String,
}

impl Address {
    fn of(target: &Target) -> Self {
        Self { scheme: target.scheme, host: target.host.clone(), port: target.port }
    }
}

/// The permits for the requests to one application, and the number of requests that have one or
/// wait for one.
struct Room {
    room: Arc<Semaphore>,
    guests: usize,
}

/// The permits of all applications that have requests.
#[derive(Default)]
struct Rooms(Mutex<HashMap<Address, Room>>);

/// A request that has a permit or waits for one.
struct Guest<'r> {
    rooms: &'r Rooms,
    address: &'r Address,
    room: Arc<Semaphore>,
}

impl Rooms {
    fn lock(&self) -> MutexGuard<'_, HashMap<Address, Room>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter<'r>(&'r self, address: &'r Address) -> Guest<'r> {
        let mut rooms = self.lock();
        let new = || Room { room: Arc::new(Semaphore::new(AT_A_TIME)), guests: 0 };
        let room = rooms.entry(address.clone()).or_insert_with(new);
        room.guests += 1;
        Guest { rooms: self, address, room: Arc::clone(&room.room) }
    }
}

impl Drop for Guest<'_> {
    /// Removes the permits of the application with its last request.
    fn drop(&mut self) {
        let mut rooms = self.rooms.lock();
        if let Some(room) = rooms.get_mut(self.address) {
            room.guests -= 1;
            if room.guests == 0 {
                rooms.remove(self.address);
            }
        }
    }
}

/// The HTTP client for applications.
pub(crate) struct Client {
    rooms: Rooms,
    pool: Arc<Pool>,
    /// The maximum length of the body of an answer, in bytes.
    limit: usize,
    /// TLS with the certificates that the system trusts, loaded when it is first needed.
    tls: tokio::sync::OnceCell<alwayson::transport::LoadedTls>,
}

impl Client {
    /// Creates a client. Bodies of answers have at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        let tls = tokio::sync::OnceCell::new();
        Self { rooms: Rooms::default(), pool: Arc::default(), limit, tls }
    }

    /// Sends a request as soon as fewer than [`AT_A_TIME`] requests wait for an answer of the
    /// application. Returns the answer.
    ///
    /// # Errors
    /// See [`SendError`].
    ///
    /// # Cancel safety
    /// If the future is dropped, the connection is closed. The application may have executed
    /// the request.
    pub(crate) async fn send(
        &self,
        target: &Target,
        outgoing: &Outgoing,
    ) -> Result<Received, SendError> {
        let address = Address::of(target);
        let guest = self.rooms.enter(&address);
        // The semaphore is never closed.
        let Ok(_room) = guest.room.acquire().await else { return Err(SendError::Closed) };
        let (mut connection, is_new) = match self.pool.take(&address).await {
            Some(connection) => (connection, false),
            None => (self.connect(target).await?, true),
        };
        let answer = match connection.send(request(target, outgoing), self.limit).await {
            Some(answer) => answer,
            // The application had closed the idle connection before the request was sent.
            None if !is_new => {
                connection = self.connect(target).await?;
                let again = connection.send(request(target, outgoing), self.limit).await;
                again.unwrap_or(Err(SendError::Closed))
            }
            None => Err(SendError::Closed),
        };
        let answer = answer?;
        self.pool.keep(address.clone(), connection);
        Ok(answer)
    }

    async fn connect(&self, target: &Target) -> Result<Connection, SendError> {
        let socket = socket(&target.host, target.port).await.map_err(SendError::NotConnected)?;
        match target.scheme {
            Scheme::Http => Connection::open(socket).await,
            Scheme::Https => {
                let io = self.encrypt(target, socket).await.map_err(SendError::NotConnected)?;
                Connection::open(io).await
            }
        }
    }

    /// Starts TLS with an application. On this machine its certificate is not checked: no other
    /// machine can intercept the connection, and most such certificates are self-signed.
    async fn encrypt(&self, target: &Target, socket: TcpStream) -> io::Result<Box<dyn Io>> {
        let is_local = socket.peer_addr()?.ip().to_canonical().is_loopback();
        if is_local {
            let tls = ClientTls::new().dangerous_accept_any_certificate();
            let tls = tls.load().map_err(io::Error::other)?;
            return tls.connect_to(&target.host, socket).await;
        }
        let load = || async { ClientTls::new().load().map_err(io::Error::other) };
        self.tls.get_or_try_init(load).await?.connect_to(&target.host, socket).await
    }
}

fn request(target: &Target, outgoing: &Outgoing) -> Request<Full<Bytes>> {
    let body = outgoing.body.clone();
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = outgoing.method.clone();
    // The path was checked at the registration, and names are encoded.
    *request.uri_mut() = hyper::Uri::try_from(outgoing.path.as_str()).unwrap_or_default();
    let headers = request.headers_mut();
    if let Ok(host) = HeaderValue::try_from(target.authority()) {
        headers.insert(HOST, host);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static("alwayson-gateway"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(outgoing.body.len()));
    if let Some(authorization) = target.authorization() {
        headers.insert(AUTHORIZATION, authorization);
    }
    request
}

/// Opens a connection. `localhost` is `127.0.0.1`, then `::1`, without asking the resolver: an
/// application may listen at only one of them.
///
/// # Errors
/// Returns the error of the last address that was tried.
pub(crate) async fn socket(host: &str, port: u16) -> io::Result<TcpStream> {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    let socket = if host.eq_ignore_ascii_case("localhost") {
        let addresses = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
        TcpStream::connect(&addresses.map(|address| (address, port).into())[..]).await?
    } else {
        TcpStream::connect((host, port)).await?
    };
    socket.set_nodelay(true)?;
    Ok(socket)
}

/// The timeout of a probe.
const PROBE: Duration = Duration::from_secs(5);

/// Checks whether a program listens at an address: opens a connection, and closes it without
/// sending anything.
///
/// # Errors
/// Returns why the connection could not be opened; `TimedOut` after 5 s.
pub(crate) async fn probe(host: &str, port: u16) -> io::Result<()> {
    match tokio::time::timeout(PROBE, socket(host, port)).await {
        Ok(socket) => socket.map(drop),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}
