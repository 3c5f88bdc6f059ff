//! HTTP to an application.

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
use super::target::{Scheme, Target};

/// How many requests an application has at a time; more wait.
const AT_A_TIME: usize = 8;

/// Why an application has not answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error("the application cannot be reached: {0}")]
    NotConnected(io::Error),
    #[error("the application has closed the connection without an answer")]
    Closed,
    #[error("the application's answer is no HTTP: {0}")]
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

/// Who is spoken to: several Things may be of one application.
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

/// Room for the requests that an application has at a time, and how many have it or wait for it.
struct Room {
    room: Arc<Semaphore>,
    guests: usize,
}

/// The rooms of applications that have requests.
#[derive(Default)]
struct Rooms(Mutex<HashMap<Address, Room>>);

/// A request that has room, or waits for it.
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
    /// Forgets the room with its last guest.
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

/// Sends requests to applications.
pub(crate) struct Client {
    rooms: Rooms,
    pool: Arc<Pool>,
    /// The longest answer, in bytes.
    limit: usize,
    /// What the system trusts, loaded when it is needed first.
    tls: tokio::sync::OnceCell<alwayson::transport::LoadedTls>,
}

impl Client {
    /// A client that takes answers of as many bytes.
    pub(crate) fn new(limit: usize) -> Self {
        let tls = tokio::sync::OnceCell::new();
        Self { rooms: Rooms::default(), pool: Arc::default(), limit, tls }
    }

    /// Sends a request, when the application has room for it.
    ///
    /// # Cancel safety
    /// Dropping the future closes its connection.
    pub(crate) async fn send(
        &self,
        target: &Target,
        outgoing: &Outgoing,
    ) -> Result<Received, SendError> {
        let address = Address::of(target);
        let guest = self.rooms.enter(&address);
        // Nobody closes it.
        let Ok(_room) = guest.room.acquire().await else { return Err(SendError::Closed) };
        let (mut connection, is_new) = match self.pool.take(&address).await {
            Some(connection) => (connection, false),
            None => (self.connect(target).await?, true),
        };
        let answer = match connection.send(request(target, outgoing), self.limit).await {
            Some(answer) => answer,
            // The application had closed what was kept.
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

    /// TLS to an application. On this machine nobody stands between, and its certificate
    /// is nearly always self-signed: there it is not checked.
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
    // Paths are checked when a Thing is registered, names are encoded.
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

/// Opens a socket. Nobody is asked where `localhost` is: an application may listen at
/// one of its addresses alone.
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

/// How long a probe waits for its connection.
const PROBE: Duration = Duration::from_secs(5);

/// Whether somebody listens: a connection is opened, and closed without a byte.
pub(crate) async fn probe(host: &str, port: u16) -> io::Result<()> {
    match tokio::time::timeout(PROBE, socket(host, port)).await {
        Ok(socket) => socket.map(drop),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}
