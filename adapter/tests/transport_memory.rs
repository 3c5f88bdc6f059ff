//! The memory of a connection, counted by an allocator for each thread.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::task::Poll;

use alwayson::transport::{
    AcceptOptions, AnyTransport, Incoming, Limits, Outgoing, Transport, WebSocket, accept,
};
use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

struct Counting;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.with(|held| held.set(held.get().wrapping_add(layout.size())));
        // SAFETY: the caller's promise is handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.with(|held| held.set(held.get().wrapping_sub(layout.size())));
        // SAFETY: the caller's promise is handed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const UPGRADE: &[u8] = b"GET /Thingworx/WS HTTP/1.1\r\nHost: platform\r\n\
    Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A frame with a mask of zeros.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        len @ ..126 => frame.push(0x80 | u8::try_from(len).unwrap()),
        len => {
            frame.push(0x80 | 0x7F);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

async fn receive(transport: &mut impl Transport) -> Incoming {
    poll_fn(|context| transport.poll_receive(context)).await
}

/// Receives until nothing more arrives; returns the number of messages.
async fn take_all(transport: &mut impl Transport) -> usize {
    let mut taken = 0;
    // Without that, tokio makes the task wait for its turn now and then.
    tokio::task::unconstrained(poll_fn(|context| {
        while let Poll::Ready(incoming) = transport.poll_receive(context) {
            assert!(!matches!(incoming, Incoming::Closed(_)));
            taken += 1;
        }
        Poll::Ready(())
    }))
    .await;
    taken
}

/// An edge, and its connection on the platform after a message each way.
async fn connected(listener: &TcpListener) -> (TcpStream, AnyTransport) {
    let mut edge = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    edge.write_all(UPGRADE).await.unwrap();
    let socket = listener.accept().await.unwrap().0;
    let mut transport = accept(socket, &AcceptOptions::default()).await.unwrap().transport;
    edge.write_all(&masked(0x82, &[1; 100])).await.unwrap();
    let Incoming::Message(message) = receive(&mut transport).await else { panic!("no message") };
    transport.start_send(Outgoing::Message(message)).unwrap();
    poll_fn(|context| transport.poll_flush(context)).await.unwrap();
    let mut answer = [0; 102];
    while !answer.starts_with(&[0x82, 100]) {
        answer.copy_within(1.., 0);
        answer[101] = edge.read_u8().await.unwrap();
    }
    (edge, transport)
}

#[tokio::test]
async fn a_connection_that_is_idle_holds_six_kibibytes() {
    const CONNECTIONS: usize = 100;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut connections = Vec::with_capacity(CONNECTIONS);
    connections.push(connected(&listener).await);
    let before = HELD.get();
    while connections.len() < CONNECTIONS {
        let (edge, mut transport) = connected(&listener).await;
        assert_eq!(take_all(&mut transport).await, 0);
        connections.push((edge, transport));
    }
    let held = (HELD.get() - before) / (CONNECTIONS - 1);
    // Both ends: the edge is a socket, no more.
    assert!(held <= 6 << 10, "{held} bytes");
}

#[tokio::test]
async fn a_connection_keeps_twice_its_longest_frame_at_most() {
    let (io, mut peer) = tokio::io::duplex(8 << 20);
    let mut transport = WebSocket::server(io, &Limits::default()).await;
    let frame = masked(0x82, &[1; 8192]);
    let before = HELD.get();
    for _ in 0..100 {
        peer.write_all(&frame).await.unwrap();
        let Incoming::Message(_) = receive(&mut transport).await else { panic!("no message") };
    }
    assert_eq!(take_all(&mut transport).await, 0);
    let held = HELD.get().saturating_sub(before);
    assert!(held <= 20 << 10, "{held} bytes");
}

#[tokio::test]
async fn w02_a_length_that_is_only_said_takes_no_more_than_the_limit_of_a_frame() {
    let (io, mut peer) = tokio::io::duplex(1 << 10);
    let mut transport = WebSocket::server(io, &Limits::default()).await;
    let before = HELD.get();
    peer.write_all(&masked(0x82, &vec![1; 100_000])[..14]).await.unwrap();
    assert_eq!(take_all(&mut transport).await, 0);
    let held = HELD.get().saturating_sub(before);
    assert!(held <= Limits::default().frame() + 1024, "{held} bytes");
}

#[tokio::test]
async fn w04_empty_fragments_without_an_end_take_nothing() {
    let (io, mut peer) = tokio::io::duplex(1 << 20);
    let mut transport = WebSocket::server(io, &Limits::default()).await;
    let fragments = masked(0x00, b"").repeat(10_000);
    peer.write_all(&masked(0x02, b"begins")).await.unwrap();
    let mut before = 0;
    for round in 0..10 {
        if round == 1 {
            // The buffers of the test are as large as they get.
            before = HELD.get();
        }
        peer.write_all(&fragments).await.unwrap();
        assert_eq!(take_all(&mut transport).await, 0);
    }
    let held = HELD.get().saturating_sub(before);
    assert!(held <= 1 << 10, "{held} bytes");
    peer.write_all(&masked(0x80, b"")).await.unwrap();
    assert_eq!(receive(&mut transport).await, Incoming::Message(Bytes::from_static(b"begins")));
}

#[tokio::test]
async fn s11_a_peer_that_sends_pings_and_reads_nothing_takes_no_more_than_the_write_buffer() {
    let limits = Limits::default().with_max_write_buffer(64 << 10).unwrap();
    let (io, mut peer) = tokio::io::duplex(4 << 10);
    let mut transport = WebSocket::server(io, &limits).await;
    let pings = masked(0x89, &[1; 125]).repeat(30);
    let before = HELD.get();
    let mut most = 0;
    for _ in 0..1000 {
        peer.write_all(&pings).await.unwrap();
        assert_eq!(take_all(&mut transport).await, 30);
        most = most.max(HELD.get().saturating_sub(before));
    }
    // A vector that grows is twice as large as what it holds; the rest is the test's.
    assert!(most <= 2 * limits.max_write_buffer() + (16 << 10), "{most} bytes");
}

#[tokio::test]
async fn s11_a_peer_that_reads_nothing_is_sent_no_more_than_the_write_buffer_holds() {
    let (io, _peer) = tokio::io::duplex(4 << 10);
    let mut transport = WebSocket::server(io, &Limits::default()).await;
    let message = Bytes::from(vec![1; 8192]);
    let before = HELD.get();
    let mut sent = 0;
    let ready = poll_fn(|context| {
        while let Poll::Ready(ready) = transport.poll_ready(context) {
            ready?;
            transport.start_send(Outgoing::Message(message.clone()))?;
            sent += 1;
        }
        Poll::Ready(io::Result::Ok(()))
    });
    ready.await.unwrap();
    let held = HELD.get().saturating_sub(before);
    assert_eq!(sent, 1);
    assert!(held <= 20 << 10, "{held} bytes");
}
