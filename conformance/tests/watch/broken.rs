//! For each rule a connection that breaks it, and no other.

use std::collections::BTreeSet;

use alwayson_codec::{Body, Ids, List, Split, Status};
use alwayson_conformance::capture::Side::{Edge, Platform};
use alwayson_conformance::hex;
use alwayson_conformance::watch::{Frame, rules};

use crate::line::{ANSWER, GRANTED, Line, MASK, REQUEST, bytes, frame, ids};

const DEFLATE: &str = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

/// Returns a connection that breaks this rule.
#[expect(clippy::too_many_lines, reason = "a table: a line for each rule")]
fn breaks(rule: &str) -> Line {
    let mut line = Line::bound();
    match rule {
        "upgrade" => {
            line = Line::new();
            line.send(Edge, format!("{REQUEST}\r\n").as_bytes());
            line.send(Platform, format!("{}\r\n", ANSWER.replace("s3p", "xyz")).as_bytes());
        }
        "path" => {
            line = Line::new();
            line.send(Edge, format!("{}\r\n", REQUEST.replace("/WS", "/other")).as_bytes());
        }
        "extension" => {
            line = Line::new();
            line.send(Edge, format!("{REQUEST}\r\n").as_bytes());
            line.send(Platform, format!("{ANSWER}{DEFLATE}\r\n").as_bytes());
        }
        "unmasked-frame" => {
            line.frame(Edge, Frame { mask: None, ..frame(Edge, Frame::PONG) }, b"");
        }
        "masked-frame" => {
            line.frame(Platform, Frame { mask: Some(MASK), ..frame(Platform, Frame::PONG) }, b"");
        }
        "reserved-bit" => {
            line.frame(Edge, Frame { rsv1: true, ..frame(Edge, Frame::PONG) }, b"");
        }
        "opcode" => line.send(Platform, &[0x83, 0x00]),
        "frame-length" => line.send(Platform, &[0x8A, 126, 0, 1, 7]),
        "control-frame" => line.frame(Platform, frame(Platform, Frame::PONG), &[0; 126]),
        "continuation" => {
            line.frame(Platform, frame(Platform, Frame::CONTINUATION), b"rest");
        }
        "close-frame" => line.frame(Platform, frame(Platform, Frame::CLOSE), &[0x03]),
        "after-close" => {
            line.frame(Platform, frame(Platform, Frame::CLOSE), &1000_u16.to_be_bytes());
            line.frame(Platform, frame(Platform, Frame::PONG), b"");
        }
        "deflate" => {
            line = Line::extended(DEFLATE);
            let compressed = Frame { rsv1: true, ..frame(Edge, Frame::BINARY) };
            line.frame(Edge, compressed, &[0xFF; 9]);
        }
        "compressed-continuation" => {
            line = Line::extended(DEFLATE);
            // A compressed nothing, in two frames.
            let first = Frame { rsv1: true, is_final: false, ..frame(Edge, Frame::TEXT) };
            line.frame(Edge, first, &[0x00]);
            line.frame(Edge, Frame { rsv1: true, ..frame(Edge, Frame::CONTINUATION) }, b"");
        }
        "max-frame-size" => {
            line = Line::extended("Max-Frame-Size: 20\r\n");
            line.frame(Platform, frame(Platform, Frame::PING), &[0; 21]);
        }
        "pong" => {
            line.frame(Edge, frame(Edge, Frame::PING), b"");
            line.now = 10_001;
            line.ask(Platform, 9, "Pump");
        }
        "text" => line.frame(Edge, frame(Edge, Frame::TEXT), b"hello"),
        "several-messages" => {
            let keep_alive = bytes(ids(9), Body::KeepAlive);
            line.binary(Edge, &keep_alive.repeat(2));
        }
        "padding" => {
            let keep_alive = bytes(ids(9), Body::KeepAlive);
            line.binary(Edge, &[&keep_alive[..], &[0; 3]].concat());
        }
        "unreadable" => line.binary(Edge, &bytes(ids(9), Body::KeepAlive)[..14]),
        "another-form" => {
            // BIND of `B`, whose length is written in four bytes.
            let digits = "010a00000009000000050000004d00 00 0001 8000000142";
            line.binary(Edge, &hex::decode(digits.replace(' ', "").as_bytes()).unwrap());
        }
        "not-chunked" => line.ask(Edge, 9, &"x".repeat(8192)),
        "chunk-mismatch" => {
            line.binary(Edge, &chunk(9, 1, 3, b"a"));
            line.binary(Edge, &chunk(9, 2, 4, b"b"));
        }
        "message-limit" => line.binary(Edge, &chunk(9, 1, 200, &[0; 8170])),
        "status" => {
            line.ask(Edge, 9, "Pump");
            line.answer(Platform, ids(9), Status::from_u8(0x8D).unwrap());
        }
        "auth-ids" => {
            line = Line::open();
            let auth = Body::Auth(alwayson_codec::Auth { claims: List::empty() });
            line.message(Edge, ids(1), auth);
        }
        "before-auth" => {
            line = Line::open();
            line.bind(1, &["Pump"]);
        }
        "before-auth-answer" => {
            line = Line::open();
            line.auth(1);
            line.bind(2, &["Pump"]);
        }
        "answered-before-auth" => {
            line = Line::open();
            line.bind(1, &["Pump"]);
            line.answer(Platform, ids(1), Status::SUCCESS);
        }
        "after-refusal" => {
            line = Line::open();
            line.auth(1);
            line.answer(Platform, ids(1), Status::UNAUTHORIZED);
            line.answer(Platform, Ids { request: Ids::NONE, ..GRANTED }, Status::SUCCESS);
        }
        "second-auth" => line.auth(9),
        "session" => {
            let names = List::new(&["Valve"]).unwrap();
            let bind = Body::Bind(alwayson_codec::Bind { gateway: None, names });
            line.message(Edge, Ids { session: 78, ..ids(9) }, bind);
        }
        "endpoint" => {
            line.ask(Platform, 9, "Pump");
            line.answer(Edge, Ids { endpoint: 6, ..ids(9) }, Status::SUCCESS);
        }
        "misplaced" => {
            let names = List::new(&["Pump"]).unwrap();
            let bind = Body::Bind(alwayson_codec::Bind { gateway: None, names });
            line.message(Platform, ids(9), bind);
        }
        "not-bound" => {
            line = Line::online();
            line.ask(Platform, 9, "Pump");
        }
        "not-bound-here" => line.ask(Platform, 9, "Valve"),
        "no-request" => line.answer(Edge, ids(9), Status::SUCCESS),
        "id-reuse" => {
            line.ask(Platform, 9, "Pump");
            line.ask(Platform, 9, "Pump");
        }
        "leaving" => line.frame(Edge, frame(Edge, Frame::CLOSE), &1000_u16.to_be_bytes()),
        other => panic!("no connection breaks {other}"),
    }
    line
}

/// A chunk of a BIND.
fn chunk(request: u32, id: u16, count: u16, data: &[u8]) -> Vec<u8> {
    let of = alwayson_codec::ChunkOf::Bind;
    let chunk = alwayson_codec::Chunk { of, id, count, size: 8192, data };
    bytes(ids(request), Body::Chunk(chunk))
}

#[test]
fn each_rule_can_be_broken_alone() {
    for rule in rules::ALL {
        let broken: BTreeSet<&str> = breaks(rule.id).rules().into_iter().collect();
        let also: &[&str] = match rule.id {
            // To be answered early, one has to be early.
            "answered-before-auth" => &["before-auth"],
            // The message of the test is text: it is not about what it says.
            "compressed-continuation" => &["text"],
            _ => &[],
        };
        let expected: BTreeSet<&str> = also.iter().copied().chain([rule.id]).collect();
        assert_eq!(broken, expected, "{}", rule.id);
    }
}

#[test]
fn a_connection_as_it_should_be_breaks_nothing() {
    let mut line = Line::bound();
    line.ask(Edge, 3, "Pump");
    line.ask(Platform, 3, "Pump");
    line.answer(Platform, ids(3), Status::SUCCESS);
    line.answer(Edge, ids(3), Status::NOT_FOUND);
    line.frame(Edge, frame(Edge, Frame::PING), b"there?");
    line.now = 9_999;
    line.frame(Platform, frame(Platform, Frame::PONG), b"there?");
    // Chunks in any order, and an answer in chunks.
    let names: Vec<String> = (0..400).map(|at| format!("Thing-{at}-with-a-long-name")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let names = List::new(&names).unwrap();
    let bind = bytes(ids(4), Body::Bind(alwayson_codec::Bind { gateway: None, names }));
    let mut split = Split::new(&bind, 1024).unwrap();
    let mut chunks = Vec::new();
    let mut buffer = [0; 1024];
    while let Some(len) = split.next_chunk(&mut buffer).unwrap() {
        chunks.push(buffer[..len].to_vec());
    }
    chunks.reverse();
    for chunk in &chunks {
        line.binary(Edge, chunk);
    }
    // The BIND passed, so the platform may call before its answer passes.
    line.ask(Platform, 5, "Thing-7-with-a-long-name");
    line.answer(Platform, ids(4), Status::SUCCESS);
    line.ask(Platform, 6, "Thing-399-with-a-long-name");
    line.answer(Edge, ids(6), Status::SUCCESS);
    // A response to no request carries ids only.
    line.answer(Platform, Ids { request: Ids::NONE, ..GRANTED }, Status::SUCCESS);
    line.unbind(7, &["Pump"]);
    // It crosses the UNBIND, whose answer has not passed.
    line.ask(Platform, 8, "Pump");
    line.answer(Platform, ids(7), Status::SUCCESS);
    assert_eq!(line.broken, []);
    assert_eq!(line.seen.iter().filter(|text| text.contains("joined")).count(), 1);
    line.ask(Platform, 9, "Pump");
    assert_eq!(line.rules(), ["not-bound-here"]);
}

#[test]
fn a_finding_names_its_level_its_place_and_its_section_and_no_secret() {
    let line = breaks("unreadable");
    let text = line.broken[0].to_string();
    assert_eq!(
        text,
        "MUST unreadable: a message that cannot be decoded: UnexpectedEnd at byte 14 (section 6)"
    );
    for rule in rules::ALL {
        for finding in breaks(rule.id).broken {
            assert!(!finding.to_string().contains("secret"), "{finding}");
        }
    }
}
