//! A tap, and sockets on both sides of it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use alwayson_conformance::watch::Frame;

use crate::process::{PATIENCE, Process, alwayson};

pub(crate) const REQUEST: &str = "GET /Thingworx/WS HTTP/1.1\r\nHost: platform\r\n\
    Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nappKey: THE-SECRET-KEY\r\n\r\n";
pub(crate) const ANSWER: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Starts a tap; returns its address.
pub(crate) fn tap(to: &str, more: &[&str]) -> (Process, String) {
    let mut process =
        Process::start(alwayson().args(["tap", "--listen", "127.0.0.1:0", "--to", to]).args(more));
    let address = process.line();
    (process, address)
}

/// Ends a tap; returns its exit code.
pub(crate) fn end(tap: &mut Process) -> Option<i32> {
    tap.signal("TERM");
    tap.end().code()
}

/// Both ends of a connection through a tap.
pub(crate) struct Pair {
    pub(crate) tap: Process,
    pub(crate) client: TcpStream,
    pub(crate) server: TcpStream,
}

impl Pair {
    pub(crate) fn new(more: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (tap, address) = tap(&format!("ws://{}", listener.local_addr().unwrap()), more);
        let client = TcpStream::connect(address).unwrap();
        let (server, _) = listener.accept().unwrap();
        for socket in [&client, &server] {
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            socket.set_write_timeout(Some(PATIENCE)).unwrap();
        }
        Self { tap, client, server }
    }

    /// A pair whose upgrade is done.
    pub(crate) fn upgraded(more: &[&str]) -> Self {
        let mut pair = Self::new(more);
        pair.up(REQUEST.as_bytes());
        pair.down(ANSWER.as_bytes());
        pair
    }

    /// Sends bytes, and waits until they have arrived as they are.
    pub(crate) fn up(&mut self, bytes: &[u8]) {
        passes(&mut self.client, &mut self.server, bytes);
    }

    /// The same in the other direction.
    pub(crate) fn down(&mut self, bytes: &[u8]) {
        passes(&mut self.server, &mut self.client, bytes);
    }

    /// Sends a binary message of the edge in a masked frame.
    pub(crate) fn edge(&mut self, message: &[u8]) {
        self.up(&framed(message, Some([7, 11, 13, 17])));
    }

    /// Sends a binary message of the platform.
    pub(crate) fn platform(&mut self, message: &[u8]) {
        self.down(&framed(message, None));
    }
}

pub(crate) fn framed(message: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let frame = Frame { is_final: true, rsv1: false, opcode: Frame::BINARY, mask, len: 0 };
    let mut bytes = Vec::new();
    frame.write(message, &mut bytes);
    bytes
}

fn passes(from: &mut TcpStream, to: &mut TcpStream, bytes: &[u8]) {
    from.write_all(bytes).unwrap();
    let mut arrived = vec![0; bytes.len()];
    to.read_exact(&mut arrived).unwrap();
    assert_eq!(arrived, bytes);
}

/// The text of a file, whatever its bytes are.
pub(crate) fn text_of(file: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned()
}
