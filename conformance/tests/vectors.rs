//! The vectors of this crate pass, and a vector that is wrong does not.

use std::path::PathBuf;

use alwayson_conformance::vectors::{self, VectorFile};

#[test]
fn all_vectors_pass() {
    let files = vectors::read(&[vectors::own_folder()]).unwrap();
    let counts: Vec<_> = files
        .iter()
        .map(|file| (file.group.as_str(), file.vectors.len() + file.sequences.len()))
        .collect();
    assert_eq!(
        counts,
        [
            ("auth", 7),
            ("bind-chunk", 7),
            ("bind", 10),
            ("checks", 67),
            ("chunk-methods", 6),
            ("chunk", 8),
            ("clear-auth", 5),
            ("counts", 8),
            ("invalid", 74),
            ("joining-methods", 7),
            ("joining", 24),
            ("lenient", 6),
            ("mutated", 60),
            ("primitive", 107),
            ("random", 60),
            ("request", 41),
            ("response", 40),
            ("sequence", 10),
            ("table", 11),
            ("text", 23),
            ("types", 78),
        ]
    );
    let mut report = Vec::new();
    let failed = vectors::report(&files, &mut report).unwrap();
    let report = String::from_utf8(report).unwrap();
    assert_eq!(failed, 0, "{report}");
    assert!(report.ends_with("\n659 passed, 0 failed\n"), "{report}");
}

/// A file of one vector or sequence, read.
fn file(name: &str, items: &str) -> Result<VectorFile, String> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(name);
    let json = format!(r#"{{"schema": "alwayson-vectors/1", "group": "test", {items}}}"#);
    std::fs::write(&path, json).unwrap();
    VectorFile::read(&path)
}

/// What is wrong with the one vector of a file, if anything.
fn verdict(items: &str) -> Option<String> {
    let failures = vectors::run(&file("one.json", items).unwrap());
    failures.first().map(|failure| failure.difference.to_string())
}

const KEEP_ALIVE: &str = r#"{"version": 1, "code": "KEEP_ALIVE", "requestId": 7, "endpointId": 0,
    "sessionId": 77, "multipart": false, "body": {"kind": "keepAlive"}}"#;

fn vector(hex: &str, result: &str) -> String {
    format!(r#""vectors": [{{"id": "one", "comment": "", "hex": "{hex}", {result}}}]"#)
}

#[test]
fn a_vector_with_another_message_fails_at_the_field_that_differs() {
    let result = format!(r#""result": "valid", "message": {KEEP_ALIVE}"#);
    assert_eq!(verdict(&vector("011f00000007000000000000004d00", &result)), None);
    let other = verdict(&vector("011f00000008000000000000004d00", &result)).unwrap();
    assert_eq!(other, "the decoded message differs at requestId\n    expected  7\n    actual    8");
}

#[test]
fn a_valid_vector_has_to_be_canonical_and_an_acceptable_one_must_not_be() {
    let result = |result| format!(r#""result": "{result}", "message": {KEEP_ALIVE}"#);
    let padded = vector("011f00000007000000000000004d00ff", &result("valid"));
    assert!(verdict(&padded).unwrap().contains("16 bytes expected, 15 came"));
    let acceptable = vector("011f00000007000000000000004d00", &result("acceptable"));
    assert!(verdict(&acceptable).unwrap().contains("is the vector itself"));
}

#[test]
fn an_invalid_vector_fails_with_another_kind_or_another_place() {
    let result =
        |kind, at| format!(r#""result": "invalid", "error": {{"kind": "{kind}", "at": {at}}}"#);
    let hex = "0205";
    assert_eq!(verdict(&vector(hex, &result("UnsupportedVersion", 0))), None);
    let kind = verdict(&vector(hex, &result("UnexpectedEnd", 2))).unwrap();
    assert_eq!(
        kind,
        "decoding\n    expected  UnexpectedEnd at 2\n    actual    UnsupportedVersion at 0"
    );
    let place = verdict(&vector(hex, &result("UnsupportedVersion", 1))).unwrap();
    assert!(place.contains("actual    UnsupportedVersion at 0"), "{place}");
    let accepted = vector("011f00000007000000000000004d00", &result("UnexpectedEnd", 2));
    assert!(verdict(&accepted).unwrap().contains(r#""code":"KEEP_ALIVE""#));
}

#[test]
fn a_sequence_completes_with_its_last_chunk() {
    let sequence = |chunks: &str, result: &str| {
        format!(r#""sequences": [{{"id": "one", "comment": "", "hex": [{chunks}], {result}}}]"#)
    };
    let message = r#""result": "valid", "message": {"version": 1, "code": "SUCCESS",
        "requestId": 7, "endpointId": 0, "sessionId": 77, "multipart": false,
        "body": {"kind": "response", "reason": null, "content": {"type": "NOTHING"}}}"#;
    let first = r#""014000000007000000000000004d0100010002200000""#;
    let second = r#""014000000007000000000000004d01000200022000ff""#;
    let whole = format!("{first}, {second}");
    assert_eq!(verdict(&sequence(&whole, message)), None);
    let more = format!("{whole}, {first}");
    assert!(verdict(&sequence(&more, message)).unwrap().contains("complete with 2"));
    assert!(verdict(&sequence(first, message)).unwrap().contains("not complete"));
    let error = r#""result": "invalid", "error": {"kind": "ChunkMismatch"}"#;
    assert!(verdict(&sequence(first, error)).unwrap().contains("no error"));
    let other_count = second.replace("00020002", "00020003");
    assert_eq!(verdict(&sequence(&format!("{first}, {other_count}"), error)), None);
}

#[test]
fn a_file_that_is_not_of_the_schema_says_where() {
    let unknown = file("bad.json", r#""vectors": [{"id": "x", "colour": "red"}]"#).unwrap_err();
    assert!(unknown.contains("bad.json"), "{unknown}");
    assert!(unknown.contains("colour"), "{unknown}");
    let result = format!(r#""result": "valid", "message": {KEEP_ALIVE}"#);
    let no_hex = file("bad.json", &vector("01x", &result)).unwrap_err();
    assert!(no_hex.contains("vectors[0].hex: not an even number of hex digits"), "{no_hex}");
    let no_error = file("bad.json", &vector("01", r#""result": "invalid""#)).unwrap_err();
    assert!(no_error.contains("vector one:"), "{no_error}");
    let one = format!(r#"{{"id": "one", "comment": "", "hex": "01", {result}}}"#);
    let twice = format!(r#""vectors": [{one}, {one}]"#);
    let twice = file("bad.json", &twice).unwrap_err();
    assert!(twice.contains("two vectors have the id one"), "{twice}");
}
