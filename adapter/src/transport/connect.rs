//! The upgrade to a WebSocket, as an edge asks for it.

use std::time::Duration;

use hyper_util::rt::TokioIo;
use secrecy::SecretString;

use crate::message::MessageLimit;
use crate::option::{self, OptionError, TIME};

#[cfg(feature = "deflate")]
use super::DeflateWebSocket;
use super::opening::Opening;
use super::proxy::Way;
use super::tls::LazyTls;
use super::{AnyTransport, ConnectError, DEFAULT_DEADLINE, Io, Limits, Url, WebSocket, ask};

/// Where and how an edge connects. It is made once: files are read once, so that
/// connecting again does not depend on them.
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
    /// Connects to this URL: `ws://` or `wss://`, host, and port and path where
    /// they are not the usual ones.
    ///
    /// # Errors
    /// It is no such URL, or has something in it that does not belong there.
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
        let is_local = self.url.host.is_loopback() && self.way.is_local();
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
    let io = options.way.open(host, &options.limits).await?;
    let (io, first) = Opening::watch(io);
    let io: Box<dyn Io> =
        if *is_tls { options.tls.encrypt(&host.name, io, &first).await? } else { Box::new(io) };
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
