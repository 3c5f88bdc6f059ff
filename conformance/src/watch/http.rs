//! The heads of HTTP messages before a WebSocket is open.

use std::ops::Range;

use tungstenite::handshake::derive_accept_key;

/// The number of headers that are read.
const HEADERS: usize = 128;

/// Headers whose values are no secrets. The values of all others are masked.
const OPEN: &[&str] = &[
    "accept",
    "connection",
    "content-length",
    "content-type",
    "date",
    "host",
    "max-frame-size",
    "origin",
    "server",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// The head of a request or of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its first line, without a query.
    pub line: String,
    /// The ranges of its bytes that may be secret: values of headers that are not known, and
    /// the query.
    pub secrets: Vec<Range<usize>>,
    /// Whether it asks for a WebSocket, or agrees to one.
    pub is_upgrade: bool,
    /// The extensions that it offers or agrees to.
    pub extensions: String,
    pub(super) status: Option<u16>,
    pub(super) path: String,
    pub(super) body: Length,
    pub(super) version: String,
    key: String,
    accept: String,
    pub(super) max_frame_size: Option<u64>,
}

/// The length of the body that follows a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    Known(u64),
    /// It ends in a way that is not read: in chunks, or with the connection.
    Unknown,
}

/// Returns the length of the head at the beginning, its end included.
pub(super) fn end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

impl Head {
    /// Reads the head of a request.
    pub(super) fn request(bytes: &[u8]) -> Result<Self, httparse::Error> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        request.parse(bytes)?;
        let target = request.path.unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        let method = request.method.unwrap_or_default();
        let line = format!("{method} {path} HTTP/1.{}", request.version.unwrap_or_default());
        let mut head = Self::parsed(bytes, line, request.headers);
        if path.len() < target.len() {
            head.secret(bytes, target.get(path.len() + 1..).unwrap_or_default().as_bytes());
        }
        path.clone_into(&mut head.path);
        head.is_upgrade &= method == "GET";
        if head.body == Length::Unknown && !head.has_chunks {
            head.body = Length::Known(0);
        }
        Ok(head.head)
    }

    /// Reads the head of a response.
    pub(super) fn response(bytes: &[u8]) -> Result<Self, httparse::Error> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        response.parse(bytes)?;
        let code = response.code.unwrap_or_default();
        let reason = response.reason.unwrap_or_default();
        let version = response.version.unwrap_or_default();
        let line = format!("HTTP/1.{version} {code} {reason}");
        let mut head = Self::parsed(bytes, line.trim_end().to_owned(), response.headers);
        head.status = Some(code);
        head.is_upgrade = code == 101;
        if matches!(code, 100..=199 | 204 | 304) {
            head.body = Length::Known(0);
        }
        Ok(head.head)
    }

    fn parsed(bytes: &[u8], line: String, headers: &[httparse::Header<'_>]) -> Parsed {
        let value = |name: &str| {
            let named = headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
            let values: Vec<_> =
                named.map(|header| String::from_utf8_lossy(header.value)).collect();
            values.join(", ").trim().to_owned()
        };
        let has = |name: &str, word: &str| value(name).to_ascii_lowercase().contains(word);
        let length = value("content-length").parse().map_or(Length::Unknown, Length::Known);
        let has_chunks = !value("transfer-encoding").is_empty();
        let head = Self {
            line,
            secrets: Vec::new(),
            is_upgrade: has("upgrade", "websocket") && has("connection", "upgrade"),
            extensions: value("sec-websocket-extensions"),
            status: None,
            path: String::new(),
            body: if has_chunks { Length::Unknown } else { length },
            version: value("sec-websocket-version"),
            key: value("sec-websocket-key"),
            accept: value("sec-websocket-accept"),
            max_frame_size: value("max-frame-size").parse().ok(),
        };
        let mut parsed = Parsed { head, has_chunks };
        for header in headers {
            let name = header.name.to_ascii_lowercase();
            if !OPEN.contains(&name.as_str()) && !name.starts_with("sec-websocket-") {
                parsed.secret(bytes, header.value);
            }
        }
        parsed
    }

    /// Returns whether a response accepts the key of a request (RFC 6455, section 4.2.2).
    pub(super) fn accepts(&self, request: &Self) -> bool {
        self.accept == derive_accept_key(request.key.as_bytes())
    }

    /// Returns whether it offers or agrees to this extension, and its parameters.
    pub(super) fn extension(&self, name: &str) -> Option<Vec<String>> {
        let offers = self.extensions.split(',');
        offers
            .map(|offer| offer.split(';').map(|part| part.trim().to_ascii_lowercase()))
            .find_map(|mut parts| (parts.next()? == name).then(|| parts.collect()))
    }

    /// Returns the names of the extensions.
    pub(super) fn extension_names(&self) -> impl Iterator<Item = &str> {
        let names = self.extensions.split(',').filter_map(|offer| offer.split(';').next());
        names.map(str::trim).filter(|name| !name.is_empty())
    }
}

/// A head while it is read.
struct Parsed {
    head: Head,
    has_chunks: bool,
}

impl std::ops::Deref for Parsed {
    type Target = Head;

    fn deref(&self) -> &Head {
        &self.head
    }
}

impl std::ops::DerefMut for Parsed {
    fn deref_mut(&mut self) -> &mut Head {
        &mut self.head
    }
}

impl Parsed {
    /// Adds a part of the head. It is a slice of it, so its address gives its offset.
    fn secret(&mut self, bytes: &[u8], part: &[u8]) {
        let start = part.as_ptr().addr().wrapping_sub(bytes.as_ptr().addr());
        if start < bytes.len() && !part.is_empty() {
            self.head.secrets.push(start..start + part.len());
        }
    }
}
