//! HTTP to an application.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use alwayson::transport::{ClientTls, Io};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, USER_AGENT,
};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::outgoing::Outgoing;
use super::target::{Scheme, Target};
use crate::things::Registration;

/// How many requests an application has at a time; more wait.
const AT_A_TIME: usize = 8;

/// How long an idle connection is kept. Servers keep theirs for 5 s and more: one that
/// is closed just as it is used would lose a request.
const IDLE: Duration = Duration::from_secs(2);

/// How many headers and how many bytes of them an answer may have.
const MAX_HEADERS: usize = 100;
const MAX_HEADER_BYTES: usize = 64 << 10;

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

type Connection = SendRequest<Full<Bytes>>;

/// Who is spoken to: several Things may be of one application.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Address {
    scheme: Scheme,
    host: String,
    port: u16,
}

impl Address {
    fn of(target: &Target) -> Self {
        Self { scheme: target.scheme, host: target.host.clone(), port: target.port }
    }
}

/// An application.
struct Application {
    /// Room for the requests that it has at a time.
    room: Semaphore,
    /// Connections that wait for a request, and since when.
    idle: Mutex<Vec<(Connection, Instant)>>,
}

/// Sends requests to applications.
pub(crate) struct Client {
    applications: Mutex<HashMap<Address, Arc<Application>>>,
    /// The longest answer, in bytes.
    limit: usize,
    /// What the system trusts, loaded when it is needed first.
    tls: tokio::sync::OnceCell<alwayson::transport::LoadedTls>,
}

impl Client {
    /// A client that takes answers of as many bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { applications: Mutex::default(), limit, tls: tokio::sync::OnceCell::new() }
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
        let application = self.application(target);
        // Nobody closes it.
        let Ok(_room) = application.room.acquire().await else { return Err(SendError::Closed) };
        let (mut connection, is_new) = match application.idle().await {
            Some(connection) => (connection, false),
            None => (self.connect(target).await?, true),
        };
        let response = match connection.send_request(request(target, outgoing)).await {
            // Not a byte of it has left: the application had closed what was kept.
            Err(error) if !is_new && error.is_canceled() => {
                connection = self.connect(target).await?;
                connection.send_request(request(target, outgoing)).await
            }
            sent => sent,
        };
        let response = response.map_err(failed)?;
        let (head, body) = response.into_parts();
        let body = match Limited::new(body, self.limit).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return Err(SendError::TooLong { limit: self.limit });
            }
            Err(_) => return Err(SendError::Closed),
        };
        application.keep(connection);
        Ok(Received { status: head.status, headers: head.headers, body })
    }

    fn application(&self, target: &Target) -> Arc<Application> {
        let address = Address::of(target);
        let mut applications = self.applications.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(applications.entry(address).or_insert_with(|| {
            Arc::new(Application { room: Semaphore::new(AT_A_TIME), idle: Mutex::default() })
        }))
    }

    /// Forgets applications that no Thing is of any more, and connections that were kept
    /// for too long.
    pub(crate) fn tidy(&self, used: impl Iterator<Item = Arc<Registration>>) {
        let used: HashSet<Address> = used.map(|used| Address::of(&used.target)).collect();
        let mut applications = self.applications.lock().unwrap_or_else(PoisonError::into_inner);
        applications.retain(|address, application| {
            application.tidy();
            used.contains(address) || Arc::strong_count(application) > 1
        });
    }

    async fn connect(&self, target: &Target) -> Result<Connection, SendError> {
        let socket = socket(&target.host, target.port).await.map_err(SendError::NotConnected)?;
        match target.scheme {
            Scheme::Http => handshake(socket).await,
            Scheme::Https => {
                let io = self.encrypt(target, socket).await.map_err(SendError::NotConnected)?;
                handshake(io).await
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

impl Application {
    /// A connection that was kept, and that is open still.
    async fn idle(&self) -> Option<Connection> {
        loop {
            let (mut connection, since) = self.pop()?;
            if since.elapsed() < IDLE && connection.ready().await.is_ok() {
                return Some(connection);
            }
        }
    }

    fn pop(&self) -> Option<(Connection, Instant)> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn keep(&self, connection: Connection) {
        if !connection.is_closed() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push((connection, Instant::now()));
        }
    }

    fn tidy(&self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(connection, since)| since.elapsed() < IDLE && !connection.is_closed());
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

fn failed(error: hyper::Error) -> SendError {
    if error.is_parse() || error.is_parse_too_large() {
        SendError::NoHttp(error)
    } else {
        SendError::Closed
    }
}

async fn handshake(io: impl Io) -> Result<Connection, SendError> {
    let (sender, connection) = http1::Builder::new()
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEADER_BYTES)
        .handshake(TokioIo::new(io))
        .await
        .map_err(failed)?;
    // It ends with the sender, or with the socket.
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(sender)
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
