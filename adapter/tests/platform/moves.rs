//! A Thing that moves back while its move is being announced.

use std::sync::Arc;

use alwayson::frame::{Direction, Frame, Kind, PlatformObserver};
use alwayson::message::Request;
use alwayson::platform::{Event, MemoryThings, Platform};
use alwayson_codec::connection::registry::{BindPolicy, ConnectionId};
use alwayson_codec::{self as codec, Body, Status};
use tokio::sync::Semaphore;

use super::hosts::hosted;
use super::peer::Peer;
use super::support::{builder, event, quiet};

/// Sends a BIND that the host delays, and waits until it does.
async fn bind_and_wait(peer: &mut Peer) -> u32 {
    let bind = peer.say(Body::Bind(codec::Bind::new(&["wait"]).unwrap())).await;
    let read = codec::Request::read_property("wait", "p");
    assert!(peer.ask(Body::Request(read)).await.starts_with("NOT_FOUND"));
    bind
}

#[tokio::test]
async fn a_thing_that_is_taken_and_taken_back_at_once_is_where_the_last_bind_came_from() {
    let permits = Arc::new(Semaphore::new(1));
    let options = quiet().with_bind_policy(BindPolicy::LastInWins);
    let platform = hosted(&permits, options).await;
    let mut first = Peer::bound(platform.local_addr(), &["wait"]).await;
    let mut second = Peer::authenticated(platform.local_addr()).await;
    // The order in which the connection learns of both is random.
    for _ in 0..20 {
        let taken = bind_and_wait(&mut second).await;
        let taken_back = bind_and_wait(&mut first).await;
        permits.add_permits(2);
        for (peer, bind) in [(&mut second, taken), (&mut first, taken_back)] {
            let (ids, line) = peer.message().await;
            assert!(line.starts_with("SUCCESS") && ids.request == bind, "{line}");
        }
        let handle = platform.handle();
        let read = Request::read_property("wait", "p");
        let mut call = tokio::spawn(async move { handle.call(read).await });
        let (ids, _) = tokio::select! {
            failed = &mut call => panic!("{failed:?}"),
            message = first.message() => message,
        };
        first.answer(ids.request, codec::Response::new(Status::SUCCESS)).await;
        assert!(call.await.unwrap().is_ok());
    }
}

/// A sign of life, at which the platform's task of a connection stands still until
/// it is let go.
struct Gate {
    observer: PlatformObserver,
    /// Receives when the task stands still.
    standing: tokio::sync::mpsc::UnboundedReceiver<()>,
    let_go: std::sync::mpsc::Sender<()>,
}

impl Gate {
    fn new() -> Self {
        let (let_go, wait) = std::sync::mpsc::channel();
        let (stands, standing) = tokio::sync::mpsc::unbounded_channel();
        let wait = std::sync::Mutex::new(wait);
        let observer = move |_: ConnectionId, frame: &Frame<'_>| {
            let is_sign = matches!(frame.kind, Kind::Message(bytes) if bytes[1] == 0x1F);
            if is_sign && frame.direction == Direction::Received {
                stands.send(()).unwrap();
                tokio::task::block_in_place(|| wait.lock().unwrap().recv().unwrap());
            }
        };
        Self { observer: Arc::new(observer), standing, let_go }
    }
}

async fn gated(things: &MemoryThings, observer: PlatformObserver) -> Platform {
    let options = quiet().with_bind_policy(BindPolicy::LastInWins);
    builder(things).options(options).observer(observer).listen("127.0.0.1:0").await.unwrap()
}

/// Moves `Pump` to a second connection while the first one, which has bound it, is blocked.
/// Returns both, and the request id of the second one's BIND.
async fn moved(
    platform: &Platform,
    standing: &mut tokio::sync::mpsc::UnboundedReceiver<()>,
) -> (Peer, Peer, u32) {
    let mut events = platform.events();
    let mut first = Peer::bound(platform.local_addr(), &["Pump"]).await;
    let mut second = Peer::authenticated(platform.local_addr()).await;
    first.say(Body::KeepAlive).await;
    standing.recv().await.unwrap();
    let bind = second.say(Body::Bind(codec::Bind::new(&["Pump"]).unwrap())).await;
    event(&mut events, |event| matches!(event, Event::Moved { .. })).await;
    (first, second, bind)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_winner_of_a_thing_is_told_nothing_and_asked_nothing_before_the_loser_knows() {
    let Gate { observer, mut standing, let_go } = Gate::new();
    let things = MemoryThings::any();
    let platform = gated(&things, observer).await;
    let (mut first, mut second, bind) = moved(&platform, &mut standing).await;
    let handle = platform.handle();
    let call = tokio::spawn(async move { handle.call(Request::read_property("Pump", "p")).await });
    // Its own requests are answered meanwhile.
    for _ in 0..3 {
        let read = codec::Request::read_property("Pump", "p");
        assert!(second.ask(Body::Request(read)).await.starts_with("NOT_FOUND"));
    }
    assert_eq!(second.passed_over(), []);
    let_go.send(()).unwrap();
    let (ids, line) = second.message().await;
    assert!(line.starts_with("SUCCESS") && ids.request == bind, "{line}");
    let (ids, line) = second.message().await;
    assert!(line.ends_with("Things/Pump/Properties/p"), "{line}");
    second.answer(ids.request, codec::Response::new(Status::SUCCESS)).await;
    assert!(call.await.unwrap().is_ok());
    assert!(first.unbind(&["Pump"]).await.starts_with("NOT_FOUND"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_takes_a_thing_from_a_connection_that_ends_before_it_knows_has_it() {
    let Gate { observer, mut standing, let_go } = Gate::new();
    let things = MemoryThings::any();
    let platform = gated(&things, observer).await;
    let (first, mut second, bind) = moved(&platform, &mut standing).await;
    let mut events = platform.events();
    drop(first.into_socket());
    let_go.send(()).unwrap();
    let (ids, line) = second.message().await;
    assert!(line.starts_with("SUCCESS") && ids.request == bind, "{line}");
    event(&mut events, |event| matches!(event, Event::Disconnected { .. })).await;
    assert!(things.state("Pump").unwrap().is_connected);
    assert!(second.unbind(&["Pump"]).await.starts_with("SUCCESS"));
    assert!(!things.state("Pump").unwrap().is_connected);
}
