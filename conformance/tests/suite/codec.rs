//! `test codec`: our decoder and encoder pass, others do not.

use assert_cmd::Command;

use super::support::PROGRAM;

fn test(arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(PROGRAM);
    let output = command.args(["test", "codec"]).args(arguments).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn our_decoder_and_encoder_pass_with_kinds_and_offsets() {
    let decoder = format!("{PROGRAM} decode");
    let encoder = format!("{PROGRAM} encode");
    let arguments =
        ["--decoder", &decoder, "--encoder", &encoder, "--errors=strict", "--strict", "--ours"];
    let (code, text) = test(&arguments);
    assert_eq!(code, 0, "{text}");
    let last = text.lines().last().unwrap();
    assert!(last.contains(": 617 pass, 0 fail, 42 skipped"), "{last}");
}

/// A program that answers every line with the same line.
fn always(answer: &str) -> String {
    format!("sh -c 'while read line; do echo \"$0\"; done' '{answer}'")
}

#[test]
fn a_decoder_that_refuses_everything_passes_only_where_an_error_is_right() {
    let decoder = always(r#"{"error": {}}"#);
    let (code, text) = test(&["--decoder", &decoder, "--run", "*auth*"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("FAIL auth-app-key (MUST)"), "{text}");
    assert!(!text.contains("FAIL invalid-auth-cut-1 "), "{text}");
    // An error is not the right one.
    let arguments = ["--decoder", &decoder, "--run", "invalid-auth-cut-1", "--errors=strict"];
    assert_eq!(test(&arguments).0, 1);
    assert_eq!(test(&["--decoder", &decoder, "--run", "invalid-auth-cut-1"]).0, 0);
}

#[test]
fn the_end_of_a_decoder_with_an_exit_code_is_a_refusal_and_a_signal_is_not() {
    let run = ["--run", "invalid-auth-cut-1"];
    let ended = |how: &str| test(&[&["--decoder", how], run.as_slice()].concat()).0;
    assert_eq!(ended("sh -c 'read line; exit 1'"), 0);
    assert_eq!(ended("sh -c 'read line; kill -9 $$'"), 3);
    assert_eq!(ended("sh -c 'read line; exit 0'"), 3);
    assert_eq!(ended("no-such-program"), 3);
    assert_eq!(test(&[]).0, 2);
}

#[test]
fn an_encoder_is_held_to_every_byte() {
    let right = always("014000000007000000000000004d0000ff");
    let (code, text) = test(&["--encoder", &right, "--run", "response-code-success"]);
    let expected = text.lines().find(|line| line.contains("expected")).unwrap_or_default();
    if code == 1 {
        // The vector has other ids: its own bytes pass, and all others fail.
        let hex = expected.split_whitespace().last().unwrap();
        let right = always(hex);
        assert_eq!(test(&["--encoder", &right, "--run", "response-code-success"]).0, 0);
    }
    let wrong = always("014000000007000000000000004d0000fe");
    assert_eq!(test(&["--encoder", &wrong, "--run", "response-code-success"]).0, 1);
}
