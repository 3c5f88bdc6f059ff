//! What defmt logs: the dump of a message, and no secret of it.

#![cfg(feature = "defmt")]

mod common;

use std::sync::Mutex;

use alwayson_codec::{Auth, BaseType, Body, Claim, Message, Value};
use common::{IDS, response};

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
    let password = Value::text(BaseType::Password, "s3cr3t-Key").unwrap();
    let message = Message { ids: IDS, body: Body::Auth(auth) };
    let all = [
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
