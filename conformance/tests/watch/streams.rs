//! Bytes in any portions, HTTP that is no upgrade, limits, and what is damaged.

use alwayson_codec::{Body, Ids};
use alwayson_conformance::capture::Side::{Edge, Platform};
use alwayson_conformance::watch::{Frame, Limits, Watch};
use flate2::{Compress, Compression, FlushCompress};
use proptest::prelude::*;

use crate::line::{ANSWER, Line, REQUEST, bytes, frame, ids};

fn written(frame: Frame, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame.write(payload, &mut bytes);
    bytes
}

/// What an edge sends: an upgrade, a message in three frames with a ping between them, another
/// message, and a close.
fn all_of_an_edge() -> Vec<u8> {
    let message = bytes(Ids::unauthenticated(1), Body::KeepAlive);
    let part =
        |opcode, is_final, payload| written(Frame { is_final, ..frame(Edge, opcode) }, payload);
    [
        format!("{REQUEST}\r\n").into_bytes(),
        part(Frame::BINARY, false, &message[..5]),
        part(Frame::PING, true, b"there?"),
        part(Frame::CONTINUATION, false, &message[5..5]),
        part(Frame::CONTINUATION, true, &message[5..]),
        part(Frame::BINARY, true, &[7; 300]),
        part(Frame::CLOSE, true, &1000_u16.to_be_bytes()),
    ]
    .concat()
}

fn seen_in_portions(mut sizes: impl Iterator<Item = usize>) -> (Vec<String>, Vec<&'static str>) {
    let mut line = Line::new();
    let all = all_of_an_edge();
    let head = format!("{REQUEST}\r\n").len();
    let mut at = 0;
    let mut is_answered = false;
    while at < all.len() {
        let len = sizes.next().unwrap_or(1).clamp(1, all.len() - at);
        line.send(Edge, &all[at..at + len]);
        at += len;
        if at >= head && !is_answered {
            is_answered = true;
            line.send(Platform, format!("{ANSWER}\r\n").as_bytes());
        }
    }
    let rules = line.rules();
    (line.seen, rules)
}

#[test]
fn portions_of_any_size_are_the_same_connection() {
    let (whole, rules) = seen_in_portions(std::iter::once(usize::MAX));
    assert_eq!(
        whole,
        [
            "Edge head GET /Thingworx/WS HTTP/1.1",
            "Platform head HTTP/1.1 101 Switching Protocols",
            "Edge control 9 6",
            "Edge message 15 in 3",
            "Edge message 300 in 1",
            "Edge control 8 2",
        ]
    );
    for size in 1..100 {
        let of_edge = seen_in_portions(std::iter::repeat(size));
        assert_eq!(of_edge, (whole.clone(), rules.clone()), "{size}");
    }
}

#[test]
fn http_that_is_no_upgrade_passes_and_an_upgrade_may_follow() {
    let mut line = Line::new();
    let get = "POST /other?key=SECRET HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    line.send(Edge, get.as_bytes());
    line.send(Platform, b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nnever");
    line.send(Edge, format!("{REQUEST}\r\n").as_bytes());
    line.send(Platform, format!("{ANSWER}\r\n").as_bytes());
    line.auth(1);
    let expected = [
        "Edge head POST /other HTTP/1.1",
        "Edge body 3",
        "Platform head HTTP/1.1 404 Not Found",
        "Platform body 5",
        "Edge head GET /Thingworx/WS HTTP/1.1",
        "Platform head HTTP/1.1 101 Switching Protocols",
        "Edge message 30 in 1",
    ];
    assert_eq!(line.seen, expected);
    assert_eq!(line.broken, []);
}

#[test]
fn a_refused_upgrade_is_http_and_another_try_can_follow() {
    let mut line = Line::new();
    // Whoever does not wait for the answer loses nothing.
    line.send(Edge, format!("{REQUEST}\r\n{REQUEST}\r\n").as_bytes());
    line.send(Platform, b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    line.send(Platform, format!("{ANSWER}\r\n").as_bytes());
    assert!(line.watch.is_open());
    assert_eq!(line.broken, []);
}

#[test]
fn bytes_that_are_nothing_known_are_told_once_and_counted() {
    let mut line = Line::new();
    line.send(Edge, b"\x16\x03\x01 this is TLS\r\n\r\n");
    line.send(Edge, b"and more");
    assert_eq!(line.seen.len(), 3, "{:?}", line.seen);
    assert!(line.seen[0].starts_with("Edge limit no HTTP"), "{:?}", line.seen);
    assert_eq!(line.seen[2], "Edge unread 8");
}

fn limited(limits: Limits) -> Line {
    let mut line = Line::of(Watch::new(limits));
    line.send(
        Edge,
        format!("{REQUEST}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n").as_bytes(),
    );
    let agreed = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n";
    line.send(Platform, format!("{ANSWER}{agreed}\r\n").as_bytes());
    line.seen.clear();
    line
}

#[test]
fn a_frame_longer_than_the_limit_is_skipped_and_the_next_is_read() {
    for (len, is_read) in [(999, true), (1000, true), (1001, false)] {
        let limits = Limits::default().with_message(1000);
        let mut line = limited(limits);
        line.binary(Platform, &vec![0; len]);
        let last = line.seen.last().unwrap().clone();
        assert_eq!(line.seen.iter().any(|text| text.contains("limit")), !is_read, "{len}");
        assert_eq!(last == format!("Platform message {len} in 1"), is_read, "{last}");
        line.ask(Platform, 5, "Pump");
        assert!(line.seen.last().unwrap().starts_with("Platform message"), "{:?}", line.seen);
    }
}

#[test]
fn a_message_of_frames_longer_than_the_limit_is_not_kept() {
    for (len, is_read) in [(999, true), (1000, true), (1001, false)] {
        let mut line = limited(Limits::default().with_message(1000));
        let begin = Frame { is_final: false, ..frame(Platform, Frame::BINARY) };
        line.frame(Platform, begin, &[0; 600]);
        line.frame(Platform, frame(Platform, Frame::CONTINUATION), &vec![0; len - 600]);
        let expected = if is_read {
            vec![format!("Platform message {len} in 2")]
        } else {
            let limit = "Platform limit a message with more than 1000 bytes";
            vec![limit.to_owned(), "Platform unreadable in 2".to_owned()]
        };
        assert_eq!(line.seen, expected);
    }
}

#[test]
fn a_head_longer_than_the_limit_ends_the_reading() {
    let head = format!("{REQUEST}\r\n");
    for (limit, is_read) in [(head.len() - 1, false), (head.len(), true), (head.len() + 1, true)] {
        let mut limits = Limits::default();
        limits.head = limit;
        let mut line = Line::of(Watch::new(limits));
        line.send(Edge, head.as_bytes());
        assert_eq!(line.seen[0].starts_with("Edge head"), is_read, "{:?}", line.seen);
    }
}

#[test]
fn more_requests_than_the_limit_end_the_judgement_of_responses() {
    for (open, is_judged) in [(2, true), (3, true), (4, false)] {
        let mut limits = Limits::default();
        limits.pending = 3;
        let mut line = Line::of(Watch::in_the_middle(limits));
        // The first that is not seen is nothing: begin at the beginning.
        line.watch = Watch::new(limits);
        line.send(Edge, format!("{REQUEST}\r\n").as_bytes());
        line.send(Platform, format!("{ANSWER}\r\n").as_bytes());
        line.auth(1);
        line.answer(Platform, ids(1), alwayson_codec::Status::SUCCESS);
        for request in 0..open {
            line.ask(Edge, 10 + request, "Pump");
        }
        line.answer(Platform, ids(99), alwayson_codec::Status::SUCCESS);
        assert_eq!(line.rules() == ["no-request"], is_judged, "{open}");
    }
}

#[test]
fn more_names_than_the_limit_end_the_judgement_of_names() {
    for (names, is_judged) in [(2, true), (3, true), (4, false)] {
        let mut limits = Limits::default();
        limits.names = 3;
        let mut line = Line::of(Watch::new(limits));
        line.send(Edge, format!("{REQUEST}\r\n").as_bytes());
        line.send(Platform, format!("{ANSWER}\r\n").as_bytes());
        line.auth(1);
        line.answer(Platform, ids(1), alwayson_codec::Status::SUCCESS);
        line.bind(2, &["A", "B", "C", "D"][..names]);
        line.answer(Platform, ids(2), alwayson_codec::Status::SUCCESS);
        line.ask(Platform, 3, "Other");
        assert_eq!(line.rules() == ["not-bound-here"], is_judged, "{names}");
    }
}

fn compressed(compress: &mut Compress, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 100);
    compress.compress_vec(bytes, &mut out, FlushCompress::Sync).unwrap();
    out.truncate(out.len() - 4);
    out
}

#[test]
fn compression_is_undone_with_the_context_that_was_agreed_on() {
    let mut line = limited(Limits::default());
    let mut edge = Compress::new(Compression::default(), false);
    let mut platform = Compress::new(Compression::default(), false);
    for at in 0..4_u32 {
        let message = vec![b'x'; 2000];
        let of_edge = compressed(&mut edge, &message);
        assert!(at == 0 || of_edge.len() < 20, "no context is used");
        line.frame(Edge, Frame { rsv1: true, ..frame(Edge, Frame::BINARY) }, &of_edge);
        platform.reset();
        let of_platform = compressed(&mut platform, &message);
        line.frame(Platform, Frame { rsv1: true, ..frame(Platform, Frame::BINARY) }, &of_platform);
        // What is not compressed may come between.
        line.frame(Platform, frame(Platform, Frame::PING), b"");
    }
    let count = |text: &str| line.seen.iter().filter(|seen| seen.as_str() == text).count();
    assert_eq!(count("Edge message 2000 in 1"), 4);
    assert_eq!(count("Platform message 2000 in 1"), 4);
}

#[test]
fn a_bomb_is_a_line_and_what_needs_its_context_is_told_too() {
    let mut line = limited(Limits::default().with_message(100_000));
    let mut compress = Compress::new(Compression::best(), false);
    let bomb = compressed(&mut compress, &vec![0; 64 << 20]);
    assert!(bomb.len() < 100_000);
    line.frame(Edge, Frame { rsv1: true, ..frame(Edge, Frame::BINARY) }, &bomb);
    assert!(line.seen[0].contains("that decompresses to more than 100000"), "{:?}", line.seen);
    let next = compressed(&mut compress, b"next");
    line.frame(Edge, Frame { rsv1: true, ..frame(Edge, Frame::BINARY) }, &next);
    assert_eq!(line.rules(), ["deflate"]);
}

proptest! {
    #[test]
    fn any_bytes_are_taken(all in prop::collection::vec((any::<bool>(), any::<Vec<u8>>()), 0..20), is_open: bool) {
        let mut line = if is_open { Line::open() } else { Line::new() };
        for (is_edge, bytes) in all {
            line.send(if is_edge { Edge } else { Platform }, &bytes);
        }
    }
}
