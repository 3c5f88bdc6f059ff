//! Gateways and identifiers: binding, unbinding, and requests.

use alwayson::message::Request;
use alwayson::platform::{Event, MemoryThings, Platform};
use alwayson::value::Value;
use alwayson_codec::{self as codec, Body, Gateway, Status};

use super::peer::Peer;
use super::support::{event, platform, quiet};

const GATE: Gateway<'static> = Gateway::new("g", "EMSGateway");

fn things() -> MemoryThings {
    MemoryThings::new()
        .with_thing("a")
        .with_thing("b")
        .with_identified_thing("Pump", "serial-7")
        .with_gateway_type("EMSGateway")
}

fn behind<'n>(gateway: Gateway<'n>, names: &'n [&'n str]) -> codec::Bind<'n> {
    codec::Bind { gateway: Some(gateway), ..codec::Bind::new(names).unwrap() }
}

/// Returns whether a request of the platform reaches this edge under this name.
async fn reaches(platform: &Platform, thing: &str, peer: &mut Peer, name: &str) -> bool {
    let handle = platform.handle();
    let read = Request::read_property(thing, "p");
    let call = tokio::spawn(async move { handle.call(read).await });
    let (ids, line) = peer.message().await;
    peer.answer(ids.request, codec::Response::new(Status::SUCCESS)).await;
    call.await.unwrap().is_ok() && line.ends_with(&format!("Things/{name}/Properties/p"))
}

#[tokio::test]
async fn a_thing_that_was_bound_again_without_its_gateway_stays_bound_when_that_goes() {
    let things = things();
    let platform = platform(&things, quiet()).await;
    let mut peer = Peer::authenticated(platform.local_addr()).await;
    assert!(peer.ask(Body::Bind(behind(GATE, &["a"]))).await.starts_with("SUCCESS"));
    assert!(peer.bind(&["a"]).await.starts_with("SUCCESS"));
    assert!(peer.ask(Body::Unbind(behind(GATE, &[]))).await.starts_with("SUCCESS"));
    assert!(things.state("a").unwrap().is_connected);
    assert!(things.state("g").is_none());
    assert!(reaches(&platform, "a", &mut peer, "a").await);
    let mut other = Peer::authenticated(platform.local_addr()).await;
    assert!(other.bind(&["a"]).await.starts_with("CONFLICT"));
    assert!(peer.unbind(&["a"]).await.starts_with("SUCCESS"));
    assert!(!things.state("a").unwrap().is_connected);
    assert!(other.bind(&["a"]).await.starts_with("SUCCESS"));
}

#[tokio::test]
async fn a_bind_that_is_refused_changes_nothing_of_what_stands_behind_a_gateway() {
    let things = things();
    let platform = platform(&things, quiet()).await;
    let mut peer = Peer::authenticated(platform.local_addr()).await;
    assert!(peer.ask(Body::Bind(behind(GATE, &["a", "b"]))).await.starts_with("SUCCESS"));
    let unknown = Gateway::new("x", "Unknown");
    assert!(peer.ask(Body::Bind(behind(unknown, &["a"]))).await.starts_with("NOT_FOUND"));
    assert!(peer.ask(Body::Unbind(behind(GATE, &["b"]))).await.starts_with("SUCCESS"));
    for thing in ["a", "g"] {
        assert!(things.state(thing).unwrap().is_connected, "{thing}");
        assert!(reaches(&platform, thing, &mut peer, thing).await);
    }
    assert!(peer.ask(Body::Unbind(behind(GATE, &["a"]))).await.starts_with("SUCCESS"));
    assert!(things.state("g").is_none());
}

#[tokio::test]
async fn a_thing_is_addressed_as_it_was_bound_and_an_edge_may_name_it_either_way() {
    let things = things();
    let platform = platform(&things, quiet()).await;
    let mut events = platform.events();
    let mut peer = Peer::bound(platform.local_addr(), &["*serial-7"]).await;
    assert!(reaches(&platform, "Pump", &mut peer, "*serial-7").await);
    things.set_property("Pump", "p", 7);
    for name in ["Pump", "*serial-7"] {
        let read = codec::Request::read_property(name, "p");
        let answer = peer.ask(Body::Request(read)).await;
        assert!(answer.ends_with("{p: 7}"), "{name}: {answer}");
        let call = codec::Request::invoke_service(name, "GetPropertySubscriptions");
        assert!(peer.ask(Body::Request(call)).await.starts_with("SUCCESS"), "{name}");
    }
    assert_eq!(things.property("Pump", "p").unwrap().value, Value::from(7));
    // This name is not bound.
    let read = codec::Request::read_property("*serial-8", "p");
    assert!(peer.ask(Body::Request(read)).await.starts_with("NOT_FOUND"));
    assert!(peer.unbind(&["serial-7"]).await.starts_with("NOT_FOUND"));
    assert!(peer.unbind(&["Pump"]).await.starts_with("SUCCESS"));
    event(&mut events, |event| matches!(event, Event::Unbound { thing, .. } if thing == "Pump"))
        .await;
    assert!(!things.state("Pump").unwrap().is_connected);
    assert!(peer.unbind(&["*serial-7"]).await.starts_with("NOT_FOUND"));
}
