//! What defmt logs: the dump of a message, and no secret of it.

#![cfg(feature = "defmt")]

mod common;

use std::path::Path;
use std::sync::Mutex;

use alwayson_codec::connection::{
    self, Fixed, Names, Requests, Unanswered, edge, platform, registry,
};
use alwayson_codec::{
    Aspect, Assembly, Auth, BaseType, Body, Characteristic, Claim, Joined, Joiner, List, Message,
    Method, Request, RequestHeader, Split, TableWriter, Value, Variant,
};
use common::{IDS, part, public_types, response};

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

/// What has `defmt::Format`, by its name.
fn name_of<T: defmt::Format>() -> &'static str {
    let name = std::any::type_name::<T>();
    let name = name.split('<').next().unwrap_or(name);
    name.rsplit("::").next().unwrap_or(name)
}

#[test]
fn every_public_type_of_the_connection_can_be_logged() {
    type Room = Fixed<&'static str, [u8; 0], Names<0>, Requests<0>, Unanswered<0>>;
    let both = [
        name_of::<edge::Action>(),
        name_of::<edge::End>(),
        name_of::<edge::Event<'_>>(),
        name_of::<edge::Input>(),
        name_of::<edge::NameInput>(),
        name_of::<edge::NameState>(),
        name_of::<edge::Received<'_>>(),
        name_of::<edge::Settings>(),
        name_of::<edge::State>(),
    ];
    assert_eq!(
        both,
        [
            name_of::<platform::Action>(),
            name_of::<platform::End>(),
            name_of::<platform::Event<'_>>(),
            name_of::<platform::Input>(),
            name_of::<platform::NameInput>(),
            name_of::<platform::NameState>(),
            name_of::<platform::Received<'_>>(),
            name_of::<platform::Settings>(),
            name_of::<platform::State>(),
        ]
    );
    let others = [
        name_of::<edge::Connection<Room>>(),
        name_of::<edge::Pushed<'_>>(),
        name_of::<edge::Reconnect>(),
        name_of::<platform::Connection<Room>>(),
        name_of::<registry::AnyThing>(),
        name_of::<registry::BindPolicy>(),
        name_of::<registry::BindRefusal<'_>>(),
        name_of::<registry::BindRefusalKind>(),
        name_of::<registry::Binding<'_>>(),
        name_of::<registry::Change<'_>>(),
        name_of::<registry::ConnectionId>(),
        name_of::<registry::Key<'_>>(),
        name_of::<registry::NameChange>(),
        name_of::<registry::Thing<'_>>(),
        name_of::<connection::BufferTooSmall>(),
        name_of::<connection::CallError>(),
        name_of::<connection::CloseCode>(),
        name_of::<connection::Counters>(),
        name_of::<connection::Failure>(),
        name_of::<connection::Fault>(),
        name_of::<connection::FixedName<8>>(),
        name_of::<connection::Inbound>(),
        name_of::<connection::InboundId>(),
        name_of::<connection::Pending>(),
        name_of::<connection::RequestId>(),
        name_of::<connection::Transmit>(),
        name_of::<connection::Unreadable<'_>>(),
        name_of::<Assembly>(),
        name_of::<Joined<'_>>(),
        name_of::<Joiner<[u8; 0], 0>>(),
        name_of::<Split<'_>>(),
    ];
    // What is a place for others, or no value at all.
    let no_values = [
        "By",
        "Entry",
        "Fixed",
        "FixedBindings",
        "Growing",
        "GrowingSlots",
        "Names",
        "Registry",
        "Requests",
        "Unanswered",
    ];
    let mut found = Vec::new();
    for folder in ["src/connection", "src/multipart"] {
        public_types(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    }
    assert!(found.len() > 40, "{found:?}");
    for (name, path) in found {
        let name = name.as_str();
        let is_known = both.contains(&name) || others.contains(&name) || no_values.contains(&name);
        assert!(is_known, "{name} of {}", path.display());
    }
}

#[test]
fn what_comes_in_is_logged_without_secrets() {
    let claims = [Claim::new("appKey", "s3cr3t-Key")];
    let shown = logged(&platform::Received::Auth(Auth::new(&claims).unwrap()));
    assert!(shown.contains("***"), "{shown}");
    assert!(!shown.contains("s3cr3t"), "{shown}");
    assert!(logged(&connection::CallError::OutboxFull).contains("the outbox is full"));
    let told = edge::Event::Refused { name: "Pump", status: alwayson_codec::Status::NOT_FOUND };
    assert!(logged(&told).contains("Pump"));
}
