//! Parameters and answers in the forms of section 3: `_content_`, many properties at once,
//! and the services that every Thing has.

use alwayson::message::{Request, Response};
use alwayson::platform::{AfterBind, Event, MAX_PROPERTIES, MemoryThings, Options, Platform};
use alwayson::value::{Table, Value};
use alwayson_codec::{self as codec, BaseType, Body, DateTime, InfoTable, Message, Status};
use serde_json::json;

use super::peer::{Peer, hex};
use super::support::{event, platform, quiet};

/// Requests of an EMS, and of a Java client.
mod recorded {
    pub(super) const SPEED: &str = "0102000000100000000000000001000a0641646465643101055370656564000501095f636f6e74656e745f0008000000010001081c7b225370656564223a31322e3530303030303030303030303030307d00";
    pub(super) const LABEL: &str = "0102000000120000000000000001000a0641646465643101054c6162656c000501095f636f6e74656e745f000800000001000108167b224c6162656c223a2268c3a46c6c6f20e6b8a9227d00";
    pub(super) const ALL: &str = "0102000000140000000000000001000a0641646465643101012a000501095f636f6e74656e745f000800000001000108187b2241223a312c2242223a2278222c2243223a747275657d00";
    pub(super) const NO_SUCH: &str = "0103000000180000000000000001000a0641646465643102064e6f53756368000501095f636f6e74656e745f000800000001000108077b2278223a317d00";
    pub(super) const SUBSCRIPTIONS: &str = "0103000000190000000000000001000a06416464656431021847657450726f7065727479537562736372697074696f6e73000501095f636f6e74656e745f000800000001000108027b7d00";
    pub(super) const PUSH: &str = "01030000001a0000000000000001000a06416464656431021e5570646174655375627363726962656450726f706572747956616c756573000501095f636f6e74656e745f000800000001000108800001317b2276616c756573223a7b22646174615368617065223a7b226669656c64446566696e6974696f6e73223a7b226e616d65223a7b226e616d65223a226e616d65222c226261736554797065223a22535452494e47227d2c2276616c7565223a7b226e616d65223a2276616c7565222c226261736554797065223a2256415249414e54227d2c2274696d65223a7b226e616d65223a2274696d65222c226261736554797065223a224441544554494d45227d2c227175616c697479223a7b226e616d65223a227175616c697479222c226261736554797065223a22535452494e47227d7d7d2c22726f7773223a5b7b226e616d65223a225370656564222c2276616c7565223a37372c2274696d65223a313730303030303030303030302c227175616c697479223a22474f4f44227d5d7d7d00";
    pub(super) const JAVA_WRITE: &str = "0102000000080000000000000001000a014101012a00050108575f535452494e4708575f535452494e4700000000010001000b7465787420c3bc20e6b8a900";
    pub(super) const JAVA_NAMED: &str = "0103000000390000000000000001000a014102164765744e616d656450726f706572747956616c7565730005010d70726f70657274794e616d65730d70726f70657274794e616d6573050000000100010501046e616d65046e616d65000000000100010008575f4e554d4245520100010008575f535452494e470000";
}

/// Sends a recorded request on this connection, and gives the answer.
async fn replay(peer: &mut Peer, request: &str) -> Response {
    let mut bytes = hex(request);
    bytes[10..14].copy_from_slice(&peer.session.to_be_bytes());
    peer.send(&bytes).await;
    let id = u32::from_be_bytes(bytes[2..6].try_into().unwrap());
    answer(peer, id).await
}

/// Asks the platform, and gives the answer.
async fn ask(peer: &mut Peer, request: &Request) -> Response {
    let params = request.params.as_ref();
    let mut buffer = Vec::new();
    let params: Option<InfoTable<'_>> = params.map(|params| params.encode(&mut buffer).unwrap());
    let name = request.name.as_str();
    let view = codec::Request::new(request.method, &request.entity, request.characteristic, name);
    let id = peer.say(Body::Request(codec::Request { params, ..view })).await;
    answer(peer, id).await
}

async fn answer(peer: &mut Peer, request: u32) -> Response {
    let bytes = peer.bytes().await;
    let message = Message::decode_exact(&bytes).unwrap();
    match message.body {
        Body::Response(response) if message.ids.request == request => response.into(),
        _ => panic!("{message:?}"),
    }
}

fn not_found(reason: impl Into<String>) -> Response {
    Response::error(Status::NOT_FOUND, reason)
}

fn bad_request(reason: impl Into<String>) -> Response {
    Response::error(Status::BAD_REQUEST, reason)
}

fn content(json: &serde_json::Value) -> Table {
    Table::of([("_content_", Value::json(json))])
}

fn put(thing: &str, name: &str, json: &serde_json::Value) -> Request {
    let put = Request::write_property(thing, name, Value::Nothing);
    Request { params: Some(content(json)), ..put }
}

async fn bound(things: &MemoryThings, thing: &str) -> (Platform, Peer) {
    let platform = platform(things, quiet()).await;
    let peer = Peer::bound(platform.local_addr(), &[thing]).await;
    (platform, peer)
}

#[tokio::test]
async fn what_an_ems_writes_pushes_and_calls_by_http_is_read_as_its_members() {
    let things = MemoryThings::any();
    let (_platform, mut peer) = bound(&things, "Added1").await;
    let value = |name: &str| things.property("Added1", name).map(|property| property.value);
    for write in [recorded::SPEED, recorded::LABEL, recorded::ALL] {
        assert_eq!(replay(&mut peer, write).await, Response::success());
    }
    assert_eq!(value("Speed"), Some(12.5.into()));
    assert_eq!(value("Label"), Some("hällo 温".into()));
    assert_eq!(value("A"), Some(1.0.into()));
    assert_eq!(value("B"), Some("x".into()));
    assert_eq!(value("C"), Some(true.into()));
    let read = ask(&mut peer, &Request::read_property("Added1", "Speed")).await;
    assert_eq!(read, Response::named("Speed", 12.5));
    let all = ask(&mut peer, &Request::read_property("Added1", "*")).await;
    let expected = [
        ("A", 1.0.into()),
        ("B", "x".into()),
        ("C", true.into()),
        ("Label", "hällo 温".into()),
        ("Speed", 12.5.into()),
    ];
    assert_eq!(all, Response::of(Table::of(expected)));
    assert_eq!(replay(&mut peer, recorded::PUSH).await, Response::success());
    let speed = things.property("Added1", "Speed").unwrap();
    assert_eq!(speed.value, 77.0.into());
    assert_eq!(speed.time, DateTime::from_millis(1_700_000_000_000).into());
    assert_eq!(speed.quality, "GOOD");
    let answer = replay(&mut peer, recorded::SUBSCRIPTIONS).await;
    let fields: Vec<_> = answer.table().unwrap().fields.iter().map(|field| &field.name).collect();
    assert_eq!(fields, ["edgeName", "pushType", "pushThreshold"]);
    let answer = replay(&mut peer, recorded::NO_SUCH).await;
    assert_eq!(answer, not_found("no service NoSuch"));
}

#[tokio::test]
async fn what_a_java_client_writes_and_asks_for_is_done() {
    let things = MemoryThings::any();
    let (_platform, mut peer) = bound(&things, "A").await;
    let none = replay(&mut peer, recorded::JAVA_NAMED).await;
    assert_eq!(none, not_found("no property W_NUMBER"));
    assert_eq!(replay(&mut peer, recorded::JAVA_WRITE).await, Response::success());
    things.set_property("A", "W_NUMBER", 21.5);
    let named = replay(&mut peer, recorded::JAVA_NAMED).await;
    let expected = [("W_NUMBER", 21.5.into()), ("W_STRING", Value::from("text ü 温"))];
    assert_eq!(named, Response::of(Table::of(expected)));
}

#[tokio::test]
async fn a_write_of_several_properties_is_done_whole_or_not_at_all() {
    let things = MemoryThings::any();
    let (_platform, mut peer) = bound(&things, "Pump").await;
    let several = |names: std::ops::Range<usize>| {
        let values = names.map(|index| (format!("p{index}"), Value::from(1.5)));
        Request::write_properties("Pump", values)
    };
    assert_eq!(ask(&mut peer, &several(0..MAX_PROPERTIES - 1)).await, Response::success());
    let count = || things.state("Pump").unwrap().properties.len();
    // There is room for one, and these are two.
    let refused = ask(&mut peer, &several(MAX_PROPERTIES..MAX_PROPERTIES + 2)).await;
    assert_eq!(refused.status, Status::SERVICE_UNAVAILABLE);
    assert_eq!(count(), MAX_PROPERTIES - 1);
    // One of these is there already.
    let last = MAX_PROPERTIES - 2..MAX_PROPERTIES;
    assert_eq!(ask(&mut peer, &several(last)).await, Response::success());
    assert_eq!(count(), MAX_PROPERTIES);

    let no_row = Table::new([("p1", BaseType::NUMBER)]);
    let mut two_rows = no_row.clone();
    two_rows.push([1.5.into()]);
    two_rows.push([2.5.into()]);
    for params in [None, Some(Table::default()), Some(no_row), Some(two_rows)] {
        let refused = ask(&mut peer, &Request { params, ..several(0..1) }).await;
        assert_eq!(refused, bad_request("no row of values"));
    }
    let mut doubled = Table::new([("p1", BaseType::NUMBER), ("p1", BaseType::STRING)]);
    doubled.push([7.5.into(), "x".into()]);
    ask(&mut peer, &Request { params: Some(doubled), ..several(0..1) }).await;
    assert_eq!(things.property("Pump", "p1").unwrap().value, 7.5.into());
}

#[tokio::test]
async fn content_is_read_by_the_types_that_the_metadata_say() {
    let metadata = json!({
        "propertyDefinitions": {
            "Count": {"baseType": "INTEGER"}, "Since": {"baseType": "DATETIME"},
            "Place": {"baseType": "LOCATION"}, "Trend": {"baseType": "INFOTABLE"},
        },
        "serviceDefinitions": {"Reset": {"Inputs": {"fieldDefinitions": {
            "at": {"baseType": "DATETIME"},
        }}}},
        "eventDefinitions": {"Overheat": {}, "Stopped": {}},
    });
    let things = MemoryThings::any().with_service("Reset", |request| async move {
        Response::of(request.params.unwrap_or_default())
    });
    let after_bind = AfterBind::NONE.with_metadata(true);
    let platform = platform(&things, Options::default().with_after_bind(after_bind)).await;
    let mut events = platform.events();
    let mut peer = Peer::bound(platform.local_addr(), &["Pump"]).await;
    let (ids, _) = peer.message().await;
    let mut buffer = Vec::new();
    let described = Table::result(Value::json(&metadata));
    let described = codec::Value::from(described.encode(&mut buffer).unwrap());
    let response = codec::Response { content: described, ..codec::Response::new(Status::SUCCESS) };
    peer.answer(ids.request, response).await;
    event(&mut events, |event| matches!(event, Event::Described { .. })).await;

    let value = |name: &str| things.property("Pump", name).map(|property| property.value);
    let trend = json!({"rows": [{"a": 1}], "datashape": {"fieldDefinitions": {
        "a": {"name": "a", "description": "", "baseType": "LONG", "aspects": {}},
    }}});
    let written = json!({
        "Count": 7.0, "Since": "1970-01-01T00:00:01Z", "Trend": trend, "Other": 7,
        "Place": {"latitude": 1, "longitude": 2, "elevation": 3},
    });
    assert_eq!(ask(&mut peer, &put("Pump", "*", &written)).await, Response::success());
    assert_eq!(value("Count"), Some(7.into()));
    assert_eq!(value("Since"), Some(DateTime::from_millis(1000).into()));
    assert_eq!(value("Trend"), Some(Table::of([("a", Value::Long(1))]).into()));
    assert_eq!(value("Other"), Some(7.0.into()));
    assert!(value("Place").unwrap().as_location().is_some());

    // Pushed values, too; one that says its type has that.
    let push = |values: &serde_json::Value| {
        let params = Some(content(&json!({ "values": values })));
        Request::invoke_service("Pump", "UpdateSubscribedPropertyValues", params)
    };
    let shape = json!({"fieldDefinitions": {
        "name": {"baseType": "STRING"}, "value": {"baseType": "VARIANT"},
        "time": {"baseType": "DATETIME"},
    }});
    let rows = json!([
        {"name": "Count", "value": 9, "time": 5},
        {"name": "Since", "value": 2000},
        {"name": "Other", "value": {"baseType": "LONG", "value": 9}},
    ]);
    let pushed = push(&json!({"rows": rows, "dataShape": shape}));
    assert_eq!(ask(&mut peer, &pushed).await, Response::success());
    assert_eq!(value("Count"), Some(9.into()));
    assert_eq!(value("Since"), Some(DateTime::from_millis(2000).into()));
    assert_eq!(value("Other"), Some(Value::Long(9)));
    let wrong = json!([{"name": "Other", "value": 1}, {"name": "Count", "value": "many"}]);
    let refused = ask(&mut peer, &push(&json!({"rows": wrong, "dataShape": shape}))).await;
    let reason = "_content_: at /values/rows/1/value/value: expected INTEGER, found a string";
    assert_eq!(refused, bad_request(reason));
    let typed = json!({"fieldDefinitions": {"value": {"baseType": "LONG"}}});
    let rows = json!([{"name": "Other", "value": 7}]);
    let pushed = push(&json!({"datashape": typed, "rows": rows}));
    assert_eq!(ask(&mut peer, &pushed).await, Response::success());
    assert_eq!(value("Other"), Some(Value::Long(7)));

    // Nothing is written where one is wrong, and the edge is told which.
    let refused = ask(&mut peer, &put("Pump", "*", &json!({"Other": 8, "Count": "many"}))).await;
    let reason = "_content_: at /Count: expected INTEGER, found a string";
    assert_eq!(refused, bad_request(reason));
    assert_eq!(value("Other"), Some(Value::Long(7)));

    let reset = |params| Request::invoke_service("Pump", "Reset", Some(params));
    let answer = ask(&mut peer, &reset(content(&json!({"at": 5, "why": "x"})))).await;
    let expected = [("at", DateTime::from_millis(5).into()), ("why", "x".into())];
    assert_eq!(answer, Response::of(Table::of(expected)));

    let subscriptions = Request::invoke_service("Pump", "GetEventSubscriptions", None);
    let answer = ask(&mut peer, &subscriptions).await;
    let mut events = Table::new([("edgeName", BaseType::STRING)]);
    events.push(["Overheat".into()]);
    events.push(["Stopped".into()]);
    assert_eq!(answer, Response::of(events));
}

#[tokio::test]
async fn without_metadata_content_is_read_by_the_type_of_the_value_if_it_can_be() {
    let things = MemoryThings::any();
    let (_platform, mut peer) = bound(&things, "Pump").await;
    things.set_property("Pump", "Count", 3);
    for (written, value) in [(json!(5), Value::Integer(5)), (json!("x"), "x".into())] {
        let put = put("Pump", "Count", &json!({ "Count": written }));
        assert_eq!(ask(&mut peer, &put).await, Response::success());
        assert_eq!(things.property("Pump", "Count").unwrap().value, value);
    }
}

#[tokio::test]
async fn content_that_is_no_object_or_lacks_the_property_is_refused_with_what_is_wrong() {
    let things = MemoryThings::any();
    let (_platform, mut peer) = bound(&things, "Pump").await;
    let write = |text: &str| {
        let json = Value::Text(BaseType::JSON, text.to_owned());
        let params = Some(Table::of([("_content_", json)]));
        Request { params, ..Request::write_property("Pump", "Level", 1.5) }
    };
    for (text, reason) in [
        ("{\"Level\": ", "_content_ is no JSON: EOF while parsing a value at line 1 column 10"),
        ("[1]", "_content_ is no object"),
        ("{\"Other\": 1}", "_content_ has no member Level"),
        (
            "{\"Level\": {\"rows\": [{\"a\": 1}], \"dataShape\": {\"fieldDefinitions\": {\"a\": {\"baseType\": \"TAGS\"}}}}}",
            "_content_: at /Level/rows/0/a: expected TAGS, found a number",
        ),
    ] {
        let answer = ask(&mut peer, &write(text)).await;
        assert_eq!(answer, bad_request(reason));
    }
    assert_eq!(things.property("Pump", "Level"), None);
    // Of one property its member alone is written.
    assert_eq!(ask(&mut peer, &write("{\"Other\": 1, \"Level\": 2}")).await, Response::success());
    assert_eq!(things.property("Pump", "Other"), None);
    assert_eq!(things.property("Pump", "Level").unwrap().value, 2.0.into());
}

#[tokio::test]
async fn values_are_written_with_their_times_and_an_unknown_service_is_not_found() {
    let things = MemoryThings::any();
    let (_platform, mut peer) = bound(&things, "Pump").await;
    let mut values = Table::new([
        ("name", BaseType::STRING),
        ("value", BaseType::VARIANT),
        ("time", BaseType::DATETIME),
        ("quality", BaseType::STRING),
    ]);
    let time: Value = DateTime::from_millis(5).into();
    values.push(["Level".into(), 1.5.into(), time.clone(), "BAD".into()]);
    let call = |service: &str| {
        let params = Table::of([("values", values.clone().into())]);
        Request::invoke_service("Pump", service, Some(params))
    };
    assert_eq!(ask(&mut peer, &call("UpdatePropertyValues")).await, Response::success());
    let level = things.property("Pump", "Level").unwrap();
    assert_eq!((level.value, level.time, level.quality.as_str()), (1.5.into(), time, "BAD"));
    let batched = "UpdateSubscribedPropertyValuesBatched";
    let answer = ask(&mut peer, &call(batched)).await;
    assert_eq!(answer, not_found(format!("no service {batched}")));
    for service in ["UpdatePropertyValues", "GetNamedPropertyValues"] {
        let answer = ask(&mut peer, &Request::invoke_service("Pump", service, None)).await;
        assert_eq!(answer.status, Status::BAD_REQUEST);
    }
}

#[tokio::test]
async fn an_answer_without_a_result_has_no_content_and_what_is_not_there_is_not_found() {
    let things = MemoryThings::new().with_identified_thing("Pump", "sn-7");
    let things = things.with_service("Reset", |_| async { Response::success() });
    let (_platform, mut peer) = bound(&things, "*sn-7").await;
    // An edge may use either name.
    for thing in ["Pump", "*sn-7"] {
        for (request, answer) in [
            (Request::write_property(thing, "Level", 1.5), Response::success()),
            (Request::read_property(thing, "Level"), Response::named("Level", 1.5)),
            (Request::read_property(thing, "*"), Response::named("Level", 1.5)),
            (Request::fire_event(thing, "Overheat", None), Response::success()),
            (Request::invoke_service(thing, "Reset", None), Response::success()),
            (Request::read_property(thing, "Nope"), not_found("no property Nope")),
            (Request::invoke_service(thing, "Nope", None), not_found("no service Nope")),
        ] {
            assert_eq!(ask(&mut peer, &request).await, answer, "{request}");
        }
    }
    for thing in ["Valve", "*sn-8"] {
        for request in [
            Request::read_property(thing, "Level"),
            Request::write_properties(thing, [("Level", 1.5.into())]),
            Request::invoke_service(thing, "Reset", None),
            Request::fire_event(thing, "Overheat", None),
        ] {
            let answer = ask(&mut peer, &request).await;
            assert_eq!(answer, not_found(format!("no Thing {thing}")), "{request}");
        }
    }
    assert_eq!(things.names(), ["Pump"]);
}

#[tokio::test]
async fn a_value_with_an_older_time_does_not_replace_a_newer_one() {
    let things = MemoryThings::new().with_thing("a");
    let platform = platform(&things, quiet()).await;
    let mut peer = Peer::bound(platform.local_addr(), &["a"]).await;
    let push = |value: f64, time: Value| {
        let mut values = Table::new([
            ("name", BaseType::STRING),
            ("value", BaseType::VARIANT),
            ("time", BaseType::DATETIME),
            ("quality", BaseType::STRING),
        ]);
        values.push(["p".into(), value.into(), time, "GOOD".into()]);
        let params = Table::of([("values", values.into())]);
        Request::invoke_service("a", "UpdateSubscribedPropertyValues", Some(params))
    };
    let at = |millis| Value::from(DateTime::from_millis(millis));
    let kept = || things.property("a", "p").and_then(|property| property.value.as_f64());
    for (value, time, expected) in [
        (1.0, at(1000), 1.0),
        (2.0, at(999), 1.0),
        // Of two values with the same time the later message wins.
        (3.0, at(1000), 3.0),
        (4.0, at(1001), 4.0),
        (5.0, at(1000), 4.0),
        // Without a time: the clocks of platform and edge are not compared.
        (6.0, Value::Nothing, 6.0),
        (7.0, at(1002), 7.0),
        (8.0, at(1001), 7.0),
    ] {
        assert_eq!(ask(&mut peer, &push(value, time)).await, Response::success());
        assert_eq!(kept(), Some(expected), "{value}");
    }
    // A write is stored regardless of the previous time.
    assert_eq!(ask(&mut peer, &push(8.5, at(i64::MAX))).await, Response::success());
    assert_eq!(ask(&mut peer, &Request::write_property("a", "p", 9.0)).await, Response::success());
    assert_eq!(kept(), Some(9.0));
}
