//! The Wireshark dissector shows what our decoder finds: `tshark` is run over captures, and each
//! item of its trees is compared. Needs `tshark`: `./ci.sh wireshark`.

#![cfg(unix)]

mod expected;
mod messages;
mod tls;
mod traffic;
mod tshark;

use std::path::Path;
use std::time::Duration;

use alwayson_codec::owned::{Body, Claim, Message, Request, RequestHeader, Response, Table, Value};
use alwayson_codec::{BaseType, Ids, Split, Status};
use alwayson_conformance::capture::{self, Capture, Frame, Opcode, Side};
use alwayson_conformance::vectors;

use messages::{Messages, Wanted};
use traffic::{Form, Traffic};
use tshark::{Session, Shown, dissector};

const SHOW_SECRETS: [&str; 2] = ["-o", "alwayson.show_secrets:TRUE"];
/// As the README describes for ports other than 443.
const TLS_PORT: [&str; 4] = ["-d", "tcp.port==8443,tls", "-d", "tls.port==8443,http"];
/// A KEEP_ALIVE, by which the dissector knows a connection.
const KEEP_ALIVE: &str = "011f00000000000000000000000000";

fn captures() -> Vec<Capture> {
    let files = capture::own_files().unwrap();
    files.iter().map(|file| Capture::read(file).unwrap()).collect()
}

fn binary(from: Side, bytes: &[u8]) -> Frame {
    Frame { from, opcode: Opcode::Binary, bytes: bytes.to_vec() }
}

fn keep_alive() -> Frame {
    binary(Side::Edge, &alwayson_conformance::hex::decode(KEEP_ALIVE.as_bytes()).unwrap())
}

/// A connection for each vector and each sequence.
fn vector_connections() -> Vec<(String, Vec<Frame>)> {
    let mut connections = Vec::new();
    for file in vectors::read(&[vectors::own_folder()]).unwrap() {
        let single = file.vectors.into_iter().map(|vector| (vector.id, vec![vector.bytes]));
        let many = file.sequences.into_iter().map(|sequence| (sequence.id, sequence.chunks));
        for (index, (id, messages)) in single.chain(many).enumerate() {
            let side = if index % 2 == 0 { Side::Edge } else { Side::Platform };
            let messages = messages.iter().filter(|bytes| !bytes.is_empty());
            let frames = messages.map(|bytes| binary(side, bytes));
            connections.push((id, [keep_alive()].into_iter().chain(frames).collect()));
        }
    }
    connections
}

/// Compares all messages of a capture, in their order.
fn compare(
    name: &str,
    connections: &[(String, Vec<Frame>)],
    shown: &[Shown],
    shows_secrets: bool,
) -> Result<Vec<(Wanted, usize)>, String> {
    let mut wanted = Vec::new();
    let mut shown_here = shown.iter();
    for (id, frames) in connections {
        let first = wanted.len();
        for (index, message) in Messages::of(frames, shows_secrets).list.into_iter().enumerate() {
            let Some(shown) = shown_here.next() else {
                return Err(format!("{name}, {id}: message {index} is not shown"));
            };
            message.compare(shown).map_err(|text| {
                format!("{name}, {id}, message {index} ({}): {text}", shown.line)
            })?;
            wanted.push((message, first));
        }
    }
    match shown_here.next() {
        Some(more) => Err(format!("{name}: also shown: {more:?}")),
        None => Ok(wanted),
    }
}

fn write(connections: &[(String, Vec<Frame>)], form: Form, dissector: &Path) -> Session {
    let mut traffic = Traffic::new();
    for (_, frames) in connections {
        traffic.add(frames, form);
    }
    let (capture, key_log) = traffic.finish();
    Session::new(&capture, &key_log, dissector)
}

fn capture_connections() -> Vec<(String, Vec<Frame>)> {
    captures().into_iter().map(|capture| (capture.comment, capture.frames)).collect()
}

#[test]
fn recorded_sessions_are_shown_in_every_form_that_carries_them() {
    let connections = capture_connections();
    for form in
        [Form::Plain, Form::Fragments, Form::Several, Form::OneSegment, Form::Deflate, Form::Tls]
    {
        let session = write(&connections, form, &dissector());
        let options = if form == Form::Tls { &TLS_PORT[..] } else { &[] };
        let shown = session.messages(options).unwrap();
        let wanted = compare(&format!("{form:?}"), &connections, &shown, false).unwrap();
        check_links(&wanted, &shown, form);
    }
}

/// Checks the links of responses to requests and back, and the times between them.
fn check_links(wanted: &[(Wanted, usize)], shown: &[Shown], form: Form) {
    let mut answered = vec![None; shown.len()];
    let mut is_time_seen = false;
    for (index, (message, first)) in wanted.iter().enumerate() {
        let Some(request) = message.answers.map(|request| first + request) else {
            assert_eq!(shown[index].link("alwayson.response_to"), None, "{form:?}");
            assert_eq!(shown[index].link("alwayson.time"), None);
            continue;
        };
        answered[request] = Some(index);
        let to = shown[index].link("alwayson.response_to").unwrap();
        assert_eq!(to, shown[request].packet.to_string(), "{form:?}");
        let time: f64 = shown[index].link("alwayson.time").unwrap().parse().unwrap();
        let packets = shown[index].seconds - shown[request].seconds;
        assert!((time - packets).abs() < 1e-6, "{time} s, between the packets {packets} s");
        is_time_seen |= time > 0.001;
    }
    assert!(is_time_seen);
    assert!(answered.iter().flatten().count() > 100);
    for (request, response) in answered.iter().enumerate() {
        let packet = response.map(|response: usize| shown[response].packet.to_string());
        assert_eq!(shown[request].link("alwayson.response_in"), packet.as_deref(), "{form:?}");
    }
}

#[test]
fn chunks_and_joined_messages_lead_to_each_other() {
    let connections = capture_connections();
    let shown = write(&connections, Form::Plain, &dissector()).messages(&[]).unwrap();
    let wanted = compare("chunks", &connections, &shown, false).unwrap();
    let mut joined = 0;
    for (index, (message, _)) in wanted.iter().enumerate() {
        if !message.is_joined {
            continue;
        }
        joined += 1;
        let chunks: Vec<u32> = shown[index]
            .links
            .iter()
            .filter(|(name, _)| name == "alwayson.chunk.frame")
            .map(|(_, packet)| packet.parse().unwrap())
            .collect();
        assert!(!chunks.is_empty());
        for chunk in chunks {
            let of =
                |shown: &&Shown| shown.packet == chunk && shown.get("alwayson.chunk.id").is_some();
            let part = shown.iter().find(of).unwrap();
            assert_eq!(part.link("alwayson.joined_in"), Some(&*shown[index].packet.to_string()));
        }
    }
    assert!(joined > 5);
}

#[test]
fn all_vectors_are_shown_and_their_errors_are_those_of_the_protocol_page() {
    let connections = vector_connections();
    let session = write(&connections, Form::Plain, &dissector());
    let shown = session.messages(&SHOW_SECRETS).unwrap();
    let wanted = compare("vectors", &connections, &shown, true).unwrap();
    let errors = wanted.iter().filter_map(|(wanted, _)| wanted.error.as_ref());
    let kinds: std::collections::BTreeSet<&str> = errors.map(|(kind, _)| &**kind).collect();
    // All but TrailingBytes, which a decoder reports only if its caller allows none.
    assert_eq!(kinds.len(), 10, "{kinds:?}");
    for ((wanted, _), shown) in wanted.iter().zip(&shown) {
        let is_error = wanted.error.is_some();
        let has_note = shown.notes.iter().any(|note| {
            note.contains(" at byte ") || note == "A chunk that contradicts one before it"
        });
        assert_eq!(is_error, has_note, "{shown:?}");
    }
}

#[test]
fn damaged_messages_are_shown_with_the_errors_of_our_decoder() {
    // A generator of numbers that are the same in each run.
    let mut state = 1_u64;
    let mut next = move |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut connections = Vec::new();
    for (id, frames) in vector_connections() {
        let mut damaged = vec![keep_alive()];
        for frame in frames.into_iter().skip(1).filter(|frame| frame.bytes.len() < 2000) {
            for _ in 0..4 {
                let mut bytes = frame.bytes.clone();
                match next(4) {
                    0 => bytes.truncate(1 + next(bytes.len())),
                    1 => bytes.insert(next(bytes.len()), u8::try_from(next(256)).unwrap()),
                    _ => {
                        let at = next(bytes.len());
                        bytes[at] = u8::try_from(next(256)).unwrap();
                    }
                }
                damaged.push(binary(frame.from, &bytes));
            }
        }
        connections.push((id, damaged));
    }
    let session = write(&connections, Form::Plain, &dissector());
    let shown = session.messages(&SHOW_SECRETS).unwrap();
    let wanted = compare("damaged", &connections, &shown, true).unwrap();
    assert!(wanted.iter().filter(|(wanted, _)| wanted.error.is_some()).count() > 500);
}

#[test]
fn secrets_are_masked_unless_a_preference_shows_them() {
    const SECRET: &str = "SECRET-OF-THE-DEVICE";
    let secret = Value::password(SECRET);
    let columns = [("pin", BaseType::PASSWORD), ("name", BaseType::STRING)];
    let mut table = Table::new(columns);
    table.push([Value::Binary(BaseType::BLOB, SECRET.into()), "seen".into()]);
    table.push([SECRET.into(), Value::Variant(Box::new(secret.clone()))]);
    let mut request = Request::invoke_service("Pump", "Login", Some(table.clone()));
    request.headers.push(RequestHeader::new("APPKEY", SECRET));
    let mut response = Response::new(Status::SUCCESS);
    response.content = Table::of([("inner", Value::from(table)), ("alone", secret)]).into();
    let claim = Claim { name: "appKey".to_owned(), value: SECRET.to_owned() };
    let bodies = [
        Body::Auth(vec![claim.clone()]),
        Body::ClearAuth(vec![claim]),
        Body::Request(request),
        Body::Response(response),
    ];
    let mut frames = Vec::new();
    for body in bodies {
        let ids = Ids::unauthenticated(7);
        let bytes = Message { ids, body }.encode_to_vec().unwrap();
        // AUTH and CLEARAUTH are never split.
        if let Ok(mut split) = Split::new(&bytes, 60) {
            let mut chunk = [0; 60];
            while let Some(len) = split.next_chunk(&mut chunk).unwrap() {
                frames.push(binary(Side::Edge, &chunk[..len]));
            }
        }
        frames.push(binary(Side::Edge, &bytes));
    }
    let connections = [("secrets".to_owned(), frames)];
    let session = write(&connections, Form::Plain, &dissector());
    for (options, shows) in [(&[][..], false), (&SHOW_SECRETS, true)] {
        let shown = session.messages(options).unwrap();
        compare("secrets", &connections, &shown, shows).unwrap();
        // As it is printed without other protocols, which show the bytes of packets.
        let hex = alwayson_conformance::hex::encode(SECRET.as_bytes());
        let json = session.run(&[&["-T", "json", "-J", "alwayson"], options].concat()).unwrap();
        assert_eq!(json.contains(SECRET), shows);
        let of_protocol = session.run(&[&["-O", "alwayson"], options].concat()).unwrap();
        assert_eq!(of_protocol.contains(SECRET), shows);
        let bytes = |shown: &Shown| shown.items.iter().any(|item| item.bytes.contains(&hex));
        assert_eq!(shown.iter().any(bytes), shows);
        assert!(of_protocol.contains("seen"));
    }
}

#[test]
fn filters_find_messages() {
    let connections = capture_connections();
    let session = write(&connections, Form::Plain, &dissector());
    let count = |filter: &str| session.run(&["-2", "-Y", filter]).unwrap().lines().count();
    let all = count("alwayson");
    assert!(all > 300);
    for filter in [
        "alwayson.thing == \"SteamSensor1\"",
        "alwayson.code == \"BIND\"",
        "alwayson.name == \"GetMetadata\"",
        "alwayson.value.number > 12.7 && alwayson.value.number < 12.8",
        "alwayson.value.datetime > \"2020-01-01 00:00:00\"",
        "alwayson.field.name == \"Temperature\"",
        "alwayson.time > 0.001",
        "alwayson.response_to",
        "alwayson.joined_in",
        "alwayson.reason contains \"no property\"",
        "alwayson.expert.refused",
        "alwayson.is_chunk == 0",
        "alwayson.code < 0x1F && alwayson.is_chunk == 0 && !alwayson.response_in",
        "alwayson.code >= 0x80",
        "alwayson.value.string contains \"GOOD\"",
    ] {
        let found = count(filter);
        assert!(found > 0 && found < all, "{filter}: {found}");
    }
    // A response is found by the Thing of its request.
    let of_thing = "alwayson.thing == \"SteamSensor1\" && alwayson.code == \"SUCCESS\"";
    assert!(count(of_thing) > 3);
    assert_eq!(count("alwayson.error"), 0);
}

/// Returns a response whose table has one row of this many cells, each NOTHING.
fn wide(cells: u16) -> Vec<u8> {
    let header = alwayson_conformance::hex::decode(b"014000000007000000000000004d0000").unwrap();
    let nothing = vec![0xFF; usize::from(cells)];
    [&header[..], &[5, 0, 1], &cells.to_be_bytes(), &nothing, &[0]].concat()
}

fn is_cut(shown: &Shown) -> bool {
    shown.notes.iter().any(|note| note.starts_with("Only the first"))
}

#[test]
fn a_packet_shows_at_most_50_000_items() {
    // 12 items that a table with one row always has, and two for each cell.
    let most = (50_000 - 12) / 2;
    let one = |cells| vec![binary(Side::Platform, &wide(cells))];
    let several = vec![keep_alive(), binary(Side::Platform, &wide(u16::MAX).repeat(8))];
    // Each fits, but they are in one packet.
    let frames = vec![binary(Side::Edge, &wide(most / 2)); 3];
    for (name, frames, form, items, notes) in [
        ("fits", one(most), Form::Plain, 50_000, 0),
        ("one cell more", one(most + 1), Form::Plain, 50_000, 1),
        ("several messages", several, Form::Plain, 50_007, 1),
        ("several frames", frames, Form::Deflate, 50_000, 1),
    ] {
        let connections = [(name.to_owned(), frames)];
        let shown = write(&connections, form, &dissector()).messages(&[]).unwrap();
        // Each message is an item as well.
        let found: usize = shown.iter().map(|shown| shown.items.len() + 1).sum();
        assert_eq!(found, items, "{name}");
        assert_eq!(shown.iter().filter(|shown| is_cut(shown)).count(), notes, "{name}");
    }
}

#[test]
fn chunks_are_dropped_after_50_s() {
    let connections = vector_connections();
    let (id, frames) = connections.iter().find(|(id, _)| id == "sequence-request").unwrap();
    let wanted = Messages::of(frames, false).list;
    assert!(wanted.iter().any(|wanted| wanted.is_joined), "{id}");
    let chunks = u32::try_from(frames.len() - 1).unwrap();
    for (millis, is_joined) in [(49_999, true), (50_000, false)] {
        let mut traffic = Traffic::new();
        // From the first chunk to the last one.
        traffic.step = Duration::from_millis(millis) / (chunks - 1);
        traffic.add(frames, Form::Plain);
        let (capture, _) = traffic.finish();
        let shown = Session::new(&capture, "", &dissector()).messages(&[]).unwrap();
        let joined = shown.iter().any(|shown| shown.link("alwayson.joined_in").is_some());
        assert_eq!(joined, is_joined, "{millis} ms");
    }
}

#[test]
fn other_traffic_is_left_alone() {
    let frames = vec![
        Frame { opcode: Opcode::Text, ..keep_alive() },
        keep_alive(),
        Frame { opcode: Opcode::Text, ..keep_alive() },
        binary(Side::Edge, b"\x02 not a header, on a known connection"),
    ];
    let other = vec![binary(Side::Edge, b"not AlwaysOn, but long enough for a header")];
    let connections = [("known".to_owned(), frames), ("other".to_owned(), other)];
    let shown = write(&connections, Form::Plain, &dissector()).messages(&[]).unwrap();
    let errors: Vec<_> = shown.iter().map(|shown| shown.get("alwayson.error")).collect();
    assert_eq!(errors, [None, Some("UnsupportedVersion")]);
}

#[test]
fn a_wrong_dissector_fails() {
    let good = std::fs::read_to_string(dissector()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wrong.lua");
    let mut connections = vector_connections();
    connections.retain(|(id, _)| {
        ["primitive-integer", "primitive-number", "invalid", "text", "checks"]
            .iter()
            .any(|group| id.starts_with(group))
    });
    for (name, old, new) in [
        ("no change", "-- A Wireshark", "%"),
        ("a call of nothing", "function READ.integer(r, v, tree)\n", "%nothing()\n"),
        ("a range beyond the end", "  local at = take(r, 4)\n", "%  at = at + 100000\n"),
        ("no limit of nesting", "enclosing >= MAX_NESTING", "enclosing > MAX_NESTING"),
        ("a shorter item", "add(r, tree, f.number, at)", "add(r, tree, f.number, at, at + 7)"),
        ("no check of UTF-8", "if wrong then", "if false then"),
    ] {
        assert!(good.contains(old), "{name}");
        let new = new.strip_prefix('%').map_or(new.to_owned(), |more| format!("{old}{more}"));
        std::fs::write(&path, good.replace(old, &new)).unwrap();
        let session = write(&connections, Form::Plain, &path);
        let result = session.messages(&SHOW_SECRETS);
        let is_right = result
            .and_then(|shown| compare(name, &connections, &shown, true))
            .is_ok_and(|wanted| !wanted.is_empty());
        assert_eq!(is_right, name == "no change", "{name}");
    }
}
