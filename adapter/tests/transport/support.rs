//! Peers of a transport: one that uses it, and one that writes bytes by hand.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::time::Duration;

use alwayson::transport::{
    AcceptError, AcceptOptions, Accepted, AnyTransport, Ending, Incoming, Limits, Outgoing,
    Transport, WebSocket, accept,
};
use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The timeout of every wait.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A request as it should be; the answer to its key is in the RFC.
pub(crate) const UPGRADE: &str = "GET /Thingworx/WS HTTP/1.1\r\nHost: platform\r\n\
    Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

pub(crate) async fn receive(transport: &mut impl Transport) -> Incoming {
    let received = poll_fn(|context| transport.poll_receive(context));
    tokio::time::timeout(PATIENCE, received).await.expect("nothing came")
}

/// How the connection has ended, which is what comes next.
pub(crate) async fn ending(transport: &mut impl Transport) -> Ending {
    match receive(transport).await {
        Incoming::Closed(ending) => ending,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn send(transport: &mut impl Transport, outgoing: Outgoing) {
    poll_fn(|context| transport.poll_ready(context)).await.unwrap();
    transport.start_send(outgoing).unwrap();
    poll_fn(|context| transport.poll_flush(context)).await.unwrap();
}

pub(crate) fn message(bytes: &'static [u8]) -> Bytes {
    Bytes::from_static(bytes)
}

/// Sends back every message, until the other side closes.
pub(crate) async fn echo(mut transport: AnyTransport) {
    loop {
        match receive(&mut transport).await {
            Incoming::Message(bytes) => send(&mut transport, Outgoing::Message(bytes)).await,
            Incoming::Closed(_) => break,
            Incoming::Ping | Incoming::Pong => {}
        }
    }
}

/// A platform that takes one client.
pub(crate) async fn platform(
    options: AcceptOptions,
) -> (SocketAddr, JoinHandle<Result<Accepted, AcceptError>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let accepted = tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        accept(socket, &options).await
    });
    (address, accepted)
}

/// Writes bytes to a platform, and reads what it says until it closes.
pub(crate) async fn ask(address: SocketAddr, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    let read = socket.read_to_end(&mut answer);
    // A reset after the answer counts as its end.
    let _ = tokio::time::timeout(PATIENCE, read).await.expect("the platform does not close");
    String::from_utf8_lossy(&answer).into_owned()
}

/// A transport on the platform's side, and the bytes that its peer writes and
/// reads.
pub(crate) async fn server(limits: &Limits) -> (WebSocket, DuplexStream) {
    let (io, peer) = tokio::io::duplex(1 << 20);
    (WebSocket::server(io, limits).await, peer)
}

/// A masked frame: its first byte, and what it carries.
pub(crate) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let mut frame = head(first, 0x80, payload.len());
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// A frame without a mask.
pub(crate) fn plain(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = head(first, 0, payload.len());
    frame.extend(payload);
    frame
}

fn head(first: u8, mask_bit: u8, len: usize) -> Vec<u8> {
    let mut head = vec![first];
    match u16::try_from(len) {
        Ok(len @ ..126) => head.push(mask_bit | u8::try_from(len).unwrap()),
        Ok(len) => {
            head.push(mask_bit | 0x7E);
            head.extend(len.to_be_bytes());
        }
        Err(_) => {
            head.push(mask_bit | 0x7F);
            head.extend((len as u64).to_be_bytes());
        }
    }
    head
}

/// What the transport has written, up to the end.
pub(crate) async fn read_all(peer: &mut DuplexStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    tokio::time::timeout(PATIENCE, peer.read_to_end(&mut bytes)).await.unwrap().unwrap();
    bytes
}
