//! `decode`: what it shows, and what it makes of what is no message.

use std::path::Path;

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
    assert!(output.contains("!! InvalidHex at character 2"), "{output}");
    assert!(output.contains("SUCCESS request=7"), "{output}");
}

#[test]
fn a_capture_is_shown_frame_by_frame_with_its_chunks_joined() {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/captures");
    let file = captures.join("edge-session.json");
    let mut decode = Process::start(alwayson().arg("decode").arg(file));
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
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/captures/edge-session.json");
    let text = std::fs::read_to_string(file).unwrap();
    let is_first =
        |line: &&str| line.contains("\"hex\": \"01c0") || line.contains("\"hex\": \"0140000003ee");
    let chunk = text.lines().find(is_first).unwrap().trim();
    let hex = chunk.trim_start_matches("\"hex\": ").trim_matches('"');
    let mut decode = Process::start(alwayson().arg("decode"));
    decode.say(hex);
    assert_eq!(decode.end().code(), Some(1));
    assert!(decode.output.contains("chunk 1 of 4"), "{}", decode.output);
    assert!(decode.errors.contains("long messages without their last chunks: 1"));
}

#[test]
fn a_file_that_is_no_capture_is_wrong_use() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.json");
    for (text, error) in [
        ("{\"schema\": \"other\"}", "the schema is \"other\", not \"alwayson-capture/1\""),
        ("{\"schema\": \"alwayson-capture/1\"}", "there is no list of frames in it"),
        ("{", "is no JSON"),
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
