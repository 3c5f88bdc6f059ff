//! The upgrade of a connection from HTTP to WebSocket, from both sides.

use std::fmt::Write as _;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tungstenite::handshake::derive_accept_key;

use super::{Stream, Target};
use crate::suite::exchange::{Exchange, Who};

/// The longest head of an HTTP message that is read, in bytes.
const LONGEST_HEAD: usize = 64 * 1024;
const HEADERS: usize = 64;

/// The request by which an edge opens a WebSocket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    headers: Vec<(String, String)>,
}

impl Request {
    /// Returns the value of a header, whose name is given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the request as bytes, without the values that may be secret.
    pub(super) fn masked(&self) -> Vec<u8> {
        // Some put the key into the query.
        let path = self.path.split('?').next().unwrap_or_default();
        masked(&format!("{} {path} HTTP/1.1", self.method), &self.headers)
    }
}

/// Reads the head of an HTTP message. Returns it with the bytes that follow it.
async fn head(stream: &mut Box<dyn Stream>) -> Result<(Vec<u8>, Vec<u8>), String> {
    let mut bytes = Vec::new();
    loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = bytes.split_off(at + 4);
            return Ok((bytes, rest));
        }
        if bytes.len() > LONGEST_HEAD {
            return Err("an HTTP head without an end".to_owned());
        }
        match stream.read_buf(&mut bytes).await {
            Ok(0) => return Err("the connection ended before the upgrade".to_owned()),
            Ok(_) => {}
            Err(error) => return Err(format!("before the upgrade: {error}")),
        }
    }
}

/// Returns headers as text, without the values that may be secret.
fn masked(first: &str, headers: &[(String, String)]) -> Vec<u8> {
    let mut text = format!("{first}\r\n");
    for (name, value) in headers {
        let is_known =
            matches!(name.as_str(), "host" | "upgrade" | "connection" | "max-frame-size")
                || name.starts_with("sec-websocket-");
        let value = if is_known { value.as_str() } else { "***" };
        // Writing to a string cannot fail.
        let _ = write!(text, "{name}: {value}\r\n");
    }
    text.push_str("\r\n");
    text.into_bytes()
}

fn owned(headers: &[httparse::Header<'_>]) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    headers.iter().map(|header| (header.name.to_ascii_lowercase(), text(header.value))).collect()
}

/// Reads the request of an edge. Returns it with the bytes that follow it.
pub(super) async fn read_request(
    stream: &mut Box<dyn Stream>,
) -> Result<(Request, Vec<u8>), String> {
    let (head, rest) = head(stream).await?;
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    parsed.parse(&head).map_err(|error| format!("the upgrade request: {error}"))?;
    let request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: parsed.path.unwrap_or_default().to_owned(),
        headers: owned(parsed.headers),
    };
    Ok((request, rest))
}

/// Returns the answer to a request: 101, or 400 to what is no upgrade.
pub(super) fn answer(request: &Request) -> Result<Vec<u8>, String> {
    let has = |name: &str, word: &str| {
        request.header(name).is_some_and(|value| value.to_ascii_lowercase().contains(word))
    };
    let is_upgrade = request.method == "GET"
        && has("upgrade", "websocket")
        && has("connection", "upgrade")
        && request.header("sec-websocket-version") == Some("13");
    match request.header("sec-websocket-key").filter(|_| is_upgrade) {
        None => Err("a request that opens no WebSocket (RFC 6455, section 4.1)".to_owned()),
        Some(key) => Ok(format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\n\r\n",
            derive_accept_key(key.as_bytes())
        )
        .into_bytes()),
    }
}

/// The key of our requests. It need not be random: nothing stands between that could mistake
/// it.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// Asks a platform for a WebSocket. Returns the bytes that follow its answer.
pub(super) async fn request(
    stream: &mut Box<dyn Stream>,
    target: &Target,
    connection: usize,
    exchange: &Exchange,
) -> Result<Vec<u8>, String> {
    let Target { host, port, path, .. } = target;
    let text = format!(
        "GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
    );
    exchange.bytes(connection, Who::Edge, text.clone().into_bytes());
    let sent = stream.write_all(text.as_bytes()).await;
    sent.map_err(|error| format!("the upgrade request cannot be sent: {error}"))?;
    let (head, rest) = head(stream).await?;
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut parsed = httparse::Response::new(&mut headers);
    parsed.parse(&head).map_err(|error| format!("the answer to the upgrade: {error}"))?;
    let code = parsed.code.unwrap_or_default();
    let headers = owned(parsed.headers);
    let first = format!("HTTP/1.1 {code} {}", parsed.reason.unwrap_or_default());
    exchange.bytes(connection, Who::Platform, masked(&first, &headers));
    if code != 101 {
        return Err(format!("the upgrade is answered {code}"));
    }
    let accept = headers.iter().find(|(name, _)| name == "sec-websocket-accept");
    match accept {
        Some((_, key)) if *key == derive_accept_key(KEY.as_bytes()) => Ok(rest),
        _ => Err("the answer to the upgrade has a wrong Sec-WebSocket-Accept".to_owned()),
    }
}
