//! Connections to a platform, direct or through an HTTP proxy.

use base64::Engine;
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::ask::{exchange, secret};
use super::target::{Host, host, is_scheme, parse};
use super::{ConnectError, ConnectOptions, Io, Limits, UrlError};

/// The URL of an HTTP proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyUrl {
    host: Host,
}

impl ProxyUrl {
    /// Parses a URL with the scheme `http`.
    ///
    /// # Errors
    /// [`UrlError::ProxyScheme`] if the scheme is another one; [`UrlError::ProxyPath`],
    /// [`UrlError::UserInfo`], [`UrlError::Query`] or [`UrlError::Fragment`] if it contains
    /// more than a host and a port; [`UrlError::Invalid`] if it is not a URL.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        let uri = parse(url)?;
        if !is_scheme(&uri, "http") {
            return Err(UrlError::ProxyScheme);
        }
        if !matches!(uri.path(), "" | "/") {
            return Err(UrlError::ProxyPath);
        }
        Ok(Self { host: host(&uri, 80)? })
    }
}

/// How a platform is reached.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    proxy: Option<ProxyUrl>,
    /// The user name and the password for the proxy.
    credentials: Option<(String, SecretString)>,
}

impl Way {
    /// Returns whether data for a host of this machine never leaves this machine.
    pub(super) fn is_local(&self) -> bool {
        self.proxy.as_ref().is_none_or(|proxy| proxy.host.is_loopback())
    }

    /// Opens a connection to the host.
    pub(super) async fn open(
        &self,
        host: &Host,
        limits: &Limits,
    ) -> Result<Box<dyn Io>, ConnectError> {
        match &self.proxy {
            Some(proxy) => self.tunnel(proxy, host, limits).await,
            None => Ok(Box::new(host.socket().await?)),
        }
    }

    /// Asks the proxy for a tunnel to the host.
    async fn tunnel(
        &self,
        proxy: &ProxyUrl,
        host: &Host,
        limits: &Limits,
    ) -> Result<Box<dyn Io>, ConnectError> {
        let mut request = Request::new(Empty::new());
        *request.method_mut() = Method::CONNECT;
        *request.uri_mut() = host.authority.parse().map_err(|_| UrlError::Invalid)?;
        let name = HeaderValue::try_from(&host.authority).map_err(|_| UrlError::Invalid)?;
        request.headers_mut().insert(header::HOST, name);
        if let Some((user, password)) = &self.credentials {
            let credentials = Zeroizing::new(format!("{user}:{}", password.expose_secret()));
            let credentials = base64::prelude::BASE64_STANDARD.encode(credentials.as_bytes());
            let credentials = Zeroizing::new(format!("Basic {credentials}"));
            request.headers_mut().insert(header::PROXY_AUTHORIZATION, secret(&credentials)?);
        }
        let io = proxy.host.socket().await?;
        let is_open = |answer: &Response<Incoming>| match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(ConnectError::Proxy(status)),
        };
        let (upgraded, ()) = exchange(io, request, limits, is_open).await?;
        Ok(Box::new(TokioIo::new(upgraded)))
    }
}

impl ConnectOptions {
    /// Sets the HTTP proxy to connect through with CONNECT: `http://`, a host, and
    /// optionally a port.
    ///
    /// # Errors
    /// [`ConnectError::Url`] if it is not such a URL.
    pub fn with_proxy(mut self, url: &str) -> Result<Self, ConnectError> {
        self.way.proxy = Some(ProxyUrl::parse(url)?);
        Ok(self)
    }

    /// Sets the user name and the password for the proxy. They are used only together with
    /// [`with_proxy`](Self::with_proxy), which may be called before or after this method.
    #[must_use]
    pub fn with_proxy_credentials(mut self, user: &str, password: SecretString) -> Self {
        self.way.credentials = Some((user.to_owned(), password));
        self
    }
}
