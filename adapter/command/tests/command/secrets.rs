//! No secret in output or logs (K01, K02).

use crate::peer::{KEY, Peer};
use crate::process::{Process, alwayson};

/// Neither half of the key may appear.
const PARTS: [&str; 2] = ["12345678-1234", "123456789abc"];

fn assert_masked(process: &Process, what: &str) {
    for part in PARTS {
        let shown = [&process.output, &process.errors].map(|text| text.contains(part));
        assert_eq!(shown, [false, false], "{what}: {}\n{}", process.output, process.errors);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn k01_no_key_at_any_level_of_the_log_of_a_platform() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.txt");
    std::fs::write(&file, format!("{KEY}\n")).unwrap();
    let file = file.to_str().unwrap();
    let args = ["--app-key-file", file, "--after-bind", "none", "--log", "trace"];
    let (mut platform, address) = Process::platform(&args);
    platform.say("trace on");
    platform.find_text("done  trace on");
    let mut peer = Peer::connect(&address).await;
    peer.join().await;
    let auth = platform.find_text("AUTH");
    assert!(auth.contains("{appKey=***}"), "{auth}");
    platform.say("quit");
    while peer.receive().await.is_some() {}
    assert_eq!(platform.end().code(), Some(0));
    assert!(platform.errors.contains("listening"), "nothing was logged: {}", platform.errors);
    assert_masked(&platform, "platform");
}

#[test]
fn k01_no_key_at_any_level_of_the_log_of_an_edge_and_of_a_load() {
    let (mut platform, address) = Process::platform(&["--log", "trace"]);
    platform.say("trace on");
    let url = format!("ws://{address}");
    let args = ["edge", "--url", &url, "--thing", "Pump", "--trace", "--log", "trace"];
    let mut edge = Process::start(
        alwayson().args(args).args(["--app-key-env", "TEST_KEY"]).env("TEST_KEY", KEY),
    );
    let auth = edge.find_text("AUTH");
    assert!(auth.contains("{appKey=***}"), "{auth}");
    edge.find_text("Pump: bound");
    edge.signal("INT");
    assert_eq!(edge.end().code(), Some(0));
    assert!(edge.errors.contains("DEBUG"), "nothing was logged: {}", edge.errors);
    assert_masked(&edge, "edge");
    let args = ["load", "--url", &url, "--edges", "2", "--requests", "2", "--log", "trace"];
    let mut load = Process::start(
        alwayson().args(args).args(["--app-key-env", "TEST_KEY"]).env("TEST_KEY", KEY),
    );
    assert_eq!(load.end().code(), Some(0));
    assert_masked(&load, "load");
    platform.say("quit");
    assert_eq!(platform.end().code(), Some(0));
    assert_masked(&platform, "platform");
}

#[test]
fn k02_an_answer_does_not_repeat_what_is_written() {
    let (mut platform, address) = Process::platform(&["--log", "trace"]);
    let url = format!("ws://{address}");
    let args = ["edge", "--url", &url, "--thing", "Pump", "--property", "Pin=none"];
    let _edge = Process::start(alwayson().args(args));
    platform.find_text("described");
    platform.say("write Pump Pin hunter2-hunter2");
    platform.find_text("SUCCESS  write Pump Pin");
    platform.say("quit");
    assert_eq!(platform.end().code(), Some(0));
    assert!(!platform.output.contains("hunter2"), "{}", platform.output);
    assert!(!platform.errors.contains("hunter2"), "{}", platform.errors);
}

#[test]
fn k04_there_is_no_option_for_a_key_and_none_in_a_url() {
    for option in ["--app-key", "--key", "--password"] {
        let args = ["edge", "--url", "ws://127.0.0.1:1", "--thing", "Pump", option, KEY];
        let mut edge = Process::start(alwayson().args(args));
        assert_eq!(edge.end().code(), Some(2), "{option}");
        assert_masked(&edge, option);
    }
    let url = format!("ws://user:{KEY}@127.0.0.1:1");
    let mut edge = Process::start(alwayson().args(["edge", "--url", &url, "--thing", "Pump"]));
    assert_eq!(edge.end().code(), Some(2));
    assert_masked(&edge, "a URL");
}
