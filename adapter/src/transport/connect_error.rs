//! Why an edge has no WebSocket, and whether a retry can help.

use std::io;

use hyper::StatusCode;

use super::{TlsError, TlsFailure, UrlError};
use crate::option::OptionError;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// A URL is refused.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// A certificate, a key or a CA file of this side cannot be used.
    #[error(transparent)]
    TlsFiles(#[from] TlsError),
    /// An option is out of its range.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// The key would be sent to another machine without encryption.
    #[error("the key is not sent over ws:// to another machine: use wss://, or allow it")]
    PlainKey,
    /// The key has characters that are not allowed in a header.
    #[error("the key has characters that a header cannot have")]
    KeyCharacters,
    /// The connection was not established in time.
    #[error("the connection was not made in time")]
    Timeout,
    /// The platform or the proxy cannot be reached, or the connection broke.
    #[error("there is no connection")]
    Io(#[from] io::Error),
    /// TLS failed. Most often, one side refuses the certificate of the other.
    #[error(transparent)]
    Tls(TlsFailure),
    /// The URL begins with `wss://`, but this program was built without TLS.
    #[error("this program was built without TLS, the feature tls, which wss:// needs")]
    NoTls,
    /// The URL begins with `wss://`, but the server does not speak TLS.
    #[error(
        "what answers there does not speak TLS: if the platform has no TLS at this port, its URL \
         begins with ws://, not with wss://"
    )]
    NotTls,
    /// The URL begins with `ws://`, but the server speaks TLS.
    #[error(
        "what answers there speaks TLS: the URL of the platform begins with wss://, not with ws://"
    )]
    IsTls,
    /// The proxy refused the connection.
    #[error("the proxy answered with {}{}", .0, proxy_hint(.0))]
    Proxy(StatusCode),
    /// The server answered with a redirection, which is not followed: a key is sent only to
    /// the URL that was configured.
    #[error("the upgrade was answered with {status}: the platform is said to be at {location}")]
    Redirected {
        /// The status.
        status: StatusCode,
        /// The location, without its query, which may contain secrets.
        location: String,
    },
    /// The platform refused the upgrade.
    #[error("the upgrade was answered with {}{}", .0, hint(.0))]
    Refused(StatusCode),
    /// The answer is not HTTP, or is too long.
    #[error("the answer could not be read")]
    Http(#[from] hyper::Error),
    /// The platform agreed to something other than a WebSocket.
    #[error("the platform agreed to something other than a WebSocket")]
    NotWebSocket,
    /// The answer to the random key of the upgrade is wrong: it belongs to another request.
    #[error("the Sec-WebSocket-Accept of the answer is wrong")]
    WrongAccept,
    /// The platform uses an extension or a protocol that the edge did not offer.
    #[error("the platform uses {0} that was not offered")]
    NotOffered(&'static str),
}

/// The kind of a [`ConnectError`]. It decides whether the edge retries, and is what is
/// counted and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectErrorKind {
    /// The configuration cannot be used: the URL, a file, the key.
    Configuration,
    /// The connection was not established in time.
    Timeout,
    /// The platform or the proxy cannot be reached, or the connection broke.
    Unreachable(io::ErrorKind),
    /// The edge refuses the certificate of the platform.
    Certificate,
    /// TLS failed for another reason; for example, the platform refuses the certificate of
    /// the edge.
    Tls,
    /// The URL begins with `wss://`, but the server does not speak TLS.
    NotTls,
    /// The URL begins with `ws://`, but the server speaks TLS.
    IsTls,
    /// The proxy refused the connection with this status.
    Proxy(u16),
    /// The server answered with a redirection with this status.
    Redirected(u16),
    /// The platform refused the upgrade with this status.
    Refused(u16),
    /// The server does not speak HTTP, or does not open a WebSocket.
    NotWebSocket,
    /// A connector of the application failed.
    Other,
}

impl ConnectErrorKind {
    /// Returns whether every later attempt would fail, too, so that the edge makes none:
    /// the configuration cannot be used, or the status of the answer is permanent (301,
    /// 308, 410).
    ///
    /// After all other errors the edge retries. The operator of the platform may correct
    /// them meanwhile, even a certificate or a path, and a device that had given up would
    /// have to be visited.
    pub const fn is_permanent(self) -> bool {
        matches!(self, Self::Configuration | Self::Redirected(301 | 308) | Self::Refused(410))
    }
}

impl ConnectError {
    /// Returns the kind of the error.
    pub fn kind(&self) -> ConnectErrorKind {
        use ConnectErrorKind as K;
        match self {
            Self::Url(_)
            | Self::TlsFiles(_)
            | Self::Option(_)
            | Self::PlainKey
            | Self::NoTls
            | Self::KeyCharacters => K::Configuration,
            Self::Timeout => K::Timeout,
            Self::Io(error) => K::Unreachable(error.kind()),
            Self::Tls(failure) if failure.is_certificate() => K::Certificate,
            Self::Tls(_) => K::Tls,
            Self::NotTls => K::NotTls,
            Self::IsTls => K::IsTls,
            Self::Proxy(status) => K::Proxy(status.as_u16()),
            Self::Redirected { status, .. } => K::Redirected(status.as_u16()),
            Self::Refused(status) => K::Refused(status.as_u16()),
            Self::Http(_) | Self::NotWebSocket | Self::WrongAccept | Self::NotOffered(_) => {
                K::NotWebSocket
            }
        }
    }
}

/// Returns what a status most often means as the answer to an upgrade.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "it is called with a reference")]
fn hint(status: &StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "; this may be a port with TLS: use wss://",
        401 | 403 => "; the key or this machine is not accepted",
        404 => "; the path of the URL may be wrong",
        407 => PROXY_PASSWORD,
        502..=504 => "; the platform behind it does not answer",
        _ => "",
    }
}

/// The hint at a proxy that wants a password.
const PROXY_PASSWORD: &str =
    "; a proxy wants user and password: Basic is supported, Digest and NTLM are not";

/// Returns what a status most often means as the answer of a proxy.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "it is called with a reference")]
fn proxy_hint(status: &StatusCode) -> &'static str {
    if *status == StatusCode::PROXY_AUTHENTICATION_REQUIRED { PROXY_PASSWORD } else { "" }
}
