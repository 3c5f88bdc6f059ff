//! The recorded client, replayed against the platform: every request of its
//! session gets the same kind of answer that the recording shows.

use std::collections::BTreeMap;

use alwayson::message::Response;
use alwayson::platform::{MemoryThings, Options};
use alwayson::value::Table;
use alwayson_codec::{Body, Ids, Message};
use serde_json::Value as Json;

use super::peer::{Peer, hex};
use super::support::platform;

const CAPTURES: [&str; 2] = [
    include_str!("../../../conformance/captures/edge-session.json"),
    include_str!("../../../conformance/captures/gateway-session.json"),
];

/// The binary frames of a recording: whether the edge sent it, and the bytes.
fn frames(capture: &str) -> Vec<(bool, Vec<u8>)> {
    let capture: Json = serde_json::from_str(capture).unwrap();
    let frames = capture["frames"].as_array().unwrap().iter();
    let frames = frames.filter(|frame| frame["opcode"] == "binary");
    frames.map(|frame| (frame["from"] == "edge", hex(frame["hex"].as_str().unwrap()))).collect()
}

/// What kind of answer it is: its status, and the names and types of the fields
/// of its content.
fn kind(bytes: &[u8]) -> (Ids, String) {
    let message = Message::decode_exact(bytes).unwrap();
    let Body::Response(response) = message.body else { panic!("{message:?}") };
    let fields = response.content.as_table().map(|table| {
        let fields = table.fields();
        fields.map(|field| format!("{} {}", field.name, field.base_type)).collect::<Vec<_>>()
    });
    (message.ids, format!("{} {fields:?}", response.status))
}

#[tokio::test]
async fn every_request_of_a_recorded_session_gets_the_kind_of_answer_that_was_recorded() {
    for capture in CAPTURES {
        let frames = frames(capture);
        let things = MemoryThings::any()
            .with_service("Echo", |_| async { Response::of(Table::result("hallo")) });
        // The session of the recording is 77, and its edge answers what it was asked.
        let options = Options { first_session: 77, ..Options::default() };
        let platform = platform(&things, options).await;
        let mut recorded: BTreeMap<u32, String> = BTreeMap::new();
        for (_, bytes) in frames.iter().filter(|(is_edge, bytes)| !is_edge && bytes[1] >= 0x40) {
            let (ids, kind) = kind(bytes);
            recorded.insert(ids.request, kind);
        }
        let mut peer = Peer::open(platform.local_addr()).await;
        let mut answered = BTreeMap::new();
        for (_, bytes) in frames.iter().filter(|(is_edge, _)| *is_edge) {
            peer.send(bytes).await;
            let request = u32::from_be_bytes(bytes[2..6].try_into().unwrap());
            if bytes[1] >= 0x40 {
                // What the recorded platform asked was not asked here, so the answer to it is
                // one that nobody waits for.
                continue;
            }
            while !answered.contains_key(&request) {
                let bytes = peer.bytes().await;
                if bytes[1] >= 0x40 {
                    let (ids, kind) = kind(&bytes);
                    answered.insert(ids.request, kind);
                }
            }
        }
        assert_eq!(answered, recorded);
        assert_eq!(recorded.len(), 9);
        drop(peer);
        platform.shut_down().await;
    }
}
