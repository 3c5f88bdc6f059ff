//! The textual forms of frames and of the ends of connections.

use std::error::Error;

use alwayson::edge::EndReason;
use alwayson::frame::{Direction, Frame, Kind};
use alwayson::transport::{Close, Ending, Incoming, Outgoing};
use alwayson::value::{Table, ToJson as _, Value};
use alwayson_codec::{Auth, Body, Claim, Ids, Message};
use serde_json::json;

const KEY: &str = "7f3b29d0-SECRET-KEY-5c1e";

/// An AUTH with a key in it.
fn auth() -> Vec<u8> {
    let claims = [Claim::new(Claim::APP_KEY, KEY)];
    let auth = Auth::new(&claims).unwrap();
    let message = Message { ids: Ids::unauthenticated(1), body: Body::Auth(auth) };
    let mut bytes = vec![0; message.encoded_len().unwrap()];
    message.encode(&mut bytes).unwrap();
    bytes
}

#[test]
fn debug_of_a_frame_has_its_length_and_none_of_its_bytes() {
    let bytes = auth();
    let frame = Frame { direction: Direction::Sent, kind: Kind::Message(&bytes) };
    let incoming = Incoming::Message(bytes.clone().into());
    let outgoing = Outgoing::Message(bytes.clone().into());
    let length = format!("Message({} bytes)", bytes.len());
    for text in [format!("{frame:?}"), format!("{incoming:?}"), format!("{outgoing:?}")] {
        assert!(text.contains(&length), "{text}");
        assert!(!text.contains("SECRET") && !text.contains("83, 69, 67"), "{text}");
    }
    let close = Close::new(1000, "bye");
    let others = [Kind::Ping, Kind::Pong, Kind::Close(Some(&close)), Kind::Close(None)];
    assert_eq!(format!("{others:?}"), "[Ping, Pong, Close(1000, bye), Close]");
    assert_eq!(
        format!("{:?}", [Incoming::Ping, Incoming::Closed(Ending::aborted())]),
        "[Ping, Closed(the connection was dropped here without a close)]"
    );
    assert_eq!(
        format!("{:?}", [Outgoing::Ping, Outgoing::Close(1001.into())]),
        "[Ping, Close(1001)]"
    );
}

#[test]
fn a_number_that_is_none_is_not_shown_as_nothing() {
    for (value, shown) in [
        (Value::Nothing, json!(null)),
        (f64::NAN.into(), json!("NaN")),
        (f64::INFINITY.into(), json!("Infinity")),
        (f64::NEG_INFINITY.into(), json!("-Infinity")),
        ([f64::NAN, 1.5].into(), json!({"x": "NaN", "y": 1.5})),
        (
            Table::of([("a", f64::NAN.into()), ("b", Value::Nothing)]).into(),
            json!([{"a": "NaN", "b": null}]),
        ),
    ] {
        assert_eq!(value.to_json(), shown);
    }
}

#[test]
fn why_a_connection_has_ended_is_an_error_like_others() {
    let error: Box<dyn Error + Send + Sync> = EndReason::NoCredentials.into();
    assert_eq!(error.to_string(), "there is no key");
}
