//! Tests of `decode`, also with invalid input.

use std::fmt::Write;
use std::path::PathBuf;

use alwayson::value::{Table, Value};
use alwayson_codec::{Body, Ids, List, Message, Request, RequestHeader};
use alwayson_conformance::capture;

use crate::process::{Process, alwayson};

fn decoded(lines: &[&str]) -> (Option<i32>, String) {
    let mut decode = Process::start(alwayson().arg("decode"));
    for line in lines {
        decode.say(line);
    }
    let code = decode.end().code();
    (code, std::mem::take(&mut decode.output))
}

#[test]
fn hex_lines_are_messages_with_their_secrets_masked() {
    let auth = "01 14 00 00 00 02 00 00 00 00 ff ff ff ff 00 01 06 61 70 70 4b 65 79 03 61 62 63";
    let (code, output) = decoded(&["# an AUTH", auth, "", "014000000007000000000000004d0000ff"]);
    assert_eq!(code, Some(0));
    let expected =
        "   1       27  AUTH request=2 {appKey=***}\n   2       17  SUCCESS request=7 session=77\n";
    assert_eq!(output, expected);
}

#[test]
fn hex_is_taken_as_other_programs_write_it() {
    let lines = [
        "0x01 0x40 0x00, 0x00,0x00 0x07 0x000000000000004d0000ff",
        r"\x01\x40\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x4d\x00\x00\xff",
        "\u{feff}01:40:00:00:00:07:00:00:00:00:00:00:00:4D:00:00:FF",
        "00000000: 0140 0000 0007 0000 0000 0000 004d 0000  .@...........M..",
        "00000010: ff                                       .",
        "00000000  01 40 00 00 00 07 00 00  00 00 00 00 00 4d 00 00  |.@...........M..|",
        "00000010  ff                                                |.|",
        "00000011",
    ];
    let (code, output) = decoded(&lines);
    assert_eq!(
        (code, output.matches("SUCCESS request=7 session=77").count()),
        (Some(0), 5),
        "{output}"
    );
}

#[test]
fn full_shows_all_names_and_values_whole_and_no_secret() {
    let text = "q".repeat(300);
    let params =
        Table::of([("note", Value::from(text.as_str())), ("pin", Value::password("1234"))]);
    let mut request = vec![0; 4_000];
    let mut table = Vec::new();
    let params = params.encode(&mut table).unwrap();
    let headers = [RequestHeader::new("appKey", "a-key"), RequestHeader::new("Accept", "*")];
    let message = Message {
        ids: Ids { request: 7, endpoint: 0, session: 77 },
        body: Body::Request(Request {
            headers: List::new(&headers).unwrap(),
            params: Some(params),
            ..Request::invoke_service("Pump ", "Note")
        }),
    };
    let len = message.encode(&mut request).unwrap();
    let mut hex = String::new();
    for byte in &request[..len] {
        write!(hex, "{byte:02x}").unwrap();
    }
    let mut decode = Process::start(alwayson().args(["decode", "--full"]));
    decode.say(&hex);
    assert_eq!(decode.end().code(), Some(0), "{}", decode.output);
    let output = &decode.output;
    for line in [
        "entity: Pump\\u{20}\n",
        "name: Note\n",
        "header: appKey = ***\n",
        "header: Accept = *\n",
        "params: INFOTABLE, 1 rows of note STRING, pin PASSWORD\n",
        &format!("{{\"note\":\"{text}\",\"pin\":\"***\"}}\n"),
    ] {
        assert!(output.contains(line), "{line}: {output}");
    }
    assert!(!output.contains("1234") && !output.contains("a-key"), "{output}");
}

#[test]
fn a_file_of_utf_16_is_named_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hex.txt");
    let utf16: Vec<u8> = "\u{feff}0140".encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(&file, utf16).unwrap();
    let mut decode = Process::start(alwayson().arg("decode").arg(&file));
    assert_eq!(decode.end().code(), Some(2));
    assert!(decode.errors.contains("hex.txt: it is UTF-16: save it as UTF-8"), "{}", decode.errors);
}

#[test]
fn a_line_is_answered_before_the_next_one_comes() {
    let mut decode = Process::start(alwayson().arg("decode"));
    decode.say("014000000007000000000000004d0000ff");
    decode.find_text("SUCCESS request=7");
    decode.say("014000000008000000000000004d0000ff");
    decode.find_text("SUCCESS request=8");
    assert_eq!(decode.end().code(), Some(0));
}

#[test]
fn what_is_no_message_is_an_error_with_kind_and_offset() {
    let cut = "014000000007000000000000004d00";
    let (code, output) = decoded(&[cut, "01zz", "014000000007000000000000004d0000ff"]);
    assert_eq!(code, Some(1));
    assert!(output.contains("!! UnexpectedEnd at byte 15"), "{output}");
    assert!(
        output.contains("!! InvalidHex at line 2, column 3: 'z' is not a hex digit"),
        "{output}"
    );
    assert!(output.contains("SUCCESS request=7"), "{output}");
}

/// The capture of an edge's session.
fn edge_session() -> PathBuf {
    let mut files = capture::own_files().unwrap().into_iter();
    files.find(|file| file.ends_with("edge-session.json")).unwrap()
}

#[test]
fn a_capture_is_shown_frame_by_frame_with_its_chunks_joined() {
    let mut decode = Process::start(alwayson().arg("decode").arg(edge_session()));
    assert_eq!(decode.end().code(), Some(0), "{}", decode.errors);
    let output = &decode.output;
    assert!(output.contains("   1  edge -> platform       60  AUTH request=2 {appKey=***}"));
    assert!(output.contains("chunk 4 of 4 (size 8192, 5511 bytes of data)"), "{output}");
    assert!(
        output.contains("  30039  = SUCCESS request=1006 session=77 {result: \"qqq"),
        "{output}"
    );
    assert!(!output.contains("12345678-1234"), "{output}");
}

#[test]
fn a_long_message_without_its_last_chunk_is_not_all_good() {
    let text = std::fs::read_to_string(edge_session()).unwrap();
    let is_first =
        |line: &&str| line.contains("\"hex\": \"01c0") || line.contains("\"hex\": \"0140000003ee");
    let chunk = text.lines().find(is_first).unwrap().trim();
    let hex = chunk.trim_start_matches("\"hex\": ").trim_matches('"');
    let mut decode = Process::start(alwayson().arg("decode"));
    decode.say(hex);
    assert_eq!(decode.end().code(), Some(1));
    assert!(decode.output.contains("chunk 1 of 4"), "{}", decode.output);
    assert!(decode.errors.contains("incomplete long messages: 1"));
}

#[test]
fn a_file_that_is_no_capture_is_wrong_use() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.json");
    for (text, error) in [
        ("{\"schema\": \"other\"}", "the schema is \"other\", not \"alwayson-capture/1\""),
        ("{\"schema\": \"alwayson-capture/1\"}", "the capture has no list of frames"),
        ("{", "is not JSON"),
    ] {
        std::fs::write(&file, text).unwrap();
        let mut decode = Process::start(alwayson().arg("decode").arg(&file));
        assert_eq!(decode.end().code(), Some(2), "{text}");
        assert!(decode.errors.contains(error), "{}", decode.errors);
    }
    let mut decode = Process::start(alwayson().args(["decode", "not-there.hex"]));
    assert_eq!(decode.end().code(), Some(2));
    assert!(decode.errors.contains("not-there.hex: cannot be read"), "{}", decode.errors);
}
