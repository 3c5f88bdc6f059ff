//! A raw edge: a WebSocket client of another library, without the codec's machines. The codec
//! only shows the received messages.

use std::net::SocketAddr;
use std::time::Duration;

use alwayson_codec::{Body, Ids, Message};
use alwayson_conformance::hex;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// The timeout of every wait.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const KEY: &str = "12345678-1234-1234-1234-123456789abc";

/// A raw edge.
pub(crate) struct Peer {
    socket: WebSocketStream<TcpStream>,
    pub(crate) session: u32,
    next_request: u32,
    /// Messages that arrived while waiting for an answer.
    passed_over: Vec<(Ids, String)>,
}

impl Peer {
    /// Opens a WebSocket without sending anything.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let request = format!("ws://{address}/Thingworx/WS").into_client_request().unwrap();
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
        Self { socket, session: Ids::NONE, next_request: 1, passed_over: Vec::new() }
    }

    /// Opens a WebSocket, and is authenticated.
    pub(crate) async fn authenticated(address: SocketAddr) -> Self {
        let mut peer = Self::open(address).await;
        peer.send_hex(&auth_hex(KEY)).await;
        let (ids, line) = peer.message().await;
        assert!(line.starts_with("SUCCESS request=1"), "{line}");
        peer.session = ids.session;
        peer
    }

    /// Is authenticated, and has bound these names.
    pub(crate) async fn bound(address: SocketAddr, names: &[&str]) -> Self {
        let mut peer = Self::authenticated(address).await;
        let answer = peer.bind(names).await;
        assert!(answer.starts_with("SUCCESS"), "{answer}");
        peer
    }

    /// Sends a BIND; returns the answer.
    pub(crate) async fn bind(&mut self, names: &[&str]) -> String {
        let bind = alwayson_codec::Bind::new(names).unwrap();
        self.ask(Body::Bind(bind)).await
    }

    pub(crate) async fn unbind(&mut self, names: &[&str]) -> String {
        let bind = alwayson_codec::Bind::new(names).unwrap();
        self.ask(Body::Unbind(bind)).await
    }

    /// Sends a message with the next request id; returns the answer and skips other messages.
    pub(crate) async fn ask(&mut self, body: Body<'_>) -> String {
        let request = self.say(body).await;
        loop {
            let (ids, line) = self.message().await;
            if ids.request == request && is_response(&line) {
                return line;
            }
            self.passed_over.push((ids, line));
        }
    }

    /// Returns whether a message with this beginning was skipped.
    pub(crate) fn was_told(&self, beginning: &str) -> bool {
        self.passed_over.iter().any(|(_, line)| line.starts_with(beginning))
    }

    /// Returns the skipped messages.
    pub(crate) fn passed_over(&mut self) -> Vec<(Ids, String)> {
        std::mem::take(&mut self.passed_over)
    }

    /// Sends a message with the next request id; returns the id.
    pub(crate) async fn say(&mut self, body: Body<'_>) -> u32 {
        self.next_request += 1;
        let ids = Ids { request: self.next_request, endpoint: 0, session: self.session };
        self.send(&encode(ids, body)).await;
        self.next_request
    }

    /// Answers a request.
    pub(crate) async fn answer(&mut self, request: u32, response: alwayson_codec::Response<'_>) {
        let ids = Ids { request, endpoint: 0, session: self.session };
        self.send(&encode(ids, Body::Response(response))).await;
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.socket.send(Frame::Binary(bytes.to_vec().into())).await.unwrap();
    }

    /// Sends requests with one call of the operating system; returns their ids.
    pub(crate) async fn say_together(&mut self, bodies: &[Body<'_>]) -> Vec<u32> {
        let mut requests = Vec::new();
        for body in bodies {
            self.next_request += 1;
            let ids = Ids { request: self.next_request, endpoint: 0, session: self.session };
            self.socket.feed(Frame::Binary(encode(ids, *body).into())).await.unwrap();
            requests.push(self.next_request);
        }
        self.socket.flush().await.unwrap();
        requests
    }

    pub(crate) async fn send_hex(&mut self, digits: &str) {
        self.send(&hex(digits)).await;
    }

    /// Returns the next frame as a line; skips pings and pongs.
    pub(crate) async fn frame(&mut self) -> String {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.socket.next()).await;
            return match next.expect("the platform says nothing") {
                Some(Ok(Frame::Binary(bytes))) => line(&bytes).1,
                Some(Ok(Frame::Close(Some(close)))) => format!("close {}", u16::from(close.code)),
                Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => continue,
                Some(Ok(other)) => format!("{other:?}"),
                Some(Err(_)) | None => "end".to_owned(),
            };
        }
    }

    /// The next frame, which has to be a message.
    pub(crate) async fn message(&mut self) -> (Ids, String) {
        line(&self.bytes().await)
    }

    /// The bytes of the next frame, which has to be a message.
    pub(crate) async fn bytes(&mut self) -> Vec<u8> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.socket.next()).await;
            match next.expect("the platform says nothing") {
                Some(Ok(Frame::Binary(bytes))) => return bytes.to_vec(),
                Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The socket, with all that was not read.
    pub(crate) fn into_socket(self) -> WebSocketStream<TcpStream> {
        self.socket
    }
}

fn is_response(line: &str) -> bool {
    !["GET", "PUT", "POST", "DELETE"].iter().any(|method| line.starts_with(method))
}

fn line(bytes: &[u8]) -> (Ids, String) {
    let message = Message::decode_exact(bytes).unwrap();
    (message.ids, message.dump().to_string())
}

pub(crate) fn encode(ids: Ids, body: Body<'_>) -> Vec<u8> {
    let message = Message { ids, body };
    let mut bytes = vec![0; message.encoded_len().unwrap()];
    message.encode(&mut bytes).unwrap();
    bytes
}

pub(crate) fn hex(digits: &str) -> Vec<u8> {
    hex::decode(digits.as_bytes()).unwrap()
}

/// The AUTH of a recorded session with this key.
pub(crate) fn auth_hex(key: &str) -> String {
    let digits = hex::encode(key.as_bytes());
    format!("01140000000100000000ffffffff0001066170704b6579{:02x}{digits}", key.len())
}
