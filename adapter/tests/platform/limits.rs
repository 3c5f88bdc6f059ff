//! The limits of one connection and of the Things in memory: limit - 1, limit, limit + 1.

use std::sync::Arc;
use std::time::SystemTime;

use alwayson::message::{Request, Response};
use alwayson::platform::{MAX_THINGS, MemoryThings, RequestError, Things as _};
use alwayson_codec::{self as codec, Bind, Body, Status};
use tokio::sync::Semaphore;

use super::peer::Peer;
use super::support::{platform, quiet};

/// How many requests to a connection may have no answer, and how many of it.
const REQUESTS: usize = 512;
const INBOUND: usize = 500;

#[tokio::test]
async fn things_have_a_limit_and_a_gateway_that_a_bind_makes_is_one_of_them() {
    let things = MemoryThings::any();
    for number in 0..MAX_THINGS - 1 {
        assert!(things.by_name(&number.to_string()).await.is_some());
    }
    things.connected("G", Some(SystemTime::now()));
    assert!(things.state("G").is_some());
    assert!(things.by_name("one more").await.is_none());
    things.connected("one more", Some(SystemTime::now()));
    assert!(things.state("one more").is_none());
    // The gateway is unbound.
    things.connected("G", None);
    assert!(things.by_name("one more").await.is_some());
}

#[tokio::test]
async fn as_many_names_as_there_may_be_are_bound_and_one_more_is_refused() {
    const NAMES: usize = 6_000;
    let options = quiet().with_names(NAMES).unwrap();
    let platform = platform(&MemoryThings::any(), options).await;
    let mut peer = Peer::authenticated(platform.local_addr()).await;
    let names: Vec<String> = (0..=NAMES).map(|name| format!("Thing{name}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert!(peer.bind(&names[..NAMES - 1]).await.starts_with("SUCCESS"));
    assert!(peer.bind(&names[NAMES - 1..NAMES]).await.starts_with("SUCCESS"));
    assert!(peer.bind(&names[NAMES..]).await.starts_with("SERVICE_UNAVAILABLE"));
    assert!(platform.handle().holder(names[NAMES - 1]).is_some());
    assert!(platform.handle().holder(names[NAMES]).is_none());
    assert!(peer.unbind(&names[..1]).await.starts_with("SUCCESS"));
    assert!(peer.bind(&names[NAMES..]).await.starts_with("SUCCESS"));
}

#[tokio::test]
async fn as_many_requests_as_there_may_be_are_sent_and_one_more_is_refused() {
    let platform = platform(&MemoryThings::any(), quiet()).await;
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    let mut calls = tokio::task::JoinSet::new();
    let mut requests = Vec::new();
    for _ in 0..REQUESTS {
        let handle = platform.handle();
        calls.spawn(async move { handle.call(Request::read_property("Pump", "p")).await });
        requests.push(peer.message().await.0.request);
    }
    let one_more = platform.call(Request::read_property("Pump", "p")).await;
    assert_eq!(one_more, Err(RequestError::Busy));
    let success = codec::Response::new(Status::SUCCESS);
    peer.answer(requests.pop().unwrap(), success).await;
    assert!(calls.join_next().await.unwrap().unwrap().is_ok());
    let handle = platform.handle();
    calls.spawn(async move { handle.call(Request::read_property("Pump", "p")).await });
    requests.push(peer.message().await.0.request);
    for request in requests {
        peer.answer(request, success).await;
    }
    assert!(calls.join_all().await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn as_many_requests_of_an_edge_as_there_may_be_wait_and_one_more_is_refused() {
    let permits = Arc::new(Semaphore::new(0));
    let waiting = Arc::clone(&permits);
    let things = MemoryThings::any().with_service("Wait", move |_| {
        let waiting = Arc::clone(&waiting);
        async move {
            waiting.acquire().await.unwrap().forget();
            Response::success()
        }
    });
    let platform = platform(&things, quiet()).await;
    let mut peer = Peer::authenticated(platform.local_addr()).await;
    let wait = || Body::Request(codec::Request::invoke_service("Pump", "Wait"));
    for _ in 0..INBOUND {
        peer.say(wait()).await;
    }
    assert!(peer.ask(wait()).await.starts_with("SERVICE_UNAVAILABLE"));
    // Nothing else is delayed.
    let names = ["Pump"];
    assert!(peer.ask(Body::Bind(Bind::new(&names).unwrap())).await.starts_with("SUCCESS"));
    permits.add_permits(INBOUND);
    for _ in 0..INBOUND {
        assert!(peer.message().await.1.starts_with("SUCCESS"));
    }
    permits.add_permits(1);
    assert!(peer.ask(wait()).await.starts_with("SUCCESS"));
}
