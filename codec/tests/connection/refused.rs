//! A refused message is answered once, even if it has several chunks, and the connection continues.

use super::*;

const NO_STRINGS: [&str; 0] = [];

/// A write of a text to the property `p` of a Thing, in chunks.
pub(crate) fn long_write(request: u32, thing: &str, len: usize) -> Vec<Vec<u8>> {
    let text = "x".repeat(len);
    let mut edge = EdgeSide::online(EdgeSide::settings());
    edge.machine.replace_outbox(vec![0; len + 512]).unwrap();
    edge.machine.write_property(thing, "p", &text.as_str().into(), 0).unwrap();
    let (chunks, _) = edge.sent_bytes();
    chunks.into_iter().map(|chunk| with_request(chunk, request)).collect()
}

pub(crate) fn with_request(mut chunk: Vec<u8>, request: u32) -> Vec<u8> {
    chunk[2..6].copy_from_slice(&request.to_be_bytes());
    chunk
}

pub(crate) fn with_session(mut chunk: Vec<u8>, session: u32) -> Vec<u8> {
    chunk[10..14].copy_from_slice(&session.to_be_bytes());
    chunk
}

/// Whether the next good message works, as the first of its kind would.
fn goes_on(side: &mut PlatformSide) {
    assert_eq!(side.sent(), NO_STRINGS);
    assert_eq!(side.receive(&get(500, "a")), "Request a");
    let inbound = side.machine.unanswered().next().unwrap();
    side.machine.respond(inbound, &Response::new(Status::SUCCESS)).unwrap();
    assert_eq!(side.sent(), ["SUCCESS request=500 session=77"]);
    for chunk in &long_write(501, "a", 300)[..3] {
        assert_eq!(side.receive(chunk), "Handled");
    }
    assert_eq!(side.receive(&long_write(501, "a", 300)[3]), "Request a");
    let inbound = side.machine.unanswered().next().unwrap();
    side.machine.respond(inbound, &Response::new(Status::SUCCESS)).unwrap();
    assert_eq!(side.sent(), ["SUCCESS request=501 session=77"]);
}

pub(crate) fn refused(side: &mut PlatformSide, status: &str, request: u32, reason: &str) {
    let sent = side.sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0].starts_with(&format!("{status} request={request} session=77")), "{sent:?}");
    assert!(sent[0].contains(reason), "{sent:?}");
}

#[test]
fn a_message_that_is_too_long_is_refused_once_and_all_its_chunks_are_swallowed() {
    // 1000 bytes are the limit.
    let chunks = long_write(9, "a", 1200);
    let mut orders: Vec<Vec<usize>> = vec![(0..chunks.len()).collect()];
    orders.push((0..chunks.len()).rev().collect());
    orders.push((0..chunks.len()).map(|n| (n + 5) % chunks.len()).collect());
    for order in orders {
        let mut side = PlatformSide::online();
        assert_eq!(side.receive(&chunks[order[0]]), "Unreadable TooLarge");
        refused(&mut side, "BAD_REQUEST", 9, "the message is too long");
        for at in &order[1..] {
            assert_eq!(side.receive(&chunks[*at]), "Handled");
        }
        let dropped = u32::try_from(chunks.len() - 1).unwrap();
        assert_eq!(side.machine.counters().messages_dropped, dropped);
        assert_eq!(side.joiner.unfinished(), 0);
        // The id is free again: with it comes a message that is short enough.
        let short = long_write(9, "a", 300);
        for chunk in &short[..3] {
            assert_eq!(side.receive(chunk), "Handled");
        }
        assert_eq!(side.receive(&short[3]), "Request a");
    }
}

#[test]
fn a_message_is_taken_up_to_its_limit_to_the_byte() {
    let around = 15 + 1 + 2 + 1 + 2 + 1 + 1 + 1 + 2 + 1 + 1 + 2 + 1 + 1 + 2 + 1 + 4 + 1;
    for (len, is_taken) in [(999, true), (1000, true), (1001, false)] {
        let chunks = long_write(9, "a", len - around);
        let mut side = PlatformSide::online();
        let told: Vec<String> = chunks.iter().map(|chunk| side.receive(chunk)).collect();
        let last = if is_taken { "Request a" } else { "Unreadable TooLarge" };
        assert_eq!(told.last().unwrap(), last, "{len}");
        assert_eq!(side.sent().len(), usize::from(!is_taken));
    }
}

#[test]
fn a_message_that_contradicts_itself_is_refused_once_wherever_it_does() {
    let chunks = long_write(9, "a", 700);
    for at in 1..chunks.len() {
        let mut side = PlatformSide::online();
        for chunk in &chunks[..at] {
            assert_eq!(side.receive(chunk), "Handled");
        }
        // Another number of chunks.
        let mut other = chunks[at].clone();
        other[18] += 1;
        assert_eq!(side.receive(&other), "Unreadable ChunkMismatch");
        refused(&mut side, "BAD_REQUEST", 9, "contradicts");
        for chunk in &chunks[at + 1..] {
            assert_eq!(side.receive(chunk), "Handled");
        }
        assert_eq!(side.sent(), NO_STRINGS);
        // All have come: what comes now is another message.
        for chunk in &chunks[..chunks.len() - 1] {
            assert_eq!(side.receive(chunk), "Handled");
        }
        assert_eq!(side.receive(chunks.last().unwrap()), "Request a");
    }
}

#[test]
fn a_long_message_of_another_session_is_refused_once() {
    let chunks = long_write(9, "a", 700);
    let mut side = PlatformSide::online();
    for chunk in &chunks {
        assert_eq!(side.receive(&with_session(chunk.clone(), OTHER)), "Handled");
    }
    refused(&mut side, "UNAUTHORIZED", 9, "session id");
    goes_on(&mut side);
}

#[test]
fn a_long_message_without_a_place_is_refused_once_and_the_one_that_has_it_comes_whole() {
    let mut side = PlatformSide::online();
    let first = long_write(9, "a", 700);
    let second = long_write(10, "b", 700);
    assert_eq!(side.receive(&first[0]), "Handled");
    assert_eq!(side.receive(&second[0]), "Unreadable Busy");
    refused(&mut side, "SERVICE_UNAVAILABLE", 10, "too many unfinished messages");
    for (mine, other) in first[1..].iter().zip(&second[1..]) {
        assert_eq!(side.receive(other), "Handled");
        let is_last = mine == first.last().unwrap();
        assert_eq!(side.receive(mine), if is_last { "Request a" } else { "Handled" });
    }
    assert_eq!(side.sent(), NO_STRINGS);
}

#[test]
fn a_chunk_that_cannot_be_read_refuses_its_message_once() {
    let chunks = long_write(9, "a", 700);
    let mut side = PlatformSide::online();
    // A client that counts its chunks from 0.
    for (at, chunk) in chunks.iter().enumerate() {
        let mut chunk = chunk.clone();
        chunk[16] -= 1;
        let told = side.receive(&chunk);
        assert_eq!(told, if at == 0 { "Unreadable InvalidChunk at 15" } else { "Handled" });
    }
    refused(&mut side, "BAD_REQUEST", 9, "a chunk id of 0");
    goes_on(&mut side);
}

#[test]
fn what_is_refused_is_remembered_for_50_s_after_its_last_chunk() {
    let chunks = long_write(9, "a", 1200);
    let mut side = PlatformSide::online();
    side.receive(&chunks[0]);
    assert_eq!(side.sent().len(), 1);
    side.pass(49_999);
    assert_eq!(side.receive(&chunks[1]), "Handled");
    side.pass(49_999);
    assert_eq!(side.receive(&chunks[2]), "Handled");
    assert_eq!(side.sent(), NO_STRINGS);
    side.pass(50_000);
    assert_eq!(side.receive(&chunks[3]), "Unreadable TooLarge");
    assert_eq!(side.sent().len(), 1);
}

#[test]
fn four_are_remembered_at_a_time_and_of_a_fifth_the_first_is_told_again() {
    let chunks = long_write(0, "a", 1200);
    let mut side = PlatformSide::online();
    let mut receive = |request, at: usize| {
        side.receive(&with_request(chunks[at].clone(), request));
        side.sent().len()
    };
    for request in 11..=14 {
        assert_eq!(receive(request, 0), 1);
    }
    for request in 11..=14 {
        assert_eq!(receive(request, 1), 0);
    }
    assert_eq!(receive(15, 0), 1);
    for request in 12..=15 {
        assert_eq!(receive(request, 2), 0);
    }
    assert_eq!(receive(11, 2), 1);
}

#[test]
fn nothing_is_remembered_over_connections() {
    let chunks = long_write(1001, "a", 1200);
    let short = long_write(1001, "a", 300);
    let mut edge = EdgeSide::bound(&["a"]);
    assert_eq!(edge.receive(&chunks[0]), "Unreadable TooLarge");
    assert_eq!(edge.receive(&chunks[1]), "Handled");
    assert_eq!(edge.sent().len(), 1);
    edge.machine.handle_closed(0);
    edge.events();
    edge.machine.reopen().unwrap();
    let request = edge.open();
    edge.receive(&status(request, Status::SUCCESS));
    let bind = edge.sent_bytes().0.remove(0);
    edge.receive(&status(Message::decode_exact(&bind).unwrap().ids.request, Status::SUCCESS));
    for chunk in &short[..3] {
        assert_eq!(edge.receive(chunk), "Handled");
    }
    assert_eq!(edge.receive(&short[3]), "Request a");
}

#[test]
fn an_edge_refuses_once_too() {
    let mut edge = EdgeSide::bound(&["a"]);
    for chunk in long_write(1001, "a", 1200) {
        edge.receive(&chunk);
    }
    for chunk in long_write(1002, "a", 700) {
        edge.receive(&with_session(chunk, OTHER));
    }
    for chunk in chunks(&bind(1003, &["name"; 60]), CHUNK) {
        assert_eq!(edge.receive(&chunk), "Handled");
    }
    let sent = edge.sent();
    assert_eq!(sent.len(), 3, "{sent:?}");
    assert!(sent[0].starts_with("BAD_REQUEST request=1001"), "{sent:?}");
    assert!(sent[1].starts_with("UNAUTHORIZED request=1002"), "{sent:?}");
    assert!(sent[2].starts_with("BAD_REQUEST request=1003"), "{sent:?}");
    assert!(sent[2].contains("only an edge sends this"), "{sent:?}");
    assert_eq!(edge.receive(&get(1004, "a")), "Request a");
}

#[test]
fn a_response_that_cannot_be_joined_ends_its_request_and_is_not_answered() {
    let mut side = EdgeSide::bound(&["a"]);
    side.machine.request(&Request::read_property("a", "p"), 0).unwrap();
    side.sent();
    let mut told = chunks(&text(3, &"x".repeat(1200)), CHUNK).into_iter();
    assert_eq!(side.receive(&told.next().unwrap()), "Unreadable TooLarge");
    assert_eq!(side.events(), ["Failed { request: RequestId(3), failure: NotJoined }"]);
    for chunk in told {
        assert_eq!(side.receive(&chunk), "Handled");
    }
    assert_eq!(side.sent(), NO_STRINGS);
}

#[test]
fn what_has_a_whole_header_and_makes_no_sense_is_a_bad_request_and_the_connection_goes_on() {
    let with = |code: u8, marker: u8, body: &[u8]| {
        let mut bytes = get(7, "a")[..15].to_vec();
        (bytes[1], bytes[14]) = (code, marker);
        [&bytes[..], body].concat()
    };
    let chunk_fields = [0, 1, 0, 2, 0, 64];
    for (bytes, told, reason) in [
        // Methods without a name.
        (with(0, 0, &[]), "Unreadable UnknownCode at 1", "a method that is not known"),
        (with(5, 0, b"whatever"), "Unreadable UnknownCode at 1", "a method that is not known"),
        (with(0x3F, 1, &chunk_fields), "Unreadable UnknownCode at 1", "a method"),
        // Markers that the method cannot have.
        (with(0x1F, 1, &[]), "Unreadable InvalidMarker at 14", "a marker that is not valid"),
        (with(0x14, 1, &chunk_fields), "Unreadable InvalidMarker at 14", "a marker"),
        (with(0x15, 1, &chunk_fields), "Unreadable InvalidMarker at 14", "a marker"),
        (with(1, 2, &[]), "Unreadable InvalidMarker at 14", "a marker"),
        (with(0x0A, 255, &[]), "Unreadable InvalidMarker at 14", "a marker"),
        // CLEARAUTH, with claims and without.
        (with(0x15, 0, &[0]), "Handled", "CLEARAUTH"),
        (with(0x15, 0, &[1, 1, b'a', 1, b'b']), "Handled", "CLEARAUTH"),
        (with(0x15, 0, &[]), "Unreadable UnexpectedEnd at 15", "cut short"),
    ] {
        let mut side = PlatformSide::bound(&["a"]);
        assert_eq!(side.receive(&bytes), told, "{bytes:02x?}");
        refused(&mut side, "BAD_REQUEST", 7, reason);
        assert!(side.machine.is_bound("a"));
        goes_on(&mut side);
        // An edge says the same, if perhaps in other words.
        let mut edge = EdgeSide::bound(&["a"]);
        assert_eq!(edge.receive(&bytes), told, "{bytes:02x?}");
        let sent = edge.sent();
        assert!(sent[0].starts_with("BAD_REQUEST request=7 session=77"), "{sent:?}");
        assert_eq!(edge.receive(&get(8, "a")), "Request a");
    }
}

#[test]
fn a_second_auth_in_chunks_is_refused_once() {
    let mut side = PlatformSide::bound(&["a"]);
    for id in 1..=3 {
        let mut chunk = auth(7, "key")[..15].to_vec();
        chunk[14] = 1;
        chunk.extend([0, id, 0, 3, 0, 64]);
        chunk.extend(b"data");
        side.receive(&chunk);
    }
    refused(&mut side, "BAD_REQUEST", 7, "a marker");
    goes_on(&mut side);
}

#[test]
fn a_response_with_a_marker_that_it_cannot_have_ends_its_request() {
    let mut side = PlatformSide::bound(&["a"]);
    let asked = side.machine.request(&Request::read_property("a", "p"), 0).unwrap();
    side.sent();
    let mut response = status(asked.to_u32(), Status::SUCCESS);
    response[14] = 2;
    assert_eq!(side.receive(&response), "Unreadable InvalidMarker at 14");
    assert_eq!(side.events(), [format!("Failed {{ request: {asked:?}, failure: Unreadable }}")]);
    assert_eq!(side.sent(), NO_STRINGS);
}

/// A fault of widespread clients (section 5): a body that ends within 2 or 5 bytes
/// of the limit goes out as two messages, both without the marker.
#[test]
fn two_messages_without_the_marker_are_two_bad_requests_and_the_connection_goes_on() {
    let whole = {
        let long = "x".repeat(usize::from(CHUNK));
        let request = Request::invoke_service("a", &long);
        encode(ids(9), Body::Request(request))
    };
    for beyond in 1..=5 {
        let at = whole.len() - beyond;
        let second = [&whole[..15], &whole[at..]].concat();
        let mut side = PlatformSide::bound(&["a"]);
        for part in [&whole[..at], &second] {
            let told = side.receive(part);
            assert_eq!(told, format!("Unreadable UnexpectedEnd at {}", part.len()));
            refused(&mut side, "BAD_REQUEST", 9, "the message is cut short");
        }
        goes_on(&mut side);
    }
}

/// Another (section 5): names of 128 bytes and more make the message 3 bytes short
/// each.
#[test]
fn messages_that_are_3_bytes_short_for_each_long_name_are_bad_requests() {
    let long = "n".repeat(128);
    let two = [long.as_str(), "short", long.as_str()];
    for (whole, short) in [
        (encode(ids(9), Body::Request(Request::read_property(&long, "p"))), 3),
        (bind(9, &two), 6),
        (unbind(9, &two[..1]), 3),
        (auth(9, &long), 3),
    ] {
        let mut side = PlatformSide::bound(&["a"]);
        let bytes = &whole[..whole.len() - short];
        assert_eq!(side.receive(bytes), format!("Unreadable UnexpectedEnd at {}", bytes.len()));
        refused(&mut side, "BAD_REQUEST", 9, "the message is cut short");
        assert!(side.machine.is_bound("a"));
        goes_on(&mut side);
    }
}

/// Some edges do not know `ENTITY_TOO_LARGE`: a message that is too long is answered with
/// `BAD_REQUEST` (section 2).
#[test]
#[cfg(not(miri))]
fn no_machine_says_a_status_that_some_edges_do_not_know() {
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/connection")];
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
                assert!(Status::ALL.iter().any(|known| known.name() == Some(status)));
                assert!(!source.contains(status), "{status}: {}", path.display());
            }
        }
    }
    assert!(sources > 20, "{sources}");
}
