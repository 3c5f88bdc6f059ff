//! The upgrade to a WebSocket, as an edge asks for it.

use std::io;
use std::pin::pin;
use std::time::Duration;

use base64::Engine;
use bytes::Bytes;
use futures_util::future::{Either, select};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::upgrade::Upgraded;
use hyper::{Method, Request, Response, StatusCode, Uri, Version};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use zeroize::Zeroizing;

use super::target::Host;
use super::tls::LoadedTls;
use super::upgrade::{APP_KEY, MAX_FRAME_SIZE, VERSION, has_word};
use super::{
    AnyTransport, ClientTls, DEFAULT_DEADLINE, Io, Limits, ProxyUrl, TlsError, Url, UrlError,
    WebSocket,
};

/// Where and how an edge connects. It is made once: files are read here, so that
/// connecting again does not depend on them.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    url: Url,
    tls: Option<LoadedTls>,
    proxy: Option<Proxy>,
    limits: Limits,
    deadline: Duration,
    max_frame_size: Option<u16>,
    allows_plain_key: bool,
}

#[derive(Clone, Debug)]
struct Proxy {
    url: ProxyUrl,
    /// User name and password.
    credentials: Option<(String, SecretString)>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// A URL is refused.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// A certificate or a key of ours cannot be used.
    #[error(transparent)]
    TlsFiles(#[from] TlsError),
    /// The key would go to another machine, readable for everybody on the way.
    #[error("the key is not sent over ws:// to another machine: use wss://, or allow it")]
    PlainKey,
    /// The key has characters that a header cannot have.
    #[error("the key has characters that a header cannot have")]
    KeyCharacters,
    /// It took too long.
    #[error("the connection was not made in time")]
    Timeout,
    /// There is no way to the platform or to the proxy, or it broke.
    #[error("there is no connection")]
    Io(#[from] io::Error),
    /// TLS failed: most often, the certificate of the platform is refused.
    #[error("TLS failed")]
    Tls(#[source] rustls::Error),
    /// The proxy refused.
    #[error("the proxy answered with {0}")]
    Proxy(StatusCode),
    /// The platform refused the upgrade.
    #[error("the upgrade was answered with {0}")]
    Refused(StatusCode),
    /// An answer is not HTTP, or is too long.
    #[error("the answer could not be read")]
    Http(#[from] hyper::Error),
    /// The platform agreed to something else than a WebSocket.
    #[error("the platform agreed to something else than a WebSocket")]
    NotWebSocket,
    /// The answer to the random key of the upgrade is wrong: it is somebody's
    /// answer to another request.
    #[error("the Sec-WebSocket-Accept of the answer is wrong")]
    WrongAccept,
    /// The platform uses extensions or a protocol that nobody offered.
    #[error("the platform uses what nobody offered: {0}")]
    NotOffered(&'static str),
}

impl ConnectOptions {
    /// Connects to this URL: `ws://` or `wss://`, host, and port and path where
    /// they are not the usual ones.
    ///
    /// # Errors
    /// It is no such URL, or has something in it that does not belong there.
    pub fn new(url: &str) -> Result<Self, ConnectError> {
        Ok(Self {
            url: Url::parse(url)?,
            tls: None,
            proxy: None,
            limits: Limits::default(),
            deadline: DEFAULT_DEADLINE,
            max_frame_size: None,
            allows_plain_key: false,
        })
    }

    /// Checks and shows certificates so. Without it, what the system trusts is
    /// trusted.
    ///
    /// # Errors
    /// A file cannot be used.
    pub fn tls(mut self, tls: &ClientTls) -> Result<Self, ConnectError> {
        self.tls = Some(tls.load()?);
        Ok(self)
    }

    /// Connects through this HTTP proxy, by CONNECT: `http://`, host and port.
    ///
    /// # Errors
    /// It is no such URL, or has something in it that does not belong there.
    pub fn proxy(mut self, url: &str) -> Result<Self, ConnectError> {
        self.proxy = Some(Proxy { url: ProxyUrl::parse(url)?, credentials: None });
        Ok(self)
    }

    /// Tells the proxy who asks. Nothing without a [`proxy`](Self::proxy).
    #[must_use]
    pub fn proxy_credentials(mut self, user: &str, password: SecretString) -> Self {
        if let Some(proxy) = &mut self.proxy {
            proxy.credentials = Some((user.to_owned(), password));
        }
        self
    }

    /// The limits of the connection.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The time for all of it: name, socket, proxy, TLS and upgrade. 10 s.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Announces the longest frame that this edge takes.
    #[must_use]
    pub fn max_frame_size(mut self, size: u16) -> Self {
        self.max_frame_size = Some(size);
        self
    }

    /// Whether a key may go over `ws://` to another machine. No.
    #[must_use]
    pub fn allow_plain_key(mut self, allow: bool) -> Self {
        self.allows_plain_key = allow;
        self
    }

    /// The URL.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Whether a key may be sent there. To be asked before an AUTH, too.
    ///
    /// # Errors
    /// [`ConnectError::PlainKey`].
    pub fn may_send_key(&self) -> Result<(), ConnectError> {
        let proxy_is_local = self.proxy.as_ref().is_none_or(|proxy| proxy.url.host.is_loopback());
        let is_local = self.url.host.is_loopback() && proxy_is_local;
        if self.url.is_tls || is_local || self.allows_plain_key {
            Ok(())
        } else {
            Err(ConnectError::PlainKey)
        }
    }
}

/// Connects, and names the key in the upgrade where one is given.
///
/// Dropping the future closes the connection.
///
/// # Errors
/// There is no connection, for the reason that the error says.
pub async fn connect(
    options: &ConnectOptions,
    app_key: Option<&SecretString>,
) -> Result<AnyTransport, ConnectError> {
    if app_key.is_some() {
        options.may_send_key()?;
    }
    tokio::time::timeout(options.deadline, open(options, app_key))
        .await
        .map_err(|_| ConnectError::Timeout)?
}

async fn open(
    options: &ConnectOptions,
    app_key: Option<&SecretString>,
) -> Result<AnyTransport, ConnectError> {
    let Url { host, is_tls, .. } = &options.url;
    let io: Box<dyn Io> = match &options.proxy {
        Some(proxy) => Box::new(tunnel(proxy, host, &options.limits).await?),
        None => Box::new(socket(host).await?),
    };
    let io = if *is_tls { encrypt(io, options).await? } else { io };
    let upgraded = upgrade(io, options, app_key).await?;
    Ok(Box::new(WebSocket::client(TokioIo::new(upgraded), &options.limits).await))
}

async fn socket(host: &Host) -> io::Result<TcpStream> {
    let socket = TcpStream::connect((host.name.as_str(), host.port)).await?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

/// Asks a proxy for a way to the host.
async fn tunnel(
    proxy: &Proxy,
    host: &Host,
    limits: &Limits,
) -> Result<TokioIo<Upgraded>, ConnectError> {
    let mut request = Request::new(Empty::new());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() = host.authority.parse().map_err(|_| UrlError::Invalid)?;
    let name = HeaderValue::try_from(&host.authority).map_err(|_| UrlError::Invalid)?;
    request.headers_mut().insert(header::HOST, name);
    if let Some((user, password)) = &proxy.credentials {
        let credentials = Zeroizing::new(format!("{user}:{}", password.expose_secret()));
        let credentials = base64::prelude::BASE64_STANDARD.encode(credentials.as_bytes());
        let credentials = Zeroizing::new(format!("Basic {credentials}"));
        request.headers_mut().insert(header::PROXY_AUTHORIZATION, secret(&credentials)?);
    }
    let io = socket(&proxy.url.host).await?;
    let is_open = |answer: &Response<Incoming>| match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(ConnectError::Proxy(status)),
    };
    Ok(TokioIo::new(exchange(io, request, limits, is_open).await?))
}

async fn encrypt(io: Box<dyn Io>, options: &ConnectOptions) -> Result<Box<dyn Io>, ConnectError> {
    let name = options.url.host.name.clone();
    let name = ServerName::try_from(name).map_err(|_| UrlError::Invalid)?;
    let stream = match &options.tls {
        Some(tls) => tls.connect(name, io).await,
        None => ClientTls::new().load()?.connect(name, io).await,
    };
    let stream = stream.map_err(|error| match error.downcast::<rustls::Error>() {
        Ok(error) => ConnectError::Tls(error),
        Err(error) => ConnectError::Io(error),
    })?;
    Ok(Box::new(stream))
}

async fn upgrade(
    io: Box<dyn Io>,
    options: &ConnectOptions,
    app_key: Option<&SecretString>,
) -> Result<Upgraded, ConnectError> {
    let key = generate_key();
    let request = request(options, &key, app_key)?;
    let accept = derive_accept_key(key.as_bytes());
    let agrees = |answer: &Response<Incoming>| agrees(answer.status(), answer.headers(), &accept);
    exchange(io, request, &options.limits, agrees).await
}

/// The request for an upgrade.
fn request(
    options: &ConnectOptions,
    key: &str,
    app_key: Option<&SecretString>,
) -> Result<Request<Empty<Bytes>>, ConnectError> {
    let Url { host, path, .. } = &options.url;
    let mut request = Request::new(Empty::new());
    *request.uri_mut() = path.parse::<Uri>().map_err(|_| UrlError::Invalid)?;
    let text = |text: &str| HeaderValue::try_from(text).map_err(|_| UrlError::Invalid);
    let headers = request.headers_mut();
    headers.insert(header::HOST, text(&host.authority)?);
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static(VERSION));
    headers.insert(header::SEC_WEBSOCKET_KEY, text(key)?);
    if let Some(size) = options.max_frame_size {
        headers.insert(MAX_FRAME_SIZE, size.into());
    }
    if let Some(app_key) = app_key {
        headers.insert(APP_KEY, secret(app_key.expose_secret())?);
    }
    Ok(request)
}

/// A header that is not shown.
fn secret(value: &str) -> Result<HeaderValue, ConnectError> {
    let mut value = HeaderValue::try_from(value).map_err(|_| ConnectError::KeyCharacters)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Whether the answer is a WebSocket, and one to this request.
fn agrees(status: StatusCode, headers: &HeaderMap, accept: &str) -> Result<(), ConnectError> {
    if status != StatusCode::SWITCHING_PROTOCOLS {
        return Err(ConnectError::Refused(status));
    }
    let is_upgrade = has_word(headers, header::UPGRADE, "websocket")
        && has_word(headers, header::CONNECTION, "upgrade");
    if !is_upgrade {
        return Err(ConnectError::NotWebSocket);
    }
    let mut accepts = headers.get_all(header::SEC_WEBSOCKET_ACCEPT).iter();
    if accepts.next().is_none_or(|given| given.as_bytes() != accept.as_bytes()) {
        return Err(ConnectError::WrongAccept);
    }
    if headers.contains_key(header::SEC_WEBSOCKET_EXTENSIONS) {
        return Err(ConnectError::NotOffered("an extension"));
    }
    if headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL) {
        return Err(ConnectError::NotOffered("a protocol"));
    }
    Ok(())
}

/// Sends a request, and takes the connection over where the answer is right.
async fn exchange(
    io: impl Io,
    mut request: Request<Empty<Bytes>>,
    limits: &Limits,
    is_right: impl Fn(&Response<Incoming>) -> Result<(), ConnectError>,
) -> Result<Upgraded, ConnectError> {
    *request.version_mut() = Version::HTTP_11;
    let (mut sender, connection) = http1::Builder::new()
        .max_headers(limits.headers)
        .max_buf_size(limits.head())
        .handshake(TokioIo::new(io))
        .await?;
    let answer = pin!(async {
        let answer = sender.send_request(request).await?;
        is_right(&answer)?;
        Ok(hyper::upgrade::on(answer).await?)
    });
    // The connection ends with the upgrade, and then there is an answer; or with
    // an error, and then that is the answer.
    match select(answer, pin!(connection.with_upgrades())).await {
        Either::Left((answer, _)) => answer,
        Either::Right((_, answer)) => answer.await,
    }
}
