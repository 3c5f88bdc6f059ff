//! Wrong usage: error texts and exit code 2.

use crate::process::{Process, alwayson};

fn ended(args: &[&str]) -> (Option<i32>, String, String) {
    let mut process = Process::start(alwayson().args(args));
    let code = process.end().code();
    (code, std::mem::take(&mut process.output), std::mem::take(&mut process.errors))
}

#[test]
fn wrong_use_is_exit_code_2_and_says_what_is_wrong() {
    let edge = ["edge", "--thing", "Pump", "--url"];
    for (args, error) in [
        (&["platform", "--listen", "0.0.0.0:0"][..], "--app-key-file"),
        (&["platform", "--listen", "nowhere"], "\"nowhere\" is not an address and port"),
        (&["platform", "--tls-cert", "cert.pem"], "--tls-key"),
        (&["platform", "--tls-cert", "no.pem", "--tls-key", "no.pem"], "no.pem"),
        (&["platform", "--app-key-file", "no-such-file"], "no-such-file"),
        (&["platform", "--things", "no-such-file"], "no-such-file: cannot be read"),
        (&["platform", "--after-bind", "none,notify"], "none cannot be combined"),
        (&["platform", "--path", "WS"], "a path that begins with /"),
        (&["platform", "--idle-timeout-ms", "0"], "--idle-timeout-ms"),
        (&["platform", "--message-limit", "65535"], "--message-limit"),
        (&["platform", "--message-limit", "67108865"], "from 65536 to 67108864"),
        (&["platform", "--message-limit", "64k"], "--message-limit"),
        (&[&edge[..], &["ws://127.0.0.1", "--message-limit", "65535"]].concat(), "--message-limit"),
        (&["platform", "--joined-memory", "1048575"], "--joined-memory: invalid value 1048575"),
        (&["platform", "--joined-memory", "18446744073709551616"], "--joined-memory"),
        (&["platform", "--ping-ms", "60000"], "--ping-ms: invalid value 60s"),
        (&[&edge[..], &["ws://127.0.0.1", "--joined-memory", "0"]].concat(), "--joined-memory"),
        (&["platform", "--log", "x=y=z"], "--log: \"x=y=z\" is not a log level or filter"),
        (&[&edge[..], &["ftp://x"]].concat(), "--url"),
        (&[&edge[..], &["ws://platform.example"]].concat(), "--allow-plain-key"),
        (&[&edge[..], &["wss://127.0.0.1"]].concat(), "no key given"),
        (&[&edge[..], &["ws://127.0.0.1", "--ca", "x.pem"]].concat(), "require a wss:// URL"),
        (&[&edge[..], &["ws://127.0.0.1", "--tls-cert", "x.pem"]].concat(), "--tls-key"),
        (&[&edge[..], &["ws://127.0.0.1", "--proxy", "ftp://x"]].concat(), "--proxy: the URL of a"),
        (&[&edge[..], &["ws://127.0.0.1", "--proxy-auth-file", "x"]].concat(), "--proxy <URL>"),
        (&[&edge[..], &["ws://127.0.0.1", "--user-file", "no-such"]].concat(), "--user-file: no-s"),
        (&[&edge[..], &["ws://127.0.0.1", "--ping-ms", "0"]].concat(), "--ping-ms"),
        (&[&edge[..], &["ws://127.0.0.1", "--app-key-env", "NO_SUCH"]].concat(), "NO_SUCH"),
        (&[&edge[..], &["ws://127.0.0.1", "--gateway", "x"]].concat(), "expected NAME:TYPE"),
        (&["edge", "--url", "ws://127.0.0.1"], "--thing"),
        (&["load", "--url", "ws://127.0.0.1", "--edges", "0", "--requests", "1"], "--edges"),
        (&["completions", "tcl"], "tcl"),
        (&["reboot"], "reboot"),
    ] {
        let (code, _, errors) = ended(args);
        assert_eq!(code, Some(2), "{args:?}: {errors}");
        assert!(errors.contains(error), "{args:?}: {error} is not in {errors}");
    }
}

#[test]
fn every_help_has_examples_and_the_exit_codes() {
    for command in ["platform", "edge", "load", "decode", "completions", "demo"] {
        let (code, output, _) = ended(&[command, "--help"]);
        assert_eq!(code, Some(0));
        assert!(output.contains(&format!("alwayson {command}")), "{output}");
        assert!(output.contains("Exit codes:\n  0  success"), "{output}");
    }
    let (code, output, _) = ended(&["--help"]);
    assert_eq!(code, Some(0));
    assert!(output.contains("Keys and passwords come from files or the environment"), "{output}");
}

#[test]
fn completions_know_the_options() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, output, _) = ended(&["completions", shell]);
        assert_eq!(code, Some(0));
        assert!(output.contains("insecure-accept-any-certificate"), "{shell}");
    }
}
