//! The command, from outside.

use std::path::Path;

use assert_cmd::Command;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("alwayson-conformance").unwrap();
    command.args(arguments);
    command
}

/// Runs the command with this on its standard input: exit code and lines.
fn run(arguments: &[&str], input: impl Into<Vec<u8>>) -> (i32, Vec<String>) {
    let output = command(arguments).write_stdin(input).output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    (output.status.code().unwrap(), lines)
}

/// GET Things/A/Properties/a, which RESPONSE answers.
const GET: &str = "010100000007000000000000004d000a014101016100ff";
const RESPONSE: &str = "014000000007000000000000004d0000ff";
const RESPONSE_JSON: &str = concat!(
    r#"{"version":1,"code":"SUCCESS","requestId":7,"endpointId":0,"sessionId":77,"#,
    r#""multipart":false,"body":{"kind":"response","reason":null,"content":{"type":"NOTHING"}}}"#
);

#[test]
fn decode_answers_each_line_and_skips_empty_ones() {
    let (code, lines) = run(&["decode"], format!("{RESPONSE}\n\n  \r\n{RESPONSE}\r\n"));
    assert_eq!((code, lines), (0, vec![RESPONSE_JSON.to_owned(); 2]));
}

#[test]
fn decode_reports_errors_and_goes_on() {
    let input = format!("0240\n01zz\n014\n{RESPONSE}");
    let (code, lines) = run(&["decode"], input);
    assert_eq!(code, 1);
    assert_eq!(
        lines,
        [
            r#"{"error":{"kind":"UnsupportedVersion","at":0}}"#,
            r#"{"error":{"kind":"InvalidHex","at":2}}"#,
            r#"{"error":{"kind":"InvalidHex","at":3}}"#,
            RESPONSE_JSON,
        ]
    );
    let (code, lines) = run(&["decode"], b"01\xff\xfe\n".to_vec());
    assert_eq!((code, lines), (1, vec![r#"{"error":{"kind":"InvalidHex","at":2}}"#.to_owned()]));
}

#[test]
fn bytes_after_a_message_are_counted_or_with_strict_an_error() {
    let (code, lines) = run(&["decode"], format!("{RESPONSE}0102"));
    let expected = RESPONSE_JSON.replace("}}}", r#"}},"trailing":2}"#);
    assert_eq!((code, lines), (0, vec![expected]));
    let (code, lines) = run(&["decode", "--strict"], format!("{RESPONSE}0102\n{RESPONSE}"));
    assert_eq!(code, 1);
    assert_eq!(lines, [r#"{"error":{"kind":"TrailingBytes","at":17}}"#, RESPONSE_JSON]);
}

#[test]
fn encode_takes_what_decode_says() {
    let trailing = RESPONSE_JSON.replace("}}}", r#"}},"trailing":2}"#);
    let (code, lines) = run(&["encode"], format!("{RESPONSE_JSON}\n\n{trailing}\n"));
    assert_eq!((code, lines), (0, vec![RESPONSE.to_owned(); 2]));
}

#[test]
fn encode_says_what_is_wrong_and_where() {
    let wrong = [
        ("{", "EOF while parsing"),
        (r#"{"error":{"kind":"InvalidHex","at":2}}"#, "this line is an error of decode"),
        (&RESPONSE_JSON.replace("SUCCESS", "SUCCES"), "code: invalid value: string \\\"SUCCES\\\""),
        (&RESPONSE_JSON.replace(r#""SUCCESS""#, "64"), "code: 64 has a name"),
        (&RESPONSE_JSON.replace(r#""SUCCESS""#, "63"), "code: invalid value: integer `63`"),
        (&RESPONSE_JSON.replace("SUCCESS", "GET"), "GET has no body of kind `response`"),
        (&RESPONSE_JSON.replace("false", "true"), "`multipart` is true"),
        (&RESPONSE_JSON.replace(r#""version":1"#, r#""version":2"#), "the version is 1, not 2"),
        (&RESPONSE_JSON.replace("reason", "raeson"), "body.raeson: unknown field"),
        (&RESPONSE_JSON.replace(r#""reason":null,"#, ""), "body: the body has no field `reason`"),
        (&RESPONSE_JSON.replace("NOTHING", "INTEGER"), "body.content: missing field `value`"),
        (
            &RESPONSE_JSON.replace(r#""NOTHING""#, r#"128,"value":1"#),
            "values of the base type 128 have no known layout",
        ),
        (
            &RESPONSE_JSON.replace(r#""NOTHING""#, r#""INTEGER","value":2147483648"#),
            "body.content.value: invalid value: integer `2147483648`, expected i32",
        ),
        (
            &RESPONSE_JSON.replace(r#""NOTHING""#, r#""BLOB","value":"?""#),
            "body.content.value: not base64: Invalid symbol 63, offset 0. at line 1 column",
        ),
    ];
    for (line, text) in wrong {
        let (code, lines) = run(&["encode"], line);
        assert_eq!(code, 1, "{line}");
        assert_eq!(lines.len(), 1, "{line}");
        assert!(lines[0].starts_with(r#"{"error":{"kind":"InvalidMessage","text":""#), "{lines:?}");
        assert!(lines[0].contains(text), "{line}: {lines:?} has no {text}");
    }
}

#[test]
fn numbers_survive_json() {
    let response = |bits: u64| format!("014000000007000000000000004d000001{bits:016x}");
    let numbers = [
        (0, "0.0"),
        (0x8000_0000_0000_0000, "-0.0"),
        (0x4000_0000_0000_0000, "2.0"),
        (1, "5e-324"),
        (0x3fb9_9999_9999_999a, "0.1"),
        (0x7ff0_0000_0000_0000, r#""0x7ff0000000000000""#),
        (0xfff8_0000_0000_0001, r#""0xfff8000000000001""#),
        (0x7ff0_0000_0000_0001, r#""0x7ff0000000000001""#),
    ];
    let hex: Vec<String> = numbers.iter().map(|(bits, _)| response(*bits)).collect();
    let (code, json) = run(&["decode"], hex.join("\n"));
    assert_eq!(code, 0);
    for (line, (_, number)) in json.iter().zip(numbers) {
        assert!(line.contains(&format!(r#""type":"NUMBER","value":{number}}}"#)), "{line}");
    }
    assert_eq!(run(&["encode"], json.join("\n")), (0, hex));
}

#[test]
fn the_vectors_of_the_crate_decode_and_encode_through_lines() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let file = std::fs::read(folder.join("random.json")).unwrap();
    let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    let hex: Vec<String> =
        vectors.iter().map(|vector| vector["hex"].as_str().unwrap().to_owned()).collect();
    let (code, json) = run(&["decode"], hex.join("\n"));
    assert_eq!(code, 0);
    for (line, vector) in json.iter().zip(vectors) {
        let message: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(message, vector["message"], "{}", vector["id"]);
    }
    assert_eq!(run(&["encode"], json.join("\n")), (0, hex));
}

#[test]
fn a_broken_vector_is_reported_with_id_expected_and_actual() {
    let folder = tempfile::tempdir().unwrap();
    let file = r#"{"schema": "alwayson-vectors/1", "group": "test", "vectors": [
        {"id": "is-wrong", "comment": "", "hex": "0205", "result": "invalid",
         "error": {"kind": "UnknownCode", "at": 1}},
        {"id": "is-right", "comment": "", "hex": "0205", "result": "invalid",
         "error": {"kind": "UnsupportedVersion", "at": 0}}]}"#;
    std::fs::write(folder.path().join("one.json"), file).unwrap();
    let (code, lines) = run(&["vectors", folder.path().to_str().unwrap()], "");
    assert_eq!(code, 1);
    assert_eq!(lines[0], "FAIL is-wrong (one.json)");
    assert_eq!(lines[2], "    expected  UnknownCode at 1");
    assert_eq!(lines[3], "    actual    UnsupportedVersion at 0");
    assert_eq!(lines.last().unwrap(), "1 passed, 1 failed");
}

#[test]
fn the_dialogues_of_the_crate_pass() {
    let (code, lines) = run(&["sessions"], "");
    assert_eq!(code, 0, "{lines:?}");
    assert_eq!(lines.last().unwrap(), "73 passed, 0 failed");
    let folder = alwayson_conformance::sessions::own_folder();
    let (code, lines) = run(&["sessions", folder.join("edge.json").to_str().unwrap()], "");
    assert_eq!((code, lines.len()), (0, 2), "{lines:?}");
}

#[test]
fn a_broken_dialogue_is_reported_with_its_step_expected_and_actual() {
    let folder = tempfile::tempdir().unwrap();
    let dialogue = |name: &str, at: u32| {
        format!(
            r#"{{"name": "{name}", "side": "platform", "host": {{"claims": [], "grants": []}},
            "cites": [{{"section": "7", "sentence": "..."}}], "steps": [
            {{"at": 0, "do": {{"kind": "opened"}}}},
            {{"at": {at}, "out": [{{"kind": "close"}}],
              "effects": [{{"kind": "ended", "reason": "authTimeout"}}]}}]}}"#
        )
    };
    let [late, early, right] =
        [("late", 15_001), ("early", 14_999), ("right", 15_000)].map(|(n, at)| dialogue(n, at));
    let file = format!(
        r#"{{"schema": "alwayson-sessions/1", "group": "x", "dialogues": [{late}, {early}, {right}]}}"#
    );
    std::fs::write(folder.path().join("one.json"), file).unwrap();
    let (code, lines) = run(&["sessions", folder.path().to_str().unwrap()], "");
    assert_eq!(code, 1);
    assert_eq!(
        lines,
        [
            "FAIL late (one.json)",
            "  step 2, at 15001 ms: what is sent at 15000, too early",
            "    expected  nothing",
            "    actual    close 1008 (connection 1)",
            "FAIL early (one.json)",
            "  step 2, at 14999 ms: what is sent",
            "    expected  close (connection 1)",
            "    actual    nothing",
            "one.json                    1 of    3",
            "1 passed, 2 failed",
        ]
    );
}

#[test]
fn files_that_are_no_dialogues_exit_with_2_and_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.json");
    let dialogue = r#"{"name": "x", "side": "edge", "cites": [], "steps": [{"at": 0}]}"#;
    let backwards = r#"{"name": "x", "side": "edge", "cites": [{"section": "7", "sentence": ""}],
        "steps": [{"at": 1}, {"at": 0}]}"#;
    for (schema, dialogues, text) in [
        ("alwayson-sessions/2", String::new(), "the schema is \"alwayson-sessions/2\""),
        ("alwayson-sessions/1", String::new(), "no dialogues in one.json"),
        ("alwayson-sessions/1", dialogue.to_owned(), "a dialogue cites something"),
        ("alwayson-sessions/1", backwards.to_owned(), "not in the order of time"),
        ("alwayson-sessions/1", dialogue.replace("edge", "both"), "unknown variant `both`"),
    ] {
        let file = format!(r#"{{"schema": "{schema}", "group": "x", "dialogues": [{dialogues}]}}"#);
        std::fs::write(&path, file).unwrap();
        let output = command(&["sessions", path.to_str().unwrap()]).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(text), "{error} has no {text}");
    }
}

#[test]
fn misuse_and_unreadable_files_exit_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    let no_json = folder.path().join("no.txt");
    std::fs::write(&no_json, "no JSON").unwrap();
    for arguments in [
        &["vectors", "/nowhere/at/all.json"][..],
        &["vectors", empty],
        &["vectors", no_json.to_str().unwrap()],
        &["sessions", "/nowhere/at/all.json"],
        &["sessions", empty],
        &["sessions", no_json.to_str().unwrap()],
        &["replay", "/nowhere/at/all.json"],
        &["replay", no_json.to_str().unwrap()],
        &["replay"],
        &["decode", "--unknown"],
        &["no-such-command"],
        &[],
    ] {
        let output = command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn replay_exits_with_1_where_a_message_differs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.json");
    let capture = |hex: &str| {
        let frames = format!(r#"[{{"from": "edge", "opcode": "binary", "hex": "{hex}"}}]"#);
        format!(r#"{{"schema": "alwayson-capture/1", "frames": {frames}}}"#)
    };
    for (hex, exit_code) in [(RESPONSE, 0), ("0140", 1)] {
        std::fs::write(&path, capture(hex)).unwrap();
        let (code, lines) = run(&["replay", path.to_str().unwrap()], "");
        assert_eq!(code, exit_code);
        assert!(lines.last().unwrap().starts_with("session.json: 1 frames, 1 messages, 0 joined"));
    }
}

#[test]
fn replay_reads_the_expectations_beside_a_capture() {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("session.json");
    let expectations = folder.path().join("expectations.json");
    let frames = [("edge", GET), ("platform", RESPONSE)]
        .map(|(from, hex)| format!(r#"{{"from": "{from}", "opcode": "binary", "hex": "{hex}"}}"#));
    let frames = frames.join(",");
    let capture = format!(r#"{{"schema": "alwayson-capture/1", "frames": [{frames}]}}"#);
    std::fs::write(&session, capture).unwrap();
    let expecting = |of: &str, recorded: &str| {
        let answer = format!(r#"{{"request": 7, "recorded": "{recorded}", "right": "NOT_FOUND"}}"#);
        format!(
            r#"{{"schema": "alwayson-expectations/1", "captures": {{
                "{of}": [{{"reason": "It was so.", "answers": [{answer}]}}]}}}}"#
        )
    };
    let replay = || run(&["replay", session.to_str().unwrap(), expectations.to_str().unwrap()], "");
    for (of, recorded, exit_code, counts, found) in [
        ("session.json", "SUCCESS", 0, "1 known to be wrong, 0 differences", ""),
        (
            "session.json",
            "CREATED",
            1,
            "1 differences: expectation of request 7: SUCCESS was recorded, not CREATED",
            "",
        ),
        ("other.json", "SUCCESS", 1, "0 differences", ", other.json is missing"),
    ] {
        std::fs::write(&expectations, expecting(of, recorded)).unwrap();
        let (code, lines) = replay();
        assert_eq!(code, exit_code, "{lines:?}");
        let session = format!("session.json: 2 frames, 2 messages, 0 joined, {counts}");
        assert!(lines.contains(&session), "{lines:?}");
        let found = format!("expectations.json: 1 wrong answers in 1 captures{found}");
        assert_eq!(lines.last().unwrap(), &found);
    }
    for unreadable in ["no JSON", r#"{"schema": "alwayson-capture/1", "captures": {}}"#] {
        std::fs::write(&expectations, unreadable).unwrap();
        assert_eq!(replay().0, 2);
    }
}

#[test]
fn seeds_are_the_same_each_time() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for folder in &folders {
        let (code, lines) = run(&["seeds", folder.path().to_str().unwrap()], "");
        assert_eq!(code, 0);
        assert!(lines[0].starts_with("1046 messages, 50 sequences in "), "{lines:?}");
    }
    for (target, count) in [("decode", 1046), ("round_trip", 1046), ("joiner", 50)] {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folders[0].path().join(target)).unwrap() {
            let name = entry.unwrap().file_name();
            let bytes = folders
                .each_ref()
                .map(|f| std::fs::read(f.path().join(target).join(&name)).unwrap());
            assert_eq!(bytes[0], bytes[1], "{name:?}");
            names.push(name);
        }
        assert_eq!(names.len(), count, "{target}");
    }
    let records = std::fs::read(folders[0].path().join("joiner/edge-session-edge")).unwrap();
    assert_eq!(records[..2], 8192_u16.to_be_bytes());
    assert_eq!(records.len(), 3 * 8192 + 5532 + 8);
}

#[test]
fn help_shows_examples_and_exit_codes() {
    for subcommand in ["replay", "vectors", "sessions", "decode", "encode", "seeds"] {
        let (code, lines) = run(&[subcommand, "--help"], "");
        let help = lines.join("\n");
        assert_eq!(code, 0);
        assert!(help.contains(&format!("alwayson-conformance {subcommand}")), "{help}");
        assert!(help.contains("\nExample:\n  "), "{help}");
        assert!(lines.iter().all(|line| line.chars().count() <= 100), "{help}");
        assert!(help.contains("Exit codes:\n  0  "), "{help}");
    }
}

#[test]
fn encode_takes_objects_alone() {
    for line in ["[]", "[1,2]", "1", "\"text\"", "null"] {
        let output = command(&["encode"]).write_stdin(line).assert().code(1);
        let text = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
        assert!(text.contains("a message is a JSON object"), "{line}: {text}");
    }
}

#[test]
fn a_file_without_vectors_is_no_success() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.json");
    std::fs::write(&path, r#"{"schema":"alwayson-vectors/1","group":"x","vectors":[]}"#).unwrap();
    command(&["vectors"]).arg(&path).assert().code(2);
}
