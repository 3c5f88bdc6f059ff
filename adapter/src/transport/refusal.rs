//! Why a platform did not upgrade a client to a WebSocket.

use std::fmt;

/// The longest part of a method or a path that is shown, in characters.
const SHOWN: usize = 200;

/// The kind of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalKind {
    /// The path is not that of the WebSocket: 404.
    Path,
    /// The method is not GET: 405.
    Method,
    /// The version of HTTP is not 1.1: 505.
    HttpVersion,
    /// The request does not ask for a WebSocket, or is incomplete: 400 or 426.
    NoUpgrade,
    /// The request comes from a web page, but only programs of this machine are accepted:
    /// 403.
    ForeignPage,
    /// Plain HTTP came to a port with TLS: 426.
    PlainHttp,
    /// TLS came to a port without TLS: 400.
    UnexpectedTls,
    /// TLS failed: for example, the client refuses the certificate, or has none that is
    /// accepted.
    Tls,
    /// What came is not HTTP, or its head is too long: 400 or 431.
    NotHttp,
    /// The client took too long.
    Timeout,
    /// The client disconnected without a request.
    Left,
    /// The connection broke.
    Broken,
    /// The limit of connections is reached.
    TooMany,
    /// The platform is a node that its cluster does not reach, so that it serves nothing: 503.
    Fenced,
}

impl RefusalKind {
    /// Returns the name of the kind, for logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Method => "method",
            Self::HttpVersion => "http-version",
            Self::NoUpgrade => "no-upgrade",
            Self::ForeignPage => "foreign-page",
            Self::PlainHttp => "plain-http",
            Self::UnexpectedTls => "unexpected-tls",
            Self::Tls => "tls",
            Self::NotHttp => "not-http",
            Self::Timeout => "timeout",
            Self::Left => "left",
            Self::Broken => "broken",
            Self::TooMany => "too-many",
            Self::Fenced => "fenced",
        }
    }

    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Path => "this is not the path of the WebSocket",
            Self::Method => "the method of an upgrade is GET",
            Self::HttpVersion => "an upgrade needs HTTP/1.1",
            Self::NoUpgrade => "the request does not ask for a WebSocket, or is incomplete",
            Self::ForeignPage => {
                "this platform accepts any key, so it accepts only programs of this machine: \
                 requests with a loopback Host and without an Origin"
            }
            Self::PlainHttp => "plain HTTP on a port with TLS: use wss://",
            Self::UnexpectedTls => "TLS on a port without TLS: use ws://",
            Self::Tls => "TLS failed",
            Self::NotHttp => "this is not HTTP, or its head is too long",
            Self::Timeout => "the client was not upgraded in time",
            Self::Left => "the client disconnected without a request",
            Self::Broken => "the connection broke",
            Self::TooMany => "the limit of connections is reached",
            Self::Fenced => "this node does not reach its cluster",
        }
    }
}

/// Why a client was not upgraded, and what it had requested. Its `Display` is one line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Refusal {
    /// The kind.
    pub kind: RefusalKind,
    /// The HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// The method and the path of the request, if it could be read. The query is omitted,
    /// because it may contain a key.
    pub request: Option<(String, String)>,
    /// Further details, such as the error of TLS.
    pub detail: Option<String>,
}

impl Refusal {
    /// Creates a refusal of this kind, without any details.
    pub const fn new(kind: RefusalKind) -> Self {
        Self { kind, status: None, request: None, detail: None }
    }

    pub(super) fn with_status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    pub(super) fn with_detail(self, detail: String) -> Self {
        Self { detail: Some(detail), ..self }
    }

    pub(super) fn of_request(self, method: &str, path: &str) -> Self {
        let short = |text: &str| text.chars().take(SHOWN).collect();
        Self { request: Some((short(method), short(path))), ..self }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((method, path)) = &self.request {
            write!(f, "{method} {path}: ")?;
        }
        if let Some(status) = self.status {
            write!(f, "{status}, ")?;
        }
        f.write_str(self.kind.text())?;
        match &self.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}
