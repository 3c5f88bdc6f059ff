//! What is shown, and which rules are found to be broken.

use alwayson_conformance::hex;

use super::support::{Pair, end, framed};
use crate::process::{Process, alwayson};

fn bytes(digits: &str) -> Vec<u8> {
    hex::decode(digits.replace(' ', "").as_bytes()).unwrap()
}

/// An AUTH whose key is `secret`.
const AUTH: &str = "01140000000100000000ffffffff0001066170704b657906736563726574";
const GRANT: &str = "01400000000100000000000000070000ff";
/// A BIND of `Pump`.
const BIND: &str = "010a0000000200000000000000070000000104 50756d70";

#[test]
fn a_broken_must_is_shown_with_its_section_and_fails() {
    let mut pair = Pair::upgraded(&["--check"]);
    pair.edge(&bytes(BIND));
    let line = pair.tap.find_text("!! MUST");
    assert!(line.contains("before-auth: a message before AUTH"), "{line}");
    assert!(line.contains("(section 7)") && line.contains("edge -> platform"), "{line}");
    assert_eq!(end(&mut pair.tap), Some(1));
    assert!(pair.tap.output.ends_with("MUST    edge      before-auth: 1\n"), "{}", pair.tap.output);
}

#[test]
fn without_check_nothing_is_judged() {
    let mut pair = Pair::upgraded(&[]);
    pair.edge(&bytes(BIND));
    pair.tap.find_text("BIND");
    assert_eq!(end(&mut pair.tap), Some(0));
    assert!(!pair.tap.output.contains("!!"), "{}", pair.tap.output);
}

#[test]
fn a_broken_should_fails_only_if_it_is_asked_for() {
    for (args, code) in [(&["--check"][..], 0), (&["--check", "--strict"], 1)] {
        let mut pair = Pair::upgraded(args);
        let mut text = framed(b"hello", None);
        text[0] = 0x81;
        pair.down(&text);
        let line = pair.tap.find_text("!! SHOULD text");
        assert!(line.contains("edge <- platform"), "{line}");
        assert_eq!(end(&mut pair.tap), Some(code));
    }
}

#[test]
fn what_is_damaged_is_told_with_kind_and_offset_and_passes() {
    let mut pair = Pair::upgraded(&["--check"]);
    pair.edge(&bytes(AUTH));
    pair.platform(&bytes(GRANT));
    // A BIND that ends within its name.
    pair.edge(&bytes("010a000000020000000000000007000000010450756d"));
    let line = pair.tap.find_text("no message: UnexpectedEnd");
    assert!(line.contains("at byte 22"), "{line}");
    pair.tap.find_text(
        "!! MUST unreadable: a message that cannot be decoded: UnexpectedEnd at byte 22",
    );
    // A reserved opcode: what follows passes, and is not read.
    pair.down(b"\x83\x00 anything at all");
    pair.tap.find_text("!! MUST opcode");
    pair.tap.find_text("what follows passes, and is not read");
    pair.down(&[0xAB; 1000]);
    pair.edge(&bytes("011f0000000900000000000000070 0"));
    pair.tap.find_text("KEEP_ALIVE");
    drop((pair.client, pair.server));
    pair.tap.find_text("1018 of them not read");
    assert_eq!(end(&mut pair.tap), Some(1));
}

#[test]
fn chunks_are_joined_and_control_frames_shown() {
    let mut pair = Pair::upgraded(&["--check"]);
    pair.edge(&bytes(AUTH));
    pair.platform(&bytes(GRANT));
    pair.edge(&bytes("010a0000000700000000000000070100010002 2000 000001"));
    pair.edge(&bytes("010a0000000700000000000000070100020002 2000 0142"));
    let line = pair.tap.find_text("= BIND");
    assert!(line.contains("[B]"), "{line}");
    pair.platform(&bytes("014000000007000000000000000700 00ff"));
    pair.up(b"\x89\x82\0\0\0\0ab");
    pair.down(b"\x8a\x02ab");
    pair.down(b"\x88\x05\x03\xe9bye");
    pair.tap.find_text("ping");
    pair.tap.find_text("pong");
    pair.tap.find_text("close 1001 bye");
    assert_eq!(end(&mut pair.tap), Some(0));
    assert!(pair.tap.output.ends_with("no rule was broken\n"), "{}", pair.tap.output);
    assert!(!pair.tap.output.contains("secret"), "{}", pair.tap.output);
}

#[test]
fn a_message_longer_than_the_limit_passes_and_is_told() {
    for (len, is_shown) in [(1023, true), (1024, true), (1025, false)] {
        let mut pair = Pair::upgraded(&["--message-limit", "1024"]);
        pair.platform(&vec![0; len]);
        let line = pair.tap.find(|line| line.contains("no message") || line.contains("!!"));
        assert_eq!(line.contains("no message"), is_shown, "{line}");
        pair.platform(&bytes(GRANT));
        pair.tap.find_text("SUCCESS");
        assert_eq!(end(&mut pair.tap), Some(0));
    }
}

#[test]
fn limits_and_urls_out_of_their_range_are_refused() {
    for (args, code) in [
        (&["--to", "http://127.0.0.1:1"][..], 2),
        (&["--to", "ws://127.0.0.1:1", "--ca", "ca.pem"], 2),
        (&["--to", "ws://127.0.0.1:1", "--message-limit", "1023"], 2),
        (&["--to", "ws://127.0.0.1:1", "--message-limit", "67108865"], 2),
        (&["--to", "ws://127.0.0.1:1", "--connections", "0"], 2),
        (&["--to", "ws://127.0.0.1:1", "--connections", "65536"], 2),
        (&["--to", "ws://127.0.0.1:1", "--line-queue", "0"], 2),
        (&["--to", "ws://127.0.0.1:1", "--line-queue", "1000001"], 2),
        (&["--to", "ws://127.0.0.1:1", "--strict"], 2),
        (&["--to", "ws://127.0.0.1:1", "--listen", "nowhere"], 2),
        (&["--to", "ws://127.0.0.1:1", "--record", "/nonexistent/file"], 2),
        (&["--to", "ws://127.0.0.1:1", "--pcap", "/nonexistent/file"], 2),
    ] {
        let mut tap = Process::start(alwayson().arg("tap").args(args));
        assert_eq!(tap.end().code(), Some(code), "{args:?}: {}", tap.errors);
        assert!(!tap.errors.is_empty(), "{args:?}");
    }
}

#[test]
fn a_platform_that_is_not_there_is_told() {
    let (mut tap, address) = super::support::tap("ws://127.0.0.1:1", &[]);
    let _client = std::net::TcpStream::connect(address).unwrap();
    tap.find_text("!! the platform cannot be reached");
    assert_eq!(end(&mut tap), Some(0));
}
