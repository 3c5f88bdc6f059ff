//! What is ready together is sent together: the number of writes is that of calls of the operating
//! system.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use alwayson::message::{Request, Response};
use alwayson::platform::{MemoryThings, Platform};
use alwayson::transport::{AcceptOptions, accept};
use alwayson_codec::{self as codec, Body};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::peer::Peer;
use super::support::{platform, quiet};

/// How many are ready together.
const TOGETHER: usize = 64;

/// The most writes that this may take. The messages of all fit into one buffer.
const WRITES: usize = 4;

/// A socket that counts the writes that have not failed or waited.
struct Counted {
    socket: TcpStream,
    writes: Arc<AtomicUsize>,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.writes
            .fetch_add(usize::from(matches!(written, Poll::Ready(Ok(_)))), Ordering::Relaxed);
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

/// An edge that has bound `Pump`, and the number of writes of the platform to it.
async fn counted(platform: &Platform) -> (Peer, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let writes = Arc::default();
    let served = async {
        let socket = listener.accept().await.unwrap().0;
        let io = Counted { socket, writes: Arc::clone(&writes) };
        let accepted = accept(io, &AcceptOptions::default()).await.unwrap();
        tokio::spawn(platform.serve(accepted.transport, None));
    };
    let (peer, ()) = tokio::join!(Peer::bound(address, &["Pump"]), served);
    (peer, writes)
}

/// Sends requests together. Each is answered with success.
async fn ask_together(peer: &mut Peer, request: codec::Request<'_>) -> Vec<u32> {
    peer.say_together(&[Body::Request(request); TOGETHER]).await
}

/// Receives an answer to each, in any order.
async fn are_answered(peer: &mut Peer, requests: Vec<u32>) {
    let mut answered = Vec::new();
    for _ in &requests {
        let (ids, line) = peer.message().await;
        assert!(line.starts_with("SUCCESS"), "{line}");
        answered.push(ids.request);
    }
    answered.sort_unstable();
    assert_eq!(answered, requests);
}

#[tokio::test]
async fn requests_that_arrive_together_are_answered_in_one_write_and_not_in_one_each() {
    let platform = platform(&MemoryThings::any(), quiet()).await;
    let (mut peer, writes) = counted(&platform).await;
    let before = writes.load(Ordering::Relaxed);
    let read = codec::Request::read_property("Pump", "*");
    let requests = ask_together(&mut peer, read).await;
    are_answered(&mut peer, requests).await;
    let taken = writes.load(Ordering::Relaxed) - before;
    assert!((1..=WRITES).contains(&taken), "{taken} writes");
}

#[tokio::test]
async fn answers_of_the_host_that_are_ready_together_are_sent_in_one_write() {
    let (ready, wait) = watch::channel(false);
    let things = MemoryThings::any().with_service("Wait", move |_| {
        let mut wait = wait.clone();
        async move {
            wait.wait_for(|is_ready| *is_ready).await.unwrap();
            Response::success()
        }
    });
    let platform = platform(&things, quiet()).await;
    let (mut peer, writes) = counted(&platform).await;
    let waits = codec::Request::invoke_service("Pump", "Wait");
    let requests = ask_together(&mut peer, waits).await;
    while ready.receiver_count() <= TOGETHER {
        tokio::task::yield_now().await;
    }
    let before = writes.load(Ordering::Relaxed);
    ready.send(true).unwrap();
    are_answered(&mut peer, requests).await;
    let taken = writes.load(Ordering::Relaxed) - before;
    assert!((1..=WRITES).contains(&taken), "{taken} writes");
}

#[tokio::test]
async fn calls_that_are_made_together_are_sent_in_one_write() {
    let platform = platform(&MemoryThings::any(), quiet()).await;
    let (mut peer, writes) = counted(&platform).await;
    let before = writes.load(Ordering::Relaxed);
    let mut calls = JoinSet::new();
    for _ in 0..TOGETHER {
        let handle = platform.handle();
        calls.spawn(async move { handle.call(Request::read_property("Pump", "p")).await });
    }
    let mut asked = Vec::new();
    for _ in 0..TOGETHER {
        asked.push(peer.message().await.0.request);
    }
    let taken = writes.load(Ordering::Relaxed) - before;
    assert!((1..=WRITES).contains(&taken), "{taken} writes");
    for request in asked {
        peer.answer(request, codec::Response::new(codec::Status::SUCCESS)).await;
    }
    assert!(calls.join_all().await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn answers_that_are_longer_than_the_outbox_together_are_sent_nevertheless() {
    let text = "x".repeat(100_000);
    let (ready, wait) = watch::channel(false);
    let things = MemoryThings::any().with_service("Wait", move |_| {
        let (mut wait, text) = (wait.clone(), text.clone());
        async move {
            wait.wait_for(|is_ready| *is_ready).await.unwrap();
            Response::result(text)
        }
    });
    let platform = platform(&things, quiet()).await;
    let (mut peer, _) = counted(&platform).await;
    let waits = codec::Request::invoke_service("Pump", "Wait");
    let requests = ask_together(&mut peer, waits).await;
    while ready.receiver_count() <= TOGETHER {
        tokio::task::yield_now().await;
    }
    ready.send(true).unwrap();
    let mut answered = Vec::new();
    for _ in &requests {
        let first = peer.bytes().await;
        let request = first[2..6].to_vec();
        let mut len = first.len();
        while len < 100_000 {
            let chunk = peer.bytes().await;
            assert_eq!(chunk[2..6], request, "each is sent whole");
            len += chunk.len();
        }
        answered.push(u32::from_be_bytes(request.try_into().unwrap()));
    }
    answered.sort_unstable();
    assert_eq!(answered, requests);
}
