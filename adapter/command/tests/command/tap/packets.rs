//! What `--pcap` writes, read again: by `decode`, and byte for byte.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use alwayson::value::{Table, Value};
use alwayson_codec::{Body, Ids, Message, Request, Split};
use alwayson_conformance::capture::Side;
use alwayson_conformance::hex;
use alwayson_conformance::pcap::{Reader, Sender, Streams, What, Writer};
use alwayson_conformance::watch::{Event, Frame, Limits, Watch};

use super::support::{ANSWER, Pair, REQUEST, end, framed};
use crate::process::{Process, alwayson};

/// The bytes of both directions in a capture.
pub(super) fn directions(file: &Path) -> [Vec<u8>; 2] {
    let capture = std::fs::read(file).unwrap();
    let mut streams = Streams::default();
    let mut client = None;
    let mut all: HashMap<bool, Vec<u8>> = HashMap::new();
    for segment in Reader::new(*capture.first_chunk().unwrap(), &capture[..]).unwrap() {
        for piece in streams.take(&segment.unwrap()) {
            match piece.what {
                What::Open => client = Some(piece.from),
                What::Bytes(bytes) => {
                    all.entry(client == Some(piece.from)).or_default().extend(bytes);
                }
                _ => {}
            }
        }
    }
    [true, false].map(|is_client| all.remove(&is_client).unwrap_or_default())
}

/// All that can be read in a capture: payloads without masks of frames, joined messages, heads.
fn payloads(file: &Path) -> Vec<u8> {
    let [up, down] = directions(file);
    let mut watch = Watch::new(Limits::default());
    let mut all = Vec::new();
    let head = REQUEST.len().min(up.len());
    let parts = [(Side::Edge, &up[..head]), (Side::Platform, &down), (Side::Edge, &up[head..])];
    for (side, bytes) in parts {
        watch.bytes(side, bytes, 0, &mut |event| match event {
            Event::Head { bytes, .. } | Event::Joined { bytes, .. } => all.extend(bytes),
            Event::Message { payload, .. } | Event::Control { payload, .. } => all.extend(payload),
            Event::Unreadable { .. } | Event::Unread { .. } | Event::Limit { .. } => {
                panic!("{event:?}")
            }
            _ => {}
        });
    }
    all
}

fn has(all: &[u8], text: &str) -> bool {
    all.windows(text.len()).any(|part| part == text.as_bytes())
}

fn decode(file: &Path, more: &[&str]) -> (Option<i32>, String) {
    let mut decode = Process::start(alwayson().arg("decode").arg(file).args(more));
    let code = decode.end().code();
    (code, format!("{}{}", decode.output, decode.errors))
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plant.pcapng");
    (folder, file)
}

/// An AUTH whose key is `THE-SECRET-KEY`.
fn auth() -> Vec<u8> {
    let head = "01140000000100000000ffffffff0001066170704b65790e";
    hex::decode(format!("{head}{}", hex::encode(b"THE-SECRET-KEY")).as_bytes()).unwrap()
}

const GRANT: &[u8] = b"\x01\x40\0\0\0\x01\0\0\0\0\0\0\0\x07\0\0\xff";

#[test]
fn with_secrets_a_capture_has_the_bytes_that_passed() {
    let (_folder, file) = folder();
    let mut pair = Pair::upgraded(&["--secrets", "--pcap", file.to_str().unwrap()]);
    let up = [&framed(&auth(), Some([9, 8, 7, 6]))[..], b"\x88\x80abcd", &[0xA5; 5000]].concat();
    let down = [&framed(GRANT, None)[..], &vec![0x5A; 70_000]].concat();
    pair.up(&up);
    pair.down(&down);
    assert_eq!(end(&mut pair.tap), Some(0));
    let [client, server] = directions(&file);
    assert!(client == [REQUEST.as_bytes(), &up].concat(), "what the client sent has changed");
    assert!(server == [ANSWER.as_bytes(), &down].concat(), "what the server sent has changed");
}

#[test]
fn no_secret_is_in_a_capture_wherever_it_was_and_all_of_it_can_be_decoded() {
    let (_folder, file) = folder();
    let record = file.with_extension("json");
    let args = ["--pcap", file.to_str().unwrap(), "--record", record.to_str().unwrap(), "--check"];
    let mut pair = Pair::upgraded(&args);
    pair.edge(&auth());
    pair.platform(GRANT);
    // A password in the chunks of a request, one of which ends within it.
    let long = "x".repeat(700);
    let table = Table::of([
        ("name", Value::from(long)),
        ("pin", Value::password("THE-SECRET-PASSWORD".repeat(10))),
        ("seen", "an open word".into()),
    ]);
    let mut buffer = Vec::new();
    let params = Some(table.encode(&mut buffer).unwrap());
    let body = Body::Request(Request { params, ..Request::invoke_service("Pump", "Login") });
    let ids = Ids { request: 5, endpoint: 0, session: 7 };
    let message = Message { ids, body }.encode_to_vec().unwrap();
    let mut split = Split::new(&message, 300).unwrap();
    let mut chunk = [0; 300];
    let mut chunks = 0;
    while let Some(len) = split.next_chunk(&mut chunk).unwrap() {
        // In fragments, with a ping between them.
        let (first, rest) = chunk[..len].split_at(len / 2);
        let part = |is_final, opcode| Frame {
            is_final,
            opcode,
            rsv1: false,
            mask: Some([4, 3, 2, 1]),
            len: 0,
        };
        let mut bytes = Vec::new();
        part(false, Frame::BINARY).write(first, &mut bytes);
        part(true, Frame::PING).write(b"THE-SECRET-PING", &mut bytes);
        part(true, Frame::CONTINUATION).write(rest, &mut bytes);
        pair.up(&bytes);
        chunks += 1;
    }
    assert!(chunks > 3);
    let mut text = framed(b"THE-SECRET-TEXT", None);
    text[0] = 0x81;
    pair.down(&text);
    pair.down(b"\x88\x02\x03\xe8");
    pair.tap.find_text("close 1000");
    assert_eq!(end(&mut pair.tap), Some(0));
    let all = payloads(&file);
    assert!(has(&all, "an open word") && has(&all, "appKey"));
    for text in ["SECRET", "THE-S"] {
        assert!(!has(&all, text), "{text} is in the capture");
        assert!(!pair.tap.output.contains(text), "{}", pair.tap.output);
    }
    for (file, name) in [(&file, "pcapng"), (&record, "json")] {
        let (code, output) = decode(file, &["--full"]);
        assert_eq!(code, Some(0), "{name}: {output}");
        assert!(output.contains("= POST request=5") && output.contains("an open word"), "{output}");
        assert!(!output.contains("SECRET"), "{output}");
    }
}

/// A capture of a connection, whose edge says this after the upgrade.
fn written(file: &Path, has_upgrade: bool, messages: &[&[u8]]) {
    let mut writer = Writer::new(Vec::new()).unwrap();
    let at = Duration::from_secs(1_700_000_000);
    let client: std::net::SocketAddr = "10.0.0.1:1000".parse().unwrap();
    let server: std::net::SocketAddr = "10.0.0.2:80".parse().unwrap();
    let mut connection = writer.open(client, server, at).unwrap();
    // What was seen is not written: the capture begins after it.
    let mut writer = if has_upgrade { writer } else { Writer::new(Vec::new()).unwrap() };
    if has_upgrade {
        writer.bytes(&mut connection, Sender::Client, REQUEST.as_bytes(), at).unwrap();
        writer.bytes(&mut connection, Sender::Server, ANSWER.as_bytes(), at).unwrap();
    }
    // A frame of which only the end is in the capture.
    if !has_upgrade {
        writer.bytes(&mut connection, Sender::Client, &[0xEE; 50], at).unwrap();
    }
    for message in messages {
        let frame = framed(message, Some([5; 4]));
        writer.bytes(&mut connection, Sender::Client, &frame, at).unwrap();
    }
    std::fs::write(file, writer.into_inner()).unwrap();
}

const KEEP_ALIVE: &[u8] = b"\x01\x1f\0\0\0\x09\0\0\0\0\0\0\0\x07\0";

#[test]
fn a_capture_that_begins_within_a_connection_is_read_from_the_next_message_on() {
    let (_folder, file) = folder();
    written(&file, false, &[KEEP_ALIVE, KEEP_ALIVE]);
    let (code, output) = decode(&file, &["--check"]);
    assert_eq!(code, Some(0), "{output}");
    assert_eq!(output.matches("KEEP_ALIVE request=9").count(), 2, "{output}");
    assert!(output.contains("edge -> platform"), "{output}");
}

#[test]
fn broken_rules_in_a_capture_are_found_if_they_are_asked_for() {
    let (_folder, file) = folder();
    written(&file, true, &[KEEP_ALIVE]);
    assert_eq!(decode(&file, &[]).0, Some(0));
    let (code, output) = decode(&file, &["--check"]);
    assert_eq!(code, Some(1), "{output}");
    assert!(output.contains("!! MUST before-auth"), "{output}");
    // What cannot be decoded is a fault in any case.
    written(&file, true, &[b"\x01\x1f\0"]);
    let (code, output) = decode(&file, &[]);
    assert_eq!(code, Some(1), "{output}");
    assert!(output.contains("no message: UnexpectedEnd"), "{output}");
}

#[test]
fn a_capture_of_something_else_is_refused() {
    let (_folder, file) = folder();
    let mut writer = Writer::new(Vec::new()).unwrap();
    let ends: [std::net::SocketAddr; 2] =
        ["10.0.0.1:1000".parse().unwrap(), "10.0.0.2:80".parse().unwrap()];
    let mut connection = writer.open(ends[0], ends[1], Duration::ZERO).unwrap();
    let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    writer.bytes(&mut connection, Sender::Client, get, Duration::ZERO).unwrap();
    std::fs::write(&file, writer.into_inner()).unwrap();
    let (code, output) = decode(&file, &[]);
    assert_eq!(code, Some(2), "{output}");
    assert!(output.contains("no connection of the protocol was found"), "{output}");
}

/// `tshark` finds the messages that `decode` shows, and no malformed packet.
#[cfg(feature = "test-programs")]
#[test]
fn wireshark_reads_what_the_tap_writes() {
    use std::process::Command;

    let (_folder, file) = folder();
    let mut pair = Pair::upgraded(&["--pcap", file.to_str().unwrap()]);
    pair.edge(&auth());
    pair.platform(GRANT);
    pair.edge(KEEP_ALIVE);
    drop((pair.client, pair.server));
    pair.tap.find_text("closed:");
    assert_eq!(end(&mut pair.tap), Some(0));
    let tshark = Command::new("tshark")
        .arg("-r")
        .arg(&file)
        .args(["-V", "-o", "tcp.check_checksum:TRUE"])
        .output();
    let output = tshark.expect("tshark is needed for this test: install it").stdout;
    let text = String::from_utf8_lossy(&output);
    assert_eq!(text.matches("WebSocket\n").count(), 3, "{text}");
    for fault in ["Malformed", "checksum: Bad", "previous segment"] {
        assert!(!text.contains(fault), "{fault}: {text}");
    }
    assert!(text.contains("appKey: **************"), "{text}");
}
