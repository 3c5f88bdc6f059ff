//! A platform that answers reads of a property, and a client that asks. Both do as little as they
//! can.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use alwayson_codec::{Body, Ids, Message, Request, Response, Status, Value};
use alwayson_conformance::watch::Frame;

const REQUEST: &str = "GET /Thingworx/WS HTTP/1.1\r\nHost: platform\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const ANSWER: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const MASK: [u8; 4] = [1, 2, 3, 4];

fn framed(mask: Option<[u8; 4]>, ids: Ids, body: Body<'_>) -> Vec<u8> {
    let message = Message { ids, body }.encode_to_vec().expect("a short message");
    let frame = Frame { is_final: true, rsv1: false, opcode: Frame::BINARY, mask, len: 0 };
    let mut bytes = Vec::new();
    frame.write(&message, &mut bytes);
    bytes
}

fn ids(request: u32) -> Ids {
    Ids { request, endpoint: 0, session: 7 }
}

fn request(request: u32) -> Vec<u8> {
    let body = Body::Request(Request::read_property("SteamSensor1", "Temperature"));
    framed(Some(MASK), ids(request), body)
}

fn response(request: u32) -> Vec<u8> {
    let content = Value::Number(21.5);
    framed(
        None,
        ids(request),
        Body::Response(Response { content, ..Response::new(Status::SUCCESS) }),
    )
}

/// Starts a server on a thread; returns its address.
pub(crate) fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || answer(socket));
        }
    });
    address
}

/// Answers requests until the client ends.
fn answer(mut socket: TcpStream) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let mut head = vec![0; REQUEST.len()];
    socket.read_exact(&mut head)?;
    socket.write_all(ANSWER.as_bytes())?;
    let mut asked = request(0);
    for number in 0.. {
        socket.read_exact(&mut asked)?;
        socket.write_all(&response(number))?;
    }
    Ok(())
}

/// A client.
pub(crate) struct Client {
    socket: TcpStream,
    number: u32,
}

impl Client {
    pub(crate) fn connect(address: &str) -> Self {
        let mut socket = TcpStream::connect(address).expect("a connection");
        socket.set_nodelay(true).expect("an option of TCP");
        socket.write_all(REQUEST.as_bytes()).expect("an upgrade");
        let mut head = vec![0; ANSWER.len()];
        socket.read_exact(&mut head).expect("its answer");
        Self { socket, number: 0 }
    }

    /// Sends a request and waits for its response; returns how long that took.
    pub(crate) fn ask(&mut self) -> Duration {
        let request = request(self.number);
        let expected = response(self.number);
        let mut response = vec![0; expected.len()];
        let start = Instant::now();
        self.socket.write_all(&request).expect("a request");
        self.socket.read_exact(&mut response).expect("its response");
        let took = start.elapsed();
        assert_eq!(response, expected);
        self.number += 1;
        took
    }
}
