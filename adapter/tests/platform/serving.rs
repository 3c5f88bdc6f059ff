//! Services of a platform for edges.

use alwayson::message::Request;
use alwayson::platform::{Event, MemoryThings, RequestError};
use alwayson::value::{Table, Value};
use alwayson_codec::connection::platform::End;
use alwayson_codec::connection::registry::BindPolicy;
use alwayson_codec::{self as codec, Body, Status};

use super::peer::{Peer, auth_hex, encode};
use super::support::{event, ms, platform, quiet};

#[tokio::test]
async fn a_thing_is_bound_read_written_called_and_unbound() {
    let things = MemoryThings::new().with_thing("Pump");
    let platform = platform(&things, quiet()).await;
    let mut events = platform.events();
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    event(&mut events, |event| matches!(event, Event::Bound { thing, .. } if thing == "Pump"))
        .await;
    assert!(things.state("Pump").unwrap().is_connected);

    let handle = platform.handle();
    let call =
        tokio::spawn(async move { handle.call(Request::read_property("Pump", "Pressure")).await });
    let (ids, line) = peer.message().await;
    assert!(line.ends_with("Things/Pump/Properties/Pressure"), "{line}");
    let content = codec::Value::from(2.5);
    let response = codec::Response { content, ..codec::Response::new(Status::SUCCESS) };
    peer.answer(ids.request, response).await;
    assert_eq!(call.await.unwrap().unwrap().content, Value::from(2.5));

    let handle = platform.handle();
    let params = Table::of([("a", 1.0.into()), ("label", "x".into())]);
    let call = tokio::spawn(async move {
        handle.call(Request::invoke_service("Pump", "Start", Some(params))).await
    });
    let (ids, line) = peer.message().await;
    assert!(line.ends_with(r#"Things/Pump/Services/Start {a: 1, label: "x"}"#), "{line}");
    peer.answer(ids.request, codec::Response::new(Status::NOT_FOUND)).await;
    assert_eq!(call.await.unwrap().unwrap().status, Status::NOT_FOUND);

    let answer = peer.ask(Body::Request(codec::Request::read_property("Pump", "p"))).await;
    assert!(answer.starts_with("NOT_FOUND"), "{answer}");
    things.set_property("Pump", "p", 7);
    let answer = peer.ask(Body::Request(codec::Request::read_property("Pump", "p"))).await;
    assert!(answer.ends_with("{p: 7}"), "{answer}");

    assert!(peer.unbind(&["Pump"]).await.starts_with("SUCCESS"));
    event(&mut events, |event| matches!(event, Event::Unbound { thing, .. } if thing == "Pump"))
        .await;
    assert!(!things.state("Pump").unwrap().is_connected);
    let call = platform.call(Request::read_property("Pump", "Pressure")).await;
    assert_eq!(call, Err(RequestError::NotBound));
}

#[tokio::test]
async fn s01_before_auth_has_succeeded_anything_else_ends_the_connection_without_an_answer() {
    let platform = platform(&MemoryThings::any(), quiet()).await;
    let ids = codec::Ids::unauthenticated(1);
    let names = ["Pump"];
    let bind = || codec::Bind::new(&names).unwrap();
    let bodies = [
        Body::Bind(bind()),
        Body::Unbind(bind()),
        Body::Request(codec::Request::read_property("Pump", "p")),
        Body::Response(codec::Response::new(Status::SUCCESS)),
        Body::KeepAlive,
    ];
    for body in bodies {
        let mut peer = Peer::open(platform.local_addr()).await;
        peer.send(&encode(ids, body)).await;
        assert_eq!(peer.frame().await, "close 1008", "{body:?}");
    }
    assert_eq!(Peer::authenticated(platform.local_addr()).await.session, 1);
}

#[tokio::test]
async fn a_wrong_key_is_told_unauthorized_and_the_connection_ends() {
    let platform = platform(&MemoryThings::any(), quiet()).await;
    let mut events = platform.events();
    for key in ["", "1", "12345678-1234-1234-1234-123456789abd"] {
        let mut peer = Peer::open(platform.local_addr()).await;
        peer.send_hex(&auth_hex(key)).await;
        let (_, line) = peer.message().await;
        assert_eq!(line, "UNAUTHORIZED request=1");
        assert_eq!(peer.frame().await, "close 1008");
        drop(peer);
        event(&mut events, |event| matches!(event, Event::Disconnected { end: End::Refused, .. }))
            .await;
    }
}

#[tokio::test]
async fn a_thing_that_is_bound_elsewhere_is_refused_or_moves_as_the_policy_says() {
    let things = MemoryThings::any();
    let first_wins = platform(&things, quiet()).await;
    let mut first = Peer::bound(first_wins.local_addr(), &["Pump"]).await;
    let mut second = Peer::authenticated(first_wins.local_addr()).await;
    let answer = second.bind(&["Valve", "Pump"]).await;
    assert!(answer.starts_with("CONFLICT"), "{answer}");
    assert!(answer.contains("Pump is bound on another connection"), "{answer}");
    // All or nothing.
    assert_eq!(first_wins.handle().holder("Valve"), None);
    assert!(first.unbind(&["Pump"]).await.starts_with("SUCCESS"));
    assert!(second.bind(&["Valve", "Pump"]).await.starts_with("SUCCESS"));

    let things = MemoryThings::any();
    let options = quiet().with_bind_policy(BindPolicy::LastInWins);
    let last_wins = platform(&things, options).await;
    let mut events = last_wins.events();
    let mut first = Peer::bound(last_wins.local_addr(), &["Pump"]).await;
    let mut second = Peer::bound(last_wins.local_addr(), &["Pump"]).await;
    event(&mut events, |event| matches!(event, Event::Moved { thing, .. } if thing == "Pump"))
        .await;
    assert!(first.unbind(&["Pump"]).await.starts_with("NOT_FOUND"));
    assert!(things.state("Pump").unwrap().is_connected);
    let handle = last_wins.handle();
    let call = tokio::spawn(async move { handle.call(Request::read_property("Pump", "p")).await });
    let (ids, _) = second.message().await;
    second.answer(ids.request, codec::Response::new(Status::SUCCESS)).await;
    assert!(call.await.unwrap().is_ok());
    drop(first);
}

#[tokio::test]
async fn the_end_of_a_connection_frees_its_things_and_ends_calls_to_them() {
    let things = MemoryThings::any();
    let platform = platform(&things, quiet()).await;
    let mut events = platform.events();
    let mut peer = Peer::bound(platform.local_addr(), &["Pump", "*serial-7"]).await;
    let handle = platform.handle();
    let call =
        tokio::spawn(async move { handle.call(Request::read_property("serial-7", "p")).await });
    let (_, line) = peer.message().await;
    assert!(line.contains("Things/*serial-7/"), "{line}");
    drop(peer.into_socket());
    assert_eq!(call.await.unwrap(), Err(RequestError::Ended));
    for expected in ["Pump", "serial-7"] {
        event(
            &mut events,
            |event| matches!(event, Event::Unbound { thing, .. } if thing == expected),
        )
        .await;
        assert!(!things.state(expected).unwrap().is_connected);
    }
    event(&mut events, |event| matches!(event, Event::Disconnected { .. })).await;
    assert_eq!(platform.handle().connections(), 0);
}

#[tokio::test]
async fn a_thing_with_an_identifier_is_bound_by_it_alone_and_gateways_are_made() {
    let things = MemoryThings::new()
        .with_identified_thing("Pump", "serial-7")
        .with_gateway_type("EMSGateway");
    let platform = platform(&things, quiet()).await;
    let mut peer = Peer::authenticated(platform.local_addr()).await;
    let answer = peer.bind(&["Pump"]).await;
    assert!(answer.contains("Pump must be bound by its identifier"), "{answer}");
    assert!(peer.bind(&["*serial-7"]).await.starts_with("SUCCESS"));
    assert!(peer.bind(&["Ghost"]).await.starts_with("NOT_FOUND"));
    let names = ["*serial-7"];
    let gateway = Some(codec::Gateway::new("Router", "EMSGateway"));
    let bind = codec::Bind { gateway, ..codec::Bind::new(&names).unwrap() };
    assert!(peer.ask(Body::Bind(bind)).await.starts_with("SUCCESS"));
    assert!(platform.handle().holder("Router").is_some());
    let unknown = Some(codec::Gateway::new("Other", "Toaster"));
    let bind = codec::Bind { gateway: unknown, ..bind };
    assert!(peer.ask(Body::Bind(bind)).await.starts_with("NOT_FOUND"));
}

#[tokio::test]
async fn a_gateway_that_was_made_is_there_for_as_long_as_it_is_bound() {
    let things = MemoryThings::new().with_thing("Pump").with_gateway_type("EMSGateway");
    let options = quiet().with_bind_policy(BindPolicy::LastInWins);
    let platform = platform(&things, options).await;
    let mut peer = Peer::authenticated(platform.local_addr()).await;
    let names = ["Pump"];
    let gateway = Some(codec::Gateway::new("Router", "EMSGateway"));
    let bind = codec::Bind { gateway, ..codec::Bind::new(&names).unwrap() };
    for _ in 0..2 {
        assert!(peer.ask(Body::Bind(bind)).await.starts_with("SUCCESS"));
        assert!(things.state("Router").unwrap().is_connected);
        // No other connection can bind it as a Thing.
        let mut other = Peer::authenticated(platform.local_addr()).await;
        let answer = other.bind(&["Router"]).await;
        assert!(answer.starts_with("NOT_FOUND"), "{answer}");
        assert!(peer.ask(Body::Unbind(bind)).await.starts_with("SUCCESS"));
        assert!(things.state("Router").is_none());
    }
    assert_eq!(things.names(), ["Pump"]);
}

#[tokio::test]
async fn a_request_without_an_answer_ends_in_time_and_a_late_answer_is_dropped() {
    let things = MemoryThings::any();
    let platform = platform(&things, quiet().with_request_timeout(ms(50)).unwrap()).await;
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    let call = platform.call(Request::read_property("Pump", "p")).await;
    assert_eq!(call, Err(RequestError::Timeout));
    assert_eq!(RequestError::Timeout.status(), Status::GATEWAY_TIMEOUT);
    let (ids, _) = peer.message().await;
    peer.answer(ids.request, codec::Response::new(Status::SUCCESS)).await;
    assert!(peer.bind(&["Valve"]).await.starts_with("SUCCESS"));
}

#[tokio::test]
async fn pushed_values_are_kept_with_time_and_quality() {
    let things = MemoryThings::any();
    let platform = platform(&things, quiet()).await;
    let mut peer = Peer::bound(platform.local_addr(), &["SteamSensor1"]).await;
    let mut updates = things.updates();
    let mut push = super::peer::hex(alwayson_conformance::data::PUSH.trim());
    push[2..6].copy_from_slice(&9_u32.to_be_bytes());
    push[10..14].copy_from_slice(&peer.session.to_be_bytes());
    peer.send(&push).await;
    assert!(peer.message().await.1.starts_with("SUCCESS request=9"));
    let property = things.property("SteamSensor1", "Temperature").unwrap();
    assert_eq!(property.value, Value::from(1.25));
    assert_eq!(property.time.as_datetime().unwrap().to_millis(), 1_700_000_000_000);
    assert_eq!(property.quality, "GOOD");
    assert!(updates.recv().await.is_ok());
    assert_eq!(things.state("SteamSensor1").unwrap().last_changed.as_deref(), Some("Pressure"));
}

#[tokio::test]
async fn a_shutdown_answers_what_is_in_flight_closes_and_takes_no_more_in() {
    let things = MemoryThings::any();
    let platform = platform(&things, quiet()).await;
    let address = platform.local_addr();
    let mut peer = Peer::bound(address, &["Pump"]).await;
    let handle = platform.handle();
    let call = tokio::spawn(async move { handle.call(Request::read_property("Pump", "p")).await });
    let (ids, _) = peer.message().await;
    let shut_down = tokio::spawn(platform.shut_down());
    // It waits for the answer.
    peer.answer(ids.request, codec::Response::new(Status::SUCCESS)).await;
    assert!(call.await.unwrap().is_ok());
    assert_eq!(peer.frame().await, "close 1001");
    assert_eq!(peer.frame().await, "end");
    shut_down.await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    assert!(!things.state("Pump").unwrap().is_connected);
}
