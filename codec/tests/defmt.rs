//! What defmt logs: the dump of a message, and no secret of it.

#![cfg(feature = "defmt")]

mod common;

use std::sync::Mutex;

use alwayson_codec::{
    Aspect, Auth, BaseType, Body, Characteristic, Claim, Joined, List, Message, Method, Request,
    RequestHeader, TableWriter, Value, Variant,
};
use common::{IDS, part, response};

/// What was logged, as the bytes that go to a host.
static LOGGED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

#[defmt::global_logger]
struct Recorder;

// SAFETY: the tests below log one at a time, holding `ONE_AT_A_TIME`.
unsafe impl defmt::Logger for Recorder {
    fn acquire() {}
    unsafe fn flush() {}
    unsafe fn release() {}
    unsafe fn write(bytes: &[u8]) {
        LOGGED.lock().unwrap().extend(bytes);
    }
}

defmt::timestamp!("");

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The bytes that logging a value gives, as text where they are text.
fn logged(value: &impl defmt::Format) -> String {
    let _one = ONE_AT_A_TIME.lock().unwrap();
    LOGGED.lock().unwrap().clear();
    defmt::println!("{}", value);
    String::from_utf8_lossy(&LOGGED.lock().unwrap()).into_owned()
}

#[test]
fn a_message_is_logged_as_its_dump() {
    let message = response(Value::from("a text"));
    let shown = logged(&message);
    assert!(shown.contains(r#""a text""#), "{shown}");
    assert!(shown.contains("SUCCESS"), "{shown}");
}

#[test]
fn keys_and_passwords_are_not_logged() {
    let claims = [Claim::new("appKey", "s3cr3t-Key")];
    let auth = Auth::new(&claims).unwrap();
    let password = Value::text(BaseType::PASSWORD, "s3cr3t-Key").unwrap();
    let message = Message { ids: IDS, body: Body::Auth(auth) };
    let headers = [RequestHeader::new("appKey", "s3cr3t-Key")];
    let headers = List::new(&headers).unwrap();
    let get = Request::new(Method::Get, "Thing", Characteristic::PROPERTIES, "*");
    let request = Message { ids: IDS, body: Body::Request(Request { headers, ..get }) };
    let aspects = [Aspect::new("defaultValue", "s3cr3t-Key".into())];
    let mut buffer = [0; 100];
    let table = TableWriter::write(
        &mut buffer,
        |shape| shape.field_with("p", "", BaseType::PASSWORD, &aspects),
        |rows| rows.row(|row| row.cell("s3cr3t-Key")),
    );
    let table = table.unwrap();
    let all = [
        logged(&headers.iter().next().unwrap()),
        logged(&request),
        logged(&table),
        logged(&table.fields().next().unwrap()),
        logged(&table.row(0).unwrap()),
        logged(&Variant::new(&password)),
        logged(&claims[0].value),
        logged(&message),
        logged(&auth),
        logged(&claims[0]),
        logged(&password),
        logged(&response(password)),
    ];
    for shown in all {
        assert!(shown.contains("***"), "nothing is masked: {shown}");
        assert!(!shown.contains("s3cr3t"), "{shown}");
    }
}

#[test]
fn of_chunks_and_joined_messages_only_the_length_is_logged() {
    let chunk = part(1, 1, 64, b"s3cr3t-Key");
    for shown in [logged(&chunk), logged(&Joined::Complete(b"s3cr3t-Key"))] {
        assert!(shown.contains("10 bytes"), "{shown}");
        assert!(!shown.contains("s3cr3t"), "{shown}");
    }
}
