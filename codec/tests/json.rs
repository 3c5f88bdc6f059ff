//! Owned messages and values as the JSON of the test vectors. The vectors themselves are
//! tested by alwayson-conformance.

use alwayson_codec::owned::{Body, Message, Table, TimeSpan, Value};
use alwayson_codec::{BaseType, DateTime, Ids, Location, ThingCode};
use serde_json::json;

/// A value of each form, and its JSON.
fn each() -> Vec<(Value, &'static str)> {
    let location = Location { longitude: 1.5, latitude: -2.5, elevation: 3.0 };
    let start = Some(DateTime::from_millis(5));
    let span = TimeSpan { start, end: None, period: "1h".to_owned() };
    let mut table = Table::of([("a", Value::from(1))]);
    table.fields[0].aspects.push(("key".to_owned(), true.into()));
    vec![
        (Value::Nothing, r#"{"type":"NOTHING"}"#),
        ("x".into(), r#"{"type":"STRING","value":"x"}"#),
        (Value::password("x"), r#"{"type":"PASSWORD","value":"x"}"#),
        (2.0.into(), r#"{"type":"NUMBER","value":2.0}"#),
        (f64::INFINITY.into(), r#"{"type":"NUMBER","value":"0x7ff0000000000000"}"#),
        ((-7).into(), r#"{"type":"INTEGER","value":-7}"#),
        (i64::MIN.into(), r#"{"type":"LONG","value":-9223372036854775808}"#),
        (true.into(), r#"{"type":"BOOLEAN","value":true}"#),
        (DateTime::from_millis(5).into(), r#"{"type":"DATETIME","value":5}"#),
        (
            location.into(),
            r#"{"type":"LOCATION","value":{"longitude":1.5,"latitude":-2.5,"elevation":3.0}}"#,
        ),
        (Value::blob([0, 255]), r#"{"type":"BLOB","value":"AP8="}"#),
        (
            Value::Variant(Box::new(1.5.into())),
            r#"{"type":"VARIANT","value":{"type":"NUMBER","value":1.5}}"#,
        ),
        (
            table.into(),
            r#"{"type":"INFOTABLE","value":{"fields":[{"name":"a","description":"","baseType":"INTEGER","aspects":[{"name":"key","value":{"type":"BOOLEAN","value":true}}]}],"rows":[[{"type":"INTEGER","value":1}]]}}"#,
        ),
        (span.into(), r#"{"type":"TIMESPAN","value":{"start":5,"end":-1,"period":"1h"}}"#),
        ([1.0, 2.0].into(), r#"{"type":"VEC2","value":{"x":1.0,"y":2.0}}"#),
        ([1.0, 2.0, 3.0].into(), r#"{"type":"VEC3","value":{"x":1.0,"y":2.0,"z":3.0}}"#),
        (
            [1.0, 2.0, 3.0, 4.0].into(),
            r#"{"type":"VEC4","value":{"x":1.0,"y":2.0,"z":3.0,"w":4.0}}"#,
        ),
        (
            ThingCode { domain: 1, instance: -2 }.into(),
            r#"{"type":"THINGCODE","value":{"domain":1,"instance":-2}}"#,
        ),
    ]
}

#[test]
fn a_value_of_each_form_is_written_and_read() {
    for (value, json) in each() {
        assert_eq!(serde_json::to_string(&value).unwrap(), json);
        assert_eq!(serde_json::from_str::<Value>(json).unwrap(), value, "{json}");
    }
}

#[test]
fn a_value_may_come_before_its_type() {
    for (value, json) in each().into_iter().skip(1) {
        let Some((base_type, inner)) = json.split_once(r#","value":"#) else { panic!("{json}") };
        let inner = inner.strip_suffix('}').unwrap();
        let base_type = base_type.strip_prefix('{').unwrap();
        let reversed = format!(r#"{{"value":{inner},{base_type}}}"#);
        assert_eq!(serde_json::from_str::<Value>(&reversed).unwrap(), value, "{reversed}");
    }
}

#[test]
fn what_is_no_value_is_an_error_that_says_why() {
    for (json, error) in [
        (json!({"type": "NOTHING", "value": 1}), "NOTHING has no `value`"),
        (json!({"type": "STRING"}), "missing field `value`"),
        (json!({"value": "x"}), "missing field `type`"),
        (json!({"type": "STRING", "value": "x", "more": 1}), "unknown field `more`"),
        (json!({"type": "STRINGS", "value": "x"}), "expected the name of a base type"),
        (json!({"type": 0, "value": "x"}), "0 has a name: \"STRING\""),
        (json!({"type": 200, "value": "x"}), "values of the base type 200 have no known layout"),
        (json!({"type": "BLOB", "value": "?"}), "not base64"),
        (json!({"type": "NUMBER", "value": "0x3ff0000000000000"}), "not finite"),
        (json!({"type": "NUMBER", "value": "0x+ff0000000000000"}), "not finite"),
        (json!({"type": "INTEGER", "value": 2_147_483_648_u32}), "expected i32"),
        (json!({"type": "VEC2", "value": {"x": 1.0, "y": 2.0, "z": 3.0}}), "unknown field `z`"),
    ] {
        let found = serde_json::from_str::<Value>(&json.to_string()).unwrap_err().to_string();
        assert!(found.contains(error), "{json}: {found}");
    }
}

#[test]
fn a_type_without_a_name_is_a_number_in_a_field_alone() {
    let table = Table::new([("a", BaseType::from_u8(200))]);
    let json = json!({
        "fields": [{"name": "a", "description": "", "baseType": 200, "aspects": []}],
        "rows": [],
    });
    assert_eq!(serde_json::to_value(&table).unwrap(), json);
    assert_eq!(serde_json::from_value::<Table>(json).unwrap(), table);
}

#[test]
fn parts_of_a_message_that_contradict_each_other_are_an_error() {
    let message = Message { ids: Ids::unauthenticated(7), body: Body::KeepAlive };
    let json = serde_json::to_string(&message).unwrap();
    let keep_alive = r#"{"version":1,"code":"KEEP_ALIVE","requestId":7,"endpointId":0,"sessionId":4294967295,"multipart":false,"body":{"kind":"keepAlive"}}"#;
    assert_eq!(json, keep_alive);
    assert_eq!(serde_json::from_str::<Message>(&json).unwrap(), message);
    for (from, to, error) in [
        ("\"version\":1", "\"version\":2", "the version is 1, not 2"),
        ("false", "true", "`multipart` is true with a body of kind `keepAlive`"),
        ("KEEP_ALIVE", "GET", "a message with the code GET has no body of kind `keepAlive`"),
        ("keepAlive", "auth", "a message with the code KEEP_ALIVE has no body of kind `auth`"),
        ("\"keepAlive\"", "\"keepAlive\",\"names\":[]", "has no field `names`"),
    ] {
        let wrong = json.replace(from, to);
        let found = serde_json::from_str::<Message>(&wrong).unwrap_err().to_string();
        assert!(found.contains(error), "{wrong}: {found}");
    }
}

#[test]
fn json_that_is_far_too_deep_is_an_error_and_no_end_of_the_stack() {
    let deep = |levels: usize| {
        let start = r#"{"type":"VARIANT","value":"#.repeat(levels);
        format!(r#"{start}{{"type":"NOTHING"}}{}"#, "}".repeat(levels))
    };
    assert!(serde_json::from_str::<Value>(&deep(16)).is_ok());
    let error = serde_json::from_str::<Value>(&deep(100_000)).unwrap_err();
    assert!(error.to_string().contains("recursion limit"), "{error}");
}
