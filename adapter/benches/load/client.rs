//! The clients: bare WebSockets with messages that are encoded in advance.

use std::net::SocketAddr;
use std::ops::Range;

use alwayson_codec::{Auth, Bind, Body, Claim, Ids, Message, Request};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt, stream};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::figures::Asks;

pub(crate) const PROPERTY: &str = "Temperature";

/// The number of connections that are being opened at a time.
const OPENING: usize = 64;

/// Returns the name of a client's Thing. All names have the same length.
pub(crate) fn name(client: usize) -> String {
    format!("Thing{client:06}")
}

/// A connection, and the message that it sends.
pub(crate) struct Client {
    socket: WebSocketStream<TcpStream>,
    question: Bytes,
}

fn encode(ids: Ids, body: Body<'_>) -> Bytes {
    let message = Message { ids, body };
    let mut bytes = vec![0; message.encoded_len().expect("a length")];
    message.encode(&mut bytes).expect("room");
    bytes.into()
}

impl Client {
    async fn open(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).await.expect("a connection");
        socket.set_nodelay(true).expect("TCP_NODELAY");
        let request = format!("ws://{address}/Thingworx/WS").into_client_request();
        let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(4096);
        let opened = client_async_with_config(request.expect("a URL"), socket, Some(config));
        let (socket, _) = opened.await.expect("a WebSocket");
        Self { socket, question: Bytes::new() }
    }

    /// Sends a message and waits for the answer.
    async fn exchange(&mut self, message: Bytes) -> Bytes {
        self.socket.send(Frame::Binary(message)).await.expect("it is sent");
        loop {
            if let Frame::Binary(answer) = self.socket.next().await.expect("more").expect("a frame")
            {
                return answer;
            }
        }
    }

    /// Opens a connection, authenticates it and binds its Thing.
    async fn bound(address: SocketAddr, client: usize) -> Self {
        let mut this = Self::open(address).await;
        let claims = [Claim::new(Claim::APP_KEY, "key")];
        let auth = Body::Auth(Auth::new(&claims).expect("claims"));
        let answer = this.exchange(encode(Ids::unauthenticated(1), auth)).await;
        let session = Message::decode_exact(&answer).expect("a message").ids.session;
        let name = name(client);
        let ids = |request| Ids { request, endpoint: 0, session };
        let names = [name.as_str()];
        let bind = Body::Bind(Bind::new(&names).expect("names"));
        let answer = this.exchange(encode(ids(2), bind)).await;
        assert_eq!(answer[1], 0x40, "the BIND is accepted");
        this.question = encode(ids(3), Body::Request(Request::read_property(&name, PROPERTY)));
        this
    }

    pub(crate) async fn bound_many(address: SocketAddr, count: usize) -> Vec<Self> {
        bind_many(address, 0..count).await
    }

    /// Opens connections to the echo server. The length of their message is the average of the
    /// length of a request to the platform and that of its answer.
    pub(crate) async fn plain_many(address: SocketAddr, count: usize) -> Vec<Self> {
        let mut clients = Vec::new();
        for client in 0..count {
            let name = name(client);
            let request = Body::Request(Request::read_property(&name, PROPERTY));
            let question = encode(Ids { request: 3, endpoint: 0, session: 1 }, request).len();
            let mut this = Self::open(address).await;
            this.question = vec![b'x'; usize::midpoint(question, ANSWER_LEN)].into();
            clients.push(this);
        }
        clients
    }
}

impl Asks for Client {
    async fn ask(&mut self) {
        self.exchange(self.question.clone()).await;
    }
}

/// The length of the platform's answer, a table of one NUMBER, in bytes.
const ANSWER_LEN: usize = 48;

/// Opens connections, authenticates them, and binds a Thing on each.
pub(crate) async fn bind_many(address: SocketAddr, clients: Range<usize>) -> Vec<Client> {
    let opened = stream::iter(clients).map(|client| Client::bound(address, client));
    opened.buffer_unordered(OPENING).collect().await
}
