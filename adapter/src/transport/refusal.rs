//! What a client met that was not upgraded to a WebSocket, as a platform tells it.

use std::fmt;

/// The longest part of a path that is shown, in characters.
const SHOWN: usize = 200;

/// What kind of end there was before there was a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalKind {
    /// The path is that of no WebSocket: 404.
    Path,
    /// The method is not GET: 405.
    Method,
    /// The version of HTTP is not 1.1: 505.
    HttpVersion,
    /// It does not ask for a WebSocket, or not completely: 400 or 426.
    NoUpgrade,
    /// A page of the web asks, where only programs of this machine may: 403.
    ForeignPage,
    /// Plain HTTP came to a port with TLS: 426.
    PlainHttp,
    /// TLS came to a port without.
    UnexpectedTls,
    /// TLS failed; the client may refuse the certificate, or has none that is wanted.
    Tls,
    /// It is no HTTP, or has a head that is too long: 400 or 431.
    NotHttp,
    /// The client took too long.
    Timeout,
    /// The client went without a request.
    Left,
    /// The connection broke.
    Broken,
    /// As many connections as may be are there already.
    TooMany,
}

impl RefusalKind {
    /// A word for it.
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
        }
    }

    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Path => "this is not the path of the WebSocket",
            Self::Method => "the method of an upgrade is GET",
            Self::HttpVersion => "an upgrade is one of HTTP/1.1",
            Self::NoUpgrade => "it does not ask for a WebSocket, or not completely",
            Self::ForeignPage => {
                "any key is accepted, so only programs of this machine are taken: no Origin, and a \
                 Host of loopback"
            }
            Self::PlainHttp => "plain HTTP on a port with TLS, which is reached by wss://",
            Self::UnexpectedTls => "TLS on a port without, which is reached by ws://",
            Self::Tls => "TLS failed",
            Self::NotHttp => "it is no HTTP, or its head is too long",
            Self::Timeout => "the client was not upgraded in time",
            Self::Left => "the client went without a request",
            Self::Broken => "the connection broke",
            Self::TooMany => "there are as many connections as may be",
        }
    }
}

/// Why a client was not upgraded, and what it had asked for. Displayed, it is one line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Refusal {
    /// What it is.
    pub kind: RefusalKind,
    /// The status that it was answered with, if it was one.
    pub status: Option<u16>,
    /// The method and the path of its request, if that could be read. The query is left
    /// out: it may have a key in it.
    pub request: Option<(String, String)>,
    /// What else is known of it, such as the error of TLS.
    pub detail: Option<String>,
}

impl Refusal {
    /// A refusal of this kind, of which nothing more is known.
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
