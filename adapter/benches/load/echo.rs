//! An echo server that uses the same WebSocket library, and its clients.

use std::net::SocketAddr;
use std::ops::Range;

use alwayson_codec::{Body, Ids, Request};
use futures_util::{SinkExt, StreamExt, stream};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::bound::Cost;
use crate::client::{Client, OPENING};
use crate::process::Server;
use crate::push::{PROPERTY, encode, name};

pub(crate) const ECHO: &str = "echo";

/// The length of the platform's answer, a table of one NUMBER, in bytes.
const ANSWER_LEN: usize = 48;

/// Opens connections to the echo server. The length of their message is the average of the
/// length of a read to the platform and that of its answer.
pub(crate) async fn clients(address: SocketAddr, count: usize) -> Vec<Client> {
    let mut clients = Vec::new();
    for client in 0..count {
        let name = name(client);
        let request = Body::Request(Request::read_property(&name, PROPERTY));
        let question = encode(Ids { request: 3, endpoint: 0, session: 1 }, request).len();
        let mut client = Client::open(&address.into()).await;
        client.question = vec![b'x'; usize::midpoint(question, ANSWER_LEN)].into();
        clients.push(client);
    }
    clients
}

/// Returns what a connection costs without a platform: as many messages as an AUTH, a BIND and their
/// answers.
pub(crate) async fn cost(server: &Server) -> Cost {
    let target = server.address.into();
    let exchanged = async |_| {
        let mut client = Client::open(&target).await;
        for _ in 0..2 {
            client.exchange(vec![b'x'; 32].into()).await;
        }
        client
    };
    let open = async |clients: Range<usize>| {
        stream::iter(clients).map(exchanged).buffer_unordered(OPENING).collect::<Vec<_>>().await
    };
    Cost::of(server, open).await
}

/// Serves until the process is killed. Prints the address on standard output.
pub(crate) fn serve() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(echo());
}

async fn echo() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    while let Ok((socket, _)) = listener.accept().await {
        tokio::spawn(async move {
            socket.set_nodelay(true)?;
            // The same buffers as the platform's.
            let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(4096);
            let accepted = tokio_tungstenite::accept_async_with_config(socket, Some(config)).await;
            let Ok(mut socket) = accepted else { return Ok(()) };
            while let Some(Ok(message)) = socket.next().await {
                if message.is_binary() && socket.send(message).await.is_err() {
                    break;
                }
            }
            std::io::Result::Ok(())
        });
    }
}
