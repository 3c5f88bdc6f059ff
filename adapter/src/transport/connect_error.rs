//! Why an edge has no WebSocket, and whether another try can help.

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
    /// A certificate or a key of ours cannot be used.
    #[error(transparent)]
    TlsFiles(#[from] TlsError),
    /// An option is out of its range.
    #[error(transparent)]
    Option(#[from] OptionError),
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
    /// TLS failed: most often, one side refuses the certificate of the other.
    #[error(transparent)]
    Tls(TlsFailure),
    /// The URL is one of `wss://`, and this program was built without TLS.
    #[error("this program was built without TLS, the feature tls, which wss:// needs")]
    NoTls,
    /// The URL is one of `wss://`, and what answers there is no TLS.
    #[error(
        "what answers there does not speak TLS: if the platform has no TLS at this port, its URL \
         begins with ws://, not with wss://"
    )]
    NotTls,
    /// The URL is one of `ws://`, and what answers there speaks TLS.
    #[error(
        "what answers there speaks TLS: the URL of the platform begins with wss://, not with ws://"
    )]
    IsTls,
    /// The proxy refused.
    #[error("the proxy answered with {0}")]
    Proxy(StatusCode),
    /// The answer is that the platform is somewhere else. Nobody goes there: a key
    /// goes nowhere but to the URL that was given.
    #[error("the upgrade was answered with {status}: the platform is said to be at {location}")]
    Redirected {
        /// The status.
        status: StatusCode,
        /// Where to, without the query, which may have secrets in it.
        location: String,
    },
    /// The platform refused the upgrade.
    #[error("the upgrade was answered with {}{}", .0, hint(.0))]
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

/// What kind of error keeps an edge from the platform: what another try depends on, and
/// what is counted and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConnectErrorKind {
    /// What the edge was given cannot be used: URL, files, key.
    Configuration,
    /// It took too long.
    Timeout,
    /// There is no way to the platform or the proxy, or it broke.
    Unreachable(io::ErrorKind),
    /// The edge refuses the certificate of the platform.
    Certificate,
    /// TLS failed otherwise; the platform may refuse the certificate of the edge.
    Tls,
    /// `wss://` to what is no TLS.
    NotTls,
    /// `ws://` to what is TLS.
    IsTls,
    /// The proxy refused, with this status.
    Proxy(u16),
    /// The platform is said to be somewhere else, with this status.
    Redirected(u16),
    /// The platform refused the upgrade, with this status.
    Refused(u16),
    /// What answers does not speak HTTP, or no WebSocket.
    NotWebSocket,
    /// A connector of the application has failed.
    Other,
}

impl ConnectErrorKind {
    /// Whether no later try can end otherwise, so that none is made: what the edge was
    /// given cannot be used, or the answer says itself that it is for ever (301, 308,
    /// 410). All else is tried again, since whoever runs the platform may put it right
    /// meanwhile, a certificate or a path too; devices that had given up would have to
    /// be visited.
    pub const fn is_permanent(self) -> bool {
        matches!(self, Self::Configuration | Self::Redirected(301 | 308) | Self::Refused(410))
    }
}

impl ConnectError {
    /// Of which kind it is.
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

/// What a status most often means where an upgrade was asked for.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "it is called with a reference")]
fn hint(status: &StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "; a port with TLS may answer so, which is reached by wss://",
        401 | 403 => "; the key, or this machine, is not let in",
        404 => "; the path of the URL may be wrong",
        407 => "; a proxy wants user and password",
        502..=504 => "; the platform behind it does not answer",
        _ => "",
    }
}
