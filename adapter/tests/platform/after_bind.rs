//! Requests of a platform to a Thing after it was bound.

use std::time::Duration;

use std::collections::HashSet;

use alwayson::platform::{AfterBind, Event, MemoryThings, Options};
use alwayson::value::Value;
use alwayson_codec::{self as codec, BaseType, Body, Status, TableWriter};

use super::peer::Peer;
use super::support::{event, platform};

const METADATA: &str = r#"{"name": "Pump", "propertyDefinitions": {
    "Pressure": {"baseType": "NUMBER", "aspects": {"pushType": "VALUE", "pushThreshold": 0.5}},
    "Label": {"baseType": "STRING", "aspects": {"pushType": "NEVER"}}},
    "serviceDefinitions": {}, "eventDefinitions": {"Overheat": {}}}"#;

async fn describe(peer: &mut Peer) {
    describe_as(peer, codec::Value::json(METADATA)).await;
}

/// Answers `GetMetadata` with this result.
async fn describe_as(peer: &mut Peer, result: codec::Value<'_>) {
    let (ids, line) = peer.message().await;
    assert!(line.ends_with("Things/Pump/Services/GetMetadata"), "{line}");
    let mut buffer = [0; 1024];
    let table = TableWriter::write(
        &mut buffer,
        |shape| shape.field("result", BaseType::JSON),
        |rows| rows.row(|row| row.cell(result)),
    );
    let content = table.unwrap().into();
    let response = codec::Response { content, ..codec::Response::new(Status::SUCCESS) };
    peer.answer(ids.request, response).await;
}

/// Returns why a platform rejects these metadata of a Thing.
async fn not_believed(result: Option<codec::Value<'_>>) -> String {
    let things = MemoryThings::any();
    let platform = platform(&things, Options::default()).await;
    let mut events = platform.events();
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    if let Some(result) = result {
        describe_as(&mut peer, result).await;
    } else {
        let (ids, _) = peer.message().await;
        let reason = Some("it is asleep".into());
        let response = codec::Response { reason, ..codec::Response::new(Status::NOT_FOUND) };
        peer.answer(ids.request, response).await;
    }
    let told = event(&mut events, |event| {
        matches!(event, Event::Described { .. } | Event::NotDescribed { .. })
    });
    let Event::NotDescribed { thing, reason } = told.await else { panic!("it is believed") };
    assert_eq!((&*thing, things.state("Pump").unwrap().metadata), ("Pump", None));
    reason
}

#[tokio::test]
async fn metadata_that_do_not_come_or_have_another_form_are_told_and_none_of_it_is_kept() {
    let all = |properties: &str, services: &str, events: &str| {
        format!(
            r#"{{"propertyDefinitions": {properties}, "serviceDefinitions": {services},
                "eventDefinitions": {events}}}"#
        )
    };
    for (metadata, reason) in [
        ("{", "are no JSON: EOF while parsing"),
        ("{} {}", "are wrong: missing field `propertyDefinitions`"),
        (&(all("{}", "{}", "{}") + "]"), "are no JSON: trailing characters"),
        ("[]", "are wrong: invalid type: sequence, expected an object"),
        ("{}", "are wrong: missing field `propertyDefinitions`"),
        (&all("[]", "{}", "{}"), "are wrong at propertyDefinitions: invalid type: sequence"),
        (&all("{}", "[]", "{}"), "are wrong at serviceDefinitions: invalid type: sequence"),
        (&all("{}", "{}", "7"), "are wrong at eventDefinitions: invalid type: integer `7`"),
        (
            &all(r#"{"p": 1}"#, "{}", "{}"),
            "are wrong at propertyDefinitions.p: invalid type: integer `1`, expected an object",
        ),
        (
            &all(r#"{"p": ["NUMBER"]}"#, "{}", "{}"),
            "are wrong at propertyDefinitions.p: invalid type: sequence, expected an object",
        ),
        (
            &all(r#"{"p": {}}"#, "{}", "{}"),
            "are wrong at propertyDefinitions.p: missing field `baseType`",
        ),
        (
            &all(r#"{"p": {"baseType": 1}}"#, "{}", "{}"),
            "are wrong at propertyDefinitions.p.baseType: invalid type: integer `1`, expected a string",
        ),
        (
            &all(r#"{"p": {"baseType": "NUMBER", "aspects": []}}"#, "{}", "{}"),
            "are wrong at propertyDefinitions.p.aspects: invalid type: sequence, expected an object",
        ),
        (
            &all(r#"{"p": {"baseType": "NUMBER", "aspects": {"pushThreshold": "x"}}}"#, "{}", "{}"),
            "are wrong at propertyDefinitions.p.aspects.pushThreshold: invalid type: string",
        ),
        (
            &all("{}", r#"{"s": {"Inputs": {"fieldDefinitions": {"a": {}}}}}"#, "{}"),
            "are wrong at serviceDefinitions.s.Inputs.fieldDefinitions.a: missing field `baseType`",
        ),
        (
            &all("{}", "{}", r#"{"e": null}"#),
            "are wrong at eventDefinitions.e: invalid type: null, expected an object",
        ),
    ] {
        let told = not_believed(Some(codec::Value::json(metadata))).await;
        assert!(told.starts_with(&format!("the metadata {reason}")), "{metadata}: {told}");
    }
    let told = not_believed(Some(7.5.into())).await;
    assert_eq!(told, "the result of GetMetadata is NUMBER, not JSON");
    let told = not_believed(None).await;
    assert_eq!(told, "GetMetadata was answered with NOT_FOUND: it is asleep");
}

#[tokio::test]
async fn it_asks_for_metadata_then_notifies_and_answers_subscriptions_from_the_metadata() {
    let things = MemoryThings::any();
    let platform = platform(&things, Options::default()).await;
    let mut events = platform.events();
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    describe(&mut peer).await;
    let (ids, line) = peer.message().await;
    assert!(line.ends_with("Things/Pump/Services/NotifyPropertyUpdate"), "{line}");
    peer.answer(ids.request, codec::Response::new(Status::SUCCESS)).await;
    event(&mut events, |event| matches!(event, Event::Described { thing } if thing == "Pump"))
        .await;
    let subscriptions = codec::Request::invoke_service("Pump", "GetPropertySubscriptions");
    let answer = peer.ask(Body::Request(subscriptions)).await;
    let rows = r#"2 rows [{edgeName: "Pressure", pushType: "VALUE", pushThreshold: 0.5}, {edgeName: "Label", pushType: "NEVER", pushThreshold: 0}]"#;
    assert!(answer.ends_with(rows), "{answer}");
    assert!(things.state("Pump").unwrap().metadata.is_some());
}

#[tokio::test]
async fn it_synchronizes_where_it_is_told_to_and_keeps_the_values() {
    let things = MemoryThings::any();
    let after_bind =
        AfterBind::default().with_metadata(true).with_notify(false).with_synchronize(true);
    let platform = platform(&things, Options::default().with_after_bind(after_bind)).await;
    let mut updates = things.updates();
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    describe(&mut peer).await;
    let (ids, line) = peer.message().await;
    assert!(
        line.contains("Things/Pump/Services/SynchronizeModelState {propertyInfo: 2 rows"),
        "{line}"
    );
    assert!(line.contains(r#"eventInfo: {edgeName: "Overheat"}"#), "{line}");
    let mut buffer = [0; 256];
    let table = TableWriter::write(
        &mut buffer,
        |shape| {
            shape.field("name", BaseType::STRING);
            shape.field("time", BaseType::DATETIME);
            shape.field("value", BaseType::VARIANT);
            shape.field("quality", BaseType::STRING);
        },
        |rows| {
            rows.row(|row| {
                row.cell("Pressure");
                row.cell(codec::DateTime::from_millis(1_700_000_000_000));
                row.variant(2.5);
                row.cell("BAD");
            });
        },
    );
    let content = table.unwrap().into();
    let response = codec::Response { content, ..codec::Response::new(Status::SUCCESS) };
    peer.answer(ids.request, response).await;
    updates.recv().await.unwrap();
    let property = things.property("Pump", "Pressure").unwrap();
    assert_eq!((property.value, property.quality.as_str()), (Value::from(2.5), "BAD"));
}

#[tokio::test]
async fn an_edge_that_answers_nothing_of_it_is_as_bound_as_any_other() {
    let options = Options::default().with_request_timeout(Duration::from_millis(50)).unwrap();
    let platform = platform(&MemoryThings::any(), options).await;
    let mut events = platform.events();
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    let (_, line) = peer.message().await;
    assert!(line.ends_with("GetMetadata"), "{line}");
    let told = event(&mut events, |event| matches!(event, Event::NotDescribed { .. })).await;
    let reason = "no answer in time".to_owned();
    assert_eq!(told, Event::NotDescribed { thing: "Pump".to_owned(), reason });
    let (_, line) = peer.message().await;
    assert!(line.ends_with("NotifyPropertyUpdate"), "{line}");
    assert!(peer.bind(&["Valve"]).await.starts_with("SUCCESS"));
    // It may arrive before or after that answer.
    if !peer.was_told("POST") {
        let (_, line) = peer.message().await;
        assert!(line.ends_with("Things/Valve/Services/GetMetadata"), "{line}");
    }
    assert!(platform.handle().holder("Pump").is_some());
}

#[tokio::test]
async fn it_asks_every_thing_of_an_edge_that_binds_more_than_may_be_asked_at_a_time() {
    let options = Options::default().with_after_bind(AfterBind::NONE.with_notify(true));
    let platform = platform(&MemoryThings::any(), options).await;
    let names: Vec<String> = (0..600).map(|number| format!("T{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut peer = Peer::bound(platform.local_addr(), &names).await;
    // The edge does not answer at first.
    for _ in 0..100 {
        peer.ask(Body::Request(codec::Request::read_property("T0", "p"))).await;
    }
    let mut asked = HashSet::new();
    let mut passed_over = peer.passed_over().into_iter();
    for _ in &names {
        let (ids, line) = match passed_over.next() {
            Some(message) => message,
            None => peer.message().await,
        };
        let thing = line.split('/').nth(1).unwrap().to_owned();
        assert!(line.ends_with("/Services/NotifyPropertyUpdate") && asked.insert(thing), "{line}");
        peer.answer(ids.request, codec::Response::new(Status::SUCCESS)).await;
    }
}
