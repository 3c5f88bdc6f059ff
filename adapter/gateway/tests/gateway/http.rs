//! Requests over raw sockets, so that tests define each byte.

use std::net::SocketAddr;

use alwayson::serde_json::{self, Value as Json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer of the gateway.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The head, in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// Returns the value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let name = format!("{name}: ");
        self.head.lines().find_map(|line| line.strip_prefix(&name)).map(str::to_owned)
    }

    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Returns a cell of the only row of a table.
    pub(crate) fn cell(&self, name: &str) -> Json {
        let json = self.json();
        assert_eq!(json["rows"].as_array().map(Vec::len), Some(1), "{json}");
        json["rows"][0][name].clone()
    }

    /// Returns the reason of an error.
    pub(crate) fn reason(&self) -> String {
        let json = self.json();
        assert_eq!(json["error"]["status"], self.status, "{json}");
        json["error"]["reason"].as_str().unwrap().to_owned()
    }
}

/// Sends bytes, and reads until the connection is closed.
pub(crate) async fn raw(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut socket = TcpStream::connect(address).await.unwrap();
    // The gateway may refuse the request before everything is sent.
    let _ = socket.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
    answer
}

/// Parses all bytes of a connection as one answer.
pub(crate) fn parse(bytes: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
    Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}

/// Sends a request with these header lines and this body.
pub(crate) async fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    lines: &str,
    body: &str,
) -> Answer {
    let len = body.len();
    let length = if method == "GET" { String::new() } else { format!("Content-Length: {len}\r\n") };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{length}{lines}\r\n{body}"
    );
    parse(&raw(address, request.as_bytes()).await)
}

/// Sends a request with a body of JSON.
pub(crate) async fn json(address: SocketAddr, method: &str, path: &str, body: &Json) -> Answer {
    let body = body.to_string();
    send(address, method, path, "Content-Type: application/json\r\n", &body).await
}

pub(crate) async fn get(address: SocketAddr, path: &str) -> Answer {
    send(address, "GET", path, "", "").await
}

/// A connection that several requests go over.
pub(crate) struct KeptAlive {
    socket: TcpStream,
    address: SocketAddr,
    bytes: Vec<u8>,
}

impl KeptAlive {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).await.unwrap();
        Self { socket, address, bytes: Vec::new() }
    }

    /// Sends a request with JSON, and reads its answer.
    pub(crate) async fn json(&mut self, method: &str, path: &str, body: &Json) -> Answer {
        let (address, body) = (self.address, body.to_string());
        let len = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Content-Length: {len}\r\n\r\n{body}"
        );
        self.socket.write_all(request.as_bytes()).await.unwrap();
        loop {
            let whole = self.bytes.windows(4).position(|end| end == b"\r\n\r\n").map(|end| {
                let head = parse(&self.bytes[..end + 4]);
                end + 4 + head.header("content-length").map_or(0, |len| len.parse().unwrap())
            });
            if let Some(len) = whole.filter(|len| self.bytes.len() >= *len) {
                let rest = self.bytes.split_off(len);
                return parse(&std::mem::replace(&mut self.bytes, rest));
            }
            assert_ne!(self.socket.read_buf(&mut self.bytes).await.unwrap(), 0, "it was closed");
        }
    }
}
