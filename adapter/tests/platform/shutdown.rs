//! A platform that shuts down while requests are waiting or still arrive.

use std::sync::Arc;

use alwayson::message::Request;
use alwayson::platform::{MemoryThings, RequestError};
use alwayson_codec::{self as codec, Body, Status};
use tokio::sync::Semaphore;

use super::hosts::hosted;
use super::peer::Peer;
use super::support::{ms, platform, quiet};

fn read(name: &str) -> Body<'_> {
    Body::Request(codec::Request::read_property("Pump", name))
}

/// Sends a request that the host delays, and waits until it does.
async fn say_and_wait(peer: &mut Peer) -> u32 {
    let request = peer.say(read("wait")).await;
    assert!(peer.ask(read("p")).await.starts_with("NOT_FOUND"));
    request
}

#[tokio::test]
async fn a_shutdown_ends_with_the_last_call_also_where_that_has_no_answer() {
    let options = quiet().with_request_timeout(ms(300)).unwrap();
    let platform = platform(&MemoryThings::any(), options).await;
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    let handle = platform.handle();
    let call = tokio::spawn(async move { handle.call(Request::read_property("Pump", "p")).await });
    peer.message().await;
    let shut_down = tokio::spawn(platform.shut_down());
    assert_eq!(call.await.unwrap(), Err(RequestError::Timeout));
    assert_eq!(peer.frame().await, "close 1001");
    drop(peer);
    shut_down.await.unwrap();
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_a_host_that_never_answers() {
    let options = quiet().with_answer_timeout(ms(300)).unwrap();
    let platform = hosted(&Arc::new(Semaphore::new(0)), options).await;
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    let request = say_and_wait(&mut peer).await;
    let shut_down = tokio::spawn(platform.shut_down());
    let (ids, line) = peer.message().await;
    assert!(line.starts_with("GATEWAY_TIMEOUT") && ids.request == request, "{line}");
    assert_eq!(peer.frame().await, "close 1001");
    drop(peer);
    shut_down.await.unwrap();
}

#[tokio::test]
async fn an_edge_that_goes_on_asking_does_not_put_off_a_shutdown() {
    let permits = Arc::new(Semaphore::new(0));
    let platform = hosted(&permits, quiet()).await;
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    let slow = say_and_wait(&mut peer).await;
    let shut_down = tokio::spawn(platform.shut_down());
    let mut refused = 0;
    for _ in 0..100 {
        let answer = peer.ask(read("p")).await;
        refused += u32::from(answer.starts_with(&format!("{}", Status::SERVICE_UNAVAILABLE)));
    }
    assert!(refused > 0);
    // Requests in flight are answered.
    permits.add_permits(1);
    let (ids, line) = peer.message().await;
    assert!(line.starts_with("NOT_FOUND") && ids.request == slow, "{line}");
    assert_eq!(peer.frame().await, "close 1001");
    drop(peer);
    shut_down.await.unwrap();
}
