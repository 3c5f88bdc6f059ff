//! The upgrade to a WebSocket, on the edge's side.

use std::time::Duration;

use secrecy::SecretString;

use crate::message::MessageLimit;
use crate::option::{self, OptionError, TIME};

#[cfg(feature = "deflate")]
use super::DeflateWebSocket;
use super::opening::Opening;
use super::proxy::Way;
use super::tls::LazyTls;
use super::{AnyTransport, ConnectError, DEFAULT_DEADLINE, Io, Limits, Url, WebSocket, ask};

/// Where and how an edge connects. Files are read only once, so that connecting again does
/// not depend on them.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    pub(super) url: Url,
    pub(super) tls: LazyTls,
    pub(super) way: Way,
    pub(super) limits: Limits,
    deadline: Duration,
    pub(super) max_frame_size: Option<u16>,
    allows_plain_key: bool,
    #[cfg(feature = "deflate")]
    pub(super) offers_deflate: bool,
}

impl ConnectOptions {
    /// Creates options for this URL: `ws://` or `wss://`, a host, and optionally a port and
    /// a path. The port is 80 or 443 by default, the path
    /// [`DEFAULT_PATH`](super::DEFAULT_PATH).
    ///
    /// # Errors
    /// [`ConnectError::Url`] if it is not such a URL, or has a part that is not allowed,
    /// such as a query.
    pub fn new(url: &str) -> Result<Self, ConnectError> {
        Ok(Self {
            url: Url::parse(url)?,
            tls: LazyTls::default(),
            way: Way::default(),
            limits: Limits::default(),
            deadline: DEFAULT_DEADLINE,
            max_frame_size: None,
            allows_plain_key: false,
            #[cfg(feature = "deflate")]
            offers_deflate: false,
        })
    }

    /// Sets the limits of the connection.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the longest message of the protocol, which the WebSocket has to accept.
    pub(crate) fn message_limit(mut self, limit: MessageLimit) -> Self {
        self.limits.message = limit.bytes();
        self
    }

    /// Sets the timeout of connecting as a whole: name, socket, proxy, TLS and upgrade; 10
    /// s by default, and at least 1 ms.
    ///
    /// # Errors
    /// [`OptionError`] if it is out of its range.
    pub fn with_deadline(mut self, deadline: Duration) -> Result<Self, OptionError> {
        self.deadline = option::check("deadline", deadline, TIME)?;
        Ok(self)
    }

    /// Announces the longest frame that this edge accepts, in bytes (PROTOCOL.md §1).
    #[must_use]
    pub fn with_max_frame_size(mut self, size: u16) -> Self {
        self.max_frame_size = Some(size);
        self
    }

    /// Announces the longest frame, unless it is announced already.
    pub(crate) fn or_max_frame_size(self, size: u16) -> Self {
        match self.max_frame_size {
            Some(_) => self,
            None => self.with_max_frame_size(size),
        }
    }

    /// Sets whether a key may be sent over `ws://` to another machine; no by default.
    #[must_use]
    pub fn with_plain_key(mut self, allow: bool) -> Self {
        self.allows_plain_key = allow;
        self
    }

    /// Sets whether compression is offered; no by default.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn with_deflate(mut self, deflate: bool) -> Self {
        self.offers_deflate = deflate;
        self
    }

    /// Returns the URL.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Checks whether a key may be sent to this URL. Call it before an AUTH, too.
    ///
    /// # Errors
    /// [`ConnectError::PlainKey`] if the key would be sent to another machine without
    /// encryption, and [`with_plain_key`](Self::with_plain_key) does not allow it.
    pub fn may_send_key(&self) -> Result<(), ConnectError> {
        let is_local = self.url.host.is_loopback() && self.way.is_local();
        if self.url.is_tls || is_local || self.allows_plain_key {
            Ok(())
        } else {
            Err(ConnectError::PlainKey)
        }
    }

    /// Checks limits that depend on each other.
    pub(crate) fn check(&self) -> Result<(), OptionError> {
        self.limits.check()
    }
}

/// Connects. If a key is passed, it is sent in the upgrade request.
///
/// # Errors
/// [`ConnectError::Option`] if the limits contradict each other; [`ConnectError::PlainKey`]
/// if the key may not be sent to this URL; [`ConnectError::Timeout`] after the deadline;
/// another [`ConnectError`] for each other reason why there is no connection.
///
/// # Cancel safety
/// Dropping the future closes the connection.
pub async fn connect(
    options: &ConnectOptions,
    app_key: Option<&SecretString>,
) -> Result<AnyTransport, ConnectError> {
    options.check()?;
    if app_key.is_some() {
        options.may_send_key()?;
    }
    // On the heap, so that a task that continues with the WebSocket does not keep space for
    // this future.
    tokio::time::timeout(options.deadline, Box::pin(open(options, app_key)))
        .await
        .map_err(|_| ConnectError::Timeout)?
}

async fn open(
    options: &ConnectOptions,
    app_key: Option<&SecretString>,
) -> Result<AnyTransport, ConnectError> {
    let Url { host, is_tls, .. } = &options.url;
    let io = options.way.open(host, &options.limits).await?;
    let (io, first) = Opening::watch(io);
    let io: Box<dyn Io> =
        if *is_tls { options.tls.encrypt(&host.name, io, &first).await? } else { Box::new(io) };
    let (io, extension) =
        ask::upgrade(io, options, app_key).await.map_err(|error| match error {
            ConnectError::Http(_) if !is_tls && first.is_tls() => ConnectError::IsTls,
            error => error,
        })?;
    match extension {
        #[cfg(feature = "deflate")]
        Some(agreed) => Ok(Box::new(DeflateWebSocket::client_over(io, &agreed, &options.limits)?)),
        _ => Ok(Box::new(WebSocket::client_over(io, &options.limits).await)),
    }
}
