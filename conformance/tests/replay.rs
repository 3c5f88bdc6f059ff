//! The recorded sessions of this crate, and their output.

use std::path::{Path, PathBuf};

use alwayson_conformance::capture::{self, Capture};
use alwayson_conformance::expectations::{Expectations, FILE_NAME, Wrong};
use alwayson_conformance::replay::{Summary, replay};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("captures").join(name)
}

fn captured(name: &str) -> Capture {
    Capture::read(&path(name)).unwrap()
}

fn replayed(capture: &Capture, columns: Option<usize>) -> (Summary, Vec<String>) {
    replayed_as(capture, &[], columns)
}

fn replayed_as(
    capture: &Capture,
    expected: &[Wrong],
    columns: Option<usize>,
) -> (Summary, Vec<String>) {
    let mut out = Vec::new();
    let summary = replay("name", capture, expected, columns, &mut out).unwrap();
    (summary, String::from_utf8(out).unwrap().lines().map(str::to_owned).collect())
}

fn capture(frames: &str) -> Capture {
    let json = format!(r#"{{"schema": "alwayson-capture/1", "frames": [{frames}]}}"#);
    serde_json::from_str(&json).unwrap()
}

fn frame(from: &str, opcode: &str, hex: &str) -> String {
    format!(r#"{{"from": "{from}", "opcode": "{opcode}", "hex": "{hex}"}}"#)
}

/// Expectations of one wrong answer.
fn wrong(request: u32, recorded: &str, right: &str) -> Vec<Wrong> {
    let answer =
        format!(r#"{{"request": {request}, "recorded": "{recorded}", "right": "{right}"}}"#);
    let json = format!(r#"[{{"reason": "It was so.", "answers": [{answer}]}}]"#);
    serde_json::from_str(&json).unwrap()
}

/// Name, frames, messages, joined messages and wrong answers of each capture.
const CAPTURES: [(&str, [usize; 4]); 9] = [
    ("c-chunked-bind.json", [5, 4, 1, 1]),
    ("edge-session.json", [39, 37, 1, 0]),
    ("ems-chunked-bind.json", [7, 4, 1, 1]),
    ("ems-session.json", [78, 74, 2, 7]),
    ("gateway-session.json", [39, 37, 1, 0]),
    ("java-bind-without-session.json", [6, 6, 0, 2]),
    ("java-session.json", [25, 25, 1, 2]),
    ("java-types.json", [127, 127, 1, 29]),
    ("java-vec-and-timespan.json", [110, 110, 1, 21]),
];

#[test]
fn every_session_replays_without_a_difference() {
    let files = capture::own_files().unwrap();
    assert_eq!(files, CAPTURES.map(|(name, _)| path(name)));
    let expectations = Expectations::read(&path(FILE_NAME)).unwrap();
    for (name, [frames, messages, joined, wrong]) in CAPTURES {
        let (summary, lines) = replayed_as(&captured(name), expectations.of(name), None);
        let expected = Summary { frames, messages, joined, wrong, differences: vec![] };
        assert_eq!(summary, expected, "{name}");
        let wrong = if wrong == 0 { String::new() } else { format!("{wrong} known to be wrong, ") };
        let counts = format!("{frames} frames, {messages} messages, {joined} joined, {wrong}");
        assert_eq!(lines.last().unwrap(), &format!("name: {counts}0 differences"));
    }
}

#[test]
fn all_expectations_are_of_captures_that_there_are() {
    let expectations = Expectations::read(&path(FILE_NAME)).unwrap();
    let missing = expectations.missing(path(FILE_NAME).parent().unwrap()).unwrap();
    assert_eq!(missing, [] as [&str; 0]);
    let wrong: usize = CAPTURES.iter().map(|(_, [.., wrong])| wrong).sum();
    assert_eq!(expectations.answers(), wrong);
}

#[test]
fn a_wrong_answer_is_marked_where_it_came() {
    let marks = [
        // A response.
        ("java-bind-without-session.json", 2, "UNAUTHORIZED", "UNAUTHORIZED request=2"),
        // A close.
        ("c-chunked-bind.json", 271, "close 1002", "close 1002"),
        // A response in chunks: after the last.
        ("ems-session.json", 29, "SUCCESS {Big: JSON}", "SUCCESS request=29"),
        // No answer: after the request.
        ("java-vec-and-timespan.json", 51, "nothing", "GET request=51"),
    ];
    for (name, request, recorded, marked) in marks {
        let expected = wrong(request, recorded, "CREATED {a: JSON}");
        let (summary, lines) = replayed_as(&captured(name), &expected, None);
        assert_eq!((summary.wrong, summary.differences), (1, vec![]), "{name}");
        let mark = lines.iter().position(|line| line.contains("~~")).unwrap();
        assert_eq!(lines[mark], "      ~~ CREATED {a: JSON} is right: It was so.", "{name}");
        assert!(lines[mark - 1].contains(marked), "{name}: {}", lines[mark - 1]);
    }
}

#[test]
fn an_expectation_that_does_not_fit_is_a_difference() {
    let session = captured("java-session.json");
    let twice = [wrong(4, "NOT_FOUND", "SUCCESS"), wrong(4, "NOT_FOUND", "CREATED")].concat();
    for (expected, difference) in [
        (wrong(44, "NOT_FOUND", "SUCCESS"), "request 44: there is no such request"),
        // A request of the platform is none of the edge.
        (wrong(1002, "SUCCESS", "NOT_FOUND"), "request 1002: there is no such request"),
        (wrong(4, "BAD_REQUEST", "SUCCESS"), "request 4: NOT_FOUND was recorded, not BAD_REQUEST"),
        (wrong(4, "nothing", "SUCCESS"), "request 4: NOT_FOUND was recorded, not nothing"),
        (
            wrong(3, "SUCCESS {edgeName: STRING}", "SUCCESS"),
            "request 3: SUCCESS {edgeName: STRING, pushThreshold: NUMBER, pushType: STRING} was \
             recorded, not SUCCESS {edgeName: STRING}",
        ),
        (wrong(4, "NOT_FOUND", "NOT_FOUND"), "request 4: NOT_FOUND is both recorded and right"),
        (twice, "request 4: it is expected twice"),
    ] {
        let (summary, lines) = replayed_as(&session, &expected, None);
        assert_eq!(summary.differences, [format!("expectation of {difference}")]);
        assert!(
            lines.last().unwrap().ends_with(&format!("1 differences: expectation of {difference}"))
        );
    }
}

#[test]
fn each_frame_is_a_line() {
    let (_, lines) = replayed(&captured("edge-session.json"), None);
    for expected in [
        "   #  direction          bytes  message",
        "   1  edge -> platform      60  AUTH request=2 {appKey=***}",
        "   2  platform -> edge      17  SUCCESS request=2 session=77",
        "   3  edge -> platform      31  BIND request=3 session=77 [SteamSensor1]",
        r#"  20  platform -> edge      41  SUCCESS request=7 session=77 {result: "hallo"}"#,
        r#"  23  edge -> platform       8  ping "07:14:36""#,
        r#"  39  edge -> platform      18  close 1000 "Normal Close bye""#,
    ] {
        assert!(lines.iter().any(|line| line == expected), "no line {expected:?}");
    }
    let joined = lines.iter().filter(|line| line.contains("= 4 chunks"));
    assert_eq!(joined.count(), 1);
    assert!(!lines.concat().contains("12345678-1234"), "the application key is shown");
}

#[test]
fn lines_are_cut_where_a_terminal_ends() {
    let (_, lines) = replayed(&captured("edge-session.json"), Some(120));
    let report = &lines[..lines.len() - 1];
    assert!(report.iter().all(|line| line.chars().count() <= 120));
    assert!(report.iter().any(|line| line.ends_with("...")));
}

#[test]
fn padding_is_shown_and_is_no_difference() {
    let padded = capture(&frame("edge", "binary", "018400000002000000000000004d0000ff0102"));
    let (summary, lines) = replayed(&padded, None);
    assert_eq!(summary.differences, [] as [&str; 0]);
    assert!(lines.iter().any(|line| line.ends_with("session=77 (and 2 bytes after it)")));
}

#[test]
fn what_goes_wrong_is_counted_and_told() {
    let frames = [
        frame("edge", "binary", "0140"),
        // A name with the long form of its length.
        frame("edge", "binary", "010a00000007000000000000004d000000018000000141"),
        // Two chunks that contradict each other.
        frame("edge", "binary", "014000000385000000000000004d0100010004014100"),
        frame("edge", "binary", "014000000385000000000000004d0100020009014100"),
        // Never finished.
        frame("platform", "binary", "014000000385000000000000004d0100010004014100"),
        frame("platform", "text", "6869"),
        frame("platform", "close", ""),
    ];
    let (summary, lines) = replayed(&capture(&frames.join(",")), None);
    assert_eq!((summary.frames, summary.messages, summary.joined), (7, 5, 0));
    let expected = [
        "frame 1: UnexpectedEnd at 2",
        "frame 2: encoded again, it differs from byte 18 on: 23 bytes expected, 20 came",
        "frame 4: cannot be joined: a chunk contradicts an earlier one of its message",
        "1 unfinished messages of the platform",
    ];
    assert_eq!(summary.differences, expected);
    assert!(lines.last().unwrap().contains("4 differences: frame 1: UnexpectedEnd at 2; frame 2"));
}
