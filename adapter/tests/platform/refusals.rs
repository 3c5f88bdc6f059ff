//! A platform refuses bad messages once, with a reason, reports what is wrong, and handles the
//! next good message.

use alwayson::message::{Request, Response};
use alwayson::platform::{Event, MemoryThings, Platform};
use alwayson_codec::connection::platform::End;
use alwayson_codec::{self as codec, Bind, Body, Ids, Split, Status};
use alwayson_conformance::hex;
use tokio::sync::broadcast::Receiver;

use super::peer::{KEY, Peer, auth_hex, encode};
use super::support::{event, platform, quiet};

const CHUNK: u16 = 128;

fn ids(peer: &Peer, request: u32) -> Ids {
    Ids { request, endpoint: 0, session: peer.session }
}

fn chunks(message: &[u8]) -> Vec<Vec<u8>> {
    let mut split = Split::new(message, CHUNK).unwrap();
    let mut chunks = Vec::new();
    let mut buffer = vec![0; usize::from(CHUNK)];
    while let Some(len) = split.next_chunk(&mut buffer).unwrap() {
        chunks.push(buffer[..len].to_vec());
    }
    chunks
}

/// A connection that has bound `Pump`.
async fn bound() -> (Platform, Receiver<Event>, Peer) {
    let platform = platform(&MemoryThings::any(), quiet()).await;
    let events = platform.events();
    let peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    (platform, events, peer)
}

/// Asserts that the next good message works, with and without chunks.
async fn goes_on(platform: &Platform, peer: &mut Peer) {
    let write = Body::Request(codec::Request::read_property("Pump", "p"));
    assert!(peer.ask(write).await.starts_with("NOT_FOUND"));
    let long = "x".repeat(500);
    let call = encode(ids(peer, 900), Body::Request(codec::Request::invoke_service("Pump", &long)));
    for chunk in chunks(&call) {
        peer.send(&chunk).await;
    }
    let (_, line) = peer.message().await;
    assert!(line.starts_with("NOT_FOUND request=900"), "{line}");
    assert!(platform.handle().holder("Pump").is_some());
}

/// The kind and the offset of the next message that cannot be read.
async fn fault(events: &mut Receiver<Event>) -> (String, Option<u32>, String) {
    match event(events, |event| matches!(event, Event::Unreadable { .. })).await {
        Event::Unreadable { fault, .. } => (fault.kind.to_owned(), fault.offset, fault.to_string()),
        _ => unreachable!(),
    }
}

#[tokio::test]
async fn a_bind_in_chunks_is_one_bind_and_so_is_an_unbind() {
    let (platform, _, mut peer) = bound().await;
    let names: Vec<String> = (0..200).map(|number| format!("Thing{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let parts = chunks(&encode(ids(&peer, 50), Body::Bind(Bind::new(&names).unwrap())));
    assert!(parts.len() > 10);
    let (last, first) = parts.split_last().unwrap();
    for part in first {
        peer.send(part).await;
    }
    // Nothing is bound before the last chunk.
    assert!(peer.bind(&["Valve"]).await.starts_with("SUCCESS"));
    assert!(platform.handle().holder(names[0]).is_none());
    peer.send(last).await;
    assert!(peer.message().await.1.starts_with("SUCCESS request=50"));
    for name in &names {
        assert!(platform.handle().holder(name).is_some(), "{name}");
    }
    for part in chunks(&encode(ids(&peer, 51), Body::Unbind(Bind::new(&names).unwrap()))) {
        peer.send(&part).await;
    }
    assert!(peer.message().await.1.starts_with("SUCCESS request=51"));
    assert!(names.iter().all(|name| platform.handle().holder(name).is_none()));
    goes_on(&platform, &mut peer).await;
}

#[tokio::test]
async fn a_bind_in_chunks_is_refused_once_and_binds_nothing() {
    let (platform, _, mut peer) = bound().await;
    let mut other = Peer::bound(platform.local_addr(), &["Taken"]).await;
    let names: Vec<String> = (0..100).map(|number| format!("Thing{number}")).collect();
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.push("Taken");
    for part in chunks(&encode(ids(&peer, 50), Body::Bind(Bind::new(&names).unwrap()))) {
        peer.send(&part).await;
    }
    let (_, line) = peer.message().await;
    assert!(line.starts_with("CONFLICT request=50"), "{line}");
    assert!(platform.handle().holder(names[0]).is_none());
    goes_on(&platform, &mut peer).await;
    goes_on_for_another(&mut other).await;
}

async fn goes_on_for_another(peer: &mut Peer) {
    assert!(peer.unbind(&["Taken"]).await.starts_with("SUCCESS"));
}

#[tokio::test]
async fn what_makes_no_sense_and_has_a_whole_header_is_a_bad_request_and_told() {
    let (platform, mut events, mut peer) = bound().await;
    let with = |peer: &Peer, code: u8, marker: u8| {
        let mut bytes = encode(ids(peer, 7), Body::KeepAlive);
        (bytes[1], bytes[14]) = (code, marker);
        bytes
    };
    for (code, marker, kind, at) in [
        (5, 0, "UnknownCode", 1),
        (0x3F, 1, "UnknownCode", 1),
        (0x1F, 1, "InvalidMarker", 14),
        (0x14, 1, "InvalidMarker", 14),
        (1, 2, "InvalidMarker", 14),
        (0x0A, 0, "UnexpectedEnd", 15),
    ] {
        let bytes = with(&peer, code, marker);
        peer.send(&bytes).await;
        let (_, line) = peer.message().await;
        assert!(line.starts_with("BAD_REQUEST request=7"), "{line}");
        let (told, offset, line) = fault(&mut events).await;
        assert_eq!((told.as_str(), offset), (kind, Some(at)));
        let digits = bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        assert!(line.ends_with(&format!("from byte 0 of 15: {digits}")), "{line}");
        goes_on(&platform, &mut peer).await;
    }
    let no_claims = codec::Auth::new(&[]).unwrap();
    assert!(peer.ask(Body::ClearAuth(no_claims)).await.starts_with("BAD_REQUEST"));
    goes_on(&platform, &mut peer).await;
}

#[tokio::test]
async fn a_long_message_is_refused_once_however_many_chunks_it_has() {
    let (platform, mut events, mut peer) = bound().await;
    let long = "x".repeat(10_000);
    let whole = encode(ids(&peer, 60), Body::Request(codec::Request::invoke_service("P", &long)));
    // Of another session.
    for mut chunk in chunks(&whole) {
        chunk[10..14].copy_from_slice(&4711_u32.to_be_bytes());
        peer.send(&chunk).await;
    }
    let (_, line) = peer.message().await;
    assert!(line.starts_with("UNAUTHORIZED request=60"), "{line}");
    // It contradicts itself.
    for (at, mut chunk) in chunks(&whole).into_iter().enumerate() {
        chunk[5] = 61;
        chunk[18] += u8::from(at == 3);
        peer.send(&chunk).await;
    }
    let (_, line) = peer.message().await;
    assert!(line.starts_with("BAD_REQUEST request=61"), "{line}");
    let (kind, offset, _) = fault(&mut events).await;
    assert_eq!((kind.as_str(), offset), ("ChunkMismatch", None));
    // It announces more than the limit.
    for mut chunk in chunks(&whole) {
        chunk[5] = 62;
        chunk[17..19].copy_from_slice(&u16::MAX.to_be_bytes());
        peer.send(&chunk).await;
    }
    let (_, line) = peer.message().await;
    assert!(line.starts_with("BAD_REQUEST request=62"), "{line}");
    assert!(line.contains("the message is too long"), "{line}");
    assert_eq!(fault(&mut events).await.0, "TooLarge");
    goes_on(&platform, &mut peer).await;
}

/// Faults of widespread clients (section 5).
#[tokio::test]
async fn what_clients_are_known_to_send_wrongly_is_a_bad_request_and_the_connection_goes_on() {
    let (platform, mut events, mut peer) = bound().await;
    // A body that ends within 5 bytes of the limit: two messages without the marker.
    let long = "x".repeat(8192);
    let whole = encode(ids(&peer, 70), Body::Request(codec::Request::invoke_service("P", &long)));
    for beyond in 1..=5 {
        let (first, rest) = whole.split_at(whole.len() - beyond);
        for part in [first, &[&whole[..15], rest].concat()] {
            peer.send(part).await;
            let (_, line) = peer.message().await;
            assert!(line.starts_with("BAD_REQUEST request=70"), "{line}");
            let end = u32::try_from(part.len()).unwrap();
            assert_eq!(fault(&mut events).await.1, Some(end));
        }
        goes_on(&platform, &mut peer).await;
    }
    // Names of 128 bytes and more make a message 3 bytes short each.
    let long = "n".repeat(128);
    let names = [long.as_str(), "short", long.as_str()];
    let read = Body::Request(codec::Request::read_property(&long, "p"));
    let bind = Body::Bind(Bind::new(&names).unwrap());
    for (body, short) in [(read, 3), (bind, 6)] {
        let whole = encode(ids(&peer, 71), body);
        peer.send(&whole[..whole.len() - short]).await;
        let (_, line) = peer.message().await;
        assert!(line.starts_with("BAD_REQUEST request=71"), "{line}");
        assert_eq!(fault(&mut events).await.0, "UnexpectedEnd");
        goes_on(&platform, &mut peer).await;
    }
    assert!(platform.handle().holder("short").is_none());
}

#[tokio::test]
async fn what_ends_a_connection_is_told_before_its_end_and_without_a_key() {
    let platform = platform(&MemoryThings::any(), quiet()).await;
    let mut events = platform.events();
    let auth = super::peer::hex(&auth_hex(KEY));
    for (bytes, kind, end) in [
        (&auth[..auth.len() - 3], "UnexpectedEnd", End::TooEarly),
        (&auth[..10], "UnexpectedEnd", End::TooEarly),
        (b"GET / HTTP/1.1\r\n", "UnsupportedVersion", End::TooEarly),
        (KEY.as_bytes(), "UnsupportedVersion", End::TooEarly),
    ] {
        let mut peer = Peer::open(platform.local_addr()).await;
        peer.send(bytes).await;
        assert_eq!(peer.frame().await, "close 1008");
        let (told, _, line) = fault(&mut events).await;
        assert_eq!(told, kind);
        for pair in KEY.as_bytes().windows(2) {
            let digits = hex::encode(pair);
            assert!(!line.contains(&digits), "{line}");
        }
        drop(peer);
        let ended = event(&mut events, |event| matches!(event, Event::Disconnected { .. })).await;
        assert!(matches!(ended, Event::Disconnected { end: told, .. } if told == end));
    }
    let mut peer = Peer::authenticated(platform.local_addr()).await;
    peer.send(&[1, 1, 0]).await;
    assert_eq!(peer.frame().await, "close 1002");
    let (kind, offset, line) = fault(&mut events).await;
    assert_eq!((kind.as_str(), offset), ("UnexpectedEnd", Some(3)));
    assert!(line.ends_with("from byte 0 of 3: 010100"), "{line}");
}

#[tokio::test]
async fn no_edge_gets_a_status_that_some_do_not_know() {
    let things = MemoryThings::any().with_service("Say", |request| async move {
        let params = request.params.unwrap_or_default();
        let status = params.value("status").and_then(alwayson::value::Value::as_i64).unwrap();
        let status = Status::ALL.iter().find(|known| i64::from(known.to_u8()) == status);
        Response::error(*status.unwrap(), "the reason")
    });
    let platform = platform(&things, quiet()).await;
    let mut peer = Peer::authenticated(platform.local_addr()).await;
    for status in Status::ALL {
        let request = codec::Request::invoke_service("Pump", "Say");
        let message = codec::Message { ids: ids(&peer, 9), body: Body::Request(request) };
        let mut bytes = vec![0; 256];
        let len = message
            .encode_with_table(
                &mut bytes,
                |shape| shape.field("status", codec::BaseType::INTEGER),
                |rows| rows.row(|row| row.cell(i32::from(status.to_u8()))),
            )
            .unwrap();
        peer.send(&bytes[..len]).await;
        let (_, line) = peer.message().await;
        let is_unknown = matches!(status.to_u8(), 0x8C | 0x8D | 0x8F);
        let expected = if is_unknown { Status::BAD_REQUEST } else { *status };
        assert!(line.starts_with(&format!("{expected} request=9")), "{status}: {line}");
        assert!(line.contains("the reason"), "{line}");
    }
}

/// No code sends one of these statuses at all.
#[test]
fn no_source_names_a_status_that_some_edges_do_not_know() {
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut sources = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            sources += 1;
            let source = std::fs::read_to_string(&path).unwrap();
            for status in ["PRECONDITION_FAILED", "ENTITY_TOO_LARGE", "UNSUPPORTED_CONTENT_FORMAT"]
            {
                assert!(!source.contains(status), "{status}: {}", path.display());
            }
        }
    }
    assert!(sources > 50, "{sources}");
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_fails_its_call_and_is_told() {
    let (platform, mut events, mut peer) = bound().await;
    let handle = platform.handle();
    let call = tokio::spawn(async move { handle.call(Request::read_property("Pump", "p")).await });
    let (asked, _) = peer.message().await;
    let answer = encode(asked, Body::Response(codec::Response::new(Status::SUCCESS)));
    peer.send(&answer[..answer.len() - 1]).await;
    assert_eq!(call.await.unwrap(), Err(alwayson::platform::RequestError::Unreadable));
    let (kind, offset, _) = fault(&mut events).await;
    assert_eq!((kind.as_str(), offset), ("UnexpectedEnd", Some(16)));
    goes_on(&platform, &mut peer).await;
}
