//! Properties that a platform reads and writes, and their metadata.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use alwayson::edge::{self, Property, PropertyUpdate, Service, ServiceError, Thing};
use alwayson::message::{Request, Response};
use alwayson::value::{Table, Value, ValueExt as _};
use alwayson_codec::{BaseType, Status};
use serde_json::json;

use crate::answers::with;
use crate::{SENSOR, bound};

#[tokio::test(start_paused = true)]
async fn properties_are_read_and_written() {
    let (edge, mut platform) = bound().await;
    let read = platform.ask(Request::read_property(SENSOR, "Temperature")).await;
    assert_eq!(read, Response::of(Table::of([("Temperature", 21.5.into())])));
    let written = platform.ask(Request::write_property(SENSOR, "Temperature", 25.0)).await;
    assert_eq!(written, Response::success());
    assert_eq!(edge.stored(SENSOR, "Temperature").unwrap().value, 25.0.into());
    let all = platform.ask(Request::read_property(SENSOR, "*")).await;
    let expected = Table::of([("Serial", "sn-17".into()), ("Temperature", 25.0.into())]);
    assert_eq!(all, Response::of(expected));
}

#[tokio::test(start_paused = true)]
async fn properties_with_handlers_are_read_and_written_by_them() {
    let kept = Arc::new(AtomicUsize::new(0));
    let read = Arc::clone(&kept);
    let write = Arc::clone(&kept);
    let level = Property::with("Level", BaseType::INTEGER, move || {
        let level = i32::try_from(read.load(Ordering::Relaxed)).unwrap();
        async move { Ok(level.into()) }
    })
    .on_write(move |value| {
        let level = value.as_i64().and_then(|level| usize::try_from(level).ok());
        let level = level.ok_or_else(|| ServiceError::bad_request("not a level"));
        let kept = Arc::clone(&write);
        async move { level.map(|level| kept.store(level, Ordering::Relaxed)) }
    });
    let thing =
        Thing::new("Tank").define(level).property_with("Broken", BaseType::NUMBER, || async {
            Err(ServiceError::new(Status::SERVICE_UNAVAILABLE, "no sensor"))
        });
    let (_edge, mut platform) = with(thing, edge::Options::default()).await;
    platform.ask(Request::write_property("Tank", "Level", 7)).await;
    assert_eq!(kept.load(Ordering::Relaxed), 7);
    let read = platform.ask(Request::read_property("Tank", "Level")).await;
    assert_eq!(read.value(), Some(&7.into()));
    let refused = platform.ask(Request::write_property("Tank", "Level", "x")).await;
    let reason = "Level: expected INTEGER, found STRING";
    assert_eq!(refused, Response::error(Status::BAD_REQUEST, reason));
    let refused = platform.ask(Request::write_property("Tank", "Level", -1)).await;
    assert_eq!(refused, Response::error(Status::BAD_REQUEST, "not a level"));
    let broken = platform.ask(Request::read_property("Tank", "Broken")).await;
    assert_eq!(broken, Response::error(Status::SERVICE_UNAVAILABLE, "no sensor"));
    let written = platform.ask(Request::write_property("Tank", "Broken", 1.0)).await;
    assert_eq!(written.status, Status::METHOD_NOT_ALLOWED);
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_kept_is_kept_once_its_handler_has_taken_it() {
    let (written, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let setpoint = Property::new("Setpoint", 80.0).on_write(move |value| {
        let is_taken = value.as_f64() <= Some(120.0);
        written.send(value).unwrap();
        let refusal = ServiceError::bad_request("Setpoint is at most 120");
        std::future::ready(if is_taken { Ok(()) } else { Err(refusal) })
    });
    let thing = Thing::new("Tank").define(setpoint).property("Level", 1.5);
    let (edge, mut platform) = with(thing, edge::Options::default()).await;
    let stored = |name| edge.stored("Tank", name).unwrap().value;
    let written = platform.ask(Request::write_property("Tank", "Setpoint", 90.0)).await;
    assert_eq!(written, Response::success());
    assert_eq!(seen.recv().await, Some(90.0.into()));
    assert_eq!(stored("Setpoint"), 90.0.into());
    // Several at once: what the handler refuses is not kept, nor is the rest.
    let values = [("Level", 2.5.into()), ("Setpoint", 121.0.into())];
    let refused = platform.ask(Request::write_properties("Tank", values)).await;
    assert_eq!(refused, Response::error(Status::BAD_REQUEST, "Setpoint is at most 120"));
    assert_eq!((stored("Setpoint"), stored("Level")), (90.0.into(), 1.5.into()));
    let read = platform.ask(Request::read_property("Tank", "Setpoint")).await;
    assert_eq!(read.value(), Some(&90.0.into()));
}

#[tokio::test(start_paused = true)]
async fn a_write_of_another_base_type_is_refused_with_both_types_or_converted() {
    let thing = Thing::new("Tank")
        .property("Number", 1.5)
        .property("Integer", 1)
        .property("Text", "a")
        .property("Any", Value::Nothing)
        .property("Switch", true);
    let (edge, mut platform) = with(thing, edge::Options::default()).await;
    let variant = |value: Value| Value::Variant(Box::new(value));
    let stored = |name| edge.stored("Tank", name).unwrap().value;
    for (name, value, kept) in [
        ("Number", 2.into(), Value::from(2.0)),
        ("Number", variant(Value::Long(3)), 3.0.into()),
        ("Integer", 4.0.into(), 4.into()),
        ("Integer", variant(5.into()), 5.into()),
        ("Text", Value::Text(BaseType::HTML, "b".to_owned()), "b".into()),
        ("Any", "c".into(), "c".into()),
    ] {
        let written = platform.ask(Request::write_property("Tank", name, value)).await;
        assert_eq!(written, Response::success(), "{name}");
        assert_eq!(stored(name), kept);
    }
    for (name, value, reason) in [
        ("Number", Value::from("2"), "Number: expected NUMBER, found STRING"),
        ("Number", variant(true.into()), "Number: expected NUMBER, found BOOLEAN"),
        ("Integer", 4.5.into(), "Integer: expected INTEGER, found another NUMBER"),
        ("Text", 1.0.into(), "Text: expected STRING, found NUMBER"),
        ("Switch", 1.into(), "Switch: expected BOOLEAN, found INTEGER"),
    ] {
        let before = stored(name);
        let refused = platform.ask(Request::write_property("Tank", name, value)).await;
        assert_eq!(refused, Response::error(Status::BAD_REQUEST, reason));
        assert_eq!(stored(name), before);
    }
    // All or nothing.
    let values = [("Number", 7.0.into()), ("Switch", "on".into())];
    let refused = platform.ask(Request::write_properties("Tank", values)).await;
    let reason = "Switch: expected BOOLEAN, found STRING";
    assert_eq!(refused, Response::error(Status::BAD_REQUEST, reason));
    assert_eq!(stored("Number"), 3.0.into());
    // Writes that the application stores are handled the same way.
    let keep = |name: &str, value: Value| edge.store("Tank", &PropertyUpdate::new(name, value));
    assert!(keep("Number", 8.into()) && !keep("Number", "8".into()));
    assert_eq!(stored("Number"), 8.0.into());
}

#[tokio::test(start_paused = true)]
async fn a_property_is_read_with_the_base_type_of_its_definition() {
    let handled = |name: &str, value: Value| {
        Property::with(name, BaseType::NUMBER, move || std::future::ready(Ok(value.clone())))
    };
    let thing = Thing::new("Tank")
        .define(Property::new("Stored", 2).base_type(BaseType::NUMBER))
        .define(handled("Handled", 3.into()))
        .define(handled("Absent", Value::Nothing))
        .define(handled("Wrong", "4".into()));
    let (edge, mut platform) = with(thing, edge::Options::default()).await;
    assert_eq!(edge.stored("Tank", "Stored").unwrap().value, 2.0.into());
    for (name, value) in
        [("Stored", 2.0.into()), ("Handled", 3.0.into()), ("Absent", Value::Nothing)]
    {
        let read = platform.ask(Request::read_property("Tank", name)).await;
        assert_eq!(read, Response::named(name, value));
    }
    let failed = platform.ask(Request::read_property("Tank", "Wrong")).await;
    let reason = "Wrong: expected NUMBER, found STRING";
    assert_eq!(failed, Response::error(Status::INTERNAL_SERVER_ERROR, reason));
}

#[tokio::test(start_paused = true)]
async fn metadata_are_what_was_registered() {
    let (_edge, mut platform) = bound().await;
    let answer = platform.call(SENSOR, "GetMetadata", None).await;
    let metadata = answer.value().unwrap().as_json().unwrap();
    assert_eq!(answer.value().unwrap().base_type(), BaseType::JSON);
    assert_eq!(metadata["type"], "Thing");
    assert_eq!(metadata["name"], SENSOR);
    assert_eq!(metadata["isSystemObject"], false);
    assert_eq!(metadata["implementedShapes"], serde_json::json!([]));
    let temperature = &metadata["propertyDefinitions"]["Temperature"];
    assert_eq!(temperature["baseType"], "NUMBER");
    assert_eq!(temperature["aspects"]["pushType"], "VALUE");
    assert_eq!(temperature["aspects"]["pushThreshold"], 0.5);
    let add = &metadata["serviceDefinitions"]["AddNumbers"];
    assert_eq!(add["Inputs"]["fieldDefinitions"]["a"]["baseType"], "NUMBER");
    assert_eq!(add["Outputs"]["baseType"], "NUMBER");
    assert!(metadata["serviceDefinitions"]["GetMetadata"].is_object());
    assert_eq!(metadata["eventDefinitions"]["Overheated"]["name"], "Overheated");
}

#[tokio::test(start_paused = true)]
async fn metadata_have_aspects_and_the_data_shapes_of_tables() {
    let level = Property::new("Level", 7.5).aspect("units", "m").aspect("maximumValue", 12);
    // Nothing else in the metadata decides when a property is pushed or written.
    let level = level.aspect("isReadOnly", true).aspect("pushThreshold", 1);
    let trend = Property::new("Trend", Table::new([("level", BaseType::NUMBER)]));
    let import = Service::new("Import", |_| async { Ok(()) });
    let thing = Thing::new("Tank")
        .define(level)
        .define(trend.data_shape("LevelTrend"))
        .provide(import.table_input("rows", "LevelTrend").input("clear", BaseType::BOOLEAN))
        .event_with_shape("Emptied", "EmptiedData")
        .event("Filled");
    let (_edge, mut platform) = with(thing, edge::Options::default()).await;
    let answer = platform.call("Tank", "GetMetadata", None).await;
    let metadata = answer.value().unwrap().as_json().unwrap();
    let properties = &metadata["propertyDefinitions"];
    let expected =
        json!({"units": "m", "maximumValue": 12, "isReadOnly": false, "pushType": "ALWAYS"});
    assert_eq!(properties["Level"]["aspects"], expected);
    assert_eq!(properties["Trend"]["baseType"], "INFOTABLE");
    assert_eq!(properties["Trend"]["aspects"]["dataShape"], "LevelTrend");
    let inputs = &metadata["serviceDefinitions"]["Import"]["Inputs"]["fieldDefinitions"];
    assert_eq!(inputs["rows"]["baseType"], "INFOTABLE");
    assert_eq!(inputs["rows"]["aspects"], json!({"dataShape": "LevelTrend"}));
    assert_eq!(inputs["clear"]["aspects"], json!({}));
    let events = &metadata["eventDefinitions"];
    assert_eq!(events["Emptied"]["dataShape"], "EmptiedData");
    assert_eq!(events["Filled"].get("dataShape"), None);
}
