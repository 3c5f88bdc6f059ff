//! A Thing that moves back while its move is being told.

use std::sync::Arc;

use alwayson::message::Request;
use alwayson::platform::Options;
use alwayson_codec::connection::registry::BindPolicy;
use alwayson_codec::{self as codec, Body, Status};
use tokio::sync::Semaphore;

use super::hosts::hosted;
use super::peer::Peer;
use super::support::quiet;

/// Sends a BIND about which the host waits, and sees to it that it does.
async fn bind_and_wait(peer: &mut Peer) -> u32 {
    let bind = peer.say(Body::Bind(codec::Bind::new(&["wait"]).unwrap())).await;
    let read = codec::Request::read_property("wait", "p");
    assert!(peer.ask(Body::Request(read)).await.starts_with("NOT_FOUND"));
    bind
}

#[tokio::test]
async fn a_thing_that_is_taken_and_taken_back_at_once_is_where_the_last_bind_came_from() {
    let permits = Arc::new(Semaphore::new(1));
    let options = Options { bind_policy: BindPolicy::LastInWins, ..quiet() };
    let platform = hosted(&permits, options).await;
    let mut first = Peer::bound(platform.local_addr(), &["wait"]).await;
    let mut second = Peer::authenticated(platform.local_addr()).await;
    // Which of the two things the connection hears first is a matter of luck.
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
