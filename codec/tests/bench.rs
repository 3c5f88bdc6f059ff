//! What the benches measure is what they say they measure.

// Miri has no files.
#![cfg(not(miri))]

#[path = "../benches/bound/mod.rs"]
mod bound;
#[path = "../benches/common/mod.rs"]
mod common;

use alwayson_codec::connection::platform::Received;
use common::{KEY, THING, bytes, encode_auth, encode_get, encode_push, pushed};

#[test]
fn messages_that_are_measured_are_encoded_to_the_bytes_that_are_decoded() {
    let mut buffer = [0; 4096];
    for (name, len) in [("auth", 60), ("get", 44), ("push", 206), ("push100", 3827)] {
        let encoded = match name {
            "auth" => encode_auth(KEY, &mut buffer),
            "get" => encode_get(THING, "Temperature", &mut buffer),
            _ => encode_push(&pushed(name), &mut buffer),
        };
        assert_eq!(encoded, Ok(len), "{name}");
        assert_eq!(&buffer[..len], bytes(name), "{name}");
    }
}

#[test]
fn the_connection_that_is_measured_hands_out_the_push() {
    let mut connection = bound::bound();
    let mut joiner = bound::no_joiner();
    let received = connection.handle_received(bytes("push"), &mut joiner, 1_000);
    assert!(matches!(received, Received::Request { .. }), "{received:?}");
}
