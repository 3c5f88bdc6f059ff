//! The recorded sessions of this crate, and what is shown of them.

use std::path::Path;

use alwayson_conformance::capture::Capture;
use alwayson_conformance::replay::{Summary, replay};

fn captured(name: &str) -> Capture {
    Capture::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("captures").join(name)).unwrap()
}

fn replayed(capture: &Capture, columns: Option<usize>) -> (Summary, Vec<String>) {
    let mut out = Vec::new();
    let summary = replay("name", capture, columns, &mut out).unwrap();
    (summary, String::from_utf8(out).unwrap().lines().map(str::to_owned).collect())
}

fn capture(frames: &str) -> Capture {
    let json = format!(r#"{{"schema": "alwayson-capture/1", "frames": [{frames}]}}"#);
    serde_json::from_str(&json).unwrap()
}

fn frame(from: &str, opcode: &str, hex: &str) -> String {
    format!(r#"{{"from": "{from}", "opcode": "{opcode}", "hex": "{hex}"}}"#)
}

#[test]
fn the_sessions_replay_without_a_difference() {
    for name in ["edge-session.json", "gateway-session.json"] {
        let (summary, lines) = replayed(&captured(name), None);
        let expected = Summary { frames: 39, messages: 37, joined: 1, differences: vec![] };
        assert_eq!(summary, expected, "{name}");
        assert_eq!(lines.last().unwrap(), "name: 39 frames, 37 messages, 1 joined, 0 differences");
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
