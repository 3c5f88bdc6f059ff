//! The scripts of `conformance/faults`, sent by a raw client to the real command.

use alwayson_codec::{Code, Message};
use serde_json::Value as Json;

use crate::peer::Peer;
use crate::process::Process;

const SCRIPTS: &str = include_str!("../../../conformance/faults/frames.json");

fn texts(list: &Json) -> impl Iterator<Item = &str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap())
}

/// What is answered to each message: the statuses, and the last answer as a line.
async fn answers(address: &str, script: &Json) -> (Vec<String>, String) {
    let mut peer = Peer::connect(address).await;
    let (mut statuses, mut last) = (Vec::new(), String::new());
    for message in texts(&script["send"]) {
        peer.send_as_it_is(message).await;
        let answer = peer.receive().await.expect("the connection has ended");
        let (answer, _) = Message::decode(&answer).unwrap();
        let Code::Response(status) = answer.code() else { panic!("{answer:?}") };
        statuses.push(status.name().unwrap().to_owned());
        last = answer.dump().to_string();
    }
    (statuses, last)
}

#[tokio::test]
async fn a_raw_client_gets_the_statuses_that_the_scripts_say() {
    let scripts: Json = serde_json::from_str(SCRIPTS).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let things = folder.path().join("things.txt");
    std::fs::write(&things, "a\nb\ngateway-type EMSGateway\n").unwrap();
    let mut run = Vec::new();
    for (name, script) in scripts.as_object().unwrap() {
        // One that needs an option has none of this.
        let Some(expected) = script.get("expect") else { continue };
        // Each has a platform of its own, whose first session is 1.
        let things = things.to_str().unwrap();
        let (_platform, address) = Process::platform(&["--after-bind", "none", "--things", things]);
        let (statuses, last) = answers(&address, script).await;
        assert!(statuses.iter().eq(texts(expected)), "{name}: {statuses:?}; {}", script["note"]);
        // What its note says of the last answer.
        if name == "older-value-after-newer" {
            assert!(last.ends_with("{Temperature: 2}"), "{last}");
        }
        run.push(name.as_str());
    }
    run.sort_unstable();
    let all =
        ["gateway-then-bound-again", "older-value-after-newer", "refused-bind-leaves-no-mark"];
    assert_eq!(run, all);
}
