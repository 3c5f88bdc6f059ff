//! The upgrade to a WebSocket, as an edge asks for it.

use std::sync::OnceLock;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use secrecy::SecretString;

use crate::message::MessageLimit;
use crate::option::{self, OptionError, TIME};

#[cfg(feature = "deflate")]
use super::DeflateWebSocket;
use super::opening::{FirstByte, Opening};
use super::tls::LoadedTls;
use super::{
    AnyTransport, ClientTls, ConnectError, DEFAULT_DEADLINE, Io, Limits, ProxyUrl, TlsError, Url,
    UrlError, WebSocket, ask,
};

/// Where and how an edge connects. It is made once: files are read once, so that
/// connecting again does not depend on them.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    pub(super) url: Url,
    /// Read at the first connection that needs it, if not before.
    tls: OnceLock<LoadedTls>,
    proxy: Option<ProxyUrl>,
    /// User name and password for the proxy.
    pub(super) proxy_credentials: Option<(String, SecretString)>,
    pub(super) limits: Limits,
    deadline: Duration,
    pub(super) max_frame_size: Option<u16>,
    allows_plain_key: bool,
    #[cfg(feature = "deflate")]
    pub(super) offers_deflate: bool,
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
            tls: OnceLock::new(),
            proxy: None,
            proxy_credentials: None,
            limits: Limits::default(),
            deadline: DEFAULT_DEADLINE,
            max_frame_size: None,
            allows_plain_key: false,
            #[cfg(feature = "deflate")]
            offers_deflate: false,
        })
    }

    /// Checks and shows certificates so. Without it, what the system trusts is
    /// trusted.
    ///
    /// # Errors
    /// A file cannot be used.
    pub fn with_tls(mut self, tls: &ClientTls) -> Result<Self, ConnectError> {
        self.tls = OnceLock::from(tls.load()?);
        Ok(self)
    }

    /// Connects through this HTTP proxy, by CONNECT: `http://`, host and port.
    ///
    /// # Errors
    /// It is no such URL, or has something in it that does not belong there.
    pub fn with_proxy(mut self, url: &str) -> Result<Self, ConnectError> {
        self.proxy = Some(ProxyUrl::parse(url)?);
        Ok(self)
    }

    /// Tells the proxy who asks. It is used with a [`with_proxy`](Self::with_proxy) alone, which
    /// may be set before or after it.
    #[must_use]
    pub fn with_proxy_credentials(mut self, user: &str, password: SecretString) -> Self {
        self.proxy_credentials = Some((user.to_owned(), password));
        self
    }

    /// The limits of the connection.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The longest message of the protocol, which the WebSocket has to take.
    pub(crate) fn message_limit(mut self, limit: MessageLimit) -> Self {
        self.limits.message = limit.bytes();
        self
    }

    /// Sets the timeout of all of it: name, socket, proxy, TLS and upgrade; 10 s by
    /// default, and at least 1 ms.
    ///
    /// # Errors
    /// [`OptionError`] if it is out of its range.
    pub fn with_deadline(mut self, deadline: Duration) -> Result<Self, OptionError> {
        self.deadline = option::check("deadline", deadline, TIME)?;
        Ok(self)
    }

    /// Announces the longest frame that this edge takes.
    #[must_use]
    pub fn with_max_frame_size(mut self, size: u16) -> Self {
        self.max_frame_size = Some(size);
        self
    }

    /// The same, if nothing is announced yet.
    pub(crate) fn or_max_frame_size(self, size: u16) -> Self {
        match self.max_frame_size {
            Some(_) => self,
            None => self.with_max_frame_size(size),
        }
    }

    /// Whether a key may go over `ws://` to another machine. No.
    #[must_use]
    pub fn with_plain_key(mut self, allow: bool) -> Self {
        self.allows_plain_key = allow;
        self
    }

    /// Offers to compress.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn with_deflate(mut self, deflate: bool) -> Self {
        self.offers_deflate = deflate;
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
        let proxy_is_local = self.proxy.as_ref().is_none_or(|proxy| proxy.host.is_loopback());
        let is_local = self.url.host.is_loopback() && proxy_is_local;
        if self.url.is_tls || is_local || self.allows_plain_key {
            Ok(())
        } else {
            Err(ConnectError::PlainKey)
        }
    }

    /// Checks what two limits have to agree on.
    pub(crate) fn check(&self) -> Result<(), OptionError> {
        self.limits.check()
    }

    fn loaded_tls(&self) -> Result<&LoadedTls, TlsError> {
        if let Some(tls) = self.tls.get() {
            return Ok(tls);
        }
        let tls = ClientTls::new().load()?;
        Ok(self.tls.get_or_init(|| tls))
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
    options.check()?;
    if app_key.is_some() {
        options.may_send_key()?;
    }
    // On the heap, so that a task that goes on with the WebSocket does not keep room
    // for this.
    tokio::time::timeout(options.deadline, Box::pin(open(options, app_key)))
        .await
        .map_err(|_| ConnectError::Timeout)?
}

async fn open(
    options: &ConnectOptions,
    app_key: Option<&SecretString>,
) -> Result<AnyTransport, ConnectError> {
    let Url { host, is_tls, .. } = &options.url;
    let io: Box<dyn Io> = match &options.proxy {
        Some(proxy) => Box::new(ask::tunnel(proxy, host, options).await?),
        None => Box::new(host.socket().await?),
    };
    let (io, first) = Opening::watch(io);
    let io: Box<dyn Io> = if *is_tls { encrypt(io, &first, options).await? } else { Box::new(io) };
    let (upgraded, extension) =
        ask::upgrade(io, options, app_key).await.map_err(|error| match error {
            ConnectError::Http(_) if !is_tls && first.is_tls() => ConnectError::IsTls,
            error => error,
        })?;
    let io = TokioIo::new(upgraded);
    match extension {
        #[cfg(feature = "deflate")]
        Some(agreed) => Ok(Box::new(DeflateWebSocket::client(io, &agreed, &options.limits)?)),
        _ => Ok(Box::new(WebSocket::client(io, &options.limits).await)),
    }
}

async fn encrypt(
    io: impl Io,
    first: &FirstByte,
    options: &ConnectOptions,
) -> Result<Box<dyn Io>, ConnectError> {
    let name = options.url.host.name.clone();
    let name = ServerName::try_from(name).map_err(|_| UrlError::Invalid)?;
    let tls = options.loaded_tls()?;
    let stream = tls.connect(name, io).await.map_err(|error| {
        if first.is_other() {
            return ConnectError::NotTls;
        }
        match error.downcast::<rustls::Error>() {
            Ok(error) => ConnectError::Tls(error),
            Err(error) => ConnectError::Io(error),
        }
    })?;
    Ok(Box::new(stream))
}
