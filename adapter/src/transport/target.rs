//! Targets of connections: URLs, and which of them a key may be sent to.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hyper::Uri;
use tokio::net::TcpStream;

/// Why a URL is refused. Its content is not shown, because it may contain a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It is not a URL.
    #[error("this is not a URL")]
    Invalid,
    /// The scheme is neither `ws` nor `wss`.
    #[error("the URL of a platform begins with ws:// or wss://")]
    Scheme,
    /// The scheme of a proxy's URL is not `http`.
    #[error("the URL of a proxy begins with http://")]
    ProxyScheme,
    /// It contains a user name.
    #[error("user names and passwords do not belong in a URL")]
    UserInfo,
    /// It contains a query. A query could contain a key, and URLs are written to logs.
    #[error("a query does not belong in the URL, nor does a key")]
    Query,
    /// It contains a fragment.
    #[error("a fragment does not belong in the URL")]
    Fragment,
    /// A proxy's URL contains a path.
    #[error("a path does not belong in the URL of a proxy")]
    ProxyPath,
}

/// The URL of a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    pub(super) host: Host,
    pub(super) path: String,
    pub(super) is_tls: bool,
}

/// A name or an address, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// The name as sockets and certificates expect it: an IPv6 address has no brackets.
    pub(super) name: String,
    pub(super) port: u16,
    /// The name and the port, as HTTP expects them.
    pub(super) authority: String,
    /// The value of the `Host` header, which omits the default port.
    pub(super) header: String,
}

impl Url {
    /// Parses a URL with the scheme `ws` or `wss`, in any case. The default path is
    /// [`DEFAULT_PATH`](super::DEFAULT_PATH).
    ///
    /// # Errors
    /// [`UrlError::Scheme`] if the scheme is another one; [`UrlError::UserInfo`],
    /// [`UrlError::Query`] or [`UrlError::Fragment`] if it contains a user name, a query or
    /// a fragment; [`UrlError::Invalid`] if it is not a URL.
    pub fn parse(url: &str) -> Result<Self, UrlError> {
        let uri = parse(url)?;
        let is = |scheme: &str| is_scheme(&uri, scheme);
        let (is_tls, port) = match (is("ws"), is("wss")) {
            (true, _) => (false, 80),
            (_, true) => (true, 443),
            _ => return Err(UrlError::Scheme),
        };
        let path = match uri.path() {
            "" | "/" => super::DEFAULT_PATH,
            path => path,
        };
        Ok(Self { host: host(&uri, port)?, path: path.to_owned(), is_tls })
    }

    /// Returns the name or the address of the host; an address of IPv6 has no brackets.
    pub fn host(&self) -> &str {
        &self.host.name
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.host.port
    }

    /// Returns the path of the WebSocket.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns whether the scheme is `wss`.
    pub fn is_tls(&self) -> bool {
        self.is_tls
    }
}

impl Host {
    /// Returns whether data for this host stays on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(&self.name)
    }

    /// Opens a socket to the host. `localhost` is not resolved: it is always loopback.
    pub(super) async fn socket(&self) -> io::Result<TcpStream> {
        let socket = if self.is_localhost() {
            let addresses = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
            TcpStream::connect(&addresses.map(|address| (address, self.port).into())[..]).await?
        } else {
            TcpStream::connect((self.name.as_str(), self.port)).await?
        };
        socket.set_nodelay(true)?;
        Ok(socket)
    }

    fn is_localhost(&self) -> bool {
        is_localhost(&self.name)
    }
}

fn is_localhost(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost")
}

/// Returns whether a name, or an address without brackets, is this machine.
fn is_loopback(name: &str) -> bool {
    let address = name.parse::<IpAddr>();
    address.map_or_else(|_| is_localhost(name), |address| address.to_canonical().is_loopback())
}

/// Returns whether the `Host` of a request, which may contain a port, is this machine.
pub(super) fn is_loopback_host(header: &str) -> bool {
    let authority = header.parse::<hyper::http::uri::Authority>();
    authority.is_ok_and(|authority| {
        let name = authority.host().trim_start_matches('[').trim_end_matches(']');
        !header.contains('@') && is_loopback(name)
    })
}

/// Parses what the URLs of platforms and proxies have in common.
pub(super) fn parse(url: &str) -> Result<Uri, UrlError> {
    if url.contains('#') {
        return Err(UrlError::Fragment);
    }
    let uri: Uri = url.parse().map_err(|_| UrlError::Invalid)?;
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(UrlError::UserInfo);
    }
    if uri.query().is_some() {
        return Err(UrlError::Query);
    }
    Ok(uri)
}

/// Returns whether this is the scheme, in any case (RFC 3986, section 3.1).
pub(super) fn is_scheme(uri: &Uri, scheme: &str) -> bool {
    uri.scheme_str().is_some_and(|given| given.eq_ignore_ascii_case(scheme))
}

pub(super) fn host(uri: &Uri, default_port: u16) -> Result<Host, UrlError> {
    let authority = uri.authority().ok_or(UrlError::Invalid)?;
    let host = authority.host();
    let port = match authority.as_str().strip_prefix(host) {
        Some("") => default_port,
        _ => authority.port_u16().ok_or(UrlError::Invalid)?,
    };
    let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    if name.is_empty() || port == 0 {
        return Err(UrlError::Invalid);
    }
    let authority = format!("{host}:{port}");
    let header = if port == default_port { host.to_owned() } else { authority.clone() };
    Ok(Host { name, port, authority, header })
}
