//! The upgrade to a WebSocket, on the platform's side.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use bytes::Bytes;
use http_body_util::Empty;
use hyper::body::{Body, Incoming};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use secrecy::SecretString;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::option::{self, OptionError, TIME, options};

use super::opening::Opening;
use super::target::is_loopback_host;
use super::tls::{self, ServerTls};
use super::upgrade::{APP_KEY, MAX_FRAME_SIZE, VERSION, has_word, only, take_over};
use super::{AnyTransport, Io, Limits, Refusal, RefusalKind, WebSocket};
#[cfg(feature = "deflate")]
use super::{DeflateWebSocket, deflate};

options! {
    /// The options of the upgrade, as a platform answers it.
    #[derive(Clone, Debug)]
    pub struct AcceptOptions {
        /// The timeout of everything up to the upgrade; 10 s by default, and at least 1 ms.
        deadline / with_deadline: Duration = super::DEFAULT_DEADLINE, in TIME;
        /// Whether only programs of this machine are accepted; no by default. The others
        /// are answered with 403: requests with an `Origin`, which browsers send, and
        /// requests whose `Host` is not loopback, as for a page that was loaded under
        /// another name. For a platform that accepts any key, which a web page could use
        /// otherwise.
        local_only / with_local_only: bool = false;
        /// The limits of the WebSocket.
        [ref] limits / with_limits: Limits = Limits::default();
        [own] tls: Option<ServerTls> = None;
        [own] path: String = super::DEFAULT_PATH.to_owned();
        [own] deflate: bool = false;
        [own] is_fenced: bool = false;
    }
}

impl AcceptOptions {
    /// The path of the WebSocket; `/Thingworx/WS` by default (PROTOCOL.md §1). Any other is
    /// answered with 404.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Sets [`path`](Self::path).
    ///
    /// # Errors
    /// [`OptionError`] if it does not begin with `/`.
    pub fn with_path(mut self, path: impl Into<String>) -> Result<Self, OptionError> {
        self.path = option::check_path("path", path.into())?;
        Ok(self)
    }

    /// Accepts TLS connections only. Without it, only plain ones are accepted.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_tls(mut self, tls: ServerTls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Whether to compress with clients that offer it, at the cost of about 300 KiB for each
    /// connection; no by default. Without the feature `deflate` it is never set.
    pub const fn deflate(&self) -> bool {
        self.deflate
    }

    /// Sets [`deflate`](Self::deflate).
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn with_deflate(mut self, deflate: bool) -> Self {
        self.deflate = deflate;
        self
    }
}

/// An upgraded client.
#[non_exhaustive]
pub struct Accepted {
    /// The WebSocket.
    pub transport: AnyTransport,
    /// The application key in the request. It does not replace an AUTH (PROTOCOL.md §1).
    pub app_key: Option<SecretString>,
    /// The longest frame that the client accepts, in bytes; `None` if the request does not
    /// state a number from 1 to 65,535.
    pub max_frame_size: Option<u16>,
}

impl fmt::Debug for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepted")
            .field("app_key", &self.app_key)
            .field("max_frame_size", &self.max_frame_size)
            .finish_non_exhaustive()
    }
}

/// Why a client was not upgraded. The client was sent an answer if that was possible.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// The client was not upgraded in time.
    #[error("the client was not upgraded in time")]
    Timeout,
    /// TLS with the client failed.
    #[error("there is no TLS with the client")]
    Tls(#[source] std::io::Error),
    /// The client started TLS, but the port is without TLS.
    #[error("the client begins with TLS, and this port has none")]
    UnexpectedTls,
    /// The request was refused, and the client was sent the status.
    #[error("the request was refused: {0}")]
    Refused(Refusal),
    /// What the client sent is not HTTP or is too long, or the connection broke.
    #[error("the request could not be read")]
    Http(#[from] hyper::Error),
    /// The connection broke before anything was received.
    #[error("the connection broke")]
    Broken(#[source] std::io::Error),
    /// The client was upgraded, but the compression cannot be set up.
    #[error("compression does not work")]
    Deflate(#[from] std::io::Error),
    /// An option is out of its range.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// The client disconnected without a request.
    #[error("the client disconnected without a request")]
    NoRequest,
}

impl AcceptError {
    /// Returns the refusal that is reported for this error.
    pub fn refusal(&self) -> Refusal {
        use RefusalKind as K;
        match self {
            Self::Refused(refusal) => refusal.clone(),
            Self::Timeout => Refusal::new(K::Timeout),
            Self::Tls(error) => Refusal::new(K::Tls).with_detail(tls::client_problem(error)),
            Self::UnexpectedTls => Refusal::new(K::UnexpectedTls).with_status(400),
            Self::Http(error) if error.is_parse_too_large() => {
                Refusal::new(K::NotHttp).with_status(431)
            }
            Self::Http(error) if error.is_parse() => Refusal::new(K::NotHttp).with_status(400),
            Self::Http(error) if error.is_incomplete_message() => Refusal::new(K::Left),
            Self::Http(error) => Refusal::new(K::Broken).with_detail(error.to_string()),
            Self::Broken(error) | Self::Deflate(error) => {
                Refusal::new(K::Broken).with_detail(error.to_string())
            }
            // A platform checks its options before it listens.
            Self::Option(error) => Refusal::new(K::Broken).with_detail(error.to_string()),
            Self::NoRequest => Refusal::new(K::Left),
        }
    }
}

/// Upgrades one client to a WebSocket. Data that the client sends directly after its
/// request is not lost.
///
/// # Errors
/// [`AcceptError::Option`] if the limits contradict each other; [`AcceptError::Timeout`]
/// after the deadline; [`AcceptError::Refused`] if the client requested something else;
/// another [`AcceptError`] if there was no readable request. The connection is closed then,
/// after an answer if one was possible.
///
/// # Cancel safety
/// Dropping the future closes the connection.
pub async fn accept(io: impl Io, options: &AcceptOptions) -> Result<Accepted, AcceptError> {
    options.limits.check()?;
    // On the heap, so that a task that continues with the WebSocket does not keep space for
    // this future.
    let accepted = Box::pin(async {
        let first = Opening::read_first(io).await.map_err(AcceptError::Broken)?;
        let Some((is_tls, io)) = first else { return Err(AcceptError::NoRequest) };
        match &options.tls {
            Some(tls) if is_tls => {
                let io = tls.accept(io).await.map_err(AcceptError::Tls)?;
                upgrade(io, |io| Box::new(io), options, Channel::Right).await
            }
            Some(_) => upgrade(io, Opening::into_io, options, Channel::Plain).await,
            None if is_tls => {
                // The TLS record is read as HTTP, and so answered with 400, as other
                // servers do.
                let answered = upgrade(io, Opening::into_io, options, Channel::Right).await;
                Err(answered.err().map_or(AcceptError::NoRequest, |_| AcceptError::UnexpectedTls))
            }
            None => upgrade(io, Opening::into_io, options, Channel::Right).await,
        }
    });
    tokio::time::timeout(options.deadline, accepted).await.map_err(|_| AcceptError::Timeout)?
}

/// What was read from a request that can be upgraded.
struct Asked {
    app_key: Option<SecretString>,
    max_frame_size: Option<u16>,
    #[cfg(feature = "deflate")]
    deflate: Option<String>,
    upgrade: OnUpgrade,
}

/// What a request was received over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Channel {
    /// What is expected: TLS, or a plain connection.
    Right,
    /// A plain connection, although TLS is expected.
    Plain,
}

/// Upgrades a client. `boxed` returns the stream that the WebSocket uses.
async fn upgrade<T: Io>(
    io: T,
    boxed: impl FnOnce(T) -> Box<dyn Io>,
    options: &AcceptOptions,
    channel: Channel,
) -> Result<Accepted, AcceptError> {
    let asked = Mutex::new(Err(AcceptError::NoRequest));
    let service = service_fn(|request: Request<Incoming>| {
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let (response, outcome) = match answer(request, options, channel) {
            Ok((response, asked)) => (response, Ok(asked)),
            Err(Refused(kind, response)) => {
                let refusal = Refusal::new(kind).with_status(response.status().as_u16());
                (response, Err(AcceptError::Refused(refusal.of_request(method.as_str(), &path))))
            }
        };
        *asked.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
        std::future::ready(Ok::<_, Infallible>(response))
    });
    http1::Builder::new()
        .max_headers(options.limits.headers)
        .max_buf_size(options.limits.head)
        .serve_connection(TokioIo::new(io), service)
        .with_upgrades()
        .await?;
    let asked = asked.into_inner().unwrap_or_else(PoisonError::into_inner)?;
    let io = take_over(asked.upgrade.await?, boxed);
    let app_key = asked.app_key;
    let max_frame_size = asked.max_frame_size;
    #[cfg(feature = "deflate")]
    if let Some(agreed) = asked.deflate {
        let transport = Box::new(DeflateWebSocket::server_over(io, &agreed, &options.limits)?);
        return Ok(Accepted { transport, app_key, max_frame_size });
    }
    let transport = Box::new(WebSocket::server_over(io, &options.limits).await);
    Ok(Accepted { transport, app_key, max_frame_size })
}

type Answer = Response<Empty<Bytes>>;

/// An answer that refuses a request, and why.
struct Refused(RefusalKind, Answer);

/// Returns the answer to a request, and what was requested.
fn answer(
    mut request: Request<Incoming>,
    options: &AcceptOptions,
    channel: Channel,
) -> Result<(Answer, Asked), Refused> {
    if channel == Channel::Plain {
        return Err(Refused(RefusalKind::PlainHttp, tls_required()));
    }
    if options.is_fenced {
        return Err(refusal(RefusalKind::Fenced, StatusCode::SERVICE_UNAVAILABLE));
    }
    let headers = request.headers();
    if options.local_only && !is_local(headers) {
        return Err(refusal(RefusalKind::ForeignPage, StatusCode::FORBIDDEN));
    }
    check(&request, &options.path)?;
    let incomplete = || refusal(RefusalKind::NoUpgrade, StatusCode::BAD_REQUEST);
    let key = only(headers, header::SEC_WEBSOCKET_KEY).filter(|key| is_nonce(key));
    let key = key.ok_or_else(incomplete)?;
    let mut response = Response::new(Empty::new());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let accept = derive_accept_key(key.as_bytes());
    let accept = HeaderValue::try_from(accept).map_err(|_| incomplete())?;
    response.headers_mut().insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    name_upgrade(response.headers_mut(), "upgrade");
    let app_key = headers.get(APP_KEY).and_then(|key| key.to_str().ok()).map(SecretString::from);
    let max_frame_size = headers
        .get(MAX_FRAME_SIZE)
        .and_then(|size| size.to_str().ok()?.trim().parse().ok())
        .filter(|size| *size > 0);
    #[cfg(feature = "deflate")]
    let deflate = options.deflate.then(|| deflate::agree(headers)).flatten();
    #[cfg(feature = "deflate")]
    if let Some(agreed) = deflate.as_deref().and_then(|agreed| HeaderValue::from_str(agreed).ok()) {
        response.headers_mut().insert(header::SEC_WEBSOCKET_EXTENSIONS, agreed);
    }
    let asked = Asked {
        app_key,
        max_frame_size,
        #[cfg(feature = "deflate")]
        deflate,
        upgrade: hyper::upgrade::on(&mut request),
    };
    Ok((response, asked))
}

/// Returns whether the request comes from a program of this machine, and not from a web
/// page.
fn is_local(headers: &HeaderMap) -> bool {
    let host = only(headers, header::HOST).and_then(|host| host.to_str().ok());
    !headers.contains_key(header::ORIGIN) && host.is_some_and(is_loopback_host)
}

/// Checks that a request asks for a WebSocket at this path. It does not check the key.
fn check<B: Body>(request: &Request<B>, path: &str) -> Result<(), Refused> {
    let headers = request.headers();
    if request.uri().path() != path {
        return Err(refusal(RefusalKind::Path, StatusCode::NOT_FOUND));
    }
    if request.method() != Method::GET {
        let mut refused = refusal(RefusalKind::Method, StatusCode::METHOD_NOT_ALLOWED);
        refused.1.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET"));
        return Err(refused);
    }
    if request.version() != Version::HTTP_11 {
        return Err(refusal(RefusalKind::HttpVersion, StatusCode::HTTP_VERSION_NOT_SUPPORTED));
    }
    let speaks = only(headers, header::SEC_WEBSOCKET_VERSION)
        .is_some_and(|version| version.as_bytes() == VERSION.as_bytes());
    let speaks_another = headers.contains_key(header::SEC_WEBSOCKET_VERSION) && !speaks;
    if speaks_another || !has_word(headers, header::UPGRADE, "websocket") {
        return Err(Refused(RefusalKind::NoUpgrade, upgrade_required()));
    }
    let is_complete = speaks
        && only(headers, header::HOST).is_some()
        && has_word(headers, header::CONNECTION, "upgrade");
    // A body would be read as frames.
    if !is_complete || !request.body().is_end_stream() {
        return Err(refusal(RefusalKind::NoUpgrade, StatusCode::BAD_REQUEST));
    }
    Ok(())
}

/// Returns whether this is the encoding of 16 bytes, which a client has to send.
fn is_nonce(key: &HeaderValue) -> bool {
    base64::prelude::BASE64_STANDARD.decode(key.as_bytes()).is_ok_and(|key| key.len() == 16)
}

fn refusal(kind: RefusalKind, status: StatusCode) -> Refused {
    Refused(kind, closing(status))
}

/// Returns an answer after which nothing more is read.
fn closing(status: StatusCode) -> Answer {
    let mut response = Response::new(Empty::new());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Returns an answer that states which upgrade and which version to request.
fn upgrade_required() -> Answer {
    let mut refusal = closing(StatusCode::UPGRADE_REQUIRED);
    name_upgrade(refusal.headers_mut(), "upgrade, close");
    let version = HeaderValue::from_static(VERSION);
    refusal.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, version);
    refusal
}

/// Returns an answer that requires TLS (RFC 2817, section 4.2).
fn tls_required() -> Answer {
    let mut refusal = closing(StatusCode::UPGRADE_REQUIRED);
    let tls = HeaderValue::from_static("TLS/1.2, HTTP/1.1");
    refusal.headers_mut().insert(header::UPGRADE, tls);
    let connection = HeaderValue::from_static("upgrade, close");
    refusal.headers_mut().insert(header::CONNECTION, connection);
    refusal
}

fn name_upgrade(headers: &mut HeaderMap, connection: &'static str) {
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::CONNECTION, HeaderValue::from_static(connection));
}
