//! The clients: sockets that write frames which were encoded in advance.

use std::net::SocketAddr;

use alwayson_codec::{Auth, Bind, Body, Claim, Ids, Message, Request};
use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::figures::Asks;
use crate::push::{PROPERTY, encode, name, push};

/// The key of every request.
pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// The length of the platform's answer to a read, a table of one NUMBER, in bytes.
const ANSWER_LEN: usize = 48;

/// Returns a frame of a client with this first byte. The mask is not zero, so that a server works
/// to remove it.
pub(crate) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x37, 0xFA, 0x21, 0x3D];
    let mut frame = vec![first];
    match payload.len() {
        len @ ..126 => frame.push(0x80 | len as u8),
        len @ ..0x1_0000 => {
            frame.push(0x80 | 126);
            frame.extend((len as u16).to_be_bytes());
        }
        len => {
            frame.push(0x80 | 127);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// A connection, and the frame that it sends.
pub(crate) struct Client {
    pub(crate) socket: TcpStream,
    question: Vec<u8>,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let mut socket = TcpStream::connect(address).await.expect("a connection");
        socket.set_nodelay(true).expect("TCP_NODELAY");
        let request = format!(
            "GET /Thingworx/WS HTTP/1.1\r\nHost: platform\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
        );
        socket.write_all(request.as_bytes()).await.expect("it is sent");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(socket.read_u8().await.expect("an answer"));
        }
        Self { socket, question: Vec::new(), buffer: Vec::with_capacity(256) }
    }

    /// Sends the question and waits for a frame, whose payload it returns.
    async fn exchange(&mut self) -> &[u8] {
        self.socket.write_all(&self.question).await.expect("it is sent");
        self.buffer.clear();
        loop {
            self.socket.read_buf(&mut self.buffer).await.expect("an answer");
            if let [_, len @ ..126, payload @ ..] = &self.buffer[..] {
                if payload.len() >= usize::from(*len) {
                    return &self.buffer[2..];
                }
            }
        }
    }

    /// Sends the question many times in one write, waits for as many answers, and repeats that.
    pub(crate) async fn ask_batches(&mut self, batch: usize, times: usize) {
        let answer_len = self.exchange().await.len() + 2;
        let questions = self.question.repeat(batch);
        for _ in 0..times {
            self.socket.write_all(&questions).await.expect("it is sent");
            self.buffer.resize(batch * answer_len, 0);
            self.socket.read_exact(&mut self.buffer).await.expect("answers");
        }
    }

    async fn send(&mut self, message: &Bytes) -> Vec<u8> {
        self.question = masked(0x82, message);
        self.exchange().await.to_vec()
    }

    async fn bound(address: SocketAddr, client: usize) -> Self {
        let mut this = Self::open(address).await;
        let claims = [Claim::new(Claim::APP_KEY, "key")];
        let auth = Body::Auth(Auth::new(&claims).expect("claims"));
        let answer = this.send(&encode(Ids::unauthenticated(1), auth)).await;
        let session = Message::decode_exact(&answer).expect("a message").ids.session;
        let ids = |request| Ids { request, endpoint: 0, session };
        let name = name(client);
        let names = [name.as_str()];
        let bind = Body::Bind(Bind::new(&names).expect("names"));
        assert_eq!(this.send(&encode(ids(2), bind)).await[1], 0x40, "the BIND is accepted");
        // The property exists once it was pushed.
        assert_eq!(this.send(&push(ids(3), &name)).await[1], 0x40, "the push is accepted");
        let read = encode(ids(3), Body::Request(Request::read_property(&name, PROPERTY)));
        this.question = masked(0x82, &read);
        this
    }
}

impl Asks for Client {
    async fn ask(&mut self) {
        self.exchange().await;
    }
}

/// Opens connections to an echo, each of which has echoed one message. The length of the message is
/// the average of that of a read to the platform and that of its answer.
pub(crate) async fn echoing(address: SocketAddr, count: usize) -> Vec<Client> {
    let read = Body::Request(Request::read_property("Thing000000", PROPERTY));
    let read = encode(Ids { request: 3, endpoint: 0, session: 1 }, read).len();
    let message = Bytes::from(vec![b'x'; usize::midpoint(read, ANSWER_LEN)]);
    let mut clients = Vec::new();
    for _ in 0..count {
        let mut client = Client::open(address).await;
        client.send(&message).await;
        clients.push(client);
    }
    clients
}

/// Opens connections to a platform, each of which reads a property of its own Thing.
pub(crate) async fn bound(address: SocketAddr, count: usize) -> Vec<Client> {
    let mut clients = Vec::new();
    for client in 0..count {
        clients.push(Client::bound(address, client).await);
    }
    clients
}
