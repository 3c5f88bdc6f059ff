//! Faults of a session, one at a time.

use alwayson::message::Request;
use alwayson::platform::{Event, KnownCredentials, MemoryThings, Platform};
use alwayson_codec::connection::platform::End;
use alwayson_codec::{self as codec, Body, Ids, Status};

use super::peer::{KEY, Peer, auth_hex, encode, hex};
use super::support::{all_ended, event, ms, platform, quiet};

#[tokio::test]
async fn s02_unknown_late_and_doubled_responses_are_dropped_and_the_next_request_works() {
    let platform = platform(&MemoryThings::any(), quiet()).await;
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    let success = codec::Response::new(Status::SUCCESS);
    for unknown in [0, 1, 2, 77, 1000, u32::MAX] {
        peer.answer(unknown, success).await;
    }
    for _ in 0..2 {
        let handle = platform.handle();
        let call =
            tokio::spawn(async move { handle.call(Request::read_property("Pump", "p")).await });
        let (ids, _) = peer.message().await;
        peer.answer(ids.request, success).await;
        peer.answer(ids.request, codec::Response::new(Status::NOT_FOUND)).await;
        assert_eq!(call.await.unwrap().unwrap().status, Status::SUCCESS);
    }
    assert!(peer.bind(&["Valve"]).await.starts_with("SUCCESS"));
}

#[tokio::test]
async fn s04_a_second_auth_is_a_bad_request_and_changes_nothing() {
    let platform = platform(&MemoryThings::any(), quiet()).await;
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    peer.send_hex(&auth_hex(KEY)).await;
    assert!(peer.message().await.1.starts_with("BAD_REQUEST request=1"));
    peer.send_hex(&auth_hex("another")).await;
    assert!(peer.message().await.1.starts_with("BAD_REQUEST request=1"));
    assert!(platform.handle().holder("Pump").is_some());
}

#[tokio::test]
async fn s05_a_client_that_opens_and_says_nothing_is_cut_at_the_time_for_auth() {
    let platform = platform(&MemoryThings::any(), quiet().with_auth_timeout(ms(50)).unwrap()).await;
    let mut events = platform.events();
    let mut peer = Peer::open(platform.local_addr()).await;
    assert_eq!(peer.frame().await, "close 1008");
    drop(peer);
    event(&mut events, |e| matches!(e, Event::Disconnected { end: End::AuthTimeout, .. })).await;
}

#[tokio::test]
async fn s05_pings_and_unfinished_frames_do_not_put_off_the_time_for_auth() {
    use tokio::io::AsyncWriteExt;

    let platform =
        platform(&MemoryThings::any(), quiet().with_auth_timeout(ms(200)).unwrap()).await;
    let mut events = platform.events();
    let peer = Peer::open(platform.local_addr()).await;
    let mut socket = peer.into_socket().into_inner();
    let trickle = tokio::spawn(async move {
        let mut tick = tokio::time::interval(std::time::Duration::from_millis(10));
        // A frame of 127 bytes, a byte at a time, between empty pings' worth of time.
        let mut frame = vec![0x82, 0xFE, 0, 127, 0, 0, 0, 0];
        frame.resize(8 + 127, 0);
        for byte in frame {
            tick.tick().await;
            if socket.write_all(&[byte]).await.is_err() {
                break;
            }
        }
    });
    event(&mut events, |e| matches!(e, Event::Disconnected { end: End::AuthTimeout, .. })).await;
    trickle.abort();
}

#[tokio::test]
async fn s08_a_flood_of_binds_is_bounded_and_names_what_has_no_room() {
    let platform = platform(&MemoryThings::any(), quiet().with_bindings(100).unwrap()).await;
    let mut peer = Peer::authenticated(platform.local_addr()).await;
    let names: Vec<String> = (0..101).map(|name| format!("Thing{name}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let answer = peer.bind(&names).await;
    assert!(answer.starts_with("SERVICE_UNAVAILABLE"), "{answer}");
    assert!(answer.contains("Thing100 cannot be bound for lack of room"), "{answer}");
    assert!(peer.bind(&names[..99]).await.starts_with("SUCCESS"));
    assert!(peer.bind(&names[..100]).await.starts_with("SUCCESS"));
    assert!(peer.bind(&names[100..]).await.starts_with("SERVICE_UNAVAILABLE"));
    assert!(peer.unbind(&names[..1]).await.starts_with("SUCCESS"));
    assert!(peer.bind(&names[100..]).await.starts_with("SUCCESS"));
}

#[tokio::test]
async fn connections_beyond_the_limit_are_closed_and_there_is_room_when_one_ends() {
    let platform = platform(&MemoryThings::any(), quiet().with_connections(2).unwrap()).await;
    let mut events = platform.events();
    let first = Peer::authenticated(platform.local_addr()).await;
    let _second = Peer::authenticated(platform.local_addr()).await;
    let mut third = tokio::net::TcpStream::connect(platform.local_addr()).await.unwrap();
    let mut byte = [0; 1];
    let read = tokio::io::AsyncReadExt::read(&mut third, &mut byte).await;
    assert!(matches!(read, Ok(0) | Err(_)));
    drop(first.into_socket());
    event(&mut events, |event| matches!(event, Event::Disconnected { .. })).await;
    // The slot becomes free shortly after the event.
    loop {
        let socket = tokio::net::TcpStream::connect(platform.local_addr()).await.unwrap();
        let url = format!("ws://{}/Thingworx/WS", platform.local_addr());
        if tokio_tungstenite::client_async(url, socket).await.is_ok() {
            break;
        }
    }
}

#[tokio::test]
async fn s12_a_ghost_holds_its_name_until_the_platform_has_heard_nothing_for_too_long() {
    let platform =
        platform(&MemoryThings::any(), quiet().with_idle_timeout(ms(300)).unwrap()).await;
    let mut events = platform.events();
    // It is silent, like a connection that was lost without a close.
    let ghost = Peer::bound(platform.local_addr(), &["Pump"]).await;
    let mut peer = Peer::authenticated(platform.local_addr()).await;
    assert!(peer.bind(&["Pump"]).await.starts_with("CONFLICT"));
    loop {
        // The second edge retries; its messages keep its own connection alive.
        let answer = peer.bind(&["Pump"]).await;
        if answer.starts_with("SUCCESS") {
            break;
        }
        assert!(answer.starts_with("CONFLICT"), "{answer}");
        tokio::task::yield_now().await;
    }
    event(&mut events, |e| matches!(e, Event::Disconnected { end: End::Idle, .. })).await;
    drop(ghost);
}

#[tokio::test]
async fn k07_the_session_id_of_another_connection_is_refused() {
    let platform = platform(&MemoryThings::any(), quiet()).await;
    let first = Peer::bound(platform.local_addr(), &["Pump"]).await;
    let mut second = Peer::authenticated(platform.local_addr()).await;
    assert_ne!(first.session, second.session);
    let granted = std::mem::replace(&mut second.session, first.session);
    let read = Body::Request(codec::Request::read_property("Pump", "p"));
    assert!(second.ask(read).await.starts_with("UNAUTHORIZED"));
    assert!(second.bind(&["Valve"]).await.starts_with("UNAUTHORIZED"));
    assert!(second.unbind(&["Pump"]).await.starts_with("UNAUTHORIZED"));
    assert!(platform.handle().holder("Pump").is_some());
    second.session = granted;
    assert!(second.bind(&["Valve"]).await.starts_with("SUCCESS"));
}

#[tokio::test]
async fn an_edge_that_says_no_session_id_is_served_as_any_other() {
    let platform = platform(&MemoryThings::any().with_thing("Motor"), quiet()).await;
    for none in [Ids::NONE, 0] {
        let mut peer = Peer::authenticated(platform.local_addr()).await;
        let granted = std::mem::replace(&mut peer.session, none);
        assert!(peer.bind(&["Pump"]).await.starts_with("SUCCESS"));
        let handle = platform.handle();
        let call =
            tokio::spawn(async move { handle.call(Request::read_property("Pump", "p")).await });
        let (ids, _) = peer.message().await;
        assert_eq!(ids.session, granted);
        peer.answer(ids.request, codec::Response::new(Status::SUCCESS)).await;
        assert_eq!(call.await.unwrap().unwrap().status, Status::SUCCESS);
        assert!(peer.unbind(&["Pump"]).await.starts_with("SUCCESS"));
        assert!(platform.handle().holder("Pump").is_none());
    }
}

#[tokio::test]
async fn damaged_messages_are_answered_and_the_next_good_one_works() {
    let platform = platform(&MemoryThings::any(), quiet()).await;
    let mut events = platform.events();
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    let ids = Ids { request: 9, endpoint: 0, session: peer.session };
    let whole = encode(ids, Body::Request(codec::Request::read_property("Pump", "p")));
    // Every prefix that has a whole header.
    for len in 15..whole.len() {
        peer.send(&whole[..len]).await;
        let (_, line) = peer.message().await;
        assert!(line.starts_with("BAD_REQUEST request=9"), "{len}: {line}");
    }
    peer.send(&whole).await;
    assert!(peer.message().await.1.starts_with("NOT_FOUND request=9"));
    // No whole header: the end.
    peer.send(&hex("0101")).await;
    assert_eq!(peer.frame().await, "close 1002");
    drop(peer);
    all_ended(&platform, &mut events).await;
}

/// All known keys are compared in constant time, whatever the result; what shows
/// is that how much of a key is right makes no difference.
#[tokio::test]
async fn k03_a_key_that_is_nearly_right_is_as_wrong_as_any() {
    let keys = KnownCredentials::default()
        .with_key("another-key")
        .with_key(KEY)
        .with_user("pump", "the-password");
    let platform = Platform::builder(keys, MemoryThings::any());
    let platform = platform.options(quiet()).listen("127.0.0.1:0").await.unwrap();
    let answer = async |claims: &[(&str, &str)]| {
        let claims: Vec<_> =
            claims.iter().map(|(name, value)| codec::Claim::new(name, value)).collect();
        let mut peer = Peer::open(platform.local_addr()).await;
        let auth = Body::Auth(codec::Auth::new(&claims).unwrap());
        peer.send(&encode(Ids::unauthenticated(1), auth)).await;
        peer.message().await.1
    };
    let mut wrong: Vec<String> = (0..KEY.len()).map(|len| KEY[..len].to_owned()).collect();
    wrong.extend([format!("{KEY}x"), format!("x{KEY}"), KEY.to_uppercase(), "the-password".into()]);
    for key in &wrong {
        assert_eq!(answer(&[("appKey", key)]).await, "UNAUTHORIZED request=1", "{key}");
    }
    for (user, password) in [("pump", "the-passwore"), ("valve", "the-password"), ("pump", KEY)] {
        let claims = [("userid", user), ("password", password)];
        assert_eq!(answer(&claims).await, "UNAUTHORIZED request=1");
    }
    assert_eq!(answer(&[]).await, "UNAUTHORIZED request=1");
    assert_eq!(answer(&[("userid", "pump")]).await, "UNAUTHORIZED request=1");
    assert!(answer(&[("appKey", KEY)]).await.starts_with("SUCCESS"));
    assert!(answer(&[("other", "x"), ("appKey", "another-key")]).await.starts_with("SUCCESS"));
    let claims = [("userid", "pump"), ("password", "the-password")];
    assert!(answer(&claims).await.starts_with("SUCCESS"));
}
