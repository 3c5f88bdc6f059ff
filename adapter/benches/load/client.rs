//! The clients: bare WebSockets with messages that are encoded in advance.

use std::net::SocketAddr;
use std::ops::Range;

use alwayson_codec::{Auth, Bind, Body, Claim, Ids, Message, Request};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt, stream};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::figures::Asks;
use super::push::{PROPERTY, encode, name, push};

/// The number of connections that are being opened at a time.
pub(crate) const OPENING: usize = 64;

/// A server to connect to.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    pub(crate) tls: Option<TlsConnector>,
}

impl From<SocketAddr> for Target {
    fn from(address: SocketAddr) -> Self {
        Self { address, tls: None }
    }
}

/// What a client asks again and again.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Question {
    /// To read a property.
    Read,
    /// To keep the new value of a property.
    Push,
}

/// A stream of bytes, with or without TLS.
trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Socket for S {}

/// A connection, and the message that it sends.
pub(crate) struct Client {
    socket: WebSocketStream<Box<dyn Socket>>,
    pub(crate) question: Bytes,
    session: u32,
}

impl Client {
    pub(crate) async fn open(Target { address, tls }: &Target) -> Self {
        let socket = TcpStream::connect(address).await.expect("a connection");
        socket.set_nodelay(true).expect("TCP_NODELAY");
        let socket: Box<dyn Socket> = match tls {
            Some(tls) => {
                let name = ServerName::from(address.ip());
                Box::new(tls.connect(name, socket).await.expect("TLS"))
            }
            None => Box::new(socket),
        };
        let request = format!("ws://{address}/Thingworx/WS").into_client_request();
        let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(4096);
        let opened = client_async_with_config(request.expect("a URL"), socket, Some(config));
        let (socket, _) = opened.await.expect("a WebSocket");
        Self { socket, question: Bytes::new(), session: 0 }
    }

    /// Sends a message and waits for the answer.
    pub(crate) async fn exchange(&mut self, message: Bytes) -> Bytes {
        self.socket.send(Frame::Binary(message)).await.expect("it is sent");
        loop {
            if let Frame::Binary(answer) = self.socket.next().await.expect("more").expect("a frame")
            {
                return answer;
            }
        }
    }

    /// Opens a connection, authenticates it and binds its Thing.
    async fn bound(target: &Target, client: usize) -> Self {
        let mut this = Self::open(target).await;
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
        this.session = session;
        this
    }

    /// Opens a connection, as [`bound`](Self::bound), to ask this again and again.
    async fn asking(target: &Target, client: usize, question: Question) -> Self {
        let mut this = Self::bound(target, client).await;
        let ids = Ids { request: 3, endpoint: 0, session: this.session };
        let name = name(client);
        // The property exists once it was pushed.
        let push = push(ids, &name);
        let answer = this.exchange(push.clone()).await;
        assert_eq!(answer[1], 0x40, "the push is accepted");
        this.question = match question {
            Question::Push => push,
            Question::Read => encode(ids, Body::Request(Request::read_property(&name, PROPERTY))),
        };
        this
    }

    pub(crate) async fn bound_many(
        target: impl Into<Target>,
        count: usize,
        question: Question,
    ) -> Vec<Self> {
        let target = target.into();
        let opened = stream::iter(0..count).map(|client| Self::asking(&target, client, question));
        opened.buffer_unordered(OPENING).collect().await
    }
}

impl Asks for Client {
    async fn ask(&mut self) {
        self.exchange(self.question.clone()).await;
    }
}

/// Opens connections, authenticates them, and binds a Thing on each.
pub(crate) async fn bind_many(target: impl Into<Target>, clients: Range<usize>) -> Vec<Client> {
    let target = target.into();
    let opened = stream::iter(clients).map(|client| Client::bound(&target, client));
    opened.buffer_unordered(OPENING).collect().await
}
