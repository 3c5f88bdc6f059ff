//! Writes of several properties, and parameters that come as one JSON object.

use std::sync::{Arc, Mutex};

use alwayson::edge::{self, Property, Service, ServiceError, Thing};
use alwayson::message::{Request, Response};
use alwayson::value::{Table, Value};
use alwayson_codec::{BaseType, DateTime, Status};
use serde_json::json;

use crate::answers::with;

fn content(json: &serde_json::Value) -> Table {
    Table::of([("_content_", Value::json(json))])
}

/// The writes that handlers received, in order.
type Written = Arc<Mutex<Vec<(&'static str, Value)>>>;

/// A property whose handler records writes and refuses texts.
fn noted(name: &'static str, base_type: BaseType, written: &Written) -> Property {
    let written = Arc::clone(written);
    Property::with(name, base_type, || async { Ok(Value::Nothing) }).on_write(move |value| {
        let is_text = value.as_str().is_some();
        written.lock().unwrap().push((name, value));
        std::future::ready(if is_text {
            Err(ServiceError::bad_request(format!("{name} is no text")))
        } else {
            Ok(())
        })
    })
}

/// A Thing with properties of each kind.
fn tank(written: &Written) -> Thing {
    Thing::new("Tank")
        .property("Level", 1.5)
        .property("Count", 1)
        .define(Property::new("Serial", "sn-17").read_only())
        .property_with("Sensor", BaseType::NUMBER, || async { Ok(2.5.into()) })
        .define(noted("Valve", BaseType::INTEGER, written))
        .define(noted("Gate", BaseType::VARIANT, written))
}

#[tokio::test(start_paused = true)]
async fn several_properties_are_written_by_one_request() {
    let written = Written::default();
    let (edge, mut platform) = with(tank(&written), edge::Options::default()).await;
    let values = [("Level", 7.5.into()), ("Valve", 3.into()), ("Count", 9.into())];
    let answer = platform.ask(Request::write_properties("Tank", values)).await;
    assert_eq!(answer, Response::success());
    assert_eq!(edge.stored("Tank", "Level").unwrap().value, 7.5.into());
    assert_eq!(edge.stored("Tank", "Count").unwrap().value, 9.into());
    assert_eq!(*written.lock().unwrap(), [("Valve", 3.into())]);
}

#[tokio::test(start_paused = true)]
async fn where_one_of_several_cannot_be_written_none_is() {
    let written = Written::default();
    let (edge, mut platform) = with(tank(&written), edge::Options::default()).await;
    for (last, status) in [
        ("Nope", Status::NOT_FOUND),
        ("Serial", Status::METHOD_NOT_ALLOWED),
        ("Sensor", Status::METHOD_NOT_ALLOWED),
    ] {
        let values = [("Level", 7.5), ("Valve", 3.0), (last, 1.0)];
        let values = values.map(|(name, number)| (name, Value::from(number)));
        let answer = platform.ask(Request::write_properties("Tank", values)).await;
        assert_eq!(answer.status, status);
        assert!(answer.reason.unwrap().contains(last));
    }
    let none = Request::write_properties::<&str>("Tank", []);
    assert_eq!(platform.ask(none).await.status, Status::BAD_REQUEST);
    assert_eq!(edge.stored("Tank", "Level").unwrap().value, 1.5.into());
    assert_eq!(*written.lock().unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn where_a_handler_refuses_what_comes_after_it_and_what_is_kept_is_not_written() {
    let written = Written::default();
    let (edge, mut platform) = with(tank(&written), edge::Options::default()).await;
    let values = [("Level", 7.5.into()), ("Gate", "x".into()), ("Valve", 3.into())];
    let answer = platform.ask(Request::write_properties("Tank", values)).await;
    assert_eq!(answer, Response::error(Status::BAD_REQUEST, "Gate is no text"));
    assert_eq!(edge.stored("Tank", "Level").unwrap().value, 1.5.into());
    assert_eq!(*written.lock().unwrap(), [("Gate", "x".into())]);
}

#[tokio::test(start_paused = true)]
async fn content_is_read_by_the_types_of_the_definitions() {
    let written = Written::default();
    let (edge, mut platform) = with(tank(&written), edge::Options::default()).await;
    let write = |name: &str, json: &serde_json::Value| {
        let request = Request::write_property("Tank", name, Value::Nothing);
        Request { params: Some(content(json)), ..request }
    };
    let all = json!({"Count": 5.0, "Level": "2.5", "Valve": 3, "Gate": true});
    assert_eq!(platform.ask(write("*", &all)).await, Response::success());
    assert_eq!(edge.stored("Tank", "Count").unwrap().value, 5.into());
    assert_eq!(edge.stored("Tank", "Level").unwrap().value, 2.5.into());
    let gate = Value::Variant(Box::new(true.into()));
    assert_eq!(*written.lock().unwrap(), [("Valve", 3.into()), ("Gate", gate)]);
    assert_eq!(platform.ask(write("Count", &json!({"Count": 6}))).await, Response::success());
    assert_eq!(edge.stored("Tank", "Count").unwrap().value, 6.into());
    for (json, reason) in [
        (json!({"Count": 6.5}), "_content_: at /Count: expected INTEGER, found a number"),
        (json!({"Level": 6}), "_content_ has no member Count"),
        (json!(6), "_content_ is no object"),
    ] {
        let answer = platform.ask(write("Count", &json)).await;
        assert_eq!(answer, Response::error(Status::BAD_REQUEST, reason));
    }
    let answer = platform.ask(write("Nope", &json!({"Nope": 1}))).await;
    assert_eq!(answer.status, Status::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn parameters_in_content_are_those_of_the_service() {
    let echo = Service::new("Echo", |params| async move { Ok(params) });
    let thing = Thing::new("Tank")
        .provide(echo.input("at", BaseType::DATETIME).input("trend", BaseType::INFOTABLE))
        .any_service(|_, params| async move { Ok(params) });
    let (_edge, mut platform) = with(thing, edge::Options::default()).await;
    let trend =
        json!({"dataShape": {"fieldDefinitions": {"n": {"baseType": "LONG"}}}, "rows": [{"n": 1}]});
    let params = content(&json!({"at": "1970-01-01T00:00:01Z", "trend": trend, "other": "x"}));
    let answer = platform.call("Tank", "Echo", Some(params.clone())).await;
    let trend = || Value::from(Table::of([("n", Value::Long(1))]));
    let at = DateTime::from_millis(1000);
    let expected = [("at", at.into()), ("trend", trend()), ("other", "x".into())];
    assert_eq!(answer, Response::of(Table::of(expected)));
    // The parameters of an undefined service have no declared types.
    let answer = platform.call("Tank", "Anything", Some(params)).await;
    let expected =
        [("at", "1970-01-01T00:00:01Z".into()), ("trend", trend()), ("other", "x".into())];
    assert_eq!(answer, Response::of(Table::of(expected)));
    // An empty object: no parameters.
    let answer = platform.call("Tank", "Echo", Some(content(&json!({})))).await;
    assert_eq!(answer.table().map(|table| table.fields.len()), Some(0));
}
