//! The scripts of `conformance/faults`, sent by a raw client to the real command.

use alwayson_codec::{Code, Message};
use alwayson_conformance::data::FAULTY_FRAMES;
use serde_json::Value as Json;

use crate::peer::Peer;
use crate::process::Process;

fn texts(list: &Json) -> impl Iterator<Item = &str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap())
}

/// Returns the statuses of this number of answers, and the last answer as a line.
async fn answers(address: &str, script: &Json, count: usize) -> (Vec<String>, String) {
    let mut peer = Peer::connect(address).await;
    let mut statuses = Vec::new();
    let mut last = String::new();
    let mut messages = texts(&script["send"]);
    while statuses.len() < count {
        // The last may hold several.
        if let Some(message) = messages.next() {
            peer.send_as_it_is(message).await;
        }
        let answer = peer.receive().await.expect("the connection has ended");
        let (answer, _) = Message::decode(&answer).unwrap();
        let Code::Response(status) = answer.code() else { panic!("{answer:?}") };
        statuses.push(status.name().unwrap().to_owned());
        last = answer.dump().to_string();
    }
    (statuses, last)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_a_message_is_told_where_it_is_not_read() {
    let scripts: Json = serde_json::from_str(FAULTY_FRAMES).unwrap();
    let script = &scripts["two-messages-in-one"];
    let (mut platform, address) = Process::platform(&["--after-bind", "none", "--json"]);
    platform.say("trace on");
    platform.find_json("command", "trace on");
    // AUTH, BIND and the first of two.
    let (statuses, _) = answers(&address, script, 3).await;
    assert_eq!(statuses, ["SUCCESS"; 3]);
    let told = ["\"event\":\"followed\"", ", followed by 157 bytes"];
    let mut seen = [false; 2];
    while seen != [true; 2] {
        let line = platform.find(|line| told.iter().any(|told| line.contains(told)));
        seen = [0, 1].map(|at| seen[at] || line.contains(told[at]));
        assert!(line.contains("157"), "{line}");
    }
}

#[tokio::test]
async fn a_raw_client_gets_the_statuses_that_the_scripts_say() {
    let scripts: Json = serde_json::from_str(FAULTY_FRAMES).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let things = folder.path().join("things.txt");
    std::fs::write(&things, "a\nb\ngateway-type EMSGateway\n").unwrap();
    let mut run = Vec::new();
    for (name, script) in scripts.as_object().unwrap() {
        // Each script has its own platform, so its session is 1.
        let mut args = vec!["--after-bind", "none", "--things", things.to_str().unwrap()];
        let expected = script.get("expect").unwrap_or_else(|| {
            args.push("--several-messages");
            &script["expectWhenOn"]
        });
        let (_platform, address) = Process::platform(&args);
        let (statuses, last) = answers(&address, script, texts(expected).count()).await;
        assert!(statuses.iter().eq(texts(expected)), "{name}: {statuses:?}; {}", script["note"]);
        // The note of the script describes the last answer.
        if name == "older-value-after-newer" {
            assert!(last.ends_with("{Temperature: 2}"), "{last}");
        }
        run.push(name.as_str());
    }
    run.sort_unstable();
    let all = [
        "gateway-then-bound-again",
        "older-value-after-newer",
        "refused-bind-leaves-no-mark",
        "two-messages-in-one",
    ];
    assert_eq!(run, all);
}
